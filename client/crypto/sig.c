/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sig.h"

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/x509.h>

#include "container.h"
#include "sig-private.h"
#include "x509.h"

#define RSA_LEAST_BITS 2048
#define RSA_LEAST_EXPONENT_OCTETS 3 /* 65537; forgers like the smaller ones (CVE-2018-16152) */
#define MAX_RAW_OCTETS 66           /* of one number of an ECDSA signature with P-521 */

/* The DER of RFC 7427 appendix A. */
#define ID_RSA(n) "\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01" n "\x05\x00"
#define ID_ECDSA(n) "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03" n
/* RSASSA-PSS with hash n, MGF1 with hash n, salt of s octets, trailer field 1 by default. */
#define ID_SHA(n) "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" n "\x05\x00"
#define ID_SHA_BARE(n) "\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02" n
#define ID_PSS_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define ID_MGF1_OID "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define ID_PSS(n, s)                                                                                                   \
	"\x30\x41" ID_PSS_OID "\x30\x34\xa0\x0f" ID_SHA (n) "\xa1\x1c\x30\x1a" ID_MGF1_OID ID_SHA (n) "\xa2\x03\x02\x01" s
/* Without the NULL, which RFC 4055 section 2.1 allows. */
#define ID_PSS_BARE(n, s)                                                                                              \
	"\x30\x3d" ID_PSS_OID "\x30\x30\xa0\x0d" ID_SHA_BARE (n) "\xa1\x1a\x30\x18" ID_MGF1_OID ID_SHA_BARE (              \
	    n) "\xa2\x03\x02\x01" s
/* The same with the trailer field 1 written out, as DER forbids but some gateways send. */
#define ID_PSS_TRAILER(n, s)                                                                                           \
	"\x30\x46" ID_PSS_OID "\x30\x39\xa0\x0f" ID_SHA (n) "\xa1\x1c\x30\x1a" ID_MGF1_OID ID_SHA (                        \
	    n) "\xa2\x03\x02\x01" s "\xa3\x03\x02\x01\x01"
#define ID_PSS_BARE_TRAILER(n, s)                                                                                      \
	"\x30\x42" ID_PSS_OID "\x30\x35\xa0\x0d" ID_SHA_BARE (n) "\xa1\x1a\x30\x18" ID_MGF1_OID ID_SHA_BARE (              \
	    n) "\xa2\x03\x02\x01" s "\xa3\x03\x02\x01\x01"
#define MAX_IDENTIFIERS 4

#define IDENTIFIER(text)                                                                                               \
	{                                                                                                                  \
		(const guint8 *) (text), sizeof (text) - 1                                                                     \
	}

typedef enum
{
	ENCODING_PLAIN,
	ENCODING_RAW, /* r | s instead of DER */
} SigEncoding;

typedef struct
{
	const char *name;
	gnutls_sign_algorithm_t algorithm;
	SigEncoding encoding;
	guint8 raw_octets;                  /* of one number */
	Slice identifiers[MAX_IDENTIFIERS]; /* the first is what we send */
} SigRow;

