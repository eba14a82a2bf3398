/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints godwit.profile(5) from the table of settings, at build time. Usage: profile-page VERSION */
#include <stdio.h>

#include "profile/profile.h"

static const char opening[] =
    ".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
    ".TH GODWIT.PROFILE 5 \"\" \"godwit %s\" \"File Formats\"\n"
    ".SH NAME\n"
    "godwit.profile \\- what godwit needs to know of a connection\n"
    ".SH DESCRIPTION\n"
    "A profile is a text file of groups and KEY=VALUE lines, UTF\\-8. A # begins a comment, at the start of a line or\n"
    "behind a space. A backslash is a backslash. Paths of files are relative to the folder of the profile; ~/ is the\n"
    "home. Unknown keys, keys given twice and wrong values are errors with the number of the line.\n"
    ".PP\n"
    "The least there can be:\n"
    ".PP\n"
    ".nf\n"
    "[gateway]\n"
    "address=vpn.example.org\n"
    "[user]\n"
    "user=alice\n"
    ".fi\n";

static const char closing[] = ".SH SEE ALSO\n"
                              ".BR godwit (1),\n"
                              ".BR godwitd (8)\n";

/* @text as it is: hyphens stay hyphens, a dot at the start of a line is no request. */
static void
print_text (const char *text)
{
	for (const char *at = text; *at != '\0'; at++)
	{
		if (*at == '\\')
			printf ("\\e");
		else if (*at == '-')
			printf ("\\-");
		else if ((*at == '.' || *at == '\'') && (at == text || at[-1] == '\n'))
			printf ("\\&%c", *at);
		else
			putchar (*at);
	}
}

static void
print_row (const ProfileSetting *row)
{
	printf (".TP\n.B ");
	print_text (row->key);
	putchar ('\n');
	print_text (row->help);
	if (row->choices != NULL)
	{
		g_autofree char *choices = g_strjoinv (", ", (char **) row->choices);

		printf (row->type == PROFILE_TYPE_WORDS ? "\nKnown: " : "\nOne of ");
		print_text (choices);
		putchar ('.');
	}
	if (row->type == PROFILE_TYPE_INTEGER && row->least > 0)
		printf ("\nFrom %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT ".", row->least, row->most);
	if (row->fallback != NULL)
	{
		printf ("\nDefault: ");
		print_text (row->fallback);
		putchar ('.');
	}
	putchar ('\n');
}

int
main (int argc, char **argv)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	const char *group = "";

	if (argc != 2)
		return 2;
	printf (opening, argv[1]);
	for (gsize i = 0; i < n; i++)
	{
		if (!g_str_equal (group, rows[i].group))
			printf (".SH [%s]\n", rows[i].group);
		group = rows[i].group;
		print_row (&rows[i]);
	}
	printf (closing);
	return ferror (stdout) != 0;
}
