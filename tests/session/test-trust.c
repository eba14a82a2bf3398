/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A gateway proves itself before the first octet of EAP, and EAP ends only as its method says (CVE-2015-4171,
 * CVE-2021-45079). */
#include "world.h"

#include "eap/eap.h"

/* The client said nothing of the person: no EAP packet, no question, no second IKE_AUTH. */
static void
check_learned_nothing (World *world)
{
	g_assert_cmpuint (world->gateway->n_eap, ==, 0);
	g_assert_cmpuint (world->gateway->identities->len, ==, 0);
	g_assert_cmpuint (world->gateway->n_auth, ==, 1);
	g_assert_cmpuint (world->n_password + world->n_code, ==, 0);
	g_assert_cmpuint (world->n_child_add + world->n_config, ==, 0);
}

/* -- Who the gateway is ------------------------------------------------------------------------------------------ */

static void
test_wrong_identity (void)
{
	static const struct
	{
		const char *identity;
		guint8 type;
	} wrong[] = {
		{ "other.example.org", IKE_ID_FQDN },      { "vpn.example.orgx", IKE_ID_FQDN },
		{ "vpn.example.or", IKE_ID_FQDN },         { "vpn.example.org", IKE_ID_KEY_ID },
		{ "vpn.example.org", IKE_ID_RFC822_ADDR }, { "", IKE_ID_FQDN },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
	{
		g_autoptr (World) world = world_new (10 + (guint32) i);

		world->gateway->identity = wrong[i].identity;
		world->gateway->identity_type = wrong[i].type;
		world_start (world);
		world_settle (world);
		world_run (world, WORLD_SECOND);
		world_check_closed (world, STATUS_GATEWAY_IDENTITY);
		check_learned_nothing (world);
		g_assert_cmpuint (world->n_verify, ==, 0);
		g_assert_cmpuint (world->gateway->told, ==, IKE_NOTIFY_AUTHENTICATION_FAILED);
		g_assert_nonnull (strstr (world->detail, wrong[i].type == IKE_ID_KEY_ID ? "" : wrong[i].identity));
	}
}

static void
test_certificate_refused (void)
{
	static const Status reasons[] = { STATUS_GATEWAY_CHAIN, STATUS_GATEWAY_NAME, STATUS_GATEWAY_VALIDITY,
		                              STATUS_GATEWAY_KEY_USAGE };

	for (gsize i = 0; i < G_N_ELEMENTS (reasons); i++)
	{
		g_autoptr (World) world = world_new (20 + (guint32) i);

		world->verify_status = reasons[i];
		world_start (world);
		world_settle (world);
		world_run (world, WORLD_SECOND);
		world_check_closed (world, reasons[i]);
		g_assert_cmpstr (world->detail, ==, "said the test");
		check_learned_nothing (world);
		g_assert_cmpuint (world->gateway->told, ==, IKE_NOTIFY_AUTHENTICATION_FAILED);
	}
}

/* While the certificate is being judged nothing goes out. */
static void
test_nothing_before_verdict (void)
{
	g_autoptr (World) world = world_new (30);

	world->no_verify = TRUE;
	world_start (world);
	world_run (world, 20 * WORLD_SECOND);
	g_assert_cmpuint (world->n_verify, ==, 1);
	check_learned_nothing (world);
	g_assert_cmpuint (world->n_sent[0], ==, 2);
}

/* Nobody judges: the session ends all the same. */
static void
test_no_verdict (void)
{
	g_autoptr (World) world = world_new (31);

	world->no_verify = TRUE;
	world_start (world);
	world_settle (world);
	g_assert_cmpuint (world->n_closed, ==, 1);
	check_learned_nothing (world);
}

typedef enum
{
	FAULT_AUTH_BIT,
	FAULT_AUTH_EMPTY,
	FAULT_AUTH_SHORT,
	FAULT_NO_AUTH,
	FAULT_NO_CERT,
	FAULT_NO_IDR,
	FAULT_CERT_ENCODING,
	FAULT_SHARED_KEY,
	FAULT_NULL_METHOD,
	FAULT_UNKNOWN_METHOD,
	FAULT_IDENTIFIER,
	FAULT_TWO_AUTH,
	FAULT_COUNT,
} Fault;

static GBytes *
flipped (Slice value, gsize at)
{
	guint8 *octets = g_memdup2 (value.data, value.len);

	octets[at] ^= 1;
	return g_bytes_new_take (octets, value.len);
}

static void
edit_proof (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	Fault *fault = data;
	IkePayload *auth = gateway_reply_find (reply, IKE_PAYLOAD_AUTH);

	if (reply->header.exchange != IKE_EXCHANGE_AUTH || reply->header.message_id != 1 || auth == NULL)
		return;
	switch (*fault)
	{
	case FAULT_AUTH_BIT:
		auth->auth.value = gateway_reply_keep (reply, flipped (auth->auth.value, auth->auth.value.len - 1));
		break;
	case FAULT_AUTH_EMPTY:
		auth->auth.value.len = 0;
		break;
	case FAULT_AUTH_SHORT:
		auth->auth.value.len = 5;
		break;
	case FAULT_NO_AUTH:
		gateway_reply_remove (reply, IKE_PAYLOAD_AUTH);
		break;
	case FAULT_NO_CERT:
		gateway_reply_remove (reply, IKE_PAYLOAD_CERT);
		break;
	case FAULT_NO_IDR:
		gateway_reply_remove (reply, IKE_PAYLOAD_IDR);
		break;
	case FAULT_CERT_ENCODING:
		gateway_reply_find (reply, IKE_PAYLOAD_CERT)->cert.encoding = IKE_CERT_HASH_URL;
		break;
	case FAULT_SHARED_KEY:
		auth->auth.method = IKE_AUTH_SHARED_KEY;
		break;
	case FAULT_NULL_METHOD:
		auth->auth.method = IKE_AUTH_NULL;
		break;
	case FAULT_UNKNOWN_METHOD:
		auth->auth.method = 250;
		break;
	case FAULT_IDENTIFIER:
		auth->auth.value = gateway_reply_keep (reply, flipped (auth->auth.value, 6));
		break;
	case FAULT_TWO_AUTH:
		*gateway_reply_add (reply, IKE_PAYLOAD_AUTH) = *auth;
		break;
	case FAULT_COUNT:
		break;
	}
}

static void
test_bad_proofs (void)
{
	for (guint fault = 0; fault < FAULT_COUNT; fault++)
	{
		g_autoptr (World) world = world_new (40 + fault);
		Fault what = (Fault) fault;

		g_test_message ("fault %u", fault);
		world->gateway->edit = edit_proof;
		world->gateway->edit_data = &what;
		world_start (world);
		world_settle (world);
		world_run (world, WORLD_SECOND);
		g_assert_cmpuint (world->n_closed, ==, 1);
		g_assert_cmpuint (world->status, !=, STATUS_NO_ANSWER);
		check_learned_nothing (world);
		g_assert_cmpuint (world->gateway->told, ==, IKE_NOTIFY_AUTHENTICATION_FAILED);
	}
}

/* A key that is not the one in the certificate. */
static void
test_foreign_key (void)
{
	g_autoptr (World) world = world_new (60);
	TestKey mixed = *test_key (SIG_KEY_ECDSA_P256, 0);

	mixed.key = test_key (SIG_KEY_ECDSA_P256, 1)->key;
	world->gateway->key = &mixed;
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_GATEWAY_AUTH);
	check_learned_nothing (world);
	g_assert_nonnull (world->detail);
}

