/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#define MAJOR_VERSION 2

/* RFC 7296 section 3.1: all other bits are ignored. */
#define FLAG_INITIATOR 0x08
#define FLAG_RESPONSE 0x20

Status
ike_header_decode (Slice datagram, IkeHeader *ret_header)
{
	Reader r = reader (datagram);
	IkeHeader header = { 0 };
	guint8 flags;

	header.spi_i = reader_u64 (&r);
	header.spi_r = reader_u64 (&r);
	header.next_payload = reader_u8 (&r);
	header.version = reader_u8 (&r);
	header.exchange = reader_u8 (&r);
	flags = reader_u8 (&r);
	header.message_id = reader_u32 (&r);
	header.octets = reader_u32 (&r);
	if (r.failed)
		return STATUS_TRUNCATED;
	/* Before the length: nobody knows what the fields of another major version mean. */
	if (header.version >> 4 != MAJOR_VERSION)
		return STATUS_BAD_VERSION;
	if (header.octets != datagram.len)
		return STATUS_MALFORMED;
	header.from_initiator = (flags & FLAG_INITIATOR) != 0;
	header.response = (flags & FLAG_RESPONSE) != 0;
	*ret_header = header;
	return STATUS_OK;
}

void
ike_header_encode (const IkeHeader *header, guint8 next_payload, guint32 octets, Writer *writer)
{
	writer_u64 (writer, header->spi_i);
	writer_u64 (writer, header->spi_r);
	writer_u8 (writer, next_payload);
	writer_u8 (writer, header->version);
	writer_u8 (writer, header->exchange);
	writer_u8 (writer,
	           (guint8) ((header->from_initiator ? FLAG_INITIATOR : 0) | (header->response ? FLAG_RESPONSE : 0)));
	writer_u32 (writer, header->message_id);
	writer_u32 (writer, octets);
}
