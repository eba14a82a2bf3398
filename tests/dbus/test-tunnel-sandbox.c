/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a worker that was taken over cannot do. The stub is built without sanitizers: the list is that of a release. */
#include <signal.h>
#include <sys/wait.h>

#include <gio/gio.h>

static int
run_stub (const char *what)
{
	const char *argv[] = { g_getenv ("GODWIT_SANDBOX_STUB"), what, NULL };
	g_autoptr (GError) error = NULL;
	int status = 0;

	g_assert_nonnull (argv[0]);
	g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
	g_assert_no_error (error);
	return status;
}

static void
test_killed (gconstpointer what)
{
	int status = run_stub (what);

	if (WIFEXITED (status))
		g_test_message ("exit status %d", WEXITSTATUS (status));
	g_assert_true (WIFSIGNALED (status));
	g_assert_cmpint (WTERMSIG (status), ==, SIGSYS);
}

static void
test_work (void)
{
	int status = run_stub ("work");

	g_assert_true (WIFEXITED (status));
	g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

int
main (int argc, char **argv)
{
	static const char *const forbidden[] = { "open",      "create",        "exec",     "socket", "connect",
		                                     "bind",      "ptrace",        "fork",     "kill",   "setuid",
		                                     "mmap-exec", "mprotect-exec", "io-uring", "thread" };

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/tunnel/sandbox/work-goes-on", test_work);
	for (guint i = 0; i < G_N_ELEMENTS (forbidden); i++)
	{
		g_autofree char *path = g_strconcat ("/tunnel/sandbox/", forbidden[i], NULL);

		g_test_add_data_func (path, forbidden[i], test_killed);
	}
	return g_test_run ();
}
