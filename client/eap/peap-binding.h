/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the crypto-binding of PEAPv0, which proves that who ends the tunnel and who knows the inner key are one.
 * Must not know: packets other than the TLV itself.
 */
#pragma once

#include "base/secret.h"
#include "base/status.h"

#define PEAP_BINDING_OCTETS 60 /* the TLV with its header */

/* Its keys: both ends make them from the tunnel and from the inner method. */
typedef struct
{
	Secret ipmk; /* 40 octets */
	Secret cmk;  /* 20 octets */
} PeapBinding;

/**
 * peap_binding_init:
 * @tunnel_key: the key material of the tunnel, at least 40 octets;  @inner_msk: may be empty: the method made no key
 * Shape:  PRF+ (TK[40], "Inner Methods Compound Keys" | ISK[32]) -> IPMK[40] | CMK[20]
 * Errors: STATUS_CRYPTO.   Source: [MS-PEAP] sections 3.1.5.5.2.1, 3.1.5.5.2.2
 */
Status peap_binding_init (Slice tunnel_key, Slice inner_msk, PeapBinding *ret_binding);
void peap_binding_clear (PeapBinding *binding);

/* @tlv: PEAP_BINDING_OCTETS as they came. STATUS_OK: a request of the server with the right MAC. */
Status peap_binding_check (const PeapBinding *binding, Slice tlv);

/* The answer; @nonce: 32 octets. */
Status peap_binding_answer (const PeapBinding *binding, const guint8 nonce[32], guint8 ret_tlv[PEAP_BINDING_OCTETS]);

/* The MSK of a conversation that was bound. Source: [MS-PEAP] section 3.1.5.7 */
Status peap_binding_msk (const PeapBinding *binding, Secret *ret_msk);
