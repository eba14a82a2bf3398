/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a gateway that has the keys can send: the input becomes the inside of SK or SKF payloads, sealed with a key both
 * sides know. An input is a row of pieces, each: kind (0 SK, 1 SKF, 2 a datagram as it is), first payload, fragment
 * number, total, octets (two), and the text with its padding.
 */
#include "fuzz.h"

#include "ike/protect.h"
#include "unit/ike/samples.h"
#include "unit/ike/vectors.h"

#define PIECE_HEADER_OCTETS 6
#define MOST_PIECES 100

static const AeadSuite suite = { ENCR_AES_GCM_16, 128, INTEG_NONE };

static IkeProtect
protect_new (void)
{
	static const guint8 key[20] = { 1, 2, 3 };
	IkeProtect protect = { .suite = suite };

	g_assert_cmpuint (aead_new (&suite, SLICE_ARRAY (key), SLICE_NONE, &protect.aead), ==, STATUS_OK);
	return protect;
}

/* Made by hand: ike_protect_seal() would not put nonsense inside. */
static GBytes *
seal (IkeProtect *protect, gboolean fragment, guint8 first, guint8 number, guint8 total, Slice text)
{
	gsize extra = fragment ? 4 : 0;
	gsize octets = IKE_HEADER_OCTETS + 4 + extra + 8 + text.len + 16;
	gsize sealed_at = IKE_HEADER_OCTETS + 4 + extra;
	IkeHeader header = sample_header ();
	g_auto (Writer) writer = { 0 };

	writer_init (&writer, octets);
	ike_header_encode (&header, fragment ? IKE_PAYLOAD_SKF : IKE_PAYLOAD_SK, (guint32) octets, &writer);
	writer_u8 (&writer, first);
	writer_u8 (&writer, 0);
	writer_u16 (&writer, (guint16) (octets - IKE_HEADER_OCTETS));
	if (fragment)
	{
		writer_u16 (&writer, number);
		writer_u16 (&writer, total);
	}
	writer_zeros (&writer, 8);
	writer_slice (&writer, text);
	writer_zeros (&writer, 16);
	g_assert_cmpuint (writer_finish (&writer), ==, STATUS_OK);
	g_assert_cmpuint (aead_seal (protect->aead, ++protect->counter, slice (writer.data, sealed_at), SLICE_NONE,
	                             writer.data + sealed_at, text.len),
	                  ==, STATUS_OK);
	return writer_steal (&writer);
}

static void
describe (const IkeMessage *message)
{
	g_autoptr (GString) text = g_string_new (NULL);

	for (guint i = 0; i < message->n_payloads; i++)
	{
		ike_payload_describe (&message->payloads[i], text);
		ike_payload_describe_fields (&message->payloads[i], text);
	}
	g_assert_true (g_utf8_validate (text->str, (gssize) text->len, NULL));
}

/* @sealed: the ICV is right, so nothing but a bad fragment header may make it unauthentic */
static void
open_one (IkeProtect *protect, Slice datagram, gboolean sealed, IkeReassembly *reassembly)
{
	g_autoptr (IkeMessage) message = NULL;
	Status status = STATUS_COUNT;
	IkeOpen open = ike_protect_open (protect, datagram, reassembly, &message, &status);

	g_assert_cmpuint (status, !=, STATUS_COUNT);
	switch (open)
	{
	case IKE_OPEN_OK:
		g_assert_true (sealed && status == STATUS_OK && message != NULL && message->is_protected);
		break;
	case IKE_OPEN_PARTIAL:
		g_assert_true (sealed && message == NULL && reassembly->total > 0);
		break;
	case IKE_OPEN_BAD_AUTHENTIC:
		g_assert_true (sealed && status != STATUS_OK);
		break;
	case IKE_OPEN_BAD:
		g_assert_true (message == NULL && status != STATUS_OK && status != STATUS_INTERNAL);
		g_assert_true (!sealed || status == STATUS_MALFORMED || status == STATUS_REPLAYED);
		break;
	}
	g_assert_cmpuint (reassembly->octets, <=, IKE_MAX_MESSAGE_OCTETS);
	g_assert_cmpuint (reassembly->n_have, <=, reassembly->total);
	if (message != NULL)
		describe (message);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t octets)
{
	Reader r = reader (slice (data, octets));
	IkeProtect protect = protect_new ();
	IkeReassembly reassembly = { 0 };

	for (guint i = 0; i < MOST_PIECES && reader_left (&r) > PIECE_HEADER_OCTETS; i++)
	{
		guint8 kind = reader_u8 (&r) % 3;
		guint8 first = reader_u8 (&r);
		guint8 number = reader_u8 (&r);
		guint8 total = reader_u8 (&r);
		gsize wanted = reader_u16 (&r);
		Slice text = reader_take (&r, MIN (wanted, reader_left (&r)));
		g_autoptr (GBytes) datagram = NULL;

		if (kind == 2)
			open_one (&protect, text, FALSE, &reassembly);
		else
		{
			datagram = seal (&protect, kind == 1, first, number, total, text);
			open_one (&protect, slice_bytes (datagram), TRUE, &reassembly);
		}
	}
	ike_reassembly_clear (&reassembly);
	ike_protect_clear (&protect);
	return 0;
}

