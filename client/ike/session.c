/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

static void
copy_profile (IkeSession *s, const IkeProfile *profile)
{
	s->profile = *profile;
	g_bytes_ref (profile->gateway_identity.value);
	g_bytes_ref (profile->local_identity.value);
	s->eap_identity = g_strdup (profile->eap_identity);
	s->eap_methods = g_memdup2 (profile->eap_methods, profile->n_eap_methods);
	s->profile.eap_tls = eap_tls_config_copy (&profile->eap_tls);
	if (profile->eap_server.value != NULL)
		g_bytes_ref (profile->eap_server.value);
	s->certificates = g_new0 (GBytes *, profile->n_certificates + 1);
	for (gsize i = 0; i < profile->n_certificates; i++)
		s->certificates[i] = g_bytes_ref (profile->certificates[i]);
	s->profile.certificates = s->certificates;
	s->certreq_hashes = slice_dup (profile->certreq_hashes);
	s->profile.certreq_hashes = slice_bytes (s->certreq_hashes);
	s->remote = g_memdup2 (profile->remote, profile->n_remote * sizeof *profile->remote);
	s->profile.remote = s->remote;
	s->key_schemes = g_memdup2 (profile->key_schemes, profile->n_key_schemes * sizeof *profile->key_schemes);
	s->profile.key_schemes = s->key_schemes;
}

IkeSession *
ike_session_new (const IkeProfile *profile, const Rng *rng)
{
	IkeSession *s = g_new0 (IkeSession, 1);

	copy_profile (s, profile);
	s->rng = *rng;
	s->init.cookie_us = s->init.listen_us = s->reauth_us = G_MAXINT64;
	if (s->profile.ike_lifetime_us == 0)
		s->profile.ike_lifetime_us = IKE_LIFETIME_US;
	if (s->profile.child_lifetime_us == 0)
		s->profile.child_lifetime_us = IKE_CHILD_LIFETIME_US;
	g_queue_init (&s->effects);
	return s;
}

/* Everything that was in flight, and every key. */
static void
forget (IkeSession *s)
{
	for (guint i = 0; i < s->n_sas; i++)
		ike_sa_free (s->sas[i]);
	s->n_sas = 0;
	s->sa = NULL;
	ike_ex_init_clear (&s->init);
	ike_ex_auth_clear_proof (&s->auth);
	g_clear_pointer (&s->auth.eap_peer, eap_peer_free);
	secret_clear (&s->auth.psk);
}

void
ike_session_free (IkeSession *s)
{
	IkeEffect *effect;

	if (s == NULL)
		return;
	forget (s);
	ike_children_clear (s);
	while ((effect = g_queue_pop_head (&s->effects)) != NULL)
	{
		ike_effect_clear (effect);
		g_free (effect);
	}
	for (gsize i = 0; i < s->profile.n_certificates; i++)
		g_bytes_unref (s->certificates[i]);
	g_free (s->certificates);
	g_bytes_unref (s->certreq_hashes);
	g_free (s->key_schemes);
	g_free (s->remote);
	g_free (s->eap_methods);
	g_free (s->eap_identity);
	g_free (s->closing_detail);
	eap_tls_config_clear (&s->profile.eap_tls);
	ike_identity_clear (&s->profile.gateway_identity);
	ike_identity_clear (&s->profile.local_identity);
	ike_identity_clear (&s->profile.eap_server);
	g_free (s);
}

void
ike_close (IkeSession *s, Status status, const char *detail)
{
	IkeEffect *effect;
	g_autofree char *words = g_strdup (detail);

	if (s->phase == IKE_PHASE_CLOSED)
		return;
	ike_ask_withdraw (s);
	ike_children_drop_all (s);
	s->phase = IKE_PHASE_CLOSED;
	forget (s);
	ike_push_state (s, IKE_STATE_CLOSED);
	effect = ike_push (s, IKE_EFFECT_CLOSED);
	effect->status = status;
	effect->detail = g_steal_pointer (&words);
}

