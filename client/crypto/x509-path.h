/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: finding a path from the gateway's certificate to an anchor among certificates in any order, and what makes a path
 * bad: signatures (by GnuTLS), weak keys, name constraints that nobody here can check.
 * Must not know: names, the usage of the gateway's key.
 */
#pragma once

#include <gnutls/x509.h>

#include "x509.h"

struct X509Anchors
{
	gnutls_x509_crt_t *list;
	guint n;
};

typedef struct
{
	gnutls_x509_crt_t list[X509_MAX_CERTIFICATES + 1]; /* the gateway's first, the anchor last; borrowed */
	guint n;
} X509Path;

/* What may be in question->certificates that parsed; the gateway's first. */
typedef struct
{
	gnutls_x509_crt_t list[X509_MAX_CERTIFICATES];
	guint n;
} X509Chain;

/**
 * x509_path_find:
 * @ret_path: a path whose certificates are all valid at @now_s when there is one, else any good one; set only on success
 * @ret_fault: why there is none, half a sentence about the certificate ("it ..."); set only on failure
 * Errors: STATUS_GATEWAY_CHAIN
 */
Status x509_path_find (const X509Chain *chain, const X509Anchors *anchors, gboolean weak, gint64 now_s,
                       X509Path *ret_path, const char **ret_fault);

/* notBefore and notAfter; FALSE when they cannot be read. A notAfter of "never" is G_MAXINT64. */
gboolean x509_validity (gnutls_x509_crt_t crt, gint64 *ret_from, gint64 *ret_until);
