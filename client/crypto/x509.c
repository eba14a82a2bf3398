/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "x509.h"

#include <gnutls/abstract.h>

#include "base/inet.h"
#include "x509-text.h"

#define MAX_ANCHORS 1024
#define MAX_ANCHORS_OCTETS ((gsize) 4 * 1024 * 1024)
#define RSA_LEAST_BITS 2048
#define MAX_EKUS 64

#define OID_SERVER_AUTH GNUTLS_KP_TLS_WWW_SERVER
#define OID_IPSEC_IKE "1.3.6.1.5.5.7.3.17"       /* RFC 4945 section 5.1.3.12 */
#define OID_IKE_INTERMEDIATE "1.3.6.1.5.5.8.2.2" /* what old gateways have instead */
#define OID_ANY GNUTLS_KP_ANY

struct X509Anchors
{
	gnutls_x509_crt_t *list;
	unsigned int n;
};

Status
x509_anchors_new (Slice pem, X509Anchors **ret_anchors)
{
	gnutls_datum_t data = { (unsigned char *) pem.data, (unsigned int) pem.len };
	X509Anchors *anchors;

	if (pem.len > MAX_ANCHORS_OCTETS)
		return STATUS_TOO_LARGE;
	anchors = g_new0 (X509Anchors, 1);
	if (gnutls_x509_crt_list_import2 (&anchors->list, &anchors->n, &data, GNUTLS_X509_FMT_PEM, 0) != 0 || anchors->n == 0)
	{
		g_free (anchors);
		return STATUS_BAD_KEY;
	}
	*ret_anchors = anchors;
	return STATUS_OK;
}

void
x509_anchors_free (X509Anchors *anchors)
{
	if (anchors == NULL)
		return;
	for (unsigned int i = 0; i < anchors->n; i++)
		gnutls_x509_crt_deinit (anchors->list[i]);
	gnutls_free (anchors->list);
	g_free (anchors);
}

void
x509_anchors_key_hashes (const X509Anchors *anchors, gsize max, GByteArray *hashes)
{
	for (unsigned int i = 0; i < MIN ((gsize) anchors->n, max); i++)
	{
		guint8 digest[HASH_MAX_OCTETS];
		gnutls_datum_t spki = { NULL, 0 };
		gnutls_pubkey_t key;

		if (gnutls_pubkey_init (&key) != 0)
			return;
		if (gnutls_pubkey_import_x509 (key, anchors->list[i], 0) == 0 &&
		    gnutls_pubkey_export2 (key, GNUTLS_X509_FMT_DER, &spki) == 0 &&
		    hash (HASH_SHA1, &(Slice){ spki.data, spki.size }, 1, digest) == STATUS_OK)
			g_byte_array_append (hashes, digest, (guint) hash_octets (HASH_SHA1));
		gnutls_free (spki.data);
		gnutls_pubkey_deinit (key);
	}
}

/* The certificates of one question, imported. */
typedef struct
{
	gnutls_x509_crt_t list[X509_MAX_CERTIFICATES];
	unsigned int n;
} Chain;

