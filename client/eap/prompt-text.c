/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "method.h"

/* Control characters and those that turn the direction of writing (U+202A-E, U+2066-9) could fake a prompt. */
static gboolean
shown (gunichar c)
{
	return !g_unichar_iscntrl (c) && !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069) && c != 0x200e &&
	       c != 0x200f;
}

char *
eap_prompt_text (Slice text)
{
	const char *octets = text.len > 0 ? (const char *) text.data : "";
	g_autofree char *valid = g_utf8_make_valid (octets, (gssize) MIN (text.len, (gsize) EAP_MAX_PROMPT_OCTETS));
	GString *clean = g_string_new (NULL);

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
	{
		gunichar c = g_utf8_get_char (at);

		if (shown (c))
			g_string_append_unichar (clean, c);
		else if (clean->len > 0 && clean->str[clean->len - 1] != ' ')
			g_string_append_c (clean, ' ');
	}
	g_strstrip (clean->str);
	if (clean->str[0] != '\0')
		return g_string_free (clean, FALSE);
	g_string_free (clean, TRUE);
	return NULL;
}
