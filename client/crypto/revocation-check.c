/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one answer proves about one certificate. */
#include "revocation.h"

#include <gnutls/crypto.h>
#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#define GRACE_S 300
#define DAY_S 86400
#define MAX_ENTRIES 32
#define MAX_EXTENSIONS 32

typedef struct
{
	gnutls_x509_crt_t crt, issuer;
} Pair;

static gnutls_datum_t
datum (Slice octets)
{
	return (gnutls_datum_t){ (unsigned char *) octets.data, (unsigned int) octets.len };
}

static Slice
view (const gnutls_datum_t *data)
{
	return slice (data->data, data->size);
}

static gnutls_x509_crt_t
import (Slice der)
{
	gnutls_datum_t data = datum (der);
	gnutls_x509_crt_t crt = NULL;

	if (gnutls_x509_crt_init (&crt) != 0)
		return NULL;
	if (der.len > 0 && gnutls_x509_crt_import (crt, &data, GNUTLS_X509_FMT_DER) == 0)
		return crt;
	gnutls_x509_crt_deinit (crt);
	return NULL;
}

static gboolean
pair_import (Pair *pair, Slice certificate, Slice issuer)
{
	pair->crt = import (certificate);
	pair->issuer = import (issuer);
	return pair->crt != NULL && pair->issuer != NULL;
}

