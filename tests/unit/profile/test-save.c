/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles that are written, and settings that name what is not a PEM file. */
#include "samples.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "profile/store.h"

static char *
make_folder (void)
{
	char *folder = g_dir_make_tmp ("godwit-save-XXXXXX", NULL);

	g_assert_nonnull (folder);
	return folder;
}

/* Only what the test itself made. */
static void
remove_all (const char *path)
{
	if (g_file_test (path, G_FILE_TEST_IS_DIR))
	{
		g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
		const char *name;

		while ((name = g_dir_read_name (dir)) != NULL)
		{
			g_autofree char *below = g_build_filename (path, name, NULL);

			remove_all (below);
		}
	}
	g_assert_cmpint (g_remove (path), ==, 0);
}

static guint
count (const char *folder)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	guint n = 0;

	while (dir != NULL && g_dir_read_name (dir) != NULL)
		n++;
	return n;
}

static guint
mode_of (const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename (folder, name, NULL);
	struct stat info;

	g_assert_cmpint (stat (path, &info), ==, 0);
	return info.st_mode & 07777;
}

static Profile *
sample (const char *type, const char *pkcs12)
{
	g_autofree char *text = samples_sswan (type, pkcs12, "");
	g_autoptr (ProfileImport) import = samples_import (slice_text (text), NULL);

	g_assert_nonnull (import);
	return g_steal_pointer (&import->profile);
}

static void
check_same (const Profile *profile, const char *folder, const char *name)
{
	g_autofree char *path = profile_store_find (folder, name);
	g_autoptr (GError) error = NULL;
	g_autoptr (Profile) again = NULL;
	g_autoptr (GVariant) before = g_variant_ref_sink (profile_to_variant (profile, TRUE)), after = NULL;

	g_assert_nonnull (path);
	again = profile_load (path, &error);
	g_assert_no_error (error);
	after = g_variant_ref_sink (profile_to_variant (again, TRUE));
	g_assert_cmpvariant (before, after);
}

