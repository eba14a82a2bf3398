/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls-method.h"

/* RFC 9190 section 2.3; the context is the type of the method. */
#define LABEL_13 "EXPORTER_EAP_TLS_Key_Material"
#define KEY_MATERIAL_OCTETS 128

gpointer
tls_method_start (guint8 type, const TlsInner *inner, const EapConfig *config, const Rng *rng)
{
	TlsMethod *method = g_new0 (TlsMethod, 1);

	method->type = type;
	method->config = *config;
	method->rng = rng;
	method->inner = inner;
	method->inner_state = inner->start (method);
	tls_fragments_init (&method->fragments);
	return method;
}

void
tls_method_clear (gpointer state)
{
	TlsMethod *method = state;

	method->inner->clear (method->inner_state);
	g_clear_pointer (&method->tunnel, tls_tunnel_free);
	tls_fragments_clear (&method->fragments);
	secret_clear (&method->msk);
	g_free (method);
}

static EapMethodResult
fail_tls (const TlsMethod *method)
{
	const char *detail;
	Status status = tls_tunnel_failure (method->tunnel, &detail);

	return (EapMethodResult){ .verdict = EAP_METHOD_FAIL,
		                      .status = status,
		                      .detail = g_strdup_printf (status == STATUS_AUTH_REJECTED
		                                                     ? "the EAP server refused with the TLS alert: %s"
		                                                     : "TLS with the EAP server: %s",
		                                                 detail != NULL ? detail : status_text (status)) };
}

Status
tls_method_key_material (const TlsMethod *method, Secret *ret_key)
{
	/* With TLS 1.3 the length goes into the derivation: all users must ask for the same. */
	if (tls_tunnel_is_13 (method->tunnel))
		return tls_tunnel_export (method->tunnel, LABEL_13, slice (&method->type, 1), KEY_MATERIAL_OCTETS, ret_key);
	return tls_tunnel_export (method->tunnel, method->inner->key_label, SLICE_NONE, KEY_MATERIAL_OCTETS, ret_key);
}

Status
tls_method_write (TlsMethod *method, Slice plain)
{
	return tls_tunnel_write (method->tunnel, plain);
}

/* Sends what TLS has for the server, or an acknowledgement. */
static EapMethodResult
flush (TlsMethod *method, EapMethodResult result, Writer *answer)
{
	if (result.verdict == EAP_METHOD_SEND)
		tls_fragments_send (&method->fragments, tls_tunnel_output (method->tunnel), answer);
	return result;
}

static EapMethodResult
send_only (TlsMethod *method, Writer *answer)
{
	return flush (method, (EapMethodResult){ .verdict = EAP_METHOD_SEND }, answer);
}

static EapMethodResult
begin_inner (TlsMethod *method, Writer *answer)
{
	method->begun = TRUE;
	return flush (method, method->inner->begin (method->inner_state), answer);
}

/* What came inside of the tunnel, if anything; the second phase begins once all of the handshake is said. */
static EapMethodResult
read_inner (TlsMethod *method, guint8 identifier, Writer *answer)
{
	g_autoptr (GByteArray) plain = g_byte_array_new ();
	Status status = tls_tunnel_read (method->tunnel, plain);
	EapMethodResult result;

	if (status != STATUS_OK)
		result = fail_tls (method);
	else if (plain->len > 0)
	{
		method->begun = TRUE;
		result = flush (method, method->inner->input (method->inner_state, identifier, slice_array (plain)), answer);
	}
	else if (!method->begun)
		result = begin_inner (method, answer);
	else
		result = send_only (method, answer);
	secret_wipe (plain->data, plain->len);
	return result;
}

