/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the computations of MS-CHAPv2 (RFC 2759 section 8) and of the keys made from it (RFC 3079 section 3).
 * And the texts of its server.
 * Must not know: EAP packets.
 */
#pragma once

#include "base/secret.h"
#include "base/status.h"
#include "crypto/rng.h"

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

#define MSCHAPV2_ENCRYPTED_PASSWORD_OCTETS 516

/**
 * mschapv2_encrypt_password:
 * Shape:  new password (UTF-8), old NT hash, @random -> 512 octets of UTF-16 at the end of random ones | length, by RC4
 * Errors: STATUS_MALFORMED: not UTF-8, empty, or too long;  STATUS_CRYPTO
 * Source: RFC 2759 section 8.9, NewPasswordEncryptedWithOldNtPasswordHash
 */
Status mschapv2_encrypt_password (Slice password, const guint8 old_hash[16], const Rng *rng,
                                  guint8 ret_encrypted[MSCHAPV2_ENCRYPTED_PASSWORD_OCTETS]);

/* RFC 2759 section 8.12: the old NT hash under the new one as two DES keys. */
void mschapv2_encrypt_hash (const guint8 old_hash[16], const guint8 new_hash[16], guint8 ret_encrypted[16]);

/**
 * mschapv2_msk:
 * Shape:  nt_hash, response -> what the peer sends with, as the server sees it received[16] | sent[16] | zeros[32]
 * Source: RFC 3079 section 3.4 for the two keys; both ends take the order of the server (receive first)
 */
Status mschapv2_msk (const guint8 nt_hash[16], const guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS], Secret *ret_msk);

/* The user's name without its domain, which is not hashed (RFC 2759 section 8.2). Borrows. */
Slice mschapv2_user (const char *identity);

/* "S=" and 40 hexadecimal digits, then anything (RFC 2759 section 5). */
gboolean mschapv2_read_proof (Slice message, guint8 ret_proof[MSCHAPV2_AUTHENTICATOR_OCTETS]);

/* RFC 2759 section 6 */
#define MSCHAPV2_ERROR_EXPIRED 648
#define MSCHAPV2_ERROR_AUTHENTICATION 691

/* What a Failure says: "E=691 R=0 C=... V=3 M=text"; every part may be missing. */
typedef struct
{
	guint64 error;
	gboolean retry;
	gboolean has_challenge;
	guint8 challenge[MSCHAPV2_CHALLENGE_OCTETS];
	char *words; /* sanitised; NULL: none; the caller frees it */
} Mschapv2Failure;

Mschapv2Failure mschapv2_read_failure (Slice message);

/* For people. Free with g_free(). */
char *mschapv2_failure_text (const Mschapv2Failure *failure);
