/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CREATE_CHILD_SA both ways, and what happens when both begin at once (RFC 7296 sections 1.3, 2.8, 2.25). */
#include "world.h"

#define SETTLED (40 * WORLD_SECOND)

static World *
made (guint32 seed)
{
	World *world = world_new (seed);

	world_by (world, IKE_AUTH_BY_PSK);
	return world;
}

static World *
start (World *world)
{
	world_start (world);
	world_settle (world);
	world_check_established (world);
	return world;
}

static World *
connected (guint32 seed)
{
	return start (made (seed));
}

static void
expire_child (World *world)
{
	world_input (world, &(IkeInput){ .type = IKE_INPUT_CHILD_EXPIRE, .spi_in = world->sending });
}

/* -- One side ---------------------------------------------------------------------------------------------------- */

static void
test_ours (void)
{
	for (guint pfs = 0; pfs < 4; pfs++)
	{
		g_autoptr (World) world = made (10 + pfs);
		guint32 first;

		/* Wanted by none, by us, by the gateway (which gives it up), by both. */
		world->pfs = (pfs & 1) != 0;
		world->gateway->pfs = pfs == 3;
		start (world);
		first = world->sending;
		expire_child (world);
		world_run (world, WORLD_SECOND);
		g_assert_cmpuint (world->gateway->n_rekeys, ==, 1);
		g_assert_cmphex (world->sending, !=, first);
		/* The old one stays for what is still under way. */
		g_assert_cmpuint (world->children->len, ==, 2);
		world_run (world, SETTLED);
		world_check_agree (world, 1);
		g_assert_cmpuint (world->n_renew, ==, 0);
	}
}

static void
test_theirs (void)
{
	for (guint pfs = 0; pfs < 2; pfs++)
	{
		g_autoptr (World) world = made (20 + pfs);
		guint32 first;

		world->gateway->pfs = pfs;
		start (world);
		first = world->sending;
		world_gateway_wish (world, GATEWAY_WORK_REKEY_CHILD);
		world_run (world, WORLD_SECOND);
		g_assert_cmpuint (world->gateway->n_rekeys, ==, 1);
		g_assert_cmpuint (world->n_use, ==, 1);
		g_assert_cmphex (world->sending, !=, first);
		world_run (world, SETTLED);
		world_check_agree (world, 1);
	}
}

/* The gateway made a new one: nothing is sent with it before the old one is deleted. */
static void
test_theirs_standby (void)
{
	g_autoptr (World) world = connected (22);
	guint32 first = world->sending;

	world_gateway_wish (world, GATEWAY_WORK_REKEY_CHILD);
	while (world->n_child_add == 1)
		world_step (world);
	g_assert_cmphex (world->sending, ==, first);
	g_assert_true (g_array_index (world->children, IkeEffect, 1).child.standby);
	world_run (world, SETTLED);
	world_check_agree (world, 1);
}

static void
test_ike_ours (void)
{
	for (guint suite = 0; suite < gateway_n_suites - 1; suite++)
	{
		g_autoptr (World) world = made (30 + suite);
		IkeFacts before, after;

		world->gateway->suite = &gateway_suites[suite];
		world->ike_lifetime_us = 100 * WORLD_SECOND;
		start (world);
		ike_session_facts (world->session, &before);
		world_run (world, 99 * WORLD_SECOND);
		ike_session_facts (world->session, &after);
		g_assert_cmpuint (world->gateway->n_rekeys, ==, 1);
		g_assert_cmphex (before.spi_i, !=, after.spi_i);
		world_check_agree (world, 1);
		/* The keys of a further child come from the new IKE SA. */
		expire_child (world);
		world_run (world, 20 * WORLD_SECOND);
		world_check_agree (world, 1);
		g_assert_cmpuint (world->gateway->n_rekeys, ==, 2);
	}
}

