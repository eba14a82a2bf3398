/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Vendor ID, RFC 7296 section 3.12. Most are hashes, some are text. */
#include "payload.h"

static Status
vendor_decode (IkePayload *payload)
{
	payload->vendor.value = payload->body;
	return STATUS_OK;
}

static void
vendor_encode (const IkePayload *payload, Writer *writer)
{
	writer_slice (writer, payload->vendor.value);
}

static gboolean
is_text (Slice value)
{
	for (gsize i = 0; i < value.len; i++)
		if (!g_ascii_isprint (value.data[i]))
			return FALSE;
	return value.len > 0;
}

static void
vendor_describe (const IkePayload *payload, GString *text)
{
	if (is_text (payload->vendor.value))
	{
		g_string_append_c (text, '(');
		ike_describe_text (payload->vendor.value, text);
		g_string_append_c (text, ')');
		return;
	}
	g_string_append_c (text, ' ');
	ike_describe_octets (payload->vendor.value.len, text);
}

static void
vendor_describe_fields (const IkePayload *payload, GString *text)
{
	if (is_text (payload->vendor.value))
	{
		ike_describe_field (text, "text");
		ike_describe_text (payload->vendor.value, text);
	}
	ike_describe_field_hex (text, "octets", payload->vendor.value);
}

const IkePayloadDesc ike_pld_vendor = {
	.types = { IKE_PAYLOAD_VENDOR },
	.decode = vendor_decode,
	.encode = vendor_encode,
	.describe = vendor_describe,
	.describe_fields = vendor_describe_fields,
};
