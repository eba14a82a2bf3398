/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "question.h"

static void
test_good (void)
{
	g_assert_cmpint (ask_leaf ((TestCertOptions){ .dn = "CN=moon", .dns = { "moon.example" } }), ==, STATUS_OK);
	g_assert_cmpint (ask_leaf ((TestCertOptions){ .dns = { "moon.example" } }), ==, STATUS_OK);
}

static void
test_validity (void)
{
	const gint64 from = TEST_NOW, until = TEST_NOW + 100;
	TestCertOptions o = { .dn = "CN=a", .issuer = the_ca (), .dns = { "moon.example" }, .from = from, .until = until };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	static const struct
	{
		gint64 offset;
		Status wanted;
	} times[] = {
		{ -1, STATUS_GATEWAY_VALIDITY },
		{ 0, STATUS_OK },
		{ 50, STATUS_OK },
		{ 100, STATUS_OK },
		{ 101, STATUS_GATEWAY_VALIDITY },
		{ -1767225600, STATUS_GATEWAY_VALIDITY },
		{ 86400, STATUS_GATEWAY_VALIDITY },
		{ G_MAXINT32, STATUS_GATEWAY_VALIDITY },
		{ -(gint64) G_MAXINT32 * 4, STATUS_GATEWAY_VALIDITY },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (times); i++)
	{
		g_auto (Ask) a = ASK;

		ask_send (&a, cert);
		ask_trust (&a, the_ca ());
		a.now_s = from + times[i].offset;
		g_assert_cmpint (ask (&a), ==, times[i].wanted);
	}
}

/* The dates of the intermediate and of the anchor count as well. */
static void
test_validity_of_issuers (void)
{
	for (guint expired = 0; expired < 2; expired++)
	{
		TestCertOptions ro = { .dn = "CN=Root", .ca = TRUE, .until = expired == 0 ? TEST_NOW - 1 : TEST_UNTIL };
		g_autoptr (TestCert) root = test_cert_new (&ro);
		TestCertOptions io = {
			.dn = "CN=Sub", .ca = TRUE, .issuer = root, .from = expired == 1 ? TEST_NOW + 1 : TEST_FROM
		};
		g_autoptr (TestCert) sub = test_cert_new (&io);
		TestCertOptions lo = { .dn = "CN=a", .issuer = sub, .dns = { "moon.example" } };
		g_autoptr (TestCert) leaf = test_cert_new (&lo);
		g_autofree char *detail = NULL;
		g_auto (Ask) a = ASK;

		ask_send (&a, leaf);
		ask_send (&a, sub);
		ask_trust (&a, root);
		g_assert_cmpint (ask_detail (&a, &detail), ==, STATUS_GATEWAY_VALIDITY);
		g_assert_nonnull (strstr (detail, expired == 0 ? "CN=Root" : "CN=Sub"));
	}
}

/* A certificate of RFC 5280 section 4.1.2.5 without an end. */
static void
test_no_end (void)
{
	TestCertOptions o = { .dn = "CN=a", .issuer = the_ca (), .dns = { "moon.example" }, .until = 253402300799 };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	g_auto (Ask) a = ASK;

	ask_send (&a, cert);
	ask_trust (&a, the_ca ());
	g_assert_cmpint (ask (&a), ==, STATUS_OK);
}

