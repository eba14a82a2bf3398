/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keepalive.h"

void
keepalive_set (Keepalive *keepalive, gboolean wanted, gint64 now_us)
{
	if (wanted && !keepalive->wanted)
		keepalive->last_us = MAX (keepalive->last_us, now_us);
	keepalive->wanted = wanted;
}

void
keepalive_sent (Keepalive *keepalive, gint64 now_us)
{
	keepalive->last_us = MAX (keepalive->last_us, now_us);
}

gint64
keepalive_deadline (const Keepalive *keepalive)
{
	return keepalive->wanted ? keepalive->last_us + KEEPALIVE_US : G_MAXINT64;
}

gboolean
keepalive_due (Keepalive *keepalive, gint64 esp_us, gint64 now_us)
{
	keepalive_sent (keepalive, MIN (esp_us, now_us));
	if (now_us < keepalive_deadline (keepalive))
		return FALSE;
	keepalive_sent (keepalive, now_us);
	return TRUE;
}
