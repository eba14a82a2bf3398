/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import-private.h"

#include <string.h>

#include "crypto/container.h"
#include "store.h"

void
export_fail (GError **error, const char *words)
{
	profile_error_at (error, PROFILE_ERROR_INVALID, NULL, 0, "%s", words);
}

void
export_warn_losses (const Profile *profile, const char *const *said, const char *format, GPtrArray *warnings)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	for (gsize i = 0; i < n; i++)
	{
		g_autofree char *name = g_strconcat (rows[i].group, ".", rows[i].key, NULL);
		g_autofree char *words = NULL;
		const ProfileValue *value = &profile->values[i];

		if (g_strv_contains (said, name) || profile_value_is_default (value, &rows[i]))
			continue;
		words = g_strdup_printf ("%s=%s in [%s] cannot be said in %s.", rows[i].key,
		                         value->text != NULL ? value->text : "...", rows[i].group, format);
		g_ptr_array_add (warnings, profile_printable (words));
	}
}

GBytes *
export_pkcs12 (const Profile *profile, const char *passphrase, GPtrArray *warnings, gboolean *ret_sealed,
               GError **error)
{
	GBytes *whole = profile_contents (profile, "user.pkcs12");
	GBytes *certificate = profile_contents (profile, "user.certificate");
	GBytes *key = profile_contents (profile, "user.key");
	GBytes *made = NULL;

	*ret_sealed = whole != NULL;
	if (whole != NULL)
		return g_bytes_ref (whole);
	if (profile_on_token (profile, "user.certificate") || profile_on_token (profile, "user.key"))
		g_ptr_array_add (warnings, g_strdup ("The key stays on its token; the file has no certificate of the user."));
	else if (certificate == NULL || key == NULL)
		return NULL;
	else if (container_is_encrypted (slice_bytes (key)))
		export_fail (error,
		             "the private key has a passphrase; 'openssl pkcs12 -export' makes a PKCS#12 file of it, which "
		             "pkcs12= in the profile can name and which is exported as it is");
	else if (container_pkcs12_make (slice_bytes (certificate), slice_bytes (key), passphrase, &made) != STATUS_OK)
		export_fail (error, "certificate and key of the user cannot be read");
	else
		g_ptr_array_add (warnings,
		                 g_strdup ("The file holds the private key and no secret protects it: keep it as one."));
	return made;
}

gboolean
profile_export (const Profile *profile, ProfileFormat format, GPtrArray *warnings, GBytes **ret_contents,
                GError **error)
{
	GBytes *contents = NULL;

	switch (format)
	{
	case PROFILE_FORMAT_GODWIT:
		export_fail (error, "a Godwit profile is more than one file");
		break;
	case PROFILE_FORMAT_SSWAN:
		contents = export_sswan (profile, warnings, error);
		break;
	case PROFILE_FORMAT_MOBILECONFIG:
		contents = export_mobileconfig (profile, warnings, error);
		break;
	}
	if (contents == NULL)
		return FALSE;
	*ret_contents = contents;
	return TRUE;
}

static gboolean
export_godwit (const Profile *profile, const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname (path);
	g_autofree char *name = g_path_get_basename (path);

	if (!g_str_has_suffix (name, ".profile"))
	{
		export_fail (error, "a Godwit profile must be written to a file NAME.profile");
		return FALSE;
	}
	name[strlen (name) - strlen (".profile")] = '\0';
	return profile_store_save (folder, name, profile, TRUE, error);
}

gboolean
profile_export_file (const Profile *profile, ProfileFormat format, const char *path, GPtrArray *warnings,
                     GError **error)
{
	g_autoptr (GBytes) contents = NULL;
	g_autoptr (GError) why = NULL;
	Slice octets;

	if (format == PROFILE_FORMAT_GODWIT)
		return export_godwit (profile, path, error);
	if (!profile_export (profile, format, warnings, &contents, error))
		return FALSE;
	octets = slice_bytes (contents);
	if (g_file_set_contents_full (path, (const char *) octets.data, (gssize) octets.len, G_FILE_SET_CONTENTS_CONSISTENT,
	                              0600, &why))
		return TRUE;
	profile_error_at (error, PROFILE_ERROR_FILE, NULL, 0, "cannot write %s: %s", path, why->message);
	return FALSE;
}
