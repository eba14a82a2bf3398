/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nearest.h"

#include <string.h>

#define LONGEST_WORD 64u
#define SHORTEST_BEGINNING 3u

/* Levenshtein distance over one row, blind to case. */
static guint
edits (const char *a, const char *b)
{
	gsize a_len = strlen (a), b_len = strlen (b);
	guint row[LONGEST_WORD + 1];

	for (gsize j = 0; j <= b_len; j++)
		row[j] = (guint) j;
	for (gsize i = 1; i <= a_len; i++)
	{
		guint diagonal = row[0];

		row[0] = (guint) i;
		for (gsize j = 1; j <= b_len; j++)
		{
			guint above = row[j];
			gboolean other = g_ascii_tolower (a[i - 1]) != g_ascii_tolower (b[j - 1]);

			row[j] = MIN (MIN (above, row[j - 1]) + 1, diagonal + other);
			diagonal = above;
		}
	}
	return row[b_len];
}

/* One slip for three letters: more, and it is another word. */
static guint
slips_allowed (const char *word)
{
	return ((guint) strlen (word) + 2) / 3;
}

const char *
nearest_word (const char *typed, const char *const *words)
{
	const char *nearest = NULL;
	guint least = G_MAXUINT;

	if (strlen (typed) > LONGEST_WORD)
		return NULL;
	for (guint i = 0; words[i] != NULL; i++)
	{
		guint distance = strlen (words[i]) > LONGEST_WORD ? G_MAXUINT : edits (typed, words[i]);

		if (distance < least && distance <= slips_allowed (words[i]))
		{
			least = distance;
			nearest = words[i];
		}
	}
	/* "cert" is far from "certificate" and yet plain. */
	for (guint i = 0; nearest == NULL && strlen (typed) >= SHORTEST_BEGINNING && words[i] != NULL; i++)
		if (g_ascii_strncasecmp (words[i], typed, strlen (typed)) == 0)
			nearest = words[i];
	return nearest;
}
