/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic-file.h"
#include "dns.h"
#include "hostnet.h"

#define GROUP "journal"
#define SUFFIX ".journal"
#define MAX_INTERFACE_OCTETS 15
#define MAX_FILE_OCTETS 4096

void
journal_clear (Journal *journal)
{
	g_clear_pointer (&journal->interface, g_free);
	g_clear_pointer (&journal->dns, g_free);
}

gboolean
journal_interface_good (const char *name)
{
	gsize len = strlen (name);

	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum (name[i]) && name[i] != '-' && name[i] != '_')
			return FALSE;
	return len > 0 && len <= MAX_INTERFACE_OCTETS;
}

static char *
journal_path (const char *folder, const char *interface)
{
	g_autofree char *file = g_strconcat (interface, SUFFIX, NULL);

	return g_build_filename (folder, file, NULL);
}

static gboolean
fail (GError **error, const char *what, const char *path, int number)
{
	g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_JOURNAL, "cannot %s %s: %s", what, path, g_strerror (number));
	return FALSE;
}

gboolean
journal_write (const char *folder, const Journal *journal, GError **error)
{
	g_autofree char *path = journal_path (folder, journal->interface);
	g_autoptr (GKeyFile) file = g_key_file_new ();
	g_autofree char *text = NULL;
	int number;

	if (g_mkdir_with_parents (folder, 0700) != 0)
		return fail (error, "make", folder, errno);
	g_key_file_set_string (file, GROUP, "interface", journal->interface);
	g_key_file_set_integer (file, GROUP, "index", (gint) journal->index);
	g_key_file_set_integer (file, GROUP, "link", (gint) journal->link);
	if (journal->dns != NULL)
		g_key_file_set_string (file, GROUP, "dns", journal->dns);
	text = g_key_file_to_data (file, NULL, NULL);
	number = atomic_file_write (path, text, 0600);
	return number == 0 || fail (error, "write", path, number);
}

/* The file without following a link; ours alone, and no larger than we would make it. */
static char *
read_plain (const char *path, gsize *ret_len, GError **error)
{
	int fd = open (path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	g_autofree char *text = g_malloc0 (MAX_FILE_OCTETS + 1);
	struct stat info;
	gssize got = -1;
	int number = 0;

	if (fd < 0 || fstat (fd, &info) != 0)
		number = errno;
	else if (!S_ISREG (info.st_mode) || info.st_uid != geteuid () || (info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		number = EPERM;
	else if ((got = read (fd, text, MAX_FILE_OCTETS + 1)) < 0)
		number = errno;
	else if (got > MAX_FILE_OCTETS)
		number = EFBIG;
	if (fd >= 0)
		close (fd);
	if (number != 0)
	{
		fail (error, "read", path, number);
		return NULL;
	}
	*ret_len = (gsize) got;
	return g_steal_pointer (&text);
}

/* One group of keys that we know. */
static gboolean
has_only_ours (GKeyFile *file)
{
	static const char *const known[] = { "interface", "index", "link", "dns", NULL };
	g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);
	g_auto (GStrv) keys = g_key_file_get_keys (file, GROUP, NULL, NULL);

	for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
		if (!g_strv_contains (known, keys[i]))
			return FALSE;
	return keys != NULL && g_strv_length (groups) == 1;
}

/* No value is taken for 0 because it is missing or no number: 0 is the first connection. */
static gboolean
number_of (GKeyFile *file, const char *key, gint most, guint *ret_number)
{
	g_autoptr (GError) error = NULL;
	gint number = g_key_file_get_integer (file, GROUP, key, &error);

	if (error != NULL || number < 0 || number > most)
		return FALSE;
	*ret_number = (guint) number;
	return TRUE;
}

/* FOLDER/INTERFACE.journal */
static gboolean
is_named (const char *path, const char *interface)
{
	g_autofree char *base = g_path_get_basename (path);
	g_autofree char *file = g_strconcat (interface, SUFFIX, NULL);

	return g_str_equal (base, file);
}

gboolean
journal_read (const char *path, Journal *ret_journal, GError **error)
{
	gsize len = 0;
	g_autofree char *text = read_plain (path, &len, error);
	g_autoptr (GKeyFile) file = g_key_file_new ();
	g_autofree char *interface = NULL;
	g_autofree char *dns = NULL;
	guint index, link;

	if (text == NULL)
		return FALSE;
	if (!g_key_file_load_from_data (file, text, len, G_KEY_FILE_NONE, error))
	{
		g_prefix_error (error, "%s is no journal of godwitd: ", path);
		return FALSE;
	}
	interface = g_key_file_get_string (file, GROUP, "interface", NULL);
	dns = g_key_file_get_string (file, GROUP, "dns", NULL);
	if (!has_only_ours (file) || interface == NULL || !journal_interface_good (interface) ||
	    !is_named (path, interface) || !number_of (file, "index", HOSTNET_MAX_CONNECTIONS - 1, &index) ||
	    !number_of (file, "link", G_MAXINT, &link) || (dns != NULL && dns_backend_by_name (dns) == NULL))
	{
		g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_JOURNAL, "%s is no journal of godwitd", path);
		return FALSE;
	}
	*ret_journal = (Journal){ g_steal_pointer (&interface), index, link, g_steal_pointer (&dns) };
	return TRUE;
}

void
journal_remove (const char *folder, const char *interface)
{
	g_autofree char *path = journal_path (folder, interface);

	if (unlink (path) != 0 && errno != ENOENT)
		g_warning ("cannot remove %s: %s", path, g_strerror (errno));
}

GPtrArray *
journal_list (const char *folder)
{
	GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
		if (g_str_has_suffix (name, SUFFIX))
			g_ptr_array_add (paths, g_build_filename (folder, name, NULL));
	return paths;
}
