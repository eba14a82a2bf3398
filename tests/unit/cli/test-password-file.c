/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "cli/prompt.h"

#define LONGEST PROMPT_MAX_OCTETS

static void
test_rows (void)
{
	g_autofree char *longest = g_strnfill (LONGEST, 'x');
	g_autofree char *too_long = g_strnfill (LONGEST + 1, 'x');
	const struct
	{
		const char *contents;
		gssize len;
		const char *secret; /* NULL: refused */
	} rows[] = {
		{ "word\n", -1, "word" },
		{ "word", -1, "word" },
		{ "word\r\n", -1, "word" },
		{ "word\nmore\n", -1, "word" },
		{ " spaces stay \n", -1, " spaces stay " },
		{ "w\xc3\xb6rd\n", -1, "w\xc3\xb6rd" },
		{ longest, -1, longest },
		{ too_long, -1, NULL },
		{ "", 0, "" },
		{ "\n", -1, "" },
		{ "\r\n", -1, "" },
		{ "\nsecond\n", -1, "" },
		{ "\xff\n", -1, NULL },
		{ "a\0b\n", 4, NULL },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autoptr (GError) error = NULL;
		g_autofree char *path = NULL;
		g_auto (Secret) secret = SECRET_INIT;
		gboolean good;
		int fd = g_file_open_tmp ("godwit-password-XXXXXX", &path, NULL);

		g_close (fd, NULL);
		g_test_message ("row %u", i);
		g_assert_true (
		    g_file_set_contents_full (path, rows[i].contents, rows[i].len, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
		good = prompt_read_file (path, &secret, &error);
		g_assert_cmpint (good, ==, rows[i].secret != NULL);
		if (good)
			g_assert_cmpmem (secret.data, secret.len, rows[i].secret, strlen (rows[i].secret));
		else
			g_assert_nonnull (strstr (error->message, path));
		g_unlink (path);
	}
}

static void
test_not_files (void)
{
	static const char *const paths[] = { "/nonexistent/password", "/" };

	for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
	{
		g_autoptr (GError) error = NULL;
		g_auto (Secret) secret = SECRET_INIT;

		g_assert_false (prompt_read_file (paths[i], &secret, &error));
		g_assert_true (g_str_has_prefix (error->message, "cannot read "));
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/cli/password-file/rows", test_rows);
	g_test_add_func ("/cli/password-file/not-files", test_not_files);
	return g_test_run ();
}
