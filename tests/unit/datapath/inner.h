/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: inner super-packets and single packets of every kind that segmenting and joining look at, made from a random source.
 * Must not know: what they are used for.
 */
#pragma once

#include "datapath/checksum.h"
#include "datapath/segment.h"

typedef struct
{
	struct virtio_net_hdr header;
	gsize octets;
	guint8 packet[65536];
} Super;

static inline void
inner_u16 (guint8 *to, gsize value)
{
	to[0] = (guint8) (value >> 8);
	to[1] = (guint8) value;
}

/* A super-packet as the kernel hands it over: checksums of the pseudo header only. @payload, @size: octets in all, octets of a
 * segment. */
static inline void
inner_super (Super *s, gboolean v6, gboolean tcp, gsize payload, gsize size, guint32 seed)
{
	gsize transport = v6 ? 40 : 20, options = tcp && (seed & 1) != 0 ? 12 : 0;
	gsize head = transport + (tcp ? 20 + options : 8);
	guint8 *t = s->packet + transport;
	guint16 sum;

	*s = (Super){ .octets = head + payload };
	s->packet[0] = v6 ? 0x60 : 0x45;
	if (v6)
	{
		inner_u16 (s->packet + 4, s->octets - 40);
		s->packet[6] = tcp ? 6 : 17;
		s->packet[7] = 64;
		s->packet[8] = s->packet[24] = 0xfd;
		s->packet[39] = (guint8) (seed % 5);
	}
	else
	{
		inner_u16 (s->packet + 2, s->octets);
		inner_u16 (s->packet + 4, seed * 7919);
		s->packet[6] = 0x40;
		s->packet[8] = 64;
		s->packet[9] = tcp ? 6 : 17;
		s->packet[12] = s->packet[16] = 10;
		s->packet[19] = (guint8) (seed % 5);
		checksum_set_ipv4 (s->packet, 20);
	}
	inner_u16 (t, 40000 + seed % 3);
	inner_u16 (t + 2, 443);
	if (tcp)
	{
		inner_u16 (t + 4, seed >> 16);
		inner_u16 (t + 6, seed);
		t[12] = (guint8) ((20 + options) / 4 << 4);
		t[13] = 0x10 | ((seed & 2) != 0 ? 0x08 : 0);
		inner_u16 (t + 14, 512);
		for (gsize i = 0; i < options; i++)
			t[20 + i] = (guint8) (seed + i);
	}
	else
		inner_u16 (t + 4, 8 + payload);
	for (gsize i = 0; i < payload; i++)
		s->packet[head + i] = (guint8) (seed + i * i % 251);
	sum = checksum_fold (checksum_pseudo (s->packet, tcp ? 6 : 17, (guint32) (s->octets - transport)));
	memcpy (t + (tcp ? 16 : 6), &sum, 2);
	s->header = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		                                 .gso_type = !tcp ? VIRTIO_NET_HDR_GSO_UDP_L4
		                                             : v6 ? VIRTIO_NET_HDR_GSO_TCPV6
		                                                  : VIRTIO_NET_HDR_GSO_TCPV4,
		                                 .hdr_len = (guint16) head,
		                                 .gso_size = (guint16) size,
		                                 .csum_start = (guint16) transport,
		                                 .csum_offset = tcp ? 16 : 6 };
}

/* Appends the segments of the super-packet to @packets (of GBytes). */
static inline void
inner_cut (const struct virtio_net_hdr *header, const guint8 *packet, gsize octets, GPtrArray *packets)
{
	Segments segments;
	gsize next;

	g_assert_cmpuint (segments_init (&segments, header, packet, octets), ==, STATUS_OK);
	while ((next = segments_peek (&segments)) > 0)
	{
		guint8 *segment = g_malloc (next);

		segments_take (&segments, segment);
		g_ptr_array_add (packets, g_bytes_new_take (segment, next));
	}
}
