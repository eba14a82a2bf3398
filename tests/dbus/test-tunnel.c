/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A real godwit-tunnel, started as godwitd starts it: how it is confined, how it ends, what it refuses, what it tells. */
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static char *
status_field (GPid pid, const char *field)
{
	g_autofree char *path = g_strdup_printf ("/proc/%d/status", (int) pid);
	g_autofree char *prefix = g_strconcat (field, ":", NULL);
	g_autofree char *text = NULL;
	g_auto (GStrv) lines = NULL;

	if (!g_file_get_contents (path, &text, NULL, NULL))
		return NULL;
	lines = g_strsplit (text, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++)
	{
		if (g_str_has_prefix (lines[i], prefix))
			return g_strstrip (g_strdelimit (g_strdup (lines[i] + strlen (prefix)), "\t", ' '));
	}
	return NULL;
}

static void
assert_field (GPid pid, const char *field, const char *wanted)
{
	g_autofree char *value = status_field (pid, field);

	g_test_message ("%s: %s", field, value);
	g_assert_cmpstr (value, ==, wanted);
}

static GVariant *
facts (Worker *worker)
{
	g_autoptr (GError) error = NULL;
	GVariant *answer = worker_call (worker, "GetFacts", NULL, NULL, &error);

	g_assert_no_error (error);
	return answer;
}

static void
test_confined (void)
{
	Worker worker;
	g_autofree char *proc = NULL;
	g_autoptr (GVariant) answer = NULL;
	g_autofree char *uids = NULL;
	GStatBuf info;

	worker_init (&worker);
	answer = facts (&worker); /* it answers, so it has got to where strangers are read */
	assert_field (worker.pid, "CapEff", "0000000000000000");
	assert_field (worker.pid, "CapPrm", "0000000000000000");
	assert_field (worker.pid, "CapInh", "0000000000000000");
	assert_field (worker.pid, "CapAmb", "0000000000000000");
	assert_field (worker.pid, "NoNewPrivs", "1");
	assert_field (worker.pid, "Seccomp", "2");
	/* Of a process that cannot be dumped everything in /proc belongs to root. */
	proc = g_strdup_printf ("/proc/%d/environ", (int) worker.pid);
	g_assert_cmpint (g_stat (proc, &info), ==, 0);
	g_assert_cmpuint (info.st_uid, ==, 0);
	uids = status_field (worker.pid, "Uid");
	if (getuid () == 0)
	{
		g_auto (GStrv) parts = g_strsplit (uids, " ", -1);

		g_assert_cmpuint (g_strv_length (parts), ==, 4);
		g_assert_cmpstr (parts[0], !=, "0");
		for (guint i = 1; i < 4; i++)
			g_assert_cmpstr (parts[i], ==, parts[0]);
		assert_field (worker.pid, "CapBnd", "0000000000000000");
		assert_field (worker.pid, "Groups", "");
	}
	worker_clear (&worker);
}

/* The handshake also goes with the credentials of the socketpair, which are not the worker's, and agrees on descriptors. */
static void
test_external (void)
{
	Worker worker;
	g_autoptr (GVariant) answer = NULL;

	worker_init_with (&worker, "EXTERNAL");
	answer = facts (&worker);
	g_assert_cmpint (g_dbus_connection_get_capabilities (worker.connection) & G_DBUS_CAPABILITY_FLAGS_UNIX_FD_PASSING,
	                 !=, 0);
	worker_clear (&worker);
}

/* Only godwitd's end counts: who inherits a copy of a descriptor by mistake loses it. */
static void
test_descriptors (void)
{
	int extra = open ("/etc/hostname", O_RDONLY);
	Worker worker;
	g_autofree char *folder = NULL;
	g_autoptr (GDir) dir = NULL;
	g_autoptr (GVariant) answer = NULL;
	const char *name;

	if (getuid () != 0)
	{
		close (extra);
		g_test_skip ("only root may look at the descriptors of a worker");
		return;
	}
	g_assert_cmpint (fcntl (extra, F_DUPFD, 40), ==, 40);
	worker_init (&worker);
	answer = facts (&worker);
	folder = g_strdup_printf ("/proc/%d/fd", (int) worker.pid);
	dir = g_dir_open (folder, 0, NULL);
	g_assert_nonnull (dir);
	while ((name = g_dir_read_name (dir)) != NULL)
	{
		g_autofree char *path = g_build_filename (folder, name, NULL);
		g_autofree char *target = g_file_read_link (path, NULL);

		if (strlen (name) > 1 || name[0] > '2')
			g_assert_true (g_str_has_prefix (target, "socket:") || g_str_has_prefix (target, "anon_inode:"));
	}
	close (40);
	close (extra);
	worker_clear (&worker);
}

