/* SPDX-License-Identifier: GPL-2.0-or-later */
/* INFORMATIONAL that we start on an IKE SA that is up (RFC 7296 section 1.4). The end of the session is ex-delete.c. */
#include "session.h"

void
ike_ex_informational_delete_child (IkeSession *s, IkeChildSa *child)
{
	guint8 spi[4];
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { IKE_PROTOCOL_ESP, 4, 1, SLICE_ARRAY (spi) } };
	IkeSa *sa = s->sa;

	for (guint i = 0; i < 4; i++)
		spi[i] = (guint8) (child->spi_in >> (24 - 8 * i));
	sa->work = IKE_WORK_DELETE_CHILD;
	sa->work_child = child->spi_in;
	if (ike_request_protected (s, sa, IKE_EXCHANGE_INFORMATIONAL, &del, 1, IKE_REQUEST_SENDS) != STATUS_OK)
		ike_children_drop (s, child);
}

void
ike_ex_informational_delete_ike (IkeSession *s, IkeSa *sa)
{
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };

	sa->work = IKE_WORK_DELETE_IKE;
	sa->delete_wanted = FALSE;
	if (ike_request_protected (s, sa, IKE_EXCHANGE_INFORMATIONAL, &del, 1, IKE_REQUEST_SENDS) != STATUS_OK)
		sa->patience_us = G_MAXINT64;
}

void
ike_ex_informational_probe (IkeSession *s)
{
	s->probe_wanted = FALSE;
	s->sa->work = IKE_WORK_PROBE;
	(void) ike_request_protected (s, s->sa, IKE_EXCHANGE_INFORMATIONAL, NULL, 0, IKE_REQUEST_SENDS);
}

void
ike_ex_informational_response (IkeSession *s, IkeSa *sa, IkeWork work)
{
	IkeChildSa *child;

	switch (work)
	{
	case IKE_WORK_DELETE_CHILD:
		child = ike_children_find (s, sa->work_child);
		if (child != NULL && child->drop_us == G_MAXINT64)
			ike_children_gone (s, child);
		if (ike_children_alive (s) == 0)
			ike_want_new_ike (s, "the last CHILD SA has ended");
		break;
	case IKE_WORK_DELETE_IKE:
		ike_sa_lose (s, sa);
		break;
	case IKE_WORK_PROBE:
	case IKE_WORK_NEW_CHILD:
	case IKE_WORK_REKEY_CHILD:
	case IKE_WORK_REKEY_IKE:
	case IKE_WORK_UPDATE:
	case IKE_WORK_NONE:
		break;
	}
}
