/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon.h"

#include <glib/gstdio.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUS_CONFIG                                                                                                     \
	"<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN\" "                              \
	"\"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"                                               \
	"<busconfig><type>custom</type><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth>\n"                           \
	"<policy context=\"default\"><allow user=\"*\"/><allow send_destination=\"*\" eavesdrop=\"true\"/>"                \
	"<allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>\n"

/* The loopback interface of a fresh namespace is down. */
static gboolean
loopback_up (void)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };
	int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	gboolean up = ioctl (fd, SIOCSIFFLAGS, &request) == 0;

	close (fd);
	return up;
}

static gboolean
daemon_possible (void)
{
	if (geteuid () == 0 && g_file_test ("/dev/net/tun", G_FILE_TEST_EXISTS) &&
	    unshare (CLONE_NEWNET | CLONE_NEWNS) == 0 && mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    loopback_up ())
		return TRUE;
	g_print ("1..0 # SKIP needs root, namespaces and /dev/net/tun\n");
	return FALSE;
}

static void
run_case (gconstpointer data)
{
	const DaemonCase *row = data;
	Daemon daemon;

	daemon_init (&daemon);
	row->run (&daemon);
	daemon_clear (&daemon);
}

int
daemon_main (int argc, char **argv, const DaemonCase *cases, gsize n)
{
	if (!daemon_possible ())
		return 0;
	g_test_init (&argc, &argv, NULL);
	for (gsize i = 0; i < n; i++)
		g_test_add_data_func (cases[i].path, &cases[i], run_case);
	return g_test_run ();
}

static char *
file_in (const Daemon *daemon, const char *name)
{
	return g_build_filename (daemon->folder, name, NULL);
}

static void
write_file (const Daemon *daemon, const char *name, const char *text)
{
	g_autofree char *path = file_in (daemon, name);
	g_autoptr (GError) error = NULL;

	g_file_set_contents (path, text, -1, &error);
	g_assert_no_error (error);
}

void
daemon_script (Daemon *daemon, const char *script)
{
	write_file (daemon, "script", script);
}

void
daemon_write_profile (Daemon *daemon, const char *name, const char *text)
{
	g_autofree char *file = g_strdup_printf ("profiles/%s.profile", name);

	write_file (daemon, file, text);
}

/* A case that fails ends this program at once; what it started must not go on. */
static void
end_with_us (gpointer data)
{
	prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static GSubprocessLauncher *
new_launcher (void)
{
	GSubprocessLauncher *launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);

	g_subprocess_launcher_set_child_setup (launcher, end_with_us, NULL, NULL);
	return launcher;
}

static void
start_bus (Daemon *daemon)
{
	g_autofree char *config = g_strdup_printf (BUS_CONFIG, daemon->folder);
	g_autofree char *option = g_strdup_printf ("--config-file=%s/bus.conf", daemon->folder);
	g_autofree char *socket = file_in (daemon, "bus");
	g_autoptr (GSubprocessLauncher) launcher = new_launcher ();
	g_autoptr (GError) error = NULL;

	write_file (daemon, "bus.conf", config);
	daemon->bus =
	    g_subprocess_launcher_spawn (launcher, &error, "dbus-daemon", option, "--nofork", "--nopidfile", NULL);
	g_assert_no_error (error);
	daemon_wait (g_file_test (socket, G_FILE_TEST_EXISTS));
	chmod (socket, 0666);
	daemon->address = g_strdup_printf ("unix:path=%s", socket);
}

static void
start_godwitd (Daemon *daemon)
{
	g_autofree char *runtime = file_in (daemon, "runtime");
	g_autofree char *profiles = file_in (daemon, "profiles");
	g_autofree char *script = file_in (daemon, "script");
	g_autoptr (GSubprocessLauncher) launcher = new_launcher ();
	g_autoptr (GError) error = NULL;

	g_subprocess_launcher_setenv (launcher, "GODWIT_FAKE_WORKER", script, TRUE);
	/* Leaks of a program that is killed are none. */
	g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "detect_leaks=0:abort_on_error=1", TRUE);
	daemon->godwitd =
	    g_subprocess_launcher_spawn (launcher, &error, g_getenv ("GODWITD"), "--bus", daemon->address, "--runtime-dir",
	                                 runtime, "--profiles", profiles, "--worker", g_getenv ("GODWIT_FAKE"), NULL);
	g_assert_no_error (error);
}

static gboolean
has_daemon (Daemon *daemon)
{
	g_clear_object (&daemon->manager);
	daemon->manager = daemon_manager_of (daemon->connection);
	return daemon->manager != NULL && vpn_manager_get_version (daemon->manager) != NULL;
}

