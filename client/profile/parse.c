/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GKeyFile would read this too, but it tells no line numbers, takes the last of two equal keys without a word, and has no
 * comment behind a value; a person who mistyped a profile needs the first two and writes the third. */
#include "nearest.h"
#include "private.h"

#define GROUPS_MAX 32u /* of the table: a bit each says which were seen */

typedef struct
{
	Profile *profile;
	char *group;  /* of the lines that follow; NULL before the first */
	guint32 seen; /* groups, by their place in the table's list */
	guint line;
} Parser;

#define fail(parser, error, ...)                                                                                       \
	profile_error_at (error, PROFILE_ERROR_INVALID, (parser)->profile->file_name, (parser)->line, __VA_ARGS__)

/* -- Words of the table ------------------------------------------------------------------------------------------ */

/* Every group once. */
static char **
table_groups (void)
{
	GStrvBuilder *builder = g_strv_builder_new ();
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	char **groups;

	for (gsize i = 0; i < n; i++)
		if (i == 0 || !g_str_equal (rows[i].group, rows[i - 1].group))
			g_strv_builder_add (builder, rows[i].group);
	groups = g_strv_builder_end (builder);
	g_strv_builder_unref (builder);
	g_assert (g_strv_length (groups) <= GROUPS_MAX);
	return groups;
}

/* Keys of @group, or those of all others. */
static char **
table_keys (const char *group, gboolean others)
{
	GStrvBuilder *builder = g_strv_builder_new ();
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	char **keys;

	for (gsize i = 0; i < n; i++)
		if (g_str_equal (rows[i].group, group) != others)
			g_strv_builder_add (builder, rows[i].key);
	keys = g_strv_builder_end (builder);
	g_strv_builder_unref (builder);
	return keys;
}

/* "[gateway]", "[gateway] or [user]": where @key exists. */
static char *
groups_of_key (const char *key)
{
	GString *text = g_string_new (NULL);
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	for (gsize i = 0; i < n; i++)
		if (g_str_equal (rows[i].key, key))
			g_string_append_printf (text, "%s[%s]", text->len > 0 ? " or " : "", rows[i].group);
	return g_string_free (text, FALSE);
}

/* -- Lines ------------------------------------------------------------------------------------------------------- */

static gboolean
enter_group (Parser *parser, char **groups, GError **error)
{
	const char *meant = nearest_word (parser->group, (const char *const *) groups);
	g_autofree char *all = NULL;

	for (guint i = 0; groups[i] != NULL; i++)
		if (g_str_equal (groups[i], parser->group))
		{
			gboolean again = (parser->seen & 1u << i) != 0;

			if (again)
				fail (parser, error, "the group [%s] was there before; put its keys together", parser->group);
			parser->seen |= 1u << i;
			return !again;
		}
	all = g_strjoinv ("], [", groups);
	if (meant != NULL)
		fail (parser, error, "unknown group [%.60s]; did you mean [%s]?", parser->group, meant);
	else
		fail (parser, error, "unknown group [%.60s]; there are [%s]", parser->group, all);
	return FALSE;
}

static gboolean
parse_group (Parser *parser, const char *line, GError **error)
{
	gsize len = strlen (line);
	g_auto (GStrv) groups = table_groups ();

	if (line[len - 1] != ']')
	{
		fail (parser, error, "'%.60s' begins like a group, but has no ']' at its end", line);
		return FALSE;
	}
	g_free (parser->group);
	parser->group = g_strndup (line + 1, len - 2);
	return enter_group (parser, groups, error);
}

/* Says where an unknown key would belong. */
static void
fail_unknown_key (Parser *parser, const char *key, GError **error)
{
	g_auto (GStrv) here = table_keys (parser->group, FALSE);
	g_auto (GStrv) there = table_keys (parser->group, TRUE);
	const char *meant = nearest_word (key, (const char *const *) here);
	gboolean exact = g_strv_contains ((const char *const *) there, key);
	g_autofree char *groups = NULL;

	if (exact || meant == NULL)
		meant = nearest_word (key, (const char *const *) there);
	else
	{
		fail (parser, error, "unknown key '%.60s' in [%s]; did you mean '%s'?", key, parser->group, meant);
		return;
	}
	groups = meant != NULL ? groups_of_key (meant) : NULL;
	if (meant != NULL)
		fail (parser, error, "unknown key '%.60s' in [%s]; did you mean '%s' in %s?", key, parser->group, meant,
		      groups);
	else
		fail (parser, error, "unknown key '%.60s' in [%s]; 'godwit help profile' lists the keys", key, parser->group);
}

/* Cuts a comment: '#' behind white space. An identity such as "@#0a0b" has none in front of it. */
static void
cut_comment (char *value)
{
	for (char *at = value; *at != '\0'; at++)
		if (*at == '#' && at > value && g_ascii_isspace (at[-1]))
		{
			*at = '\0';
			return;
		}
}

