/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: files that hold certificates and keys: DER and PEM, PKCS#12 (RFC 7292), signed envelopes (CMS, RFC 5652).
 * Must not know: which file it was, what the certificates are for, who asks for a passphrase.
 */
#pragma once

#include "base/slice.h"
#include "base/status.h"

#define CONTAINER_MAX_OCTETS ((gsize) 256 * 1024)      /* PKCS#12 */
#define CONTAINER_MAX_CMS_OCTETS ((gsize) 4096 * 1024) /* a signed envelope */
#define CONTAINER_MAX_CERTIFICATES 16                  /* in a PKCS#12 */

/**
 * container_certificate_to_pem:
 * @certificate: one certificate, DER, or PEM with at least one;  @pem: it is appended, in the one form that we write
 * Errors: STATUS_BAD_KEY
 */
Status container_certificate_to_pem (Slice certificate, GString *pem);

/* The CN of the subject of the first certificate, DER or PEM; NULL: there is none. Free with g_free(). */
char *container_common_name (Slice certificate);

/**
 * container_is_encrypted:
 * Whether a PEM key wants a passphrase, by its armour (RFC 7468 section 11, RFC 1421 section 4.6.1.1).
 */
gboolean container_is_encrypted (Slice pem);

/**
 * container_pkcs12_open:
 * @passphrase: UTF-8; NULL: none (an empty one is tried as well)
 * @ret_chain: PEM, the certificate of the key first, then what leads from it to an authority, as far as it is there
 * @ret_key: PEM, PKCS#8 without a passphrase; wiped when it is freed
 * Errors: STATUS_SECRET_NEEDED, STATUS_SECRET_WRONG, STATUS_BAD_KEY (no PKCS#12, or no key and certificate in it that
 *         belong together), STATUS_TOO_LARGE
 */
Status container_pkcs12_open (Slice der, const char *passphrase, GBytes **ret_chain, GBytes **ret_key);

/**
 * container_pkcs12_make:
 * @chain, @key: PEM as container_pkcs12_open() gives them;  @passphrase: "" for none
 * Shape:  PBES2 with AES-256, MAC with SHA2-256
 * Errors: STATUS_BAD_KEY, STATUS_CRYPTO
 */
Status container_pkcs12_make (Slice chain, Slice key, const char *passphrase, GBytes **ret_der);

/**
 * container_cms_open:
 * @ret_contents: what was signed;  @ret_signer: the subject of the certificate that signed, for people, g_free()
 * Every signature must be good and its certificate in the envelope; whether to trust that certificate is another question.
 * Errors: STATUS_MALFORMED (no signed data), STATUS_BAD_SIGNATURE, STATUS_TOO_LARGE
 */
Status container_cms_open (Slice der, GBytes **ret_contents, char **ret_signer);
