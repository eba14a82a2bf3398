/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"

#include <json-glib/json-glib.h>

#include "printable.h"

#define SCHEMA 1
#define TEXT_OCTETS ((gsize) 1024)
#define FIELD_INDENT 2u /* columns that one level of ike_payload_describe_fields() has */

static const char *const kinds[] = {
	[IKE_TRACE_SENT] = "sent",       [IKE_TRACE_RESENT] = "resent", [IKE_TRACE_RECEIVED] = "received",
	[IKE_TRACE_DROPPED] = "dropped", [IKE_TRACE_NOTE] = "note",
};

/* -- Members ----------------------------------------------------------------------------------------------------- */

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
	g_autoptr (GString) clean = g_string_new (NULL);

	trace_printable_append (clean, text, TEXT_OCTETS);
	json_builder_set_member_name (builder, name);
	json_builder_add_string_value (builder, clean->str);
}

static void
add_number (JsonBuilder *builder, const char *name, gint64 number)
{
	json_builder_set_member_name (builder, name);
	json_builder_add_int_value (builder, number);
}

static void
add_flag (JsonBuilder *builder, const char *name, gboolean flag)
{
	json_builder_set_member_name (builder, name);
	json_builder_add_boolean_value (builder, flag);
}

static void
add_path (JsonBuilder *builder, const IkePath *path)
{
	char text[INET_TEXT_OCTETS];

	if (path->local.address.family != INET_NONE)
		add_text (builder, "local", inet_endpoint_to_text (&path->local, text));
	if (path->remote.address.family != INET_NONE)
		add_text (builder, "remote", inet_endpoint_to_text (&path->remote, text));
}

static JsonBuilder *
event_begin (const char *kind, gint64 time_us)
{
	JsonBuilder *builder = json_builder_new_immutable ();

	json_builder_begin_object (builder);
	add_number (builder, "schema", SCHEMA);
	add_number (builder, "time_us", time_us);
	add_text (builder, "kind", kind);
	return builder;
}

/* Takes the builder. */
static char *
event_end (JsonBuilder *builder)
{
	g_autoptr (JsonBuilder) owned = builder;
	g_autoptr (JsonNode) root = NULL;

	json_builder_end_object (owned);
	root = json_builder_get_root (owned);
	return json_to_string (root, FALSE);
}

/* -- Payloads ---------------------------------------------------------------------------------------------------- */

/* One line "name: value"; its indentation becomes the level. */
static void
add_field (JsonBuilder *builder, const char *line)
{
	const char *name = line + strspn (line, " ");
	const char *colon = strstr (name, ": ");
	g_autofree char *label = g_strndup (name, colon != NULL ? (gsize) (colon - name) : strlen (name));
	gsize level = (gsize) (name - line) / FIELD_INDENT;

	json_builder_begin_object (builder);
	add_text (builder, "name", label);
	add_text (builder, "value", colon != NULL ? colon + 2 : "");
	if (level > 0)
		add_number (builder, "level", (gint64) level);
	json_builder_end_object (builder);
}

static void
add_fields (JsonBuilder *builder, const IkePayload *payload)
{
	g_autoptr (GString) text = g_string_new (NULL);
	g_auto (GStrv) lines = NULL;

	ike_payload_describe_fields (payload, text);
	lines = g_strsplit (text->str, "\n", -1);
	json_builder_set_member_name (builder, "fields");
	json_builder_begin_array (builder);
	for (guint i = 0; lines[i] != NULL; i++)
		if (lines[i][0] != '\0')
			add_field (builder, lines[i]);
	json_builder_end_array (builder);
}

/* A notify says more by its own type than by being one. */
static const char *
explain (const IkePayload *payload)
{
	const char *words = "";

	if (payload->type == IKE_PAYLOAD_NOTIFY)
		words = ike_number_explain (IKE_NUMBERS_NOTIFY, payload->notify.notify_type);
	return words[0] != '\0' ? words : ike_number_explain (IKE_NUMBERS_PAYLOAD, payload->type);
}

static void
add_payload (JsonBuilder *builder, const IkePayload *payload)
{
	const char *name = ike_number_name (IKE_NUMBERS_PAYLOAD, payload->type);
	g_autofree char *number = g_strdup_printf ("%u", payload->type);
	g_autoptr (GString) text = g_string_new (NULL);
	const char *words = explain (payload);

	ike_payload_describe (payload, text);
	json_builder_begin_object (builder);
	add_text (builder, "type", name != NULL ? name : number);
	add_text (builder, "text", text->str);
	add_fields (builder, payload);
	if (words[0] != '\0')
		add_text (builder, "explain", words);
	json_builder_end_object (builder);
}

static void
add_payloads (JsonBuilder *builder, const IkeMessage *message)
{
	add_flag (builder, "protected", message->is_protected);
	json_builder_set_member_name (builder, "payloads");
	json_builder_begin_array (builder);
	for (guint i = 0; i < message->n_payloads; i++)
		add_payload (builder, &message->payloads[i]);
	json_builder_end_array (builder);
}

/* -- Events ------------------------------------------------------------------------------------------------------ */

