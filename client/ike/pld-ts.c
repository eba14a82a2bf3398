/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic Selectors, RFC 7296 section 3.13. */
#include "payload.h"

#define SELECTOR_HEADER_OCTETS ((gsize) 4)

static gsize
type_octets (guint8 type)
{
	switch (type)
	{
	case IKE_TS_IPV4_ADDR_RANGE:
		return 4;
	case IKE_TS_IPV6_ADDR_RANGE:
		return 16;
	default: /* a number of the wire, not an enum of ours */
		return 0;
	}
}

/* Start above end only as "opaque", 65535 to 0 (RFC 7296 section 3.13.1). */
static gboolean
ports_valid (const InetSelector *selector)
{
	return selector->port_first <= selector->port_last ||
	       (selector->port_first == G_MAXUINT16 && selector->port_last == 0);
}

static Status
range_decode (Reader *r, gsize octets, InetSelector *selector)
{
	Slice first, last;

	selector->port_first = reader_u16 (r);
	selector->port_last = reader_u16 (r);
	first = reader_take (r, octets);
	last = reader_take (r, octets);
	if (reader_finish (r) != STATUS_OK)
		return STATUS_MALFORMED; /* the selector's length does not fit its type */
	if (inet_address_decode (first, &selector->range.first) != STATUS_OK ||
	    inet_address_decode (last, &selector->range.last) != STATUS_OK)
		return STATUS_MALFORMED;
	return inet_range_valid (&selector->range) && ports_valid (selector) ? STATUS_OK : STATUS_MALFORMED;
}

static Status
selector_decode (Reader *r, IkePayload *payload)
{
	InetSelector selector = { 0 };
	guint8 type = reader_u8 (r);
	guint16 octets;
	Reader body;
	Status status;

	selector.protocol = reader_u8 (r);
	octets = reader_u16 (r);
	if (r->failed)
		return STATUS_TRUNCATED;
	if (octets < SELECTOR_HEADER_OCTETS)
		return STATUS_MALFORMED;
	body = reader_sub (r, octets - SELECTOR_HEADER_OCTETS);
	if (r->failed)
		return STATUS_TRUNCATED;
	if (payload->ts.n_selectors + payload->ts.n_unknown == IKE_MAX_SELECTORS)
		return STATUS_TOO_LARGE;
	if (type_octets (type) == 0)
	{
		payload->ts.n_unknown++;
		return STATUS_OK;
	}
	status = range_decode (&body, type_octets (type), &selector);
	if (status == STATUS_OK)
		payload->ts.selectors[payload->ts.n_selectors++] = selector;
	return status;
}

static Status
ts_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);
	guint8 announced = reader_u8 (&r);

	reader_take (&r, 3); /* RESERVED */
	if (r.failed)
		return STATUS_TRUNCATED;
	if (announced == 0)
		return STATUS_MALFORMED;
	for (guint i = 0; i < announced; i++)
	{
		Status status = selector_decode (&r, payload);

		if (status != STATUS_OK)
			return status;
	}
	return reader_finish (&r);
}

static void
selector_encode (const InetSelector *selector, Writer *writer)
{
	gboolean v4 = selector->range.first.family == INET_V4;
	gsize start = writer_view (writer).len;

	writer_u8 (writer, v4 ? IKE_TS_IPV4_ADDR_RANGE : IKE_TS_IPV6_ADDR_RANGE);
	writer_u8 (writer, selector->protocol);
	writer_hole (writer, 2);
	writer_u16 (writer, selector->port_first);
	writer_u16 (writer, selector->port_last);
	writer_slice (writer, inet_address_view (&selector->range.first));
	writer_slice (writer, inet_address_view (&selector->range.last));
	writer_patch_length_u16 (writer, start + 2, start);
}

static void
ts_encode (const IkePayload *payload, Writer *writer)
{
	writer_u8 (writer, payload->ts.n_selectors);
	writer_zeros (writer, 3);
	for (guint i = 0; i < payload->ts.n_selectors; i++)
		selector_encode (&payload->ts.selectors[i], writer);
}

static void
ts_describe (const IkePayload *payload, GString *text)
{
	gsize start = text->len;
	char buffer[INET_TEXT_OCTETS];

	g_string_append_c (text, '(');
	for (guint i = 0; i < payload->ts.n_selectors; i++)
	{
		if (ike_describe_more (text, start, payload->ts.n_selectors - i))
			break;
		if (i > 0)
			g_string_append_c (text, ' ');
		g_string_append (text, inet_selector_to_text (&payload->ts.selectors[i], buffer));
	}
	if (payload->ts.n_unknown > 0)
		g_string_append_printf (text, "%s%u unknown", payload->ts.n_selectors > 0 ? " " : "", payload->ts.n_unknown);
	g_string_append_c (text, ')');
}

static void
ts_describe_fields (const IkePayload *payload, GString *text)
{
	char buffer[INET_TEXT_OCTETS];

	for (guint i = 0; i < payload->ts.n_selectors; i++)
	{
		ike_describe_field (text, "selector");
		g_string_append (text, inet_selector_to_text (&payload->ts.selectors[i], buffer));
	}
	if (payload->ts.n_unknown > 0)
	{
		ike_describe_field (text, "selectors of unknown type");
		g_string_append_printf (text, "%u", payload->ts.n_unknown);
	}
}

const IkePayloadDesc ike_pld_ts = {
	.types = { IKE_PAYLOAD_TSI, IKE_PAYLOAD_TSR },
	.decode = ts_decode,
	.encode = ts_encode,
	.describe = ts_describe,
	.describe_fields = ts_describe_fields,
};
