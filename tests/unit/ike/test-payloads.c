/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/message.h"
#include "vectors.h"

/* One payload of @type with the body @hex. */
static IkeMessage *
decode_body (guint8 type, const char *hex, Status *status)
{
	g_autoptr (GBytes) body = octets_from_hex (hex);
	gsize octets = g_bytes_get_size (body);
	g_auto (Writer) writer = { 0 };
	g_autoptr (GBytes) chain = NULL;
	IkeMessage *message = ike_message_new ();

	writer_init (&writer, IKE_MAX_MESSAGE_OCTETS);
	writer_u16 (&writer, 0);
	writer_u16 (&writer, (guint16) (octets + 4));
	writer_slice (&writer, slice_bytes (body));
	chain = writer_steal (&writer);
	*status = ike_payloads_decode (type, chain, message);
	return message;
}

static void
assert_body (guint8 type, const char *hex, Status wanted)
{
	Status status;
	g_autoptr (IkeMessage) message = decode_body (type, hex, &status);

	if (status != wanted)
		g_error ("payload %u with %s: %s instead of %s", type, hex, status_name (status), status_name (wanted));
	g_assert_cmpuint (message->n_payloads, ==, wanted == STATUS_OK ? 1 : 0);
}

typedef struct
{
	guint8 type;
	const char *hex;
	Status status;
} Case;

#define OK STATUS_OK
#define CUT STATUS_TRUNCATED
#define BAD STATUS_MALFORMED