static const SigRow rows[SIG_COUNT] = {
	[SIG_RSA_PKCS1_SHA1] = { "RSA with SHA-1",
	                         GNUTLS_SIGN_RSA_SHA1,
	                         ENCODING_PLAIN,
	                         0,
	                         { IDENTIFIER ("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05\x05\x00") } },
	[SIG_RSA_PKCS1_SHA2_256] = { "RSA with SHA-256",
	                             GNUTLS_SIGN_RSA_SHA256,
	                             ENCODING_PLAIN,
	                             0,
	                             { IDENTIFIER (ID_RSA ("\x0b")) } },
	[SIG_RSA_PKCS1_SHA2_384] = { "RSA with SHA-384",
	                             GNUTLS_SIGN_RSA_SHA384,
	                             ENCODING_PLAIN,
	                             0,
	                             { IDENTIFIER (ID_RSA ("\x0c")) } },
	[SIG_RSA_PKCS1_SHA2_512] = { "RSA with SHA-512",
	                             GNUTLS_SIGN_RSA_SHA512,
	                             ENCODING_PLAIN,
	                             0,
	                             { IDENTIFIER (ID_RSA ("\x0d")) } },
	[SIG_RSA_PSS_SHA2_256] = { "RSASSA-PSS with SHA-256",
	                           GNUTLS_SIGN_RSA_PSS_SHA256,
	                           ENCODING_PLAIN,
	                           0,
	                           { IDENTIFIER (ID_PSS ("\x01", "\x20")), IDENTIFIER (ID_PSS_BARE ("\x01", "\x20")),
	                             IDENTIFIER (ID_PSS_TRAILER ("\x01", "\x20")),
	                             IDENTIFIER (ID_PSS_BARE_TRAILER ("\x01", "\x20")) } },
	[SIG_RSA_PSS_SHA2_384] = { "RSASSA-PSS with SHA-384",
	                           GNUTLS_SIGN_RSA_PSS_SHA384,
	                           ENCODING_PLAIN,
	                           0,
	                           { IDENTIFIER (ID_PSS ("\x02", "\x30")), IDENTIFIER (ID_PSS_BARE ("\x02", "\x30")),
	                             IDENTIFIER (ID_PSS_TRAILER ("\x02", "\x30")),
	                             IDENTIFIER (ID_PSS_BARE_TRAILER ("\x02", "\x30")) } },
	[SIG_RSA_PSS_SHA2_512] = { "RSASSA-PSS with SHA-512",
	                           GNUTLS_SIGN_RSA_PSS_SHA512,
	                           ENCODING_PLAIN,
	                           0,
	                           { IDENTIFIER (ID_PSS ("\x03", "\x40")), IDENTIFIER (ID_PSS_BARE ("\x03", "\x40")),
	                             IDENTIFIER (ID_PSS_TRAILER ("\x03", "\x40")),
	                             IDENTIFIER (ID_PSS_BARE_TRAILER ("\x03", "\x40")) } },
	[SIG_ECDSA_SHA2_256] = { "ECDSA with SHA-256",
	                         GNUTLS_SIGN_ECDSA_SHA256,
	                         ENCODING_PLAIN,
	                         0,
	                         { IDENTIFIER (ID_ECDSA ("\x02")) } },
	[SIG_ECDSA_SHA2_384] = { "ECDSA with SHA-384",
	                         GNUTLS_SIGN_ECDSA_SHA384,
	                         ENCODING_PLAIN,
	                         0,
	                         { IDENTIFIER (ID_ECDSA ("\x03")) } },
	[SIG_ECDSA_SHA2_512] = { "ECDSA with SHA-512",
	                         GNUTLS_SIGN_ECDSA_SHA512,
	                         ENCODING_PLAIN,
	                         0,
	                         { IDENTIFIER (ID_ECDSA ("\x04")) } },
	[SIG_ECDSA_P256_RAW] = { "ECDSA P-256", GNUTLS_SIGN_ECDSA_SHA256, ENCODING_RAW, 32, { { NULL, 0 } } },
	[SIG_ECDSA_P384_RAW] = { "ECDSA P-384", GNUTLS_SIGN_ECDSA_SHA384, ENCODING_RAW, 48, { { NULL, 0 } } },
	[SIG_ECDSA_P521_RAW] = { "ECDSA P-521", GNUTLS_SIGN_ECDSA_SHA512, ENCODING_RAW, 66, { { NULL, 0 } } },
	[SIG_ED25519] = { "Ed25519",
	                  GNUTLS_SIGN_EDDSA_ED25519,
	                  ENCODING_PLAIN,
	                  0,
	                  { IDENTIFIER ("\x30\x05\x06\x03\x2b\x65\x70") } },
};

const char *
sig_scheme_name (SigScheme scheme)
{
	return rows[scheme].name;
}

