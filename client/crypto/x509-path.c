/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "x509-path.h"

#define RSA_LEAST_BITS 2048
#define EC_LEAST_BITS 256
#define MAX_CONSTRAINTS 64 /* of one certificate; comparing them costs names times constraints (CVE-2024-12243) */

/* A gateway could make us look at very many paths with certificates of one name. No honest chain needs that many. */
#define MAX_STEPS 64
#define MAX_VERIFICATIONS 16

#define NEVER_EXPIRES ((gint64) 4294197631) /* what GnuTLS 3.7 answers for 99991231235959Z (RFC 5280 section 4.1.2.5) */

typedef struct
{
	const X509Chain *chain;
	const X509Anchors *anchors;
	gboolean weak;
	gint64 now_s;
	guint steps;
	guint verifications;
	X509Path path;
	X509Path expired; /* good but for its dates; n is 0 when there is none */
	const char *fault;
} Search;

gboolean
x509_validity (gnutls_x509_crt_t crt, gint64 *ret_from, gint64 *ret_until)
{
	const gint64 from = gnutls_x509_crt_get_activation_time (crt);
	const gint64 until = gnutls_x509_crt_get_expiration_time (crt);

	if (from == -1 || until == -1)
		return FALSE;
	*ret_from = from;
	*ret_until = until == NEVER_EXPIRES ? G_MAXINT64 : until;
	return TRUE;
}

static gboolean
all_valid (const X509Path *path, gint64 now_s)
{
	for (guint i = 0; i < path->n; i++)
	{
		gint64 from, until;

		if (!x509_validity (path->list[i], &from, &until) || now_s < from || now_s > until)
			return FALSE;
	}
	return TRUE;
}

/* What GnuTLS says of a chain, for people. */
static const char *
signature_fault (guint flags)
{
	static const struct
	{
		guint flag;
		const char *text;
	} faults[] = {
		{ GNUTLS_CERT_SIGNER_NOT_FOUND, "it is not signed by the chosen authority, only by one of the same name" },
		{ GNUTLS_CERT_INSECURE_ALGORITHM,
		  "a signature in its chain uses an algorithm that is no longer safe, such as SHA-1" },
		{ GNUTLS_CERT_SIGNER_NOT_CA, "a certificate in its chain is no certificate authority" },
		{ GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE, "a certificate in its chain may not sign others, or not this name" },
		{ GNUTLS_CERT_UNKNOWN_CRIT_EXTENSIONS, "its chain has a critical extension that is not known here" },
		{ GNUTLS_CERT_SIGNATURE_FAILURE, "a signature in its chain is wrong" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
		if ((flags & faults[i].flag) != 0)
			return faults[i].text;
	return "its chain does not verify";
}

static gboolean
key_strong (gnutls_x509_crt_t crt)
{
	unsigned int bits = 0;
	const int algorithm = gnutls_x509_crt_get_pk_algorithm (crt, &bits);

	switch (algorithm)
	{
	case GNUTLS_PK_RSA:
	case GNUTLS_PK_RSA_PSS:
		return bits >= RSA_LEAST_BITS;
	case GNUTLS_PK_ECDSA:
		return bits >= EC_LEAST_BITS;
	case GNUTLS_PK_EDDSA_ED25519:
	case GNUTLS_PK_EDDSA_ED448:
		return TRUE;
	default:
		return FALSE;
	}
}

/* GnuTLS does not compare excluded directory names, it passes over them. */
static gboolean
constraints_bearable (gnutls_x509_name_constraints_t constraints)
{
	unsigned int type;
	gnutls_datum_t name;

	for (unsigned int i = 0; gnutls_x509_name_constraints_get_excluded (constraints, i, &type, &name) == 0; i++)
		if (type == GNUTLS_SAN_DN || i >= MAX_CONSTRAINTS)
			return FALSE;
	return gnutls_x509_name_constraints_get_permitted (constraints, MAX_CONSTRAINTS, &type, &name) != 0;
}

static gboolean
constraints_good (gnutls_x509_crt_t crt)
{
	gnutls_x509_name_constraints_t constraints;
	gboolean good = TRUE;
	int error;

	if (gnutls_x509_name_constraints_init (&constraints) != 0)
		return FALSE;
	error = gnutls_x509_crt_get_name_constraints (crt, constraints, 0, NULL);
	if (error == 0)
		good = constraints_bearable (constraints);
	else
		good = error == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	gnutls_x509_name_constraints_deinit (constraints);
	return good;
}

/* NULL: nothing is wrong but perhaps the dates. GnuTLS would take the clock of the machine for those; our time is an
 * argument. */
static const char *
path_fault (const X509Path *path, gboolean weak)
{
	guint flags = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
	guint result = 0;

	for (guint i = 0; i < path->n; i++)
	{
		if (!weak && !key_strong (path->list[i]))
			return "a key in its chain is too short, such as RSA with less than 2048 bits";
		if (i > 0 && !constraints_good (path->list[i]))
			return "an authority in its chain has name constraints that cannot be checked here";
	}
	if (weak)
		flags |= GNUTLS_VERIFY_ALLOW_SIGN_WITH_SHA1;
	if (gnutls_x509_crt_list_verify (path->list, (int) path->n - 1, &path->list[path->n - 1], 1, NULL, 0, flags,
	                                 &result) != 0)
		return "its chain does not verify";
	return result == 0 ? NULL : signature_fault (result);
}

/* The path with @anchor at its end. TRUE ends the search. */
static gboolean
try_anchor (Search *search, gnutls_x509_crt_t anchor)
{
	X509Path whole = search->path;
	const char *fault;

	if (search->verifications++ >= MAX_VERIFICATIONS)
		return FALSE;
	whole.list[whole.n++] = anchor;
	fault = path_fault (&whole, search->weak);
	if (fault != NULL)
	{
		search->fault = fault;
		return FALSE;
	}
	search->expired = whole;
	return all_valid (&whole, search->now_s);
}

/* Depth first: an anchor, else each certificate that may have issued the last one. TRUE: the one in @expired is good. */
static gboolean
extend (Search *search, guint used)
{
	gnutls_x509_crt_t last = search->path.list[search->path.n - 1];

	if (search->steps++ >= MAX_STEPS)
		return FALSE;
	for (guint i = 0; i < search->anchors->n; i++)
		if (gnutls_x509_crt_check_issuer (last, search->anchors->list[i]) != 0 &&
		    try_anchor (search, search->anchors->list[i]))
			return TRUE;
	for (guint i = 1; i < search->chain->n; i++)
	{
		if ((used >> i & 1) != 0 || gnutls_x509_crt_check_issuer (last, search->chain->list[i]) == 0)
			continue;
		search->path.list[search->path.n++] = search->chain->list[i];
		if (extend (search, used | 1u << i))
			return TRUE;
		search->path.n--;
	}
	return FALSE;
}

Status
x509_path_find (const X509Chain *chain, const X509Anchors *anchors, gboolean weak, gint64 now_s, X509Path *ret_path,
                const char **ret_fault)
{
	Search search = { .chain = chain, .anchors = anchors, .weak = weak, .now_s = now_s };

	search.fault = "its issuer is not among the chosen authorities";
	search.path.list[0] = chain->list[0];
	search.path.n = 1;
	if (!extend (&search, 1) && search.expired.n == 0)
	{
		*ret_fault = search.fault;
		return STATUS_GATEWAY_CHAIN;
	}
	*ret_path = search.expired;
	return STATUS_OK;
}
