/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/keymat.h"

/* One case of NIST's CAVP for the key derivation of IKEv2 (SP 800-135), as libreswan's programs/cavp carries it:
 * test.acvp.ikev2.run, test.acvp.ikev2.json. */
#define NI "32b50d5f4a3763f3"
#define NR "9206a04b26564cb1"
#define G_IR "4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52"
#define SPI_I G_GUINT64_CONSTANT (0x34c9e7c188868785)
#define SPI_R G_GUINT64_CONSTANT (0x3ff77d760d2b2199)
#define DKM                                                                                                            \
	"a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002a2a63080e514a062768b76606f9fa5e992204fc5a670bde3" \
	"f10d6b027113936a5c55b648a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd11198af1670b143d384bd275c5f594cf266b" \
	"05ebadca855e4249520a441a81157435a7a56cc4"
#define DKM_CHILD                                                                                                      \
	"8059e3ee8810e6c3a91bc8bcd2a7a41151b8d0e6ae239c7b38093ad85ef4c5811a8e7b5d1cdabd9560b2d5e092d1f24e2d4b85eccdf0ad0d" \
	"c9abd94b51ee71814ca6dbc8bb51b630"

static const AeadSuite aes128_sha1 = { ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96 };
static const AeadSuite aes256_gcm = { ENCR_AES_GCM_16, 256, INTEG_NONE };

static GByteArray *
from_hex (const char *hex)
{
	GByteArray *octets = g_byte_array_new ();

	for (; hex[0] != '\0'; hex += 2)
	{
		guint8 octet = (guint8) (g_ascii_xdigit_value (hex[0]) << 4 | g_ascii_xdigit_value (hex[1]));

		g_byte_array_append (octets, &octet, 1);
	}
	return octets;
}

static void
check_cut (const Secret *key, const GByteArray *stream, gsize *at, gsize octets)
{
	g_assert_cmpmem (key->data, key->len, stream->data + *at, octets);
	*at += octets;
}

static void
test_ike (void)
{
	g_autoptr (GByteArray) ni = from_hex (NI);
	g_autoptr (GByteArray) nr = from_hex (NR);
	g_autoptr (GByteArray) shared = from_hex (G_IR);
	g_autoptr (GByteArray) expected = from_hex (DKM);
	IkeKeymat keymat = { 0 };
	gsize at = 0;

	g_assert_cmpuint (ike_keymat_init (PRF_HMAC_SHA1, &aes128_sha1, slice_array (shared), slice_array (ni),
	                                   slice_array (nr), SPI_I, SPI_R, &keymat),
	                  ==, STATUS_OK);
	check_cut (&keymat.d, expected, &at, 20);
	check_cut (&keymat.ai, expected, &at, 20);
	check_cut (&keymat.ar, expected, &at, 20);
	check_cut (&keymat.ei, expected, &at, 16);
	check_cut (&keymat.er, expected, &at, 16);
	check_cut (&keymat.pi, expected, &at, 20);
	check_cut (&keymat.pr, expected, &at, 20);
	/* All of the vector was used. */
	g_assert_cmpuint (at, ==, expected->len);
	ike_keymat_clear (&keymat);
	g_assert_null (keymat.d.data);
}

/* The child: the same stream, cut for one direction and then the other. */
static void
test_child (void)
{
	g_autoptr (GByteArray) ni = from_hex (NI);
	g_autoptr (GByteArray) nr = from_hex (NR);
	g_autoptr (GByteArray) dkm = from_hex (DKM);
	g_autoptr (GByteArray) expected = from_hex (DKM_CHILD);
	IkeChild child = { .suite = aes128_sha1 };
	gsize at = 0;

	g_assert_cmpuint (ike_keymat_child (PRF_HMAC_SHA1, slice (dkm->data, 20), SLICE_NONE, slice_array (ni),
	                                    slice_array (nr), TRUE, &child),
	                  ==, STATUS_OK);
	check_cut (&child.encr_out, expected, &at, 16);
	check_cut (&child.integ_out, expected, &at, 20);
	check_cut (&child.encr_in, expected, &at, 16);
	check_cut (&child.integ_in, expected, &at, 20);
	g_assert_cmpuint (at, ==, expected->len);
	secret_clear (&child.encr_out);
	secret_clear (&child.integ_out);
	secret_clear (&child.encr_in);
	secret_clear (&child.integ_in);
}

/* RFC 5282 section 7.1: combined modes have no integrity keys, and a salt behind each key. */
static void
test_combined (void)
{
	IkeKeymat keymat = { 0 };

	g_assert_cmpuint (ike_keymat_init (PRF_HMAC_SHA2_384, &aes256_gcm, SLICE_LITERAL ("shared"), SLICE_LITERAL ("ni"),
	                                   SLICE_LITERAL ("nr"), 1, 2, &keymat),
	                  ==, STATUS_OK);
	g_assert_cmpuint (keymat.ai.len, ==, 0);
	g_assert_cmpuint (keymat.ar.len, ==, 0);
	g_assert_cmpuint (keymat.ei.len, ==, 36);
	g_assert_cmpuint (keymat.er.len, ==, 36);
	g_assert_cmpuint (keymat.d.len, ==, 48);
	g_assert_cmpuint (keymat.pr.len, ==, 48);
	ike_keymat_clear (&keymat);
}

/* message | nonce | prf (sk_p, id), and prf (prf (key, pad), octets): put together here from prf() alone. */
static void
test_auth (void)
{
	const Slice pad = SLICE_LITERAL ("Key Pad for IKEv2");
	const Slice id = SLICE_LITERAL ("\2\1\2\3vpn"); /* RESERVED is not always zero */
	g_auto (Secret) mac = SECRET_INIT;
	g_auto (Secret) inner = SECRET_INIT;
	g_auto (Secret) expected = SECRET_INIT;
	g_auto (Secret) auth = SECRET_INIT;
	g_autoptr (GBytes) octets = NULL;
	Slice view;

	g_assert_cmpuint (prf (PRF_HMAC_SHA2_256, SLICE_LITERAL ("sk_p"), &id, 1, &mac), ==, STATUS_OK);
	g_assert_cmpuint (ike_auth_octets (PRF_HMAC_SHA2_256, SLICE_LITERAL ("message"), SLICE_LITERAL ("nonce"),
	                                   SLICE_LITERAL ("sk_p"), id, &octets),
	                  ==, STATUS_OK);
	view = slice_bytes (octets);
	g_assert_cmpuint (view.len, ==, 12 + 32);
	g_assert_cmpmem (view.data, 12, "messagenonce", 12);
	g_assert_cmpmem (view.data + 12, 32, mac.data, mac.len);
	g_assert_cmpuint (prf (PRF_HMAC_SHA2_256, SLICE_LITERAL ("psk"), &pad, 1, &inner), ==, STATUS_OK);
	g_assert_cmpuint (prf (PRF_HMAC_SHA2_256, secret_view (&inner), &view, 1, &expected), ==, STATUS_OK);
	g_assert_cmpuint (ike_auth_shared_key (PRF_HMAC_SHA2_256, SLICE_LITERAL ("psk"), view, &auth), ==, STATUS_OK);
	g_assert_cmpmem (auth.data, auth.len, expected.data, expected.len);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/keymat/ike", test_ike);
	g_test_add_func ("/ike/keymat/child", test_child);
	g_test_add_func ("/ike/keymat/combined", test_combined);
	g_test_add_func ("/ike/keymat/auth", test_auth);
	return g_test_run ();
}