static void
test_ike_theirs (void)
{
	g_autoptr (World) world = connected (40);

	for (guint i = 0; i < 3; i++)
	{
		world_gateway_wish (world, GATEWAY_WORK_REKEY_IKE);
		world_run (world, SETTLED);
		world_check_agree (world, 1);
		/* With the gateway as initiator of the IKE SA everything works in both directions. */
		expire_child (world);
		world_run (world, SETTLED);
		world_check_agree (world, 1);
		world_gateway_wish (world, GATEWAY_WORK_REKEY_CHILD);
		world_run (world, SETTLED);
		world_check_agree (world, 1);
	}
	g_assert_cmpuint (world->gateway->n_rekeys, ==, 9);
	world_stop (world, STATUS_USER_CLOSED);
	world_run (world, SETTLED);
	world_check_closed (world, STATUS_USER_CLOSED);
	g_assert_true (world->gateway->deleted);
}

static void
test_lifetimes (void)
{
	g_autoptr (World) world = made (41);

	world->child_lifetime_us = 30 * WORLD_SECOND;
	world->ike_lifetime_us = 110 * WORLD_SECOND;
	start (world);
	world_run (world, 1000 * WORLD_SECOND);
	/* Renewed within the last two tenths: 1000 / 30 at least, 1000 / 24 at most; and the IKE SA likewise. */
	g_assert_cmpuint (world->gateway->n_rekeys, >=, 33 + 9);
	g_assert_cmpuint (world->gateway->n_rekeys, <=, 42 + 12);
	g_assert_cmpuint (world->n_renew, ==, 0);
	world_run (world, 5 * WORLD_SECOND);
	g_assert_true (world_established (world));
}

/* The gateway wants another group for the key exchange. */
static void
test_invalid_ke (void)
{
	g_autoptr (World) world = made (42);
	const GatewaySuite *other = &gateway_suites[1];

	world->pfs = world->gateway->pfs = TRUE;
	start (world);
	world->gateway->suite = &(GatewaySuite){ "other group",
		                                     1,
		                                     gateway_suites[0].encr,
		                                     gateway_suites[0].encr_bits,
		                                     gateway_suites[0].prf,
		                                     0,
		                                     other->ke,
		                                     gateway_suites[0].aead,
		                                     gateway_suites[0].prf_id,
		                                     other->kex };
	expire_child (world);
	world_run (world, SETTLED);
	world_check_agree (world, 1);
	g_assert_cmpuint (world->gateway->n_rekeys, ==, 1);
	g_assert_nonnull (strstr (world->log->str, "INVALID_KE_PAYLOAD"));
}

/* -- Refusals ---------------------------------------------------------------------------------------------------- */

static void
edit_notify (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	guint *left = data;

	if (reply->header.exchange != IKE_EXCHANGE_CREATE_CHILD_SA || left[0] == 0)
		return;
	left[0]--;
	reply->n = 0;
	gateway_reply_notify (reply, (guint16) left[1], SLICE_NONE);
}

static void
test_temporary (void)
{
	g_autoptr (World) world = connected (50);
	guint left[2] = { 3, IKE_NOTIFY_TEMPORARY_FAILURE };

	/* Before the gateway makes anything. */
	world->gateway->edit = edit_notify;
	world->gateway->edit_data = left;
	world->gateway->no_create = TRUE;
	expire_child (world);
	while (left[0] > 0)
		world_step (world);
	world->gateway->no_create = FALSE;
	world_run (world, 100 * WORLD_SECOND);
	world_check_agree (world, 1);
	g_assert_cmpuint (world->gateway->n_rekeys, ==, 1);
	g_assert_cmpuint (world->n_renew, ==, 0);
}

/* Refused without end: another IKE SA is wanted, once; nothing loops. */
static void
test_temporary_forever (void)
{
	g_autoptr (World) world = connected (51);
	guint left[2] = { 1000, IKE_NOTIFY_TEMPORARY_FAILURE };

	world->gateway->edit = edit_notify;
	world->gateway->edit_data = left;
	world->gateway->no_create = TRUE;
	expire_child (world);
	world_run (world, 400 * WORLD_SECOND);
	g_assert_cmpuint (left[0], >=, 1000 - 8);
	g_assert_cmpuint (world->n_renew, ==, 1);
	g_assert_true (world_established (world));
}

