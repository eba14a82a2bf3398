/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every way to authenticate, every algorithm, both ends with keys of their own making. */
#include "world.h"

#include "eap/eap.h"

static void
connect_and_leave (World *world)
{
	world_start (world);
	world_settle (world);
	world_check_established (world);
	world_stop (world, STATUS_USER_CLOSED);
	world_run (world, 5 * WORLD_SECOND);
	world_check_closed (world, STATUS_USER_CLOSED);
	g_assert_true (world->gateway->deleted);
	g_assert_cmpuint (world->n_resent, ==, 0);
	g_assert_cmpuint (world->gateway->n_bad_icv, ==, 0);
}

static void
test_psk (void)
{
	g_autoptr (World) world = world_new (1);

	world_by (world, IKE_AUTH_BY_PSK);
	connect_and_leave (world);
	g_assert_cmpuint (world->n_psk, ==, 1);
	g_assert_cmpuint (world->n_verify, ==, 0);
}

static void
test_psk_wrong (void)
{
	g_autoptr (World) world = world_new (1);

	world_by (world, IKE_AUTH_BY_PSK);
	world->psk = "another secret";
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_AUTH_REJECTED);
}

static void
test_suites (void)
{
	for (guint i = 0; i < gateway_n_suites; i++)
	{
		g_autoptr (World) world = world_new (10 + i);

		g_test_message ("%s", gateway_suites[i].name);
		world_by (world, IKE_AUTH_BY_PSK);
		world->gateway->suite = &gateway_suites[i];
		world->gateway->esn = i % 2 == 0;
		world->slow_aes = i % 2 == 1;
		world->weak = i + 1 == gateway_n_suites;
		connect_and_leave (world);
	}
}

/* What is weak is not even offered. */
static void
test_weak_refused (void)
{
	g_autoptr (World) world = world_new (3);

	world_by (world, IKE_AUTH_BY_PSK);
	world->gateway->suite = &gateway_suites[gateway_n_suites - 1];
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_NO_PROPOSAL);
}

static const struct
{
	const char *name;
	SigKeyType type;
	SigScheme scheme;
	guint8 method;
	gboolean weak;
} proofs[] = {
	{ "pkcs1-sha256", SIG_KEY_RSA, SIG_RSA_PKCS1_SHA2_256, IKE_AUTH_DIGITAL_SIGNATURE, FALSE },
	{ "pkcs1-sha512", SIG_KEY_RSA, SIG_RSA_PKCS1_SHA2_512, IKE_AUTH_DIGITAL_SIGNATURE, FALSE },
	{ "pss-sha256", SIG_KEY_RSA, SIG_RSA_PSS_SHA2_256, IKE_AUTH_DIGITAL_SIGNATURE, FALSE },
	{ "pss-sha384", SIG_KEY_RSA, SIG_RSA_PSS_SHA2_384, IKE_AUTH_DIGITAL_SIGNATURE, FALSE },
	{ "ecdsa256", SIG_KEY_ECDSA_P256, SIG_ECDSA_SHA2_256, IKE_AUTH_DIGITAL_SIGNATURE, FALSE },
	{ "ecdsa384", SIG_KEY_ECDSA_P384, SIG_ECDSA_SHA2_384, IKE_AUTH_DIGITAL_SIGNATURE, FALSE },
	{ "ecdsa521", SIG_KEY_ECDSA_P521, SIG_ECDSA_SHA2_512, IKE_AUTH_DIGITAL_SIGNATURE, FALSE },
	{ "ed25519", SIG_KEY_ED25519, SIG_ED25519, IKE_AUTH_DIGITAL_SIGNATURE, FALSE },
	{ "method1-sha256", SIG_KEY_RSA, SIG_RSA_PKCS1_SHA2_256, IKE_AUTH_RSA, FALSE },
	{ "method1-sha1-weak", SIG_KEY_RSA, SIG_RSA_PKCS1_SHA1, IKE_AUTH_RSA, TRUE },
	{ "method9", SIG_KEY_ECDSA_P256, SIG_ECDSA_P256_RAW, IKE_AUTH_ECDSA_256, FALSE },
	{ "method10", SIG_KEY_ECDSA_P384, SIG_ECDSA_P384_RAW, IKE_AUTH_ECDSA_384, FALSE },
	{ "method11", SIG_KEY_ECDSA_P521, SIG_ECDSA_P521_RAW, IKE_AUTH_ECDSA_521, FALSE },
};

/* The gateway's proof in each form, with EAP behind it. */
static void
test_gateway_proofs (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (proofs); i++)
	{
		g_autoptr (World) world = world_new (20 + (guint32) i);

		g_test_message ("%s", proofs[i].name);
		world->gateway->key = test_key (proofs[i].type, 0);
		world->gateway->scheme = proofs[i].scheme;
		world->gateway->method = proofs[i].method;
		world->weak = proofs[i].weak;
		connect_and_leave (world);
		g_assert_cmpuint (world->n_verify, ==, 1);
	}
}

