/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of a session at any moment: by its user, by people who do not answer, by answers that come too late. */
#include "world.h"

#define METHODS (IKE_AUTH_BY_PSK + 1)

/* STOP after each thing that happens: always closed, always soon, with the status given, and nothing runs on. */
static void
test_every_moment (void)
{
	for (guint auth_by = 0; auth_by < METHODS; auth_by++)
		for (guint moment = 0; moment < 400; moment++)
		{
			g_autoptr (World) world = world_new (1000 * auth_by + moment);
			gboolean was_up;
			guint i;

			world_by (world, (IkeAuthBy) auth_by);
			world->answer_us = 5000;
			world_start (world);
			for (i = 0; i < moment && world_step (world); i++)
				;
			was_up = world_established (world);
			world_stop (world, STATUS_USER_CLOSED);
			world_run (world, 2 * WORLD_SECOND);
			world_check_closed (world, STATUS_USER_CLOSED);
			if (was_up || (gateway_sa (world->gateway) != NULL && gateway_sa (world->gateway)->established))
			{
				if (!world->gateway->deleted)
					world_show (world);
				g_assert_true (world->gateway->deleted);
			}
			/* Late answers and datagrams find nobody. */
			world_run (world, 30 * WORLD_SECOND);
			g_assert_cmpuint (world->n_closed, ==, 1);
			if (i < moment)
			{
				g_assert_true (was_up);
				break;
			}
		}
}

static void
go_dead (World *world, WorldPacket *packet, gpointer data)
{
	gboolean *dead = data;

	packet->drop = *dead;
}

/* The same with a network that is gone from that moment on. */
static void
test_every_moment_dead (void)
{
	for (guint auth_by = 0; auth_by < METHODS; auth_by++)
		for (guint moment = 0; moment < 30; moment++)
		{
			g_autoptr (World) world = world_new (1000 + 100 * auth_by + moment);
			gboolean dead = FALSE;

			world_by (world, (IkeAuthBy) auth_by);
			world->answer_us = 5000;
			world->fate = go_dead;
			world->fate_data = &dead;
			world_start (world);
			for (guint i = 0; i < moment; i++)
				world_step (world);
			dead = TRUE;
			world_stop (world, STATUS_OWNER_VANISHED);
			world_run (world, 2 * WORLD_SECOND);
			world_check_closed (world, STATUS_OWNER_VANISHED);
		}
}

static void
test_before_start (void)
{
	IkeSession *session;
	IkeProfile profile = { .auth_by = IKE_AUTH_BY_EAP };
	Rng rng = rng_system ();
	IkeEffect effect;
	guint n_closed = 0;

	profile.gateway_identity.value = g_bytes_new ("a", 1);
	profile.local_identity.value = g_bytes_new ("b", 1);
	session = ike_session_new (&profile, &rng);
	g_assert_cmpuint (ike_session_state (session), ==, IKE_STATE_IDLE);
	g_assert_cmpint (ike_session_deadline (session), ==, G_MAXINT64);
	ike_session_input (session, &(IkeInput){ .type = IKE_INPUT_TICK }, 1);
	ike_session_input (session, &(IkeInput){ .type = IKE_INPUT_DATAGRAM, .octets = SLICE_LITERAL ("x") }, 2);
	ike_session_input (session, &(IkeInput){ .type = IKE_INPUT_ANSWER, .ask_id = 0 }, 3);
	ike_session_input (session, &(IkeInput){ .type = IKE_INPUT_STOP, .status = STATUS_USER_CLOSED }, 4);
	while (ike_session_next (session, &effect))
	{
		n_closed += effect.type == IKE_EFFECT_CLOSED;
		ike_effect_clear (&effect);
	}
	g_assert_cmpuint (n_closed, ==, 1);
	ike_session_free (session);
	g_bytes_unref (profile.gateway_identity.value);
	g_bytes_unref (profile.local_identity.value);
}

static void
test_freed_at_every_moment (void)
{
	for (guint auth_by = 0; auth_by < METHODS; auth_by++)
		for (guint moment = 0; moment < 25; moment++)
		{
			g_autoptr (World) world = world_new (2000 + 100 * auth_by + moment);

			world_by (world, (IkeAuthBy) auth_by);
			world_start (world);
			for (guint i = 0; i < moment; i++)
				world_step (world);
		}
}

/* -- People ------------------------------------------------------------------------------------------------------ */

static void
test_nobody_answers (void)
{
	for (guint i = 0; i < 2; i++)
	{
		g_autoptr (World) world = world_new (3000 + i);
		gint64 start_us = world->now_us;

		world_by (world, i == 0 ? IKE_AUTH_BY_EAP : IKE_AUTH_BY_PSK);
		world->nobody = TRUE;
		world_start (world);
		world_run (world, 59 * WORLD_SECOND);
		g_assert_cmpuint (ike_session_state (world->session), ==, IKE_STATE_NEED_SECRETS);
		g_assert_cmpuint (world->n_closed, ==, 0);
		world_run (world, 3 * WORLD_SECOND);
		world_check_closed (world, STATUS_SECRET_TIMEOUT);
		g_assert_cmpuint (world->n_cancelled, ==, 1);
		g_assert_cmpint (world->now_us - start_us, <=, 62 * WORLD_SECOND);
	}
}

static void
test_cancelled (void)
{
	for (guint i = 0; i < 2; i++)
	{
		g_autoptr (World) world = world_new (3010 + i);

		world_by (world, i == 0 ? IKE_AUTH_BY_EAP : IKE_AUTH_BY_PSK);
		world->password = world->psk = NULL;
		world_start (world);
		world_settle (world);
		world_check_closed (world, STATUS_SECRET_CANCELLED);
		g_assert_cmpstr (world->detail, ==, "said the test");
		g_assert_cmpuint (world->n_cancelled, ==, 0);
	}
}

