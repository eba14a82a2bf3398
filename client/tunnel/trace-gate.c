/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace-gate.h"

#define COST_US (G_USEC_PER_SEC / TRACE_GATE_PER_SECOND)

gboolean
trace_gate_open (TraceGate *gate, gint64 now_us, char **ret_held_back)
{
	gint64 most = (gint64) TRACE_GATE_BURST * COST_US;

	gate->credit_us = gate->used ? MIN (most, gate->credit_us + MAX (now_us - gate->last_us, 0)) : most;
	gate->last_us = now_us;
	gate->used = TRUE;
	if (gate->credit_us < COST_US)
	{
		gate->held_back++;
		return FALSE;
	}
	gate->credit_us -= COST_US;
	if (gate->held_back > 0)
		*ret_held_back =
		    g_strdup_printf ("%" G_GUINT64_FORMAT " more dropped datagrams are not shown", gate->held_back);
	gate->held_back = 0;
	return TRUE;
}
