/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <unistd.h>

#define CLEAR_LINE "\r\033[K"

void
progress_init (Progress *progress, gboolean quiet)
{
	const char *term = g_getenv ("TERM");

	*progress = (Progress){
		.started_us = g_get_monotonic_time (),
		.rewrite = isatty (STDERR_FILENO) && term != NULL && !g_str_equal (term, "dumb"),
		.quiet = quiet,
	};
}

guint
progress_ms (const Progress *progress)
{
	return (guint) ((g_get_monotonic_time () - progress->started_us) / 1000);
}

void
progress_phase (Progress *progress, const char *text)
{
	if (progress->quiet)
		return;
	progress->held = FALSE;
	if (progress->rewrite)
		g_printerr (CLEAR_LINE "%6u ms  %s", progress_ms (progress), text);
	else
		g_printerr ("%6u ms  %s\n", progress_ms (progress), text);
	progress->open = progress->rewrite;
}

void
progress_hold (gpointer data)
{
	Progress *progress = data;

	progress_end (progress);
	progress->held = TRUE;
}

void
progress_end (gpointer data)
{
	Progress *progress = data;

	if (progress->open)
		g_printerr (CLEAR_LINE);
	progress->open = FALSE;
}
