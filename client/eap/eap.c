/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "eap.h"

#include "base/reader.h"
#include "base/writer.h"
#include "method.h"

#define EAP_HEADER_OCTETS 4
#define EAP_MAX_PACKET_OCTETS 65535

typedef enum
{
	EAP_CODE_REQUEST = 1,
	EAP_CODE_RESPONSE = 2,
	EAP_CODE_SUCCESS = 3,
	EAP_CODE_FAILURE = 4,
} EapCode;

struct EapPeer
{
	EapConfig config; /* all of it owned */
	const Rng *rng;

	const EapMethod *method; /* chosen; NULL before the first request of an allowed type */
	gpointer state;
	guint rounds;
	gboolean finished;
	gboolean succeeded; /* .finished, and well */
	gboolean waiting;    /* for eap_peer_answer() */
	guint8 identifier;   /* of the last request */
	GBytes *request;     /* the last one, whole; NULL: none came */
	GBytes *last;        /* the response to it, sent again for a duplicate; NULL while waiting */
	guint8 refused_type; /* what we answered with a Nak, for the words of a failure; 0: nothing */
	Status refusal;      /* what the method says a Failure means; STATUS_OK: nothing special */
	char *refusal_detail;
};

EapTlsConfig
eap_tls_config_copy (const EapTlsConfig *config)
{
	EapTlsConfig copy = *config;
	GBytes **certificates = g_new0 (GBytes *, config->n_certificates + 1);

	for (gsize i = 0; i < config->n_certificates; i++)
		certificates[i] = g_bytes_ref (config->certificates[i]);
	copy.anonymous = g_strdup (config->anonymous);
	copy.inner = g_memdup2 (config->inner, config->n_inner * sizeof *config->inner);
	copy.certificates = certificates;
	copy.key_schemes = g_memdup2 (config->key_schemes, config->n_key_schemes * sizeof *config->key_schemes);
	return copy;
}

void
eap_tls_config_clear (EapTlsConfig *copy)
{
	for (gsize i = 0; i < copy->n_certificates; i++)
		g_bytes_unref (copy->certificates[i]);
	g_free ((gpointer) copy->anonymous);
	g_free ((gpointer) copy->inner);
	g_free ((gpointer) copy->certificates);
	g_free ((gpointer) copy->key_schemes);
	*copy = (EapTlsConfig){ 0 };
}

gboolean
eap_inner_from_name (const char *name, EapInner *ret_inner)
{
	static const char *const names[] = { "pap", "mschapv2", "eap-mschapv2", "gtc", "md5" };

	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
		if (g_strcmp0 (names[i], name) == 0)
		{
			*ret_inner = (EapInner) i;
			return TRUE;
		}
	return FALSE;
}

EapPeer *
eap_peer_new (const EapConfig *config, const Rng *rng)
{
	EapPeer *peer = g_new0 (EapPeer, 1);

	peer->config = (EapConfig){ .identity = g_strdup (config->identity),
		                        .methods = g_memdup2 (config->methods, config->n_methods),
		                        .n_methods = config->n_methods,
		                        .tls = eap_tls_config_copy (&config->tls) };
	peer->rng = rng;
	return peer;
}

void
eap_peer_free (EapPeer *peer)
{
	if (peer == NULL)
		return;
	if (peer->method != NULL)
		peer->method->clear (peer->state);
	g_clear_pointer (&peer->last, g_bytes_unref);
	g_clear_pointer (&peer->request, g_bytes_unref);
	g_free ((gpointer) peer->config.identity);
	g_free ((gpointer) peer->config.methods);
	eap_tls_config_clear (&peer->config.tls);
	g_free (peer->refusal_detail);
	g_free (peer);
}

void
eap_result_clear (EapResult *result)
{
	g_clear_pointer (&result->packet, g_bytes_unref);
	g_clear_pointer (&result->prompt, g_free);
	g_clear_pointer (&result->certificates, g_ptr_array_unref);
	g_clear_pointer (&result->octets, g_bytes_unref);
	g_clear_pointer (&result->detail, g_free);
	g_clear_pointer (&result->notification, g_free);
}

const char *
eap_type_name (guint8 type)
{
	for (guint i = 0; eap_methods[i] != NULL; i++)
		if (eap_methods[i]->type == type)
			return eap_methods[i]->label;
	switch (type)
	{
	case EAP_TYPE_IDENTITY:
		return "Identity";
	case EAP_TYPE_NOTIFICATION:
		return "Notification";
	case EAP_TYPE_NAK:
		return "Nak";
	case 18:
		return "SIM";
	case 23:
		return "AKA";
	case 50:
		return "AKA'";
	case 52:
		return "PWD";
	case 55:
		return "TEAP";
	case 254:
		return "Expanded";
	default:
		return NULL;
	}
}

