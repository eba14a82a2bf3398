/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostnet/dns.h"

#define BEFORE "# by hand\nnameserver 192.0.2.53\nsearch home.example\noptions edns0"

typedef struct
{
	char *folder;  /* stands for /etc */
	char *runtime; /* stands for /run/godwit */
	char *path;    /* resolv.conf */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
	f->folder = g_dir_make_tmp ("godwit-dns-XXXXXX", NULL);
	f->runtime = g_build_filename (f->folder, "run", NULL);
	f->path = g_build_filename (f->folder, "resolv.conf", NULL);
	g_assert_cmpint (mkdir (f->runtime, 0700), ==, 0);
	g_assert_true (g_file_set_contents_full (f->path, BEFORE, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
}

/* Nothing but resolv.conf may be left: rmdir proves it. */
static void
tear_down (Fixture *f, gconstpointer data)
{
	g_unlink (f->path);
	g_assert_cmpint (rmdir (f->runtime), ==, 0);
	g_assert_cmpint (rmdir (f->folder), ==, 0);
	g_free (f->path);
	g_free (f->runtime);
	g_free (f->folder);
}

static gboolean
apply (const Fixture *f, const char *interface, const char *server, gboolean full, GError **error)
{
	static const char *const domains[] = { "office.example", "lab.example", NULL };
	InetAddress address;
	DnsConfig config = { interface, f->runtime, &address, 1, domains, full };

	g_assert_true (inet_address_parse (server, &address));
	return dns_file_apply_at (f->path, &config, error);
}

static void
assert_text (const Fixture *f, const char *wanted)
{
	g_autofree char *text = NULL;

	g_assert_true (g_file_get_contents (f->path, &text, NULL, NULL));
	g_assert_cmpstr (text, ==, wanted);
}

static gboolean
says (const Fixture *f, const char *part)
{
	g_autofree char *text = NULL;

	g_assert_true (g_file_get_contents (f->path, &text, NULL, NULL));
	return strstr (text, part) != NULL;
}

static void
test_full (Fixture *f, gconstpointer data)
{
	struct stat info;

	g_assert_cmpint (g_chmod (f->path, 0640), ==, 0);
	umask (077);
	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_true (says (f, "nameserver 10.1.0.53\nsearch office.example lab.example\n"));
	g_assert_false (says (f, "192.0.2.53"));
	g_assert_false (says (f, "home.example"));
	g_assert_true (says (f, "# by hand\n"));
	g_assert_true (says (f, "options edns0\n"));
	g_assert_cmpint (stat (f->path, &info), ==, 0);
	g_assert_cmpuint (info.st_mode & 0777, ==, 0640);
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, BEFORE);
	/* A second time does nothing. */
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, BEFORE);
}

static void
test_split (Fixture *f, gconstpointer data)
{
	g_autofree char *text = NULL;

	g_assert_true (apply (f, "godwit0", "fd01::53", FALSE, NULL));
	g_assert_true (g_file_get_contents (f->path, &text, NULL, NULL));
	g_assert_nonnull (strstr (text, "nameserver fd01::53"));
	/* Ours is asked first. */
	g_assert_true (strstr (text, "nameserver fd01::53") < strstr (text, "nameserver 192.0.2.53"));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, BEFORE);
}

static void
test_applied_again (Fixture *f, gconstpointer data)
{
	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_true (apply (f, "godwit0", "10.1.0.54", FALSE, NULL));
	g_assert_true (says (f, "nameserver 10.1.0.54\n"));
	g_assert_false (says (f, "10.1.0.53"));
	g_assert_true (says (f, "192.0.2.53"));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, BEFORE);
}

