/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: asking x509_verify_gateway() about certificates made for a test, and what holds for every answer.
 * Must not know: which answer is right.
 */
#pragma once

#include "crypto/x509.h"
#include "vectors.h"

#include "certificates.h"

#define KU_SIGN GNUTLS_KEY_DIGITAL_SIGNATURE
#define KU_CA (GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN)
#define OID_IPSEC_IKE "1.3.6.1.5.5.7.3.17"
#define OID_IKE_INTERMEDIATE "1.3.6.1.5.5.8.2.2"

/* A question with what most tests want: one CA, the name moon.example. */
typedef struct
{
	Slice certificates[12];
	gsize n;
	GString *anchors;
	X509NameType name_type;
	Slice name;
	gint64 now_s;
	gboolean system;
	gboolean weak;
} Ask;

#define ASK                                                                                                            \
	{                                                                                                                  \
		.anchors = g_string_new (NULL), .name_type = X509_NAME_DNS, .name = SLICE_LITERAL ("moon.example"),            \
		.now_s = TEST_NOW                                                                                              \
	}

static inline void
ask_clear (Ask *ask)
{
	g_string_free (ask->anchors, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Ask, ask_clear)

static inline void
ask_send (Ask *ask, const TestCert *cert)
{
	ask->certificates[ask->n++] = test_cert_slice (cert);
}

static inline void
ask_trust (Ask *ask, const TestCert *cert)
{
	test_cert_pem (ask->anchors, test_cert_slice (cert));
}

static inline Status
ask_detail (const Ask *ask, char **ret_detail)
{
	g_autoptr (X509Anchors) anchors = NULL;
	X509Question question = { .certificates = ask->certificates,
		                      .n_certificates = ask->n,
		                      .system_anchors = ask->system,
		                      .name_type = ask->name_type,
		                      .name = ask->name,
		                      .now_s = ask->now_s,
		                      .weak = ask->weak };
	char *detail = NULL;
	Status status;

	g_assert_cmpint (x509_anchors_new (slice (ask->anchors->str, ask->anchors->len), &anchors), ==, STATUS_OK);
	question.anchors = anchors;
	status = x509_verify_gateway (&question, &detail);
	g_assert_true ((status == STATUS_OK) == (detail == NULL));
	if (detail != NULL)
	{
		g_test_message ("%s: %s", status_name (status), detail);
		g_assert_true (g_utf8_validate (detail, -1, NULL));
		g_assert_cmpuint (strlen (detail), <=, 512);
		for (const char *at = detail; *at != '\0'; at++)
			g_assert_true ((guint8) *at >= 0x20 && *at != 0x7f);
	}
	*ret_detail = detail;
	return status;
}

static inline Status
ask (const Ask *ask)
{
	g_autofree char *detail = NULL;

	return ask_detail (ask, &detail);
}

static inline const TestCert *
the_ca (void)
{
	static TestCert *ca;

	if (ca == NULL)
	{
		TestCertOptions o = { .dn = "CN=Test CA,O=Example", .ca = TRUE, .key_usage = KU_CA };

		ca = test_cert_new (&o);
	}
	return ca;
}

/* One certificate of the_ca() and the question whether it is good. */
static inline Status
ask_leaf (TestCertOptions o)
{
	g_autoptr (TestCert) cert = NULL;
	g_auto (Ask) a = ASK;

	o.issuer = o.issuer != NULL ? o.issuer : the_ca ();
	cert = test_cert_new (&o);
	ask_send (&a, cert);
	ask_trust (&a, the_ca ());
	return ask (&a);
}
