/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/session.h"

static const IkeProfile both = { .request_ipv4 = TRUE, .request_ipv6 = TRUE };
static const IkeProfile ipv4 = { .request_ipv4 = TRUE };

static InetAddress
gateway (void)
{
	InetAddress address;

	g_assert_true (inet_address_parse ("198.51.100.1", &address));
	return address;
}

static Status
reply (const IkeProfile *profile, IkeCpAttribute *attributes, guint8 n, IkeConfiguration *ret_configuration)
{
	IkePayload payload = { .type = IKE_PAYLOAD_CP,
		                   .cp = { .cfg_type = IKE_CFG_REPLY, .n_attributes = n, .attributes = attributes } };
	InetAddress address = gateway ();

	*ret_configuration = (IkeConfiguration){ 0 };
	return ike_cp_reply (profile, &address, &payload, ret_configuration);
}

static void
test_request (void)
{
	IkeCpAttribute attributes[8];
	guint n = ike_cp_request (&both, attributes, 8);

	g_assert_cmpuint (n, ==, 7);
	for (guint i = 0; i < n; i++)
		g_assert_cmpuint (attributes[i].value.len, ==, 0);
	n = ike_cp_request (&ipv4, attributes, 8);
	g_assert_cmpuint (n, ==, 4);
	for (guint i = 0; i < n; i++)
		g_assert_true (attributes[i].type != IKE_CP_INTERNAL_IP6_ADDRESS &&
		               attributes[i].type != IKE_CP_INTERNAL_IP6_DNS &&
		               attributes[i].type != IKE_CP_INTERNAL_IP6_SUBNET);
}

