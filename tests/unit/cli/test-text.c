/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "cli/bus.h"
#include "cli/table.h"

static void
test_clean (void)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "plain words", "plain words" },
		{ "Büro 東京", "Büro 東京" },
		{ "\x1b[31mred\x07", "?[31mred?" },
		{ "two\nlines\r", "two?lines?" },
		{ "\xff\xfe", "??" },
		{ "a\xe2\x80\xae"
		  "b",
		  "a?b" },
		{ "a\xc2\x9b"
		  "b",
		  "a?b" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autofree char *clean = text_clean (rows[i][0]);

		g_assert_cmpstr (clean, ==, rows[i][1]);
	}
}

static void
test_colour (void)
{
	/* Standard output of a test is no terminal. */
	g_unsetenv ("NO_COLOR");
	g_unsetenv ("CLICOLOR_FORCE");
	g_assert_false (colour_wanted ());
	g_setenv ("CLICOLOR_FORCE", "1", TRUE);
	g_assert_true (colour_wanted ());
	g_setenv ("CLICOLOR_FORCE", "0", TRUE);
	g_assert_false (colour_wanted ());
}

static void
test_no_daemon (void)
{
	static const struct
	{
		GDBusError code;
		gboolean gone;
	} rows[] = {
		{ G_DBUS_ERROR_SERVICE_UNKNOWN, TRUE }, { G_DBUS_ERROR_NAME_HAS_NO_OWNER, TRUE },
		{ G_DBUS_ERROR_NO_REPLY, TRUE },        { G_DBUS_ERROR_ACCESS_DENIED, FALSE },
		{ G_DBUS_ERROR_UNKNOWN_METHOD, FALSE },
	};
	g_autoptr (GError) late = g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "late");
	g_autoptr (GError) refused = g_error_new (G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "no bus");

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autoptr (GError) error = g_error_new (G_DBUS_ERROR, (gint) rows[i].code, "x");

		g_assert_cmpint (bus_error_means_no_daemon (error), ==, rows[i].gone);
	}
	g_assert_true (bus_error_means_no_daemon (refused));
	g_assert_false (bus_error_means_no_daemon (late));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/cli/text/clean", test_clean);
	g_test_add_func ("/cli/text/colour", test_colour);
	g_test_add_func ("/cli/text/no-daemon", test_no_daemon);
	return g_test_run ();
}
