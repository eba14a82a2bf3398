/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/writer.h"

static void
test_integers (void)
{
	static const guint8 want[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 'x', 0, 0 };
	g_auto (Writer) w = { 0 };

	writer_init (&w, sizeof want);
	writer_u8 (&w, 0x01);
	writer_u16 (&w, 0x0203);
	writer_u32 (&w, 0x04050607);
	writer_u64 (&w, G_GUINT64_CONSTANT (0x08090a0b0c0d0e0f));
	writer_slice (&w, SLICE_LITERAL ("x"));
	writer_zeros (&w, 2);
	g_assert_cmpuint (writer_finish (&w), ==, STATUS_OK);
	g_assert_true (slice_equal (writer_view (&w), SLICE_ARRAY (want)));
}

static void
test_patch (void)
{
	static const guint8 want[] = { 9, 0, 3, 'a', 'b', 'c', 0, 1, 0, 2 };
	g_auto (Writer) w = { 0 };
	gsize first, length, last, start;

	writer_init (&w, 100);
	first = writer_hole (&w, 1);
	length = writer_hole (&w, 2);
	start = w.len;
	writer_slice (&w, SLICE_LITERAL ("abc"));
	writer_patch_length_u16 (&w, length, start);
	last = writer_hole (&w, 4);
	writer_patch_u32 (&w, last, 0x00010002);
	writer_patch_u8 (&w, first, 9);
	g_assert_true (slice_equal (writer_view (&w), SLICE_ARRAY (want)));
	writer_patch_u16 (&w, length, 0xffff);
	g_assert_cmphex (w.data[1], ==, 0xff);
}

static void
test_limit (void)
{
	g_auto (Writer) w = { 0 };

	writer_init (&w, 4);
	writer_u32 (&w, 7);
	g_assert_cmpuint (writer_finish (&w), ==, STATUS_OK);
	writer_u8 (&w, 1);
	g_assert_cmpuint (writer_finish (&w), ==, STATUS_TOO_LARGE);
	g_assert_cmpuint (writer_view (&w).len, ==, 0);
	writer_patch_u8 (&w, 0, 1);
	g_assert_cmpuint (writer_finish (&w), ==, STATUS_TOO_LARGE);
}

static void
test_length_overflow (void)
{
	g_auto (Writer) w = { 0 };
	gsize hole;

	writer_init (&w, 70000);
	hole = writer_hole (&w, 2);
	writer_zeros (&w, 65535);
	writer_patch_length_u16 (&w, hole, 2);
	g_assert_cmpuint (writer_finish (&w), ==, STATUS_OK);
	writer_u8 (&w, 0);
	writer_patch_length_u16 (&w, hole, 2);
	g_assert_cmpuint (writer_finish (&w), ==, STATUS_TOO_LARGE);
}

static void
test_steal (void)
{
	g_auto (Writer) w = { 0 };
	g_autoptr (GBytes) bytes = NULL;

	writer_init (&w, 1000);
	for (guint i = 0; i < 1000; i++)
		writer_u8 (&w, (guint8) i);
	bytes = writer_steal (&w);
	g_assert_cmpuint (g_bytes_get_size (bytes), ==, 1000);
	g_assert_cmphex (((const guint8 *) g_bytes_get_data (bytes, NULL))[999], ==, 999 & 0xff);
	g_assert_cmpuint (w.len, ==, 0);
	writer_u8 (&w, 5);
	g_assert_cmpuint (writer_view (&w).len, ==, 1);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/writer/integers", test_integers);
	g_test_add_func ("/writer/patch", test_patch);
	g_test_add_func ("/writer/limit", test_limit);
	g_test_add_func ("/writer/length-overflow", test_length_overflow);
	g_test_add_func ("/writer/steal", test_steal);
	return g_test_run ();
}
