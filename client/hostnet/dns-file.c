/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last resort: /etc/resolv.conf itself, with the text of before kept aside and a marker line, so that it is put back only
 * when nobody else wrote it in between. A second connection keeps aside what the first wrote; when the first ends first,
 * its own text of before takes that place. At every moment either the old text stands or it is kept aside. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "atomic-file.h"
#include "dns.h"

#define PATH "/etc/resolv.conf"
#define MARKER "# Written by godwitd for %s; the text of before comes back when the connection ends.\n"
#define BACKUP_PREFIX "resolv.conf."
#define MAX_OCTETS ((gsize) 256 * 1024)
/* Kept aside when there was no file. */
#define NO_FILE "# godwitd: there was no file\n"
#define DEFAULT_MODE 0644

static gboolean
fail (GError **error, const char *what, const char *path, int number)
{
	g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS, "cannot %s %s: %s", what, path, g_strerror (number));
	return FALSE;
}

/* Atomic where a rename is possible; over a mount point (containers, namespaces) it is not, then in place. */
static gboolean
replace (const char *path, const char *text, const char *before, GError **error)
{
	struct stat info;
	gboolean exists = lstat (path, &info) == 0;
	int fd, number;

	if (atomic_file_write (path, text, exists ? info.st_mode & 0777 : DEFAULT_MODE) == 0)
		return TRUE;
	fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
	number = fd >= 0 ? atomic_file_fill (fd, text) : errno;
	if (number == 0)
		return TRUE;
	/* Half a text is worse than the old one, which had room. */
	if (fd >= 0 && before != NULL && (fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)) >= 0)
		atomic_file_fill (fd, before);
	return fail (error, "write", path, number);
}

/* The lines of before without what we set ourselves: comments and options stay, servers come behind ours. */
static void
append_before (const char *before, gboolean full_tunnel, GString *text)
{
	g_auto (GStrv) lines = g_strsplit (before, "\n", -1);

	for (guint i = 0; lines[i] != NULL; i++)
	{
		gboolean server = g_str_has_prefix (lines[i], "nameserver");
		gboolean search = g_str_has_prefix (lines[i], "search") || g_str_has_prefix (lines[i], "domain");

		/* A full tunnel asks nobody else: the other servers could not be reached, or should not know. */
		if (lines[i][0] != '\0' && !(full_tunnel && (server || search)))
			g_string_append_printf (text, "%s\n", lines[i]);
	}
}

/* What stands in @path now, or NO_FILE. A text that could not be put back as it is is not touched. */
static char *
read_before (const char *path, GError **error)
{
	struct stat info;
	char *before = NULL;
	gsize len = 0;

	if (lstat (path, &info) != 0 && errno == ENOENT)
		return g_strdup (NO_FILE);
	if (S_ISLNK (info.st_mode))
		g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS,
		             "%s is a link to a file of another program, which does not run or is not known here; start that "
		             "program, make it a plain file, or connect with dns=no",
		             path);
	else if (!S_ISREG (info.st_mode) || (gsize) info.st_size > MAX_OCTETS)
		g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS,
		             "%s is no plain file of at most %" G_GSIZE_FORMAT " octets", path, MAX_OCTETS);
	else if (g_file_get_contents (path, &before, &len, error) && strlen (before) != len)
	{
		g_clear_pointer (&before, g_free);
		g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS, "%s is no text: it holds a NUL", path);
	}
	return before;
}

gboolean
dns_file_apply_at (const char *path, const DnsConfig *config, GError **error)
{
	g_autofree char *backup = dns_file_backup (config->runtime_folder, config->interface);
	g_autofree char *now = read_before (path, error);
	g_autofree char *kept = NULL;
	g_autofree char *marker = g_strdup_printf (MARKER, config->interface);
	g_autoptr (GString) text = g_string_new (marker);
	const char *before = now;
	int number;

	if (now == NULL)
		return FALSE;
	/* Applied before: the text of before is in the backup already, unless the machine was started anew since. */
	if (g_str_has_prefix (now, marker))
		before = g_file_get_contents (backup, &kept, NULL, NULL) ? kept : NO_FILE;
	number = kept == NULL ? atomic_file_write (backup, before, 0600) : 0;
	if (number != 0)
		return fail (error, "write", backup, number);
	dns_append_lines (config, text);
	if (!g_str_equal (before, NO_FILE))
		append_before (before, config->full_tunnel, text);
	return replace (path, text->str, now, error);
}

/* What was kept aside by others and is ours becomes what we kept aside. */
static void
hand_over (const char *folder, const char *marker, const char *before)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
	{
		g_autofree char *path = g_build_filename (folder, name, NULL);
		g_autofree char *kept = NULL;

		if (g_str_has_prefix (name, BACKUP_PREFIX) && g_file_get_contents (path, &kept, NULL, NULL) &&
		    g_str_has_prefix (kept, marker))
			atomic_file_write (path, before, 0600);
	}
}

/* Ours as a whole, or as far as a write in place had come when it was cut off. */
static gboolean
is_ours (const char *now, const char *marker)
{
	return g_str_has_prefix (now, marker) || g_str_has_prefix (marker, now);
}

static gboolean
put_back (const char *path, const char *before, GError **error)
{
	if (!g_str_equal (before, NO_FILE))
		return replace (path, before, NULL, error);
	/* A mount point stays, empty. */
	return unlink (path) == 0 || errno == ENOENT || replace (path, "", NULL, error);
}

void
dns_file_revert_at (const char *path, const char *folder, const char *interface)
{
	g_autofree char *backup = dns_file_backup (folder, interface);
	g_autofree char *marker = g_strdup_printf (MARKER, interface);
	g_autofree char *now = NULL;
	g_autofree char *before = NULL;
	g_autoptr (GError) error = NULL;
	struct stat info;

	if (!g_file_get_contents (backup, &before, NULL, NULL))
		return;
	atomic_file_sweep (path);
	/* A link is somebody else's, wherever it leads. */
	if (lstat (path, &info) != 0 || !S_ISREG (info.st_mode) || !g_file_get_contents (path, &now, NULL, NULL) ||
	    !is_ours (now, marker))
		g_info ("%s was written by somebody else; it stays as it is", path);
	else if (!put_back (path, before, &error))
	{
		g_warning ("%s; what it said before is in %s", error->message, backup);
		return;
	}
	hand_over (folder, marker, before);
	unlink (backup);
}

char *
dns_file_backup (const char *folder, const char *interface)
{
	g_autofree char *name = g_strconcat (BACKUP_PREFIX, interface, NULL);

	return g_build_filename (folder, name, NULL);
}

static gboolean
file_detect (void)
{
	return TRUE;
}

static gboolean
file_apply (const DnsConfig *config, GError **error)
{
	return dns_file_apply_at (PATH, config, error);
}

static void
file_revert (const char *interface, const char *runtime_folder)
{
	dns_file_revert_at (PATH, runtime_folder, interface);
}

const DnsBackend dns_file = {
	.name = "resolv.conf",
	.detect = file_detect,
	.apply = file_apply,
	.revert = file_revert,
};
