/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: an EAP conversation inside of a tunnel, and its results as those of the method around it.
 * Must not know: how its packets are wrapped.
 */
#pragma once

#include "method.h"

/* With the real identity and the EAP methods among config->tls.inner. @plain_mschapv2: EAP_INNER_MSCHAPV2 means the EAP
 * method, too. */
EapPeer *inner_peer_new (const EapConfig *config, gboolean plain_mschapv2, const Rng *rng);

/**
 * inner_peer_result:
 * @peer: what gave @result, which is taken over
 * @ret_packet: what is to be sent inside of the tunnel, else NULL
 * What the method around it says: SEND with a packet, ASK, FAIL; a packet that makes no sense is a failure: inside of TLS
 * nobody else can have sent it. Success inside is an acknowledgement: what counts is EAP-Success outside.
 */
EapMethodResult inner_peer_result (const EapPeer *peer, EapResult result, GBytes **ret_packet);
