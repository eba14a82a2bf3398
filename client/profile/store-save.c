/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "private.h"
#include "store.h"

#define SUFFIX ".profile"
#define MAX_NAME_OCTETS 100

/* One save from start to end. */
typedef struct
{
	const Profile *profile;
	const char *folder, *name;
	char *path;  /* FOLDER/NAME.profile */
	char *files; /* FOLDER/NAME */
	char *fresh; /* the folder that becomes .files, or was it; NULL: nothing to put into it */
	gboolean had_files;
	gboolean exchanged;
} Save;

static void
save_clear (Save *save)
{
	g_free (save->path);
	g_free (save->files);
	g_free (save->fresh);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Save, save_clear)

/* "user-key.pem": what holds the contents of a setting. */
static char *
file_name (const ProfileSetting *row)
{
	return g_strdup_printf ("%s-%s.%s", row->group, row->key, g_str_equal (row->key, "pkcs12") ? "p12" : "pem");
}

/* A name that can be a file, and that can stand in a profile. */
static gboolean
name_good (const char *name)
{
	gsize len = strlen (name);

	if (len == 0 || len > MAX_NAME_OCTETS || name[0] == '.' || strpbrk (name, "/#") != NULL || name[0] == ' ' ||
	    name[len - 1] == ' ' || !g_utf8_validate (name, -1, NULL))
		return FALSE;
	for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
		if (profile_character_bad (g_utf8_get_char (at)))
			return FALSE;
	return TRUE;
}

char *
profile_store_name_from (const char *text)
{
	g_autofree char *valid = g_utf8_make_valid (text, -1);
	GString *name = g_string_new (NULL);

	for (const char *at = g_strstrip (valid); *at != '\0'; at = g_utf8_next_char (at))
	{
		gunichar c = g_utf8_get_char (at);

		if (name->len + 6 > MAX_NAME_OCTETS)
			break;
		g_string_append_unichar (name, c == '/' || c == '#' || profile_character_bad (c) ? '-' : c);
	}
	while (name->len > 0 && name->str[name->len - 1] == ' ')
		g_string_truncate (name, name->len - 1);
	if (name->len == 0 || name->str[0] == '.')
		g_string_prepend (name, "profile");
	return g_string_free (name, FALSE);
}

static gboolean
fail_file (GError **error, const char *what, const char *path, int number)
{
	profile_error_at (error, PROFILE_ERROR_FILE, NULL, 0, "cannot %s %s: %s", what, path, g_strerror (number));
	return FALSE;
}

/* The profile as a file, with the files of contents in the folder beside it. */
static char *
profile_text_beside (const Save *save)
{
	GString *text = g_string_new (NULL);
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	const char *group = NULL;

	for (gsize i = 0; i < n; i++)
	{
		const ProfileValue *value = &save->profile->values[i];
		g_autofree char *file = value->contents != NULL ? file_name (&rows[i]) : NULL;

		if (!value->is_set)
			continue;
		if (group == NULL || !g_str_equal (group, rows[i].group))
			g_string_append_printf (text, "%s[%s]\n", group != NULL ? "\n" : "", rows[i].group);
		group = rows[i].group;
		if (file != NULL)
			g_string_append_printf (text, "%s=%s/%s\n", rows[i].key, save->name, file);
		else
			g_string_append_printf (text, "%s=%s\n", rows[i].key, value->text);
	}
	return g_string_free (text, FALSE);
}

static gboolean
is_ours (const char *name)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	for (gsize i = 0; i < n; i++)
	{
		g_autofree char *file = file_name (&rows[i]);

		if (g_str_equal (file, name))
			return TRUE;
	}
	return FALSE;
}

/* A folder of that name may be a person's own. */
static gboolean
check_files (const Save *save, GError **error)
{
	g_autoptr (GDir) dir = g_dir_open (save->files, 0, NULL);
	const char *entry;

	if (dir == NULL)
		return fail_file (error, "open", save->files, errno);
	while ((entry = g_dir_read_name (dir)) != NULL)
		if (!is_ours (entry))
		{
			profile_error_at (error, PROFILE_ERROR_FILE, NULL, 0, "%s holds other files (%s); choose another name",
			                  save->files, entry);
			return FALSE;
		}
	return TRUE;
}

static void
remove_folder (const char *folder)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	const char *entry;

	while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
	{
		g_autofree char *path = is_ours (entry) ? g_build_filename (folder, entry, NULL) : NULL;

		if (path != NULL)
			g_unlink (path);
	}
	g_rmdir (folder);
}

