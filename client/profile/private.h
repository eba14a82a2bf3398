/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: how a profile is kept, for the files of this folder. Must not know: anything outside it.
 */
#pragma once

#include "profile.h"

/* One setting's value. Which members count is told by its row's type. */
typedef struct
{
	gboolean is_set;
	guint line; /* of the file it came from; 0: none */
	char *text; /* in its one spelling; FILE and CA: the path, NULL when contents came by value */
	gboolean boolean;
	gint64 integer;
	char **words;
	InetPrefix *prefixes;
	gsize n_prefixes;
	GBytes *contents; /* FILE, CA */
} ProfileValue;

struct Profile
{
	char *file_name;      /* for messages; NULL: none */
	ProfileValue *values; /* one a row of the table */
	gboolean by_value;    /* came as a{sv}: the private key may be kept elsewhere */
};

Profile *profile_new (const char *file_name);

/* The row of "group.key" and of group, key; -1: there is none. */
int profile_row (const char *group, const char *key);
int profile_row_named (const char *name);

/* Parses @text into the value of @row, which must be empty. On failure @error has the words without place. */
gboolean profile_value_parse (ProfileValue *value, const ProfileSetting *row, const char *text, GError **error);
gboolean profile_value_is_default (const ProfileValue *value, const ProfileSetting *row);
void profile_value_clear (ProfileValue *value);

/* Whether @contents are what a file of @row must hold; otherwise what they are, for "PATH: WORDS". */
const char *profile_contents_fault (const ProfileSetting *row, Slice contents);

/* Whether the text of @row is the URI of a token's object (RFC 7512) instead of a path. */
gboolean profile_is_token_uri (const ProfileSetting *row, const char *text);

/* What is wrong with a URI for which profile_is_token_uri() is TRUE, for "KEY=TEXT: WORDS"; NULL: nothing. */
const char *profile_token_uri_fault (const char *uri);

/* How large the contents of @row may be. */
gsize profile_contents_limit (const ProfileSetting *row);

/* Gives every setting that is not set its default. */
void profile_fill_defaults (Profile *profile);

/* The rules between settings. @error: with place. */
gboolean profile_check (const Profile *profile, GError **error);

/* Control characters, and those that turn the direction of text around (a name could show as another). */
gboolean profile_character_bad (gunichar c);

/* Reads a whole regular file; a FIFO or device neither blocks nor is read. Wiped when freed. @ret_why: set on failure. */
GBytes *profile_read_regular (const char *path, gsize limit, char **ret_why);

/* A copy of @words as valid UTF-8 with '?' for bad characters. */
char *profile_printable (const char *words);

/* "FILE:LINE: WORDS", valid UTF-8 without control characters whatever the arguments held. */
void profile_error_at (GError **error, ProfileError code, const char *file_name, guint line, const char *format, ...)
    G_GNUC_PRINTF (5, 6);
