/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inet.h"

#include <arpa/inet.h>
#include <stdio.h>

#define MAX_DOMAIN_OCTETS 253
#define MAX_LABEL_OCTETS 63

gsize
inet_family_octets (InetFamily family)
{
	switch (family)
	{
	case INET_V4:
		return 4;
	case INET_V6:
		return 16;
	case INET_NONE:
		return 0;
	}
	return 0;
}

static guint
family_bits (InetFamily family)
{
	return (guint) inet_family_octets (family) * 8;
}

Status
inet_address_decode (Slice octets, InetAddress *ret_address)
{
	InetAddress address = { 0 };

	if (octets.len == 4)
		address.family = INET_V4;
	else if (octets.len == 16)
		address.family = INET_V6;
	else
		return STATUS_MALFORMED;
	memcpy (address.octets, octets.data, octets.len);
	*ret_address = address;
	return STATUS_OK;
}

Slice
inet_address_view (const InetAddress *address)
{
	return slice (address->octets, inet_family_octets (address->family));
}

int
inet_address_compare (const InetAddress *a, const InetAddress *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp (a->octets, b->octets, inet_family_octets (a->family));
}

gboolean
inet_address_equal (const InetAddress *a, const InetAddress *b)
{
	return inet_address_compare (a, b) == 0;
}

gboolean
inet_address_parse (const char *text, InetAddress *ret_address)
{
	InetAddress address = { 0 };

	if (text == NULL)
		return FALSE;
	if (inet_pton (AF_INET, text, address.octets) == 1)
		address.family = INET_V4;
	else if (inet_pton (AF_INET6, text, address.octets) == 1)
		address.family = INET_V6;
	else
		return FALSE;
	*ret_address = address;
	return TRUE;
}

const char *
inet_address_to_text (const InetAddress *address, char text[INET_TEXT_OCTETS])
{
	int family = address->family == INET_V4 ? AF_INET : AF_INET6;

	if (address->family == INET_NONE || inet_ntop (family, address->octets, text, INET_TEXT_OCTETS) == NULL)
		g_strlcpy (text, "none", INET_TEXT_OCTETS);
	return text;
}

gboolean
inet_address_is_loopback (const InetAddress *address)
{
	static const guint8 loopback6[16] = { [15] = 1 };

	if (address->family == INET_V4)
		return address->octets[0] == 127;
	return address->family == INET_V6 && memcmp (address->octets, loopback6, sizeof loopback6) == 0;
}

gboolean
inet_address_is_multicast (const InetAddress *address)
{
	if (address->family == INET_V4)
		return (address->octets[0] & 0xf0) == 0xe0;
	return address->family == INET_V6 && address->octets[0] == 0xff;
}

gboolean
inet_address_is_link_local (const InetAddress *address)
{
	if (address->family == INET_V4)
		return address->octets[0] == 169 && address->octets[1] == 254;
	return address->family == INET_V6 && address->octets[0] == 0xfe && (address->octets[1] & 0xc0) == 0x80;
}

gboolean
inet_address_is_unspecified (const InetAddress *address)
{
	static const guint8 zeros[16];

	return memcmp (address->octets, zeros, inet_family_octets (address->family)) == 0;
}

gboolean
inet_address_is_usable (const InetAddress *address)
{
	if (address->family == INET_V4 && (address->octets[0] == 0 || address->octets[0] >= 240))
		return FALSE;
	return address->family != INET_NONE && !inet_address_is_loopback (address) &&
	       !inet_address_is_multicast (address) && !inet_address_is_link_local (address) &&
	       !inet_address_is_unspecified (address);
}

gboolean
inet_domain_is_clean (Slice name)
{
	gsize label = 0;

	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	if (name.len == 0 || name.len > MAX_DOMAIN_OCTETS)
		return FALSE;
	for (gsize i = 0; i < name.len; i++)
	{
		char c = (char) name.data[i];

		if (c == '.' && label > 0 && name.data[i - 1] != '-')
			label = 0;
		else if ((g_ascii_isalnum (c) || c == '-') && label < MAX_LABEL_OCTETS && !(c == '-' && label == 0))
			label++;
		else
			return FALSE;
	}
	return label > 0 && name.data[name.len - 1] != '-';
}

gboolean
inet_endpoint_equal (const InetEndpoint *a, const InetEndpoint *b)
{
	return a->port == b->port && inet_address_equal (&a->address, &b->address);
}