static void
add_piece (Writer *writer, guint8 kind, guint8 first, guint8 number, guint8 total, Slice text)
{
	writer_u8 (writer, kind);
	writer_u8 (writer, first);
	writer_u8 (writer, number);
	writer_u8 (writer, total);
	writer_u16 (writer, (guint16) (text.len + (kind == 2 ? 0 : 1)));
	writer_slice (writer, text);
	if (kind != 2)
		writer_u8 (writer, 0); /* Pad Length */
}

static void
add_whole (GPtrArray *seeds, guint8 first, Slice inner)
{
	Writer writer;

	writer_init (&writer, IKE_MAX_MESSAGE_OCTETS);
	add_piece (&writer, 0, first, 0, 0, inner);
	g_ptr_array_add (seeds, writer_steal (&writer));
}

static void
add_fragments (GPtrArray *seeds, guint8 first, Slice inner, guint8 total)
{
	gsize room = (inner.len + total - 1) / total;
	Writer writer;

	writer_init (&writer, IKE_MAX_MESSAGE_OCTETS);
	for (guint8 i = 0; i < total; i++)
		add_piece (&writer, 1, i == 0 ? first : 0, (guint8) (i + 1), total,
		           slice (inner.data + i * room, MIN (room, inner.len - i * room)));
	g_ptr_array_add (seeds, writer_steal (&writer));
}

static void
add_datagram (GPtrArray *seeds, const char *name)
{
	g_autoptr (GBytes) datagram = vector (name);
	Writer writer;

	writer_init (&writer, IKE_MAX_MESSAGE_OCTETS);
	add_piece (&writer, 2, 0, 0, 0, slice_bytes (datagram));
	g_ptr_array_add (seeds, writer_steal (&writer));
}

void
fuzz_seeds (GPtrArray *seeds)
{
	g_autofree Sample *sample = sample_new ();
	g_autoptr (GBytes) android = vector ("android-cbc-inner");
	g_autoptr (GBytes) eap = vector ("android-3des-inner");
	g_auto (Writer) every_kind = { 0 };

	writer_init (&every_kind, IKE_MAX_MESSAGE_OCTETS);
	ike_payloads_encode (sample->payloads, sample->n_payloads, &every_kind);
	add_whole (seeds, IKE_PAYLOAD_SA, writer_view (&every_kind));
	add_whole (seeds, IKE_PAYLOAD_IDI, slice_bytes (android));
	add_whole (seeds, IKE_PAYLOAD_EAP, slice_bytes (eap));
	add_whole (seeds, IKE_PAYLOAD_NONE, SLICE_NONE);
	add_fragments (seeds, IKE_PAYLOAD_SA, writer_view (&every_kind), 4);
	add_fragments (seeds, IKE_PAYLOAD_IDI, slice_bytes (android), 2);
	add_datagram (seeds, "android-gcm-fragment-datagram");
	add_datagram (seeds, "rfc7634-datagram");
}