static void
chain_clear (Chain *chain)
{
	for (unsigned int i = 0; i < chain->n; i++)
		gnutls_x509_crt_deinit (chain->list[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Chain, chain_clear)

static Status
chain_import (const X509Question *question, Chain *chain)
{
	gsize octets = 0;

	if (question->n_certificates == 0)
		return STATUS_BAD_KEY;
	if (question->n_certificates > X509_MAX_CERTIFICATES)
		return STATUS_TOO_LARGE;
	for (gsize i = 0; i < question->n_certificates; i++)
	{
		octets += question->certificates[i].len;
		if (octets > X509_MAX_CHAIN_OCTETS)
			return STATUS_TOO_LARGE;
		chain->list[chain->n] = x509_import (question->certificates[i]);
		if (chain->list[chain->n] == NULL)
			return STATUS_BAD_KEY;
		chain->n++;
	}
	return STATUS_OK;
}

static gboolean
is_ca (gnutls_x509_crt_t crt)
{
	unsigned int critical;

	/* Version 1 roots have no extension that could say so. */
	return gnutls_x509_crt_get_ca_status (crt, &critical) > 0 || gnutls_x509_crt_get_version (crt) == 1;
}

/* A single anchor that is no CA is a pin: the gateway's certificate must be that one. */
static gboolean
is_pin (const X509Anchors *anchors)
{
	return anchors->n == 1 && !is_ca (anchors->list[0]);
}

/* The issuer of @crt among the strays of the chain, not yet used; -1: none. */
static int
find_issuer (const Chain *chain, gnutls_x509_crt_t crt, guint used)
{
	for (unsigned int i = 1; i < chain->n; i++)
		if ((used >> i & 1) == 0 && gnutls_x509_crt_check_issuer (crt, chain->list[i]) != 0)
			return (int) i;
	return -1;
}

/* Puts the certificates in order, the gateway's first, and leaves out those that do not belong to its path. */
static unsigned int
sort_path (const Chain *chain, gnutls_x509_crt_t path[X509_MAX_CERTIFICATES])
{
	unsigned int n = 1;
	guint used = 1;
	int issuer;

	path[0] = chain->list[0];
	while (n < chain->n && (issuer = find_issuer (chain, path[n - 1], used)) > 0)
	{
		used |= 1u << issuer;
		path[n++] = chain->list[issuer];
	}
	return n;
}

/* RFC 5280 section 4.1.1.2: the algorithm inside the signed part and beside the signature are one (CVE-2021-41991). GnuTLS
 * compares them when it verifies; certificates that nobody signed for us are not looked at. */
static const char *
chain_fault (guint flags)
{
	if ((flags & GNUTLS_CERT_SIGNER_NOT_FOUND) != 0)
		return "its issuer is not among the trusted authorities";
	if ((flags & GNUTLS_CERT_INSECURE_ALGORITHM) != 0)
		return "a signature in its chain uses an algorithm that is no longer safe";
	if ((flags & GNUTLS_CERT_SIGNER_NOT_CA) != 0)
		return "a certificate in its chain is no certificate authority";
	if ((flags & GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE) != 0)
		return "a certificate in its chain may not sign others, or not this name";
	if ((flags & GNUTLS_CERT_SIGNATURE_FAILURE) != 0)
		return "a signature in its chain is wrong";
	if ((flags & GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS) != 0)
		return "it has a critical extension that nobody here knows";
	return "its chain does not verify";
}

/* The issuer's name, for words. */
static char *
issuer_text (gnutls_x509_crt_t crt)
{
	gnutls_datum_t dn = { NULL, 0 };
	char *text = gnutls_x509_crt_get_issuer_dn3 (crt, &dn, 0) == 0 ? x509_clean_text (dn.data, dn.size) : g_strdup ("");

	gnutls_free (dn.data);
	return text;
}

static gboolean
weak_rsa (gnutls_x509_crt_t crt)
{
	unsigned int bits = 0;

	return gnutls_x509_crt_get_pk_algorithm (crt, &bits) == GNUTLS_PK_RSA && bits < RSA_LEAST_BITS;
}

/* GnuTLS looks at the clock of the machine: our time is an argument, so validity is checked by check_validity(). */
static Status
check_chain (const X509Question *question, gnutls_x509_crt_t *path, unsigned int n, char **ret_detail)
{
	guint flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
	guint result = 0;
	g_autofree char *issuer = issuer_text (path[0]);

	if (is_pin (question->anchors))
	{
		if (gnutls_x509_crt_equals (path[0], question->anchors->list[0]) != 0)
			return STATUS_OK;
		*ret_detail = g_strdup ("it is not the certificate that ca= names");
		return STATUS_GATEWAY_CHAIN;
	}
	if (question->weak)
		flags |= GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1;
	for (unsigned int i = 0; i < n && !question->weak; i++)
		if (weak_rsa (path[i]))
		{
			*ret_detail = g_strdup ("an RSA key in its chain has less than 2048 bits");
			return STATUS_GATEWAY_CHAIN;
		}
	if (gnutls_x509_crt_list_verify (path, (int) n, question->anchors->list, (int) question->anchors->n, NULL, 0, flags,
	                                 &result) == 0 &&
	    result == 0)
		return STATUS_OK;
	*ret_detail = g_strdup_printf ("%s; it was issued by %s", chain_fault (result), issuer);
	return STATUS_GATEWAY_CHAIN;
}

/* Letters, digits, hyphens, dots, an underscore as it is seen in the wild; a NUL or anything else is no name. */
static gboolean
dns_name_clean (Slice name)
{
	for (gsize i = 0; i < name.len; i++)
		if (!g_ascii_isalnum (name.data[i]) && strchr ("-._*", name.data[i]) == NULL)
			return FALSE;
	return name.len > 0 && memchr (name.data, '\0', name.len) == NULL;
}

static gboolean
equal_ignoring_case (Slice a, Slice b)
{
	return a.len == b.len && (a.len == 0 || g_ascii_strncasecmp ((const char *) a.data, (const char *) b.data, a.len) == 0);
}

/* "*.example.org" covers exactly one label, the left-most, and at least two labels must follow. */
static gboolean
wildcard_matches (Slice pattern, Slice name)
{
	const guint8 *dot = name.len > 0 ? memchr (name.data, '.', name.len) : NULL;
	Slice pattern_rest, name_rest;

	if (pattern.len < 3 || pattern.data[0] != '*' || pattern.data[1] != '.' || dot == NULL || dot == name.data)
		return FALSE;
	pattern_rest = slice (pattern.data + 1, pattern.len - 1);
	name_rest = slice (dot, name.len - (gsize) (dot - name.data));
	return memchr (pattern_rest.data + 1, '.', pattern_rest.len - 1) != NULL &&
	       memchr (pattern_rest.data, '*', pattern_rest.len) == NULL && equal_ignoring_case (pattern_rest, name_rest);
}

static gboolean
dns_matches (Slice pattern, Slice name)
{
	/* A dot at the end of what a user typed only says that the name is complete. */
	if (name.len > 1 && name.data[name.len - 1] == '.')
		name.len--;
	if (!dns_name_clean (pattern) || !dns_name_clean (name) || memchr (name.data, '*', name.len) != NULL)
		return FALSE;
	return equal_ignoring_case (pattern, name) || wildcard_matches (pattern, name);
}

/* The local part counts letter by letter, the domain does not. */
static gboolean
email_matches (Slice pattern, Slice name)
{
	const guint8 *at = name.len > 0 ? memchr (name.data, '@', name.len) : NULL;
	gsize local;

	if (at == NULL || pattern.len != name.len || memchr (pattern.data, '\0', pattern.len) != NULL)
		return FALSE;
	local = (gsize) (at - name.data);
	return memcmp (pattern.data, name.data, local) == 0 &&
	       equal_ignoring_case (slice (pattern.data + local, pattern.len - local),
	                            slice (name.data + local, name.len - local));
}

static gboolean
one_name_matches (const X509Question *question, gnutls_x509_subject_alt_name_t type, Slice value)
{
	switch (question->name_type)
	{
	case X509_NAME_DNS:
		return type == GNUTLS_SAN_DNSNAME && dns_matches (value, question->name);
	case X509_NAME_EMAIL:
		return type == GNUTLS_SAN_RFC822NAME && email_matches (value, question->name);
	case X509_NAME_IP:
		return type == GNUTLS_SAN_IPADDRESS && slice_equal (value, question->name);
	case X509_NAME_DN:
		return FALSE;
	}
	return FALSE;
}

static gboolean
subject_matches (gnutls_x509_crt_t crt, Slice name)
{
	gnutls_datum_t der = { NULL, 0 };
	gboolean same = gnutls_x509_crt_get_raw_dn (crt, &der) == 0 && slice_equal (slice (der.data, der.size), name);

	gnutls_free (der.data);
	return same;
}

static char *
wanted_text (const X509Question *question)
{
	gnutls_datum_t value = { (unsigned char *) question->name.data, (unsigned int) question->name.len };
	InetAddress address;
	char text[INET_TEXT_OCTETS];
	char *dn;

	if (question->name_type == X509_NAME_IP && inet_address_decode (question->name, &address) == STATUS_OK)
		return g_strdup (inet_address_to_text (&address, text));
	if (question->name_type == X509_NAME_DN && (dn = x509_dn_to_text (question->name)) != NULL)
		return dn;
	return x509_clean_text (value.data, value.size);
}

static Status
check_name (const X509Question *question, gnutls_x509_crt_t crt, char **ret_detail)
{
	gnutls_x509_subject_alt_name_t type;
	gnutls_datum_t value;
	gboolean matches = question->name_type == X509_NAME_DN && subject_matches (crt, question->name);
	g_autofree char *names = NULL;
	g_autofree char *wanted = NULL;

	for (guint i = 0; !matches && x509_get_name (crt, i, &type, &value); i++)
	{
		matches = one_name_matches (question, type, slice (value.data, value.size));
		gnutls_free (value.data);
	}
	if (matches)
		return STATUS_OK;
	names = x509_names_of (crt);
	wanted = wanted_text (question);
	*ret_detail = g_strdup_printf ("it is made for %s; wanted: %s", names[0] != '\0' ? names : "no name at all", wanted);
	return STATUS_GATEWAY_NAME;
}

static Status
check_validity (const X509Question *question, gnutls_x509_crt_t *path, unsigned int n, char **ret_detail)
{
	for (unsigned int i = 0; i < n; i++)
	{
		gint64 from = gnutls_x509_crt_get_activation_time (path[i]);
		gint64 until = gnutls_x509_crt_get_expiration_time (path[i]);
		gint64 wrong = question->now_s < from ? from : until;
		g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (wrong);
		g_autofree char *text = date != NULL ? g_date_time_format (date, "%Y-%m-%d %H:%M UTC") : g_strdup ("?");

		if (question->now_s >= from && question->now_s <= until)
			continue;
		*ret_detail = g_strdup_printf ("%s %s %s", i == 0 ? "it" : "a certificate of its issuer",
		                               question->now_s < from ? "is valid only from" : "has expired on", text);
		return STATUS_GATEWAY_VALIDITY;
	}
	return STATUS_OK;
}

static gboolean
eku_fits (gnutls_x509_crt_t crt, gboolean system_anchors, gboolean *ret_has_eku)
{
	*ret_has_eku = FALSE;
	for (guint i = 0; i < MAX_EKUS; i++)
	{
		char oid[128] = "";
		size_t octets = sizeof oid;

		if (gnutls_x509_crt_get_key_purpose_oid (crt, i, oid, &octets, NULL) < 0)
			break;
		*ret_has_eku = TRUE;
		if (strcmp (oid, OID_SERVER_AUTH) == 0 || strcmp (oid, OID_IPSEC_IKE) == 0)
			return TRUE;
		/* With the authorities of the system the purpose must be said, not only not excluded. */
		if (!system_anchors && (strcmp (oid, OID_IKE_INTERMEDIATE) == 0 || strcmp (oid, OID_ANY) == 0))
			return TRUE;
	}
	return FALSE;
}

static Status
check_usage (const X509Question *question, gnutls_x509_crt_t crt, char **ret_detail)
{
	unsigned int usage = 0;
	gboolean has_eku;

	if (gnutls_x509_crt_get_key_usage (crt, &usage, NULL) >= 0 &&
	    (usage & (GNUTLS_KEY_DIGITAL_SIGNATURE | GNUTLS_KEY_NON_REPUDIATION)) == 0)
	{
		*ret_detail = g_strdup ("its key may not be used for signatures");
		return STATUS_GATEWAY_KEY_USAGE;
	}
	if (eku_fits (crt, question->system_anchors, &has_eku) || (!has_eku && !question->system_anchors))
		return STATUS_OK;
	*ret_detail = g_strdup (has_eku ? "its extended key usage names neither serverAuth nor ipsecIKE"
	                                : "it names no extended key usage; of a public authority serverAuth is wanted");
	return STATUS_GATEWAY_KEY_USAGE;
}

Status
x509_verify_gateway (const X509Question *question, char **ret_detail)
{
	g_auto (Chain) chain = { 0 };
	gnutls_x509_crt_t path[X509_MAX_CERTIFICATES];
	g_autofree char *detail = NULL;
	unsigned int n;
	Status status = chain_import (question, &chain);

	if (status != STATUS_OK)
	{
		*ret_detail = g_strdup (status == STATUS_TOO_LARGE ? "it sent too many certificates"
		                                                   : "it sent no certificate that can be read");
		return status;
	}
	n = sort_path (&chain, path);
	status = check_chain (question, path, n, &detail);
	if (status == STATUS_OK)
		status = check_name (question, path[0], &detail);
	if (status == STATUS_OK)
		status = check_validity (question, path, n, &detail);
	if (status == STATUS_OK)
		status = check_usage (question, path[0], &detail);
	if (status != STATUS_OK)
		*ret_detail = g_steal_pointer (&detail);
	return status;
}