static void
test_sha1_refused (void)
{
	g_autoptr (World) world = world_new (4);

	world->gateway->key = test_key (SIG_KEY_RSA, 0);
	world->gateway->scheme = SIG_RSA_PKCS1_SHA1;
	world->gateway->method = IKE_AUTH_RSA;
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_GATEWAY_AUTH);
	g_assert_cmpuint (world->gateway->n_eap, ==, 0);
}

/* Our own proof: each kind of key, with gateways that know RFC 7427 and those that do not. */
static void
test_client_proofs (void)
{
	for (guint type = SIG_KEY_RSA; type <= SIG_KEY_ED25519; type++)
		for (guint rfc7427 = 0; rfc7427 < 2; rfc7427++)
		{
			g_autoptr (World) world = world_new (40 + 2 * type + rfc7427);

			g_test_message ("key %u, RFC 7427 %u", type, rfc7427);
			world->client_key = test_key ((SigKeyType) type, 1);
			world_by (world, IKE_AUTH_BY_CERTIFICATE);
			world->gateway->rfc7427 = rfc7427 != 0;
			if (rfc7427 == 0 && type == SIG_KEY_ED25519)
			{
				/* There never was an old method for it. */
				world_start (world);
				world_settle (world);
				world_check_closed (world, STATUS_AUTH_REJECTED);
				continue;
			}
			world->weak = rfc7427 == 0 && type == SIG_KEY_RSA;
			connect_and_leave (world);
			g_assert_cmpuint (world->n_sign, ==, 1);
		}
}

/* RSA with a gateway of before RFC 7427 means SHA-1: not without weak=yes. */
static void
test_client_sha1_refused (void)
{
	g_autoptr (World) world = world_new (5);

	world->client_key = test_key (SIG_KEY_RSA, 1);
	world_by (world, IKE_AUTH_BY_CERTIFICATE);
	world->gateway->rfc7427 = FALSE;
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_AUTH_REJECTED);
	g_assert_nonnull (world->detail);
	g_assert_cmpuint (world->n_sign, ==, 0);
}

static void
test_client_unknown_certificate (void)
{
	g_autoptr (World) world = world_new (6);
	TestKey mixed = *test_key (SIG_KEY_ECDSA_P256, 1);

	mixed.certificate = test_key (SIG_KEY_ECDSA_P256, 0)->certificate;
	world->client_key = &mixed;
	world_by (world, IKE_AUTH_BY_CERTIFICATE);
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_AUTH_REJECTED);
}

static const guint8 eap_types[] = { EAP_TYPE_MSCHAPV2, EAP_TYPE_GTC, EAP_TYPE_MD5 };

static void
test_eap (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (eap_types); i++)
		for (guint identity = 0; identity < 2; identity++)
		{
			g_autoptr (World) world = world_new (60 + (guint32) i * 2 + identity);

			g_test_message ("EAP type %u, identity %u", eap_types[i], identity);
			world->eap_methods[0] = eap_types[i];
			world->gateway->eap_type = eap_types[i];
			world->gateway->eap_identity = identity != 0;
			connect_and_leave (world);
			g_assert_cmpuint (world->n_password, ==, 1);
			g_assert_cmpstr (world->gateway->identities->str, ==, identity != 0 ? "alice" : "");
			g_assert_true (world_saw_state (world, IKE_STATE_NEED_SECRETS));
		}
}

static void
test_eap_code (void)
{
	g_autoptr (World) world = world_new (70);

	world->eap_methods[0] = world->gateway->eap_type = EAP_TYPE_GTC;
	world->gateway->code = "123456";
	world->code = "123456";
	connect_and_leave (world);
	g_assert_cmpuint (world->n_code, ==, 1);
	g_assert_cmpuint (world->n_password, ==, 0);
}

static void
test_eap_wrong_password (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (eap_types); i++)
	{
		g_autoptr (World) world = world_new (80 + (guint32) i);

		world->eap_methods[0] = world->gateway->eap_type = eap_types[i];
		world->password = "guess";
		world_start (world);
		world_settle (world);
		world_check_closed (world, STATUS_AUTH_REJECTED);
		g_assert_cmpuint (world->n_child_add, ==, 0);
	}
}

static void
test_eap_method_not_allowed (void)
{
	g_autoptr (World) world = world_new (90);

	world->gateway->eap_type = EAP_TYPE_MD5;
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_EAP_METHOD);
	g_assert_cmpuint (world->n_password, ==, 0);
}