static void
input_start (IkeSession *s, const IkeInput *in)
{
	if (s->phase != IKE_PHASE_IDLE)
		return;
	s->n_paths = MIN (in->n_paths, (gsize) IKE_MAX_PATHS);
	if (s->n_paths == 0)
	{
		ike_close (s, STATUS_UNREACHABLE, NULL);
		return;
	}
	memcpy (s->paths, in->paths, s->n_paths * sizeof *s->paths);
	s->negotiation_us = s->now_us;
	if (s->profile.auth_by != IKE_AUTH_BY_PSK)
	{
		ike_ex_init_begin (s);
		return;
	}
	/* Asked before the gateway holds anything half open for us. */
	s->phase = IKE_PHASE_ASK_PSK;
	ike_ask_person (s, IKE_ASK_PSK, FALSE, NULL);
}

/* The one IKE_AUTH that is under way, or has been answered, may have made an SA of ours at the gateway: it must go again. */
static void
stop_authentication (IkeSession *s, Status status)
{
	if (s->n_sas == 1 && (s->sas[0]->request.active || s->sas[0] == s->sa))
	{
		ike_sa_win (s, s->sas[0]);
		ike_ex_delete_begin (s, status, NULL);
	}
	else
		ike_close (s, status, NULL);
}

static void
input_stop (IkeSession *s, const IkeInput *in)
{
	switch (s->phase)
	{
	case IKE_PHASE_ESTABLISHED:
	case IKE_PHASE_EAP:
	case IKE_PHASE_EAP_ASK:
	case IKE_PHASE_AUTH_LAST:
		ike_ex_delete_begin (s, in->status, NULL);
		break;
	case IKE_PHASE_AUTH:
	case IKE_PHASE_VERIFY:
		stop_authentication (s, in->status);
		break;
	case IKE_PHASE_DELETE:
	case IKE_PHASE_CLOSED:
		break;
	case IKE_PHASE_IDLE:
	case IKE_PHASE_ASK_PSK:
	case IKE_PHASE_INIT:
		/* There are no keys yet to say good-bye with. */
		ike_close (s, in->status, NULL);
		break;
	}
}

static void
answer_psk (IkeSession *s, const IkeInput *in)
{
	ike_ask_done (s);
	if (in->status != STATUS_OK)
	{
		ike_close (s, in->status, in->detail);
		return;
	}
	secret_set (&s->auth.psk, in->octets);
	ike_ex_init_begin (s);
}

static void
input_answer (IkeSession *s, const IkeInput *in)
{
	for (guint i = 0; i < s->n_sas; i++)
		if (in->ask_id != 0 && s->sas[i]->sign_ask == in->ask_id)
		{
			ike_ex_auth_signed (s, s->sas[i], in);
			return;
		}
	if (in->ask_id == 0 || s->auth.ask != in->ask_id)
		return;
	if (s->phase == IKE_PHASE_ASK_PSK)
		answer_psk (s, in);
	else if (s->phase == IKE_PHASE_VERIFY)
		ike_ex_auth_verified (s, in);
	else if (s->phase == IKE_PHASE_EAP_ASK)
		ike_ex_eap_answer (s, in);
}

/* The answer to the request that is in flight on @sa. */
static void
handle_response (IkeSession *s, IkeSa *sa, IkeMessage *message)
{
	/* One candidate at a time is judged; the others send again, and are answered again. */
	if (s->phase == IKE_PHASE_VERIFY)
		return;
	ike_request_clear (&sa->request);
	if (sa->up && (s->phase == IKE_PHASE_ESTABLISHED || sa != s->sa))
	{
		ike_work_response (s, sa, message);
		return;
	}
	switch (s->phase)
	{
	case IKE_PHASE_AUTH:
		ike_ex_auth_first_response (s, sa, message);
		break;
	case IKE_PHASE_EAP:
		ike_ex_eap_response (s, message);
		break;
	case IKE_PHASE_AUTH_LAST:
		ike_ex_eap_last_response (s, message);
		break;
	case IKE_PHASE_DELETE:
		ike_ex_delete_response (s, message);
		break;
	case IKE_PHASE_IDLE:
	case IKE_PHASE_ASK_PSK:
	case IKE_PHASE_INIT:
	case IKE_PHASE_VERIFY:
	case IKE_PHASE_EAP_ASK:
	case IKE_PHASE_ESTABLISHED:
	case IKE_PHASE_CLOSED:
		break;
	}
}

