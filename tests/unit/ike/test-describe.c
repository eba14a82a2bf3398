/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/message.h"
#include "samples.h"
#include "vectors.h"

static char *
describe (const IkePayload *payload)
{
	GString *text = g_string_new (NULL);

	ike_payload_describe (payload, text);
	return g_string_free (text, FALSE);
}

static void
assert_line (const IkePayload *payload, const char *wanted)
{
	g_autofree char *line = describe (payload);

	g_assert_cmpstr (line, ==, wanted);
}

static void
assert_fields (const IkePayload *payload, const char *wanted)
{
	g_autoptr (GString) text = g_string_new (NULL);

	ike_payload_describe_fields (payload, text);
	g_assert_cmpstr (text->str, ==, wanted);
}

/* -- What people read -------------------------------------------------------------------------------------------- */

static void
test_lines (void)
{
	static const char *const wanted[] = {
		"SA{IKE: AES_GCM_16-256/PRF_HMAC_SHA2_256/ecp256 +4}",
		"KE(ecp256)",
		"Nonce",
		"IDi a.example",
		"IDr KEY_ID 0102030405",
		"CERT x509 64 octets",
		"CERTREQ x509 2 authorities",
		"AUTH(DIGITAL_SIGNATURE)",
		"N(REKEY_SA ESP 01020304)",
		"N(COOKIE) 20 octets",
		"D(ESP 01020304 05060708)",
		"V 16 octets",
		"TSi(10.3.0.1/32 fd00::/64)",
		"TSr(0.0.0.0/0)",
		"CP(REPLY 10.3.238.1 fdee:eeee:eeee:eeee:eeee:eeee:eeee:eeee/64 DNS4 +2)",
		"EAP(Request MSCHAPv2)",
		"payload 200 3 octets",
	};
	g_autofree Sample *sample = sample_new ();

	g_assert_cmpuint (sample->n_payloads, ==, G_N_ELEMENTS (wanted));
	for (guint i = 0; i < sample->n_payloads; i++)
	{
		if (sample->payloads[i].type == IKE_PAYLOAD_EAP)
		{
			g_autofree char *line = describe (&sample->payloads[i]);
			g_autofree char *lower = g_ascii_strdown (line, -1);

			g_assert_cmpstr (lower, ==, "eap(request mschapv2)");
			continue;
		}
		assert_line (&sample->payloads[i], wanted[i]);
	}
}

static IkePayload
notify (guint16 type, Slice value)
{
	return (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { 0, SLICE_NONE, type, value } };
}

