/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#define FIRST_WAIT_US (IKE_SECOND / 2)
#define DEFAULT_FRAGMENT_OCTETS (1280 - 48) /* IPv6 and UDP headers within the least MTU of IPv6 */

void
ike_request_clear (IkeRequest *request)
{
	g_clear_pointer (&request->datagrams, g_ptr_array_unref);
	request->active = FALSE;
}

/* 0.5, 1, 2, 4, 8 s, each 10 % more or less so that clients of one gateway do not march in step. */
static gint64
wait_us (IkeSession *s, guint n_sent)
{
	gint64 wait = FIRST_WAIT_US << (n_sent - 1);
	guint8 random[2] = { 0x80, 0 };

	/* Without randomness the wait is still right. */
	(void) rng_fill (&s->rng, random, sizeof random);
	return wait - wait / 10 + wait / 5 * (random[0] << 8 | random[1]) / 65536;
}

static void
send_all (IkeSession *s, IkeRequest *request)
{
	for (guint i = 0; i < request->datagrams->len; i++)
		ike_push_send (s, &request->path, request->datagrams->pdata[i]);
	request->n_sent++;
	request->next_us = s->now_us + wait_us (s, request->n_sent);
}

void
ike_request_start (IkeSession *s, IkeRequest *request, const IkeHeader *header, const IkePath *path,
                   GPtrArray *datagrams, guint most)
{
	ike_request_clear (request);
	request->active = TRUE;
	request->header = *header;
	request->path = *path;
	request->datagrams = datagrams;
	request->n_sent = 0;
	request->most = most;
	request->started_us = s->now_us;
	send_all (s, request);
}

gboolean
ike_request_tick (IkeSession *s, IkeRequest *request)
{
	IkeEffect *effect;

	if (!request->active || s->now_us < request->next_us)
		return TRUE;
	if (request->n_sent >= request->most)
		return FALSE;
	effect = ike_push (s, IKE_EFFECT_TRACE);
	effect->trace.kind = IKE_TRACE_RESENT;
	effect->trace.path = request->path;
	effect->trace.header = request->header;
	effect->trace.n_datagrams = request->datagrams->len;
	for (guint i = 0; i < request->datagrams->len; i++)
		effect->trace.wire_octets += g_bytes_get_size (request->datagrams->pdata[i]);
	send_all (s, request);
	return TRUE;
}

gsize
ike_fragment_octets (const IkeSession *s, const IkeSa *sa)
{
	if (!sa->fragmentation)
		return 0;
	return s->profile.fragment_octets > 0 ? s->profile.fragment_octets : DEFAULT_FRAGMENT_OCTETS;
}

void
ike_request_restart (IkeSession *s, IkeRequest *request)
{
	request->n_sent = 0;
	send_all (s, request);
}

Status
ike_request_protected (IkeSession *s, IkeSa *sa, guint8 exchange, const IkePayload *payloads, guint n, guint most)
{
	GPtrArray *datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkeHeader header = ike_sa_header (sa, exchange, FALSE, sa->next_message_id);
	Status status = ike_protect_seal (&sa->out, &header, payloads, n, ike_fragment_octets (s, sa), datagrams);

	if (status != STATUS_OK)
	{
		g_ptr_array_unref (datagrams);
		return status;
	}
	sa->next_message_id++;
	ike_trace_sent (s, &sa->path, &header, payloads, n, datagrams, TRUE);
	ike_request_start (s, &sa->request, &header, &sa->path, datagrams, most);
	return STATUS_OK;
}
