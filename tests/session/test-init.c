/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_SA_INIT: wishes of the gateway, silence, and everything that a stranger can send into it (RFC 7296 sections 2.4, 2.6,
 * 2.21.1). */
#include "world.h"

static void
connect (World *world)
{
	world_start (world);
	world_settle (world);
	world_check_established (world);
}

/* -- Wishes ------------------------------------------------------------------------------------------------------ */

static void
test_cookie (void)
{
	g_autoptr (World) world = world_new (1);

	world->gateway->cookie = TRUE;
	connect (world);
	g_assert_cmpuint (world->gateway->n_init, ==, 2);
}

static void
test_cookie_changed (void)
{
	g_autoptr (World) world = world_new (2);

	world->gateway->cookie = TRUE;
	world->gateway->n_cookies = 3;
	connect (world);
	g_assert_cmpuint (world->gateway->n_init, ==, 5);
}

/* A gateway that never is content: an end, and not many messages. */
static void
test_cookie_forever (void)
{
	g_autoptr (World) world = world_new (3);

	world->gateway->cookie = TRUE;
	world->gateway->n_cookies = 1000;
	world_start (world);
	world_settle (world);
	g_assert_cmpuint (world->n_closed, ==, 1);
	g_assert_cmpuint (world->gateway->n_init, <=, 12);
}

static void
test_invalid_ke (void)
{
	for (guint i = 1; i + 1 < gateway_n_suites; i++)
	{
		g_autoptr (World) world = world_new (10 + i);

		world->gateway->suite = &gateway_suites[i];
		connect (world);
		g_assert_cmpuint (world->gateway->n_init, ==, 2);
	}
}

static void
test_cookie_and_invalid_ke (void)
{
	for (guint last = 0; last < 2; last++)
		for (guint again = 0; again < 2; again++)
		{
			g_autoptr (World) world = world_new (20 + 2 * last + again);

			world->gateway->cookie = TRUE;
			world->gateway->cookie_last = last != 0;
			world->gateway->n_cookies = again;
			world->gateway->suite = &gateway_suites[1];
			connect (world);
			g_assert_cmpuint (world->gateway->n_init, ==, 3 + again);
		}
}

/* -- What strangers send ----------------------------------------------------------------------------------------- */

/* One message that reaches the client before the gateway's first answer. */
typedef struct
{
	guint16 type; /* of a notify */
	GBytes *value;
	gboolean wrong_port, wrong_address, wrong_spi, wrong_flags;
	guint n_forged;
	guint at_packet; /* which packet to the gateway it races */
} Forgery;

static void
forge_notify (World *world, WorldPacket *packet, gpointer data)
{
	Forgery *forgery = data;
	IkeHeader header;
	IkePayload payload = { .type = IKE_PAYLOAD_NOTIFY,
		                   .notify = { .notify_type = forgery->type, .value = slice_bytes (forgery->value) } };
	IkePath path = packet->path;
	GBytes *octets;

	if (packet->to_client || packet->number != forgery->at_packet)
		return;
	g_assert_cmpuint (ike_header_decode (slice_bytes (packet->octets), &header), ==, STATUS_OK);
	header.from_initiator = forgery->wrong_flags;
	header.response = TRUE;
	header.spi_i ^= forgery->wrong_spi ? 1 : 0;
	path.remote.port = (guint16) (path.remote.port + (forgery->wrong_port ? 1 : 0));
	path.remote.address.octets[3] ^= forgery->wrong_address ? 1 : 0;
	g_assert_cmpuint (ike_message_encode (&header, &payload, 1, &octets), ==, STATUS_OK);
	world_inject (world, &path, slice_bytes (octets), 1000);
	g_bytes_unref (octets);
	forgery->n_forged++;
}

