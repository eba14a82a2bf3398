/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "payload.h"

/* -- Pieces ------------------------------------------------------------------------------------------------------ */

/* Not safe: characters that change how a line or a terminal behaves, or that nobody sees: controls, format characters
 * (bidirectional ones among them), separators of lines, what is not assigned. */
static gboolean
is_safe (gunichar character)
{
	GUnicodeType type = g_unichar_type (character);

	return g_unichar_isprint (character) && type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR &&
	       type != G_UNICODE_PRIVATE_USE;
}

void
ike_describe_text (Slice octets, GString *text)
{
	gsize end = MIN (octets.len, IKE_DESCRIBE_OCTETS);
	gsize at = 0;

	while (at < end)
	{
		const char *here = (const char *) octets.data + at;
		gunichar character = g_utf8_get_char_validated (here, (gssize) (octets.len - at));
		gsize used = 1;

		/* -1 and -2 of the validation; NUL is no text either. */
		if (character >= 0x110000 || character == 0)
			g_string_append_c (text, '?');
		else
		{
			used = (gsize) g_unichar_to_utf8 (character, NULL);
			if (at + used > end)
				break;
			if (is_safe (character))
				g_string_append_unichar (text, character);
			else
				g_string_append_c (text, '?');
		}
		at += used;
	}
	if (at < octets.len)
		g_string_append (text, "...");
}

void
ike_describe_hex (Slice octets, GString *text)
{
	for (gsize i = 0; i < MIN (octets.len, IKE_DESCRIBE_OCTETS); i++)
		g_string_append_printf (text, "%02x", octets.data[i]);
	if (octets.len > IKE_DESCRIBE_OCTETS)
		g_string_append (text, "...");
}

void
ike_describe_octets (gsize octets, GString *text)
{
	guint count = (guint) MIN (octets, G_MAXUINT);

	if (count >= 1000)
		g_string_append_printf (text, "%u,%03u octets", count / 1000, count % 1000);
	else
		g_string_append_printf (text, "%u %s", count, count == 1 ? "octet" : "octets");
}

void
ike_describe_number (IkeNumbers registry, guint number, GString *text)
{
	const char *name = ike_number_name (registry, number);

	if (name != NULL)
		g_string_append (text, name);
	else
		g_string_append_printf (text, "%u", number);
}

void
ike_describe_address (Slice octets, GString *text)
{
	char buffer[INET_TEXT_OCTETS];
	InetAddress address;

	if (inet_address_decode (octets, &address) == STATUS_OK)
		g_string_append (text, inet_address_to_text (&address, buffer));
	else
		ike_describe_hex (octets, text);
}

gboolean
ike_describe_more (GString *text, gsize start, guint left)
{
	if (text->len - start <= IKE_DESCRIBE_COLUMNS)
		return FALSE;
	g_string_append_printf (text, " +%u", left);
	return TRUE;
}

/* -- Fields ------------------------------------------------------------------------------------------------------ */

void
ike_describe_field (GString *text, const char *name)
{
	if (text->len > 0)
		g_string_append_c (text, '\n');
	g_string_append_printf (text, "%s: ", name);
}

void
ike_describe_field_number (GString *text, const char *name, IkeNumbers registry, guint number)
{
	const char *known = ike_number_name (registry, number);

	ike_describe_field (text, name);
	if (known != NULL)
		g_string_append_printf (text, "%s (%u)", known, number);
	else
		g_string_append_printf (text, "%u", number);
}

void
ike_describe_field_octets (GString *text, const char *name, gsize octets)
{
	ike_describe_field (text, name);
	ike_describe_octets (octets, text);
}

void
ike_describe_field_hex (GString *text, const char *name, Slice octets)
{
	ike_describe_field (text, name);
	ike_describe_hex (octets, text);
}

/* -- Payloads ---------------------------------------------------------------------------------------------------- */

void
ike_payload_describe (const IkePayload *payload, GString *text)
{
	const IkePayloadDesc *desc = ike_payload_desc (payload->type);
	const char *name = ike_number_name (IKE_NUMBERS_PAYLOAD, payload->type);

	if (name != NULL)
		g_string_append (text, name);
	else
		g_string_append_printf (text, "payload %u", payload->type);
	if (!ike_payload_known (payload->type) && payload->critical)
		g_string_append (text, " critical");
	if (desc->describe != NULL)
		desc->describe (payload, text);
	else
	{
		g_string_append_c (text, ' ');
		ike_describe_octets (payload->body.len, text);
	}
}

void
ike_payload_describe_fields (const IkePayload *payload, GString *text)
{
	const IkePayloadDesc *desc = ike_payload_desc (payload->type);
	g_autoptr (GString) fields = g_string_new (NULL);

	/* Collected apart: the first line must not begin with a line end, whatever @text holds already. */
	if (desc->describe_fields != NULL)
		desc->describe_fields (payload, fields);
	else
		ike_describe_field_octets (fields, "length", payload->body.len);
	g_string_append_len (text, fields->str, (gssize) fields->len);
}
