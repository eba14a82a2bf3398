/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL with DELETE of the IKE SA (RFC 7296 section 1.4.1), which ends its children too. */
#include "session.h"

static void
send_delete (IkeSession *s)
{
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };

	s->closing_us = G_MAXINT64;
	s->sa->work = IKE_WORK_DELETE_IKE;
	if (ike_request_protected (s, s->sa, IKE_EXCHANGE_INFORMATIONAL, &del, 1, IKE_REQUEST_SENDS_DELETE) != STATUS_OK)
		ike_ex_delete_done (s);
}

void
ike_ex_delete_begin (IkeSession *s, Status status, const char *detail)
{
	ike_ask_withdraw (s);
	ike_children_drop_all (s);
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
ike_ex_delete_response (IkeSession *s, IkeMessage *message)
{
	IkeSa *sa = s->sa;
	IkeWork work = sa->work;

	sa->work = IKE_WORK_NONE;
	if (work == IKE_WORK_DELETE_IKE)
	{
		ike_ex_delete_done (s);
		return;
	}
	/* The new IKE SA exists at the gateway by now: both must go. */
	if (work == IKE_WORK_REKEY_IKE && message != NULL)
		ike_ex_rekey_response (s, sa, message);
	for (guint i = 0; i < s->n_sas; i++)
		if (s->sas[i] != s->sa && s->sas[i]->up && s->sas[i]->delete_wanted && !s->sas[i]->request.active)
			ike_ex_informational_delete_ike (s, s->sas[i]);
	if (!s->sa->request.active)
		send_delete (s);
}

void
ike_ex_delete_done (IkeSession *s)
{
	ike_close (s, s->closing, s->closing_detail);
}
