/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "private.h"

#include "base/secret.h"

#define fail(error, ...) profile_error_at (error, PROFILE_ERROR_INVALID, NULL, 0, __VA_ARGS__)

/* -- To a{sv} ---------------------------------------------------------------------------------------------------- */

static GVariant *
prefixes_to_variant (const ProfileValue *value)
{
	char text[INET_TEXT_OCTETS];
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
	for (gsize i = 0; i < value->n_prefixes; i++)
		g_variant_builder_add (&builder, "s", inet_prefix_to_text (&value->prefixes[i], text));
	return g_variant_builder_end (&builder);
}

static GVariant *
value_to_variant (const ProfileValue *value, const ProfileSetting *row)
{
	switch (row->type)
	{
	case PROFILE_TYPE_BOOLEAN:
		return g_variant_new_boolean (value->boolean);
	case PROFILE_TYPE_INTEGER:
		return g_variant_new_int64 (value->integer);
	case PROFILE_TYPE_WORDS:
		return g_variant_new_strv ((const char *const *) value->words, -1);
	case PROFILE_TYPE_PREFIXES:
		return prefixes_to_variant (value);
	case PROFILE_TYPE_FILE:
	case PROFILE_TYPE_CA:
		/* By reference: no copy that would not be wiped. */
		if (value->contents != NULL)
			return g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, value->contents, TRUE);
		break;
	case PROFILE_TYPE_TEXT:
	case PROFILE_TYPE_CHOICE:
		break;
	}
	return g_variant_new_string (value->text);
}

gboolean
profile_value_is_default (const ProfileValue *value, const ProfileSetting *row)
{
	return !value->is_set || (value->contents == NULL && g_strcmp0 (value->text, row->fallback) == 0);
}

GVariant *
profile_to_variant (const Profile *profile, gboolean with_private)
{
	GVariantBuilder builder;
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	for (gsize i = 0; i < n; i++)
	{
		g_autofree char *name = g_strconcat (rows[i].group, ".", rows[i].key, NULL);

		if (!profile_value_is_default (&profile->values[i], &rows[i]) && (with_private || !rows[i].is_private))
			g_variant_builder_add (&builder, "{sv}", name, value_to_variant (&profile->values[i], &rows[i]));
	}
	return g_variant_builder_end (&builder);
}

/* -- From a{sv} -------------------------------------------------------------------------------------------------- */

static gboolean
fail_type (const ProfileSetting *row, const char *wanted, GError **error)
{
	fail (error, "%s.%s must be %s", row->group, row->key, wanted);
	return FALSE;
}

/* Contents come as octets; a path must not: nobody opens a file for a caller. */
static gboolean
take_contents (ProfileValue *value, const ProfileSetting *row, GVariant *variant, GError **error)
{
	Slice contents = SLICE_NONE;
	const char *fault;

	if (row->type == PROFILE_TYPE_CA && g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING) &&
	    g_str_equal (g_variant_get_string (variant, NULL), "system"))
	{
		value->text = g_strdup ("system");
		return TRUE;
	}
	if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING) &&
	    profile_is_token_uri (row, g_variant_get_string (variant, NULL)))
		return profile_value_parse (value, row, g_variant_get_string (variant, NULL), error);
	if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_BYTESTRING))
		return fail_type (row, "the contents of the file (ay)", error);
	contents.data = g_variant_get_fixed_array (variant, &contents.len, 1);
	if (contents.len > profile_contents_limit (row))
	{
		fail (error, "%s.%s is larger than %" G_GSIZE_FORMAT " KiB", row->group, row->key,
		      profile_contents_limit (row) / 1024);
		return FALSE;
	}
	fault = profile_contents_fault (row, contents);
	if (fault != NULL)
	{
		fail (error, "%s.%s %s", row->group, row->key, fault);
		return FALSE;
	}
	value->contents = secret_bytes_new (contents);
	return TRUE;
}

