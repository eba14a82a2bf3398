/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "payload.h"
#include "payload-table.h"

#include "base/secret.h"

#define GENERIC_HEADER_OCTETS ((gsize) 4)
#define FLAG_CRITICAL 0x80

#define IKE_PLD(word) extern const IkePayloadDesc ike_pld_##word;
IKE_PLD_TABLE
#undef IKE_PLD

static const IkePayloadDesc *const descs[] = {
#define IKE_PLD(word) &ike_pld_##word,
	IKE_PLD_TABLE
#undef IKE_PLD
};

/* More of these than anybody sends in good faith (reliability: work per message is bounded). */
static const struct
{
	guint8 type;
	guint8 most;
} limits[] = {
	{ IKE_PAYLOAD_NOTIFY, IKE_MAX_NOTIFIES },
	{ IKE_PAYLOAD_CERT, IKE_MAX_CERTIFICATES },
	{ IKE_PAYLOAD_CERTREQ, IKE_MAX_CERTIFICATES },
	{ IKE_PAYLOAD_DELETE, IKE_MAX_DELETE_SPIS },
};

/* -- Kinds of payloads ------------------------------------------------------------------------------------------- */

static Status
unknown_decode (IkePayload *payload)
{
	return STATUS_OK;
}

static void
unknown_encode (const IkePayload *payload, Writer *writer)
{
	writer_slice (writer, payload->body);
}

static const IkePayloadDesc unknown = {
	.decode = unknown_decode,
	.encode = unknown_encode,
};

const IkePayloadDesc *
ike_payload_desc (guint8 type)
{
	for (gsize i = 0; type != IKE_PAYLOAD_NONE && i < G_N_ELEMENTS (descs); i++)
		for (gsize k = 0; k < G_N_ELEMENTS (descs[i]->types); k++)
			if (descs[i]->types[k] == type)
				return descs[i];
	return &unknown;
}

gboolean
ike_payload_known (guint8 type)
{
	return ike_payload_desc (type) != &unknown;
}

static void
payload_clear (IkePayload *payload)
{
	const IkePayloadDesc *desc = ike_payload_desc (payload->type);

	if (desc->clear != NULL)
		desc->clear (payload);
	*payload = (IkePayload){ 0 };
}

/* -- Messages ---------------------------------------------------------------------------------------------------- */

IkeMessage *
ike_message_new (void)
{
	return g_try_new0 (IkeMessage, 1);
}

void
ike_message_free (IkeMessage *message)
{
	if (message == NULL)
		return;
	for (guint i = 0; i < message->n_payloads; i++)
		payload_clear (&message->payloads[i]);
	/* Octets made by this folder are wiped with their last reference (secret_bytes_new). */
	g_clear_pointer (&message->octets, g_bytes_unref);
	g_free (message);
}

const IkePayload *
ike_message_find (const IkeMessage *message, guint8 type, const IkePayload *after)
{
	guint first = after != NULL ? (guint) (after - message->payloads) + 1 : 0;

	for (guint i = first; i < message->n_payloads; i++)
		if (message->payloads[i].type == type)
			return &message->payloads[i];
	return NULL;
}

const IkePayload *
ike_message_find_notify (const IkeMessage *message, guint16 notify_type)
{
	const IkePayload *payload = NULL;

	while ((payload = ike_message_find (message, IKE_PAYLOAD_NOTIFY, payload)) != NULL)
		if (payload->notify.notify_type == notify_type)
			break;
	return payload;
}

/* -- Decoding ---------------------------------------------------------------------------------------------------- */

Status
ike_link_decode (Reader *r, IkeLink *ret_link)
{
	IkeLink link;
	guint16 octets;

	link.next = reader_u8 (r);
	link.critical = (reader_u8 (r) & FLAG_CRITICAL) != 0;
	octets = reader_u16 (r);
	if (r->failed)
		return STATUS_TRUNCATED;
	if (octets < GENERIC_HEADER_OCTETS)
		return STATUS_MALFORMED;
	link.body = reader_take (r, octets - GENERIC_HEADER_OCTETS);
	if (r->failed)
		return STATUS_TRUNCATED;
	*ret_link = link;
	return STATUS_OK;
}

static gboolean
over_limit (const IkeMessage *message, guint8 type)
{
	guint most = IKE_MAX_PAYLOADS;
	guint have = 1;

	for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
		if (limits[i].type == type)
			most = limits[i].most;
	for (guint i = 0; i < message->n_payloads; i++)
		if (message->payloads[i].type == type)
			have++;
	return message->n_payloads == IKE_MAX_PAYLOADS || have > most;
}

