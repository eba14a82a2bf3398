/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "x509.h"

#include <gnutls/abstract.h>

#include "base/inet.h"
#include "x509-path.h"
#include "x509-text.h"

#define MAX_ANCHORS 1024
#define MAX_DETAIL_NAMES 256 /* octets of the certificate's names in a sentence; the rest is for what was wanted */
#define MAX_DETAIL_WANTED 128
#define MAX_ANCHORS_OCTETS ((gsize) 4 * 1024 * 1024)
#define MAX_EKUS 64

#define OID_SERVER_AUTH GNUTLS_KP_TLS_WWW_SERVER
#define OID_IPSEC_IKE "1.3.6.1.5.5.7.3.17"       /* RFC 4945 section 5.1.3.12 */
#define OID_IKE_INTERMEDIATE "1.3.6.1.5.5.8.2.2" /* what old gateways have instead */
#define OID_ANY GNUTLS_KP_ANY

Status
x509_anchors_new (Slice pem, X509Anchors **ret_anchors)
{
	g_autoptr (X509Anchors) anchors = NULL;
	GBytes *der;

	if (pem.len > MAX_ANCHORS_OCTETS)
		return STATUS_TOO_LARGE;
	anchors = g_new0 (X509Anchors, 1);
	anchors->list = g_new0 (gnutls_x509_crt_t, MAX_ANCHORS);
	/* One at a time: a certificate that GnuTLS refuses must not take the whole store of the system with it. */
	while (anchors->n < MAX_ANCHORS && (der = x509_pem_next (&pem)) != NULL)
	{
		gnutls_x509_crt_t crt = x509_import (slice_bytes (der));

		if (crt != NULL)
			anchors->list[anchors->n++] = crt;
		g_bytes_unref (der);
	}
	if (anchors->n == 0)
		return STATUS_BAD_KEY;
	*ret_anchors = g_steal_pointer (&anchors);
	return STATUS_OK;
}

void
x509_anchors_free (X509Anchors *anchors)
{
	if (anchors == NULL)
		return;
	for (guint i = 0; i < anchors->n; i++)
		gnutls_x509_crt_deinit (anchors->list[i]);
	g_free (anchors->list);
	g_free (anchors);
}

