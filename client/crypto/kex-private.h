/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what the three families of groups are to kex.c. Lengths of public values were checked by it.
 * Must not know: anything outside this folder.
 */
#pragma once

#include "kex.h"

/* @public: room for kex_public_octets(); @private: set by the family as it likes it. */
Status kex_modp_new (KexId id, const Rng *rng, Secret *private, guint8 *public);
Status kex_modp_derive (KexId id, Slice private, Slice peer_public, Secret *ret_shared);

Status kex_ecp_new (KexId id, const Rng *rng, Secret *private, guint8 *public);
Status kex_ecp_derive (KexId id, Slice private, Slice peer_public, Secret *ret_shared);

Status kex_curve25519_new (const Rng *rng, Secret *private, guint8 *public);
Status kex_curve25519_derive (Slice private, Slice peer_public, Secret *ret_shared);
