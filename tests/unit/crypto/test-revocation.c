/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is asked about a path, what lists and OCSP answers prove, and what follows. */
#include "vectors.h"

#include "certificates.h"
#include "crypto/revocation.h"

#define URL "http://192.0.2.1/list.crl"

static Status
fill (gpointer state, guint8 *data, gsize octets)
{
	memset (data, 0x5a, octets);
	return STATUS_OK;
}

static const Rng rng = { fill, NULL };

static TestCert *
make_ca (const char *dn, guint usage)
{
	return test_cert_new (&(TestCertOptions){ .dn = dn, .ca = TRUE, .key_usage = usage });
}

/* A certificate that names @crls and @ocsp, up to two of each. */
static GBytes *
make_leaf (const TestCert *ca, const char *const *crls, const char *const *ocsp)
{
	g_autoptr (TestCert) cert = test_cert_new (&(TestCertOptions){ .dn = "CN=gateway", .issuer = ca });
	gnutls_datum_t der = { NULL, 0 };
	gnutls_x509_crt_t crt;
	GBytes *bytes;

	G (gnutls_x509_crt_init (&crt));
	der = test_datum (test_cert_slice (cert));
	G (gnutls_x509_crt_import (crt, &der, GNUTLS_X509_FMT_DER));
	for (guint i = 0; crls != NULL && crls[i] != NULL; i++)
		G (gnutls_x509_crt_set_crl_dist_points2 (crt, GNUTLS_SAN_URI, crls[i], (guint) strlen (crls[i]), 0));
	for (guint i = 0; ocsp != NULL && ocsp[i] != NULL; i++)
	{
		gnutls_datum_t url = test_datum (slice_text (ocsp[i]));

		/* It writes printable ASCII only, and loses memory when it refuses. */
		if (g_str_is_ascii (ocsp[i]) && strpbrk (ocsp[i], "\r\n") == NULL)
			G (gnutls_x509_crt_set_authority_info_access (crt, GNUTLS_IA_OCSP_URI, &url));
	}
	G (gnutls_x509_crt_sign2 (crt, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0));
	G (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_DER, &der));
	bytes = g_bytes_new (der.data, der.size);
	gnutls_free (der.data);
	gnutls_x509_crt_deinit (crt);
	return bytes;
}

/* @revoked: NULL, or who is on it;  @from, @until: around TEST_NOW, in s */
static GBytes *
make_list (const TestCert *ca, GBytes *revoked, gint64 from, gint64 until)
{
	gnutls_x509_crl_t crl;
	gnutls_datum_t der = { NULL, 0 };
	GBytes *bytes;

	G (gnutls_x509_crl_init (&crl));
	G (gnutls_x509_crl_set_version (crl, 2));
	G (gnutls_x509_crl_set_this_update (crl, (time_t) (TEST_NOW + from)));
	G (gnutls_x509_crl_set_next_update (crl, (time_t) (TEST_NOW + until)));
	if (revoked != NULL)
	{
		gnutls_datum_t data = test_datum (slice_bytes (revoked));
		gnutls_x509_crt_t crt;

		G (gnutls_x509_crt_init (&crt));
		G (gnutls_x509_crt_import (crt, &data, GNUTLS_X509_FMT_DER));
		G (gnutls_x509_crl_set_crt (crl, crt, (time_t) TEST_NOW));
		gnutls_x509_crt_deinit (crt);
	}
	G (gnutls_x509_crl_sign2 (crl, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0));
	G (gnutls_x509_crl_export2 (crl, GNUTLS_X509_FMT_DER, &der));
	bytes = g_bytes_new (der.data, der.size);
	gnutls_free (der.data);
	gnutls_x509_crl_deinit (crl);
	return bytes;
}

static void
check_list (Status wanted, GBytes *list, GBytes *leaf, const TestCert *ca)
{
	g_assert_cmpint (revocation_check_crl (slice_bytes (list), slice_bytes (leaf), test_cert_slice (ca), TEST_NOW), ==,
	                 wanted);
	g_bytes_unref (list);
}

