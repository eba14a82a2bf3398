/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that a profile names, and the folders that profiles lie in. */
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "profile/store.h"

#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

static void
put (const char *folder, const char *name, const char *text, gssize length)
{
	g_autofree char *path = g_build_filename (folder, name, NULL);
	g_autoptr (GError) error = NULL;

	g_file_set_contents (path, text, length, &error);
	g_assert_no_error (error);
}

static char *
make_folder (void)
{
	char *folder = g_dir_make_tmp ("godwit-profile-XXXXXX", NULL);

	g_assert_nonnull (folder);
	return folder;
}

/* Only what the test itself put there. */
static void
remove_folder (char *folder)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	const char *name;

	while ((name = g_dir_read_name (dir)) != NULL)
	{
		g_autofree char *path = g_build_filename (folder, name, NULL);

		g_assert_cmpint (g_remove (path), ==, 0);
	}
	g_assert_cmpint (g_rmdir (folder), ==, 0);
	g_free (folder);
}

static Profile *
load (const char *folder, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename (folder, name, NULL);

	return profile_load (path, error);
}

static void
test_load (void)
{
	char *folder = make_folder ();
	g_autofree char *ca = g_build_filename (folder, "ca.pem", NULL);
	g_autofree char *text = g_strdup_printf ("[gateway]\naddress=a\nca=%s\n[user]\nmethod=certificate\n"
	                                         "certificate=alice.crt\nkey=./alice.key\n",
	                                         ca);
	g_autoptr (GError) error = NULL;
	g_autoptr (Profile) profile = NULL;

	put (folder, "ca.pem", CERTIFICATE CERTIFICATE, -1);
	put (folder, "alice.crt", CERTIFICATE, -1);
	put (folder, "alice.key", KEY, -1);
	put (folder, "office.profile", text, -1);
	profile = load (folder, "office.profile", &error);
	g_assert_no_error (error);
	g_assert_cmpuint (g_bytes_get_size (profile_contents (profile, "gateway.ca")), ==, 2 * strlen (CERTIFICATE));
	g_assert_cmpuint (g_bytes_get_size (profile_contents (profile, "user.certificate")), ==, strlen (CERTIFICATE));
	g_assert_cmpuint (g_bytes_get_size (profile_contents (profile, "user.key")), ==, strlen (KEY));
	g_assert_false (profile_ca_is_system (profile));
	g_assert_cmpstr (profile_text (profile, "user.key"), ==, "./alice.key");
	remove_folder (folder);
}

