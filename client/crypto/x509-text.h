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

/* One subjectAltName; TRUE while there is a name at @index. @ret_value: free with gnutls_free() */
gboolean x509_get_name (gnutls_x509_crt_t crt, guint index, gnutls_x509_subject_alt_name_t *ret_type,
                        gnutls_datum_t *ret_value);

/* All names of @crt for people, "none" when there is none. */
char *x509_names_of (gnutls_x509_crt_t crt);

/* NULL when the octets are no certificate. */
gnutls_x509_crt_t x509_import (Slice der);
