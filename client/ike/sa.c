/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

void
ike_sa_free (IkeSa *sa)
{
	if (sa == NULL)
		return;
	ike_keymat_clear (&sa->keys);
	ike_protect_clear (&sa->out);
	ike_protect_clear (&sa->in);
	ike_request_clear (&sa->request);
	ike_reassembly_clear (&sa->reassembly);
	g_clear_pointer (&sa->message, g_bytes_unref);
	g_clear_pointer (&sa->nonce_r, g_bytes_unref);
	g_clear_pointer (&sa->response, g_bytes_unref);
	g_clear_pointer (&sa->peer_first, g_bytes_unref);
	g_clear_pointer (&sa->peer_request, g_bytes_unref);
	g_clear_pointer (&sa->peer_answer, g_ptr_array_unref);
	ike_create_clear (&sa->create);
	g_free (sa);
}

Status
ike_sa_make_protection (IkeSa *sa)
{
	Secret *mine = sa->initiator ? &sa->keys.ei : &sa->keys.er, *theirs = sa->initiator ? &sa->keys.er : &sa->keys.ei;
	Secret *integ_out = sa->initiator ? &sa->keys.ai : &sa->keys.ar;
	Secret *integ_in = sa->initiator ? &sa->keys.ar : &sa->keys.ai;
	Status status;

	sa->out.suite = sa->in.suite = sa->choice.suite;
	status = aead_new (&sa->choice.suite, secret_view (mine), secret_view (integ_out), &sa->out.aead);
	if (status == STATUS_OK)
		status = aead_new (&sa->choice.suite, secret_view (theirs), secret_view (integ_in), &sa->in.aead);
	return status;
}

IkeHeader
ike_sa_header (const IkeSa *sa, guint8 exchange, gboolean response, guint32 message_id)
{
	return (IkeHeader){
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.version = 0x20,
		.exchange = exchange,
		.from_initiator = sa->initiator,
		.response = response,
		.message_id = message_id,
	};
}

void
ike_sa_inherit (IkeSa *sa, const IkeSa *old)
{
	sa->path = old->path;
	sa->fragmentation = old->fragmentation;
	sa->nat_local = old->nat_local;
	sa->nat_remote = old->nat_remote;
	sa->hashes = old->hashes;
	sa->software = old->software;
	sa->rekey_us = sa->expire_us = sa->patience_us = G_MAXINT64;
}

void
ike_sa_take_over (IkeSession *s, IkeSa *sa)
{
	IkeSa *old = s->sa;

	sa->up = TRUE;
	sa->rekey_us = ike_rekey_time (s, s->profile.ike_lifetime_us);
	sa->expire_us = s->now_us + s->profile.ike_lifetime_us;
	sa->patience_us = G_MAXINT64;
	s->sa = sa;
	if (old == NULL || old == sa)
		return;
	old->replaced = TRUE;
	old->rekey_us = old->expire_us = G_MAXINT64;
	old->patience_us = s->now_us + IKE_PATIENCE_US;
}

void
ike_sa_win (IkeSession *s, IkeSa *sa)
{
	for (guint i = 0; i < s->n_sas; i++)
		if (s->sas[i] != sa)
			ike_sa_free (s->sas[i]);
	s->sas[0] = sa;
	s->n_sas = 1;
	s->sa = sa;
	/* RFC 7296 section 2.12: nobody can derive these keys again. */
	for (guint i = 0; i < s->init.n_tries; i++)
		g_clear_pointer (&s->init.tries[i].kex, kex_free);
	ike_request_clear (&s->init.request);
}

void
ike_sa_lose (IkeSession *s, IkeSa *sa)
{
	guint n = 0;

	for (guint i = 0; i < s->n_sas; i++)
		if (s->sas[i] != sa)
			s->sas[n++] = s->sas[i];
	s->n_sas = n;
	if (s->sa == sa)
		s->sa = NULL;
	for (guint i = 0; i < s->n_sas; i++)
		if (s->sas[i]->create.rival_sa == sa)
		{
			s->sas[i]->create.rival_sa = NULL;
			g_clear_pointer (&s->sas[i]->create.rival_nonce, g_bytes_unref);
		}
	ike_sa_free (sa);
}

gboolean
ike_sa_others (const IkeSession *s, const IkeSa *sa)
{
	for (guint i = 0; i < s->n_sas; i++)
		if (s->sas[i] != sa && (s->sas[i]->request.active || s->sas[i]->sign_ask != 0 || s->sas[i] == s->sa))
			return TRUE;
	return FALSE;
}
