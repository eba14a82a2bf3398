/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keys.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#define NUMBERS 2

static TestKey keys[SIG_KEY_ED25519 + 1][NUMBERS];

static const struct
{
	gnutls_pk_algorithm_t algorithm;
	guint bits;
} kinds[] = {
	[SIG_KEY_RSA] = { GNUTLS_PK_RSA, 2048 },
	[SIG_KEY_ECDSA_P256] = { GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1) },
	[SIG_KEY_ECDSA_P384] = { GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP384R1) },
	[SIG_KEY_ECDSA_P521] = { GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP521R1) },
	[SIG_KEY_ED25519] = { GNUTLS_PK_EDDSA_ED25519, 256 },
};

static GBytes *
self_signed (gnutls_x509_privkey_t private_key, SigKeyType type)
{
	/* Ed25519 has a hash of its own, which GnuTLS wants named. */
	gnutls_digest_algorithm_t digest = type == SIG_KEY_ED25519 ? GNUTLS_DIG_SHA512 : GNUTLS_DIG_SHA256;
	const guint8 serial[] = { 1 };
	gnutls_datum_t der = { 0 };
	gnutls_x509_crt_t certificate;
	GBytes *octets;

	g_assert_cmpint (gnutls_x509_crt_init (&certificate), ==, 0);
	g_assert_cmpint (gnutls_x509_crt_set_version (certificate, 3), ==, 0);
	g_assert_cmpint (gnutls_x509_crt_set_key (certificate, private_key), ==, 0);
	g_assert_cmpint (gnutls_x509_crt_set_serial (certificate, serial, sizeof serial), ==, 0);
	gnutls_x509_crt_set_activation_time (certificate, 1700000000);
	gnutls_x509_crt_set_expiration_time (certificate, 2000000000);
	gnutls_x509_crt_set_dn (certificate, "CN=test", NULL);
	g_assert_cmpint (gnutls_x509_crt_sign2 (certificate, certificate, private_key, digest, 0), ==, 0);
	g_assert_cmpint (gnutls_x509_crt_export2 (certificate, GNUTLS_X509_FMT_DER, &der), ==, 0);
	octets = g_bytes_new (der.data, der.size);
	gnutls_free (der.data);
	gnutls_x509_crt_deinit (certificate);
	return octets;
}

static void
make (SigKeyType type, TestKey *key)
{
	gnutls_x509_privkey_t private_key;
	gnutls_datum_t pem = { 0 };

	g_assert_cmpint (gnutls_x509_privkey_init (&private_key), ==, 0);
	g_assert_cmpint (gnutls_x509_privkey_generate (private_key, kinds[type].algorithm, kinds[type].bits, 0), ==, 0);
	g_assert_cmpint (
	    gnutls_x509_privkey_export2_pkcs8 (private_key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem), ==, 0);
	g_assert_cmpuint (sig_key_new (slice (pem.data, pem.size), NULL, &key->key), ==, STATUS_OK);
	key->type = type;
	key->certificate = self_signed (private_key, type);
	gnutls_free (pem.data);
	gnutls_x509_privkey_deinit (private_key);
}

const TestKey *
test_key (SigKeyType type, guint number)
{
	TestKey *key = &keys[type][number];

	if (key->key == NULL)
		make (type, key);
	return key;
}

gsize
test_key_schemes (SigKeyType type, SigScheme schemes[SIG_COUNT])
{
	gsize n = 0;

	for (guint i = 0; i < SIG_COUNT; i++)
		if (sig_scheme_fits ((SigScheme) i, type))
			schemes[n++] = (SigScheme) i;
	return n;
}

void
test_keys_free (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
		for (guint k = 0; k < NUMBERS; k++)
		{
			g_clear_pointer (&keys[i][k].key, sig_key_free);
			g_clear_pointer (&keys[i][k].certificate, g_bytes_unref);
		}
}
