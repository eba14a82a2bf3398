/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cli.h"
#include "profile/nearest.h"

static CliExit
unknown_command (const char *typed)
{
	g_autoptr (GPtrArray) names = g_ptr_array_new ();
	const char *meant;

	for (guint i = 0; cli_commands[i] != NULL; i++)
		g_ptr_array_add (names, (gpointer) cli_commands[i]->name);
	g_ptr_array_add (names, NULL);
	meant = nearest_word (typed, (const char *const *) names->pdata);
	if (meant != NULL)
		return cli_fail (CLI_USAGE, "there is no command '%s'; did you mean '%s'?", typed, meant);
	return cli_fail (CLI_USAGE, "there is no command '%s'; 'godwit help' lists them", typed);
}

/* Passwords pass through this process: no core dump, no debugger of the same user. */
static void
protect_memory (void)
{
	prctl (PR_SET_DUMPABLE, 0);
	setrlimit (RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

int
main (int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "help";
	const Command *command;

	setlocale (LC_ALL, "");
	protect_memory ();
	g_set_prgname ("godwit");
	if (g_str_equal (verb, "--version"))
		verb = "version";
	else if (g_str_equal (verb, "--help") || g_str_equal (verb, "-h"))
		verb = "help";
	command = cli_find_command (verb);
	if (command == NULL)
		return unknown_command (verb);
	return command->run (MAX (argc - 1, 1), argc > 1 ? argv + 1 : argv);
}