static void
test_no_additional (void)
{
	g_autoptr (World) world = connected (52);

	world->gateway->no_create = TRUE;
	expire_child (world);
	world_run (world, SETTLED);
	g_assert_cmpuint (world->n_renew, ==, 1);
	world_check_agree (world, 1);
}

static void
test_not_found (void)
{
	g_autoptr (World) world = connected (53);

	g_array_index (world->gateway->children, GatewayChild, 0).gone = TRUE;
	expire_child (world);
	world_run (world, SETTLED);
	g_assert_cmpuint (world->children->len, ==, 0);
	g_assert_cmpuint (world->n_renew, ==, 1);
}

/* Asked to replace a child that does not exist: told with its SPI. */
static void
test_they_ask_for_nothing (void)
{
	g_autoptr (World) world = connected (54);
	const IkeMessage *answer;
	guint32 own = g_array_index (world->gateway->children, GatewayChild, 0).own;

	g_array_index (world->gateway->children, GatewayChild, 0).own = 0x01020304;
	world_gateway_wish (world, GATEWAY_WORK_REKEY_CHILD);
	world_run (world, WORLD_SECOND);
	answer = gateway_sa (world->gateway)->answered;
	g_assert_nonnull (answer);
	g_assert_cmpuint (answer->n_payloads, ==, 1);
	g_assert_cmpuint (answer->payloads[0].notify.notify_type, ==, IKE_NOTIFY_CHILD_SA_NOT_FOUND);
	g_assert_cmpuint (answer->payloads[0].notify.protocol, ==, IKE_PROTOCOL_ESP);
	g_assert_cmpmem (answer->payloads[0].notify.spi.data, answer->payloads[0].notify.spi.len, "\1\2\3\4", 4);
	g_array_index (world->gateway->children, GatewayChild, 0).own = own;
	world_check_agree (world, 1);
}

/* -- Deletes ----------------------------------------------------------------------------------------------------- */

static void
test_they_delete_child (void)
{
	g_autoptr (World) world = connected (60);

	world_gateway_wish (world, GATEWAY_WORK_DELETE_CHILD);
	world_run (world, SETTLED);
	/* The IKE SA stays; whoever runs the session makes another. */
	g_assert_true (world_established (world));
	g_assert_cmpuint (world->children->len, ==, 0);
	g_assert_cmpuint (world->n_renew, ==, 1);
}

static void
test_they_delete_ike (void)
{
	g_autoptr (World) world = connected (61);

	world_gateway_wish (world, GATEWAY_WORK_DELETE_IKE);
	world_run (world, SETTLED);
	world_check_closed (world, STATUS_GATEWAY_CLOSED);
}

/* The gateway replaced a child, and its DELETE never comes: ours does. */
static void
no_delete (World *world, WorldPacket *packet, gpointer data)
{
	IkeHeader header;

	if (packet->to_client && ike_header_decode (slice_bytes (packet->octets), &header) == STATUS_OK &&
	    header.exchange == IKE_EXCHANGE_INFORMATIONAL && !header.response)
		packet->drop = TRUE;
}

static void
test_delete_lost (void)
{
	g_autoptr (World) world = connected (62);

	world->fate = no_delete;
	world_gateway_wish (world, GATEWAY_WORK_REKEY_CHILD);
	world_run (world, 80 * WORLD_SECOND);
	g_assert_cmpuint (world->n_use, ==, 1);
	g_assert_cmpuint (world->children->len, ==, 1);
	g_assert_true (world_established (world));
}

/* -- Both sides -------------------------------------------------------------------------------------------------- */

typedef enum
{
	OUR_CHILD,
	OUR_IKE,
	OUR_DELETE, /* a child */
	N_OURS,
} Ours;

/* Delays of our packets and theirs, so that requests and answers pass each other in every order. */
typedef struct
{
	gint64 to_client_us[4], to_gateway_us[4];
	guint n[2];
} Delays;

static void
delay (World *world, WorldPacket *packet, gpointer data)
{
	Delays *delays = data;
	guint n = delays->n[packet->to_client]++;

	packet->delay_us = packet->to_client ? delays->to_client_us[n % 4] : delays->to_gateway_us[n % 4];
}

