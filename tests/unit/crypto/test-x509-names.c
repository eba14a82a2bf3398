/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "question.h"

/* The names of each certificate, and which of the wanted ones it proves. */
static const char wanted_email[] = "vpn@moon.example", wanted_dns[] = "moon.example";
static const guint8 wanted_ip4[] = { 192, 0, 2, 1 };
static const guint8 wanted_ip6[] = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };

typedef enum
{
	WANT_DNS,
	WANT_EMAIL,
	WANT_IP4,
	WANT_IP6,
	WANT_DN,
	WANT_COUNT
} Want;

#define IP4 { { 192, 0, 2, 1 } }, .ip_octets = { 4 }
#define IP6 { { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } }, .ip_octets = { 16 }

static const struct
{
	TestCertOptions o;
	const char *proves; /* dns, email, ip4, ip6, dn */
} name_cases[] = {
	{ { .dn = "CN=a", .dns = { "moon.example" } }, "y...." },
	{ { .dn = "CN=a", .dns = { "MOON.Example" } }, "y...." },
	{ { .dn = "CN=a", .dns = { "sun.example", "moon.example" } }, "y...." },
	{ { .dn = "CN=a", .dns = { "sun.example" } }, "....." },
	{ { .dn = "CN=a", .dns = { "*.example" } }, "....." }, /* a wildcard needs two labels behind it */
	{ { .dn = "CN=a", .dns = { "moon.example." } }, "....." },
	{ { .dn = "CN=a", .dns = { "xmoon.example" } }, "....." },
	{ { .dn = "CN=a", .dns = { "moon.example.org" } }, "....." },
	{ { .dn = "CN=a", .dns = { "example" } }, "....." },
	{ { .dn = "CN=a", .dns = { "192.0.2.1" } }, "....." },
	{ { .dn = "CN=a", .dns = { "2001:db8::1" } }, "....." },
	{ { .dn = "CN=a", .dns = { "vpn@moon.example" } }, "....." },
	{ { .dn = "CN=a", .emails = { "vpn@moon.example" } }, ".y..." },
	{ { .dn = "CN=a", .emails = { "vpn@MOON.EXAMPLE" } }, ".y..." },
	{ { .dn = "CN=a", .emails = { "VPN@moon.example" } }, "....." },
	{ { .dn = "CN=a", .emails = { "vpn@sun.example" } }, "....." },
	{ { .dn = "CN=a", .emails = { "moon.example" } }, "....." },
	{ { .dn = "CN=a", .emails = { "@moon.example" } }, "....." },
	{ { .dn = "CN=a", .ip = IP4 }, "..y.." },
	{ { .dn = "CN=a", .ip = { { 192, 0, 2, 2 } }, .ip_octets = { 4 } }, "....." },
	{ { .dn = "CN=a", .ip = IP6 }, "...y." },
	{ { .dn = "CN=a", .ip = { { 0x20, 0x01, 0x0d, 0xb8, [15] = 2 } }, .ip_octets = { 16 } }, "....." },
	/* 192.0.2.1 as an IPv4-mapped IPv6 address is another name. */
	{ { .dn = "CN=a",
	    .ip = { { [10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = 1 } },
	    .ip_octets = { 16 } },
	  "....." },
	{ { .dn = "CN=a", .uri = "https://moon.example/" }, "....." },
	{ { .dn = "CN=a", .uri = "moon.example" }, "....." },
	/* Never the CN. */
	{ { .dn = "CN=moon.example" }, "....." },
	{ { .dn = "CN=192.0.2.1" }, "....." },
	{ { .dn = "CN=vpn@moon.example" }, "....." },
	{ { .dn = "EMAIL=vpn@moon.example" }, "....." },
	{ { .dn = "CN=moon.example", .dns = { "sun.example" } }, "....." },
	{ { .dn = "CN=moon,O=Example,C=CH" }, "....y" },
	{ { .dn = "CN=moon,O=Example,C=CH", .dns = { "moon.example" } }, "y...y" },
	{ { .dn = "CN=moon,O=Example,C=DE" }, "....." },
	{ { .dn = "CN=moon,C=CH" }, "....." },
	{ { .dn = "CN=Moon,O=Example,C=CH" }, "....." },
	{ { .dn = "OU=x,CN=moon,O=Example,C=CH" }, "....." },
	{ { .dn = "CN=moon,OU=x,O=Example,C=CH" }, "....." },
	{ { .dn = "CN=all",
	    .dns = { "moon.example" },
	    .emails = { "vpn@moon.example" },
	    .ip = { { 192, 0, 2, 1 }, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
	    .ip_octets = { 4, 16 } },
	  "yyyy." },
};

static void
test_names (void)
{
	g_autoptr (GBytes) dn = NULL;

	g_assert_cmpint (x509_dn_from_text ("C=CH, O=Example, CN=moon", &dn), ==, STATUS_OK);
	for (gsize i = 0; i < G_N_ELEMENTS (name_cases); i++)
	{
		const X509NameType types[WANT_COUNT] = { X509_NAME_DNS, X509_NAME_EMAIL, X509_NAME_IP, X509_NAME_IP,
			                                     X509_NAME_DN };
		const Slice names[WANT_COUNT] = { slice_text (wanted_dns), slice_text (wanted_email), SLICE_ARRAY (wanted_ip4),
			                              SLICE_ARRAY (wanted_ip6), slice_bytes (dn) };
		TestCertOptions o = name_cases[i].o;
		g_autoptr (TestCert) cert = NULL;
		g_auto (Ask) a = ASK;

		o.issuer = the_ca ();
		cert = test_cert_new (&o);
		ask_send (&a, cert);
		ask_trust (&a, the_ca ());
		for (guint want = 0; want < WANT_COUNT; want++)
		{
			a.name_type = types[want];
			a.name = names[want];
			if (ask (&a) != (name_cases[i].proves[want] == 'y' ? STATUS_OK : STATUS_GATEWAY_NAME))
				g_error ("case %zu, name %u", i, want);
		}
	}
}

/* The name in the certificate, the wanted one. */
static const struct
{
	const char *pattern;
	const char *name;
	gboolean matches;
} wildcard_cases[] = {
	{ "*.moon.example", "vpn.moon.example", TRUE },
	{ "*.MOON.example", "VPN.moon.EXAMPLE", TRUE },
	{ "*.moon.example", "vpn.moon.example.", TRUE },
	{ "moon.example", "moon.example.", TRUE },
	{ "*.moon.example", "moon.example", FALSE },
	{ "*.moon.example", "a.b.moon.example", FALSE },
	{ "*.moon.example", ".moon.example", FALSE },
	{ "*.moon.example", "*.moon.example", FALSE },
	{ "*.moon.example", "vpn.moon.example..", FALSE },
	{ "*.moon.example", "", FALSE },
	{ "*.moon.example", ".", FALSE },
	{ "*.example", "moon.example", FALSE },
	{ "*", "moon", FALSE },
	{ "*.", "moon.", FALSE },
	{ "*.*.example", "a.b.example", FALSE },
	{ "v*.moon.example", "vpn.moon.example", FALSE },
	{ "*n.moon.example", "vpn.moon.example", FALSE },
	{ "vpn.*.example", "vpn.moon.example", FALSE },
	{ "**.moon.example", "vpn.moon.example", FALSE },
	{ "xn--*.moon.example", "xn--a.moon.example", FALSE },
	{ "vpn moon.example", "vpn moon.example", FALSE },
	{ "vpn/moon.example", "vpn/moon.example", FALSE },
	{ "vpn..example", "vpn..example", FALSE },
	{ ".moon.example", "vpn.moon.example", FALSE },
	{ "vpn_1.moon.example", "vpn_1.moon.example", TRUE },
	{ "xn--mnchen-3ya.example", "xn--mnchen-3ya.example", TRUE },
};

static void
test_wildcards (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (wildcard_cases); i++)
	{
		TestCertOptions o = { .dn = "CN=a", .issuer = the_ca (), .dns = { wildcard_cases[i].pattern } };
		g_autoptr (TestCert) cert = test_cert_new (&o);
		g_auto (Ask) a = ASK;

		ask_send (&a, cert);
		ask_trust (&a, the_ca ());
		a.name = slice_text (wildcard_cases[i].name);
		g_test_message ("%s for %s", wildcard_cases[i].pattern, wildcard_cases[i].name);
		g_assert_cmpint (ask (&a), ==, wildcard_cases[i].matches ? STATUS_OK : STATUS_GATEWAY_NAME);
	}
}

/* subjectAltName extensions as octets: what no library would make. */
static const struct
{
	const char *hex;
	const char *why;
} odd_names[] = {
	{ "301482126d6f6f6e2e6578616d706c65002e6576696c", "a NUL within" },
	{ "302182126d6f6f6e2e6578616d706c65002e6576696c820b73756e2e6578616d706c65", "the same and another one" },
	{ "3022820c6d6f6f6e2e6578616d706c6582126d6f6f6e2e6578616d706c65002e6576696c",
	  "the right name before one with a NUL" },
	{ "301c820c6d6f6f6e2e6578616d706c65820c73756e0a2e6578616d706c65", "the right name before one with a line end" },
	{ "300f820d6d6f6f6e2e6578616d706c6500", "NUL at the end" },
	{ "300f820d6d6f6f6e2e6578c3a46d706c65", "octets above 7f" },
	{ "3000", "no name" },
	{ "30068704c0000201", "an address" },
};

static void
test_odd_names (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (odd_names); i++)
	{
		g_test_message ("%s", odd_names[i].why);
		g_assert_cmpint (
		    ask_leaf ((TestCertOptions){ .dn = "CN=moon.example", .alternative_name_hex = odd_names[i].hex }), ==,
		    STATUS_GATEWAY_NAME);
	}
}

