/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: certificates in words, PEM to DER, distinguished names. Must not know: whether a certificate is trusted.
 */
#pragma once

#include <gnutls/x509.h>

#include "x509.h"

#define X509_DETAIL_OCTETS 512

/* Octets of a certificate as text for people: valid UTF-8, control characters removed, cut. Free with g_free(). */
char *x509_clean_text (const void *octets, gsize len);

/* Cuts it to @most_octets at most (4 at least), with three dots at the end when something was cut. */
void x509_cut_text (char *text, gsize most_octets);

/* One subjectAltName; TRUE while there is a name at @index. @ret_value: free with gnutls_free() */
gboolean x509_get_name (gnutls_x509_crt_t crt, guint index, gnutls_x509_subject_alt_name_t *ret_type,
                        gnutls_datum_t *ret_value);

/* All names of @crt for people, "" when there is none. */
char *x509_names_of (gnutls_x509_crt_t crt);

/* "CN=moon, O=Example" */
char *x509_subject_of (gnutls_x509_crt_t crt);

/* The next certificate of a PEM file, and @rest goes on behind it; text and blocks that do not parse are skipped. NULL: no
 * more. */
GBytes *x509_pem_next (Slice *rest);

/* NULL when the octets are no certificate. */
gnutls_x509_crt_t x509_import (Slice der);
