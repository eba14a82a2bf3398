/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configuration, RFC 7296 section 3.15. Values are checked by who uses them. */
#include "payload.h"

#define ATTRIBUTE_TYPE_MASK 0x7fff /* the highest bit is reserved */

/* -- Decoding and encoding --------------------------------------------------------------------------------------- */

static void
attribute_decode (Reader *r, IkeCpAttribute *ret_attribute)
{
	ret_attribute->type = reader_u16 (r) & ATTRIBUTE_TYPE_MASK;
	ret_attribute->value = reader_take (r, reader_u16 (r));
}

/* @r: a copy, that the attributes can be read again. */
static Status
count_attributes (Reader r, gsize *ret_count)
{
	gsize count = 0;

	while (reader_left (&r) > 0)
	{
		IkeCpAttribute ignored;

		attribute_decode (&r, &ignored);
		count++;
	}
	*ret_count = count;
	if (r.failed)
		return STATUS_TRUNCATED;
	return count <= IKE_MAX_ATTRIBUTES ? STATUS_OK : STATUS_TOO_LARGE;
}

static Status
cp_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);
	gsize count;
	Status status;

	payload->cp.cfg_type = reader_u8 (&r);
	reader_take (&r, 3); /* RESERVED */
	status = count_attributes (r, &count);
	if (status != STATUS_OK || count == 0)
		return status;
	payload->cp.attributes = g_try_new0 (IkeCpAttribute, count);
	if (payload->cp.attributes == NULL)
		return STATUS_NO_MEMORY;
	payload->cp.n_attributes = (guint8) count;
	for (gsize i = 0; i < count; i++)
		attribute_decode (&r, &payload->cp.attributes[i]);
	return reader_finish (&r);
}

static void
cp_clear (IkePayload *payload)
{
	g_clear_pointer (&payload->cp.attributes, g_free);
	payload->cp.n_attributes = 0;
}

static void
cp_encode (const IkePayload *payload, Writer *writer)
{
	writer_u8 (writer, payload->cp.cfg_type);
	writer_zeros (writer, 3);
	for (guint i = 0; i < payload->cp.n_attributes; i++)
	{
		const IkeCpAttribute *attribute = &payload->cp.attributes[i];
		gsize start;

		writer_u16 (writer, attribute->type & ATTRIBUTE_TYPE_MASK);
		start = writer_hole (writer, 2);
		writer_slice (writer, attribute->value);
		writer_patch_length_u16 (writer, start, start + 2);
	}
}

/* -- Describing -------------------------------------------------------------------------------------------------- */

static void
value_address (Slice value, GString *text)
{
	ike_describe_address (value, text);
}

/* An IPv6 address with a prefix length behind it (RFC 7296 section 3.15.1), or without as some gateways send it. */
static void
value_address6 (Slice value, GString *text)
{
	if (value.len != 17)
	{
		ike_describe_address (value, text);
		return;
	}
	ike_describe_address (slice (value.data, 16), text);
	g_string_append_printf (text, "/%u", value.data[16]);
}

/* Address and mask. A mask with holes is shown as it is. */
static void
value_subnet4 (Slice value, GString *text)
{
	Reader r = reader (value);
	Slice address = reader_take (&r, 4);
	guint32 mask = reader_u32 (&r);
	guint bits = 0;

	if (reader_finish (&r) != STATUS_OK)
	{
		ike_describe_hex (value, text);
		return;
	}
	ike_describe_address (address, text);
	while (bits < 32 && (mask << bits & 0x80000000u) != 0)
		bits++;
	if (bits < 32 && mask << bits != 0)
		g_string_append_printf (text, " mask %08x", mask);
	else
		g_string_append_printf (text, "/%u", bits);
}

static void
value_octets (Slice value, GString *text)
{
	ike_describe_octets (value.len, text);
}