/* Each error there is, before the real answer: it must not matter. */
static void
test_forged_errors (void)
{
	for (guint16 type = 0; type < 50; type++)
	{
		g_autoptr (World) world = world_new (100 + type);
		Forgery forgery = { .type = type };

		if (type == IKE_NOTIFY_INVALID_KE_PAYLOAD)
			continue;
		world->fate = forge_notify;
		world->fate_data = &forgery;
		connect (world);
		g_assert_cmpuint (forgery.n_forged, ==, 1);
	}
}

/* The same errors in the clear when there are keys already. */
static void
test_forged_errors_in_auth (void)
{
	for (guint at = 1; at < 5; at++)
	{
		g_autoptr (World) world = world_new (200 + at);
		Forgery forgery = { .type = IKE_NOTIFY_AUTHENTICATION_FAILED, .at_packet = at };

		world->fate = forge_notify;
		world->fate_data = &forgery;
		connect (world);
		g_assert_cmpuint (world->n_dropped_traces, >=, 1);
	}
}

static const struct
{
	guint16 type;
	Status status;
} alone[] = {
	{ IKE_NOTIFY_NO_PROPOSAL_CHOSEN, STATUS_NO_PROPOSAL },  { IKE_NOTIFY_AUTHENTICATION_FAILED, STATUS_AUTH_REJECTED },
	{ IKE_NOTIFY_INVALID_SYNTAX, STATUS_PEER_SYNTAX },      { IKE_NOTIFY_INVALID_MAJOR_VERSION, STATUS_BAD_VERSION },
	{ IKE_NOTIFY_TEMPORARY_FAILURE, STATUS_GATEWAY_ERROR },
};

static void
answer_error (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	guint16 *type = data;

	reply->n = 0;
	gateway_reply_notify (reply, *type, SLICE_NONE);
	reply->header.spi_r = 0;
}

/* When nothing better comes the error is what a person reads, and soon. */
static void
test_errors_alone (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (alone); i++)
	{
		g_autoptr (World) world = world_new (300 + (guint32) i);
		guint16 type = alone[i].type;
		gint64 start_us = world->now_us;

		world->gateway->edit = answer_error;
		world->gateway->edit_data = &type;
		world_start (world);
		world_settle (world);
		world_check_closed (world, alone[i].status);
		g_assert_nonnull (world->detail);
		g_assert_cmpint (world->now_us - start_us, >, 3 * WORLD_SECOND);
		g_assert_cmpint (world->now_us - start_us, <, 4 * WORLD_SECOND);
		g_assert_cmpuint (world->gateway->n_init, ==, 3);
	}
}

static void
test_wrong_senders (void)
{
	Forgery forgeries[] = { { .type = IKE_NOTIFY_COOKIE, .wrong_port = TRUE },
		                    { .type = IKE_NOTIFY_COOKIE, .wrong_address = TRUE },
		                    { .type = IKE_NOTIFY_COOKIE, .wrong_spi = TRUE },
		                    { .type = IKE_NOTIFY_COOKIE, .wrong_flags = TRUE } };

	for (gsize i = 0; i < G_N_ELEMENTS (forgeries); i++)
	{
		g_autoptr (World) world = world_new (400 + (guint32) i);

		forgeries[i].value = g_bytes_new_static ("12345678", 8);
		world->fate = forge_notify;
		world->fate_data = &forgeries[i];
		connect (world);
		g_assert_cmpuint (world->gateway->n_init, ==, 1);
		g_assert_cmpuint (world->n_dropped_traces, ==, 1);
		g_bytes_unref (forgeries[i].value);
	}
}

/* Cookies that RFC 7296 section 2.6 does not allow, and groups that were not offered: nothing is sent for them. */
static void
test_wishes_refused (void)
{
	static const guint8 zeros[65];
	static const guint8 groups[][2] = { { 0, 0 }, { 0, 2 }, { 0, 5 }, { 0, 19 }, { 0xff, 0xff } };

	for (gsize i = 0; i < 2 + G_N_ELEMENTS (groups) + 1; i++)
	{
		g_autoptr (World) world = world_new (500 + (guint32) i);
		Forgery forgery = { .type = i < 2 ? IKE_NOTIFY_COOKIE : IKE_NOTIFY_INVALID_KE_PAYLOAD };

		if (i < 2)
			forgery.value = g_bytes_new (zeros, i == 0 ? 0 : 65);
		else if (i < 2 + G_N_ELEMENTS (groups))
			forgery.value = g_bytes_new (groups[i - 2], 2);
		else
			forgery.value = g_bytes_new (zeros, 1);
		world->fate = forge_notify;
		world->fate_data = &forgery;
		connect (world);
		g_assert_cmpuint (world->gateway->n_init, ==, 1);
		g_bytes_unref (forgery.value);
	}
}

