/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: certificates that the tests of client/crypto/ make for themselves, with any fault one may wish for.
 * Must not know: what is tested with them.
 */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/x509.h>

#include "base/slice.h"

/* The time of the tests: 2026-01-01, and what certificates are valid for when nothing else is said. */
#define TEST_NOW ((gint64) 1767225600)
#define TEST_DAY ((gint64) 86400)
#define TEST_FROM (TEST_NOW - 30 * TEST_DAY)
#define TEST_UNTIL (TEST_NOW + 30 * TEST_DAY)

typedef struct
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
	GBytes *der;
} TestCert;

typedef struct
{
	const char *dn;                  /* RFC 4514; NULL: none */
	const TestCert *issuer;          /* NULL: itself */
	const TestCert *key_of;          /* takes this one's key instead of a new one */
	gnutls_pubkey_t public;          /* this public key, and no private one; wants an issuer */
	gnutls_pk_algorithm_t algorithm; /* 0: ECDSA with P-256 */
	guint bits;
	gnutls_digest_algorithm_t digest; /* 0: SHA-256 */
	gboolean ca;
	gint path_length; /* with ca: one more than the constraint; 0: none */
	gint64 from;      /* 0: TEST_FROM */
	gint64 until;     /* 0: TEST_UNTIL */
	guint key_usage;  /* 0: the extension is left out */
	const char *purposes[4];
	const char *dns[4];
	const char *emails[2];
	const char *uri;
	guint8 ip[2][16];
	guint8 ip_octets[2];
	const char *alternative_name_hex; /* the whole subjectAltName extension */
	const char *critical_oid;         /* an extension nobody knows */
	const char *permitted_dns;
	const char *excluded_dns;
	const char *constraints_hex; /* the whole nameConstraints extension */
	guint version;               /* 0: 3 */
} TestCertOptions;

#define G(call) g_assert_cmpint ((call), >=, 0)

static inline gnutls_datum_t
test_datum (Slice octets)
{
	return (gnutls_datum_t){ (unsigned char *) octets.data, (unsigned int) octets.len };
}

static inline Slice
test_cert_slice (const TestCert *cert)
{
	return slice_bytes (cert->der);
}

static inline void
test_cert_names (gnutls_x509_crt_t crt, const TestCertOptions *o)
{
	for (guint i = 0; i < G_N_ELEMENTS (o->dns) && o->dns[i] != NULL; i++)
		G (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_DNSNAME, o->dns[i], (guint) strlen (o->dns[i]),
		                                         GNUTLS_FSAN_APPEND));
	for (guint i = 0; i < G_N_ELEMENTS (o->emails) && o->emails[i] != NULL; i++)
		G (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_RFC822NAME, o->emails[i],
		                                         (guint) strlen (o->emails[i]), GNUTLS_FSAN_APPEND));
	if (o->uri != NULL)
		G (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_URI, o->uri, (guint) strlen (o->uri),
		                                         GNUTLS_FSAN_APPEND));
	for (guint i = 0; i < G_N_ELEMENTS (o->ip); i++)
		if (o->ip_octets[i] > 0)
			G (gnutls_x509_crt_set_subject_alt_name (crt, GNUTLS_SAN_IPADDRESS, o->ip[i], o->ip_octets[i],
			                                         GNUTLS_FSAN_APPEND));
	if (o->alternative_name_hex != NULL)
	{
		g_autoptr (GBytes) der = octets_from_hex (o->alternative_name_hex);

		G (gnutls_x509_crt_set_extension_by_oid (crt, "2.5.29.17", slice_bytes (der).data, slice_bytes (der).len, 0));
	}
}

static inline void
test_cert_constraints (gnutls_x509_crt_t crt, const TestCertOptions *o)
{
	gnutls_x509_name_constraints_t constraints;
	gnutls_datum_t name;

	if (o->constraints_hex != NULL)
	{
		g_autoptr (GBytes) der = octets_from_hex (o->constraints_hex);

		G (gnutls_x509_crt_set_extension_by_oid (crt, "2.5.29.30", slice_bytes (der).data, slice_bytes (der).len, 1));
	}
	if (o->permitted_dns == NULL && o->excluded_dns == NULL)
		return;
	G (gnutls_x509_name_constraints_init (&constraints));
	if (o->permitted_dns != NULL)
	{
		name = test_datum (slice_text (o->permitted_dns));
		G (gnutls_x509_name_constraints_add_permitted (constraints, GNUTLS_SAN_DNSNAME, &name));
	}
	if (o->excluded_dns != NULL)
	{
		name = test_datum (slice_text (o->excluded_dns));
		G (gnutls_x509_name_constraints_add_excluded (constraints, GNUTLS_SAN_DNSNAME, &name));
	}
	G (gnutls_x509_crt_set_name_constraints (crt, constraints, 1));
	gnutls_x509_name_constraints_deinit (constraints);
}

