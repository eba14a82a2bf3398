/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connect.h"

static CliExit run (int argc, char **argv);

const Command cli_command_reconnect = { "reconnect", "PROFILE|FILE [--wait S] [--password-file F|-]",
	                                    "End a connection and start it again", run };

static CliExit
run (int argc, char **argv)
{
	return connect_run (&cli_command_reconnect, argc, argv, TRUE);
}