/* A cookie or a group that somebody else wants: another request goes out, and the gateway takes it for another attempt.
 * One of the two must lead to a tunnel. */
static void
test_forged_wishes (void)
{
	static const guint8 group[] = { 0, IKE_KE_ECP_384 };

	for (guint auth_by = IKE_AUTH_BY_EAP; auth_by <= IKE_AUTH_BY_PSK; auth_by++)
		for (guint wish = 0; wish < 2; wish++)
		{
			g_autoptr (World) world = world_new (600 + 2 * auth_by + wish);
			Forgery forgery = { .type = wish == 0 ? IKE_NOTIFY_COOKIE : IKE_NOTIFY_INVALID_KE_PAYLOAD };

			g_test_message ("method %u, wish %u", auth_by, wish);
			forgery.value = wish == 0 ? g_bytes_new_static ("12345678", 8) : g_bytes_new_static (group, 2);
			world_by (world, (IkeAuthBy) auth_by);
			world->fate = forge_notify;
			world->fate_data = &forgery;
			connect (world);
			g_bytes_unref (forgery.value);
		}
}

/* A second gateway in between that is quicker, and answers everything that names its SPI. */
typedef struct
{
	Gateway *gateway;
	guint n_answers;  /* to IKE_SA_INIT */
	gboolean is_mute; /* afterwards */
	guint n_auth;
} Impostor;

static void
impostor_hears (World *world, WorldPacket *packet, gpointer data)
{
	Impostor *impostor = data;
	g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkeHeader header;

	if (packet->to_client)
		return;
	g_assert_cmpuint (ike_header_decode (slice_bytes (packet->octets), &header), ==, STATUS_OK);
	if (header.exchange != IKE_EXCHANGE_SA_INIT && impostor->is_mute)
		return;
	if (header.exchange == IKE_EXCHANGE_SA_INIT && impostor->gateway->n_init > 0)
		return;
	for (guint i = 0; i < (header.exchange == IKE_EXCHANGE_SA_INIT ? impostor->n_answers : 1); i++)
	{
		g_ptr_array_set_size (answers, 0);
		gateway_receive (impostor->gateway, &packet->path, slice_bytes (packet->octets), answers);
		for (guint k = 0; k < answers->len; k++)
			world_inject (world, &packet->path, slice_bytes (answers->pdata[k]), 1000 + 100 * i);
		if (header.exchange == IKE_EXCHANGE_SA_INIT)
		{
			GatewaySa *last = impostor->gateway->sas->pdata[impostor->gateway->sas->len - 1];

			/* Forget the request, so that the next round makes another answer. */
			g_bytes_unref (last->request);
			last->request = g_bytes_new (NULL, 0);
		}
	}
}

static void
with_impostor (guint32 seed, IkeAuthBy auth_by, guint n_answers, gboolean is_mute)
{
	g_autoptr (World) world = world_new (seed);
	Impostor impostor = { .gateway = gateway_new (seed + 1000), .n_answers = n_answers, .is_mute = is_mute };

	world_by (world, auth_by);
	impostor.gateway->client = world->gateway->client;
	impostor.gateway->psk = "not the same secret";
	impostor.gateway->key = test_key (SIG_KEY_ECDSA_P256, 1);
	world->fate = impostor_hears;
	world->fate_data = &impostor;
	connect (world);
	g_assert_cmpuint (impostor.gateway->n_eap, ==, 0);
	g_assert_cmpuint (impostor.gateway->identities->len, ==, 0);
	g_assert_cmpuint (impostor.gateway->sas->len, ==, n_answers);
	gateway_free (impostor.gateway);
}

