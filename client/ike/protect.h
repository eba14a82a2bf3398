/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the Encrypted payload (RFC 7296 section 3.14) and its fragments (RFC 7383), both ways.
 * Must not know: what is inside, message-ID windows, retransmission.
 */
#pragma once

#include "message.h"
#include "crypto/aead.h"

#define IKE_MAX_FRAGMENTS 64

/* One direction of an IKE SA. The counter makes the explicit IV and never repeats under one key. */
typedef struct
{
	Aead *aead;
	AeadSuite suite;
	guint64 counter;
} IkeProtect;

void ike_protect_clear (IkeProtect *protect);

/**
 * ike_protect_seal:
 * @payloads: what goes inside; an empty list is a valid message (liveness)
 * @fragment_octets: largest datagram wanted, IKE header included, IP and UDP not; 0: never fragment. A message that fits
 *                   is sent as one SK payload.
 * @datagrams: GBytes are appended
 * Errors: STATUS_TOO_LARGE, STATUS_CRYPTO.   Source: RFC 7296 section 3.14, RFC 7383 section 2.5
 */
Status ike_protect_seal (IkeProtect *protect, const IkeHeader *header, const IkePayload *payloads, guint n_payloads,
                         gsize fragment_octets, GPtrArray *datagrams);

/* The reassembly of one message; one at a time, kept by the session. Zeroed memory is an empty one. */
typedef struct
{
	guint32 message_id;
	guint8 exchange;
	gboolean response; /* requests and responses count their message IDs apart */
	guint16 total;     /* 0: nothing yet */
	guint16 n_have;
	guint8 first_payload;
	gsize octets;
	GBytes *parts[IKE_MAX_FRAGMENTS];
} IkeReassembly;

void ike_reassembly_clear (IkeReassembly *reassembly); /* wipes */

typedef enum
{
	IKE_OPEN_OK,      /* *ret_message is a whole message, decoded */
	IKE_OPEN_PARTIAL, /* a valid fragment was stored, others are missing; or it was there already */
	IKE_OPEN_BAD_AUTHENTIC, /* ICV right, content wrong: *ret_status says how, *ret_message has what could be decoded or NULL */
	IKE_OPEN_BAD,           /* nothing about it may be believed: count and drop */
} IkeOpen;

/**
 * ike_protect_open:
 * @datagram: a message whose header was decoded and whose first payloads chain to SK or SKF; unencrypted payloads in
 *            front of it are ignored
 * @reassembly: a fragment of another total or message id replaces what is there only as RFC 7383 section 2.6 allows
 */
IkeOpen ike_protect_open (IkeProtect *protect, Slice datagram, IkeReassembly *reassembly, IkeMessage **ret_message,
                          Status *ret_status);
