/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include <stdarg.h>

#include "bus.h"
#include "profile/nearest.h"
#include "table.h"

/* The others are ways in which the protocol or the network did not let us in; a test names them all. */
static const struct
{
	Status status;
	CliExit code;
} exit_rows[] = {
	{ STATUS_OK, CLI_OK },
	{ STATUS_USER_CLOSED, CLI_OK },
	{ STATUS_NO_ANSWER, CLI_NO_ANSWER },
	{ STATUS_AUTH_REJECTED, CLI_REJECTED },
	{ STATUS_EAP_METHOD, CLI_REJECTED },
	{ STATUS_SECRET_WRONG, CLI_REJECTED },
	{ STATUS_TOKEN_LOCKED, CLI_REJECTED },
	{ STATUS_GATEWAY_IDENTITY, CLI_UNTRUSTED },
	{ STATUS_GATEWAY_CHAIN, CLI_UNTRUSTED },
	{ STATUS_GATEWAY_NAME, CLI_UNTRUSTED },
	{ STATUS_GATEWAY_VALIDITY, CLI_UNTRUSTED },
	{ STATUS_GATEWAY_KEY_USAGE, CLI_UNTRUSTED },
	{ STATUS_GATEWAY_REVOKED, CLI_UNTRUSTED },
	{ STATUS_GATEWAY_UNPROVEN, CLI_UNTRUSTED },
	{ STATUS_GATEWAY_AUTH, CLI_UNTRUSTED },
	{ STATUS_SECRET_NEEDED, CLI_SECRET_NEEDED },
	{ STATUS_SECRET_CANCELLED, CLI_SECRET_NEEDED },
	{ STATUS_SECRET_TIMEOUT, CLI_SECRET_NEEDED },
	{ STATUS_NOT_AUTHORIZED, CLI_NOT_AUTHORIZED },
	{ STATUS_INVALID_PROFILE, CLI_USAGE },
	{ STATUS_INTERNAL, CLI_OTHER },
	{ STATUS_NO_MEMORY, CLI_OTHER },
	{ STATUS_WORKER_DIED, CLI_OTHER },
	{ STATUS_OWNER_VANISHED, CLI_OTHER },
};

CliExit
cli_exit_for_status (Status status)
{
	for (guint i = 0; i < G_N_ELEMENTS (exit_rows); i++)
		if (exit_rows[i].status == status)
			return exit_rows[i].code;
	return CLI_CONNECT_FAILED;
}

const Command *
cli_find_command (const char *name)
{
	for (guint i = 0; cli_commands[i] != NULL; i++)
		if (g_strcmp0 (cli_commands[i]->name, name) == 0)
			return cli_commands[i];
	return NULL;
}

CliExit
cli_fail (CliExit code, const char *format, ...)
{
	g_autofree char *words = NULL;
	g_auto (GStrv) lines = NULL;
	va_list arguments;

	va_start (arguments, format);
	words = g_strdup_vprintf (format, arguments);
	va_end (arguments);
	lines = g_strsplit (words, "\n", -1);
	for (guint i = 0; lines[i] != NULL; i++)
	{
		g_autofree char *line = text_clean (lines[i]);

		g_printerr ("%s%s\n", i == 0 ? "godwit: " : "", line);
	}
	return code;
}

CliExit
cli_fail_command (const char *typed)
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

CliExit
cli_fail_call (const GError *error)
{
	g_autofree char *name = g_dbus_error_get_remote_error (error);
	g_autoptr (GError) stripped = g_error_copy (error);

	g_dbus_error_strip_remote_error (stripped);
	if (bus_error_means_no_daemon (error))
		return cli_fail (CLI_NO_DAEMON,
		                 "godwitd does not run on this bus (%s). Start it as root: godwitd, or systemctl start godwitd",
		                 stripped->message);
	if (g_strcmp0 (name, "net.godwit.Vpn1.Error.NotAuthorized") == 0 ||
	    g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED))
		return cli_fail (CLI_NOT_AUTHORIZED, "%s", stripped->message);
	if (g_strcmp0 (name, "net.godwit.Vpn1.Error.NotFound") == 0)
		return cli_fail (CLI_NOT_FOUND, "%s", stripped->message);
	if (g_strcmp0 (name, "net.godwit.Vpn1.Error.InvalidProfile") == 0)
		return cli_fail (CLI_USAGE, "%s", stripped->message);
	if (g_strcmp0 (name, "net.godwit.Vpn1.Error.NoSecrets") == 0)
		return cli_fail (CLI_SECRET_NEEDED, "%s", stripped->message);
	return cli_fail (CLI_OTHER, "%s", stripped->message);
}

