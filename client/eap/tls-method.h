/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what EAP-TLS, TTLS and PEAP have in common: fragments around a TLS tunnel whose server is judged before anything is
 * said inside of it, the keys, and the handing over of what is inside to a second phase.
 * Must not know: what the second phase says.
 */
#pragma once

#include "method.h"
#include "tls-fragments.h"
#include "tls-tunnel.h"

typedef struct TlsMethod TlsMethod;

/* What goes on inside of the tunnel. A function that returns EAP_METHOD_SEND may have written with tls_method_write(); an
 * empty packet goes out otherwise. */
typedef struct
{
	const char *key_label; /* of the MSK with TLS 1.2 */
	gpointer (*start) (TlsMethod *method);
	/* The tunnel is open and the server's turn is over. */
	EapMethodResult (*begin) (gpointer inner);
	/* @plain: never empty;  @identifier: of the packet around it */
	EapMethodResult (*input) (gpointer inner, guint8 identifier, Slice plain);
	EapMethodResult (*answer) (gpointer inner, Slice secret);
	EapMethodResult (*decline) (gpointer inner);
	gboolean (*done) (gconstpointer inner);
	void (*clear) (gpointer inner); /* wipes and frees */
} TlsInner;

struct TlsMethod
{
	guint8 type;
	EapConfig config;
	const Rng *rng;
	const TlsInner *inner;
	gpointer inner_state;
	TlsTunnel *tunnel;
	TlsFragments fragments;
	gboolean open;  /* the handshake is done */
	gboolean begun; /* .begin was called */
	Secret msk;     /* as the tunnel gives it; the second phase may change it */
};

/* For EapMethod.start, .input and so on. */
gpointer tls_method_start (guint8 type, const TlsInner *inner, const EapConfig *config, const Rng *rng);
EapMethodResult tls_method_input (gpointer state, guint8 identifier, Slice data, Writer *answer);
EapMethodResult tls_method_answer (gpointer state, Slice secret, Writer *answer);
EapMethodResult tls_method_decline (gpointer state, Writer *answer);
gboolean tls_method_done (gconstpointer state);
Slice tls_method_msk (gconstpointer state);
void tls_method_clear (gpointer state);

/* For the second phase. */
Status tls_method_write (TlsMethod *method, Slice plain);
/* 128 octets, of which the MSK is the first half (RFC 5216 section 2.3, RFC 9190 section 2.3, RFC 9427 section 2.1). */
Status tls_method_key_material (const TlsMethod *method, Secret *ret_key);

static inline EapMethodResult
tls_method_fail (Status status, const char *detail)
{
	return (EapMethodResult){ .verdict = EAP_METHOD_FAIL, .status = status, .detail = g_strdup (detail) };
}
