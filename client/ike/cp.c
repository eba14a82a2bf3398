/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#define IPV6_ADDRESS_OCTETS 17 /* with its prefix length */

static guint
add (IkeCpAttribute *attributes, guint n, guint most, guint16 type)
{
	if (n < most)
		attributes[n++] = (IkeCpAttribute){ .type = type };
	return n;
}

guint
ike_cp_request (const IkeProfile *profile, IkeCpAttribute *attributes, guint most)
{
	guint n = 0;

	if (profile->request_ipv4)
	{
		n = add (attributes, n, most, IKE_CP_INTERNAL_IP4_ADDRESS);
		n = add (attributes, n, most, IKE_CP_INTERNAL_IP4_DNS);
		n = add (attributes, n, most, IKE_CP_INTERNAL_IP4_SUBNET);
	}
	if (profile->request_ipv6)
	{
		n = add (attributes, n, most, IKE_CP_INTERNAL_IP6_ADDRESS);
		n = add (attributes, n, most, IKE_CP_INTERNAL_IP6_DNS);
		n = add (attributes, n, most, IKE_CP_INTERNAL_IP6_SUBNET);
	}
	return add (attributes, n, most, IKE_CP_INTERNAL_DNS_DOMAIN);
}

/* The filter and what comes through it. */
typedef struct
{
	const IkeProfile *profile;
	const InetAddress *gateway; /* its outer address, never an inner one */
	IkeConfiguration *configuration;
} Reply;

static gboolean
wanted (const Reply *reply, const InetAddress *address)
{
	return address->family == INET_V4 ? reply->profile->request_ipv4 : reply->profile->request_ipv6;
}

static void
take_address (Slice octets, guint8 bits, const Reply *reply)
{
	IkeConfiguration *configuration = reply->configuration;
	InetPrefix prefix = { .bits = bits };

	if (configuration->n_addresses < G_N_ELEMENTS (configuration->addresses) &&
	    inet_address_decode (octets, &prefix.address) == STATUS_OK && inet_address_is_usable (&prefix.address) &&
	    wanted (reply, &prefix.address) && !inet_address_equal (&prefix.address, reply->gateway))
		configuration->addresses[configuration->n_addresses++] = prefix;
}

static void
take_dns (Slice octets, const Reply *reply)
{
	IkeConfiguration *configuration = reply->configuration;
	InetAddress address;

	if (configuration->n_dns < G_N_ELEMENTS (configuration->dns) &&
	    inet_address_decode (octets, &address) == STATUS_OK && inet_address_is_usable (&address) &&
	    wanted (reply, &address) && !inet_address_equal (&address, reply->gateway))
		configuration->dns[configuration->n_dns++] = address;
}

/* Number of leading ones; -1 when the mask has a hole. */
static int
mask_bits (Slice mask)
{
	guint32 value = 0;
	int bits = 0;

	for (gsize i = 0; i < mask.len; i++)
		value = value << 8 | mask.data[i];
	while (bits < 32 && (value & 0x80000000u >> bits) != 0)
		bits++;
	return bits == 32 || (value << bits) == 0 ? bits : -1;
}

static void
take_subnet (Slice octets, int bits, const Reply *reply)
{
	IkeConfiguration *configuration = reply->configuration;
	InetPrefix prefix = { .bits = (guint8) bits };
	InetRange range;

	if (bits < 0 || inet_address_decode (octets, &prefix.address) != STATUS_OK || bits > (int) octets.len * 8 ||
	    configuration->n_subnets == G_N_ELEMENTS (configuration->subnets))
		return;
	/* Gateways leave bits of the host set. */
	range = inet_prefix_range (&prefix);
	prefix.address = range.first;
	if (!wanted (reply, &prefix.address) || (bits > 0 && !inet_address_is_usable (&prefix.address)))
		return;
	configuration->subnets[configuration->n_subnets++] = prefix;
}

static void
take_domain (Slice name, const Reply *reply)
{
	IkeConfiguration *configuration = reply->configuration;

	/* RFC 8598 section 4.1: a name in presentation form, perhaps with a dot at its end. */
	if (name.len > 0 && name.data[name.len - 1] == '.')
		name.len--;
	if (configuration->n_domains < G_N_ELEMENTS (configuration->domains) && inet_domain_is_clean (name))
		configuration->domains[configuration->n_domains++] = g_strndup ((const char *) name.data, name.len);
}

static void
take_attribute (const IkeCpAttribute *attribute, const Reply *reply)
{
	Slice value = attribute->value;

	switch (attribute->type)
	{
	case IKE_CP_INTERNAL_IP4_ADDRESS:
		if (value.len == 4)
			take_address (value, 32, reply);
		break;
	case IKE_CP_INTERNAL_IP6_ADDRESS:
		/* A TUN has no link to share: the address alone counts, whatever prefix it came with. */
		if (value.len == IPV6_ADDRESS_OCTETS || value.len == 16)
			take_address (slice (value.data, 16), 128, reply);
		break;
	case IKE_CP_INTERNAL_IP4_DNS:
		if (value.len == 4)
			take_dns (value, reply);
		break;
	case IKE_CP_INTERNAL_IP6_DNS:
		if (value.len == 16)
			take_dns (value, reply);
		break;
	case IKE_CP_INTERNAL_IP4_SUBNET:
		if (value.len == 8)
			take_subnet (slice (value.data, 4), mask_bits (slice (value.data + 4, 4)), reply);
		break;
	case IKE_CP_INTERNAL_IP6_SUBNET:
		if (value.len == IPV6_ADDRESS_OCTETS)
			take_subnet (slice (value.data, 16), value.data[16], reply);
		break;
	case IKE_CP_INTERNAL_DNS_DOMAIN:
		take_domain (value, reply);
		break;
	default: /* a number of the wire: what we do not know is ignored (RFC 7296 section 3.15.1) */
		break;
	}
}

Status
ike_cp_reply (const IkeProfile *profile, const InetAddress *gateway, const IkePayload *payload,
              IkeConfiguration *ret_configuration)
{
	const Reply reply = { profile, gateway, ret_configuration };

	for (guint i = 0; i < payload->cp.n_attributes; i++)
		take_attribute (&payload->cp.attributes[i], &reply);
	return ret_configuration->n_addresses > 0 ? STATUS_OK : STATUS_NO_ADDRESS;
}

void
ike_configuration_clear (IkeConfiguration *configuration)
{
	for (guint i = 0; i < configuration->n_domains; i++)
		g_free (configuration->domains[i]);
	*configuration = (IkeConfiguration){ 0 };
}
