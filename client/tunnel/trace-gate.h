/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: how many dropped datagrams are told one by one. Anybody can send us rubbish; without a limit he could make godwitd
 * store and this process queue as much as he likes.
 * Must not know: what was dropped.
 */
#pragma once

#include <glib.h>

#define TRACE_GATE_BURST 32
#define TRACE_GATE_PER_SECOND 4

typedef struct
{
	gint64 credit_us; /* time not yet spent, at most that of a burst */
	gint64 last_us;
	gboolean used;
	guint64 held_back;
} TraceGate;

/**
 * trace_gate_open:
 * Returns: whether the next one may be told. Then @ret_held_back is set to a sentence when some were not told since the last
 * one; free with g_free().
 */
gboolean trace_gate_open (TraceGate *gate, gint64 now_us, char **ret_held_back);