static inline void
test_cert_key (TestCert *cert, const TestCertOptions *o)
{
	gnutls_pk_algorithm_t algorithm = o->algorithm != 0 ? o->algorithm : GNUTLS_PK_ECDSA;
	guint bits = o->bits != 0 ? o->bits : GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1);

	if (o->public != NULL)
	{
		G (gnutls_x509_crt_set_pubkey (cert->crt, o->public));
		return;
	}
	G (gnutls_x509_privkey_init (&cert->key));
	if (o->key_of != NULL)
		G (gnutls_x509_privkey_cpy (cert->key, o->key_of->key));
	else
		G (gnutls_x509_privkey_generate (cert->key, algorithm, bits, 0));
	G (gnutls_x509_crt_set_key (cert->crt, cert->key));
}

static inline void
test_cert_sign (TestCert *cert, const TestCertOptions *o)
{
	gnutls_x509_privkey_t key = o->issuer != NULL ? o->issuer->key : cert->key;
	/* Ed25519 goes with one hash alone. */
	gnutls_digest_algorithm_t digest = o->digest != 0 ? o->digest
	                                   : gnutls_x509_privkey_get_pk_algorithm (key) == GNUTLS_PK_EDDSA_ED25519
	                                       ? GNUTLS_DIG_SHA512
	                                       : GNUTLS_DIG_SHA256;
	gnutls_datum_t der = { NULL, 0 };

	G (gnutls_x509_crt_sign2 (cert->crt, o->issuer != NULL ? o->issuer->crt : cert->crt, key, digest, 0));
	G (gnutls_x509_crt_export2 (cert->crt, GNUTLS_X509_FMT_DER, &der));
	cert->der = g_bytes_new (der.data, der.size);
	gnutls_free (der.data);
	/* From the octets again, so that what was set and what is in them is the same. */
	gnutls_x509_crt_deinit (cert->crt);
	G (gnutls_x509_crt_init (&cert->crt));
	der = test_datum (slice_bytes (cert->der));
	G (gnutls_x509_crt_import (cert->crt, &der, GNUTLS_X509_FMT_DER));
}

static inline TestCert *
test_cert_new (const TestCertOptions *o)
{
	static guint8 serial = 0;
	TestCert *cert = g_new0 (TestCert, 1);
	const char *where = NULL;

	G (gnutls_x509_crt_init (&cert->crt));
	G (gnutls_x509_crt_set_version (cert->crt, o->version != 0 ? o->version : 3));
	serial = serial % 127 + 1;
	G (gnutls_x509_crt_set_serial (cert->crt, &serial, 1));
	if (o->dn != NULL)
		G (gnutls_x509_crt_set_dn (cert->crt, o->dn, &where));
	test_cert_key (cert, o);
	G (gnutls_x509_crt_set_activation_time (cert->crt, (time_t) (o->from != 0 ? o->from : TEST_FROM)));
	G (gnutls_x509_crt_set_expiration_time (cert->crt, (time_t) (o->until != 0 ? o->until : TEST_UNTIL)));
	if (o->version == 0)
		G (gnutls_x509_crt_set_basic_constraints (cert->crt, (guint) o->ca, o->path_length - 1));
	if (o->key_usage != 0)
		G (gnutls_x509_crt_set_key_usage (cert->crt, o->key_usage));
	for (guint i = 0; i < G_N_ELEMENTS (o->purposes) && o->purposes[i] != NULL; i++)
		G (gnutls_x509_crt_set_key_purpose_oid (cert->crt, o->purposes[i], 0));
	if (o->critical_oid != NULL)
		G (gnutls_x509_crt_set_extension_by_oid (cert->crt, o->critical_oid, "\x05\x00", 2, 1));
	test_cert_names (cert->crt, o);
	test_cert_constraints (cert->crt, o);
	test_cert_sign (cert, o);
	return cert;
}

static inline void
test_cert_free (TestCert *cert)
{
	gnutls_x509_crt_deinit (cert->crt);
	gnutls_x509_privkey_deinit (cert->key);
	g_bytes_unref (cert->der);
	g_free (cert);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestCert, test_cert_free)

/* Appends the PEM of a certificate. */
static inline void
test_cert_pem (GString *pem, Slice der)
{
	gnutls_datum_t octets = test_datum (der), text = { NULL, 0 };

	G (gnutls_pem_base64_encode2 ("CERTIFICATE", &octets, &text));
	g_string_append_len (pem, (const char *) text.data, text.size);
	gnutls_free (text.data);
}
