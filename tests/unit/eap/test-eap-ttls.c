/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP-TTLS (RFC 5281) against a GnuTLS server in memory: PAP, MSCHAPv2, EAP inside, and AVPs of every damaged kind. */
#include "tls-server.h"

static const char *const versions[] = { "1.2", "1.3" };

enum
{
	AVP_USER_NAME = 1,
	AVP_USER_PASSWORD = 2,
	AVP_REPLY_MESSAGE = 18,
	AVP_EAP_MESSAGE = 79,
	AVP_MS_CHAP_ERROR = 2,
	AVP_MS_CHAP_CHALLENGE = 11,
	AVP_MS_CHAP2_RESPONSE = 25,
	AVP_MS_CHAP2_SUCCESS = 26,
};

#define MICROSOFT 311

static TestCert *cert;

static TlsServer *
ttls_server (const char *version, void (*inner) (TlsServer *, Slice))
{
	TlsServer *server = server_new (EAP_TYPE_TTLS, version, (const TestCert *const[]){ cert }, 1);

	server->inner = inner;
	return server;
}

static void
add_avp (GByteArray *out, guint32 vendor, guint32 code, Slice data)
{
	guint32 octets = (guint32) (8 + (vendor != 0 ? 4 : 0) + data.len);
	guint8 header[12] = { (guint8) (code >> 24),     (guint8) (code >> 16),   (guint8) (code >> 8),   (guint8) code,
		                  vendor != 0 ? 0xc0 : 0x40, (guint8) (octets >> 16), (guint8) (octets >> 8), (guint8) octets,
		                  (guint8) (vendor >> 24),   (guint8) (vendor >> 16), (guint8) (vendor >> 8), (guint8) vendor };
	static const guint8 zeros[4] = { 0 };

	g_byte_array_append (out, header, vendor != 0 ? 12 : 8);
	if (data.len > 0)
		g_byte_array_append (out, data.data, (guint) data.len);
	g_byte_array_append (out, zeros, (4 - octets % 4) % 4);
}

static void
write_avp (TlsServer *server, guint32 vendor, guint32 code, Slice data)
{
	g_autoptr (GByteArray) out = g_byte_array_new ();

	add_avp (out, vendor, code, data);
	server_write (server, slice_array (out));
}

/* The value of an AVP of the client; empty: it is not there. */
static Slice
find_avp (Slice plain, guint32 vendor, guint32 code)
{
	while (plain.len >= 8)
	{
		const guint8 *p = plain.data;
		guint32 got = (guint32) p[0] << 24 | (guint32) p[1] << 16 | (guint32) p[2] << 8 | p[3];
		gsize octets = (gsize) p[5] << 16 | (gsize) p[6] << 8 | p[7];
		gsize header = (p[4] & 0x80) != 0 ? 12 : 8;
		guint32 of = header == 12 ? (guint32) p[8] << 24 | (guint32) p[9] << 16 | (guint32) p[10] << 8 | p[11] : 0;
		gsize padded = (octets + 3) / 4 * 4;

		g_assert_cmpuint (octets, >=, header);
		g_assert_cmpuint (padded, <=, plain.len);
		g_assert_cmpuint (p[4] & 0x40, !=, 0);
		if (got == code && of == vendor)
			return slice (p + header, octets - header);
		plain = slice (p + padded, plain.len - padded);
	}
	return SLICE_NONE;
}

static void
check_user (Slice plain)
{
	Slice name = find_avp (plain, 0, AVP_USER_NAME);

	g_assert_cmpmem (name.data, name.len, USER, strlen (USER));
}

/* -- PAP ------------------------------------------------------------------------------------------------------------- */

static void
serve_pap (TlsServer *server, Slice plain)
{
	Slice password = find_avp (plain, 0, AVP_USER_PASSWORD);

	if (plain.len == 0)
		return;
	check_user (plain);
	/* Zeros up to a multiple of 16. */
	g_assert_cmpuint (password.len % 16, ==, 0);
	g_assert_cmpuint (password.len, >, 0);
	server->success = strncmp ((const char *) password.data, CLIENT_PASS, password.len) == 0;
	server->failure = !server->success;
}

