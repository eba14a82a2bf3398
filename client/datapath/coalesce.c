/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "coalesce.h"

#include <string.h>

#include "checksum.h"

#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define IPV4_HEADER_OCTETS 20
#define IPV6_HEADER_OCTETS 40
#define TCP_HEADER_OCTETS 20
#define UDP_HEADER_OCTETS 8
#define MAX_SUPER_OCTETS 65535
#define TCP_PSH 0x08
#define TCP_ACK 0x10

/* One packet that may be joined. */
typedef struct
{
	guint8 *packet;
	gsize octets, transport, head_octets, payload;
	gboolean tcp;
	gboolean push;
	guint32 sequence;
	guint16 id;
} Candidate;

static guint16
get_u16 (const guint8 *from)
{
	return (guint16) (from[0] << 8 | from[1]);
}

static guint32
get_u32 (const guint8 *from)
{
	return (guint32) get_u16 (from) << 16 | get_u16 (from + 2);
}

static void
put_u16 (guint8 *to, gsize value)
{
	to[0] = (guint8) (value >> 8);
	to[1] = (guint8) value;
}

/* No options, no fragments, a length that is right, a checksum that is right: what segmenting makes, and nothing else. */
static gboolean
plain_ip (guint8 *packet, gsize octets, Candidate *c)
{
	guint8 protocol;

	if (octets >= IPV4_HEADER_OCTETS && packet[0] == 0x45)
	{
		/* 0xffff is another way to write zero that cutting again would not give back. */
		if (get_u16 (packet + 2) != octets || (packet[6] & 0xbf) != 0 || packet[7] != 0 ||
		    get_u16 (packet + 10) == 0xffff || checksum_fold (checksum_add (0, packet, IPV4_HEADER_OCTETS)) != 0xffff)
			return FALSE;
		c->transport = IPV4_HEADER_OCTETS;
		c->id = get_u16 (packet + 4);
		protocol = packet[9];
	}
	else if (octets >= IPV6_HEADER_OCTETS && packet[0] >> 4 == 6)
	{
		if (get_u16 (packet + 4) + (gsize) IPV6_HEADER_OCTETS != octets)
			return FALSE;
		c->transport = IPV6_HEADER_OCTETS;
		c->id = 0;
		protocol = packet[6];
	}
	else
		return FALSE;
	c->packet = packet;
	c->octets = octets;
	c->tcp = protocol == PROTOCOL_TCP;
	return protocol == PROTOCOL_TCP || protocol == PROTOCOL_UDP;
}

static gboolean
plain_tcp (Candidate *c)
{
	const guint8 *tcp = c->packet + c->transport;
	gsize head = c->octets >= c->transport + TCP_HEADER_OCTETS ? (gsize) (tcp[12] >> 4) * 4 : 0;

	/* Only PSH and ACK, and ACK for certain; no reserved bits; nothing urgent. */
	if (head < TCP_HEADER_OCTETS || c->transport + head >= c->octets || (tcp[12] & 0x0f) != 0 ||
	    (tcp[13] | TCP_PSH) != (TCP_ACK | TCP_PSH) || get_u16 (tcp + 16) == 0xffff || get_u16 (tcp + 18) != 0)
		return FALSE;
	c->head_octets = c->transport + head;
	c->sequence = get_u32 (tcp + 4);
	c->push = (tcp[13] & TCP_PSH) != 0;
	return TRUE;
}

static gboolean
plain_udp (Candidate *c)
{
	const guint8 *udp = c->packet + c->transport;

	if (c->octets <= c->transport + UDP_HEADER_OCTETS || get_u16 (udp + 4) != c->octets - c->transport ||
	    get_u16 (udp + 6) == 0)
		return FALSE;
	c->head_octets = c->transport + UDP_HEADER_OCTETS;
	return TRUE;
}

static gboolean
candidate (const Coalescer *coalescer, guint8 *packet, gsize octets, Candidate *ret)
{
	Candidate c = { 0 };
	gsize above;

	if (!plain_ip (packet, octets, &c) ||
	    !(c.tcp ? coalescer->tcp && plain_tcp (&c) : coalescer->udp && plain_udp (&c)))
		return FALSE;
	above = octets - c.transport;
	/* The super-packet gets a new checksum: a wrong one must not become right. */
	if (checksum_fold (checksum_add (checksum_pseudo (packet, c.tcp ? PROTOCOL_TCP : PROTOCOL_UDP, (guint32) above),
	                                 packet + c.transport, above)) != 0xffff)
		return FALSE;
	c.payload = octets - c.head_octets;
	*ret = c;
	return TRUE;
}

static gboolean
same_flow (const CoalesceFlow *flow, const Candidate *c)
{
	const guint8 *a = flow->head, *b = c->packet;
	gsize addresses = a[0] >> 4 == 4 ? 12 : 8;

	return flow->tcp == c->tcp && flow->transport == c->transport && a[0] >> 4 == b[0] >> 4 &&
	       memcmp (a + addresses, b + addresses, flow->transport - addresses + 4) == 0;
}

