/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the memory in which inner packets become ESP packets that lie one behind the other, and the runs among them.
 * Must not know: sockets' descriptors, threads.
 */
#pragma once

#include "batch.h"
#include "sa-table.h"

#define OUTBOUND_AREA_OCTETS ((gsize) 256 * 1024)

typedef struct
{
	guint8 *area;    /* ESP packets */
	guint8 *super;   /* a super-packet before it is cut */
	gsize used;      /* of .area */
	gsize iv_octets; /* of the packet before: where the next one is expected to begin */
	guint n_runs;
	Run runs[RUNS];
} Outbound;

Status outbound_init (Outbound *out); /* STATUS_NO_MEMORY */
void outbound_clear (Outbound *out);

/* Room for the largest inner packet and what sealing adds. FALSE: send first, then outbound_reset(). */
gboolean outbound_has_room (const Outbound *out, gsize inner_octets);
void outbound_reset (Outbound *out);

/* Where the next inner packet is to be laid, so that what becomes of it follows the packet before. */
guint8 *outbound_place (const Outbound *out);

/**
 * outbound_seal:
 * Makes the inner packet at outbound_place() the next ESP packet of @sa.
 * Errors: those of esp_seal()
 */
Status outbound_seal (Outbound *out, Sa *sa, gsize inner_octets, guint8 traffic_class);
