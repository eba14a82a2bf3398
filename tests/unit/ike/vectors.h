/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: octets for the tests of client/ike/: hexadecimal in the source, by name from tests/vectors/ike-messages.txt.
 * Must not know: what they are tested for.
 */
#pragma once

#include "base/slice.h"

/* Blanks are skipped. */
static inline GBytes *
octets_from_hex (const char *text)
{
	GByteArray *octets = g_byte_array_new ();
	int high = -1;

	for (; *text != '\0'; text++)
	{
		int digit = g_ascii_xdigit_value (*text);

		if (g_ascii_isspace (*text))
			continue;
		g_assert_cmpint (digit, >=, 0);
		if (high < 0)
			high = digit;
		else
		{
			guint8 octet = (guint8) (high << 4 | digit);

			g_byte_array_append (octets, &octet, 1);
			high = -1;
		}
	}
	g_assert_cmpint (high, ==, -1);
	return g_byte_array_free_to_bytes (octets);
}

static inline char **
vector_lines (void)
{
	g_autofree char *path = g_build_filename (g_getenv ("GODWIT_VECTORS"), "ike-messages.txt", NULL);
	g_autofree char *text = NULL;
	g_autoptr (GError) error = NULL;

	g_file_get_contents (path, &text, NULL, &error);
	g_assert_no_error (error);
	return g_strsplit (text, "\n", -1);
}

static inline GBytes *
vector (const char *name)
{
	g_auto (GStrv) lines = vector_lines ();

	for (gsize i = 0; lines[i] != NULL; i++)
		if (g_str_has_prefix (lines[i], name) && lines[i][strlen (name)] == ' ')
			return octets_from_hex (lines[i] + strlen (name) + 1);
	g_error ("no vector %s", name);
}

static inline void
assert_octets (Slice is, Slice should)
{
	g_assert_cmpmem (is.data, is.len, should.data, should.len);
}
