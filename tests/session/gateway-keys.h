/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the scripted gateway's own derivation of keys and of AUTH (RFC 7296 sections 2.13 to 2.17), from HMAC alone.
 * Must not know: client/ike/keymat.c.
 */
#pragma once

#include "gateway.h"

void gateway_derive (GatewaySa *sa, Slice shared);
void gateway_derive_child (GatewaySa *sa);
/* Of a CHILD SA of its own exchange (section 2.17). @shared: or none; @client_began: the exchange */
void gateway_derive_further (const GatewaySa *sa, Slice shared, Slice ni, Slice nr, gboolean client_began,
                             GatewayChild *child);
/* Of an IKE SA that replaces @old (section 2.18); @sa has its SPIs and nonces. */
void gateway_derive_again (const GatewaySa *old, GatewaySa *sa, Slice shared);

/* AUTH of the gateway (@ours) or of the client by a shared key. */
GBytes *gateway_shared_auth (const GatewaySa *sa, Slice key, gboolean ours);
/* AUTH of the gateway by its private key. */
GBytes *gateway_signature_auth (const Gateway *gateway, const GatewaySa *sa);

/* Whether the client's AUTH is right. */
gboolean gateway_signature_good (const GatewaySa *sa, const IkePayload *auth);
gboolean gateway_shared_good (const GatewaySa *sa, const IkePayload *auth, Slice key);
