/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events as people see them. The expected texts are meant to be looked at. */
#include "trace/trace.h"

#define HEAD "{\"schema\":1,\"time_us\":"
#define PATH "\"local\":\"192.0.2.7:4500\",\"remote\":\"198.51.100.1:4500\","

static char *
print (guint columns, gboolean details, gboolean colour, const char *json)
{
	TraceStyle style = { .colour = colour, .details = details, .columns = columns };
	TracePrinter *printer = trace_printer_new (&style);
	char *text = trace_printer_line (printer, json);

	trace_printer_free (printer);
	return text;
}

static const char *const connecting[] = {
	HEAD "0,\"kind\":\"state\",\"text\":\"connecting\"}",
	HEAD "1234,\"kind\":\"sent\"," PATH "\"exchange\":\"IKE_SA_INIT\",\"request\":true,\"message_id\":0,\"octets\":432,"
	     "\"datagrams\":1,\"protected\":false,\"payloads\":["
	     "{\"type\":\"SA\",\"text\":\"SA{IKE: AES_GCM_16-256/PRF_HMAC_SHA2_256/ecp256 +12}\"},"
	     "{\"type\":\"KE\",\"text\":\"KE(ecp256)\"},{\"type\":\"Nonce\",\"text\":\"Nonce\"},"
	     "{\"type\":\"N\",\"text\":\"N(NAT_DETECTION_SOURCE_IP)\"},"
	     "{\"type\":\"N\",\"text\":\"N(NAT_DETECTION_DESTINATION_IP)\"},"
	     "{\"type\":\"N\",\"text\":\"N(IKEV2_FRAGMENTATION_SUPPORTED)\"}]}",
	HEAD "501300,\"kind\":\"resent\"," PATH
	     "\"exchange\":\"IKE_SA_INIT\",\"request\":true,\"message_id\":0,\"octets\":432}",
	HEAD "502000,\"kind\":\"dropped\"," PATH "\"octets\":12,\"datagrams\":1,\"status\":\"truncated\"}",
	HEAD "503000,\"kind\":\"received\"," PATH "\"exchange\":\"IKE_SA_INIT\",\"request\":false,\"message_id\":0,"
	     "\"datagrams\":1,\"protected\":false,\"payloads\":[{\"type\":\"N\",\"text\":\"N(COOKIE) 32 octets\"}]}",
	HEAD "510000,\"kind\":\"note\",\"text\":\"a NAT lies between this computer and the gateway: from now on everything "
	     "goes to UDP port 4500\"}",
	HEAD "510100,\"kind\":\"state\",\"text\":\"authenticating\"}",
	HEAD "511000,\"kind\":\"sent\"," PATH "\"exchange\":\"IKE_AUTH\",\"request\":true,\"message_id\":1,\"datagrams\":1,"
	     "\"protected\":true,\"payloads\":[{\"type\":\"IDi\",\"text\":\"IDi(alice@example.org)\"},"
	     "{\"type\":\"CP\",\"text\":\"CP(REQUEST ADDR DNS ADDR6 DNS6)\"},"
	     "{\"type\":\"TSi\",\"text\":\"TSi(0.0.0.0/0 ::/0)\"},{\"type\":\"TSr\",\"text\":\"TSr(0.0.0.0/0 ::/0)\"}]}",
	HEAD
	"530000,\"kind\":\"received\"," PATH "\"exchange\":\"IKE_AUTH\",\"request\":false,\"message_id\":1,\"datagrams\":3,"
	"\"protected\":true,\"payloads\":[{\"type\":\"IDr\",\"text\":\"IDr(vpn.example.org)\"},"
	"{\"type\":\"CERT\",\"text\":\"CERT X.509 1,204 octets\"},{\"type\":\"EAP\",\"text\":\"EAP(Request Identity)\"}]}",
	HEAD "531000,\"kind\":\"dropped\"," PATH "\"exchange\":\"IKE_AUTH\",\"request\":false,\"message_id\":1,"
	     "\"status\":\"bad-icv\"}",
	HEAD "600000,\"kind\":\"state\",\"text\":\"established\"}",
	HEAD "5400000000,\"kind\":\"received\"," PATH "\"exchange\":\"INFORMATIONAL\",\"request\":true,\"message_id\":0,"
	     "\"datagrams\":1,\"protected\":true,\"payloads\":[]}",
	HEAD "5400001000,\"kind\":\"sent\"," PATH "\"exchange\":\"INFORMATIONAL\",\"request\":false,\"message_id\":0,"
	     "\"datagrams\":1,\"protected\":true,\"payloads\":[]}",
};

