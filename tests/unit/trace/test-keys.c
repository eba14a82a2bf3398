/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys as Wireshark wants them, and whether it can really open with them what we seal. */
#include <glib/gstdio.h>

#include "ike/protect.h"
#include "trace/record.h"
#include "trace/trace.h"

#define SPI_I G_GUINT64_CONSTANT (0x0102030405060708)
#define SPI_R G_GUINT64_CONSTANT (0x1112131415161718)
#define SPI_OUT 0x00c0ffeeu
#define SPI_IN 0xdeadbeefu

static const AeadSuite gcm_256 = { ENCR_AES_GCM_16, 256, INTEG_NONE };
static const AeadSuite cbc_sha256 = { ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_256_128 };

/* Different octets for each key: an exchange of two of them must show. */
static guint8 key_octets[4][64];

static IkeKeys
keys_of (gboolean is_child, const AeadSuite *suite)
{
	IkeKeys keys = {
		.is_child = is_child, .spi_i = SPI_I, .spi_r = SPI_R, .spi_in = SPI_IN, .spi_out = SPI_OUT, .suite = *suite
	};

	for (guint i = 0; i < G_N_ELEMENTS (key_octets); i++)
		memset (key_octets[i], 0x11 * (int) (i + 1), sizeof key_octets[i]);
	keys.encr_i = slice (key_octets[0], aead_encr_key_octets (suite));
	keys.encr_r = slice (key_octets[1], aead_encr_key_octets (suite));
	keys.integ_i = slice (key_octets[2], aead_integ_key_octets (suite));
	keys.integ_r = slice (key_octets[3], aead_integ_key_octets (suite));
	g_assert_true (inet_endpoint_parse ("192.0.2.7:4500", &keys.path.local));
	g_assert_true (inet_endpoint_parse ("198.51.100.1:4500", &keys.path.remote));
	return keys;
}

static char *
line_of (const IkeKeys *keys)
{
	g_autofree char *json = trace_record_keys (keys, 5);
	gboolean is_child = !keys->is_child;
	char *line = trace_keys_line (json, &is_child);

	g_assert_true (line == NULL || is_child == keys->is_child);
	return line;
}

static void
test_ike (void)
{
	IkeKeys gcm = keys_of (FALSE, &gcm_256), cbc = keys_of (FALSE, &cbc_sha256);
	g_autofree char *gcm_line = line_of (&gcm);
	g_autofree char *cbc_line = line_of (&cbc);

	g_assert_cmpstr (gcm_line, ==,
	                 "0102030405060708,1112131415161718,"
	                 "111111111111111111111111111111111111111111111111111111111111111111111111,"
	                 "222222222222222222222222222222222222222222222222222222222222222222222222,"
	                 "\"AES-GCM-256 with 16 octet ICV [RFC5282]\",,,\"NONE [RFC4306]\"");
	g_assert_cmpstr (cbc_line, ==,
	                 "0102030405060708,1112131415161718,11111111111111111111111111111111,"
	                 "22222222222222222222222222222222,\"AES-CBC-128 [RFC3602]\","
	                 "3333333333333333333333333333333333333333333333333333333333333333,"
	                 "4444444444444444444444444444444444444444444444444444444444444444,"
	                 "\"HMAC_SHA2_256_128 [RFC4868]\"");
}

static void
test_esp (void)
{
	IkeKeys gcm = keys_of (TRUE, &gcm_256), cbc = keys_of (TRUE, &cbc_sha256);
	g_autofree char *gcm_lines = line_of (&gcm);
	g_autofree char *cbc_lines = NULL;

	g_assert_cmpstr (gcm_lines, ==,
	                 "\"IPv4\",\"192.0.2.7\",\"198.51.100.1\",\"0x00c0ffee\",\"AES-GCM with 16 octet ICV [RFC4106]\","
	                 "\"0x111111111111111111111111111111111111111111111111111111111111111111111111\",\"NULL\",\"\"\n"
	                 "\"IPv4\",\"198.51.100.1\",\"192.0.2.7\",\"0xdeadbeef\",\"AES-GCM with 16 octet ICV [RFC4106]\","
	                 "\"0x222222222222222222222222222222222222222222222222222222222222222222222222\",\"NULL\",\"\"");
	g_assert_true (inet_endpoint_parse ("[2001:db8::7]:4500", &cbc.path.local));
	g_assert_true (inet_endpoint_parse ("[2001:db8::1]:4500", &cbc.path.remote));
	cbc_lines = line_of (&cbc);
	g_assert_cmpstr (cbc_lines, ==,
	                 "\"IPv6\",\"2001:db8::7\",\"2001:db8::1\",\"0x00c0ffee\",\"AES-CBC [RFC3602]\","
	                 "\"0x11111111111111111111111111111111\",\"HMAC-SHA-256-128 [RFC4868]\","
	                 "\"0x3333333333333333333333333333333333333333333333333333333333333333\"\n"
	                 "\"IPv6\",\"2001:db8::1\",\"2001:db8::7\",\"0xdeadbeef\",\"AES-CBC [RFC3602]\","
	                 "\"0x22222222222222222222222222222222\",\"HMAC-SHA-256-128 [RFC4868]\","
	                 "\"0x4444444444444444444444444444444444444444444444444444444444444444\"");
}

