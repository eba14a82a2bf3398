/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <gmp.h>

#include "crypto/kex.h"
#include "vectors.h"

/* Gives the octets of @state first, then those of the next fill from its start again. */
typedef struct
{
	GBytes *octets;
	guint fills;
} FixedSource;

static Status
fixed_fill (gpointer state, guint8 *data, gsize octets)
{
	FixedSource *source = state;
	Slice view = slice_bytes (source->octets);

	source->fills++;
	g_assert_cmpuint (view.len, ==, octets);
	memcpy (data, view.data, octets);
	return STATUS_OK;
}

static Kex *
kex_with_private (KexId id, const char *hex)
{
	FixedSource source = { octets_from_hex (hex), 0 };
	Rng rng = { .fill = fixed_fill, .state = &source };
	Kex *kex = NULL;

	g_assert_cmpint (kex_new (id, &rng, &kex), ==, STATUS_OK);
	g_assert_cmpint (kex_id (kex), ==, id);
	g_assert_cmpuint (kex_public (kex).len, ==, kex_public_octets (id));
	g_bytes_unref (source.octets);
	return kex;
}

static void
assert_derives (const Kex *kex, Slice peer, const char *shared_hex)
{
	g_auto (Secret) shared = SECRET_INIT;

	g_assert_cmpint (kex_derive (kex, peer, &shared), ==, STATUS_OK);
	assert_octets (secret_view (&shared), shared_hex);
}

static void
assert_refused (const Kex *kex, Slice peer)
{
	g_auto (Secret) shared = SECRET_INIT;

	secret_set (&shared, SLICE_LITERAL ("before"));
	g_assert_cmpint (kex_derive (kex, peer, &shared), ==, STATUS_MALFORMED);
	/* Written only on success. */
	g_assert_true (slice_equal (secret_view (&shared), SLICE_LITERAL ("before")));
}

/* RFC 5903 sections 8.1 to 8.3 */
static const struct
{
	KexId id;
	const char *i, *gi, *r, *gr, *shared;
} pairs[] = {
	{ KEX_ECP_256, "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
	  "dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58"
	  "3"
	  "89e0577b8990bb3",
	  "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
	  "d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf6356fbf3ca366cc23e8157854c13c58d6aac23f046ada30f83"
	  "5"
	  "3e74f33039872ab",
	  "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de" },
	{ KEX_ECP_384, "099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655e35b538041e649ee3faef896783ab194",
	  "667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6de3ac808acb4bdb4c88732aee95f41aa9482ed1fc0eeb9ca"
	  "f"
	  "c4984625ccfc23f65032149e0e144ada024181535a0f38eeb9fcff3c2c947dae69b4c634573a81c",
	  "41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942e0308312916b8ed2960e4bd55a7448fc",
	  "e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d0d1ac43a0336def96fda41d0774a3571dcfbec7aacf31964"
	  "7"
	  "2169e838430367f66eebe3c6e70c416dd5f0c68759dd1fff83fa40142209dff5eaad96db9e6386c",
	  "11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746" },
	{ KEX_ECP_521,
	  "0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a095aa85a30fe1c2952c6771d937ba9777f5957b2639bab072"
	  "46"
	  "2f68c27a57382d4a52",
	  "0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbee1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4"
	  "60"
	  "1723c4195d176ced3e017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10ad8a788015ac405d7799dc75e7b7d5b"
	  "6c"
	  "f2261a6a7f1507438bf01beb6ca3926f9582",
	  "0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4"
	  "ef"
	  "fc311f5cb151685eb9",
	  "00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a219b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433c"
	  "ed"
	  "2b6171640012d9460f015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87220b6536c5c408a1d2aebb8e86d678"
	  "ae"
	  "49cb57091f4732296579ab44fcd17f0fc56a",
	  "01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151"
	  "f2"
	  "bee417996d19f3ddea" },
};

