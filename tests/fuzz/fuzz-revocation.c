/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any answer of an HTTP server, then any CRL or OCSP response: nothing but what the authority signed may prove anything. */
#include "fuzz.h"

#include "unit/crypto/vectors.h"
#include "unit/crypto/certificates.h"
#include "crypto/revocation.h"
#include "tunnel/http-response.h"

typedef struct
{
	TestCert *ca, *leaf;
	GBytes *list;
} Authority;

static const Authority *
authority (void)
{
	static Authority made;
	gnutls_datum_t der = { NULL, 0 };
	gnutls_x509_crl_t crl;

	if (made.ca != NULL)
		return &made;
	made.ca = test_cert_new (&(TestCertOptions){ .dn = "CN=CA", .ca = TRUE });
	made.leaf = test_cert_new (&(TestCertOptions){ .dn = "CN=gateway", .issuer = made.ca });
	G (gnutls_x509_crl_init (&crl));
	G (gnutls_x509_crl_set_version (crl, 2));
	G (gnutls_x509_crl_set_this_update (crl, (time_t) (TEST_NOW - 60)));
	G (gnutls_x509_crl_set_next_update (crl, (time_t) (TEST_NOW + TEST_DAY)));
	G (gnutls_x509_crl_set_crt (crl, made.leaf->crt, (time_t) TEST_NOW));
	G (gnutls_x509_crl_sign2 (crl, made.ca->crt, made.ca->key, GNUTLS_DIG_SHA256, 0));
	G (gnutls_x509_crl_export2 (crl, GNUTLS_X509_FMT_DER, &der));
	made.list = g_bytes_new (der.data, der.size);
	gnutls_free (der.data);
	gnutls_x509_crl_deinit (crl);
	return &made;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t octets)
{
	Slice certificate = test_cert_slice (authority ()->leaf), issuer = test_cert_slice (authority ()->ca);
	Slice body = slice (data, octets);

	http_response_body (body, &body);
	/* The one list there is says "revoked". */
	g_assert_cmpint (revocation_check_crl (body, certificate, issuer, TEST_NOW), !=, STATUS_OK);
	g_assert_cmpint (revocation_check_ocsp (body, certificate, issuer, SLICE_NONE, TEST_NOW), !=, STATUS_OK);
	return 0;
}

void
fuzz_seeds (GPtrArray *seeds)
{
	Slice list = slice_bytes (authority ()->list);
	GByteArray *response = g_byte_array_new ();
	/* OCSPResponse: successful, a basic response without anything in it. */
	static const char basic[] =
	    "\x30\x18\x0a\x01\x00\xa0\x13\x30\x11\x06\x09\x2b\x06\x01\x05\x05\x07\x30\x01\x01\x04\x04"
	    "\x30\x02\x30\x00";

	g_byte_array_append (response, (const guint8 *) "HTTP/1.0 200 OK\r\nServer: x\r\n\r\n", 30);
	g_byte_array_append (response, list.data, (guint) list.len);
	g_ptr_array_add (seeds, slice_dup (list));
	g_ptr_array_add (seeds, g_byte_array_free_to_bytes (response));
	g_ptr_array_add (seeds, g_bytes_new_static (basic, sizeof basic - 1));
}
