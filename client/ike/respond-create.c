/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CREATE_CHILD_SA that the gateway starts (RFC 7296 section 1.3): its rekeys, and further CHILD SAs within our profile. */
#include "session.h"

static Slice
put_u16 (guint8 octets[2], guint16 value)
{
	octets[0] = (guint8) (value >> 8);
	octets[1] = (guint8) value;
	return slice (octets, 2);
}

static void
refuse (IkeSession *s, IkeAnswer *answer, guint16 type)
{
	ike_note (s, "refused: %s", ike_number_name (IKE_NUMBERS_NOTIFY, type));
	ike_answer_notify (answer, type, SLICE_NONE);
}

static void
refuse_group (IkeSession *s, IkeAnswer *answer, KexId wanted)
{
	ike_note (s, "refused: the key exchange shall be %s",
	          ike_number_name (IKE_NUMBERS_KE, ike_group_from_kex (wanted)));
	ike_answer_notify (answer, IKE_NOTIFY_INVALID_KE_PAYLOAD, put_u16 (answer->group, ike_group_from_kex (wanted)));
}

/* Our half of the key exchange, and the secret. */
static Status
exchange (IkeSession *s, const IkePayload *ke, KexId group, IkeAnswer *answer, Secret *ret_shared)
{
	Status status = kex_new (group, &s->rng, &answer->kex);

	return status == STATUS_OK ? kex_derive (answer->kex, ke->ke.value, ret_shared) : status;
}

static gboolean
nonce_good (const IkePayload *nonce)
{
	return nonce->nonce.value.len >= IKE_LEAST_NONCE_OCTETS && nonce->nonce.value.len <= IKE_MOST_NONCE_OCTETS;
}

/* SA, Nr and KEr, in the order of appendix C. */
static void
add_common (IkeAnswer *answer)
{
	answer->payloads[answer->n++] = (IkePayload){ .type = IKE_PAYLOAD_SA, .sa = { 1, &answer->proposal } };
	answer->payloads[answer->n++] = (IkePayload){ .type = IKE_PAYLOAD_NONCE, .nonce = { SLICE_ARRAY (answer->nonce) } };
	if (answer->kex != NULL)
		answer->payloads[answer->n++] =
		    (IkePayload){ .type = IKE_PAYLOAD_KE,
			              .ke = { ike_group_from_kex (kex_id (answer->kex)), kex_public (answer->kex) } };
}

static void
keep_rival (IkeAnswer *answer, const IkePayload *nonce)
{
	Slice ours = SLICE_ARRAY (answer->nonce);
	Slice lower = ike_nonce_compare (ours, nonce->nonce.value) < 0 ? ours : nonce->nonce.value;

	answer->rival_nonce = slice_dup (lower);
}

static Status
make_ike (IkeSession *s, const IkeSa *sa, const IkeMessage *message, const IkeChoice *choice, guint64 spi_i,
          IkeAnswer *answer)
{
	g_auto (Secret) shared = SECRET_INIT;
	IkeSa *made = answer->sa = g_new0 (IkeSa, 1);
	Status status = exchange (s, ike_message_find (message, IKE_PAYLOAD_KE, NULL), choice->group, answer, &shared);

	if (status == STATUS_OK)
		status = rng_fill (&s->rng, answer->nonce, sizeof answer->nonce);
	if (status == STATUS_OK)
		status = rng_fill (&s->rng, (guint8 *) &made->spi_r, sizeof made->spi_r);
	if (status != STATUS_OK)
		return status;
	ike_sa_inherit (made, sa);
	made->choice = *choice;
	made->spi_i = spi_i;
	made->spi_r |= made->spi_r == 0;
	made->initiator = FALSE;
	status = ike_keymat_rekey (sa->choice.prf, secret_view (&sa->keys.d), choice->prf, &choice->suite,
	                           secret_view (&shared), ike_message_find (message, IKE_PAYLOAD_NONCE, NULL)->nonce.value,
	                           SLICE_ARRAY (answer->nonce), made->spi_i, made->spi_r, &made->keys);
	return status == STATUS_OK ? ike_sa_make_protection (made) : status;
}

