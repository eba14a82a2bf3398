/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kex-private.h"

#include <gmp.h>

#include "modp-primes.h"

/* The exponent is twice as long as the group is strong (RFC 7919 section 5.2 reasons alike), rounded up. */
typedef struct
{
	KexId id;
	const char *prime;
	guint prime_octets;
	guint exponent_octets;
} ModpRow;

static const ModpRow modp_rows[] = {
	{ KEX_MODP_1024, PRIME_1024, 128, 24 },
	{ KEX_MODP_2048, PRIME_2048, 256, 32 },
	{ KEX_MODP_3072, PRIME_3072, 384, 36 },
	{ KEX_MODP_4096, PRIME_4096, 512, 42 },
};

static const ModpRow *
row_of (KexId id)
{
	for (guint i = 0; i < G_N_ELEMENTS (modp_rows); i++)
		if (modp_rows[i].id == id)
			return &modp_rows[i];
	return NULL;
}

static void
import (mpz_t number, Slice octets)
{
	mpz_import (number, octets.len, 1, 1, 1, 0, octets.data);
}

/* Big-endian, padded with zeros in front. */
static void export(const mpz_t number, guint8 *to, gsize octets)
{
	gsize used = (mpz_sizeinbase (number, 2) + 7) / 8;

	memset (to, 0, octets);
	mpz_export (to + octets - used, NULL, 1, 1, 1, 0, number);
}

static void
wipe_number (mpz_t number)
{
	mp_size_t n = (mp_size_t) mpz_size (number);

	if (n > 0)
		secret_wipe (mpz_limbs_modify (number, n), (gsize) n * sizeof (mp_limb_t));
	mpz_clear (number);
}

/* base^private mod p; in constant time for the exponent. */
static void
power (const ModpRow *row, const mpz_t base, Slice private, guint8 *result)
{
	mpz_t prime, exponent, power;

	mpz_init_set_str (prime, row->prime, 16);
	mpz_inits (exponent, power, NULL);
	import (exponent, private);
	mpz_powm_sec (power, base, exponent, prime);
	export(power, result, row->prime_octets);
	wipe_number (exponent);
	wipe_number (power);
	mpz_clear (prime);
}

Status
kex_modp_new (KexId id, const Rng *rng, Secret *private, guint8 *public)
{
	const ModpRow *row = row_of (id);
	Status status;
	mpz_t two;

	secret_alloc (private, row->exponent_octets);
	status = rng_fill (rng, private->data, private->len);
	if (status != STATUS_OK)
		return status;
	/* Full length, and never zero. */
	private->data[0] |= 0x80;
	mpz_init_set_ui (two, 2);
	power (row, two, secret_view (private), public);
	mpz_clear (two);
	return STATUS_OK;
}

Status
kex_modp_derive (KexId id, Slice private, Slice peer_public, Secret *ret_shared)
{
	const ModpRow *row = row_of (id);
	mpz_t prime, peer, most;
	gboolean good;

	mpz_init_set_str (prime, row->prime, 16);
	mpz_inits (peer, most, NULL);
	import (peer, peer_public);
	mpz_sub_ui (most, prime, 2);
	/* RFC 6989 section 2.1: 2 <= y <= p - 2 for safe primes. */
	good = mpz_cmp_ui (peer, 2) >= 0 && mpz_cmp (peer, most) <= 0;
	if (good)
	{
		secret_alloc (ret_shared, row->prime_octets);
		power (row, peer, private, ret_shared->data);
	}
	mpz_clears (prime, peer, most, NULL);
	return good ? STATUS_OK : STATUS_MALFORMED;
}
