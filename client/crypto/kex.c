/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kex-private.h"

#define MAX_PUBLIC_OCTETS 512

struct Kex
{
	KexId id;
	Secret private;
	gsize public_octets;
	guint8 public[MAX_PUBLIC_OCTETS];
};

static const gsize public_octets[KEX_COUNT] = {
	[KEX_ECP_256] = 64,    [KEX_ECP_384] = 96,    [KEX_ECP_521] = 132,   [KEX_CURVE25519] = 32,
	[KEX_MODP_1024] = 128, [KEX_MODP_2048] = 256, [KEX_MODP_3072] = 384, [KEX_MODP_4096] = 512,
};

gsize
kex_public_octets (KexId id)
{
	return public_octets[id];
}

static gboolean
is_ecp (KexId id)
{
	return id == KEX_ECP_256 || id == KEX_ECP_384 || id == KEX_ECP_521;
}

Status
kex_new (KexId id, const Rng *rng, Kex **ret_kex)
{
	g_autoptr (Kex) kex = g_new0 (Kex, 1);
	Status status;

	kex->id = id;
	kex->public_octets = kex_public_octets (id);
	if (is_ecp (id))
		status = kex_ecp_new (id, rng, &kex->private, kex->public);
	else if (id == KEX_CURVE25519)
		status = kex_curve25519_new (rng, &kex->private, kex->public);
	else
		status = kex_modp_new (id, rng, &kex->private, kex->public);
	if (status == STATUS_OK)
		*ret_kex = g_steal_pointer (&kex);
	return status;
}

void
kex_free (Kex *kex)
{
	if (kex == NULL)
		return;
	secret_clear (&kex->private);
	g_free (kex);
}

KexId
kex_id (const Kex *kex)
{
	return kex->id;
}

Slice
kex_public (const Kex *kex)
{
	return slice (kex->public, kex->public_octets);
}

Status
kex_derive (const Kex *kex, Slice peer_public, Secret *ret_shared)
{
	g_auto (Secret) shared = SECRET_INIT;
	Slice private = secret_view (&kex->private);
	Status status;

	if (peer_public.len != kex->public_octets)
		return STATUS_MALFORMED;
	if (is_ecp (kex->id))
		status = kex_ecp_derive (kex->id, private, peer_public, &shared);
	else if (kex->id == KEX_CURVE25519)
		status = kex_curve25519_derive (private, peer_public, &shared);
	else
		status = kex_modp_derive (kex->id, private, peer_public, &shared);
	if (status != STATUS_OK)
		return status;
	secret_clear (ret_shared);
	*ret_shared = secret_steal (&shared);
	return STATUS_OK;
}