static const struct
{
	guint key_usage;
	const char *purposes[3];
	Status with_file;   /* ca= is a file */
	Status with_system; /* ca=system */
} usage_cases[] = {
	{ 0, { NULL }, STATUS_OK, STATUS_GATEWAY_KEY_USAGE },
	{ KU_SIGN, { NULL }, STATUS_OK, STATUS_GATEWAY_KEY_USAGE },
	{ GNUTLS_KEY_NON_REPUDIATION, { GNUTLS_KP_TLS_WWW_SERVER }, STATUS_OK, STATUS_OK },
	{ KU_SIGN | GNUTLS_KEY_KEY_ENCIPHERMENT, { GNUTLS_KP_TLS_WWW_SERVER }, STATUS_OK, STATUS_OK },
	{ GNUTLS_KEY_KEY_ENCIPHERMENT, { GNUTLS_KP_TLS_WWW_SERVER }, STATUS_GATEWAY_KEY_USAGE, STATUS_GATEWAY_KEY_USAGE },
	{ GNUTLS_KEY_KEY_ENCIPHERMENT, { NULL }, STATUS_GATEWAY_KEY_USAGE, STATUS_GATEWAY_KEY_USAGE },
	{ GNUTLS_KEY_KEY_AGREEMENT, { NULL }, STATUS_GATEWAY_KEY_USAGE, STATUS_GATEWAY_KEY_USAGE },
	{ KU_CA, { NULL }, STATUS_GATEWAY_KEY_USAGE, STATUS_GATEWAY_KEY_USAGE },
	{ 0, { GNUTLS_KP_TLS_WWW_SERVER }, STATUS_OK, STATUS_OK },
	{ 0, { OID_IPSEC_IKE }, STATUS_OK, STATUS_OK },
	{ 0, { OID_IKE_INTERMEDIATE }, STATUS_OK, STATUS_GATEWAY_KEY_USAGE },
	{ 0, { GNUTLS_KP_ANY }, STATUS_OK, STATUS_GATEWAY_KEY_USAGE },
	{ 0, { GNUTLS_KP_TLS_WWW_CLIENT }, STATUS_GATEWAY_KEY_USAGE, STATUS_GATEWAY_KEY_USAGE },
	{ 0, { GNUTLS_KP_CODE_SIGNING, GNUTLS_KP_EMAIL_PROTECTION }, STATUS_GATEWAY_KEY_USAGE, STATUS_GATEWAY_KEY_USAGE },
	{ 0, { GNUTLS_KP_TLS_WWW_CLIENT, GNUTLS_KP_TLS_WWW_SERVER }, STATUS_OK, STATUS_OK },
	{ 0, { GNUTLS_KP_TLS_WWW_CLIENT, OID_IKE_INTERMEDIATE, OID_IPSEC_IKE }, STATUS_OK, STATUS_OK },
};

static void
test_usage (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (usage_cases); i++)
	{
		TestCertOptions o = { .dn = "CN=a",
			                  .issuer = the_ca (),
			                  .dns = { "moon.example" },
			                  .key_usage = usage_cases[i].key_usage,
			                  .purposes = { usage_cases[i].purposes[0], usage_cases[i].purposes[1],
			                                usage_cases[i].purposes[2] } };
		g_autoptr (TestCert) cert = test_cert_new (&o);
		g_auto (Ask) a = ASK;

		ask_send (&a, cert);
		ask_trust (&a, the_ca ());
		g_test_message ("case %zu", i);
		g_assert_cmpint (ask (&a), ==, usage_cases[i].with_file);
		a.system = TRUE;
		g_assert_cmpint (ask (&a), ==, usage_cases[i].with_system);
	}
}

static void
test_wrong_ca (void)
{
	/* Another key, the same name. */
	TestCertOptions fo = { .dn = "CN=Test CA,O=Example", .ca = TRUE, .key_usage = KU_CA };
	TestCertOptions oo = { .dn = "CN=Other CA", .ca = TRUE };
	g_autoptr (TestCert) forged = test_cert_new (&fo), other = test_cert_new (&oo);
	TestCertOptions self = { .dn = "CN=moon", .dns = { "moon.example" } };
	TestCertOptions self_ca = { .dn = "CN=Test CA,O=Example", .ca = TRUE, .dns = { "moon.example" } };
	TestCertOptions good = { .dn = "CN=moon", .issuer = the_ca (), .dns = { "moon.example" } };
	g_autoptr (TestCert) honest = test_cert_new (&good);

	g_assert_cmpint (ask_leaf ((TestCertOptions){ .dn = "CN=a", .issuer = forged, .dns = { "moon.example" } }), ==,
	                 STATUS_GATEWAY_CHAIN);
	g_assert_cmpint (ask_leaf ((TestCertOptions){ .dn = "CN=a", .issuer = other, .dns = { "moon.example" } }), ==,
	                 STATUS_GATEWAY_CHAIN);
	for (guint i = 0; i < 2; i++)
	{
		g_autoptr (TestCert) cert = test_cert_new (i == 0 ? &self : &self_ca);
		g_auto (Ask) a = ASK;

		ask_send (&a, cert);
		ask_trust (&a, the_ca ());
		g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_CHAIN);
		/* What it sends along is no anchor. */
		ask_send (&a, cert);
		ask_send (&a, the_ca ());
		g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_CHAIN);
	}
	for (guint i = 0; i < 2; i++)
	{
		/* Both of one name in the file, in either order: the right one is found. */
		g_auto (Ask) a = ASK;

		ask_send (&a, honest);
		ask_trust (&a, i == 0 ? the_ca () : forged);
		ask_trust (&a, i == 0 ? forged : the_ca ());
		g_assert_cmpint (ask (&a), ==, STATUS_OK);
	}
}

