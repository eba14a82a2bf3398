/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostnet/hostnet.h"
#include "hostnet/journal.h"

#define GOOD "[journal]\ninterface=godwit0\nindex=3\nlink=17\ndns=resolv.conf\n"

typedef struct
{
	char *folder;
	char *path; /* FOLDER/godwit0.journal */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
	f->folder = g_dir_make_tmp ("godwit-journal-XXXXXX", NULL);
	f->path = g_build_filename (f->folder, "godwit0.journal", NULL);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
	g_autoptr (GPtrArray) left = journal_list (f->folder);

	for (guint i = 0; i < left->len; i++)
		unlink (left->pdata[i]);
	g_assert_cmpint (rmdir (f->folder), ==, 0);
	g_free (f->path);
	g_free (f->folder);
}

static void
put (const Fixture *f, const char *text, gssize len)
{
	g_autoptr (GError) error = NULL;

	g_file_set_contents_full (f->path, text, len, G_FILE_SET_CONTENTS_NONE, 0600, &error);
	g_assert_no_error (error);
	g_assert_cmpint (g_chmod (f->path, 0600), ==, 0);
}

static void
test_round_trip (Fixture *f, gconstpointer data)
{
	const char *const dns[] = { NULL, "systemd-resolved", "openresolv", "resolvconf", "resolv.conf" };
	struct stat info;

	for (guint i = 0; i < G_N_ELEMENTS (dns); i++)
	{
		Journal journal = { (char *) "godwit0", i == 0 ? 0 : HOSTNET_MAX_CONNECTIONS - i, 17 + i, (char *) dns[i] };
		g_autoptr (GError) error = NULL;
		Journal got;

		g_assert_true (journal_write (f->folder, &journal, &error));
		g_assert_no_error (error);
		g_assert_true (journal_read (f->path, &got, &error));
		g_assert_no_error (error);
		g_assert_cmpstr (got.interface, ==, "godwit0");
		g_assert_cmpuint (got.index, ==, journal.index);
		g_assert_cmpuint (got.link, ==, journal.link);
		g_assert_cmpstr (got.dns, ==, dns[i]);
		journal_clear (&got);
	}
	g_assert_cmpint (stat (f->path, &info), ==, 0);
	g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
	journal_remove (f->folder, "godwit0");
	g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
	/* A second time is no error. */
	journal_remove (f->folder, "godwit0");
}

static void
assert_refused (const Fixture *f, const char *why)
{
	g_autoptr (GError) error = NULL;
	Journal got = { 0 };

	if (journal_read (f->path, &got, &error))
		g_error ("taken, but: %s", why);
	g_assert_nonnull (error);
	/* Where, and never "Success". */
	g_assert_nonnull (strstr (error->message, f->path));
	g_assert_null (strstr (error->message, "Success"));
	g_assert_null (got.interface);
}

