/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/inet.h"

static InetAddress
address (const char *text)
{
	InetAddress parsed = { 0 };

	g_assert_true (inet_address_parse (text, &parsed));
	return parsed;
}

static void
test_address (void)
{
	static const char *const good[] = { "0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "2001:db8::1", "fe80::1" };
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "2001:db8", "[::1]", "1.2.3.4 ", "a.b" };
	char text[INET_TEXT_OCTETS];

	for (guint i = 0; i < G_N_ELEMENTS (good); i++)
	{
		InetAddress parsed = address (good[i]);
		InetAddress decoded;

		g_assert_cmpstr (inet_address_to_text (&parsed, text), ==, good[i]);
		g_assert_cmpuint (inet_address_decode (inet_address_view (&parsed), &decoded), ==, STATUS_OK);
		g_assert_true (inet_address_equal (&parsed, &decoded));
	}
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
	{
		InetAddress parsed;

		g_assert_false (inet_address_parse (bad[i], &parsed));
	}
	for (gsize octets = 0; octets < 32; octets++)
	{
		static const guint8 zeros[32];
		InetAddress decoded;

		g_assert_cmpuint (inet_address_decode (slice (zeros, octets), &decoded), ==,
		                  octets == 4 || octets == 16 ? STATUS_OK : STATUS_MALFORMED);
	}
}

