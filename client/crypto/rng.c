/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rng.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

static Status
system_fill (gpointer state, guint8 *data, gsize octets)
{
	return gnutls_rnd (GNUTLS_RND_KEY, data, octets) == 0 ? STATUS_OK : STATUS_CRYPTO;
}

Rng
rng_system (void)
{
	return (Rng){ .fill = system_fill };
}

Status
rng_fill (const Rng *rng, guint8 *data, gsize octets)
{
	return rng->fill (rng->state, data, octets);
}