/* Whole messages, and of fragmented ones number 1: only it makes an answer go out again (RFC 7383 section 2.6.1). */
static gboolean
is_first (const IkeHeader *header, Slice datagram)
{
	Reader r = reader (datagram);

	if (header->next_payload != IKE_PAYLOAD_SKF)
		return TRUE;
	reader_take (&r, IKE_HEADER_OCTETS + 4);
	return reader_u16 (&r) == 1;
}

static void
answer_again (IkeSession *s, const IkeSa *sa, const IkeHeader *header)
{
	IkeEffect *effect = ike_push (s, IKE_EFFECT_TRACE);

	effect->trace.kind = IKE_TRACE_RESENT;
	effect->trace.path = sa->path;
	effect->trace.header = *header;
	effect->trace.header.from_initiator = sa->initiator;
	effect->trace.header.response = TRUE;
	effect->trace.n_datagrams = sa->peer_answer->len;
	for (guint i = 0; i < sa->peer_answer->len; i++)
	{
		effect->trace.wire_octets += g_bytes_get_size (sa->peer_answer->pdata[i]);
		ike_push_send (s, &sa->path, sa->peer_answer->pdata[i]);
	}
}

typedef enum
{
	PLACE_NONE, /* drop it */
	PLACE_GOOD,
	PLACE_AGAIN, /* the last request once more */
} Place;

/* Whether a protected message has a place in one of the two windows, before any cryptography. */
static Place
find_place (const IkeSession *s, const IkeSa *sa, const IkeHeader *header, Slice datagram)
{
	if (header->response)
		return sa->request.active && header->message_id == sa->request.header.message_id &&
		               header->exchange == sa->request.header.exchange
		           ? PLACE_GOOD
		           : PLACE_NONE;
	if (sa->gone || (!sa->up && (sa != s->sa || s->phase != IKE_PHASE_DELETE)))
		return PLACE_NONE;
	if (header->message_id == sa->peer_message_id)
		return PLACE_GOOD;
	if (sa->peer_answer != NULL && header->message_id + 1 == sa->peer_message_id &&
	    slice_equal (slice_bytes (sa->peer_request), datagram))
		return PLACE_AGAIN;
	return PLACE_NONE;
}

/* Authentic, but it breaks the rules: the exchange fails, the reason can be read. */
static void
handle_bad (IkeSession *s, IkeSa *sa, const IkePath *path, const IkeHeader *header, const IkeMessage *message,
            Status status, gsize octets)
{
	ike_trace_dropped (s, path, header, octets, status, "an authentic message that breaks the rules");
	if (!header->response)
	{
		ike_respond_bad (s, sa, header, message, status);
		return;
	}
	if (s->phase == IKE_PHASE_VERIFY)
		return;
	ike_request_clear (&sa->request);
	if (sa->up && (s->phase == IKE_PHASE_ESTABLISHED || sa != s->sa))
	{
		ike_work_failed (s, sa, status);
		return;
	}
	if (s->phase == IKE_PHASE_DELETE)
	{
		ike_ex_delete_response (s, NULL);
		return;
	}
	s->sa = sa;
	ike_ex_auth_fail (s, status, NULL);
}

static void
handle_opened (IkeSession *s, IkeSa *sa, const IkePath *path, IkeMessage *message, gsize octets)
{
	ike_trace_received (s, path, message, octets);
	s->heard_us = s->now_us;
	if (message->header.response)
		handle_response (s, sa, message);
	else
		ike_respond (s, sa, message);
}

