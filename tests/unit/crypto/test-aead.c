/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/aead.h"
#include "crypto/prf.h"
#include "vectors.h"

#define MAX_TEXT 2048

static const AeadSuite suites[] = {
	{ ENCR_AES_GCM_16, 128, INTEG_NONE },           { ENCR_AES_GCM_16, 192, INTEG_NONE },
	{ ENCR_AES_GCM_16, 256, INTEG_NONE },           { ENCR_CHACHA20_POLY1305, 256, INTEG_NONE },
	{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96 },      { ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128 },
	{ ENCR_AES_CBC, 192, INTEG_HMAC_SHA2_384_192 }, { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256 },
	{ ENCR_3DES_CBC, 192, INTEG_HMAC_SHA1_96 },     { ENCR_3DES_CBC, 192, INTEG_HMAC_SHA2_256_128 },
};

static Aead *
aead_with (const AeadSuite *suite, Slice encr_key, Slice integ_key)
{
	Aead *aead = NULL;

	g_assert_cmpint (aead_new (suite, encr_key, integ_key, &aead), ==, STATUS_OK);
	return aead;
}

/* Keys of counting octets. */
static Aead *
aead_counting (const AeadSuite *suite)
{
	guint8 octets[128];

	for (guint i = 0; i < sizeof octets; i++)
		octets[i] = (guint8) (i * 7 + 1);
	return aead_with (suite, slice (octets, aead_encr_key_octets (suite)),
	                  slice (octets + 64, aead_integ_key_octets (suite)));
}

static guint64
big_endian (const guint8 *octets)
{
	guint64 value;

	memcpy (&value, octets, sizeof value);
	return GUINT64_FROM_BE (value);
}

static void
test_suites (void)
{
	guint valid = 0;

	for (guint encr = 0; encr < ENCR_COUNT; encr++)
		for (guint integ = 0; integ < INTEG_COUNT; integ++)
			for (guint bits = 0; bits <= 512; bits += 8)
			{
				const AeadSuite suite = { (EncrId) encr, (guint16) bits, (IntegId) integ };
				guint8 keys[128] = { 0 };
				Aead *aead = NULL;

				if (aead_suite_valid (&suite))
					valid++;
				else
					g_assert_cmpint (aead_new (&suite, slice (keys, bits / 8), slice (keys, 32), &aead), !=, STATUS_OK);
				g_assert_null (aead);
			}
	/* 3 GCM, 1 ChaCha20, and 3 AES-CBC and one 3DES each with 4 */
	g_assert_cmpuint (valid, ==, 4 + 4 * 4);
}

static void
test_sizes (void)
{
	static const guint8 sizes[G_N_ELEMENTS (suites)][5] = {
		/* encryption key, integrity key, IV, ICV, block */
		{ 20, 0, 8, 16, 1 },    { 28, 0, 8, 16, 1 },    { 36, 0, 8, 16, 1 },    { 36, 0, 8, 16, 1 },
		{ 16, 20, 16, 12, 16 }, { 16, 32, 16, 16, 16 }, { 24, 48, 16, 24, 16 }, { 32, 64, 16, 32, 16 },
		{ 24, 20, 8, 12, 8 },   { 24, 32, 8, 16, 8 },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		guint8 keys[128] = { 0 };
		Aead *aead = NULL;

		g_assert_true (aead_suite_valid (&suites[i]));
		g_assert_cmpuint (aead_encr_key_octets (&suites[i]), ==, sizes[i][0]);
		g_assert_cmpuint (aead_integ_key_octets (&suites[i]), ==, sizes[i][1]);
		g_assert_cmpuint (aead_iv_octets (&suites[i]), ==, sizes[i][2]);
		g_assert_cmpuint (aead_icv_octets (&suites[i]), ==, sizes[i][3]);
		g_assert_cmpuint (aead_block_octets (&suites[i]), ==, sizes[i][4]);
		g_assert_true (aead_suite_combined (&suites[i]) == (suites[i].integ == INTEG_NONE));
		for (gsize encr = 0; encr < 80; encr++)
			for (gsize integ = 0; integ < 80; integ++)
				if (encr != sizes[i][0] || integ != sizes[i][1])
					g_assert_cmpint (aead_new (&suites[i], slice (keys, encr), slice (keys, integ), &aead), ==,
					                 STATUS_BAD_KEY);
		g_assert_null (aead);
	}
}

