/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "selector.h"

#include "base/reader.h"

#define IPV4_HEADER_OCTETS 20
#define IPV6_HEADER_OCTETS 40
#define MAX_EXTENSION_HEADERS 8

/* IP protocol numbers that matter here. */
enum
{
	PROTOCOL_HOP_BY_HOP = 0,
	PROTOCOL_ICMP = 1,
	PROTOCOL_TCP = 6,
	PROTOCOL_UDP = 17,
	PROTOCOL_ROUTING = 43,
	PROTOCOL_FRAGMENT = 44,
	PROTOCOL_AH = 51,
	PROTOCOL_ICMPV6 = 58,
	PROTOCOL_DESTINATION_OPTIONS = 60,
	PROTOCOL_SCTP = 132,
	PROTOCOL_UDPLITE = 136,
};

static void
parse_ports (EspInner *inner, Slice transport)
{
	Reader r = reader (transport);

	switch (inner->protocol)
	{
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_SCTP:
	case PROTOCOL_UDPLITE:
		inner->source_port = reader_u16 (&r);
		inner->destination_port = reader_u16 (&r);
		break;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		/* RFC 4301 section 4.4.1.1: type and code as the upper and lower half of one number. */
		inner->source_port = inner->destination_port = reader_u16 (&r);
		break;
	default:
		return;
	}
	inner->has_ports = !r.failed;
}

static Status
parse_v4 (Slice packet, EspInner *inner)
{
	gsize header, octets;
	guint fragment_offset;

	if (packet.len < IPV4_HEADER_OCTETS)
		return STATUS_TRUNCATED;
	header = (gsize) (packet.data[0] & 0x0f) * 4;
	octets = (gsize) packet.data[2] << 8 | packet.data[3];
	fragment_offset = (guint) (packet.data[6] & 0x1f) << 8 | packet.data[7];
	if (header < IPV4_HEADER_OCTETS || octets < header || octets > packet.len)
		return STATUS_MALFORMED;
	inner->source.family = inner->destination.family = INET_V4;
	memcpy (inner->source.octets, packet.data + 12, 4);
	memcpy (inner->destination.octets, packet.data + 16, 4);
	inner->protocol = packet.data[9];
	inner->octets = octets;
	if (fragment_offset == 0)
		parse_ports (inner, slice (packet.data + header, octets - header));
	return STATUS_OK;
}

/* Walks the extension headers to the protocol of the upper layer. */
static Status
walk_extensions (EspInner *inner, Reader *r, guint8 next)
{
	for (guint i = 0; i < MAX_EXTENSION_HEADERS; i++)
	{
		Slice head;
		gsize octets;

		inner->protocol = next;
		if (next != PROTOCOL_HOP_BY_HOP && next != PROTOCOL_ROUTING && next != PROTOCOL_FRAGMENT &&
		    next != PROTOCOL_DESTINATION_OPTIONS && next != PROTOCOL_AH)
		{
			parse_ports (inner, reader_rest (r));
			return STATUS_OK;
		}
		head = reader_take (r, 8);
		if (r->failed)
			return STATUS_MALFORMED;
		next = head.data[0];
		if (inner->protocol == PROTOCOL_FRAGMENT)
		{
			/* A later fragment has no upper header. */
			if (((guint) head.data[2] << 8 | head.data[3]) >> 3 != 0)
			{
				inner->protocol = next;
				return STATUS_OK;
			}
			continue;
		}
		octets = inner->protocol == PROTOCOL_AH ? ((gsize) head.data[1] + 2) * 4 : ((gsize) head.data[1] + 1) * 8;
		reader_take (r, octets > 8 ? octets - 8 : 0);
		if (r->failed)
			return STATUS_MALFORMED;
	}
	return STATUS_MALFORMED;
}

static Status
parse_v6 (Slice packet, EspInner *inner)
{
	gsize octets;
	Reader r;

	if (packet.len < IPV6_HEADER_OCTETS)
		return STATUS_TRUNCATED;
	octets = IPV6_HEADER_OCTETS + ((gsize) packet.data[4] << 8 | packet.data[5]);
	if (octets > packet.len)
		return STATUS_MALFORMED;
	inner->source.family = inner->destination.family = INET_V6;
	memcpy (inner->source.octets, packet.data + 8, 16);
	memcpy (inner->destination.octets, packet.data + 24, 16);
	inner->octets = octets;
	r = reader (slice (packet.data + IPV6_HEADER_OCTETS, octets - IPV6_HEADER_OCTETS));
	return walk_extensions (inner, &r, packet.data[6]);
}

Status
esp_inner_parse (Slice packet, EspInner *ret_inner)
{
	EspInner inner = { 0 };
	Status status = STATUS_MALFORMED;

	if (packet.len == 0)
		return STATUS_TRUNCATED;
	if (packet.data[0] >> 4 == 4)
		status = parse_v4 (packet, &inner);
	else if (packet.data[0] >> 4 == 6)
		status = parse_v6 (packet, &inner);
	if (status == STATUS_OK)
		*ret_inner = inner;
	return status;
}

static gboolean
one_matches (const EspInner *inner, const InetSelector *selector, const InetAddress *address, guint16 port)
{
	gboolean any_port = selector->port_first == 0 && selector->port_last == G_MAXUINT16;

	if (!inet_range_contains (&selector->range, address))
		return FALSE;
	if (selector->protocol != 0 && selector->protocol != inner->protocol)
		return FALSE;
	return any_port || (inner->has_ports && selector->port_first <= port && port <= selector->port_last);
}

static gboolean
any_matches (const EspInner *inner, const InetSelector *selectors, gsize n, const InetAddress *address, guint16 port)
{
	for (gsize i = 0; i < n; i++)
		if (one_matches (inner, &selectors[i], address, port))
			return TRUE;
	return FALSE;
}

gboolean
esp_selectors_match (const EspInner *inner, const InetSelector *source, gsize n_source, const InetSelector *destination,
                     gsize n_destination)
{
	return any_matches (inner, source, n_source, &inner->source, inner->source_port) &&
	       any_matches (inner, destination, n_destination, &inner->destination, inner->destination_port);
}
