/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Key Exchange, RFC 7296 section 3.4. Whether the value is a good one is for the group to say (crypto/kex.h). */
#include "payload.h"

static Status
ke_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);

	payload->ke.group = reader_u16 (&r);
	reader_u16 (&r); /* RESERVED */
	payload->ke.value = reader_rest (&r);
	return reader_finish (&r);
}

static void
ke_encode (const IkePayload *payload, Writer *writer)
{
	writer_u16 (writer, payload->ke.group);
	writer_u16 (writer, 0);
	writer_slice (writer, payload->ke.value);
}

static void
ke_describe (const IkePayload *payload, GString *text)
{
	g_string_append_c (text, '(');
	ike_describe_number (IKE_NUMBERS_KE, payload->ke.group, text);
	g_string_append_c (text, ')');
}

static void
ke_describe_fields (const IkePayload *payload, GString *text)
{
	ike_describe_field_number (text, "group", IKE_NUMBERS_KE, payload->ke.group);
	ike_describe_field_octets (text, "public value", payload->ke.value.len);
}

const IkePayloadDesc ike_pld_ke = {
	.types = { IKE_PAYLOAD_KE },
	.decode = ke_decode,
	.encode = ke_encode,
	.describe = ke_describe,
	.describe_fields = ke_describe_fields,
};