/* Whoever wrote it meanwhile knows better. */
static void
test_changed_by_others (Fixture *f, gconstpointer data)
{
	g_autofree char *target = g_build_filename (f->folder, "stub", NULL);

	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_true (g_file_set_contents (f->path, "nameserver 203.0.113.1\n", -1, NULL));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, "nameserver 203.0.113.1\n");
	/* Even when what they made of it is a link to our text, or nothing. */
	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_cmpint (g_rename (f->path, target), ==, 0);
	g_assert_cmpint (symlink (target, f->path), ==, 0);
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	g_assert_true (g_file_test (f->path, G_FILE_TEST_IS_SYMLINK));
	g_unlink (target);
	g_unlink (f->path);
	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_unlink (f->path);
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

static void
test_link (Fixture *f, gconstpointer data)
{
	g_autoptr (GError) error = NULL;
	g_autofree char *target = NULL;

	g_unlink (f->path);
	g_assert_cmpint (symlink ("../run/somebody/resolv.conf", f->path), ==, 0);
	g_assert_false (apply (f, "godwit0", "10.1.0.53", TRUE, &error));
	g_assert_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS);
	/* What to do is part of it. */
	g_assert_nonnull (strstr (error->message, "dns=no"));
	target = g_file_read_link (f->path, NULL);
	g_assert_cmpstr (target, ==, "../run/somebody/resolv.conf");
}

static void
test_no_file (Fixture *f, gconstpointer data)
{
	g_unlink (f->path);
	g_assert_true (apply (f, "godwit0", "10.1.0.53", FALSE, NULL));
	g_assert_true (says (f, "nameserver 10.1.0.53\n"));
	g_assert_false (says (f, "there was no file"));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

/* What could not be put back as it was is not touched. */
static void
test_strange_files (Fixture *f, gconstpointer data)
{
	g_autofree char *huge = g_strnfill (300 * 1024, '#');
	g_autoptr (GError) error = NULL;

	g_assert_true (g_file_set_contents (f->path, huge, -1, NULL));
	g_assert_false (apply (f, "godwit0", "10.1.0.53", TRUE, &error));
	g_assert_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS);
	g_clear_error (&error);
	g_assert_true (g_file_set_contents (f->path, "nameserver 192.0.2.1\n\0binary\n", 29, NULL));
	g_assert_false (apply (f, "godwit0", "10.1.0.53", TRUE, &error));
	g_assert_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS);
	g_clear_error (&error);
	g_unlink (f->path);
	g_assert_cmpint (mkdir (f->path, 0755), ==, 0);
	g_assert_false (apply (f, "godwit0", "10.1.0.53", TRUE, &error));
	g_assert_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS);
	g_assert_cmpint (rmdir (f->path), ==, 0);
}

static void
test_two_first_ends_first (Fixture *f, gconstpointer data)
{
	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_true (apply (f, "godwit1", "10.2.0.53", TRUE, NULL));
	g_assert_true (says (f, "nameserver 10.2.0.53\n"));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	g_assert_true (says (f, "nameserver 10.2.0.53\n"));
	dns_file_revert_at (f->path, f->runtime, "godwit1");
	assert_text (f, BEFORE);
}

static void
test_two_last_ends_first (Fixture *f, gconstpointer data)
{
	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_true (apply (f, "godwit1", "10.2.0.53", TRUE, NULL));
	dns_file_revert_at (f->path, f->runtime, "godwit1");
	g_assert_true (says (f, "nameserver 10.1.0.53\n"));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, BEFORE);
}

/* Killed after the copy was made, before the file was written: nothing of ours is there to be taken back. */
static void
test_killed_before_write (Fixture *f, gconstpointer data)
{
	g_autofree char *backup = dns_file_backup (f->runtime, "godwit0");
	g_autofree char *half = g_strconcat (f->path, ".godwit", NULL);

	g_assert_true (g_file_set_contents (backup, BEFORE, -1, NULL));
	g_assert_true (g_file_set_contents (half, "# Written by god", -1, NULL));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, BEFORE);
}