Slice
sig_scheme_identifier (SigScheme scheme)
{
	return rows[scheme].identifiers[0];
}

gboolean
sig_scheme_from_identifier (Slice identifier, SigScheme *ret_scheme)
{
	for (guint scheme = 0; scheme < SIG_COUNT && identifier.len > 0; scheme++)
		for (guint i = 0; i < MAX_IDENTIFIERS; i++)
			if (slice_equal (rows[scheme].identifiers[i], identifier))
			{
				*ret_scheme = (SigScheme) scheme;
				return TRUE;
			}
	return FALSE;
}

static gboolean
is_rsa_scheme (SigScheme scheme)
{
	return scheme <= SIG_RSA_PSS_SHA2_512;
}

static gboolean
is_ecdsa_der_scheme (SigScheme scheme)
{
	return scheme >= SIG_ECDSA_SHA2_256 && scheme <= SIG_ECDSA_SHA2_512;
}

gboolean
sig_scheme_fits (SigScheme scheme, SigKeyType type)
{
	switch (type)
	{
	case SIG_KEY_RSA:
		return is_rsa_scheme (scheme);
	case SIG_KEY_ECDSA_P256:
		return scheme == SIG_ECDSA_P256_RAW || is_ecdsa_der_scheme (scheme);
	case SIG_KEY_ECDSA_P384:
		return scheme == SIG_ECDSA_P384_RAW || is_ecdsa_der_scheme (scheme);
	case SIG_KEY_ECDSA_P521:
		return scheme == SIG_ECDSA_P521_RAW || is_ecdsa_der_scheme (scheme);
	case SIG_KEY_ED25519:
		return scheme == SIG_ED25519;
	}
	return FALSE;
}

static gboolean
curve_type (gnutls_ecc_curve_t curve, SigKeyType *ret_type)
{
	switch ((int) curve)
	{
	case GNUTLS_ECC_CURVE_SECP256R1:
		*ret_type = SIG_KEY_ECDSA_P256;
		return TRUE;
	case GNUTLS_ECC_CURVE_SECP384R1:
		*ret_type = SIG_KEY_ECDSA_P384;
		return TRUE;
	case GNUTLS_ECC_CURVE_SECP521R1:
		*ret_type = SIG_KEY_ECDSA_P521;
		return TRUE;
	default:
		return FALSE;
	}
}

static gboolean
public_key_type (gnutls_pubkey_t key, guint *ret_bits, SigKeyType *ret_type)
{
	gnutls_ecc_curve_t curve;

	switch (gnutls_pubkey_get_pk_algorithm (key, ret_bits))
	{
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
		*ret_type = SIG_KEY_RSA;
		return TRUE;
	case GNUTLS_PK_EDDSA_ED25519:
		*ret_type = SIG_KEY_ED25519;
		return TRUE;
	case GNUTLS_PK_ECDSA:
		return gnutls_pubkey_export_ecc_raw2 (key, &curve, NULL, NULL, 0) == 0 && curve_type (curve, ret_type);
	default:
		return FALSE;
	}
}

static Status
import_public_key (Slice certificate, gnutls_pubkey_t *ret_key)
{
	gnutls_datum_t der = { (unsigned char *) certificate.data, (unsigned int) certificate.len };
	gnutls_x509_crt_t crt;
	gnutls_pubkey_t key;
	int error;

	if (gnutls_x509_crt_init (&crt) != 0)
		return STATUS_NO_MEMORY;
	if (gnutls_pubkey_init (&key) != 0)
	{
		gnutls_x509_crt_deinit (crt);
		return STATUS_NO_MEMORY;
	}
	error = gnutls_x509_crt_import (crt, &der, GNUTLS_X509_FMT_DER);
	if (error == 0)
		error = gnutls_pubkey_import_x509 (key, crt, 0);
	gnutls_x509_crt_deinit (crt);
	if (error != 0)
	{
		gnutls_pubkey_deinit (key);
		return STATUS_BAD_KEY;
	}
	*ret_key = key;
	return STATUS_OK;
}

