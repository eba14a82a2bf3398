/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tunnel/control.h"

int
worker_spawn (GPid *ret_pid)
{
	const char *argv[] = { g_getenv ("GODWIT_TUNNEL"), NULL };
	g_autoptr (GError) error = NULL;
	const int target = 3;
	int pair[2];

	g_assert_nonnull (argv[0]);
	g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
	g_spawn_async_with_pipes_and_fds (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, -1, -1, -1, &pair[1],
	                                  &target, 1, ret_pid, NULL, NULL, NULL, &error);
	g_assert_no_error (error);
	close (pair[1]);
	return pair[0];
}

static void
on_state (GodwitTunnel1 *proxy, const char *state, Worker *worker)
{
	g_ptr_array_add (worker->states, g_strdup (state));
}

static void
on_trace (GodwitTunnel1 *proxy, const char *event, Worker *worker)
{
	g_ptr_array_add (worker->traces, g_strdup (event));
}

static void
on_ask (GodwitTunnel1 *proxy, guint id, const char *kind, GVariant *details, Worker *worker)
{
	worker->ask_id = id;
	g_free (worker->ask_kind);
	worker->ask_kind = g_strdup (kind);
}

static void
on_closed (GodwitTunnel1 *proxy, const char *status, const char *detail, Worker *worker)
{
	g_assert_null (worker->closed);
	worker->closed = g_strdup (status);
	worker->closed_detail = g_strdup (detail);
}

static void
on_exit_of_child (GPid pid, int status, gpointer data)
{
	Worker *worker = data;

	worker->exited = TRUE;
	worker->exit_status = status;
}

static gboolean
allow_mechanism (GDBusAuthObserver *observer, const char *mechanism, const char *wanted)
{
	return g_str_equal (mechanism, wanted);
}

/* As godwitd does it. */
void
worker_init (Worker *worker)
{
	worker_init_with (worker, "ANONYMOUS");
}

void
worker_init_with (Worker *worker, const char *mechanism)
{
	int fd;
	g_autoptr (GSocket) socket = NULL;
	g_autoptr (GSocketConnection) stream = NULL;
	g_autoptr (GDBusAuthObserver) observer = g_dbus_auth_observer_new ();
	g_autofree char *guid = g_dbus_generate_guid ();
	g_autoptr (GError) error = NULL;

	*worker = (Worker){ 0 };
	fd = worker_spawn (&worker->pid);
	socket = g_socket_new_from_fd (fd, &error);
	g_assert_no_error (error);
	stream = g_socket_connection_factory_create_connection (socket);
	g_signal_connect (observer, "allow-mechanism", G_CALLBACK (allow_mechanism), (gpointer) mechanism);
	worker->connection = g_dbus_connection_new_sync (G_IO_STREAM (stream), guid,
	                                                 G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
	                                                     G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS,
	                                                 observer, NULL, &error);
	g_assert_no_error (error);
	worker->proxy = godwit_tunnel1_proxy_new_sync (worker->connection, G_DBUS_PROXY_FLAGS_DO_NOT_LOAD_PROPERTIES, NULL,
	                                               CONTROL_PATH, NULL, &error);
	g_assert_no_error (error);
	worker->states = g_ptr_array_new_with_free_func (g_free);
	worker->traces = g_ptr_array_new_with_free_func (g_free);
	g_signal_connect (worker->proxy, "state", G_CALLBACK (on_state), worker);
	g_signal_connect (worker->proxy, "trace", G_CALLBACK (on_trace), worker);
	g_signal_connect (worker->proxy, "ask", G_CALLBACK (on_ask), worker);
	g_signal_connect (worker->proxy, "closed", G_CALLBACK (on_closed), worker);
	g_child_watch_add (worker->pid, on_exit_of_child, worker);
}

void
worker_clear (Worker *worker)
{
	if (!worker->exited)
	{
		kill (worker->pid, SIGKILL);
		worker_wait (worker, worker_has_exited);
	}
	g_signal_handlers_disconnect_by_data (worker->proxy, worker);
	g_object_unref (worker->proxy);
	g_object_unref (worker->connection);
	g_ptr_array_unref (worker->states);
	g_ptr_array_unref (worker->traces);
	g_free (worker->ask_kind);
	g_free (worker->closed);
	g_free (worker->closed_detail);
}

static gboolean
too_late (gpointer data)
{
	g_error ("waited %d ms in vain", WORKER_WAIT_MS);
	return G_SOURCE_REMOVE;
}

void
worker_wait (Worker *worker, gboolean (*done) (const Worker *worker))
{
	guint timer = g_timeout_add (WORKER_WAIT_MS, too_late, NULL);

	while (!done (worker))
		g_main_context_iteration (NULL, TRUE);
	g_source_remove (timer);
}

gboolean
worker_has_exited (const Worker *worker)
{
	return worker->exited;
}

gboolean
worker_has_closed (const Worker *worker)
{
	return worker->closed != NULL;
}

gboolean
worker_has_asked (const Worker *worker)
{
	return worker->ask_kind != NULL;
}

GVariant *
worker_call (Worker *worker, const char *method, GVariant *parameters, GUnixFDList *descriptors, GError **error)
{
	return g_dbus_connection_call_with_unix_fd_list_sync (worker->connection, NULL, CONTROL_PATH, "net.godwit.Tunnel1",
	                                                      method, parameters, NULL, G_DBUS_CALL_FLAGS_NONE,
	                                                      WORKER_WAIT_MS, descriptors, NULL, NULL, error);
}
