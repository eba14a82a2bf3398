/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the type of service / traffic class of inner packets, and how it and the outer one follow from each other
 * (RFC 4301 section 5.1.2, RFC 6040). Must not know: ESP, sockets.
 */
#pragma once

#include <glib.h>

#define ECN_MASK 3

/* @inner: a checked IPv4 or IPv6 header */
static inline guint8
ecn_traffic_class (const guint8 *inner)
{
	return inner[0] >> 4 == 4 ? inner[1] : (guint8) (inner[0] << 4 | inner[1] >> 4);
}

/* Takes over what routers on the way marked. FALSE: congestion was marked on a packet whose sender does not understand
 * that; RFC 6040 section 4.2 wants it dropped. */
gboolean ecn_decapsulate (guint8 *inner, guint8 outer);
