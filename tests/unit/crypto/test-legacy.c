/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/legacy.h"
#include "vectors.h"

/* RFC 1320 appendix A.5 */
static const struct
{
	const char *text;
	const char *digest;
} md4_cases[] = {
	{ "", "31d6cfe0d16ae931b73c59d7e0c089c0" },
	{ "a", "bde52cb31de33e46245e05fbdbd6fb24" },
	{ "abc", "a448017aaf21d8525fc10ae87aa6729d" },
	{ "message digest", "d9130a8164549fe818874806e1c7014b" },
	{ "abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "043f8582f241db351ce627e153e7f0e4" },
	{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
	  "e33b4ddc9c38f2199c3e7b164fcc0536" },
};

static void
test_md4 (void)
{
	guint8 digest[LEGACY_MD4_OCTETS];

	for (gsize i = 0; i < G_N_ELEMENTS (md4_cases); i++)
	{
		legacy_md4 (slice_text (md4_cases[i].text), digest);
		assert_octets (SLICE_ARRAY (digest), md4_cases[i].digest);
	}
	legacy_md4 (SLICE_NONE, digest);
	assert_octets (SLICE_ARRAY (digest), md4_cases[0].digest);
}

static void
check_des (const char *key, const char *clear, const char *cipher)
{
	g_autoptr (GBytes) key_octets = octets_from_hex (key);
	g_autoptr (GBytes) clear_octets = octets_from_hex (clear);
	guint8 result[LEGACY_DES_BLOCK_OCTETS];

	legacy_des_encrypt (slice_bytes (key_octets).data, slice_bytes (clear_octets).data, result);
	assert_octets (SLICE_ARRAY (result), cipher);
}

static void
test_des (void)
{
	/* Zeros under the weak key of zeros: the variable plaintext known answer family of NIST SP 800-17. */
	check_des ("00000000000000", "0000000000000000", "8ca64de9c1b123a7");
	/* Key 133457799bbcdff1 without its parity bits. */
	check_des ("12695bc9b7b7f8", "0123456789abcdef", "85e813540f0ab405");
}

/* RFC 2759 section 9.2: NtPasswordHash of "clientPass", and the three pieces of its ChallengeResponse. */
static void
test_mschapv2 (void)
{
	guint8 password_hash[21] = { 0 };
	guint8 piece[LEGACY_DES_BLOCK_OCTETS];
	g_autoptr (GBytes) challenge = octets_from_hex ("d02e4386bce91226");
	static const char *const pieces[] = { "82309ecd8d708b5e", "a08faa3981cd8354", "4233114a3d85d6df" };

	legacy_md4 (SLICE_LITERAL ("c\0l\0i\0e\0n\0t\0P\0a\0s\0s\0"), password_hash);
	assert_octets (slice (password_hash, 16), "44ebba8d5312b8d611474411f56989ae");
	for (gsize i = 0; i < G_N_ELEMENTS (pieces); i++)
	{
		legacy_des_encrypt (password_hash + 7 * i, slice_bytes (challenge).data, piece);
		assert_octets (SLICE_ARRAY (piece), pieces[i]);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/legacy/md4", test_md4);
	g_test_add_func ("/crypto/legacy/des", test_des);
	g_test_add_func ("/crypto/legacy/mschapv2", test_mschapv2);
	return g_test_run ();
}
