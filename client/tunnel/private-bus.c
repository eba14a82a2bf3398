/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "private-bus.h"

#include <fcntl.h>
#include <unistd.h>

/* The kernel keeps who made a socketpair, and that is what the server sees: godwitd itself. So with EXTERNAL the client must
 * not name its own user, which is another; with this flag it names none. Nobody else can have the other end.
 *
 * An alarm, because GLib's time-outs of a socket would go on for as long as it is used, and nothing else interrupts a
 * handshake that the other side does not go on with. */
GDBusConnection *
private_bus_open (int fd, GError **error)
{
	g_autoptr (GSocket) socket = NULL;
	g_autoptr (GSocketConnection) stream = NULL;
	GDBusConnection *connection;

	if (fcntl (fd, F_SETFD, FD_CLOEXEC) != 0)
	{
		g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
		             "descriptor %d is not open: godwitd starts this program", fd);
		return NULL;
	}
	socket = g_socket_new_from_fd (fd, error);
	if (socket == NULL)
		return NULL;
	stream = g_socket_connection_factory_create_connection (socket);
	alarm (PRIVATE_BUS_SECONDS);
	/* Not g_dbus_connection_new_sync(): that of GLib 2.74 does not know its own new flag yet. */
	connection =
	    g_initable_new (G_TYPE_DBUS_CONNECTION, NULL, error, "stream", stream, "flags",
	                    G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_CROSS_NAMESPACE |
	                        G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
	                    NULL);
	alarm (0);
	return connection;
}

void
private_bus_flush (GDBusConnection *connection)
{
	g_autoptr (GError) error = NULL;

	alarm (PRIVATE_BUS_SECONDS);
	if (!g_dbus_connection_flush_sync (connection, NULL, &error))
		g_warning ("last words to godwitd: %s", error->message);
	alarm (0);
}
