/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The last resort: /etc/resolv.conf itself, with the text of before kept aside and a marker line, so that it is put back only
 * when nobody else wrote it in between. A second connection keeps aside what the first wrote; when the first ends first,
 * its own text of before takes that place. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dns.h"

#define PATH "/etc/resolv.conf"
#define MARKER "# Written by godwitd for %s; the text of before comes back when the connection ends.\n"
#define BACKUP_PREFIX "resolv.conf."
#define MAX_OCTETS ((gsize) 256 * 1024)

static gboolean
fail (GError **error, const char *what, const char *path, int number)
{
	g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS, "cannot %s %s: %s", what, path, g_strerror (number));
	return FALSE;
}

/* Atomic where a rename is possible; over a mount point (containers, namespaces) it is not, then in place. */
static gboolean
replace (const char *path, const char *text, GError **error)
{
	g_autofree char *temporary = g_strconcat (path, ".godwit", NULL);
	gsize len = strlen (text);
	int fd, number;

	if (g_file_set_contents_full (temporary, text, (gssize) len, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL))
	{
		if (rename (temporary, path) == 0)
			return TRUE;
		unlink (temporary);
	}
	fd = open (path, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
	if (fd >= 0 && write (fd, text, len) == (gssize) len)
	{
		close (fd);
		return TRUE;
	}
	number = errno;
	if (fd >= 0)
		close (fd);
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

gboolean
dns_file_apply_at (const char *path, const DnsConfig *config, GError **error)
{
	g_autofree char *backup = dns_file_backup (config->runtime_folder, config->interface);
	g_autofree char *before = NULL;
	g_autofree char *marker = g_strdup_printf (MARKER, config->interface);
	g_autoptr (GString) text = g_string_new (marker);
	struct stat info;
	gsize len = 0;

	if (lstat (path, &info) == 0 && S_ISLNK (info.st_mode))
	{
		g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS,
		             "%s is a link to a file that another program manages, and that program is not known here", path);
		return FALSE;
	}
	if (!g_file_get_contents (path, &before, &len, NULL) || len > MAX_OCTETS)
		before = g_strdup ("");
	/* Applied before: the text of before is in the backup already. */
	if (!g_str_has_prefix (before, marker))
	{
		if (!g_file_set_contents_full (backup, before, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
			return FALSE;
	}
	else
	{
		g_free (before);
		before = NULL;
		if (!g_file_get_contents (backup, &before, NULL, NULL))
			before = g_strdup ("");
	}
	dns_append_lines (config, text);
	append_before (before, config->full_tunnel, text);
	return replace (path, text->str, error);
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
			g_file_set_contents_full (path, before, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL);
	}
}

void
dns_file_revert_at (const char *path, const char *folder, const char *interface)
{
	g_autofree char *backup = dns_file_backup (folder, interface);
	g_autofree char *marker = g_strdup_printf (MARKER, interface);
	g_autofree char *now = NULL;
	g_autofree char *before = NULL;
	g_autoptr (GError) error = NULL;

	if (!g_file_get_contents (backup, &before, NULL, NULL))
		return;
	unlink (backup);
	hand_over (folder, marker, before);
	if (!g_file_get_contents (path, &now, NULL, NULL) || !g_str_has_prefix (now, marker))
		g_info ("%s was written by somebody else; it stays as it is", path);
	else if (!replace (path, before, &error))
		g_warning ("%s; it said before: %s", error->message, before);
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