/* 50 s for a password, and the minute of the negotiation has still all its time. */
static void
test_slow_person (void)
{
	for (guint i = 0; i < 2; i++)
	{
		g_autoptr (World) world = world_new (3020 + i);

		world_by (world, i == 0 ? IKE_AUTH_BY_EAP : IKE_AUTH_BY_PSK);
		world->answer_us = 50 * WORLD_SECOND;
		world->verify_status = STATUS_OK;
		if (i == 0)
			world->answer_us = 29 * WORLD_SECOND; /* VERIFY takes as long, and is no person */
		world_start (world);
		world_settle (world);
		world_check_established (world);
		/* Nothing was sent again meanwhile. */
		g_assert_cmpuint (world->n_resent, ==, 0);
	}
}

static void
test_stop_takes_question_back (void)
{
	g_autoptr (World) world = world_new (3030);

	world->nobody = TRUE;
	world_start (world);
	world_run (world, WORLD_SECOND);
	g_assert_cmpuint (ike_session_state (world->session), ==, IKE_STATE_NEED_SECRETS);
	world_stop (world, STATUS_USER_CLOSED);
	world_run (world, 2 * WORLD_SECOND);
	world_check_closed (world, STATUS_USER_CLOSED);
	g_assert_cmpuint (world->n_cancelled, ==, 1);
}

/* Answers to questions that nobody asked, or twice. */
static void
test_wrong_answers (void)
{
	g_autoptr (World) world = world_new (3040);

	world->nobody = TRUE;
	world_start (world);
	world_run (world, WORLD_SECOND);
	for (guint id = 0; id < 10; id++)
		if (id != world->last_ask)
			world_input (world, &(IkeInput){ .type = IKE_INPUT_ANSWER, .ask_id = id, .octets = SLICE_LITERAL ("x") });
	g_assert_cmpuint (ike_session_state (world->session), ==, IKE_STATE_NEED_SECRETS);
	for (guint i = 0; i < 2; i++)
		world_input (
		    world,
		    &(IkeInput){ .type = IKE_INPUT_ANSWER, .ask_id = world->last_ask, .octets = slice_text (world->password) });
	world_settle (world);
	world_check_established (world);
}

/* Whoever holds the key does not sign: the session ends by itself. */
static void
test_nobody_signs (void)
{
	g_autoptr (World) world = world_new (3050);

	world_by (world, IKE_AUTH_BY_CERTIFICATE);
	world->no_sign = TRUE;
	world_start (world);
	world_settle (world);
	g_assert_cmpuint (world->n_closed, ==, 1);
	g_assert_cmpint (world->now_us - 1000 * WORLD_SECOND, <=, 62 * WORLD_SECOND);
}

static void
test_signing_fails (void)
{
	g_autoptr (World) world = world_new (3060);

	world_by (world, IKE_AUTH_BY_CERTIFICATE);
	world->no_sign = TRUE;
	world_start (world);
	world_run (world, WORLD_SECOND);
	world_input (world, &(IkeInput){ .type = IKE_INPUT_ANSWER,
	                                 .ask_id = world->last_ask,
	                                 .status = STATUS_BAD_KEY,
	                                 .detail = "no token" });
	world_check_closed (world, STATUS_BAD_KEY);
	g_assert_cmpstr (world->detail, ==, "no token");
}

static void
test_ask_timeout_of_profile (void)
{
	IkeProfile profile = { .auth_by = IKE_AUTH_BY_PSK, .ask_timeout_us = 2 * WORLD_SECOND };
	Rng rng = rng_system ();
	IkeSession *session;
	World *world = world_new (3070);
	IkeEffect effect;

	profile.gateway_identity.value = g_bytes_new ("a", 1);
	profile.local_identity.value = g_bytes_new ("b", 1);
	session = ike_session_new (&profile, &rng);
	world->session = session;
	world->nobody = TRUE;
	world_input (world, &(IkeInput){ .type = IKE_INPUT_START, .paths = world->paths, .n_paths = 1 });
	world_run (world, 3 * WORLD_SECOND);
	g_assert_cmpuint (world->n_closed, ==, 1);
	g_assert_false (ike_session_next (session, &effect));
	g_assert_cmpuint (world->status, ==, STATUS_SECRET_TIMEOUT);
	world_free (world);
	g_bytes_unref (profile.gateway_identity.value);
	g_bytes_unref (profile.local_identity.value);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/session/stop/every-moment", test_every_moment);
	g_test_add_func ("/session/stop/every-moment-dead", test_every_moment_dead);
	g_test_add_func ("/session/stop/before-start", test_before_start);
	g_test_add_func ("/session/stop/freed-at-every-moment", test_freed_at_every_moment);
	g_test_add_func ("/session/stop/nobody-answers", test_nobody_answers);
	g_test_add_func ("/session/stop/cancelled", test_cancelled);
	g_test_add_func ("/session/stop/slow-person", test_slow_person);
	g_test_add_func ("/session/stop/stop-takes-question-back", test_stop_takes_question_back);
	g_test_add_func ("/session/stop/wrong-answers", test_wrong_answers);
	g_test_add_func ("/session/stop/nobody-signs", test_nobody_signs);
	g_test_add_func ("/session/stop/signing-fails", test_signing_fails);
	g_test_add_func ("/session/stop/ask-timeout-of-profile", test_ask_timeout_of_profile);
	result = g_test_run ();
	test_keys_free ();
	return result;
}
