/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH with EAP (RFC 7296 section 2.16), begun only after the gateway proved itself. */
#include "session.h"

static void
send_packet (IkeSession *s, GBytes *packet)
{
	IkePayload payload = { .type = IKE_PAYLOAD_EAP, .eap = { slice_bytes (packet) } };
	Status status;

	s->phase = IKE_PHASE_EAP;
	ike_push_state (s, IKE_STATE_AUTHENTICATING);
	status = ike_request_protected (s, s->sa, IKE_EXCHANGE_AUTH, &payload, 1, IKE_REQUEST_SENDS);
	if (status != STATUS_OK)
		ike_close (s, status, NULL);
}

/* The key that both AUTH payloads are made of now: the MSK, or SK_p of the sender for methods without one. */
static Slice
auth_key (const IkeSession *s, const Secret *sk_p)
{
	Slice msk = eap_peer_msk (s->auth.eap_peer);

	return msk.len > 0 ? msk : secret_view (sk_p);
}

static void
send_last_auth (IkeSession *s)
{
	IkePayload idi = { .type = IKE_PAYLOAD_IDI,
		               .id = { s->profile.local_identity.type, slice_bytes (s->profile.local_identity.value) } };
	g_autoptr (GBytes) body = NULL;
	g_autoptr (GBytes) octets = NULL;
	g_auto (Secret) auth = SECRET_INIT;
	IkePayload payload = { .type = IKE_PAYLOAD_AUTH };
	Status status = ike_payload_body_encode (&idi, &body);

	if (status == STATUS_OK)
		status = ike_auth_octets (s->sa->choice.prf, slice_bytes (s->sa->message), slice_bytes (s->sa->nonce_r),
		                          secret_view (&s->sa->keys.pi), slice_bytes (body), &octets);
	if (status == STATUS_OK)
		status = ike_auth_shared_key (s->sa->choice.prf, auth_key (s, &s->sa->keys.pi), slice_bytes (octets), &auth);
	if (status == STATUS_OK)
	{
		payload.auth.method = IKE_AUTH_SHARED_KEY;
		payload.auth.value = secret_view (&auth);
		s->phase = IKE_PHASE_AUTH_LAST;
		ike_push_state (s, IKE_STATE_AUTHENTICATING);
		status = ike_request_protected (s, s->sa, IKE_EXCHANGE_AUTH, &payload, 1, IKE_REQUEST_SENDS);
	}
	if (status != STATUS_OK)
		ike_close (s, status, NULL);
}

static void
ask_verify (IkeSession *s, EapResult *result)
{
	X509NameType type;
	IkeEffect *effect;

	if (s->profile.eap_server.value == NULL || !ike_ex_auth_name_type (s->profile.eap_server.type, &type))
	{
		ike_ex_auth_fail (s, STATUS_GATEWAY_NAME, "eap-server= is nothing that a certificate could say");
		return;
	}
	s->auth.ask = ike_ask (s, IKE_ASK_VERIFY, &effect);
	effect->ask.eap_server = TRUE;
	effect->ask.certificates = g_steal_pointer (&result->certificates);
	effect->ask.name_type = type;
	effect->ask.name = g_bytes_ref (s->profile.eap_server.value);
}

static void
ask_sign (IkeSession *s, EapResult *result)
{
	IkeEffect *effect;

	s->auth.ask = ike_ask (s, IKE_ASK_SIGN, &effect);
	effect->ask.scheme = result->scheme;
	effect->ask.is_digest = result->is_digest;
	effect->ask.octets = g_steal_pointer (&result->octets);
}

static void
ask (IkeSession *s, EapResult *result)
{
	s->phase = IKE_PHASE_EAP_ASK;
	s->auth.eap_again = result->ask_again;
	s->auth.eap_verify = result->ask == EAP_ASK_VERIFY;
	/* Those who are no person; a person gets the time of ike_ask_person(). */
	s->ask_began_us = s->now_us;
	s->auth.ask_until_us = s->now_us + IKE_ASK_US;
	switch (result->ask)
	{
	case EAP_ASK_PASSWORD:
		ike_ask_person (s, IKE_ASK_PASSWORD, result->ask_again, result->prompt);
		break;
	case EAP_ASK_CODE:
		ike_ask_person (s, IKE_ASK_CODE, result->ask_again, result->prompt);
		break;
	case EAP_ASK_VERIFY:
		ask_verify (s, result);
		break;
	case EAP_ASK_SIGN:
		ask_sign (s, result);
		break;
	}
}

