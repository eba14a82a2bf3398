/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <gio/gunixconnection.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUS_DESCRIPTOR 3 /* where the worker looks for its socket */
#define OBJECT "/net/godwit/Tunnel1"
#define READY_TIMEOUT_S 10

struct Worker
{
	GSubprocess *process;
	GCancellable *cancellable;
	GDBusConnection *bus;
	GodwitTunnel1 *proxy;
	guint pid;
	guint timer;
	WorkerEvents events;
	gpointer user_data;
};

static void
gone (Worker *worker, const char *why)
{
	/* .gone may free the worker. */
	if (!g_cancellable_is_cancelled (worker->cancellable))
		worker->events.gone (why, worker->user_data);
}

static void
on_process_exit (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	g_autofree char *why = NULL;
	GSubprocess *process = G_SUBPROCESS (source);

	g_subprocess_wait_finish (process, result, &error);
	if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	if (g_subprocess_get_if_signaled (process))
		why = g_strdup_printf ("it was ended by signal %d", g_subprocess_get_term_sig (process));
	else
		why = g_strdup_printf ("it ended with status %d", g_subprocess_get_exit_status (process));
	gone (user_data, why);
}

static gboolean
on_late (gpointer user_data)
{
	Worker *worker = user_data;

	worker->timer = 0;
	g_subprocess_force_exit (worker->process);
	return G_SOURCE_REMOVE;
}

static void
on_proxy (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	GodwitTunnel1 *proxy = godwit_tunnel1_proxy_new_finish (result, &error);
	Worker *worker;

	if (proxy == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	worker = user_data;
	if (proxy == NULL)
	{
		g_subprocess_force_exit (worker->process);
		return;
	}
	worker->proxy = proxy;
	g_clear_handle_id (&worker->timer, g_source_remove);
	worker->events.ready (worker->user_data);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	GDBusConnection *bus = g_dbus_connection_new_finish (result, &error);
	Worker *worker;

	if (bus == NULL && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	worker = user_data;
	if (bus == NULL)
	{
		g_warning ("no bus to the worker: %s", error->message);
		g_subprocess_force_exit (worker->process);
		return;
	}
	worker->bus = bus;
	g_dbus_connection_set_exit_on_close (bus, FALSE);
	godwit_tunnel1_proxy_new (bus, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL, OBJECT, worker->cancellable,
	                          on_proxy, worker);
}

/* The other end of the socketpair was given to our child and to nobody else: whoever speaks there is it. Credentials could only
 * confuse: the kernel tells those of who made the pair, and the child has another user by now. */
static gboolean
on_authorize (GDBusAuthObserver *observer, GIOStream *stream, GCredentials *credentials, gpointer user_data)
{
	return TRUE;
}

static gboolean
on_mechanism (GDBusAuthObserver *observer, const char *mechanism, gpointer user_data)
{
	return g_str_equal (mechanism, "ANONYMOUS");
}

static void
open_bus (Worker *worker, int fd)
{
	g_autoptr (GSocket) socket = g_socket_new_from_fd (fd, NULL);
	g_autoptr (GSocketConnection) stream = g_socket_connection_factory_create_connection (socket);
	g_autoptr (GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
	g_autofree char *guid = g_dbus_generate_guid ();

	g_signal_connect (observer, "authorize-authenticated-peer", G_CALLBACK (on_authorize), NULL);
	g_signal_connect (observer, "allow-mechanism", G_CALLBACK (on_mechanism), NULL);
	g_dbus_connection_new (G_IO_STREAM (stream), guid,
	                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
	                           G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS,
	                       observer, worker->cancellable, on_bus, worker);
}

Worker *
worker_new (const char *path, const WorkerEvents *events, gpointer user_data, GError **error)
{
	g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
	Worker *worker;
	GSubprocess *process;
	int pair[2];

	if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
	{
		g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "cannot make a socket pair for the worker");
		return NULL;
	}
	g_subprocess_launcher_take_fd (launcher, pair[1], BUS_DESCRIPTOR);
	process = g_subprocess_launcher_spawn (launcher, error, path, NULL);
	g_subprocess_launcher_close (launcher);
	if (process == NULL)
	{
		close (pair[0]);
		return NULL;
	}
	worker = g_new0 (Worker, 1);
	worker->process = process;
	worker->pid = (guint) g_ascii_strtoull (g_subprocess_get_identifier (process), NULL, 10);
	worker->cancellable = g_cancellable_new ();
	worker->events = *events;
	worker->user_data = user_data;
	worker->timer = g_timeout_add_seconds (READY_TIMEOUT_S, on_late, worker);
	g_subprocess_wait_async (process, worker->cancellable, on_process_exit, worker);
	open_bus (worker, pair[0]);
	return worker;
}

void
worker_free (Worker *worker)
{
	if (worker == NULL)
		return;
	g_cancellable_cancel (worker->cancellable);
	g_clear_handle_id (&worker->timer, g_source_remove);
	g_subprocess_force_exit (worker->process);
	if (worker->proxy != NULL)
		g_object_unref (worker->proxy);
	if (worker->bus != NULL)
	{
		g_dbus_connection_close (worker->bus, NULL, NULL, NULL);
		g_object_unref (worker->bus);
	}
	g_object_unref (worker->process);
	g_object_unref (worker->cancellable);
	g_free (worker);
}

GodwitTunnel1 *
worker_proxy (Worker *worker)
{
	return worker->proxy;
}

guint
worker_pid (const Worker *worker)
{
	return worker->pid;
}