/* Wireshark 4.0 has no name for it: better no line than one that spoils its file. */
static void
test_no_name (void)
{
	static const AeadSuite chacha = { ENCR_CHACHA20_POLY1305, 256, INTEG_NONE };
	IkeKeys ike = keys_of (FALSE, &chacha), child = keys_of (TRUE, &chacha);

	g_assert_null (line_of (&ike));
	g_assert_null (line_of (&child));
}

#define SPIS "\"spi_i\":\"0102030405060708\",\"spi_r\":\"1112131415161718\""
#define ALGORITHMS "\"encr\":\"AES_GCM_16\",\"key_bits\":128,\"integ\":\"NONE\""
#define KEYS "\"encr_i\":\"00\",\"encr_r\":\"00\",\"integ_i\":\"\",\"integ_r\":\"\""

static void
test_refused (void)
{
	static const char *const lines[] = {
		"",
		"{}",
		"{\"schema\":1,\"kind\":\"note\"}",
		"{\"schema\":1,\"kind\":\"keys\"}",
		"{\"schema\":2,\"kind\":\"keys\"," SPIS "," ALGORITHMS "," KEYS "}",
		"{\"schema\":1,\"kind\":\"keys\"," ALGORITHMS "," KEYS "}",
		"{\"schema\":1,\"kind\":\"keys\"," SPIS "," KEYS "}",
		"{\"schema\":1,\"kind\":\"keys\"," SPIS "," ALGORITHMS "}",
		"{\"schema\":1,\"kind\":\"keys\",\"is_child\":true," SPIS "," ALGORITHMS "," KEYS "}",
		"{\"schema\":1,\"kind\":\"keys\",\"spi_i\":\"01\",\"spi_r\":\"1112131415161718\"," ALGORITHMS "," KEYS "}",
		"{\"schema\":1,\"kind\":\"keys\",\"spi_i\":\"01020304050607\\n8\",\"spi_r\":\"1112131415161718\"," ALGORITHMS
		"," KEYS "}",
		"{\"schema\":1,\"kind\":\"keys\"," SPIS ",\"encr\":\"AES_GCM_16\",\"key_bits\":64,\"integ\":\"NONE\"," KEYS "}",
		"{\"schema\":1,\"kind\":\"keys\"," SPIS ",\"encr\":7,\"key_bits\":128,\"integ\":\"NONE\"," KEYS "}",
		"{\"schema\":1,\"kind\":\"keys\"," SPIS "," ALGORITHMS
		",\"encr_i\":\"0\",\"encr_r\":\"00\",\"integ_i\":\"\",\"integ_r\":\"\"}",
		"{\"schema\":1,\"kind\":\"keys\"," SPIS "," ALGORITHMS
		",\"encr_i\":\"00,\",\"encr_r\":\"00\",\"integ_i\":\"\",\"integ_r\":\"\"}",
		"{\"schema\":1,\"kind\":\"keys\",\"is_child\":true,\"spi_in\":\"00000001\",\"spi_out\":\"00000002\","
		"\"local\":\"\\\"x:1\",\"remote\":\"192.0.2.1:1\"," ALGORITHMS "," KEYS "}",
	};
	g_autofree char *good = NULL;
	gboolean is_child = TRUE;

	for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
		g_assert_null (trace_keys_line (lines[i], &is_child));
	g_assert_true (is_child);
	/* What the others differ from. */
	good = trace_keys_line ("{\"schema\":1,\"kind\":\"keys\"," SPIS "," ALGORITHMS "," KEYS "}", &is_child);
	g_assert_nonnull (good);
	g_assert_false (is_child);
}

