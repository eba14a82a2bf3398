/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls-fragments.h"

#include "base/reader.h"

#define FLAG_LENGTH 0x80
#define FLAG_MORE 0x40
#define FLAG_START 0x20
/* The low bits are the version of TTLS and PEAP. We speak 0 of both, and EAP-TLS has zeros there. */

void
tls_fragments_init (TlsFragments *fragments)
{
	*fragments = (TlsFragments){ .message = g_byte_array_new () };
}

void
tls_fragments_clear (TlsFragments *fragments)
{
	secret_wipe (fragments->message->data, fragments->message->len);
	g_byte_array_unref (fragments->message);
	g_clear_pointer (&fragments->out, g_bytes_unref);
}

static void
write_next (TlsFragments *fragments, Writer *answer)
{
	Slice all = slice_bytes (fragments->out);
	gsize left = all.len - fragments->out_pos;
	gsize n = MIN (left, TLS_FRAGMENTS_OCTETS);
	gboolean first = fragments->out_pos == 0 && n < all.len;

	writer_u8 (answer, (guint8) ((first ? FLAG_LENGTH : 0) | (n < left ? FLAG_MORE : 0)));
	if (first)
		writer_u32 (answer, (guint32) all.len);
	writer_slice (answer, slice (all.data + fragments->out_pos, n));
	fragments->out_pos += n;
	if (n == left)
		g_clear_pointer (&fragments->out, g_bytes_unref);
}

void
tls_fragments_send (TlsFragments *fragments, GBytes *message, Writer *answer)
{
	g_clear_pointer (&fragments->out, g_bytes_unref);
	fragments->out = message;
	fragments->out_pos = 0;
	if (message != NULL)
		write_next (fragments, answer);
	else
		writer_u8 (answer, 0);
}

static TlsFragmentsVerdict
bad (TlsFragments *fragments, const char *fault)
{
	fragments->fault = fault;
	return TLS_FRAGMENTS_BAD;
}

static TlsFragmentsVerdict
input_start (TlsFragments *fragments)
{
	if (fragments->begun)
		return bad (fragments, "it begins a second time");
	fragments->begun = TRUE;
	return TLS_FRAGMENTS_START;
}

/* The length of the whole message stands at least in its first fragment, and may stand in each. */
static gboolean
length_fits (TlsFragments *fragments, gsize announced)
{
	if (announced == 0 || announced > TLS_FRAGMENTS_MAX_MESSAGE ||
	    (fragments->more && fragments->announced != announced))
		return FALSE;
	fragments->announced = announced;
	return TRUE;
}

TlsFragmentsVerdict
tls_fragments_input (TlsFragments *fragments, Slice data, Writer *answer)
{
	Reader r = reader (data);
	guint8 flags = reader_u8 (&r);
	gsize announced = (flags & FLAG_LENGTH) != 0 ? reader_u32 (&r) : 0;
	Slice part = reader_rest (&r);

	if (r.failed)
		return bad (fragments, "a packet is too short");
	if ((flags & FLAG_START) != 0)
		return input_start (fragments);
	if (!fragments->begun)
		return bad (fragments, "it goes on before it began");
	if (fragments->out != NULL)
	{
		if (part.len > 0 || (flags & FLAG_MORE) != 0)
			return bad (fragments, "it speaks before it has heard all");
		write_next (fragments, answer);
		return TLS_FRAGMENTS_ANSWER;
	}
	/* A length of 0 before nothing is how some servers acknowledge. */
	if ((flags & FLAG_LENGTH) != 0 && (announced > 0 || part.len > 0) && !length_fits (fragments, announced))
		return bad (fragments, "the length of a message is wrong");
	if (fragments->message->len + part.len >
	    (fragments->announced > 0 ? fragments->announced : TLS_FRAGMENTS_MAX_MESSAGE))
		return bad (fragments, "a message is longer than announced, or than 64 KiB");
	if (part.len > 0)
		g_byte_array_append (fragments->message, part.data, (guint) part.len);
	fragments->more = (flags & FLAG_MORE) != 0;
	if (fragments->more && part.len == 0)
		return bad (fragments, "a fragment is empty");
	if (fragments->more)
	{
		writer_u8 (answer, 0);
		return TLS_FRAGMENTS_ANSWER;
	}
	if (fragments->announced > 0 && fragments->message->len != fragments->announced)
		return bad (fragments, "a message is shorter than announced");
	fragments->announced = 0;
	return TLS_FRAGMENTS_MESSAGE;
}
