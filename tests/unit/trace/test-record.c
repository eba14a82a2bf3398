/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as they are recorded, read back with another parser than the printer's own rules. */
#include <json-glib/json-glib.h>

#include "trace/record.h"
#include "trace/trace.h"

/* The object of a line, which is exactly one line. */
static JsonNode *
parse (char *line)
{
	g_autoptr (GError) error = NULL;
	JsonNode *root = json_from_string (line, &error);

	g_assert_no_error (error);
	g_assert_null (strchr (line, '\n'));
	g_assert_true (g_utf8_validate (line, -1, NULL));
	g_assert_true (JSON_NODE_HOLDS_OBJECT (root));
	g_assert_cmpint (json_object_get_int_member (json_node_get_object (root), "schema"), ==, 1);
	g_free (line);
	return root;
}

static JsonNode *
record (const IkeTrace *trace)
{
	return parse (trace_record_message (trace, 1234));
}

static IkePath
path (void)
{
	IkePath path = { 0 };

	g_assert_true (inet_endpoint_parse ("192.0.2.7:4500", &path.local));
	g_assert_true (inet_endpoint_parse ("[2001:db8::1]:4500", &path.remote));
	return path;
}

static IkeTrace
trace_of (IkeTraceKind kind, const IkeMessage *message)
{
	IkeTrace trace = { .kind = kind, .path = path (), .message = message };

	trace.header = (IkeHeader){ .version = 0x20, .exchange = IKE_EXCHANGE_AUTH, .response = TRUE, .message_id = 7 };
	trace.wire_octets = 1500;
	trace.n_datagrams = 2;
	return trace;
}

static void
assert_members (JsonNode *root, const char *const *names)
{
	g_autoptr (GList) members = json_object_get_members (json_node_get_object (root));
	guint n = 0;

	for (GList *at = members; at != NULL; at = at->next, n++)
		g_assert_cmpstr (at->data, ==, names[n]);
	g_assert_null (names[n]);
}

static void
test_message (void)
{
	static const char *const names[] = { "schema",    "time_us",  "kind",       "local",  "remote",
		                                 "exchange",  "request",  "message_id", "octets", "datagrams",
		                                 "protected", "payloads", NULL };
	g_autoptr (IkeMessage) message = ike_message_new ();
	IkeTrace trace = trace_of (IKE_TRACE_RECEIVED, message);
	g_autoptr (JsonNode) root = NULL;
	JsonObject *event, *payload, *field;

	message->is_protected = TRUE;
	message->n_payloads = 2;
	message->payloads[0] = (IkePayload){ .type = IKE_PAYLOAD_NONCE, .nonce = { slice ("0123456789abcdef", 16) } };
	message->payloads[1] =
	    (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = IKE_NOTIFY_NO_PROPOSAL_CHOSEN } };
	root = record (&trace);
	assert_members (root, names);
	event = json_node_get_object (root);
	g_assert_cmpint (json_object_get_int_member (event, "time_us"), ==, 1234);
	g_assert_cmpstr (json_object_get_string_member (event, "kind"), ==, "received");
	g_assert_cmpstr (json_object_get_string_member (event, "local"), ==, "192.0.2.7:4500");
	g_assert_cmpstr (json_object_get_string_member (event, "remote"), ==, "[2001:db8::1]:4500");
	g_assert_cmpstr (json_object_get_string_member (event, "exchange"), ==, "IKE_AUTH");
	g_assert_false (json_object_get_boolean_member (event, "request"));
	g_assert_cmpint (json_object_get_int_member (event, "message_id"), ==, 7);
	g_assert_cmpint (json_object_get_int_member (event, "octets"), ==, 1500);
	g_assert_cmpint (json_object_get_int_member (event, "datagrams"), ==, 2);
	g_assert_true (json_object_get_boolean_member (event, "protected"));
	g_assert_cmpuint (json_array_get_length (json_object_get_array_member (event, "payloads")), ==, 2);
	payload = json_array_get_object_element (json_object_get_array_member (event, "payloads"), 0);
	g_assert_cmpstr (json_object_get_string_member (payload, "type"), ==, "Nonce");
	field = json_array_get_object_element (json_object_get_array_member (payload, "fields"), 0);
	g_assert_cmpstr (json_object_get_string_member (field, "name"), ==, "length");
	g_assert_cmpstr (json_object_get_string_member (field, "value"), ==, "16 octets");
	/* A notify is explained by its type, every other payload by its own. */
	g_assert_cmpstr (json_object_get_string_member (payload, "explain"), ==,
	                 ike_number_explain (IKE_NUMBERS_PAYLOAD, IKE_PAYLOAD_NONCE));
	payload = json_array_get_object_element (json_object_get_array_member (event, "payloads"), 1);
	g_assert_cmpstr (json_object_get_string_member (payload, "explain"), ==,
	                 ike_number_explain (IKE_NUMBERS_NOTIFY, IKE_NOTIFY_NO_PROPOSAL_CHOSEN));
	g_assert_true (g_str_has_prefix (json_object_get_string_member (payload, "text"), "N(NO_PROPOSAL_CHOSEN"));
}