Status
x509_key_type (Slice certificate, SigKeyType *ret_type)
{
	gnutls_pubkey_t key;
	guint bits = 0;
	Status status = import_public_key (certificate, &key);

	if (status != STATUS_OK)
		return status;
	if (!public_key_type (key, &bits, ret_type))
		status = STATUS_BAD_KEY;
	gnutls_pubkey_deinit (key);
	return status;
}

/* GnuTLS would take any salt for RSASSA-PSS: pin it to the length of the hash, as the identifier says. */
static int
pin_pss (gnutls_pubkey_t key, SigScheme scheme)
{
	gnutls_x509_spki_t spki;
	gnutls_digest_algorithm_t digest = gnutls_sign_get_hash_algorithm (rows[scheme].algorithm);
	int error;

	if (scheme < SIG_RSA_PSS_SHA2_256 || scheme > SIG_RSA_PSS_SHA2_512)
		return 0;
	error = gnutls_x509_spki_init (&spki);
	if (error != 0)
		return error;
	gnutls_x509_spki_set_rsa_pss_params (spki, digest, gnutls_hash_get_len (digest));
	error = gnutls_pubkey_set_spki (key, spki, 0);
	gnutls_x509_spki_deinit (spki);
	return error;
}

static gboolean
rsa_key_good (gnutls_pubkey_t key, guint bits)
{
	gnutls_datum_t modulus = { NULL, 0 }, exponent = { NULL, 0 };
	gboolean good = bits >= RSA_LEAST_BITS &&
	                gnutls_pubkey_export_rsa_raw2 (key, &modulus, &exponent, GNUTLS_EXPORT_FLAG_NO_LZ) == 0 &&
	                exponent.size >= RSA_LEAST_EXPONENT_OCTETS;

	gnutls_free (modulus.data);
	gnutls_free (exponent.data);
	return good;
}

static Status
verify_with (gnutls_pubkey_t key, SigScheme scheme, Slice message, gnutls_datum_t signature)
{
	gnutls_datum_t data = { (unsigned char *) message.data, (unsigned int) message.len };
	guint flags = scheme == SIG_RSA_PKCS1_SHA1 ? GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1 : 0;
	SigKeyType type;
	guint bits = 0;
	int error;

	if (!public_key_type (key, &bits, &type) || !sig_scheme_fits (scheme, type) ||
	    (type == SIG_KEY_RSA && !rsa_key_good (key, bits)))
		return STATUS_BAD_KEY;
	if (pin_pss (key, scheme) != 0)
		return STATUS_BAD_KEY;
	error = gnutls_pubkey_verify_data2 (key, rows[scheme].algorithm, flags, &data, &signature);
	return error >= 0 ? STATUS_OK : STATUS_BAD_SIGNATURE;
}

/* GnuTLS reads BER; a signature has one form, that of DER (RFC 3279 section 2.2.3), and no octet more. */
static gboolean
is_ecdsa_der (const gnutls_datum_t *signature)
{
	gnutls_datum_t numbers[2] = { { NULL, 0 }, { NULL, 0 } }, shortest[2], der = { NULL, 0 };
	gboolean same = gnutls_decode_rs_value (signature, &numbers[0], &numbers[1]) == 0;

	for (guint i = 0; i < 2 && same; i++)
		for (shortest[i] = numbers[i]; shortest[i].size > 1 && shortest[i].data[0] == 0; shortest[i].size--)
			shortest[i].data++;
	same = same && gnutls_encode_rs_value (&der, &shortest[0], &shortest[1]) == 0 && der.size == signature->size &&
	       memcmp (der.data, signature->data, der.size) == 0;
	gnutls_free (numbers[0].data);
	gnutls_free (numbers[1].data);
	gnutls_free (der.data);
	return same;
}