static void
test_pap (void)
{
	static const EapInner pap[] = { EAP_INNER_PAP };

	for (guint i = 0; i < 4; i++)
	{
		g_autoptr (TlsServer) server = ttls_server (versions[i % 2], serve_pap);
		g_auto (Client) client = CLIENT;

		client.inner = pap;
		client.n_inner = 1;
		client.password = i < 2 ? CLIENT_PASS : "guess";
		converse (&client, server);
		if (i < 2)
			check_success (&client, server);
		else
			check_failure (&client, STATUS_AUTH_REJECTED, NULL);
		g_assert_cmpstr (client.asked->str, ==, "VP");
	}
}

static void
serve_pap_echo (TlsServer *server, Slice plain)
{
	server->success = plain.len > 0;
}

static void
test_pap_lengths (void)
{
	static const EapInner pap[] = { EAP_INNER_PAP };
	static const gsize lengths[] = { 1, 15, 16, 17, 32, 200 };

	for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
	{
		g_autoptr (TlsServer) server = ttls_server ("1.3", serve_pap_echo);
		g_autofree char *password = g_strnfill (lengths[i], 'p');
		g_auto (Client) client = CLIENT;
		Slice sent;

		client.inner = pap;
		client.n_inner = 1;
		client.password = password;
		converse (&client, server);
		check_success (&client, server);
		sent = find_avp (slice (server->plain_log->str, server->plain_log->len), 0, AVP_USER_PASSWORD);
		g_assert_cmpuint (sent.len, ==, (lengths[i] + 15) / 16 * 16);
		g_assert_cmpmem (sent.data, lengths[i], password, lengths[i]);
	}
}

/* An Access-Challenge behind the password. */
static void
serve_challenge (TlsServer *server, Slice plain)
{
	Slice password = find_avp (plain, 0, AVP_USER_PASSWORD);

	if (plain.len == 0)
		return;
	if (server->step++ == 0)
		write_avp (server, 0, AVP_REPLY_MESSAGE,
		           SLICE_LITERAL ("Code\x1b[31m of the \xe2\x80\xae"
		                          "day?"));
	else
		server->success = strncmp ((const char *) password.data, "4711", password.len) == 0;
}

static void
test_pap_challenge (void)
{
	static const EapInner pap[] = { EAP_INNER_PAP };
	g_autoptr (TlsServer) server = ttls_server ("1.2", serve_challenge);
	g_auto (Client) client = CLIENT;

	client.inner = pap;
	client.n_inner = 1;
	client.code = "4711";
	converse (&client, server);
	check_success (&client, server);
	g_assert_cmpstr (client.asked->str, ==, "VPC");
	g_assert_cmpstr (client.prompt, ==, "Code [31m of the day?");
}

/* -- MSCHAPv2 -------------------------------------------------------------------------------------------------------- */

static const char *server_password = CLIENT_PASS;

static void
chap_challenge (const TlsServer *server, guint8 ret_challenge[17])
{
	G (gnutls_prf_rfc5705 (server->session, 14, "ttls challenge", 0, NULL, 17, (char *) ret_challenge));
}

static void
serve_mschapv2 (TlsServer *server, Slice plain)
{
	guint8 challenge[17], hash[16], response[24], proof[20];
	Slice sent_challenge = find_avp (plain, MICROSOFT, AVP_MS_CHAP_CHALLENGE);
	Slice sent = find_avp (plain, MICROSOFT, AVP_MS_CHAP2_RESPONSE);
	g_autoptr (GString) text = g_string_new (NULL);

	if (server->step == 1)
		server->success = TRUE;
	if (plain.len == 0)
		return;
	check_user (plain);
	chap_challenge (server, challenge);
	g_assert_cmpmem (sent_challenge.data, sent_challenge.len, challenge, 16);
	g_assert_cmpuint (sent.len, ==, 50);
	g_assert_cmpuint (sent.data[0], ==, challenge[16]);
	Mschapv2Challenges challenges = { SLICE_LITERAL (USER), challenge, sent.data + 2 };
	g_assert_cmpint (mschapv2_nt_hash (slice_text (server_password), hash), ==, STATUS_OK);
	g_assert_cmpint (mschapv2_nt_response (&challenges, hash, response), ==, STATUS_OK);
	if (memcmp (sent.data + 26, response, 24) != 0)
	{
		g_string_append_c (text, (char) challenge[16]);
		g_string_append (text, "E=691 R=1 V=3 M=No");
		write_avp (server, MICROSOFT, AVP_MS_CHAP_ERROR, slice (text->str, text->len));
		server->step = 2;
		return;
	}
	g_assert_cmpint (mschapv2_authenticator (&challenges, hash, response, proof), ==, STATUS_OK);
	g_string_append_c (text, (char) challenge[16]);
	g_string_append (text, "S=");
	for (guint i = 0; i < 20; i++)
		g_string_append_printf (text, "%02X", proof[i]);
	write_avp (server, MICROSOFT, AVP_MS_CHAP2_SUCCESS, slice (text->str, text->len));
	server->step = 1;
}

