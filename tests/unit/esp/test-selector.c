/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp/selector.h"

#include "pair.h"

enum
{
	TCP = 6,
	UDP = 17
};

static const struct
{
	const char *remote;
	guint8 protocol;
	guint16 first, last;
	gboolean fragment;
	guint8 inner_protocol;
	guint16 port;
	const char *to;
	gboolean wanted;
} rows[] = {
	{ "10.2.0.0/16", 0, 0, 65535, FALSE, UDP, 53, "10.2.0.1", TRUE },
	{ "10.2.0.0/16", 0, 0, 65535, FALSE, UDP, 53, "10.2.255.255", TRUE },
	{ "10.2.0.0/16", 0, 0, 65535, FALSE, UDP, 53, "10.3.0.0", FALSE },
	{ "10.2.0.0/16", 0, 0, 65535, FALSE, UDP, 53, "10.1.255.255", FALSE },
	{ "10.2.0.0/16", UDP, 0, 65535, FALSE, UDP, 53, "10.2.0.1", TRUE },
	{ "10.2.0.0/16", TCP, 0, 65535, FALSE, UDP, 53, "10.2.0.1", FALSE },
	{ "10.2.0.0/16", UDP, 53, 53, FALSE, UDP, 53, "10.2.0.1", TRUE },
	{ "10.2.0.0/16", UDP, 54, 60, FALSE, UDP, 53, "10.2.0.1", FALSE },
	{ "10.2.0.0/16", UDP, 50, 53, FALSE, UDP, 53, "10.2.0.1", TRUE },
	/* RFC 4301 section 4.4.1.1: the ports of a later fragment are not known. */
	{ "10.2.0.0/16", UDP, 53, 53, TRUE, UDP, 53, "10.2.0.1", FALSE },
	{ "10.2.0.0/16", UDP, 0, 65535, TRUE, UDP, 53, "10.2.0.1", TRUE },
	/* A protocol without ports matches only selectors for all ports. */
	{ "10.2.0.0/16", 0, 53, 53, FALSE, 47, 0, "10.2.0.1", FALSE },
	{ "10.2.0.0/16", 47, 0, 65535, FALSE, 47, 0, "10.2.0.1", TRUE },
};

static gboolean
matches (const EspInner *inner, const InetSelector *local, const InetSelector *remote)
{
	g_autoptr (EspSelectorSet) source = esp_selector_set_new (local, 1);
	g_autoptr (EspSelectorSet) destination = esp_selector_set_new (remote, 1);

	return esp_selector_set_match (source, inner, &inner->source, inner->source_port) &&
	       esp_selector_set_match (destination, inner, &inner->destination, inner->destination_port);
}

static void
test_match (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		InetSelector local = pair_selector ("10.1.0.1"), remote = pair_selector (rows[i].remote);
		InetAddress to;
		EspInner inner;
		guint8 packet[256];
		gsize octets = pair_inner (packet, FALSE, 20);

		remote.protocol = rows[i].protocol;
		remote.port_first = rows[i].first;
		remote.port_last = rows[i].last;
		g_assert_true (inet_address_parse (rows[i].to, &to));
		memcpy (packet + 16, to.octets, 4);
		packet[9] = rows[i].inner_protocol;
		packet[7] = rows[i].fragment ? 5 : 0;
		packet[23] = (guint8) rows[i].port;
		g_assert_cmpuint (esp_inner_parse (slice (packet, octets), &inner), ==, STATUS_OK);
		if (matches (&inner, &local, &remote) != rows[i].wanted)
			g_error ("row %u: %s", i, rows[i].wanted ? "does not match" : "matches");
	}
}

/* RFC 4301 section 4.4.1.1: ICMP type and code are one number. */
static void
test_icmp (void)
{
	guint8 packet[256];
	gsize octets = pair_inner (packet, FALSE, 20);
	InetSelector local = pair_selector ("10.1.0.1"), remote = pair_selector ("10.2.0.0/16");
	EspInner inner;

	packet[9] = 1;
	packet[20] = 8; /* echo request */
	packet[21] = 0;
	remote.protocol = local.protocol = 1;
	remote.port_first = local.port_first = 0x0800;
	remote.port_last = local.port_last = 0x08ff;
	g_assert_cmpuint (esp_inner_parse (slice (packet, octets), &inner), ==, STATUS_OK);
	g_assert_cmpuint (inner.source_port, ==, 0x0800);
	g_assert_true (matches (&inner, &local, &remote));
	packet[20] = 3;
	g_assert_cmpuint (esp_inner_parse (slice (packet, octets), &inner), ==, STATUS_OK);
	g_assert_false (matches (&inner, &local, &remote));
}

