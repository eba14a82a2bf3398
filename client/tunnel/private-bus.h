/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the private D-Bus connection to godwitd over a socketpair.
 * Must not know: what is said on it.
 */
#pragma once

#include <gio/gio.h>

/* How long the handshake may take; then SIGALRM ends the process. */
#define PRIVATE_BUS_SECONDS 10

/**
 * private_bus_open:
 * @fd: a connected Unix stream socket, owned from now on
 * Authenticates as client, ANONYMOUS or EXTERNAL, and agrees on passing descriptors. Messages wait until
 * g_dbus_connection_start_message_processing(). GDBus's thread exists afterwards. Errors: G_IO_ERROR
 */
GDBusConnection *private_bus_open (int fd, GError **error);

/* Waits until all is written that was sent, at most PRIVATE_BUS_SECONDS, then SIGALRM ends the process. */
void private_bus_flush (GDBusConnection *connection);
