/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PEAPv0 against a GnuTLS server in memory: EAP without headers, Extensions at the end, the crypto-binding computed by hand. */
#include <gnutls/crypto.h>

#include "tls-server.h"

static const char *const versions[] = { "1.2", "1.3" };
static TestCert *cert;

#define RESULT_SUCCESS "\x80\3\0\2\0\1"
#define RESULT_FAILURE "\x80\3\0\2\0\2"

static TlsServer *
peap_server (const char *version, void (*inner) (TlsServer *, Slice))
{
	TlsServer *server = server_new (EAP_TYPE_PEAP, version, (const TestCert *const[]){ cert }, 1);

	server->inner = inner;
	return server;
}

static void
write_extensions (TlsServer *server, Slice tlvs)
{
	g_autoptr (GBytes) packet = rig_packet (REQUEST, 55, 33, tlvs);

	server_write (server, slice_bytes (packet));
}

/* What the client says of the result; the rest of its TLVs. */
static Slice
check_extensions (Slice plain, const char *result)
{
	g_assert_cmpuint (plain.len, >=, 11);
	g_assert_cmpuint (plain.data[0], ==, RESPONSE);
	g_assert_cmpuint (plain.data[1], ==, 55);
	g_assert_cmpuint ((gsize) plain.data[2] << 8 | plain.data[3], ==, plain.len);
	g_assert_cmpuint (plain.data[4], ==, 33);
	g_assert_cmpmem (plain.data + 5, 6, result, 6);
	return slice (plain.data + 11, plain.len - 11);
}

/* -- GTC ------------------------------------------------------------------------------------------------------------- */

static void
serve_gtc (TlsServer *server, Slice plain)
{
	switch (server->step++)
	{
	case 0:
		/* The whole packet, as FreeRADIUS sends it; the answer comes without a header all the same. */
		server_write (server, SLICE_LITERAL ("\1\7\0\5\1"));
		break;
	case 1:
		g_assert_cmpmem (plain.data, plain.len, "\1" USER, 1 + strlen (USER));
		server_write (server, SLICE_LITERAL ("\6Password: "));
		break;
	case 2:
		g_assert_cmpuint (plain.data[0], ==, 6);
		if (slice_equal (plain, SLICE_LITERAL ("\6" CLIENT_PASS)))
			write_extensions (server, SLICE_LITERAL (RESULT_SUCCESS));
		else
			write_extensions (server, SLICE_LITERAL (RESULT_FAILURE));
		break;
	default:
		server->success = plain.data[10] == 1;
		server->failure = !server->success;
		check_extensions (plain, server->success ? RESULT_SUCCESS : RESULT_FAILURE);
		break;
	}
}

static void
test_gtc (void)
{
	static const EapInner inner[] = { EAP_INNER_GTC };

	for (guint i = 0; i < 4; i++)
	{
		g_autoptr (TlsServer) server = peap_server (versions[i % 2], serve_gtc);
		g_auto (Client) client = CLIENT;

		client.inner = inner;
		client.n_inner = 1;
		client.anonymous = "anonymous";
		client.password = i < 2 ? CLIENT_PASS : "guess";
		converse (&client, server);
		if (i < 2)
			check_success (&client, server);
		else
			check_failure (&client, STATUS_AUTH_REJECTED, NULL);
		g_assert_cmpstr (client.asked->str, ==, "VP");
	}
}

/* -- MSCHAPv2 with and without crypto-binding ------------------------------------------------------------------------- */

static guint8 inner_msk[64];
static gboolean bind_wrong, bind_at_all;
static guint8 bound_msk[64];

static void
write_challenge (TlsServer *server)
{
	guint8 packet[22] = { EAP_TYPE_MSCHAPV2, 1, 9, 0, 21, 16 };

	memcpy (packet + 6, rfc_authenticator, 16);
	server_write (server, SLICE_ARRAY (packet));
}