static void
assert_ladder (guint columns, const char *expected)
{
	g_autoptr (GString) all = g_string_new (NULL);

	for (guint i = 0; i < G_N_ELEMENTS (connecting); i++)
	{
		g_autofree char *text = print (columns, FALSE, FALSE, connecting[i]);

		g_string_append (all, text);
	}
	g_assert_cmpstr (all->str, ==, expected);
}

static void
test_ladder (void)
{
	assert_ladder (80, "  0.000s  ===  connecting ======================================================\n"
	                   "  0.001s  -->  IKE_SA_INIT     request    0\n"
	                   "                SA{IKE: AES_GCM_16-256/PRF_HMAC_SHA2_256/ecp256 +12} KE(ecp256)\n"
	                   "                Nonce N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP)\n"
	                   "                N(IKEV2_FRAGMENTATION_SUPPORTED)\n"
	                   "  0.501s  -->  IKE_SA_INIT     request    0  sent again\n"
	                   "  0.502s  x--  dropped: The data ends before the field that its lengths\n"
	                   "                announce.\n"
	                   "  0.503s  <--  IKE_SA_INIT     response   0  N(COOKIE) 32 octets\n"
	                   "  0.510s   *   a NAT lies between this computer and the gateway: from now on\n"
	                   "               everything goes to UDP port 4500\n"
	                   "  0.510s  ===  authenticating ==================================================\n"
	                   "  0.511s  -->  IKE_AUTH        request    1  SK{IDi(alice@example.org)\n"
	                   "                CP(REQUEST ADDR DNS ADDR6 DNS6) TSi(0.0.0.0/0 ::/0)\n"
	                   "                TSr(0.0.0.0/0 ::/0)}\n"
	                   "  0.530s  <--  IKE_AUTH        response   1  SK{IDr(vpn.example.org)\n"
	                   "                CERT X.509 1,204 octets EAP(Request Identity)} (3 fragments)\n"
	                   "  0.531s  x--  IKE_AUTH        response   1  dropped: The integrity check of a\n"
	                   "                message failed.\n"
	                   "  0.600s  ===  established =====================================================\n"
	                   " 5400.0s  <--  INFORMATIONAL   request    0  SK{}\n"
	                   " 5400.0s  -->  INFORMATIONAL   response   0  SK{}\n");
}

static void
test_narrow (void)
{
	assert_ladder (40, "  0.000s  ===  connecting ==============\n"
	                   "  0.001s  -->  IKE_SA_INIT request 0\n"
	                   "    SA{IKE:\n"
	                   "    AES_GCM_16-256/PRF_HMAC_SHA2_256/ecp\n"
	                   "    256 +12} KE(ecp256) Nonce\n"
	                   "    N(NAT_DETECTION_SOURCE_IP)\n"
	                   "    N(NAT_DETECTION_DESTINATION_IP)\n"
	                   "    N(IKEV2_FRAGMENTATION_SUPPORTED)\n"
	                   "  0.501s  -->  IKE_SA_INIT request 0\n"
	                   "    sent again\n"
	                   "  0.502s  x--  dropped: The data ends\n"
	                   "    before the field that its lengths\n"
	                   "    announce.\n"
	                   "  0.503s  <--  IKE_SA_INIT response 0\n"
	                   "    N(COOKIE) 32 octets\n"
	                   "  0.510s   *   a NAT lies between this\n"
	                   "               computer and the gateway:\n"
	                   "               from now on everything\n"
	                   "               goes to UDP port 4500\n"
	                   "  0.510s  ===  authenticating ==========\n"
	                   "  0.511s  -->  IKE_AUTH request 1\n"
	                   "    SK{IDi(alice@example.org)\n"
	                   "    CP(REQUEST ADDR DNS ADDR6 DNS6)\n"
	                   "    TSi(0.0.0.0/0 ::/0)\n"
	                   "    TSr(0.0.0.0/0 ::/0)}\n"
	                   "  0.530s  <--  IKE_AUTH response 1\n"
	                   "    SK{IDr(vpn.example.org)\n"
	                   "    CERT X.509 1,204 octets\n"
	                   "    EAP(Request Identity)} (3 fragments)\n"
	                   "  0.531s  x--  IKE_AUTH response 1\n"
	                   "    dropped: The integrity check of a\n"
	                   "    message failed.\n"
	                   "  0.600s  ===  established =============\n"
	                   " 5400.0s  <--  INFORMATIONAL request 0\n"
	                   "    SK{}\n"
	                   " 5400.0s  -->  INFORMATIONAL response 0\n"
	                   "    SK{}\n");
}