/* With a PSK only a PSK proves anything; the signature of any certificate does not. */
static void
test_psk_wants_psk (void)
{
	g_autoptr (World) world = world_new (61);
	Fault fault = FAULT_UNKNOWN_METHOD;

	world_by (world, IKE_AUTH_BY_PSK);
	world->gateway->edit = edit_proof;
	world->gateway->edit_data = &fault;
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_GATEWAY_AUTH);
	g_assert_cmpuint (world->n_child_add, ==, 0);
}

static void
test_psk_gateway_wrong (void)
{
	for (guint fault = FAULT_AUTH_BIT; fault <= FAULT_NO_AUTH; fault++)
	{
		g_autoptr (World) world = world_new (62 + fault);
		Fault what = (Fault) fault;

		world_by (world, IKE_AUTH_BY_PSK);
		world->gateway->edit = edit_proof;
		world->gateway->edit_data = &what;
		world_start (world);
		world_settle (world);
		g_assert_cmpuint (world->n_closed, ==, 1);
		g_assert_cmpuint (world->n_child_add, ==, 0);
	}
}

/* -- How EAP may end --------------------------------------------------------------------------------------------- */

typedef struct
{
	guint32 message_id;
	guint8 octets[64];
	gsize n_octets;
	gboolean done;
} Replacement;

