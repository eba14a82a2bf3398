/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

#include "base/status.h"
#include "event.h"
#include "flow.h"
#include "printable.h"

#define MIN_COLUMNS 40u
#define MAX_COLUMNS 400u
#define TEXT_OCTETS ((gsize) 1024)

/* Where things stand in a line; a narrow terminal has only the first two places. */
#define AT_ARROW 10u
#define AT_EXCHANGE 15u
#define AT_REQUEST 31u
#define AT_ID 40u
#define AT_PAYLOADS 45u
#define AT_WRAPPED 16u
#define AT_WRAPPED_NARROW 4u
#define WIDE_ENOUGH 64u       /* for all places */
#define WIDE_FOR_HANGING 112u /* for payloads that hang below their own place */

#define DETAIL_STEP 2u
#define NAME_COLUMNS 14u /* of a field's name */

struct TracePrinter
{
	TraceStyle style;
};

TracePrinter *
trace_printer_new (const TraceStyle *style)
{
	TracePrinter *printer = g_new0 (TracePrinter, 1);

	printer->style = *style;
	printer->style.columns = CLAMP (style->columns, MIN_COLUMNS, MAX_COLUMNS);
	return printer;
}

void
trace_printer_free (TracePrinter *printer)
{
	g_free (printer);
}

/* -- Pieces ------------------------------------------------------------------------------------------------------ */

/* A string member as it may be shown, "" when there is none. */
static char *
shown (JsonObject *object, const char *name)
{
	const char *text = trace_event_text (object, name);
	GString *out = g_string_new (NULL);

	if (text != NULL)
		trace_printable_append (out, text, TEXT_OCTETS);
	return g_string_free (out, FALSE);
}

/* Eight columns for the first hundred days. */
static void
put_time (Flow *flow, JsonObject *event)
{
	double seconds = (double) MAX (trace_event_number (event, "time_us"), 0) / G_USEC_PER_SEC;
	int digits = seconds < 999.9995 ? 3 : seconds < 99999.95 ? 1 : 0;
	g_autofree char *text = g_strdup_printf ("%7.*fs", digits, seconds);

	flow_put (flow, FLOW_FAINT, text);
	flow_to (flow, AT_ARROW);
}

/* "1,234 octets in 2 datagrams, encrypted" */
static char *
size_text (JsonObject *event)
{
	gint64 octets = trace_event_number (event, "octets");
	gint64 datagrams = trace_event_number (event, "datagrams");
	GString *text = g_string_new (NULL);

	if (octets >= 1000)
		g_string_append_printf (text, "%" G_GINT64_FORMAT ",%03u octets", octets / 1000, (guint) (octets % 1000));
	else if (octets >= 0)
		g_string_append_printf (text, "%" G_GINT64_FORMAT " octets", octets);
	if (octets >= 0 && datagrams > 1)
		g_string_append_printf (text, " in %" G_GINT64_FORMAT " datagrams", datagrams);
	if (octets >= 0 && trace_event_flag (event, "protected"))
		g_string_append (text, ", encrypted");
	return g_string_free (text, FALSE);
}

/* -- The line ---------------------------------------------------------------------------------------------------- */

typedef struct
{
	const char *kind;
	const char *arrow;
	FlowColour colour;
} Direction;

/* We stand on the left, the gateway on the right; what is dropped does not quite arrive. */
static const Direction directions[] = {
	{ "sent", "-->", FLOW_SENT },
	{ "resent", "-->", FLOW_WARNING },
	{ "received", "<--", FLOW_RECEIVED },
	{ "dropped", "x--", FLOW_BAD },
};