static gboolean
write_verdict (TlsServer *server, Slice plain)
{
	guint8 hash[16], response[24], proof[20];
	Mschapv2Challenges challenges = { SLICE_LITERAL (USER), rfc_authenticator, plain.data + 6 };
	g_auto (Secret) msk = SECRET_INIT;
	g_autoptr (GString) text = g_string_new (NULL);
	gboolean good;

	g_assert_cmpuint (plain.len, ==, 1 + 54 + strlen (USER));
	g_assert_cmpuint (plain.data[1], ==, 2);
	g_assert_cmpint (mschapv2_nt_hash (SLICE_LITERAL (CLIENT_PASS), hash), ==, STATUS_OK);
	g_assert_cmpint (mschapv2_nt_response (&challenges, hash, response), ==, STATUS_OK);
	g_assert_cmpint (mschapv2_authenticator (&challenges, hash, response, proof), ==, STATUS_OK);
	g_assert_cmpint (mschapv2_msk (hash, response, &msk), ==, STATUS_OK);
	memcpy (inner_msk, msk.data, 64);
	good = memcmp (plain.data + 6 + 24, response, 24) == 0;
	g_string_append_len (text, good ? "\x1a\3\x9\0\0" : "\x1a\4\x9\0\0", 5);
	g_string_append (text, good ? "S=" : "E=691 R=0 V=3 M=Not you");
	for (guint i = 0; good && i < 20; i++)
		g_string_append_printf (text, "%02X", proof[i]);
	text->str[4] = (char) (text->len - 1);
	server_write (server, slice (text->str, text->len));
	return good;
}

static void
hmac (Slice key, Slice message, guint8 ret_mac[20])
{
	G (gnutls_hmac_fast (GNUTLS_MAC_SHA1, key.data, key.len, message.data, message.len, ret_mac));
}

/* T1 | T2 | T3 ... of [MS-PEAP] section 3.1.5.5.2.2 */
static void
expand (Slice key, Slice label_and_seed, gsize octets, guint8 *ret_key)
{
	g_autoptr (GByteArray) message = g_byte_array_new ();
	guint8 mac[20];

	for (guint8 n = 1; (gsize) (n - 1) * 20 < octets; n++)
	{
		const guint8 end[3] = { n, 0, 0 };

		g_byte_array_set_size (message, 0);
		if (n > 1)
			g_byte_array_append (message, mac, 20);
		g_byte_array_append (message, label_and_seed.data, (guint) label_and_seed.len);
		g_byte_array_append (message, end, 3);
		hmac (key, slice_array (message), mac);
		memcpy (ret_key + (n - 1) * 20, mac, MIN (octets - (gsize) (n - 1) * 20, 20));
	}
}

static void
binding_keys (const TlsServer *server, guint8 ret_keys[60])
{
	static const char label[] = "Inner Methods Compound Keys";
	guint8 tunnel[64], seed[sizeof label - 1 + 32];

	server_msk (server, tunnel);
	memcpy (seed, label, sizeof label - 1);
	memcpy (seed + sizeof label - 1, inner_msk, 32);
	expand (slice (tunnel, 40), SLICE_ARRAY (seed), 60, ret_keys);
}

static void
binding_mac (const guint8 keys[60], guint8 tlv[60])
{
	guint8 message[61], mac[20];

	memset (tlv + 40, 0, 20);
	memcpy (message, tlv, 60);
	message[60] = EAP_TYPE_PEAP;
	hmac (slice (keys + 40, 20), SLICE_ARRAY (message), mac);
	memcpy (tlv + 40, mac, 20);
}

static void
write_end (TlsServer *server)
{
	guint8 keys[60], tlvs[66] = { 0x80, 3, 0, 2, 0, 1, 0x80, 12, 0, 56, 0, 0, 0, 0 };
	static const char label[] = "Session Key Generating Function\0";

	if (!bind_at_all)
	{
		write_extensions (server, slice (tlvs, 6));
		return;
	}
	binding_keys (server, keys);
	memset (tlvs + 14, 0x5a, 32);
	binding_mac (keys, tlvs + 6);
	if (bind_wrong)
		tlvs[50] ^= 1;
	/* The label with its zero, and the seed is one more. */
	expand (slice (keys, 40), slice (label, sizeof label), 64, bound_msk);
	write_extensions (server, SLICE_ARRAY (tlvs));
}

static void
check_end (const TlsServer *server, Slice plain)
{
	Slice rest = check_extensions (plain, RESULT_SUCCESS);
	guint8 keys[60], tlv[60];

	g_assert_cmpuint (rest.len, ==, bind_at_all ? 60 : 0);
	if (!bind_at_all)
		return;
	g_assert_cmpmem (rest.data, 8, "\0\14\0\70\0\0\0\1", 8);
	binding_keys (server, keys);
	memcpy (tlv, rest.data, 60);
	binding_mac (keys, tlv);
	g_assert_cmpmem (rest.data, 60, tlv, 60);
}

