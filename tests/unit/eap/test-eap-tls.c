/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP-TLS against a GnuTLS server in memory, with TLS 1.2 (RFC 5216) and 1.3 (RFC 9190). */
#include "eap/method.h"
#include "tls-server.h"

static const char *const versions[] = { "1.2", "1.3" };

/* The end of EAP-TLS: with 1.3 one octet of zero inside of the tunnel. */
static void
finish (TlsServer *server, Slice plain)
{
	g_assert_cmpuint (plain.len, ==, 0);
	if (server_is_13 (server) && server->step++ == 0)
		server_write (server, SLICE_LITERAL ("\0"));
	else
		server->success = TRUE;
}

static TestCert *
user_cert (gnutls_pk_algorithm_t algorithm, guint bits)
{
	TestCertOptions o = { .dn = "CN=alice",
		                  .issuer = the_ca (),
		                  .algorithm = algorithm,
		                  .bits = bits,
		                  .key_usage = KU_SIGN,
		                  .emails = { "alice@example.org" },
		                  .purposes = { GNUTLS_KP_TLS_WWW_CLIENT } };

	return test_cert_new (&o);
}

static const struct
{
	const char *name;
	gnutls_pk_algorithm_t algorithm;
	guint bits;
} keys[] = {
	{ "P-256", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1) },
	{ "P-384", GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP384R1) },
	{ "RSA", GNUTLS_PK_RSA, 2048 },
	{ "Ed25519", GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_ED25519) },
};

static void
test_keys (void)
{
	g_autoptr (TestCert) cert = server_cert ();

	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
		for (guint k = 0; k < G_N_ELEMENTS (keys); k++)
		{
			g_autoptr (TestCert) user = user_cert (keys[k].algorithm, keys[k].bits);
			g_autoptr (TlsServer) server = server_new (EAP_TYPE_TLS, versions[v], (const TestCert *const[]){ cert }, 1);
			g_auto (Client) client = CLIENT;

			g_test_message ("TLS %s, %s", versions[v], keys[k].name);
			client.user = user;
			server->inner = finish;
			converse (&client, server);
			check_success (&client, server);
			g_assert_cmpstr (client.asked->str, ==, "VS");
			g_assert_cmpuint (server->n_client_certificates, ==, 1);
		}
}

static TestCert *
plain_user (void)
{
	return user_cert (GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1));
}

/* A server with one certificate, and a client that has a good one. */
typedef struct
{
	TestCert *cert, *user;
	TlsServer *server;
	Client client;
} Pair;

static void
pair_init (Pair *pair, const char *version, TestCert *cert)
{
	*pair = (Pair){ .cert = cert, .user = plain_user (), .client = CLIENT };
	pair->server = server_new (EAP_TYPE_TLS, version, (const TestCert *const[]){ cert }, 1);
	pair->server->inner = finish;
	pair->client.user = pair->user;
}

static void
pair_clear (Pair *pair)
{
	client_clear (&pair->client);
	server_free (pair->server);
	test_cert_free (pair->user);
	test_cert_free (pair->cert);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pair, pair_clear)

/* What must be refused before our own certificate is shown or anything is signed. */
static const struct
{
	const char *name;
	TestCertOptions options;
	Status status;
} bad_servers[] = {
	{ "other name",
	  { .dn = "CN=" SERVER_NAME, .key_usage = KU_SIGN, .dns = { "other.example" } },
	  STATUS_GATEWAY_NAME },
	{ "only a CN", { .dn = "CN=" SERVER_NAME, .key_usage = KU_SIGN }, STATUS_GATEWAY_NAME },
	{ "expired",
	  { .dn = "CN=r",
	    .key_usage = KU_SIGN,
	    .dns = { SERVER_NAME },
	    .from = TEST_NOW - 9 * TEST_DAY,
	    .until = TEST_NOW - TEST_DAY },
	  STATUS_GATEWAY_VALIDITY },
	{ "not yet",
	  { .dn = "CN=r",
	    .key_usage = KU_SIGN,
	    .dns = { SERVER_NAME },
	    .from = TEST_NOW + TEST_DAY,
	    .until = TEST_NOW + 9 * TEST_DAY },
	  STATUS_GATEWAY_VALIDITY },
	{ "for clients",
	  { .dn = "CN=r", .key_usage = KU_SIGN, .dns = { SERVER_NAME }, .purposes = { GNUTLS_KP_TLS_WWW_CLIENT } },
	  STATUS_GATEWAY_KEY_USAGE },
};

