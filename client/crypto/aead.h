/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: encryption with integrity, one shape for combined modes and for cipher + HMAC, in place, no allocation per
 * call: both the Encrypted payload of IKEv2 and ESP lay out IV | ciphertext | ICV.
 * Must not know: SK payloads, ESP headers, padding, sequence numbers. Not for use by two threads at once.
 */
#pragma once

#include "base/slice.h"
#include "base/status.h"

typedef enum
{
	ENCR_AES_GCM_16,        /* RFC 4106, RFC 5282; key_bits 128, 192 or 256 */
	ENCR_CHACHA20_POLY1305, /* RFC 7634; key_bits 256 */
	ENCR_AES_CBC,           /* RFC 3602; key_bits 128, 192 or 256; needs an integrity algorithm */
	ENCR_3DES_CBC,          /* weak: only where the profile says so; key_bits 192 */
	ENCR_COUNT
} EncrId;

typedef enum
{
	INTEG_NONE,         /* with combined modes, and only with them */
	INTEG_HMAC_SHA1_96, /* weak: only where the profile says so */
	INTEG_HMAC_SHA2_256_128,
	INTEG_HMAC_SHA2_384_192,
	INTEG_HMAC_SHA2_512_256,
	INTEG_COUNT
} IntegId;

typedef struct
{
	EncrId encr;
	guint16 key_bits; /* of the cipher, without salt */
	IntegId integ;
} AeadSuite;

typedef struct Aead Aead;

gboolean aead_suite_valid (const AeadSuite *suite);
gboolean aead_suite_combined (const AeadSuite *suite);
gsize aead_encr_key_octets (const AeadSuite *suite);  /* with the salt of combined modes (4 octets) */
gsize aead_integ_key_octets (const AeadSuite *suite); /* 0 for combined modes */
gsize aead_iv_octets (const AeadSuite *suite);        /* explicit IV on the wire: 8, or the block size */
gsize aead_icv_octets (const AeadSuite *suite);
gsize aead_block_octets (const AeadSuite *suite); /* the text must be a multiple of this: 1, 8 or 16 */

/**
 * aead_new:
 * @encr_key: aead_encr_key_octets() octets, key then salt;  @integ_key: aead_integ_key_octets() octets
 * Errors: STATUS_CRYPTO; STATUS_BAD_KEY when a length is wrong
 */
Status aead_new (const AeadSuite *suite, Slice encr_key, Slice integ_key, Aead **ret_aead);
void aead_free (Aead *aead); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Aead, aead_free)

/**
 * aead_seal:
 * @counter: never the same twice under one key; becomes the explicit IV (combined modes: as it is, big-endian; CBC:
 *           encrypted under the key, so that nobody can predict it, NIST SP 800-38A appendix C)
 * @aad: authenticated, not encrypted; @suffix: authenticated behind the ciphertext by cipher + HMAC (the high half of
 *           an extended sequence number, RFC 4303 section 2.2.1), empty and unused with combined modes
 * @buffer: iv | text | icv laid one behind the other; the text is encrypted in place, IV and ICV are written
 * @text_octets: a multiple of aead_block_octets()
 *
 * Errors: STATUS_CRYPTO.   Source: RFC 5282, RFC 7634, RFC 7296 section 3.14
 */
Status aead_seal (Aead *aead, guint64 counter, Slice aad, Slice suffix, guint8 *buffer, gsize text_octets);

/**
 * aead_open:
 * @buffer: iv | ciphertext | icv, @octets in all; decrypted in place only when the ICV is right
 * @ret_text: within @buffer
 * Errors: STATUS_TRUNCATED, STATUS_MALFORMED (not whole blocks), STATUS_BAD_ICV, STATUS_CRYPTO
 */
Status aead_open (Aead *aead, Slice aad, Slice suffix, guint8 *buffer, gsize octets, Slice *ret_text);
