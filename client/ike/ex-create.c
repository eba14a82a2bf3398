/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CREATE_CHILD_SA that we start for CHILD SAs (RFC 7296 sections 1.3.1, 1.3.3 and 2.8). */
#include "session.h"

#define MAX_PAYLOADS 6

void
ike_create_clear (IkeCreate *create)
{
	g_clear_pointer (&create->kex, kex_free);
	g_clear_pointer (&create->rival_nonce, g_bytes_unref);
	*create = (IkeCreate){ 0 };
}

gint
ike_nonce_compare (Slice a, Slice b)
{
	gint order = memcmp (a.data, b.data, MIN (a.len, b.len));

	return order != 0 ? order : (gint) a.len - (gint) b.len;
}

gboolean
ike_create_follow_group (IkeSession *s, IkeCreate *create, const IkePayload *invalid_ke)
{
	Reader r = reader (invalid_ke->notify.value);
	guint16 group = reader_u16 (&r);
	IkeOffer offer = ike_offer_of (s);
	KexId kex;

	if (reader_finish (&r) != STATUS_OK || !ike_group_offered (&offer, group) || !ike_group_to_kex (group, &kex) ||
	    ++create->n_tries > IKE_MAX_INVALID_KE || (create->kex != NULL && kex_id (create->kex) == kex))
		return FALSE;
	g_clear_pointer (&create->kex, kex_free);
	return kex_new (kex, &s->rng, &create->kex) == STATUS_OK;
}

static void
fill_selectors (IkePayload *payload, guint8 type, const InetSelector *selectors, gsize n)
{
	payload->type = type;
	payload->ts.n_selectors = (guint8) MIN (n, (gsize) IKE_MAX_SELECTORS);
	memcpy (payload->ts.selectors, selectors, payload->ts.n_selectors * sizeof *selectors);
}

static void
put_u32 (guint8 octets[4], guint32 value)
{
	for (guint i = 0; i < 4; i++)
		octets[i] = (guint8) (value >> (24 - 8 * i));
}

/* The same again with what .create says now. */
static Status
send_request (IkeSession *s, IkeSa *sa, const IkeChildSa *child)
{
	IkeProposal proposals[IKE_OFFER_PROPOSALS];
	g_autofree IkePayload *payloads = g_new0 (IkePayload, MAX_PAYLOADS);
	IkeOffer offer = ike_offer_of (s);
	IkeCreate *create = &sa->create;
	guint8 spi[4];
	guint n = 0, n_proposals;

	offer.pfs = create->kex != NULL;
	put_u32 (spi, child->spi_in);
	payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_NOTIFY,
		                          .notify = { IKE_PROTOCOL_ESP, SLICE_ARRAY (spi), IKE_NOTIFY_REKEY_SA } };
	n_proposals =
	    ike_offer_esp (&offer, create->child_spi, create->kex != NULL ? kex_id (create->kex) : KEX_ECP_256, proposals);
	payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_SA, .sa = { (guint8) n_proposals, proposals } };
	payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_NONCE, .nonce = { SLICE_ARRAY (create->nonce) } };
	if (create->kex != NULL)
		payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_KE,
			                          .ke = { ike_group_from_kex (kex_id (create->kex)), kex_public (create->kex) } };
	fill_selectors (&payloads[n++], IKE_PAYLOAD_TSI, child->local, child->n_local);
	fill_selectors (&payloads[n++], IKE_PAYLOAD_TSR, child->remote, child->n_remote);
	sa->work = IKE_WORK_REKEY_CHILD;
	sa->work_child = child->spi_in;
	return ike_request_protected (s, sa, IKE_EXCHANGE_CREATE_CHILD_SA, payloads, n, IKE_REQUEST_SENDS);
}

/* Refused, or of no use: tried again later, a few times. */
static void
refused (IkeSession *s, IkeChildSa *child)
{
	child->rekey_us = ike_work_again (s, ++child->n_refused);
	if (child->rekey_us == G_MAXINT64)
		ike_want_new_ike (s, "the gateway does not renew the CHILD SA");
}

void
ike_ex_create_rekey (IkeSession *s, IkeChildSa *child)
{
	IkeSa *sa = s->sa;
	Status status;

	ike_create_clear (&sa->create);
	status = ike_children_new_spi (s, &sa->create.child_spi);
	if (status == STATUS_OK)
		status = rng_fill (&s->rng, sa->create.nonce, sizeof sa->create.nonce);
	if (status == STATUS_OK && s->profile.pfs)
		status = kex_new (sa->choice.group, &s->rng, &sa->create.kex);
	ike_note (s, "renewing the CHILD SA %08x", child->spi_in);
	if (status == STATUS_OK)
		status = send_request (s, sa, child);
	if (status != STATUS_OK)
		refused (s, child);
}