/* Payloads hang below their own column where there is room for it. */
static void
test_wide (void)
{
	g_autofree char *text = print (132, FALSE, FALSE, connecting[1]);

	g_assert_cmpstr (
	    text, ==,
	    "  0.001s  -->  IKE_SA_INIT     request    0  SA{IKE: AES_GCM_16-256/PRF_HMAC_SHA2_256/ecp256 +12} KE(ecp256) "
	    "Nonce\n"
	    "                                             N(NAT_DETECTION_SOURCE_IP) N(NAT_DETECTION_DESTINATION_IP)\n"
	    "                                             N(IKEV2_FRAGMENTATION_SUPPORTED)\n");
}

static const char detailed[] = HEAD
    "1234,\"kind\":\"received\"," PATH "\"exchange\":\"IKE_AUTH\",\"request\":false,\"message_id\":1,\"octets\":2345,"
    "\"datagrams\":2,\"protected\":true,\"payloads\":["
    "{\"type\":\"SA\",\"text\":\"SA{ESP: AES_GCM_16-256/NO_ESN}\",\"fields\":["
    "{\"name\":\"proposal\",\"value\":\"1 ESP SPI c0ffee01\"},"
    "{\"name\":\"transform\",\"value\":\"ENCR AES_GCM_16-256\",\"level\":1},"
    "{\"name\":\"transform\",\"value\":\"SN NO_ESN\",\"level\":1}],"
    "\"explain\":\"security association: algorithms offered or chosen\"},"
    "{\"type\":\"N\",\"text\":\"N(AUTH_LIFETIME 3600 s)\",\"fields\":["
    "{\"name\":\"type\",\"value\":\"AUTH_LIFETIME (16403), RFC 4478\"},{\"name\":\"data\",\"value\":\"3600 s\"}],"
    "\"explain\":\"the gateway wants to be authenticated to again before this time is over, or it ends the "
    "connection\"},"
    "{\"type\":\"CP\",\"text\":\"CP(REPLY DOMAIN x)\",\"fields\":[{\"name\":\"attribute\",\"value\":"
    "\"a-domain-that-is-much-too-long-for-one-line.of-this-terminal.and-must-be-broken.example.org\"}]},"
    "{\"type\":\"200\",\"text\":\"payload 200 4 octets\",\"fields\":[]}]}";