/* The first answer is somebody else's, who has keys with us but proves nothing. */
static void
test_forged_answer (void)
{
	for (guint auth_by = IKE_AUTH_BY_EAP; auth_by <= IKE_AUTH_BY_PSK; auth_by++)
		for (guint n = 1; n <= 3; n++)
		{
			g_test_message ("method %u, %u forged answers", auth_by, n);
			with_impostor (700 + 10 * auth_by + n, (IkeAuthBy) auth_by, n, TRUE);
		}
}

/* The same, and it goes on to answer IKE_AUTH: with a refusal, or a proof that is none. */
static void
test_impostor_goes_on (void)
{
	for (guint auth_by = IKE_AUTH_BY_EAP; auth_by <= IKE_AUTH_BY_PSK; auth_by++)
	{
		g_test_message ("method %u", auth_by);
		with_impostor (800 + auth_by, (IkeAuthBy) auth_by, 1, FALSE);
	}
}

/* More forged answers than are kept: no tunnel, but an end, and a bounded number of messages. */
static void
test_answer_flood (void)
{
	g_autoptr (World) world = world_new (900);
	Impostor impostor = { .gateway = gateway_new (1900), .n_answers = 20, .is_mute = TRUE };

	world->fate = impostor_hears;
	world->fate_data = &impostor;
	world_start (world);
	world_settle (world);
	world_run (world, 20 * WORLD_SECOND);
	g_assert_cmpuint (world->n_sent[0], <, 60);
	gateway_free (impostor.gateway);
}

/* -- Silence ----------------------------------------------------------------------------------------------------- */

static gint64 sent_us[8];

static void
swallow (World *world, WorldPacket *packet, gpointer data)
{
	g_assert_cmpuint (packet->number, <, G_N_ELEMENTS (sent_us));
	sent_us[packet->number] = world->now_us;
	packet->drop = TRUE;
}

static void
test_silence (void)
{
	static const gint64 waits_us[] = { 500000, 1000000, 2000000, 4000000, 8000000 };

	for (guint32 seed = 1000; seed < 1010; seed++)
	{
		g_autoptr (World) world = world_new (seed);
		gint64 start_us = world->now_us;

		world->fate = swallow;
		world_start (world);
		world_settle (world);
		world_check_closed (world, STATUS_NO_ANSWER);
		g_assert_cmpuint (world->n_sent[0], ==, 5);
		g_assert_cmpuint (world->n_resent, ==, 4);
		sent_us[5] = world->now_us;
		for (guint i = 0; i < 5; i++)
		{
			g_assert_cmpint (sent_us[i + 1] - sent_us[i], >=, waits_us[i] * 9 / 10);
			g_assert_cmpint (sent_us[i + 1] - sent_us[i], <=, waits_us[i] * 11 / 10);
		}
		g_assert_cmpint (sent_us[0], ==, start_us);
		g_assert_nonnull (strstr (world->detail, "198.51.100.1"));
		g_assert_nonnull (strstr (world->detail, "500"));
		g_assert_nonnull (strstr (world->detail, " s"));
	}
}

/* Ten sessions do not wait equally long. */
static void
test_jitter (void)
{
	g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

	for (guint32 seed = 1100; seed < 1110; seed++)
	{
		g_autoptr (World) world = world_new (seed);

		world_start (world);
		g_hash_table_add (seen, GINT_TO_POINTER (ike_session_deadline (world->session) - world->now_us));
	}
	g_assert_cmpuint (g_hash_table_size (seen), >, 5);
}

static void
swallow_first_path (World *world, WorldPacket *packet, gpointer data)
{
	guint64 *spis = data;
	IkeHeader header;

	g_assert_cmpuint (ike_header_decode (slice_bytes (packet->octets), &header), ==, STATUS_OK);
	if (!packet->to_client)
		spis[packet->path.index] = header.spi_i;
	packet->drop = packet->path.index == 0;
}

