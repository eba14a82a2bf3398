/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostnet.h"

#define UDP_OCTETS 8
#define TRAILER_OCTETS 2
#define LEAST_MTU 1280

guint
hostnet_mtu (guint outer_mtu, InetFamily outer_family, guint sealed_overhead, guint block_octets)
{
	guint ip_octets = outer_family == INET_V6 ? 40 : 20;
	guint block = MAX (block_octets, 4u); /* RFC 4303 section 2.4: the trailer ends on a word */
	guint fixed = ip_octets + UDP_OCTETS + sealed_overhead - TRAILER_OCTETS;
	guint text;

	if (outer_mtu <= fixed + block)
		return LEAST_MTU;
	/* Inner packet, padding and trailer fill whole blocks. */
	text = (outer_mtu - fixed) / block * block;
	return MAX (text - TRAILER_OCTETS, (guint) LEAST_MTU);
}