static void
test_bad_servers (void)
{
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
		for (guint i = 0; i < G_N_ELEMENTS (bad_servers); i++)
		{
			g_auto (Pair) pair = { 0 };
			TestCertOptions o = bad_servers[i].options;

			g_test_message ("TLS %s, %s", versions[v], bad_servers[i].name);
			o.issuer = the_ca ();
			pair_init (&pair, versions[v], test_cert_new (&o));
			converse (&pair.client, pair.server);
			check_failure (&pair.client, bad_servers[i].status, NULL);
			g_assert_cmpstr (pair.client.asked->str, ==, "V");
			g_assert_cmpuint (pair.server->n_client_certificates, ==, 0);
		}
}

static void
test_other_ca (void)
{
	TestCertOptions o = { .dn = "CN=Test CA,O=Example", .ca = TRUE, .key_usage = KU_CA };
	g_autoptr (TestCert) forged = test_cert_new (&o);

	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
	{
		TestCertOptions leaf = { .dn = "CN=r", .issuer = forged, .key_usage = KU_SIGN, .dns = { SERVER_NAME } };
		g_auto (Pair) pair = { 0 };

		pair_init (&pair, versions[v], test_cert_new (&leaf));
		converse (&pair.client, pair.server);
		check_failure (&pair.client, STATUS_GATEWAY_CHAIN, NULL);
		g_assert_cmpstr (pair.client.asked->str, ==, "V");
	}
}

static void
test_refused_to_sign (void)
{
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
	{
		g_auto (Pair) pair = { 0 };

		pair_init (&pair, versions[v], server_cert ());
		pair.client.refuse_to_sign = TRUE;
		converse (&pair.client, pair.server);
		check_failure (&pair.client, STATUS_BAD_KEY, NULL);
	}
}

/* The server wants a certificate, and there is none. */
static void
test_no_certificate (void)
{
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
	{
		g_auto (Pair) pair = { 0 };

		pair_init (&pair, versions[v], server_cert ());
		pair.client.user = NULL;
		converse (&pair.client, pair.server);
		check_failure (&pair.client, STATUS_AUTH_REJECTED, "TLS alert");
		g_assert_cmpstr (pair.client.asked->str, ==, "V");
	}
}

static void
test_old_tls (void)
{
	g_auto (Pair) pair = { 0 };

	pair_init (&pair, "1.1", server_cert ());
	converse (&pair.client, pair.server);
	check_failure (&pair.client, STATUS_EAP_PROTOCOL, "TLS with the EAP server");
}

static void
test_fragments (void)
{
	static const gsize sizes[] = { 40, 100, 333, 1000, 60000 };

	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
		for (guint i = 0; i < 2 * G_N_ELEMENTS (sizes); i++)
		{
			g_auto (Pair) pair = { 0 };

			pair_init (&pair, versions[v], server_cert ());
			pair.server->fragment_octets = sizes[i / 2];
			pair.server->length_everywhere = i % 2 != 0;
			converse (&pair.client, pair.server);
			check_success (&pair.client, pair.server);
		}
}

/* Our own flight is larger than a packet. */
static void
test_own_fragments (void)
{
	TestCertOptions big = {
		.dn = "CN=alice", .issuer = the_ca (), .algorithm = GNUTLS_PK_RSA, .bits = 4096, .key_usage = KU_SIGN
	};
	g_autoptr (TestCert) user = test_cert_new (&big);

	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
	{
		g_auto (Pair) pair = { 0 };

		pair_init (&pair, versions[v], server_cert ());
		pair.client.user = user;
		pair.client.user_ca = the_ca ();
		converse (&pair.client, pair.server);
		check_success (&pair.client, pair.server);
		g_assert_cmpuint (pair.server->n_fragments_in, >=, 1);
	}
}

/* EAP_MAX_ROUNDS ends it, not patience. */
static void
test_tiny_fragments (void)
{
	g_auto (Pair) pair = { 0 };

	pair_init (&pair, "1.2", server_cert ());
	pair.server->fragment_octets = 1;
	converse (&pair.client, pair.server);
	check_failure (&pair.client, STATUS_EAP_PROTOCOL, "rounds");
}

/* -- The end --------------------------------------------------------------------------------------------------------- */

static void
finish_at_once (TlsServer *server, Slice plain)
{
	server->success = TRUE;
}

static void
finish_wrong (TlsServer *server, Slice plain)
{
	server_write (server, SLICE_LITERAL ("\1"));
}

static void
finish_long (TlsServer *server, Slice plain)
{
	server_write (server, SLICE_LITERAL ("\0\0"));
}

/* RFC 9190 section 2.1.1: without the commitment anybody could have said that it ended well. */
static void
test_no_commitment (void)
{
	static void (*const endings[]) (TlsServer *, Slice) = { finish_at_once, finish_wrong, finish_long };

	for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
	{
		g_auto (Pair) pair = { 0 };

		pair_init (&pair, "1.3", server_cert ());
		pair.server->inner = endings[i];
		converse (&pair.client, pair.server);
		check_failure (&pair.client, STATUS_EAP_PROTOCOL, i == 0 ? "before the method was done" : "carries data");
	}
}

