/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: words in lines of a given width, with a hanging indent and colours that take no room.
 * Must not know: what the words say.
 */
#pragma once

#include <glib.h>

typedef enum
{
	FLOW_PLAIN,
	FLOW_SENT,
	FLOW_RECEIVED,
	FLOW_WARNING,
	FLOW_BAD,
	FLOW_FAINT,
	FLOW_STRONG,
} FlowColour;

typedef struct
{
	GString *out;
	gboolean colour;
	guint columns;
	guint indent;    /* of the lines that follow */
	guint at;        /* columns used of this line */
	gboolean spaced; /* it ends with space */
} Flow;

/* As it is, on this line: the parts of a line that have their places. */
void flow_put (Flow *flow, FlowColour colour, const char *text);

/* Spaces up to column @column; at least one behind what stands there already. */
void flow_to (Flow *flow, guint column);

/**
 * flow_item:
 * @text with a space before it where needed. Goes to the next line when it does not fit into the rest of this one; what
 * is too long for a line breaks at its spaces, and a word that is too long for a line breaks anywhere.
 */
void flow_item (Flow *flow, FlowColour colour, const char *text);

/* Every word an item of its own. */
void flow_words (Flow *flow, FlowColour colour, const char *text);

void flow_end_line (Flow *flow);
