/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway starts (RFC 7296 sections 1.3, 1.4). Every authentic request of the window is answered, and the answer is
 * kept to be given again octet by octet. */
#include "session.h"

void
ike_answer_notify (IkeAnswer *answer, guint16 type, Slice value)
{
	if (answer->n < IKE_MAX_ANSWER_PAYLOADS)
		answer->payloads[answer->n++] =
		    (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = type, .value = value } };
}

/* A DELETE of children names the gateway's inbound SPIs, which are our outbound ones; the answer names ours. */
static void
answer_delete_children (IkeSession *s, const IkeSa *sa, const IkePayload *del, IkeAnswer *answer)
{
	Reader r = reader (del->del.spis);

	while (reader_left (&r) >= 4 && answer->n_dropped < IKE_MAX_DELETE_SPIS)
	{
		const IkeChildSa *child = ike_children_find_out (s, reader_u32 (&r));
		guint8 *spi = answer->spis + 4 * answer->n_dropped;

		if (child == NULL || ike_collide (s, sa, IKE_ASKED_DELETE_CHILD, child->spi_in) == IKE_COLLIDE_EMPTY)
			continue;
		for (guint i = 0; i < 4; i++)
			spi[i] = (guint8) (child->spi_in >> (24 - 8 * i));
		answer->dropped[answer->n_dropped++] = child->spi_in;
	}
}

static void
answer_deletes (IkeSession *s, const IkeSa *sa, const IkeMessage *message, IkeAnswer *answer)
{
	const IkePayload *at = NULL;

	while ((at = ike_message_find (message, IKE_PAYLOAD_DELETE, at)) != NULL)
		if (at->del.protocol == IKE_PROTOCOL_IKE)
			answer->ike_deleted = TRUE;
		else if (at->del.protocol == IKE_PROTOCOL_ESP && !sa->replaced)
			answer_delete_children (s, sa, at, answer);
	if (answer->n_dropped > 0 && !answer->ike_deleted)
		answer->payloads[answer->n++] = (IkePayload){ .type = IKE_PAYLOAD_DELETE,
			                                          .del = { IKE_PROTOCOL_ESP, 4, (guint16) answer->n_dropped,
			                                                   slice (answer->spis, 4 * answer->n_dropped) } };
}

static void
answer_informational (IkeSession *s, IkeSa *sa, const IkeMessage *message, IkeAnswer *answer)
{
	const IkePayload *cookie2 = ike_message_find_notify (message, IKE_NOTIFY_COOKIE2);
	const IkePayload *at = NULL;

	answer_deletes (s, sa, message, answer);
	while ((at = ike_message_find (message, IKE_PAYLOAD_NOTIFY, at)) != NULL)
		ike_note (s, "the gateway notifies: %s",
		          ike_number_name (IKE_NUMBERS_NOTIFY, at->notify.notify_type) != NULL
		              ? ike_number_name (IKE_NUMBERS_NOTIFY, at->notify.notify_type)
		              : "something unknown");
	/* RFC 4555 section 4.2.5: returned as it came, to prove that we hear the gateway there. */
	if (cookie2 != NULL && cookie2->notify.value.len <= IKE_MAX_COOKIE_OCTETS)
		ike_answer_notify (answer, IKE_NOTIFY_COOKIE2, cookie2->notify.value);
}

static void
make_answer (IkeSession *s, IkeSa *sa, const IkeMessage *message, IkeAnswer *answer)
{
	guint8 type = 0;

	switch (message->header.exchange)
	{
	case IKE_EXCHANGE_INFORMATIONAL:
		if (ike_schema_check (IKE_SCHEMA_INFORMATIONAL_REQUEST, message, &type) == STATUS_OK)
			answer_informational (s, sa, message, answer);
		else
			ike_answer_notify (answer, IKE_NOTIFY_INVALID_SYNTAX, SLICE_NONE);
		break;
	case IKE_EXCHANGE_CREATE_CHILD_SA:
		if (ike_schema_check (IKE_SCHEMA_CREATE_CHILD_REQUEST, message, &type) == STATUS_OK)
			ike_respond_create (s, sa, message, answer);
		else
			ike_answer_notify (answer, IKE_NOTIFY_INVALID_SYNTAX, SLICE_NONE);
		break;
	default: /* a number of the wire: an exchange that has no place here */
		ike_answer_notify (answer, IKE_NOTIFY_INVALID_SYNTAX, SLICE_NONE);
		break;
	}
}

static void
answer_clear (IkeAnswer *answer)
{
	IkeEffect scratch = { .child = answer->child };

	ike_effect_clear (&scratch);
	g_clear_pointer (&answer->kex, kex_free);
	g_clear_pointer (&answer->sa, ike_sa_free);
	g_clear_pointer (&answer->rival_nonce, g_bytes_unref);
}