/* -- Start ------------------------------------------------------------------------------------------------------- */

typedef struct
{
	const char *method, *user, *identity; /* NULL: left out */
	const char *local, *remote;
	guint32 socket;
	guint16 remote_port;
	const char *anchors;
	gboolean not_a_socket, no_descriptor, twice_as_many;
} StartArguments;

static const StartArguments good = { .method = "psk",
	                                 .user = "carol",
	                                 .identity = "vpn.test",
	                                 .local = "127.0.0.1",
	                                 .remote = "127.0.0.1",
	                                 .remote_port = 4500 };

static int
udp_socket (guint16 *ret_port)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
	socklen_t octets = sizeof address;
	int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_assert_cmpint (bind (fd, (struct sockaddr *) &address, octets), ==, 0);
	g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &octets), ==, 0);
	*ret_port = ntohs (address.sin_port);
	return fd;
}

static void
add_text (GVariantBuilder *settings, const char *name, const char *text)
{
	if (text != NULL)
		g_variant_builder_add (settings, "{sv}", name, g_variant_new_string (text));
}

/* @ret_port: of the worker's socket */
static GVariant *
start (Worker *worker, const StartArguments *a, guint16 *ret_port, GError **error)
{
	GVariantBuilder settings, paths, sockets, options;
	g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
	guint16 port;
	int fd = udp_socket (&port);
	g_autoptr (GVariant) anchors = g_variant_ref_sink (
	    g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, a->anchors, a->anchors != NULL ? strlen (a->anchors) : 0, 1));

	g_variant_builder_init (&settings, G_VARIANT_TYPE_VARDICT);
	add_text (&settings, "gateway.address", "vpn.test");
	add_text (&settings, "user.method", a->method);
	add_text (&settings, "user.user", a->user);
	add_text (&settings, "gateway.identity", a->identity);
	g_variant_builder_init (&paths, G_VARIANT_TYPE ("a(usqsq)"));
	for (guint i = 0; i < (a->twice_as_many ? 17 : 1); i++)
		g_variant_builder_add (&paths, "(usqsq)", a->socket, a->local, port, a->remote, a->remote_port);
	g_variant_builder_init (&sockets, G_VARIANT_TYPE ("ah"));
	g_variant_builder_add (&sockets, "h", 0);
	g_variant_builder_init (&options, G_VARIANT_TYPE_VARDICT);
	if (!a->no_descriptor)
		g_unix_fd_list_append (list, a->not_a_socket ? STDERR_FILENO : fd, NULL);
	close (fd);
	if (ret_port != NULL)
		*ret_port = port;
	return worker_call (worker, "Start",
	                    g_variant_new ("(a{sv}a(usqsq)ah@aya{sv})", &settings, &paths, &sockets, anchors, &options),
	                    list, error);
}

static void
assert_refused (GVariant *answer, GError *error, const char *name)
{
	g_autofree char *remote = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;

	if (error != NULL)
		g_test_message ("%s", error->message);
	g_assert_null (answer);
	g_assert_cmpstr (remote, ==, name);
	g_clear_error (&error);
}

#define E(name) "net.godwit.Tunnel1.Error." name

static void
test_refusals (void)
{
	static const struct
	{
		StartArguments arguments;
		const char *error;
	} rows[] = {
		{ { "nonsense", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 0, 4500 }, E ("InvalidProfile") },
		{ { "psk", NULL, "vpn.test", "127.0.0.1", "127.0.0.1", 0, 4500 }, E ("InvalidProfile") },
		{ { "certificate", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 0, 4500 }, E ("InvalidProfile") },
		{ { "psk", "carol", "@#zz", "127.0.0.1", "127.0.0.1", 0, 4500 }, E ("InvalidProfile") },
		{ { "psk", "carol", "vpn.test", "127.0.0.1", "::1", 0, 4500 }, E ("InvalidArgument") },
		{ { "psk", "carol", "vpn.test", "127.0.0.1", "gateway", 0, 4500 }, E ("InvalidArgument") },
		{ { "psk", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 0, 0 }, E ("InvalidArgument") },
		{ { "psk", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 1, 4500 }, E ("InvalidArgument") },
		{ { "eap", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 0, 4500 }, E ("InvalidArgument") },
		{ { "eap", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 0, 4500, "no PEM" }, E ("InvalidArgument") },
		{ { "psk", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 0, 4500, NULL, TRUE }, E ("InvalidArgument") },
		{ { "psk", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 0, 4500, NULL, FALSE, TRUE }, E ("InvalidArgument") },
		{ { "psk", "carol", "vpn.test", "127.0.0.1", "127.0.0.1", 0, 4500, NULL, FALSE, FALSE, TRUE },
		  E ("InvalidArgument") },
	};
	Worker worker;
	GVariant *answer;
	GError *error = NULL;

	worker_init (&worker);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		error = NULL;
		answer = start (&worker, &rows[i].arguments, NULL, &error);
		assert_refused (answer, error, rows[i].error);
	}
	error = NULL;
	answer = worker_call (&worker, "SetTun", g_variant_new ("(hu)", 0, 1400), NULL, &error);
	assert_refused (answer, error, E ("InvalidArgument"));
	error = NULL;
	answer = worker_call (&worker, "Answer", g_variant_new ("(us@ay)", 1, "nonsense", g_variant_new_bytestring ("")),
	                      NULL, &error);
	assert_refused (answer, error, E ("InvalidArgument"));
	error = NULL;
	answer = worker_call (&worker, "Stop", g_variant_new ("(s)", "nonsense"), NULL, &error);
	assert_refused (answer, error, E ("InvalidArgument"));

	/* None of this was held against it. */
	error = NULL;
	answer = start (&worker, &good, NULL, &error);
	g_assert_no_error (error);
	g_variant_unref (answer);
	answer = start (&worker, &good, NULL, &error);
	assert_refused (answer, error, E ("Busy"));
	g_assert_false (worker.exited);
	worker_clear (&worker);
}

