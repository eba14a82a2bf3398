/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include "bus.h"

static CliExit run (int argc, char **argv);

const Command cli_command_disconnect = { "disconnect", "[NAME|--all]", "End a connection", run };

/* godwitd gives the gateway 2 s to answer our DELETE; more than that means it hangs. */
#define DISCONNECT_TIMEOUT_MS 10000

static gboolean
on_timeout (gpointer user_data)
{
	*(gboolean *) user_data = TRUE;
	return G_SOURCE_CONTINUE;
}

static CliExit
disconnect (VpnConnection *connection)
{
	g_autoptr (GError) error = NULL;
	gboolean late = FALSE;
	guint timer;

	if (!vpn_connection_call_disconnect_sync (connection, g_variant_new ("a{sv}", NULL), NULL, &error))
		return cli_fail_call (error);
	timer = g_timeout_add (DISCONNECT_TIMEOUT_MS, on_timeout, &late);
	/* The properties follow by signal; an object that is gone has none. */
	while (!late && vpn_connection_get_state (connection) != NULL && bus_is_active (connection))
		g_main_context_iteration (NULL, TRUE);
	g_source_remove (timer);
	if (late)
		return cli_fail (CLI_OTHER, "'%s' did not end within %d s", vpn_connection_get_name (connection),
		                 DISCONNECT_TIMEOUT_MS / 1000);
	g_print ("%s is disconnected.\n", vpn_connection_get_name (connection));
	return CLI_OK;
}

static CliExit
disconnect_all (GPtrArray *connections)
{
	CliExit worst = CLI_OK;

	for (guint i = 0; i < connections->len; i++)
		if (bus_is_active (connections->pdata[i]))
			worst = MAX (worst, disconnect (connections->pdata[i]));
	return worst;
}

static CliExit
run (int argc, char **argv)
{
	gboolean all = FALSE, several;
	const GOptionEntry entries[] = {
		{ "all", 'a', 0, G_OPTION_ARG_NONE, &all, "End every connection", NULL },
		{ NULL },
	};
	g_autoptr (GError) error = NULL;
	g_autoptr (VpnManager) manager = NULL;
	g_autoptr (GPtrArray) connections = NULL;
	VpnConnection *connection;
	CliExit code;

	if (!cli_parse (&cli_command_disconnect, entries, &argc, &argv, 0, 1, &code))
		return code;
	manager = bus_manager (&error);
	connections = manager != NULL ? bus_connections (manager, &error) : NULL;
	if (connections == NULL)
		return cli_fail_call (error);
	if (all)
		return disconnect_all (connections);
	connection = bus_choose (connections, argv[1], &several);
	if (several)
		return cli_fail (CLI_USAGE, "several connections are up: name one of them, or say --all");
	if (connection == NULL || !bus_is_active (connection))
		return cli_fail (CLI_NOT_FOUND,
		                 argc > 1 ? "there is no connection '%s'; 'godwit list' shows those that are up"
		                          : "no connection is up",
		                 argv[1]);
	return disconnect (connection);
}
