/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: whether a chain of certificates proves the identity we want, in a fixed order: chain to the
 * anchor, subjectAltName, validity, key usage. One answer with the words a user needs.
 * Must not know: IKE payloads, files, the clock (the time is an argument).
 */
#pragma once

#include "sig.h"
#include "base/status.h"

/* What kind of name the identity is; the certificate must carry it as a subjectAltName of the same kind (RFC 7296
 * section 3.5, RFC 4945 section 3.1). Never the CN. */
typedef enum
{
	X509_NAME_DNS,   /* text; a wildcard in the certificate covers exactly one left-most label */
	X509_NAME_EMAIL, /* text */
	X509_NAME_IP,    /* 4 or 16 octets */
	X509_NAME_DN,    /* DER of the Name; equal to the subject as x509_dn_equal() sees it */
} X509NameType;

#define X509_MAX_CERTIFICATES 8
#define X509_MAX_CHAIN_OCTETS ((gsize) 64 * 1024)

typedef struct X509Anchors X509Anchors;

/**
 * x509_anchors_new:
 * @pem: one or more certificates; text between them is skipped. A single one that is no CA is accepted as a pin: then
 *       the gateway's certificate must be that one.
 * Errors: STATUS_BAD_KEY (nothing that parses), STATUS_TOO_LARGE (> 4 MiB)
 */
Status x509_anchors_new (Slice pem, X509Anchors **ret_anchors);
void x509_anchors_free (X509Anchors *anchors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509Anchors, x509_anchors_free)

/**
 * x509_anchors_key_hashes:
 * Appends the SHA-1 of the SubjectPublicKeyInfo of each anchor, 20 octets each, what a CERTREQ carries (RFC 7296
 * section 3.7), up to @max of them.
 */
void x509_anchors_key_hashes (const X509Anchors *anchors, gsize max, GByteArray *hashes);

typedef struct
{
	const Slice *certificates; /* DER; the gateway's own first, the others in any order and with strays */
	gsize n_certificates;
	const X509Anchors *anchors;
	gboolean system_anchors; /* then an EKU of serverAuth or ipsecIKE is required, not only allowed */
	X509NameType name_type;
	Slice name;
	gint64 now_s;  /* wall clock, seconds since 1970 UTC */
	gboolean weak; /* accept SHA-1 signatures and RSA below 2048 bits in the chain */
	GPtrArray *
	    path; /* NULL, or the verified path is appended on success: GBytes, DER, the gateway's first, the anchor last */
} X509Question;

/**
 * x509_verify_gateway:
 * @ret_detail: set when the answer is not STATUS_OK: what the certificate says and what was wanted, one sentence, UTF-8,
 *              control characters removed, at most 512 octets; free with g_free()
 * Errors: in this order STATUS_BAD_KEY (does not parse), STATUS_GATEWAY_CHAIN, STATUS_GATEWAY_NAME,
 *         STATUS_GATEWAY_VALIDITY, STATUS_GATEWAY_KEY_USAGE; STATUS_TOO_LARGE
 */
Status x509_verify_gateway (const X509Question *question, char **ret_detail);

/* "CN=moon, O=Example" for people; NULL when @certificate (DER) does not parse. */
char *x509_subject_text (Slice certificate);

/* All subjectAltNames for people, "moon.example, 192.0.2.1"; "" when there is none; NULL when it does not parse. */
char *x509_names_text (Slice certificate);

/* DER certificates of a PEM file, the first one first. Errors: STATUS_BAD_KEY. Appends GBytes to @certificates. */
Status x509_pem_to_der (Slice pem, GPtrArray *certificates);

Status x509_key_type (Slice certificate, SigKeyType *ret_type);

/**
 * x509_dn_from_text:
 * @text: RFC 4514, "CN=moon,O=Example,C=CH", or with the most significant part first and "/" or ", " between the parts
 * @ret_der: DER Name with PrintableString for C and UTF8String otherwise;  Errors: STATUS_MALFORMED
 */
Status x509_dn_from_text (const char *text, GBytes **ret_der);
/* The same attributes in the same order with the same text; whether a text is a UTF8String, PrintableString or IA5String is
 * the issuer's taste (RFC 5280 section 7.1). FALSE when one of them does not parse. */
gboolean x509_dn_equal (Slice a, Slice b);

char *x509_dn_to_text (Slice der); /* NULL when it does not parse */
