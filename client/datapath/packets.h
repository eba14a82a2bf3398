/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what the packet thread has in its hands, and what happens to a batch of packets: sort, open, write; read, seal,
 * send. No allocation, no clock and no log for a packet of a CHILD SA.
 * Must not know: threads, commands, poll().
 */
#pragma once

#include "batch.h"
#include "coalesce.h"
#include "outbound.h"
#include "ring.h"
#include "sa-table.h"
#include "socket-io.h"
#include "tun-io.h"

typedef struct
{
	UdpSocket sockets[DATAPATH_MAX_SOCKETS];
	guint n_sockets;
	Tun tun;
	SaTable table;
	Batch in;
	Outbound out;
	Coalescer coalescer;
	gboolean keep_dscp_inside; /* the outer header gets only the ECN field of the inner one */
	Ring *ring;
	DatapathCounters counters;
	gint64 now_us; /* of this round */
} Packets;

Status packets_init (Packets *packets); /* STATUS_NO_MEMORY, STATUS_INTERNAL */
void packets_clear (Packets *packets);  /* closes, wipes */

/* @tun becomes the device; the one before is closed. */
void packets_set_tun (Packets *packets, const Tun *tun);

void packets_facts (const Packets *packets, DatapathFacts *ret_facts);

/* One batch. TRUE: there may be more. @events: what poll() said. */
gboolean packets_inbound (Packets *packets, guint socket, short events);
gboolean packets_outbound (Packets *packets, short events);
