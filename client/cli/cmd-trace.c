/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <gio/gunixfdlist.h>
#include <gio/gunixinputstream.h>

#include "bus.h"
#include "table.h"
#include "trace-pipe.h"
#include "trace/trace.h"

static CliExit run (int argc, char **argv);

const Command cli_command_trace = { "trace", "[NAME] [--details] [--json] [--follow]",
	                                "Show every message of a connection", run };

/* The pipe of godwitd, line by line, until it ends. */
static CliExit
print_events (GDataInputStream *events, TracePrinter *printer)
{
	g_autoptr (GError) error = NULL;

	for (;;)
	{
		g_autofree char *line = g_data_input_stream_read_line_utf8 (events, NULL, NULL, &error);
		g_autofree char *text = NULL;

		if (error != NULL)
			return cli_fail (CLI_OTHER, "the trace broke off: %s", error->message);
		if (line == NULL)
			return CLI_OK;
		text = printer != NULL ? trace_printer_line (printer, line) : g_strconcat (line, "\n", NULL);
		if (text != NULL)
			g_print ("%s", text);
	}
}

static CliExit
run (int argc, char **argv)
{
	gboolean details = FALSE, json = FALSE, follow = FALSE, several;
	const GOptionEntry entries[] = {
		{ "details", 'd', 0, G_OPTION_ARG_NONE, &details, "Every payload with its fields", NULL },
		{ "json", 'j', 0, G_OPTION_ARG_NONE, &json, "One JSON object a line", NULL },
		{ "follow", 'f', 0, G_OPTION_ARG_NONE, &follow, "Go on until the connection ends", NULL },
		{ NULL },
	};
	g_autoptr (GError) error = NULL;
	g_autoptr (VpnManager) manager = NULL;
	g_autoptr (GPtrArray) connections = NULL;
	g_autoptr (GDataInputStream) events = NULL;
	VpnConnection *connection;
	TracePrinter *printer = NULL;
	CliExit code;

	if (!cli_parse (&cli_command_trace, entries, &argc, &argv, 0, 1, &code))
		return code;
	manager = bus_manager (&error);
	connections = manager != NULL ? bus_connections (manager, &error) : NULL;
	if (connections == NULL)
		return cli_fail_call (error);
	connection = bus_choose (connections, argv[1], &several);
	if (several)
		return cli_fail (CLI_USAGE, "several connections are up: name one of them");
	if (connection == NULL)
		return cli_fail (CLI_NOT_FOUND, argc > 1 ? "there is no connection '%s'" : "there is no connection", argv[1]);
	events = trace_pipe_open (connection, follow, FALSE, &error);
	if (events == NULL)
		return cli_fail_call (error);
	if (!json)
		printer = trace_printer_new (
		    &(TraceStyle){ .colour = colour_wanted (), .details = details, .columns = terminal_columns () });
	code = print_events (events, printer);
	g_clear_pointer (&printer, trace_printer_free);
	return code;
}
