/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "protect.h"
#include "fragment.h"
#include "payload.h"

#include "base/secret.h"

#define GENERIC_HEADER_OCTETS ((gsize) 4)

void
ike_protect_clear (IkeProtect *protect)
{
	g_clear_pointer (&protect->aead, aead_free);
	*protect = (IkeProtect){ 0 };
}

/* -- Sealing ----------------------------------------------------------------------------------------------------- */

/* What one datagram carries. */
typedef struct
{
	const IkeHeader *header;
	guint8 first_payload;
	IkeFragmentHeader fragment; /* .total 0: SK, else SKF */
	Slice text;
} Piece;

/* The octets of a datagram that are not text: headers, IV, the Pad Length, ICV. */
static gsize
overhead (const AeadSuite *suite, gboolean fragment)
{
	return IKE_HEADER_OCTETS + GENERIC_HEADER_OCTETS + (fragment ? IKE_FRAGMENT_HEADER_OCTETS : 0) +
	       aead_iv_octets (suite) + 1 + aead_icv_octets (suite);
}

/* Octets of padding behind the text: as few as make whole blocks with the Pad Length (RFC 7296 section 3.14). */
static gsize
padding (const AeadSuite *suite, gsize text_octets)
{
	gsize block = aead_block_octets (suite);

	return (block - (text_octets + 1) % block) % block;
}

static Status
seal_piece (IkeProtect *protect, const Piece *piece, GPtrArray *datagrams)
{
	g_auto (Writer) writer = { 0 };
	const AeadSuite *suite = &protect->suite;
	gboolean fragment = piece->fragment.total > 0;
	gsize pad = padding (suite, piece->text.len);
	gsize octets = overhead (suite, fragment) + piece->text.len + pad;
	gsize sealed_at;
	Status status;

	if (octets > IKE_MAX_MESSAGE_OCTETS)
		return STATUS_TOO_LARGE;
	writer_init (&writer, octets);
	ike_header_encode (piece->header, fragment ? IKE_PAYLOAD_SKF : IKE_PAYLOAD_SK, (guint32) octets, &writer);
	writer_u8 (&writer, piece->first_payload);
	writer_u8 (&writer, 0);
	writer_u16 (&writer, (guint16) (octets - IKE_HEADER_OCTETS));
	if (fragment)
	{
		writer_u16 (&writer, piece->fragment.number);
		writer_u16 (&writer, piece->fragment.total);
	}
	sealed_at = writer_hole (&writer, aead_iv_octets (suite));
	writer_slice (&writer, piece->text);
	writer_zeros (&writer, pad);
	writer_u8 (&writer, (guint8) pad);
	writer_hole (&writer, aead_icv_octets (suite));
	status = writer_finish (&writer);
	if (status != STATUS_OK)
		return status;
	/* Counted before it is used: a failure must not lead to the same IV again. */
	if (protect->counter == G_MAXUINT64)
		return STATUS_SEQUENCE_EXHAUSTED;
	protect->counter++;
	status = aead_seal (protect->aead, protect->counter, slice (writer.data, sealed_at), SLICE_NONE,
	                    writer.data + sealed_at, piece->text.len + pad + 1);
	if (status == STATUS_OK)
		g_ptr_array_add (datagrams, writer_steal (&writer));
	return status;
}

/* Text octets that a fragment of at most @fragment_octets can take; 0: none. */
static gsize
fragment_room (const AeadSuite *suite, gsize fragment_octets)
{
	gsize block = aead_block_octets (suite);
	gsize fixed = overhead (suite, TRUE) - 1; /* the Pad Length counts as text here: it is encrypted */
	gsize room = fragment_octets > fixed ? fragment_octets - fixed : 0;

	room -= room % block;
	return room > 0 ? room - 1 : 0;
}

static Status
seal_fragments (IkeProtect *protect, const Piece *whole, gsize fragment_octets, GPtrArray *datagrams)
{
	gsize room = fragment_room (&protect->suite, fragment_octets);
	gsize total = room > 0 ? (whole->text.len + room - 1) / room : 0;
	Status status = STATUS_OK;

	if (total == 0 || total > IKE_MAX_FRAGMENTS)
		return STATUS_TOO_LARGE;
	for (gsize i = 0; status == STATUS_OK && i < total; i++)
	{
		gsize at = i * room;
		Piece piece = {
			.header = whole->header,
			.first_payload = i == 0 ? whole->first_payload : IKE_PAYLOAD_NONE,
			.fragment = { (guint16) (i + 1), (guint16) total },
			.text = slice (whole->text.data + at, MIN (room, whole->text.len - at)),
		};

		status = seal_piece (protect, &piece, datagrams);
	}
	return status;
}