static void
serve_mschapv2 (TlsServer *server, Slice plain)
{
	switch (server->step++)
	{
	case 0:
		server_write (server, SLICE_LITERAL ("\1"));
		break;
	case 1:
		write_challenge (server);
		break;
	case 2:
		if (!write_verdict (server, plain))
			server->step = 10;
		break;
	case 3:
		g_assert_cmpmem (plain.data, plain.len, "\x1a\3", 2);
		write_end (server);
		break;
	case 4:
		check_end (server, plain);
		server->success = TRUE;
		break;
	case 10:
		g_assert_cmpmem (plain.data, plain.len, "\x1a\4", 2);
		write_extensions (server, SLICE_LITERAL (RESULT_FAILURE));
		break;
	default:
		check_extensions (plain, RESULT_FAILURE);
		server->failure = TRUE;
		break;
	}
}

static void
converse_mschapv2 (Client *client, TlsServer *server, const char *password)
{
	static const EapInner inner[] = { EAP_INNER_PAP, EAP_INNER_MSCHAPV2 };

	client->inner = inner;
	client->n_inner = 2;
	client->password = password;
	converse (client, server);
}

static void
test_mschapv2 (void)
{
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
	{
		g_autoptr (TlsServer) server = peap_server (versions[v], serve_mschapv2);
		g_auto (Client) client = CLIENT;

		bind_at_all = FALSE;
		converse_mschapv2 (&client, server, CLIENT_PASS);
		check_success (&client, server);
	}
}

static void
test_wrong_password (void)
{
	g_autoptr (TlsServer) server = peap_server ("1.2", serve_mschapv2);
	g_auto (Client) client = CLIENT;

	converse_mschapv2 (&client, server, "guess");
	check_failure (&client, STATUS_AUTH_REJECTED, "password is wrong; the gateway says: Not you");
}

static void
test_binding (void)
{
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
	{
		g_autoptr (TlsServer) server = peap_server (versions[v], serve_mschapv2);
		g_auto (Client) client = CLIENT;

		bind_at_all = TRUE;
		bind_wrong = FALSE;
		converse_mschapv2 (&client, server, CLIENT_PASS);
		g_assert_cmpint (client.verdict, ==, EAP_SUCCESS);
		g_assert_cmpmem (eap_peer_msk (client.peer).data, eap_peer_msk (client.peer).len, bound_msk, 64);
	}
}

static void
test_binding_wrong (void)
{
	g_autoptr (TlsServer) server = peap_server ("1.2", serve_mschapv2);
	g_auto (Client) client = CLIENT;

	bind_at_all = bind_wrong = TRUE;
	converse_mschapv2 (&client, server, CLIENT_PASS);
	check_failure (&client, STATUS_EAP_PROTOCOL, "crypto-binding");
}

/* -- Ends that are none ------------------------------------------------------------------------------------------------ */

static Slice end_tlvs;

static void
serve_end_at_once (TlsServer *server, Slice plain)
{
	if (server->step++ == 0)
		write_extensions (server, end_tlvs);
	else
		server->success = TRUE;
}

static void
serve_end_after_challenge (TlsServer *server, Slice plain)
{
	switch (server->step++)
	{
	case 0:
		write_challenge (server);
		break;
	case 1:
		/* The response is not looked at. */
		write_extensions (server, end_tlvs);
		break;
	default:
		server->success = TRUE;
		break;
	}
}

static void
serve_no_end (TlsServer *server, Slice plain)
{
	server->success = TRUE;
}

/* CVE-2023-52160: the second phase must have been, and well. */
static void
test_skipped (void)
{
	static void (*const rows[]) (TlsServer *, Slice) = { serve_end_at_once, serve_end_after_challenge, serve_no_end };

	end_tlvs = SLICE_LITERAL (RESULT_SUCCESS);
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
		for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		{
			g_autoptr (TlsServer) server = peap_server (versions[v], rows[i]);
			g_auto (Client) client = CLIENT;

			converse_mschapv2 (&client, server, CLIENT_PASS);
			check_failure (&client, STATUS_EAP_PROTOCOL, i == 2 ? "before the method" : "before the inner method");
		}
}