/* -- With tshark ------------------------------------------------------------------------------------------------- */

/* An IPv4 packet with UDP from the first end of @path to the second, or back, behind a record of pcap (LINKTYPE_RAW). */
static void
append_packet (GByteArray *file, const IkePath *path, gboolean outgoing, Slice payload)
{
	const InetEndpoint *from = outgoing ? &path->local : &path->remote, *to = outgoing ? &path->remote : &path->local;
	guint32 octets = (guint32) (20 + 8 + payload.len);
	const guint32 record[] = { 0, 0, octets, octets };
	guint8 head[28] = { 0x45, 0, (guint8) (octets >> 8), (guint8) octets, 0, 0, 0, 0, 64, 17 };
	guint16 udp[] = { GUINT16_TO_BE (from->port), GUINT16_TO_BE (to->port), GUINT16_TO_BE ((guint16) (8 + payload.len)),
		              0 };

	memcpy (head + 12, from->address.octets, 4);
	memcpy (head + 16, to->address.octets, 4);
	memcpy (head + 20, udp, sizeof udp);
	g_byte_array_append (file, (const guint8 *) record, sizeof record);
	g_byte_array_append (file, head, sizeof head);
	g_byte_array_append (file, payload.data, (guint) payload.len);
}

static GByteArray *
file_new (void)
{
	/* Magic, version 2.4, zone, accuracy, longest packet, LINKTYPE_RAW. */
	static const guint32 head[] = { 0xa1b2c3d4, 0x00040002, 0, 0, 65535, 101 };

	return g_byte_array_append (g_byte_array_new (), (const guint8 *) head, sizeof head);
}

/* What tshark makes of the file with the lines of our table; NULL when there is no tshark. */
static char *
dissect (GByteArray *file, const char *table, const char *lines)
{
	g_autofree char *tshark = g_find_program_in_path ("tshark");
	g_autofree char *folder = g_dir_make_tmp ("godwit-keys-XXXXXX", NULL);
	g_autofree char *path = g_build_filename (folder, "messages.pcap", NULL);
	g_auto (GStrv) rows = g_strsplit (lines, "\n", -1);
	g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
	g_autofree char *errors = NULL;
	g_autoptr (GError) error = NULL;
	char *text = NULL;
	int status = -1;

	if (tshark != NULL)
	{
		const char *const fixed[] = { tshark, "-V", "-r", path };

		g_assert_true (g_file_set_contents (path, (const char *) file->data, (gssize) file->len, NULL));
		for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
			g_ptr_array_add (argv, g_strdup (fixed[i]));
		for (guint i = 0; rows[i] != NULL; i++)
		{
			g_ptr_array_add (argv, g_strdup ("-o"));
			g_ptr_array_add (argv, g_strconcat ("uat:", table, ":", rows[i], NULL));
		}
		g_ptr_array_add (argv, g_strdup ("-oesp.enable_encryption_decode:TRUE"));
		g_ptr_array_add (argv, g_strdup ("-oesp.enable_authentication_check:TRUE"));
		g_ptr_array_add (argv, NULL);
		g_assert_true (g_spawn_sync (NULL, (char **) argv->pdata, NULL, G_SPAWN_DEFAULT, NULL, NULL, &text, &errors,
		                             &status, &error));
		g_assert_no_error (error);
		g_assert_cmpint (status, ==, 0);
		/* "More fields than required", "invalid value" */
		g_assert_null (strstr (errors, "UAT"));
		g_assert_cmpint (g_remove (path), ==, 0);
	}
	g_assert_cmpint (g_rmdir (folder), ==, 0);
	return text;
}

static guint
count (const char *text, const char *words)
{
	guint n = 0;

	for (text = strstr (text, words); text != NULL; text = strstr (text + 1, words))
		n++;
	return n;
}