/* One line of crypto-aead.txt: the nonce is salt | IV. */
static void
check_combined (char **words)
{
	const AeadSuite suite = { strcmp (words[0], "aes-gcm") == 0 ? ENCR_AES_GCM_16 : ENCR_CHACHA20_POLY1305,
		                      (guint16) g_ascii_strtoull (words[1], NULL, 10), INTEG_NONE };
	g_autoptr (GBytes) key = octets_from_hex (words[2]), nonce = octets_from_hex (words[3]);
	g_autoptr (GBytes) aad = octets_from_hex (words[4]), cipher = octets_from_hex (words[5]);
	g_autoptr (GBytes) icv = octets_from_hex (words[6]);
	g_autoptr (GByteArray) keys = g_byte_array_new (), packet = g_byte_array_new ();
	g_autoptr (Aead) aead = NULL;
	g_autofree guint8 *before = NULL;
	const guint8 *nonce_octets = slice_bytes (nonce).data;
	Slice text = SLICE_NONE;

	g_byte_array_append (keys, slice_bytes (key).data, (guint) slice_bytes (key).len);
	g_byte_array_append (keys, nonce_octets, 4);
	aead = aead_with (&suite, slice_array (keys), SLICE_NONE);
	g_byte_array_append (packet, nonce_octets + 4, 8);
	if (g_bytes_get_size (cipher) > 0)
		g_byte_array_append (packet, slice_bytes (cipher).data, (guint) slice_bytes (cipher).len);
	g_byte_array_append (packet, slice_bytes (icv).data, 16);
	before = g_memdup2 (packet->data, packet->len);
	if (strcmp (words[7], "bad") == 0)
	{
		g_assert_cmpint (aead_open (aead, slice_bytes (aad), SLICE_NONE, packet->data, packet->len, &text), ==,
		                 STATUS_BAD_ICV);
		g_assert_null (text.data);
		return;
	}
	g_assert_cmpint (aead_open (aead, slice_bytes (aad), SLICE_NONE, packet->data, packet->len, &text), ==, STATUS_OK);
	assert_octets (text, words[7]);
	g_assert_true (text.data == packet->data + 8);
	g_assert_cmpint (
	    aead_seal (aead, big_endian (nonce_octets + 4), slice_bytes (aad), SLICE_NONE, packet->data, text.len), ==,
	    STATUS_OK);
	g_assert_cmpmem (packet->data, packet->len, before, packet->len);
}

static void
test_combined_vectors (void)
{
	g_assert_cmpuint (vectors_each ("crypto-aead.txt", 8, check_combined), >=, 200);
}

/* RFC 7634 appendices A (ESP) and B (IKEv2): key | salt, and the IV counter 0x1011121314151617. */
#define RFC7634_KEY "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9fa0a1a2a3"

static const struct
{
	const char *aad;
	const char *text;
	const char *packet;
} rfc7634[] = {
	{ "0102030400000005",
	  "45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f101112131415161718191a1b"
	  "1c1d1e1f202122232425262728292a2b2c2d2e2f303132333435363701020204",
	  "101112131415161724039428b97f417e3c13753a4f05087b67c352e6a7fab1b982d466ef407ae5c614ee8099d52844eb61aa95dfab4c02f7"
	  "2aa71e7c4c4f64c9befe2facc638e8f3cbec163fac469b502773f6fb94e664da9165b82829f641e076aaa8266b7fb0f7b11b369907e1ad"
	  "43" },
	{ "c0c1c2c3c4c5c6c7d0d1d2d3d4d5d6d72e202500000000090000004529000029", "0000000c000040010000000a00",
	  "1011121314151617610394701f8d017f7c129248896b71bfe25236efd7cdc67066906315b2" },
};

static void
test_rfc7634 (void)
{
	const AeadSuite suite = { ENCR_CHACHA20_POLY1305, 256, INTEG_NONE };
	g_autoptr (GBytes) key = octets_from_hex (RFC7634_KEY);
	g_autoptr (Aead) aead = aead_with (&suite, slice_bytes (key), SLICE_NONE);

	for (gsize i = 0; i < G_N_ELEMENTS (rfc7634); i++)
	{
		g_autoptr (GBytes) aad = octets_from_hex (rfc7634[i].aad), text = octets_from_hex (rfc7634[i].text);
		guint8 packet[256] = { 0 };
		gsize octets = slice_bytes (text).len;
		Slice opened = SLICE_NONE;

		memcpy (packet + 8, slice_bytes (text).data, octets);
		g_assert_cmpint (aead_seal (aead, 0x1011121314151617, slice_bytes (aad), SLICE_NONE, packet, octets), ==,
		                 STATUS_OK);
		assert_octets (slice (packet, 8 + octets + 16), rfc7634[i].packet);
		g_assert_cmpint (aead_open (aead, slice_bytes (aad), SLICE_NONE, packet, 8 + octets + 16, &opened), ==,
		                 STATUS_OK);
		assert_octets (opened, rfc7634[i].text);
	}
}