gboolean
eap_type_from_name (const char *name, guint8 *ret_type)
{
	for (guint i = 0; eap_methods[i] != NULL; i++)
		if (g_strcmp0 (eap_methods[i]->name, name) == 0)
		{
			*ret_type = eap_methods[i]->type;
			return TRUE;
		}
	return FALSE;
}

static EapResult
discard (void)
{
	return (EapResult){ .verdict = EAP_DISCARD };
}

static EapResult
failure (EapPeer *peer, Status status, char *detail)
{
	peer->finished = TRUE;
	return (EapResult){ .verdict = EAP_FAILURE, .status = status, .detail = detail };
}

/* Completes the length of the response in @writer and keeps it for a duplicate of the request. */
static EapResult
respond (EapPeer *peer, Writer *writer)
{
	writer_patch_u16 (writer, 2, (guint16) writer->len);
	if (writer_finish (writer) != STATUS_OK)
		return failure (peer, writer_finish (writer), NULL);
	g_clear_pointer (&peer->last, g_bytes_unref);
	peer->last = secret_bytes_new (writer_view (writer));
	peer->waiting = FALSE;
	return (EapResult){ .verdict = EAP_SEND, .packet = g_bytes_ref (peer->last) };
}

static void
begin_response (const EapPeer *peer, guint8 type, Writer *writer)
{
	writer_init (writer, EAP_MAX_PACKET_OCTETS);
	writer_u8 (writer, EAP_CODE_RESPONSE);
	writer_u8 (writer, peer->identifier);
	writer_hole (writer, 2);
	writer_u8 (writer, type);
}

static gboolean
method_allowed (const EapPeer *peer, guint8 type)
{
	return type != 0 && peer->config.n_methods > 0 &&
	       memchr (peer->config.methods, type, peer->config.n_methods) != NULL;
}

static const EapMethod *
find_method (const EapPeer *peer, guint8 type)
{
	for (guint i = 0; eap_methods[i] != NULL; i++)
		if (eap_methods[i]->type == type && method_allowed (peer, type))
			return eap_methods[i];
	return NULL;
}

/* RFC 3748 section 5.3.1: the types we would take, the most wanted first; 0 when there is none. */
static EapResult
respond_nak (EapPeer *peer, guint8 refused)
{
	g_auto (Writer) writer = { 0 };

	peer->refused_type = refused;
	begin_response (peer, EAP_TYPE_NAK, &writer);
	if (peer->config.n_methods == 0)
		writer_u8 (&writer, 0);
	writer_slice (&writer, slice (peer->config.methods, peer->config.n_methods));
	return respond (peer, &writer);
}

static EapResult
respond_identity (EapPeer *peer)
{
	g_auto (Writer) writer = { 0 };

	begin_response (peer, EAP_TYPE_IDENTITY, &writer);
	writer_slice (&writer,
	              slice_text (peer->config.tls.anonymous != NULL ? peer->config.tls.anonymous : peer->config.identity));
	return respond (peer, &writer);
}

static EapResult
respond_notification (EapPeer *peer, Slice text)
{
	g_auto (Writer) writer = { 0 };
	EapResult result;

	begin_response (peer, EAP_TYPE_NOTIFICATION, &writer);
	result = respond (peer, &writer);
	result.notification = eap_prompt_text (text);
	return result;
}

static EapResult
method_result (EapPeer *peer, EapMethodResult made, Writer *writer)
{
	switch (made.verdict)
	{
	case EAP_METHOD_SEND:
		peer->refusal = made.status;
		g_free (peer->refusal_detail);
		peer->refusal_detail = made.detail;
		return respond (peer, writer);
	case EAP_METHOD_ASK:
		peer->waiting = TRUE;
		g_clear_pointer (&peer->last, g_bytes_unref);
		return (EapResult){ .verdict = EAP_ASK,
			                .ask = made.ask,
			                .ask_again = made.ask_again,
			                .prompt = made.prompt,
			                .certificates = made.certificates,
			                .scheme = made.scheme,
			                .octets = made.octets,
			                .is_digest = made.is_digest };
	case EAP_METHOD_FAIL:
		return failure (peer, made.status, made.detail);
	case EAP_METHOD_DISCARD:
		return discard ();
	}
	return discard ();
}

static EapResult
run_method (EapPeer *peer, guint8 type, Slice data)
{
	g_auto (Writer) writer = { 0 };

	if (peer->method == NULL)
	{
		peer->method = find_method (peer, type);
		if (peer->method == NULL)
			return respond_nak (peer, type);
		peer->refused_type = 0;
		peer->state = peer->method->start (&peer->config, peer->rng);
	}
	/* RFC 3748 section 2.1: one method in a conversation. */
	if (peer->method->type != type)
		return failure (peer, STATUS_EAP_PROTOCOL, g_strdup ("another EAP method was begun in the middle of one"));
	begin_response (peer, type, &writer);
	return method_result (peer, peer->method->input (peer->state, peer->identifier, data, &writer), &writer);
}