static void
test_data_in_12 (void)
{
	g_auto (Pair) pair = { 0 };

	pair_init (&pair, "1.2", server_cert ());
	pair.server->inner = finish_wrong;
	converse (&pair.client, pair.server);
	check_failure (&pair.client, STATUS_EAP_PROTOCOL, "carries data");
}

/* -- Damage ---------------------------------------------------------------------------------------------------------- */

typedef struct
{
	guint packet; /* which one, from 0 */
	gssize cut;   /* -1: not */
	gssize flip;
	guint8 success; /* code to say instead; 0: none */
	gsize octets;   /* of that packet, found out */
} Damage;

static void
meddle (guint n, GBytes **data, gpointer user_data)
{
	Damage *damage = user_data;
	Slice all = slice_bytes (*data);
	g_autofree guint8 *copy = NULL;

	if (n != damage->packet)
		return;
	damage->octets = all.len;
	copy = g_memdup2 (all.data, all.len);
	if (damage->flip >= 0 && (gsize) damage->flip < all.len)
		copy[damage->flip] ^= 0x41;
	g_bytes_unref (*data);
	*data = g_bytes_new (copy, damage->cut >= 0 ? MIN ((gsize) damage->cut, all.len) : all.len);
}

/* One certificate for all of them: only the conversation differs. */
static void
damaged (const char *version, Damage *damage)
{
	static TestCert *cert, *user;
	g_autoptr (TlsServer) server = NULL;
	g_auto (Client) client = CLIENT;

	if (cert == NULL)
	{
		cert = server_cert ();
		user = plain_user ();
	}
	server = server_new (EAP_TYPE_TLS, version, (const TestCert *const[]){ cert }, 1);
	server->inner = finish;
	client.user = user;
	converse_with (&client, server, meddle, damage);
	if (client.verdict == EAP_SUCCESS)
	{
		/* What was changed was not said to anybody: then both have the same key. */
		check_success (&client, server);
		return;
	}
	g_assert_cmpint (client.verdict, ==, EAP_FAILURE);
	g_assert_cmpint (client.status, !=, STATUS_OK);
	g_assert_cmpuint (eap_peer_msk (client.peer).len, ==, 0);
}

static void
test_damage (void)
{
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
		for (guint packet = 0; packet < 6; packet++)
		{
			Damage damage = { .packet = packet, .cut = -1, .flip = -1 };

			damaged (versions[v], &damage);
			/* Primes, so that each field is hit in one of the two versions. */
			for (gsize at = 0; at < damage.octets; at += at < 40 ? 1 : 23)
			{
				Damage cut = { .packet = packet, .cut = (gssize) at, .flip = -1 };
				Damage flip = { .packet = packet, .cut = -1, .flip = (gssize) at };

				damaged (versions[v], &cut);
				damaged (versions[v], &flip);
			}
		}
}

/* Success or Failure at each step, and what was said counts for nothing. */
static void
test_early_end (void)
{
	static const guint8 codes[] = { SUCCESS, FAILURE };

	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
		for (guint steps = 0; steps < 6; steps++)
			for (guint c = 0; c < G_N_ELEMENTS (codes); c++)
			{
				g_auto (Pair) pair = { 0 };
				const guint8 start = 0x20;
				g_autoptr (GBytes) data = g_bytes_new (&start, 1);
				g_auto (EapResult) end = { 0 };
				gboolean done;
				guint n = 0;

				pair_init (&pair, versions[v], server_cert ());
				client_start (&pair.client, EAP_TYPE_TLS);
				for (; n < steps && data != NULL; n++)
				{
					g_auto (EapResult) result =
					    client_input (&pair.client, REQUEST, (guint8) n, EAP_TYPE_TLS, slice_bytes (data));

					g_clear_pointer (&data, g_bytes_unref);
					data = server_step (pair.server, rig_data (&result));
				}
				if (data == NULL)
					continue;
				done = eap_peer_done (pair.client.peer);
				g_assert_true (!done || (pair.server->open && (v == 0 || pair.server->step > 0)));
				end = rig_input (pair.client.peer, codes[c], (guint8) n, 0, SLICE_NONE);
				/* With TLS 1.2 all is said with the server's Finished, with 1.3 with its commitment. */
				if (codes[c] == SUCCESS && done)
					g_assert_cmpint (end.verdict, ==, EAP_SUCCESS);
				else
					rig_check_failure (&end, codes[c] == SUCCESS ? STATUS_EAP_PROTOCOL : STATUS_AUTH_REJECTED, NULL);
			}
}