const char *
inet_endpoint_to_text (const InetEndpoint *endpoint, char text[INET_TEXT_OCTETS])
{
	char address[INET_TEXT_OCTETS];

	inet_address_to_text (&endpoint->address, address);
	g_snprintf (text, INET_TEXT_OCTETS, endpoint->address.family == INET_V6 ? "[%s]:%u" : "%s:%u", address,
	            endpoint->port);
	return text;
}

/* A decimal number without sign or blanks, at most @most. */
static gboolean
parse_number (const char *text, guint64 most, guint64 *ret_number)
{
	return g_ascii_string_to_unsigned (text, 10, 0, most, ret_number, NULL);
}

gboolean
inet_endpoint_parse (const char *text, InetEndpoint *ret_endpoint)
{
	g_autofree char *host = NULL;
	const char *colon;
	gsize octets;
	guint64 port;
	InetEndpoint endpoint;

	if (text == NULL || (colon = strrchr (text, ':')) == NULL || !parse_number (colon + 1, G_MAXUINT16, &port))
		return FALSE;
	octets = (gsize) (colon - text);
	if (octets > 2 && text[0] == '[' && text[octets - 1] == ']')
		host = g_strndup (text + 1, octets - 2);
	else
		host = g_strndup (text, octets);
	if (!inet_address_parse (host, &endpoint.address) || (endpoint.address.family == INET_V6) != (text[0] == '['))
		return FALSE;
	endpoint.port = (guint16) port;
	*ret_endpoint = endpoint;
	return TRUE;
}

/* Sets every bit behind the first @bits to @value. */
static void
fill_host_bits (InetAddress *address, guint bits, gboolean value)
{
	for (guint i = bits; i < family_bits (address->family); i++)
	{
		guint8 mask = (guint8) (0x80 >> i % 8);

		if (value)
			address->octets[i / 8] |= mask;
		else
			address->octets[i / 8] &= (guint8) ~mask;
	}
}

gboolean
inet_prefix_parse (const char *text, InetPrefix *ret_prefix)
{
	g_autofree char *host = NULL;
	InetPrefix prefix = { 0 };
	InetAddress network;
	const char *slash;
	guint64 bits;

	if (text == NULL)
		return FALSE;
	slash = strchr (text, '/');
	host = slash != NULL ? g_strndup (text, (gsize) (slash - text)) : g_strdup (text);
	if (!inet_address_parse (host, &prefix.address))
		return FALSE;
	bits = family_bits (prefix.address.family);
	if (slash != NULL && !parse_number (slash + 1, bits, &bits))
		return FALSE;
	prefix.bits = (guint8) bits;
	network = prefix.address;
	fill_host_bits (&network, prefix.bits, FALSE);
	if (!inet_address_equal (&network, &prefix.address))
		return FALSE;
	*ret_prefix = prefix;
	return TRUE;
}

const char *
inet_prefix_to_text (const InetPrefix *prefix, char text[INET_TEXT_OCTETS])
{
	gsize used = strlen (inet_address_to_text (&prefix->address, text));

	g_snprintf (text + used, INET_TEXT_OCTETS - used, "/%u", prefix->bits);
	return text;
}

InetRange
inet_prefix_range (const InetPrefix *prefix)
{
	InetRange range = { prefix->address, prefix->address };

	fill_host_bits (&range.first, prefix->bits, FALSE);
	fill_host_bits (&range.last, prefix->bits, TRUE);
	return range;
}

gboolean
inet_prefix_contains (const InetPrefix *prefix, const InetAddress *address)
{
	InetRange range = inet_prefix_range (prefix);

	return inet_range_contains (&range, address);
}

gboolean
inet_range_valid (const InetRange *range)
{
	return range->first.family != INET_NONE && range->first.family == range->last.family &&
	       inet_address_compare (&range->first, &range->last) <= 0;
}

gboolean
inet_range_contains (const InetRange *range, const InetAddress *address)
{
	return range->first.family == address->family && inet_address_compare (&range->first, address) <= 0 &&
	       inet_address_compare (address, &range->last) <= 0;
}

gboolean
inet_range_contains_range (const InetRange *outer, const InetRange *inner)
{
	return inet_range_contains (outer, &inner->first) && inet_range_contains (outer, &inner->last);
}

/* The next address; FALSE after the last one of the family. */
static gboolean
address_next (InetAddress *address)
{
	for (gsize i = inet_family_octets (address->family); i-- > 0;)
		if (++address->octets[i] != 0)
			return TRUE;
	return FALSE;
}