static void
test_hostile (Fixture *f, gconstpointer data)
{
	static const char *const texts[][2] = {
		{ "empty", "" },
		{ "no key file", "interface=godwit0\n" },
		{ "no interface", "[journal]\nindex=3\nlink=17\n" },
		{ "no index", "[journal]\ninterface=godwit0\nlink=17\n" },
		{ "index is no number", "[journal]\ninterface=godwit0\nindex=x\nlink=17\n" },
		{ "index is half a number", "[journal]\ninterface=godwit0\nindex=3x\nlink=17\n" },
		{ "index below", "[journal]\ninterface=godwit0\nindex=-1\nlink=17\n" },
		{ "index above", "[journal]\ninterface=godwit0\nindex=256\nlink=17\n" },
		{ "index overflows", "[journal]\ninterface=godwit0\nindex=99999999999\nlink=17\n" },
		{ "no link", "[journal]\ninterface=godwit0\nindex=3\n" },
		{ "link below", "[journal]\ninterface=godwit0\nindex=3\nlink=-4\n" },
		{ "another interface", "[journal]\ninterface=eth0\nindex=3\nlink=17\n" },
		{ "a path", "[journal]\ninterface=../etc/x\nindex=3\nlink=17\n" },
		{ "a long name", "[journal]\ninterface=godwit0123456789\nindex=3\nlink=17\n" },
		{ "unknown dns", GOOD "dns=sh -c reboot\n" },
		{ "unknown key", GOOD "route=10.0.0.0/8\n" },
		{ "unknown group", GOOD "[more]\nx=1\n" },
		{ "unknown line", GOOD "what is this\n" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
	{
		put (f, texts[i][1], -1);
		assert_refused (f, texts[i][0]);
	}
	put (f, "[journal]\ninterface=godwit0\0x\nindex=3\n", 36);
	assert_refused (f, "a NUL");
	put (f, "[journal]\ninterface=\xff\xfe\nindex=3\nlink=1\n", -1);
	assert_refused (f, "not UTF-8");
}

/* Cut off anywhere it is refused, or, where only the last line is missing, still says the same. */
static void
test_truncated (Fixture *f, gconstpointer data)
{
	guint taken = 0;

	for (gssize len = 0; len < (gssize) strlen (GOOD); len++)
	{
		Journal got;

		put (f, GOOD, len);
		if (!journal_read (f->path, &got, NULL))
			continue;
		g_assert_cmpstr (got.interface, ==, "godwit0");
		g_assert_cmpuint (got.index, ==, 3);
		taken++;
		journal_clear (&got);
	}
	/* "link=1", "link=17", "link=17\n", and the whole but for its last newline. */
	g_assert_cmpuint (taken, ==, 4);
}

static void
test_huge (Fixture *f, gconstpointer data)
{
	g_autoptr (GString) text = g_string_new (GOOD);

	while (text->len < 1024 * 1024)
		g_string_append (text, "# a comment that a key file may have\n");
	put (f, text->str, (gssize) text->len);
	assert_refused (f, "huge");
}

static void
test_not_plain (Fixture *f, gconstpointer data)
{
	g_autofree char *elsewhere = g_build_filename (f->folder, "elsewhere", NULL);

	put (f, GOOD, -1);
	g_assert_cmpint (g_rename (f->path, elsewhere), ==, 0);
	g_assert_cmpint (symlink (elsewhere, f->path), ==, 0);
	assert_refused (f, "a link");
	g_unlink (f->path);
	g_unlink (elsewhere);
	g_assert_cmpint (mkdir (f->path, 0700), ==, 0);
	assert_refused (f, "a folder");
	g_assert_cmpint (rmdir (f->path), ==, 0);
	g_assert_cmpint (mkfifo (f->path, 0600), ==, 0);
	assert_refused (f, "a pipe");
	g_unlink (f->path);
	assert_refused (f, "nothing");
}

static void
test_mode_and_owner (Fixture *f, gconstpointer data)
{
	put (f, GOOD, -1);
	g_assert_cmpint (g_chmod (f->path, 0660), ==, 0);
	assert_refused (f, "the group may write");
	g_assert_cmpint (g_chmod (f->path, 0602), ==, 0);
	assert_refused (f, "everybody may write");
	g_assert_cmpint (g_chmod (f->path, 0644), ==, 0);
	{
		Journal got;

		g_assert_true (journal_read (f->path, &got, NULL));
		journal_clear (&got);
	}
	if (geteuid () != 0)
	{
		g_test_skip ("only root can give a file to another user");
		return;
	}
	g_assert_cmpint (chown (f->path, 65534, 65534), ==, 0);
	assert_refused (f, "another owner");
}

static void
test_write_fails (Fixture *f, gconstpointer data)
{
	g_autofree char *file = g_build_filename (f->folder, "a-file", NULL);
	g_autofree char *folder = g_build_filename (file, "below", NULL);
	Journal journal = { (char *) "godwit0", 0, 1, NULL };
	g_autoptr (GError) error = NULL;

	g_assert_true (g_file_set_contents (file, "", 0, NULL));
	g_assert_false (journal_write (folder, &journal, &error));
	g_assert_error (error, HOSTNET_ERROR, HOSTNET_ERROR_JOURNAL);
	g_assert_nonnull (strstr (error->message, folder));
	g_unlink (file);
}

/* What is no journal of ours is left alone, and what comes with it is still read. */
static void
test_list (Fixture *f, gconstpointer data)
{
	g_autofree char *other = g_build_filename (f->folder, "notes.txt", NULL);
	g_autofree char *missing = g_build_filename (f->folder, "missing", NULL);
	g_autoptr (GPtrArray) none = journal_list (missing);
	g_autoptr (GPtrArray) paths = NULL;

	g_assert_cmpuint (none->len, ==, 0);
	put (f, GOOD, -1);
	g_assert_true (g_file_set_contents (other, "", 0, NULL));
	paths = journal_list (f->folder);
	g_assert_cmpuint (paths->len, ==, 1);
	g_assert_cmpstr (paths->pdata[0], ==, f->path);
	g_unlink (other);
}

static void
test_names (void)
{
	static const char *const good[] = { "godwit0", "a", "tun-office_1", "exactly15octets" };
	static const char *const bad[] = {
		"", "sixteen-octets-1", "a/b", "a b", "a.b", "godwit%d", "..", "a\n", "\xc3\xa9"
	};

	for (guint i = 0; i < G_N_ELEMENTS (good); i++)
		g_assert_true (journal_interface_good (good[i]));
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
		g_assert_false (journal_interface_good (bad[i]));
}

#define ADD(name, function) g_test_add ("/hostnet/journal/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD ("round-trip", test_round_trip);
	ADD ("hostile", test_hostile);
	ADD ("truncated", test_truncated);
	ADD ("huge", test_huge);
	ADD ("not-plain", test_not_plain);
	ADD ("mode-and-owner", test_mode_and_owner);
	ADD ("write-fails", test_write_fails);
	ADD ("list", test_list);
	g_test_add_func ("/hostnet/journal/names", test_names);
	return g_test_run ();
}