static const struct
{
	guint16 type;
	const char *label; /* on one line; "": the value speaks for itself */
	const char *empty; /* asked for, without a value */
	void (*describe) (Slice value, GString *text);
} forms[] = {
	{ IKE_CP_INTERNAL_IP4_ADDRESS, "", "IP4", value_address },
	{ IKE_CP_INTERNAL_IP6_ADDRESS, "", "IP6", value_address6 },
	{ IKE_CP_INTERNAL_IP4_NETMASK, "MASK", "MASK", value_address },
	{ IKE_CP_INTERNAL_IP4_DNS, "DNS", "DNS4", value_address },
	{ IKE_CP_INTERNAL_IP6_DNS, "DNS", "DNS6", value_address },
	{ IKE_CP_INTERNAL_IP4_NBNS, "WINS", "WINS", value_address },
	{ IKE_CP_INTERNAL_IP4_DHCP, "DHCP", "DHCP4", value_address },
	{ IKE_CP_INTERNAL_IP6_DHCP, "DHCP", "DHCP6", value_address },
	{ IKE_CP_INTERNAL_IP4_SUBNET, "SUBNET", "SUBNET4", value_subnet4 },
	{ IKE_CP_INTERNAL_IP6_SUBNET, "SUBNET", "SUBNET6", value_address6 },
	{ IKE_CP_INTERNAL_DNS_DOMAIN, "DOMAIN", "DOMAIN", ike_describe_text },
	{ IKE_CP_APPLICATION_VERSION, "VERSION", "VERSION", ike_describe_text },
	{ IKE_CP_P_CSCF_IP4_ADDRESS, "P_CSCF", "P_CSCF4", value_address },
	{ IKE_CP_P_CSCF_IP6_ADDRESS, "P_CSCF", "P_CSCF6", value_address },
	{ IKE_CP_MS_INTERNAL_IP4_SERVER, "SERVER", "SERVER4", value_address },
	{ IKE_CP_MS_INTERNAL_IP6_SERVER, "SERVER", "SERVER6", value_address6 },
	{ IKE_CP_UNITY_BANNER, "BANNER", "BANNER", ike_describe_text },
	{ IKE_CP_UNITY_DEF_DOMAIN, "DOMAIN", "UNITY_DOMAIN", ike_describe_text },
};

static void
describe_value (const IkeCpAttribute *attribute, GString *text)
{
	for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
		if (forms[i].type == attribute->type)
		{
			forms[i].describe (attribute->value, text);
			return;
		}
	value_octets (attribute->value, text);
}

/* The name on one line, with a space behind it when a value follows. */
static void
describe_label (const IkeCpAttribute *attribute, GString *text)
{
	gboolean empty = attribute->value.len == 0;

	for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
		if (forms[i].type == attribute->type)
		{
			g_string_append (text, empty ? forms[i].empty : forms[i].label);
			if (!empty && *forms[i].label != '\0')
				g_string_append_c (text, ' ');
			return;
		}
	ike_describe_number (IKE_NUMBERS_CP, attribute->type, text);
	if (!empty)
		g_string_append_c (text, ' ');
}

static void
cp_describe (const IkePayload *payload, GString *text)
{
	gsize start = text->len;

	g_string_append_c (text, '(');
	ike_describe_number (IKE_NUMBERS_CFG, payload->cp.cfg_type, text);
	for (guint i = 0; i < payload->cp.n_attributes; i++)
	{
		const IkeCpAttribute *attribute = &payload->cp.attributes[i];

		if (ike_describe_more (text, start, payload->cp.n_attributes - i))
			break;
		g_string_append_c (text, ' ');
		describe_label (attribute, text);
		if (attribute->value.len > 0)
			describe_value (attribute, text);
	}
	g_string_append_c (text, ')');
}

static void
cp_describe_fields (const IkePayload *payload, GString *text)
{
	ike_describe_field_number (text, "type", IKE_NUMBERS_CFG, payload->cp.cfg_type);
	for (guint i = 0; i < payload->cp.n_attributes; i++)
	{
		const IkeCpAttribute *attribute = &payload->cp.attributes[i];

		ike_describe_field (text, "attribute");
		ike_describe_number (IKE_NUMBERS_CP, attribute->type, text);
		if (attribute->value.len == 0)
			continue;
		g_string_append_c (text, ' ');
		describe_value (attribute, text);
	}
}

const IkePayloadDesc ike_pld_cp = {
	.types = { IKE_PAYLOAD_CP },
	.decode = cp_decode,
	.encode = cp_encode,
	.clear = cp_clear,
	.describe = cp_describe,
	.describe_fields = cp_describe_fields,
};
