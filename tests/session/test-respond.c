/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway starts by itself (RFC 7296 sections 1.4, 2.1, 2.3, 2.5). */
#include "world.h"

static World *
connected (guint32 seed)
{
	World *world = world_new (seed);

	world_by (world, IKE_AUTH_BY_PSK);
	world_start (world);
	world_settle (world);
	world_check_established (world);
	return world;
}

static const IkeMessage *
ask (World *world, guint8 exchange, const IkePayload *payloads, guint n)
{
	world_gateway_request (world, exchange, payloads, n);
	world_run (world, WORLD_SECOND);
	return gateway_sa (world->gateway)->answered;
}

static IkePayload
notify (guint16 type)
{
	return (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = type } };
}

static void
test_liveness (void)
{
	g_autoptr (World) world = connected (1);

	for (guint i = 0; i < 3; i++)
	{
		const IkeMessage *answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, NULL, 0);

		g_assert_nonnull (answer);
		g_assert_cmpuint (answer->n_payloads, ==, 0);
		g_assert_cmpuint (answer->header.message_id, ==, i);
		g_assert_cmpuint (answer->header.exchange, ==, IKE_EXCHANGE_INFORMATIONAL);
	}
	world_check_established (world);
}

static void
test_notifies (void)
{
	g_autoptr (World) world = connected (2);
	IkePayload payloads[] = { notify (IKE_NOTIFY_ADDITIONAL_IP4_ADDRESS), notify (IKE_NOTIFY_NO_ADDITIONAL_ADDRESSES),
		                      notify (40000), notify (IKE_NOTIFY_INVALID_SELECTORS) };
	const IkeMessage *answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, payloads, G_N_ELEMENTS (payloads));

	g_assert_nonnull (answer);
	g_assert_cmpuint (answer->n_payloads, ==, 0);
	world_check_established (world);
	g_assert_nonnull (strstr (world->log->str, "ADDITIONAL_IP4_ADDRESS"));
}

static void
test_delete_ike (void)
{
	g_autoptr (World) world = connected (3);
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };
	const IkeMessage *answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, &del, 1);

	g_assert_nonnull (answer);
	g_assert_cmpuint (answer->n_payloads, ==, 0);
	world_check_closed (world, STATUS_GATEWAY_CLOSED);
	g_assert_false (world->gateway->deleted);
}

static IkePayload
delete_child (const World *world, guint8 octets[8], guint16 n)
{
	guint32 spi = GUINT32_TO_BE (gateway_sa (world->gateway)->spi_own);

	memcpy (octets, "\1\2\3\4", 4);
	memcpy (octets + (n - 1) * 4, &spi, 4);
	return (IkePayload){
		.type = IKE_PAYLOAD_DELETE,
		.del = { .protocol = IKE_PROTOCOL_ESP, .spi_octets = 4, .n_spis = n, .spis = slice (octets, n * 4u) }
	};
}

/* The child goes, the answer names our side of it (section 1.4.1); what is done without it is for others to decide. */
static void
test_delete_child (void)
{
	for (guint16 n = 1; n <= 2; n++)
	{
		g_autoptr (World) world = connected (4 + n);
		guint8 octets[8];
		IkePayload del = delete_child (world, octets, n);
		guint32 spi = GUINT32_TO_BE (world->child.child.spi_in);
		const IkeMessage *answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, &del, 1);
		const IkePayload *ours;

		g_assert_nonnull (answer);
		ours = ike_message_find (answer, IKE_PAYLOAD_DELETE, NULL);
		g_assert_nonnull (ours);
		g_assert_cmpuint (ours->del.n_spis, ==, 1);
		g_assert_cmpmem (ours->del.spis.data, ours->del.spis.len, &spi, 4);
		g_assert_cmpuint (world->n_child_drop, ==, 1);
		g_assert_cmpuint (world->n_closed, ==, 0);
		g_assert_true (world_established (world));
		/* A second time there is nothing left to delete. */
		answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, &del, 1);
		g_assert_nonnull (answer);
		g_assert_cmpuint (answer->n_payloads, ==, 0);
		world_stop (world, STATUS_USER_CLOSED);
		world_run (world, 3 * WORLD_SECOND);
		world_check_closed (world, STATUS_USER_CLOSED);
	}
}