/* Killed in the middle of a write in place: what stands is the beginning of our text, at least of its marker. */
static void
test_killed_in_write (Fixture *f, gconstpointer data)
{
	g_autofree char *whole = NULL;
	g_autofree char *backup = dns_file_backup (f->runtime, "godwit0");
	gsize len;

	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_true (g_file_get_contents (f->path, &whole, &len, NULL));
	for (gsize cut = 0; cut <= len; cut++)
	{
		g_assert_true (g_file_set_contents (backup, BEFORE, -1, NULL));
		g_assert_true (g_file_set_contents (f->path, whole, (gssize) cut, NULL));
		dns_file_revert_at (f->path, f->runtime, "godwit0");
		assert_text (f, BEFORE);
	}
}

/* Killed in the middle of taking back: the old text stands already, the copy is still there. */
static void
test_killed_in_revert (Fixture *f, gconstpointer data)
{
	g_autofree char *backup = dns_file_backup (f->runtime, "godwit0");

	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_true (g_file_set_contents (f->path, BEFORE, -1, NULL));
	g_assert_true (g_file_test (backup, G_FILE_TEST_EXISTS));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, BEFORE);
}

/* The machine was started anew: our text is still there, the copy in /run is not. The servers of a tunnel that is gone do not
 * stay when the next one ends. */
static void
test_copy_is_gone (Fixture *f, gconstpointer data)
{
	g_autofree char *backup = dns_file_backup (f->runtime, "godwit0");

	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_unlink (backup);
	g_assert_true (apply (f, "godwit0", "10.1.0.54", TRUE, NULL));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	g_assert_false (g_file_test (f->path, G_FILE_TEST_EXISTS));
}

/* Runs @body in a child with mounts of its own; a bind mount of resolv.conf cannot be renamed over. */
static void
in_mounts (Fixture *f, void (*body) (Fixture *f), unsigned long remount)
{
	int status;
	pid_t child;

	if (geteuid () != 0)
	{
		g_test_skip ("needs root for mounts of its own");
		return;
	}
	child = fork ();
	if (child == 0)
	{
		const char *at = remount != 0 ? f->folder : f->path;

		if (unshare (CLONE_NEWNS) != 0 || mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount (at, at, NULL, MS_BIND, NULL) != 0 ||
		    (remount != 0 && mount (NULL, at, NULL, MS_BIND | MS_REMOUNT | remount, NULL) != 0))
			_exit (77);
		body (f);
		_exit (0);
	}
	g_assert_cmpint (waitpid (child, &status, 0), ==, child);
	if (WIFEXITED (status) && WEXITSTATUS (status) == 77)
		g_test_skip ("mount namespaces are not allowed here");
	else
		g_assert_cmpint (status, ==, 0);
}

