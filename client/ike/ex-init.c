/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_INIT (RFC 7296 section 1.2). Nothing in its answers is authentic: errors are remembered and believed only when nothing
 * better comes (section 2.21.1), and several answers are followed until one proves itself in IKE_AUTH (section 2.4). */
#include "session.h"
#include "vendor.h"

#define SENDS_AFTER_ERROR 3
#define MAX_INIT_PAYLOADS 8

static const guint16 our_hashes[] = { IKE_HASH_SHA2_256, IKE_HASH_SHA2_384, IKE_HASH_SHA2_512, IKE_HASH_IDENTITY };

IkeOffer
ike_offer_of (const IkeSession *s)
{
	return (IkeOffer){ .weak = s->profile.weak, .aes_fast = s->profile.aes_fast, .esn = TRUE };
}

static IkePayload
notify (guint16 type, Slice value)
{
	return (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = type, .value = value } };
}

static const IkePath *
current_path (const IkeSession *s)
{
	return &s->paths[s->path];
}

/* Encodes and sends the request as .init says now: again after a cookie or with another group. */
static Status
send_request (IkeSession *s)
{
	IkeProposal proposals[IKE_OFFER_PROPOSALS];
	guint8 source[IKE_NATD_OCTETS], destination[IKE_NATD_OCTETS];
	guint8 hashes[2 * G_N_ELEMENTS (our_hashes)];
	const IkePath *path = current_path (s);
	IkeOffer offer = ike_offer_of (s);
	const Kex *kex = s->init.tries[s->init.current].kex;
	IkeHeader header = {
		.spi_i = s->init.spi_i, .version = 0x20, .exchange = IKE_EXCHANGE_SA_INIT, .from_initiator = TRUE
	};
	IkePayload payloads[MAX_INIT_PAYLOADS];
	GPtrArray *datagrams;
	GBytes *message;
	guint n = 0;
	Status status = ike_natd_hash (s->init.spi_i, 0, &path->local, source);

	if (status == STATUS_OK)
		status = ike_natd_hash (s->init.spi_i, 0, &path->remote, destination);
	for (guint i = 0; i < G_N_ELEMENTS (our_hashes); i++)
	{
		hashes[2 * i] = 0;
		hashes[2 * i + 1] = (guint8) our_hashes[i];
	}
	if (s->init.cookie != NULL)
		payloads[n++] = notify (IKE_NOTIFY_COOKIE, slice_bytes (s->init.cookie));
	payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_SA,
		                          .sa = { (guint8) ike_offer_ike (&offer, KEX_ECP_256, proposals), proposals } };
	payloads[n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_KE, .ke = { ike_group_from_kex (kex_id (kex)), kex_public (kex) } };
	payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_NONCE, .nonce = { SLICE_ARRAY (s->init.nonce) } };
	payloads[n++] = notify (IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, SLICE_ARRAY (source));
	payloads[n++] = notify (IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, SLICE_ARRAY (destination));
	payloads[n++] = notify (IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, SLICE_NONE);
	payloads[n++] = notify (IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, SLICE_ARRAY (hashes));
	if (status == STATUS_OK)
		status = ike_message_encode (&header, payloads, n, &message);
	if (status != STATUS_OK)
		return status;
	g_clear_pointer (&s->init.tries[s->init.current].message, g_bytes_unref);
	s->init.tries[s->init.current].message = message;
	s->init.cookie_us = G_MAXINT64;
	datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	g_ptr_array_add (datagrams, g_bytes_ref (message));
	ike_trace_sent (s, path, &header, payloads, n, datagrams, FALSE);
	ike_request_start (s, &s->init.request, &header, path, datagrams, IKE_REQUEST_SENDS);
	return STATUS_OK;
}

static void
send_or_close (IkeSession *s)
{
	Status status = send_request (s);

	if (status != STATUS_OK)
		ike_close (s, status, "IKE_SA_INIT could not be made");
}

static gboolean
find_try (const IkeInit *init, KexId group, guint *ret_at)
{
	for (guint i = 0; i < init->n_tries; i++)
		if (kex_id (init->tries[i].kex) == group)
		{
			*ret_at = i;
			return TRUE;
		}
	return FALSE;
}

/* A group that was tried before keeps its key: the request is the same as then. */
static Status
use_group (IkeSession *s, KexId group)
{
	Status status;

	if (find_try (&s->init, group, &s->init.current))
		return STATUS_OK;
	if (s->init.n_tries == G_N_ELEMENTS (s->init.tries))
		return STATUS_NO_PROPOSAL;
	status = kex_new (group, &s->rng, &s->init.tries[s->init.n_tries].kex);
	if (status == STATUS_OK)
		s->init.current = s->init.n_tries++;
	return status;
}