static guint
count_traces (const Worker *worker, const char *part)
{
	guint n = 0;

	for (guint i = 0; i < worker->traces->len; i++)
		n += strstr (worker->traces->pdata[i], part) != NULL;
	return n;
}

/* With a PSK the worker wants it before it sends anything. */
static void
answer_psk (Worker *worker)
{
	static const guint8 psk[] = { 's', 'e', 0, 'c', 0xff, 't' };
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) answer = NULL;

	worker_wait (worker, worker_has_asked);
	g_assert_cmpstr (worker->ask_kind, ==, "psk");
	answer = worker_call (worker, "Answer",
	                      g_variant_new ("(us@ay)", worker->ask_id, "ok",
	                                     g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, psk, sizeof psk, 1)),
	                      NULL, &error);
	g_assert_no_error (error);
}

static gboolean
has_started (const Worker *worker)
{
	return worker->states->len > 0 && worker->traces->len > 2;
}

/* A dead gateway, and beside it a worker that nobody shakes hands with. */
static void
test_no_answer (void)
{
	Worker worker;
	guint16 dead_port;
	StartArguments arguments = good;
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) started = NULL, answer = NULL;
	GPid silent;
	int silent_fd = worker_spawn (&silent);
	int status = 0;

	close (udp_socket (&dead_port));
	worker_init (&worker);
	arguments.remote_port = dead_port;
	started = start (&worker, &arguments, NULL, &error);
	g_assert_no_error (error);
	answer_psk (&worker);
	worker_wait (&worker, has_started);
	g_assert_cmpuint (count_traces (&worker, "\"init\""), ==, 1);
	answer = worker_call (&worker, "GetCounters", NULL, NULL, &error);
	g_assert_no_error (error);
	g_assert_cmpstr (g_variant_get_type_string (answer), ==, "(a{ua{st}})");
	worker_wait (&worker, worker_has_exited);
	g_assert_cmpstr (worker.closed, ==, "no-answer");
	g_assert_cmpint (worker.exit_status, ==, 0);
	g_assert_cmpuint (count_traces (&worker, "\"sent\""), >=, 1);
	g_assert_cmpuint (count_traces (&worker, "\"resent\""), >=, 3);
	g_assert_cmpuint (count_traces (&worker, "\"keys\""), ==, 0);
	worker_clear (&worker);

	g_assert_cmpint (waitpid (silent, &status, 0), ==, silent);
	g_assert_true (WIFSIGNALED (status));
	g_assert_cmpint (WTERMSIG (status), ==, SIGALRM);
	close (silent_fd);
}

