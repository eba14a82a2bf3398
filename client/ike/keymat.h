/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: every key of an IKE SA and its children, and what AUTH covers. Must not know: messages, state.
 */
#pragma once

#include "crypto/aead.h"
#include "crypto/kex.h"
#include "crypto/prf.h"
#include "ike.h"

/* The seven keys of RFC 7296 section 2.14. */
typedef struct
{
	Secret d, ai, ar, ei, er, pi, pr;
} IkeKeymat;

void ike_keymat_clear (IkeKeymat *keymat); /* wipes */

/**
 * ike_keymat_init:
 * @shared: g^ir;  @ni, @nr: nonces of IKE_SA_INIT
 *
 * Shape:  SKEYSEED = prf (Ni | Nr, g^ir); prf+ (SKEYSEED, Ni | Nr | SPIi | SPIr) -> d | ai | ar | ei | er | pi | pr, each as
 *         long as its algorithm wants
 * Errors: STATUS_CRYPTO.   Source: RFC 7296 section 2.14
 */
Status ike_keymat_init (PrfId prf_id, const AeadSuite *suite, Slice shared, Slice ni, Slice nr, guint64 spi_i,
                        guint64 spi_r, IkeKeymat *ret_keymat);

/**
 * ike_keymat_rekey:
 * @old_prf, @sk_d: of the IKE SA that is replaced;  @prf_id, @suite: of the new one
 * Shape:  SKEYSEED = old_prf (sk_d, g^ir | Ni | Nr), then as ike_keymat_init()
 * Errors: STATUS_CRYPTO.   Source: RFC 7296 section 2.18
 */
Status ike_keymat_rekey (PrfId old_prf, Slice sk_d, PrfId prf_id, const AeadSuite *suite, Slice shared, Slice ni,
                         Slice nr, guint64 spi_i, guint64 spi_r, IkeKeymat *ret_keymat);

/**
 * ike_keymat_child:
 * @shared: g^ir of its own key exchange, or none;  @initiator: we began the exchange that made it
 * Shape:  prf+ (sk_d, [g^ir |] Ni | Nr) -> encr | integ of the initiator's direction, encr | integ of the responder's
 * Errors: STATUS_CRYPTO.   Source: RFC 7296 section 2.17
 */
Status ike_keymat_child (PrfId prf_id, Slice sk_d, Slice shared, Slice ni, Slice nr, gboolean initiator,
                         IkeChild *child);

/**
 * ike_auth_octets:
 * @init_message: the sender's own IKE_SA_INIT message, whole;  @peer_nonce: the other side's;  @sk_p: of the sender
 * @id_body: the sender's ID payload behind its generic header, RESERVED included
 * Shape:  init_message | peer_nonce | prf (sk_p, id_body).   Source: RFC 7296 section 2.15
 */
Status ike_auth_octets (PrfId prf_id, Slice init_message, Slice peer_nonce, Slice sk_p, Slice id_body,
                        GBytes **ret_octets);

/**
 * ike_auth_shared_key:
 * @key: PSK, MSK, or SK_p for EAP methods that make no key
 * Shape:  prf (prf (key, "Key Pad for IKEv2"), octets).   Source: RFC 7296 sections 2.15 and 2.16
 */
Status ike_auth_shared_key (PrfId prf_id, Slice key, Slice octets, Secret *ret_auth);