static void
edit_eap (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	Replacement *replacement = data;
	IkePayload *eap = gateway_reply_find (reply, IKE_PAYLOAD_EAP);

	if (eap == NULL || reply->header.message_id != replacement->message_id)
		return;
	eap->eap.value = gateway_reply_keep (reply, g_bytes_new (replacement->octets, replacement->n_octets));
	/* Its identifier is the one of the packet in question, or it would be thrown away for that. */
	if (replacement->n_octets > 1)
		((guint8 *) eap->eap.value.data)[1] = (guint8) sa->eap_id;
	replacement->done = TRUE;
}

static const struct
{
	guint8 type;
	guint n_responses; /* before the one with the right EAP-Success */
} methods[] = { { EAP_TYPE_MSCHAPV2, 3 }, { EAP_TYPE_GTC, 2 }, { EAP_TYPE_MD5, 2 } };

/* What comes in place of each packet of EAP; the last row stands in for the packet of Success too. */
static void
replace_each (const guint8 *octets, gsize n_octets, Status status, guint more)
{
	for (gsize m = 0; m < G_N_ELEMENTS (methods); m++)
		for (guint32 id = 1; id <= methods[m].n_responses + more; id++)
		{
			g_autoptr (World) world = world_new (100 + 10 * (guint32) m + id);
			Replacement replacement = { .message_id = id, .n_octets = n_octets };

			g_test_message ("type %u, response %u", methods[m].type, id);
			memcpy (replacement.octets, octets, n_octets);
			world->eap_methods[0] = world->gateway->eap_type = methods[m].type;
			world->gateway->edit = edit_eap;
			world->gateway->edit_data = &replacement;
			world_start (world);
			world_settle (world);
			g_assert_true (replacement.done);
			g_assert_cmpuint (world->n_closed, ==, 1);
			g_assert_cmpuint (world->n_child_add, ==, 0);
			if (status != STATUS_COUNT)
				world_check_closed (world, status);
		}
}

static void
test_early_success (void)
{
	static const guint8 success[] = { 3, 0, 0, 4 };

	replace_each (success, sizeof success, STATUS_EAP_PROTOCOL, 0);
}

static void
test_failure_anywhere (void)
{
	static const guint8 failure[] = { 4, 0, 0, 4 };

	replace_each (failure, sizeof failure, STATUS_AUTH_REJECTED, 1);
}

static void
test_eap_rubbish (void)
{
	static const guint8 unknown_code[] = { 9, 0, 0, 5, 1 };
	static const guint8 response[] = { 2, 0, 0, 5, 1 };
	static const guint8 short_length[] = { 1, 0, 0, 3, 1 };
	static const guint8 long_length[] = { 1, 0, 1, 0, 1 };
	static const guint8 no_type[] = { 1, 0, 0, 4 };

	replace_each (unknown_code, sizeof unknown_code, STATUS_COUNT, 1);
	replace_each (response, sizeof response, STATUS_COUNT, 1);
	replace_each (short_length, sizeof short_length, STATUS_COUNT, 1);
	replace_each (long_length, sizeof long_length, STATUS_COUNT, 1);
	replace_each (no_type, sizeof no_type, STATUS_COUNT, 1);
	replace_each (no_type, 0, STATUS_COUNT, 1);
}

/* A method with an expanded type that nobody knows is refused by a Nak, and the gateway takes another. */
static void
test_expanded_type (void)
{
	static const guint8 expanded[] = { 1, 0, 0, 12, 254, 0, 0, 0, 0, 0, 0, 1 };
	g_autoptr (World) world = world_new (190);
	Replacement replacement = { .message_id = 1, .n_octets = sizeof expanded };

	memcpy (replacement.octets, expanded, sizeof expanded);
	world->gateway->edit = edit_eap;
	world->gateway->edit_data = &replacement;
	world_start (world);
	world_settle (world);
	world_check_established (world);
	g_assert_true (replacement.done);
}

static void
edit_last (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	guint *what = data;
	IkePayload *auth = gateway_reply_find (reply, IKE_PAYLOAD_AUTH);

	if (auth == NULL || reply->header.message_id == 1)
		return;
	if (*what == 0)
		auth->auth.value = gateway_reply_keep (reply, flipped (auth->auth.value, 0));
	else if (*what == 1)
		gateway_reply_remove (reply, IKE_PAYLOAD_AUTH);
	else if (*what == 2)
		auth->auth.method = IKE_AUTH_DIGITAL_SIGNATURE;
	else
		auth->auth.value.len = 0;
}

