/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: a real godwit-tunnel as godwitd starts it, and what it says, kept for the test.
 * Must not know: what a test wants of it.
 */
#pragma once

#include <gio/gio.h>

#include "tunnel1.h"

#define WORKER_WAIT_MS 40000

typedef struct
{
	GPid pid;
	GDBusConnection *connection;
	GodwitTunnel1 *proxy;
	GPtrArray *states; /* of char * */
	GPtrArray *traces; /* of char *: JSON */
	guint ask_id;      /* of the last Ask */
	char *ask_kind;    /* NULL: none yet */
	char *closed;      /* status name, once Closed came */
	char *closed_detail;
	gboolean exited;
	int exit_status;
} Worker;

/* Starts it and finishes the handshake. */
void worker_init (Worker *worker);
/* @mechanism: the only one that is offered */
void worker_init_with (Worker *worker, const char *mechanism);
/* Kills it when it still lives. */
void worker_clear (Worker *worker);

/* Only the process; the other end of its descriptor 3. */
int worker_spawn (GPid *ret_pid);

/* Runs the main loop until @done says so; fails the test after WORKER_WAIT_MS. */
void worker_wait (Worker *worker, gboolean (*done) (const Worker *worker));
gboolean worker_has_exited (const Worker *worker);
gboolean worker_has_closed (const Worker *worker);
gboolean worker_has_asked (const Worker *worker);

/* A call of net.godwit.Tunnel1 that waits. @parameters: floating or NULL */
GVariant *worker_call (Worker *worker, const char *method, GVariant *parameters, GUnixFDList *descriptors,
                       GError **error);