/* One attribute beside a good address: how many of what it leaves. */
static const struct
{
	const char *name;
	guint16 type;
	Slice value;
	guint addresses, dns, subnets, domains;
} rows[] = {
	{ "address", IKE_CP_INTERNAL_IP4_ADDRESS, { (const guint8 *) "\x0a\1\1\1", 4 }, 2, 0, 0, 0 },
	{ "address short", IKE_CP_INTERNAL_IP4_ADDRESS, { (const guint8 *) "\x0a\1\1", 3 }, 1, 0, 0, 0 },
	{ "address empty", IKE_CP_INTERNAL_IP4_ADDRESS, { NULL, 0 }, 1, 0, 0, 0 },
	{ "loopback", IKE_CP_INTERNAL_IP4_ADDRESS, { (const guint8 *) "\x7f\1\1\1", 4 }, 1, 0, 0, 0 },
	{ "link-local", IKE_CP_INTERNAL_IP4_ADDRESS, { (const guint8 *) "\xa9\xfe\1\1", 4 }, 1, 0, 0, 0 },
	{ "multicast", IKE_CP_INTERNAL_IP4_ADDRESS, { (const guint8 *) "\xe0\0\0\1", 4 }, 1, 0, 0, 0 },
	{ "broadcast", IKE_CP_INTERNAL_IP4_ADDRESS, { (const guint8 *) "\xff\xff\xff\xff", 4 }, 1, 0, 0, 0 },
	{ "this network", IKE_CP_INTERNAL_IP4_ADDRESS, { (const guint8 *) "\0\0\0\1", 4 }, 1, 0, 0, 0 },
	{ "the gateway", IKE_CP_INTERNAL_IP4_ADDRESS, { (const guint8 *) "\xc6\x33\x64\1", 4 }, 1, 0, 0, 0 },
	{ "address 6",
	  IKE_CP_INTERNAL_IP6_ADDRESS,
	  { (const guint8 *) "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x40", 17 },
	  2,
	  0,
	  0,
	  0 },
	{ "address 6 without bits",
	  IKE_CP_INTERNAL_IP6_ADDRESS,
	  { (const guint8 *) "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1", 16 },
	  2,
	  0,
	  0,
	  0 },
	{ "address 6 short",
	  IKE_CP_INTERNAL_IP6_ADDRESS,
	  { (const guint8 *) "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15 },
	  1,
	  0,
	  0,
	  0 },
	{ "link-local 6",
	  IKE_CP_INTERNAL_IP6_ADDRESS,
	  { (const guint8 *) "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x40", 17 },
	  1,
	  0,
	  0,
	  0 },
	{ "dns", IKE_CP_INTERNAL_IP4_DNS, { (const guint8 *) "\x0a\1\1\1", 4 }, 1, 1, 0, 0 },
	{ "dns on this host", IKE_CP_INTERNAL_IP4_DNS, { (const guint8 *) "\x7f\0\0\x35", 4 }, 1, 0, 0, 0 },
	{ "subnet", IKE_CP_INTERNAL_IP4_SUBNET, { (const guint8 *) "\x0a\1\1\1\xff\xff\0\0", 8 }, 1, 0, 1, 0 },
	{ "everything", IKE_CP_INTERNAL_IP4_SUBNET, { (const guint8 *) "\0\0\0\0\0\0\0\0", 8 }, 1, 0, 1, 0 },
	{ "one host", IKE_CP_INTERNAL_IP4_SUBNET, { (const guint8 *) "\x0a\1\1\1\xff\xff\xff\xff", 8 }, 1, 0, 1, 0 },
	{ "mask with a hole", IKE_CP_INTERNAL_IP4_SUBNET, { (const guint8 *) "\x0a\1\1\1\xff\0\xff\0", 8 }, 1, 0, 0, 0 },
	{ "loopback net", IKE_CP_INTERNAL_IP4_SUBNET, { (const guint8 *) "\x7f\0\0\0\xff\0\0\0", 8 }, 1, 0, 0, 0 },
	{ "subnet 6",
	  IKE_CP_INTERNAL_IP6_SUBNET,
	  { (const guint8 *) "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x08", 17 },
	  1,
	  0,
	  1,
	  0 },
	{ "subnet 6 too long",
	  IKE_CP_INTERNAL_IP6_SUBNET,
	  { (const guint8 *) "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x81", 17 },
	  1,
	  0,
	  0,
	  0 },
	{ "domain", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "corp.example", 12 }, 1, 0, 0, 1 },
	{ "domain with dot", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "corp.example.", 13 }, 1, 0, 0, 1 },
	{ "dot", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) ".", 1 }, 1, 0, 0, 0 },
	{ "two dots", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "a..b", 4 }, 1, 0, 0, 0 },
	{ "hyphen first", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "a.-b", 4 }, 1, 0, 0, 0 },
	{ "hyphen last", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "a-.b", 4 }, 1, 0, 0, 0 },
	{ "hyphen at the end", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "a.b-", 4 }, 1, 0, 0, 0 },
	{ "underscore", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "a_b", 3 }, 1, 0, 0, 0 },
	{ "NUL", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "a\0b", 3 }, 1, 0, 0, 0 },
	{ "line end", IKE_CP_INTERNAL_DNS_DOMAIN, { (const guint8 *) "a\nb", 3 }, 1, 0, 0, 0 },
	{ "unknown", 12345, { (const guint8 *) "abc", 3 }, 1, 0, 0, 0 },
};

static void
test_reply (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		IkeCpAttribute attributes[] = { { IKE_CP_INTERNAL_IP4_ADDRESS, SLICE_LITERAL ("\x0a\1\0\7") },
			                            { rows[i].type, rows[i].value } };
		IkeConfiguration configuration;

		g_test_message ("%s", rows[i].name);
		g_assert_cmpuint (reply (&both, attributes, 2, &configuration), ==, STATUS_OK);
		g_assert_cmpuint (configuration.n_addresses, ==, rows[i].addresses);
		g_assert_cmpuint (configuration.n_dns, ==, rows[i].dns);
		g_assert_cmpuint (configuration.n_subnets, ==, rows[i].subnets);
		g_assert_cmpuint (configuration.n_domains, ==, rows[i].domains);
		for (guint k = 0; k < configuration.n_subnets; k++)
		{
			InetRange range = inet_prefix_range (&configuration.subnets[k]);

			g_assert_true (inet_address_equal (&range.first, &configuration.subnets[k].address));
		}
		ike_configuration_clear (&configuration);
	}
}

