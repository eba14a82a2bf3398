/* SPDX-License-Identifier: GPL-2.0-or-later */
/* URIs of objects on tokens (RFC 7512), as far as a profile may say them: which object, never how to reach it. A query part
 * would name modules to load and files with PINs to a process with more rights than the user who wrote the profile. */
#include <string.h>

#include "private.h"

#define SCHEME "pkcs11:"

/* RFC 7512 section 2.3, the attributes of the path. */
static const char *const attributes[] = {
	"token",
	"manufacturer",
	"serial",
	"model",
	"library-manufacturer",
	"library-version",
	"library-description",
	"object",
	"type",
	"id",
	"slot-manufacturer",
	"slot-description",
	"slot-id",
	NULL,
};

gboolean
profile_is_token_uri (const ProfileSetting *row, const char *text)
{
	return row->type == PROFILE_TYPE_FILE && text != NULL && g_str_has_prefix (text, SCHEME) &&
	       (g_str_equal (row->key, "certificate") || g_str_equal (row->key, "key"));
}

static gboolean
percents_good (const char *text)
{
	for (const char *at = strchr (text, '%'); at != NULL; at = strchr (at + 1, '%'))
		if (!g_ascii_isxdigit (at[1]) || !g_ascii_isxdigit (at[2]))
			return FALSE;
	return TRUE;
}

const char *
profile_token_uri_fault (const char *uri)
{
	g_auto (GStrv) parts = NULL;

	if (strchr (uri, '?') != NULL)
		return "what stands behind '?' (PINs, modules) does not belong into a profile; the PIN is asked for";
	if (!percents_good (uri))
		return "'%' must be followed by two hexadecimal digits";
	parts = g_strsplit (uri + strlen (SCHEME), ";", -1);
	if (parts[0] == NULL)
		return "say which object: pkcs11:token=NAME;object=NAME";
	for (guint i = 0; parts[i] != NULL; i++)
	{
		char *equals = strchr (parts[i], '=');

		if (equals == NULL)
			return "each part must be NAME=VALUE";
		*equals = '\0';
		if (!g_strv_contains (attributes, parts[i]))
			return "an attribute is unknown; usual are token, serial, object, id";
	}
	return NULL;
}