typedef struct
{
	TestCert *root, *sub, *subsub, *leaf;
} Line;

static void
line_init (Line *line)
{
	TestCertOptions ro = { .dn = "CN=Root", .ca = TRUE, .key_usage = KU_CA };
	TestCertOptions so = { .dn = "CN=Sub", .ca = TRUE, .key_usage = KU_CA };
	TestCertOptions to = { .dn = "CN=Sub of Sub", .ca = TRUE, .key_usage = KU_CA };
	TestCertOptions lo = { .dn = "CN=moon", .dns = { "moon.example" } };

	line->root = test_cert_new (&ro);
	so.issuer = line->root;
	line->sub = test_cert_new (&so);
	to.issuer = line->sub;
	line->subsub = test_cert_new (&to);
	lo.issuer = line->subsub;
	line->leaf = test_cert_new (&lo);
}

static void
line_clear (Line *line)
{
	test_cert_free (line->root);
	test_cert_free (line->sub);
	test_cert_free (line->subsub);
	test_cert_free (line->leaf);
}

/* The gateway's own first (0), then what the string says: s sub, t sub of sub, r root, x a stray, ! no certificate */
static void
test_order (void)
{
	static const struct
	{
		const char *sent;
		Status wanted;
	} cases[] = {
		{ "ts", STATUS_OK },
		{ "st", STATUS_OK },
		{ "tsr", STATUS_OK },
		{ "rst", STATUS_OK },
		{ "srt", STATUS_OK },
		{ "xtxsx", STATUS_OK },
		{ "xxxxst", STATUS_OK },
		{ "ttss", STATUS_OK },
		{ "!t!s", STATUS_OK },
		{ "0ts", STATUS_OK },
		{ "ttttsss", STATUS_OK },
		{ "", STATUS_GATEWAY_CHAIN },
		{ "t", STATUS_GATEWAY_CHAIN },
		{ "s", STATUS_GATEWAY_CHAIN },
		{ "sr", STATUS_GATEWAY_CHAIN },
		{ "tr", STATUS_GATEWAY_CHAIN },
		{ "xxr", STATUS_GATEWAY_CHAIN },
	};
	TestCertOptions xo = { .dn = "CN=Stray", .ca = TRUE };
	g_autoptr (TestCert) stray = test_cert_new (&xo);
	Line line;

	line_init (&line);
	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_auto (Ask) a = ASK;

		ask_send (&a, line.leaf);
		for (const char *at = cases[i].sent; *at != '\0'; at++)
			if (*at == '!')
				a.certificates[a.n++] = SLICE_LITERAL ("no certificate");
			else
				ask_send (&a, *at == 's'   ? line.sub
				              : *at == 't' ? line.subsub
				              : *at == 'r' ? line.root
				              : *at == 'x' ? stray
				                           : line.leaf);
		ask_trust (&a, line.root);
		g_test_message ("%s", cases[i].sent);
		g_assert_cmpint (ask (&a), ==, cases[i].wanted);
	}
	line_clear (&line);
}