static void
put_header (Flow *flow, JsonObject *event, const Direction *direction)
{
	g_autofree char *exchange = shown (event, "exchange");
	g_autofree char *id = g_strdup_printf ("%3" G_GINT64_FORMAT, trace_event_number (event, "message_id"));
	const char *request = trace_event_flag (event, "request") ? "request" : "response";
	gboolean wide = flow->columns >= WIDE_ENOUGH;

	if (exchange[0] == '\0')
		return;
	if (!wide)
	{
		flow_words (flow, direction->colour, exchange);
		flow_item (flow, FLOW_PLAIN, request);
		flow_words (flow, FLOW_PLAIN, id);
		return;
	}
	flow_put (flow, direction->colour, exchange);
	flow_to (flow, AT_REQUEST);
	flow_put (flow, FLOW_PLAIN, request);
	flow_to (flow, AT_ID);
	flow_put (flow, FLOW_PLAIN, id);
	flow_to (flow, AT_PAYLOADS);
}

/* RFC notation: what was encrypted stands in SK{}. */
static void
put_payloads (Flow *flow, JsonObject *event)
{
	JsonArray *payloads = trace_event_array (event, "payloads");
	guint n = payloads != NULL ? json_array_get_length (payloads) : 0;
	gboolean protected = trace_event_flag (event, "protected");

	if (n == 0 && protected)
		flow_item (flow, FLOW_PLAIN, "SK{}");
	for (guint i = 0; i < n; i++)
	{
		JsonObject *payload = trace_event_item (payloads, i);
		g_autofree char *text = payload != NULL ? shown (payload, "text") : g_strdup ("?");
		g_autofree char *item =
		    g_strconcat (protected && i == 0 ? "SK{" : "", text, protected && i + 1 == n ? "}" : "", NULL);

		flow_item (flow, FLOW_PLAIN, item);
	}
}

/* What befell it. */
static void
put_remarks (Flow *flow, JsonObject *event, const Direction *direction, gboolean details)
{
	g_autofree char *name = shown (event, "status");
	g_autofree char *text = shown (event, "text");
	gint64 datagrams = trace_event_number (event, "datagrams");
	g_autofree char *fragments = g_strdup_printf ("(%" G_GINT64_FORMAT " fragments)", datagrams);
	Status status;

	if (datagrams > 1 && !details)
		flow_item (flow, FLOW_FAINT, fragments);
	if (g_str_equal (direction->kind, "resent"))
		flow_item (flow, FLOW_WARNING, "sent again");
	if (g_str_equal (direction->kind, "dropped"))
		flow_item (flow, FLOW_BAD, "dropped:");
	if (name[0] != '\0')
		flow_words (flow, direction->colour, status_from_name (name, &status) ? status_text (status) : name);
	if (text[0] != '\0')
		flow_words (flow, FLOW_PLAIN, text);
}

/* -- Details ----------------------------------------------------------------------------------------------------- */

static void
print_line (Flow *flow, const char *text)
{
	flow_to (flow, flow->indent);
	flow_words (flow, FLOW_FAINT, text);
	flow_end_line (flow);
}

static void
print_field (Flow *flow, JsonObject *field)
{
	g_autofree char *name = shown (field, "name");
	g_autofree char *value = shown (field, "value");
	guint level = (guint) CLAMP (trace_event_number (field, "level"), 0, 4);

	flow_to (flow, AT_EXCHANGE + DETAIL_STEP * (level + 1));
	flow_put (flow, FLOW_FAINT, name);
	flow->indent = AT_EXCHANGE + DETAIL_STEP * (level + 1) + NAME_COLUMNS;
	flow_to (flow, flow->indent);
	flow_words (flow, FLOW_PLAIN, value);
	flow_end_line (flow);
}

static void
print_payload (Flow *flow, JsonObject *payload)
{
	g_autofree char *text = shown (payload, "text");
	g_autofree char *explain = shown (payload, "explain");
	JsonArray *fields = trace_event_array (payload, "fields");
	guint n = fields != NULL ? json_array_get_length (fields) : 0;

	flow->indent = AT_EXCHANGE + DETAIL_STEP;
	flow_to (flow, AT_EXCHANGE);
	flow_words (flow, FLOW_STRONG, text);
	flow_end_line (flow);
	if (explain[0] != '\0')
		print_line (flow, explain);
	for (guint i = 0; i < n; i++)
		if (trace_event_item (fields, i) != NULL)
			print_field (flow, trace_event_item (fields, i));
}

