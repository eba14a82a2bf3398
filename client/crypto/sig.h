/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: signatures of AUTH payloads and the keys that make them.
 * Must not know: what is signed, certificates' chains (x509), AUTH payload layout beyond the RFC 7427 identifiers.
 */
#pragma once

#include "hash.h"
#include "base/secret.h"

/* What a signature is made of; a row of one table says key type, hash, padding and the RFC 7427 identifier of each. */
typedef enum
{
	SIG_RSA_PKCS1_SHA1, /* weak: RFC 7296 method 1 with gateways that know nothing else */
	SIG_RSA_PKCS1_SHA2_256,
	SIG_RSA_PKCS1_SHA2_384,
	SIG_RSA_PKCS1_SHA2_512,
	SIG_RSA_PSS_SHA2_256, /* salt as long as the hash, MGF1 with the same hash, trailer 1: nothing else is accepted */
	SIG_RSA_PSS_SHA2_384,
	SIG_RSA_PSS_SHA2_512,
	SIG_ECDSA_SHA2_256, /* DER SEQUENCE { r, s }, any curve (RFC 7427) */
	SIG_ECDSA_SHA2_384,
	SIG_ECDSA_SHA2_512,
	SIG_ECDSA_P256_RAW, /* r | s with SHA2-256 (RFC 4754; methods 9, 10, 11) */
	SIG_ECDSA_P384_RAW,
	SIG_ECDSA_P521_RAW,
	SIG_ED25519, /* RFC 8420, hash "identity" */
	SIG_COUNT
} SigScheme;

typedef enum
{
	SIG_KEY_RSA,
	SIG_KEY_ECDSA_P256,
	SIG_KEY_ECDSA_P384,
	SIG_KEY_ECDSA_P521,
	SIG_KEY_ED25519,
} SigKeyType;

/* Whether a key of this type can make or check signatures of this scheme. */
gboolean sig_scheme_fits (SigScheme scheme, SigKeyType type);

const char *sig_scheme_name (SigScheme scheme);

/* The DER AlgorithmIdentifier of RFC 7427 appendix A; an empty slice for schemes that have none (the RAW ones). */
Slice sig_scheme_identifier (SigScheme scheme);

/* @identifier: DER from the wire; an exact match, nothing is parsed (RSASSA-PSS also without its default trailer field
 * and with explicit NULL parameters, as gateways send it). */
gboolean sig_scheme_from_identifier (Slice identifier, SigScheme *ret_scheme);

/**
 * sig_verify:
 * @certificate: DER of a certificate that the caller has verified; the key is taken from it
 * Errors: STATUS_BAD_SIGNATURE; STATUS_BAD_KEY when the key does not fit the scheme, or RSA < 2048 bits; STATUS_CRYPTO
 */
Status sig_verify (Slice certificate, SigScheme scheme, Slice message, Slice signature);

typedef struct SigKey SigKey;

/**
 * sig_key_new:
 * @pem: a private key, PKCS#8 or traditional PEM;  @passphrase: NULL when it is not encrypted
 * Errors: STATUS_BAD_KEY (not a key, RSA < 2048 bits); STATUS_SECRET_NEEDED (encrypted and no passphrase);
 *         STATUS_SECRET_WRONG
 */
Status sig_key_new (Slice pem, const char *passphrase, SigKey **ret_key);
void sig_key_free (SigKey *key);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SigKey, sig_key_free)
SigKeyType sig_key_type (const SigKey *key);

/* @certificate: DER. TRUE when the key belongs to it. */
gboolean sig_key_matches (const SigKey *key, Slice certificate);

/* Whether a signature means talking to a token, which may take seconds. */
gboolean sig_key_on_token (const SigKey *key);

/* Errors: STATUS_BAD_KEY (the scheme does not fit the key), STATUS_CRYPTO; with a token STATUS_TOKEN_*, STATUS_SECRET_WRONG */
Status sig_sign (const SigKey *key, SigScheme scheme, Slice message, GBytes **ret_signature);

/* For those who have only the digest of the message, as GnuTLS has it in TLS. Errors: also STATUS_MALFORMED (not as long as
 * the scheme's hash, or a scheme without one) */
Status sig_sign_digest (const SigKey *key, SigScheme scheme, Slice digest, GBytes **ret_signature);
