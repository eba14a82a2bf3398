/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that hold certificates and keys. Those of OpenSSL are opened in tests/netns/test-credentials. */
#include <gnutls/pkcs7.h>

#include "vectors.h"

#include "certificates.h"
#include "crypto/container.h"
#include "crypto/sig.h"
#include "crypto/x509.h"

static TestCert *
make_ca (void)
{
	static TestCert *ca;

	if (ca == NULL)
		ca = test_cert_new (&(TestCertOptions){ .dn = "CN=Test CA,O=Godwit test", .ca = TRUE });
	return ca;
}

static TestCert *
make_user (void)
{
	static TestCert *user;

	if (user == NULL)
		user = test_cert_new (&(TestCertOptions){ .dn = "CN=alice,O=Godwit test", .issuer = make_ca () });
	return user;
}

static GBytes *
key_pem (const TestCert *cert)
{
	gnutls_datum_t pem = { NULL, 0 };
	GBytes *bytes;

	G (gnutls_x509_privkey_export2_pkcs8 (cert->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem));
	bytes = g_bytes_new (pem.data, pem.size);
	gnutls_free (pem.data);
	return bytes;
}

static void
test_certificate (void)
{
	g_autoptr (GString) wanted = g_string_new (NULL), got = g_string_new (NULL);
	g_autofree char *name = container_common_name (test_cert_slice (make_user ()));

	test_cert_pem (wanted, test_cert_slice (make_user ()));
	g_assert_cmpint (container_certificate_to_pem (test_cert_slice (make_user ()), got), ==, STATUS_OK);
	g_assert_cmpstr (got->str, ==, wanted->str);
	/* PEM comes out as it went in, and text around it is gone. */
	g_string_prepend (wanted, "some words\n");
	g_assert_cmpint (container_certificate_to_pem (slice_text (wanted->str), got), ==, STATUS_OK);
	g_assert_cmpuint (got->len, ==, 2 * (wanted->len - strlen ("some words\n")));
	g_assert_cmpint (container_certificate_to_pem (SLICE_LITERAL ("0\x03\x02\x01\x01"), got), ==, STATUS_BAD_KEY);
	g_assert_cmpint (container_certificate_to_pem (SLICE_NONE, got), ==, STATUS_BAD_KEY);
	g_assert_cmpstr (name, ==, "alice");
	g_assert_null (container_common_name (SLICE_LITERAL ("x")));
}

static void
check_pkcs12 (Slice der, const char *passphrase, Status wanted)
{
	g_autoptr (GBytes) chain = NULL, key = NULL;
	g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	g_autoptr (SigKey) opened = NULL;

	g_assert_cmpint (container_pkcs12_open (der, passphrase, &chain, &key), ==, wanted);
	g_assert_true ((wanted == STATUS_OK) == (chain != NULL && key != NULL));
	if (wanted != STATUS_OK)
		return;
	g_assert_cmpint (x509_pem_to_der (slice_bytes (chain), list), ==, STATUS_OK);
	g_assert_true (slice_equal (slice_bytes (list->pdata[0]), test_cert_slice (make_user ())));
	g_assert_cmpint (sig_key_new (slice_bytes (key), NULL, &opened), ==, STATUS_OK);
	g_assert_true (sig_key_matches (opened, slice_bytes (list->pdata[0])));
}

static void
test_pkcs12 (void)
{
	g_autoptr (GString) chain = g_string_new (NULL);
	g_autoptr (GBytes) key = key_pem (make_user ()), sealed = NULL, open = NULL;
	const gsize octets = CONTAINER_MAX_OCTETS + 1;
	g_autofree guint8 *large = g_malloc0 (octets);

	test_cert_pem (chain, test_cert_slice (make_user ()));
	test_cert_pem (chain, test_cert_slice (make_ca ()));
	g_assert_cmpint (container_pkcs12_make (slice_text (chain->str), slice_bytes (key), "p\xc3\xa4ss word", &sealed),
	                 ==, STATUS_OK);
	g_assert_cmpint (container_pkcs12_make (slice_text (chain->str), slice_bytes (key), "", &open), ==, STATUS_OK);
	check_pkcs12 (slice_bytes (sealed), "p\xc3\xa4ss word", STATUS_OK);
	check_pkcs12 (slice_bytes (sealed), "pass word", STATUS_SECRET_WRONG);
	check_pkcs12 (slice_bytes (sealed), "", STATUS_SECRET_WRONG);
	check_pkcs12 (slice_bytes (sealed), NULL, STATUS_SECRET_NEEDED);
	check_pkcs12 (slice_bytes (open), NULL, STATUS_OK);
	check_pkcs12 (slice_bytes (open), "", STATUS_OK);
	check_pkcs12 (slice_text (chain->str), NULL, STATUS_BAD_KEY);
	check_pkcs12 (test_cert_slice (make_user ()), NULL, STATUS_BAD_KEY);
	check_pkcs12 (SLICE_NONE, NULL, STATUS_BAD_KEY);
	check_pkcs12 (slice (large, octets), NULL, STATUS_TOO_LARGE);
	g_clear_pointer (&open, g_bytes_unref);
	g_assert_cmpint (container_pkcs12_make (SLICE_LITERAL ("no"), slice_bytes (key), "", &open), ==, STATUS_BAD_KEY);
	g_assert_cmpint (container_pkcs12_make (slice_text (chain->str), SLICE_LITERAL ("no"), "", &open), ==,
	                 STATUS_BAD_KEY);
}