/* FALSE: it does not belong to this SA. */
static gboolean
open_with (IkeSession *s, IkeSa *sa, const IkePath *path, const IkeHeader *header, Slice octets, Status *ret_status)
{
	IkeMessage *message = NULL;
	Status status = STATUS_OK;
	IkeOpen open = ike_protect_open (&sa->in, octets, &sa->reassembly, &message, &status);

	*ret_status = status;
	if (open == IKE_OPEN_BAD)
		return FALSE;
	if (!header->response && is_first (header, octets))
	{
		g_clear_pointer (&sa->peer_first, g_bytes_unref);
		sa->peer_first = slice_dup (octets);
	}
	if (open == IKE_OPEN_OK)
		handle_opened (s, sa, path, message, octets.len);
	else if (open == IKE_OPEN_BAD_AUTHENTIC)
	{
		handle_bad (s, sa, path, header, message, status, octets.len);
		ike_message_free (message);
	}
	return TRUE;
}

/* The flag says which of the two SPIs is the sender's. */
static gboolean
belongs (const IkeSa *sa, const IkeHeader *header)
{
	return sa->spi_i == header->spi_i && sa->spi_r == header->spi_r && sa->initiator != header->from_initiator;
}

static void
input_protected (IkeSession *s, const IkePath *path, const IkeHeader *header, Slice octets)
{
	Status status = STATUS_NO_SA;
	const char *why = "no such IKE SA";

	/* Two candidates may have the same SPI; only one of them has the keys. */
	for (guint i = 0; i < s->n_sas; i++)
	{
		IkeSa *sa = s->sas[i];

		if (!belongs (sa, header))
			continue;
		switch (find_place (s, sa, header, octets))
		{
		case PLACE_GOOD:
			if (open_with (s, sa, path, header, octets, &status))
				return;
			why = "not authentic";
			break;
		case PLACE_AGAIN:
			answer_again (s, sa, header);
			return;
		case PLACE_NONE:
			status = STATUS_REPLAYED;
			why = "not expected now";
			break;
		}
	}
	ike_trace_dropped (s, path, header, octets.len, status, why);
}

/* From the gateway, at a port where it listens. */
static gboolean
from_gateway (const IkeSession *s, const IkePath *path)
{
	const InetEndpoint *remote = &s->paths[s->path].remote;

	return inet_address_equal (&path->remote.address, &remote->address) &&
	       (path->remote.port == remote->port || path->remote.port == IKE_NATT_PORT);
}

gboolean
ike_session_knows (const IkeSession *s, const IkeHeader *header)
{
	if (header->spi_i == s->init.spi_i && !header->from_initiator)
		return TRUE;
	for (guint i = 0; i < s->n_sas; i++)
		if (belongs (s->sas[i], header))
			return TRUE;
	return FALSE;
}

static void
input_datagram (IkeSession *s, const IkeInput *in)
{
	IkeHeader header;
	Status status;

	if (s->phase == IKE_PHASE_IDLE || s->phase == IKE_PHASE_CLOSED)
		return;
	status = ike_header_decode (in->octets, &header);
	if (status == STATUS_BAD_VERSION && s->phase == IKE_PHASE_INIT && s->init.remembered == STATUS_OK)
		s->init.remembered = STATUS_BAD_VERSION;
	if (status != STATUS_OK)
		ike_trace_dropped (s, &in->path, NULL, in->octets.len, status, "no IKE message");
	else if (!from_gateway (s, &in->path))
		ike_trace_dropped (s, &in->path, &header, in->octets.len, STATUS_NO_SA, "not from the gateway's address");
	else if (!ike_session_knows (s, &header))
		ike_trace_dropped (s, &in->path, &header, in->octets.len, STATUS_NO_SA, "not for this IKE SA");
	else if (header.exchange != IKE_EXCHANGE_SA_INIT)
		input_protected (s, &in->path, &header, in->octets);
	else if (header.response && header.message_id == 0)
		ike_ex_init_response (s, &in->path, in->octets);
	else
		ike_trace_dropped (s, &in->path, &header, in->octets.len, STATUS_UNEXPECTED_PAYLOAD,
		                   "we never answer IKE_SA_INIT");
}

static void
input_path_down (IkeSession *s, const IkeInput *in)
{
	/* It may be late, about a way that was left already. */
	if (s->phase == IKE_PHASE_INIT && in->path.index == s->paths[s->path].index && !ike_ex_init_next_path (s))
		ike_close (s, STATUS_UNREACHABLE, NULL);
}

