/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL with DELETE of the IKE SA (RFC 7296 section 1.4.1), which ends its children too. */
#include "session.h"

static void
send_delete (IkeSession *s)
{
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };

	s->closing_us = G_MAXINT64;
	if (ike_request_protected (s, s->sa, IKE_EXCHANGE_INFORMATIONAL, &del, 1, IKE_REQUEST_SENDS_DELETE) != STATUS_OK)
		ike_ex_delete_done (s);
}

void
ike_ex_delete_begin (IkeSession *s, Status status, const char *detail)
{
	ike_ask_withdraw (s);
	if (s->has_child)
		ike_push (s, IKE_EFFECT_CHILD_DROP)->child.spi_in = s->child.spi_in;
	s->has_child = FALSE;
	s->closing = status;
	g_free (s->closing_detail);
	s->closing_detail = g_strdup (detail);
	s->phase = IKE_PHASE_DELETE;
	ike_push_state (s, IKE_STATE_CLOSING);
	/* One request at a time (section 2.3): the answer to the one in flight first, but not for long. */
	s->closing_us = s->now_us + IKE_CLOSE_US;
	if (!s->sa->request.active)
		send_delete (s);
}

void
ike_ex_delete_response (IkeSession *s, guint8 exchange)
{
	if (exchange == IKE_EXCHANGE_INFORMATIONAL)
		ike_ex_delete_done (s);
	else
		send_delete (s);
}

void
ike_ex_delete_done (IkeSession *s)
{
	ike_close (s, s->closing, s->closing_detail);
}