static void
begin_ours (World *world, Ours ours)
{
	switch (ours)
	{
	case OUR_CHILD:
	case OUR_DELETE:
		expire_child (world);
		break;
	case OUR_IKE:
		/* The lifetime is such that it is due now. */
		world_tick (world);
		break;
	case N_OURS:
		break;
	}
}

static void
collide_once (Ours ours, GatewayWorkKind theirs, guint32 seed, const Delays *orders)
{
	g_autoptr (World) world = made (seed);
	Delays delays = *orders;

	if (ours == OUR_IKE)
		world->ike_lifetime_us = 100 * WORLD_SECOND;
	start (world);
	if (ours == OUR_IKE)
		while (ike_session_deadline (world->session) < world->now_us + 60 * WORLD_SECOND &&
		       world->now_us < 1000 * WORLD_SECOND + 79 * WORLD_SECOND)
			world_step (world);
	if (ours == OUR_IKE)
		world->now_us = MAX (world->now_us, 1000 * WORLD_SECOND + 91 * WORLD_SECOND);
	world->fate = delay;
	world->fate_data = &delays;
	/* Both before either hears of the other. */
	if (seed % 2 == 0)
		begin_ours (world, ours);
	world_gateway_wish (world, theirs);
	if (seed % 2 == 1)
		begin_ours (world, ours);
	world_run (world, 8 * WORLD_SECOND);
	world->fate = NULL;
	/* Not until the next renewal. */
	world_run (world, 60 * WORLD_SECOND);
	if (theirs == GATEWAY_WORK_DELETE_CHILD)
	{
		g_assert_cmpuint (gateway_sa (world->gateway) != NULL, ==, 1);
		world_check_agree (world, world->children->len);
		g_assert_cmpuint (world->children->len, <=, 1);
	}
	else if (theirs == GATEWAY_WORK_DELETE_IKE)
		g_assert_cmpuint (world->n_closed, ==, 1);
	else
		world_check_agree (world, 1);
}

/* Every pair, with the delays of the first four packets of each side from a small set: all orders of delivery; the seeds
 * give both orders of nonces. */
static void
collide (Ours ours, GatewayWorkKind theirs)
{
	static const gint64 steps[] = { 10000, 35000, 900000 };
	guint32 seed = 1000;

	for (guint code = 0; code < 81; code++)
		for (guint round = 0; round < 3; round++)
		{
			Delays delays = { 0 };

			for (guint i = 0; i < 4; i++)
			{
				delays.to_client_us[i] = steps[(code / (i < 2 ? (i == 0 ? 1 : 3) : 1)) % 3];
				delays.to_gateway_us[i] = steps[(code / (i < 2 ? (i == 0 ? 9 : 27) : 9)) % 3];
			}
			collide_once (ours, theirs, ++seed, &delays);
		}
}

static void
test_collide_child_child (void)
{
	collide (OUR_CHILD, GATEWAY_WORK_REKEY_CHILD);
}

static void
test_collide_child_ike (void)
{
	collide (OUR_CHILD, GATEWAY_WORK_REKEY_IKE);
}

static void
test_collide_child_delete (void)
{
	collide (OUR_CHILD, GATEWAY_WORK_DELETE_CHILD);
}

static void
test_collide_child_close (void)
{
	collide (OUR_CHILD, GATEWAY_WORK_DELETE_IKE);
}

static void
test_collide_ike_ike (void)
{
	collide (OUR_IKE, GATEWAY_WORK_REKEY_IKE);
}

static void
test_collide_ike_child (void)
{
	collide (OUR_IKE, GATEWAY_WORK_REKEY_CHILD);
}

static void
test_collide_ike_delete (void)
{
	collide (OUR_IKE, GATEWAY_WORK_DELETE_CHILD);
}

static void
test_collide_ike_close (void)
{
	collide (OUR_IKE, GATEWAY_WORK_DELETE_IKE);
}

/* -- Storm ------------------------------------------------------------------------------------------------------- */

typedef struct
{
	guint loss; /* in 100 */
} Storm;