/* An anchor need not sign itself: with the intermediate in the file the root is not asked for. */
static void
test_intermediate_anchor (void)
{
	g_auto (Ask) a = ASK;
	Line line;

	line_init (&line);
	ask_send (&a, line.leaf);
	ask_trust (&a, line.subsub);
	g_assert_cmpint (ask (&a), ==, STATUS_OK);
	ask_send (&a, line.subsub);
	ask_send (&a, line.sub);
	ask_send (&a, line.root);
	g_assert_cmpint (ask (&a), ==, STATUS_OK);
	line_clear (&line);
}

/* The issuer's key certified twice (by an old and a new root): what is dead or expired must not hide what is good. */
static void
test_cross_signed (void)
{
	TestCertOptions oo = { .dn = "CN=Old root", .ca = TRUE }, no = { .dn = "CN=New root", .ca = TRUE };
	g_autoptr (TestCert) old_root = test_cert_new (&oo), new_root = test_cert_new (&no);
	TestCertOptions so = { .dn = "CN=Sub", .ca = TRUE, .issuer = old_root };
	g_autoptr (TestCert) sub_old = test_cert_new (&so);
	TestCertOptions to = { .dn = "CN=Sub", .ca = TRUE, .issuer = new_root, .key_of = sub_old };
	g_autoptr (TestCert) sub_new = test_cert_new (&to);
	TestCertOptions eo = { .dn = "CN=Sub", .ca = TRUE, .issuer = new_root, .key_of = sub_old, .until = TEST_NOW - 1 };
	g_autoptr (TestCert) sub_expired = test_cert_new (&eo);
	TestCertOptions lo = { .dn = "CN=a", .issuer = sub_old, .dns = { "moon.example" } };
	g_autoptr (TestCert) leaf = test_cert_new (&lo);

	for (guint order = 0; order < 2; order++)
	{
		g_auto (Ask) a = ASK, b = ASK;

		ask_send (&a, leaf);
		ask_send (&a, order == 0 ? sub_old : sub_new);
		ask_send (&a, order == 0 ? sub_new : sub_old);
		ask_trust (&a, new_root);
		g_assert_cmpint (ask (&a), ==, STATUS_OK);
		ask_send (&b, leaf);
		ask_send (&b, order == 0 ? sub_expired : sub_new);
		ask_send (&b, order == 0 ? sub_new : sub_expired);
		ask_trust (&b, new_root);
		g_assert_cmpint (ask (&b), ==, STATUS_OK);
		b.certificates[1] = b.certificates[2] = test_cert_slice (sub_expired);
		g_assert_cmpint (ask (&b), ==, STATUS_GATEWAY_VALIDITY);
	}
}

/* CAs of one name that certify each other: very many paths, none to the anchor; must end soon. */
static void
test_many_paths (void)
{
	TestCert *cas[7];
	g_auto (Ask) a = ASK;
	gint64 start;

	for (guint i = 0; i < G_N_ELEMENTS (cas); i++)
	{
		TestCertOptions o = { .dn = "CN=Loop", .ca = TRUE, .issuer = i > 0 ? cas[i - 1] : NULL };

		cas[i] = test_cert_new (&o);
	}
	TestCertOptions lo = { .dn = "CN=a", .issuer = cas[6], .dns = { "moon.example" } };
	g_autoptr (TestCert) leaf = test_cert_new (&lo);
	TestCertOptions ao = { .dn = "CN=Loop", .ca = TRUE };
	g_autoptr (TestCert) anchor = test_cert_new (&ao);

	ask_send (&a, leaf);
	for (guint i = 0; i < G_N_ELEMENTS (cas); i++)
		ask_send (&a, cas[i]);
	ask_trust (&a, anchor);
	start = g_get_monotonic_time ();
	g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_CHAIN);
	g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
	for (guint i = 0; i < G_N_ELEMENTS (cas); i++)
		test_cert_free (cas[i]);
}