/* What the error says of ca=NAME, with the folder in front of paths written as "@". */
static char *
ca_error (const char *folder, const char *name)
{
	g_autofree char *text = g_strdup_printf ("[gateway]\naddress=a\nca=%s\n[user]\nuser=u\n", name);
	g_autofree char *in_folder = g_strconcat (folder, "/", NULL);
	g_autoptr (GError) error = NULL;
	GString *message;

	put (folder, "office.profile", text, -1);
	g_assert_null (load (folder, "office.profile", &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_FILE);
	message = g_string_new (error->message);
	g_string_replace (message, in_folder, "@/", 0);
	return g_string_free (message, FALSE);
}

static void
test_faults (void)
{
	static const struct
	{
		const char *name;
		const char *message;
	} cases[] = {
		{ "nope.pem", "ca=nope.pem: cannot read @/nope.pem: No such file or directory" },
		{ "sub", "ca=sub: cannot read @/sub: Is a directory" },
		{ "fifo", "ca=fifo: cannot read @/fifo: it is no regular file" },
		{ "/dev/zero", "ca=/dev/zero: cannot read /dev/zero: it is no regular file" },
		{ "empty", "ca=empty: @/empty is empty" },
		{ "der", "ca=der: @/der is not PEM; 'openssl x509 -inform DER' converts a certificate" },
		{ "key", "ca=key: @/key holds no certificate" },
		{ "large", "ca=large: cannot read @/large: it is larger than 4096 KiB" },
		{ "loop", "ca=loop: cannot read @/loop: Too many levels of symbolic links" },
	};
	char *folder = make_folder ();
	g_autofree char *fifo = g_build_filename (folder, "fifo", NULL);
	g_autofree char *sub = g_build_filename (folder, "sub", NULL);
	g_autofree char *loop = g_build_filename (folder, "loop", NULL);
	g_autofree char *large = g_build_filename (folder, "large", NULL);

	g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
	g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
	g_assert_cmpint (symlink ("loop", loop), ==, 0);
	put (folder, "empty", "", -1);
	put (folder, "der", "\x30\x82\x01\x00", 4);
	put (folder, "key", KEY, -1);
	put (folder, "large", CERTIFICATE, -1);
	g_assert_cmpint (truncate (large, (off_t) PROFILE_MAX_CA_OCTETS + 1), ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autofree char *message = ca_error (folder, cases[i].name);
		g_autofree char *expected = g_strconcat ("office.profile:3: ", cases[i].message, NULL);

		g_assert_cmpstr (message, ==, expected);
	}
	remove_folder (folder);
}

/* As large as an authorities file may be, which is more than a profile or certificate. */
static void
test_largest (void)
{
	char *folder = make_folder ();
	g_autofree char *path = g_build_filename (folder, "ca.pem", NULL);
	g_autoptr (GError) error = NULL;
	g_autoptr (Profile) profile = NULL;

	put (folder, "ca.pem", CERTIFICATE, -1);
	g_assert_cmpint (truncate (path, (off_t) PROFILE_MAX_CA_OCTETS), ==, 0);
	put (folder, "office.profile", "[gateway]\naddress=a\nca=ca.pem\n[user]\nuser=u\n", -1);
	profile = load (folder, "office.profile", &error);
	g_assert_no_error (error);
	g_assert_cmpuint (g_bytes_get_size (profile_contents (profile, "gateway.ca")), ==, PROFILE_MAX_CA_OCTETS);
	remove_folder (folder);
}

static void
test_no_profile (void)
{
	char *folder = make_folder ();
	g_autofree char *missing = g_strconcat ("cannot read the profile ", folder, "/x: No such file or directory", NULL);
	g_autofree char *is_folder = g_strconcat ("cannot read the profile ", folder, ": Is a directory", NULL);
	g_autoptr (GError) error = NULL;

	g_assert_null (load (folder, "x", &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_FILE);
	g_assert_cmpstr (error->message, ==, missing);
	g_clear_error (&error);
	g_assert_null (profile_load (folder, &error));
	g_assert_cmpstr (error->message, ==, is_folder);
	g_clear_error (&error);
	put (folder, "empty", "", -1);
	g_assert_null (load (folder, "empty", &error));
	g_assert_cmpstr (error->message, ==, "empty: there is no address= in [gateway]; name the gateway there");
	remove_folder (folder);
}

static void
test_store_list (void)
{
	char *folder = make_folder ();
	g_autofree char *sub = g_build_filename (folder, "sub.profile", NULL);
	g_autofree char *missing = g_build_filename (folder, "missing", NULL);
	g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

	put (folder, "office.profile", "x", -1);
	put (folder, "B\xc3\xbcro 2.profile", "x", -1);
	put (folder, "home.profile", "x", -1);
	put (folder, ".hidden.profile", "x", -1);
	put (folder, ".profile", "x", -1);
	put (folder, "office.profile~", "x", -1);
	put (folder, "bell\x07.profile", "x", -1);
	g_assert_cmpint (g_mkdir (sub, 0700), ==, 0);
	g_ptr_array_add (names, g_strdup ("z"));
	profile_store_list (folder, names);
	profile_store_list (missing, names);
	g_assert_cmpuint (names->len, ==, 4);
	g_assert_cmpstr (names->pdata[0], ==, "z");
	g_assert_cmpstr (names->pdata[1], ==, "B\xc3\xbcro 2");
	g_assert_cmpstr (names->pdata[2], ==, "home");
	g_assert_cmpstr (names->pdata[3], ==, "office");
	remove_folder (folder);
}

static void
test_store_find (void)
{
	static const char *const bad[] = { "", ".", "..", "../x", "/etc/x", "a/b", ".hidden", "x", "\xff", "bell\x07" };
	char *folder = make_folder ();
	g_autofree char *longest = g_strnfill (100, 'a');
	g_autofree char *longer = g_strnfill (101, 'a');
	g_autofree char *longest_file = g_strconcat (longest, ".profile", NULL);
	g_autofree char *longer_file = g_strconcat (longer, ".profile", NULL);
	g_autofree char *expected = g_build_filename (folder, "office.profile", NULL);
	g_autofree char *path = NULL, *longest_path = NULL;

	put (folder, "office.profile", "x", -1);
	put (folder, ".hidden.profile", "x", -1);
	put (folder, longest_file, "x", -1);
	put (folder, longer_file, "x", -1);
	path = profile_store_find (folder, "office");
	longest_path = profile_store_find (folder, longest);
	g_assert_cmpstr (path, ==, expected);
	g_assert_nonnull (longest_path);
	g_assert_null (profile_store_find (folder, longer));
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
		g_assert_null (profile_store_find (folder, bad[i]));
	remove_folder (folder);
}

static void
test_store_folders (void)
{
	g_autofree char *user = profile_store_user_folder ();
	g_autofree char *whole = profile_store_system_folder ();

	g_assert_true (g_path_is_absolute (user) && g_str_has_suffix (user, "/godwit/profiles"));
	g_assert_true (g_path_is_absolute (whole) && g_str_has_suffix (whole, "/godwit/profiles"));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/profile/files/load", test_load);
	g_test_add_func ("/profile/files/faults", test_faults);
	g_test_add_func ("/profile/files/largest", test_largest);
	g_test_add_func ("/profile/files/no-profile", test_no_profile);
	g_test_add_func ("/profile/store/list", test_store_list);
	g_test_add_func ("/profile/store/find", test_store_find);
	g_test_add_func ("/profile/store/folders", test_store_folders);
	return g_test_run ();
}
