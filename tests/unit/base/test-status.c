/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/status.h"

/* Names are an interface: small letters and dashes, each once; texts are sentences. */
static void
test_table (void)
{
	for (guint i = 0; i < STATUS_COUNT; i++)
	{
		const char *name = status_name ((Status) i);
		const char *text = status_text ((Status) i);
		Status back = STATUS_COUNT;

		g_assert_true (g_ascii_islower (name[0]));
		g_assert_cmpuint (strspn (name, "abcdefghijklmnopqrstuvwxyz-"), ==, strlen (name));
		g_assert_true (g_ascii_isupper (text[0]));
		g_assert_true (g_str_has_suffix (text, "."));
		g_assert_true (status_from_name (name, &back));
		g_assert_cmpuint (back, ==, i);
	}
}

static void
test_unknown (void)
{
	Status status = STATUS_OK;

	g_assert_false (status_from_name ("no-such-status", &status));
	g_assert_false (status_from_name (NULL, &status));
	g_assert_cmpuint (status, ==, STATUS_OK);
	g_assert_cmpstr (status_name ((Status) 9999), ==, "internal");
	g_assert_nonnull (status_text ((Status) 9999));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/status/table", test_table);
	g_test_add_func ("/status/unknown", test_unknown);
	return g_test_run ();
}
