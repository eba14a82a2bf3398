/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include "bus.h"
#include "print.h"

static CliExit run (int argc, char **argv);

const Command cli_command_disconnect = { "disconnect", "[NAME|--all] [--quiet]", "End a connection", run };

static CliExit
disconnect (VpnConnection *connection, gboolean quiet)
{
	g_autofree char *name = print_name (connection);
	g_autoptr (GError) error = NULL;

	if (!bus_disconnect (connection, &error))
		return cli_fail_call (error);
	if (!quiet)
		g_print ("%s is disconnected.\n", name);
	return CLI_OK;
}

static CliExit
disconnect_all (GPtrArray *connections, gboolean quiet)
{
	CliExit worst = CLI_OK;

	for (guint i = 0; i < connections->len; i++)
		if (bus_is_active (connections->pdata[i]))
			worst = MAX (worst, disconnect (connections->pdata[i], quiet));
	return worst;
}

static CliExit
run (int argc, char **argv)
{
	gboolean all = FALSE, quiet = FALSE, several;
	const GOptionEntry entries[] = {
		{ "all", 'a', 0, G_OPTION_ARG_NONE, &all, "End every connection", NULL },
		{ "quiet", 'q', 0, G_OPTION_ARG_NONE, &quiet, "Say nothing when it worked", NULL },
		{ NULL },
	};
	g_autoptr (GError) error = NULL;
	g_autoptr (VpnManager) manager = NULL;
	g_autoptr (GPtrArray) connections = NULL;
	VpnConnection *connection;
	CliExit code;

	if (!cli_parse (&cli_command_disconnect, entries, &argc, &argv, 0, 1, &code))
		return code;
	if (all && argc > 1)
		return cli_fail (CLI_USAGE, "name one connection, or say --all");
	manager = bus_manager (&error);
	connections = manager != NULL ? bus_connections (manager, &error) : NULL;
	if (connections == NULL)
		return cli_fail_call (error);
	if (all)
		return disconnect_all (connections, quiet);
	connection = bus_choose (connections, argv[1], &several);
	if (several)
		return cli_fail (CLI_USAGE, "several connections are up: name one of them, or say --all");
	if (connection == NULL || !bus_is_active (connection))
		return cli_fail (CLI_NOT_FOUND,
		                 argc > 1 ? "there is no connection '%s'; 'godwit list' shows those that are up"
		                          : "no connection is up",
		                 argv[1]);
	return disconnect (connection, quiet);
}