static void
respond_ike (IkeSession *s, IkeSa *sa, const IkeMessage *message, IkeAnswer *answer)
{
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	const IkePayload *nonce = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL);
	IkeOffer offer = ike_offer_of (s);
	IkeCollide collide = ike_collide (s, sa, IKE_ASKED_REKEY_IKE, 0);
	IkeChoice choice;
	guint64 spi_i;

	if (ke == NULL || !nonce_good (nonce))
		refuse (s, answer, IKE_NOTIFY_INVALID_SYNTAX);
	else if (collide == IKE_COLLIDE_LATER || s->n_sas == IKE_MAX_SAS || sa->create.rival_sa != NULL)
		refuse (s, answer, IKE_NOTIFY_TEMPORARY_FAILURE);
	else if (ike_select_ike (&offer, ike_message_find (message, IKE_PAYLOAD_SA, NULL), ke->ke.group, &answer->proposal,
	                         &choice, &spi_i) != STATUS_OK)
		refuse (s, answer, IKE_NOTIFY_NO_PROPOSAL_CHOSEN);
	else if (ike_group_from_kex (choice.group) != ke->ke.group)
		refuse_group (s, answer, choice.group);
	else if (make_ike (s, sa, message, &choice, spi_i, answer) != STATUS_OK)
	{
		g_clear_pointer (&answer->sa, ike_sa_free);
		refuse (s, answer, IKE_NOTIFY_NO_PROPOSAL_CHOSEN);
	}
	else
	{
		ike_note (s, "the gateway renews the IKE SA");
		ike_proposal_set_spi (&answer->proposal, answer->sa->spi_r, 8);
		add_common (answer);
		if (collide == IKE_COLLIDE_RIVAL)
			keep_rival (answer, nonce);
	}
}

/* The gateway begins: its TSi is our remote side. Kept is what lies within what we have, or may have. */
static gsize
narrow (const IkePayload *asked, const InetSelector *own, gsize n_own, InetSelector *ret_selectors)
{
	gsize n = 0;

	for (guint8 i = 0; i < asked->ts.n_selectors; i++)
		for (gsize j = 0; j < n_own && n < IKE_MAX_SELECTORS; j++)
			if (inet_selector_intersect (&asked->ts.selectors[i], &own[j], &ret_selectors[n]))
				n++;
	return n;
}

/* Selectors of a child that may be ours: what the first one got, or the profile asks for. */
static gboolean
choose_selectors (IkeSession *s, const IkeMessage *message, const IkeChildSa *old, IkeChild *child)
{
	const IkeChildSa *like = old != NULL ? old : s->n_children > 0 ? &s->children[0] : NULL;
	const IkePayload *tsi = ike_message_find (message, IKE_PAYLOAD_TSI, NULL);
	const IkePayload *tsr = ike_message_find (message, IKE_PAYLOAD_TSR, NULL);
	InetSelector local[IKE_MAX_SELECTORS], remote[IKE_MAX_SELECTORS];

	if (like == NULL)
		return FALSE;
	child->n_local = narrow (tsr, like->local, like->n_local, local);
	child->n_remote = old != NULL ? narrow (tsi, old->remote, old->n_remote, remote)
	                              : narrow (tsi, s->profile.remote, s->profile.n_remote, remote);
	if (child->n_local == 0 || child->n_remote == 0)
		return FALSE;
	child->local = g_memdup2 (local, child->n_local * sizeof *local);
	child->remote = g_memdup2 (remote, child->n_remote * sizeof *remote);
	return TRUE;
}

static void
add_selectors (IkeAnswer *answer, guint8 type, const InetSelector *selectors, gsize n)
{
	IkePayload *payload = &answer->payloads[answer->n++];

	*payload = (IkePayload){ .type = type };
	payload->ts.n_selectors = (guint8) n;
	memcpy (payload->ts.selectors, selectors, n * sizeof *selectors);
}

static Status
make_child (IkeSession *s, const IkeSa *sa, const IkeMessage *message, const IkeEspChoice *choice, IkeAnswer *answer)
{
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	g_auto (Secret) shared = SECRET_INIT;
	IkeChild *child = &answer->child;
	guint32 spi_in;
	Status status = rng_fill (&s->rng, answer->nonce, sizeof answer->nonce);

	if (status == STATUS_OK && choice->has_group)
		status = exchange (s, ke, choice->group, answer, &shared);
	if (status == STATUS_OK)
		status = ike_children_new_spi (s, &spi_in);
	if (status != STATUS_OK)
		return status;
	child->spi_out = choice->spi;
	child->suite = choice->suite;
	child->esn = choice->esn;
	child->path = sa->path;
	status = ike_keymat_child (sa->choice.prf, secret_view (&sa->keys.d), secret_view (&shared),
	                           ike_message_find (message, IKE_PAYLOAD_NONCE, NULL)->nonce.value,
	                           SLICE_ARRAY (answer->nonce), FALSE, child);
	if (status == STATUS_OK)
		child->spi_in = spi_in;
	return status;
}