static void
test_delete_unknown_child (void)
{
	g_autoptr (World) world = connected (8);
	guint8 octets[8];
	IkePayload del = delete_child (world, octets, 2);
	const IkeMessage *answer;

	del.del.n_spis = 1;
	del.del.spis.len = 4;
	answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, &del, 1);
	g_assert_nonnull (answer);
	g_assert_cmpuint (answer->n_payloads, ==, 0);
	world_check_established (world);
}

static void
test_create_child (void)
{
	g_autoptr (World) world = connected (9);
	IkeProposal proposal = { .number = 1,
		                     .protocol = IKE_PROTOCOL_ESP,
		                     .spi_octets = 4,
		                     .spi = { 1, 2, 3, 4 },
		                     .n_transforms = 1,
		                     .transforms = { { IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_16, 256 } } };
	guint8 nonce[32] = { 1 };
	IkePayload payloads[] = { { .type = IKE_PAYLOAD_SA, .sa = { 1, &proposal } },
		                      { .type = IKE_PAYLOAD_NONCE, .nonce = { SLICE_ARRAY (nonce) } } };
	const IkeMessage *answer = ask (world, IKE_EXCHANGE_CREATE_CHILD_SA, payloads, G_N_ELEMENTS (payloads));

	g_assert_nonnull (answer);
	g_assert_cmpuint (answer->header.exchange, ==, IKE_EXCHANGE_CREATE_CHILD_SA);
	/* No selectors: nothing is made. */
	g_assert_nonnull (ike_message_find_notify (answer, IKE_NOTIFY_INVALID_SYNTAX));
	world_check_established (world);
}

static void
test_unknown_exchange (void)
{
	static const guint8 exchanges[] = { 33, IKE_EXCHANGE_AUTH, IKE_EXCHANGE_INTERMEDIATE, 99, 255 };

	for (gsize i = 0; i < G_N_ELEMENTS (exchanges); i++)
	{
		g_autoptr (World) world = connected (20 + (guint32) i);
		const IkeMessage *answer = ask (world, exchanges[i], NULL, 0);

		g_assert_nonnull (answer);
		g_assert_cmpuint (answer->header.exchange, ==, exchanges[i]);
		g_assert_nonnull (ike_message_find_notify (answer, IKE_NOTIFY_INVALID_SYNTAX));
		g_assert_cmpuint (world->n_child_add, ==, 1);
	}
}

/* Authentic, but with a critical payload that nobody knows: refused by its type (section 2.5). */
static void
test_critical_payload (void)
{
	g_autoptr (World) world = connected (30);
	IkePayload payload = { .type = 201, .critical = TRUE, .body = SLICE_LITERAL ("what") };
	const IkeMessage *answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, &payload, 1);
	const IkePayload *refusal;

	g_assert_nonnull (answer);
	refusal = ike_message_find_notify (answer, IKE_NOTIFY_UNSUPPORTED_CRITICAL_PAYLOAD);
	g_assert_nonnull (refusal);
	g_assert_cmpmem (refusal->notify.value.data, refusal->notify.value.len, "\xc9", 1);
	world_check_established (world);
	/* The window went on. */
	g_assert_nonnull (ask (world, IKE_EXCHANGE_INFORMATIONAL, NULL, 0));
}

static void
test_uncritical_payload (void)
{
	g_autoptr (World) world = connected (31);
	IkePayload payload = { .type = 201, .body = SLICE_LITERAL ("what") };
	const IkeMessage *answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, &payload, 1);

	g_assert_nonnull (answer);
	g_assert_cmpuint (answer->n_payloads, ==, 0);
	world_check_established (world);
}

/* Authentic and malformed: INVALID_SYNTAX, which ends the SA for both without more words (section 2.21.3). */
static void
test_malformed (void)
{
	g_autoptr (World) world = connected (32);
	IkePayload payload = {
		.type = IKE_PAYLOAD_DELETE,
		.del = { .protocol = IKE_PROTOCOL_ESP, .spi_octets = 4, .n_spis = 9, .spis = SLICE_LITERAL ("ab") }
	};
	const IkeMessage *answer = ask (world, IKE_EXCHANGE_INFORMATIONAL, &payload, 1);

	g_assert_nonnull (answer);
	g_assert_nonnull (ike_message_find_notify (answer, IKE_NOTIFY_INVALID_SYNTAX));
}

