/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: joining consecutive segments of a TCP or UDP flow into one super-packet for the TUN, so that the kernel walks its
 * stack once for many. Payload is not copied. The order inside a flow never changes, and what could not be cut again into
 * exactly the packets that came is not joined.
 * Must not know: ESP, descriptors.
 */
#pragma once

#include <sys/uio.h>

#include "segment.h"

#define COALESCE_FLOWS 8
#define COALESCE_SEGMENTS 64

/* @parts: [0] is free for the header, the packet begins with [1] */
typedef void (*CoalesceWrite) (gpointer user_data, const struct virtio_net_hdr *header, struct iovec *parts,
                               guint n_parts);

typedef struct
{
	guint8 *head; /* first packet; its headers become those of the super-packet. NULL: nothing waits here */
	gsize transport, head_octets;
	gsize size;   /* payload of a segment */
	gsize octets; /* of the super-packet */
	guint32 next_sequence;
	guint16 first_id;
	gboolean tcp;
	guint n; /* segments */
	struct iovec parts[COALESCE_SEGMENTS + 1];
} CoalesceFlow;

typedef struct
{
	gboolean tcp, udp; /* what the device takes */
	CoalesceWrite write;
	gpointer user_data;
	guint victim; /* which flow makes room next */
	CoalesceFlow flows[COALESCE_FLOWS];
} Coalescer;

/* @packet: a whole inner packet of exactly @octets, kept and changed until the next coalesce_flush() */
void coalesce_packet (Coalescer *coalescer, guint8 *packet, gsize octets);

/* Writes all that waits. */
void coalesce_flush (Coalescer *coalescer);