static const struct
{
	Slice tlvs;
	const char *words;
} bad_tlvs[] = {
	{ { NULL, 0 }, "without a result" },
	{ { (const guint8 *) "\x80\3\0\2\0", 5 }, "wrong length" },
	{ { (const guint8 *) "\x80\3\0\1\1", 5 }, "cannot be understood" },
	{ { (const guint8 *) "\x80\3\0\3\0\1\0", 7 }, "cannot be understood" },
	{ { (const guint8 *) "\x80\3\0\2\0\3", 6 }, "without a result" },
	{ { (const guint8 *) "\x80\7\0\0", 4 }, "cannot be understood" },
	{ { (const guint8 *) "\x80\3\0\2\0\1\x80\14\0\0", 10 }, "cannot be understood" },
	{ { (const guint8 *) "\x80\3\xff\xff\0\1", 6 }, "wrong length" },
	{ { (const guint8 *) "\0\7\0\0", 4 }, "without a result" },
	{ { (const guint8 *) "\x80", 1 }, "wrong length" },
};

static void
test_bad_tlvs (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (bad_tlvs); i++)
	{
		g_autoptr (TlsServer) server = peap_server ("1.3", serve_end_at_once);
		g_auto (Client) client = CLIENT;

		end_tlvs = bad_tlvs[i].tlvs;
		converse_mschapv2 (&client, server, CLIENT_PASS);
		check_failure (&client, STATUS_EAP_PROTOCOL, bad_tlvs[i].words);
	}
}

static void
serve_md5 (TlsServer *server, Slice plain)
{
	switch (server->step++)
	{
	case 0:
		server_write (server, SLICE_LITERAL ("\4\4abcd"));
		break;
	case 1:
		/* A Nak with what is allowed; PAP is nothing that PEAP knows. */
		g_assert_cmpmem (plain.data, plain.len, "\3\x1a", 2);
		write_extensions (server, SLICE_LITERAL (RESULT_FAILURE));
		break;
	default:
		server->failure = TRUE;
		break;
	}
}

static void
test_nak (void)
{
	g_autoptr (TlsServer) server = peap_server ("1.2", serve_md5);
	g_auto (Client) client = CLIENT;

	converse_mschapv2 (&client, server, CLIENT_PASS);
	check_failure (&client, STATUS_EAP_METHOD, "it wants MD5; the profile allows MSCHAPv2");
}

static void
serve_outer_failure (TlsServer *server, Slice plain)
{
	if (server->step++ == 0)
		server_write (server, SLICE_LITERAL ("\4\4abcd"));
	else
		server->failure = TRUE;
}

/* Servers that do not say the end inside: the words come from the inner conversation all the same. */
static void
test_outer_failure (void)
{
	g_autoptr (TlsServer) server = peap_server ("1.2", serve_outer_failure);
	g_auto (Client) client = CLIENT;

	converse_mschapv2 (&client, server, CLIENT_PASS);
	check_failure (&client, STATUS_EAP_METHOD, "it wants MD5");
}

static Slice garbage;

static void
serve_garbage (TlsServer *server, Slice plain)
{
	if (server->step++ == 0)
		server_write (server, garbage);
	else
		server->failure = TRUE;
}

/* Every first octets that there are, and packets whose header does not fit. */
static void
test_garbage (void)
{
	for (guint i = 0; i < 256 + 16; i++)
	{
		guint8 octets[8] = { (guint8) i, 1, 0, (guint8) (i < 256 ? 8 : i - 256), 33, 0x80, 3, 0 };
		g_autoptr (TlsServer) server = peap_server ("1.3", serve_garbage);
		g_auto (Client) client = CLIENT;

		if (i >= 256)
			octets[0] = 1;
		garbage = slice (octets, 1 + i % 8);
		converse_mschapv2 (&client, server, CLIENT_PASS);
		g_assert_cmpint (client.verdict, ==, EAP_FAILURE);
	}
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	cert = server_cert ();
	g_test_add_func ("/eap/eap-peap/gtc", test_gtc);
	g_test_add_func ("/eap/eap-peap/mschapv2", test_mschapv2);
	g_test_add_func ("/eap/eap-peap/wrong-password", test_wrong_password);
	g_test_add_func ("/eap/eap-peap/binding", test_binding);
	g_test_add_func ("/eap/eap-peap/binding-wrong", test_binding_wrong);
	g_test_add_func ("/eap/eap-peap/skipped", test_skipped);
	g_test_add_func ("/eap/eap-peap/bad-tlvs", test_bad_tlvs);
	g_test_add_func ("/eap/eap-peap/nak", test_nak);
	g_test_add_func ("/eap/eap-peap/outer-failure", test_outer_failure);
	g_test_add_func ("/eap/eap-peap/garbage", test_garbage);
	result = g_test_run ();
	test_cert_free (cert);
	return result;
}