/* The last AUTH ties EAP to this IKE SA; without it somebody could stand in between (RFC 7296 section 2.16). */
static void
test_last_auth_wrong (void)
{
	for (guint what = 0; what < 4; what++)
		for (gsize m = 0; m < G_N_ELEMENTS (methods); m++)
		{
			g_autoptr (World) world = world_new (200 + 10 * what + (guint32) m);

			world->eap_methods[0] = world->gateway->eap_type = methods[m].type;
			world->gateway->edit = edit_last;
			world->gateway->edit_data = &what;
			world_start (world);
			world_settle (world);
			world_run (world, WORLD_SECOND);
			world_check_closed (world, what == 1 ? STATUS_MISSING_PAYLOAD : STATUS_GATEWAY_AUTH);
			g_assert_cmpuint (world->n_child_add, ==, 0);
			g_assert_cmpuint (world->gateway->told, ==, IKE_NOTIFY_AUTHENTICATION_FAILED);
		}
}

static void
edit_identity_forever (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	IkePayload *eap = gateway_reply_find (reply, IKE_PAYLOAD_EAP);
	guint8 request[5] = { 1, (guint8) reply->header.message_id, 0, 5, EAP_TYPE_IDENTITY };

	if (eap != NULL)
		eap->eap.value = gateway_reply_keep (reply, g_bytes_new (request, sizeof request));
}

static void
test_eap_forever (void)
{
	g_autoptr (World) world = world_new (300);

	world->gateway->edit = edit_identity_forever;
	world_start (world);
	world_settle (world);
	g_assert_cmpuint (world->n_closed, ==, 1);
	g_assert_cmpuint (world->gateway->n_auth, <=, EAP_MAX_ROUNDS + 2);
}

/* A gateway that takes five seconds for each round: the minute of a negotiation ends it. */
static void
slow_gateway (World *world, WorldPacket *packet, gpointer data)
{
	if (packet->to_client)
		packet->delay_us = 5 * WORLD_SECOND;
}

static void
fall_silent (World *world, WorldPacket *packet, gpointer data)
{
	guint *number = data;

	packet->drop = packet->to_client && packet->number >= *number;
}

/* Silence in the middle of EAP: given up with the time of one request, not with that of all. */
static void
test_eap_silence (void)
{
	for (guint number = 1; number < 6; number++)
	{
		g_autoptr (World) world = world_new (310 + number);
		gint64 start_us = world->now_us;

		world->fate = fall_silent;
		world->fate_data = &number;
		world_start (world);
		world_settle (world);
		world_check_closed (world, STATUS_NO_ANSWER);
		g_assert_nonnull (strstr (world->detail, "4500"));
		g_assert_cmpint (world->now_us - start_us, <, 18 * WORLD_SECOND);
	}
}

static void
test_eap_slow_forever (void)
{
	g_autoptr (World) world = world_new (301);
	gint64 start_us = world->now_us;

	world->gateway->edit = edit_identity_forever;
	world->fate = slow_gateway;
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_NO_ANSWER);
	g_assert_cmpint (world->now_us - start_us, <=, 61 * WORLD_SECOND);
}

/* -- Refusals that can be believed ------------------------------------------------------------------------------- */

typedef struct
{
	guint32 message_id;
	guint16 type;
	gboolean beside; /* the rest stays */
} Refusal;

static void
edit_refuse (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	Refusal *refusal = data;
	guint32 code = GUINT32_TO_BE (13801);

	if (reply->header.exchange != IKE_EXCHANGE_AUTH || reply->header.message_id != refusal->message_id)
		return;
	if (!refusal->beside)
		reply->n = 0;
	gateway_reply_notify (reply, refusal->type, refusal->type == IKE_NOTIFY_MS_STATUS ? slice (&code, 4) : SLICE_NONE);
}

static const struct
{
	guint16 type;
	Status status;
	const char *word;
} refusals[] = {
	{ IKE_NOTIFY_AUTHENTICATION_FAILED, STATUS_AUTH_REJECTED, "AUTHENTICATION_FAILED" },
	{ IKE_NOTIFY_NO_PROPOSAL_CHOSEN, STATUS_NO_PROPOSAL, "NO_PROPOSAL_CHOSEN" },
	{ IKE_NOTIFY_TS_UNACCEPTABLE, STATUS_TS_UNACCEPTABLE, "TS_UNACCEPTABLE" },
	{ IKE_NOTIFY_SINGLE_PAIR_REQUIRED, STATUS_TS_UNACCEPTABLE, "SINGLE_PAIR_REQUIRED" },
	{ IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE, STATUS_NO_ADDRESS, "INTERNAL_ADDRESS_FAILURE" },
	{ IKE_NOTIFY_FAILED_CP_REQUIRED, STATUS_NO_ADDRESS, "request-address=yes" },
	{ IKE_NOTIFY_INVALID_SYNTAX, STATUS_PEER_SYNTAX, "INVALID_SYNTAX" },
	{ IKE_NOTIFY_TEMPORARY_FAILURE, STATUS_GATEWAY_ERROR, "TEMPORARY_FAILURE" },
	{ IKE_NOTIFY_MS_STATUS, STATUS_GATEWAY_ERROR, "13801" },
	{ 8191, STATUS_GATEWAY_ERROR, "8191" },
};

