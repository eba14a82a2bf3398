/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CHILD SA that IKE_AUTH makes (RFC 7296 sections 1.2, 2.9, 2.19): checked whole, then applied whole. */
#include "session.h"

/* Whether each granted selector lies within one that we asked for (section 2.9: narrowing). */
gboolean
ike_child_within (const IkePayload *granted, const InetSelector *asked, gsize n_asked)
{
	for (guint8 i = 0; i < granted->ts.n_selectors; i++)
	{
		gboolean inside = FALSE;

		for (gsize j = 0; j < n_asked; j++)
			inside |= inet_selector_contains (&asked[j], &granted->ts.selectors[i]);
		if (!inside)
			return FALSE;
	}
	return granted->ts.n_selectors > 0;
}

gsize
ike_child_asked_local (const IkeSession *s, const IkeSa *sa, InetSelector asked[2])
{
	gsize n = 0;

	if (!s->profile.request_address)
		asked[n++] = inet_selector_host (&sa->path.local.address);
	else
	{
		if (s->profile.request_ipv4)
			asked[n++] = inet_selector_any (INET_V4);
		if (s->profile.request_ipv6)
			asked[n++] = inet_selector_any (INET_V6);
	}
	return n;
}

static Status
check_selectors (const IkeSession *s, const IkeMessage *message, IkeChild *child)
{
	const IkePayload *tsi = ike_message_find (message, IKE_PAYLOAD_TSI, NULL);
	const IkePayload *tsr = ike_message_find (message, IKE_PAYLOAD_TSR, NULL);
	InetSelector local[2];

	if (!ike_child_within (tsi, local, ike_child_asked_local (s, s->sa, local)) ||
	    !ike_child_within (tsr, s->profile.remote, s->profile.n_remote))
		return STATUS_TS_UNACCEPTABLE;
	child->n_local = tsi->ts.n_selectors;
	child->local = g_memdup2 (tsi->ts.selectors, child->n_local * sizeof *child->local);
	child->n_remote = tsr->ts.n_selectors;
	child->remote = g_memdup2 (tsr->ts.selectors, child->n_remote * sizeof *child->remote);
	return STATUS_OK;
}

/* Errors carry their words in @ret_detail (a literal). */
static Status
check (const IkeSession *s, const IkeMessage *message, IkeChild *child, IkeConfiguration *configuration,
       const char **ret_detail)
{
	const IkePayload *cp = ike_message_find (message, IKE_PAYLOAD_CP, NULL);
	IkeOffer offer = ike_offer_of (s);
	IkeEspChoice choice;
	guint8 type = 0;
	IkeSchema schema = s->auth.eap_peer != NULL ? IKE_SCHEMA_AUTH_FINAL_RESPONSE : IKE_SCHEMA_AUTH_WHOLE_RESPONSE;
	Status status = ike_schema_check (schema, message, &type);

	*ret_detail = NULL;
	if (status != STATUS_OK)
		return status;
	status = ike_choice_esp (&offer, ike_message_find (message, IKE_PAYLOAD_SA, NULL), &choice);
	if (status != STATUS_OK)
	{
		*ret_detail = "it chose algorithms for ESP that were not offered";
		return STATUS_NO_PROPOSAL;
	}
	status = check_selectors (s, message, child);
	if (status != STATUS_OK)
	{
		*ret_detail = "it granted networks that were not asked for";
		return status;
	}
	if (s->profile.request_address)
		status = cp != NULL && cp->cp.cfg_type == IKE_CFG_REPLY
		             ? ike_cp_reply (&s->profile, &s->sa->path.remote.address, cp, configuration)
		             : STATUS_NO_ADDRESS;
	if (status != STATUS_OK)
		return status;
	child->suite = choice.suite;
	child->esn = choice.esn;
	child->spi_out = choice.spi;
	child->spi_in = s->auth.child_spi;
	child->path = s->sa->path;
	return ike_keymat_child (s->sa->choice.prf, secret_view (&s->sa->keys.d), SLICE_NONE, SLICE_ARRAY (s->init.nonce),
	                         slice_bytes (s->sa->nonce_r), TRUE, child);
}

/* RFC 4478: seconds until the gateway wants another authentication. It is begun a little before. */
static void
take_lifetime (IkeSession *s, const IkeMessage *message)
{
	const IkePayload *notify = ike_message_find_notify (message, IKE_NOTIFY_AUTH_LIFETIME);
	Reader r = reader (notify != NULL ? notify->notify.value : SLICE_NONE);
	gint64 lifetime_us = (gint64) reader_u32 (&r) * IKE_SECOND;

	if (reader_finish (&r) == STATUS_OK)
		/* Never at once again: a gateway that says 0 would be asked without end. */
		s->reauth_us = s->now_us + MAX (lifetime_us - MIN (lifetime_us / 10, 60 * IKE_SECOND), IKE_LEAST_REAUTH_US);
}

void
ike_ex_child_apply (IkeSession *s, IkeMessage *message)
{
	IkeEffect made = { 0 };
	IkeEffect *effect;
	const char *detail;
	Status status = check (s, message, &made.child, &made.configuration, &detail);

	if (status != STATUS_OK)
	{
		/* The IKE SA stands already at the gateway. */
		ike_effect_clear (&made);
		ike_ex_delete_begin (s, status, detail);
		return;
	}
	effect = ike_push (s, IKE_EFFECT_CONFIG);
	effect->configuration = made.configuration;
	ike_children_add (s, &made.child, 0, FALSE);
	g_clear_pointer (&s->auth.eap_peer, eap_peer_free);
	secret_clear (&s->auth.psk);
	s->phase = IKE_PHASE_ESTABLISHED;
	s->mobike = s->profile.mobike && ike_message_find_notify (message, IKE_NOTIFY_MOBIKE_SUPPORTED) != NULL;
	take_lifetime (s, message);
	ike_sa_take_over (s, s->sa);
	ike_live_begin (s);
	ike_push_state (s, IKE_STATE_ESTABLISHED);
}
