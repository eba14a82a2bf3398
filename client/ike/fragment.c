/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fragment.h"

#include "base/secret.h"

void
ike_reassembly_clear (IkeReassembly *reassembly)
{
	for (gsize i = 0; i < G_N_ELEMENTS (reassembly->parts); i++)
		g_clear_pointer (&reassembly->parts[i], g_bytes_unref);
	*reassembly = (IkeReassembly){ 0 };
}

gboolean
ike_fragment_header_valid (const IkeFragmentHeader *fragment)
{
	return fragment->number > 0 && fragment->number <= fragment->total && fragment->total <= IKE_MAX_FRAGMENTS;
}

static gboolean
same_message (const IkeReassembly *reassembly, const IkeHeader *header)
{
	return reassembly->total > 0 && reassembly->message_id == header->message_id &&
	       reassembly->exchange == header->exchange && reassembly->response == header->response;
}

/* A sender that learns of a smaller path MTU divides anew, into more; then the old fragments are of no use. */
static gboolean
make_room (IkeReassembly *reassembly, const IkeHeader *header, guint16 total)
{
	if (same_message (reassembly, header) && total < reassembly->total)
		return FALSE;
	if (same_message (reassembly, header) && total == reassembly->total)
		return TRUE;
	ike_reassembly_clear (reassembly);
	reassembly->message_id = header->message_id;
	reassembly->exchange = header->exchange;
	reassembly->response = header->response;
	reassembly->total = total;
	return TRUE;
}

/* NULL: no memory */
static GBytes *
join (const IkeReassembly *reassembly)
{
	g_autofree guint8 *whole = g_try_malloc (reassembly->octets + 1);
	gsize at = 0;
	GBytes *bytes;

	if (whole == NULL)
		return NULL;
	for (guint i = 0; i < reassembly->total; i++)
	{
		Slice part = slice_bytes (reassembly->parts[i]);

		if (part.len > 0)
			memcpy (whole + at, part.data, part.len);
		at += part.len;
	}
	bytes = secret_bytes_new (slice (whole, at));
	secret_wipe (whole, at);
	return bytes;
}

IkeFragmentVerdict
ike_reassembly_add (IkeReassembly *reassembly, const IkeHeader *header, const IkeFragmentHeader *fragment,
                    guint8 first_payload, Slice part, GBytes **ret_whole, guint8 *ret_first)
{
	GBytes **place;
	GBytes *whole;
	guint8 first;

	if (!make_room (reassembly, header, fragment->total))
		return IKE_FRAGMENT_STALE;
	place = &reassembly->parts[fragment->number - 1];
	if (*place != NULL)
		return IKE_FRAGMENT_STORED;
	if (part.len > IKE_MAX_MESSAGE_OCTETS - reassembly->octets)
	{
		ike_reassembly_clear (reassembly);
		return IKE_FRAGMENT_TOO_LARGE;
	}
	*place = secret_bytes_new (part);
	reassembly->octets += part.len;
	reassembly->n_have++;
	if (fragment->number == 1)
		reassembly->first_payload = first_payload;
	if (reassembly->n_have < reassembly->total)
		return IKE_FRAGMENT_STORED;
	whole = join (reassembly);
	first = reassembly->first_payload;
	ike_reassembly_clear (reassembly);
	if (whole == NULL)
		return IKE_FRAGMENT_TOO_LARGE;
	*ret_whole = whole;
	*ret_first = first;
	return IKE_FRAGMENT_COMPLETE;
}
