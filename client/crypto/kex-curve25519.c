/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kex-private.h"

#include <nettle/curve25519.h>

Status
kex_curve25519_new (const Rng *rng, Secret *private, guint8 *public)
{
	Status status;

	secret_alloc (private, CURVE25519_SIZE);
	status = rng_fill (rng, private->data, private->len);
	if (status == STATUS_OK)
		curve25519_mul_g (public, private->data);
	return status;
}

Status
kex_curve25519_derive (Slice private, Slice peer_public, Secret *ret_shared)
{
	static const guint8 zeros[CURVE25519_SIZE];

	secret_alloc (ret_shared, CURVE25519_SIZE);
	curve25519_mul (ret_shared->data, private.data, peer_public.data);
	/* RFC 8031 section 5: a point of small order gives zeros. */
	return secret_equal (secret_view (ret_shared), SLICE_ARRAY (zeros)) ? STATUS_MALFORMED : STATUS_OK;
}