static void
pair_clear (Pair *pair)
{
	if (pair->crt != NULL)
		gnutls_x509_crt_deinit (pair->crt);
	if (pair->issuer != NULL)
		gnutls_x509_crt_deinit (pair->issuer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

static gboolean
times_good (gint64 from, gint64 until, gint64 now_s)
{
	if (from == -1 || from > now_s + GRACE_S)
		return FALSE;
	if (until == -1)
		return from > now_s - DAY_S;
	return until >= now_s - GRACE_S;
}

/* -- OCSP --------------------------------------------------------------------------------------------------------- */

/* Whether a CertID (RFC 6960 section 4.1.1) names our certificate: made anew with the same hash, and all of it compared. */
static gboolean
names_us (const Pair *pair, gnutls_digest_algorithm_t digest, Slice name_hash, Slice key_hash, Slice serial)
{
	gnutls_datum_t parts[3] = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
	gnutls_digest_algorithm_t same;
	gnutls_ocsp_req_t request;
	gboolean ours;

	if (gnutls_ocsp_req_init (&request) != 0)
		return FALSE;
	ours = gnutls_ocsp_req_add_cert (request, digest, pair->issuer, pair->crt) == 0 &&
	       gnutls_ocsp_req_get_cert_id (request, 0, &same, &parts[0], &parts[1], &parts[2]) == 0 &&
	       slice_equal (view (&parts[0]), name_hash) && slice_equal (view (&parts[1]), key_hash) &&
	       slice_equal (view (&parts[2]), serial);
	for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
		gnutls_free (parts[i].data);
	gnutls_ocsp_req_deinit (request);
	return ours;
}

/* An answer may hold many certificates; the worst that is said of ours counts. */
static Status
judge_entries (gnutls_ocsp_resp_t response, const Pair *pair, gint64 now_s)
{
	Status best = STATUS_UNSUPPORTED;

	for (guint i = 0; i < MAX_ENTRIES; i++)
	{
		gnutls_datum_t name = { NULL, 0 }, key = { NULL, 0 }, serial = { NULL, 0 };
		gnutls_digest_algorithm_t digest;
		unsigned int word;
		time_t from, until, revoked;
		gboolean ours;

		if (gnutls_ocsp_resp_get_single (response, i, &digest, &name, &key, &serial, &word, &from, &until, &revoked,
		                                 NULL) != 0)
			break;
		ours = names_us (pair, digest, view (&name), view (&key), view (&serial));
		gnutls_free (name.data);
		gnutls_free (key.data);
		gnutls_free (serial.data);
		if (!ours)
			continue;
		if (!times_good ((gint64) from, (gint64) until, now_s))
			best = best == STATUS_OK ? STATUS_OK : STATUS_GATEWAY_VALIDITY;
		else if (word == GNUTLS_OCSP_CERT_REVOKED)
			return STATUS_GATEWAY_REVOKED;
		else if (word == GNUTLS_OCSP_CERT_GOOD)
			best = STATUS_OK;
	}
	return best;
}

static gboolean
nonce_good (gnutls_ocsp_resp_t response, Slice nonce)
{
	gnutls_datum_t theirs = { NULL, 0 };
	gboolean good;

	/* Many answer from a store, without a nonce (RFC 6960 section 4.4.1): the times say how old it is. */
	if (gnutls_ocsp_resp_get_nonce (response, NULL, &theirs) != 0)
		return TRUE;
	good = slice_equal (view (&theirs), nonce);
	gnutls_free (theirs.data);
	return good;
}

static Status
judge_response (gnutls_ocsp_resp_t response, const Pair *pair, Slice nonce, gint64 now_s)
{
	unsigned int faults = 0;

	if (gnutls_ocsp_resp_get_status (response) != GNUTLS_OCSP_RESP_SUCCESSFUL)
		return STATUS_UNSUPPORTED;
	/* By the issuer itself, or by one whom it made a responder (RFC 6960 section 4.2.2.2). */
	if (gnutls_ocsp_resp_verify_direct (response, pair->issuer, &faults, 0) != 0 || faults != 0)
		return STATUS_BAD_SIGNATURE;
	return nonce_good (response, nonce) ? judge_entries (response, pair, now_s) : STATUS_BAD_SIGNATURE;
}

Status
revocation_check_ocsp (Slice response, Slice certificate, Slice issuer, Slice nonce, gint64 now_s)
{
	g_auto (Pair) pair = { NULL, NULL };
	gnutls_datum_t data = datum (response);
	gnutls_ocsp_resp_t parsed;
	Status status = STATUS_MALFORMED;

	if (!pair_import (&pair, certificate, issuer))
		return STATUS_MALFORMED;
	if (gnutls_ocsp_resp_init (&parsed) != 0)
		return STATUS_NO_MEMORY;
	if (response.len > 0 && response.len <= REVOCATION_MAX_OCTETS && gnutls_ocsp_resp_import (parsed, &data) == 0)
		status = judge_response (parsed, &pair, nonce, now_s);
	gnutls_ocsp_resp_deinit (parsed);
	return status;
}

/* -- CRL ---------------------------------------------------------------------------------------------------------- */

/* A critical extension that is not known may say that the list is not about all certificates (RFC 5280 section 5.2). */
static gboolean
extensions_good (gnutls_x509_crl_t crl)
{
	for (guint i = 0; i < MAX_EXTENSIONS; i++)
	{
		char oid[128] = "";
		size_t octets = sizeof oid;
		unsigned int critical = 0;

		if (gnutls_x509_crl_get_extension_info (crl, i, oid, &octets, &critical) != 0)
			return TRUE;
		if (critical != 0)
			return FALSE;
	}
	return FALSE;
}

static gboolean
may_sign_lists (gnutls_x509_crt_t issuer)
{
	unsigned int usage = 0;

	return gnutls_x509_crt_get_key_usage (issuer, &usage, NULL) < 0 || (usage & GNUTLS_KEY_CRL_SIGN) != 0;
}

/* GnuTLS compares dates with the clock of the machine whatever it is told; our time is an argument, and judged apart. */
static gboolean
signed_by (gnutls_x509_crl_t crl, gnutls_x509_crt_t issuer)
{
	const guint of_time = GNUTLS_CERT_REVOCATION_DATA_SUPERSEDED | GNUTLS_CERT_REVOCATION_DATA_ISSUED_IN_FUTURE;
	unsigned int faults = 0;

	if (gnutls_x509_crl_verify (crl, &issuer, 1, 0, &faults) != 0)
		return FALSE;
	return (faults & ~(of_time | GNUTLS_CERT_INVALID)) == 0 && ((faults & of_time) != 0 || faults == 0);
}

static Status
judge_list (gnutls_x509_crl_t crl, const Pair *pair, gint64 now_s)
{
	int revoked;

	if (gnutls_x509_crl_check_issuer (crl, pair->issuer) == 0 || !extensions_good (crl))
		return STATUS_UNSUPPORTED;
	if (!may_sign_lists (pair->issuer) || !signed_by (crl, pair->issuer))
		return STATUS_BAD_SIGNATURE;
	if (!times_good ((gint64) gnutls_x509_crl_get_this_update (crl), (gint64) gnutls_x509_crl_get_next_update (crl),
	                 now_s))
		return STATUS_GATEWAY_VALIDITY;
	revoked = gnutls_x509_crt_check_revocation (pair->crt, &crl, 1);
	if (revoked < 0)
		return STATUS_MALFORMED;
	return revoked == 0 ? STATUS_OK : STATUS_GATEWAY_REVOKED;
}

Status
revocation_check_crl (Slice crl, Slice certificate, Slice issuer, gint64 now_s)
{
	g_auto (Pair) pair = { NULL, NULL };
	gnutls_datum_t data = datum (crl);
	gboolean pem = crl.len > 11 && memcmp (crl.data, "-----BEGIN ", 11) == 0;
	gnutls_x509_crl_t parsed;
	Status status = STATUS_MALFORMED;

	if (!pair_import (&pair, certificate, issuer))
		return STATUS_MALFORMED;
	if (gnutls_x509_crl_init (&parsed) != 0)
		return STATUS_NO_MEMORY;
	if (crl.len > 0 && crl.len <= REVOCATION_MAX_LIST_OCTETS &&
	    gnutls_x509_crl_import (parsed, &data, pem ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER) == 0)
		status = judge_list (parsed, &pair, now_s);
	gnutls_x509_crl_deinit (parsed);
	return status;
}
