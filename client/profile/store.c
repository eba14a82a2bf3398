/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store.h"

#define SUFFIX ".profile"
#define MAX_NAME_OCTETS 100

char *
profile_store_user_folder (void)
{
	return g_build_filename (g_get_user_config_dir (), "godwit", "profiles", NULL);
}

char *
profile_store_system_folder (void)
{
	return g_build_filename (GODWIT_SYSCONFDIR, "godwit", "profiles", NULL);
}

/* A plain file name: no way out of the folder, nothing hidden, nothing that a terminal would obey. */
static gboolean
name_good (const char *name)
{
	if (name[0] == '\0' || name[0] == '.' || strlen (name) > MAX_NAME_OCTETS || strchr (name, '/') != NULL ||
	    !g_utf8_validate (name, -1, NULL))
		return FALSE;
	for (const char *at = name; *at != '\0'; at = g_utf8_next_char (at))
		if (g_unichar_iscntrl (g_utf8_get_char (at)))
			return FALSE;
	return TRUE;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
	return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

void
profile_store_list (const char *folder, GPtrArray *names)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	g_autoptr (GPtrArray) found = g_ptr_array_new ();
	const char *entry;

	while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
	{
		gsize len = strlen (entry);
		g_autofree char *name = g_str_has_suffix (entry, SUFFIX) ? g_strndup (entry, len - strlen (SUFFIX)) : NULL;
		g_autofree char *path = name != NULL ? profile_store_find (folder, name) : NULL;

		if (path != NULL)
			g_ptr_array_add (found, g_steal_pointer (&name));
	}
	g_ptr_array_sort (found, compare_names);
	g_ptr_array_extend (names, found, NULL, NULL);
}

char *
profile_store_find (const char *folder, const char *name)
{
	g_autofree char *file = NULL;
	g_autofree char *path = NULL;

	if (!name_good (name))
		return NULL;
	file = g_strconcat (name, SUFFIX, NULL);
	path = g_build_filename (folder, file, NULL);
	return g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&path) : NULL;
}