static void
add_header (JsonBuilder *builder, const IkeHeader *header)
{
	const char *name = ike_number_name (IKE_NUMBERS_EXCHANGE, header->exchange);
	g_autofree char *number = g_strdup_printf ("%u", header->exchange);

	/* A datagram may be too short to have one. */
	if (header->version == 0)
		return;
	add_text (builder, "exchange", name != NULL ? name : number);
	add_flag (builder, "request", !header->response);
	add_number (builder, "message_id", header->message_id);
}

char *
trace_record_message (const IkeTrace *trace, gint64 time_us)
{
	JsonBuilder *builder = event_begin (kinds[trace->kind], time_us);

	add_path (builder, &trace->path);
	if (trace->kind != IKE_TRACE_NOTE)
		add_header (builder, &trace->header);
	if (trace->wire_octets > 0)
		add_number (builder, "octets", (gint64) trace->wire_octets);
	if (trace->n_datagrams > 0)
		add_number (builder, "datagrams", trace->n_datagrams);
	if (trace->message != NULL)
		add_payloads (builder, trace->message);
	if (trace->status != STATUS_OK)
		add_text (builder, "status", status_name (trace->status));
	if (trace->text != NULL)
		add_text (builder, "text", trace->text);
	return event_end (builder);
}

char *
trace_record_state (const char *state, gint64 time_us)
{
	JsonBuilder *builder = event_begin ("state", time_us);

	add_text (builder, "text", state);
	return event_end (builder);
}

char *
trace_record_note (const char *text, gint64 time_us)
{
	JsonBuilder *builder = event_begin ("note", time_us);

	add_text (builder, "text", text);
	return event_end (builder);
}

/* -- Keys -------------------------------------------------------------------------------------------------------- */

static const guint16 encr_numbers[ENCR_COUNT] = {
	[ENCR_AES_GCM_16] = IKE_ENCR_AES_GCM_16,
	[ENCR_CHACHA20_POLY1305] = IKE_ENCR_CHACHA20_POLY1305,
	[ENCR_AES_CBC] = IKE_ENCR_AES_CBC,
	[ENCR_3DES_CBC] = IKE_ENCR_3DES,
};

static const guint16 integ_numbers[INTEG_COUNT] = {
	[INTEG_NONE] = IKE_INTEG_NONE,
	[INTEG_HMAC_SHA1_96] = IKE_INTEG_HMAC_SHA1_96,
	[INTEG_HMAC_SHA2_256_128] = IKE_INTEG_HMAC_SHA2_256_128,
	[INTEG_HMAC_SHA2_384_192] = IKE_INTEG_HMAC_SHA2_384_192,
	[INTEG_HMAC_SHA2_512_256] = IKE_INTEG_HMAC_SHA2_512_256,
};

static void
append_hex (GString *out, const char *name, Slice octets)
{
	static const char digits[] = "0123456789abcdef";

	g_string_append_printf (out, ",\"%s\":\"", name);
	for (gsize i = 0; i < octets.len; i++)
	{
		g_string_append_c (out, digits[octets.data[i] >> 4]);
		g_string_append_c (out, digits[octets.data[i] & 15]);
	}
	g_string_append_c (out, '"');
}

/* Written by hand: a builder would leave copies of the keys that nobody wipes. Nothing in here needs escaping. */
char *
trace_record_keys (const IkeKeys *keys, gint64 time_us)
{
	gsize key_octets = keys->encr_i.len + keys->encr_r.len + keys->integ_i.len + keys->integ_r.len;
	/* Never grows, so never leaves a copy behind. */
	GString *out = g_string_sized_new (2 * key_octets + 1024);
	char text[INET_TEXT_OCTETS];

	g_string_append_printf (out, "{\"schema\":%d,\"time_us\":%" G_GINT64_FORMAT, SCHEMA, time_us);
	g_string_append_printf (out, ",\"kind\":\"keys\",\"is_child\":%s", keys->is_child ? "true" : "false");
	if (keys->path.local.address.family != INET_NONE)
		g_string_append_printf (out, ",\"local\":\"%s\"", inet_endpoint_to_text (&keys->path.local, text));
	if (keys->path.remote.address.family != INET_NONE)
		g_string_append_printf (out, ",\"remote\":\"%s\"", inet_endpoint_to_text (&keys->path.remote, text));
	if (keys->is_child)
		g_string_append_printf (out, ",\"spi_in\":\"%08x\",\"spi_out\":\"%08x\"", keys->spi_in, keys->spi_out);
	else
		g_string_append_printf (out,
		                        ",\"spi_i\":\"%016" G_GINT64_MODIFIER "x\",\"spi_r\":\"%016" G_GINT64_MODIFIER "x\"",
		                        keys->spi_i, keys->spi_r);
	g_string_append_printf (out, ",\"encr\":\"%s\",\"key_bits\":%u,\"integ\":\"%s\"",
	                        ike_number_name (IKE_NUMBERS_ENCR, encr_numbers[keys->suite.encr]), keys->suite.key_bits,
	                        ike_number_name (IKE_NUMBERS_INTEG, integ_numbers[keys->suite.integ]));
	append_hex (out, "encr_i", keys->encr_i);
	append_hex (out, "encr_r", keys->encr_r);
	append_hex (out, "integ_i", keys->integ_i);
	append_hex (out, "integ_r", keys->integ_r);
	g_string_append_c (out, '}');
	return g_string_free (out, FALSE);
}