static void
test_mschapv2 (void)
{
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
	{
		g_autoptr (TlsServer) server = ttls_server (versions[v], serve_mschapv2);
		g_auto (Client) client = CLIENT;
		static const EapInner inner[] = { EAP_INNER_MSCHAPV2, EAP_INNER_GTC };

		client.inner = inner;
		client.n_inner = 2;
		client.anonymous = "anonymous@example.org";
		converse (&client, server);
		check_success (&client, server);
		g_assert_cmpstr (client.asked->str, ==, "VP");
	}
}

static void
serve_refusal (TlsServer *server, Slice plain)
{
	if (server->step == 2)
		server->failure = TRUE;
	else
		serve_mschapv2 (server, plain);
}

static void
test_mschapv2_wrong (void)
{
	static const EapInner inner[] = { EAP_INNER_MSCHAPV2 };
	g_autoptr (TlsServer) server = ttls_server ("1.2", serve_refusal);
	g_auto (Client) client = CLIENT;

	client.inner = inner;
	client.n_inner = 1;
	client.password = "guess";
	converse (&client, server);
	check_failure (&client, STATUS_AUTH_REJECTED, "the password is wrong; the gateway says: No");
	g_assert_cmpstr (client.asked->str, ==, "VPA");
}

/* A server that accepts without the proof, or with a wrong one. */
static void
serve_no_proof (TlsServer *server, Slice plain)
{
	server->success = plain.len > 0;
}

static void
serve_wrong_proof (TlsServer *server, Slice plain)
{
	guint8 challenge[17];
	g_autoptr (GString) text = g_string_new (NULL);

	if (plain.len == 0)
		return;
	chap_challenge (server, challenge);
	g_string_append_c (text, (char) challenge[16]);
	g_string_append (text, "S=0123456789012345678901234567890123456789");
	write_avp (server, MICROSOFT, AVP_MS_CHAP2_SUCCESS, slice (text->str, text->len));
}

static void
test_mschapv2_no_proof (void)
{
	static const EapInner inner[] = { EAP_INNER_MSCHAPV2 };

	for (guint i = 0; i < 2; i++)
	{
		g_autoptr (TlsServer) server = ttls_server ("1.2", i == 0 ? serve_no_proof : serve_wrong_proof);
		g_auto (Client) client = CLIENT;

		client.inner = inner;
		client.n_inner = 1;
		converse (&client, server);
		check_failure (&client, STATUS_EAP_PROTOCOL,
		               i == 0 ? "before the method was done" : "does not know the password");
	}
}

/* -- EAP inside ------------------------------------------------------------------------------------------------------ */

static void
write_eap (TlsServer *server, guint8 type, Slice data)
{
	g_autoptr (GBytes) packet = rig_packet (REQUEST, (guint8) (10 + server->step), type, data);

	write_avp (server, 0, AVP_EAP_MESSAGE, slice_bytes (packet));
}

static void
serve_gtc (TlsServer *server, Slice plain)
{
	Slice eap = find_avp (plain, 0, AVP_EAP_MESSAGE);

	if (plain.len == 0)
		return;
	g_assert_cmpuint (eap.len, >=, 5);
	g_assert_cmpuint (eap.data[0], ==, RESPONSE);
	switch (server->step++)
	{
	case 0:
		/* RFC 5281 section 11.2.1: the client begins with its identity, the real one. */
		g_assert_cmpmem (eap.data + 5, eap.len - 5, USER, strlen (USER));
		write_eap (server, EAP_TYPE_MD5, SLICE_LITERAL ("\4abcd"));
		break;
	case 1:
		g_assert_cmpmem (eap.data + 4, eap.len - 4, "\3\6", 2);
		write_eap (server, EAP_TYPE_GTC, SLICE_LITERAL ("Token?"));
		break;
	case 2:
		g_assert_cmpmem (eap.data + 4, eap.len - 4,
		                 "\6"
		                 "135",
		                 4);
		write_eap (server, EAP_TYPE_GTC, SLICE_LITERAL ("And the next one?"));
		break;
	default:
		g_assert_cmpmem (eap.data + 4, eap.len - 4,
		                 "\6"
		                 "135",
		                 4);
		server->success = TRUE;
		break;
	}
}

