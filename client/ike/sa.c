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
	g_clear_pointer (&sa->nonce_r, g_bytes_unref);
	g_clear_pointer (&sa->response, g_bytes_unref);
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
	g_clear_pointer (&s->init.kex, kex_free);
	ike_request_clear (&s->init.request);
}
