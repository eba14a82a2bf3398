/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: text in columns for people, and whether colour is wanted. Must not know: what is shown.
 */
#pragma once

#include <glib.h>

typedef struct Table Table;

Table *table_new (guint columns);
void table_free (Table *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Table, table_free)

/* As many strings as there are columns; NULL is an empty cell. */
void table_row (Table *table, const char *const *cells);

/* To standard output; the last column is not padded. */
void table_print (const Table *table);

/* "Label:     value" lines that line up; an empty or NULL value is left out; long values wrap under themselves. */
void fact_print (const char *label, const char *value);

/* One line without control characters: what a gateway or a file says must not give the terminal orders. g_free(). */
char *text_clean (const char *text);

/* Standard output is a terminal and NO_COLOR is not set, or CLICOLOR_FORCE is (see --color). */
gboolean colour_wanted (void);

/* Of the terminal on standard output; 80 when it is none or says nothing, at least 40. */
guint terminal_columns (void);