/* What issues must be allowed to. */
static void
test_issuers (void)
{
	TestCertOptions no_ca = { .dn = "CN=Sub", .issuer = the_ca (), .dns = { "sub.example" } };
	TestCertOptions no_sign = { .dn = "CN=Sub", .issuer = the_ca (), .ca = TRUE, .key_usage = KU_SIGN };
	TestCertOptions short_path = { .dn = "CN=Sub", .issuer = the_ca (), .ca = TRUE, .path_length = 1 };
	g_autoptr (TestCert) not_ca = test_cert_new (&no_ca), not_sign = test_cert_new (&no_sign),
	                     path_0 = test_cert_new (&short_path);
	TestCertOptions below = { .dn = "CN=Sub of Sub", .issuer = path_0, .ca = TRUE };
	g_autoptr (TestCert) too_deep = test_cert_new (&below);
	const TestCert *issuers[] = { not_ca, not_sign, too_deep, path_0 };

	for (gsize i = 0; i < G_N_ELEMENTS (issuers); i++)
	{
		TestCertOptions o = { .dn = "CN=a", .issuer = issuers[i], .dns = { "moon.example" } };
		g_autoptr (TestCert) leaf = test_cert_new (&o);
		g_auto (Ask) a = ASK;

		ask_send (&a, leaf);
		ask_send (&a, issuers[i]);
		ask_send (&a, path_0);
		ask_trust (&a, the_ca ());
		g_test_message ("issuer %zu", i);
		g_assert_cmpint (ask (&a), ==, issuers[i] == path_0 ? STATUS_OK : STATUS_GATEWAY_CHAIN);
	}
}

static void
test_pin (void)
{
	TestCertOptions o = { .dn = "CN=moon", .dns = { "moon.example" } };
	g_autoptr (TestCert) pinned = test_cert_new (&o), other = NULL, issued = NULL, renewed = NULL;
	TestCertOptions io = { .dn = "CN=moon", .issuer = the_ca (), .dns = { "moon.example" } };
	g_auto (Ask) a = ASK, b = ASK, c = ASK;

	other = test_cert_new (&o);
	o.key_of = pinned;
	renewed = test_cert_new (&o);
	issued = test_cert_new (&io);
	ask_send (&a, pinned);
	ask_trust (&a, pinned);
	g_assert_cmpint (ask (&a), ==, STATUS_OK);
	/* The other checks stay. */
	a.name = SLICE_LITERAL ("sun.example");
	g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_NAME);
	a.name = SLICE_LITERAL ("moon.example");
	a.now_s = TEST_UNTIL + 1;
	g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_VALIDITY);
	a.now_s = TEST_NOW;
	/* Another one of the same name, also one of the same key, also one that sends the pin along. */
	a.certificates[0] = test_cert_slice (other);
	g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_CHAIN);
	a.certificates[0] = test_cert_slice (renewed);
	g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_CHAIN);
	ask_send (&a, pinned);
	g_assert_cmpint (ask (&a), ==, STATUS_GATEWAY_CHAIN);
	/* One that a CA issued may be pinned as well. */
	ask_send (&b, issued);
	ask_trust (&b, issued);
	g_assert_cmpint (ask (&b), ==, STATUS_OK);
	/* A pin signs nothing. */
	TestCertOptions child = { .dn = "CN=child", .issuer = pinned, .dns = { "moon.example" } };
	g_autoptr (TestCert) signed_by_pin = test_cert_new (&child);

	ask_send (&c, signed_by_pin);
	ask_trust (&c, pinned);
	g_assert_cmpint (ask (&c), ==, STATUS_GATEWAY_CHAIN);
}

/* What "openssl req -x509" makes of itself is a CA too; the gateway may use it, when it is the anchor. */
static void
test_self_signed_ca (void)
{
	TestCertOptions o = { .dn = "CN=moon", .dns = { "moon.example" }, .ca = TRUE };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	g_auto (Ask) a = ASK;

	ask_send (&a, cert);
	ask_trust (&a, cert);
	g_assert_cmpint (ask (&a), ==, STATUS_OK);
	ask_trust (&a, the_ca ());
	g_assert_cmpint (ask (&a), ==, STATUS_OK);
}