static void
test_kinds (void)
{
	static const struct
	{
		const char *text;
		gboolean loopback, multicast, link_local, unspecified;
	} rows[] = {
		{ "127.3.2.1", 1, 0, 0, 0 },       { "::1", 1, 0, 0, 0 },
		{ "224.0.0.1", 0, 1, 0, 0 },       { "ff02::1", 0, 1, 0, 0 },
		{ "169.254.9.9", 0, 0, 1, 0 },     { "fe80::9", 0, 0, 1, 0 },
		{ "0.0.0.0", 0, 0, 0, 1 },         { "::", 0, 0, 0, 1 },
		{ "10.0.0.1", 0, 0, 0, 0 },        { "fd00::1", 0, 0, 0, 0 },
		{ "126.255.255.255", 0, 0, 0, 0 }, { "fec0::1", 0, 0, 0, 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		InetAddress parsed = address (rows[i].text);

		g_assert_cmpint (inet_address_is_loopback (&parsed), ==, rows[i].loopback);
		g_assert_cmpint (inet_address_is_multicast (&parsed), ==, rows[i].multicast);
		g_assert_cmpint (inet_address_is_link_local (&parsed), ==, rows[i].link_local);
		g_assert_cmpint (inet_address_is_unspecified (&parsed), ==, rows[i].unspecified);
	}
}

static void
test_endpoint (void)
{
	static const char *const good[] = { "192.0.2.1:500", "[2001:db8::1]:4500", "0.0.0.0:0" };
	static const char *const bad[] = { "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "2001:db8::1:500", "[192.0.2.1]:5",
		                               "x:1",       ":1",         "192.0.2.1:+5" };
	char text[INET_TEXT_OCTETS];
	InetEndpoint endpoint;

	for (guint i = 0; i < G_N_ELEMENTS (good); i++)
	{
		g_assert_true (inet_endpoint_parse (good[i], &endpoint));
		g_assert_cmpstr (inet_endpoint_to_text (&endpoint, text), ==, good[i]);
	}
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
		g_assert_false (inet_endpoint_parse (bad[i], &endpoint));
}

static void
test_prefix (void)
{
	static const char *const good[] = { "10.1.0.0/16", "0.0.0.0/0", "::/0", "2001:db8::/32", "10.0.0.1/32" };
	static const char *const bad[] = { "10.1.0.1/16", "10.0.0.0/33", "::/129",         "10.0.0.0/",
		                               "10.0.0.0/-1", "/8",          "2001:db8::1/64", "10.0.0.0/8/8" };
	char text[INET_TEXT_OCTETS];
	InetPrefix prefix;

	for (guint i = 0; i < G_N_ELEMENTS (good); i++)
	{
		g_assert_true (inet_prefix_parse (good[i], &prefix));
		g_assert_cmpstr (inet_prefix_to_text (&prefix, text), ==, good[i]);
	}
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
		g_assert_false (inet_prefix_parse (bad[i], &prefix));
	g_assert_true (inet_prefix_parse ("10.9.8.7", &prefix));
	g_assert_cmpuint (prefix.bits, ==, 32);
	g_assert_true (inet_prefix_parse ("10.1.0.0/16", &prefix));
	InetAddress inside = address ("10.1.255.255"), outside = address ("10.2.0.0"), other = address ("::1");
	g_assert_true (inet_prefix_contains (&prefix, &inside));
	g_assert_false (inet_prefix_contains (&prefix, &outside));
	g_assert_false (inet_prefix_contains (&prefix, &other));
}

static char *
prefixes_text (const char *first, const char *last)
{
	g_autoptr (GArray) prefixes = g_array_new (FALSE, FALSE, sizeof (InetPrefix));
	InetRange range = { address (first), address (last) };
	GString *joined = g_string_new (NULL);
	char text[INET_TEXT_OCTETS];

	inet_range_prefixes (&range, prefixes);
	for (guint i = 0; i < prefixes->len; i++)
		g_string_append_printf (joined, "%s%s", i > 0 ? " " : "",
		                        inet_prefix_to_text (&g_array_index (prefixes, InetPrefix, i), text));
	return g_string_free (joined, FALSE);
}

static void
test_range_prefixes (void)
{
	static const struct
	{
		const char *first, *last, *want;
	} rows[] = {
		{ "0.0.0.0", "255.255.255.255", "0.0.0.0/0" },
		{ "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0" },
		{ "10.1.0.0", "10.1.255.255", "10.1.0.0/16" },
		{ "10.0.0.1", "10.0.0.1", "10.0.0.1/32" },
		{ "10.0.0.1", "10.0.0.6", "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32" },
		{ "255.255.255.254", "255.255.255.255", "255.255.255.254/31" },
		{ "2001:db8::", "2001:db8::2", "2001:db8::/127 2001:db8::2/128" },
		{ "10.0.0.2", "10.0.0.1", "" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autofree char *got = prefixes_text (rows[i].first, rows[i].last);

		g_assert_cmpstr (got, ==, rows[i].want);
	}
	/* The worst case of each family stays small. */
	g_autoptr (GArray) prefixes = g_array_new (FALSE, FALSE, sizeof (InetPrefix));
	InetRange worst = { address ("::1"), address ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe") };
	inet_range_prefixes (&worst, prefixes);
	g_assert_cmpuint (prefixes->len, ==, 254);
}

static void
test_selector (void)
{
	InetSelector any = inet_selector_any (INET_V4);
	InetAddress host = address ("10.0.0.9");
	InetSelector one = inet_selector_host (&host);
	InetSelector dns = one;
	InetSelector odd = any;
	char text[INET_TEXT_OCTETS];

	dns.protocol = 17;
	dns.port_first = dns.port_last = 53;
	g_assert_cmpstr (inet_selector_to_text (&any, text), ==, "0.0.0.0/0");
	g_assert_cmpstr (inet_selector_to_text (&one, text), ==, "10.0.0.9/32");
	g_assert_cmpstr (inet_selector_to_text (&dns, text), ==, "10.0.0.9/32 udp/53");
	odd.range.first = address ("10.0.0.1");
	odd.range.last = address ("10.0.0.6");
	odd.protocol = 99;
	odd.port_first = 1;
	odd.port_last = 2;
	g_assert_cmpstr (inet_selector_to_text (&odd, text), ==, "10.0.0.1-10.0.0.6 99/1-2");
	g_assert_true (inet_selector_contains (&any, &one));
	g_assert_true (inet_selector_contains (&one, &dns));
	g_assert_false (inet_selector_contains (&dns, &one));
	g_assert_false (inet_selector_contains (&one, &any));
	InetSelector six = inet_selector_any (INET_V6);
	InetSelector both;

	g_assert_false (inet_selector_contains (&any, &six));
	g_assert_false (inet_selector_intersect (&any, &six, &both));
	g_assert_true (inet_selector_intersect (&any, &dns, &both));
	g_assert_cmpstr (inet_selector_to_text (&both, text), ==, "10.0.0.9/32 udp/53");
	g_assert_false (inet_selector_intersect (&odd, &dns, &both));
	odd.protocol = 17;
	odd.port_last = 60;
	odd.range.last = address ("10.0.0.20");
	g_assert_true (inet_selector_intersect (&dns, &odd, &both));
	g_assert_cmpstr (inet_selector_to_text (&both, text), ==, "10.0.0.9/32 udp/53");
}

static void
test_usable (void)
{
	static const char *const usable[] = { "10.1.2.3",        "192.0.2.1",   "1.0.0.0",
		                                  "223.255.255.255", "2001:db8::1", "fd00::1" };
	static const char *const not [] = { "0.0.0.0",   "0.1.2.3",   "127.0.0.1",       "169.254.7.7",
		                                "224.0.0.1", "240.0.0.1", "255.255.255.255", "::",
		                                "::1",       "fe80::1",   "febf::1",         "ff02::1" };
	const InetAddress none = { 0 };

	for (guint i = 0; i < G_N_ELEMENTS (usable) + G_N_ELEMENTS (not ); i++)
	{
		const gboolean wanted = i < G_N_ELEMENTS (usable);
		InetAddress address;

		g_assert_true (inet_address_parse (wanted ? usable[i] : not [i - G_N_ELEMENTS (usable)], &address));
		g_assert_cmpint (inet_address_is_usable (&address), ==, wanted);
	}
	g_assert_false (inet_address_is_usable (&none));
}

static void
test_domain (void)
{
	g_autofree char *label = g_strnfill (63, 'a');
	g_autofree char *longest = g_strdup_printf ("%s.%s.%s.%.61s", label, label, label, label);
	g_autofree char *too_long = g_strdup_printf ("%s.%s.%s.%.62s", label, label, label, label);
	g_autofree char *long_label = g_strconcat (label, "a.test", NULL);
	const char *const clean[] = { "test", "corp.test", "corp.test.", "a-b.x1.test", longest };
	const char *const not [] = { "",     ".",    "a..b",   ".a",  "-a.test",  "a-.test", "a-",      "a b",
		                         "a\nb", "a\tb", "ä.test", "a/b", "a.test..", too_long,  long_label };

	for (guint i = 0; i < G_N_ELEMENTS (clean); i++)
		g_assert_true (inet_domain_is_clean (slice_text (clean[i])));
	for (guint i = 0; i < G_N_ELEMENTS (not ); i++)
		g_assert_false (inet_domain_is_clean (slice_text (not [i])));
	g_assert_false (inet_domain_is_clean (slice ((const guint8 *) "a\0b", 3)));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/inet/address", test_address);
	g_test_add_func ("/inet/kinds", test_kinds);
	g_test_add_func ("/inet/endpoint", test_endpoint);
	g_test_add_func ("/inet/prefix", test_prefix);
	g_test_add_func ("/inet/range-prefixes", test_range_prefixes);
	g_test_add_func ("/inet/selector", test_selector);
	g_test_add_func ("/inet/usable", test_usable);
	g_test_add_func ("/inet/domain", test_domain);
	return g_test_run ();
}
