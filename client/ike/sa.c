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
	g_free (sa);
}

void
ike_sa_win (IkeSession *s, IkeSa *sa)
{
	for (guint i = 0; i < s->n_candidates; i++)
		if (s->candidates[i] != sa)
			ike_sa_free (s->candidates[i]);
	s->candidates[0] = sa;
	s->n_candidates = 1;
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

	for (guint i = 0; i < s->n_candidates; i++)
		if (s->candidates[i] != sa)
			s->candidates[n++] = s->candidates[i];
	s->n_candidates = n;
	if (s->sa == sa)
		s->sa = NULL;
	ike_sa_free (sa);
}

gboolean
ike_sa_others (const IkeSession *s, const IkeSa *sa)
{
	for (guint i = 0; i < s->n_candidates; i++)
		if (s->candidates[i] != sa &&
		    (s->candidates[i]->request.active || s->candidates[i]->sign_ask != 0 || s->candidates[i] == s->sa))
			return TRUE;
	return FALSE;
}