/* -- The window -------------------------------------------------------------------------------------------------- */

static GPtrArray *sent_by_client;

static void
record (World *world, WorldPacket *packet, gpointer data)
{
	if (!packet->to_client)
		g_ptr_array_add (sent_by_client, g_bytes_ref (packet->octets));
}

static void
start_recording (World *world)
{
	sent_by_client = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	world->fate = record;
}

static GPtrArray *
sealed (World *world, guint32 id, const IkePayload *payloads, guint n)
{
	GPtrArray *datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

	gateway_request_id (world->gateway, IKE_EXCHANGE_INFORMATIONAL, id, payloads, n, datagrams);
	return datagrams;
}

static void
deliver (World *world, GPtrArray *datagrams)
{
	IkePath path = world_natt_path (world);

	for (guint i = 0; i < datagrams->len; i++)
		world_deliver (world, &path, slice_bytes (datagrams->pdata[i]));
}

static void
test_request_again (void)
{
	for (guint fragments = 0; fragments < 2; fragments++)
	{
		g_autoptr (World) world = world_new (40 + fragments);
		g_autoptr (GPtrArray) request = NULL;
		g_autoptr (GPtrArray) other = NULL;
		IkePayload payloads[12];
		IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };

		world_by (world, IKE_AUTH_BY_PSK);
		world->gateway->fragment_octets = fragments != 0 ? 120 : 0;
		world_start (world);
		world_settle (world);
		world_check_established (world);
		start_recording (world);
		for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
			payloads[i] = notify ((guint16) (40000 + i));
		request = sealed (world, 0, payloads, G_N_ELEMENTS (payloads));
		g_assert_true ((request->len > 1) == (fragments != 0));
		deliver (world, request);
		g_assert_cmpuint (sent_by_client->len, ==, 1);
		/* The same again: the same answer, octet by octet, and once. */
		deliver (world, request);
		g_assert_cmpuint (sent_by_client->len, ==, 2);
		g_assert_true (g_bytes_equal (sent_by_client->pdata[0], sent_by_client->pdata[1]));
		/* The same number with other contents is no repetition. */
		other = sealed (world, 0, &del, 1);
		deliver (world, other);
		g_assert_cmpuint (sent_by_client->len, ==, 2);
		world_check_established (world);
		g_clear_pointer (&sent_by_client, g_ptr_array_unref);
	}
}

static void
test_outside_window (void)
{
	static const guint32 ids[] = { 1, 2, 100, 0x7fffffff, 0x80000000, 0xffffffff };
	g_autoptr (World) world = connected (50);
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };

	start_recording (world);
	for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
	{
		g_autoptr (GPtrArray) request = sealed (world, ids[i], &del, 1);

		deliver (world, request);
	}
	g_assert_cmpuint (sent_by_client->len, ==, 0);
	world_check_established (world);
	g_clear_pointer (&sent_by_client, g_ptr_array_unref);
}

static void
test_unprotected (void)
{
	g_autoptr (World) world = connected (51);
	const GatewaySa *sa = gateway_sa (world->gateway);
	IkePayload payloads[] = { { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } },
		                      notify (IKE_NOTIFY_INVALID_IKE_SPI),
		                      notify (IKE_NOTIFY_INVALID_SYNTAX) };
	IkePath path = world_natt_path (world);

	start_recording (world);
	for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
		for (guint response = 0; response < 2; response++)
		{
			IkeHeader header = { .spi_i = sa->spi_i,
				                 .spi_r = sa->spi_r,
				                 .version = 0x20,
				                 .exchange = IKE_EXCHANGE_INFORMATIONAL,
				                 .response = response != 0 };
			g_autoptr (GBytes) octets = NULL;

			g_assert_cmpuint (ike_message_encode (&header, &payloads[i], 1, &octets), ==, STATUS_OK);
			world_deliver (world, &path, slice_bytes (octets));
		}
	g_assert_cmpuint (sent_by_client->len, ==, 0);
	g_assert_cmpuint (world->n_dropped_traces, ==, 6);
	world_check_established (world);
	g_clear_pointer (&sent_by_client, g_ptr_array_unref);
}