Status
ike_protect_seal (IkeProtect *protect, const IkeHeader *header, const IkePayload *payloads, guint n_payloads,
                  gsize fragment_octets, GPtrArray *datagrams)
{
	g_auto (Writer) inner = { 0 };
	Piece whole = { .header = header };
	guint before = datagrams->len;
	gsize octets;
	Status status;

	writer_init (&inner, IKE_MAX_MESSAGE_OCTETS);
	whole.first_payload = ike_payloads_encode (payloads, n_payloads, &inner);
	status = writer_finish (&inner);
	if (status != STATUS_OK)
		return status;
	whole.text = writer_view (&inner);
	octets = overhead (&protect->suite, FALSE) + whole.text.len + padding (&protect->suite, whole.text.len);
	if (fragment_octets == 0 || octets <= fragment_octets)
		status = seal_piece (protect, &whole, datagrams);
	else
		status = seal_fragments (protect, &whole, fragment_octets, datagrams);
	if (status != STATUS_OK)
		g_ptr_array_set_size (datagrams, (gint) before);
	return status;
}

/* -- Opening ----------------------------------------------------------------------------------------------------- */

/* Where the Encrypted payload lies in a datagram. */
typedef struct
{
	IkeHeader header;
	guint8 first_payload;
	IkeFragmentHeader fragment; /* .total 0: SK */
	gsize sealed_at;            /* of the IV */
} Envelope;

/* Payloads in front of SK or SKF are authenticated, but RFC 7296 knows none that belongs there: not looked at. */
static Status
find_sealed (Reader *r, guint8 type, guint8 *ret_type, IkeLink *ret_link)
{
	for (guint i = 0; i < IKE_MAX_PAYLOADS; i++)
	{
		IkeLink link;
		Status status;

		if (type == IKE_PAYLOAD_NONE)
			return STATUS_UNEXPECTED_PAYLOAD; /* in the clear */
		status = ike_link_decode (r, &link);
		if (status != STATUS_OK)
			return status;
		if (type == IKE_PAYLOAD_SK || type == IKE_PAYLOAD_SKF)
		{
			*ret_type = type;
			*ret_link = link;
			return reader_finish (r); /* it must be the last */
		}
		type = link.next;
	}
	return STATUS_TOO_LARGE;
}

static Status
envelope_decode (Slice datagram, Envelope *envelope)
{
	Status status = ike_header_decode (datagram, &envelope->header);
	IkeLink link = { 0 };
	Reader r;
	guint8 type = 0;

	if (status != STATUS_OK)
		return status;
	r = reader (datagram);
	reader_take (&r, IKE_HEADER_OCTETS);
	status = find_sealed (&r, envelope->header.next_payload, &type, &link);
	if (status != STATUS_OK)
		return status;
	envelope->first_payload = link.next;
	envelope->fragment = (IkeFragmentHeader){ 0 };
	r = reader (link.body);
	if (type == IKE_PAYLOAD_SKF)
	{
		envelope->fragment.number = reader_u16 (&r);
		envelope->fragment.total = reader_u16 (&r);
		if (r.failed)
			return STATUS_TRUNCATED;
		if (!ike_fragment_header_valid (&envelope->fragment))
			return STATUS_MALFORMED;
	}
	envelope->sealed_at = datagram.len - reader_left (&r);
	return STATUS_OK;
}

/* Cuts Padding and Pad Length off; what the padding holds does not matter (RFC 7296 section 3.14). */
static Status
strip_padding (Slice *text)
{
	gsize pad;

	if (text->len == 0)
		return STATUS_MALFORMED;
	pad = text->data[text->len - 1];
	if (pad + 1 > text->len)
		return STATUS_MALFORMED;
	text->len -= pad + 1;
	return STATUS_OK;
}