/* The option that was typed wrong, from GLib's message "Unknown option --x". */
static void
fail_option (const Command *command, const GOptionEntry *entries, const GError *error)
{
	g_autoptr (GPtrArray) names = g_ptr_array_new ();
	const char *typed = strstr (error->message, "--");
	g_autofree char *word = typed != NULL ? g_strndup (typed + 2, strcspn (typed + 2, "=")) : NULL;
	const char *meant = NULL;

	for (guint i = 0; entries != NULL && entries[i].long_name != NULL; i++)
		g_ptr_array_add (names, (gpointer) entries[i].long_name);
	g_ptr_array_add (names, (gpointer) "color");
	g_ptr_array_add (names, (gpointer) "help");
	g_ptr_array_add (names, NULL);
	if (g_error_matches (error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION) && typed != NULL)
		meant = nearest_word (word, (const char *const *) names->pdata);
	if (meant != NULL)
		cli_fail (CLI_USAGE, "%s; did you mean --%s?", error->message, meant);
	else
		cli_fail (CLI_USAGE, "%s. See: godwit help %s", error->message, command->name);
}

/* Said in the words that other programs know too: https://no-color.org, https://bixense.com/clicolors. */
static gboolean
take_color (const char *option, const char *value, gpointer data, GError **error)
{
	if (g_str_equal (value, "always"))
		g_setenv ("CLICOLOR_FORCE", "1", TRUE);
	else if (g_str_equal (value, "never"))
	{
		g_setenv ("NO_COLOR", "1", TRUE);
		g_unsetenv ("CLICOLOR_FORCE");
	}
	else if (!g_str_equal (value, "auto"))
	{
		g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--color takes always, never or auto, not '%s'",
		             value);
		return FALSE;
	}
	return TRUE;
}

static void
print_help (const Command *command, const char *usage, const GOptionEntry *entries)
{
	g_autoptr (Table) table = table_new (2);

	g_print ("%s\n\n%s.\n\n", usage, command->summary);
	for (guint i = 0; entries != NULL && entries[i].long_name != NULL; i++)
	{
		g_autofree char *letter =
		    entries[i].short_name != 0 ? g_strdup_printf ("-%c, ", entries[i].short_name) : g_strdup ("    ");
		g_autofree char *option = g_strdup_printf (
		    "  %s--%s%s%s", letter, entries[i].long_name, entries[i].arg_description != NULL ? "=" : "",
		    entries[i].arg_description != NULL ? entries[i].arg_description : "");

		table_row (table, (const char *[]){ option, entries[i].description });
	}
	table_row (table, (const char *[]){ "      --color=WHEN", "Colours: always, never or auto" });
	table_row (table, (const char *[]){ "  -h, --help", "Show this help" });
	table_print (table);
}

gboolean
cli_parse (const Command *command, const GOptionEntry *entries, int *argc, char ***argv, int least, int most,
           CliExit *ret_exit)
{
	g_autoptr (GOptionContext) context = g_option_context_new (NULL);
	g_autofree char *usage = g_strdup_printf ("usage: godwit %s %s", command->name, command->arguments);
	g_autoptr (GError) error = NULL;
	gboolean help = FALSE;
	const GOptionEntry help_entry[] = {
		{ "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL },
		{ "color", 0, 0, G_OPTION_ARG_CALLBACK, take_color, "always, never or auto", "WHEN" },
		{ NULL },
	};

	g_option_context_set_help_enabled (context, FALSE);
	if (entries != NULL)
		g_option_context_add_main_entries (context, entries, NULL);
	g_option_context_add_main_entries (context, help_entry, NULL);
	*ret_exit = CLI_USAGE;
	if (!g_option_context_parse (context, argc, argv, &error))
	{
		fail_option (command, entries, error);
		return FALSE;
	}
	if (help)
	{
		print_help (command, usage, entries);
		*ret_exit = CLI_OK;
		return FALSE;
	}
	/* "--" ends the options and is left in place. */
	if (*argc > 1 && strcmp ((*argv)[1], "--") == 0)
	{
		memmove (*argv + 1, *argv + 2, sizeof (char *) * (gsize) (*argc - 1));
		--*argc;
	}
	if (*argc - 1 < least || *argc - 1 > most)
	{
		cli_fail (CLI_USAGE, "%s", usage);
		return FALSE;
	}
	return TRUE;
}