/* The child that REKEY_SA names by its SPI of the gateway's inbound side. */
static gboolean
find_replaced (IkeSession *s, const IkePayload *rekey, IkeChildSa **ret_child)
{
	Reader r = reader (rekey->notify.spi);
	guint32 spi = reader_u32 (&r);

	*ret_child = reader_finish (&r) == STATUS_OK ? ike_children_find_out (s, spi) : NULL;
	return *ret_child != NULL;
}

static void
refuse_not_found (IkeSession *s, const IkePayload *rekey, IkeAnswer *answer)
{
	gsize n = MIN (rekey->notify.spi.len, sizeof answer->spi);

	ike_note (s, "refused: there is no such CHILD SA");
	memcpy (answer->spi, rekey->notify.spi.data, n);
	answer->payloads[answer->n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_NOTIFY,
		              .notify = { IKE_PROTOCOL_ESP, slice (answer->spi, n), IKE_NOTIFY_CHILD_SA_NOT_FOUND } };
}

static void
finish_child (IkeSession *s, const IkeMessage *message, const IkeChildSa *old, IkeCollide collide, IkeAnswer *answer)
{
	ike_note (s, old != NULL ? "the gateway renews the CHILD SA" : "the gateway adds a CHILD SA");
	ike_proposal_set_spi (&answer->proposal, answer->child.spi_in, 4);
	add_common (answer);
	add_selectors (answer, IKE_PAYLOAD_TSI, answer->child.remote, answer->child.n_remote);
	add_selectors (answer, IKE_PAYLOAD_TSR, answer->child.local, answer->child.n_local);
	answer->replaces = old != NULL ? old->spi_in : 0;
	if (collide == IKE_COLLIDE_RIVAL)
		keep_rival (answer, ike_message_find (message, IKE_PAYLOAD_NONCE, NULL));
}

static void
respond_child (IkeSession *s, IkeSa *sa, const IkeMessage *message, const IkePayload *rekey, IkeAnswer *answer)
{
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	guint16 ke_group = ke != NULL ? ke->ke.group : 0;
	IkeOffer offer = ike_offer_of (s);
	IkeChildSa *old = NULL;
	IkeEspChoice choice;
	IkeCollide collide;

	if (rekey != NULL && !find_replaced (s, rekey, &old))
	{
		refuse_not_found (s, rekey, answer);
		return;
	}
	collide =
	    ike_collide (s, sa, old != NULL ? IKE_ASKED_REKEY_CHILD : IKE_ASKED_NEW_CHILD, old != NULL ? old->spi_in : 0);
	if (ike_message_find (message, IKE_PAYLOAD_TSI, NULL) == NULL ||
	    ike_message_find (message, IKE_PAYLOAD_TSR, NULL) == NULL ||
	    !nonce_good (ike_message_find (message, IKE_PAYLOAD_NONCE, NULL)))
		refuse (s, answer, IKE_NOTIFY_INVALID_SYNTAX);
	else if (collide == IKE_COLLIDE_LATER || (old != NULL && old->replaced))
		refuse (s, answer, IKE_NOTIFY_TEMPORARY_FAILURE);
	else if (s->n_children == IKE_MAX_CHILDREN)
		refuse (s, answer, IKE_NOTIFY_NO_ADDITIONAL_SAS);
	else if (ike_select_esp (&offer, ike_message_find (message, IKE_PAYLOAD_SA, NULL), ke_group, &answer->proposal,
	                         &choice) != STATUS_OK)
		refuse (s, answer, IKE_NOTIFY_NO_PROPOSAL_CHOSEN);
	else if (choice.has_group && ike_group_from_kex (choice.group) != ke_group)
		refuse_group (s, answer, choice.group);
	else if (!choose_selectors (s, message, old, &answer->child))
		refuse (s, answer, IKE_NOTIFY_TS_UNACCEPTABLE);
	else if (make_child (s, sa, message, &choice, answer) != STATUS_OK)
		refuse (s, answer, IKE_NOTIFY_NO_PROPOSAL_CHOSEN);
	else
	{
		if (old != NULL)
			old->patience_us = s->now_us + IKE_PATIENCE_US;
		finish_child (s, message, old, collide, answer);
	}
}

void
ike_respond_create (IkeSession *s, IkeSa *sa, const IkeMessage *message, IkeAnswer *answer)
{
	const IkePayload *offered = ike_message_find (message, IKE_PAYLOAD_SA, NULL);

	/* The protocol of the first proposal says what it is about: SPIs of an IKE SA replace it (section 1.3.2). */
	if (offered->sa.n_proposals > 0 && offered->sa.proposals[0].protocol == IKE_PROTOCOL_IKE)
		respond_ike (s, sa, message, answer);
	else
		respond_child (s, sa, message, ike_message_find_notify (message, IKE_NOTIFY_REKEY_SA), answer);
}
