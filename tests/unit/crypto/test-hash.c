/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/hash.h"
#include "vectors.h"

/* RFC 1321 appendix A.5, FIPS 180-4 examples */
static const struct
{
	HashId id;
	const char *text;
	const char *digest;
} cases[] = {
	{ HASH_MD5, "", "d41d8cd98f00b204e9800998ecf8427e" },
	{ HASH_MD5, "abc", "900150983cd24fb0d6963f7d28e17f72" },
	{ HASH_SHA1, "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
	{ HASH_SHA1, "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
	{ HASH_SHA2_256, "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ HASH_SHA2_256, "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ HASH_SHA2_384, "abc",
	  "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7" },
	{ HASH_SHA2_512, "abc",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e"
	  "2a9ac94fa54ca49f" },
};

static void
test_values (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		Slice part = slice_text (cases[i].text);
		guint8 digest[HASH_MAX_OCTETS];

		g_assert_cmpint (hash (cases[i].id, &part, 1, digest), ==, STATUS_OK);
		g_assert_cmpuint (hash_octets (cases[i].id) * 2, ==, strlen (cases[i].digest));
		assert_octets (slice (digest, hash_octets (cases[i].id)), cases[i].digest);
	}
}

static void
test_parts (void)
{
	for (guint id = 0; id < HASH_COUNT; id++)
	{
		const Slice whole = SLICE_LITERAL ("abc");
		const Slice parts[] = { SLICE_LITERAL ("a"), SLICE_NONE, SLICE_LITERAL ("b"), SLICE_LITERAL ("c"), SLICE_NONE };
		guint8 a[HASH_MAX_OCTETS + 1], b[HASH_MAX_OCTETS + 1];

		memset (a, 0x55, sizeof a);
		memset (b, 0x55, sizeof b);
		g_assert_cmpint (hash ((HashId) id, &whole, 1, a), ==, STATUS_OK);
		g_assert_cmpint (hash ((HashId) id, parts, G_N_ELEMENTS (parts), b), ==, STATUS_OK);
		/* Octets behind the digest are left alone. */
		g_assert_cmpmem (a, sizeof a, b, sizeof b);
		g_assert_cmpint (a[hash_octets ((HashId) id)], ==, 0x55);
		g_assert_cmpint (hash ((HashId) id, NULL, 0, a), ==, STATUS_OK);
		g_assert_true (memcmp (a, b, hash_octets ((HashId) id)) != 0);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/hash/values", test_values);
	g_test_add_func ("/crypto/hash/parts", test_parts);
	return g_test_run ();
}
