/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "private.h"

#include <stdarg.h>

G_DEFINE_QUARK (godwit - profile - error, profile_error)

static const char *const profile_methods[] = { "eap", "certificate", "psk", NULL };
static const char *const profile_revocations[] = { "off", "soft", "hard", NULL };
static const char *const profile_eap_methods[] = { "mschapv2", "gtc", "md5", "tls", "ttls", "peap", NULL };
static const char *const profile_eap_inner[] = { "pap", "mschapv2", "eap-mschapv2", "gtc", "md5", NULL };

static const ProfileSetting settings[] = {
#define SETTING(group, key, type, fallback, choices, least, most, is_private, label, help)                             \
	{ group, key, PROFILE_TYPE_##type, fallback, choices, least, most, is_private, label, help },
#include "settings.def"
#undef SETTING
};

const ProfileSetting *
profile_settings (gsize *ret_n)
{
	*ret_n = G_N_ELEMENTS (settings);
	return settings;
}

int
profile_row (const char *group, const char *key)
{
	for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
		if (g_str_equal (settings[i].group, group) && g_str_equal (settings[i].key, key))
			return (int) i;
	return -1;
}

int
profile_row_named (const char *name)
{
	g_auto (GStrv) parts = g_strsplit (name, ".", 2);

	return parts[0] != NULL && parts[1] != NULL ? profile_row (parts[0], parts[1]) : -1;
}

/* What a hostile profile says ends on a terminal and on D-Bus: both want text, and no escape sequence. */
char *
profile_printable (const char *words)
{
	g_autofree char *valid = g_utf8_make_valid (words, -1);
	GString *text = g_string_new (NULL);

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
	{
		gunichar c = g_utf8_get_char (at);

		g_string_append_unichar (text, profile_character_bad (c) ? '?' : c);
	}
	return g_string_free (text, FALSE);
}

void
profile_error_at (GError **error, ProfileError code, const char *file_name, guint line, const char *format, ...)
{
	g_autofree char *words = NULL, *placed = NULL, *printable = NULL;
	va_list arguments;

	va_start (arguments, format);
	words = g_strdup_vprintf (format, arguments);
	va_end (arguments);
	if (file_name != NULL && line > 0)
		placed = g_strdup_printf ("%s:%u: %s", file_name, line, words);
	else if (file_name != NULL)
		placed = g_strdup_printf ("%s: %s", file_name, words);
	printable = profile_printable (placed != NULL ? placed : words);
	g_set_error_literal (error, PROFILE_ERROR, (gint) code, printable);
}

Profile *
profile_new (const char *file_name)
{
	Profile *profile = g_new0 (Profile, 1);

	profile->file_name = g_strdup (file_name);
	profile->values = g_new0 (ProfileValue, G_N_ELEMENTS (settings));
	return profile;
}

void
profile_value_clear (ProfileValue *value)
{
	g_free (value->text);
	g_strfreev (value->words);
	g_free (value->prefixes);
	g_clear_pointer (&value->contents, g_bytes_unref);
	*value = (ProfileValue){ 0 };
}

void
profile_free (Profile *profile)
{
	if (profile == NULL)
		return;
	for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
		profile_value_clear (&profile->values[i]);
	g_free (profile->values);
	g_free (profile->file_name);
	g_free (profile);
}

void
profile_fill_defaults (Profile *profile)
{
	for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
		if (!profile->values[i].is_set && settings[i].fallback != NULL)
			profile_value_parse (&profile->values[i], &settings[i], settings[i].fallback, NULL);
}

/* @name is one of our own words: asking for another is a bug that the first test shows. */
static const ProfileValue *
value_of (const Profile *profile, const char *name)
{
	int row = profile_row_named (name);

	g_assert (row >= 0);
	return &profile->values[row];
}

const char *
profile_text (const Profile *profile, const char *name)
{
	return value_of (profile, name)->text;
}

gboolean
profile_boolean (const Profile *profile, const char *name)
{
	return value_of (profile, name)->boolean;
}

gint64
profile_integer (const Profile *profile, const char *name)
{
	return value_of (profile, name)->integer;
}

const char *const *
profile_words (const Profile *profile, const char *name)
{
	return (const char *const *) value_of (profile, name)->words;
}

const InetPrefix *
profile_prefixes (const Profile *profile, const char *name, gsize *ret_n)
{
	*ret_n = value_of (profile, name)->n_prefixes;
	return value_of (profile, name)->prefixes;
}

gboolean
profile_on_token (const Profile *profile, const char *name)
{
	const ProfileValue *value = value_of (profile, name);

	return value->contents == NULL && value->text != NULL &&
	       profile_is_token_uri (&settings[profile_row_named (name)], value->text);
}

void
profile_set_contents (Profile *profile, const char *name, GBytes *contents)
{
	ProfileValue *value = &profile->values[value_of (profile, name) - profile->values];

	g_bytes_ref (contents);
	profile_value_clear (value);
	value->contents = contents;
	value->is_set = TRUE;
}

GBytes *
profile_contents (const Profile *profile, const char *name)
{
	return value_of (profile, name)->contents;
}

gboolean
profile_is_set (const Profile *profile, const char *name)
{
	return value_of (profile, name)->is_set;
}

ProfileMethod
profile_method (const Profile *profile)
{
	const char *word = profile_text (profile, "user.method");

	for (guint i = 0; profile_methods[i] != NULL; i++)
		if (g_str_equal (profile_methods[i], word))
			return (ProfileMethod) i;
	return PROFILE_METHOD_EAP;
}

const char *
profile_display_name (const Profile *profile)
{
	const char *name = profile_text (profile, "profile.name");

	return name != NULL ? name : profile_text (profile, "gateway.address");
}

const char *
profile_gateway_identity (const Profile *profile)
{
	const char *identity = profile_text (profile, "gateway.identity");

	return identity != NULL ? identity : profile_text (profile, "gateway.address");
}

const char *
profile_local_identity (const Profile *profile)
{
	const char *identity = profile_text (profile, "user.identity");

	/* IDi is said before the gateway has proved anything: who wants to be anonymous wants it there, too. */
	if (identity == NULL)
		identity = profile_text (profile, "user.eap-anonymous");
	return identity != NULL ? identity : profile_text (profile, "user.user");
}

const char *
profile_eap_identity (const Profile *profile)
{
	const char *user = profile_text (profile, "user.user");

	return user != NULL ? user : profile_text (profile, "user.identity");
}

const char *
profile_eap_server (const Profile *profile)
{
	const char *server = profile_text (profile, "user.eap-server");

	return server != NULL ? server : profile_gateway_identity (profile);
}

gboolean
profile_allows_eap (const Profile *profile, const char *method)
{
	const char *const *words = profile_words (profile, "user.eap");

	return profile_method (profile) == PROFILE_METHOD_EAP && words != NULL && g_strv_contains (words, method);
}

gboolean
profile_uses_certificate (const Profile *profile)
{
	return profile_method (profile) == PROFILE_METHOD_CERTIFICATE || profile_allows_eap (profile, "tls");
}

gboolean
profile_ca_is_system (const Profile *profile)
{
	const ProfileValue *ca = value_of (profile, "gateway.ca");

	return ca->contents == NULL && g_strcmp0 (ca->text, "system") == 0;
}