static void
apply_result (IkeSession *s, EapResult *result)
{
	if (result->notification != NULL)
		ike_note (s, "the gateway says: %s", result->notification);
	switch (result->verdict)
	{
	case EAP_SEND:
		send_packet (s, result->packet);
		break;
	case EAP_ASK:
		ask (s, result);
		break;
	case EAP_SUCCESS:
		ike_note (s, "EAP succeeded");
		send_last_auth (s);
		break;
	case EAP_FAILURE:
		ike_ex_auth_fail (s, result->status, result->detail);
		break;
	case EAP_DISCARD:
		/* The response was authentic, and the gateway waits for us: it has nothing else to say. */
		ike_ex_auth_fail (s, STATUS_EAP_PROTOCOL, "an EAP packet that makes no sense here");
		break;
	}
}

void
ike_ex_eap_begin (IkeSession *s, Slice packet)
{
	EapConfig config = { s->eap_identity, s->eap_methods, s->profile.n_eap_methods, s->profile.eap_tls };
	g_auto (EapResult) result = { 0 };

	s->auth.eap_peer = eap_peer_new (&config, &s->rng);
	result = eap_peer_input (s->auth.eap_peer, packet);
	apply_result (s, &result);
}

void
ike_ex_eap_response (IkeSession *s, IkeMessage *message)
{
	g_auto (EapResult) result = { 0 };
	guint8 type = 0;

	/* A gateway refuses with an error beside the EAP-Failure, or with an EAP-Failure alone: EAP knows more words. */
	if (ike_message_find (message, IKE_PAYLOAD_EAP, NULL) == NULL && ike_ex_auth_error (s, message))
		return;
	if (ike_schema_check (IKE_SCHEMA_AUTH_EAP_RESPONSE, message, &type) != STATUS_OK)
	{
		ike_ex_auth_fail (s, STATUS_EAP_PROTOCOL, "an IKE_AUTH answer without EAP in the middle of EAP");
		return;
	}
	result = eap_peer_input (s->auth.eap_peer, ike_message_find (message, IKE_PAYLOAD_EAP, NULL)->eap.value);
	apply_result (s, &result);
}

static void
fail_question (IkeSession *s, const IkeInput *answer)
{
	g_autofree char *detail = NULL;

	/* The words of the status speak of the gateway. */
	if (s->auth.eap_verify)
		detail = g_strdup_printf ("this is about the EAP server behind it (eap-server=, eap-ca=): %s",
		                          answer->detail != NULL ? answer->detail : "its certificate is not trusted");
	ike_ex_auth_fail (s, answer->status, detail != NULL ? detail : answer->detail);
}

void
ike_ex_eap_answer (IkeSession *s, const IkeInput *answer)
{
	g_auto (EapResult) result = { 0 };

	ike_ask_done (s);
	/* Nobody can give a better answer than the one that was refused: then the refusal is what went wrong. */
	if (answer->status == STATUS_SECRET_NEEDED && s->auth.eap_again)
	{
		result = eap_peer_decline (s->auth.eap_peer);
		apply_result (s, &result);
		return;
	}
	if (answer->status != STATUS_OK)
	{
		fail_question (s, answer);
		return;
	}
	if (s->auth.eap_verify)
		ike_note (s, "the EAP server proved its identity");
	result = eap_peer_answer (s->auth.eap_peer, answer->octets);
	apply_result (s, &result);
}

void
ike_ex_eap_last_response (IkeSession *s, IkeMessage *message)
{
	const IkePayload *auth = ike_message_find (message, IKE_PAYLOAD_AUTH, NULL);

	if (auth == NULL)
	{
		if (!ike_ex_auth_error (s, message))
			ike_ex_auth_fail (s, STATUS_MISSING_PAYLOAD, "no AUTH in the last IKE_AUTH answer");
		return;
	}
	if (ike_ex_auth_check_shared (s, auth_key (s, &s->sa->keys.pr), auth->auth.method, auth->auth.value) != STATUS_OK)
	{
		ike_ex_auth_fail (s, STATUS_GATEWAY_AUTH, "its last AUTH does not fit the key of EAP");
		return;
	}
	if (!ike_ex_auth_error (s, message))
		ike_ex_child_apply (s, message);
}