static const Case cases[] = {
	/* Key exchange: an empty value is for the group to refuse. */
	{ IKE_PAYLOAD_KE, "", CUT },
	{ IKE_PAYLOAD_KE, "001300", CUT },
	{ IKE_PAYLOAD_KE, "00130000", OK },
	{ IKE_PAYLOAD_KE, "0013ffff0102", OK },

	{ IKE_PAYLOAD_IDI, "", CUT },
	{ IKE_PAYLOAD_IDI, "020000", CUT },
	{ IKE_PAYLOAD_IDI, "02000000", OK },
	{ IKE_PAYLOAD_IDR, "02ffffff61", OK },

	{ IKE_PAYLOAD_CERT, "", CUT },
	{ IKE_PAYLOAD_CERT, "04", OK },
	{ IKE_PAYLOAD_CERTREQ, "", CUT },
	{ IKE_PAYLOAD_CERTREQ, "04", OK },

	{ IKE_PAYLOAD_AUTH, "020000", CUT },
	{ IKE_PAYLOAD_AUTH, "02000000", OK },

	/* Nonce: 16 to 256 octets (RFC 7296 section 3.9). */
	{ IKE_PAYLOAD_NONCE, "", BAD },
	{ IKE_PAYLOAD_NONCE, "000102030405060708090a0b0c0d0e", BAD },
	{ IKE_PAYLOAD_NONCE, "000102030405060708090a0b0c0d0e0f", OK },

	{ IKE_PAYLOAD_NOTIFY, "000040", CUT },
	{ IKE_PAYLOAD_NOTIFY, "00004006", OK },
	{ IKE_PAYLOAD_NOTIFY, "0304400901020304", OK },
	{ IKE_PAYLOAD_NOTIFY, "03044009010203", CUT },
	{ IKE_PAYLOAD_NOTIFY, "03034009010203", OK },
	{ IKE_PAYLOAD_NOTIFY, "03ff4009010203", CUT },

	{ IKE_PAYLOAD_DELETE, "010000", CUT },
	{ IKE_PAYLOAD_DELETE, "01000000", OK },
	{ IKE_PAYLOAD_DELETE, "01000001", OK },
	{ IKE_PAYLOAD_DELETE, "0100000101020304", STATUS_TRAILING },
	{ IKE_PAYLOAD_DELETE, "0304000101020304", OK },
	{ IKE_PAYLOAD_DELETE, "03040001010203", CUT },
	{ IKE_PAYLOAD_DELETE, "030400010102030405", STATUS_TRAILING },
	{ IKE_PAYLOAD_DELETE, "0304000201020304", CUT },
	{ IKE_PAYLOAD_DELETE, "0304ffff01020304", STATUS_TOO_LARGE },
	{ IKE_PAYLOAD_DELETE, "010800010102030405060708", OK },
	{ IKE_PAYLOAD_DELETE, "03020001aabb", BAD },

	{ IKE_PAYLOAD_VENDOR, "", OK },
	{ IKE_PAYLOAD_EAP, "", OK },

	/* Traffic selectors */
	{ IKE_PAYLOAD_TSI, "010000", CUT },
	{ IKE_PAYLOAD_TSI, "00000000", BAD },
	{ IKE_PAYLOAD_TSI, "01000000", CUT },
	{ IKE_PAYLOAD_TSI, "01000000 07000010 0000ffff 00000000 ffffffff", OK },
	{ IKE_PAYLOAD_TSI, "01ffffff 07000010 0000ffff 00000000 ffffffff", OK },
	{ IKE_PAYLOAD_TSI, "02000000 07000010 0000ffff 00000000 ffffffff", CUT },
	{ IKE_PAYLOAD_TSI, "00000000 07000010 0000ffff 00000000 ffffffff", BAD },
	{ IKE_PAYLOAD_TSR, "01000000 07000010 0000ffff 00000000 ffffffff 07", STATUS_TRAILING },
	{ IKE_PAYLOAD_TSR, "01000000 07000010 0000ffff 00000001 00000000", BAD },
	{ IKE_PAYLOAD_TSR, "01000000 07000010 0002 0001 00000000 ffffffff", BAD },
	{ IKE_PAYLOAD_TSR, "01000000 07000010 ffff 0000 00000000 ffffffff", OK }, /* opaque ports */
	{ IKE_PAYLOAD_TSR, "01000000 0700000f 0000ffff 00000000 ffffff", BAD },
	{ IKE_PAYLOAD_TSR, "01000000 07000011 0000ffff 00000000 ffffffff 00", BAD },
	{ IKE_PAYLOAD_TSR, "01000000 08000010 0000ffff 00000000 ffffffff", BAD },
	{ IKE_PAYLOAD_TSR, "01000000 07000003", BAD },
	{ IKE_PAYLOAD_TSR, "01000000 07000000", BAD },
	{ IKE_PAYLOAD_TSR, "01000000 0a000004", OK }, /* security label: counted as unknown */

	/* Configuration */
	{ IKE_PAYLOAD_CP, "020000", CUT },
	{ IKE_PAYLOAD_CP, "02000000", OK },
	{ IKE_PAYLOAD_CP, "02000000 00010000", OK },
	{ IKE_PAYLOAD_CP, "02000000 0001", CUT },
	{ IKE_PAYLOAD_CP, "02000000 000100", CUT },
	{ IKE_PAYLOAD_CP, "02000000 00010001", CUT },
	{ IKE_PAYLOAD_CP, "02000000 00010004 0a000001 0003ffff", CUT },

	/* Security association: mark, RESERVED, length | number, protocol, octets of the SPI, transforms */
	{ IKE_PAYLOAD_SA, "", CUT },
	{ IKE_PAYLOAD_SA, "00000008 01010000", OK },
	{ IKE_PAYLOAD_SA, "00000007 010100", BAD },
	{ IKE_PAYLOAD_SA, "00000000 01010000", BAD },
	{ IKE_PAYLOAD_SA, "02000008 01010000", BAD },
	{ IKE_PAYLOAD_SA, "01000008 01010000", BAD },
	{ IKE_PAYLOAD_SA, "00000008 01010000 00000008 02010000", BAD },
	{ IKE_PAYLOAD_SA, "02000008 01010000 00000008 02010000", OK },
	{ IKE_PAYLOAD_SA, "00000008 01010001", CUT },
	{ IKE_PAYLOAD_SA, "0000000c 01030400 01020304", OK },
	{ IKE_PAYLOAD_SA, "0000000a 01030400 0102", CUT },
	{ IKE_PAYLOAD_SA, "0000000a 01030200 0102", BAD },
	{ IKE_PAYLOAD_SA, "00000010 01010001 00000008 04000013", OK },
	{ IKE_PAYLOAD_SA, "00000010 01010001 03000008 04000013", BAD },
	{ IKE_PAYLOAD_SA, "00000010 01010001 02000008 04000013", BAD },
	{ IKE_PAYLOAD_SA, "00000010 01010002 00000008 04000013", CUT },
	{ IKE_PAYLOAD_SA, "00000010 01010000 00000008 04000013", STATUS_TRAILING },
	{ IKE_PAYLOAD_SA, "00000010 01010001 00000007 04000013", BAD },
	{ IKE_PAYLOAD_SA, "00000012 01010001 0000000a 01000014 800e", CUT },
	{ IKE_PAYLOAD_SA, "00000014 01010001 0000000c 01000014 000e0001", CUT },
};

