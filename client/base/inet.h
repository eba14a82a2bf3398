/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: addresses, endpoints, prefixes, ranges and selectors of IPv4 and IPv6 as plain values, to and from text.
 * Must not know: sockets, name resolution, interfaces.
 */
#pragma once

#include "slice.h"
#include "status.h"

typedef enum
{
	INET_NONE = 0,
	INET_V4 = 4,
	INET_V6 = 6,
} InetFamily;

typedef struct
{
	InetFamily family;
	guint8 octets[16]; /* network order; IPv4 in the first four, the others zero */
} InetAddress;

typedef struct
{
	InetAddress address;
	guint16 port;
} InetEndpoint;

typedef struct
{
	InetAddress address;
	guint8 bits;
} InetPrefix;

typedef struct
{
	InetAddress first;
	InetAddress last; /* inclusive */
} InetRange;

/* One traffic selector (RFC 7296 section 3.13.1): protocol 0 is any; ports 0..65535 are any. */
typedef struct
{
	guint8 protocol;
	guint16 port_first;
	guint16 port_last;
	InetRange range;
} InetSelector;

/* Room for any *_to_text() below. */
#define INET_TEXT_OCTETS 128

gsize inet_family_octets (InetFamily family); /* 4, 16; 0 for INET_NONE */

/* @octets: 4 or 16 octets in network order; any other number gives STATUS_MALFORMED */
Status inet_address_decode (Slice octets, InetAddress *ret_address);
Slice inet_address_view (const InetAddress *address);
gboolean inet_address_equal (const InetAddress *a, const InetAddress *b);
int inet_address_compare (const InetAddress *a, const InetAddress *b); /* family first, then numerically */
gboolean inet_address_parse (const char *text, InetAddress *ret_address);
const char *inet_address_to_text (const InetAddress *address, char text[INET_TEXT_OCTETS]);
gboolean inet_address_is_loopback (const InetAddress *address);
gboolean inet_address_is_multicast (const InetAddress *address);
gboolean inet_address_is_link_local (const InetAddress *address);
gboolean inet_address_is_unspecified (const InetAddress *address);

/**
 * inet_address_is_usable:
 * What a host can have as its own inner address or ask a DNS server at, or where a route through a tunnel can begin: no
 * loopback, multicast, link-local or unspecified address, and of IPv4 neither "this network" nor 240/4 (RFC 6890).
 */
gboolean inet_address_is_usable (const InetAddress *address);

/**
 * inet_domain_is_clean:
 * Labels of 1 to 63 letters, digits, hyphens (not at an end) and underscores, 253 octets at most, perhaps with a dot at the
 * end: what a line of a text file cannot be broken with and every resolver takes (RFC 1035 section 2.3.4, RFC 8598 section 4.1).
 */
gboolean inet_domain_is_clean (Slice name);

gboolean inet_endpoint_equal (const InetEndpoint *a, const InetEndpoint *b);
/* "192.0.2.1:500", "[2001:db8::1]:500" */
const char *inet_endpoint_to_text (const InetEndpoint *endpoint, char text[INET_TEXT_OCTETS]);
gboolean inet_endpoint_parse (const char *text, InetEndpoint *ret_endpoint);

/* "10.1.0.0/16"; a bare address is a host prefix. Host bits set are an error (FALSE). */
gboolean inet_prefix_parse (const char *text, InetPrefix *ret_prefix);
const char *inet_prefix_to_text (const InetPrefix *prefix, char text[INET_TEXT_OCTETS]);
gboolean inet_prefix_contains (const InetPrefix *prefix, const InetAddress *address);
InetRange inet_prefix_range (const InetPrefix *prefix);

gboolean inet_range_contains (const InetRange *range, const InetAddress *address);
gboolean inet_range_contains_range (const InetRange *outer, const InetRange *inner);
gboolean inet_range_valid (const InetRange *range); /* one family, first <= last */

/**
 * inet_range_prefixes:
 * Appends to @prefixes (of InetPrefix) the fewest prefixes that cover exactly the range; at most 2 * 128 of them.
 */
void inet_range_prefixes (const InetRange *range, GArray *prefixes);

/* All of 0.0.0.0/0 or ::/0, any protocol and port. */
InetSelector inet_selector_any (InetFamily family);
InetSelector inet_selector_host (const InetAddress *address);
InetSelector inet_selector_prefix (const InetPrefix *prefix);
gboolean inet_selector_contains (const InetSelector *outer, const InetSelector *inner);
/* What lies in both; FALSE: nothing. */
gboolean inet_selector_intersect (const InetSelector *a, const InetSelector *b, InetSelector *ret_selector);
/* "10.1.0.0/16", "10.1.0.0-10.1.0.7 udp/53", "0.0.0.0/0" */
const char *inet_selector_to_text (const InetSelector *selector, char text[INET_TEXT_OCTETS]);
