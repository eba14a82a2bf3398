/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the pseudorandom functions of IKEv2 (RFC 7296 section 2.13) and prf+.
 * Must not know: SKEYSEED, messages, transform numbers.
 */
#pragma once

#include "base/secret.h"
#include "base/status.h"

typedef enum
{
	PRF_HMAC_SHA1, /* weak: only where the profile says so */
	PRF_HMAC_SHA2_256,
	PRF_HMAC_SHA2_384,
	PRF_HMAC_SHA2_512,
	PRF_COUNT
} PrfId;

gsize prf_octets (PrfId id); /* output and preferred key length */

/**
 * prf:
 * Shape:  key[any] x parts[0] | parts[1] | ... -> secret[prf_octets]
 * Errors: STATUS_CRYPTO.   Source: RFC 7296 section 2.13, RFC 2104, RFC 4868
 */
Status prf (PrfId id, Slice key, const Slice *parts, gsize n_parts, Secret *ret_output);

/**
 * prf_plus:
 * Shape:  key x seed -> secret[octets], octets <= 255 * prf_octets
 * Errors: STATUS_CRYPTO, STATUS_TOO_LARGE.   Source: RFC 7296 section 2.13
 */
Status prf_plus (PrfId id, Slice key, Slice seed, gsize octets, Secret *ret_output);
