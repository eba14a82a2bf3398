/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: ephemeral key exchange: one private value, one derivation (RFC 7296 section 2.12: never used again).
 * Must not know: KE payloads, group numbers. Public values are on the wire as the KE payload wants them (RFC 5903:
 * x | y without the leading 04; RFC 8031: u little-endian; MODP: padded to the length of the prime).
 */
#pragma once

#include "rng.h"
#include "base/secret.h"

typedef enum
{
	KEX_ECP_256,
	KEX_ECP_384,
	KEX_ECP_521,
	KEX_CURVE25519,
	KEX_MODP_2048,
	KEX_MODP_3072,
	KEX_MODP_4096,
	KEX_MODP_1024, /* weak: only where the profile says so */
	KEX_COUNT
} KexId;

typedef struct Kex Kex;

gsize kex_public_octets (KexId id);

/* Errors: STATUS_CRYPTO, those of @rng */
Status kex_new (KexId id, const Rng *rng, Kex **ret_kex);
void kex_free (Kex *kex); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Kex, kex_free)

KexId kex_id (const Kex *kex);
Slice kex_public (const Kex *kex); /* valid as long as @kex */

/**
 * kex_derive:
 * @peer_public: any octets from the wire
 * Shape:  peer public value -> shared secret (RFC 5903: x only; RFC 8031: 32 octets; MODP: padded to the prime)
 * Errors: STATUS_MALFORMED for a value that RFC 6989 section 2 forbids (length, not on the curve, 0, 1, p-1, a result of all
 *         zeros); STATUS_CRYPTO
 */
Status kex_derive (const Kex *kex, Slice peer_public, Secret *ret_shared);