static void
test_save (void)
{
	g_autofree char *top = make_folder ();
	g_autofree char *folder = g_build_filename (top, "a", "profiles", NULL);
	g_autofree char *files = g_build_filename (folder, "Office (2)", NULL);
	g_autoptr (Profile) open = sample ("ikev2-cert", samples ()->open_base64);
	g_autoptr (Profile) sealed = sample ("ikev2-cert", samples ()->sealed_base64);
	g_autoptr (Profile) bare = profile_parse ("[gateway]\naddress=a\n[user]\nuser=u\n", 34, "p", NULL);
	g_autoptr (GError) error = NULL;

	g_assert_true (profile_store_save (folder, "Office (2)", open, FALSE, &error));
	g_assert_no_error (error);
	check_same (open, folder, "Office (2)");
	g_assert_cmpuint (mode_of (folder, "."), ==, 0700);
	g_assert_cmpuint (mode_of (folder, "Office (2).profile"), ==, 0600);
	g_assert_cmpuint (mode_of (files, "."), ==, 0700);
	g_assert_cmpuint (mode_of (files, "user-key.pem"), ==, 0600);
	g_assert_cmpuint (count (files), ==, 3);
	/* Not without being told to; then nothing of the old one stays. */
	g_assert_false (profile_store_save (folder, "Office (2)", sealed, FALSE, &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_FILE);
	g_clear_error (&error);
	check_same (open, folder, "Office (2)");
	g_assert_true (profile_store_save (folder, "Office (2)", sealed, TRUE, &error));
	check_same (sealed, folder, "Office (2)");
	g_assert_cmpuint (count (files), ==, 2);
	g_assert_cmpuint (count (folder), ==, 2);
	g_assert_true (profile_store_save (folder, "Office (2)", bare, TRUE, &error));
	check_same (bare, folder, "Office (2)");
	g_assert_cmpuint (count (folder), ==, 1);
	remove_all (top);
}

static void
test_refused (void)
{
	static const char *const names[] = { "", ".", "..", ".hidden", "a/b", "a #b", " a", "a ", "a\nb", "\xff" };
	g_autofree char *folder = make_folder ();
	g_autofree char *own = g_build_filename (folder, "own", NULL);
	g_autofree char *letter = g_build_filename (own, "letter.txt", NULL);
	g_autoptr (Profile) profile = sample ("ikev2-eap", NULL);
	g_autoptr (GError) error = NULL;

	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
	{
		g_assert_false (profile_store_save (folder, names[i], profile, TRUE, &error));
		g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
		g_clear_error (&error);
	}
	/* A folder of that name with a person's own file in it. */
	g_assert_cmpint (g_mkdir (own, 0700), ==, 0);
	g_assert_true (g_file_set_contents (letter, "Dear", -1, NULL));
	g_assert_false (profile_store_save (folder, "own", profile, TRUE, &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_FILE);
	g_assert_true (g_file_test (letter, G_FILE_TEST_EXISTS));
	g_assert_cmpuint (count (folder), ==, 1);
	remove_all (folder);
}

/* The profile cannot be written, because a folder has its name: everything is as before. */
static void
test_taken_back (void)
{
	g_autofree char *folder = make_folder ();
	g_autofree char *path = g_build_filename (folder, "p.profile", NULL);
	g_autofree char *below = g_build_filename (path, "x", NULL);
	g_autoptr (Profile) profile = sample ("ikev2-eap", NULL);
	g_autoptr (GError) error = NULL;

	g_assert_cmpint (g_mkdir_with_parents (below, 0700), ==, 0);
	g_assert_false (profile_store_save (folder, "p", profile, TRUE, &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_FILE);
	g_assert_cmpuint (count (folder), ==, 1);
	remove_all (folder);
}

static void
test_names (void)
{
	static const struct
	{
		const char *text;
		const char *name;
	} cases[] = {
		{ "Office", "Office" },
		{ "a/b", "a-b" },
		{ "../../etc/passwd", "profile..-..-etc-passwd" },
		{ "  x  ", "x" },
		{ "", "profile" },
		{ "a\x1b[31m", "a-[31m" },
		{ "B\xc3\xbcro", "B\xc3\xbcro" },
		{ "a #b", "a -b" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autofree char *name = profile_store_name_from (cases[i].text);

		g_assert_cmpstr (name, ==, cases[i].name);
	}
}

static void
check_user (const char *lines, const char *words)
{
	g_autofree char *text = g_strdup_printf ("[gateway]\naddress=a\n[user]\nmethod=certificate\n%s\n", lines);
	g_autoptr (GError) error = NULL;
	g_autoptr (Profile) profile = profile_parse (text, strlen (text), "p", &error);

	g_test_message ("%s: %s", lines, error != NULL ? error->message : "fine");
	g_assert_true ((words == NULL) == (profile != NULL));
	g_assert_true (words == NULL || strstr (error->message, words) != NULL);
}

static void
test_credentials (void)
{
	check_user ("pkcs12=alice.p12", NULL);
	check_user ("pkcs12=alice.p12\nkey=alice.key", "not both");
	check_user ("certificate=a.crt\npkcs12=alice.p12\nkey=alice.key", "not both");
	check_user ("certificate=pkcs11:token=a;id=%01\nkey=pkcs11:token=a;object=b%20c;type=private", NULL);
	check_user ("certificate=alice.crt\nkey=pkcs11:token=a", NULL);
	check_user ("certificate=alice.crt\nkey=pkcs11:token=a?pin-value=1234", "behind '?'");
	check_user ("certificate=alice.crt\nkey=pkcs11:token=a?pin-source=file:/etc/shadow", "behind '?'");
	check_user ("certificate=alice.crt\nkey=pkcs11:token=a?module-path=/tmp/x.so", "behind '?'");
	check_user ("certificate=alice.crt\nkey=pkcs11:module-path=/tmp/x.so", "unknown");
	check_user ("certificate=alice.crt\nkey=pkcs11:", "which object");
	check_user ("certificate=alice.crt\nkey=pkcs11:token", "NAME=VALUE");
	check_user ("certificate=alice.crt\nkey=pkcs11:token=%4", "hexadecimal");
}

/* By D-Bus: contents of a PKCS#12 file and the URI of a token, but no path. */
static void
test_variant (void)
{
	g_autoptr (Profile) sealed = sample ("ikev2-cert", samples ()->sealed_base64), again = NULL, token = NULL;
	g_autoptr (GVariant) all = g_variant_ref_sink (profile_to_variant (sealed, TRUE));
	g_autoptr (GVariant) public = g_variant_ref_sink (profile_to_variant (sealed, FALSE));
	g_autoptr (GVariant) uri = NULL, path = NULL;
	g_autoptr (GError) error = NULL;
	GVariantDict dict;

	again = profile_new_from_variant (all, &error);
	g_assert_no_error (error);
	g_assert_true (g_bytes_equal (profile_contents (again, "user.pkcs12"), samples ()->sealed));
	/* It holds the private key: it stays where that stays. */
	g_assert_null (g_variant_lookup_value (public, "user.pkcs12", NULL));
	g_variant_dict_init (&dict, NULL);
	g_variant_dict_insert (&dict, "gateway.address", "s", "a");
	g_variant_dict_insert (&dict, "user.method", "s", "certificate");
	g_variant_dict_insert (&dict, "user.certificate", "s", "pkcs11:token=a");
	g_variant_dict_insert (&dict, "user.key", "s", "pkcs11:token=a");
	uri = g_variant_ref_sink (g_variant_dict_end (&dict));
	token = profile_new_from_variant (uri, &error);
	g_assert_no_error (error);
	g_assert_true (profile_on_token (token, "user.key"));
	g_assert_cmpstr (profile_text (token, "user.key"), ==, "pkcs11:token=a");
	profile_set_contents (token, "user.key", samples ()->key);
	g_assert_false (profile_on_token (token, "user.key"));
	g_variant_dict_init (&dict, uri);
	g_variant_dict_insert (&dict, "user.key", "s", "/etc/shadow");
	path = g_variant_ref_sink (g_variant_dict_end (&dict));
	g_assert_null (profile_new_from_variant (path, &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/profile/save/all", test_save);
	g_test_add_func ("/profile/save/refused", test_refused);
	g_test_add_func ("/profile/save/taken-back", test_taken_back);
	g_test_add_func ("/profile/save/names", test_names);
	g_test_add_func ("/profile/credentials/text", test_credentials);
	g_test_add_func ("/profile/credentials/variant", test_variant);
	return g_test_run ();
}