/* A critical payload that nobody knows stays in the message as its last one, so that the answer can name its type. */
static Status
append_payload (IkeMessage *message, guint8 type, const IkeLink *link)
{
	const IkePayloadDesc *desc = ike_payload_desc (type);
	IkePayload *payload = &message->payloads[message->n_payloads];
	Status status;

	if (over_limit (message, type))
		return STATUS_TOO_LARGE;
	*payload = (IkePayload){ .type = type, .critical = link->critical, .body = link->body };
	status = desc->decode (payload);
	if (status != STATUS_OK)
	{
		payload_clear (payload);
		return status;
	}
	message->n_payloads++;
	/* The flag means nothing on payloads that are known (RFC 7296 section 2.5). */
	return link->critical && desc == &unknown ? STATUS_CRITICAL_PAYLOAD : STATUS_OK;
}

Status
ike_payloads_decode (guint8 first, GBytes *octets, IkeMessage *message)
{
	Reader r = reader (slice_bytes (octets));
	guint8 type = first;

	/* The slices of one message point into one buffer. */
	if (message->octets != NULL)
		return STATUS_INTERNAL;
	if (r.input.len > IKE_MAX_MESSAGE_OCTETS)
		return STATUS_TOO_LARGE;
	message->octets = g_bytes_ref (octets);
	while (type != IKE_PAYLOAD_NONE)
	{
		IkeLink link;
		Status status = ike_link_decode (&r, &link);

		if (status == STATUS_OK)
			status = append_payload (message, type, &link);
		if (status != STATUS_OK)
			return status;
		/* Their Next Payload field names what is inside (RFC 7296 section 3.14). */
		if (type == IKE_PAYLOAD_SK || type == IKE_PAYLOAD_SKF)
			break;
		type = link.next;
	}
	return reader_finish (&r);
}

Status
ike_message_decode (Slice datagram, IkeMessage **ret_message)
{
	g_autoptr (IkeMessage) message = NULL;
	g_autoptr (GBytes) octets = NULL;
	IkeHeader header;
	Status status = ike_header_decode (datagram, &header);

	if (status != STATUS_OK)
		return status;
	if (datagram.len > IKE_MAX_MESSAGE_OCTETS)
		return STATUS_TOO_LARGE;
	message = ike_message_new ();
	if (message == NULL)
		return STATUS_NO_MEMORY;
	message->header = header;
	octets = secret_bytes_new (slice (datagram.data + IKE_HEADER_OCTETS, datagram.len - IKE_HEADER_OCTETS));
	status = ike_payloads_decode (header.next_payload, octets, message);
	if (status == STATUS_OK)
		*ret_message = g_steal_pointer (&message);
	return status;
}

/* -- Encoding ---------------------------------------------------------------------------------------------------- */

guint8
ike_payloads_encode (const IkePayload *payloads, guint n, Writer *writer)
{
	for (guint i = 0; i < n; i++)
	{
		gsize start = writer_view (writer).len;

		writer_u8 (writer, i + 1 < n ? payloads[i + 1].type : IKE_PAYLOAD_NONE);
		writer_u8 (writer, payloads[i].critical ? FLAG_CRITICAL : 0);
		writer_hole (writer, 2);
		ike_payload_desc (payloads[i].type)->encode (&payloads[i], writer);
		writer_patch_length_u16 (writer, start + 2, start);
	}
	return n > 0 ? payloads[0].type : IKE_PAYLOAD_NONE;
}

Status
ike_message_encode (const IkeHeader *header, const IkePayload *payloads, guint n, GBytes **ret_datagram)
{
	g_auto (Writer) writer = { 0 };
	guint8 first = n > 0 ? payloads[0].type : IKE_PAYLOAD_NONE;
	Status status;

	writer_init (&writer, IKE_MAX_MESSAGE_OCTETS);
	ike_header_encode (header, first, 0, &writer);
	ike_payloads_encode (payloads, n, &writer);
	/* The length field is the last of the header. */
	writer_patch_u32 (&writer, IKE_HEADER_OCTETS - 4, (guint32) writer_view (&writer).len);
	status = writer_finish (&writer);
	if (status == STATUS_OK)
		*ret_datagram = writer_steal (&writer);
	return status;
}

Status
ike_payload_body_encode (const IkePayload *payload, GBytes **ret_body)
{
	g_auto (Writer) writer = { 0 };
	Status status;

	writer_init (&writer, IKE_MAX_MESSAGE_OCTETS);
	ike_payload_desc (payload->type)->encode (payload, &writer);
	status = writer_finish (&writer);
	if (status == STATUS_OK)
		*ret_body = writer_steal (&writer);
	return status;
}