static void
test_details (void)
{
	g_autofree char *text = print (80, TRUE, FALSE, detailed);
	g_autofree char *dropped = print (80, TRUE, FALSE, connecting[3]);
	g_autofree char *note = print (80, TRUE, FALSE, connecting[5]);

	g_assert_cmpstr (text, ==,
	                 "  0.001s  <--  IKE_AUTH        response   1\n"
	                 "               192.0.2.7:4500 <-- 198.51.100.1:4500\n"
	                 "               2,345 octets in 2 datagrams, encrypted\n"
	                 "               SA{ESP: AES_GCM_16-256/NO_ESN}\n"
	                 "                 security association: algorithms offered or chosen\n"
	                 "                 proposal      1 ESP SPI c0ffee01\n"
	                 "                   transform     ENCR AES_GCM_16-256\n"
	                 "                   transform     SN NO_ESN\n"
	                 "               N(AUTH_LIFETIME 3600 s)\n"
	                 "                 the gateway wants to be authenticated to again before this time\n"
	                 "                 is over, or it ends the connection\n"
	                 "                 type          AUTH_LIFETIME (16403), RFC 4478\n"
	                 "                 data          3600 s\n"
	                 "               CP(REPLY DOMAIN x)\n"
	                 "                 attribute     a-domain-that-is-much-too-long-for-one-line.of-th\n"
	                 "                               is-terminal.and-must-be-broken.example.org\n"
	                 "               payload 200 4 octets\n"
	                 "\n");
	g_assert_cmpstr (dropped, ==,
	                 "  0.502s  x--  dropped: The data ends before the field that its lengths\n"
	                 "                announce.\n"
	                 "               192.0.2.7:4500 x-- 198.51.100.1:4500\n"
	                 "               12 octets\n"
	                 "\n");
	g_assert_cmpstr (note, ==,
	                 "  0.510s   *   a NAT lies between this computer and the gateway: from now on\n"
	                 "               everything goes to UDP port 4500\n");
}

/* The same text, only dressed. */
static void
test_colour (void)
{
	g_autoptr (GRegex) sequence = g_regex_new ("\033\\[[0-9]+m", 0, 0, NULL);

	for (guint columns = 40; columns <= 140; columns += 20)
		for (guint i = 0; i < G_N_ELEMENTS (connecting); i++)
			for (gboolean details = FALSE; details <= TRUE; details++)
			{
				g_autofree char *plain = print (columns, details, FALSE, connecting[i]);
				g_autofree char *coloured = print (columns, details, TRUE, connecting[i]);
				g_autofree char *undressed = g_regex_replace_literal (sequence, coloured, -1, 0, "", 0, NULL);

				g_assert_null (strchr (plain, '\033'));
				g_assert_nonnull (strchr (coloured, '\033'));
				g_assert_cmpstr (undressed, ==, plain);
			}
}

static guint
columns_of (const char *line)
{
	guint columns = 0;

	for (; *line != '\0'; line = g_utf8_next_char (line))
		columns += g_unichar_iswide (g_utf8_get_char (line))        ? 2
		           : g_unichar_iszerowidth (g_utf8_get_char (line)) ? 0
		                                                            : 1;
	return columns;
}

static void
assert_fits (const char *text, guint columns)
{
	g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

	for (guint i = 0; lines[i] != NULL; i++)
	{
		g_assert_cmpuint (columns_of (lines[i]), <=, columns);
		g_assert_false (g_str_has_suffix (lines[i], " "));
	}
	g_assert_true (text[0] == '\0' || g_str_has_suffix (text, "\n"));
}

static void
test_fits (void)
{
	static const char wide[] =
	    HEAD "1,\"kind\":\"note\",\"text\":\"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac"
	         "\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"
	         "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e a\xcc\x88\xcc\x88\"}";

	for (guint columns = 40; columns <= 200; columns++)
	{
		g_autofree char *details = print (columns, TRUE, FALSE, detailed);
		g_autofree char *ladder = print (columns, FALSE, FALSE, detailed);
		g_autofree char *note = print (columns, FALSE, FALSE, wide);

		assert_fits (details, columns);
		assert_fits (ladder, columns);
		assert_fits (note, columns);
		for (guint i = 0; i < G_N_ELEMENTS (connecting); i++)
		{
			g_autofree char *text = print (columns, FALSE, FALSE, connecting[i]);

			assert_fits (text, columns);
		}
	}
}

/* A style with no columns, or with more than there are, still prints. */
static void
test_style_limits (void)
{
	g_autofree char *none = print (0, FALSE, FALSE, connecting[1]);
	g_autofree char *forty = print (40, FALSE, FALSE, connecting[1]);
	g_autofree char *huge = print (G_MAXUINT, FALSE, FALSE, connecting[0]);

	g_assert_cmpstr (none, ==, forty);
	g_assert_cmpuint (strlen (huge), <=, 401);
}