/* Addresses of 3, 5, 8 octets are no addresses, also where the question is as wrong. */
static void
test_odd_addresses (void)
{
	static const char *const extensions[] = { "30058703c00002", "30078705c000020100", "300a8708c0000201ffffffff" };

	for (gsize i = 0; i < G_N_ELEMENTS (extensions); i++)
	{
		TestCertOptions o = { .dn = "CN=a", .issuer = the_ca (), .alternative_name_hex = extensions[i] };
		g_autoptr (TestCert) cert = test_cert_new (&o);
		g_autoptr (GBytes) der = octets_from_hex (extensions[i]);
		g_auto (Ask) a = ASK;

		ask_send (&a, cert);
		ask_trust (&a, the_ca ());
		a.name_type = X509_NAME_IP;
		a.name = SLICE_ARRAY (wanted_ip4);
		g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_NAME);
		a.name = slice (slice_bytes (der).data + 4, slice_bytes (der).len - 4);
		g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_NAME);
	}
}

/* One sentence must tell what to do: the names of both sides, and no more octets than promised, whatever is in them. */
static void
test_details (void)
{
	TestCertOptions o = { .dn = "CN=moon", .issuer = the_ca (), .dns = { "moon.example" }, .ip = IP4 };
	TestCertOptions cn_only = { .dn = "CN=vpn.example.org", .issuer = the_ca () };
	g_autofree char *long_label = g_strnfill (60, 'x');
	g_autofree char *long_name = g_strjoin (".", long_label, long_label, long_label, long_label, NULL);
	TestCertOptions many = { .dn = "CN=moon",
		                     .issuer = the_ca (),
		                     .dns = { long_name, long_name, long_name, long_name } };
	const TestCertOptions *all[] = { &o, &cn_only, &many };
	static const char *const wanted[] = { "it is made for moon.example, 192.0.2.1; wanted: vpn.example.org",
		                                  "CN=vpn.example.org", "wanted: vpn.example.org" };

	for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
	{
		g_autoptr (TestCert) cert = test_cert_new (all[i]);
		g_autofree char *detail = NULL;
		g_auto (Ask) a = ASK;

		ask_send (&a, cert);
		ask_trust (&a, the_ca ());
		a.name = SLICE_LITERAL ("vpn.example.org");
		g_assert_cmpint (ask_detail (&a, &detail), ==, STATUS_GATEWAY_NAME);
		g_assert_nonnull (strstr (detail, wanted[i]));
	}
}