static void
refused_in (guint32 seed, IkeAuthBy auth_by, guint32 message_id)
{
	for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
	{
		g_autoptr (World) world = world_new (seed + (guint32) i);
		Refusal refusal = { message_id, refusals[i].type, FALSE };

		g_test_message ("%s", refusals[i].word);
		world_by (world, auth_by);
		world->gateway->edit = edit_refuse;
		world->gateway->edit_data = &refusal;
		world_start (world);
		world_settle (world);
		world_check_closed (world, refusals[i].status);
		g_assert_nonnull (world->detail);
		g_assert_nonnull (strstr (world->detail, refusals[i].word));
		g_assert_cmpuint (world->n_child_add, ==, 0);
	}
}

static void
test_refused (void)
{
	refused_in (400, IKE_AUTH_BY_PSK, 1);
	refused_in (420, IKE_AUTH_BY_EAP, 1);
	refused_in (440, IKE_AUTH_BY_EAP, 2);
	refused_in (460, IKE_AUTH_BY_EAP, 5);
}

/* The IKE SA stands, its child was refused: the gateway is told that we leave. */
static void
test_child_refused (void)
{
	static const guint16 types[] = { IKE_NOTIFY_NO_PROPOSAL_CHOSEN, IKE_NOTIFY_TS_UNACCEPTABLE,
		                             IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE, IKE_NOTIFY_FAILED_CP_REQUIRED,
		                             IKE_NOTIFY_SINGLE_PAIR_REQUIRED };

	for (guint auth_by = IKE_AUTH_BY_EAP; auth_by <= IKE_AUTH_BY_PSK; auth_by++)
		for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
		{
			g_autoptr (World) world = world_new (500 + 10 * auth_by + (guint32) i);
			Refusal refusal = { auth_by == IKE_AUTH_BY_EAP ? 5 : 1, types[i], TRUE };

			g_test_message ("method %u, notify %u", auth_by, types[i]);
			world_by (world, (IkeAuthBy) auth_by);
			world->gateway->edit = edit_refuse;
			world->gateway->edit_data = &refusal;
			world_start (world);
			world_settle (world);
			world_run (world, WORLD_SECOND);
			g_assert_cmpuint (world->n_closed, ==, 1);
			g_assert_cmpuint (world->n_child_add, ==, 0);
			g_assert_true (world->gateway->deleted);
			g_assert_true (world_saw_state (world, IKE_STATE_CLOSING));
			g_assert_false (world_saw_state (world, IKE_STATE_ESTABLISHED));
		}
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/session/trust/wrong-identity", test_wrong_identity);
	g_test_add_func ("/session/trust/certificate-refused", test_certificate_refused);
	g_test_add_func ("/session/trust/nothing-before-verdict", test_nothing_before_verdict);
	g_test_add_func ("/session/trust/no-verdict", test_no_verdict);
	g_test_add_func ("/session/trust/bad-proofs", test_bad_proofs);
	g_test_add_func ("/session/trust/foreign-key", test_foreign_key);
	g_test_add_func ("/session/trust/psk-wants-psk", test_psk_wants_psk);
	g_test_add_func ("/session/trust/psk-gateway-wrong", test_psk_gateway_wrong);
	g_test_add_func ("/session/trust/early-success", test_early_success);
	g_test_add_func ("/session/trust/failure-anywhere", test_failure_anywhere);
	g_test_add_func ("/session/trust/eap-rubbish", test_eap_rubbish);
	g_test_add_func ("/session/trust/expanded-type", test_expanded_type);
	g_test_add_func ("/session/trust/last-auth-wrong", test_last_auth_wrong);
	g_test_add_func ("/session/trust/eap-forever", test_eap_forever);
	g_test_add_func ("/session/trust/eap-silence", test_eap_silence);
	g_test_add_func ("/session/trust/eap-slow-forever", test_eap_slow_forever);
	g_test_add_func ("/session/trust/refused", test_refused);
	g_test_add_func ("/session/trust/child-refused", test_child_refused);
	result = g_test_run ();
	test_keys_free ();
	return result;
}
