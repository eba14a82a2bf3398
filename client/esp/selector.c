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

static guint16
get_u16 (const guint8 *from)
{
	return (guint16) (from[0] << 8 | from[1]);
}

/* For every packet that comes or goes, so without a reader. */
static void
parse_ports (EspInner *inner, Slice transport)
{
	switch (inner->protocol)
	{
	case PROTOCOL_TCP:
	case PROTOCOL_UDP:
	case PROTOCOL_SCTP:
	case PROTOCOL_UDPLITE:
		if (transport.len < 4)
			return;
		inner->source_port = get_u16 (transport.data);
		inner->destination_port = get_u16 (transport.data + 2);
		break;
	case PROTOCOL_ICMP:
	case PROTOCOL_ICMPV6:
		/* RFC 4301 section 4.4.1.1: type and code as the upper and lower half of one number. */
		if (transport.len < 2)
			return;
		inner->source_port = inner->destination_port = get_u16 (transport.data);
		break;
	default:
		return;
	}
	inner->has_ports = TRUE;
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

/* An address as a number; the two families have ranges of their own. */
typedef struct
{
	guint64 high, low;
} Number;

typedef struct
{
	Number first, last;
} NumberRange;

typedef struct
{
	InetFamily family;
	guint8 protocol;
	guint16 port_first, port_last;
	gsize n;
	NumberRange *ranges;
} Group;

struct EspSelectorSet
{
	gsize n;
	Group *groups;
};

static Number
number_of (const InetAddress *address)
{
	guint64 halves[2] = { 0, 0 };

	if (address->family == INET_V4)
	{
		guint32 value;

		memcpy (&value, address->octets, sizeof value);
		return (Number){ 0, GUINT32_FROM_BE (value) };
	}
	memcpy (halves, address->octets, sizeof halves);
	return (Number){ GUINT64_FROM_BE (halves[0]), GUINT64_FROM_BE (halves[1]) };
}

static inline gboolean
less (Number a, Number b)
{
	return a.high < b.high || (a.high == b.high && a.low < b.low);
}

static int
compare_ranges (const void *a, const void *b)
{
	const NumberRange *x = a, *y = b;

	return less (x->first, y->first) ? -1 : less (y->first, x->first) ? 1 : 0;
}

/* Sorts, and makes one of those that overlap. */
static void
arrange (Group *group)
{
	gsize n = 0;

	qsort (group->ranges, group->n, sizeof *group->ranges, compare_ranges);
	for (gsize i = 0; i < group->n; i++)
	{
		NumberRange range = group->ranges[i];

		if (n > 0 && !less (group->ranges[n - 1].last, range.first))
		{
			if (less (group->ranges[n - 1].last, range.last))
				group->ranges[n - 1].last = range.last;
		}
		else
			group->ranges[n++] = range;
	}
	group->n = n;
}

static Group *
group_of (EspSelectorSet *set, const InetSelector *selector, gsize most)
{
	for (gsize i = 0; i < set->n; i++)
	{
		Group *group = &set->groups[i];

		if (group->family == selector->range.first.family && group->protocol == selector->protocol &&
		    group->port_first == selector->port_first && group->port_last == selector->port_last)
			return group;
	}
	set->groups[set->n] = (Group){ .family = selector->range.first.family,
		                           .protocol = selector->protocol,
		                           .port_first = selector->port_first,
		                           .port_last = selector->port_last,
		                           .ranges = g_new (NumberRange, most) };
	return &set->groups[set->n++];
}

EspSelectorSet *
esp_selector_set_new (const InetSelector *selectors, gsize n)
{
	EspSelectorSet *set = g_new0 (EspSelectorSet, 1);

	set->groups = g_new0 (Group, n);
	for (gsize i = 0; i < n; i++)
	{
		Group *group = group_of (set, &selectors[i], n - i);

		if (inet_range_valid (&selectors[i].range))
			group->ranges[group->n++] =
			    (NumberRange){ number_of (&selectors[i].range.first), number_of (&selectors[i].range.last) };
	}
	for (gsize i = 0; i < set->n; i++)
	{
		arrange (&set->groups[i]);
		set->groups[i].ranges = g_renew (NumberRange, set->groups[i].ranges, set->groups[i].n);
	}
	return set;
}

void
esp_selector_set_free (EspSelectorSet *set)
{
	if (set == NULL)
		return;
	for (gsize i = 0; i < set->n; i++)
		g_free (set->groups[i].ranges);
	g_free (set->groups);
	g_free (set);
}

/* The last range that begins at or before @number. */
static gboolean
group_holds (const Group *group, Number number)
{
	gsize from = 0, to = group->n;

	while (from < to)
	{
		gsize middle = from + (to - from) / 2;

		if (less (number, group->ranges[middle].first))
			to = middle;
		else
			from = middle + 1;
	}
	return from > 0 && !less (group->ranges[from - 1].last, number);
}

gboolean
esp_selector_set_match (const EspSelectorSet *set, const EspInner *inner, const InetAddress *address, guint16 port)
{
	const Number number = number_of (address);

	for (gsize i = 0; i < set->n; i++)
	{
		const Group *group = &set->groups[i];
		gboolean any_port = group->port_first == 0 && group->port_last == G_MAXUINT16;

		if (group->family == address->family && (group->protocol == 0 || group->protocol == inner->protocol) &&
		    (any_port || (inner->has_ports && group->port_first <= port && port <= group->port_last)) &&
		    group_holds (group, number))
			return TRUE;
	}
	return FALSE;
}
