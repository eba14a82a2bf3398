/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the lines on standard error that say how far a connection is: one rewritten line on a terminal, plain lines
 * otherwise. Must not know: D-Bus.
 */
#pragma once

#include <glib.h>

typedef struct
{
	gint64 started_us;
	gboolean rewrite; /* a terminal: the line is rewritten */
	gboolean quiet;
	gboolean open; /* a line without end stands there */
	gboolean held; /* a question stands there, until the next phase */
} Progress;

void progress_init (Progress *progress, gboolean quiet);

/* The phase begins. @text: UTF-8, one line. */
void progress_phase (Progress *progress, const char *text);

/* Ends the line that stands there, so that something else can be written. */
void progress_end (gpointer progress);

/* The same, and a question follows. */
void progress_hold (gpointer progress);

/* Milliseconds since the start. */
guint progress_ms (const Progress *progress);
