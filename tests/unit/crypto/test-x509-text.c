/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/x509.h"
#include "vectors.h"

#include "certificates.h"

/* Text -> the parts of the Name in the order of its octets, as OID=tag:value. */
static char *
dn_parts (Slice der)
{
	gnutls_datum_t data = test_datum (der);
	GString *text = g_string_new (NULL);
	gnutls_x509_dn_t dn;
	gnutls_x509_ava_st ava;

	G (gnutls_x509_dn_init (&dn));
	G (gnutls_x509_dn_import (dn, &data));
	for (int rdn = 0; gnutls_x509_dn_get_rdn_ava (dn, rdn, 0, &ava) == 0; rdn++)
		for (int i = 0; gnutls_x509_dn_get_rdn_ava (dn, rdn, i, &ava) == 0; i++)
			g_string_append_printf (text, "%s%.*s=%lu:%.*s",
			                        i > 0     ? "+"
			                        : rdn > 0 ? ";"
			                                  : "",
			                        (int) ava.oid.size, (const char *) ava.oid.data, ava.value_tag,
			                        (int) ava.value.size, (const char *) ava.value.data);
	gnutls_x509_dn_deinit (dn);
	return g_string_free (text, FALSE);
}

/* Tags: 12 UTF8String, 19 PrintableString, 22 IA5String */
#define C "2.5.4.6=19:CH"
#define O "2.5.4.10=12:Example"
#define CN "2.5.4.3=12:moon"

static const struct
{
	const char *text;
	const char *parts; /* NULL: malformed */
} dn_cases[] = {
	{ "CN=moon", CN },
	/* RFC 4514: the least significant part first, the octets the other way round. */
	{ "CN=moon,O=Example,C=CH", C ";" O ";" CN },
	{ "cn=moon,o=Example,c=CH", C ";" O ";" CN },
	/* The most significant part first. */
	{ "/C=CH/O=Example/CN=moon", C ";" O ";" CN },
	{ "C=CH, O=Example, CN=moon", C ";" O ";" CN },
	{ "C = CH, O = Example, CN = moon", C ";" O ";" CN },
	/* As x509_subject_text() shows it to people. */
	{ "CN=moon, O=Example, C=CH", C ";" O ";" CN },
	{ "CN=moon, O=Example", O ";" CN },
	{ "O=Example, OU=A, OU=B", O ";2.5.4.11=12:A;2.5.4.11=12:B" },
	{ "OU=A, OU=B", "2.5.4.11=12:A;2.5.4.11=12:B" },
	{ "OU=A,OU=B", "2.5.4.11=12:B;2.5.4.11=12:A" },
	{ "/O=Example, Inc./CN=moon", "2.5.4.10=12:Example, Inc.;" CN },
	/* Escapes of RFC 4514 section 2.4 */
	{ "CN=moon,O=Example\\, Inc.", "2.5.4.10=12:Example, Inc.;" CN },
	{ "O=Example\\, Inc., CN=moon", "2.5.4.10=12:Example, Inc.;" CN },
	{ "CN=a\\2Cb", "2.5.4.3=12:a,b" },
	{ "CN=\\C3\\A4", "2.5.4.3=12:\xc3\xa4" },
	{ "CN=M\xc3\xbcller", "2.5.4.3=12:M\xc3\xbcller" },
	{ "CN=\\ moon\\ ", "2.5.4.3=12: moon " },
	{ "CN=a\\+b\\=c\\\\d\\\"e\\;f\\<g\\>", "2.5.4.3=12:a+b=c\\d\"e;f<g>" },
	{ "CN=a=b", "2.5.4.3=12:a=b" },
	{ "CN=a b  c", "2.5.4.3=12:a b  c" },
	{ "ST=Bern,L=Thun", "2.5.4.7=12:Thun;2.5.4.8=12:Bern" },
	{ "DC=example,DC=org", "0.9.2342.19200300.100.1.25=22:org;0.9.2342.19200300.100.1.25=22:example" },
	{ "UID=alice", "0.9.2342.19200300.100.1.1=12:alice" },
	{ "E=a@example.org", "1.2.840.113549.1.9.1=22:a@example.org" },
	{ "emailAddress=a@example.org", "1.2.840.113549.1.9.1=22:a@example.org" },
	{ "serialNumber=12", "2.5.4.5=19:12" },
	{ "", NULL },
	{ "moon", NULL },
	{ "CN=", NULL },
	{ "=moon", NULL },
	{ "CN=moon,", NULL },
	{ ",CN=moon", NULL },
	{ "CN=moon,,O=Example", NULL },
	{ "/", NULL },
	{ "/CN=moon/", NULL },
	{ "XYZ=moon", NULL },
	{ "CN=moon\\", NULL },
	{ "CN=moon\\4", NULL },
	{ "CN=\\00", NULL },
	{ "CN=a\nb", NULL },
	{ "CN=\xff", NULL },
	{ "CN=\\FF", NULL },
	{ "C=\xc3\xa4", NULL },
	{ "E=\xc3\xa4", NULL },
};