static gboolean
take_value (Parser *parser, const char *key, const char *text, GError **error)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	int row = profile_row (parser->group, key);
	g_autoptr (GError) wrong = NULL;
	ProfileValue *value;

	if (row < 0)
	{
		fail_unknown_key (parser, key, error);
		return FALSE;
	}
	value = &parser->profile->values[row];
	if (value->is_set)
		fail (parser, error, "'%s' was given before, in line %u", key, value->line);
	else if (!profile_value_parse (value, &rows[row], text, &wrong))
		fail (parser, error, "%s", wrong->message);
	else
	{
		value->is_set = TRUE;
		value->line = parser->line;
		return TRUE;
	}
	return FALSE;
}

static gboolean
parse_key (Parser *parser, char *line, GError **error)
{
	char *equals = strchr (line, '=');

	if (equals == NULL)
		fail (parser, error, "'%.60s' is neither a group nor KEY=VALUE", line);
	else if (parser->group == NULL)
		fail (parser, error, "'%.60s' stands before the first group; begin with [gateway]", line);
	else
	{
		*equals = '\0';
		cut_comment (equals + 1);
		return take_value (parser, g_strchomp (line), g_strstrip (equals + 1), error);
	}
	return FALSE;
}

static gboolean
parse_line (Parser *parser, char *line, GError **error)
{
	g_strstrip (line);
	if (line[0] == '\0' || line[0] == '#')
		return TRUE;
	if (line[0] != '[')
		return parse_key (parser, line, error);
	cut_comment (line);
	return parse_group (parser, g_strchomp (line), error);
}

static gboolean
parse_lines (Parser *parser, char **lines, GError **error)
{
	for (guint i = 0; lines[i] != NULL; i++)
	{
		parser->line = i + 1;
		if (!parse_line (parser, lines[i], error))
			return FALSE;
	}
	return TRUE;
}

/* The number of the line that holds the octet at @at. */
static guint
line_at (const char *text, gsize at)
{
	guint line = 1;

	for (gsize i = 0; i < at; i++)
		line += text[i] == '\n';
	return line;
}

/* A copy as text that ends with NUL, without the byte order mark that some editors write. */
static char *
copy_text (const char *text, gsize length, const char *file_name, GError **error)
{
	static const char mark[] = "\xef\xbb\xbf";
	const char *end = text;

	if (length > PROFILE_MAX_FILE_OCTETS)
	{
		profile_error_at (error, PROFILE_ERROR_INVALID, file_name, 0, "is larger than a profile can be");
		return NULL;
	}
	/* Stops at a NUL as well. */
	if (length > 0 && !g_utf8_validate (text, (gssize) length, &end))
	{
		profile_error_at (error, PROFILE_ERROR_INVALID, file_name, line_at (text, (gsize) (end - text)),
		                  "this is not text in UTF-8");
		return NULL;
	}
	if (length >= strlen (mark) && memcmp (text, mark, strlen (mark)) == 0)
		return g_strndup (text + strlen (mark), length - strlen (mark));
	return g_strndup (text, length);
}

Profile *
profile_parse (const char *text, gsize length, const char *file_name, GError **error)
{
	g_autoptr (Profile) profile = profile_new (file_name);
	g_autofree char *copy = copy_text (text, length, file_name, error);
	g_auto (GStrv) lines = NULL;
	Parser parser = { .profile = profile };
	gboolean good;

	if (copy == NULL)
		return NULL;
	lines = g_strsplit (copy, "\n", -1);
	good = parse_lines (&parser, lines, error);
	g_free (parser.group);
	if (!good)
		return NULL;
	profile_fill_defaults (profile);
	return profile_check (profile, error) ? g_steal_pointer (&profile) : NULL;
}

Profile *
profile_new_from_values (const char *const *values, GError **error)
{
	g_autoptr (Profile) profile = profile_new (NULL);
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	for (guint i = 0; values[i] != NULL; i += 2)
	{
		int row = profile_row_named (values[i]);

		if (row < 0 || profile->values[row].is_set)
		{
			profile_error_at (error, PROFILE_ERROR_INVALID, NULL, 0,
			                  row < 0 ? "unknown setting '%s'" : "setting '%s' was given twice", values[i]);
			return NULL;
		}
		if (!profile_value_parse (&profile->values[row], &rows[row], values[i + 1], error))
			return NULL;
		profile->values[row].is_set = TRUE;
	}
	profile_fill_defaults (profile);
	return profile_check (profile, error) ? g_steal_pointer (&profile) : NULL;
}

char *
profile_to_text (const Profile *profile)
{
	GString *text = g_string_new (NULL);
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	const char *group = NULL;

	for (gsize i = 0; i < n; i++)
	{
		const ProfileValue *value = &profile->values[i];

		if (!value->is_set || value->text == NULL)
			continue;
		if (group == NULL || !g_str_equal (group, rows[i].group))
			g_string_append_printf (text, "%s[%s]\n", group != NULL ? "\n" : "", rows[i].group);
		group = rows[i].group;
		g_string_append_printf (text, "%s=%s\n", rows[i].key, value->text);
	}
	return g_string_free (text, FALSE);
}
