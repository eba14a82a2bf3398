/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CREATE_CHILD_SA that we start for the IKE SA itself (RFC 7296 sections 1.3.2 and 2.18). */
#include "session.h"

#define MAX_PAYLOADS 3

static Status
send_request (IkeSession *s, IkeSa *sa)
{
	IkeProposal proposals[IKE_OFFER_PROPOSALS];
	IkePayload payloads[MAX_PAYLOADS];
	IkeOffer offer = ike_offer_of (s);
	IkeCreate *create = &sa->create;
	guint n = 0, n_proposals = ike_offer_ike (&offer, kex_id (create->kex), proposals);

	for (guint i = 0; i < n_proposals; i++)
		ike_proposal_set_spi (&proposals[i], create->ike_spi, 8);
	payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_SA, .sa = { (guint8) n_proposals, proposals } };
	payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_NONCE, .nonce = { SLICE_ARRAY (create->nonce) } };
	payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_KE,
		                          .ke = { ike_group_from_kex (kex_id (create->kex)), kex_public (create->kex) } };
	sa->work = IKE_WORK_REKEY_IKE;
	sa->work_child = 0;
	return ike_request_protected (s, sa, IKE_EXCHANGE_CREATE_CHILD_SA, payloads, n, IKE_REQUEST_SENDS);
}

static void
refused (IkeSession *s, IkeSa *sa)
{
	sa->rekey_us = ike_work_again (s, ++sa->n_refused);
	if (sa->rekey_us == G_MAXINT64)
		ike_want_new_ike (s, "the gateway does not renew the IKE SA");
}

void
ike_ex_rekey_begin (IkeSession *s)
{
	IkeSa *sa = s->sa;
	Status status;

	ike_create_clear (&sa->create);
	status = rng_fill (&s->rng, (guint8 *) &sa->create.ike_spi, sizeof sa->create.ike_spi);
	/* An SPI of zero means none. */
	sa->create.ike_spi |= sa->create.ike_spi == 0;
	if (status == STATUS_OK)
		status = rng_fill (&s->rng, sa->create.nonce, sizeof sa->create.nonce);
	if (status == STATUS_OK)
		status = kex_new (sa->choice.group, &s->rng, &sa->create.kex);
	ike_note (s, "renewing the IKE SA");
	if (status == STATUS_OK)
		status = send_request (s, sa);
	if (status != STATUS_OK)
		refused (s, sa);
}

/* Computes everything, changes only @made. */
static Status
check (const IkeSession *s, const IkeSa *sa, const IkeMessage *message, IkeSa *made)
{
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	const IkePayload *nonce = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL);
	const IkePayload *answer = ike_message_find (message, IKE_PAYLOAD_SA, NULL);
	const IkeCreate *create = &sa->create;
	g_auto (Secret) shared = SECRET_INIT;
	IkeOffer offer = ike_offer_of (s);
	guint8 type;
	Status status = ike_schema_check (IKE_SCHEMA_REKEY_IKE_RESPONSE, message, &type);

	if (status == STATUS_OK)
		status = ike_choice_ike (&offer, answer, &made->choice);
	if (status != STATUS_OK)
		return status;
	if (!ike_proposal_spi8 (&answer->sa.proposals[0], &made->spi_r) || made->choice.group != kex_id (create->kex) ||
	    ke->ke.group != ike_group_from_kex (made->choice.group) || nonce->nonce.value.len < IKE_LEAST_NONCE_OCTETS ||
	    nonce->nonce.value.len > IKE_MOST_NONCE_OCTETS)
		return STATUS_MALFORMED;
	made->spi_i = create->ike_spi;
	made->initiator = TRUE;
	status = kex_derive (create->kex, ke->ke.value, &shared);
	if (status == STATUS_OK)
		status = ike_keymat_rekey (sa->choice.prf, secret_view (&sa->keys.d), made->choice.prf, &made->choice.suite,
		                           secret_view (&shared), SLICE_ARRAY (create->nonce), nonce->nonce.value, made->spi_i,
		                           made->spi_r, &made->keys);
	return status == STATUS_OK ? ike_sa_make_protection (made) : status;
}

/* As with CHILD SAs: the one with the lowest nonce is deleted by whoever began it, the old one by whoever began the other
 * (section 2.8.2). */
static void
apply (IkeSession *s, IkeSa *sa, const IkeMessage *message, IkeSa *made)
{
	IkeCreate *create = &sa->create;
	Slice theirs = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL)->nonce.value, ours = SLICE_ARRAY (create->nonce);
	Slice lower = ike_nonce_compare (ours, theirs) < 0 ? ours : theirs;
	IkeSa *rival = create->rival_sa;

	ike_sa_inherit (made, sa);
	s->sas[s->n_sas++] = made;
	ike_push_keys (s, made, NULL);
	made->up = TRUE;
	if (rival != NULL && ike_nonce_compare (lower, slice_bytes (create->rival_nonce)) < 0)
	{
		ike_note (s, "both sides renewed the IKE SA: ours goes");
		made->replaced = made->delete_wanted = TRUE;
		made->rekey_us = made->expire_us = made->patience_us = G_MAXINT64;
		ike_sa_take_over (s, rival);
		return;
	}
	ike_sa_take_over (s, made);
	sa->delete_wanted = !sa->gone;
	if (rival == NULL)
		return;
	ike_note (s, "both sides renewed the IKE SA: that of the gateway goes");
	rival->replaced = TRUE;
	rival->rekey_us = rival->expire_us = G_MAXINT64;
	rival->patience_us = s->now_us + IKE_PATIENCE_US;
}

void
ike_ex_rekey_failed (IkeSession *s, IkeSa *sa, guint16 error)
{
	IkeSa *rival = sa->create.rival_sa;

	ike_create_clear (&sa->create);
	if (rival != NULL)
	{
		ike_sa_take_over (s, rival);
		return;
	}
	if (error == IKE_NOTIFY_NO_ADDITIONAL_SAS || error == IKE_NOTIFY_NO_PROPOSAL_CHOSEN)
	{
		sa->rekey_us = G_MAXINT64;
		ike_want_new_ike (s, "the gateway does not renew the IKE SA");
	}
	else
		refused (s, sa);
}

static void
response (IkeSession *s, IkeSa *sa, IkeMessage *message)
{
	const IkePayload *invalid_ke = ike_message_find_notify (message, IKE_NOTIFY_INVALID_KE_PAYLOAD);
	const IkePayload *error = ike_reason_find (message);
	IkeSa *made;
	Status status;

	if (invalid_ke != NULL && !sa->gone && ike_create_follow_group (s, &sa->create, invalid_ke) &&
	    send_request (s, sa) == STATUS_OK)
		return;
	if (error != NULL)
	{
		ike_ex_rekey_failed (s, sa, error->notify.notify_type);
		return;
	}
	made = g_new0 (IkeSa, 1);
	status = s->n_sas < IKE_MAX_SAS ? check (s, sa, message, made) : STATUS_TOO_LARGE;
	if (status != STATUS_OK)
	{
		ike_sa_free (made);
		sa->work = IKE_WORK_REKEY_IKE;
		ike_work_failed (s, sa, status);
		return;
	}
	apply (s, sa, message, made);
	ike_create_clear (&sa->create);
}

void
ike_ex_rekey_response (IkeSession *s, IkeSa *sa, IkeMessage *message)
{
	response (s, sa, message);
	if (sa->gone)
		ike_sa_lose (s, sa);
}