Status
sig_verify (Slice certificate, SigScheme scheme, Slice message, Slice signature)
{
	const SigRow *row = &rows[scheme];
	gnutls_datum_t value = { (unsigned char *) signature.data, (unsigned int) signature.len };
	gnutls_datum_t der = { NULL, 0 };
	gnutls_pubkey_t key;
	Status status;

	if (signature.len == 0 || (is_ecdsa_der_scheme (scheme) && !is_ecdsa_der (&value)))
		return STATUS_BAD_SIGNATURE;
	if (row->encoding == ENCODING_RAW)
	{
		gnutls_datum_t r = { value.data, row->raw_octets };
		gnutls_datum_t s = { value.data + row->raw_octets, row->raw_octets };

		if (signature.len != 2u * row->raw_octets)
			return STATUS_BAD_SIGNATURE;
		if (gnutls_encode_rs_value (&der, &r, &s) != 0)
			return STATUS_CRYPTO;
		value = der;
	}
	status = import_public_key (certificate, &key);
	if (status == STATUS_OK)
	{
		status = verify_with (key, scheme, message, value);
		gnutls_pubkey_deinit (key);
	}
	gnutls_free (der.data);
	return status;
}

static gboolean
private_key_type (gnutls_privkey_t key, guint *ret_bits, SigKeyType *ret_type)
{
	gnutls_pubkey_t public;
	gboolean good;

	if (gnutls_pubkey_init (&public) != 0)
		return FALSE;
	good = gnutls_pubkey_import_privkey (public, key, 0, 0) == 0 && public_key_type (public, ret_bits, ret_type);
	gnutls_pubkey_deinit (public);
	return good;
}

Status
sig_key_judge (SigKey *key)
{
	guint bits = 0;

	if (!private_key_type (key->key, &bits, &key->type) || (key->type == SIG_KEY_RSA && bits < RSA_LEAST_BITS))
		return STATUS_BAD_KEY;
	return STATUS_OK;
}

Status
sig_key_new (Slice pem, const char *passphrase, SigKey **ret_key)
{
	gnutls_datum_t data = { (unsigned char *) pem.data, (unsigned int) pem.len };
	g_autoptr (SigKey) key = g_new0 (SigKey, 1);
	Status status;
	int error;

	if (gnutls_privkey_init (&key->key) != 0)
		return STATUS_NO_MEMORY;
	error = gnutls_privkey_import_x509_raw (key->key, &data, GNUTLS_X509_FMT_PEM, passphrase, 0);
	if (error == GNUTLS_E_DECRYPTION_FAILED && passphrase == NULL)
		return STATUS_SECRET_NEEDED;
	/* Some wrong ones decrypt to octets that only then turn out to be no key. */
	if (error != 0 && passphrase != NULL && container_is_encrypted (pem))
		return STATUS_SECRET_WRONG;
	status = error == 0 ? sig_key_judge (key) : STATUS_BAD_KEY;
	if (status == STATUS_OK)
		*ret_key = g_steal_pointer (&key);
	return status;
}

void
sig_key_free (SigKey *key)
{
	if (key == NULL)
		return;
	if (key->key != NULL)
		gnutls_privkey_deinit (key->key);
	token_login_free (key->login);
	g_free (key);
}

SigKeyType
sig_key_type (const SigKey *key)
{
	return key->type;
}

gboolean
sig_key_on_token (const SigKey *key)
{
	return key->login != NULL;
}

static gboolean
key_id (gnutls_pubkey_t key, guint8 ret_id[32])
{
	size_t octets = 32;

	return gnutls_pubkey_get_key_id (key, GNUTLS_KEYID_USE_SHA256, ret_id, &octets) == 0 && octets == 32;
}