/* The gateway hears a proper first message; then it, or somebody with its address, sends rubbish. */
static void
test_flood (void)
{
	enum
	{
		RUBBISH = 1000
	};
	Worker worker;
	StartArguments arguments = good;
	guint16 worker_port;
	int gateway = udp_socket (&arguments.remote_port);
	struct pollfd ready = { .fd = gateway, .events = POLLIN };
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
	guint8 octets[2048];
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) started = NULL, known = NULL, stopped = NULL;

	worker_init (&worker);
	started = start (&worker, &arguments, &worker_port, &error);
	g_assert_no_error (error);
	answer_psk (&worker);
	to.sin_port = htons (worker_port);
	g_assert_cmpint (poll (&ready, 1, WORKER_WAIT_MS), ==, 1);
	g_assert_cmpint (recv (gateway, octets, sizeof octets, 0), >, 32 + 4);
	g_assert_cmpmem (octets, 4, "\0\0\0\0", 4);
	g_assert_cmpuint (octets[4 + 17], ==, 0x20); /* version 2.0, exchange IKE_SA_INIT, flag I */
	g_assert_cmpuint (octets[4 + 18], ==, 34);
	g_assert_cmpuint (octets[4 + 19], ==, 0x08);
	for (guint i = 0; i < RUBBISH; i++)
	{
		guint32 seed = i;

		for (guint k = 12; k < 80; k++)
			octets[k] = (guint8) g_random_int_range (0, 256);
		memcpy (octets + 4 + 28, &seed, sizeof seed);
		sendto (gateway, octets, 80 - i % 76, 0, (struct sockaddr *) &to, sizeof to);
		if (i % 50 == 0)
			g_usleep (1000);
	}
	known = facts (&worker);
	stopped = worker_call (&worker, "Stop", g_variant_new ("(s)", "user-closed"), NULL, &error);
	g_assert_no_error (error);
	worker_wait (&worker, worker_has_exited);
	g_assert_cmpstr (worker.closed, ==, "user-closed");
	g_assert_cmpint (worker.exit_status, ==, 0);
	g_assert_cmpuint (count_traces (&worker, "\"dropped\""), >, 0);
	g_assert_cmpuint (count_traces (&worker, "\"dropped\""), <, 200);
	worker_clear (&worker);
	close (gateway);
}

/* -- The end ----------------------------------------------------------------------------------------------------- */

static void
test_stop_before_start (void)
{
	Worker worker;
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) answer = NULL;

	worker_init (&worker);
	answer = worker_call (&worker, "Stop", g_variant_new ("(s)", "owner-vanished"), NULL, &error);
	g_assert_no_error (error);
	worker_wait (&worker, worker_has_exited);
	worker_wait (&worker, worker_has_closed);
	g_assert_cmpstr (worker.closed, ==, "owner-vanished");
	g_assert_cmpint (worker.exit_status, ==, 0);
	worker_clear (&worker);
}

static void
test_connection_gone (void)
{
	Worker worker;
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) answer = NULL;

	worker_init (&worker);
	answer = start (&worker, &good, NULL, &error);
	g_assert_no_error (error);
	g_dbus_connection_close_sync (worker.connection, NULL, &error);
	g_assert_no_error (error);
	worker_wait (&worker, worker_has_exited);
	g_assert_true (WIFEXITED (worker.exit_status));
	g_assert_cmpint (WEXITSTATUS (worker.exit_status), ==, 1);
	worker_clear (&worker);
}

/* The process that started it is killed, and somebody else holds the connection open. */
static void
test_parent_killed (void)
{
	int pair[2], pids[2];
	pid_t parent, worker = 0;
	int status = 0;

	g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
	g_assert_cmpint (pipe2 (pids, O_CLOEXEC), ==, 0);
	g_assert_cmpint (prctl (PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), ==, 0);
	parent = fork ();
	if (parent == 0)
	{
		pid_t pid = fork ();

		if (pid == 0)
		{
			dup2 (pair[1], 3);
			execl (g_getenv ("GODWIT_TUNNEL"), "godwit-tunnel", NULL);
			_exit (127);
		}
		if (write (pids[1], &pid, sizeof pid) != sizeof pid)
			_exit (1);
		for (;;)
			pause ();
	}
	g_assert_cmpint (read (pids[0], &worker, sizeof worker), ==, sizeof worker);
	/* It has begun the handshake, so it is bound to its parent. */
	struct pollfd ready = { .fd = pair[0], .events = POLLIN };
	g_assert_cmpint (poll (&ready, 1, WORKER_WAIT_MS), ==, 1);
	kill (parent, SIGKILL);
	g_assert_cmpint (waitpid (parent, &status, 0), ==, parent);
	g_assert_cmpint (waitpid (worker, &status, 0), ==, worker);
	g_assert_true (WIFSIGNALED (status));
	g_assert_cmpint (WTERMSIG (status), ==, SIGKILL);
	prctl (PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
	for (guint i = 0; i < 2; i++)
	{
		close (pair[i]);
		close (pids[i]);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/tunnel/confined", test_confined);
	g_test_add_func ("/tunnel/external", test_external);
	g_test_add_func ("/tunnel/descriptors", test_descriptors);
	g_test_add_func ("/tunnel/refusals", test_refusals);
	g_test_add_func ("/tunnel/no-answer", test_no_answer);
	g_test_add_func ("/tunnel/flood", test_flood);
	g_test_add_func ("/tunnel/stop-before-start", test_stop_before_start);
	g_test_add_func ("/tunnel/connection-gone", test_connection_gone);
	g_test_add_func ("/tunnel/parent-killed", test_parent_killed);
	return g_test_run ();
}
