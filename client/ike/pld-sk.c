/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encrypted and Encrypted Fragment, RFC 7296 section 3.14 and RFC 7383 section 2.5, seen from outside: octets that
 * protect.c opens.
 */
#include "payload.h"

static Status
sk_decode (IkePayload *payload)
{
	return STATUS_OK;
}

static void
sk_encode (const IkePayload *payload, Writer *writer)
{
	writer_slice (writer, payload->body);
}

static void
sk_describe_fields (const IkePayload *payload, GString *text)
{
	Reader r = reader (payload->body);

	ike_describe_field_octets (text, "length", payload->body.len);
	if (payload->type != IKE_PAYLOAD_SKF || payload->body.len < 4)
		return;
	ike_describe_field (text, "fragment");
	g_string_append_printf (text, "%u", reader_u16 (&r));
	g_string_append_printf (text, " of %u", reader_u16 (&r));
}

const IkePayloadDesc ike_pld_sk = {
	.types = { IKE_PAYLOAD_SK, IKE_PAYLOAD_SKF },
	.decode = sk_decode,
	.encode = sk_encode,
	.describe_fields = sk_describe_fields,
};
