/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <glib-unix.h>

#include "agent.h"
#include "bus.h"
#include "connect.h"
#include "print.h"
#include "profile/store.h"
#include "progress.h"
#include "prompt.h"
#include "trace-pipe.h"

static CliExit run (int argc, char **argv);

const Command cli_command_connect = { "connect",
	                                  "PROFILE|FILE [--wait S] [--password-file F|-]\n"
	                                  "       godwit connect --gateway HOST --user U [--ca F] [--identity I]",
	                                  "Start a connection", run };

#define DEFAULT_WAIT_S 90
#define MAX_WAIT_S 3600

typedef struct
{
	int wait_s;
	char *password_file;
	char *export_keys;
	char *gateway, *user, *ca, *identity;
	gboolean quiet;
	gboolean anew; /* end the one that is up first */
} Options;

static void
options_clear (Options *options)
{
	g_free (options->password_file);
	g_free (options->export_keys);
	g_free (options->gateway);
	g_free (options->user);
	g_free (options->ca);
	g_free (options->identity);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

/* One connect from start to end. */
typedef struct
{
	const Options *options;
	Progress progress;
	GMainLoop *loop;
	VpnConnection *connection;
	Agent *agent;
	guint timer;
	gboolean interrupted, late, lost;
} Connect;

/* What a person calls the phase. */
static const struct
{
	const char *state;
	const char *text;
} phases[] = {
	{ "resolving", "looking up %s" },
	{ "init", "IKE_SA_INIT with %s" },
	{ "authenticating", "IKE_AUTH with %s" },
	{ "need-secrets", "waiting for an answer" },
	{ "configuring", "setting up the network" },
	{ "reconnecting", "connecting again to %s" },
};

static void
show_phase (Connect *connect, const char *state)
{
	const char *gateway = vpn_connection_get_gateway (connect->connection);

	/* The question itself may be faster than the word that there is one; it says more. */
	if (connect->progress.held && g_str_equal (state, "need-secrets"))
		return;
	for (guint i = 0; i < G_N_ELEMENTS (phases); i++)
		if (g_str_equal (phases[i].state, state))
		{
			g_auto (GStrv) parts = g_strsplit (phases[i].text, "%s", 2);
			g_autofree char *text = g_strconcat (parts[0], parts[1] != NULL ? gateway : "", NULL);

			progress_phase (&connect->progress, text);
		}
}

static void
on_state (VpnConnection *connection, GParamSpec *property, gpointer user_data)
{
	Connect *connect = user_data;
	const char *state = vpn_connection_get_state (connection);

	if (state == NULL)
		connect->lost = TRUE;
	else
		show_phase (connect, state);
	if (state == NULL || g_str_equal (state, "connected") || !bus_is_active (connection))
		g_main_loop_quit (connect->loop);
}

static void
on_owner (GDBusProxy *proxy, GParamSpec *property, gpointer user_data)
{
	Connect *connect = user_data;
	g_autofree char *owner = g_dbus_proxy_get_name_owner (proxy);

	if (owner != NULL)
		return;
	connect->lost = TRUE;
	g_main_loop_quit (connect->loop);
}

static gboolean
on_interrupt (gpointer user_data)
{
	Connect *connect = user_data;

	connect->interrupted = TRUE;
	g_main_loop_quit (connect->loop);
	return G_SOURCE_CONTINUE;
}

static gboolean
on_late (gpointer user_data)
{
	Connect *connect = user_data;

	connect->late = TRUE;
	connect->timer = 0;
	g_main_loop_quit (connect->loop);
	return G_SOURCE_REMOVE;
}

static GVariant *
connect_options (const Options *options)
{
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add (&builder, "{sv}", "detach", g_variant_new_boolean (TRUE));
	g_variant_builder_add (&builder, "{sv}", "agent", g_variant_new_object_path (AGENT_PATH));
	if (options->export_keys != NULL)
		g_variant_builder_add (&builder, "{sv}", "export-keys", g_variant_new_boolean (TRUE));
	return g_variant_builder_end (&builder);
}

/* Starts it, by value or by the id of a profile of the system. Returns the path of the object. */
static char *
start (VpnManager *manager, Profile *profile, const char *system_profile, const Options *options, GError **error)
{
	char *path = NULL;

	if (profile != NULL)
		vpn_manager_call_connect_with_settings_sync (manager, profile_to_variant (profile, TRUE),
		                                             connect_options (options), &path, NULL, error);
	else
		vpn_manager_call_connect_sync (manager, system_profile, connect_options (options), &path, NULL, error);
	return path;
}

static void
give_up (Connect *connect)
{
	vpn_connection_call_disconnect_sync (connect->connection, g_variant_new ("a{sv}", NULL), NULL, NULL);
}

static CliExit
report_connected (Connect *connect)
{
	VpnConnection *connection = connect->connection;
	const char *const *servers = vpn_connection_get_dns_servers (connection);
	g_autofree char *name = print_name (connection);
	g_autofree char *addresses = print_prefixes (vpn_connection_get_addresses (connection), TRUE);
	g_autofree char *dns = servers != NULL ? g_strjoinv (", ", (char **) servers) : g_strdup ("");
	g_autoptr (GError) error = NULL;
	guint left_out = 0;

	if (!connect->options->quiet)
		g_print ("%s is connected in %u ms: %s, %s%s%s\n", name, progress_ms (&connect->progress),
		         vpn_connection_get_interface_name (connection), addresses, dns[0] != '\0' ? ", DNS " : "", dns);
	if (vpn_connection_get_weak (connection))
		g_printerr ("Careful: this profile allows algorithms that are no longer safe (weak=yes).\n");
	if (connect->options->export_keys == NULL)
		return CLI_OK;
	if (!trace_pipe_export_keys (connection, connect->options->export_keys, &left_out, &error))
		return cli_fail (CLI_OTHER, "the keys were not written: %s", error->message);
	if (left_out > 0)
		g_printerr ("Keys of %u SAs were left out: Wireshark does not know their algorithm.\n", left_out);
	return CLI_OK;
}

static CliExit
report_failure (Connect *connect)
{
	g_autofree char *words = print_reason (connect->connection);
	GVariant *reason = vpn_connection_get_state_reason (connect->connection);
	const char *name = "internal";
	Status status = STATUS_INTERNAL;
	CliExit code;

	if (reason != NULL)
		g_variant_get (reason, "(&s&s@a{sv})", &name, NULL, NULL);
	status_from_name (name, &status);
	/* Nobody else ended it: a connection that is closed while it comes up has failed. */
	code = cli_exit_for_status (status);
	return cli_fail (code == CLI_OK ? CLI_OTHER : code, "%s", words);
}

static CliExit
report (Connect *connect)
{
	const char *state = vpn_connection_get_state (connect->connection);

	progress_end (&connect->progress);
	if (connect->lost || state == NULL)
		return cli_fail (CLI_NO_DAEMON, "godwitd ended while the connection came up; its log says why");
	if (g_str_equal (state, "connected"))
		return report_connected (connect);
	if (!bus_is_active (connect->connection))
		return report_failure (connect);
	give_up (connect);
	if (connect->interrupted)
		return cli_fail (CLI_INTERRUPTED, "interrupted");
	return cli_fail (CLI_NO_ANSWER, "no connection within %d s (it was in: %s); --wait gives it longer",
	                 connect->options->wait_s, state);
}

static void
wait_for_end (Connect *connect)
{
	guint interrupt = g_unix_signal_add (SIGINT, on_interrupt, connect);
	guint terminate = g_unix_signal_add (SIGTERM, on_interrupt, connect);

	connect->timer = g_timeout_add_seconds ((guint) connect->options->wait_s, on_late, connect);
	g_signal_connect (connect->connection, "notify::state", G_CALLBACK (on_state), connect);
	g_signal_connect (connect->connection, "notify::g-name-owner", G_CALLBACK (on_owner), connect);
	/* What happened before somebody listened. */
	if (vpn_connection_get_state (connect->connection) != NULL)
		show_phase (connect, vpn_connection_get_state (connect->connection));
	if (vpn_connection_get_state (connect->connection) != NULL && bus_is_active (connect->connection) &&
	    !g_str_equal (vpn_connection_get_state (connect->connection), "connected"))
		g_main_loop_run (connect->loop);
	g_signal_handlers_disconnect_by_data (connect->connection, connect);
	g_source_remove (interrupt);
	g_source_remove (terminate);
	if (connect->timer != 0)
		g_source_remove (connect->timer);
}

/* Connections of the same profile that are up. */
static gboolean
end_old (VpnManager *manager, Profile *profile, const char *system_profile, GError **error)
{
	g_autoptr (GPtrArray) connections = bus_connections (manager, error);

	for (guint i = 0; connections != NULL && i < connections->len; i++)
	{
		VpnConnection *connection = connections->pdata[i];
		gboolean same = profile != NULL
		                    ? g_strcmp0 (vpn_connection_get_name (connection), profile_display_name (profile)) == 0
		                    : g_strcmp0 (vpn_connection_get_profile_id (connection), system_profile) == 0;

		if (same && bus_is_active (connection) && !bus_disconnect (connection, error))
			return FALSE;
	}
	return connections != NULL;
}

static CliExit
run_connect (Profile *profile, const char *system_profile, Secret *secret, const Options *options)
{
	Connect connect = { .options = options };
	g_autoptr (GError) error = NULL;
	g_autoptr (VpnManager) manager = NULL;
	g_autofree char *path = NULL;
	CliExit code;

	progress_init (&connect.progress, options->quiet);
	manager = bus_manager (&error);
	if (manager == NULL)
		return cli_fail_call (error);
	if (options->anew && !end_old (manager, profile, system_profile, &error))
		return cli_fail_call (error);
	connect.agent = agent_new (g_dbus_proxy_get_connection (G_DBUS_PROXY (manager)), secret, secret->len > 0,
	                           progress_hold, &connect.progress, &error);
	if (connect.agent != NULL)
		path = start (manager, profile, system_profile, options, &error);
	if (path != NULL)
		connect.connection = bus_connection (manager, path, &error);
	if (connect.connection == NULL)
	{
		agent_free (connect.agent);
		return cli_fail_call (error);
	}
	connect.loop = g_main_loop_new (NULL, FALSE);
	wait_for_end (&connect);
	agent_free (connect.agent);
	code = report (&connect);
	g_main_loop_unref (connect.loop);
	g_object_unref (connect.connection);
	return code;
}

static Profile *
profile_of_options (const Options *options, GError **error)
{
	g_autoptr (GPtrArray) values = g_ptr_array_new ();
	const char *const pairs[] = {
		"gateway.address", options->gateway, "user.user",        options->user,
		"gateway.ca",      options->ca,      "gateway.identity", options->identity,
	};
	g_autoptr (Profile) profile = NULL;

	for (guint i = 0; i < G_N_ELEMENTS (pairs); i += 2)
		if (pairs[i + 1] != NULL)
		{
			g_ptr_array_add (values, (gpointer) pairs[i]);
			g_ptr_array_add (values, (gpointer) pairs[i + 1]);
		}
	g_ptr_array_add (values, NULL);
	profile = profile_new_from_values ((const char *const *) values->pdata, error);
	if (profile == NULL || !profile_read_files (profile, ".", error))
		return NULL;
	return g_steal_pointer (&profile);
}

/* A file when it looks like one or is one, else a name in the user's folder; NULL without error: ask godwitd for it. */
static Profile *
profile_of_argument (const char *argument, GError **error)
{
	g_autofree char *folder = profile_store_user_folder ();
	g_autofree char *path = NULL;

	if (strchr (argument, '/') != NULL || g_str_has_suffix (argument, ".profile") ||
	    g_file_test (argument, G_FILE_TEST_IS_REGULAR))
		return profile_load (argument, error);
	path = profile_store_find (folder, argument);
	return path != NULL ? profile_load (path, error) : NULL;
}

static gboolean
check_options (const Options *options, int argc)
{
	if ((options->gateway != NULL) == (argc > 1))
		cli_fail (CLI_USAGE, "name a profile or a file, or say --gateway HOST --user USER");
	else if (options->gateway == NULL && (options->user != NULL || options->ca != NULL || options->identity != NULL))
		cli_fail (CLI_USAGE, "--user, --ca and --identity go with --gateway");
	else if (options->wait_s < 1 || options->wait_s > MAX_WAIT_S)
		cli_fail (CLI_USAGE, "--wait takes 1 to %d seconds", MAX_WAIT_S);
	else if (options->export_keys != NULL && !g_file_test (options->export_keys, G_FILE_TEST_IS_DIR))
		cli_fail (CLI_USAGE, "--export-keys %s: there is no such folder", options->export_keys);
	else
		return TRUE;
	return FALSE;
}

CliExit
connect_run (const Command *command, int argc, char **argv, gboolean anew)
{
	g_auto (Options) options = { .wait_s = DEFAULT_WAIT_S, .anew = anew };
	const GOptionEntry entries[] = {
		{ "wait", 'w', 0, G_OPTION_ARG_INT, &options.wait_s, "Give up after S seconds", "S" },
		{ "password-file", 'p', 0, G_OPTION_ARG_FILENAME, &options.password_file,
		  "First line: the password; - is stdin", "F" },
		{ "export-keys", 0, 0, G_OPTION_ARG_FILENAME, &options.export_keys, "Keys for Wireshark", "DIR" },
		{ "gateway", 'g', 0, G_OPTION_ARG_STRING, &options.gateway, "Without a profile: the gateway", "HOST" },
		{ "user", 'u', 0, G_OPTION_ARG_STRING, &options.user, "Without a profile: the user", "U" },
		{ "ca", 0, 0, G_OPTION_ARG_FILENAME, &options.ca, "Without a profile: a PEM file, or system", "F" },
		{ "identity", 0, 0, G_OPTION_ARG_STRING, &options.identity, "What the gateway's certificate says", "I" },
		{ "quiet", 'q', 0, G_OPTION_ARG_NONE, &options.quiet, "Say nothing when it worked", NULL },
		{ NULL },
	};
	g_autoptr (Profile) profile = NULL;
	g_autoptr (GError) error = NULL;
	g_auto (Secret) secret = SECRET_INIT;
	CliExit code;

	if (!cli_parse (command, entries, &argc, &argv, 0, 1, &code))
		return code;
	if (!check_options (&options, argc))
		return CLI_USAGE;
	profile = argc > 1 ? profile_of_argument (argv[1], &error) : profile_of_options (&options, &error);
	if (error != NULL)
		return cli_fail (CLI_USAGE, "%s", error->message);
	if (options.password_file != NULL && !prompt_read_file (options.password_file, &secret, &error))
		return cli_fail (CLI_USAGE, "%s", error->message);
	return run_connect (profile, argv[1], &secret, &options);
}

static CliExit
run (int argc, char **argv)
{
	return connect_run (&cli_command_connect, argc, argv, FALSE);
}
