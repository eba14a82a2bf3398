/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: whether the certificates of a verified path were revoked: what to ask (OCSP, RFC 6960; CRL, RFC 5280 section 5), what
 * the answers prove, and what follows from the policy.
 * Must not know: how octets are fetched, the clock (the time is an argument), HTTP.
 *
 * Only a path that leads to an anchor may come here: a stranger's certificate must not make anybody fetch anything
 * (CVE-2022-40617).
 */
#pragma once

#include "base/slice.h"
#include "base/status.h"
#include "rng.h"

#define REVOCATION_MAX_FETCHES 6              /* of one path */
#define REVOCATION_MAX_OCTETS ((gsize) 65536) /* of all answers together */
#define REVOCATION_MAX_URL_OCTETS 512
#define REVOCATION_MAX_LIST_OCTETS ((gsize) 4 * 1024 * 1024) /* of a list, also one that was not fetched */

typedef enum
{
	REVOCATION_OFF,
	REVOCATION_SOFT, /* an answer that cannot be had is taken for a good one */
	REVOCATION_HARD, /* each certificate below the anchor must be proven good */
} RevocationPolicy;

typedef struct
{
	const char *url; /* begins with "http://", printable ASCII; borrowed until the next call */
	Slice body;      /* of a POST with application/ocsp-request; empty: GET */
} RevocationFetch;

typedef struct Revocation Revocation;

/**
 * revocation_new:
 * @path: DER, the gateway's first, each signed by the next one, the anchor last
 * @rng: for nonces, borrowed
 * Errors: STATUS_BAD_KEY (a certificate does not parse)
 */
Status revocation_new (GBytes *const *path, gsize n, RevocationPolicy policy, const Rng *rng,
                       Revocation **ret_revocation);
void revocation_free (Revocation *revocation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Revocation, revocation_free)

/* Looks into lists that are at hand, before the first revocation_next(). @pem: CRLs with anything between them; one that is
 * stale or another authority's is passed over. */
void revocation_take_lists (Revocation *revocation, Slice pem, gint64 now_s);

/* What to fetch now. FALSE: nothing more; revocation_result() has the answer. */
gboolean revocation_next (Revocation *revocation, RevocationFetch *ret_fetch);

/**
 * revocation_take:
 * The answer to the last revocation_next().
 * @octets: an OCSPResponse or CRL (DER, a CRL also PEM); empty: there was none.  @now_s: wall clock
 * @ret_words: what it says, for a trace: "OCSP at URL: good". Free with g_free()
 */
void revocation_take (Revocation *revocation, Slice octets, gint64 now_s, char **ret_words);

/**
 * revocation_result:
 * @ret_detail: set when the answer is not STATUS_OK: which certificate, and why. Free with g_free()
 * Errors: STATUS_GATEWAY_REVOKED, STATUS_GATEWAY_UNPROVEN (policy HARD, and no answer that proves anything)
 */
Status revocation_result (const Revocation *revocation, char **ret_detail);

/**
 * revocation_check_ocsp, revocation_check_crl:
 * One answer about one certificate (DER) of this @issuer.  @nonce: that was asked with; it must be the same when there is one
 * Times: not before thisUpdate, not after nextUpdate; without nextUpdate not older than a day; 5 minutes of grace.
 * Errors: STATUS_OK (good), STATUS_GATEWAY_REVOKED; everything else proves nothing: STATUS_MALFORMED,
 *         STATUS_BAD_SIGNATURE, STATUS_GATEWAY_VALIDITY (stale), STATUS_UNSUPPORTED (about another certificate, or unknown)
 */
Status revocation_check_ocsp (Slice response, Slice certificate, Slice issuer, Slice nonce, gint64 now_s);
Status revocation_check_crl (Slice crl, Slice certificate, Slice issuer, gint64 now_s);
