/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an IKE SA that is up has to do. There is no queue: what is wanted follows from the state, and the first row that is
 * wanted begins as soon as no request is in flight (RFC 7296 section 2.3: a window of one). */
#include "session.h"

#define FIRST_RETRY_US IKE_SECOND

static IkeChildSa *
child_to_delete (IkeSession *s)
{
	for (guint i = 0; i < s->n_children; i++)
		if (s->children[i].delete_wanted && s->children[i].drop_us == G_MAXINT64)
			return &s->children[i];
	return NULL;
}

static IkeChildSa *
child_to_rekey (IkeSession *s)
{
	for (guint i = 0; i < s->n_children; i++)
		if (s->now_us >= s->children[i].rekey_us && !s->children[i].replaced)
			return &s->children[i];
	return NULL;
}

static void
next_on (IkeSession *s, IkeSa *sa)
{
	IkeChildSa *child;

	if (sa->request.active || !sa->up)
		return;
	if (sa != s->sa)
	{
		if (sa->delete_wanted)
			ike_ex_informational_delete_ike (s, sa);
		return;
	}
	if (s->update_wanted)
		ike_ex_mobike_begin (s);
	else if ((child = child_to_delete (s)) != NULL)
		ike_ex_informational_delete_child (s, child);
	else if (s->probe_wanted)
		ike_ex_informational_probe (s);
	else if (s->now_us >= sa->rekey_us)
		ike_ex_rekey_begin (s);
	else if ((child = child_to_rekey (s)) != NULL)
		ike_ex_create_rekey (s, child);
}

void
ike_work_next (IkeSession *s)
{
	for (guint i = 0; s->phase == IKE_PHASE_ESTABLISHED && i < s->n_sas; i++)
		next_on (s, s->sas[i]);
}

gint64
ike_work_again (IkeSession *s, guint n_refused)
{
	gint64 wait = FIRST_RETRY_US << MIN (n_refused, IKE_MAX_REFUSED);
	guint8 random[2] = { 0x80, 0 };

	if (n_refused > IKE_MAX_REFUSED)
		return G_MAXINT64;
	(void) rng_fill (&s->rng, random, sizeof random);
	return s->now_us + wait / 2 + wait * (random[0] << 8 | random[1]) / 65536;
}

gint64
ike_work_deadline (const IkeSession *s)
{
	gint64 deadline = G_MAXINT64;

	if (s->phase != IKE_PHASE_ESTABLISHED)
		return deadline;
	for (guint i = 0; i < s->n_children; i++)
	{
		const IkeChildSa *child = &s->children[i];

		deadline = MIN (deadline, MIN (child->drop_us, MIN (child->expire_us, child->patience_us)));
		if (!s->sa->request.active && !child->replaced)
			deadline = MIN (deadline, child->rekey_us);
	}
	for (guint i = 0; i < s->n_sas; i++)
		deadline = MIN (deadline, MIN (s->sas[i]->patience_us, s->sas[i]->expire_us));
	if (!s->sa->request.active)
		deadline = MIN (deadline, s->sa->rekey_us);
	deadline = MIN (deadline, s->reauth_us);
	return MIN (deadline, ike_live_deadline (s));
}

static void
tick_children (IkeSession *s)
{
	/* Backwards: dropping one moves the last into its place. */
	for (guint i = s->n_children; i > 0; i--)
	{
		IkeChildSa *child = &s->children[i - 1];

		if (s->now_us >= child->drop_us)
			ike_children_drop (s, child);
		else if (s->now_us >= child->expire_us || s->now_us >= child->patience_us)
		{
			child->delete_wanted = TRUE;
			child->expire_us = child->patience_us = child->rekey_us = G_MAXINT64;
		}
	}
}

void
ike_work_tick (IkeSession *s)
{
	tick_children (s);
	for (guint i = 0; i < s->n_sas; i++)
		if (s->now_us >= s->sas[i]->patience_us)
		{
			s->sas[i]->patience_us = G_MAXINT64;
			s->sas[i]->delete_wanted = TRUE;
		}
	ike_live_tick (s);
	if (s->now_us >= s->reauth_us)
		ike_want_new_ike (s, "the gateway wants another authentication");
	if (s->now_us >= s->sa->expire_us)
		ike_ex_delete_begin (s, STATUS_EXPIRED, "the IKE SA could not be renewed in its lifetime");
}

void
ike_want_new_ike (IkeSession *s, const char *why)
{
	s->reauth_us = G_MAXINT64;
	if (s->renewal_told)
		return;
	s->renewal_told = TRUE;
	ike_note (s, "a new IKE SA is wanted: %s", why);
	ike_push (s, IKE_EFFECT_RENEW)->detail = g_strdup (why);
}

void
ike_work_response (IkeSession *s, IkeSa *sa, IkeMessage *message)
{
	IkeWork work = sa->work;

	sa->work = IKE_WORK_NONE;
	switch (work)
	{
	case IKE_WORK_NEW_CHILD:
	case IKE_WORK_REKEY_CHILD:
		ike_ex_create_response (s, sa, work, message);
		break;
	case IKE_WORK_REKEY_IKE:
		ike_ex_rekey_response (s, sa, message);
		break;
	case IKE_WORK_DELETE_CHILD:
	case IKE_WORK_DELETE_IKE:
	case IKE_WORK_PROBE:
		ike_ex_informational_response (s, sa, work);
		break;
	case IKE_WORK_UPDATE:
		ike_ex_mobike_response (s, sa, message);
		break;
	case IKE_WORK_NONE:
		break;
	}
}

void
ike_work_failed (IkeSession *s, IkeSa *sa, Status status)
{
	IkeWork work = sa->work;

	ike_note (s, "the answer of the gateway cannot be used: %s", status_text (status));
	sa->work = IKE_WORK_NONE;
	switch (work)
	{
	case IKE_WORK_NEW_CHILD:
	case IKE_WORK_REKEY_CHILD:
		ike_ex_create_failed (s, sa, 0);
		break;
	case IKE_WORK_REKEY_IKE:
		ike_ex_rekey_failed (s, sa, 0);
		break;
	case IKE_WORK_DELETE_CHILD:
	case IKE_WORK_DELETE_IKE:
	case IKE_WORK_PROBE:
		ike_ex_informational_response (s, sa, work);
		break;
	case IKE_WORK_UPDATE:
	case IKE_WORK_NONE:
		break;
	}
}

void
ike_work_given_up (IkeSession *s, IkeSa *sa)
{
	char remote[INET_TEXT_OCTETS];
	g_autofree char *detail = NULL;

	if (sa != s->sa)
	{
		ike_sa_lose (s, sa);
		return;
	}
	inet_endpoint_to_text (&sa->path.remote, remote);
	detail = g_strdup_printf ("%s, silent for %" G_GINT64_FORMAT " s", remote,
	                          (s->now_us - s->heard_us + IKE_SECOND / 2) / IKE_SECOND);
	ike_close (s, STATUS_GATEWAY_LOST, detail);
}
