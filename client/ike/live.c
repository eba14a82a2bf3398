/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the gateway is still there: asked when we send and nothing comes back, or when nothing has come for long. */
#include "session.h"

void
ike_live_begin (IkeSession *s)
{
	s->heard_us = s->now_us;
	s->live_us = s->now_us + IKE_ONE_WAY_US;
}

gint64
ike_live_deadline (const IkeSession *s)
{
	return s->sa->request.active ? G_MAXINT64 : s->live_us;
}

void
ike_live_tick (IkeSession *s)
{
	gint64 idle_us = s->heard_us + IKE_IDLE_US, one_way_us = s->heard_us + IKE_ONE_WAY_US;
	gboolean one_way = s->esp_out_us > s->heard_us;

	if (s->sa->request.active || s->now_us < s->live_us)
		return;
	if (s->now_us >= idle_us || (one_way && s->now_us >= one_way_us))
	{
		s->probe_wanted = TRUE;
		s->live_us = s->now_us + IKE_ONE_WAY_US;
	}
	else if (one_way)
		s->live_us = one_way_us;
	else
		/* Nothing was sent since: without an event of the packet path it is looked at when it may be needed. */
		s->live_us = MIN (idle_us, s->now_us + IKE_ONE_WAY_US);
}
