/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kex-private.h"

#include <gmp.h>
#include <nettle/ecc-curve.h>
#include <nettle/ecc.h>

#define MAX_TRIES 64 /* a random scalar is refused with a chance of 2^-32 at most */

static const struct ecc_curve *
curve_of (KexId id)
{
	switch (id)
	{
	case KEX_ECP_256:
		return nettle_get_secp_256r1 ();
	case KEX_ECP_384:
		return nettle_get_secp_384r1 ();
	case KEX_ECP_521:
		return nettle_get_secp_521r1 ();
	case KEX_CURVE25519:
	case KEX_MODP_1024:
	case KEX_MODP_2048:
	case KEX_MODP_3072:
	case KEX_MODP_4096:
	case KEX_COUNT:
		break;
	}
	return NULL;
}

static void export(const mpz_t number, guint8 *to, gsize octets)
{
	gsize used = (mpz_sizeinbase (number, 2) + 7) / 8;

	memset (to, 0, octets);
	if (mpz_sgn (number) != 0)
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

/* nettle frees limbs as they are. */
static void
clear_scalar (struct ecc_scalar *scalar, const struct ecc_curve *curve)
{
	secret_wipe (scalar->p, ecc_size (curve) * sizeof (mp_limb_t));
	ecc_scalar_clear (scalar);
}

static void
clear_point (struct ecc_point *point, const struct ecc_curve *curve)
{
	secret_wipe (point->p, ecc_size_a (curve) * sizeof (mp_limb_t));
	ecc_point_clear (point);
}

static gboolean
set_scalar (struct ecc_scalar *scalar, Slice octets)
{
	mpz_t number;
	gboolean good;

	mpz_init (number);
	mpz_import (number, octets.len, 1, 1, 1, 0, octets.data);
	/* Refuses zero and what is not below the order. */
	good = ecc_scalar_set (scalar, number) == 1;
	wipe_number (number);
	return good;
}

/* x | y, or x alone when @y_too is FALSE. */
static void
export_point (const struct ecc_point *point, guint8 *to, gsize coordinate_octets, gboolean y_too)
{
	mpz_t x, y;

	mpz_inits (x, y, NULL);
	ecc_point_get (point, x, y);
	export(x, to, coordinate_octets);
	if (y_too)
		export(y, to + coordinate_octets, coordinate_octets);
	wipe_number (x);
	wipe_number (y);
}

Status
kex_ecp_new (KexId id, const Rng *rng, Secret *private, guint8 *public)
{
	const struct ecc_curve *curve = curve_of (id);
	gsize octets = kex_public_octets (id) / 2;
	struct ecc_scalar scalar;
	struct ecc_point point;
	Status status = STATUS_CRYPTO;
	guint excess_bits = (guint) (octets * 8 - ecc_bit_size (curve));

	ecc_scalar_init (&scalar, curve);
	ecc_point_init (&point, curve);
	secret_alloc (private, octets);
	for (guint i = 0; i < MAX_TRIES; i++)
	{
		status = rng_fill (rng, private->data, private->len);
		if (status != STATUS_OK)
			break;
		private->data[0] &= (guint8) (0xff >> excess_bits);
		status = set_scalar (&scalar, secret_view (private)) ? STATUS_OK : STATUS_CRYPTO;
		if (status == STATUS_OK)
			break;
	}
	if (status == STATUS_OK)
	{
		ecc_point_mul_g (&point, &scalar);
		export_point (&point, public, octets, TRUE);
	}
	clear_scalar (&scalar, curve);
	ecc_point_clear (&point);
	return status;
}

Status
kex_ecp_derive (KexId id, Slice private, Slice peer_public, Secret *ret_shared)
{
	const struct ecc_curve *curve = curve_of (id);
	gsize octets = kex_public_octets (id) / 2;
	struct ecc_scalar scalar;
	struct ecc_point peer, shared;
	mpz_t x, y;
	gboolean good;

	ecc_scalar_init (&scalar, curve);
	ecc_point_init (&peer, curve);
	ecc_point_init (&shared, curve);
	mpz_inits (x, y, NULL);
	mpz_import (x, octets, 1, 1, 1, 0, peer_public.data);
	mpz_import (y, octets, 1, 1, 1, 0, peer_public.data + octets);
	/* Refuses coordinates out of range and points off the curve (RFC 6989 section 2.3); its order is prime. */
	good = ecc_point_set (&peer, x, y) == 1 && set_scalar (&scalar, private);
	if (good)
	{
		ecc_point_mul (&shared, &scalar, &peer);
		secret_alloc (ret_shared, octets);
		/* RFC 5903 section 9: the x coordinate alone. */
		export_point (&shared, ret_shared->data, octets, FALSE);
	}
	mpz_clears (x, y, NULL);
	clear_scalar (&scalar, curve);
	ecc_point_clear (&peer);
	clear_point (&shared, curve);
	return good ? STATUS_OK : STATUS_MALFORMED;
}