static void
test_times (void)
{
	static const struct
	{
		const char *time_us;
		const char *text;
	} cases[] = {
		{ "0", "  0.000s" },         { "999", "  0.001s" },         { "999999499", "999.999s" },
		{ "999999600", " 1000.0s" }, { "99999900000", "99999.9s" }, { "100000000000", " 100000s" },
		{ "-5", "  0.000s" },        { "\"x\"", "  0.000s" },       { "1.5", "  0.000s" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autofree char *json = g_strconcat (HEAD, cases[i].time_us, ",\"kind\":\"note\",\"text\":\"x\"}", NULL);
		g_autofree char *text = print (80, FALSE, FALSE, json);
		g_autofree char *expected = g_strconcat (cases[i].text, "   *   x\n", NULL);

		g_assert_cmpstr (text, ==, expected);
	}
}

static void
test_not_shown (void)
{
	g_autofree char *keys = print (80, FALSE, FALSE, HEAD "1,\"kind\":\"keys\",\"encr_i\":\"00\"}");
	g_autofree char *unknown = print (80, FALSE, FALSE, HEAD "1,\"kind\":\"weather\"}");

	g_assert_cmpstr (keys, ==, "");
	g_assert_cmpstr (unknown, ==, "");
}

static void
test_no_events (void)
{
	static const char *const lines[] = {
		"",
		" ",
		"null",
		"1",
		"\"x\"",
		"[]",
		"{}",
		"{",
		"}",
		"x",
		"{\"schema\":1}",
		"{\"schema\":2,\"kind\":\"note\"}",
		"{\"schema\":\"1\",\"kind\":\"note\"}",
		"{\"schema\":1,\"kind\":7}",
		"{\"schema\":1,\"kind\":[\"note\"]}",
		"{\"schema\":1,\"kind\":\"note\"",
		"{\"schema\":1,\"kind\":\"note\"}}",
		"[{\"schema\":1,\"kind\":\"note\"}]",
		"{\"schema\":1,\"kind\":\"note\",\"text\":\"\xff\"}",
		"{'schema':1,'kind':'note'}",
		"/* */{\"schema\":1,\"kind\":\"note\"}",
		"{\"schema\":1,\"kind\":\"note\"} # x",
	};
	g_autofree char *brackets = g_strnfill (1000 * 1000, '[');
	g_autofree char *deep = g_strconcat ("{\"schema\":1,\"kind\":\"note\",\"text\":", brackets, NULL);
	g_autofree char *long_text = g_strnfill ((1 << 20) + 1, 'a');
	g_autofree char *large = g_strconcat ("{\"schema\":1,\"kind\":\"note\",\"text\":\"", long_text, "\"}", NULL);

	for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
		g_assert_null (print (80, TRUE, FALSE, lines[i]));
	g_assert_null (print (80, TRUE, FALSE, brackets));
	g_assert_null (print (80, TRUE, FALSE, deep));
	g_assert_null (print (80, TRUE, FALSE, large));
}

/* Nothing in an event reaches the terminal as anything but text. */
static void
test_hostile_text (void)
{
	static const char *const values[] = {
		"\\u001b]0;title\\u0007\\u001b[2J",
		"a\\nb\\rc\\td",
		"\\u0000x",
		"\\u202ereversed",
		"\\u2028",
		"\\u009b31m",
		"\\ud800",
		"%s%n%1000000d",
		"\\\"\\\\\\/",
		"",
		" ",
		"                    ",
	};
	static const char *const forms[] = {
		HEAD "1,\"kind\":\"note\",\"text\":\"@\"}",
		HEAD "1,\"kind\":\"state\",\"text\":\"@\"}",
		HEAD "1,\"kind\":\"dropped\",\"exchange\":\"@\",\"status\":\"@\",\"text\":\"@\"}",
		HEAD "1,\"kind\":\"sent\",\"local\":\"@\",\"remote\":\"@\",\"exchange\":\"@\",\"payloads\":[{\"type\":\"@\","
		     "\"text\":"
		     "\"@\",\"explain\":\"@\",\"fields\":[{\"name\":\"@\",\"value\":\"@\"}]}]}",
	};
	guint shown = 0;

	for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
		for (guint k = 0; k < G_N_ELEMENTS (values); k++)
		{
			g_auto (GStrv) parts = g_strsplit (forms[i], "@", -1);
			g_autofree char *json = g_strjoinv (values[k], parts);
			g_autofree char *text = print (60, TRUE, FALSE, json);

			if (text == NULL) /* no JSON to this parser */
				continue;
			shown++;
			g_assert_true (g_utf8_validate (text, -1, NULL));
			assert_fits (text, 60);
			for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
				g_assert_true (*at == '\n' || g_unichar_isprint (g_utf8_get_char (at)));
		}
	g_assert_cmpuint (shown, >=, G_N_ELEMENTS (forms) * (G_N_ELEMENTS (values) - 2));
}

/* Members of the wrong type, missing, or without end. */
static void
test_hostile_shapes (void)
{
	static const char *const values[] = { "null",
		                                  "1",
		                                  "-1",
		                                  "9223372036854775807",
		                                  "1e400",
		                                  "\"x\"",
		                                  "[]",
		                                  "{}",
		                                  "[[]]",
		                                  "[null]",
		                                  "[1,\"x\",{}]",
		                                  "[{\"fields\":1}]",
		                                  "[{\"fields\":[1,{}]}]",
		                                  "true" };
	static const char *const names[] = { "time_us", "local",     "remote",    "exchange", "request", "message_id",
		                                 "octets",  "datagrams", "protected", "payloads", "status",  "text" };
	static const char *const kinds[] = { "sent", "resent", "received", "dropped", "note", "state", "keys" };

	for (guint i = 0; i < G_N_ELEMENTS (values); i++)
		for (guint k = 0; k < G_N_ELEMENTS (names); k++)
			for (guint l = 0; l < G_N_ELEMENTS (kinds); l++)
			{
				g_autofree char *json = g_strdup_printf ("{\"schema\":1,\"kind\":\"%s\",\"exchange\":\"x\",\"%s\":%s}",
				                                         kinds[l], names[k], values[i]);
				g_autofree char *text = print (80, TRUE, FALSE, json);

				if (text != NULL)
					assert_fits (text, 80);
			}
}

/* An event cut off or changed anywhere. */
static void
test_damaged (void)
{
	for (gsize at = 0; at < sizeof detailed - 1; at++)
		for (guint change = 0; change < 3; change++)
		{
			static const char marks[] = { '"', '[', '}' };
			g_autofree char *json = g_strdup (detailed);
			g_autofree char *cut = g_strndup (detailed, at);
			g_autofree char *text = NULL;

			json[at] = marks[change];
			text = print (80, TRUE, FALSE, json);
			if (text != NULL)
				assert_fits (text, 80);
			g_assert_null (print (80, TRUE, FALSE, cut));
		}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/trace/print/ladder", test_ladder);
	g_test_add_func ("/trace/print/narrow", test_narrow);
	g_test_add_func ("/trace/print/wide", test_wide);
	g_test_add_func ("/trace/print/details", test_details);
	g_test_add_func ("/trace/print/colour", test_colour);
	g_test_add_func ("/trace/print/fits", test_fits);
	g_test_add_func ("/trace/print/style-limits", test_style_limits);
	g_test_add_func ("/trace/print/times", test_times);
	g_test_add_func ("/trace/print/not-shown", test_not_shown);
	g_test_add_func ("/trace/print/no-events", test_no_events);
	g_test_add_func ("/trace/print/hostile-text", test_hostile_text);
	g_test_add_func ("/trace/print/hostile-shapes", test_hostile_shapes);
	g_test_add_func ("/trace/print/damaged", test_damaged);
	return g_test_run ();
}
