/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Delete, RFC 7296 section 3.11. */
#include "payload.h"

static Status
delete_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);
	guint8 spi_octets;
	guint16 n_spis;

	payload->del.protocol = reader_u8 (&r);
	spi_octets = reader_u8 (&r);
	n_spis = reader_u16 (&r);
	if (r.failed)
		return STATUS_TRUNCATED;
	if (spi_octets != 0 && spi_octets != 4 && spi_octets != 8)
		return STATUS_MALFORMED;
	/* An IKE SA goes without SPI, so there is none to count, whatever the sender wrote. */
	if (spi_octets == 0)
		n_spis = 0;
	if (n_spis > IKE_MAX_DELETE_SPIS)
		return STATUS_TOO_LARGE;
	payload->del.spi_octets = spi_octets;
	payload->del.n_spis = n_spis;
	payload->del.spis = reader_take (&r, (gsize) n_spis * spi_octets);
	return reader_finish (&r);
}

static void
delete_encode (const IkePayload *payload, Writer *writer)
{
	writer_u8 (writer, payload->del.protocol);
	writer_u8 (writer, payload->del.spi_octets);
	writer_u16 (writer, payload->del.n_spis);
	writer_slice (writer, payload->del.spis);
}

static void
delete_describe (const IkePayload *payload, GString *text)
{
	Reader r = reader (payload->del.spis);
	gsize start = text->len;

	g_string_append_c (text, '(');
	ike_describe_number (IKE_NUMBERS_PROTOCOL, payload->del.protocol, text);
	for (guint i = 0; i < payload->del.n_spis; i++)
	{
		if (ike_describe_more (text, start, payload->del.n_spis - i))
			break;
		g_string_append_c (text, ' ');
		ike_describe_hex (reader_take (&r, payload->del.spi_octets), text);
	}
	g_string_append_c (text, ')');
}

static void
delete_describe_fields (const IkePayload *payload, GString *text)
{
	Reader r = reader (payload->del.spis);

	ike_describe_field_number (text, "protocol", IKE_NUMBERS_PROTOCOL, payload->del.protocol);
	for (guint i = 0; i < payload->del.n_spis; i++)
		ike_describe_field_hex (text, "SPI", reader_take (&r, payload->del.spi_octets));
}

const IkePayloadDesc ike_pld_delete = {
	.types = { IKE_PAYLOAD_DELETE },
	.decode = delete_decode,
	.encode = delete_encode,
	.describe = delete_describe,
	.describe_fields = delete_describe_fields,
};