/* Transforms belong to the proposal above them. */
static void
test_levels (void)
{
	IkeProposal proposal = { .number = 1,
		                     .protocol = IKE_PROTOCOL_IKE,
		                     .n_transforms = 1,
		                     .transforms = { { IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_16, 256 } } };
	IkeMessage message = { .n_payloads = 1, .payloads = { { .type = IKE_PAYLOAD_SA, .sa = { 1, &proposal } } } };
	IkeTrace trace = trace_of (IKE_TRACE_SENT, &message);
	g_autoptr (JsonNode) root = record (&trace);
	JsonArray *payloads = json_object_get_array_member (json_node_get_object (root), "payloads");
	JsonArray *fields = json_object_get_array_member (json_array_get_object_element (payloads, 0), "fields");
	JsonObject *first = json_array_get_object_element (fields, 0), *second = json_array_get_object_element (fields, 1);

	g_assert_cmpstr (json_object_get_string_member (first, "name"), ==, "proposal");
	g_assert_false (json_object_has_member (first, "level"));
	g_assert_cmpstr (json_object_get_string_member (second, "name"), ==, "transform");
	g_assert_cmpstr (json_object_get_string_member (second, "value"), ==, "ENCR AES_GCM_16-256");
	g_assert_cmpint (json_object_get_int_member (second, "level"), ==, 1);
}

static void
test_kinds (void)
{
	static const char *const dropped_names[] = { "schema", "time_us",   "kind",   "local", "remote",
		                                         "octets", "datagrams", "status", NULL };
	static const char *const resent_names[] = { "schema",  "time_us",    "kind",   "local",     "remote", "exchange",
		                                        "request", "message_id", "octets", "datagrams", NULL };
	static const char *const note_names[] = { "schema", "time_us", "kind", "text", NULL };
	IkeTrace dropped = trace_of (IKE_TRACE_DROPPED, NULL), resent = trace_of (IKE_TRACE_RESENT, NULL);
	IkeTrace note = { .kind = IKE_TRACE_NOTE, .text = "x" };
	g_autoptr (JsonNode) dropped_root = NULL, resent_root = NULL, note_root = NULL, state_root = NULL;

	/* Too short for a header. */
	dropped.header = (IkeHeader){ 0 };
	dropped.status = STATUS_TRUNCATED;
	dropped_root = record (&dropped);
	assert_members (dropped_root, dropped_names);
	g_assert_cmpstr (json_object_get_string_member (json_node_get_object (dropped_root), "status"), ==, "truncated");
	resent_root = record (&resent);
	assert_members (resent_root, resent_names);
	note_root = record (&note);
	assert_members (note_root, note_names);
	state_root = parse (trace_record_state ("established", 5));
	assert_members (state_root, note_names);
	g_assert_cmpstr (json_object_get_string_member (json_node_get_object (state_root), "kind"), ==, "state");
}

/* Numbers without a name, and the largest there are. */
static void
test_unknown_numbers (void)
{
	IkeMessage message = { .n_payloads = 1, .payloads = { { .type = 200, .body = slice ("\0\xff", 2) } } };
	IkeTrace trace = trace_of (IKE_TRACE_RECEIVED, &message);
	g_autoptr (JsonNode) root = NULL;
	JsonObject *event, *payload;

	trace.header.exchange = 250;
	trace.header.message_id = G_MAXUINT32;
	root = record (&trace);
	event = json_node_get_object (root);
	g_assert_cmpstr (json_object_get_string_member (event, "exchange"), ==, "250");
	g_assert_cmpint (json_object_get_int_member (event, "message_id"), ==, G_MAXUINT32);
	payload = json_array_get_object_element (json_object_get_array_member (event, "payloads"), 0);
	g_assert_cmpstr (json_object_get_string_member (payload, "type"), ==, "200");
	g_assert_false (json_object_has_member (payload, "explain"));
}