static void
test_eap (void)
{
	static const EapInner inner[] = { EAP_INNER_GTC, EAP_INNER_PAP, EAP_INNER_MSCHAPV2 };

	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
	{
		g_autoptr (TlsServer) server = ttls_server (versions[v], serve_gtc);
		g_auto (Client) client = CLIENT;

		client.inner = inner;
		client.n_inner = 3;
		client.anonymous = "anonymous";
		client.code = "135";
		converse (&client, server);
		check_success (&client, server);
		g_assert_cmpstr (client.asked->str, ==, "VCC");
		g_assert_cmpstr (client.prompt, ==, "And the next one?");
	}
}

static void
serve_eap_success_early (TlsServer *server, Slice plain)
{
	g_autoptr (GBytes) packet = rig_packet (SUCCESS, 1, 0, SLICE_NONE);

	if (plain.len > 0)
		write_avp (server, 0, AVP_EAP_MESSAGE, slice_bytes (packet));
}

static void
serve_eap_failure (TlsServer *server, Slice plain)
{
	g_autoptr (GBytes) packet = rig_packet (FAILURE, 1, 0, SLICE_NONE);

	if (plain.len > 0)
		write_avp (server, 0, AVP_EAP_MESSAGE, slice_bytes (packet));
}

static void
serve_eap_other_method (TlsServer *server, Slice plain)
{
	if (plain.len == 0)
		return;
	if (server->step++ == 0)
		write_eap (server, EAP_TYPE_MD5, SLICE_LITERAL ("\4abcd"));
	else
		server->failure = TRUE;
}

