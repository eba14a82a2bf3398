/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: certificates and keys on PKCS#11 tokens, by URI (RFC 7512), through GnuTLS and the modules that p11-kit knows.
 * A call talks to the token and may take seconds: not on a thread that others wait for.
 * Must not know: who types the PIN, how often it may be wrong.
 */
#pragma once

#include "sig.h"

typedef struct
{
	gboolean few_left; /* tries before it locks */
	gboolean last_try;
	char label[128]; /* of the token, UTF-8, for people; "" when it did not say */
} TokenState;

/**
 * token_certificate:
 * @uri: of a certificate;  @pin: NULL: none;  @pem: it is appended
 * @state: set when the answer is STATUS_SECRET_NEEDED or STATUS_SECRET_WRONG
 * Errors: STATUS_SECRET_NEEDED, STATUS_SECRET_WRONG, STATUS_TOKEN_MISSING (the token or the object), STATUS_TOKEN_LOCKED,
 *         STATUS_TOKEN_ERROR
 */
Status token_certificate (const char *uri, const char *pin, GString *pem, TokenState *state);

/**
 * token_key_new:
 * The key stays on the token; sig_sign() has it sign there. One try with @pin, never more: tokens lock.
 * Errors: as token_certificate(); STATUS_BAD_KEY (its kind or size)
 */
Status token_key_new (const char *uri, const char *pin, SigKey **ret_key, TokenState *state);
