/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks that lose, double, delay and swap datagrams (RFC 7296 section 2.1). */
#include "world.h"

#define SWEEP_SEEDS 1000

typedef struct
{
	gboolean to_client;
	guint number;
	gint64 copy_delay_us; /* 0: the packet is lost; else it comes again so much later */
	gboolean hit;
} Mishap;

static void
happen_once (World *world, WorldPacket *packet, gpointer data)
{
	Mishap *mishap = data;

	if (packet->to_client != mishap->to_client || packet->number != mishap->number)
		return;
	mishap->hit = TRUE;
	if (mishap->copy_delay_us == 0)
		packet->drop = TRUE;
	else
	{
		packet->copies = 1;
		packet->copy_delay_us = mishap->copy_delay_us;
	}
}

/* For each datagram of a connection, each way, in turn. */
static void
each_packet (gint64 copy_delay_us, gboolean leave)
{
	for (guint auth_by = IKE_AUTH_BY_EAP; auth_by <= IKE_AUTH_BY_PSK; auth_by++)
		for (guint way = 0; way < 2; way++)
			for (guint number = 0;; number++)
			{
				g_autoptr (World) world = world_new (100 * auth_by + 50 * way + number);
				Mishap mishap = { way != 0, number, copy_delay_us, FALSE };

				world_by (world, (IkeAuthBy) auth_by);
				world->fate = happen_once;
				world->fate_data = &mishap;
				world_start (world);
				world_settle (world);
				world_check_established (world);
				world_run (world, 10 * WORLD_SECOND);
				world_check_established (world);
				g_assert_cmpuint (world->gateway->sas->len, ==, 1);
				if (leave)
				{
					world_stop (world, STATUS_USER_CLOSED);
					world_run (world, 5 * WORLD_SECOND);
					world_check_closed (world, STATUS_USER_CLOSED);
					g_assert_true (world->gateway->deleted);
				}
				if (!mishap.hit)
				{
					/* Two for IKE_SA_INIT and IKE_AUTH at least, five more rounds with EAP. */
					g_assert_cmpuint (number, >=, auth_by == IKE_AUTH_BY_EAP ? 6 : 2);
					break;
				}
			}
}

static void
test_lost (void)
{
	each_packet (0, TRUE);
}

static void
test_doubled (void)
{
	each_packet (WORLD_DELAY_US + 100, TRUE);
}

/* The copy comes in the middle of something else, or after all of it. */
static void
test_doubled_late (void)
{
	each_packet (4 * WORLD_DELAY_US, FALSE);
	each_packet (3 * WORLD_SECOND, FALSE);
}

static void
drop_gateway_n (World *world, WorldPacket *packet, gpointer data)
{
	guint *n = data;

	packet->drop = packet->to_client && packet->number < *n;
}

/* The whole first four sends in vain, the fifth arrives. */
static void
test_last_chance (void)
{
	g_autoptr (World) world = world_new (900);
	guint n = 4;

	world_by (world, IKE_AUTH_BY_PSK);
	world->fate = drop_gateway_n;
	world->fate_data = &n;
	world_start (world);
	world_settle (world);
	world_check_established (world);
	g_assert_cmpuint (world->n_resent, ==, 4);
}

static GPtrArray *seen_requests;

static void
keep_first_sends (World *world, WorldPacket *packet, gpointer data)
{
	guint *dropped = data;

	if (packet->to_client)
		return;
	/* Every request is lost once; what comes again must be the same octets. */
	for (guint i = 0; i < seen_requests->len; i++)
		if (g_bytes_equal (seen_requests->pdata[i], packet->octets))
			return;
	g_ptr_array_add (seen_requests, g_bytes_ref (packet->octets));
	packet->drop = TRUE;
	(*dropped)++;
}

static void
test_same_octets_again (void)
{
	g_autoptr (World) world = world_new (901);
	guint dropped = 0;

	seen_requests = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	world->fate = keep_first_sends;
	world->fate_data = &dropped;
	world_start (world);
	world_settle (world);
	world_check_established (world);
	g_assert_cmpuint (dropped, ==, world->n_resent);
	g_assert_cmpuint (dropped, ==, seen_requests->len);
	g_clear_pointer (&seen_requests, g_ptr_array_unref);
}

