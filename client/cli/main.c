/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <locale.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "cli.h"

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
		return cli_fail_command (verb);
	return command->run (MAX (argc - 1, 1), argc > 1 ? argv + 1 : argv);
}