/* All that stays the same in the headers of segments of one super-packet. */
static gboolean
same_headers (const CoalesceFlow *flow, const Candidate *c)
{
	const guint8 *a = flow->head, *b = c->packet;
	const guint8 *ta = a + flow->transport, *tb = b + c->transport;

	if (flow->head_octets != c->head_octets)
		return FALSE;
	if (a[0] >> 4 == 4)
	{
		/* Type of service; flags; time to live. */
		if (a[1] != b[1] || a[6] != b[6] || a[8] != b[8] || c->id != (guint16) (flow->first_id + flow->n))
			return FALSE;
	}
	else if (memcmp (a, b, 4) != 0 || a[7] != b[7])
		return FALSE;
	/* Acknowledgement; window; options. */
	return !c->tcp || (memcmp (ta + 8, tb + 8, 4) == 0 && memcmp (ta + 14, tb + 14, 2) == 0 &&
	                   memcmp (ta + 20, tb + 20, flow->head_octets - flow->transport - 20) == 0);
}

static gboolean
fits (const CoalesceFlow *flow, const Candidate *c)
{
	return flow->n < COALESCE_SEGMENTS && c->payload <= flow->size && flow->octets + c->payload <= MAX_SUPER_OCTETS &&
	       (!c->tcp || c->sequence == flow->next_sequence) && same_headers (flow, c);
}

/* Headers that speak for all segments; the checksum is the kernel's, from the pseudo header on. */
static struct virtio_net_hdr
make_super (CoalesceFlow *flow)
{
	guint8 *ip = flow->head, *transport = ip + flow->transport;
	gsize above = flow->octets - flow->transport;
	guint16 sum = checksum_fold (checksum_pseudo (ip, flow->tcp ? PROTOCOL_TCP : PROTOCOL_UDP, (guint32) above));
	gboolean v4 = ip[0] >> 4 == 4;

	if (v4)
	{
		put_u16 (ip + 2, flow->octets);
		checksum_set_ipv4 (ip, IPV4_HEADER_OCTETS);
	}
	else
		put_u16 (ip + 4, flow->octets - IPV6_HEADER_OCTETS);
	if (!flow->tcp)
		put_u16 (transport + 4, above);
	memcpy (transport + (flow->tcp ? 16 : 6), &sum, 2);
	return (struct virtio_net_hdr){
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = !flow->tcp ? VIRTIO_NET_HDR_GSO_UDP_L4
		            : v4       ? VIRTIO_NET_HDR_GSO_TCPV4
		                       : VIRTIO_NET_HDR_GSO_TCPV6,
		.hdr_len = (guint16) flow->head_octets,
		.gso_size = (guint16) flow->size,
		.csum_start = (guint16) flow->transport,
		.csum_offset = flow->tcp ? 16 : 6,
	};
}

static void
flush_flow (Coalescer *coalescer, CoalesceFlow *flow)
{
	struct virtio_net_hdr header = { 0 };

	if (flow->head == NULL)
		return;
	if (flow->n > 1)
		header = make_super (flow);
	coalescer->write (coalescer->user_data, &header, flow->parts, flow->n + 1);
	flow->head = NULL;
}

static void
write_alone (Coalescer *coalescer, guint8 *packet, gsize octets)
{
	static const struct virtio_net_hdr none;
	struct iovec parts[2] = { { NULL, 0 }, { packet, octets } };

	coalescer->write (coalescer->user_data, &none, parts, 2);
}

static void
begin (CoalesceFlow *flow, const Candidate *c)
{
	flow->head = c->packet;
	flow->transport = c->transport;
	flow->head_octets = c->head_octets;
	flow->size = c->payload;
	flow->octets = c->octets;
	flow->next_sequence = c->sequence + (guint32) c->payload;
	flow->first_id = c->id;
	flow->tcp = c->tcp;
	flow->n = 1;
	flow->parts[1] = (struct iovec){ c->packet, c->octets };
}

static void
join (Coalescer *coalescer, CoalesceFlow *flow, const Candidate *c)
{
	flow->n++;
	flow->parts[flow->n] = (struct iovec){ c->packet + c->head_octets, c->payload };
	flow->octets += c->payload;
	flow->next_sequence += (guint32) c->payload;
	if (c->push)
		flow->head[flow->transport + 13] |= TCP_PSH;
	/* A shorter one, or one that is to be delivered at once, is the last. */
	if (c->push || c->payload < flow->size)
		flush_flow (coalescer, flow);
}

static CoalesceFlow *
free_flow (Coalescer *coalescer)
{
	for (guint i = 0; i < COALESCE_FLOWS; i++)
		if (coalescer->flows[i].head == NULL)
			return &coalescer->flows[i];
	coalescer->victim = (coalescer->victim + 1) % COALESCE_FLOWS;
	flush_flow (coalescer, &coalescer->flows[coalescer->victim]);
	return &coalescer->flows[coalescer->victim];
}

void
coalesce_packet (Coalescer *coalescer, guint8 *packet, gsize octets)
{
	Candidate c;
	CoalesceFlow *flow = NULL;

	if (!candidate (coalescer, packet, octets, &c))
	{
		/* It may belong to any of them, and must not overtake. */
		coalesce_flush (coalescer);
		write_alone (coalescer, packet, octets);
		return;
	}
	for (guint i = 0; i < COALESCE_FLOWS && flow == NULL; i++)
		if (coalescer->flows[i].head != NULL && same_flow (&coalescer->flows[i], &c))
			flow = &coalescer->flows[i];
	if (flow != NULL && fits (flow, &c))
	{
		join (coalescer, flow, &c);
		return;
	}
	if (flow != NULL)
		flush_flow (coalescer, flow);
	else
		flow = free_flow (coalescer);
	begin (flow, &c);
	if (c.push)
		flush_flow (coalescer, flow);
}

void
coalesce_flush (Coalescer *coalescer)
{
	for (guint i = 0; i < COALESCE_FLOWS; i++)
		flush_flow (coalescer, &coalescer->flows[i]);
}