static void
add_path (World *world)
{
	world->paths[1] = world->paths[0];
	world->paths[1].index = 1;
	world->paths[1].remote.address.octets[3] = 2;
	world->n_paths = 2;
}

static void
test_next_path (void)
{
	g_autoptr (World) world = world_new (1200);
	guint64 spis[2] = { 0 };

	add_path (world);
	world->fate = swallow_first_path;
	world->fate_data = spis;
	connect (world);
	g_assert_cmpuint (world->child.child.path.index, ==, 1);
	g_assert_cmphex (spis[0], !=, spis[1]);
	g_assert_cmpint (world->now_us - 1000 * WORLD_SECOND, >, 13 * WORLD_SECOND);
}

static void
test_path_down (void)
{
	g_autoptr (World) world = world_new (1300);
	guint64 spis[2] = { 0 };

	add_path (world);
	world->fate = swallow_first_path;
	world->fate_data = spis;
	world_start (world);
	world_input (world, &(IkeInput){ .type = IKE_INPUT_PATH_DOWN, .path = world->paths[0] });
	/* An old message about the first one comes late. */
	world_input (world, &(IkeInput){ .type = IKE_INPUT_PATH_DOWN, .path = world->paths[0] });
	world_settle (world);
	world_check_established (world);
	g_assert_cmpuint (world->child.child.path.index, ==, 1);
	g_assert_cmpint (world->now_us - 1000 * WORLD_SECOND, <, WORLD_SECOND);
}

static void
test_all_paths_down (void)
{
	g_autoptr (World) world = world_new (1400);

	add_path (world);
	world_start (world);
	world_input (world, &(IkeInput){ .type = IKE_INPUT_PATH_DOWN, .path = world->paths[0] });
	world_input (world, &(IkeInput){ .type = IKE_INPUT_PATH_DOWN, .path = world->paths[1] });
	world_check_closed (world, STATUS_UNREACHABLE);
}

static void
swallow_natt (World *world, WorldPacket *packet, gpointer data)
{
	packet->drop = packet->path.remote.port == IKE_NATT_PORT;
}

/* UDP 500 passes, 4500 does not: the words must name 4500. */
static void
test_natt_port_blocked (void)
{
	g_autoptr (World) world = world_new (1500);

	world->fate = swallow_natt;
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_NO_ANSWER);
	g_assert_nonnull (strstr (world->detail, "4500"));
}

static void
answer_version_1 (World *world, WorldPacket *packet, gpointer data)
{
	g_autofree guint8 *octets = g_memdup2 (g_bytes_get_data (packet->octets, NULL), IKE_HEADER_OCTETS);

	octets[17] = 0x10;
	octets[24] = octets[25] = octets[26] = 0;
	octets[27] = IKE_HEADER_OCTETS;
	packet->drop = TRUE;
	world_inject (world, &packet->path, slice (octets, IKE_HEADER_OCTETS), 1000);
}

static void
test_version_1 (void)
{
	g_autoptr (World) world = world_new (1600);

	world->fate = answer_version_1;
	world_start (world);
	world_settle (world);
	world_check_closed (world, STATUS_BAD_VERSION);
}

/* -- Contents ---------------------------------------------------------------------------------------------------- */