/* Computes everything, changes only @made. @child: that is replaced */
static Status
check (const IkeSession *s, const IkeSa *sa, const IkeChildSa *child, const IkeMessage *message, IkeChild *made)
{
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	const IkePayload *nonce = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL);
	const IkePayload *tsi = ike_message_find (message, IKE_PAYLOAD_TSI, NULL);
	const IkePayload *tsr = ike_message_find (message, IKE_PAYLOAD_TSR, NULL);
	const IkeCreate *create = &sa->create;
	g_auto (Secret) shared = SECRET_INIT;
	IkeOffer offer = ike_offer_of (s);
	IkeEspChoice choice;
	guint8 type;
	Status status = ike_schema_check (IKE_SCHEMA_CREATE_CHILD_RESPONSE, message, &type);

	offer.pfs = create->kex != NULL;
	if (status == STATUS_OK)
		status = ike_choice_esp (&offer, ike_message_find (message, IKE_PAYLOAD_SA, NULL), &choice);
	if (status != STATUS_OK)
		return status;
	if (nonce->nonce.value.len < IKE_LEAST_NONCE_OCTETS || nonce->nonce.value.len > IKE_MOST_NONCE_OCTETS ||
	    choice.has_group != (ke != NULL))
		return STATUS_MALFORMED;
	if (choice.has_group && (ke->ke.group != ike_group_from_kex (choice.group) || choice.group != kex_id (create->kex)))
		return STATUS_MALFORMED;
	if (!ike_child_within (tsi, child->local, child->n_local) ||
	    !ike_child_within (tsr, child->remote, child->n_remote))
		return STATUS_TS_UNACCEPTABLE;
	if (choice.has_group)
		status = kex_derive (create->kex, ke->ke.value, &shared);
	if (status != STATUS_OK)
		return status;
	made->spi_in = create->child_spi;
	made->spi_out = choice.spi;
	made->suite = choice.suite;
	made->esn = choice.esn;
	made->path = sa->path;
	made->n_local = tsi->ts.n_selectors;
	made->local = g_memdup2 (tsi->ts.selectors, made->n_local * sizeof *made->local);
	made->n_remote = tsr->ts.n_selectors;
	made->remote = g_memdup2 (tsr->ts.selectors, made->n_remote * sizeof *made->remote);
	return ike_keymat_child (sa->choice.prf, secret_view (&sa->keys.d), secret_view (&shared),
	                         SLICE_ARRAY (create->nonce), nonce->nonce.value, TRUE, made);
}

/* Of two new SAs that which has the lowest nonce goes again, deleted by whoever began it; whoever began the other deletes
 * the old one (section 2.8.1). */
static void
apply (IkeSession *s, IkeSa *sa, const IkeMessage *message, IkeChild *made)
{
	IkeCreate *create = &sa->create;
	Slice theirs = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL)->nonce.value, ours = SLICE_ARRAY (create->nonce);
	Slice lower = ike_nonce_compare (ours, theirs) < 0 ? ours : theirs;
	gboolean redundant =
	    create->rival_nonce != NULL && ike_nonce_compare (lower, slice_bytes (create->rival_nonce)) < 0;
	guint32 spi_in = made->spi_in;
	IkeChildSa *child, *rival;

	ike_children_add (s, made, sa->work_child, redundant);
	child = ike_children_find (s, sa->work_child);
	rival = create->rival_nonce != NULL ? ike_children_find (s, create->rival_child) : NULL;
	if (redundant)
	{
		IkeChildSa *again = ike_children_find (s, spi_in);

		ike_note (s, "both sides renewed it: ours goes");
		again->replaced = again->delete_wanted = TRUE;
		return;
	}
	if (rival != NULL)
	{
		ike_note (s, "both sides renewed it: that of the gateway goes");
		rival->replaced = TRUE;
		rival->rekey_us = G_MAXINT64;
		rival->patience_us = s->now_us + IKE_PATIENCE_US;
	}
	if (child != NULL && child->drop_us == G_MAXINT64)
		child->delete_wanted = TRUE;
}

static void
child_is_lost (IkeSession *s, IkeChildSa *child)
{
	/* The gateway has it no more, and nothing in its place. */
	ike_children_drop (s, child);
	if (ike_children_alive (s) == 0)
		ike_want_new_ike (s, "the gateway has lost the CHILD SA");
}

void
ike_ex_create_failed (IkeSession *s, IkeSa *sa, guint16 error)
{
	IkeChildSa *child = ike_children_find (s, sa->work_child);
	gboolean rival = sa->create.rival_nonce != NULL && ike_children_find (s, sa->create.rival_child) != NULL;

	ike_create_clear (&sa->create);
	/* The gateway made another in its place meanwhile, or has deleted it. */
	if (rival || child == NULL || child->replaced || child->drop_us != G_MAXINT64)
		return;
	if (error == IKE_NOTIFY_CHILD_SA_NOT_FOUND)
		child_is_lost (s, child);
	else if (error == IKE_NOTIFY_NO_ADDITIONAL_SAS)
	{
		child->rekey_us = G_MAXINT64;
		ike_want_new_ike (s, "the gateway does not renew CHILD SAs");
	}
	else
		refused (s, child);
}

void
ike_ex_create_response (IkeSession *s, IkeSa *sa, IkeWork work, IkeMessage *message)
{
	IkeChildSa *child = ike_children_find (s, sa->work_child);
	const IkePayload *invalid_ke = ike_message_find_notify (message, IKE_NOTIFY_INVALID_KE_PAYLOAD);
	const IkePayload *error = ike_reason_find (message);
	IkeEffect scratch = { 0 };
	Status status;

	if (invalid_ke != NULL && child != NULL && sa->create.kex != NULL &&
	    ike_create_follow_group (s, &sa->create, invalid_ke) && send_request (s, sa, child) == STATUS_OK)
		return;
	if (error != NULL)
	{
		ike_ex_create_failed (s, sa, error->notify.notify_type);
		return;
	}
	/* Deleted meanwhile by the gateway: what it granted is nothing that we could use. */
	if (child == NULL || s->n_children == IKE_MAX_CHILDREN)
	{
		ike_create_clear (&sa->create);
		return;
	}
	status = check (s, sa, child, message, &scratch.child);
	if (status != STATUS_OK)
	{
		sa->work = work;
		ike_work_failed (s, sa, status);
	}
	else
	{
		apply (s, sa, message, &scratch.child);
		ike_create_clear (&sa->create);
	}
	ike_effect_clear (&scratch);
}