/* The ICV of a cipher + HMAC packet, by the PRF, which has vectors of its own. */
static void
put_icv (const AeadSuite *suite, Slice integ_key, Slice aad, Slice covered, Slice suffix, guint8 *icv)
{
	static const PrfId prfs[INTEG_COUNT] = {
		[INTEG_HMAC_SHA1_96] = PRF_HMAC_SHA1,
		[INTEG_HMAC_SHA2_256_128] = PRF_HMAC_SHA2_256,
		[INTEG_HMAC_SHA2_384_192] = PRF_HMAC_SHA2_384,
		[INTEG_HMAC_SHA2_512_256] = PRF_HMAC_SHA2_512,
	};
	const Slice parts[] = { aad, covered, suffix };
	g_auto (Secret) output = SECRET_INIT;

	g_assert_cmpint (prf (prfs[suite->integ], integ_key, parts, 3, &output), ==, STATUS_OK);
	memcpy (icv, output.data, aead_icv_octets (suite));
}

/* One packet as the other side would send it: its IV is not ours to choose. */
static void
check_cbc_open (const AeadSuite *suite, Slice key, Slice iv, Slice text, Slice cipher, Slice aad, Slice suffix)
{
	guint8 integ_key[64], packet[512];
	Slice integ = slice (integ_key, aead_integ_key_octets (suite));
	g_autoptr (Aead) aead = NULL;
	gsize covered = iv.len + cipher.len;
	Slice opened = SLICE_NONE;

	memset (integ_key, 0x0b, sizeof integ_key);
	aead = aead_with (suite, key, integ);
	memcpy (packet, iv.data, iv.len);
	memcpy (packet + iv.len, cipher.data, cipher.len);
	put_icv (suite, integ, aad, slice (packet, covered), suffix, packet + covered);
	g_assert_cmpint (aead_open (aead, aad, suffix, packet, covered + aead_icv_octets (suite), &opened), ==, STATUS_OK);
	g_assert_cmpmem (opened.data, opened.len, text.data, text.len);
}

static void
check_cbc (char **words)
{
	g_autoptr (GBytes) key = octets_from_hex (words[2]), iv = octets_from_hex (words[3]);
	g_autoptr (GBytes) text = octets_from_hex (words[4]), cipher = octets_from_hex (words[5]);

	for (guint integ = INTEG_HMAC_SHA1_96; integ < INTEG_COUNT; integ++)
	{
		const AeadSuite suite = { strcmp (words[0], "aes-cbc") == 0 ? ENCR_AES_CBC : ENCR_3DES_CBC,
			                      (guint16) g_ascii_strtoull (words[1], NULL, 10), (IntegId) integ };

		check_cbc_open (&suite, slice_bytes (key), slice_bytes (iv), slice_bytes (text), slice_bytes (cipher),
		                SLICE_LITERAL ("12345678"), SLICE_NONE);
		check_cbc_open (&suite, slice_bytes (key), slice_bytes (iv), slice_bytes (text), slice_bytes (cipher),
		                SLICE_NONE, SLICE_LITERAL ("\0\0\0\1"));
	}
}

static void
test_cbc_vectors (void)
{
	g_assert_cmpuint (vectors_each ("crypto-cbc.txt", 6, check_cbc), >=, 50);
}