static void
test_lists (void)
{
	g_autoptr (TestCert) ca = make_ca ("CN=CA", 0);
	g_autoptr (TestCert) twin = make_ca ("CN=CA", 0);
	g_autoptr (TestCert) other = make_ca ("CN=Other", 0);
	g_autoptr (TestCert) signs = make_ca ("CN=Signs", GNUTLS_KEY_KEY_CERT_SIGN);
	g_autoptr (GBytes) leaf = make_leaf (ca, NULL, NULL), stranger = make_leaf (ca, NULL, NULL);
	g_autoptr (GBytes) by_signs = make_leaf (signs, NULL, NULL);

	check_list (STATUS_OK, make_list (ca, NULL, -60, TEST_DAY), leaf, ca);
	check_list (STATUS_OK, make_list (ca, stranger, -60, TEST_DAY), leaf, ca);
	check_list (STATUS_GATEWAY_REVOKED, make_list (ca, leaf, -60, TEST_DAY), leaf, ca);
	check_list (STATUS_BAD_SIGNATURE, make_list (twin, NULL, -60, TEST_DAY), leaf, ca);
	check_list (STATUS_UNSUPPORTED, make_list (other, NULL, -60, TEST_DAY), leaf, ca);
	/* An authority that may not sign lists. */
	check_list (STATUS_BAD_SIGNATURE, make_list (signs, NULL, -60, TEST_DAY), by_signs, signs);
	/* Five minutes of grace at both ends, and no more. */
	check_list (STATUS_OK, make_list (ca, NULL, 299, TEST_DAY), leaf, ca);
	check_list (STATUS_GATEWAY_VALIDITY, make_list (ca, NULL, 301, TEST_DAY), leaf, ca);
	check_list (STATUS_OK, make_list (ca, NULL, -TEST_DAY, -299), leaf, ca);
	check_list (STATUS_GATEWAY_VALIDITY, make_list (ca, NULL, -TEST_DAY, -301), leaf, ca);
	/* A stale list that names it proves nothing either. */
	check_list (STATUS_GATEWAY_VALIDITY, make_list (ca, leaf, -TEST_DAY, -301), leaf, ca);
	check_list (STATUS_MALFORMED, g_bytes_new_static ("0\x03\x02\x01\x01", 5), leaf, ca);
	check_list (STATUS_MALFORMED, g_bytes_new (NULL, 0), leaf, ca);
}

/* Cut anywhere, or one bit changed anywhere: nothing is proven. */
static void
test_damaged_list (void)
{
	g_autoptr (TestCert) ca = make_ca ("CN=CA", 0);
	g_autoptr (GBytes) leaf = make_leaf (ca, NULL, NULL), list = make_list (ca, NULL, -60, TEST_DAY);
	Slice whole = slice_bytes (list);

	for (gsize len = 0; len < whole.len; len++)
	{
		g_autofree guint8 *cut = g_memdup2 (whole.data, len);
		g_autofree guint8 *changed = g_memdup2 (whole.data, whole.len);

		g_assert_cmpint (revocation_check_crl (slice (cut, len), slice_bytes (leaf), test_cert_slice (ca), TEST_NOW),
		                 !=, STATUS_OK);
		changed[len] ^= 1;
		g_assert_cmpint (
		    revocation_check_crl (slice (changed, whole.len), slice_bytes (leaf), test_cert_slice (ca), TEST_NOW), !=,
		    STATUS_OK);
	}
}

/* What vectors/crypto-ocsp.txt has, by name. */
static GHashTable *ocsp_octets;
static gint64 ocsp_time_s;

static void
keep_vector (char **words)
{
	if (strcmp (words[0], "nonce") == 0)
		ocsp_time_s = g_ascii_strtoll (words[1], NULL, 10);
	g_hash_table_insert (ocsp_octets,
	                     strcmp (words[0], "nonce") == 0 ? g_strdup (words[0])
	                                                     : g_strconcat (words[0], " ", words[1], NULL),
	                     octets_from_hex (words[2]));
}

static Slice
ocsp (const char *name)
{
	GBytes *octets;

	if (ocsp_octets == NULL)
	{
		ocsp_octets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
		g_assert_cmpuint (vectors_each ("crypto-ocsp.txt", 3, keep_vector), ==, 8);
	}
	octets = g_hash_table_lookup (ocsp_octets, name);
	g_assert_nonnull (octets);
	return slice_bytes (octets);
}