/* Words from the wire: in every payload that has some, and in notes. */
static void
test_hostile_words (void)
{
	static const char words[] = "\"},{\n\r\t\x1b[2J\\\xff\xfe \xe2\x80\xae\xc2\x9b \0end";
	Slice octets = slice (words, sizeof words - 1);
	IkeMessage message = { .n_payloads = 3 };
	IkeTrace trace = trace_of (IKE_TRACE_RECEIVED, &message);
	g_autoptr (JsonNode) root = NULL, note = NULL;
	g_autofree char *line = NULL;

	message.payloads[0] = (IkePayload){ .type = IKE_PAYLOAD_IDR, .id = { .id_type = IKE_ID_FQDN, .value = octets } };
	message.payloads[1] = (IkePayload){ .type = IKE_PAYLOAD_VENDOR, .vendor = { octets } };
	message.payloads[2] = (IkePayload){ .type = IKE_PAYLOAD_EAP, .eap = { octets } };
	trace.text = words;
	line = trace_record_message (&trace, 0);
	for (const char *at = line; *at != '\0'; at = g_utf8_next_char (at))
		g_assert_true (g_unichar_isprint (g_utf8_get_char (at)));
	root = parse (g_steal_pointer (&line));
	g_assert_cmpuint (json_array_get_length (json_object_get_array_member (json_node_get_object (root), "payloads")),
	                  ==, 3);
	note = parse (trace_record_note (words, 0));
	g_assert_cmpstr (json_object_get_string_member (json_node_get_object (note), "text"), ==, "\"},{????[2J\\?? ?? ");
}

/* The largest message there can be still makes a line that is read. */
static void
test_largest (void)
{
	static guint8 octets[65000];
	g_autofree IkeProposal *proposals = g_new0 (IkeProposal, IKE_MAX_PROPOSALS);
	g_autoptr (IkeMessage) message = ike_message_new ();
	IkeTrace trace = trace_of (IKE_TRACE_RECEIVED, message);
	TracePrinter *printer = trace_printer_new (&(TraceStyle){ .details = TRUE, .columns = 80 });
	g_autofree char *line = NULL, *text = NULL;

	memset (octets, 'x', sizeof octets);
	for (guint i = 0; i < IKE_MAX_PROPOSALS; i++)
	{
		proposals[i].n_transforms = IKE_MAX_TRANSFORMS;
		for (guint k = 0; k < IKE_MAX_TRANSFORMS; k++)
			proposals[i].transforms[k] = (IkeTransform){ IKE_TRANSFORM_ENCR, IKE_ENCR_CHACHA20_POLY1305, 256 };
	}
	for (guint i = 0; i < IKE_MAX_PAYLOADS; i++)
		message->payloads[i] = (IkePayload){ .type = IKE_PAYLOAD_VENDOR, .vendor = { SLICE_ARRAY (octets) } };
	message->payloads[0] = (IkePayload){ .type = IKE_PAYLOAD_SA, .sa = { IKE_MAX_PROPOSALS, proposals } };
	message->n_payloads = IKE_MAX_PAYLOADS;
	line = trace_record_message (&trace, 0);
	text = trace_printer_line (printer, line);
	g_assert_nonnull (text);
	g_assert_cmpuint (strlen (line), <, 1 << 20);
	/* Proposals are ours, not the message's. */
	message->payloads[0] = (IkePayload){ .type = IKE_PAYLOAD_VENDOR };
	trace_printer_free (printer);
}

/* What is recorded is what is printed. */
static void
test_printed (void)
{
	IkeMessage message = {
		.n_payloads = 1,
		.is_protected = TRUE,
		.payloads = { { .type = IKE_PAYLOAD_IDI,
		                .id = { .id_type = IKE_ID_RFC822_ADDR, .value = slice ("alice@example.org", 17) } } }
	};
	IkeTrace trace = trace_of (IKE_TRACE_SENT, &message);
	TracePrinter *printer = trace_printer_new (&(TraceStyle){ .columns = 80 });
	g_autofree char *line = trace_record_message (&trace, 2000);
	g_autofree char *text = trace_printer_line (printer, line);

	g_assert_cmpstr (text, ==,
	                 "  0.002s  -->  IKE_AUTH        response   7  SK{IDi alice@example.org}\n"
	                 "                (2 fragments)\n");
	trace_printer_free (printer);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/trace/record/message", test_message);
	g_test_add_func ("/trace/record/levels", test_levels);
	g_test_add_func ("/trace/record/kinds", test_kinds);
	g_test_add_func ("/trace/record/unknown-numbers", test_unknown_numbers);
	g_test_add_func ("/trace/record/hostile-words", test_hostile_words);
	g_test_add_func ("/trace/record/largest", test_largest);
	g_test_add_func ("/trace/record/printed", test_printed);
	return g_test_run ();
}
