/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nearest.h"
#include "private.h"

#define fail(error, ...) profile_error_at (error, PROFILE_ERROR_INVALID, NULL, 0, __VA_ARGS__)

/* -- Text -------------------------------------------------------------------------------------------------------- */

gboolean
profile_character_bad (gunichar c)
{
	return g_unichar_iscntrl (c) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* What a profile file could not say again: see the head of profile.h. */
static const char *
text_fault (const char *text)
{
	if (!g_utf8_validate (text, -1, NULL))
		return "is not text in UTF-8";
	for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
		if (profile_character_bad (g_utf8_get_char (at)))
			return "holds control characters";
	if (g_str_has_prefix (text, " ") || g_str_has_suffix (text, " "))
		return "begins or ends with a space";
	if (strstr (text, " #") != NULL)
		return "holds a '#' behind a space, which begins a comment";
	return NULL;
}

static gboolean
check_octets (const ProfileSetting *row, const char *text, GError **error)
{
	gsize octets = strlen (text);

	if ((gint64) octets < row->least)
		fail (error, "%s= is empty", row->key);
	else if ((gint64) octets > row->most)
		fail (error, "%s= has %" G_GSIZE_FORMAT " octets, at most %" G_GINT64_FORMAT " are allowed", row->key, octets,
		      row->most);
	else
		return TRUE;
	return FALSE;
}

static gboolean
check_token (const ProfileSetting *row, const char *text, GError **error)
{
	const char *fault = profile_is_token_uri (row, text) ? profile_token_uri_fault (text) : NULL;

	if (fault == NULL)
		return TRUE;
	fail (error, "%s=%.60s: %s", row->key, text, fault);
	return FALSE;
}

/* -- One value --------------------------------------------------------------------------------------------------- */

static gboolean
parse_boolean (ProfileValue *value, const ProfileSetting *row, const char *text, GError **error)
{
	static const char *const words[] = { "no", "yes", "false", "true", "0", "1", NULL };

	for (guint i = 0; words[i] != NULL; i++)
		if (g_ascii_strcasecmp (words[i], text) == 0)
		{
			value->boolean = i % 2 == 1;
			value->text = g_strdup (words[i % 2]);
			return TRUE;
		}
	fail (error, "%s=%.40s: write yes or no", row->key, text);
	return FALSE;
}

static gboolean
parse_integer (ProfileValue *value, const ProfileSetting *row, const char *text, GError **error)
{
	if (!g_ascii_string_to_signed (text, 10, row->least, row->most, &value->integer, NULL))
	{
		fail (error, "%s=%.40s: write a number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, row->key, text,
		      row->least, row->most);
		return FALSE;
	}
	value->text = g_strdup_printf ("%" G_GINT64_FORMAT, value->integer);
	return TRUE;
}

static gboolean
check_choice (const ProfileSetting *row, const char *text, GError **error)
{
	g_autofree char *choices = g_strjoinv (", ", (char **) row->choices);
	const char *meant = nearest_word (text, row->choices);

	if (g_strv_contains (row->choices, text))
		return TRUE;
	if (meant != NULL)
		fail (error, "%s=%.40s: not one of %s; did you mean '%s'?", row->key, text, choices, meant);
	else
		fail (error, "%s=%.40s: not one of %s", row->key, text, choices);
	return FALSE;
}

/* -- Lists ------------------------------------------------------------------------------------------------------- */

/* The comma-separated items, trimmed; NULL and @error when one is empty or there are too many. */
static char **
split_items (const ProfileSetting *row, const char *text, GError **error)
{
	g_auto (GStrv) items = g_strsplit (text, ",", (gint) row->most + 1);

	if (items[0] == NULL)
	{
		fail (error, "%s= is empty", row->key);
		return NULL;
	}
	if ((gint64) g_strv_length (items) > row->most)
	{
		fail (error, "%s= has more than %" G_GINT64_FORMAT " items", row->key, row->most);
		return NULL;
	}
	for (guint i = 0; items[i] != NULL; i++)
		if (g_strstrip (items[i])[0] == '\0')
		{
			fail (error, "%s=%.60s: item %u is empty", row->key, text, i + 1);
			return NULL;
		}
	return g_steal_pointer (&items);
}

static gboolean
check_once (const ProfileSetting *row, char **items, guint n, GError **error)
{
	for (guint i = 0; i < n; i++)
		if (g_str_equal (items[i], items[n]))
		{
			fail (error, "%s=: '%s' stands there twice", row->key, items[n]);
			return FALSE;
		}
	return TRUE;
}

static gboolean
parse_words (ProfileValue *value, const ProfileSetting *row, const char *text, GError **error)
{
	g_auto (GStrv) items = split_items (row, text, error);

	if (items == NULL)
		return FALSE;
	for (guint i = 0; items[i] != NULL; i++)
		if (!check_choice (row, items[i], error) || !check_once (row, items, i, error))
			return FALSE;
	value->text = g_strjoinv (",", items);
	value->words = g_steal_pointer (&items);
	return TRUE;
}

static gboolean
parse_prefixes (ProfileValue *value, const ProfileSetting *row, const char *text, GError **error)
{
	g_auto (GStrv) items = split_items (row, text, error);
	g_autofree InetPrefix *prefixes = NULL;
	char spelling[INET_TEXT_OCTETS];
	guint n;

	if (items == NULL)
		return FALSE;
	n = g_strv_length (items);
	prefixes = g_new0 (InetPrefix, n);
	for (guint i = 0; i < n; i++)
	{
		if (!inet_prefix_parse (items[i], &prefixes[i]))
		{
			fail (error,
			      "%s=: '%.60s' is no network; write 10.1.0.0/16 or 2001:db8::/32, all bits behind the length zero",
			      row->key, items[i]);
			return FALSE;
		}
		g_free (items[i]);
		items[i] = g_strdup (inet_prefix_to_text (&prefixes[i], spelling));
		if (!check_once (row, items, i, error))
			return FALSE;
	}
	value->text = g_strjoinv (",", items);
	value->prefixes = g_steal_pointer (&prefixes);
	value->n_prefixes = n;
	return TRUE;
}

/* ---------------------------------------------------------------------------------------------------------------- */

static gboolean
parse_typed (ProfileValue *value, const ProfileSetting *row, const char *text, GError **error)
{
	switch (row->type)
	{
	case PROFILE_TYPE_BOOLEAN:
		return parse_boolean (value, row, text, error);
	case PROFILE_TYPE_INTEGER:
		return parse_integer (value, row, text, error);
	case PROFILE_TYPE_WORDS:
		return parse_words (value, row, text, error);
	case PROFILE_TYPE_PREFIXES:
		return parse_prefixes (value, row, text, error);
	case PROFILE_TYPE_CHOICE:
		if (!check_choice (row, text, error))
			return FALSE;
		break;
	case PROFILE_TYPE_TEXT:
	case PROFILE_TYPE_FILE:
	case PROFILE_TYPE_CA:
		if (!check_octets (row, text, error) || !check_token (row, text, error))
			return FALSE;
		break;
	}
	value->text = g_strdup (text);
	return TRUE;
}

gboolean
profile_value_parse (ProfileValue *value, const ProfileSetting *row, const char *text, GError **error)
{
	const char *fault = text_fault (text);

	if (fault != NULL)
	{
		fail (error, "%s= %s", row->key, fault);
		return FALSE;
	}
	return parse_typed (value, row, text, error);
}
