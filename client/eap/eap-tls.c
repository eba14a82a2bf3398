/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP-TLS with TLS 1.2 (RFC 5216) and 1.3 (RFC 9190): nothing is said inside of the tunnel but one octet of the server. */
#include "tls-method.h"

/* RFC 9190 section 2.1.1: what the server sends last with TLS 1.3, so that nobody else can say the end. */
#define COMMITMENT 0x00

typedef struct
{
	TlsMethod *method;
	gboolean done;
} TlsState;

static gpointer
inner_start (TlsMethod *method)
{
	TlsState *state = g_new0 (TlsState, 1);

	state->method = method;
	return state;
}

static EapMethodResult
inner_begin (gpointer inner)
{
	TlsState *state = inner;

	/* With TLS 1.2 the server's Finished has said it all. */
	state->done = !tls_tunnel_is_13 (state->method->tunnel);
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static EapMethodResult
inner_input (gpointer inner, guint8 identifier, Slice plain)
{
	TlsState *state = inner;

	if (state->done || plain.len != 1 || plain.data[0] != COMMITMENT)
		return tls_method_fail (STATUS_EAP_PROTOCOL, "EAP-TLS carries data");
	state->done = TRUE;
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static EapMethodResult
inner_answer (gpointer inner, Slice secret)
{
	return tls_method_fail (STATUS_INTERNAL, "EAP-TLS asked nothing");
}

static EapMethodResult
inner_decline (gpointer inner)
{
	return tls_method_fail (STATUS_SECRET_NEEDED, NULL);
}

static gboolean
inner_done (gconstpointer inner)
{
	return ((const TlsState *) inner)->done;
}

static const TlsInner inner_tls = {
	.key_label = "client EAP encryption", /* RFC 5216 section 2.3 */
	.start = inner_start,
	.begin = inner_begin,
	.input = inner_input,
	.answer = inner_answer,
	.decline = inner_decline,
	.done = inner_done,
	.clear = g_free,
};

static gpointer
tls_start (const EapConfig *config, const Rng *rng)
{
	return tls_method_start (EAP_TYPE_TLS, &inner_tls, config, rng);
}

const EapMethod eap_method_tls = {
	.type = EAP_TYPE_TLS,
	.name = "tls",
	.label = "TLS",
	.makes_key = TRUE,
	.start = tls_start,
	.input = tls_method_input,
	.answer = tls_method_answer,
	.decline = tls_method_decline,
	.done = tls_method_done,
	.msk = tls_method_msk,
	.clear = tls_method_clear,
};
