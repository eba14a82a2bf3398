/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Authentication, RFC 7296 section 3.8. Its value is described by its length only. */
#include "payload.h"

static Status
auth_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);

	payload->auth.method = reader_u8 (&r);
	reader_take (&r, 3); /* RESERVED */
	payload->auth.value = reader_rest (&r);
	return reader_finish (&r);
}

static void
auth_encode (const IkePayload *payload, Writer *writer)
{
	writer_u8 (writer, payload->auth.method);
	writer_zeros (writer, 3);
	writer_slice (writer, payload->auth.value);
}

static void
auth_describe (const IkePayload *payload, GString *text)
{
	g_string_append_c (text, '(');
	ike_describe_number (IKE_NUMBERS_AUTH, payload->auth.method, text);
	g_string_append_c (text, ')');
}

static void
auth_describe_fields (const IkePayload *payload, GString *text)
{
	ike_describe_field_number (text, "method", IKE_NUMBERS_AUTH, payload->auth.method);
	ike_describe_field_octets (text, "length", payload->auth.value.len);
}

const IkePayloadDesc ike_pld_auth = {
	.types = { IKE_PAYLOAD_AUTH },
	.decode = auth_decode,
	.encode = auth_encode,
	.describe = auth_describe,
	.describe_fields = auth_describe_fields,
};