/* Each length short of the whole fails, and in time. */
static void
test_pkcs12_truncated (void)
{
	g_autoptr (GString) chain = g_string_new (NULL);
	g_autoptr (GBytes) key = key_pem (make_user ()), open = NULL;
	Slice whole;

	test_cert_pem (chain, test_cert_slice (make_user ()));
	g_assert_cmpint (container_pkcs12_make (slice_text (chain->str), slice_bytes (key), "", &open), ==, STATUS_OK);
	whole = slice_bytes (open);
	for (gsize len = 0; len < whole.len; len++)
	{
		g_autofree guint8 *cut = g_memdup2 (whole.data, len);
		g_autoptr (GBytes) a = NULL, b = NULL;

		g_assert_cmpint (container_pkcs12_open (slice (cut, len), NULL, &a, &b), !=, STATUS_OK);
	}
}

static void
test_encrypted (void)
{
	g_assert_true (container_is_encrypted (SLICE_LITERAL ("-----BEGIN ENCRYPTED PRIVATE KEY-----\n")));
	g_assert_true (container_is_encrypted (
	    SLICE_LITERAL ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n")));
	g_assert_false (container_is_encrypted (SLICE_LITERAL ("-----BEGIN PRIVATE KEY-----\n")));
	g_assert_false (container_is_encrypted (SLICE_NONE));
}

static GBytes *
make_envelope (Slice contents, guint flags)
{
	gnutls_datum_t data = test_datum (contents), der = { NULL, 0 };
	gnutls_privkey_t key;
	gnutls_pkcs7_t envelope;
	GBytes *bytes;

	G (gnutls_privkey_init (&key));
	G (gnutls_privkey_import_x509 (key, make_user ()->key, 0));
	G (gnutls_pkcs7_init (&envelope));
	G (gnutls_pkcs7_sign (envelope, make_user ()->crt, key, &data, NULL, NULL, GNUTLS_DIG_SHA256, flags));
	G (gnutls_pkcs7_export2 (envelope, GNUTLS_X509_FMT_DER, &der));
	bytes = g_bytes_new (der.data, der.size);
	gnutls_free (der.data);
	gnutls_pkcs7_deinit (envelope);
	gnutls_privkey_deinit (key);
	return bytes;
}

static void
test_cms (void)
{
	const guint flags = GNUTLS_PKCS7_EMBED_DATA | GNUTLS_PKCS7_INCLUDE_CERT;
	g_autoptr (GBytes) good = make_envelope (SLICE_LITERAL ("what was signed"), flags), contents = NULL;
	g_autoptr (GBytes) nobody = make_envelope (SLICE_LITERAL ("what was signed"), GNUTLS_PKCS7_EMBED_DATA);
	g_autoptr (GBytes) detached = make_envelope (SLICE_LITERAL ("what was signed"), GNUTLS_PKCS7_INCLUDE_CERT);
	g_autofree char *signer = NULL;
	g_autofree guint8 *changed = g_memdup2 (slice_bytes (good).data, slice_bytes (good).len);
	guint8 *at = memmem (changed, slice_bytes (good).len, "was signed", 10);

	g_assert_cmpint (container_cms_open (slice_bytes (good), &contents, &signer), ==, STATUS_OK);
	g_assert_true (slice_equal (slice_bytes (contents), SLICE_LITERAL ("what was signed")));
	g_assert_nonnull (strstr (signer, "CN=alice"));
	g_clear_pointer (&contents, g_bytes_unref);
	g_clear_pointer (&signer, g_free);
	g_assert_nonnull (at);
	at[0] = 'W';
	g_assert_cmpint (container_cms_open (slice (changed, slice_bytes (good).len), &contents, &signer), ==,
	                 STATUS_BAD_SIGNATURE);
	g_assert_cmpint (container_cms_open (slice_bytes (nobody), &contents, &signer), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (container_cms_open (slice_bytes (detached), &contents, &signer), !=, STATUS_OK);
	g_assert_cmpint (container_cms_open (SLICE_LITERAL ("0\x00"), &contents, &signer), ==, STATUS_MALFORMED);
	g_assert_cmpint (container_cms_open (SLICE_NONE, &contents, &signer), ==, STATUS_MALFORMED);
	g_assert_null (contents);
	g_assert_null (signer);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/container/certificate", test_certificate);
	g_test_add_func ("/crypto/container/pkcs12", test_pkcs12);
	g_test_add_func ("/crypto/container/pkcs12/truncated", test_pkcs12_truncated);
	g_test_add_func ("/crypto/container/encrypted", test_encrypted);
	g_test_add_func ("/crypto/container/cms", test_cms);
	return g_test_run ();
}
