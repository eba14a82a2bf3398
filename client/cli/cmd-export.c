/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include "profile/import.h"
#include "profile/store.h"

static CliExit run (int argc, char **argv);

const Command cli_command_export = { "export", "PROFILE|FILE [--format FORMAT] [--replace] FILE",
	                                 "Write a profile for another program or computer", run };

/* A file when it looks like one or is one, else a name in the user's folder: what godwitd keeps is not given out. */
static Profile *
load (const char *argument, GError **error)
{
	g_autofree char *folder = profile_store_user_folder ();
	g_autofree char *path = NULL;

	if (strchr (argument, '/') != NULL || g_str_has_suffix (argument, ".profile") ||
	    g_file_test (argument, G_FILE_TEST_IS_REGULAR))
		return profile_load (argument, error);
	path = profile_store_find (folder, argument);
	if (path != NULL)
		return profile_load (path, error);
	g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
	             "there is no profile '%s' in %s; 'godwit list' names those there are", argument, folder);
	return NULL;
}

/* What --format says, else what the end of the file's name says. */
static gboolean
choose_format (const char *word, const char *path, ProfileFormat *ret_format)
{
	static const ProfileFormat all[] = { PROFILE_FORMAT_GODWIT, PROFILE_FORMAT_SSWAN, PROFILE_FORMAT_MOBILECONFIG };

	if (word != NULL)
		return profile_format_from_name (word, ret_format);
	for (guint i = 0; i < G_N_ELEMENTS (all); i++)
		if (g_str_has_suffix (path, profile_format_suffix (all[i])))
		{
			*ret_format = all[i];
			return TRUE;
		}
	return FALSE;
}

static CliExit
write_profile (const char *argument, ProfileFormat format, const char *path)
{
	g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
	g_autoptr (GError) error = NULL;
	g_autoptr (Profile) profile = load (argument, &error);

	if (profile == NULL)
		return cli_fail (g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? CLI_NOT_FOUND : CLI_USAGE, "%s",
		                 error->message);
	if (!profile_export_file (profile, format, path, warnings, &error))
		return cli_fail (CLI_USAGE, "%s", error->message);
	g_print ("%s is written to %s\n", profile_display_name (profile), path);
	if (warnings->len > 0)
		g_printerr ("What to know about it:\n");
	for (guint i = 0; i < warnings->len; i++)
		g_printerr ("  - %s\n", (const char *) warnings->pdata[i]);
	return CLI_OK;
}

static CliExit
run (int argc, char **argv)
{
	g_autofree char *word = NULL;
	gboolean replace = FALSE;
	const GOptionEntry entries[] = {
		{ "format", 'f', 0, G_OPTION_ARG_STRING, &word, "godwit, sswan or mobileconfig; default: by the name of FILE",
		  "F" },
		{ "replace", 0, 0, G_OPTION_ARG_NONE, &replace, "Replace a file that is there", NULL },
		{ NULL },
	};
	ProfileFormat format;
	CliExit code;

	if (!cli_parse (&cli_command_export, entries, &argc, &argv, 2, 2, &code))
		return code;
	if (!choose_format (word, argv[2], &format))
		return cli_fail (CLI_USAGE,
		                 word != NULL ? "--format takes godwit, sswan or mobileconfig, not '%s'"
		                              : "say --format godwit, sswan or mobileconfig: '%s' does not tell",
		                 word != NULL ? word : argv[2]);
	if (!replace && g_file_test (argv[2], G_FILE_TEST_EXISTS))
		return cli_fail (CLI_USAGE, "%s is there already; --replace replaces it", argv[2]);
	return write_profile (argv[1], format, argv[2]);
}