/* While a question is open, nothing else goes on; and leaving then leaves nothing behind (AddressSanitizer looks). */
static void
test_left_in_question (void)
{
	for (guint v = 0; v < G_N_ELEMENTS (versions); v++)
		for (guint questions = 0; questions < 2; questions++)
		{
			g_auto (Pair) pair = { 0 };
			const guint8 start = 0x20;
			GBytes *data = g_bytes_new (&start, 1);
			gboolean asked = FALSE;

			pair_init (&pair, versions[v], server_cert ());
			client_start (&pair.client, EAP_TYPE_TLS);
			for (guint n = 0; n < 12 && !asked; n++)
			{
				g_auto (EapResult) result =
				    rig_input (pair.client.peer, REQUEST, (guint8) n, EAP_TYPE_TLS, slice_bytes (data));

				for (guint q = 0; result.verdict == EAP_ASK && !asked; q++)
				{
					EapResult next = { 0 };

					if ((result.ask == EAP_ASK_SIGN) == (questions == 1))
					{
						asked = TRUE;
						break;
					}
					next = client_answer (&pair.client, &result);
					eap_result_clear (&result);
					result = next;
				}
				g_bytes_unref (data);
				data = asked ? NULL : server_step (pair.server, rig_data (&result));
			}
			g_assert_true (asked);
			g_assert_cmpint (rig_verdict (pair.client.peer, SUCCESS, 50, 0, SLICE_NONE), ==, EAP_FAILURE);
		}
}

/* The server speaks while we still wait for the judgement. */
static void
test_input_in_question (void)
{
	g_auto (Pair) pair = { 0 };
	const guint8 start = 0x20, more = 0;
	g_autoptr (GBytes) data = g_bytes_new (&start, 1);
	g_auto (EapResult) result = { 0 };

	pair_init (&pair, "1.2", server_cert ());
	client_start (&pair.client, EAP_TYPE_TLS);
	for (guint n = 0; n < 10 && result.verdict != EAP_ASK; n++)
	{
		eap_result_clear (&result);
		result = rig_input (pair.client.peer, REQUEST, (guint8) n, EAP_TYPE_TLS, slice_bytes (data));
		if (result.verdict == EAP_SEND)
		{
			g_bytes_unref (data);
			data = server_step (pair.server, rig_data (&result));
		}
	}
	g_assert_cmpint (result.verdict, ==, EAP_ASK);
	g_assert_cmpint (result.ask, ==, EAP_ASK_VERIFY);
	{
		/* The same question again, not an answer to it. */
		g_auto (EapResult) again = rig_input (pair.client.peer, REQUEST, 99, EAP_TYPE_TLS, slice (&more, 1));

		g_assert_cmpint (again.verdict, ==, EAP_ASK);
		g_assert_cmpint (again.ask, ==, EAP_ASK_VERIFY);
	}
}

static void
test_names (void)
{
	static const char *const words[] = { "tls", "ttls", "peap" };
	static const char *const inner[] = { "pap", "mschapv2", "eap-mschapv2", "gtc", "md5" };
	guint8 type;
	EapInner got;

	for (guint i = 0; i < G_N_ELEMENTS (words); i++)
		g_assert_true (eap_type_from_name (words[i], &type));
	g_assert_cmpuint (type, ==, EAP_TYPE_PEAP);
	for (guint i = 0; i < G_N_ELEMENTS (inner); i++)
	{
		g_assert_true (eap_inner_from_name (inner[i], &got));
		g_assert_cmpint (got, ==, i);
	}
	g_assert_false (eap_inner_from_name ("tls", &got));
	g_assert_false (eap_inner_from_name (NULL, &got));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/eap/eap-tls/keys", test_keys);
	g_test_add_func ("/eap/eap-tls/bad-servers", test_bad_servers);
	g_test_add_func ("/eap/eap-tls/other-ca", test_other_ca);
	g_test_add_func ("/eap/eap-tls/refused-to-sign", test_refused_to_sign);
	g_test_add_func ("/eap/eap-tls/no-certificate", test_no_certificate);
	g_test_add_func ("/eap/eap-tls/old-tls", test_old_tls);
	g_test_add_func ("/eap/eap-tls/fragments", test_fragments);
	g_test_add_func ("/eap/eap-tls/own-fragments", test_own_fragments);
	g_test_add_func ("/eap/eap-tls/tiny-fragments", test_tiny_fragments);
	g_test_add_func ("/eap/eap-tls/no-commitment", test_no_commitment);
	g_test_add_func ("/eap/eap-tls/data-in-12", test_data_in_12);
	g_test_add_func ("/eap/eap-tls/damage", test_damage);
	g_test_add_func ("/eap/eap-tls/early-end", test_early_end);
	g_test_add_func ("/eap/eap-tls/left-in-question", test_left_in_question);
	g_test_add_func ("/eap/eap-tls/input-in-question", test_input_in_question);
	g_test_add_func ("/eap/eap-tls/names", test_names);
	return g_test_run ();
}