static void
test_weak (void)
{
	TestCertOptions r1024 = { .dn = "CN=RSA 1024", .ca = TRUE, .algorithm = GNUTLS_PK_RSA, .bits = 1024 };
	TestCertOptions r2048 = { .dn = "CN=RSA 2048", .ca = TRUE, .algorithm = GNUTLS_PK_RSA, .bits = 2048 };
	g_autoptr (TestCert) weak_ca = test_cert_new (&r1024), strong_ca = test_cert_new (&r2048);
	const struct
	{
		TestCertOptions o;
		Status strict, lax;
	} cases[] = {
		{ { .dn = "CN=a", .issuer = weak_ca, .dns = { "moon.example" } }, STATUS_GATEWAY_CHAIN, STATUS_OK },
		{ { .dn = "CN=a", .issuer = strong_ca, .dns = { "moon.example" } }, STATUS_OK, STATUS_OK },
		{ { .dn = "CN=a", .issuer = strong_ca, .dns = { "moon.example" }, .algorithm = GNUTLS_PK_RSA, .bits = 1024 },
		  STATUS_GATEWAY_CHAIN,
		  STATUS_OK },
		{ { .dn = "CN=a", .issuer = strong_ca, .dns = { "moon.example" }, .digest = GNUTLS_DIG_SHA1 },
		  STATUS_GATEWAY_CHAIN,
		  STATUS_OK },
		/* MD5 is never good. */
		{ { .dn = "CN=a", .issuer = strong_ca, .dns = { "moon.example" }, .digest = GNUTLS_DIG_MD5 },
		  STATUS_GATEWAY_CHAIN,
		  STATUS_GATEWAY_CHAIN },
		{ { .dn = "CN=a",
		    .issuer = strong_ca,
		    .dns = { "moon.example" },
		    .bits = GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP192R1) },
		  STATUS_GATEWAY_CHAIN,
		  STATUS_OK },
		{ { .dn = "CN=a",
		    .issuer = strong_ca,
		    .dns = { "moon.example" },
		    .algorithm = GNUTLS_PK_EDDSA_ED25519,
		    .bits = GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_ED25519) },
		  STATUS_OK,
		  STATUS_OK },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autoptr (TestCert) cert = test_cert_new (&cases[i].o);
		g_auto (Ask) a = ASK;

		ask_send (&a, cert);
		ask_trust (&a, cases[i].o.issuer);
		g_test_message ("case %zu", i);
		g_assert_cmpint (ask (&a), ==, cases[i].strict);
		a.weak = TRUE;
		g_assert_cmpint (ask (&a), ==, cases[i].lax);
	}
}

/* The anchor signs itself with SHA-1: that signature proves nothing anyway. */
static void
test_weak_root_signature (void)
{
	TestCertOptions ro = { .dn = "CN=Old root", .ca = TRUE, .digest = GNUTLS_DIG_SHA1 };
	g_autoptr (TestCert) root = test_cert_new (&ro);
	TestCertOptions lo = { .dn = "CN=a", .issuer = root, .dns = { "moon.example" } };
	g_autoptr (TestCert) leaf = test_cert_new (&lo);
	g_auto (Ask) a = ASK;

	ask_send (&a, leaf);
	ask_trust (&a, root);
	g_assert_cmpint (ask (&a), ==, STATUS_OK);
}