/* Fragments both ways, each lost once, in reverse order. */
static void
test_fragments (void)
{
	for (guint32 seed = 0; seed < 4; seed++)
	{
		g_autoptr (World) world = world_new (910 + seed);

		world_by (world, IKE_AUTH_BY_CERTIFICATE);
		world->client_key = test_key (SIG_KEY_RSA, 1);
		world->gateway->key = test_key (SIG_KEY_RSA, 0);
		world->gateway->scheme = SIG_RSA_PKCS1_SHA2_256;
		world->gateway->fragment_octets = 300;
		world->fragment_octets = 280;
		world_start (world);
		world_settle (world);
		world_check_established (world);
		/* One IKE_SA_INIT each way, and then many pieces. */
		g_assert_cmpuint (world->n_sent[0], >, 5);
		g_assert_cmpuint (world->n_sent[1], >, 4);
	}
}

static void
disorder (World *world, WorldPacket *packet, gpointer data)
{
	if (packet->path.remote.port == IKE_NATT_PORT)
	{
		packet->delay_us = WORLD_DELAY_US * 3 - 500 * (gint64) packet->number;
		packet->copies = packet->number % 2;
	}
}

static void
test_fragments_in_disorder (void)
{
	g_autoptr (World) world = world_new (920);

	world->gateway->fragment_octets = 200;
	world->fragment_octets = 200;
	world->fate = disorder;
	world_start (world);
	world_settle (world);
	world_check_established (world);
}

static void
test_fragment_lost (void)
{
	for (guint way = 0; way < 2; way++)
		for (guint number = 1; number < 6; number++)
		{
			g_autoptr (World) world = world_new (930 + 10 * way + number);
			Mishap mishap = { way != 0, number, 0, FALSE };

			world_by (world, IKE_AUTH_BY_PSK);
			world->gateway->fragment_octets = 150;
			world->fragment_octets = 150;
			world->fate = happen_once;
			world->fate_data = &mishap;
			world_start (world);
			world_settle (world);
			world_check_established (world);
		}
}

/* No announcement: nothing may be cut. */
static void
test_no_fragments (void)
{
	g_autoptr (World) world = world_new (950);

	world_by (world, IKE_AUTH_BY_PSK);
	world->fragment_octets = 200;
	world_start (world);
	world_settle (world);
	world_check_established (world);
	g_assert_cmpuint (world->n_sent[0], ==, 2);
}

static void
bad_network (World *world, WorldPacket *packet, gpointer data)
{
	guint *loss_percent = data;

	packet->drop = (guint) g_rand_int_range (world->rand, 0, 100) < *loss_percent;
	packet->copies = g_rand_int_range (world->rand, 0, 100) < 15 ? 1 : 0;
	packet->delay_us = g_rand_int_range (world->rand, 1000, 500000);
	packet->copy_delay_us = g_rand_int_range (world->rand, 1000, 1500000);
}

/* Whatever the network does, a session comes up or ends with words, and leaves nothing running. */
static void
test_sweep (void)
{
	guint n_up = 0;

	for (guint32 seed = 0; seed < SWEEP_SEEDS; seed++)
	{
		g_autoptr (World) world = world_new (5000 + seed);
		guint loss_percent = seed % 40;

		world_by (world, seed % 7 == 0 ? IKE_AUTH_BY_EAP : IKE_AUTH_BY_PSK);
		world->gateway->cookie = seed % 5 == 0;
		world->fate = bad_network;
		world->fate_data = &loss_percent;
		world_start (world);
		world_settle (world);
		if (world_established (world))
		{
			world_check_established (world);
			n_up++;
			world_stop (world, STATUS_USER_CLOSED);
			world_run (world, 5 * WORLD_SECOND);
			world_check_closed (world, STATUS_USER_CLOSED);
		}
		else
			world_check_closed (world, STATUS_NO_ANSWER);
		/* What is still under way finds a closed session. */
		world_run (world, 20 * WORLD_SECOND);
		g_assert_cmpuint (world->n_closed, ==, 1);
	}
	g_test_message ("%u of %u came up", n_up, SWEEP_SEEDS);
	g_assert_cmpuint (n_up, >, SWEEP_SEEDS * 9 / 10);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/session/loss/lost", test_lost);
	g_test_add_func ("/session/loss/doubled", test_doubled);
	g_test_add_func ("/session/loss/doubled-late", test_doubled_late);
	g_test_add_func ("/session/loss/last-chance", test_last_chance);
	g_test_add_func ("/session/loss/same-octets-again", test_same_octets_again);
	g_test_add_func ("/session/loss/fragments", test_fragments);
	g_test_add_func ("/session/loss/fragments-in-disorder", test_fragments_in_disorder);
	g_test_add_func ("/session/loss/fragment-lost", test_fragment_lost);
	g_test_add_func ("/session/loss/no-fragments", test_no_fragments);
	g_test_add_func ("/session/loss/sweep", test_sweep);
	result = g_test_run ();
	test_keys_free ();
	return result;
}