static void
apply_and_revert (Fixture *f)
{
	g_assert_true (apply (f, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_true (says (f, "nameserver 10.1.0.53\n"));
	dns_file_revert_at (f->path, f->runtime, "godwit0");
	assert_text (f, BEFORE);
}

static void
test_mount_point (Fixture *f, gconstpointer data)
{
	in_mounts (f, apply_and_revert, 0);
	assert_text (f, BEFORE);
}

static void
apply_read_only (Fixture *f)
{
	g_autoptr (GError) error = NULL;
	g_autofree char *writable = g_dir_make_tmp ("godwit-dns-run-XXXXXX", NULL);
	Fixture elsewhere = { f->folder, writable, f->path };

	g_assert_false (apply (&elsewhere, "godwit0", "10.1.0.53", TRUE, &error));
	g_assert_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS);
	g_assert_nonnull (strstr (error->message, f->path));
	/* hostnet takes back after every failure. */
	dns_file_revert_at (f->path, writable, "godwit0");
	assert_text (f, BEFORE);
	g_assert_cmpint (rmdir (writable), ==, 0);
	/* Nor without room for the copy. */
	g_clear_error (&error);
	g_assert_false (apply (f, "godwit0", "10.1.0.53", TRUE, &error));
	g_assert_nonnull (error);
}

static void
test_read_only (Fixture *f, gconstpointer data)
{
	in_mounts (f, apply_read_only, MS_RDONLY);
	assert_text (f, BEFORE);
}

/* It cannot be put back now: the copy stays, and the next connection of that name puts it back. */
static void
revert_read_only (Fixture *f)
{
	g_autofree char *writable = g_dir_make_tmp ("godwit-dns-run-XXXXXX", NULL);
	Fixture elsewhere = { f->folder, writable, f->path };

	g_assert_true (apply (&elsewhere, "godwit0", "10.1.0.53", TRUE, NULL));
	g_assert_cmpint (mount (f->folder, f->folder, NULL, MS_BIND, NULL), ==, 0);
	g_assert_cmpint (mount (NULL, f->folder, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
	/* It warns, with structured logging, where a test cannot expect it. */
	g_log_set_always_fatal (G_LOG_FATAL_MASK);
	dns_file_revert_at (f->path, writable, "godwit0");
	g_assert_cmpint (umount (f->folder), ==, 0);
	g_assert_true (says (f, "10.1.0.53"));
	g_assert_true (apply (&elsewhere, "godwit0", "10.1.0.54", TRUE, NULL));
	dns_file_revert_at (f->path, writable, "godwit0");
	assert_text (f, BEFORE);
	g_assert_cmpint (rmdir (writable), ==, 0);
}

static void
test_revert_read_only (Fixture *f, gconstpointer data)
{
	in_mounts (f, revert_read_only, 0);
	assert_text (f, BEFORE);
}

/* A disk without room: the old text stays whole. */
static void
no_room (Fixture *f)
{
	g_autofree char *junk = g_build_filename (f->folder, "junk", NULL);
	g_autofree char *writable = g_dir_make_tmp ("godwit-dns-run-XXXXXX", NULL);
	g_autofree char *full = g_strnfill (1024 * 1024, 'x');
	Fixture elsewhere = { f->folder, writable, f->path };
	int fd;

	g_assert_cmpint (mount ("tmpfs", f->folder, "tmpfs", 0, "size=16k,mode=755"), ==, 0);
	g_assert_true (g_file_set_contents_full (f->path, BEFORE, -1, G_FILE_SET_CONTENTS_NONE, 0644, NULL));
	fd = g_open (junk, O_WRONLY | O_CREAT, 0600);
	while (write (fd, full, 4096) > 0)
		continue;
	close (fd);
	g_assert_true (apply (&elsewhere, "godwit0", "10.1.0.53", TRUE, NULL) || !says (f, "10.1.0.53"));
	dns_file_revert_at (f->path, writable, "godwit0");
	assert_text (f, BEFORE);
	g_assert_cmpint (rmdir (writable), ==, 0);
}

static void
test_no_room (Fixture *f, gconstpointer data)
{
	in_mounts (f, no_room, 0);
	assert_text (f, BEFORE);
}

#define ADD(name, function) g_test_add ("/hostnet/dns-file/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	ADD ("full-tunnel", test_full);
	ADD ("split-tunnel", test_split);
	ADD ("applied-again", test_applied_again);
	ADD ("changed-by-others", test_changed_by_others);
	ADD ("link", test_link);
	ADD ("no-file", test_no_file);
	ADD ("strange-files", test_strange_files);
	ADD ("two-first-ends-first", test_two_first_ends_first);
	ADD ("two-last-ends-first", test_two_last_ends_first);
	ADD ("killed-before-write", test_killed_before_write);
	ADD ("killed-in-write", test_killed_in_write);
	ADD ("killed-in-revert", test_killed_in_revert);
	ADD ("copy-is-gone", test_copy_is_gone);
	ADD ("mount-point", test_mount_point);
	ADD ("read-only", test_read_only);
	ADD ("revert-read-only", test_revert_read_only);
	ADD ("no-room", test_no_room);
	return g_test_run ();
}
