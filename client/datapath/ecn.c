/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ecn.h"

#include "checksum.h"

enum
{
	NOT_ECT = 0,
	ECT_1 = 1,
	ECT_0 = 2,
	CE = 3
};

static void
set (guint8 *inner, guint8 ecn)
{
	if (inner[0] >> 4 == 6)
	{
		inner[1] = (guint8) ((inner[1] & ~0x30) | ecn << 4);
		return;
	}
	inner[1] = (guint8) ((inner[1] & ~ECN_MASK) | ecn);
	checksum_set_ipv4 (inner, (gsize) (inner[0] & 0x0f) * 4);
}

gboolean
ecn_decapsulate (guint8 *inner, guint8 outer)
{
	guint8 mark = outer & ECN_MASK;
	guint8 had = ecn_traffic_class (inner) & ECN_MASK;

	if (mark == CE && had == NOT_ECT)
		return FALSE;
	if (mark == CE && had != CE)
		set (inner, CE);
	else if (mark == ECT_1 && had == ECT_0)
		set (inner, ECT_1);
	return TRUE;
}