/* IPv6 extension headers in front of UDP; @chain: type, then length octet, each 8 octets long; 0 octets: none. */
static void
test_extensions (void)
{
	static const struct
	{
		guint8 types[10];
		guint8 offset; /* of the Fragment header, in its third octet */
		Status status;
		gboolean has_ports;
		guint8 protocol;
	} cases[] = {
		{ { 0 }, 0, STATUS_OK, TRUE, UDP },
		{ { 60, 43 }, 0, STATUS_OK, TRUE, UDP },
		{ { 44 }, 0, STATUS_OK, TRUE, UDP },
		{ { 44 }, 1, STATUS_OK, FALSE, UDP },
		{ { 60, 44 }, 1, STATUS_OK, FALSE, UDP },
		{ { 60, 60, 60, 60, 60, 60, 60 }, 0, STATUS_OK, TRUE, UDP },
		{ { 60, 60, 60, 60, 60, 60, 60, 60, 60 }, 0, STATUS_MALFORMED, FALSE, 0 }, /* more than anybody needs */
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		guint8 plain[256], packet[512];
		gsize octets = pair_inner (plain, TRUE, 20), n = 0;
		EspInner inner = { 0 };

		memcpy (packet, plain, 40);
		while (cases[i].types[n] != 0)
		{
			guint8 *extension = packet + 40 + 8 * n;

			packet[n == 0 ? 6 : 40 + 8 * (n - 1)] = cases[i].types[n];
			memset (extension, 0, 8);
			extension[0] = UDP;
			if (cases[i].types[n] == 44)
				extension[2] = cases[i].offset;
			n++;
		}
		memcpy (packet + 40 + 8 * n, plain + 40, octets - 40);
		packet[5] = (guint8) (octets - 40 + 8 * n);
		g_assert_cmpuint (esp_inner_parse (slice (packet, octets + 8 * n), &inner), ==, cases[i].status);
		if (cases[i].status != STATUS_OK)
			continue;
		g_assert_cmpuint (inner.protocol, ==, cases[i].protocol);
		g_assert_cmpint (inner.has_ports, ==, cases[i].has_ports);
		if (inner.has_ports)
			g_assert_cmpuint (inner.destination_port, ==, 53);
		/* Cut anywhere, it is refused and nothing is read behind it. */
		for (gsize cut = 0; cut < octets + 8 * n; cut++)
		{
			g_autofree guint8 *part = g_memdup2 (packet, MAX (cut, 1));

			g_assert_cmpuint (esp_inner_parse (slice (part, cut), &inner), !=, STATUS_OK);
		}
	}
}

/* What the rule says, selector by selector. */
static gboolean
one_holds (const InetSelector *s, const EspInner *inner, const InetAddress *address, guint16 port)
{
	gboolean any_port = s->port_first == 0 && s->port_last == G_MAXUINT16;

	return inet_range_contains (&s->range, address) && (s->protocol == 0 || s->protocol == inner->protocol) &&
	       (any_port || (inner->has_ports && s->port_first <= port && port <= s->port_last));
}

/* Few values, so that ranges overlap, touch and lie within each other. */
static InetAddress
random_address (GRand *rand)
{
	InetAddress address = { .family = g_rand_boolean (rand) ? INET_V4 : INET_V6 };
	gsize octets = inet_family_octets (address.family);

	address.octets[0] = (guint8) g_rand_int_range (rand, 0, 2);
	address.octets[octets - 1] = (guint8) g_rand_int_range (rand, 0, 250);
	return address;
}

static InetSelector
random_selector (GRand *rand)
{
	static const guint8 protocols[] = { 0, 0, 0, TCP, UDP };
	InetSelector s = { .protocol = protocols[g_rand_int_range (rand, 0, G_N_ELEMENTS (protocols))],
		               .port_last = G_MAXUINT16 };
	InetAddress a = random_address (rand), b;

	do
		b = random_address (rand);
	while (b.family != a.family);
	s.range.first = inet_address_compare (&a, &b) <= 0 ? a : b;
	s.range.last = inet_address_compare (&a, &b) <= 0 ? b : a;
	/* Mostly small ones. */
	if (g_rand_int_range (rand, 0, 4) > 0)
		s.range.last = s.range.first;
	if (g_rand_int_range (rand, 0, 3) == 0)
	{
		s.port_first = (guint16) g_rand_int_range (rand, 0, 4);
		s.port_last = (guint16) (s.port_first + g_rand_int_range (rand, 0, 3));
	}
	return s;
}

static void
test_set (void)
{
	g_autoptr (GRand) rand = g_rand_new_with_seed (4301);
	guint hits = 0, misses = 0;

	for (guint round = 0; round < 200; round++)
	{
		InetSelector selectors[60];
		gsize n = (gsize) g_rand_int_range (rand, 0, G_N_ELEMENTS (selectors) + 1);
		g_autoptr (EspSelectorSet) set = NULL;

		for (gsize i = 0; i < n; i++)
			selectors[i] = random_selector (rand);
		set = esp_selector_set_new (selectors, n);
		for (guint i = 0; i < 300; i++)
		{
			InetAddress address = random_address (rand);
			EspInner inner = { .protocol = g_rand_boolean (rand) ? TCP : UDP,
				               .has_ports = g_rand_int_range (rand, 0, 5) > 0 };
			guint16 port = (guint16) g_rand_int_range (rand, 0, 8);
			gboolean wanted = FALSE;

			for (gsize j = 0; j < n; j++)
				wanted |= one_holds (&selectors[j], &inner, &address, port);
			g_assert_cmpint (esp_selector_set_match (set, &inner, &address, port), ==, wanted);
			hits += wanted ? 1 : 0;
			misses += wanted ? 0 : 1;
		}
	}
	g_assert_cmpuint (hits, >, 1000);
	g_assert_cmpuint (misses, >, 1000);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/esp/selector/match", test_match);
	g_test_add_func ("/esp/selector/set", test_set);
	g_test_add_func ("/esp/selector/icmp", test_icmp);
	g_test_add_func ("/esp/selector/extensions", test_extensions);
	return g_test_run ();
}
