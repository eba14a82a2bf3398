/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificate and Certificate Request, RFC 7296 sections 3.6 and 3.7. */
#include "payload.h"

#define KEY_HASH_OCTETS ((gsize) 20) /* SHA-1 of an authority's key */

static Status
cert_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);

	payload->cert.encoding = reader_u8 (&r);
	payload->cert.value = reader_rest (&r);
	return reader_finish (&r);
}

static void
cert_encode (const IkePayload *payload, Writer *writer)
{
	writer_u8 (writer, payload->cert.encoding);
	writer_slice (writer, payload->cert.value);
}

static void
cert_describe (const IkePayload *payload, GString *text)
{
	gsize octets = payload->cert.value.len;

	g_string_append_c (text, ' ');
	ike_describe_number (IKE_NUMBERS_CERT, payload->cert.encoding, text);
	g_string_append_c (text, ' ');
	if (payload->type == IKE_PAYLOAD_CERTREQ && octets % KEY_HASH_OCTETS == 0)
		g_string_append_printf (text, "%" G_GSIZE_FORMAT " %s", octets / KEY_HASH_OCTETS,
		                        octets == KEY_HASH_OCTETS ? "authority" : "authorities");
	else
		ike_describe_octets (octets, text);
}

static void
cert_describe_fields (const IkePayload *payload, GString *text)
{
	Reader r = reader (payload->cert.value);
	guint shown = 0;

	ike_describe_field_number (text, "encoding", IKE_NUMBERS_CERT, payload->cert.encoding);
	ike_describe_field_octets (text, "length", payload->cert.value.len);
	if (payload->type != IKE_PAYLOAD_CERTREQ || payload->cert.value.len % KEY_HASH_OCTETS != 0)
		return;
	while (reader_left (&r) > 0 && shown++ < 16)
		ike_describe_field_hex (text, "authority", reader_take (&r, KEY_HASH_OCTETS));
}

const IkePayloadDesc ike_pld_cert = {
	.types = { IKE_PAYLOAD_CERT, IKE_PAYLOAD_CERTREQ },
	.decode = cert_decode,
	.encode = cert_encode,
	.describe = cert_describe,
	.describe_fields = cert_describe_fields,
};