static void
test_constraints (void)
{
	const struct
	{
		TestCertOptions ca;
		const char *name;
		Status wanted;
	} cases[] = {
		{ { .permitted_dns = "example" }, "moon.example", STATUS_OK },
		{ { .permitted_dns = "other.example" }, "moon.example", STATUS_GATEWAY_CHAIN },
		{ { .permitted_dns = "OTHER.example" }, "moon.other.example", STATUS_OK },
		{ { .excluded_dns = "example" }, "moon.example", STATUS_GATEWAY_CHAIN },
		{ { .excluded_dns = "moon.EXAMPLE" }, "moon.example", STATUS_GATEWAY_CHAIN },
		{ { .excluded_dns = "other.example" }, "moon.example", STATUS_OK },
		/* Nobody here compares directory names: a CA that must not issue for some of them is not believed. */
		{ { .constraints_hex = "3015a1133011a40f300d310b3009060355040613024348" },
		  "moon.example",
		  STATUS_GATEWAY_CHAIN },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		for (guint as_anchor = 0; as_anchor < 2; as_anchor++)
		{
			TestCertOptions co = cases[i].ca;
			g_autoptr (TestCert) ca = NULL, leaf = NULL;
			TestCertOptions lo = { .dn = "CN=a", .dns = { cases[i].name } };
			g_auto (Ask) a = ASK;

			co.dn = "CN=Constrained";
			co.ca = TRUE;
			co.issuer = as_anchor ? NULL : the_ca ();
			ca = test_cert_new (&co);
			lo.issuer = ca;
			leaf = test_cert_new (&lo);
			ask_send (&a, leaf);
			ask_send (&a, ca);
			ask_trust (&a, as_anchor ? ca : the_ca ());
			a.name = slice_text (cases[i].name);
			g_test_message ("case %zu, %s", i, as_anchor ? "anchor" : "intermediate");
			g_assert_cmpint (ask (&a), ==, cases[i].wanted);
		}
	}
}

static void
test_critical_extension (void)
{
	g_assert_cmpint (
	    ask_leaf ((TestCertOptions){ .dn = "CN=a", .dns = { "moon.example" }, .critical_oid = "1.3.6.1.4.1.99999.1" }),
	    ==, STATUS_GATEWAY_CHAIN);
}

/* RFC 5280 section 4.1.1.2: the algorithm beside the signature is another than the one that is signed. */
static void
test_algorithms_differ (void)
{
	static const guint8 ecdsa_sha256[] = { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 };
	TestCertOptions o = { .dn = "CN=a", .issuer = the_ca (), .dns = { "moon.example" } };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	Slice der = test_cert_slice (cert);
	guint found = 0;

	for (gsize at = 0; at + sizeof ecdsa_sha256 <= der.len; at++)
	{
		g_autofree guint8 *copy = g_memdup2 (der.data, der.len);
		g_auto (Ask) a = ASK;

		if (memcmp (der.data + at, ecdsa_sha256, sizeof ecdsa_sha256) != 0)
			continue;
		found++;
		copy[at + sizeof ecdsa_sha256 - 1] = 3;
		a.certificates[a.n++] = slice (copy, der.len);
		ask_trust (&a, the_ca ());
		g_assert_cmpint (ask (&a), !=, STATUS_OK);
	}
	g_assert_cmpuint (found, ==, 2);
}

/* Each octet of the certificate changed: never good. */
static void
test_mutations (void)
{
	TestCertOptions o = { .dn = "CN=a", .issuer = the_ca (), .dns = { "moon.example" }, .key_usage = KU_SIGN };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	Slice der = test_cert_slice (cert);
	g_autofree guint8 *copy = g_memdup2 (der.data, der.len);
	g_autoptr (X509Anchors) anchors = NULL;
	GString *pem = g_string_new (NULL);

	test_cert_pem (pem, test_cert_slice (the_ca ()));
	g_assert_cmpint (x509_anchors_new (slice (pem->str, pem->len), &anchors), ==, STATUS_OK);
	g_string_free (pem, TRUE);
	for (gsize at = 0; at < der.len; at++)
		for (guint bit = 0; bit < 8; bit++)
		{
			const Slice sent = slice (copy, der.len);
			X509Question question = { .certificates = &sent,
				                      .n_certificates = 1,
				                      .anchors = anchors,
				                      .name_type = X509_NAME_DNS,
				                      .name = SLICE_LITERAL ("moon.example"),
				                      .now_s = TEST_NOW };
			g_autofree char *detail = NULL;

			copy[at] ^= (guint8) (1 << bit);
			g_assert_cmpint (x509_verify_gateway (&question, &detail), !=, STATUS_OK);
			g_assert_nonnull (detail);
			copy[at] ^= (guint8) (1 << bit);
		}
}