static void
test_dn_from_text (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (dn_cases); i++)
	{
		g_autoptr (GBytes) der = NULL;
		g_autofree char *parts = NULL, *shown = g_strescape (dn_cases[i].text, NULL);
		Status status = x509_dn_from_text (dn_cases[i].text, &der);

		g_test_message ("%s", shown);
		g_assert_cmpint (status, ==, dn_cases[i].parts != NULL ? STATUS_OK : STATUS_MALFORMED);
		if (status != STATUS_OK)
			continue;
		parts = dn_parts (slice_bytes (der));
		g_assert_cmpstr (parts, ==, dn_cases[i].parts);
	}
}

static void
test_dn_octets (void)
{
	g_autoptr (GBytes) der = NULL;
	g_autofree char *long_text = g_strnfill (300, 'x');
	g_autofree char *long_dn = g_strconcat ("CN=", long_text, NULL);
	GString *many = g_string_new ("OU=a");

	g_assert_cmpint (x509_dn_from_text ("CN=moon,C=CH", &der), ==, STATUS_OK);
	assert_octets (slice_bytes (der), "301c310b3009060355040613024348310d300b06035504030c046d6f6f6e");
	g_clear_pointer (&der, g_bytes_unref);
	/* Lengths that need two and three octets. */
	g_assert_cmpint (x509_dn_from_text (long_dn, &der), ==, STATUS_OK);
	g_assert_cmpuint (g_bytes_get_size (der), ==, 300 + 4 + 5 + 4 + 4 + 4);
	g_clear_pointer (&der, g_bytes_unref);
	for (guint i = 0; i < 5000; i++)
		g_string_append (many, ",OU=a");
	g_assert_cmpint (x509_dn_from_text (many->str, &der), ==, STATUS_MALFORMED);
	g_string_free (many, TRUE);
}

static void
test_dn_to_text (void)
{
	static const char *const texts[] = { "CN=moon,O=Example,C=CH", "CN=moon,O=Example\\, Inc.", "CN=M\xc3\xbcller" };

	for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
	{
		g_autoptr (GBytes) der = NULL, again = NULL;
		g_autofree char *text = NULL;

		g_assert_cmpint (x509_dn_from_text (texts[i], &der), ==, STATUS_OK);
		text = x509_dn_to_text (slice_bytes (der));
		g_assert_nonnull (text);
		g_assert_cmpint (x509_dn_from_text (text, &again), ==, STATUS_OK);
		g_assert_true (g_bytes_equal (der, again));
		for (gsize len = 0; len < g_bytes_get_size (der); len++)
		{
			g_autofree char *broken = x509_dn_to_text (slice (slice_bytes (der).data, len));

			g_assert_null (broken);
		}
	}
	g_assert_null (x509_dn_to_text (SLICE_NONE));
	g_assert_null (x509_dn_to_text (SLICE_LITERAL ("no name")));
}

/* Its own subject, as GnuTLS wrote it and as others do, is what the text gives. */
static void
test_dn_of_certificate (void)
{
	TestCertOptions o = { .dn = "CN=moon,O=Example,C=CH" };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	g_autofree char *subject = x509_subject_text (test_cert_slice (cert));
	g_autoptr (GBytes) from_subject = NULL, from_text = NULL;

	g_assert_cmpstr (subject, ==, "CN=moon, O=Example, C=CH");
	g_assert_cmpint (x509_dn_from_text (subject, &from_subject), ==, STATUS_OK);
	g_assert_cmpint (x509_dn_from_text ("C=CH, O=Example, CN=moon", &from_text), ==, STATUS_OK);
	g_assert_true (g_bytes_equal (from_subject, from_text));
	g_assert_null (x509_subject_text (SLICE_LITERAL ("0\0")));
	g_assert_null (x509_names_text (SLICE_LITERAL ("0\0")));
	g_assert_null (x509_subject_text (SLICE_NONE));
}