static void
print_details (Flow *flow, JsonObject *event, const Direction *direction)
{
	JsonArray *payloads = trace_event_array (event, "payloads");
	guint n = payloads != NULL ? json_array_get_length (payloads) : 0;
	g_autofree char *local = shown (event, "local");
	g_autofree char *remote = shown (event, "remote");
	g_autofree char *size = size_text (event);

	g_autofree char *ends = g_strjoin (" ", local, direction->arrow, remote, NULL);

	flow->indent = AT_EXCHANGE;
	if (local[0] != '\0' && remote[0] != '\0')
		print_line (flow, ends);
	if (size[0] != '\0')
		print_line (flow, size);
	for (guint i = 0; i < n; i++)
		if (trace_event_item (payloads, i) != NULL)
			print_payload (flow, trace_event_item (payloads, i));
	flow_end_line (flow);
}

/* -- Events ------------------------------------------------------------------------------------------------------ */

/* Where the second line of a message begins. */
static guint
wrap_column (guint columns)
{
	if (columns >= WIDE_FOR_HANGING)
		return AT_PAYLOADS;
	return columns >= WIDE_ENOUGH ? AT_WRAPPED : AT_WRAPPED_NARROW;
}

static void
print_message (Flow *flow, JsonObject *event, const Direction *direction, gboolean details)
{
	put_time (flow, event);
	flow_put (flow, direction->colour, direction->arrow);
	flow_to (flow, AT_EXCHANGE);
	flow->indent = wrap_column (flow->columns);
	put_header (flow, event, direction);
	if (!details)
		put_payloads (flow, event);
	put_remarks (flow, event, direction, details);
	flow_end_line (flow);
	if (details)
		print_details (flow, event, direction);
}

static void
print_note (Flow *flow, JsonObject *event)
{
	g_autofree char *text = shown (event, "text");
	g_autofree char *name = shown (event, "status");
	Status status;

	put_time (flow, event);
	flow_to (flow, AT_ARROW + 1);
	flow_put (flow, FLOW_FAINT, "*");
	flow_to (flow, AT_EXCHANGE);
	flow->indent = AT_EXCHANGE;
	flow_words (flow, FLOW_FAINT, text);
	if (name[0] != '\0')
		flow_words (flow, FLOW_FAINT, status_from_name (name, &status) ? status_text (status) : name);
	flow_end_line (flow);
}

/* A heading: the name of the state in a rule over the whole width. */
static void
print_state (Flow *flow, JsonObject *event)
{
	g_autofree char *text = shown (event, "text");
	g_autofree char *rule = NULL;

	put_time (flow, event);
	flow_put (flow, FLOW_FAINT, "===");
	flow_to (flow, AT_EXCHANGE);
	flow->indent = AT_EXCHANGE;
	flow_words (flow, FLOW_STRONG, text);
	if (flow->at + 2 < flow->columns)
	{
		flow_to (flow, flow->at + 1);
		rule = g_strnfill (flow->columns - flow->at, '=');
		flow_put (flow, FLOW_FAINT, rule);
	}
	flow_end_line (flow);
}

char *
trace_printer_line (TracePrinter *printer, const char *json)
{
	g_autoptr (JsonNode) root = trace_event_parse (json);
	Flow flow = { .colour = printer->style.colour, .columns = printer->style.columns };
	JsonObject *event;
	const char *kind;

	if (root == NULL)
		return NULL;
	event = json_node_get_object (root);
	kind = trace_event_text (event, "kind");
	if (kind == NULL)
		return NULL;
	flow.out = g_string_new (NULL);
	for (guint i = 0; i < G_N_ELEMENTS (directions); i++)
		if (g_str_equal (kind, directions[i].kind))
			print_message (&flow, event, &directions[i], printer->style.details);
	if (g_str_equal (kind, "note"))
		print_note (&flow, event);
	if (g_str_equal (kind, "state"))
		print_state (&flow, event);
	return g_string_free (flow.out, FALSE);
}