void
x509_anchors_key_hashes (const X509Anchors *anchors, gsize max, GByteArray *hashes)
{
	for (guint i = 0; i < MIN ((gsize) anchors->n, max); i++)
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

static void
chain_clear (X509Chain *chain)
{
	for (guint i = 0; i < chain->n; i++)
		gnutls_x509_crt_deinit (chain->list[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (X509Chain, chain_clear)

/* The gateway's own must parse; others that do not are strays. */
static Status
chain_import (const X509Question *question, X509Chain *chain)
{
	gsize octets = 0;

	if (question->n_certificates > X509_MAX_CERTIFICATES)
		return STATUS_TOO_LARGE;
	for (gsize i = 0; i < question->n_certificates; i++)
		octets += MIN (question->certificates[i].len, X509_MAX_CHAIN_OCTETS + 1);
	if (octets > X509_MAX_CHAIN_OCTETS)
		return STATUS_TOO_LARGE;
	for (gsize i = 0; i < question->n_certificates; i++)
	{
		gnutls_x509_crt_t crt = x509_import (question->certificates[i]);

		if (crt != NULL)
			chain->list[chain->n++] = crt;
		else if (i == 0)
			return STATUS_BAD_KEY;
	}
	return chain->n > 0 ? STATUS_OK : STATUS_BAD_KEY;
}

static gboolean
is_ca (gnutls_x509_crt_t crt)
{
	unsigned int critical;

	/* Version 1 roots have no extension that could say so. */
	return gnutls_x509_crt_get_ca_status (crt, &critical) > 0 || gnutls_x509_crt_get_version (crt) == 1;
}

/* The issuer's name, for words. */
static char *
issuer_text (gnutls_x509_crt_t crt)
{
	gnutls_datum_t dn = { NULL, 0 };
	char *text = gnutls_x509_crt_get_issuer_dn3 (crt, &dn, 0) == 0 ? x509_clean_text (dn.data, dn.size) : g_strdup ("");

	gnutls_free (dn.data);
	x509_cut_text (text, MAX_DETAIL_NAMES);
	return text;
}

static Status
check_chain (const X509Question *question, const X509Chain *chain, X509Path *path, char **ret_detail)
{
	const X509Anchors *anchors = question->anchors;
	g_autofree char *issuer = NULL;
	const char *fault = NULL;

	/* A single anchor that is the gateway's own certificate is a pin, and one that is no CA can be nothing else. */
	if (anchors->n == 1 && gnutls_x509_crt_equals (chain->list[0], anchors->list[0]) != 0)
	{
		*path = (X509Path){ .list = { chain->list[0] }, .n = 1 };
		return STATUS_OK;
	}
	if (anchors->n == 1 && !is_ca (anchors->list[0]))
	{
		*ret_detail = g_strdup ("it is not the certificate that ca= names");
		return STATUS_GATEWAY_CHAIN;
	}
	if (x509_path_find (chain, anchors, question->weak, question->now_s, path, &fault) == STATUS_OK)
		return STATUS_OK;
	issuer = issuer_text (chain->list[0]);
	*ret_detail = g_strdup_printf ("%s; it was issued by %s", fault, issuer);
	return STATUS_GATEWAY_CHAIN;
}

/* Labels of 1 to 63 letters, digits, hyphens, and the underscore that is seen in the wild. */
static gboolean
dns_name_clean (Slice name)
{
	gsize label = 0;

	for (gsize i = 0; i < name.len; i++)
	{
		const guint8 c = name.data[i];

		if (c == '.' ? label == 0 : !g_ascii_isalnum (c) && c != '-' && c != '_')
			return FALSE;
		label = c == '.' ? 0 : label + 1;
		if (label > 63)
			return FALSE;
	}
	return label > 0;
}

static gboolean
equal_ignoring_case (Slice a, Slice b)
{
	return a.len == b.len &&
	       (a.len == 0 || g_ascii_strncasecmp ((const char *) a.data, (const char *) b.data, a.len) == 0);
}

/* "*.example.org" covers exactly one label, the left-most, and at least two labels must follow. */
static gboolean
wildcard_matches (Slice pattern, Slice name)
{
	const guint8 *dot = memchr (name.data, '.', name.len);
	Slice below, rest;

	if (pattern.len < 3 || pattern.data[0] != '*' || pattern.data[1] != '.' || dot == NULL)
		return FALSE;
	below = slice (pattern.data + 2, pattern.len - 2);
	rest = slice (dot + 1, name.len - (gsize) (dot + 1 - name.data));
	return dns_name_clean (below) && memchr (below.data, '.', below.len) != NULL && equal_ignoring_case (below, rest);
}

static gboolean
dns_matches (Slice pattern, Slice name)
{
	/* A dot at the end of what a user typed only says that the name is complete. */
	if (name.len > 1 && name.data[name.len - 1] == '.')
		name.len--;
	if (!dns_name_clean (name))
		return FALSE;
	return (dns_name_clean (pattern) && equal_ignoring_case (pattern, name)) || wildcard_matches (pattern, name);
}

/* The local part counts letter by letter, the domain does not. */
static gboolean
email_matches (Slice pattern, Slice name)
{
	const guint8 *at = name.len > 0 ? memrchr (name.data, '@', name.len) : NULL;
	gsize local;

	if (at == NULL || at == name.data || pattern.len != name.len)
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
		return type == GNUTLS_SAN_IPADDRESS && (value.len == 4 || value.len == 16) &&
		       slice_equal (value, question->name);
	case X509_NAME_DN:
		return FALSE;
	}
	return FALSE;
}

static gboolean
subject_matches (gnutls_x509_crt_t crt, Slice name)
{
	gnutls_datum_t der = { NULL, 0 };
	gboolean same = gnutls_x509_crt_get_raw_dn (crt, &der) == 0 && x509_dn_equal (slice (der.data, der.size), name);

	gnutls_free (der.data);
	return same;
}

static char *
wanted_text (const X509Question *question)
{
	InetAddress address;
	char text[INET_TEXT_OCTETS];
	char *wanted = NULL;

	if (question->name_type == X509_NAME_IP && inet_address_decode (question->name, &address) == STATUS_OK)
		wanted = g_strdup (inet_address_to_text (&address, text));
	else if (question->name_type == X509_NAME_DN)
		wanted = x509_dn_to_text (question->name);
	if (wanted == NULL)
		wanted = x509_clean_text (question->name.data, question->name.len);
	x509_cut_text (wanted, MAX_DETAIL_WANTED);
	return wanted;
}

/* A NUL or another control character in a name means that somebody wants it read in two ways (CVE-2017-7522). */
static gboolean
name_is_text (gnutls_x509_subject_alt_name_t type, Slice value)
{
	if (type != GNUTLS_SAN_DNSNAME && type != GNUTLS_SAN_RFC822NAME)
		return TRUE;
	for (gsize i = 0; i < value.len; i++)
		if (value.data[i] < 0x20 || value.data[i] == 0x7f)
			return FALSE;
	return TRUE;
}

static char *
names_detail (const X509Question *question, gnutls_x509_crt_t crt)
{
	g_autofree char *names = x509_names_of (crt);
	g_autofree char *subject = x509_subject_of (crt);
	g_autofree char *wanted = wanted_text (question);

	x509_cut_text (names, MAX_DETAIL_NAMES);
	x509_cut_text (subject, MAX_DETAIL_NAMES);
	if (question->name_type == X509_NAME_DN)
		return g_strdup_printf ("its subject is %s; wanted: %s", subject, wanted);
	if (names[0] == '\0')
		return g_strdup_printf ("it has no subjectAltName, only the subject %s, which does not count; wanted: %s",
		                        subject, wanted);
	return g_strdup_printf ("it is made for %s; wanted: %s", names, wanted);
}

static Status
check_name (const X509Question *question, gnutls_x509_crt_t crt, char **ret_detail)
{
	gnutls_x509_subject_alt_name_t type;
	gnutls_datum_t value;
	gboolean matches = question->name_type == X509_NAME_DN && subject_matches (crt, question->name);
	gboolean all_text = TRUE;

	for (guint i = 0; x509_get_name (crt, i, &type, &value); i++)
	{
		all_text = all_text && name_is_text (type, slice (value.data, value.size));
		matches = matches || one_name_matches (question, type, slice (value.data, value.size));
		gnutls_free (value.data);
	}
	if (matches && all_text)
		return STATUS_OK;
	*ret_detail = all_text ? names_detail (question, crt) : g_strdup ("a name in it holds control characters");
	return STATUS_GATEWAY_NAME;
}

static char *
date_text (gint64 time_s)
{
	g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (time_s);
	char *text = date != NULL ? g_date_time_format (date, "%Y-%m-%d %H:%M UTC") : NULL;

	return text != NULL ? text : g_strdup ("a time out of range");
}

static Status
check_validity (const X509Question *question, const X509Path *path, char **ret_detail)
{
	for (guint i = 0; i < path->n; i++)
	{
		gint64 from, until;
		g_autofree char *limit = NULL, *now = NULL, *who = NULL;

		if (!x509_validity (path->list[i], &from, &until))
		{
			*ret_detail = g_strdup ("its dates cannot be read");
			return STATUS_GATEWAY_VALIDITY;
		}
		if (question->now_s >= from && question->now_s <= until)
			continue;
		limit = date_text (question->now_s < from ? from : until);
		now = date_text (question->now_s);
		who = i == 0 ? g_strdup ("it") : x509_subject_of (path->list[i]);
		x509_cut_text (who, MAX_DETAIL_NAMES);
		*ret_detail = g_strdup_printf ("%s %s %s; the clock here says %s", who,
		                               question->now_s < from ? "is valid only from" : "expired on", limit, now);
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

static Status
give_path (const X509Path *path, GPtrArray *list)
{
	for (guint i = 0; i < path->n; i++)
	{
		gnutls_datum_t der = { NULL, 0 };

		if (gnutls_x509_crt_export2 (path->list[i], GNUTLS_X509_FMT_DER, &der) != 0)
			return STATUS_NO_MEMORY;
		g_ptr_array_add (list, g_bytes_new (der.data, der.size));
		gnutls_free (der.data);
	}
	return STATUS_OK;
}

Status
x509_verify_gateway (const X509Question *question, char **ret_detail)
{
	g_auto (X509Chain) chain = { .n = 0 };
	X509Path path = { .n = 0 };
	char *detail = NULL;
	Status status = chain_import (question, &chain);

	if (status != STATUS_OK)
	{
		*ret_detail = g_strdup (status == STATUS_TOO_LARGE ? "the gateway sent too many certificates, or too large ones"
		                                                   : "the gateway sent no certificate that can be read");
		return status;
	}
	status = check_chain (question, &chain, &path, &detail);
	if (status == STATUS_OK)
		status = check_name (question, path.list[0], &detail);
	if (status == STATUS_OK)
		status = check_validity (question, &path, &detail);
	if (status == STATUS_OK)
		status = check_usage (question, path.list[0], &detail);
	if (status == STATUS_OK && question->path != NULL)
		status = give_path (&path, question->path);
	if (status != STATUS_OK)
	{
		x509_cut_text (detail, X509_DETAIL_OCTETS);
		*ret_detail = detail;
	}
	return status;
}
