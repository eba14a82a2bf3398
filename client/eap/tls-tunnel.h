/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: a TLS client (1.2 and 1.3) that speaks with buffers: octets of the server go in, octets for the server and questions
 * come out. No resumption, no renegotiation, no early data, no file.
 * Must not know: EAP, how octets are cut into packets, who judges the certificate or holds the key.
 */
#pragma once

#include "base/secret.h"
#include "base/status.h"
#include "crypto/sig.h"

#define TLS_TUNNEL_MAX_OCTETS ((gsize) 64 * 1024) /* of one flight, and of what is read at once */

typedef struct TlsTunnel TlsTunnel;

typedef enum
{
	TLS_TUNNEL_INPUT,  /* the server's turn; first send what tls_tunnel_output() has */
	TLS_TUNNEL_VERIFY, /* tls_tunnel_certificates() must be judged; then tls_tunnel_answer() */
	TLS_TUNNEL_SIGN,   /* tls_tunnel_to_sign() must be signed; then tls_tunnel_answer() */
	TLS_TUNNEL_OPEN,   /* the handshake is done */
	TLS_TUNNEL_FAILED, /* tls_tunnel_failure() tells */
} TlsTunnelState;

/**
 * tls_tunnel_new:
 * @certificates: ours, DER, our own first; none: the server gets an empty list when it asks
 * @schemes: what the private key of the first one can do; borrowed
 * Errors: STATUS_BAD_KEY (a certificate that does not parse), STATUS_NO_MEMORY, STATUS_CRYPTO
 */
Status tls_tunnel_new (GBytes *const *certificates, gsize n_certificates, const SigScheme *schemes, gsize n_schemes,
                       TlsTunnel **ret_tunnel);
void tls_tunnel_free (TlsTunnel *tunnel); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlsTunnel, tls_tunnel_free)

/* @octets: of the server; none: begins. Only in TLS_TUNNEL_INPUT and TLS_TUNNEL_OPEN. */
TlsTunnelState tls_tunnel_feed (TlsTunnel *tunnel, Slice octets);

/* @status: whether the certificate is good, the signature was made;  @octets: the signature */
TlsTunnelState tls_tunnel_answer (TlsTunnel *tunnel, Status status, Slice octets);

/* What is for the server, and has not been fetched yet. NULL: nothing. */
GBytes *tls_tunnel_output (TlsTunnel *tunnel);

GPtrArray *tls_tunnel_certificates (const TlsTunnel *tunnel); /* of GBytes, DER; borrowed */
/* @ret_is_digest: the octets are the digest of the message with the hash of the scheme, else the message; borrowed */
GBytes *tls_tunnel_to_sign (const TlsTunnel *tunnel, SigScheme *ret_scheme, gboolean *ret_is_digest);

/* @ret_detail: what exactly, a constant or NULL */
Status tls_tunnel_failure (const TlsTunnel *tunnel, const char **ret_detail);

/* Once it is open. */
gboolean tls_tunnel_is_13 (const TlsTunnel *tunnel);
Status tls_tunnel_write (TlsTunnel *tunnel, Slice plain);
/* Appends what the server said inside, possibly nothing. Errors: as tls_tunnel_failure() */
Status tls_tunnel_read (TlsTunnel *tunnel, GByteArray *plain);

/**
 * tls_tunnel_export:
 * Shape:  label x context -> secret[octets]
 * @context: empty: none, which TLS 1.2 tells from one of no octets
 * Errors: STATUS_CRYPTO.   Source: RFC 5705, RFC 8446 section 7.5
 */
Status tls_tunnel_export (const TlsTunnel *tunnel, const char *label, Slice context, gsize octets, Secret *ret_key);
