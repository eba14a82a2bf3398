/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 2759 section 9.2, RFC 3079 section 3.5.3, and what has no published vector against its inverse. */
#include <nettle/arcfour.h>

#include "crypto/legacy.h"
#include "rig.h"

static const guint8 rfc_nt_hash[16] = { 0x44, 0xeb, 0xba, 0x8d, 0x53, 0x12, 0xb8, 0xd6,
	                                    0x11, 0x47, 0x44, 0x11, 0xf5, 0x69, 0x89, 0xae };
static const guint8 rfc_response[24] = { 0x82, 0x30, 0x9e, 0xcd, 0x8d, 0x70, 0x8b, 0x5e, 0xa0, 0x8f, 0xaa, 0x39,
	                                     0x81, 0xcd, 0x83, 0x54, 0x42, 0x33, 0x11, 0x4a, 0x3d, 0x85, 0xd6, 0xdf };
static const guint8 rfc_proof[20] = { 0x40, 0x7a, 0x55, 0x89, 0x11, 0x5f, 0xd0, 0xd6, 0x20, 0x9f,
	                                  0x51, 0x0f, 0xe9, 0xc0, 0x45, 0x66, 0x93, 0x2c, 0xda, 0x56 };
/* SendStartKey128 of the server, which is what it keys its sending with and we our receiving. */
static const guint8 rfc_server_sends[16] = { 0x8b, 0x7c, 0xdc, 0x14, 0x9b, 0x99, 0x3a, 0x1b,
	                                         0xa1, 0x18, 0xcb, 0x15, 0x3f, 0x56, 0xdc, 0xcb };

static const Mschapv2Challenges challenges = { { (const guint8 *) USER, 4 }, rfc_authenticator, rfc_peer };

static void
test_nt_hash (void)
{
	guint8 hash[16];

	g_assert_cmpint (mschapv2_nt_hash (SLICE_LITERAL (CLIENT_PASS), hash), ==, STATUS_OK);
	g_assert_cmpmem (hash, 16, rfc_nt_hash, 16);
}

static void
test_bad_passwords (void)
{
	g_autofree char *longest = g_strnfill (256, 'a');
	g_autofree char *too_long = g_strnfill (257, 'a');
	g_autoptr (GString) astral = g_string_new (NULL);
	guint8 hash[16];

	g_assert_cmpint (mschapv2_nt_hash (slice_text (longest), hash), ==, STATUS_OK);
	g_assert_cmpint (mschapv2_nt_hash (slice_text (too_long), hash), ==, STATUS_MALFORMED);
	g_assert_cmpint (mschapv2_nt_hash (SLICE_LITERAL ("\xff\xfe"), hash), ==, STATUS_MALFORMED);
	g_assert_cmpint (mschapv2_nt_hash (SLICE_LITERAL ("caf\xc3"), hash), ==, STATUS_MALFORMED);
	/* Two UTF-16 units each. */
	for (guint i = 0; i < 129; i++)
		g_string_append (astral, "\xf0\x9f\x90\xa6");
	g_assert_cmpint (mschapv2_nt_hash (slice (astral->str, astral->len), hash), ==, STATUS_MALFORMED);
	g_assert_cmpint (mschapv2_nt_hash (slice (astral->str, astral->len - 4), hash), ==, STATUS_OK);
	/* The hash of nothing is that of MD4 (RFC 1320 appendix A.5). */
	g_assert_cmpint (mschapv2_nt_hash (SLICE_NONE, hash), ==, STATUS_OK);
	g_assert_cmpuint (hash[0], ==, 0x31);
	g_assert_cmpuint (hash[15], ==, 0xc0);
}

static void
test_response (void)
{
	guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS], proof[MSCHAPV2_AUTHENTICATOR_OCTETS];

	g_assert_cmpint (mschapv2_nt_response (&challenges, rfc_nt_hash, response), ==, STATUS_OK);
	g_assert_cmpmem (response, sizeof response, rfc_response, sizeof rfc_response);
	g_assert_cmpint (mschapv2_authenticator (&challenges, rfc_nt_hash, response, proof), ==, STATUS_OK);
	g_assert_cmpmem (proof, sizeof proof, rfc_proof, sizeof rfc_proof);
}

static void
test_msk (void)
{
	static const guint8 zeros[32] = { 0 };
	g_auto (Secret) msk = SECRET_INIT;

	g_assert_cmpint (mschapv2_msk (rfc_nt_hash, rfc_response, &msk), ==, STATUS_OK);
	g_assert_cmpuint (msk.len, ==, EAP_MSK_OCTETS);
	g_assert_cmpmem (msk.data + 16, 16, rfc_server_sends, 16);
	g_assert_cmpmem (msk.data + 32, 32, zeros, 32);
	g_assert_true (memcmp (msk.data, msk.data + 16, 16) != 0);
}

static void
test_encrypt_password (void)
{
	static const char new_password[] = "n\0e\0w\0";
	static const Rng rng = { rig_fill, NULL };
	guint8 block[MSCHAPV2_ENCRYPTED_PASSWORD_OCTETS];
	struct arcfour_ctx context;

	g_assert_cmpint (mschapv2_encrypt_password (SLICE_LITERAL ("new"), rfc_nt_hash, &rng, block), ==, STATUS_OK);
	arcfour_set_key (&context, 16, rfc_nt_hash);
	arcfour_crypt (&context, sizeof block, block, block);
	g_assert_cmpmem (block + 506, 6, new_password, 6);
	g_assert_cmpmem (block + 512, 4, "\6\0\0\0", 4);
	g_assert_cmpmem (block, 16, rfc_peer, 16);
	g_assert_cmpint (mschapv2_encrypt_password (SLICE_NONE, rfc_nt_hash, &rng, block), ==, STATUS_MALFORMED);
	g_assert_cmpint (mschapv2_encrypt_password (SLICE_LITERAL ("\xff"), rfc_nt_hash, &rng, block), ==,
	                 STATUS_MALFORMED);
}

/* The second half of the key makes the second block: the key of 16 octets is used up to its 14th. */
static void
test_encrypt_hash (void)
{
	guint8 new_hash[16], encrypted[16], wanted[8];

	g_assert_cmpint (mschapv2_nt_hash (SLICE_LITERAL ("new"), new_hash), ==, STATUS_OK);
	mschapv2_encrypt_hash (rfc_nt_hash, new_hash, encrypted);
	legacy_des_encrypt (new_hash, rfc_nt_hash, wanted);
	g_assert_cmpmem (encrypted, 8, wanted, 8);
	legacy_des_encrypt (new_hash + 7, rfc_nt_hash + 8, wanted);
	g_assert_cmpmem (encrypted + 8, 8, wanted, 8);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/eap/mschapv2/nt-hash", test_nt_hash);
	g_test_add_func ("/eap/mschapv2/bad-passwords", test_bad_passwords);
	g_test_add_func ("/eap/mschapv2/response", test_response);
	g_test_add_func ("/eap/mschapv2/msk", test_msk);
	g_test_add_func ("/eap/mschapv2/encrypt-password", test_encrypt_password);
	g_test_add_func ("/eap/mschapv2/encrypt-hash", test_encrypt_hash);
	return g_test_run ();
}
