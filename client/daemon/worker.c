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
	char *why;  /* the process has ended so; NULL: it runs */
	guint last; /* source that tells of it, behind everything that it said before */
	WorkerEvents events;
	gpointer user_data;
};

static gboolean
on_last (gpointer user_data)
{
	Worker *worker = user_data;
	g_autofree char *why = g_steal_pointer (&worker->why);

	worker->last = 0;
	/* .gone may free the worker. */
	worker->events.gone (why, worker->user_data);
	return G_SOURCE_REMOVE;
}

/* The kernel tells of the end of a process before the bus has handed out its last words ("Closed"): these first. */
static void
tell_gone (Worker *worker)
{
	if (worker->why != NULL && worker->last == 0 &&
	    (worker->proxy == NULL || g_dbus_connection_is_closed (worker->bus)))
		worker->last = g_idle_add (on_last, worker);
}

/* It has ended, hung up, or broken the protocol of the bus: nothing can be told it any more. */
static void
on_bus_closed (GDBusConnection *bus, gboolean remote, GError *error, gpointer user_data)
{
	Worker *worker = user_data;

	g_subprocess_force_exit (worker->process);
	tell_gone (worker);
}

static void
on_process_exit (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	GSubprocess *process = G_SUBPROCESS (source);
	Worker *worker;

	g_subprocess_wait_finish (process, result, &error);
	if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	worker = user_data;
	if (g_subprocess_get_if_signaled (process))
		worker->why = g_strdup_printf ("it was ended by signal %d", g_subprocess_get_term_sig (process));
	else
		worker->why = g_strdup_printf ("it ended with status %d", g_subprocess_get_exit_status (process));
	tell_gone (worker);
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
	g_signal_connect (bus, "closed", G_CALLBACK (on_bus_closed), worker);
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
	g_clear_handle_id (&worker->last, g_source_remove);
	g_subprocess_force_exit (worker->process);
	if (worker->bus != NULL)
		g_signal_handlers_disconnect_by_data (worker->bus, worker);
	if (worker->proxy != NULL)
		g_object_unref (worker->proxy);
	if (worker->bus != NULL)
	{
		g_dbus_connection_close (worker->bus, NULL, NULL, NULL);
		g_object_unref (worker->bus);
	}
	g_object_unref (worker->process);
	g_object_unref (worker->cancellable);
	g_free (worker->why);
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
