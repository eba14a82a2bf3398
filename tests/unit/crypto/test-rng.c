/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crypto/rng.h"

static void
test_system (void)
{
	Rng rng = rng_system ();
	guint8 a[64] = { 0 }, b[64] = { 0 };

	g_assert_cmpint (rng_fill (&rng, a, sizeof a), ==, STATUS_OK);
	g_assert_cmpint (rng_fill (&rng, b, sizeof b), ==, STATUS_OK);
	g_assert_true (memcmp (a, b, sizeof a) != 0);
	g_assert_cmpint (rng_fill (&rng, a, 0), ==, STATUS_OK);
}

static Status
broken_fill (gpointer state, guint8 *data, gsize octets)
{
	(*(guint *) state)++;
	return STATUS_CRYPTO;
}

static void
test_failure (void)
{
	guint calls = 0;
	Rng rng = { .fill = broken_fill, .state = &calls };
	guint8 octets[4];

	g_assert_cmpint (rng_fill (&rng, octets, sizeof octets), ==, STATUS_CRYPTO);
	g_assert_cmpuint (calls, ==, 1);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/rng/system", test_system);
	g_test_add_func ("/crypto/rng/failure", test_failure);
	return g_test_run ();
}
