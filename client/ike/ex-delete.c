/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL with DELETE of the IKE SA (RFC 7296 section 1.4.1), which ends its children too. */
#include "session.h"

void
ike_ex_delete_begin (IkeSession *s, Status status, const char *detail)
{
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };

	ike_ask_withdraw (s);
	if (s->has_child)
		ike_push (s, IKE_EFFECT_CHILD_DROP)->child.spi_in = s->child.spi_in;
	s->has_child = FALSE;
	s->closing = status;
	g_free (s->closing_detail);
	s->closing_detail = g_strdup (detail);
	s->phase = IKE_PHASE_DELETE;
	ike_push_state (s, IKE_STATE_CLOSING);
	ike_request_clear (&s->sa->request);
	if (ike_request_protected (s, s->sa, IKE_EXCHANGE_INFORMATIONAL, &del, 1, IKE_REQUEST_SENDS_DELETE) != STATUS_OK)
		ike_ex_delete_done (s);
}

void
ike_ex_delete_done (IkeSession *s)
{
	ike_close (s, s->closing, s->closing_detail);
}
