/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: events as JSON from what the session tells. See trace.h for the format.
 * Must not know: where the lines go. Octets from the wire are sanitised: valid UTF-8, no control characters.
 */
#pragma once

#include "ike/ike.h"

/* @time_us: since the session started. One line without its end; free with g_free(). */
char *trace_record_message (const IkeTrace *trace, gint64 time_us);
char *trace_record_state (const char *state, gint64 time_us);
char *trace_record_note (const char *text, gint64 time_us);
/* Wipe the text after use. */
char *trace_record_keys (const IkeKeys *keys, gint64 time_us);
