/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike.h"

#define IDENTITY_MAX_OCTETS 255

static gboolean
parse_hex (const char *text, GByteArray *octets)
{
	gsize len = strlen (text);

	if (len == 0 || len % 2 != 0)
		return FALSE;
	for (gsize i = 0; i < len; i += 2)
	{
		int high = g_ascii_xdigit_value (text[i]), low = g_ascii_xdigit_value (text[i + 1]);
		guint8 octet = (guint8) (high << 4 | low);

		if (high < 0 || low < 0)
			return FALSE;
		g_byte_array_append (octets, &octet, 1);
	}
	return TRUE;
}

static Status
parse_key_id (const char *hex, IkeIdentity *ret_identity)
{
	GByteArray *octets = g_byte_array_new ();

	if (!parse_hex (hex, octets))
	{
		g_byte_array_unref (octets);
		return STATUS_MALFORMED;
	}
	*ret_identity = (IkeIdentity){ IKE_ID_KEY_ID, g_byte_array_free_to_bytes (octets) };
	return STATUS_OK;
}

Status
ike_identity_parse (const char *text, IkeIdentity *ret_identity)
{
	InetAddress address;
	GBytes *dn;
	gsize len = strlen (text);

	if (len == 0 || len > IDENTITY_MAX_OCTETS || !g_utf8_validate (text, -1, NULL))
		return STATUS_MALFORMED;
	if (inet_address_parse (text, &address))
		*ret_identity = (IkeIdentity){ address.family == INET_V4 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR,
			                           slice_dup (inet_address_view (&address)) };
	else if (g_str_has_prefix (text, "@#"))
		return parse_key_id (text + 2, ret_identity);
	else if (strchr (text, '=') != NULL)
	{
		if (x509_dn_from_text (text, &dn) != STATUS_OK)
			return STATUS_MALFORMED;
		*ret_identity = (IkeIdentity){ IKE_ID_DER_ASN1_DN, dn };
	}
	else
		*ret_identity = (IkeIdentity){ strchr (text, '@') != NULL ? IKE_ID_RFC822_ADDR : IKE_ID_FQDN,
			                           slice_dup (slice_text (text)) };
	return STATUS_OK;
}

void
ike_identity_clear (IkeIdentity *identity)
{
	g_clear_pointer (&identity->value, g_bytes_unref);
}

char *
ike_identity_text (guint8 type, Slice value)
{
	IkePayload payload = { .type = IKE_PAYLOAD_IDR, .id = { type, value } };
	g_autoptr (GString) text = g_string_new (NULL);
	char *space;

	/* "IDr VALUE": the describer knows how to make octets of a stranger harmless. */
	ike_payload_describe (&payload, text);
	space = strchr (text->str, ' ');
	return g_strdup (space != NULL ? space + 1 : text->str);
}