static void
test_eap_ends (void)
{
	static const EapInner inner[] = { EAP_INNER_EAP_MSCHAPV2 };
	static const struct
	{
		void (*serve) (TlsServer *, Slice);
		Status status;
		const char *words;
	} rows[] = {
		{ serve_eap_success_early, STATUS_EAP_PROTOCOL, "before the method was done" },
		{ serve_eap_failure, STATUS_AUTH_REJECTED, NULL },
		{ serve_no_proof, STATUS_EAP_PROTOCOL, "before the method was done" },
		{ serve_eap_other_method, STATUS_EAP_METHOD, "it wants MD5; the profile allows MSCHAPv2" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autoptr (TlsServer) server = ttls_server ("1.2", rows[i].serve);
		g_auto (Client) client = CLIENT;

		client.inner = inner;
		client.n_inner = 1;
		converse (&client, server);
		check_failure (&client, rows[i].status, rows[i].words);
	}
}

static void
test_nothing_allowed (void)
{
	g_autoptr (TlsServer) server = ttls_server ("1.2", serve_mschapv2);
	g_auto (Client) client = CLIENT;

	/* No list at all: MSCHAPv2, never the password itself. */
	converse (&client, server);
	check_success (&client, server);
}

/* -- Damaged AVPs ---------------------------------------------------------------------------------------------------- */

static GBytes *damaged_octets;

static void
serve_damaged (TlsServer *server, Slice plain)
{
	if (plain.len > 0 && server->step++ == 0)
		server_write (server, slice_bytes (damaged_octets));
	else if (server->step > 0)
		server->failure = TRUE;
}

/* Returns: what became of the conversation; it is never a success */
static Status
feed_damaged (Slice octets, EapInner inner)
{
	g_autoptr (TlsServer) server = ttls_server ("1.3", serve_damaged);
	g_auto (Client) client = CLIENT;

	damaged_octets = slice_dup (octets);
	client.inner = &inner;
	client.n_inner = 1;
	converse (&client, server);
	g_clear_pointer (&damaged_octets, g_bytes_unref);
	g_assert_cmpint (client.verdict, ==, EAP_FAILURE);
	return client.status;
}

static void
test_damaged (void)
{
	g_autoptr (GByteArray) good = g_byte_array_new ();
	g_autoptr (GBytes) request = rig_packet (REQUEST, 77, EAP_TYPE_GTC, SLICE_LITERAL ("Token?"));

	add_avp (good, 0, AVP_EAP_MESSAGE, slice_bytes (request));
	add_avp (good, MICROSOFT, AVP_MS_CHAP2_SUCCESS, SLICE_LITERAL ("xS=00"));
	add_avp (good, 0, AVP_REPLY_MESSAGE, SLICE_LITERAL ("hello"));
	for (gsize cut = 1; cut < good->len; cut++)
		feed_damaged (slice (good->data, cut), cut % 2 == 0 ? EAP_INNER_GTC : EAP_INNER_MSCHAPV2);
	for (gsize at = 0; at < good->len; at++)
	{
		good->data[at] ^= 0xff;
		feed_damaged (slice_array (good), at % 2 == 0 ? EAP_INNER_GTC : EAP_INNER_MSCHAPV2);
		good->data[at] ^= 0xff;
	}
}

/* CVE-2026-25075 elsewhere: a length below the header's own. */
static void
test_short_lengths (void)
{
	for (guint flags = 0; flags < 2; flags++)
		for (guint8 octets = 0; octets < 12; octets++)
		{
			const guint8 avp[16] = { 0, 0, 0, AVP_EAP_MESSAGE, flags != 0 ? 0x80 : 0, 0, 0, octets, 0, 0, 1, 55 };

			/* What is long enough for itself leaves a rest that is not. */
			g_assert_cmpint (feed_damaged (SLICE_ARRAY (avp), EAP_INNER_GTC), ==, STATUS_EAP_PROTOCOL);
		}
}

static void
test_unknown (void)
{
	static const guint8 optional[] = { 0, 0, 3, 231, 0, 0, 0, 12, 1, 2, 3, 4 };
	static const guint8 mandatory[] = { 0, 0, 3, 231, 0x40, 0, 0, 12, 1, 2, 3, 4 };

	g_assert_cmpint (feed_damaged (SLICE_ARRAY (optional), EAP_INNER_PAP), ==, STATUS_AUTH_REJECTED);
	g_assert_cmpint (feed_damaged (SLICE_ARRAY (mandatory), EAP_INNER_PAP), ==, STATUS_EAP_PROTOCOL);
}

static void
test_many (void)
{
	g_autoptr (GByteArray) many = g_byte_array_new ();
	static const guint8 empty[] = { 0, 0, 0, AVP_EAP_MESSAGE, 0, 0, 0, 8 };

	for (guint i = 0; i < 65; i++)
		g_byte_array_append (many, empty, sizeof empty);
	g_assert_cmpint (feed_damaged (slice (many->data, 64 * sizeof empty), EAP_INNER_PAP), ==, STATUS_AUTH_REJECTED);
	g_assert_cmpint (feed_damaged (slice_array (many), EAP_INNER_PAP), ==, STATUS_EAP_PROTOCOL);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	cert = server_cert ();
	g_test_add_func ("/eap/eap-ttls/pap", test_pap);
	g_test_add_func ("/eap/eap-ttls/pap-lengths", test_pap_lengths);
	g_test_add_func ("/eap/eap-ttls/pap-challenge", test_pap_challenge);
	g_test_add_func ("/eap/eap-ttls/mschapv2", test_mschapv2);
	g_test_add_func ("/eap/eap-ttls/mschapv2-wrong", test_mschapv2_wrong);
	g_test_add_func ("/eap/eap-ttls/mschapv2-no-proof", test_mschapv2_no_proof);
	g_test_add_func ("/eap/eap-ttls/eap", test_eap);
	g_test_add_func ("/eap/eap-ttls/eap-ends", test_eap_ends);
	g_test_add_func ("/eap/eap-ttls/nothing-allowed", test_nothing_allowed);
	g_test_add_func ("/eap/eap-ttls/damaged", test_damaged);
	g_test_add_func ("/eap/eap-ttls/short-lengths", test_short_lengths);
	g_test_add_func ("/eap/eap-ttls/unknown", test_unknown);
	g_test_add_func ("/eap/eap-ttls/many", test_many);
	result = g_test_run ();
	test_cert_free (cert);
	return result;
}
