/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import-private.h"

#include <stdarg.h>

#include "crypto/container.h"

#define MAX_WARNINGS 40
#define MAX_NAME_OCTETS 64

static const struct
{
	const char *name;
	const char *suffix;
} formats[] = {
	[PROFILE_FORMAT_GODWIT] = { "godwit", ".profile" },
	[PROFILE_FORMAT_SSWAN] = { "sswan", ".sswan" },
	[PROFILE_FORMAT_MOBILECONFIG] = { "mobileconfig", ".mobileconfig" },
};

const char *
profile_format_name (ProfileFormat format)
{
	return formats[format].name;
}

const char *
profile_format_suffix (ProfileFormat format)
{
	return formats[format].suffix;
}

gboolean
profile_format_from_name (const char *name, ProfileFormat *ret_format)
{
	for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
		if (g_strcmp0 (formats[i].name, name) == 0)
		{
			*ret_format = (ProfileFormat) i;
			return TRUE;
		}
	return FALSE;
}

/* -- Which format ------------------------------------------------------------------------------------------------ */

static Slice
skip_space (Slice text)
{
	if (text.len >= 3 && memcmp (text.data, "\xef\xbb\xbf", 3) == 0)
		text = slice (text.data + 3, text.len - 3);
	while (text.len > 0 && g_ascii_isspace ((char) text.data[0]))
		text = slice (text.data + 1, text.len - 1);
	return text;
}

static gboolean
begins_with (Slice contents, const char *words)
{
	return contents.len >= strlen (words) && memcmp (contents.data, words, strlen (words)) == 0;
}

/* A CMS ContentInfo with signed data: the object identifier stands within the first octets (RFC 5652 section 3). */
static gboolean
is_signed_data (Slice contents)
{
	static const char oid[] = "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";

	return contents.len > 32 && contents.data[0] == 0x30 && memmem (contents.data, 24, oid, sizeof oid - 1) != NULL;
}

/* Other programs have files of groups and keys too: ours has a line "[gateway]". */
static gboolean
is_profile (Slice contents)
{
	const char *text = (const char *) contents.data;
	gsize at = 0;

	while (at < contents.len)
	{
		const guint8 *end = memchr (contents.data + at, '\n', contents.len - at);
		gsize length = end != NULL ? (gsize) (end - contents.data) - at : contents.len - at;
		Slice line = skip_space (slice (text + at, length));

		if (begins_with (line, "[gateway]"))
			return TRUE;
		if (line.len > 0 && line.data[0] != '#' && line.data[0] != '[' && memchr (line.data, '=', line.len) == NULL)
			return FALSE;
		at += length + 1;
	}
	return FALSE;
}

gboolean
profile_format_recognise (Slice contents, ProfileFormat *ret_format)
{
	Slice text = skip_space (contents);

	if (begins_with (contents, "bplist00") || begins_with (text, "<?xml") || begins_with (text, "<!DOCTYPE plist") ||
	    begins_with (text, "<plist") || is_signed_data (contents))
		*ret_format = PROFILE_FORMAT_MOBILECONFIG;
	else if (begins_with (text, "{"))
		*ret_format = PROFILE_FORMAT_SSWAN;
	else if (is_profile (text))
		*ret_format = PROFILE_FORMAT_GODWIT;
	else
		return FALSE;
	return TRUE;
}

/* -- What the readers of formats call ---------------------------------------------------------------------------- */

void
import_fail (Import *import, const char *format, ...)
{
	g_autofree char *words = NULL;
	va_list arguments;

	if (import->error != NULL)
		return;
	va_start (arguments, format);
	words = g_strdup_vprintf (format, arguments);
	va_end (arguments);
	profile_error_at (&import->error, PROFILE_ERROR_INVALID, import->options->file_name, 0, "%s", words);
}

void
import_warn (Import *import, const char *format, ...)
{
	g_autofree char *words = NULL;
	va_list arguments;

	if (import->warnings->len >= MAX_WARNINGS)
	{
		import->left_out++;
		return;
	}
	va_start (arguments, format);
	words = g_strdup_vprintf (format, arguments);
	va_end (arguments);
	g_ptr_array_add (import->warnings, profile_printable (words));
}

void
import_judge (Import *import, const ImportKey *known, const char *prefix, const char *name)
{
	while (known->name != NULL && !g_str_equal (known->name, name))
		known++;
	if (known->name == NULL)
		import_warn (import, "'%s%.60s' was not understood and left out.", prefix, name);
	else if (known->fate == IMPORT_LOST)
		import_warn (import, "'%s%s' cannot be kept: %s.", prefix, name, known->words);
}

static gboolean
set_value (Import *import, int row, const char *text, GError **error)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	ProfileValue value = { 0 };

	if (!profile_value_parse (&value, &rows[row], text, error))
	{
		profile_value_clear (&value);
		return FALSE;
	}
	profile_value_clear (&import->profile->values[row]);
	import->profile->values[row] = value;
	import->profile->values[row].is_set = TRUE;
	return TRUE;
}

