/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include "profile/profile.h"

static CliExit run (int argc, char **argv);

const Command cli_command_help = { "help", "[COMMAND|profile]", "Show what there is", run };

static void
help_overview (void)
{
	g_print ("godwit - IKEv2 remote access\n\nusage: godwit COMMAND [ARGUMENTS]\n\n");
	for (guint i = 0; cli_commands[i] != NULL; i++)
		g_print ("  %-12s %s\n", cli_commands[i]->name, cli_commands[i]->summary);
	g_print ("\n'godwit help COMMAND' shows its options, 'godwit help profile' every key of a\nprofile.\n");
}

static CliExit
run (int argc, char **argv)
{
	const Command *command;

	if (argc < 2 || g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
	{
		help_overview ();
		return CLI_OK;
	}
	if (g_str_equal (argv[1], "profile"))
	{
		g_autofree char *text = profile_settings_text ();

		g_print ("%s", text);
		return CLI_OK;
	}
	command = cli_find_command (argv[1]);
	if (command == NULL)
		return cli_fail_command (argv[1]);
	return command->run (2, (char *[]){ (char *) command->name, (char *) "--help", NULL });
}
