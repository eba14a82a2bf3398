/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the last events of a connection and the pipes of those who read them. Must not know: what is in an event.
 */
#pragma once

#include <glib.h>

typedef struct TraceHub TraceHub;

TraceHub *trace_hub_new (void);
void trace_hub_free (TraceHub *hub); /* ends every pipe; wipes events with keys */

/* @event: one line of JSON without its end; what is none, or too large, is dropped;  @is_keys: only for readers that may see
 * keys */
void trace_hub_add (TraceHub *hub, const char *event, gboolean is_keys);

/* Nothing more will come: readers get what they have not read yet, then the end. */
void trace_hub_end (TraceHub *hub);

/**
 * trace_hub_open:
 * Returns: the end to read from, or -1 and @error
 */
int trace_hub_open (TraceHub *hub, gboolean history, gboolean follow, gboolean keys, GError **error);