static EapMethodResult
handshake_done (TlsMethod *method, Writer *answer)
{
	g_auto (Secret) material = SECRET_INIT;
	GBytes *last;

	method->open = TRUE;
	if (tls_method_key_material (method, &material) != STATUS_OK)
		return tls_method_fail (STATUS_CRYPTO, NULL);
	secret_set (&method->msk, slice (material.data, EAP_MSK_OCTETS));
	/* With TLS 1.3 the last flight is ours: servers want to hear it alone. */
	last = tls_tunnel_output (method->tunnel);
	if (last == NULL)
		return begin_inner (method, answer);
	tls_fragments_send (&method->fragments, last, answer);
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static EapMethodResult
ask_sign (TlsMethod *method)
{
	EapMethodResult result = { .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_SIGN };

	result.octets = g_bytes_ref (tls_tunnel_to_sign (method->tunnel, &result.scheme, &result.is_digest));
	return result;
}

static EapMethodResult
handshake_step (TlsMethod *method, TlsTunnelState state, Writer *answer)
{
	switch (state)
	{
	case TLS_TUNNEL_INPUT:
		return send_only (method, answer);
	case TLS_TUNNEL_VERIFY:
		return (EapMethodResult){ .verdict = EAP_METHOD_ASK,
			                      .ask = EAP_ASK_VERIFY,
			                      .certificates = g_ptr_array_ref (tls_tunnel_certificates (method->tunnel)) };
	case TLS_TUNNEL_SIGN:
		return ask_sign (method);
	case TLS_TUNNEL_OPEN:
		return handshake_done (method, answer);
	case TLS_TUNNEL_FAILED:
		break;
	}
	return fail_tls (method);
}

static EapMethodResult
begin_tls (TlsMethod *method, Writer *answer)
{
	const EapTlsConfig *tls = &method->config.tls;
	/* Only EAP-TLS shows who we are: the tunnels of the others are opened by anybody. */
	gsize n = method->type == EAP_TYPE_TLS ? tls->n_certificates : 0;
	Status status = tls_tunnel_new (tls->certificates, n, tls->key_schemes, tls->n_key_schemes, &method->tunnel);

	if (status != STATUS_OK)
		return tls_method_fail (status, "TLS could not be prepared");
	return handshake_step (method, tls_tunnel_feed (method->tunnel, SLICE_NONE), answer);
}

static EapMethodResult
input_message (TlsMethod *method, guint8 identifier, Writer *answer)
{
	TlsTunnelState state = tls_tunnel_feed (method->tunnel, slice_array (method->fragments.message));

	secret_wipe (method->fragments.message->data, method->fragments.message->len);
	g_byte_array_set_size (method->fragments.message, 0);
	if (state == TLS_TUNNEL_FAILED)
		return fail_tls (method);
	if (method->open)
		return read_inner (method, identifier, answer);
	return handshake_step (method, state, answer);
}

EapMethodResult
tls_method_input (gpointer state, guint8 identifier, Slice data, Writer *answer)
{
	TlsMethod *method = state;

	switch (tls_fragments_input (&method->fragments, data, answer))
	{
	case TLS_FRAGMENTS_START:
		return begin_tls (method, answer);
	case TLS_FRAGMENTS_ANSWER:
		return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
	case TLS_FRAGMENTS_MESSAGE:
		return input_message (method, identifier, answer);
	case TLS_FRAGMENTS_BAD:
		break;
	}
	return tls_method_fail (STATUS_EAP_PROTOCOL, method->fragments.fault);
}

EapMethodResult
tls_method_answer (gpointer state, Slice secret, Writer *answer)
{
	TlsMethod *method = state;

	if (!method->open)
		return handshake_step (method, tls_tunnel_answer (method->tunnel, STATUS_OK, secret), answer);
	return flush (method, method->inner->answer (method->inner_state, secret), answer);
}

EapMethodResult
tls_method_decline (gpointer state, Writer *answer)
{
	TlsMethod *method = state;

	if (!method->open)
		return tls_method_fail (STATUS_SECRET_NEEDED, NULL);
	return flush (method, method->inner->decline (method->inner_state), answer);
}

gboolean
tls_method_done (gconstpointer state)
{
	const TlsMethod *method = state;

	return method->open && method->msk.len == EAP_MSK_OCTETS && method->inner->done (method->inner_state);
}

Slice
tls_method_msk (gconstpointer state)
{
	const TlsMethod *method = state;

	return tls_method_done (method) ? secret_view (&method->msk) : SLICE_NONE;
}
