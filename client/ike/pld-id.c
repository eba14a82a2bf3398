/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identification, RFC 7296 section 3.5. An empty identity parses; whether one is wanted is for the session to say. */
#include "payload.h"

#include "crypto/x509.h"

static Status
id_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);

	payload->id.id_type = reader_u8 (&r);
	reader_take (&r, 3); /* RESERVED */
	payload->id.value = reader_rest (&r);
	return reader_finish (&r);
}

static void
id_encode (const IkePayload *payload, Writer *writer)
{
	writer_u8 (writer, payload->id.id_type);
	writer_zeros (writer, 3);
	writer_slice (writer, payload->id.value);
}

static void
describe_dn (Slice value, GString *text)
{
	g_autofree char *name = x509_dn_to_text (value);

	if (name != NULL)
		ike_describe_text (slice_text (name), text);
	else
		ike_describe_hex (value, text);
}

static void
describe_value (const IkePayload *payload, GString *text)
{
	Slice value = payload->id.value;

	switch (payload->id.id_type)
	{
	case IKE_ID_FQDN:
	case IKE_ID_RFC822_ADDR:
		ike_describe_text (value, text);
		break;
	case IKE_ID_IPV4_ADDR:
	case IKE_ID_IPV6_ADDR:
		ike_describe_address (value, text);
		break;
	case IKE_ID_DER_ASN1_DN:
		describe_dn (value, text);
		break;
	default: /* a number of the wire, not an enum of ours */
		ike_describe_number (IKE_NUMBERS_ID, payload->id.id_type, text);
		if (value.len > 0)
			g_string_append_c (text, ' ');
		ike_describe_hex (value, text);
		break;
	}
}

static void
id_describe (const IkePayload *payload, GString *text)
{
	g_string_append_c (text, ' ');
	describe_value (payload, text);
}

static void
id_describe_fields (const IkePayload *payload, GString *text)
{
	ike_describe_field_number (text, "type", IKE_NUMBERS_ID, payload->id.id_type);
	ike_describe_field (text, "value");
	describe_value (payload, text);
}

const IkePayloadDesc ike_pld_id = {
	.types = { IKE_PAYLOAD_IDI, IKE_PAYLOAD_IDR },
	.decode = id_decode,
	.encode = id_encode,
	.describe = id_describe,
	.describe_fields = id_describe_fields,
};
