/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printable.h"

static gboolean
is_printable (gunichar character)
{
	GUnicodeType type = g_unichar_type (character);

	/* g_unichar_isprint() refuses controls, format characters and what is not assigned. */
	return g_unichar_isprint (character) && type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

void
trace_printable_append (GString *out, const char *text, gsize most)
{
	gsize start = out->len;

	while (*text != '\0')
	{
		gunichar character = g_utf8_get_char_validated (text, -1);
		gboolean valid = character < 0x110000; /* -1 and -2 say how it is not */
		gunichar shown = valid && is_printable (character) ? character : '?';

		if (out->len - start + (gsize) g_unichar_to_utf8 (shown, NULL) > most)
		{
			g_string_append (out, "...");
			return;
		}
		g_string_append_unichar (out, shown);
		text += valid ? g_unichar_to_utf8 (character, NULL) : 1;
	}
}
