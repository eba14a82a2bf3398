/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/secret.h"

static void
test_life (void)
{
	Secret a = SECRET_INIT;
	Secret b;

	secret_set (&a, SLICE_LITERAL ("open sesame"));
	g_assert_cmpuint (a.len, ==, 11);
	/* The source may lie inside what is replaced. */
	secret_set (&a, slice (a.data + 5, 6));
	g_assert_true (slice_equal (secret_view (&a), SLICE_LITERAL ("sesame")));
	b = secret_steal (&a);
	g_assert_null (a.data);
	g_assert_true (slice_equal (secret_view (&b), SLICE_LITERAL ("sesame")));
	secret_clear (&b);
	secret_clear (&b);
	g_assert_cmpuint (b.len, ==, 0);
	secret_set (&b, SLICE_NONE);
	g_assert_cmpuint (b.len, ==, 0);
	secret_clear (&b);
}

static void
test_equal (void)
{
	guint8 a[32] = { 0 };
	guint8 b[32] = { 0 };

	g_assert_true (secret_equal (SLICE_ARRAY (a), SLICE_ARRAY (b)));
	for (guint bit = 0; bit < sizeof a * 8; bit++)
	{
		b[bit / 8] ^= (guint8) (1 << bit % 8);
		g_assert_false (secret_equal (SLICE_ARRAY (a), SLICE_ARRAY (b)));
		b[bit / 8] ^= (guint8) (1 << bit % 8);
	}
	g_assert_false (secret_equal (SLICE_ARRAY (a), slice (b, 31)));
	g_assert_true (secret_equal (SLICE_NONE, SLICE_NONE));
}

static void
test_wipe (void)
{
	guint8 data[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	static const guint8 zeros[8];

	secret_wipe (data, sizeof data);
	g_assert_cmpmem (data, sizeof data, zeros, sizeof zeros);
	secret_wipe (NULL, 0);
}

static void
test_bytes (void)
{
	g_autoptr (GBytes) bytes = secret_bytes_new (SLICE_LITERAL ("key"));
	g_autoptr (GBytes) empty = secret_bytes_new (SLICE_NONE);

	g_assert_true (slice_equal (slice_bytes (bytes), SLICE_LITERAL ("key")));
	g_assert_cmpuint (g_bytes_get_size (empty), ==, 0);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/secret/life", test_life);
	g_test_add_func ("/secret/equal", test_equal);
	g_test_add_func ("/secret/wipe", test_wipe);
	g_test_add_func ("/secret/bytes", test_bytes);
	return g_test_run ();
}
