/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: octets for the tests of client/crypto/: hexadecimal in the source, and the lines of tests/vectors/crypto-*.txt.
 * Must not know: what they are tested for.
 */
#pragma once

#include "base/slice.h"

/* "-" is empty. */
static inline GBytes *
octets_from_hex (const char *text)
{
	GByteArray *octets = g_byte_array_new ();
	gsize len = strlen (text);

	if (strcmp (text, "-") == 0)
		len = 0;
	g_assert_cmpuint (len % 2, ==, 0);
	for (gsize i = 0; i < len; i += 2)
	{
		int high = g_ascii_xdigit_value (text[i]), low = g_ascii_xdigit_value (text[i + 1]);
		guint8 octet = (guint8) (high << 4 | low);

		g_assert_true (high >= 0 && low >= 0);
		g_byte_array_append (octets, &octet, 1);
	}
	return g_byte_array_free_to_bytes (octets);
}

static inline void
assert_octets (Slice octets, const char *hex)
{
	g_autoptr (GBytes) wanted = octets_from_hex (hex);
	Slice view = slice_bytes (wanted);

	g_assert_cmpmem (octets.data, octets.len, view.data, view.len);
}

typedef void (*VectorCheck) (char **words);

/* Calls @check for each line of tests/vectors/@file that is not a comment, split at blanks; returns how many there were. */
static inline guint
vectors_each (const char *file, guint words, VectorCheck check)
{
	g_autofree char *path = g_build_filename (g_getenv ("GODWIT_VECTORS"), file, NULL);
	g_autofree char *text = NULL;
	g_auto (GStrv) lines = NULL;
	g_autoptr (GError) error = NULL;
	guint n = 0;

	g_file_get_contents (path, &text, NULL, &error);
	g_assert_no_error (error);
	lines = g_strsplit (text, "\n", -1);
	for (gsize i = 0; lines[i] != NULL; i++)
	{
		g_auto (GStrv) parts = g_strsplit (lines[i], " ", -1);

		if (lines[i][0] == '#' || lines[i][0] == '\0')
			continue;
		g_assert_cmpuint (g_strv_length (parts), ==, words);
		check (parts);
		n++;
	}
	return n;
}
