/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: net.godwit.Vpn1.Manager: who may start a connection, and the list of them. Must not know: how a connection lives.
 */
#pragma once

#include <gio/gio.h>

typedef struct Manager Manager;

typedef struct
{
	const char *runtime_folder;
	const char *profiles_folder;
	const char *worker_path;
} ManagerPaths;

/* Exports everything on @bus; the name is not requested here. @paths is borrowed. */
Manager *manager_new (GDBusConnection *bus, const ManagerPaths *paths);
void manager_free (Manager *manager);

/* Ends every connection in order; @done is called once none is left. */
void manager_stop (Manager *manager, void (*done) (gpointer), gpointer user_data);
