/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The window against a model that remembers every number it has seen. */
#include "esp/replay.h"

typedef struct
{
	Replay window;
	guint64 highest;
	GHashTable *seen;
} Model;

static void
model_init (Model *m, guint64 highest)
{
	*m = (Model){ .seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL) };
	if (highest > 0)
	{
		replay_commit (&m->window, highest);
		m->highest = highest;
		g_hash_table_add (m->seen, g_memdup2 (&highest, sizeof highest));
	}
}

static gboolean
model_accepts (const Model *m, guint64 sequence)
{
	if (sequence == 0 || g_hash_table_contains (m->seen, &sequence))
		return FALSE;
	return sequence > m->highest || m->highest - sequence < REPLAY_WINDOW_PACKETS;
}

/* The number in the window or right of it, as near as its low half allows: what RFC 4303 appendix A2 computes, by trying. */
static guint64
model_recover (const Model *m, guint32 low)
{
	guint64 high = m->highest >> 32;
	guint64 bottom = m->highest >= REPLAY_WINDOW_PACKETS - 1 ? m->highest - (REPLAY_WINDOW_PACKETS - 1) : 0;

	for (guint64 i = high > 0 ? high - 1 : 0; i <= high + 1; i++)
		if ((i << 32 | low) >= bottom)
			return i << 32 | low;
	g_assert_not_reached ();
}

static void
present (Model *m, guint64 sequence, gboolean esn)
{
	guint32 low = (guint32) sequence;
	guint64 recovered = replay_recover (&m->window, low, esn);

	g_assert_cmpuint (recovered, ==, esn ? model_recover (m, low) : low);
	g_assert_cmpint (replay_check (&m->window, recovered), ==, model_accepts (m, recovered));
	if (!model_accepts (m, recovered))
		return;
	replay_commit (&m->window, recovered);
	g_hash_table_add (m->seen, g_memdup2 (&recovered, sizeof recovered));
	m->highest = MAX (m->highest, recovered);
	g_assert_false (replay_check (&m->window, recovered));
}

/* Steps as a network makes them, and a few that only an attacker does. */
static guint64
next_number (const Model *m, GRand *rand)
{
	switch (g_rand_int_range (rand, 0, 8))
	{
	case 0:
		return m->highest - (guint64) g_rand_int_range (rand, 0, 1100);
	case 1:
		return m->highest - REPLAY_WINDOW_PACKETS + (guint64) g_rand_int_range (rand, -2, 3);
	case 2:
		return m->highest + (guint64) g_rand_int_range (rand, 1, 3000);
	case 3:
		return m->highest + (guint64) g_rand_int_range (rand, 60, 70);
	default:
		return m->highest + 1 + (guint64) g_rand_int_range (rand, -3, 4);
	}
}

static void
play (guint64 start, gboolean esn, guint64 most, guint32 seed)
{
	g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
	Model m;

	model_init (&m, start);
	for (guint i = 0; i < 20000; i++)
	{
		guint64 sequence = next_number (&m, rand);

		if (sequence <= most)
			present (&m, sequence, esn);
	}
	g_hash_table_unref (m.seen);
}

static void
test_short (void)
{
	play (0, FALSE, G_MAXUINT32, 1);
	play (5000, FALSE, G_MAXUINT32, 2);
	play (G_MAXUINT32 - 4000, FALSE, G_MAXUINT32, 3);
}

static void
test_extended (void)
{
	play (0, TRUE, G_MAXUINT64, 4);
	play (G_MAXUINT32 - 4000, TRUE, G_MAXUINT64, 5); /* over the first wrap */
	play (((guint64) 7 << 32) - 3000, TRUE, G_MAXUINT64, 6);
	play (((guint64) 7 << 32) + 3, TRUE, G_MAXUINT64, 7);
}

/* RFC 4303 section 3.4.3: both edges, by hand. */
static void
test_edges (void)
{
	Replay window = { 0 };

	g_assert_false (replay_check (&window, 0));
	g_assert_true (replay_check (&window, 1));
	replay_commit (&window, 1024);
	g_assert_true (replay_check (&window, 1));
	replay_commit (&window, 1025);
	g_assert_false (replay_check (&window, 1)); /* left of the window now */
	g_assert_true (replay_check (&window, 2));
	replay_commit (&window, G_MAXUINT32);
	g_assert_false (replay_check (&window, G_MAXUINT32));
	g_assert_true (replay_check (&window, G_MAXUINT32 - 1023u));
	g_assert_false (replay_check (&window, G_MAXUINT32 - 1024u));
}

/* A look-up alone must leave no trace: the ICV has not been checked yet. */
static void
test_check_changes_nothing (void)
{
	Replay window = { 0 };

	replay_commit (&window, 100);
	for (guint64 sequence = 1; sequence < 5000; sequence++)
		replay_check (&window, sequence);
	g_assert_cmpuint (window.highest, ==, 100);
	g_assert_true (replay_check (&window, 99));
}

static void
test_recover (void)
{
	static const struct
	{
		guint64 highest;
		guint32 low;
		guint64 wanted;
	} rows[] = {
		{ 0, 1, 1 },
		{ 5, 0xfffffff0u, 0xfffffff0u }, /* before the first wrap nothing lies left of zero */
		{ 0xffffff00u, 3, 0x100000003u },
		{ 0x100000003u, 0xffffff00u, 0xffffff00u },
		{ 0x100000003u, 0x400u, 0x100000400u },
		{ 0x1000003ffu, 0, 0x100000000u },
		{ 0x100000400u, 0, 0x200000000u }, /* left of the window: can only be of the next run */
		{ 0x3fffffc00u, 0xfffff801u, 0x3fffff801u },
		{ 0x3fffffc00u, 0xfffff800u, 0x4fffff800u },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		Replay window = { .highest = rows[i].highest };

		g_assert_cmpuint (replay_recover (&window, rows[i].low, TRUE), ==, rows[i].wanted);
		g_assert_cmpuint (replay_recover (&window, rows[i].low, FALSE), ==, rows[i].low);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/esp/replay/short", test_short);
	g_test_add_func ("/esp/replay/extended", test_extended);
	g_test_add_func ("/esp/replay/edges", test_edges);
	g_test_add_func ("/esp/replay/check-changes-nothing", test_check_changes_nothing);
	g_test_add_func ("/esp/replay/recover", test_recover);
	return g_test_run ();
}