static void
edit_init (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	guint *what = data;
	IkePayload *payload;

	if (reply->header.exchange != IKE_EXCHANGE_SA_INIT)
		return;
	switch (*what)
	{
	case 0:
		gateway_reply_remove (reply, IKE_PAYLOAD_NONCE);
		break;
	case 1:
		gateway_reply_remove (reply, IKE_PAYLOAD_KE);
		break;
	case 2:
		gateway_reply_find (reply, IKE_PAYLOAD_NONCE)->nonce.value.len = 15;
		break;
	case 3:
		gateway_reply_find (reply, IKE_PAYLOAD_KE)->ke.group = IKE_KE_ECP_384;
		break;
	case 4:
		gateway_reply_find (reply, IKE_PAYLOAD_KE)->ke.value.len = 63;
		break;
	case 5:
		payload = gateway_reply_find (reply, IKE_PAYLOAD_KE);
		payload->ke.value = gateway_reply_keep (reply, g_bytes_new_take (g_malloc0 (64), 64));
		break;
	case 6:
		reply->header.spi_r = 0;
		break;
	case 7:
		*gateway_reply_add (reply, IKE_PAYLOAD_NONCE) = *gateway_reply_find (reply, IKE_PAYLOAD_NONCE);
		break;
	case 8: /* not offered: too weak */
		gateway_reply_find (reply, IKE_PAYLOAD_SA)->sa.proposals[0].transforms[1].id = IKE_PRF_HMAC_SHA1;
		break;
	case 9: /* from the other proposal */
		gateway_reply_find (reply, IKE_PAYLOAD_SA)->sa.proposals[0].number = 2;
		break;
	case 10: /* two of a kind */
		gateway_reply_find (reply, IKE_PAYLOAD_SA)->sa.proposals[0].transforms[2].type = IKE_TRANSFORM_PRF;
		gateway_reply_find (reply, IKE_PAYLOAD_SA)->sa.proposals[0].transforms[2].id = IKE_PRF_HMAC_SHA2_384;
		break;
	default: /* a critical payload that nobody knows */
		payload = gateway_reply_add (reply, 200);
		payload->critical = TRUE;
		break;
	}
}

/* An answer against the rules is none: no IKE_AUTH goes out for it, and the session ends with its time. */
static void
test_bad_answers (void)
{
	for (guint what = 0; what < 12; what++)
	{
		g_autoptr (World) world = world_new (1700 + what);

		g_test_message ("fault %u", what);
		world->gateway->edit = edit_init;
		world->gateway->edit_data = &what;
		world_start (world);
		world_settle (world);
		g_assert_cmpuint (world->n_closed, ==, 1);
		g_assert_cmpuint (world->gateway->n_auth, ==, 0);
		g_assert_cmpuint (world->n_dropped_traces, >=, 1);
		g_assert_cmpuint (world->n_sent[0], <=, 5);
	}
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/session/init/cookie", test_cookie);
	g_test_add_func ("/session/init/cookie-changed", test_cookie_changed);
	g_test_add_func ("/session/init/cookie-forever", test_cookie_forever);
	g_test_add_func ("/session/init/invalid-ke", test_invalid_ke);
	g_test_add_func ("/session/init/cookie-and-invalid-ke", test_cookie_and_invalid_ke);
	g_test_add_func ("/session/init/forged-errors", test_forged_errors);
	g_test_add_func ("/session/init/forged-errors-in-auth", test_forged_errors_in_auth);
	g_test_add_func ("/session/init/errors-alone", test_errors_alone);
	g_test_add_func ("/session/init/wrong-senders", test_wrong_senders);
	g_test_add_func ("/session/init/wishes-refused", test_wishes_refused);
	g_test_add_func ("/session/init/forged-wishes", test_forged_wishes);
	g_test_add_func ("/session/init/forged-answer", test_forged_answer);
	g_test_add_func ("/session/init/impostor-goes-on", test_impostor_goes_on);
	g_test_add_func ("/session/init/answer-flood", test_answer_flood);
	g_test_add_func ("/session/init/silence", test_silence);
	g_test_add_func ("/session/init/jitter", test_jitter);
	g_test_add_func ("/session/init/next-path", test_next_path);
	g_test_add_func ("/session/init/path-down", test_path_down);
	g_test_add_func ("/session/init/all-paths-down", test_all_paths_down);
	g_test_add_func ("/session/init/natt-port-blocked", test_natt_port_blocked);
	g_test_add_func ("/session/init/version-1", test_version_1);
	g_test_add_func ("/session/init/bad-answers", test_bad_answers);
	result = g_test_run ();
	test_keys_free ();
	return result;
}
