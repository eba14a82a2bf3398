/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The CHILD SA that IKE_AUTH makes (RFC 7296 sections 1.2, 2.9, 2.19): checked whole, then applied whole. */
#include "session.h"

/* Whether each granted selector lies within one that we asked for (section 2.9: narrowing). */
static gboolean
within (const IkePayload *granted, const InetSelector *asked, gsize n_asked)
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

static gsize
asked_local (const IkeSession *s, InetSelector asked[2])
{
	gsize n = 0;

	if (!s->profile.request_address)
		asked[n++] = inet_selector_host (&s->sa->path.local.address);
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

	if (!within (tsi, local, asked_local (s, local)) || !within (tsr, s->profile.remote, s->profile.n_remote))
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
	guint8 type = 0;
	IkeSchema schema = s->auth.eap_peer != NULL ? IKE_SCHEMA_AUTH_FINAL_RESPONSE : IKE_SCHEMA_AUTH_WHOLE_RESPONSE;
	Status status = ike_schema_check (schema, message, &type);

	*ret_detail = NULL;
	if (status != STATUS_OK)
		return status;
	status = ike_choice_esp (&offer, ike_message_find (message, IKE_PAYLOAD_SA, NULL), &child->suite, &child->esn,
	                         &child->spi_out);
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
	child->spi_in = s->auth.child_spi;
	child->path = s->sa->path;
	return ike_keymat_child (s->sa->choice.prf, secret_view (&s->sa->keys.d), SLICE_ARRAY (s->init.nonce),
	                         slice_bytes (s->sa->nonce_r), child);
}

static void
note_child (IkeSession *s, const IkeChild *child)
{
	g_autoptr (GString) text = g_string_new (NULL);
	char selector[INET_TEXT_OCTETS];

	for (gsize i = 0; i < child->n_remote && i < 8; i++)
		g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", inet_selector_to_text (&child->remote[i], selector));
	ike_note (s, "CHILD SA: %s-%u%s, networks %s", ike_encr_name (child->suite.encr), child->suite.key_bits,
	          child->esn ? ", ESN" : "", text->str);
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
	note_child (s, &made.child);
	effect = ike_push (s, IKE_EFFECT_CONFIG);
	effect->configuration = made.configuration;
	ike_push_keys (s, s->sa, &made.child);
	s->child = (IkeChild){ .spi_in = made.child.spi_in, .spi_out = made.child.spi_out, .suite = made.child.suite };
	s->has_child = TRUE;
	effect = ike_push (s, IKE_EFFECT_CHILD_ADD);
	effect->child = made.child;
	g_clear_pointer (&s->auth.eap_peer, eap_peer_free);
	secret_clear (&s->auth.psk);
	s->phase = IKE_PHASE_ESTABLISHED;
	ike_push_state (s, IKE_STATE_ESTABLISHED);
}
