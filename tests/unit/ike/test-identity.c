/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/ike.h"

static const struct
{
	const char *text;
	guint8 type;
	const char *value;
	gsize octets;
} good[] = {
	{ "192.0.2.1", IKE_ID_IPV4_ADDR, "\xc0\0\2\1", 4 },
	{ "2001:db8::1", IKE_ID_IPV6_ADDR, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16 },
	{ "alice@example.org", IKE_ID_RFC822_ADDR, "alice@example.org", 17 },
	{ "vpn.example.org", IKE_ID_FQDN, "vpn.example.org", 15 },
	{ "alice", IKE_ID_FQDN, "alice", 5 },
	{ "CORP\\alice", IKE_ID_FQDN, "CORP\\alice", 10 },
	{ "192.0.2.256", IKE_ID_FQDN, "192.0.2.256", 11 },
	{ "@#0a0B", IKE_ID_KEY_ID, "\x0a\x0b", 2 },
	{ "@#00", IKE_ID_KEY_ID, "\0", 1 },
	{ "caf\xc3\xa9.example", IKE_ID_FQDN, "caf\xc3\xa9.example", 13 },
};

static void
test_parse (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
	{
		IkeIdentity identity = { 0 };

		g_test_message ("%s", good[i].text);
		g_assert_cmpuint (ike_identity_parse (good[i].text, &identity), ==, STATUS_OK);
		g_assert_cmpuint (identity.type, ==, good[i].type);
		g_assert_cmpmem (g_bytes_get_data (identity.value, NULL), g_bytes_get_size (identity.value), good[i].value,
		                 good[i].octets);
		ike_identity_clear (&identity);
		ike_identity_clear (&identity);
	}
}

static void
test_parse_dn (void)
{
	IkeIdentity identity = { 0 };
	g_autofree char *text = NULL;

	g_assert_cmpuint (ike_identity_parse ("CN=moon, O=Example", &identity), ==, STATUS_OK);
	g_assert_cmpuint (identity.type, ==, IKE_ID_DER_ASN1_DN);
	/* A SEQUENCE of its own length. */
	g_assert_cmphex (((const guint8 *) g_bytes_get_data (identity.value, NULL))[0], ==, 0x30);
	text = ike_identity_text (identity.type, slice_bytes (identity.value));
	g_assert_nonnull (strstr (text, "moon"));
	g_assert_nonnull (strstr (text, "Example"));
	ike_identity_clear (&identity);
}

static void
test_parse_bad (void)
{
	static const char *const bad[] = { "", "@#", "@#0", "@#0g", "@#0a0", "\xff", "=" };
	IkeIdentity identity = { 0 };
	g_autofree char *too_long = g_strnfill (256, 'a');
	g_autofree char *longest = g_strnfill (255, 'a');

	for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
	{
		g_test_message ("case %" G_GSIZE_FORMAT, i);
		g_assert_cmpuint (ike_identity_parse (bad[i], &identity), ==, STATUS_MALFORMED);
		g_assert_null (identity.value);
	}
	g_assert_cmpuint (ike_identity_parse (too_long, &identity), ==, STATUS_MALFORMED);
	g_assert_cmpuint (ike_identity_parse (longest, &identity), ==, STATUS_OK);
	ike_identity_clear (&identity);
}

/* Whatever comes from the wire, the text is valid UTF-8 of one line, without anything that a terminal would obey. */
static void
test_text_is_harmless (void)
{
	static const char nasty[] = "a\x1b[31m\n\r\t\0\x7f\xe2\x80\xae\xff\xc3";
	guint8 octets[600];

	for (guint type = 0; type < 256; type++)
		for (guint kind = 0; kind < 3; kind++)
		{
			g_autofree char *text = NULL;
			Slice value = kind == 0 ? slice (nasty, sizeof nasty - 1) : kind == 1 ? SLICE_NONE : SLICE_ARRAY (octets);

			memset (octets, 'x', sizeof octets);
			text = ike_identity_text ((guint8) type, value);
			g_assert_nonnull (text);
			g_assert_true (g_utf8_validate (text, -1, NULL));
			g_assert_cmpuint (strlen (text), <=, 255);
			for (const char *at = text; *at != '\0'; at++)
				g_assert_false (g_ascii_iscntrl (*at));
			/* U+202E turns the direction of what follows. */
			g_assert_null (strstr (text, "\xe2\x80\xae"));
		}
}

static void
test_text (void)
{
	static const struct
	{
		guint8 type;
		Slice value;
		const char *text;
	} rows[] = {
		{ IKE_ID_FQDN, SLICE_LITERAL ("vpn.example.org"), "vpn.example.org" },
		{ IKE_ID_RFC822_ADDR, SLICE_LITERAL ("a@b"), "a@b" },
		{ IKE_ID_IPV4_ADDR, SLICE_LITERAL ("\xc0\0\2\1"), "192.0.2.1" },
		{ IKE_ID_IPV6_ADDR, SLICE_LITERAL ("\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), "2001:db8::1" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autofree char *text = ike_identity_text (rows[i].type, rows[i].value);

		g_assert_cmpstr (text, ==, rows[i].text);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/identity/parse", test_parse);
	g_test_add_func ("/ike/identity/parse-dn", test_parse_dn);
	g_test_add_func ("/ike/identity/parse-bad", test_parse_bad);
	g_test_add_func ("/ike/identity/text-is-harmless", test_text_is_harmless);
	g_test_add_func ("/ike/identity/text", test_text);
	return g_test_run ();
}