/* RFC 3602 section 4, cases 1 and 5 (an ESP packet) */
static void
test_rfc3602 (void)
{
	char *case1[] = { (char *) "aes-cbc",
		              (char *) "128",
		              (char *) "06a9214036b8a15b512e03d534120006",
		              (char *) "3dafba429d9eb430b422da802c9fac41",
		              (char *) "53696e676c6520626c6f636b206d7367",
		              (char *) "e353779c1079aeb82708942dbe77181a",
		              NULL };
	char *case5[] = { (char *) "aes-cbc",
		              (char *) "128",
		              (char *) "90d382b410eeba7ad938c46cec1a82bf",
		              (char *) "e96e8c08ab465763fd098d45dd3ff893",
		              (char *) "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222"
		                       "32425262728292a2b2c"
		                       "2d2e2f30313233343536370102030405060708090a0b0c0d0e0e01",
		              (char *) "f663c25d325c18c6a9453e194e120849a4870b66cc6b9965330013b4898dc856a4699e523a55db080b59ec3"
		                       "a8e4b7e52775b07d1db"
		                       "34ed9c538ab50c551b874aa269add047ad2d5913ac19b7cfbad4a6",
		              NULL };

	check_cbc (case1);
	check_cbc (case5);
}

/* What we seal as CBC: the ICV by the PRF, the text by opening, the IV by the block cipher alone. */
static void
test_cbc_seal (void)
{
	const AeadSuite suite = { ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128 };
	/* NIST SP 800-38A appendix F.1.1: the key; encrypted here is the block of counter 1. */
	g_autoptr (GBytes) key = octets_from_hex ("2b7e151628aed2a6abf7158809cf4f3c");
	guint8 integ_key[32] = { 1 }, packet[16 + 64 + 16], icv[16];
	g_autoptr (Aead) aead = aead_with (&suite, slice_bytes (key), SLICE_ARRAY (integ_key));
	g_autoptr (GHashTable) seen =
	    g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);

	for (guint64 counter = 0; counter < 300; counter++)
	{
		memset (packet, 0x42, sizeof packet);
		g_assert_cmpint (aead_seal (aead, counter, SLICE_LITERAL ("aad"), SLICE_LITERAL ("suffix"), packet, 64), ==,
		                 STATUS_OK);
		put_icv (&suite, SLICE_ARRAY (integ_key), SLICE_LITERAL ("aad"), slice (packet, 80), SLICE_LITERAL ("suffix"),
		         icv);
		g_assert_cmpmem (packet + 80, 16, icv, 16);
		/* No IV comes twice, and none shows its counter. */
		g_assert_true (g_hash_table_add (seen, g_bytes_new (packet, 16)));
		g_assert_cmpuint (big_endian (packet + 8), !=, counter);
	}
	/* Not the same for another key: the IV is a function of the key, so nobody else can compute it. */
	g_assert_cmpuint (g_hash_table_size (seen), ==, 300);
}

static void
test_round_trip (void)
{
	static guint8 packet[16 + MAX_TEXT + 32 + 8], before[sizeof packet];

	for (gsize i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		const gsize iv = aead_iv_octets (&suites[i]), icv = aead_icv_octets (&suites[i]);
		g_autoptr (Aead) ours = aead_counting (&suites[i]), theirs = aead_counting (&suites[i]);

		for (gsize octets = 0; octets <= MAX_TEXT; octets += aead_block_octets (&suites[i]) * (octets < 256 ? 1 : 16))
		{
			Slice text = SLICE_NONE;

			for (gsize at = 0; at < octets; at++)
				packet[iv + at] = (guint8) (at * 5 + octets);
			memcpy (before, packet, sizeof packet);
			g_assert_cmpint (aead_seal (ours, octets + 1, SLICE_LITERAL ("header"), SLICE_NONE, packet, octets), ==,
			                 STATUS_OK);
			if (octets >= 8)
				g_assert_true (memcmp (packet + iv, before + iv, octets) != 0);
			/* Nothing behind the ICV is written. */
			g_assert_cmpmem (packet + iv + octets + icv, 8, before + iv + octets + icv, 8);
			g_assert_cmpint (aead_open (theirs, SLICE_LITERAL ("header"), SLICE_NONE, packet, iv + octets + icv, &text),
			                 ==, STATUS_OK);
			g_assert_cmpmem (text.data, text.len, before + iv, octets);
		}
	}
}

/* Opening must fail, change nothing, and leave the handle good for the next packet. */
static void
assert_refused (Aead *aead, Slice aad, Slice suffix, const guint8 *packet, gsize octets, Status wanted)
{
	guint8 copy[512];
	Slice text = SLICE_NONE;

	memcpy (copy, packet, octets);
	g_assert_cmpint (aead_open (aead, aad, suffix, copy, octets, &text), ==, wanted);
	g_assert_null (text.data);
	g_assert_cmpmem (copy, octets, packet, octets);
}

