/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "atomic-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".godwit"

int
atomic_file_fill (int fd, const char *text)
{
	gsize len = strlen (text), at = 0;
	int number = 0;

	while (number == 0 && at < len)
	{
		gssize n = write (fd, text + at, len - at);

		if (n > 0)
			at += (gsize) n;
		else if (n < 0 && errno != EINTR)
			number = errno;
	}
	if (fsync (fd) != 0 && errno != EINVAL && number == 0)
		number = errno;
	close (fd);
	return number;
}

int
atomic_file_write (const char *path, const char *text, mode_t mode)
{
	g_autofree char *temporary = g_strconcat (path, SUFFIX, NULL);
	int fd, number;

	atomic_file_sweep (path);
	fd = open (temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return errno;
	/* Whatever our umask is. */
	number = fchmod (fd, mode) != 0 ? errno : 0;
	if (number != 0)
		close (fd);
	else
		number = atomic_file_fill (fd, text);
	if (number == 0 && rename (temporary, path) != 0)
		number = errno;
	if (number != 0)
		unlink (temporary);
	return number;
}

void
atomic_file_sweep (const char *path)
{
	g_autofree char *temporary = g_strconcat (path, SUFFIX, NULL);

	if (access (temporary, F_OK) == 0)
		unlink (temporary);
}

void
atomic_file_sweep_folder (const char *folder)
{
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	const char *name;

	while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
		if (g_str_has_suffix (name, SUFFIX))
		{
			g_autofree char *path = g_build_filename (folder, name, NULL);

			unlink (path);
		}
}