static void
test_hostile_details (void)
{
	/* dNSName: U+202E (what follows runs backwards), an octet that is no UTF-8, and <b> */
	TestCertOptions o = { .dn = "CN=moon",
		                  .issuer = the_ca (),
		                  .alternative_name_hex = "300c820a615de280aeff3c623e62" };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	g_autofree char *detail = NULL;
	g_autofree guint8 *huge = g_malloc (4096);
	g_auto (Ask) a = ASK;

	ask_send (&a, cert);
	ask_trust (&a, the_ca ());
	g_assert_cmpint (ask_detail (&a, &detail), ==, STATUS_GATEWAY_NAME);
	g_assert_null (strstr (detail, "\xe2\x80\xae"));
	for (guint i = 0; i < 3; i++)
	{
		const X509NameType types[] = { X509_NAME_DNS, X509_NAME_EMAIL, X509_NAME_DN };

		memset (huge, i == 0 ? 'x' : i == 1 ? 0xff : 0x01, 4096);
		a.name_type = types[i];
		a.name = slice (huge, 4096);
		g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_NAME);
		a.name = SLICE_NONE;
		g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_NAME);
	}
}

/* DN: the kind of string is the issuer's taste, the order and the text are not. */
static void
test_dn_equal (void)
{
	/* C=CH, CN=moon: Printable and UTF8; both Printable; T61 for the CN; the parts in the other order */
	static const char *const names[] = {
		"301c310b3009060355040613024348310d300b06035504030c046d6f6f6e",
		"301c310b3009060355040613024348310d300b0603550403130 46d6f6f6e",
		"301c310b3009060355040613024348310d300b0603550403140 46d6f6f6e",
		"301c310d300b06035504030c046d6f6f6e310b3009060355040613024348",
		"300f310d300b06035504030c046d6f6f6e",
		"3000",
	};
	GBytes *der[G_N_ELEMENTS (names)];

	for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
	{
		g_auto (GStrv) parts = g_strsplit (names[i], " ", -1);
		g_autofree char *hex = g_strjoinv (NULL, parts);

		der[i] = octets_from_hex (hex);
	}
	for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
		for (gsize j = 0; j < G_N_ELEMENTS (names); j++)
			g_assert_true (x509_dn_equal (slice_bytes (der[i]), slice_bytes (der[j])) == (i == j || i + j == 1));
	g_assert_false (x509_dn_equal (slice_bytes (der[0]), SLICE_NONE));
	g_assert_false (x509_dn_equal (SLICE_NONE, SLICE_NONE));
	g_assert_false (x509_dn_equal (SLICE_LITERAL ("a"), slice_bytes (der[0])));
	for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
		g_bytes_unref (der[i]);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/x509-names/names", test_names);
	g_test_add_func ("/crypto/x509-names/wildcards", test_wildcards);
	g_test_add_func ("/crypto/x509-names/odd-names", test_odd_names);
	g_test_add_func ("/crypto/x509-names/odd-addresses", test_odd_addresses);
	g_test_add_func ("/crypto/x509-names/details", test_details);
	g_test_add_func ("/crypto/x509-names/hostile-details", test_hostile_details);
	g_test_add_func ("/crypto/x509-names/dn-equal", test_dn_equal);
	return g_test_run ();
}