/* A request nobody answers: in IKE_AUTH of one candidate the others may still win. */
static void
request_given_up (IkeSession *s, IkeSa *sa)
{
	char remote[INET_TEXT_OCTETS];
	g_autofree char *detail = NULL;

	ike_request_clear (&sa->request);
	if (sa->up && (s->phase == IKE_PHASE_ESTABLISHED || sa != s->sa))
	{
		ike_work_given_up (s, sa);
		return;
	}
	if (s->phase == IKE_PHASE_DELETE)
	{
		ike_ex_delete_done (s);
		return;
	}
	if (ike_sa_others (s, sa))
		return;
	/* One that answered and was given up says more than one that is silent. */
	if (s->phase == IKE_PHASE_AUTH && s->init.listen_us != G_MAXINT64)
	{
		ike_close (s, s->init.remembered, s->init.remembered_detail);
		return;
	}
	inet_endpoint_to_text (&sa->path.remote, remote);
	detail = g_strdup_printf ("%s answers IKE_SA_INIT, but not IKE_AUTH", remote);
	ike_close (s, STATUS_NO_ANSWER, detail);
}

static gint64
negotiation_deadline (const IkeSession *s)
{
	gboolean waiting = s->phase == IKE_PHASE_ASK_PSK || s->phase == IKE_PHASE_EAP_ASK || s->phase == IKE_PHASE_VERIFY;

	if (waiting || s->phase == IKE_PHASE_IDLE || s->phase >= IKE_PHASE_ESTABLISHED)
		return G_MAXINT64;
	return s->negotiation_us + s->paused_us + IKE_NEGOTIATION_US;
}

static void
ask_timed_out (IkeSession *s)
{
	ike_ask_withdraw (s);
	if (s->phase == IKE_PHASE_VERIFY)
		ike_ex_auth_fail (s, STATUS_INTERNAL, "nobody judged the certificate of the gateway");
	else
		ike_ex_auth_fail (s, STATUS_SECRET_TIMEOUT, NULL);
}

static void
input_tick (IkeSession *s)
{
	if (s->phase == IKE_PHASE_DELETE && s->now_us >= s->closing_us)
	{
		ike_ex_delete_done (s);
		return;
	}
	ike_ex_init_tick (s);
	if (s->phase == IKE_PHASE_CLOSED)
		return;
	if (s->auth.ask != 0 && s->now_us >= s->auth.ask_until_us)
	{
		ask_timed_out (s);
		return;
	}
	if (s->now_us >= negotiation_deadline (s))
	{
		ike_close (s, STATUS_NO_ANSWER, "the negotiation took longer than a minute");
		return;
	}
	if (!ike_request_tick (s, &s->init.request))
	{
		ike_ex_init_give_up (s);
		return;
	}
	for (guint i = 0; i < s->n_sas; i++)
	{
		guint n_sent = s->sas[i]->request.n_sent;

		if (!ike_request_tick (s, &s->sas[i]->request))
		{
			request_given_up (s, s->sas[i]);
			return;
		}
		if (s->phase == IKE_PHASE_ESTABLISHED && s->sas[i] == s->sa && n_sent + 1 == IKE_SUSPECT_SENDS &&
		    s->sa->request.n_sent == IKE_SUSPECT_SENDS)
			ike_push (s, IKE_EFFECT_SUSPECT);
	}
	if (s->phase == IKE_PHASE_ESTABLISHED)
		ike_work_tick (s);
}

static void
input_paths (IkeSession *s, const IkeInput *in)
{
	gsize n = MIN (in->n_paths, (gsize) IKE_MAX_PATHS);

	if (n == 0 || s->phase == IKE_PHASE_IDLE || s->phase == IKE_PHASE_CLOSED)
		return;
	if (s->phase == IKE_PHASE_ESTABLISHED)
	{
		ike_ex_mobike_paths (s, in->paths, n);
		return;
	}
	memcpy (s->paths, in->paths, n * sizeof *s->paths);
	s->n_paths = n;
	s->path = 0;
	/* What was said on a way that is no more has no answer; what people typed is asked again only by EAP. */
	if (s->phase == IKE_PHASE_INIT || (s->phase == IKE_PHASE_AUTH && s->profile.auth_by != IKE_AUTH_BY_PSK))
		ike_ex_init_begin (s);
}