/* A flood of rubbish is counted, and does not become a flood of traces. */
static void
test_flood (void)
{
	g_autoptr (World) world = connected (52);
	IkePath path = world_natt_path (world);
	IkeFacts facts;

	for (guint i = 0; i < 1000; i++)
		world_deliver (world, &path, SLICE_LITERAL ("no IKE message"));
	ike_session_facts (world->session, &facts);
	g_assert_cmpuint (facts.n_dropped, ==, 1000);
	g_assert_cmpuint (world->n_dropped_traces, <, 100);
	world_check_established (world);
}

/* Before the SA is up nobody may start anything on it (CVE-2014-2338). */
static void
request_early (World *world, WorldPacket *packet, gpointer data)
{
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };
	g_autoptr (GPtrArray) request = NULL;
	guint *n = data;

	if (!packet->to_client || packet->path.remote.port != IKE_NATT_PORT)
		return;
	if (gateway_sa (world->gateway)->established)
		return;
	request = sealed (world, 0, &del, 1);
	world_inject (world, &packet->path, slice_bytes (request->pdata[0]), 1000);
	(*n)++;
}

static void
test_too_early (void)
{
	g_autoptr (World) world = world_new (53);
	guint n = 0;

	world->fate = request_early;
	world->fate_data = &n;
	world_start (world);
	world_settle (world);
	world_check_established (world);
	g_assert_cmpuint (n, >=, 4);
}

/* Both sides delete at the same moment. */
static void
test_delete_both (void)
{
	g_autoptr (World) world = connected (54);
	IkePayload del = { .type = IKE_PAYLOAD_DELETE, .del = { .protocol = IKE_PROTOCOL_IKE } };

	world_gateway_request (world, IKE_EXCHANGE_INFORMATIONAL, &del, 1);
	world_stop (world, STATUS_USER_CLOSED);
	world_run (world, 5 * WORLD_SECOND);
	world_check_closed (world, STATUS_USER_CLOSED);
	g_assert_nonnull (gateway_sa (world->gateway)->answered);
}

/* A liveness check while we are leaving is answered. */
static void
test_liveness_while_closing (void)
{
	g_autoptr (World) world = connected (55);
	g_autoptr (GPtrArray) request = NULL;

	request = sealed (world, 0, NULL, 0);
	world_stop (world, STATUS_USER_CLOSED);
	deliver (world, request);
	g_assert_cmpuint (ike_session_state (world->session), ==, IKE_STATE_CLOSING);
	world_run (world, 5 * WORLD_SECOND);
	world_check_closed (world, STATUS_USER_CLOSED);
	g_assert_nonnull (gateway_sa (world->gateway)->answered);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/session/respond/liveness", test_liveness);
	g_test_add_func ("/session/respond/notifies", test_notifies);
	g_test_add_func ("/session/respond/delete-ike", test_delete_ike);
	g_test_add_func ("/session/respond/delete-child", test_delete_child);
	g_test_add_func ("/session/respond/delete-unknown-child", test_delete_unknown_child);
	g_test_add_func ("/session/respond/create-child", test_create_child);
	g_test_add_func ("/session/respond/unknown-exchange", test_unknown_exchange);
	g_test_add_func ("/session/respond/critical-payload", test_critical_payload);
	g_test_add_func ("/session/respond/uncritical-payload", test_uncritical_payload);
	g_test_add_func ("/session/respond/malformed", test_malformed);
	g_test_add_func ("/session/respond/request-again", test_request_again);
	g_test_add_func ("/session/respond/outside-window", test_outside_window);
	g_test_add_func ("/session/respond/unprotected", test_unprotected);
	g_test_add_func ("/session/respond/flood", test_flood);
	g_test_add_func ("/session/respond/too-early", test_too_early);
	g_test_add_func ("/session/respond/delete-both", test_delete_both);
	g_test_add_func ("/session/respond/liveness-while-closing", test_liveness_while_closing);
	result = g_test_run ();
	test_keys_free ();
	return result;
}
