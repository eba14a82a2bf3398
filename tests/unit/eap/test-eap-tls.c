/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP-TLS against a GnuTLS server in memory, with TLS 1.2 (RFC 5216) and 1.3 (RFC 9190). */
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

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/eap/eap-tls/keys", test_keys);
	return g_test_run ();
}
