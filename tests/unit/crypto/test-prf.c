/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/prf.h"
#include "vectors.h"

static PrfId
prf_named (const char *name)
{
	static const char *const names[PRF_COUNT] = {
		[PRF_HMAC_SHA1] = "sha1",
		[PRF_HMAC_SHA2_256] = "sha256",
		[PRF_HMAC_SHA2_384] = "sha384",
		[PRF_HMAC_SHA2_512] = "sha512",
	};

	for (guint id = 0; id < PRF_COUNT; id++)
		if (strcmp (names[id], name) == 0)
			return (PrfId) id;
	g_error ("no PRF %s", name);
}

static void
check_hmac (char **words)
{
	PrfId id = prf_named (words[0]);
	g_autoptr (GBytes) key = octets_from_hex (words[1]);
	g_autoptr (GBytes) message = octets_from_hex (words[2]);
	Slice whole = slice_bytes (message);

	/* In one part, and cut in three at every place. */
	for (gsize cut = 0; cut <= whole.len; cut++)
	{
		const Slice parts[] = { slice (whole.data, cut), SLICE_NONE, slice (whole.data + cut, whole.len - cut) };
		g_auto (Secret) output = SECRET_INIT;

		g_assert_cmpint (prf (id, slice_bytes (key), parts, G_N_ELEMENTS (parts), &output), ==, STATUS_OK);
		g_assert_cmpuint (output.len, ==, prf_octets (id));
		assert_octets (secret_view (&output), words[3]);
	}
}

static void
test_hmac (void)
{
	g_assert_cmpuint (vectors_each ("crypto-prf.txt", 4, check_hmac), >=, 20);
}

