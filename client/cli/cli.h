/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what every verb of the command line shares: its description, exit codes, how errors are said.
 * Must not know: any single verb.
 */
#pragma once

#include <gio/gio.h>

#include "base/status.h"

/* Where they mean the same these are nmcli's. */
typedef enum
{
	CLI_OK = 0,
	CLI_OTHER = 1,
	CLI_USAGE = 2,
	CLI_NO_ANSWER = 3,
	CLI_CONNECT_FAILED = 4,
	CLI_REJECTED = 5,
	CLI_UNTRUSTED = 6,
	CLI_SECRET_NEEDED = 7,
	CLI_NO_DAEMON = 8,
	CLI_NOT_AUTHORIZED = 9,
	CLI_NOT_FOUND = 10,
	CLI_INTERRUPTED = 130,
} CliExit;

typedef struct
{
	const char *name;      /* the verb */
	const char *arguments; /* "PROFILE|FILE [--wait S]"; "" for none */
	const char *summary;   /* one line of `godwit help` */
	/* @argv[0] is the verb. Has printed what there was to say. */
	CliExit (*run) (int argc, char **argv);
} Command;

/* Generated from the word list in meson.build; ends with NULL. */
extern const Command *const cli_commands[];

const Command *cli_find_command (const char *name);

/* "there is no command '@typed'", with what was probably meant. Returns CLI_USAGE. */
CliExit cli_fail_command (const char *typed);

/* The exit code for the reason a connection ended with. */
CliExit cli_exit_for_status (Status status);

/**
 * cli_parse:
 * Parses the options of a verb. @entries: its own, may be NULL;  @least, @most: number of arguments left in @argv[1...]
 * Returns: FALSE when usage was wrong and said so (the verb then returns CLI_USAGE), or when --help was printed
 * (@ret_exit says which)
 */
gboolean cli_parse (const Command *command, const GOptionEntry *entries, int *argc, char ***argv, int least, int most,
                    CliExit *ret_exit);

/* "godwit: WORDS" on standard error. Returns @code, so that a verb can end with it. */
CliExit cli_fail (CliExit code, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* Says a GError of a call to godwitd, with what to do, and finds its exit code. */
CliExit cli_fail_call (const GError *error);