void
ike_ex_init_clear (IkeInit *init)
{
	g_clear_pointer (&init->cookie, g_bytes_unref);
	g_clear_pointer (&init->remembered_detail, g_free);
	for (guint i = 0; i < G_N_ELEMENTS (init->tries); i++)
	{
		g_clear_pointer (&init->tries[i].kex, kex_free);
		g_clear_pointer (&init->tries[i].message, g_bytes_unref);
	}
	init->n_tries = init->current = 0;
	init->cookie_us = init->listen_us = G_MAXINT64;
	ike_request_clear (&init->request);
}

static void
forget_candidates (IkeSession *s)
{
	for (guint i = 0; i < s->n_sas; i++)
		ike_sa_free (s->sas[i]);
	s->n_sas = 0;
}

void
ike_ex_init_begin (IkeSession *s)
{
	Status status;

	forget_candidates (s);
	ike_ex_init_clear (&s->init);
	s->init.remembered = STATUS_OK;
	s->init.n_rounds = 0;
	s->phase = IKE_PHASE_INIT;
	ike_push_state (s, IKE_STATE_INIT);
	status = rng_fill (&s->rng, (guint8 *) &s->init.spi_i, sizeof s->init.spi_i);
	/* An SPI of zero means none. */
	s->init.spi_i |= s->init.spi_i == 0;
	if (status == STATUS_OK)
		status = rng_fill (&s->rng, s->init.nonce, sizeof s->init.nonce);
	if (status == STATUS_OK)
		/* First ecp256: gateways of Zyxel are silent when they see a group they do not know. */
		status = use_group (s, KEX_ECP_256);
	if (status != STATUS_OK)
		ike_close (s, status, NULL);
	else
		send_or_close (s);
}

gboolean
ike_ex_init_next_path (IkeSession *s)
{
	if (s->path + 1 >= s->n_paths)
		return FALSE;
	s->path++;
	ike_note (s, "trying the next address of the gateway");
	ike_ex_init_begin (s);
	return TRUE;
}

/* What a person reads when nobody answered. */
static char *
silence_text (const IkeSession *s)
{
	char remote[INET_TEXT_OCTETS];
	gint64 waited = (s->now_us - s->init.request.started_us + IKE_SECOND / 2) / IKE_SECOND;

	inet_endpoint_to_text (&current_path (s)->remote, remote);
	return g_strdup_printf ("%s, waited %" G_GINT64_FORMAT " s", remote, waited);
}

void
ike_ex_init_give_up (IkeSession *s)
{
	g_autofree char *silence = silence_text (s);

	if (s->init.remembered != STATUS_OK)
		ike_close (s, s->init.remembered, s->init.remembered_detail);
	else if (!ike_ex_init_next_path (s))
		ike_close (s, STATUS_NO_ANSWER, silence);
}

/* A cookie is good when it is new and has a size that RFC 7296 section 2.6 allows. */
static void
handle_cookie (IkeSession *s, const IkePath *path, const IkePayload *cookie)
{
	Slice value = cookie->notify.value;

	if (value.len == 0 || value.len > IKE_MAX_COOKIE_OCTETS || slice_equal (slice_bytes (s->init.cookie), value) ||
	    ++s->init.n_rounds > IKE_MAX_INIT_ROUNDS)
	{
		ike_trace_dropped (s, path, NULL, 0, STATUS_MALFORMED,
		                   "a cookie that is empty, too long, old, or one too many");
		return;
	}
	g_clear_pointer (&s->init.cookie, g_bytes_unref);
	s->init.cookie = slice_dup (value);
	ike_note (s, "the gateway is busy and wants its cookie back");
	/* Anybody can send a cookie, and a gateway that wanted none takes the request with it for another one. Not at once,
	 * therefore: an answer that is on its way already shows that the cookie was not the gateway's. */
	s->init.cookie_us = s->now_us + IKE_COOKIE_WAIT_US;
}

void
ike_ex_init_tick (IkeSession *s)
{
	if (s->phase == IKE_PHASE_INIT && s->now_us >= s->init.cookie_us)
		send_or_close (s);
	else if (s->phase == IKE_PHASE_AUTH && s->now_us >= s->init.listen_us && !ike_sa_others (s, NULL))
		ike_close (s, s->init.remembered, s->init.remembered_detail);
}