static void
test_identities (void)
{
	static const char *const names[] = { "VPN.Example.ORG", "vpn.example.org" };

	for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
	{
		g_autoptr (World) world = world_new (95);

		world->gateway_identity = names[i];
		connect_and_leave (world);
	}
}

/* The facts of a connection that is up, and its keys for tshark. */
static void
test_facts_and_keys (void)
{
	g_autoptr (World) world = world_new (97);
	IkeFacts facts;

	world->export_keys = TRUE;
	world->gateway->nat_client = TRUE;
	world_start (world);
	world_settle (world);
	world_check_established (world);
	ike_session_facts (world->session, &facts);
	g_assert_cmphex (facts.spi_i, ==, gateway_sa (world->gateway)->spi_i);
	g_assert_cmphex (facts.spi_r, ==, gateway_sa (world->gateway)->spi_r);
	g_assert_true (facts.has_suite);
	g_assert_cmpuint (facts.suite.encr, ==, ENCR_AES_GCM_16);
	g_assert_cmpstr (facts.group, ==, "ecp256");
	g_assert_cmpstr (facts.prf, ==, "PRF_HMAC_SHA2_256");
	g_assert_true (facts.nat_local);
	g_assert_false (facts.nat_remote);
	g_assert_cmpuint (facts.path.remote.port, ==, IKE_NATT_PORT);
	g_assert_cmpuint (world->n_keys, ==, 2);
}

/* RFC 7296 section 2.4: older SAs of the same client may go, but not one that is in use beside this. */
static void
test_initial_contact (void)
{
	for (guint other = 0; other < 2; other++)
	{
		g_autoptr (World) world = world_new (98);
		const IkeMessage *offer;

		world->not_first = other == 1;
		world_start (world);
		world_settle (world);
		world_check_established (world);
		offer = gateway_sa (world->gateway)->offer;
		g_assert_cmpint (ike_message_find_notify (offer, IKE_NOTIFY_INITIAL_CONTACT) != NULL, ==, other == 0);
		g_assert_null (ike_message_find_notify (offer, IKE_NOTIFY_EAP_ONLY_AUTHENTICATION));
	}
}

static void
edit_vendor (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	if (reply->header.exchange == IKE_EXCHANGE_SA_INIT)
		gateway_reply_add (reply, IKE_PAYLOAD_VENDOR)->vendor.value = slice_text (data);
}

static void
test_software (void)
{
	static const char *const rows[][2] = { { "OpenIKED-7.4", "OpenIKED" }, { "somebody else", NULL } };

	for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autoptr (World) world = world_new (99);
		IkeFacts facts;

		world_by (world, IKE_AUTH_BY_PSK);
		world->gateway->edit = edit_vendor;
		world->gateway->edit_data = (gpointer) rows[i][0];
		world_start (world);
		world_settle (world);
		world_check_established (world);
		ike_session_facts (world->session, &facts);
		g_assert_cmpstr (facts.gateway_software, ==, rows[i][1]);
	}
}

static void
test_deterministic (void)
{
	g_autoptr (World) first = world_new (123);
	g_autoptr (World) second = world_new (123);

	world_by (first, IKE_AUTH_BY_PSK);
	world_by (second, IKE_AUTH_BY_PSK);
	connect_and_leave (first);
	connect_and_leave (second);
	g_assert_cmpstr (first->log->str, ==, second->log->str);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/session/methods/psk", test_psk);
	g_test_add_func ("/session/methods/psk-wrong", test_psk_wrong);
	g_test_add_func ("/session/methods/suites", test_suites);
	g_test_add_func ("/session/methods/weak-refused", test_weak_refused);
	g_test_add_func ("/session/methods/gateway-proofs", test_gateway_proofs);
	g_test_add_func ("/session/methods/sha1-refused", test_sha1_refused);
	g_test_add_func ("/session/methods/client-proofs", test_client_proofs);
	g_test_add_func ("/session/methods/client-sha1-refused", test_client_sha1_refused);
	g_test_add_func ("/session/methods/client-unknown-certificate", test_client_unknown_certificate);
	g_test_add_func ("/session/methods/eap", test_eap);
	g_test_add_func ("/session/methods/eap-code", test_eap_code);
	g_test_add_func ("/session/methods/eap-wrong-password", test_eap_wrong_password);
	g_test_add_func ("/session/methods/eap-method-not-allowed", test_eap_method_not_allowed);
	g_test_add_func ("/session/methods/identities", test_identities);
	g_test_add_func ("/session/methods/facts-and-keys", test_facts_and_keys);
	g_test_add_func ("/session/methods/initial-contact", test_initial_contact);
	g_test_add_func ("/session/methods/software", test_software);
	g_test_add_func ("/session/methods/deterministic", test_deterministic);
	result = g_test_run ();
	test_keys_free ();
	return result;
}
