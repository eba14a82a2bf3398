/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: files of other programs that the tests of import and export make for themselves. Must not know: what is tested.
 */
#pragma once

#include <gnutls/pkcs7.h>
#include <plist/plist.h>

#include "../crypto/vectors.h"
#include "../crypto/certificates.h"
#include "crypto/container.h"
#include "profile/import.h"

typedef struct
{
	TestCert *ca, *user;
	GBytes *chain, *key; /* PEM */
	GBytes *sealed;      /* PKCS#12, passphrase "secret" */
	GBytes *open;        /* PKCS#12, passphrase "" */
	char *ca_base64, *sealed_base64, *open_base64;
} Samples;

static inline char *
samples_base64 (Slice octets)
{
	return g_base64_encode (octets.data, octets.len);
}

/* Made once: keys are slow under sanitizers. */
static inline const Samples *
samples (void)
{
	static Samples made;
	g_autoptr (GString) pem = NULL;
	gnutls_datum_t key = { NULL, 0 };

	if (made.ca != NULL)
		return &made;
	made.ca = test_cert_new (&(TestCertOptions){ .dn = "CN=Test CA,O=Godwit test", .ca = TRUE });
	made.user = test_cert_new (&(TestCertOptions){ .dn = "CN=alice,O=Godwit test", .issuer = made.ca });
	pem = g_string_new (NULL);
	test_cert_pem (pem, test_cert_slice (made.user));
	made.chain = g_bytes_new (pem->str, pem->len);
	G (gnutls_x509_privkey_export2_pkcs8 (made.user->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &key));
	made.key = g_bytes_new (key.data, key.size);
	gnutls_free (key.data);
	g_assert_cmpint (container_pkcs12_make (slice_bytes (made.chain), slice_bytes (made.key), "secret", &made.sealed),
	                 ==, STATUS_OK);
	g_assert_cmpint (container_pkcs12_make (slice_bytes (made.chain), slice_bytes (made.key), "", &made.open), ==,
	                 STATUS_OK);
	made.ca_base64 = samples_base64 (test_cert_slice (made.ca));
	made.sealed_base64 = samples_base64 (slice_bytes (made.sealed));
	made.open_base64 = samples_base64 (slice_bytes (made.open));
	return &made;
}

/* @pkcs12: NULL: none;  @more: members behind, with a comma in front */
static inline char *
samples_sswan (const char *type, const char *pkcs12, const char *more)
{
	return g_strdup_printf (
	    "{ \"uuid\": \"1b2d\", \"name\": \"Office\", \"type\": \"%s\",\n"
	    "  \"remote\": { \"addr\": \"vpn.example.org\", \"id\": \"gw.example.org\", \"cert\": \"%s\" },\n"
	    "  \"local\": { \"id\": \"alice@example.org\", \"eap_id\": \"alice\"%s%s%s }%s }",
	    type, samples ()->ca_base64, pkcs12 != NULL ? ", \"p12\": \"" : "", pkcs12 != NULL ? pkcs12 : "",
	    pkcs12 != NULL ? "\"" : "", more);
}

#define SAMPLES_XML                                                                                                    \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" "              \
	"\"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n"

/* @ikev2: keys of the dictionary IKEv2 behind RemoteAddress;  @payloads: more of them */
static inline char *
samples_mobileconfig (const char *ikev2, const char *payloads)
{
	return g_strdup_printf (
	    SAMPLES_XML "<dict><key>PayloadType</key><string>Configuration</string><key>PayloadVersion</key>"
	                "<integer>1</integer><key>PayloadContent</key><array>\n"
	                "<dict><key>PayloadType</key><string>com.apple.vpn.managed</string>"
	                "<key>UserDefinedName</key><string>Office</string><key>VPNType</key><string>IKEv2</string>\n"
	                "<key>IKEv2</key><dict><key>RemoteAddress</key><string>vpn.example.org</string>%s</dict>"
	                "</dict>\n%s</array></dict></plist>\n",
	    ikev2, payloads);
}

#define SAMPLES_EAP                                                                                                    \
	"<key>RemoteIdentifier</key><string>gw.example.org</string>"                                                       \
	"<key>LocalIdentifier</key><string>alice@example.org</string>"                                                     \
	"<key>AuthenticationMethod</key><string>None</string><key>ExtendedAuthEnabled</key><integer>1</integer>"           \
	"<key>AuthName</key><string>alice</string>"
#define SAMPLES_CERTIFICATE                                                                                            \
	"<key>LocalIdentifier</key><string>alice@example.org</string>"                                                     \
	"<key>AuthenticationMethod</key><string>Certificate</string>"                                                      \
	"<key>PayloadCertificateUUID</key><string>AB12</string>"

static inline char *
samples_root_payload (void)
{
	return g_strdup_printf ("<dict><key>PayloadType</key><string>com.apple.security.root</string>"
	                        "<key>PayloadContent</key><data>%s</data></dict>",
	                        samples ()->ca_base64);
}

/* @password: NULL: none */
static inline char *
samples_identity_payload (const char *pkcs12, const char *password)
{
	return g_strdup_printf ("<dict><key>PayloadType</key><string>com.apple.security.pkcs12</string>"
	                        "<key>PayloadUUID</key><string>ab12</string>%s%s%s"
	                        "<key>PayloadContent</key><data>%s</data></dict>",
	                        password != NULL ? "<key>Password</key><string>" : "", password != NULL ? password : "",
	                        password != NULL ? "</string>" : "", pkcs12);
}

static inline GBytes *
samples_binary (const char *xml)
{
	plist_t root = NULL;
	char *octets = NULL;
	uint32_t len = 0;
	GBytes *bytes;

	plist_from_xml (xml, (uint32_t) strlen (xml), &root);
	plist_to_bin (root, &octets, &len);
	bytes = g_bytes_new (octets, len);
	free (octets);
	plist_free (root);
	return bytes;
}

static inline GBytes *
samples_signed (const char *text)
{
	gnutls_datum_t data = test_datum (slice_text (text)), der = { NULL, 0 };
	gnutls_privkey_t key;
	gnutls_pkcs7_t envelope;
	GBytes *bytes;

	G (gnutls_privkey_init (&key));
	G (gnutls_privkey_import_x509 (key, samples ()->user->key, 0));
	G (gnutls_pkcs7_init (&envelope));
	G (gnutls_pkcs7_sign (envelope, samples ()->user->crt, key, &data, NULL, NULL, GNUTLS_DIG_SHA256,
	                      GNUTLS_PKCS7_EMBED_DATA | GNUTLS_PKCS7_INCLUDE_CERT));
	G (gnutls_pkcs7_export2 (envelope, GNUTLS_X509_FMT_DER, &der));
	bytes = g_bytes_new (der.data, der.size);
	gnutls_free (der.data);
	gnutls_pkcs7_deinit (envelope);
	gnutls_privkey_deinit (key);
	return bytes;
}

static inline ProfileImport *
samples_import (Slice contents, GError **error)
{
	const ProfileImportOptions options = { "office.file", NULL, NULL };

	return profile_import (contents, &options, error);
}

static inline gboolean
samples_warned (const GPtrArray *warnings, const char *words)
{
	for (guint i = 0; i < warnings->len; i++)
		if (strstr (warnings->pdata[i], words) != NULL)
			return TRUE;
	return FALSE;
}