static gboolean
write_contents (const Save *save, const ProfileSetting *row, GBytes *contents, GError **error)
{
	g_autofree char *file = file_name (row);
	g_autofree char *path = g_build_filename (save->fresh, file, NULL);
	g_autoptr (GError) why = NULL;
	Slice octets = slice_bytes (contents);

	if (g_file_set_contents_full (path, (const char *) octets.data, (gssize) octets.len, G_FILE_SET_CONTENTS_CONSISTENT,
	                              0600, &why))
		return TRUE;
	profile_error_at (error, PROFILE_ERROR_FILE, NULL, 0, "cannot write %s: %s", path, why->message);
	return FALSE;
}

/* All contents go into a fresh folder that nobody looks at yet. */
static gboolean
write_files (Save *save, GError **error)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	for (gsize i = 0; i < n; i++)
	{
		GBytes *contents = save->profile->values[i].contents;

		if (contents == NULL)
			continue;
		if (save->fresh == NULL)
		{
			g_autofree char *pattern = g_strdup_printf ("%s/.%s.XXXXXX", save->folder, save->name);

			if (g_mkdtemp (pattern) == NULL)
				return fail_file (error, "make a folder in", save->folder, errno);
			save->fresh = g_steal_pointer (&pattern);
		}
		if (!write_contents (save, &rows[i], contents, error))
			return FALSE;
	}
	return TRUE;
}

/* The fresh folder takes the name of the old one, which gets the fresh one's. */
static gboolean
exchange (Save *save, GError **error)
{
	if (save->fresh == NULL)
		return TRUE;
	if (renameat2 (AT_FDCWD, save->fresh, AT_FDCWD, save->files,
	               save->had_files ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0)
		return fail_file (error, "write", save->files, errno);
	save->exchanged = TRUE;
	return TRUE;
}

static void
take_back (Save *save)
{
	if (save->exchanged)
		renameat2 (AT_FDCWD, save->files, AT_FDCWD, save->fresh, save->had_files ? RENAME_EXCHANGE : RENAME_NOREPLACE);
	if (save->fresh != NULL)
		remove_folder (save->fresh);
}

static gboolean
write_all (Save *save, const char *text, GError **error)
{
	g_autoptr (GError) why = NULL;

	if (!write_files (save, error) || !exchange (save, error))
		return FALSE;
	if (g_file_set_contents_full (save->path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &why))
		return TRUE;
	profile_error_at (error, PROFILE_ERROR_FILE, NULL, 0, "cannot write %s: %s", save->path, why->message);
	return FALSE;
}

static gboolean
check_place (Save *save, gboolean replace, GError **error)
{
	if (!name_good (save->name))
	{
		profile_error_at (error, PROFILE_ERROR_INVALID, NULL, 0,
		                  "'%s' cannot be the name of a profile: it is empty, too long, or holds '/', '#' or a control "
		                  "character",
		                  save->name);
		return FALSE;
	}
	if (g_mkdir_with_parents (save->folder, 0700) != 0)
		return fail_file (error, "make", save->folder, errno);
	save->had_files = g_file_test (save->files, G_FILE_TEST_EXISTS);
	if (!replace && (g_file_test (save->path, G_FILE_TEST_EXISTS) || save->had_files))
	{
		profile_error_at (error, PROFILE_ERROR_FILE, NULL, 0, "there is a profile '%s' in %s already", save->name,
		                  save->folder);
		return FALSE;
	}
	return !save->had_files || check_files (save, error);
}

gboolean
profile_store_save (const char *folder, const char *name, const Profile *profile, gboolean replace, GError **error)
{
	g_autofree char *file = g_strconcat (name, SUFFIX, NULL);
	g_autofree char *text = NULL;
	g_autoptr (Profile) again = NULL;
	g_auto (Save) save = { .profile = profile, .folder = folder, .name = name };

	save.path = g_build_filename (folder, file, NULL);
	save.files = g_build_filename (folder, name, NULL);
	if (!check_place (&save, replace, error))
		return FALSE;
	/* What is written must be what will be read. */
	text = profile_text_beside (&save);
	again = profile_parse (text, strlen (text), file, error);
	if (again == NULL)
		return FALSE;
	if (!write_all (&save, text, error))
	{
		take_back (&save);
		return FALSE;
	}
	/* What the old profile had. */
	if (save.had_files)
		remove_folder (save.exchanged ? save.fresh : save.files);
	return TRUE;
}
