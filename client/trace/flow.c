/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flow.h"

#include <string.h>

static const char *const sequences[] = {
	[FLOW_PLAIN] = "",       [FLOW_SENT] = "\033[36m", [FLOW_RECEIVED] = "\033[32m", [FLOW_WARNING] = "\033[33m",
	[FLOW_BAD] = "\033[31m", [FLOW_FAINT] = "\033[2m", [FLOW_STRONG] = "\033[1m",
};

static guint
columns_of_character (gunichar character)
{
	return g_unichar_iszerowidth (character) ? 0 : g_unichar_iswide (character) ? 2 : 1;
}

static guint
columns_of (const char *text)
{
	guint columns = 0;

	for (; *text != '\0'; text = g_utf8_next_char (text))
		columns += columns_of_character (g_utf8_get_char (text));
	return columns;
}

void
flow_put (Flow *flow, FlowColour colour, const char *text)
{
	gboolean coloured = flow->colour && colour != FLOW_PLAIN;

	if (coloured)
		g_string_append (flow->out, sequences[colour]);
	g_string_append (flow->out, text);
	if (coloured)
		g_string_append (flow->out, "\033[0m");
	flow->at += columns_of (text);
	flow->spaced = FALSE;
}

void
flow_to (Flow *flow, guint column)
{
	guint least = flow->at > 0 && !flow->spaced ? 1 : 0;
	guint spaces = column > flow->at ? MAX (column - flow->at, least) : least;

	g_string_append_printf (flow->out, "%*s", (int) spaces, "");
	flow->at += spaces;
	flow->spaced = TRUE;
}

void
flow_end_line (Flow *flow)
{
	gsize len = flow->out->len;

	while (len > 0 && flow->out->str[len - 1] == ' ')
		len--;
	g_string_truncate (flow->out, len);
	g_string_append_c (flow->out, '\n');
	flow->at = 0;
	flow->spaced = TRUE;
}

/* To the start of the next line. */
static void
wrap (Flow *flow)
{
	flow_end_line (flow);
	flow_to (flow, flow->indent);
}

/* Columns for the space in front of the next word. */
static guint
space_needed (const Flow *flow)
{
	return flow->at > 0 && !flow->spaced ? 1 : 0;
}

/* A word that is longer than a line. */
static void
put_broken (Flow *flow, FlowColour colour, const char *word)
{
	while (*word != '\0')
	{
		guint room = flow->columns - flow->at;
		guint used = 0;
		const char *end = word;

		while (*end != '\0' && used + columns_of_character (g_utf8_get_char (end)) <= room)
		{
			used += columns_of_character (g_utf8_get_char (end));
			end = g_utf8_next_char (end);
		}
		if (end > word)
		{
			g_autofree char *part = g_strndup (word, (gsize) (end - word));

			flow_put (flow, colour, part);
		}
		word = end;
		if (*word != '\0')
			wrap (flow);
	}
}

/* Whether the next line has more room than is left of this one. */
static gboolean
wrap_helps (const Flow *flow)
{
	return flow->at + space_needed (flow) > flow->indent;
}

static void
put_word (Flow *flow, FlowColour colour, const char *word)
{
	if (flow->at + space_needed (flow) + columns_of (word) > flow->columns && wrap_helps (flow))
		wrap (flow);
	if (space_needed (flow) > 0)
		flow_to (flow, flow->at + 1);
	if (flow->at + columns_of (word) > flow->columns)
		put_broken (flow, colour, word);
	else
		flow_put (flow, colour, word);
}

void
flow_words (Flow *flow, FlowColour colour, const char *text)
{
	g_auto (GStrv) words = g_strsplit (text, " ", -1);

	for (guint i = 0; words[i] != NULL; i++)
		if (words[i][0] != '\0')
			put_word (flow, colour, words[i]);
}

void
flow_item (Flow *flow, FlowColour colour, const char *text)
{
	if (flow->at + space_needed (flow) + columns_of (text) > flow->columns && wrap_helps (flow))
		wrap (flow);
	flow_words (flow, colour, text);
}
