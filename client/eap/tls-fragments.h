/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: how the flights of TLS are cut into the packets of EAP-TLS, TTLS and PEAP and put together again: flags, lengths,
 * acknowledgements (RFC 5216 section 2.1.5, RFC 5281 section 9.2).
 * Must not know: TLS.
 */
#pragma once

#include "base/secret.h"
#include "base/status.h"
#include "base/writer.h"

#define TLS_FRAGMENTS_MAX_MESSAGE ((gsize) 64 * 1024)
/* Of type-data: with the headers of EAP and IKE below what every path takes in one piece. */
#define TLS_FRAGMENTS_OCTETS ((gsize) 1024)

typedef enum
{
	TLS_FRAGMENTS_MESSAGE, /* .message is whole; it may be empty: an acknowledgement of all we said */
	TLS_FRAGMENTS_START,   /* the server begins */
	TLS_FRAGMENTS_ANSWER,  /* an acknowledgement or our next fragment was written: send it */
	TLS_FRAGMENTS_BAD,     /* .fault says why */
} TlsFragmentsVerdict;

typedef struct
{
	GByteArray *message;
	gsize announced; /* octets of the message under way; 0: not told */
	gboolean begun, more;
	GBytes *out; /* under way to the server; NULL: nothing */
	gsize out_pos;
	const char *fault;
} TlsFragments;

void tls_fragments_init (TlsFragments *fragments);
void tls_fragments_clear (TlsFragments *fragments); /* wipes */

/* @data: type-data of a request. In TLS_FRAGMENTS_MESSAGE the caller takes what is in .message before the next call. */
TlsFragmentsVerdict tls_fragments_input (TlsFragments *fragments, Slice data, Writer *answer);

/* @message: a flight for the server; NULL: none, which is an acknowledgement. Takes it over and writes the first part. */
void tls_fragments_send (TlsFragments *fragments, GBytes *message, Writer *answer);