void
inet_range_prefixes (const InetRange *range, GArray *prefixes)
{
	InetAddress at = range->first;
	gboolean more = inet_range_valid (range);

	while (more)
	{
		InetPrefix prefix = { at, (guint8) family_bits (at.family) };
		InetRange covered = { at, at };

		/* The widest prefix that begins here and ends within the range. */
		while (prefix.bits > 0)
		{
			InetPrefix wider = { at, (guint8) (prefix.bits - 1) };
			InetRange wide = inet_prefix_range (&wider);

			if (!inet_address_equal (&wide.first, &at) || inet_address_compare (&wide.last, &range->last) > 0)
				break;
			prefix = wider;
			covered = wide;
		}
		g_array_append_val (prefixes, prefix);
		at = covered.last;
		more = inet_address_compare (&at, &range->last) < 0 && address_next (&at);
	}
}

InetSelector
inet_selector_prefix (const InetPrefix *prefix)
{
	return (InetSelector){ .port_last = G_MAXUINT16, .range = inet_prefix_range (prefix) };
}

InetSelector
inet_selector_any (InetFamily family)
{
	return inet_selector_prefix (&(InetPrefix){ .address.family = family, .bits = 0 });
}

InetSelector
inet_selector_host (const InetAddress *address)
{
	return inet_selector_prefix (&(InetPrefix){ *address, (guint8) family_bits (address->family) });
}

gboolean
inet_selector_contains (const InetSelector *outer, const InetSelector *inner)
{
	return (outer->protocol == 0 || outer->protocol == inner->protocol) && outer->port_first <= inner->port_first &&
	       inner->port_last <= outer->port_last && inet_range_contains_range (&outer->range, &inner->range);
}

gboolean
inet_selector_intersect (const InetSelector *a, const InetSelector *b, InetSelector *ret_selector)
{
	InetSelector both = *a;

	if (a->protocol != 0 && b->protocol != 0 && a->protocol != b->protocol)
		return FALSE;
	both.protocol = a->protocol != 0 ? a->protocol : b->protocol;
	both.port_first = MAX (a->port_first, b->port_first);
	both.port_last = MIN (a->port_last, b->port_last);
	if (inet_address_compare (&b->range.first, &a->range.first) > 0)
		both.range.first = b->range.first;
	if (inet_address_compare (&b->range.last, &a->range.last) < 0)
		both.range.last = b->range.last;
	if (both.port_first > both.port_last || a->range.first.family != b->range.first.family ||
	    !inet_range_valid (&both.range))
		return FALSE;
	*ret_selector = both;
	return TRUE;
}

/* "/24" when the range is one prefix, else "-LAST". */
static void
append_range_end (const InetRange *range, char text[INET_TEXT_OCTETS])
{
	g_autoptr (GArray) prefixes = g_array_new (FALSE, FALSE, sizeof (InetPrefix));
	char last[INET_TEXT_OCTETS];
	gsize used = strlen (text);

	inet_range_prefixes (range, prefixes);
	if (prefixes->len == 1)
		g_snprintf (text + used, INET_TEXT_OCTETS - used, "/%u", g_array_index (prefixes, InetPrefix, 0).bits);
	else
		g_snprintf (text + used, INET_TEXT_OCTETS - used, "-%s", inet_address_to_text (&range->last, last));
}

static const char *
protocol_name (guint8 protocol, char number[8])
{
	switch (protocol)
	{
	case 0:
		return "any";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		g_snprintf (number, 8, "%u", protocol);
		return number;
	}
}

const char *
inet_selector_to_text (const InetSelector *selector, char text[INET_TEXT_OCTETS])
{
	gboolean any_port = selector->port_first == 0 && selector->port_last == G_MAXUINT16;
	char number[8];
	gsize used;

	inet_address_to_text (&selector->range.first, text);
	append_range_end (&selector->range, text);
	used = strlen (text);
	if (selector->protocol != 0 || !any_port)
		used += (gsize) g_snprintf (text + used, INET_TEXT_OCTETS - used, " %s",
		                            protocol_name (selector->protocol, number));
	if (any_port)
		return text;
	if (selector->port_first == selector->port_last)
		g_snprintf (text + used, INET_TEXT_OCTETS - used, "/%u", selector->port_first);
	else
		g_snprintf (text + used, INET_TEXT_OCTETS - used, "/%u-%u", selector->port_first, selector->port_last);
	return text;
}
