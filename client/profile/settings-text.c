/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "profile.h"

#define INDENT 20u
#define COLUMNS 80u

static const char opening[] = "A profile is a text file NAME.profile of groups and KEY=VALUE lines. '#' begins\n"
                              "a comment, at the start of a line or behind a space. The least there can be:\n"
                              "\n"
                              "  [gateway]\n"
                              "  address=vpn.example.org\n"
                              "  [user]\n"
                              "  user=alice\n"
                              "\n"
                              "Paths of files are relative to the folder of the profile; ~/ is the home.\n";

/* @text in lines that begin at INDENT; the first line has something before it. */
static void
append_wrapped (GString *out, const char *text)
{
	g_auto (GStrv) words = g_strsplit (text, " ", -1);
	gsize at = INDENT;

	for (guint i = 0; words[i] != NULL; i++)
	{
		if (i > 0 && at + 1 + strlen (words[i]) > COLUMNS)
		{
			g_string_append_printf (out, "\n%*s", (int) INDENT, "");
			at = INDENT;
		}
		else if (i > 0)
		{
			g_string_append_c (out, ' ');
			at++;
		}
		g_string_append (out, words[i]);
		at += strlen (words[i]);
	}
	g_string_append_c (out, '\n');
}

static char *
row_text (const ProfileSetting *row)
{
	GString *text = g_string_new (row->help);

	if (row->choices != NULL)
	{
		g_autofree char *choices = g_strjoinv (", ", (char **) row->choices);

		g_string_append_printf (text, row->type == PROFILE_TYPE_WORDS ? " Known: %s." : " One of %s.", choices);
	}
	if (row->type == PROFILE_TYPE_INTEGER && row->least > 0)
		g_string_append_printf (text, " From %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ".", row->least, row->most);
	if (row->fallback != NULL)
		g_string_append_printf (text, " Default: %s.", row->fallback);
	return g_string_free (text, FALSE);
}

char *
profile_settings_text (void)
{
	GString *out = g_string_new (opening);
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	const char *group = "";

	for (gsize i = 0; i < n; i++)
	{
		g_autofree char *text = row_text (&rows[i]);

		if (!g_str_equal (group, rows[i].group))
			g_string_append_printf (out, "\n[%s]\n", rows[i].group);
		group = rows[i].group;
		g_string_append_printf (out, "  %-*s", (int) INDENT - 2, rows[i].key);
		append_wrapped (out, text);
	}
	return g_string_free (out, FALSE);
}