static void
test_cases (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
		assert_body (cases[i].type, cases[i].hex, cases[i].status);
}

static void
test_nonce_most (void)
{
	g_autoptr (GString) hex = g_string_new (NULL);

	for (guint i = 0; i < 256; i++)
		g_string_append (hex, "5a");
	assert_body (IKE_PAYLOAD_NONCE, hex->str, OK);
	g_string_append (hex, "5a");
	assert_body (IKE_PAYLOAD_NONCE, hex->str, BAD);
}

/* -- Security association ---------------------------------------------------------------------------------------- */

typedef struct
{
	const char *transform; /* with its substructure header */
	guint n_transforms;    /* that may be chosen */
	guint key_bits;
} AttributeCase;

static const AttributeCase attribute_cases[] = {
	{ "00000008 0100000c", 1, 0 }, /* AES without a key length, as some gateways mean AES-128 */
	{ "0000000c 0100000c 800e0080", 1, 128 },
	{ "0000000c 0100000c 800e0100", 1, 256 },
	{ "0000000c 0100000c 800e0000", 0, 0 },
	{ "0000000c 0100000c 800f0080", 0, 0 },          /* an attribute nobody knows */
	{ "0000000e 0100000c 000e0002 0080", 0, 0 },     /* key length in the long form */
	{ "0000000c 0100000c 00630000", 0, 0 },          /* an empty one */
	{ "00000010 0100000c 800e0080 800e0080", 0, 0 }, /* twice */
	{ "00000010 0100000c 800e0080 80630001", 0, 0 },
	{ "0000000c 01ff000c 800e0080", 1, 128 }, /* RESERVED */
};

static void
test_attributes (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (attribute_cases); i++)
	{
		const AttributeCase *wanted = &attribute_cases[i];
		g_autoptr (GBytes) transform = octets_from_hex (wanted->transform);
		g_autofree char *hex =
		    g_strdup_printf ("0000%04x 01010001 %s", (guint) g_bytes_get_size (transform) + 8, wanted->transform);
		Status status;
		g_autoptr (IkeMessage) message = decode_body (IKE_PAYLOAD_SA, hex, &status);
		const IkeProposal *proposal = message->payloads[0].sa.proposals;

		g_assert_cmpuint (status, ==, STATUS_OK);
		g_assert_cmpuint (proposal->n_transforms, ==, wanted->n_transforms);
		g_assert_cmpuint (proposal->unknown_attribute, ==, wanted->n_transforms == 0);
		if (wanted->n_transforms > 0)
			g_assert_cmpuint (proposal->transforms[0].key_bits, ==, wanted->key_bits);
	}
}

static char *
many_proposals (guint n_proposals, guint n_transforms)
{
	GString *hex = g_string_new (NULL);

	for (guint i = 0; i < n_proposals; i++)
	{
		g_string_append_printf (hex, "%02x00%04x %02x0100%02x", i + 1 < n_proposals ? 2 : 0, 8 + 8 * n_transforms,
		                        i + 1, n_transforms);
		for (guint k = 0; k < n_transforms; k++)
			g_string_append_printf (hex, "%02x000008 0200%04x", k + 1 < n_transforms ? 3 : 0, k);
	}
	return g_string_free (hex, FALSE);
}