static void
test_limits (void)
{
	static guint8 large[X509_MAX_CHAIN_OCTETS];
	TestCertOptions o = { .dn = "CN=a", .issuer = the_ca (), .dns = { "moon.example" } };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	g_auto (Ask) a = ASK;

	ask_trust (&a, the_ca ());
	g_assert_cmpint (ask (&a), ==, STATUS_BAD_KEY);
	a.certificates[a.n++] = SLICE_LITERAL ("no certificate");
	g_assert_cmpint (ask (&a), ==, STATUS_BAD_KEY);
	a.certificates[0] = SLICE_NONE;
	g_assert_cmpint (ask (&a), ==, STATUS_BAD_KEY);
	/* A good one behind it does not help: the first is the gateway's. */
	ask_send (&a, cert);
	g_assert_cmpint (ask (&a), ==, STATUS_BAD_KEY);
	a.n = 0;
	for (guint i = 0; i < X509_MAX_CERTIFICATES; i++)
		ask_send (&a, cert);
	g_assert_cmpint (ask (&a), ==, STATUS_OK);
	ask_send (&a, cert);
	g_assert_cmpint (ask (&a), ==, STATUS_TOO_LARGE);
	a.n = 1;
	a.certificates[a.n++] = SLICE_ARRAY (large);
	g_assert_cmpint (ask (&a), ==, STATUS_TOO_LARGE);
}

/* The first thing that is wrong is told, in the order that x509.h promises. */
static void
test_order_of_answers (void)
{
	TestCertOptions fo = { .dn = "CN=Forged", .ca = TRUE };
	g_autoptr (TestCert) forged = test_cert_new (&fo);
	TestCertOptions o = { .dn = "CN=a",
		                  .issuer = forged,
		                  .dns = { "sun.example" },
		                  .until = TEST_NOW - 1,
		                  .purposes = { GNUTLS_KP_TLS_WWW_CLIENT } };

	g_assert_cmpint (ask_leaf (o), ==, STATUS_GATEWAY_CHAIN);
	o.issuer = the_ca ();
	g_assert_cmpint (ask_leaf (o), ==, STATUS_GATEWAY_NAME);
	o.dns[0] = "moon.example";
	g_assert_cmpint (ask_leaf (o), ==, STATUS_GATEWAY_VALIDITY);
	o.until = 0;
	g_assert_cmpint (ask_leaf (o), ==, STATUS_GATEWAY_KEY_USAGE);
	o.purposes[0] = NULL;
	g_assert_cmpint (ask_leaf (o), ==, STATUS_OK);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/x509/good", test_good);
	g_test_add_func ("/crypto/x509/validity", test_validity);
	g_test_add_func ("/crypto/x509/validity-of-issuers", test_validity_of_issuers);
	g_test_add_func ("/crypto/x509/no-end", test_no_end);
	g_test_add_func ("/crypto/x509/usage", test_usage);
	g_test_add_func ("/crypto/x509/wrong-ca", test_wrong_ca);
	g_test_add_func ("/crypto/x509/order", test_order);
	g_test_add_func ("/crypto/x509/intermediate-anchor", test_intermediate_anchor);
	g_test_add_func ("/crypto/x509/cross-signed", test_cross_signed);
	g_test_add_func ("/crypto/x509/many-paths", test_many_paths);
	g_test_add_func ("/crypto/x509/issuers", test_issuers);
	g_test_add_func ("/crypto/x509/pin", test_pin);
	g_test_add_func ("/crypto/x509/self-signed-ca", test_self_signed_ca);
	g_test_add_func ("/crypto/x509/weak", test_weak);
	g_test_add_func ("/crypto/x509/weak-root-signature", test_weak_root_signature);
	g_test_add_func ("/crypto/x509/constraints", test_constraints);
	g_test_add_func ("/crypto/x509/critical-extension", test_critical_extension);
	g_test_add_func ("/crypto/x509/algorithms-differ", test_algorithms_differ);
	g_test_add_func ("/crypto/x509/mutations", test_mutations);
	g_test_add_func ("/crypto/x509/limits", test_limits);
	g_test_add_func ("/crypto/x509/order-of-answers", test_order_of_answers);
	return g_test_run ();
}