/* The items with commas between them; an item with a comma would turn into two. */
static char *
join_items (const ProfileSetting *row, GVariant *variant, GError **error)
{
	g_autofree const char **items = NULL;

	if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING_ARRAY))
	{
		fail_type (row, "a list of strings (as)", error);
		return NULL;
	}
	if ((gint64) g_variant_n_children (variant) > row->most)
	{
		fail (error, "%s.%s has more than %" G_GINT64_FORMAT " items", row->group, row->key, row->most);
		return NULL;
	}
	items = g_variant_get_strv (variant, NULL);
	for (guint i = 0; items[i] != NULL; i++)
		if (items[i][0] == '\0' || strpbrk (items[i], ", ") != NULL)
		{
			fail (error, "%s.%s: item %u is empty or holds a comma or space", row->group, row->key, i + 1);
			return NULL;
		}
	return g_strjoinv (",", (char **) items);
}

/* The text that profile_value_parse() reads, from the type the row wants. */
static char *
variant_to_text (const ProfileSetting *row, GVariant *variant, GError **error)
{
	switch (row->type)
	{
	case PROFILE_TYPE_TEXT:
	case PROFILE_TYPE_CHOICE:
		if (g_variant_is_of_type (variant, G_VARIANT_TYPE_STRING))
			return g_variant_dup_string (variant, NULL);
		fail_type (row, "a string (s)", error);
		return NULL;
	case PROFILE_TYPE_BOOLEAN:
		if (g_variant_is_of_type (variant, G_VARIANT_TYPE_BOOLEAN))
			return g_strdup (g_variant_get_boolean (variant) ? "yes" : "no");
		fail_type (row, "true or false (b)", error);
		return NULL;
	case PROFILE_TYPE_INTEGER:
		if (g_variant_is_of_type (variant, G_VARIANT_TYPE_INT64))
			return g_strdup_printf ("%" G_GINT64_FORMAT, g_variant_get_int64 (variant));
		fail_type (row, "a number (x)", error);
		return NULL;
	case PROFILE_TYPE_WORDS:
	case PROFILE_TYPE_PREFIXES:
		return join_items (row, variant, error);
	case PROFILE_TYPE_FILE:
	case PROFILE_TYPE_CA:
		break;
	}
	return NULL;
}

static gboolean
take_value (ProfileValue *value, const ProfileSetting *row, GVariant *variant, GError **error)
{
	g_autofree char *text = NULL;

	if (row->type == PROFILE_TYPE_FILE || row->type == PROFILE_TYPE_CA)
		return take_contents (value, row, variant, error);
	text = variant_to_text (row, variant, error);
	return text != NULL && profile_value_parse (value, row, text, error);
}

static gboolean
take_entry (Profile *profile, const char *name, GVariant *variant, GError **error)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	int row = profile_row_named (name);

	if (row < 0)
		fail (error, "unknown setting '%.60s'", name);
	else if (profile->values[row].is_set)
		fail (error, "setting '%s' was given twice", name);
	else
	{
		profile->values[row].is_set = take_value (&profile->values[row], &rows[row], variant, error);
		return profile->values[row].is_set;
	}
	return FALSE;
}

Profile *
profile_new_from_variant (GVariant *settings, GError **error)
{
	g_autoptr (Profile) profile = profile_new (NULL);
	GVariantIter iter;
	const char *name;
	GVariant *child;

	if (!g_variant_is_of_type (settings, G_VARIANT_TYPE_VARDICT))
	{
		fail (error, "settings must be a dictionary (a{sv})");
		return NULL;
	}
	g_variant_iter_init (&iter, settings);
	while (g_variant_iter_next (&iter, "{&sv}", &name, &child))
	{
		g_autoptr (GVariant) value = child;

		if (!take_entry (profile, name, value, error))
			return NULL;
	}
	profile->by_value = TRUE;
	profile_fill_defaults (profile);
	return profile_check (profile, error) ? g_steal_pointer (&profile) : NULL;
}
