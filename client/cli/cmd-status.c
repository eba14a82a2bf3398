/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <glib-unix.h>

#include "bus.h"
#include "print.h"

static CliExit run (int argc, char **argv);

const Command cli_command_status = { "status", "[NAME] [--json] [--details] [--follow] [--check]", "Show connections",
	                                 run };

static void
print_all (GPtrArray *connections, gboolean details)
{
	if (connections->len == 0)
		g_print ("No connection is up. 'godwit list' shows the profiles.\n");
	for (guint i = 0; i < connections->len; i++)
	{
		if (i > 0)
			g_print ("\n");
		print_connection (connections->pdata[i]);
		if (details)
			print_connection_details (connections->pdata[i]);
	}
}

static void
print_all_json (GPtrArray *connections, gboolean line)
{
	g_autoptr (JsonBuilder) builder = json_builder_new ();

	json_builder_begin_object (builder);
	json_builder_set_member_name (builder, "schema");
	json_builder_add_int_value (builder, 1);
	json_builder_set_member_name (builder, "connections");
	json_builder_begin_array (builder);
	for (guint i = 0; i < connections->len; i++)
		print_connection_json (connections->pdata[i], builder);
	json_builder_end_array (builder);
	json_builder_end_object (builder);
	print_json (builder, line);
}

typedef struct
{
	GMainLoop *loop;
	VpnManager *manager;
	gboolean json;
	CliExit code;
} Follow;

/* One line a change of state: time, connection, state. */
static void
on_state_changed (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *signal,
                  GVariant *parameters, gpointer user_data)
{
	Follow *follow = user_data;
	g_autoptr (GDateTime) now = g_date_time_new_now_local ();
	g_autofree char *time = g_date_time_format_iso8601 (now);
	g_autoptr (VpnConnection) connection = bus_connection (follow->manager, path, NULL);
	g_autofree char *name = connection != NULL ? print_name (connection) : g_strdup ("");
	const char *state, *reason;

	g_variant_get (parameters, "(&s&s@a{sv})", &state, &reason, NULL);
	if (follow->json)
	{
		g_autoptr (JsonBuilder) builder = json_builder_new ();
		const char *const members[] = {
			"time", time, "connection", path, "name", name, "state", state, "reason", reason
		};

		json_builder_begin_object (builder);
		json_builder_set_member_name (builder, "schema");
		json_builder_add_int_value (builder, 1);
		for (guint i = 0; i < G_N_ELEMENTS (members); i += 2)
		{
			json_builder_set_member_name (builder, members[i]);
			json_builder_add_string_value (builder, members[i + 1]);
		}
		json_builder_end_object (builder);
		print_json (builder, TRUE);
	}
	else
		g_print ("%s  %s  %s%s%s\n", time, name, state, g_str_equal (reason, "ok") ? "" : ": ",
		         g_str_equal (reason, "ok") ? "" : reason);
}

static gboolean
on_interrupt (gpointer user_data)
{
	g_main_loop_quit (((Follow *) user_data)->loop);
	return G_SOURCE_CONTINUE;
}

static void
on_daemon_gone (GDBusConnection *bus, const char *name, gpointer user_data)
{
	Follow *follow = user_data;

	follow->code = cli_fail (CLI_NO_DAEMON, "godwitd ended");
	g_main_loop_quit (follow->loop);
}

static CliExit
follow_states (VpnManager *manager, VpnConnection *connection, gboolean json)
{
	GDBusConnection *bus = g_dbus_proxy_get_connection (G_DBUS_PROXY (manager));
	Follow follow = { g_main_loop_new (NULL, FALSE), manager, json, CLI_INTERRUPTED };
	const char *path = connection != NULL ? g_dbus_proxy_get_object_path (G_DBUS_PROXY (connection)) : NULL;
	guint subscription =
	    g_dbus_connection_signal_subscribe (bus, BUS_NAME, "net.godwit.Vpn1.Connection", "StateChanged", path, NULL,
	                                        G_DBUS_SIGNAL_FLAGS_NONE, on_state_changed, &follow, NULL);

	guint watch = g_bus_watch_name_on_connection (bus, BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_daemon_gone,
	                                              &follow, NULL);

	g_unix_signal_add (SIGINT, on_interrupt, &follow);
	g_unix_signal_add (SIGTERM, on_interrupt, &follow);
	g_main_loop_run (follow.loop);
	g_dbus_connection_signal_unsubscribe (bus, subscription);
	g_bus_unwatch_name (watch);
	g_main_loop_unref (follow.loop);
	return follow.code;
}

static CliExit
run (int argc, char **argv)
{
	gboolean json = FALSE, details = FALSE, follow = FALSE, check = FALSE, several;
	const GOptionEntry entries[] = {
		{ "json", 'j', 0, G_OPTION_ARG_NONE, &json, "For programs", NULL },
		{ "details", 'd', 0, G_OPTION_ARG_NONE, &details, "Also owner, worker, packet path, every counter", NULL },
		{ "follow", 'f', 0, G_OPTION_ARG_NONE, &follow, "Go on with every change", NULL },
		{ "check", 'c', 0, G_OPTION_ARG_NONE, &check, "Exit code 0 when connected, else 1", NULL },
		{ NULL },
	};
	g_autoptr (GError) error = NULL;
	g_autoptr (VpnManager) manager = NULL;
	g_autoptr (GPtrArray) connections = NULL;
	g_autoptr (GPtrArray) shown = g_ptr_array_new ();
	VpnConnection *chosen = NULL;
	CliExit code;

	if (!cli_parse (&cli_command_status, entries, &argc, &argv, 0, 1, &code))
		return code;
	manager = bus_manager (&error);
	connections = manager != NULL ? bus_connections (manager, &error) : NULL;
	if (connections == NULL)
		return cli_fail_call (error);
	if (argc > 1)
	{
		chosen = bus_choose (connections, argv[1], &several);
		if (chosen == NULL)
			return check ? CLI_OTHER : cli_fail (CLI_NOT_FOUND, "there is no connection '%s'", argv[1]);
		g_ptr_array_add (shown, chosen);
	}
	else
		g_ptr_array_extend (shown, connections, NULL, NULL);
	if (check)
	{
		for (guint i = 0; i < shown->len; i++)
			if (g_strcmp0 (vpn_connection_get_state (shown->pdata[i]), "connected") == 0)
				return CLI_OK;
		return CLI_OTHER;
	}
	if (json)
		print_all_json (shown, follow);
	else
		print_all (shown, details);
	return follow ? follow_states (manager, chosen, json) : CLI_OK;
}