static void
test_empty (void)
{
	g_auto (Secret) output = SECRET_INIT;

	/* HMAC-SHA-256 of nothing under an empty key, as any implementation of it gives. */
	g_assert_cmpint (prf (PRF_HMAC_SHA2_256, SLICE_NONE, NULL, 0, &output), ==, STATUS_OK);
	assert_octets (secret_view (&output), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* A whole IKEv2 key derivation: the values of the ACVP case that libreswan carries (programs/cavp/test.acvp.ikev2). */
#define NI "32b50d5f4a3763f3"
#define NR "9206a04b26564cb1"
#define SPIS "34c9e7c1888687853ff77d760d2b2199"
#define G_IR "4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52"
#define G_IR_NEW "863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330"
#define SKEYSEED "a9a7b222b59f8f48645f28a1db5b5f5d7479cba7"
#define SK_D "a14293677cc80ff8f9cc0eee30d895da9d8f4056"
#define DKM                                                                                                            \
	SK_D                                                                                                               \
	    "66e30ef0dfcb63c634a46002a2a63080e514a062768b76606f9fa5e992204fc5a670bde3f10d6b027113936a5c55b648a194ae587b00" \
	    "88d52204b702c979fa280870d2ed41efa9c549fd11198af1670b143d384bd275c5f594cf266b05ebadca855e4249520a441a81157435" \
	    "a7a56cc4"
#define DKM_CHILD                                                                                                      \
	"8059e3ee8810e6c3a91bc8bcd2a7a41151b8d0e6ae239c7b38093ad85ef4c5811a8e7b5d1cdabd9560b2d5e092d1f24e2d4b85eccdf0ad0d" \
	"c9abd94b51ee71814ca6dbc8bb51b6309f5b9545c7eb35cf5580b1e521a8fe20754a2d883ba0c2cf285f524aea6545b33106bc03e614296d" \
	"319d41d4b50b3f510b1c0a22f3e664994d234cb4"
#define DKM_CHILD_DH                                                                                                   \
	"bb43244c1860ad65ee1e211ffe8bb3661750c8f89cb9f547df7f4fa61d37301628190e38c66232eab4b3ab14c400a5197dd3730ed4820a8a" \
	"10394d51e1c0400052f63ebd36b0e7ef53aaed31eba4a5080d7d4b5666023a8bbb5ffb7857240f9a05884d1b7d2f933708450b7b3288f1fc" \
	"863ab49fa901227cffc06e27899c7054d56fd74c"
#define SKEYSEED_REKEY "63e81194946ebd05df7df5ebf5d8750056bf1f1d"

static void
check_prf (const char *key, const char *data, const char *wanted)
{
	g_autoptr (GBytes) key_octets = octets_from_hex (key);
	g_autoptr (GBytes) data_octets = octets_from_hex (data);
	Slice part = slice_bytes (data_octets);
	g_auto (Secret) output = SECRET_INIT;

	g_assert_cmpint (prf (PRF_HMAC_SHA1, slice_bytes (key_octets), &part, 1, &output), ==, STATUS_OK);
	assert_octets (secret_view (&output), wanted);
}

static void
check_prf_plus (const char *key, const char *seed, const char *wanted)
{
	g_autoptr (GBytes) key_octets = octets_from_hex (key);
	g_autoptr (GBytes) seed_octets = octets_from_hex (seed);
	g_autoptr (GBytes) all = octets_from_hex (wanted);

	/* Every length gives a prefix of the longest. */
	for (gsize octets = 0; octets <= g_bytes_get_size (all); octets++)
	{
		g_auto (Secret) output = SECRET_INIT;

		g_assert_cmpint (prf_plus (PRF_HMAC_SHA1, slice_bytes (key_octets), slice_bytes (seed_octets), octets, &output),
		                 ==, STATUS_OK);
		g_assert_cmpmem (output.data, output.len, g_bytes_get_data (all, NULL), octets);
	}
}

static void
test_ikev2 (void)
{
	check_prf (NI NR, G_IR, SKEYSEED);
	check_prf_plus (SKEYSEED, NI NR SPIS, DKM);
	check_prf_plus (SK_D, NI NR, DKM_CHILD);
	check_prf_plus (SK_D, G_IR_NEW NI NR, DKM_CHILD_DH);
	check_prf (SK_D, G_IR_NEW NI NR, SKEYSEED_REKEY);
}

/* The longest output there is ends with the block of counter 255. */
static void
test_plus_limit (void)
{
	for (guint i = 0; i < PRF_COUNT; i++)
	{
		const PrfId id = (PrfId) i;
		const gsize step = prf_octets (id);
		const guint8 counter = 255;
		g_auto (Secret) output = SECRET_INIT, last = SECRET_INIT;
		Slice parts[3] = { SLICE_NONE, SLICE_LITERAL ("seed"), { &counter, 1 } };

		g_assert_cmpint (prf_plus (id, SLICE_LITERAL ("key"), SLICE_LITERAL ("seed"), 255 * step, &output), ==,
		                 STATUS_OK);
		parts[0] = slice (output.data + 253 * step, step);
		g_assert_cmpint (prf (id, SLICE_LITERAL ("key"), parts, 3, &last), ==, STATUS_OK);
		g_assert_cmpmem (last.data, last.len, output.data + 254 * step, step);
		g_assert_cmpint (prf_plus (id, SLICE_LITERAL ("key"), SLICE_LITERAL ("seed"), 255 * step + 1, &output), ==,
		                 STATUS_TOO_LARGE);
		/* Written only on success. */
		g_assert_cmpuint (output.len, ==, 255 * step);
	}
}

/* Input may be the very secret that is replaced (SK_d of a rekeyed IKE SA). */
static void
test_alias (void)
{
	g_auto (Secret) secret = SECRET_INIT, other = SECRET_INIT;
	Slice part = SLICE_LITERAL ("data");

	secret_set (&secret, SLICE_LITERAL ("a key that is replaced"));
	g_assert_cmpint (prf (PRF_HMAC_SHA2_256, secret_view (&secret), &part, 1, &other), ==, STATUS_OK);
	g_assert_cmpint (prf (PRF_HMAC_SHA2_256, secret_view (&secret), &part, 1, &secret), ==, STATUS_OK);
	g_assert_true (secret_equal (secret_view (&secret), secret_view (&other)));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/prf/hmac", test_hmac);
	g_test_add_func ("/crypto/prf/empty", test_empty);
	g_test_add_func ("/crypto/prf/ikev2", test_ikev2);
	g_test_add_func ("/crypto/prf/plus-limit", test_plus_limit);
	g_test_add_func ("/crypto/prf/alias", test_alias);
	return g_test_run ();
}