static void
check_forgeries (const AeadSuite *suite, gsize text_octets)
{
	const gsize iv = aead_iv_octets (suite), icv = aead_icv_octets (suite), octets = iv + text_octets + icv;
	const Slice aad = SLICE_LITERAL ("0123456789abcdef");
	const Slice suffix = aead_suite_combined (suite) ? SLICE_NONE : SLICE_LITERAL ("\0\0\0\7");
	g_autoptr (Aead) aead = aead_counting (suite);
	guint8 packet[512] = { 0 };
	Slice text = SLICE_NONE;

	memset (packet + iv, 0xa5, text_octets);
	g_assert_cmpint (aead_seal (aead, 99, aad, suffix, packet, text_octets), ==, STATUS_OK);
	for (gsize bit = 0; bit < octets * 8; bit++)
	{
		packet[bit / 8] ^= (guint8) (1 << bit % 8);
		assert_refused (aead, aad, suffix, packet, octets, STATUS_BAD_ICV);
		packet[bit / 8] ^= (guint8) (1 << bit % 8);
	}
	for (gsize len = 0; len < octets; len++)
	{
		Status wanted = len < iv + icv                                      ? STATUS_TRUNCATED
		                : (len - iv - icv) % aead_block_octets (suite) != 0 ? STATUS_MALFORMED
		                                                                    : STATUS_BAD_ICV;

		assert_refused (aead, aad, suffix, packet, len, wanted);
	}
	assert_refused (aead, SLICE_LITERAL ("0123456789abcdeF"), suffix, packet, octets, STATUS_BAD_ICV);
	assert_refused (aead, SLICE_NONE, suffix, packet, octets, STATUS_BAD_ICV);
	if (suffix.len > 0)
	{
		assert_refused (aead, aad, SLICE_LITERAL ("\0\0\0\6"), packet, octets, STATUS_BAD_ICV);
		assert_refused (aead, aad, SLICE_NONE, packet, octets, STATUS_BAD_ICV);
	}
	g_assert_cmpint (aead_open (aead, aad, suffix, packet, octets, &text), ==, STATUS_OK);
	g_assert_cmpuint (text.len, ==, text_octets);
	for (gsize i = 0; i < text.len; i++)
		g_assert_cmpint (text.data[i], ==, 0xa5);
}

static void
test_forgeries (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		check_forgeries (&suites[i], aead_block_octets (&suites[i]));
		check_forgeries (&suites[i], 48);
	}
}

/* Several candidate answers, RFC 7296 section 2.4: the keys of one fail, those of the next open the same octets. */
static void
test_second_key (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		const gsize octets = aead_iv_octets (&suites[i]) + 96 + aead_icv_octets (&suites[i]);
		guint8 zeros[128] = { 0 }, packet[256] = { 0 };
		g_autoptr (Aead) wrong = aead_with (&suites[i], slice (zeros, aead_encr_key_octets (&suites[i])),
		                                    slice (zeros, aead_integ_key_octets (&suites[i])));
		g_autoptr (Aead) right = aead_counting (&suites[i]);
		Slice text = SLICE_NONE;

		g_assert_cmpint (aead_seal (right, 5, SLICE_NONE, SLICE_NONE, packet, 96), ==, STATUS_OK);
		g_assert_cmpint (aead_open (wrong, SLICE_NONE, SLICE_NONE, packet, octets, &text), ==, STATUS_BAD_ICV);
		g_assert_cmpint (aead_open (right, SLICE_NONE, SLICE_NONE, packet, octets, &text), ==, STATUS_OK);
		for (gsize at = 0; at < text.len; at++)
			g_assert_cmpint (text.data[at], ==, 0);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/aead/suites", test_suites);
	g_test_add_func ("/crypto/aead/sizes", test_sizes);
	g_test_add_func ("/crypto/aead/combined-vectors", test_combined_vectors);
	g_test_add_func ("/crypto/aead/rfc7634", test_rfc7634);
	g_test_add_func ("/crypto/aead/cbc-vectors", test_cbc_vectors);
	g_test_add_func ("/crypto/aead/rfc3602", test_rfc3602);
	g_test_add_func ("/crypto/aead/cbc-seal", test_cbc_seal);
	g_test_add_func ("/crypto/aead/round-trip", test_round_trip);
	g_test_add_func ("/crypto/aead/forgeries", test_forgeries);
	g_test_add_func ("/crypto/aead/second-key", test_second_key);
	return g_test_run ();
}
