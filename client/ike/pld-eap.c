/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * EAP, RFC 7296 section 3.16. The packet is passed on as it is: what it means, and whether its own length is right, is
 * for eap/ to say. Only code and type are described, never the data.
 */
#include "payload.h"

#include "eap/eap.h"

static Status
eap_decode (IkePayload *payload)
{
	payload->eap.value = payload->body;
	return STATUS_OK;
}

static void
eap_encode (const IkePayload *payload, Writer *writer)
{
	writer_slice (writer, payload->eap.value);
}

static void
describe_code (guint8 code, GString *text)
{
	/* RFC 3748 section 4 */
	static const char *const names[] = { NULL, "Request", "Response", "Success", "Failure" };

	if (code < G_N_ELEMENTS (names) && names[code] != NULL)
		g_string_append (text, names[code]);
	else
		g_string_append_printf (text, "code %u", code);
}

static void
describe_type (guint8 type, GString *text)
{
	const char *name = eap_type_name (type);

	if (name != NULL)
		g_string_append (text, name);
	else
		g_string_append_printf (text, "type %u", type);
}

static void
eap_describe (const IkePayload *payload, GString *text)
{
	Slice packet = payload->eap.value;

	g_string_append_c (text, '(');
	if (packet.len < 4)
		g_string_append (text, "cut off");
	else
		describe_code (packet.data[0], text);
	if (packet.len > 4)
	{
		g_string_append_c (text, ' ');
		describe_type (packet.data[4], text);
	}
	g_string_append_c (text, ')');
}

static void
eap_describe_fields (const IkePayload *payload, GString *text)
{
	Reader r = reader (payload->eap.value);

	if (payload->eap.value.len >= 4)
	{
		ike_describe_field (text, "code");
		describe_code (reader_u8 (&r), text);
		ike_describe_field (text, "identifier");
		g_string_append_printf (text, "%u", reader_u8 (&r));
		reader_u16 (&r);
	}
	if (payload->eap.value.len > 4)
	{
		ike_describe_field (text, "method");
		describe_type (reader_u8 (&r), text);
	}
	ike_describe_field_octets (text, "length", payload->eap.value.len);
}

const IkePayloadDesc ike_pld_eap = {
	.types = { IKE_PAYLOAD_EAP },
	.decode = eap_decode,
	.encode = eap_encode,
	.describe = eap_describe,
	.describe_fields = eap_describe_fields,
};
