/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

/* Up to @octets octets; fewer are an error of the file that shrinks while it is read. */
static gboolean
read_octets (int fd, guint8 *data, gsize octets)
{
	gsize have = 0;

	while (have < octets)
	{
		gssize got = read (fd, data + have, octets - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return FALSE;
		have += (gsize) got;
	}
	return TRUE;
}

/* Nothing of a key may stay in memory that is given back: the first buffer is wiped, the result when it is freed. */
static GBytes *
read_open (int fd, gsize octets, char **ret_why)
{
	g_autofree guint8 *data = g_try_malloc0 (octets + 1);
	GBytes *contents = NULL;

	if (data == NULL)
		*ret_why = g_strdup (g_strerror (ENOMEM));
	else if (!read_octets (fd, data, octets))
		*ret_why = g_strdup ("it changed while it was read");
	else
		contents = secret_bytes_new (slice (data, octets));
	secret_wipe (data, octets);
	return contents;
}

/* Reads a whole regular file; a FIFO or device neither blocks nor is read. */
GBytes *
profile_read_regular (const char *path, gsize limit, char **ret_why)
{
	int fd = open (path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	GBytes *contents = NULL;
	struct stat info;

	if (fd < 0 || fstat (fd, &info) != 0)
		*ret_why = g_strdup (g_strerror (errno));
	else if (S_ISDIR (info.st_mode))
		*ret_why = g_strdup (g_strerror (EISDIR));
	else if (!S_ISREG (info.st_mode))
		*ret_why = g_strdup ("it is no regular file");
	else if ((guint64) info.st_size > limit)
		*ret_why = g_strdup_printf ("it is larger than %" G_GSIZE_FORMAT " KiB", limit / 1024);
	else
		contents = read_open (fd, (gsize) info.st_size, ret_why);
	if (fd >= 0)
		close (fd);
	return contents;
}

/* Where a path of a profile points: relative to the profile's folder, "~/" to the home. */
static char *
resolve_path (const char *path, const char *folder)
{
	if (g_path_is_absolute (path))
		return g_strdup (path);
	if (g_str_has_prefix (path, "~/"))
		return g_build_filename (g_get_home_dir (), path + 2, NULL);
	return g_build_filename (folder, path, NULL);
}

gsize
profile_contents_limit (const ProfileSetting *row)
{
	return row->type == PROFILE_TYPE_CA ? PROFILE_MAX_CA_OCTETS : PROFILE_MAX_FILE_OCTETS;
}

static gboolean
contains (Slice contents, const char *words)
{
	return memmem (contents.data, contents.len, words, strlen (words)) != NULL;
}

const char *
profile_contents_fault (const ProfileSetting *row, Slice contents)
{
	if (contents.len == 0)
		return "is empty";
	/* PKCS#12 is DER: a SEQUENCE (RFC 7292 section 4). */
	if (g_str_equal (row->key, "pkcs12"))
		return contents.data[0] == 0x30 ? NULL : "is no PKCS#12 file; certificate= and key= name PEM files";
	if (g_str_equal (row->key, "crl"))
		return contains (contents, "-----BEGIN X509 CRL-----")
		           ? NULL
		           : "holds no CRL in PEM; 'openssl crl -inform DER' converts one";
	if (!contains (contents, "-----BEGIN "))
		return row->is_private ? "is not PEM; 'openssl pkey -inform DER' converts a key"
		                       : "is not PEM; 'openssl x509 -inform DER' converts a certificate";
	if (row->is_private && !contains (contents, "PRIVATE KEY-----"))
		return "holds no private key";
	if (!row->is_private && !contains (contents, "CERTIFICATE-----"))
		return "holds no certificate";
	return NULL;
}

static gboolean
read_value (const Profile *profile, ProfileValue *value, const ProfileSetting *row, const char *folder, GError **error)
{
	g_autofree char *path = resolve_path (value->text, folder);
	g_autofree char *why = NULL;
	g_autoptr (GBytes) contents = profile_read_regular (path, profile_contents_limit (row), &why);
	const char *fault = contents != NULL ? profile_contents_fault (row, slice_bytes (contents)) : NULL;

	if (contents == NULL)
		profile_error_at (error, PROFILE_ERROR_FILE, profile->file_name, value->line, "%s=%s: cannot read %s: %s",
		                  row->key, value->text, path, why);
	else if (fault != NULL)
		profile_error_at (error, PROFILE_ERROR_FILE, profile->file_name, value->line, "%s=%s: %s %s", row->key,
		                  value->text, path, fault);
	else
		value->contents = g_steal_pointer (&contents);
	return value->contents != NULL;
}

gboolean
profile_read_files (Profile *profile, const char *folder, GError **error)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	for (gsize i = 0; i < n; i++)
	{
		ProfileValue *value = &profile->values[i];
		gboolean file = rows[i].type == PROFILE_TYPE_FILE ||
		                (rows[i].type == PROFILE_TYPE_CA && g_strcmp0 (value->text, "system") != 0);

		if (file && value->text != NULL && value->contents == NULL && !profile_is_token_uri (&rows[i], value->text) &&
		    !read_value (profile, value, &rows[i], folder, error))
			return FALSE;
	}
	return TRUE;
}

Profile *
profile_load (const char *path, GError **error)
{
	g_autofree char *why = NULL;
	g_autoptr (GBytes) contents = profile_read_regular (path, PROFILE_MAX_FILE_OCTETS, &why);
	g_autofree char *folder = g_path_get_dirname (path);
	g_autofree char *name = g_path_get_basename (path);
	g_autoptr (Profile) profile = NULL;
	Slice text = slice_bytes (contents);

	if (contents == NULL)
	{
		profile_error_at (error, PROFILE_ERROR_FILE, NULL, 0, "cannot read the profile %s: %s", path, why);
		return NULL;
	}
	profile = profile_parse ((const char *) text.data, text.len, name, error);
	if (profile == NULL || !profile_read_files (profile, folder, error))
		return NULL;
	return g_steal_pointer (&profile);
}
