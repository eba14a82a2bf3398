/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: making of what a TUN with vnet headers delivers the packets that the network wants: checksums finished, TCP and UDP
 * super-packets cut into segments.
 * Must not know: ESP, descriptors. No octet of a header is believed before it was checked.
 */
#pragma once

#include <linux/virtio_net.h>

#include "base/slice.h"
#include "base/status.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

/* Headers of a super-packet, at most: IPv6 with options, TCP with options. */
#define SEGMENT_MAX_HEADER_OCTETS 256

typedef struct
{
	const guint8 *packet;
	gsize octets;
	gsize transport;   /* where TCP or UDP begins */
	gsize head_octets; /* all headers */
	gsize size;        /* of the payload of a segment */
	gsize next;        /* where the payload of the next one begins */
	guint n;           /* how many were made */
	gboolean tcp;
	guint64 base_sum; /* of the parts of the pseudo header that stay the same */
} Segments;

/* Whether @header says that the packet is a super-packet. */
static inline gboolean
segment_is_super (const struct virtio_net_hdr *header)
{
	return header->gso_type != VIRTIO_NET_HDR_GSO_NONE;
}

/* An ordinary packet whose checksum the kernel left to us. STATUS_MALFORMED: the header points behind the packet. */
Status segment_finish_checksum (const struct virtio_net_hdr *header, guint8 *packet, gsize octets);

/* STATUS_MALFORMED: the header contradicts the packet, or is of a kind that was never asked for. */
Status segments_init (Segments *segments, const struct virtio_net_hdr *header, const guint8 *packet, gsize octets);

/* Octets of the next segment, 0: that was all. */
gsize segments_peek (const Segments *segments);

/* Writes the next segment, segments_peek() octets, to @to. */
void segments_take (Segments *segments, guint8 *to);