static void
test_notifies (void)
{
	static const guint8 nat[20];
	const struct
	{
		guint16 type;
		Slice value;
		const char *wanted;
	} cases[] = {
		{ IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, SLICE_ARRAY (nat), "N(NAT_DETECTION_SOURCE_IP)" },
		{ IKE_NOTIFY_INVALID_KE_PAYLOAD, slice ("\0\x1f", 2), "N(INVALID_KE_PAYLOAD curve25519)" },
		{ IKE_NOTIFY_INVALID_KE_PAYLOAD, slice ("\4\0", 2), "N(INVALID_KE_PAYLOAD 1024)" },
		{ IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD, slice ("\x35", 1), "N(UNSUPPORTED_CRITICAL_PAYLOAD SKF)" },
		{ IKE_NOTIFY_MS_STATUS, slice ("\0\0\0\x57", 4), "N(MS_STATUS 87)" },
		{ IKE_NOTIFY_AUTH_LIFETIME, slice ("\0\0\x0e\x10", 4), "N(AUTH_LIFETIME 3600 s)" },
		{ IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS, slice ("\xc0\0\2\1", 4), "N(ADDITIONAL_IP4_ADDRESS 192.0.2.1)" },
		{ IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS, slice ("\xc0\0\2", 3), "N(ADDITIONAL_IP4_ADDRESS c00002)" },
		{ IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, slice ("\0\2\0\3\0\x63", 6),
		  "N(SIGNATURE_HASH_ALGORITHMS SHA2_256 SHA2_384 99)" },
		{ IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, slice ("\0", 1), "N(SIGNATURE_HASH_ALGORITHMS 0)" },
		{ IKE_NOTIFY_REDIRECT, slice ("\3\6gw.two0123456789abcdef", 24), "N(REDIRECT gw.two)" },
		{ IKE_NOTIFY_TICKET_OPAQUE, slice ("secret", 6), "N(TICKET_OPAQUE) 6 octets" },
		{ 40000, SLICE_NONE, "N(40000)" },
		{ 40000, slice ("secret", 1), "N(40000) 1 octet" },
		{ IKE_NOTIFY_INITIAL_CONTACT, SLICE_NONE, "N(INITIAL_CONTACT)" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		IkePayload payload = notify (cases[i].type, cases[i].value);

		assert_line (&payload, cases[i].wanted);
	}
}

static void
test_others (void)
{
	static const guint8 certificate[1234];
	static const guint8 v6[16] = { 0xfd, [15] = 1 };
	IkePayload payload = { .type = IKE_PAYLOAD_CERT, .cert = { IKE_CERT_X509_SIGNATURE, SLICE_ARRAY (certificate) } };

	assert_line (&payload, "CERT x509 1,234 octets");
	payload = (IkePayload){ .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };
	assert_line (&payload, "D(IKE)");
	payload = (IkePayload){ .type = IKE_PAYLOAD_IDR, .id = { IKE_ID_IPV6_ADDR, SLICE_ARRAY (v6) } };
	assert_line (&payload, "IDr fd00::1");
	payload = (IkePayload){ .type = IKE_PAYLOAD_VENDOR, .vendor = { SLICE_LITERAL ("FRAGMENTATION") } };
	assert_line (&payload, "V(FRAGMENTATION)");
	payload = (IkePayload){ .type = IKE_PAYLOAD_EAP, .eap = { slice ("\3\7\0\4", 4) } };
	assert_line (&payload, "EAP(Success)");
	payload = (IkePayload){ .type = IKE_PAYLOAD_EAP, .eap = { slice ("\1\7\0\5\xc8", 5) } };
	assert_line (&payload, "EAP(Request type 200)");
	payload = (IkePayload){ .type = IKE_PAYLOAD_EAP, .eap = { slice ("\7", 1) } };
	assert_line (&payload, "EAP(cut off)");
	payload = (IkePayload){ .type = IKE_PAYLOAD_SK, .body = SLICE_ARRAY (certificate) };
	assert_line (&payload, "SK 1,234 octets");
	payload = (IkePayload){ .type = 99, .critical = TRUE };
	assert_line (&payload, "payload 99 critical 0 octets");
	payload = (IkePayload){ .type = IKE_PAYLOAD_SA };
	assert_line (&payload, "SA");
	payload = (IkePayload){ .type = IKE_PAYLOAD_CP, .cp = { .cfg_type = 9 } };
	assert_line (&payload, "CP(9)");
}

/* The subject of a certificate as IDr: C=CH, CN=moon (DER made by hand). */
static void
test_dn (void)
{
	g_autoptr (GBytes) dn =
	    octets_from_hex ("301c 310b 3009 0603 550406 1302 4348 310d 300b 0603 550403 0c04 6d6f6f6e");
	IkePayload payload = { .type = IKE_PAYLOAD_IDI, .id = { IKE_ID_DER_ASN1_DN, slice_bytes (dn) } };
	g_autofree char *line = describe (&payload);

	g_assert_nonnull (strstr (line, "CN=moon"));
	g_assert_nonnull (strstr (line, "C=CH"));
	payload.id.value.len = 7;
	assert_line (&payload, "IDi 301c310b300906");
}

static void
test_fields (void)
{
	g_autofree Sample *sample = sample_new ();
	IkePayload payload = notify (IKE_NOTIFY_COOKIE, SLICE_LITERAL ("abc"));

	assert_fields (&payload, "type: COOKIE (16390), RFC 7296\ndata: 3 octets");
	assert_fields (&sample->payloads[1], "group: ecp256 (19)\npublic value: 64 octets");
	assert_fields (&sample->payloads[10], "protocol: ESP (3)\nSPI: 01020304\nSPI: 05060708");
	assert_fields (&sample->payloads[12], "selector: 10.3.0.1/32\nselector: fd00::/64");
	assert_fields (&sample->payloads[14],
	               "type: REPLY (2)\nattribute: INTERNAL_IP4_ADDRESS 10.3.238.1\n"
	               "attribute: INTERNAL_IP6_ADDRESS fdee:eeee:eeee:eeee:eeee:eeee:eeee:eeee/64\nattribute: "
	               "INTERNAL_IP4_DNS\nattribute: INTERNAL_DNS_DOMAIN corp.example\n"
	               "attribute: 32000 1 octet");
	assert_fields (&sample->payloads[0],
	               "proposal: 1 IKE\n  transform: ENCR AES_GCM_16-256\n  transform: ENCR AES_GCM_16-128\n"
	               "  transform: PRF PRF_HMAC_SHA2_256\n  transform: KE ecp256\n"
	               "proposal: 2 ESP SPI 01020304\n  transform: ENCR AES_CBC-256\n"
	               "  transform: INTEG HMAC_SHA2_256_128\n  transform: SN NO_ESN");
	payload = (IkePayload){ .type = IKE_PAYLOAD_SKF, .body = slice ("\0\2\0\5xxxx", 8) };
	assert_fields (&payload, "length: 8 octets\nfragment: 2 of 5");
	payload = (IkePayload){ .type = IKE_PAYLOAD_SK, .body = slice ("xx", 2) };
	assert_fields (&payload, "length: 2 octets");
	payload = (IkePayload){ .type = IKE_PAYLOAD_VENDOR, .vendor = { SLICE_LITERAL ("ab") } };
	assert_fields (&payload, "text: ab\noctets: 6162");
	payload = (IkePayload){ .type = IKE_PAYLOAD_TSI, .ts.n_unknown = 2 };
	assert_fields (&payload, "selectors of unknown type: 2");
	assert_line (&payload, "TSi(2 unknown)");
	payload = notify (IKE_NOTIFY_REKEY_SA, SLICE_NONE);
	payload.notify.protocol = IKE_PROTOCOL_ESP;
	payload.notify.spi = slice ("\1\2\3\4", 4);
	assert_fields (&payload, "type: REKEY_SA (16393), RFC 7296\nprotocol: ESP (3)\nSPI: 01020304");
	/* A text that is there already stays in front, without a line end of its own. */
	g_autoptr (GString) text = g_string_new ("x");
	ike_payload_describe_fields (&sample->payloads[13], text);
	g_assert_cmpstr (text->str, ==, "xselector: 0.0.0.0/0");
}

static void
test_subnets (void)
{
	static const struct
	{
		const char *hex;
		const char *wanted;
	} cases[] = {
		{ "0a000000ffff0000", "CP(REPLY SUBNET 10.0.0.0/16)" },
		{ "0a00000000000000", "CP(REPLY SUBNET 10.0.0.0/0)" },
		{ "0a000001ffffffff", "CP(REPLY SUBNET 10.0.0.1/32)" },
		{ "0a000001ff00ff00", "CP(REPLY SUBNET 10.0.0.1 mask ff00ff00)" },
		{ "0a000001ff", "CP(REPLY SUBNET 0a000001ff)" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autoptr (GBytes) value = octets_from_hex (cases[i].hex);
		IkeCpAttribute attribute = { IKE_CP_INTERNAL_IP4_SUBNET, slice_bytes (value) };
		IkePayload payload = { .type = IKE_PAYLOAD_CP, .cp = { IKE_CFG_REPLY, 1, &attribute } };

		assert_line (&payload, cases[i].wanted);
	}
}

/* -- What hostile gateways send ---------------------------------------------------------------------------------- */

static void
assert_harmless (const char *text, gboolean lines)
{
	g_assert_true (g_utf8_validate (text, -1, NULL));
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
	{
		gunichar character = g_utf8_get_char (at);
		GUnicodeType type = g_unichar_type (character);

		if (lines && character == '\n')
			continue;
		g_assert_true (type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_LINE_SEPARATOR &&
		               type != G_UNICODE_PARAGRAPH_SEPARATOR && type != G_UNICODE_UNASSIGNED &&
		               type != G_UNICODE_SURROGATE && type != G_UNICODE_PRIVATE_USE);
	}
}

static void
describe_harmless (const IkePayload *payload, gsize most)
{
	g_autofree char *line = describe (payload);
	g_autoptr (GString) fields = g_string_new (NULL);

	ike_payload_describe_fields (payload, fields);
	assert_harmless (line, FALSE);
	assert_harmless (fields->str, TRUE);
	g_assert_cmpuint (strlen (line), <=, most);
}

static void
test_hostile_text (void)
{
	static const struct
	{
		Slice octets;
		const char *wanted;
	} cases[] = {
		{ SLICE_LITERAL ("\033]0;owned\007"), "?]0;owned?" },
		{ SLICE_LITERAL ("a\r\nb"), "a??b" },
		{ SLICE_LITERAL ("a\0b"), "a?b" },
		{ SLICE_LITERAL ("\u202egnp.exe"), "?gnp.exe" },
		{ SLICE_LITERAL ("\u2066x\u2069\u200bx\ufeff"), "?x??x?" },
		{ SLICE_LITERAL ("\u2028\u2029\xc2\x85"), "???" },
		{ SLICE_LITERAL ("\xc3"), "?" },
		{ SLICE_LITERAL ("\xc0\xaf\xff\xfe"), "????" },
		{ SLICE_LITERAL ("\xed\xa0\x80"), "???" },
		{ SLICE_LITERAL ("\xf4\x90\x80\x80"), "????" },
		{ SLICE_LITERAL ("Zürich"), "Zürich" },
		{ SLICE_LITERAL ("\xee\x80\x80"), "?" },
		{ SLICE_LITERAL (""), "" },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		IkePayload payload = { .type = IKE_PAYLOAD_IDR, .id = { IKE_ID_FQDN, cases[i].octets } };
		g_autofree char *wanted = g_strdup_printf ("IDr %s", cases[i].wanted);

		assert_line (&payload, wanted);
		describe_harmless (&payload, 200);
	}
}

/* Cut at 64 octets, never within a character. */
static void
test_long_text (void)
{
	for (guint shift = 0; shift < 4; shift++)
	{
		g_autoptr (GString) long_text = g_string_new (NULL);
		IkePayload payload = { .type = IKE_PAYLOAD_IDR, .id.id_type = IKE_ID_RFC822_ADDR };
		g_autofree char *line = NULL;

		for (guint i = 0; i < shift; i++)
			g_string_append_c (long_text, 'x');
		for (guint i = 0; i < 5000; i++)
			g_string_append (long_text, "\u20ac");
		payload.id.value = slice_text (long_text->str);
		describe_harmless (&payload, 64 + strlen ("IDr ..."));
		line = describe (&payload);
		g_assert_true (g_str_has_suffix (line, "..."));
	}
}

/* Every kind of payload with random octets in every text and number. */
static void
test_random (void)
{
	g_autoptr (GRand) rand = g_rand_new_with_seed (77);

	for (guint round = 0; round < 20000; round++)
	{
		guint8 octets[200];
		guint8 type = (guint8) g_rand_int_range (rand, IKE_PAYLOAD_SA, IKE_PAYLOAD_SKF + 1);
		gsize len = (gsize) g_rand_int_range (rand, 4, sizeof octets);
		g_autoptr (GBytes) chain = NULL;
		g_autoptr (IkeMessage) message = ike_message_new ();

		for (gsize i = 0; i < len; i++)
			octets[i] = (guint8) (g_rand_boolean (rand) ? g_rand_int (rand) : g_rand_int (rand) & 3);
		octets[0] = 0;
		octets[2] = 0;
		octets[3] = (guint8) len;
		chain = g_bytes_new (octets, len);
		ike_payloads_decode (type, chain, message);
		for (guint i = 0; i < message->n_payloads; i++)
			describe_harmless (&message->payloads[i], 400);
	}
}

/* Lists are cut, not printed for pages. */
static void
test_long_lists (void)
{
	g_autofree IkeCpAttribute *attributes = g_new0 (IkeCpAttribute, IKE_MAX_ATTRIBUTES);
	g_autofree IkeProposal *proposals = g_new0 (IkeProposal, IKE_MAX_PROPOSALS);
	g_autofree guint8 *octets = g_malloc0 (4000);
	IkePayload payload = { .type = IKE_PAYLOAD_CP, .cp = { IKE_CFG_REPLY, IKE_MAX_ATTRIBUTES, attributes } };
	g_autofree char *line = NULL;

	for (guint i = 0; i < IKE_MAX_ATTRIBUTES; i++)
		attributes[i] = (IkeCpAttribute){ IKE_CP_INTERNAL_DNS_DOMAIN, slice (octets, 3000) };
	describe_harmless (&payload, 200);
	line = describe (&payload);
	g_assert_true (g_str_has_suffix (line, " +63)"));

	for (guint i = 0; i < IKE_MAX_PROPOSALS; i++)
	{
		proposals[i].n_transforms = IKE_MAX_TRANSFORMS;
		for (guint k = 0; k < IKE_MAX_TRANSFORMS; k++)
			proposals[i].transforms[k] = (IkeTransform){ (guint8) k, (guint16) (60000 + k), 65535 };
	}
	payload = (IkePayload){ .type = IKE_PAYLOAD_SA, .sa = { IKE_MAX_PROPOSALS, proposals } };
	describe_harmless (&payload, 150);

	payload = (IkePayload){ .type = IKE_PAYLOAD_TSI, .ts.n_selectors = IKE_MAX_SELECTORS };
	for (guint i = 0; i < IKE_MAX_SELECTORS; i++)
	{
		g_assert_true (
		    inet_address_parse ("fd00:1111:2222:3333:4444:5555:6666:7771", &payload.ts.selectors[i].range.first));
		g_assert_true (
		    inet_address_parse ("fd00:ffff:2222:3333:4444:5555:6666:7778", &payload.ts.selectors[i].range.last));
	}
	describe_harmless (&payload, 300);
	payload = notify (IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, slice (octets, 4000));
	describe_harmless (&payload, 200);
	payload = notify (IKE_NOTIFY_ADDITIONAL_IP6_ADDRESS, slice (octets, 4000));
	describe_harmless (&payload, 200);
}

/* Neither signatures nor EAP data nor nonces: only their lengths. */
static void
test_secrets (void)
{
	static const char secret[] = "hunter2-hunter2-hunter2-hunter2";
	const Slice value = SLICE_LITERAL ("\2\1\0\x24\x06hunter2-hunter2-hunter2-hunter2");
	const IkePayload payloads[] = {
		{ .type = IKE_PAYLOAD_AUTH, .auth = { IKE_AUTH_SHARED_KEY, value } },
		{ .type = IKE_PAYLOAD_EAP, .eap = { value } },
		{ .type = IKE_PAYLOAD_NONCE, .nonce = { value } },
		{ .type = IKE_PAYLOAD_KE, .ke = { IKE_KE_ECP_256, value } },
		{ .type = IKE_PAYLOAD_SK, .body = value },
		{ .type = 222, .body = value },
		{ .type = IKE_PAYLOAD_NOTIFY, .notify = { 0, SLICE_NONE, IKE_NOTIFY_TICKET_LT_OPAQUE, value } },
		{ .type = IKE_PAYLOAD_NOTIFY, .notify = { 0, SLICE_NONE, 50000, value } },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (payloads); i++)
	{
		g_autofree char *line = describe (&payloads[i]);
		g_autoptr (GString) fields = g_string_new (NULL);

		ike_payload_describe_fields (&payloads[i], fields);
		g_assert_cmpuint (fields->len, >, 0);
		for (gsize at = 0; at + 4 < sizeof secret; at += 4)
		{
			g_autofree char *piece = g_strndup (secret + at, 4);
			g_autofree char *hex = g_strdup_printf ("%02x%02x", secret[at], secret[at + 1]);

			g_assert_null (strstr (line, piece));
			g_assert_null (strstr (fields->str, piece));
			g_assert_null (strstr (line, hex));
			g_assert_null (strstr (fields->str, hex));
		}
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/describe/lines", test_lines);
	g_test_add_func ("/ike/describe/notifies", test_notifies);
	g_test_add_func ("/ike/describe/others", test_others);
	g_test_add_func ("/ike/describe/dn", test_dn);
	g_test_add_func ("/ike/describe/fields", test_fields);
	g_test_add_func ("/ike/describe/subnets", test_subnets);
	g_test_add_func ("/ike/describe/hostile-text", test_hostile_text);
	g_test_add_func ("/ike/describe/long-text", test_long_text);
	g_test_add_func ("/ike/describe/long-lists", test_long_lists);
	g_test_add_func ("/ike/describe/random", test_random);
	g_test_add_func ("/ike/describe/secrets", test_secrets);
	return g_test_run ();
}