static void
handle_invalid_ke (IkeSession *s, const IkePath *path, const IkePayload *invalid_ke)
{
	Reader r = reader (invalid_ke->notify.value);
	guint16 group = reader_u16 (&r);
	IkeOffer offer = ike_offer_of (s);
	KexId kex;
	Status status;

	if (reader_finish (&r) != STATUS_OK || !ike_group_offered (&offer, group) || !ike_group_to_kex (group, &kex) ||
	    kex == kex_id (s->init.tries[s->init.current].kex) || ++s->init.n_rounds > IKE_MAX_INIT_ROUNDS)
	{
		ike_trace_dropped (s, path, NULL, 0, STATUS_MALFORMED, "INVALID_KE_PAYLOAD for a group that was not offered");
		return;
	}
	ike_note (s, "the gateway wants another key exchange: %s", ike_number_name (IKE_NUMBERS_KE, group));
	status = use_group (s, kex);
	if (status == STATUS_NO_PROPOSAL)
		ike_trace_dropped (s, path, NULL, 0, status, "INVALID_KE_PAYLOAD once too often");
	else if (status != STATUS_OK)
		ike_close (s, status, NULL);
	else
		send_or_close (s);
}

void
ike_ex_init_remember (IkeSession *s, Status status, const char *detail)
{
	char *words = g_strdup (detail);

	s->init.remembered = status;
	g_free (s->init.remembered_detail);
	s->init.remembered_detail = words;
	/* The real answer still gets the time of three sends. */
	s->init.request.most = MAX (MIN (s->init.request.most, (guint) SENDS_AFTER_ERROR), s->init.request.n_sent);
}

static void
remember_error (IkeSession *s, const IkeMessage *message, const IkePayload *notify)
{
	g_autofree char *detail = ike_reason_detail (message, notify);

	if (s->init.remembered == STATUS_OK)
		ike_ex_init_remember (s, ike_reason_of_notify (notify->notify.notify_type), detail);
	ike_note (s, "an error that anybody could have sent: waiting for something better");
}

/* An answer without SA: a wish (cookie, group) or an error. */
static void
handle_notifies (IkeSession *s, const IkePath *path, const IkeMessage *message)
{
	const IkePayload *cookie = ike_message_find_notify (message, IKE_NOTIFY_COOKIE);
	const IkePayload *invalid_ke = ike_message_find_notify (message, IKE_NOTIFY_INVALID_KE_PAYLOAD);
	const IkePayload *error = ike_reason_find (message);

	/* Once an answer is being followed, wishes come too late or from somebody else. */
	if (s->phase != IKE_PHASE_INIT)
		return;
	if (cookie != NULL)
		handle_cookie (s, path, cookie);
	else if (invalid_ke != NULL)
		handle_invalid_ke (s, path, invalid_ke);
	else if (error != NULL)
		remember_error (s, message, error);
}

static guint
parse_hashes (const IkeMessage *message)
{
	const IkePayload *payload = ike_message_find_notify (message, IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS);
	Reader r = reader (payload != NULL ? payload->notify.value : SLICE_NONE);
	guint hashes = 0;

	while (reader_left (&r) >= 2)
	{
		guint16 number = reader_u16 (&r);

		if (number < 32)
			hashes |= 1u << number;
	}
	return hashes;
}

/* Everything that may fail about an answer; changes only @sa. */
static Status
check_answer (const IkeSession *s, const IkeMessage *message, IkeSa *sa)
{
	const IkePath *path = current_path (s);
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	const IkePayload *nonce = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL);
	g_auto (Secret) shared = SECRET_INIT;
	IkeOffer offer = ike_offer_of (s);
	guint at;
	Status status = ike_choice_ike (&offer, ike_message_find (message, IKE_PAYLOAD_SA, NULL), &sa->choice);

	if (status != STATUS_OK)
		return status;
	if (ke->ke.group != ike_group_from_kex (sa->choice.group) || !find_try (&s->init, sa->choice.group, &at) ||
	    nonce->nonce.value.len < IKE_LEAST_NONCE_OCTETS || nonce->nonce.value.len > IKE_MOST_NONCE_OCTETS ||
	    message->header.spi_r == 0)
		return STATUS_MALFORMED;
	status = kex_derive (s->init.tries[at].kex, ke->ke.value, &shared);
	if (status != STATUS_OK)
		return status;
	sa->message = g_bytes_ref (s->init.tries[at].message);
	sa->spi_i = s->init.spi_i;
	sa->spi_r = message->header.spi_r;
	sa->initiator = TRUE;
	sa->path = *path;
	sa->nonce_r = slice_dup (nonce->nonce.value);
	sa->hashes = parse_hashes (message);
	sa->fragmentation = ike_message_find_notify (message, IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED) != NULL;
	sa->nat_local =
	    ike_natd_differs (message, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, sa->spi_i, sa->spi_r, &path->local);
	sa->nat_remote =
	    ike_natd_differs (message, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, sa->spi_i, sa->spi_r, &path->remote);
	/* RFC 7296 section 2.23 lets the initiator go to 4500 with or without NAT; ESP is always in UDP here. */
	sa->path.remote.port = path->remote.port == IKE_PORT ? IKE_NATT_PORT : path->remote.port;
	sa->software = ike_vendor_name (message);
	sa->next_message_id = 1;
	return ike_keymat_init (sa->choice.prf, &sa->choice.suite, secret_view (&shared), SLICE_ARRAY (s->init.nonce),
	                        nonce->nonce.value, s->init.spi_i, sa->spi_r, &sa->keys);
}