static void
test_no_address (void)
{
	IkeCpAttribute attributes[] = { { IKE_CP_INTERNAL_IP4_DNS, SLICE_LITERAL ("\x0a\1\0\7") },
		                            { IKE_CP_INTERNAL_IP4_ADDRESS, SLICE_LITERAL ("\x7f\0\0\1") } };
	IkeConfiguration configuration;

	g_assert_cmpuint (reply (&both, NULL, 0, &configuration), ==, STATUS_NO_ADDRESS);
	g_assert_cmpuint (reply (&both, attributes, 2, &configuration), ==, STATUS_NO_ADDRESS);
	ike_configuration_clear (&configuration);
}

static void
test_family (void)
{
	IkeCpAttribute attributes[] = {
		{ IKE_CP_INTERNAL_IP4_ADDRESS, SLICE_LITERAL ("\x0a\1\0\7") },
		{ IKE_CP_INTERNAL_IP6_ADDRESS, SLICE_LITERAL ("\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\x40") },
		{ IKE_CP_INTERNAL_IP6_DNS, SLICE_LITERAL ("\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1") },
		{ IKE_CP_INTERNAL_IP6_SUBNET, SLICE_LITERAL ("\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08") },
	};
	IkeConfiguration configuration;

	g_assert_cmpuint (reply (&ipv4, attributes, G_N_ELEMENTS (attributes), &configuration), ==, STATUS_OK);
	g_assert_cmpuint (configuration.n_addresses, ==, 1);
	g_assert_cmpuint (configuration.n_dns + configuration.n_subnets, ==, 0);
	ike_configuration_clear (&configuration);
}

/* As many of each as there are attributes in one CP: the arrays hold what they hold. */
static void
test_limits (void)
{
	static const guint16 types[] = { IKE_CP_INTERNAL_IP4_ADDRESS, IKE_CP_INTERNAL_IP4_DNS, IKE_CP_INTERNAL_IP4_SUBNET,
		                             IKE_CP_INTERNAL_DNS_DOMAIN };
	g_autofree guint8 *values = g_malloc0 (IKE_MAX_ATTRIBUTES * 8);

	for (gsize t = 0; t < G_N_ELEMENTS (types); t++)
	{
		IkeCpAttribute attributes[IKE_MAX_ATTRIBUTES];
		IkeConfiguration configuration;

		for (guint i = 0; i < IKE_MAX_ATTRIBUTES; i++)
		{
			guint8 *value = values + 8 * i;

			memcpy (value, "\x0a\0\0\0\xff\xff\xff\xff", 8);
			value[3] = (guint8) (i + 1);
			if (types[t] == IKE_CP_INTERNAL_DNS_DOMAIN)
				g_snprintf ((char *) value, 8, "d%03u", i);
			attributes[i] = (IkeCpAttribute){ types[t], slice (value, types[t] == IKE_CP_INTERNAL_IP4_SUBNET ? 8 : 4) };
		}
		reply (&both, attributes, IKE_MAX_ATTRIBUTES, &configuration);
		g_assert_cmpuint (configuration.n_addresses, ==, t == 0 ? G_N_ELEMENTS (configuration.addresses) : 0);
		g_assert_cmpuint (configuration.n_dns, ==, t == 1 ? G_N_ELEMENTS (configuration.dns) : 0);
		g_assert_cmpuint (configuration.n_subnets, ==, t == 2 ? G_N_ELEMENTS (configuration.subnets) : 0);
		g_assert_cmpuint (configuration.n_domains, ==, t == 3 ? G_N_ELEMENTS (configuration.domains) : 0);
		ike_configuration_clear (&configuration);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/cp/request", test_request);
	g_test_add_func ("/ike/cp/reply", test_reply);
	g_test_add_func ("/ike/cp/no-address", test_no_address);
	g_test_add_func ("/ike/cp/family", test_family);
	g_test_add_func ("/ike/cp/limits", test_limits);
	return g_test_run ();
}