static void
input_child_expire (IkeSession *s, const IkeInput *in)
{
	IkeChildSa *child = ike_children_find (s, in->spi_in);

	if (child != NULL && !child->replaced)
		child->rekey_us = MIN (child->rekey_us, s->now_us);
}

static void
input_wake (IkeSession *s)
{
	if (s->phase != IKE_PHASE_ESTABLISHED)
		return;
	if (s->sa->request.active)
		ike_request_restart (s, &s->sa->request);
	else
		s->probe_wanted = TRUE;
}

void
ike_session_input (IkeSession *s, const IkeInput *in, gint64 now_us)
{
	s->now_us = MAX (s->now_us, now_us);
	s->heard_us = MAX (s->heard_us, MIN (in->esp_in_us, s->now_us));
	s->esp_out_us = MAX (s->esp_out_us, in->esp_out_us);
	switch (in->type)
	{
	case IKE_INPUT_START:
		input_start (s, in);
		break;
	case IKE_INPUT_STOP:
		input_stop (s, in);
		break;
	case IKE_INPUT_DATAGRAM:
		input_datagram (s, in);
		break;
	case IKE_INPUT_TICK:
		input_tick (s);
		break;
	case IKE_INPUT_ANSWER:
		input_answer (s, in);
		break;
	case IKE_INPUT_PATH_DOWN:
		input_path_down (s, in);
		break;
	case IKE_INPUT_PATHS:
		input_paths (s, in);
		break;
	case IKE_INPUT_WAKE:
		input_wake (s);
		break;
	case IKE_INPUT_CHILD_EXPIRE:
		input_child_expire (s, in);
		break;
	}
	ike_work_next (s);
}

gboolean
ike_session_next (IkeSession *s, IkeEffect *ret_effect)
{
	IkeEffect *effect = g_queue_pop_head (&s->effects);

	if (effect == NULL)
		return FALSE;
	*ret_effect = *effect;
	g_free (effect);
	return TRUE;
}

gint64
ike_session_deadline (const IkeSession *s)
{
	gint64 deadline = MIN (negotiation_deadline (s), ike_work_deadline (s));

	if (s->phase == IKE_PHASE_CLOSED)
		return G_MAXINT64;
	if (s->phase == IKE_PHASE_DELETE)
		deadline = s->closing_us;
	if (s->phase == IKE_PHASE_INIT)
		deadline = MIN (deadline, s->init.cookie_us);
	if (s->phase == IKE_PHASE_AUTH && !ike_sa_others (s, NULL))
		deadline = MIN (deadline, s->init.listen_us);
	if (s->auth.ask != 0)
		deadline = MIN (deadline, s->auth.ask_until_us);
	if (s->init.request.active)
		deadline = MIN (deadline, s->init.request.next_us);
	for (guint i = 0; i < s->n_sas; i++)
		if (s->sas[i]->request.active)
			deadline = MIN (deadline, s->sas[i]->request.next_us);
	return deadline;
}

IkeState
ike_session_state (const IkeSession *s)
{
	return s->state;
}

void
ike_session_facts (const IkeSession *s, IkeFacts *ret_facts)
{
	IkeFacts facts = { .spi_i = s->init.spi_i, .n_dropped = s->n_dropped };

	if (s->n_paths > 0)
		facts.path = s->paths[s->path];
	if (s->sa != NULL)
	{
		facts.path = s->sa->path;
		facts.spi_i = s->sa->spi_i;
		facts.mobike = s->mobike;
		facts.spi_r = s->sa->spi_r;
		facts.has_suite = TRUE;
		facts.suite = s->sa->choice.suite;
		facts.prf = ike_prf_name (s->sa->choice.prf);
		facts.group = ike_number_name (IKE_NUMBERS_KE, ike_group_from_kex (s->sa->choice.group));
		facts.nat_local = s->sa->nat_local;
		facts.nat_remote = s->sa->nat_remote;
		facts.gateway_software = s->sa->software;
	}
	*ret_facts = facts;
}
