/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notify, RFC 7296 section 3.10. An SPI of any size parses. */
#include "payload.h"

static Status
notify_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);
	guint8 spi_octets;

	payload->notify.protocol = reader_u8 (&r);
	spi_octets = reader_u8 (&r);
	payload->notify.notify_type = reader_u16 (&r);
	payload->notify.spi = reader_take (&r, spi_octets);
	payload->notify.value = reader_rest (&r);
	return reader_finish (&r);
}

static void
notify_encode (const IkePayload *payload, Writer *writer)
{
	writer_u8 (writer, payload->notify.protocol);
	writer_u8 (writer, (guint8) payload->notify.spi.len);
	writer_u16 (writer, payload->notify.notify_type);
	writer_slice (writer, payload->notify.spi);
	writer_slice (writer, payload->notify.value);
}

/* -- What the data of some types says ------------------------------------------------------------------------------ */

static void
data_octets (Slice value, GString *text)
{
	ike_describe_octets (value.len, text);
}

/* Hashes of fixed length: nothing in them is for people. */
static void
data_none (Slice value, GString *text)
{
}

static void
data_payload_type (Slice value, GString *text)
{
	if (value.len == 1)
		ike_describe_number (IKE_NUMBERS_PAYLOAD, value.data[0], text);
	else
		ike_describe_hex (value, text);
}

static void
data_group (Slice value, GString *text)
{
	Reader r = reader (value);

	ike_describe_number (IKE_NUMBERS_KE, reader_u16 (&r), text);
}

static void
data_hashes (Slice value, GString *text)
{
	Reader r = reader (value);
	gsize start = text->len;

	while (reader_left (&r) > 0 && !ike_describe_more (text, start, (guint) reader_left (&r) / 2))
	{
		if (text->len > start)
			g_string_append_c (text, ' ');
		ike_describe_number (IKE_NUMBERS_HASH, reader_u16 (&r), text);
	}
}

static void
data_u32 (Slice value, GString *text)
{
	Reader r = reader (value);

	g_string_append_printf (text, "%u", reader_u32 (&r));
}

static void
data_seconds (Slice value, GString *text)
{
	data_u32 (value, text);
	g_string_append (text, " s");
}

/* A WIN32 error code, in decimal as their documents list them. */
static void
data_windows_code (Slice value, GString *text)
{
	if (value.len == 4)
		data_u32 (value, text);
	else
		ike_describe_hex (value, text);
}

/* Kind of the gateway's name, its length, the name (RFC 5685 section 5). The nonce behind it is nobody's business. */
static void
data_redirect (Slice value, GString *text)
{
	Reader r = reader (value);
	guint8 kind = reader_u8 (&r);
	guint8 octets = reader_u8 (&r);
	Slice name = reader_take (&r, octets);

	if (kind == 3)
		ike_describe_text (name, text);
	else
		ike_describe_address (name, text);
}

typedef void (*DescribeData) (Slice value, GString *text);

static const struct
{
	guint16 type;
	DescribeData describe;
} data_forms[] = {
	{ IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, data_payload_type },
	{ IKE_NOTIFY_INVALID_KE_PAYLOAD, data_group },
	{ IKE_NOTIFY_MS_STATUS, data_windows_code },
	{ IKE_NOTIFY_SET_WINDOW_SIZE, data_u32 },
	{ IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, data_none },
	{ IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, data_none },
	{ IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS, ike_describe_address },
	{ IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS, ike_describe_address },
	{ IKE_NOTIFY_AUTH_LIFETIME, data_seconds },
	{ IKE_NOTIFY_REDIRECT, data_redirect },
	{ IKE_NOTIFY_REDIRECTED_FROM, data_redirect },
	{ IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, data_hashes },
};

static DescribeData
data_form (guint16 type)
{
	for (gsize i = 0; i < G_N_ELEMENTS (data_forms); i++)
		if (data_forms[i].type == type)
			return data_forms[i].describe;
	return NULL;
}

/* "(COOKIE) 32 octets", "(INVALID_KE_PAYLOAD curve25519)", "(REKEY_SA ESP 01020304)" */
static void
notify_describe (const IkePayload *payload, GString *text)
{
	DescribeData form = data_form (payload->notify.notify_type);
	Slice value = payload->notify.value;

	g_string_append_c (text, '(');
	ike_describe_number (IKE_NUMBERS_NOTIFY, payload->notify.notify_type, text);
	if (payload->notify.spi.len > 0)
	{
		g_string_append_c (text, ' ');
		ike_describe_number (IKE_NUMBERS_PROTOCOL, payload->notify.protocol, text);
		g_string_append_c (text, ' ');
		ike_describe_hex (payload->notify.spi, text);
	}
	if (form != NULL && form != data_none && value.len > 0)
	{
		g_string_append_c (text, ' ');
		form (value, text);
	}
	g_string_append_c (text, ')');
	if (form == NULL && value.len > 0)
	{
		g_string_append_c (text, ' ');
		data_octets (value, text);
	}
}

static void
notify_describe_fields (const IkePayload *payload, GString *text)
{
	DescribeData form = data_form (payload->notify.notify_type);
	const char *source = ike_number_source (IKE_NUMBERS_NOTIFY, payload->notify.notify_type);

	ike_describe_field_number (text, "type", IKE_NUMBERS_NOTIFY, payload->notify.notify_type);
	if (*source != '\0')
		g_string_append_printf (text, ", %s", source);
	if (payload->notify.protocol != IKE_PROTOCOL_NONE)
		ike_describe_field_number (text, "protocol", IKE_NUMBERS_PROTOCOL, payload->notify.protocol);
	if (payload->notify.spi.len > 0)
		ike_describe_field_hex (text, "SPI", payload->notify.spi);
	if (payload->notify.value.len == 0)
		return;
	ike_describe_field (text, "data");
	(form != NULL && form != data_none ? form : data_octets) (payload->notify.value, text);
}

const IkePayloadDesc ike_pld_notify = {
	.types = { IKE_PAYLOAD_NOTIFY },
	.decode = notify_decode,
	.encode = notify_encode,
	.describe = notify_describe,
	.describe_fields = notify_describe_fields,
};
