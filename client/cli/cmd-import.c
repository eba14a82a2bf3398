/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include "profile/import.h"
#include "profile/store.h"

static CliExit run (int argc, char **argv);

const Command cli_command_import = { "import", "FILE [--name N] [--user U] [--replace]",
	                                 "Take over a .mobileconfig, .sswan or Godwit profile", run };

static void
print_warnings (const GPtrArray *warnings)
{
	for (guint i = 0; i < warnings->len; i++)
		g_printerr ("  - %s\n", (const char *) warnings->pdata[i]);
}

/* What --name says, else what the file calls itself. */
static char *
choose_name (const char *name, const ProfileImport *import)
{
	return name != NULL ? g_strdup (name) : profile_store_name_from (profile_display_name (import->profile));
}

static CliExit
save (const ProfileImport *import, const char *file, const char *wanted, gboolean replace)
{
	g_autofree char *folder = profile_store_user_folder ();
	g_autofree char *name = choose_name (wanted, import);
	g_autofree char *path = profile_store_find (folder, name);
	g_autoptr (GError) error = NULL;

	if (path != NULL && !replace)
		return cli_fail (CLI_USAGE, "there is a profile '%s' already; --replace replaces it, --name gives another name",
		                 name);
	if (!profile_store_save (folder, name, import->profile, replace, &error))
		return cli_fail (CLI_USAGE, "%s", error->message);
	g_print ("%s is now the profile '%s' in %s\n", file, name, folder);
	if (import->warnings->len > 0)
		g_printerr ("What to know about it:\n");
	print_warnings (import->warnings);
	return CLI_OK;
}

static CliExit
run (int argc, char **argv)
{
	g_autofree char *name = NULL, *user = NULL;
	gboolean replace = FALSE;
	const GOptionEntry entries[] = {
		{ "name", 'n', 0, G_OPTION_ARG_STRING, &name, "What to call the profile", "N" },
		{ "user", 'u', 0, G_OPTION_ARG_STRING, &user, "Who you are, when the file does not say it", "U" },
		{ "replace", 0, 0, G_OPTION_ARG_NONE, &replace, "Replace a profile of that name", NULL },
		{ NULL },
	};
	g_autoptr (ProfileImport) import = NULL;
	g_autoptr (GError) error = NULL;
	CliExit code;

	if (!cli_parse (&cli_command_import, entries, &argc, &argv, 1, 1, &code))
		return code;
	import = profile_import_file (argv[1], user, &error);
	if (import == NULL)
		return cli_fail (CLI_USAGE, "%s", error->message);
	return save (import, argv[1], name, replace);
}
