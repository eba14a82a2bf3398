/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

static CliExit run (int argc, char **argv);

const Command cli_command_version = { "version", "", "Show the version", run };

static CliExit
run (int argc, char **argv)
{
	CliExit code;

	if (!cli_parse (&cli_command_version, NULL, &argc, &argv, 0, 0, &code))
		return code;
	g_print ("godwit %s\n", GODWIT_VERSION);
	return CLI_OK;
}