void
daemon_init (Daemon *daemon)
{
	g_autoptr (GError) error = NULL;

	*daemon = (Daemon){ .folder = g_dir_make_tmp ("godwit-test-XXXXXX", &error) };
	g_assert_no_error (error);
	chmod (daemon->folder, 0755);
	for (guint i = 0; i < 2; i++)
	{
		g_autofree char *folder = file_in (daemon, i == 0 ? "runtime" : "profiles");

		g_assert_cmpint (g_mkdir (folder, 0755), ==, 0);
	}
	daemon_script (daemon, "");
	start_bus (daemon);
	start_godwitd (daemon);
	daemon->connection = daemon_client (daemon, 0);
	daemon_wait (has_daemon (daemon));
}

gboolean
daemon_is_alive (Daemon *daemon)
{
	g_autofree char *name = NULL;
	g_autoptr (GVariant) reply =
	    daemon_call (daemon->connection, "/net/godwit/Vpn1", "net.godwit.Vpn1.Manager", "ListProfiles", NULL, &name);

	return reply != NULL;
}

static void
remove_tree (const char *path)
{
	g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
	{
		g_autofree char *child = g_build_filename (path, name, NULL);

		remove_tree (child);
	}
	g_remove (path);
}

void
daemon_clear (Daemon *daemon)
{
	g_autoptr (GError) error = NULL;

	g_subprocess_send_signal (daemon->godwitd, SIGTERM);
	g_subprocess_wait (daemon->godwitd, NULL, &error);
	g_assert_no_error (error);
	g_assert_true (g_subprocess_get_if_exited (daemon->godwitd));
	g_assert_cmpint (g_subprocess_get_exit_status (daemon->godwitd), ==, 0);
	g_clear_object (&daemon->manager);
	g_dbus_connection_close_sync (daemon->connection, NULL, NULL);
	g_clear_object (&daemon->connection);
	g_subprocess_force_exit (daemon->bus);
	g_subprocess_wait (daemon->bus, NULL, NULL);
	g_clear_object (&daemon->godwitd);
	g_clear_object (&daemon->bus);
	remove_tree (daemon->folder);
	g_free (daemon->folder);
	g_free (daemon->address);
}

GDBusConnection *
daemon_client (Daemon *daemon, uid_t uid)
{
	g_autoptr (GError) error = NULL;
	GDBusConnection *client;

	/* The bus asks the kernel who connects. */
	g_assert_cmpint (seteuid (uid), ==, 0);
	client = g_dbus_connection_new_for_address_sync (
	    daemon->address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
	    NULL, NULL, &error);
	g_assert_cmpint (seteuid (0), ==, 0);
	g_assert_no_error (error);
	g_dbus_connection_set_exit_on_close (client, FALSE);
	return client;
}

VpnManager *
daemon_manager_of (GDBusConnection *client)
{
	return vpn_manager_proxy_new_sync (client, G_DBUS_PROXY_FLAGS_NONE, "net.godwit.Vpn1", "/net/godwit/Vpn1", NULL,
	                                   NULL);
}

GVariant *
daemon_settings (const char *gateway)
{
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add (&builder, "{sv}", "profile.name", g_variant_new_string ("test"));
	g_variant_builder_add (&builder, "{sv}", "gateway.address", g_variant_new_string (gateway));
	g_variant_builder_add (&builder, "{sv}", "user.user", g_variant_new_string ("carol"));
	return g_variant_builder_end (&builder);
}

VpnConnection *
daemon_connect (VpnManager *manager, const char *options)
{
	g_autoptr (GError) error = NULL;
	g_autofree char *path = NULL;
	VpnConnection *connection;

	vpn_manager_call_connect_with_settings_sync (manager, daemon_settings ("127.0.0.1"),
	                                             g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, &error),
	                                             &path, NULL, &error);
	g_assert_no_error (error);
	connection = vpn_connection_proxy_new_sync (g_dbus_proxy_get_connection (G_DBUS_PROXY (manager)),
	                                            G_DBUS_PROXY_FLAGS_NONE, "net.godwit.Vpn1", path, NULL, &error);
	g_assert_no_error (error);
	return connection;
}

GVariant *
daemon_call (GDBusConnection *client, const char *path, const char *interface, const char *method, GVariant *parameters,
             char **ret_error)
{
	g_autoptr (GError) error = NULL;
	GVariant *reply = g_dbus_connection_call_sync (client, "net.godwit.Vpn1", path, interface, method, parameters, NULL,
	                                               G_DBUS_CALL_FLAGS_NONE, DAEMON_WAIT_MS, NULL, &error);

	*ret_error = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;
	if (error != NULL && *ret_error == NULL)
		*ret_error = g_strdup (error->message);
	return reply;
}

static void
on_state (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *signal,
          GVariant *parameters, gpointer user_data)
{
	States *states = user_data;
	const char *state, *reason;

	g_variant_get (parameters, "(&s&s@a{sv})", &state, &reason, NULL);
	g_string_append_printf (states->text, "%s%s:%s", states->text->len > 0 ? " " : "", state, reason);
}

