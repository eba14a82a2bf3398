/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "segment.h"

#include <string.h>

#include "checksum.h"

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define IPV4_HEADER_OCTETS 20
#define IPV6_HEADER_OCTETS 40
#define TCP_HEADER_OCTETS 20
#define UDP_HEADER_OCTETS 8
#define TCP_FIN_PSH 0x09
#define TCP_CWR 0x80

static guint32
get_u32 (const guint8 *from)
{
	return (guint32) from[0] << 24 | (guint32) from[1] << 16 | (guint32) from[2] << 8 | from[3];
}

static void
put_u16 (guint8 *to, gsize value)
{
	to[0] = (guint8) (value >> 8);
	to[1] = (guint8) value;
}

static void
put_u32 (guint8 *to, guint32 value)
{
	put_u16 (to, value >> 16);
	put_u16 (to + 2, value & 0xffff);
}

Status
segment_finish_checksum (const struct virtio_net_hdr *header, guint8 *packet, gsize octets)
{
	gsize field = (gsize) header->csum_start + header->csum_offset;
	guint16 sum;

	if ((header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0)
		return STATUS_OK;
	if (header->csum_start >= octets || field + 2 > octets)
		return STATUS_MALFORMED;
	sum = (guint16) ~checksum_fold (checksum_add (0, packet + header->csum_start, octets - header->csum_start));
	/* Zero means "none" to UDP (RFC 768); to TCP both are the same number. */
	if (sum == 0)
		sum = 0xffff;
	memcpy (packet + field, &sum, 2);
	return STATUS_OK;
}

/* Where the headers end, by the packet's own word; the vnet header must not contradict it. */
static Status
find_headers (Segments *s, const struct virtio_net_hdr *header)
{
	guint8 kind = header->gso_type & (guint8) ~VIRTIO_NET_HDR_GSO_ECN;
	guint8 version = s->octets > 0 ? s->packet[0] >> 4 : 0;
	gsize ip_octets = version == 4 ? (gsize) (s->packet[0] & 0x0f) * 4 : IPV6_HEADER_OCTETS;

	s->tcp = kind != VIRTIO_NET_HDR_GSO_UDP_L4;
	if ((kind == VIRTIO_NET_HDR_GSO_TCPV4 && version != 4) || (kind == VIRTIO_NET_HDR_GSO_TCPV6 && version != 6) ||
	    (kind != VIRTIO_NET_HDR_GSO_TCPV4 && kind != VIRTIO_NET_HDR_GSO_TCPV6 && kind != VIRTIO_NET_HDR_GSO_UDP_L4) ||
	    (version != 4 && version != 6))
		return STATUS_MALFORMED;
	s->transport = header->csum_start;
	if (ip_octets < IPV4_HEADER_OCTETS || s->transport < ip_octets || s->transport > SEGMENT_MAX_HEADER_OCTETS ||
	    s->transport + (s->tcp ? TCP_HEADER_OCTETS : UDP_HEADER_OCTETS) > s->octets ||
	    (version == 4 && s->transport != ip_octets))
		return STATUS_MALFORMED;
	/* The upper protocol is behind the extension headers of IPv6, the last of which the kernel has walked. */
	if ((version == 4 || s->transport == IPV6_HEADER_OCTETS) &&
	    s->packet[version == 4 ? 9 : 6] != (s->tcp ? PROTOCOL_TCP : PROTOCOL_UDP))
		return STATUS_MALFORMED;
	if (version == 4 && ((s->packet[6] & 0x3f) != 0 || s->packet[7] != 0))
		return STATUS_MALFORMED; /* a fragment cannot be cut again */
	s->head_octets = s->transport + (s->tcp ? (gsize) (s->packet[s->transport + 12] >> 4) * 4 : UDP_HEADER_OCTETS);
	if (s->head_octets < s->transport + (s->tcp ? TCP_HEADER_OCTETS : UDP_HEADER_OCTETS) ||
	    s->head_octets > SEGMENT_MAX_HEADER_OCTETS || s->head_octets >= s->octets)
		return STATUS_MALFORMED;
	return STATUS_OK;
}

Status
segments_init (Segments *segments, const struct virtio_net_hdr *header, const guint8 *packet, gsize octets)
{
	Segments s = { .packet = packet, .octets = octets, .size = header->gso_size };
	Status status;

	if (header->gso_size == 0 || (header->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) == 0)
		return STATUS_MALFORMED;
	status = find_headers (&s, header);
	if (status != STATUS_OK)
		return status;
	if (header->csum_offset != (s.tcp ? 16 : 6))
		return STATUS_MALFORMED;
	s.next = s.head_octets;
	s.base_sum = checksum_pseudo (packet, s.tcp ? PROTOCOL_TCP : PROTOCOL_UDP, 0);
	*segments = s;
	return STATUS_OK;
}

gsize
segments_peek (const Segments *segments)
{
	gsize left = segments->octets - segments->next;

	return left == 0 ? 0 : segments->head_octets + MIN (left, segments->size);
}

static void
fix_ip (const Segments *s, guint8 *ip, gsize octets)
{
	if (ip[0] >> 4 == 6)
	{
		put_u16 (ip + 4, octets - IPV6_HEADER_OCTETS);
		return;
	}
	put_u16 (ip + 2, octets);
	put_u16 (ip + 4, (((gsize) s->packet[4] << 8 | s->packet[5]) + s->n) & 0xffff);
	checksum_set_ipv4 (ip, s->transport);
}

static void
fix_transport (const Segments *s, guint8 *transport, gboolean last, gsize octets)
{
	guint8 *field = transport + (s->tcp ? 16 : 6);
	const guint8 length[4] = { 0, 0, (guint8) (octets >> 8), (guint8) octets };
	guint16 sum;

	if (s->tcp)
	{
		put_u32 (transport + 4, get_u32 (s->packet + s->transport + 4) + (guint32) (s->next - s->head_octets));
		/* FIN and PSH belong to the last octet, CWR to the first (RFC 3168 section 6.1.2). */
		if (!last)
			transport[13] &= (guint8) ~TCP_FIN_PSH;
		if (s->n > 0)
			transport[13] &= (guint8) ~TCP_CWR;
	}
	else
		put_u16 (transport + 4, octets);
	field[0] = field[1] = 0;
	sum =
	    (guint16) ~checksum_fold (checksum_add (checksum_add (s->base_sum, length, sizeof length), transport, octets));
	if (sum == 0 && !s->tcp)
		sum = 0xffff;
	memcpy (field, &sum, 2);
}

void
segments_take (Segments *segments, guint8 *to)
{
	gsize octets = segments_peek (segments);
	gsize payload = octets - segments->head_octets;

	memcpy (to, segments->packet, segments->head_octets);
	memcpy (to + segments->head_octets, segments->packet + segments->next, payload);
	fix_ip (segments, to, octets);
	fix_transport (segments, to + segments->transport, segments->next + payload == segments->octets,
	               octets - segments->transport);
	segments->next += payload;
	segments->n++;
}