static void
test_sa_limits (void)
{
	static const struct
	{
		guint proposals, transforms;
		Status status;
	} limits[] = {
		{ 16, 1, OK },
		{ 17, 1, STATUS_TOO_LARGE },
		{ 1, 64, OK },
		{ 1, 65, STATUS_TOO_LARGE },
		{ 16, 64, OK },
		{ 1, 255, STATUS_TOO_LARGE },
		{ 200, 0, STATUS_TOO_LARGE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (limits); i++)
	{
		g_autofree char *hex = many_proposals (limits[i].proposals, limits[i].transforms);

		assert_body (IKE_PAYLOAD_SA, hex, limits[i].status);
	}
}

static void
test_sa_values (void)
{
	Status status;
	g_autoptr (IkeMessage) message =
	    decode_body (IKE_PAYLOAD_SA,
	                 "02000028 01030403 cc86090a 0300000c 0100000c 800e0100 03000008 03000002 00000008 05000000"
	                 "00000024 02010802 1122334455667788 0300000c 01000014 800e0080 00000008 0400001f",
	                 &status);
	const IkePayload *payload = message->payloads;

	g_assert_cmpuint (status, ==, STATUS_OK);
	g_assert_cmpuint (payload->sa.n_proposals, ==, 2);
	g_assert_cmpuint (payload->sa.proposals[0].protocol, ==, IKE_PROTOCOL_ESP);
	assert_octets (slice (payload->sa.proposals[0].spi, 4), slice ("\xcc\x86\x09\x0a", 4));
	g_assert_cmpuint (payload->sa.proposals[1].number, ==, 2);
	g_assert_cmpuint (payload->sa.proposals[1].spi_octets, ==, 8);
	g_assert_cmphex (payload->sa.proposals[1].spi[7], ==, 0x88);
	g_assert_cmpuint (payload->sa.proposals[1].transforms[1].id, ==, IKE_KE_CURVE25519);
}

/* -- The others -------------------------------------------------------------------------------------------------- */

/* RESERVED is not looked at, but kept in what AUTH signs. */
static void
test_id_reserved (void)
{
	Status status;
	g_autoptr (IkeMessage) message = decode_body (IKE_PAYLOAD_IDR, "02 aabbcc 67", &status);

	g_assert_cmpuint (status, ==, STATUS_OK);
	assert_octets (message->payloads[0].id.value, SLICE_LITERAL ("g"));
	assert_octets (message->payloads[0].body, slice ("\x02\xaa\xbb\xcc\x67", 5));
}

/* A count without SPIs must not make anybody read SPIs. */
static void
test_delete_count (void)
{
	Status status;
	g_autoptr (IkeMessage) message = decode_body (IKE_PAYLOAD_DELETE, "0100ffff", &status);

	g_assert_cmpuint (status, ==, STATUS_OK);
	g_assert_cmpuint (message->payloads[0].del.n_spis, ==, 0);
	g_assert_cmpuint (message->payloads[0].del.spis.len, ==, 0);
}

static void
test_ts_values (void)
{
	Status status;
	g_autoptr (IkeMessage) message =
	    decode_body (IKE_PAYLOAD_TSR,
	                 "04000000 07110010 00350035 0a000000 0a0000ff 0a000008 00010203"
	                 "08000028 0000ffff fd000000000000000000000000000000 fd00000000000000ffffffffffffffff 01000004",
	                 &status);
	const IkePayload *payload = message->payloads;
	char text[INET_TEXT_OCTETS];

	g_assert_cmpuint (status, ==, STATUS_OK);
	g_assert_cmpuint (payload->ts.n_selectors, ==, 2);
	g_assert_cmpuint (payload->ts.n_unknown, ==, 2);
	g_assert_cmpstr (inet_selector_to_text (&payload->ts.selectors[0], text), ==, "10.0.0.0/24 udp/53");
	g_assert_cmpstr (inet_selector_to_text (&payload->ts.selectors[1], text), ==, "fd00::/64");
}

static void
test_ts_limits (void)
{
	g_autoptr (GString) hex = g_string_new ("10000000");

	for (guint i = 0; i < IKE_MAX_SELECTORS; i++)
		g_string_append (hex, i % 2 == 0 ? "07000010 0000ffff 0a000000 0a0000ff" : "63000004");
	assert_body (IKE_PAYLOAD_TSI, hex->str, OK);
	g_string_append (hex, "63000004");
	hex->str[1] = '1';
	assert_body (IKE_PAYLOAD_TSI, hex->str, STATUS_TOO_LARGE);
}

static void
test_cp_values (void)
{
	g_autoptr (GBytes) reply = vector ("payload-cp-reply");
	g_autoptr (IkeMessage) message = ike_message_new ();
	Slice whole = slice_bytes (reply);
	g_autofree guint8 *copy = g_memdup2 (whole.data, whole.len);
	g_autoptr (GBytes) alone = NULL;
	const IkePayload *payload = message->payloads;

	copy[0] = 0;     /* it is the last one here */
	copy[8] |= 0x80; /* the reserved bit of an attribute */
	alone = g_bytes_new (copy, whole.len);
	g_assert_cmpuint (ike_payloads_decode (IKE_PAYLOAD_CP, alone, message), ==, STATUS_OK);
	g_assert_cmpuint (payload->cp.cfg_type, ==, IKE_CFG_REPLY);
	g_assert_cmpuint (payload->cp.n_attributes, ==, 3);
	g_assert_cmpuint (payload->cp.attributes[0].type, ==, IKE_CP_INTERNAL_IP4_ADDRESS);
	assert_octets (payload->cp.attributes[0].value, slice ("\xc0\x00\x02\x64", 4));
	g_assert_cmpuint (payload->cp.attributes[2].type, ==, IKE_CP_INTERNAL_IP4_DNS);
	assert_octets (payload->cp.attributes[2].value, slice ("\x08\x08\x04\x04", 4));
}

/* The request of Android, made by our encoder. */
static void
test_cp_encode (void)
{
	static IkeCpAttribute attributes[] = {
		{ IKE_CP_INTERNAL_IP4_ADDRESS, { 0 } },
		{ IKE_CP_INTERNAL_IP6_ADDRESS, { 0 } },
		{ IKE_CP_INTERNAL_IP4_DNS, { 0 } },
		{ IKE_CP_INTERNAL_IP6_DNS, { 0 } },
	};
	const IkePayload payload = { .type = IKE_PAYLOAD_CP, .cp = { IKE_CFG_REQUEST, 4, attributes } };
	g_autoptr (GBytes) request = vector ("payload-cp-request");
	g_autoptr (GBytes) body = NULL;

	g_assert_cmpuint (ike_payload_body_encode (&payload, &body), ==, STATUS_OK);
	assert_octets (slice_bytes (body), slice (slice_bytes (request).data + 4, slice_bytes (request).len - 4));
}

static void
test_cp_limits (void)
{
	g_autoptr (GString) hex = g_string_new ("02000000");

	for (guint i = 0; i < IKE_MAX_ATTRIBUTES; i++)
		g_string_append (hex, "00030000");
	assert_body (IKE_PAYLOAD_CP, hex->str, OK);
	g_string_append (hex, "00030000");
	assert_body (IKE_PAYLOAD_CP, hex->str, STATUS_TOO_LARGE);
}

static void
test_delete_limits (void)
{
	g_autoptr (GString) hex = g_string_new ("03040014");

	for (guint i = 0; i < IKE_MAX_DELETE_SPIS; i++)
		g_string_append (hex, "01020304");
	assert_body (IKE_PAYLOAD_DELETE, hex->str, OK);
	g_string_append (hex, "01020304");
	hex->str[7] = '5';
	assert_body (IKE_PAYLOAD_DELETE, hex->str, STATUS_TOO_LARGE);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/payloads/cases", test_cases);
	g_test_add_func ("/ike/payloads/nonce-most", test_nonce_most);
	g_test_add_func ("/ike/payloads/sa-attributes", test_attributes);
	g_test_add_func ("/ike/payloads/sa-limits", test_sa_limits);
	g_test_add_func ("/ike/payloads/sa-values", test_sa_values);
	g_test_add_func ("/ike/payloads/id-reserved", test_id_reserved);
	g_test_add_func ("/ike/payloads/delete-count", test_delete_count);
	g_test_add_func ("/ike/payloads/delete-limits", test_delete_limits);
	g_test_add_func ("/ike/payloads/ts-values", test_ts_values);
	g_test_add_func ("/ike/payloads/ts-limits", test_ts_limits);
	g_test_add_func ("/ike/payloads/cp-values", test_cp_values);
	g_test_add_func ("/ike/payloads/cp-encode", test_cp_encode);
	g_test_add_func ("/ike/payloads/cp-limits", test_cp_limits);
	return g_test_run ();
}