static void
test_names (void)
{
	TestCertOptions o = { .dn = "CN=moon",
		                  .dns = { "moon.example", "*.moon.example" },
		                  .emails = { "alice@example.org" },
		                  .uri = "https://example.org/",
		                  .ip = { { 192, 0, 2, 1 }, { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } },
		                  .ip_octets = { 4, 16 } };
	TestCertOptions none = { .dn = "CN=moon" };
	/* SEQUENCE { dNSName "a<ESC>b<NUL>c", otherName, registeredID, dNSName "last" } */
	TestCertOptions odd = { .dn = "CN=moon",
		                    .alternative_name_hex =
		                        "30208205611b620063a00c06032a0304a0050c0361626388032a030482046c617374" };
	g_autoptr (TestCert) full = test_cert_new (&o), empty = test_cert_new (&none), strange = NULL;
	g_autofree char *text = x509_names_text (test_cert_slice (full));
	g_autofree char *nothing = x509_names_text (test_cert_slice (empty));
	g_autofree char *clean = NULL;

	strange = test_cert_new (&odd);
	g_assert_cmpstr (text, ==,
	                 "moon.example, *.moon.example, alice@example.org, https://example.org/, 192.0.2.1, 2001:db8::1");
	g_assert_cmpstr (nothing, ==, "");
	clean = x509_names_text (test_cert_slice (strange));
	g_assert_true (g_utf8_validate (clean, -1, NULL));
	g_assert_null (strchr (clean, 0x1b));
	/* What stands behind a name of a kind we do not know is still seen. */
	g_assert_nonnull (strstr (clean, "last"));
}