static EapResult
input_request (EapPeer *peer, guint8 identifier, Slice packet, Reader *body)
{
	guint8 type = reader_u8 (body);

	if (body->failed)
		return discard ();
	/* By all of its octets: inside of TTLS some servers give the same identifier to requests that follow each other. */
	if (peer->request != NULL && slice_equal (slice_bytes (peer->request), packet))
	{
		/* A duplicate: the same octets again, or silence while a person still thinks. */
		if (peer->last == NULL)
			return discard ();
		return (EapResult){ .verdict = EAP_SEND, .packet = g_bytes_ref (peer->last) };
	}
	if (++peer->rounds > EAP_MAX_ROUNDS)
		return failure (peer, STATUS_EAP_PROTOCOL, g_strdup_printf ("more than %d rounds", EAP_MAX_ROUNDS));
	peer->identifier = identifier;
	g_clear_pointer (&peer->request, g_bytes_unref);
	peer->request = slice_dup (packet);
	peer->waiting = FALSE;
	if (type == EAP_TYPE_IDENTITY)
		return respond_identity (peer);
	if (type == EAP_TYPE_NOTIFICATION)
		return respond_notification (peer, reader_rest (body));
	return run_method (peer, type, reader_rest (body));
}

gboolean
eap_peer_done (const EapPeer *peer)
{
	return peer->method != NULL && peer->method->done (peer->state) &&
	       (!peer->method->makes_key || eap_peer_method_msk (peer).len == EAP_MSK_OCTETS);
}

static EapResult
input_success (EapPeer *peer)
{
	if (!eap_peer_done (peer))
		return failure (peer, STATUS_EAP_PROTOCOL, g_strdup ("EAP-Success before the method was done"));
	peer->finished = peer->succeeded = TRUE;
	return (EapResult){ .verdict = EAP_SUCCESS };
}

Status
eap_peer_refusal (const EapPeer *peer, char **ret_detail)
{
	g_autoptr (GString) allowed = NULL;
	const char *name = eap_type_name (peer->refused_type);

	*ret_detail = g_strdup (peer->refusal_detail);
	if (peer->refusal != STATUS_OK)
		return peer->refusal;
	if (peer->refused_type == 0)
		return STATUS_AUTH_REJECTED;
	allowed = g_string_new (NULL);
	for (gsize i = 0; i < peer->config.n_methods; i++)
		g_string_append_printf (allowed, "%s%s", i > 0 ? ", " : "", eap_type_name (peer->config.methods[i]));
	g_free (*ret_detail);
	*ret_detail = g_strdup_printf ("it wants %s%s; the profile allows %s", name != NULL ? name : "a method",
	                               name != NULL ? "" : " of an unknown type", allowed->str);
	return STATUS_EAP_METHOD;
}

static EapResult
input_failure (EapPeer *peer)
{
	char *detail;
	Status status = eap_peer_refusal (peer, &detail);

	return failure (peer, status, detail);
}

EapResult
eap_peer_input (EapPeer *peer, Slice packet)
{
	Reader r = reader (packet);
	guint8 code = reader_u8 (&r);
	guint8 identifier = reader_u8 (&r);
	guint16 length = reader_u16 (&r);
	Reader body;

	if (r.failed || length < EAP_HEADER_OCTETS || length > packet.len || peer->finished)
		return discard ();
	/* Octets behind the length are padding of the link (RFC 3748 section 4.1). */
	body = reader (slice (packet.data + EAP_HEADER_OCTETS, length - (gsize) EAP_HEADER_OCTETS));
	switch (code)
	{
	case EAP_CODE_REQUEST:
		return input_request (peer, identifier, slice (packet.data, length), &body);
	case EAP_CODE_SUCCESS:
		return input_success (peer);
	case EAP_CODE_FAILURE:
		return input_failure (peer);
	default:
		return discard ();
	}
}

EapResult
eap_peer_answer (EapPeer *peer, Slice answer)
{
	g_auto (Writer) writer = { 0 };

	if (!peer->waiting || peer->method == NULL || peer->finished)
		return discard ();
	begin_response (peer, peer->method->type, &writer);
	return method_result (peer, peer->method->answer (peer->state, answer, &writer), &writer);
}

EapResult
eap_peer_decline (EapPeer *peer)
{
	g_auto (Writer) writer = { 0 };

	if (!peer->waiting || peer->method == NULL || peer->finished)
		return discard ();
	if (peer->method->decline == NULL)
		return failure (peer, STATUS_AUTH_REJECTED, NULL);
	begin_response (peer, peer->method->type, &writer);
	return method_result (peer, peer->method->decline (peer->state, &writer), &writer);
}

Slice
eap_peer_method_msk (const EapPeer *peer)
{
	return peer->method != NULL ? peer->method->msk (peer->state) : SLICE_NONE;
}

Slice
eap_peer_msk (const EapPeer *peer)
{
	return peer->succeeded ? eap_peer_method_msk (peer) : SLICE_NONE;
}
