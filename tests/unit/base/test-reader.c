/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/reader.h"

static const guint8 octets[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

static void
test_integers (void)
{
	Reader r = reader (SLICE_ARRAY (octets));

	g_assert_cmphex (reader_u8 (&r), ==, 0x01);
	g_assert_cmphex (reader_u16 (&r), ==, 0x0203);
	g_assert_cmphex (reader_u32 (&r), ==, 0x04050607);
	g_assert_cmphex (reader_u64 (&r), ==, G_GUINT64_CONSTANT (0x08090a0b0c0d0e0f));
	g_assert_cmpuint (reader_finish (&r), ==, STATUS_OK);
}

static void
test_trailing (void)
{
	Reader r = reader (SLICE_ARRAY (octets));

	reader_u8 (&r);
	g_assert_cmpuint (reader_finish (&r), ==, STATUS_TRAILING);
	g_assert_cmpuint (reader_rest (&r).len, ==, sizeof octets - 1);
	g_assert_cmpuint (reader_finish (&r), ==, STATUS_OK);
}

/* Every integer, cut at every place: zero, and failed for good. */
static void
test_truncated (void)
{
	for (gsize len = 0; len < 8; len++)
	{
		Reader r = reader (slice (octets, len));

		g_assert_cmpuint (reader_u64 (&r), ==, 0);
		g_assert_cmpuint (reader_finish (&r), ==, STATUS_TRUNCATED);
		g_assert_cmpuint (reader_left (&r), ==, 0);
		g_assert_cmpuint (reader_u8 (&r), ==, 0);
		g_assert_cmpuint (reader_take (&r, 0).len, ==, 0);
		g_assert_cmpuint (reader_finish (&r), ==, STATUS_TRUNCATED);
	}
}

static void
test_sub (void)
{
	Reader r = reader (SLICE_ARRAY (octets));
	Reader sub = reader_sub (&r, 4);

	g_assert_cmphex (reader_u32 (&sub), ==, 0x01020304);
	g_assert_cmpuint (reader_u8 (&sub), ==, 0);
	g_assert_cmpuint (reader_finish (&sub), ==, STATUS_TRUNCATED);
	g_assert_cmpuint (reader_u8 (&r), ==, 5);

	sub = reader_sub (&r, 100);
	g_assert_cmpuint (reader_finish (&sub), ==, STATUS_TRUNCATED);
	g_assert_cmpuint (reader_finish (&r), ==, STATUS_TRUNCATED);
}

static void
test_huge (void)
{
	Reader r = reader (SLICE_ARRAY (octets));

	reader_u8 (&r);
	g_assert_cmpuint (reader_take (&r, G_MAXSIZE).len, ==, 0);
	g_assert_cmpuint (reader_finish (&r), ==, STATUS_TRUNCATED);
}

static void
test_fail (void)
{
	Reader r = reader (SLICE_ARRAY (octets));

	reader_fail (&r);
	g_assert_cmpuint (reader_left (&r), ==, 0);
	g_assert_cmpuint (reader_finish (&r), ==, STATUS_TRUNCATED);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/reader/integers", test_integers);
	g_test_add_func ("/reader/trailing", test_trailing);
	g_test_add_func ("/reader/truncated", test_truncated);
	g_test_add_func ("/reader/sub", test_sub);
	g_test_add_func ("/reader/huge", test_huge);
	g_test_add_func ("/reader/fail", test_fail);
	return g_test_run ();
}