static void
note_answer (IkeSession *s, const IkeSa *sa)
{
	const char *nat = sa->nat_local && sa->nat_remote ? "at both ends"
	                  : sa->nat_local                 ? "in front of us"
	                  : sa->nat_remote                ? "in front of the gateway"
	                                                  : "none";

	ike_note (s, "chosen: %s-%u, %s, %s; NAT: %s", ike_encr_name (sa->choice.suite.encr), sa->choice.suite.key_bits,
	          ike_prf_name (sa->choice.prf), ike_number_name (IKE_NUMBERS_KE, ike_group_from_kex (sa->choice.group)),
	          nat);
}

/* Not by its SPI: a stranger could have sent his answer under that of the gateway. */
static gboolean
known_candidate (const IkeSession *s, Slice datagram)
{
	for (guint i = 0; i < s->n_sas; i++)
		if (slice_equal (slice_bytes (s->sas[i]->response), datagram))
			return TRUE;
	return FALSE;
}

/* One more answer to follow: its own keys, its own IKE_AUTH. */
static void
add_candidate (IkeSession *s, const IkePath *path, const IkeMessage *message, Slice datagram)
{
	const char *detail = NULL;
	IkeSa *sa;
	Status status;

	if (known_candidate (s, datagram) || s->n_sas == IKE_MAX_CANDIDATES)
		return;
	sa = g_new0 (IkeSa, 1);
	status = check_answer (s, message, sa);
	if (status == STATUS_OK)
		status = ike_sa_make_protection (sa);
	if (status == STATUS_OK)
		status = ike_ex_auth_prepare (s, sa, &detail);
	if (status != STATUS_OK)
	{
		ike_trace_dropped (s, path, &message->header, datagram.len, status, "an answer that cannot be followed");
		/* When nothing better comes, this is what was wrong. */
		if (s->init.remembered == STATUS_OK && (status == STATUS_NO_PROPOSAL || status == STATUS_AUTH_REJECTED))
			ike_ex_init_remember (s, status, detail);
		ike_sa_free (sa);
		return;
	}
	sa->response = slice_dup (datagram);
	s->sas[s->n_sas++] = sa;
	note_answer (s, sa);
	ike_push_keys (s, sa, NULL);
	ike_request_clear (&s->init.request);
	s->init.cookie_us = s->init.listen_us = G_MAXINT64;
	ike_ex_auth_begin (s, sa);
}

void
ike_ex_init_response (IkeSession *s, const IkePath *path, Slice datagram)
{
	IkeMessage *message = NULL;
	IkeSchema schema;
	guint8 type;
	Status status;

	if (s->phase != IKE_PHASE_INIT && s->phase != IKE_PHASE_AUTH && s->phase != IKE_PHASE_VERIFY)
		return;
	status = ike_message_decode (datagram, &message);
	if (status != STATUS_OK)
	{
		ike_trace_dropped (s, path, NULL, datagram.len, status, "an IKE_SA_INIT answer that does not parse");
		return;
	}
	ike_trace_received (s, path, message, datagram.len);
	schema = ike_message_find (message, IKE_PAYLOAD_SA, NULL) != NULL ? IKE_SCHEMA_INIT_RESPONSE
	                                                                  : IKE_SCHEMA_INIT_NOTIFY_RESPONSE;
	status = ike_schema_check (schema, message, &type);
	if (status != STATUS_OK)
		ike_trace_dropped (s, path, &message->header, datagram.len, status, "an IKE_SA_INIT answer that is not whole");
	else if (schema == IKE_SCHEMA_INIT_RESPONSE)
		add_candidate (s, path, message, datagram);
	else
		handle_notifies (s, path, message);
}