void
import_set (Import *import, const char *name, const char *text, const char *where)
{
	int row = profile_row_named (name);
	g_autoptr (GError) error = NULL;

	if (row < 0)
		import_fail (import, "'%s' asks for what this Godwit cannot do (%s)", where, name);
	else if (!set_value (import, row, text, &error))
		import_fail (import, "'%s': %s", where, error->message);
}

void
import_try (Import *import, const char *name, const char *text, const char *where)
{
	int row = profile_row_named (name);
	g_autoptr (GError) error = NULL;

	if (row < 0)
		import_warn (import, "'%s' cannot be kept: this Godwit has no such setting.", where);
	else if (!set_value (import, row, text, &error))
		import_warn (import, "'%s' was left out: %s.", where, error->message);
}

static gboolean
is_choice (const char *name, const char *word)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	return g_strv_contains (rows[profile_row_named (name)].choices, word);
}

void
import_set_method (Import *import, const char *method, const char *eap, const char *where)
{
	if (!is_choice ("user.method", method) || (eap != NULL && !is_choice ("user.eap", eap)))
	{
		import_fail (import, "%s: this Godwit cannot log in that way yet (method=%s%s%s)", where, method,
		             eap != NULL ? ", eap=" : "", eap != NULL ? eap : "");
		return;
	}
	import_set (import, "user.method", method, where);
	if (eap != NULL)
		import_set (import, "user.eap", eap, where);
}

void
import_add_anchor (Import *import, Slice certificate, const char *where)
{
	g_autoptr (GString) pem = g_string_new (NULL);

	if (container_certificate_to_pem (certificate, pem) != STATUS_OK)
		import_fail (import, "'%s' holds no certificate that can be read", where);
	else if (import->anchors->len + pem->len > PROFILE_MAX_CA_OCTETS)
		import_fail (import, "there are too many certificates");
	/* Named twice is the same once. */
	else if (strstr (import->anchors->str, pem->str) == NULL)
		g_string_append (import->anchors, pem->str);
}

void
import_take_pkcs12 (Import *import, Slice der, const char *passphrase, const char *where)
{
	g_autoptr (GBytes) chain = NULL, key = NULL, whole = NULL;
	Status status;

	if (profile_is_set (import->profile, "user.certificate") || profile_is_set (import->profile, "user.pkcs12"))
	{
		import_warn (import, "'%s': a second certificate of the user was left out.", where);
		return;
	}
	status = container_pkcs12_open (der, passphrase, &chain, &key);
	if (status == STATUS_OK)
	{
		profile_set_contents (import->profile, "user.certificate", chain);
		profile_set_contents (import->profile, "user.key", key);
		import_warn (import, passphrase != NULL && passphrase[0] != '\0'
		                         ? "The passphrase of the private key stands in the file itself, so the key is kept "
		                           "without one; it is as secret as the file was."
		                         : "The private key has no passphrase; it is as secret as the file was.");
		return;
	}
	if (status != STATUS_SECRET_WRONG && status != STATUS_SECRET_NEEDED)
	{
		import_fail (import, "'%s' is no PKCS#12 file with a certificate and its key", where);
		return;
	}
	if (status == STATUS_SECRET_WRONG)
		import_warn (import, "The passphrase for '%s' in the file is not the right one; it will be asked for.", where);
	whole = secret_bytes_new (der);
	profile_set_contents (import->profile, "user.pkcs12", whole);
}

GBytes *
import_base64 (Import *import, const char *text, const char *where)
{
	g_autofree char *bare = g_malloc (strlen (text) + 1);
	g_autofree guint8 *octets = NULL;
	g_autofree char *again = NULL;
	GBytes *bytes;
	gsize len = 0, n = 0;

	for (const char *at = text; *at != '\0'; at++)
		if (!g_ascii_isspace (*at))
			bare[n++] = *at;
	bare[n] = '\0';
	octets = g_base64_decode (bare, &len);
	again = g_base64_encode (octets, len);
	/* The decoder skips what it does not know: only what comes out the same was all base64. */
	if (len == 0 || !g_str_equal (again, bare))
	{
		import_fail (import, "'%s' is not base64", where);
		bytes = NULL;
	}
	else
		bytes = secret_bytes_new (slice (octets, len));
	secret_wipe (octets, len);
	secret_wipe (bare, n);
	secret_wipe (again, strlen (again));
	return bytes;
}

/* -- One import -------------------------------------------------------------------------------------------------- */

static void
import_godwit (Import *import, Slice contents)
{
	const ProfileImportOptions *options = import->options;
	Profile *profile = profile_parse ((const char *) contents.data, contents.len, options->file_name, &import->error);
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	if (profile == NULL)
		return;
	profile_free (import->profile);
	import->profile = profile;
	for (gsize i = 0; i < n && options->folder == NULL; i++)
	{
		const ProfileValue *value = &profile->values[i];

		if (value->text != NULL &&
		    ((rows[i].type == PROFILE_TYPE_FILE && !profile_is_token_uri (&rows[i], value->text)) ||
		     (rows[i].type == PROFILE_TYPE_CA && !g_str_equal (value->text, "system"))))
			import_fail (import, "%s=%s names a file; give the file of the profile, not only its contents", rows[i].key,
			             value->text);
	}
	if (import->error == NULL && options->folder != NULL)
		profile_read_files (profile, options->folder, &import->error);
}