static gboolean
send_answer (IkeSession *s, IkeSa *sa, const IkeHeader *request, const IkeAnswer *answer)
{
	GPtrArray *datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkeHeader header = ike_sa_header (sa, request->exchange, TRUE, request->message_id);

	if (ike_protect_seal (&sa->out, &header, answer->payloads, answer->n, ike_fragment_octets (s, sa), datagrams) !=
	    STATUS_OK)
	{
		g_ptr_array_unref (datagrams);
		return FALSE;
	}
	ike_trace_sent (s, &sa->path, &header, answer->payloads, answer->n, datagrams, TRUE);
	for (guint i = 0; i < datagrams->len; i++)
		ike_push_send (s, &sa->path, datagrams->pdata[i]);
	g_clear_pointer (&sa->peer_answer, g_ptr_array_unref);
	g_clear_pointer (&sa->peer_request, g_bytes_unref);
	sa->peer_answer = datagrams;
	sa->peer_request = g_steal_pointer (&sa->peer_first);
	sa->peer_message_id++;
	return TRUE;
}

/* The packet path can receive with what was made before the gateway hears of it. */
static void
apply_made (IkeSession *s, IkeSa *sa, IkeAnswer *answer)
{
	if (answer->child.spi_in != 0)
	{
		guint32 spi_in = answer->child.spi_in;

		ike_children_add (s, &answer->child, answer->replaces, answer->replaces != 0);
		if (answer->rival_nonce != NULL)
		{
			g_clear_pointer (&sa->create.rival_nonce, g_bytes_unref);
			sa->create.rival_nonce = g_steal_pointer (&answer->rival_nonce);
			sa->create.rival_child = spi_in;
		}
	}
	if (answer->sa != NULL)
	{
		IkeSa *made = g_steal_pointer (&answer->sa);

		s->sas[s->n_sas++] = made;
		ike_push_keys (s, made, NULL);
		made->up = TRUE;
		if (answer->rival_nonce != NULL)
		{
			g_clear_pointer (&sa->create.rival_nonce, g_bytes_unref);
			sa->create.rival_nonce = g_steal_pointer (&answer->rival_nonce);
			sa->create.rival_sa = made;
		}
		else
			ike_sa_take_over (s, made);
	}
}

static void
apply_ike_deleted (IkeSession *s, IkeSa *sa)
{
	IkeSa *rival = sa->create.rival_sa;

	if (sa == s->sa && s->phase == IKE_PHASE_ESTABLISHED && rival != NULL)
	{
		/* Both renewed it, and the gateway knows already that its own one stays (section 2.25.2). The answer to ours may be
		 * under way: without it nobody would delete what it made. */
		ike_sa_take_over (s, rival);
		sa->gone = TRUE;
		sa->patience_us = G_MAXINT64;
		sa->request.most = sa->request.n_sent;
		sa->request.next_us = s->now_us + IKE_LINGER_US;
	}
	else if (sa != s->sa)
		ike_sa_lose (s, sa);
	else
		ike_close (s, s->phase == IKE_PHASE_DELETE ? s->closing : STATUS_GATEWAY_CLOSED, s->closing_detail);
}

static void
apply_dropped (IkeSession *s, const IkeAnswer *answer)
{
	for (guint i = 0; i < answer->n_dropped; i++)
	{
		IkeChildSa *child = ike_children_find (s, answer->dropped[i]);

		if (child != NULL)
			ike_children_gone (s, child);
	}
	if (answer->n_dropped > 0 && ike_children_alive (s) == 0 && s->phase == IKE_PHASE_ESTABLISHED)
		ike_want_new_ike (s, "the gateway has ended the last CHILD SA");
}

void
ike_respond (IkeSession *s, IkeSa *sa, IkeMessage *message)
{
	IkeAnswer answer = { 0 };

	make_answer (s, sa, message, &answer);
	apply_made (s, sa, &answer);
	if (!send_answer (s, sa, &message->header, &answer))
	{
		answer_clear (&answer);
		ike_close (s, STATUS_CRYPTO, "an answer could not be made");
		return;
	}
	apply_dropped (s, &answer);
	answer_clear (&answer);
	if (answer.ike_deleted)
		apply_ike_deleted (s, sa);
}

void
ike_respond_bad (IkeSession *s, IkeSa *sa, const IkeHeader *header, const IkeMessage *message, Status status)
{
	IkeAnswer answer = { 0 };

	/* The payload that nobody knows is the last one that was decoded (RFC 7296 section 2.5: its type is the value). */
	if (status == STATUS_CRITICAL_PAYLOAD && message != NULL && message->n_payloads > 0)
	{
		answer.critical = message->payloads[message->n_payloads - 1].type;
		ike_answer_notify (&answer, IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, slice (&answer.critical, 1));
	}
	else
		ike_answer_notify (&answer,
		                   status == STATUS_CRITICAL_PAYLOAD ? IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD
		                                                     : IKE_NOTIFY_INVALID_SYNTAX,
		                   SLICE_NONE);
	if (!send_answer (s, sa, header, &answer) || status == STATUS_CRITICAL_PAYLOAD)
		return;
	/* Section 2.21.3: INVALID_SYNTAX ends the IKE SA on both sides, without a DELETE. */
	if (sa == s->sa)
		ike_close (s, s->phase == IKE_PHASE_DELETE ? s->closing : status, "a request of the gateway was malformed");
	else
		ike_sa_lose (s, sa);
}
