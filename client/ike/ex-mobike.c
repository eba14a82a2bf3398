/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MOBIKE (RFC 4555): the outer addresses change, the SAs stay. Without it another IKE SA must be made. */
#include "session.h"

#define MAX_PAYLOADS 4

static gboolean
same_way (const IkePath *a, const IkePath *b)
{
	return a->index == b->index && inet_address_equal (&a->local.address, &b->local.address) &&
	       inet_address_equal (&a->remote.address, &b->remote.address);
}

static IkePayload
notify (guint16 type, Slice value)
{
	return (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = type, .value = value } };
}

/* Everything goes the new way at once, also what is in flight: nobody would hear it on the old one. */
static void
move (IkeSession *s, const IkePath *path)
{
	char local[INET_TEXT_OCTETS], remote[INET_TEXT_OCTETS];

	for (guint i = 0; i < s->n_sas; i++)
	{
		IkeSa *sa = s->sas[i];

		sa->path = *path;
		sa->path.remote.port = path->remote.port == IKE_PORT ? IKE_NATT_PORT : path->remote.port;
		sa->request.path = sa->path;
		if (sa->request.active)
			ike_request_restart (s, &sa->request);
	}
	ike_push (s, IKE_EFFECT_PATH)->path = s->sa->path;
	ike_note (s, "the way to the gateway is now from %s to %s", inet_address_to_text (&path->local.address, local),
	          inet_endpoint_to_text (&s->sa->path.remote, remote));
}

void
ike_ex_mobike_paths (IkeSession *s, const IkePath *paths, gsize n_paths)
{
	memcpy (s->paths, paths, n_paths * sizeof *s->paths);
	s->n_paths = n_paths;
	s->path = 0;
	for (gsize i = 0; i < n_paths; i++)
		if (same_way (&paths[i], &s->sa->path))
		{
			s->path = i;
			/* The same addresses, perhaps after an interruption: a look costs two messages. */
			if (!s->sa->request.active)
				s->probe_wanted = TRUE;
			return;
		}
	if (!s->mobike)
	{
		ike_want_new_ike (s, "the network has changed, and the gateway knows no MOBIKE");
		return;
	}
	move (s, &paths[0]);
	s->update_wanted = TRUE;
}

/* RFC 4555 section 3.5: told on the new way, with NAT detection and a cookie that proves that the gateway heard it there. */
void
ike_ex_mobike_begin (IkeSession *s)
{
	guint8 source[IKE_NATD_OCTETS], destination[IKE_NATD_OCTETS];
	IkePayload payloads[MAX_PAYLOADS];
	IkeSa *sa = s->sa;
	guint n = 0;

	s->update_wanted = FALSE;
	if (ike_natd_hash (sa->spi_i, sa->spi_r, &sa->path.local, source) != STATUS_OK ||
	    ike_natd_hash (sa->spi_i, sa->spi_r, &sa->path.remote, destination) != STATUS_OK ||
	    rng_fill (&s->rng, s->cookie2, sizeof s->cookie2) != STATUS_OK)
		return;
	payloads[n++] = notify (IKE_NOTIFY_UPDATE_SA_ADDRESSES, SLICE_NONE);
	payloads[n++] = notify (IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, SLICE_ARRAY (source));
	payloads[n++] = notify (IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, SLICE_ARRAY (destination));
	payloads[n++] = notify (IKE_NOTIFY_COOKIE2, SLICE_ARRAY (s->cookie2));
	sa->work = IKE_WORK_UPDATE;
	(void) ike_request_protected (s, sa, IKE_EXCHANGE_INFORMATIONAL, payloads, n, IKE_REQUEST_SENDS);
}

void
ike_ex_mobike_response (IkeSession *s, IkeSa *sa, IkeMessage *message)
{
	const IkePayload *cookie = ike_message_find_notify (message, IKE_NOTIFY_COOKIE2);

	if (ike_message_find_notify (message, IKE_NOTIFY_UNACCEPTABLE_ADDRESSES) != NULL)
	{
		ike_want_new_ike (s, "the gateway does not accept the new addresses");
		return;
	}
	if (cookie == NULL || !slice_equal (cookie->notify.value, SLICE_ARRAY (s->cookie2)))
	{
		ike_want_new_ike (s, "the gateway did not return the cookie of the new way");
		return;
	}
	sa->nat_local =
	    ike_natd_differs (message, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, sa->spi_i, sa->spi_r, &sa->path.local);
	sa->nat_remote =
	    ike_natd_differs (message, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, sa->spi_i, sa->spi_r, &sa->path.remote);
	ike_note (s, "the gateway follows");
}