/* A name for people from the name of the file, when the file itself gave none. */
static void
name_from_file (Import *import)
{
	const char *file_name = import->options->file_name;
	g_autofree char *name = file_name != NULL ? g_path_get_basename (file_name) : NULL;
	char *dot = name != NULL ? strrchr (name, '.') : NULL;
	int row = profile_row_named ("profile.name");

	if (profile_is_set (import->profile, "profile.name") || name == NULL)
		return;
	if (dot != NULL && dot != name)
		*dot = '\0';
	if (strlen (name) <= MAX_NAME_OCTETS)
		set_value (import, row, name, NULL);
}

static void
finish (Import *import, ProfileFormat format)
{
	const char *user = import->options->user;

	if (user != NULL)
		import_set (import, "user.user", user, "user");
	if (import->anchors->len > 0)
	{
		g_autoptr (GBytes) anchors = g_bytes_new (import->anchors->str, import->anchors->len);

		profile_set_contents (import->profile, "gateway.ca", anchors);
	}
	if (format != PROFILE_FORMAT_GODWIT)
		name_from_file (import);
	if (import->error != NULL)
		return;
	/* The own format has its defaults by now. */
	if (format != PROFILE_FORMAT_GODWIT)
		profile_fill_defaults (import->profile);
	if (format != PROFILE_FORMAT_GODWIT && profile_method (import->profile) != PROFILE_METHOD_CERTIFICATE &&
	    profile_local_identity (import->profile) == NULL)
		import_fail (import, "the file does not say who the user is; give the user's name (--user)");
	else
		profile_check (import->profile, &import->error);
	if (import->left_out > 0)
		g_ptr_array_add (import->warnings, g_strdup_printf ("%u more things were left out.", import->left_out));
}

static gboolean
recognise (Slice contents, const ProfileImportOptions *options, ProfileFormat *ret_format, GError **error)
{
	if (contents.len > PROFILE_MAX_IMPORT_OCTETS)
		profile_error_at (error, PROFILE_ERROR_INVALID, options->file_name, 0, "is larger than a profile can be");
	else if (!profile_format_recognise (contents, ret_format))
		profile_error_at (error, PROFILE_ERROR_INVALID, options->file_name, 0,
		                  "is no profile that Godwit knows: neither its own, nor .sswan, nor .mobileconfig");
	else
		return TRUE;
	return FALSE;
}

static void
read_format (Import *import, ProfileFormat format, Slice contents)
{
	switch (format)
	{
	case PROFILE_FORMAT_GODWIT:
		import_godwit (import, contents);
		break;
	case PROFILE_FORMAT_SSWAN:
		import_sswan (import, contents);
		break;
	case PROFILE_FORMAT_MOBILECONFIG:
		import_mobileconfig (import, contents);
		break;
	}
	if (import->error == NULL)
		finish (import, format);
}

ProfileImport *
profile_import (Slice contents, const ProfileImportOptions *options, GError **error)
{
	Import import = { .options = options };
	ProfileFormat format;
	ProfileImport *result;

	if (!recognise (contents, options, &format, error))
		return NULL;
	import.profile = profile_new (options->file_name);
	import.warnings = g_ptr_array_new_with_free_func (g_free);
	import.anchors = g_string_new (NULL);
	read_format (&import, format, contents);
	g_string_free (import.anchors, TRUE);
	result = g_new0 (ProfileImport, 1);
	*result = (ProfileImport){ import.profile, format, import.warnings, secret_steal (&import.password) };
	if (import.error != NULL)
	{
		g_propagate_error (error, import.error);
		g_clear_pointer (&result, profile_import_free);
	}
	return result;
}

ProfileImport *
profile_import_file (const char *path, const char *user, GError **error)
{
	g_autofree char *folder = g_path_get_dirname (path);
	g_autofree char *name = g_path_get_basename (path);
	g_autofree char *why = NULL;
	g_autoptr (GBytes) contents = profile_read_regular (path, PROFILE_MAX_IMPORT_OCTETS, &why);
	const ProfileImportOptions options = { name, folder, user };

	if (contents == NULL)
	{
		profile_error_at (error, PROFILE_ERROR_FILE, NULL, 0, "cannot read %s: %s", path, why);
		return NULL;
	}
	return profile_import (slice_bytes (contents), &options, error);
}

void
profile_import_free (ProfileImport *import)
{
	if (import == NULL)
		return;
	profile_free (import->profile);
	g_ptr_array_unref (import->warnings);
	secret_clear (&import->password);
	g_free (import);
}
