/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "trace/printable.h"

#define DEFAULT_COLUMNS 80u
#define LEAST_COLUMNS 40u
#define FACT_INDENT 15
#define MOST_TEXT_OCTETS 4096

struct Table
{
	guint columns;
	GPtrArray *rows; /* of char ** */
};

char *
text_clean (const char *text)
{
	GString *clean = g_string_new (NULL);

	trace_printable_append (clean, text, MOST_TEXT_OCTETS);
	return g_string_free (clean, FALSE);
}

Table *
table_new (guint columns)
{
	Table *table = g_new0 (Table, 1);

	table->columns = columns;
	table->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
	return table;
}

void
table_free (Table *table)
{
	g_ptr_array_unref (table->rows);
	g_free (table);
}

void
table_row (Table *table, const char *const *cells)
{
	char **row = g_new0 (char *, table->columns + 1);

	for (guint i = 0; i < table->columns; i++)
		row[i] = text_clean (cells[i] != NULL ? cells[i] : "");
	g_ptr_array_add (table->rows, row);
}

static glong
column_width (const Table *table, guint column)
{
	glong width = 0;

	for (guint i = 0; i < table->rows->len; i++)
	{
		char **row = table->rows->pdata[i];

		width = MAX (width, g_utf8_strlen (row[column], -1));
	}
	return width;
}

void
table_print (const Table *table)
{
	for (guint i = 0; i < table->rows->len; i++)
	{
		char **row = table->rows->pdata[i];
		g_autoptr (GString) line = g_string_new (NULL);

		for (guint column = 0; column < table->columns; column++)
		{
			glong padding = column_width (table, column) + 2 - g_utf8_strlen (row[column], -1);

			g_string_append (line, row[column]);
			if (column + 1 < table->columns)
				g_string_append_printf (line, "%*s", (int) padding, "");
		}
		g_print ("%s\n", g_strchomp (line->str));
	}
}

gboolean
colour_wanted (void)
{
	const char *no_colour = g_getenv ("NO_COLOR");
	const char *term = g_getenv ("TERM");
	const char *force = g_getenv ("CLICOLOR_FORCE");

	if (force != NULL && force[0] != '\0' && !g_str_equal (force, "0"))
		return TRUE;
	return isatty (STDOUT_FILENO) && (no_colour == NULL || no_colour[0] == '\0') && term != NULL &&
	       !g_str_equal (term, "dumb");
}

guint
terminal_columns (void)
{
	struct winsize size = { 0 };

	if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return DEFAULT_COLUMNS;
	return MAX (size.ws_col, LEAST_COLUMNS);
}

void
fact_print (const char *label, const char *value)
{
	g_auto (GStrv) words = NULL;
	g_autofree char *clean = NULL;
	guint columns = terminal_columns ();
	glong at = FACT_INDENT;

	if (value == NULL || value[0] == '\0')
		return;
	g_print ("  %-*s", FACT_INDENT - 2, label);
	clean = text_clean (value);
	words = g_strsplit (clean, " ", -1);
	for (guint i = 0; words[i] != NULL; i++)
	{
		glong len = g_utf8_strlen (words[i], -1);

		if (i > 0 && at + 1 + len > (glong) columns)
		{
			g_print ("\n%*s", FACT_INDENT, "");
			at = FACT_INDENT;
		}
		else if (i > 0)
		{
			g_print (" ");
			at++;
		}
		g_print ("%s", words[i]);
		at += len;
	}
	g_print ("\n");
}
