/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: one process godwit-tunnel and the private bus to it. Must not know: what a connection is. What the worker says is not
 * believed here nor changed: it goes on as it came.
 */
#pragma once

#include "tunnel1.h"

typedef struct Worker Worker;

typedef struct
{
	void (*ready) (gpointer user_data); /* calls may be made on worker_proxy() */
	/* It ended, by itself or killed, or never got ready. Nothing is called afterwards. */
	void (*gone) (const char *why, gpointer user_data);
} WorkerEvents;

Worker *worker_new (const char *path, const WorkerEvents *events, gpointer user_data, GError **error);
/* Kills it when it still runs. */
void worker_free (Worker *worker);

GodwitTunnel1 *worker_proxy (Worker *worker); /* NULL before .ready */
guint worker_pid (const Worker *worker);