/* Text before, between and behind, CRLF, one that does not decode, a private key: all skipped. */
static void
test_pem (void)
{
	TestCertOptions a = { .dn = "CN=a" }, b = { .dn = "CN=b" };
	g_autoptr (TestCert) first = test_cert_new (&a), second = test_cert_new (&b);
	g_autoptr (GPtrArray) certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	GString *pem = g_string_new ("# CA certificates of the company\n");

	test_cert_pem (pem, test_cert_slice (first));
	g_string_append (pem, "subject=b\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
	g_string_append (pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	test_cert_pem (pem, test_cert_slice (second));
	g_string_append (pem, "the end -----BEGIN CERTIFICATE-----\n");
	g_assert_cmpint (x509_pem_to_der (slice (pem->str, pem->len), certificates), ==, STATUS_OK);
	g_assert_cmpuint (certificates->len, ==, 2);
	g_assert_true (g_bytes_equal (certificates->pdata[0], first->der));
	g_assert_true (g_bytes_equal (certificates->pdata[1], second->der));
	g_string_free (pem, TRUE);
	g_assert_cmpint (x509_pem_to_der (SLICE_LITERAL ("no PEM"), certificates), ==, STATUS_BAD_KEY);
	g_assert_cmpint (x509_pem_to_der (SLICE_NONE, certificates), ==, STATUS_BAD_KEY);
	g_assert_cmpint (x509_pem_to_der (SLICE_LITERAL ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
	                                  certificates),
	                 ==, STATUS_BAD_KEY);
	g_assert_cmpuint (certificates->len, ==, 2);
}

static void
test_anchors (void)
{
	TestCertOptions o = { .dn = "CN=CA", .ca = TRUE };
	TestCertOptions p = { .dn = "CN=RSA CA", .ca = TRUE, .algorithm = GNUTLS_PK_RSA, .bits = 2048 };
	g_autoptr (TestCert) ca = test_cert_new (&o), rsa = test_cert_new (&p);
	g_autoptr (X509Anchors) anchors = NULL;
	g_autoptr (GByteArray) hashes = g_byte_array_new ();
	GString *pem = g_string_new ("system store\n");
	guint8 id[20];
	size_t octets = sizeof id;
	g_autofree guint8 *large = g_malloc0 (4 * 1024 * 1024 + 1);

	test_cert_pem (pem, test_cert_slice (ca));
	/* One that does not parse must not take the others with it. */
	g_string_append (pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	test_cert_pem (pem, test_cert_slice (rsa));
	g_assert_cmpint (x509_anchors_new (slice (pem->str, pem->len), &anchors), ==, STATUS_OK);
	x509_anchors_key_hashes (anchors, 10, hashes);
	g_assert_cmpuint (hashes->len, ==, 40);
	/* GnuTLS's key identifier is the SHA-1 of the SubjectPublicKeyInfo too. */
	G (gnutls_x509_crt_get_key_id (ca->crt, GNUTLS_KEYID_USE_SHA1, id, &octets));
	g_assert_cmpmem (hashes->data, 20, id, 20);
	G (gnutls_x509_crt_get_key_id (rsa->crt, GNUTLS_KEYID_USE_SHA1, id, &octets));
	g_assert_cmpmem (hashes->data + 20, 20, id, 20);
	g_byte_array_set_size (hashes, 0);
	x509_anchors_key_hashes (anchors, 1, hashes);
	g_assert_cmpuint (hashes->len, ==, 20);
	x509_anchors_key_hashes (anchors, 0, hashes);
	g_assert_cmpuint (hashes->len, ==, 20);
	g_string_free (pem, TRUE);
	g_clear_pointer (&anchors, x509_anchors_free);
	g_assert_cmpint (x509_anchors_new (SLICE_LITERAL ("nothing"), &anchors), ==, STATUS_BAD_KEY);
	g_assert_cmpint (x509_anchors_new (SLICE_NONE, &anchors), ==, STATUS_BAD_KEY);
	g_assert_cmpint (x509_anchors_new (slice (large, 4 * 1024 * 1024 + 1), &anchors), ==, STATUS_TOO_LARGE);
	g_assert_null (anchors);
}

/* Every prefix and every octet changed of a certificate: an answer, never a crash. */
static void
test_mutations (void)
{
	TestCertOptions o = { .dn = "CN=moon",
		                  .dns = { "moon.example" },
		                  .ip = { { 192, 0, 2, 1 } },
		                  .ip_octets = { 4 },
		                  .purposes = { GNUTLS_KP_TLS_WWW_SERVER } };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	Slice der = test_cert_slice (cert);
	g_autofree guint8 *octets = g_memdup2 (der.data, der.len);
	guint parsed = 0;

	for (gsize at = 0; at < der.len; at++)
	{
		static const guint8 changes[] = { 0x01, 0x80, 0xff };

		g_assert_null (x509_names_text (slice (der.data, at)));
		for (gsize i = 0; i < G_N_ELEMENTS (changes); i++)
		{
			g_autofree char *subject = NULL, *names = NULL;
			SigKeyType type;

			octets[at] ^= changes[i];
			subject = x509_subject_text (slice (octets, der.len));
			names = x509_names_text (slice (octets, der.len));
			(void) x509_key_type (slice (octets, der.len), &type);
			g_assert_true ((subject == NULL) == (names == NULL));
			if (subject != NULL)
			{
				parsed++;
				g_assert_true (g_utf8_validate (subject, -1, NULL) && g_utf8_validate (names, -1, NULL));
			}
			octets[at] ^= changes[i];
		}
	}
	/* The signature is not looked at here, so some of them do parse. */
	g_assert_cmpuint (parsed, >, 0);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/x509-text/dn-from-text", test_dn_from_text);
	g_test_add_func ("/crypto/x509-text/dn-octets", test_dn_octets);
	g_test_add_func ("/crypto/x509-text/dn-to-text", test_dn_to_text);
	g_test_add_func ("/crypto/x509-text/dn-of-certificate", test_dn_of_certificate);
	g_test_add_func ("/crypto/x509-text/names", test_names);
	g_test_add_func ("/crypto/x509-text/pem", test_pem);
	g_test_add_func ("/crypto/x509-text/anchors", test_anchors);
	g_test_add_func ("/crypto/x509-text/mutations", test_mutations);
	return g_test_run ();
}