static void
append_message (GByteArray *file, const IkeKeys *keys, gboolean outgoing)
{
	const IkePayload payload = { .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = IKE_NOTIFY_INITIAL_CONTACT } };
	const IkeHeader header = { .spi_i = keys->spi_i,
		                       .spi_r = keys->spi_r,
		                       .version = 0x20,
		                       .exchange = IKE_EXCHANGE_AUTH,
		                       .from_initiator = outgoing,
		                       .response = !outgoing,
		                       .message_id = 1 };
	g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	g_autoptr (GByteArray) marked = g_byte_array_new ();
	IkeProtect protect = { .suite = keys->suite, .counter = 1 };
	gsize octets;
	const guint8 *data;

	g_assert_cmpint (aead_new (&keys->suite, outgoing ? keys->encr_i : keys->encr_r,
	                           outgoing ? keys->integ_i : keys->integ_r, &protect.aead),
	                 ==, STATUS_OK);
	g_assert_cmpint (ike_protect_seal (&protect, &header, &payload, 1, 0, datagrams), ==, STATUS_OK);
	ike_protect_clear (&protect);
	data = g_bytes_get_data (datagrams->pdata[0], &octets);
	g_byte_array_append (marked, (const guint8 *) "\0\0\0\0", 4); /* non-ESP marker, RFC 3948 section 2.2 */
	g_byte_array_append (marked, data, (guint) octets);
	append_packet (file, &keys->path, outgoing, slice_array (marked));
}

static void
test_tshark_ike (void)
{
	const AeadSuite *const suites[] = { &gcm_256, &cbc_sha256 };

	for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		IkeKeys keys = keys_of (FALSE, suites[i]);
		g_autoptr (GByteArray) file = file_new ();
		g_autofree char *line = line_of (&keys);
		g_autofree char *text = NULL;

		append_message (file, &keys, TRUE);
		append_message (file, &keys, FALSE);
		text = dissect (file, "ikev2_decryption_table", line);
		if (text == NULL)
		{
			g_test_skip ("there is no tshark");
			return;
		}
		g_assert_cmpuint (count (text, "Payload: Notify (41) - INITIAL_CONTACT"), ==, 2);
		g_assert_cmpuint (count (text, "[correct]"), ==, 2);
	}
}

/* One ESP packet around an IPv4 packet without contents: SPI | sequence number | IV | text | ICV (RFC 4303). */
static void
append_esp_packet (GByteArray *file, const IkeKeys *keys, gboolean outgoing)
{
	const AeadSuite *suite = &keys->suite;
	/* Protocol 59 has nothing behind it; then padding 1, 2, ..., its length, next header 4 (IPv4). */
	static const guint8 text[] = { 0x45, 0, 0, 20, 0, 0, 0, 0, 64, 59, 0, 0, 10, 9,  8,  7,
		                           10,   9, 8, 6,  1, 2, 3, 4, 5,  6,  7, 8, 9,  10, 10, 4 };
	gsize iv = aead_iv_octets (suite);
	gsize octets = 8 + iv + sizeof text + aead_icv_octets (suite);
	g_autofree guint8 *packet = g_malloc0 (octets);
	guint32 spi = GUINT32_TO_BE (outgoing ? keys->spi_out : keys->spi_in);
	g_autoptr (Aead) aead = NULL;

	memcpy (packet, &spi, 4);
	packet[7] = 1;
	memcpy (packet + 8 + iv, text, sizeof text);
	g_assert_cmpint (
	    aead_new (suite, outgoing ? keys->encr_i : keys->encr_r, outgoing ? keys->integ_i : keys->integ_r, &aead), ==,
	    STATUS_OK);
	g_assert_cmpint (aead_seal (aead, 1, slice (packet, 8), SLICE_NONE, packet + 8, sizeof text), ==, STATUS_OK);
	append_packet (file, &keys->path, outgoing, slice (packet, octets));
}

static void
test_tshark_esp (void)
{
	const AeadSuite *const suites[] = { &gcm_256, &cbc_sha256 };

	for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		IkeKeys keys = keys_of (TRUE, suites[i]);
		g_autoptr (GByteArray) file = file_new ();
		g_autofree char *lines = line_of (&keys);
		g_autofree char *text = NULL;

		append_esp_packet (file, &keys, TRUE);
		append_esp_packet (file, &keys, FALSE);
		text = dissect (file, "esp_sa", lines);
		if (text == NULL)
		{
			g_test_skip ("there is no tshark");
			return;
		}
		g_assert_cmpuint (count (text, "Source Address: 10.9.8.7"), ==, 2);
		g_assert_cmpuint (count (text, "[correct]"), ==, 2);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/trace/keys/ike", test_ike);
	g_test_add_func ("/trace/keys/esp", test_esp);
	g_test_add_func ("/trace/keys/no-name", test_no_name);
	g_test_add_func ("/trace/keys/refused", test_refused);
	g_test_add_func ("/trace/keys/tshark-ike", test_tshark_ike);
	g_test_add_func ("/trace/keys/tshark-esp", test_tshark_esp);
	return g_test_run ();
}