/* Whatever was decoded belongs to the message, also when the rest of it is wrong: the ICV was right. */
static IkeOpen
decode_inner (const Envelope *envelope, guint8 first, GBytes *octets, IkeMessage **ret_message, Status *ret_status)
{
	IkeMessage *message = ike_message_new ();
	Status status = STATUS_NO_MEMORY;

	if (message != NULL)
	{
		message->header = envelope->header;
		message->is_protected = TRUE;
		status = ike_payloads_decode (first, octets, message);
		if (status == STATUS_OK && (ike_message_find (message, IKE_PAYLOAD_SK, NULL) != NULL ||
		                            ike_message_find (message, IKE_PAYLOAD_SKF, NULL) != NULL))
			status = STATUS_UNEXPECTED_PAYLOAD;
	}
	*ret_message = message;
	*ret_status = status;
	return status == STATUS_OK ? IKE_OPEN_OK : IKE_OPEN_BAD_AUTHENTIC;
}

static IkeOpen
bad_authentic (Status status, IkeMessage **ret_message, Status *ret_status)
{
	*ret_message = NULL;
	*ret_status = status;
	return IKE_OPEN_BAD_AUTHENTIC;
}

static IkeOpen
take_fragment (const Envelope *envelope, Slice text, IkeReassembly *reassembly, IkeMessage **ret_message,
               Status *ret_status)
{
	g_autoptr (GBytes) whole = NULL;
	guint8 first;

	switch (ike_reassembly_add (reassembly, &envelope->header, &envelope->fragment, envelope->first_payload, text,
	                            &whole, &first))
	{
	case IKE_FRAGMENT_STORED:
		*ret_status = STATUS_OK;
		return IKE_OPEN_PARTIAL;
	case IKE_FRAGMENT_COMPLETE:
		return decode_inner (envelope, first, whole, ret_message, ret_status);
	case IKE_FRAGMENT_STALE:
		*ret_status = STATUS_REPLAYED;
		return IKE_OPEN_BAD;
	case IKE_FRAGMENT_TOO_LARGE:
		return bad_authentic (STATUS_TOO_LARGE, ret_message, ret_status);
	}
	*ret_status = STATUS_INTERNAL;
	return IKE_OPEN_BAD;
}

static IkeOpen
take_text (const Envelope *envelope, Slice text, IkeReassembly *reassembly, IkeMessage **ret_message,
           Status *ret_status)
{
	g_autoptr (GBytes) octets = NULL;
	Status status = strip_padding (&text);

	if (status != STATUS_OK)
		return bad_authentic (status, ret_message, ret_status);
	if (envelope->fragment.total > 0)
		return take_fragment (envelope, text, reassembly, ret_message, ret_status);
	/* The whole message came after all; its fragments, if any, are not wanted any more. */
	if (reassembly->message_id == envelope->header.message_id && reassembly->response == envelope->header.response)
		ike_reassembly_clear (reassembly);
	octets = secret_bytes_new (text);
	return decode_inner (envelope, envelope->first_payload, octets, ret_message, ret_status);
}

IkeOpen
ike_protect_open (IkeProtect *protect, Slice datagram, IkeReassembly *reassembly, IkeMessage **ret_message,
                  Status *ret_status)
{
	g_autofree guint8 *buffer = NULL;
	Envelope envelope;
	Slice text;
	IkeOpen open = IKE_OPEN_BAD;
	Status status;

	if (datagram.len > IKE_MAX_MESSAGE_OCTETS)
	{
		*ret_status = STATUS_TOO_LARGE;
		return IKE_OPEN_BAD;
	}
	status = envelope_decode (datagram, &envelope);
	if (status == STATUS_OK)
	{
		buffer = g_try_malloc (datagram.len);
		status = buffer != NULL ? STATUS_OK : STATUS_NO_MEMORY;
	}
	if (status == STATUS_OK)
	{
		memcpy (buffer, datagram.data, datagram.len);
		status = aead_open (protect->aead, slice (buffer, envelope.sealed_at), SLICE_NONE, buffer + envelope.sealed_at,
		                    datagram.len - envelope.sealed_at, &text);
	}
	if (status == STATUS_OK)
		open = take_text (&envelope, text, reassembly, ret_message, ret_status);
	else
		*ret_status = status;
	if (buffer != NULL)
		secret_wipe (buffer, datagram.len);
	return open;
}