gboolean
sig_key_matches (const SigKey *key, Slice certificate)
{
	gnutls_pubkey_t ours, theirs;
	guint8 our_id[32], their_id[32];
	gboolean same;

	if (import_public_key (certificate, &theirs) != STATUS_OK)
		return FALSE;
	if (gnutls_pubkey_init (&ours) != 0)
	{
		gnutls_pubkey_deinit (theirs);
		return FALSE;
	}
	same = gnutls_pubkey_import_privkey (ours, key->key, 0, 0) == 0 && key_id (ours, our_id) &&
	       key_id (theirs, their_id) && memcmp (our_id, their_id, sizeof our_id) == 0;
	gnutls_pubkey_deinit (ours);
	gnutls_pubkey_deinit (theirs);
	return same;
}

/* DER -> r | s, each padded in front. */
static Status
raw_from_der (const gnutls_datum_t *der, gsize octets, GBytes **ret_raw)
{
	guint8 raw[2 * MAX_RAW_OCTETS] = { 0 };
	gnutls_datum_t numbers[2] = { { NULL, 0 }, { NULL, 0 } };
	Status status = gnutls_decode_rs_value (der, &numbers[0], &numbers[1]) == 0 ? STATUS_OK : STATUS_CRYPTO;

	for (guint i = 0; i < 2 && status == STATUS_OK; i++)
	{
		const guint8 *data = numbers[i].data;
		gsize len = numbers[i].size;

		for (; len > octets && data[0] == 0; data++)
			len--;
		if (len > octets)
			status = STATUS_CRYPTO;
		else
			memcpy (raw + (i + 1) * octets - len, data, len);
	}
	gnutls_free (numbers[0].data);
	gnutls_free (numbers[1].data);
	if (status == STATUS_OK)
		*ret_raw = g_bytes_new (raw, 2 * octets);
	return status;
}

static guint
sign_flags (SigScheme scheme)
{
	return scheme >= SIG_RSA_PSS_SHA2_256 && scheme <= SIG_RSA_PSS_SHA2_512 ? GNUTLS_PRIVKEY_SIGN_FLAG_RSA_PSS : 0;
}

/* Frees @signature. */
static Status
encode (SigScheme scheme, gnutls_datum_t *signature, GBytes **ret_signature)
{
	Status status = STATUS_OK;

	if (rows[scheme].encoding == ENCODING_RAW)
		status = raw_from_der (signature, rows[scheme].raw_octets, ret_signature);
	else
		*ret_signature = g_bytes_new (signature->data, signature->size);
	gnutls_free (signature->data);
	return status;
}

Status
sig_sign (const SigKey *key, SigScheme scheme, Slice message, GBytes **ret_signature)
{
	gnutls_datum_t data = { (unsigned char *) message.data, (unsigned int) message.len };
	gnutls_datum_t signature = { NULL, 0 };
	int error;

	if (!sig_scheme_fits (scheme, key->type))
		return STATUS_BAD_KEY;
	error = gnutls_privkey_sign_data2 (key->key, rows[scheme].algorithm, sign_flags (scheme), &data, &signature);
	if (error != 0)
		return key->login != NULL ? token_status (error) : STATUS_CRYPTO;
	return encode (scheme, &signature, ret_signature);
}

Status
sig_sign_digest (const SigKey *key, SigScheme scheme, Slice digest, GBytes **ret_signature)
{
	gnutls_datum_t data = { (unsigned char *) digest.data, (unsigned int) digest.len };
	gnutls_datum_t signature = { NULL, 0 };
	int error;

	if (!sig_scheme_fits (scheme, key->type))
		return STATUS_BAD_KEY;
	/* Ed25519 signs the message and nothing else. */
	if (scheme == SIG_ED25519 ||
	    gnutls_hash_get_len (gnutls_sign_get_hash_algorithm (rows[scheme].algorithm)) != digest.len)
		return STATUS_MALFORMED;
	error = gnutls_privkey_sign_hash2 (key->key, rows[scheme].algorithm, sign_flags (scheme), &data, &signature);
	if (error != 0)
		return key->login != NULL ? token_status (error) : STATUS_CRYPTO;
	return encode (scheme, &signature, ret_signature);
}
