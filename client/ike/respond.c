/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway starts (RFC 7296 sections 1.3, 1.4). Every authentic request of the window is answered, and the answer is
 * kept to be given again octet by octet. */
#include "session.h"

#define MAX_ANSWER_PAYLOADS 2

typedef struct
{
	IkePayload payloads[MAX_ANSWER_PAYLOADS];
	guint n;
	guint8 spi[4];
	guint8 critical;       /* type of the payload that nobody knows */
	guint32 dropped_child; /* our inbound SPI; 0: none */
	gboolean ike_deleted;
} Answer;

static void
answer_notify (Answer *answer, guint16 type)
{
	answer->payloads[answer->n++] = (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = type } };
}

/* A DELETE of the child names the gateway's inbound SPI, which is our outbound one; the answer names ours. */
static void
answer_delete (IkeSession *s, const IkePayload *del, Answer *answer)
{
	Reader r = reader (del->del.spis);

	if (del->del.protocol == IKE_PROTOCOL_IKE)
	{
		answer->ike_deleted = TRUE;
		return;
	}
	while (del->del.protocol == IKE_PROTOCOL_ESP && reader_left (&r) >= 4)
	{
		if (reader_u32 (&r) != s->child.spi_out || !s->has_child || answer->dropped_child != 0)
			continue;
		answer->dropped_child = s->child.spi_in;
		for (guint i = 0; i < 4; i++)
			answer->spi[i] = (guint8) (s->child.spi_in >> (24 - 8 * i));
		answer->payloads[answer->n++] =
		    (IkePayload){ .type = IKE_PAYLOAD_DELETE, .del = { IKE_PROTOCOL_ESP, 4, 1, SLICE_ARRAY (answer->spi) } };
	}
}

static void
answer_informational (IkeSession *s, const IkeMessage *message, Answer *answer)
{
	const IkePayload *at = NULL;

	while ((at = ike_message_find (message, IKE_PAYLOAD_DELETE, at)) != NULL)
		answer_delete (s, at, answer);
	at = NULL;
	while ((at = ike_message_find (message, IKE_PAYLOAD_NOTIFY, at)) != NULL)
		ike_note (s, "the gateway notifies: %s",
		          ike_number_name (IKE_NUMBERS_NOTIFY, at->notify.notify_type) != NULL
		              ? ike_number_name (IKE_NUMBERS_NOTIFY, at->notify.notify_type)
		              : "something unknown");
}

static void
make_answer (IkeSession *s, const IkeMessage *message, Answer *answer)
{
	guint8 type = 0;

	switch (message->header.exchange)
	{
	case IKE_EXCHANGE_INFORMATIONAL:
		if (ike_schema_check (IKE_SCHEMA_INFORMATIONAL_REQUEST, message, &type) == STATUS_OK)
			answer_informational (s, message, answer);
		else
			answer_notify (answer, IKE_NOTIFY_INVALID_SYNTAX);
		break;
	case IKE_EXCHANGE_CREATE_CHILD_SA:
		answer_notify (answer, IKE_NOTIFY_NO_ADDITIONAL_SAS);
		break;
	default: /* a number of the wire: an exchange that has no place here */
		answer_notify (answer, IKE_NOTIFY_INVALID_SYNTAX);
		break;
	}
}

static gboolean
send_answer (IkeSession *s, const IkeHeader *request, const Answer *answer)
{
	IkeSa *sa = s->sa;
	GPtrArray *datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkeHeader header = {
		.spi_i = s->init.spi_i,
		.spi_r = sa->spi_r,
		.version = 0x20,
		.exchange = request->exchange,
		.from_initiator = TRUE,
		.response = TRUE,
		.message_id = request->message_id,
	};

	if (ike_protect_seal (&sa->out, &header, answer->payloads, answer->n, 0, datagrams) != STATUS_OK)
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

void
ike_respond (IkeSession *s, IkeMessage *message)
{
	Answer answer = { 0 };

	make_answer (s, message, &answer);
	if (!send_answer (s, &message->header, &answer))
		return;
	if (answer.dropped_child != 0)
	{
		ike_push (s, IKE_EFFECT_CHILD_DROP)->child.spi_in = answer.dropped_child;
		s->has_child = FALSE;
	}
	if (answer.ike_deleted)
		ike_close (s, s->phase == IKE_PHASE_DELETE ? s->closing : STATUS_GATEWAY_CLOSED, s->closing_detail);
}

void
ike_respond_bad (IkeSession *s, const IkeHeader *header, const IkeMessage *message, Status status)
{
	Answer answer = { 0 };

	answer_notify (&answer, status == STATUS_CRITICAL_PAYLOAD ? IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD
	                                                          : IKE_NOTIFY_INVALID_SYNTAX);
	/* The payload that nobody knows is the last one that was decoded (RFC 7296 section 2.5: its type is the value). */
	if (status == STATUS_CRITICAL_PAYLOAD && message != NULL && message->n_payloads > 0)
	{
		answer.critical = message->payloads[message->n_payloads - 1].type;
		answer.payloads[0].notify.value = slice (&answer.critical, 1);
	}
	if (!send_answer (s, header, &answer) || status == STATUS_CRITICAL_PAYLOAD)
		return;
	/* Section 2.21.3: INVALID_SYNTAX ends the IKE SA on both sides, without a DELETE. */
	ike_close (s, s->phase == IKE_PHASE_DELETE ? s->closing : status, "a request of the gateway was malformed");
}
