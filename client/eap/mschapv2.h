/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the computations of MS-CHAPv2 (RFC 2759 section 8) and of the keys made from it (RFC 3079 section 3).
 * Must not know: EAP packets.
 */
#pragma once

#include "base/secret.h"
#include "base/status.h"

#define MSCHAPV2_CHALLENGE_OCTETS 16
#define MSCHAPV2_NT_RESPONSE_OCTETS 24
#define MSCHAPV2_AUTHENTICATOR_OCTETS 20
#define MSCHAPV2_MAX_PASSWORD_CHARACTERS 256

typedef struct
{
	Slice user;                  /* without domain */
	const guint8 *authenticator; /* the server's challenge, 16 octets */
	const guint8 *peer;          /* our challenge, 16 octets */
} Mschapv2Challenges;

/* UTF-8 -> 16 octets. Errors: STATUS_MALFORMED: not UTF-8, or too long */
Status mschapv2_nt_hash (Slice password, guint8 ret_hash[16]);

Status mschapv2_nt_response (const Mschapv2Challenges *challenges, const guint8 nt_hash[16],
                             guint8 ret_response[MSCHAPV2_NT_RESPONSE_OCTETS]);

/* What the server must answer, the 20 octets behind "S=". */
Status mschapv2_authenticator (const Mschapv2Challenges *challenges, const guint8 nt_hash[16],
                               const guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS],
                               guint8 ret_authenticator[MSCHAPV2_AUTHENTICATOR_OCTETS]);

/**
 * mschapv2_msk:
 * Shape:  nt_hash, response -> what the peer sends with, as the server sees it received[16] | sent[16] | zeros[32]
 * Source: RFC 3079 section 3.4 for the two keys; both ends take the order of the server (receive first)
 */
Status mschapv2_msk (const guint8 nt_hash[16], const guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS], Secret *ret_msk);