static void
storm (World *world, WorldPacket *packet, gpointer data)
{
	const Storm *weather = data;

	packet->drop = (guint) g_rand_int_range (world->rand, 0, 100) < weather->loss;
	packet->copies = g_rand_int_range (world->rand, 0, 10) == 0;
	packet->delay_us = g_rand_int_range (world->rand, 5000, 120000);
	packet->copy_delay_us = g_rand_int_range (world->rand, 5000, 400000);
}

/* Both sides renew all the time while packets are lost, doubled and reordered. It ends with one child, or cleanly closed. */
static void
test_storm (void)
{
	guint n_lost = 0, n_seeds = g_test_slow () ? 20000 : 2000;

	for (guint seed = 0; seed < n_seeds; seed++)
	{
		g_autoptr (World) world = made (100000 + seed);
		Storm weather = { .loss = seed % 4 * 10 };

		world->child_lifetime_us = 7 * WORLD_SECOND;
		world->ike_lifetime_us = 19 * WORLD_SECOND;
		start (world);
		world->fate = storm;
		world->fate_data = &weather;
		for (guint i = 0; i < 6 && world->n_closed == 0; i++)
		{
			static const GatewayWorkKind kinds[] = { GATEWAY_WORK_REKEY_CHILD, GATEWAY_WORK_REKEY_IKE };

			world_gateway_wish (world, kinds[g_rand_int_range (world->rand, 0, 2)]);
			if (g_rand_boolean (world->rand))
				expire_child (world);
			world_run (world, g_rand_int_range (world->rand, 1, 5000) * 1000);
		}
		world->fate = NULL;
		if (world->n_closed == 0)
			world_run (world, 3 * WORLD_SECOND);
		g_assert_cmpuint (world->n_closed, <=, 1);
		if (world->n_closed == 1)
		{
			n_lost++;
			continue;
		}
		/* Quiet from now on: what is left over must go. */
		g_queue_clear (&world->gateway->wishes);
		world_run (world, 6 * WORLD_SECOND);
		g_assert_true (world->n_closed <= 1);
		if (world->n_closed == 0)
			g_assert_cmpuint (world->children->len, <=, 4);
	}
	g_test_message ("%u of %u sessions lost", n_lost, n_seeds);
	g_assert_cmpuint (n_lost, <, n_seeds / 20);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/rekey/ours", test_ours);
	g_test_add_func ("/rekey/theirs", test_theirs);
	g_test_add_func ("/rekey/theirs-standby", test_theirs_standby);
	g_test_add_func ("/rekey/ike-ours", test_ike_ours);
	g_test_add_func ("/rekey/ike-theirs", test_ike_theirs);
	g_test_add_func ("/rekey/lifetimes", test_lifetimes);
	g_test_add_func ("/rekey/invalid-ke", test_invalid_ke);
	g_test_add_func ("/rekey/temporary", test_temporary);
	g_test_add_func ("/rekey/temporary-forever", test_temporary_forever);
	g_test_add_func ("/rekey/no-additional", test_no_additional);
	g_test_add_func ("/rekey/not-found", test_not_found);
	g_test_add_func ("/rekey/they-ask-for-nothing", test_they_ask_for_nothing);
	g_test_add_func ("/delete/child", test_they_delete_child);
	g_test_add_func ("/delete/ike", test_they_delete_ike);
	g_test_add_func ("/delete/lost", test_delete_lost);
	g_test_add_func ("/collide/child-child", test_collide_child_child);
	g_test_add_func ("/collide/child-ike", test_collide_child_ike);
	g_test_add_func ("/collide/child-delete", test_collide_child_delete);
	g_test_add_func ("/collide/child-close", test_collide_child_close);
	g_test_add_func ("/collide/ike-ike", test_collide_ike_ike);
	g_test_add_func ("/collide/ike-child", test_collide_ike_child);
	g_test_add_func ("/collide/ike-delete", test_collide_ike_delete);
	g_test_add_func ("/collide/ike-close", test_collide_ike_close);
	g_test_add_func ("/storm", test_storm);
	return g_test_run ();
}