static void
test_pairs (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (pairs); i++)
	{
		g_autoptr (Kex) ours = kex_with_private (pairs[i].id, pairs[i].i);
		g_autoptr (Kex) theirs = kex_with_private (pairs[i].id, pairs[i].r);

		assert_octets (kex_public (ours), pairs[i].gi);
		assert_octets (kex_public (theirs), pairs[i].gr);
		assert_derives (ours, kex_public (theirs), pairs[i].shared);
		assert_derives (theirs, kex_public (ours), pairs[i].shared);
	}
}

static void
check_ecdh (char **words)
{
	const KexId id = words[0][1] == '2' ? KEX_ECP_256 : words[0][1] == '3' ? KEX_ECP_384 : KEX_ECP_521;
	g_autoptr (Kex) kex = kex_with_private (id, words[1]);
	g_autoptr (GBytes) peer = octets_from_hex (words[2]);

	if (strcmp (words[3], "bad") == 0)
		assert_refused (kex, slice_bytes (peer));
	else
		assert_derives (kex, slice_bytes (peer), words[3]);
}

static void
test_ecdh_vectors (void)
{
	g_assert_cmpuint (vectors_each ("crypto-ecdh.txt", 4, check_ecdh), >=, 60);
}

/* RFC 7748 section 5.2; the second u has its unused top bit set, which is masked. */
static void
test_curve25519 (void)
{
	g_autoptr (Kex) first =
	    kex_with_private (KEX_CURVE25519, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
	g_autoptr (Kex) second =
	    kex_with_private (KEX_CURVE25519, "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d");
	g_autoptr (GBytes) u1 = octets_from_hex ("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
	g_autoptr (GBytes) u2 = octets_from_hex ("e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493");
	g_auto (Secret) one = SECRET_INIT, other = SECRET_INIT;

	assert_derives (first, slice_bytes (u1), "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552");
	assert_derives (second, slice_bytes (u2), "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957");
	g_assert_cmpint (kex_derive (first, kex_public (second), &one), ==, STATUS_OK);
	g_assert_cmpint (kex_derive (second, kex_public (first), &other), ==, STATUS_OK);
	g_assert_true (secret_equal (secret_view (&one), secret_view (&other)));
}

/* The iteration of RFC 7748 section 5.2: k, u = X25519 (k, u), k. */
static void
test_curve25519_iterated (void)
{
	guint8 k[32] = { 9 }, u[32] = { 9 };

	for (guint i = 0; i < 1000; i++)
	{
		FixedSource source = { g_bytes_new (k, sizeof k), 0 };
		Rng rng = { .fill = fixed_fill, .state = &source };
		g_autoptr (Kex) kex = NULL;
		g_auto (Secret) shared = SECRET_INIT;

		g_assert_cmpint (kex_new (KEX_CURVE25519, &rng, &kex), ==, STATUS_OK);
		g_assert_cmpint (kex_derive (kex, SLICE_ARRAY (u), &shared), ==, STATUS_OK);
		memcpy (u, k, sizeof u);
		memcpy (k, shared.data, sizeof k);
		g_bytes_unref (source.octets);
	}
	assert_octets (SLICE_ARRAY (k), "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

/* The u of all points of small order, also as the numbers above the prime that stand for them: the result is zero. */
static void
test_curve25519_small_order (void)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	g_autoptr (Kex) kex =
	    kex_with_private (KEX_CURVE25519, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");

	for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
	{
		g_autoptr (GBytes) point = octets_from_hex (points[i]);
		guint8 octets[32];

		memcpy (octets, slice_bytes (point).data, sizeof octets);
		assert_refused (kex, SLICE_ARRAY (octets));
		octets[31] |= 0x80;
		assert_refused (kex, SLICE_ARRAY (octets));
	}
}

/* floor (2^bits * pi), by pi = 16 atan (1/5) - 4 atan (1/239) */
static void
pi_scaled (mpz_t result, guint bits)
{
	static const struct
	{
		guint x;
		int factor;
	} terms[] = { { 5, 16 }, { 239, -4 } };
	const guint guard = 64;
	mpz_t power, part;

	mpz_set_ui (result, 0);
	mpz_inits (power, part, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (terms); i++)
	{
		mpz_set_ui (power, 1);
		mpz_mul_2exp (power, power, bits + guard);
		mpz_fdiv_q_ui (power, power, terms[i].x);
		for (guint k = 1; mpz_sgn (power) != 0; k += 2)
		{
			mpz_fdiv_q_ui (part, power, k);
			mpz_mul_si (part, part, k % 4 == 1 ? terms[i].factor : -terms[i].factor);
			mpz_add (result, result, part);
			mpz_fdiv_q_ui (power, power, terms[i].x * terms[i].x);
		}
	}
	mpz_fdiv_q_2exp (result, result, guard);
	mpz_clears (power, part, NULL);
}

static const struct
{
	KexId id;
	guint bits;
	guint c; /* RFC 2409 section 6.2, RFC 3526 sections 3 to 5 */
} modps[] = {
	{ KEX_MODP_1024, 1024, 129093 },
	{ KEX_MODP_2048, 2048, 124476 },
	{ KEX_MODP_3072, 3072, 1690314 },
	{ KEX_MODP_4096, 4096, 240904 },
};

/* 2^n - 2^(n-64) - 1 + 2^64 * (floor (2^(n-130) pi) + c) */
static void
modp_prime (mpz_t prime, guint bits, guint c)
{
	mpz_t term;

	mpz_init_set_ui (term, 1);
	pi_scaled (prime, bits - 130);
	mpz_add_ui (prime, prime, c);
	mpz_mul_2exp (prime, prime, 64);
	mpz_sub_ui (prime, prime, 1);
	mpz_mul_2exp (term, term, bits);
	mpz_add (prime, prime, term);
	mpz_fdiv_q_2exp (term, term, 64);
	mpz_sub (prime, prime, term);
	mpz_clear (term);
}

static GBytes *
padded (const mpz_t number, gsize octets)
{
	guint8 *data = g_malloc0 (octets);
	gsize used = (mpz_sizeinbase (number, 2) + 7) / 8;

	g_assert_cmpuint (used, <=, octets);
	if (mpz_sgn (number) != 0)
		mpz_export (data + octets - used, NULL, 1, 1, 1, 0, number);
	return g_bytes_new_take (data, octets);
}

static void
assert_modp_refused (const Kex *kex, const mpz_t number)
{
	g_autoptr (GBytes) peer = padded (number, kex_public_octets (kex_id (kex)));

	assert_refused (kex, slice_bytes (peer));
}

/* The group from its formula: what RFC 6989 section 2.1 forbids is refused around the very prime we computed. */
static void
test_modp_range (void)
{
	const Rng rng = rng_system ();

	for (gsize i = 0; i < G_N_ELEMENTS (modps); i++)
	{
		g_autoptr (Kex) kex = NULL;
		g_autoptr (GBytes) largest = NULL;
		g_auto (Secret) shared = SECRET_INIT;
		mpz_t prime, number;

		mpz_inits (prime, number, NULL);
		modp_prime (prime, modps[i].bits, modps[i].c);
		g_assert_cmpint (kex_new (modps[i].id, &rng, &kex), ==, STATUS_OK);
		g_assert_cmpuint (kex_public_octets (modps[i].id), ==, modps[i].bits / 8);
		for (guint small = 0; small <= 1; small++)
		{
			mpz_set_ui (number, small);
			assert_modp_refused (kex, number);
			mpz_sub_ui (number, prime, small);
			assert_modp_refused (kex, number);
			mpz_add_ui (number, prime, small + 1);
			assert_modp_refused (kex, number);
		}
		mpz_sub_ui (number, prime, 2);
		largest = padded (number, modps[i].bits / 8);
		g_assert_cmpint (kex_derive (kex, slice_bytes (largest), &shared), ==, STATUS_OK);
		g_assert_cmpuint (shared.len, ==, modps[i].bits / 8);
		mpz_clears (prime, number, NULL);
	}
}

/* Against a peer whose private value the test knows, by plain powers of GMP in our own prime. */
static void
test_modp_values (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (modps); i++)
	{
		static const gsize sizes[] = { 24, 32, 36, 40, 42, 50, 64 };
		mpz_t prime, exponent, base, power;
		guint8 private[64];

		memset (private, 0xc3, sizeof private);
		mpz_inits (prime, exponent, base, power, NULL);
		modp_prime (prime, modps[i].bits, modps[i].c);
		for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++)
		{
			g_autoptr (GBytes) peer = NULL, wanted_shared = NULL;
			g_autoptr (Kex) kex = NULL;
			g_auto (Secret) shared = SECRET_INIT;
			const Rng rng = rng_system ();

			mpz_import (exponent, sizes[s], 1, 1, 1, 0, private);
			mpz_set_ui (base, 2);
			mpz_powm (power, base, exponent, prime);
			peer = padded (power, modps[i].bits / 8);
			g_assert_cmpint (kex_new (modps[i].id, &rng, &kex), ==, STATUS_OK);
			g_assert_cmpint (kex_derive (kex, slice_bytes (peer), &shared), ==, STATUS_OK);
			/* (2^x)^y computed from the other side */
			mpz_import (base, kex_public (kex).len, 1, 1, 1, 0, kex_public (kex).data);
			mpz_powm (power, base, exponent, prime);
			wanted_shared = padded (power, modps[i].bits / 8);
			g_assert_cmpmem (shared.data, shared.len, slice_bytes (wanted_shared).data,
			                 slice_bytes (wanted_shared).len);
		}
		mpz_clears (prime, exponent, base, power, NULL);
	}
}

static void
test_lengths (void)
{
	const Rng rng = rng_system ();

	for (guint id = 0; id < KEX_COUNT; id++)
	{
		const gsize octets = kex_public_octets ((KexId) id);
		g_autoptr (Kex) kex = NULL, other = NULL;
		g_autofree guint8 *data = g_malloc0 (octets + 2);
		g_auto (Secret) a = SECRET_INIT, b = SECRET_INIT;

		g_assert_cmpint (kex_new ((KexId) id, &rng, &kex), ==, STATUS_OK);
		g_assert_cmpint (kex_new ((KexId) id, &rng, &other), ==, STATUS_OK);
		g_assert_false (slice_equal (kex_public (kex), kex_public (other)));
		memcpy (data + 1, kex_public (other).data, octets);
		for (gsize len = 0; len <= octets + 1; len++)
			if (len != octets)
				assert_refused (kex, slice (data + 1, len));
		/* With the 04 of other protocols in front. */
		data[0] = 4;
		assert_refused (kex, slice (data, octets + 1));
		g_assert_cmpint (kex_derive (kex, kex_public (other), &a), ==, STATUS_OK);
		g_assert_cmpint (kex_derive (other, kex_public (kex), &b), ==, STATUS_OK);
		g_assert_true (a.len > 0 && secret_equal (secret_view (&a), secret_view (&b)));
	}
}

/* A point off the curve, coordinates at and above the prime, the point at infinity as zeros: RFC 6989 section 2.3. */
static void
test_ecp_invalid (void)
{
	const Rng rng = rng_system ();

	for (guint id = KEX_ECP_256; id <= KEX_ECP_521; id++)
	{
		const gsize octets = kex_public_octets ((KexId) id), half = octets / 2;
		g_autoptr (Kex) kex = NULL, other = NULL;
		guint8 peer[132];
		mpz_t number, prime;

		g_assert_cmpint (kex_new ((KexId) id, &rng, &kex), ==, STATUS_OK);
		g_assert_cmpint (kex_new ((KexId) id, &rng, &other), ==, STATUS_OK);
		memset (peer, 0, sizeof peer);
		assert_refused (kex, slice (peer, octets));
		memset (peer, 0xff, sizeof peer);
		assert_refused (kex, slice (peer, octets));
		for (gsize bit = 0; bit < octets * 8; bit++)
		{
			memcpy (peer, kex_public (other).data, octets);
			peer[bit / 8] ^= (guint8) (1 << bit % 8);
			assert_refused (kex, slice (peer, octets));
		}
		/* The same point with x + p or y + p, where that still fits: only P-521 has the room. */
		mpz_inits (number, prime, NULL);
		mpz_ui_pow_ui (prime, 2, 521);
		mpz_sub_ui (prime, prime, 1);
		for (gsize at = 0; id == KEX_ECP_521 && at < octets; at += half)
		{
			g_autoptr (GBytes) moved = NULL;

			memcpy (peer, kex_public (other).data, octets);
			mpz_import (number, half, 1, 1, 1, 0, peer + at);
			mpz_add (number, number, prime);
			moved = padded (number, half);
			memcpy (peer + at, slice_bytes (moved).data, half);
			assert_refused (kex, slice (peer, octets));
		}
		mpz_clears (number, prime, NULL);
	}
}

typedef struct
{
	guint fills;
	guint good_from; /* the first fill that is not all @octet */
	guint8 octet;
} PoorSource;

static Status
poor_fill (gpointer state, guint8 *data, gsize octets)
{
	PoorSource *source = state;

	memset (data, source->fills++ < source->good_from ? source->octet : 0x01, octets);
	return STATUS_OK;
}

/* Zero and what is not below the order is drawn again, but not for ever. */
static void
test_rejection (void)
{
	for (guint id = KEX_ECP_256; id <= KEX_ECP_521; id++)
		for (guint octet = 0; octet <= 0xff; octet += 0xff)
		{
			PoorSource source = { 0, 3, (guint8) octet };
			Rng rng = { .fill = poor_fill, .state = &source };
			g_autoptr (Kex) kex = NULL;

			g_assert_cmpint (kex_new ((KexId) id, &rng, &kex), ==, STATUS_OK);
			g_assert_cmpuint (source.fills, ==, 4);
			g_clear_pointer (&kex, kex_free);
			source = (PoorSource){ 0, G_MAXUINT, (guint8) octet };
			g_assert_cmpint (kex_new ((KexId) id, &rng, &kex), ==, STATUS_CRYPTO);
			g_assert_null (kex);
			g_assert_cmpuint (source.fills, <=, 1000);
		}
}

static Status
broken_fill (gpointer state, guint8 *data, gsize octets)
{
	return STATUS_INTERNAL;
}

static void
test_broken_rng (void)
{
	const Rng rng = { .fill = broken_fill };

	for (guint id = 0; id < KEX_COUNT; id++)
	{
		Kex *kex = NULL;

		g_assert_cmpint (kex_new ((KexId) id, &rng, &kex), ==, STATUS_INTERNAL);
		g_assert_null (kex);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/kex/pairs", test_pairs);
	g_test_add_func ("/crypto/kex/ecdh-vectors", test_ecdh_vectors);
	g_test_add_func ("/crypto/kex/curve25519", test_curve25519);
	g_test_add_func ("/crypto/kex/curve25519-iterated", test_curve25519_iterated);
	g_test_add_func ("/crypto/kex/curve25519-small-order", test_curve25519_small_order);
	g_test_add_func ("/crypto/kex/modp-range", test_modp_range);
	g_test_add_func ("/crypto/kex/modp-values", test_modp_values);
	g_test_add_func ("/crypto/kex/lengths", test_lengths);
	g_test_add_func ("/crypto/kex/ecp-invalid", test_ecp_invalid);
	g_test_add_func ("/crypto/kex/rejection", test_rejection);
	g_test_add_func ("/crypto/kex/broken-rng", test_broken_rng);
	return g_test_run ();
}