static Status
ask_ocsp (Slice response, const char *about, Slice nonce, gint64 later_s)
{
	g_autofree char *name = g_strconcat ("certificate ", about, NULL);
	Slice certificate = ocsp (name);

	return revocation_check_ocsp (response, certificate, ocsp ("certificate ca"), nonce, ocsp_time_s + later_s);
}

static void
test_ocsp (void)
{
	Slice by_ca = ocsp ("response ca"), by_responder = ocsp ("response responder"), nonce = ocsp ("nonce");

	/* Two entries: each certificate gets its own, also when the other stands first (CVE-2026-3832). */
	g_assert_cmpint (ask_ocsp (by_ca, "good", nonce, 60), ==, STATUS_OK);
	g_assert_cmpint (ask_ocsp (by_ca, "bad", nonce, 60), ==, STATUS_GATEWAY_REVOKED);
	g_assert_cmpint (ask_ocsp (by_ca, "absent", nonce, 60), ==, STATUS_UNSUPPORTED);
	g_assert_cmpint (ask_ocsp (by_responder, "good", nonce, 60), ==, STATUS_OK);
	g_assert_cmpint (ask_ocsp (by_responder, "bad", nonce, 60), ==, STATUS_GATEWAY_REVOKED);
	/* A certificate of the same authority is no responder by that alone. */
	g_assert_cmpint (ask_ocsp (ocsp ("response impostor"), "good", nonce, 60), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (ask_ocsp (by_ca, "good", SLICE_LITERAL ("another question"), 60), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (ask_ocsp (by_ca, "good", nonce, -299), ==, STATUS_OK);
	g_assert_cmpint (ask_ocsp (by_ca, "good", nonce, -301), ==, STATUS_GATEWAY_VALIDITY);
	g_assert_cmpint (ask_ocsp (by_ca, "good", nonce, TEST_DAY + 299), ==, STATUS_OK);
	g_assert_cmpint (ask_ocsp (by_ca, "good", nonce, TEST_DAY + 301), ==, STATUS_GATEWAY_VALIDITY);
}

/* Cut anywhere it proves nothing; whatever bit is changed, what was revoked is not good. */
static void
test_ocsp_changed (void)
{
	Slice whole = ocsp ("response ca"), nonce = ocsp ("nonce");

	for (gsize i = 0; i < whole.len; i++)
	{
		g_autofree guint8 *cut = g_memdup2 (whole.data, i);

		g_assert_cmpint (ask_ocsp (slice (cut, i), "good", nonce, 60), !=, STATUS_OK);
		for (guint bit = 0; bit < 8; bit++)
		{
			g_autofree guint8 *changed = g_memdup2 (whole.data, whole.len);

			changed[i] ^= (guint8) (1u << bit);
			g_assert_cmpint (ask_ocsp (slice (changed, whole.len), "bad", nonce, 60), !=, STATUS_OK);
			g_assert_cmpint (ask_ocsp (slice (changed, whole.len), "absent", nonce, 60), !=, STATUS_OK);
		}
	}
}

static void
test_ocsp_damaged (void)
{
	static const char *const cases[] = { "", "x", "0\x03\x0a\x01\x01", "0\x03\x0a\x01\x06", "HTTP/1.0 200 OK" };
	g_autoptr (TestCert) ca = make_ca ("CN=CA", 0);
	g_autoptr (GBytes) leaf = make_leaf (ca, NULL, NULL);

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
		g_assert_cmpint (revocation_check_ocsp (slice_text (cases[i]), slice_bytes (leaf), test_cert_slice (ca),
		                                        SLICE_NONE, TEST_NOW),
		                 !=, STATUS_OK);
}

/* Asks about @leaf with @policy; @answer to every question. */
static Status
play (GBytes *leaf, const TestCert *ca, RevocationPolicy policy, Slice answer, guint *ret_fetches)
{
	GBytes *path[] = { leaf, ca->der };
	g_autoptr (Revocation) r = NULL;
	g_autofree char *detail = NULL;
	RevocationFetch fetch;
	Status status;

	*ret_fetches = 0;
	g_assert_cmpint (revocation_new (path, G_N_ELEMENTS (path), policy, &rng, &r), ==, STATUS_OK);
	while (revocation_next (r, &fetch))
	{
		g_autofree char *words = NULL;

		g_assert_true (g_str_has_prefix (fetch.url, "http://"));
		g_assert_cmpuint (++*ret_fetches, <=, REVOCATION_MAX_FETCHES);
		revocation_take (r, answer, TEST_NOW, &words);
		g_assert_nonnull (strstr (words, fetch.url));
	}
	status = revocation_result (r, &detail);
	g_assert_true ((status == STATUS_OK) == (detail == NULL));
	return status;
}

static void
test_policy (void)
{
	const char *const crls[] = { URL, "http://192.0.2.2/list.crl", NULL };
	const char *const responders[] = { "http://192.0.2.3/ocsp", NULL };
	g_autoptr (TestCert) ca = make_ca ("CN=CA", 0);
	g_autoptr (GBytes) bare = make_leaf (ca, NULL, NULL), leaf = make_leaf (ca, crls, responders);
	g_autoptr (GBytes) good = make_list (ca, NULL, -60, TEST_DAY), bad = make_list (ca, leaf, -60, TEST_DAY);
	g_autofree guint8 *large = g_malloc0 (REVOCATION_MAX_OCTETS + 1);
	guint n;

	g_assert_cmpint (play (leaf, ca, REVOCATION_OFF, slice_bytes (bad), &n), ==, STATUS_OK);
	g_assert_cmpuint (n, ==, 0);
	/* OCSP first, which this is no answer to; then the first list, and then no more. */
	g_assert_cmpint (play (leaf, ca, REVOCATION_HARD, slice_bytes (good), &n), ==, STATUS_OK);
	g_assert_cmpuint (n, ==, 2);
	g_assert_cmpint (play (leaf, ca, REVOCATION_SOFT, slice_bytes (bad), &n), ==, STATUS_GATEWAY_REVOKED);
	g_assert_cmpuint (n, ==, 2);
	g_assert_cmpint (play (leaf, ca, REVOCATION_SOFT, SLICE_NONE, &n), ==, STATUS_OK);
	g_assert_cmpuint (n, ==, 3);
	g_assert_cmpint (play (leaf, ca, REVOCATION_HARD, SLICE_NONE, &n), ==, STATUS_GATEWAY_UNPROVEN);
	g_assert_cmpint (play (bare, ca, REVOCATION_SOFT, SLICE_NONE, &n), ==, STATUS_OK);
	g_assert_cmpuint (n, ==, 0);
	g_assert_cmpint (play (bare, ca, REVOCATION_HARD, SLICE_NONE, &n), ==, STATUS_GATEWAY_UNPROVEN);
	g_assert_cmpint (play (leaf, ca, REVOCATION_HARD, slice (large, REVOCATION_MAX_OCTETS + 1), &n), ==,
	                 STATUS_GATEWAY_UNPROVEN);
	/* All answers together have one budget. */
	g_assert_cmpint (play (leaf, ca, REVOCATION_HARD, slice (large, REVOCATION_MAX_OCTETS), &n), ==,
	                 STATUS_GATEWAY_UNPROVEN);
	g_assert_cmpuint (n, ==, 1);
}

static void
append_list (GString *pem, GBytes *der)
{
	gnutls_datum_t octets = test_datum (slice_bytes (der)), text = { NULL, 0 };

	G (gnutls_pem_base64_encode2 ("X509 CRL", &octets, &text));
	g_string_append_len (pem, (const char *) text.data, text.size);
	gnutls_free (text.data);
	g_bytes_unref (der);
}

static Status
play_lists (GBytes *leaf, const TestCert *ca, const GString *pem)
{
	GBytes *path[] = { leaf, ca->der };
	g_autoptr (Revocation) r = NULL;
	g_autofree char *detail = NULL;
	RevocationFetch fetch;

	g_assert_cmpint (revocation_new (path, G_N_ELEMENTS (path), REVOCATION_HARD, &rng, &r), ==, STATUS_OK);
	revocation_take_lists (r, slice (pem->str, pem->len), TEST_NOW);
	g_assert_false (revocation_next (r, &fetch));
	return revocation_result (r, &detail);
}

/* Lists of a file: others' and stale ones are passed over, and one that says "revoked" is enough. */
static void
test_lists_at_hand (void)
{
	g_autoptr (TestCert) ca = make_ca ("CN=CA", 0);
	g_autoptr (TestCert) other = make_ca ("CN=Other", 0);
	g_autoptr (GBytes) leaf = make_leaf (ca, NULL, NULL);
	g_autoptr (GString) pem = g_string_new ("words\n-----END X509 CRL-----\n");

	g_assert_cmpint (play_lists (leaf, ca, pem), ==, STATUS_GATEWAY_UNPROVEN);
	append_list (pem, make_list (other, NULL, -60, TEST_DAY));
	append_list (pem, make_list (ca, NULL, -TEST_DAY, -3600));
	g_assert_cmpint (play_lists (leaf, ca, pem), ==, STATUS_GATEWAY_UNPROVEN);
	append_list (pem, make_list (ca, NULL, -60, TEST_DAY));
	g_assert_cmpint (play_lists (leaf, ca, pem), ==, STATUS_OK);
	append_list (pem, make_list (ca, leaf, -60, TEST_DAY));
	append_list (pem, make_list (ca, NULL, -60, TEST_DAY));
	g_assert_cmpint (play_lists (leaf, ca, pem), ==, STATUS_GATEWAY_REVOKED);
	g_string_append (pem, "-----BEGIN X509 CRL-----\n");
	g_assert_cmpint (play_lists (leaf, ca, pem), ==, STATUS_GATEWAY_REVOKED);
}

static void
test_urls (void)
{
	g_autofree char *long_tail = g_strnfill (600, 'a');
	g_autofree char *long_url = g_strconcat ("http://192.0.2.1/", long_tail, NULL);
	const char *const bad[] = { "file:///etc/passwd",        "ldap://192.0.2.1/cn=x",
		                        "https://192.0.2.1/x",       "http://a b/",
		                        "http://a/\r\nX: y",         "http",
		                        "http://192.0.2.1/\xc3\xa4", long_url };
	g_autoptr (TestCert) ca = make_ca ("CN=CA", 0);
	const char *const upper[] = { "HTTP://192.0.2.1/x", NULL };
	g_autoptr (GBytes) other_case = make_leaf (ca, upper, NULL);
	guint n;

	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
	{
		const char *const urls[] = { bad[i], NULL };
		g_autoptr (GBytes) crl = make_leaf (ca, urls, NULL), ocsp = make_leaf (ca, NULL, urls);

		g_assert_cmpint (play (crl, ca, REVOCATION_SOFT, SLICE_NONE, &n), ==, STATUS_OK);
		g_assert_cmpuint (n, ==, 0);
		g_assert_cmpint (play (ocsp, ca, REVOCATION_SOFT, SLICE_NONE, &n), ==, STATUS_OK);
		g_assert_cmpuint (n, ==, 0);
	}
	g_assert_cmpint (play (other_case, ca, REVOCATION_SOFT, SLICE_NONE, &n), ==, STATUS_OK);
	g_assert_cmpuint (n, ==, 1);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/revocation/lists", test_lists);
	g_test_add_func ("/crypto/revocation/damaged-list", test_damaged_list);
	g_test_add_func ("/crypto/revocation/ocsp", test_ocsp);
	g_test_add_func ("/crypto/revocation/ocsp-changed", test_ocsp_changed);
	g_test_add_func ("/crypto/revocation/ocsp-damaged", test_ocsp_damaged);
	g_test_add_func ("/crypto/revocation/policy", test_policy);
	g_test_add_func ("/crypto/revocation/lists-at-hand", test_lists_at_hand);
	g_test_add_func ("/crypto/revocation/urls", test_urls);
	result = g_test_run ();
	g_clear_pointer (&ocsp_octets, g_hash_table_unref);
	return result;
}