void
states_init (States *states, GDBusConnection *client)
{
	states->client = client;
	states->text = g_string_new (NULL);
	states->subscription =
	    g_dbus_connection_signal_subscribe (client, "net.godwit.Vpn1", "net.godwit.Vpn1.Connection", "StateChanged",
	                                        NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_state, states, NULL);
}

void
states_clear (States *states)
{
	g_dbus_connection_signal_unsubscribe (states->client, states->subscription);
	g_string_free (states->text, TRUE);
}

void
states_expect (States *states, const char *wanted)
{
	gint64 end = g_get_monotonic_time () + DAEMON_WAIT_MS * 1000;

	while (states->text->len < strlen (wanted) && g_get_monotonic_time () < end)
		daemon_spin (5);
	g_assert_cmpstr (states->text->str, ==, wanted);
}

void
daemon_wait_state (VpnConnection *connection, const char *state)
{
	gint64 end = g_get_monotonic_time () + DAEMON_WAIT_MS * 1000;

	while (g_strcmp0 (vpn_connection_get_state (connection), state) != 0 && g_get_monotonic_time () < end)
		daemon_spin (5);
	g_assert_cmpstr (vpn_connection_get_state (connection), ==, state);
}

void
daemon_assert_reason (VpnConnection *connection, const char *reason)
{
	const char *name = NULL;

	g_variant_get (vpn_connection_get_state_reason (connection), "(&s&s@a{sv})", &name, NULL, NULL);
	g_assert_cmpstr (name, ==, reason);
}

static gboolean
on_spun (gpointer user_data)
{
	*(gboolean *) user_data = TRUE;
	return G_SOURCE_REMOVE;
}

void
daemon_spin (guint ms)
{
	gboolean done = FALSE;

	g_timeout_add (ms, on_spun, &done);
	while (!done)
		g_main_context_iteration (NULL, TRUE);
}

typedef struct
{
	GDBusMethodInvocation *invocation;
	const char *reply;
} LateReply;

static gboolean
on_reply_time (gpointer user_data)
{
	g_autofree LateReply *late = user_data;

	if (late->reply[0] == '!')
		g_dbus_method_invocation_return_dbus_error (late->invocation, late->reply + 1, "no");
	else
		g_dbus_method_invocation_return_value (
		    late->invocation,
		    g_variant_new ("(@a{sv})", g_variant_parse (G_VARIANT_TYPE_VARDICT, late->reply, NULL, NULL, NULL)));
	return G_SOURCE_REMOVE;
}

static gboolean
on_request (VpnAgent *skeleton, GDBusMethodInvocation *invocation, const char *connection, const char *id,
            const char *message, GVariant *fields, gpointer user_data)
{
	FakeAgent *agent = user_data;

	agent->n_asked++;
	g_free (agent->message);
	g_free (agent->field);
	agent->message = g_strdup (message);
	g_variant_get_child (fields, 0, "(s&su@a{sv})", &agent->field, NULL, &agent->flags, NULL);
	if (agent->reply != NULL)
	{
		LateReply *late = g_new (LateReply, 1);

		*late = (LateReply){ invocation, agent->reply };
		g_timeout_add (agent->delay_ms, on_reply_time, late);
	}
	return TRUE;
}

static gboolean
on_cancel (VpnAgent *skeleton, GDBusMethodInvocation *invocation, const char *id, const char *reason,
           gpointer user_data)
{
	((FakeAgent *) user_data)->n_cancelled++;
	vpn_agent_complete_cancel (skeleton, invocation);
	return TRUE;
}

void
fake_agent_init (FakeAgent *agent, GDBusConnection *client, const char *path, const char *reply)
{
	g_autoptr (GError) error = NULL;

	*agent = (FakeAgent){ .skeleton = vpn_agent_skeleton_new (), .client = client, .reply = reply };
	g_signal_connect (agent->skeleton, "handle-request-secrets", G_CALLBACK (on_request), agent);
	g_signal_connect (agent->skeleton, "handle-cancel", G_CALLBACK (on_cancel), agent);
	g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (agent->skeleton), client, path, &error);
	g_assert_no_error (error);
}

void
fake_agent_register (FakeAgent *agent)
{
	g_autofree char *failed = NULL;
	const char *path = g_dbus_interface_skeleton_get_object_path (G_DBUS_INTERFACE_SKELETON (agent->skeleton));
	g_autoptr (GVariant) reply = daemon_call (
	    agent->client, "/net/godwit/Vpn1", "net.godwit.Vpn1.Manager", "RegisterAgent",
	    g_variant_new ("(o@as)", path, g_variant_new_strv ((const char *const[]){ "secrets" }, 1)), &failed);

	g_assert_cmpstr (failed, ==, NULL);
	g_assert_nonnull (reply);
}

void
fake_agent_clear (FakeAgent *agent)
{
	g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (agent->skeleton));
	g_object_unref (agent->skeleton);
	g_free (agent->message);
	g_free (agent->field);
}
