/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: when a NAT between us and the gateway wants a sign of life: 20 s after the last datagram (RFC 3948 section 4).
 * Must not know: clocks, sockets.
 */
#pragma once

#include <glib.h>

#define KEEPALIVE_US ((gint64) 20 * G_USEC_PER_SEC)

typedef struct
{
	gboolean wanted;
	gint64 last_us; /* when anything was sent last, as far as is known */
} Keepalive;

/* @wanted: we are behind a NAT, and there is something to keep */
void keepalive_set (Keepalive *keepalive, gboolean wanted, gint64 now_us);

void keepalive_sent (Keepalive *keepalive, gint64 now_us);

/* When to ask keepalive_due(); G_MAXINT64: never. */
gint64 keepalive_deadline (const Keepalive *keepalive);

/* @esp_us: when the packet path sent last. TRUE: send one now; counts as sent. */
gboolean keepalive_due (Keepalive *keepalive, gint64 esp_us, gint64 now_us);
