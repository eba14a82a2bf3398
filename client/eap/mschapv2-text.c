/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of a server of MS-CHAPv2: its proof, and why it refuses. */
#include "method.h"
#include "mschapv2.h"

/* What the numbers of a Failure mean (RFC 2759 section 6). */
static const struct
{
	guint code;
	const char *words;
} failures[] = {
	{ 646, "the account may not be used at this hour" },
	{ 647, "the account is disabled" },
	{ MSCHAPV2_ERROR_EXPIRED, "the password has expired" },
	{ 649, "the account has no permission to dial in" },
	{ MSCHAPV2_ERROR_AUTHENTICATION, "the user name or the password is wrong" },
	{ 709, "the password could not be changed" },
};

/* FALSE when there are fewer digits, whatever stands instead of them. */
static gboolean
read_hex (const char *text, gsize digits, guint8 *ret_octets)
{
	for (gsize i = 0; 2 * i < digits; i++)
	{
		int high = g_ascii_xdigit_value (text[2 * i]);
		int low = high < 0 ? -1 : g_ascii_xdigit_value (text[2 * i + 1]);

		if (low < 0)
			return FALSE;
		ret_octets[i] = (guint8) (high << 4 | low);
	}
	return TRUE;
}

gboolean
mschapv2_read_proof (Slice message, guint8 ret_proof[MSCHAPV2_AUTHENTICATOR_OCTETS])
{
	const gsize digits = 2 * (gsize) MSCHAPV2_AUTHENTICATOR_OCTETS;
	const char *text = (const char *) message.data;

	return message.len >= 2 + digits && text[0] == 'S' && text[1] == '=' && read_hex (text + 2, digits, ret_proof);
}

/* The value behind "KEY=" of a word of the message; NULL when there is none. */
static const char *
failure_field (const char *text, const char *key)
{
	const char *message = g_str_has_prefix (text, "M=") ? text : strstr (text, " M=");
	const char *at = text;

	/* What stands in the words for people is no field. */
	while ((at = strstr (at, key)) != NULL && (message == NULL || at <= message + 1))
	{
		if (at == text || at[-1] == ' ')
			return at + strlen (key);
		at++;
	}
	return NULL;
}

Mschapv2Failure
mschapv2_read_failure (Slice message)
{
	g_autofree char *text = eap_prompt_text (message);
	const char *line = text != NULL ? text : "";
	const char *error = failure_field (line, "E=");
	const char *retry = failure_field (line, "R=");
	const char *challenge = failure_field (line, "C=");
	const char *words = failure_field (line, "M=");
	Mschapv2Failure failure = { .error = error != NULL ? g_ascii_strtoull (error, NULL, 10) : 0,
		                        .retry = retry != NULL && retry[0] == '1' };

	failure.has_challenge =
	    challenge != NULL && read_hex (challenge, 2 * (gsize) MSCHAPV2_CHALLENGE_OCTETS, failure.challenge);
	if (words != NULL && words[0] != '\0')
		failure.words = g_strchug (g_strdup (words));
	return failure;
}

char *
mschapv2_failure_text (const Mschapv2Failure *failure)
{
	const char *known = NULL;

	for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
		if (failures[i].code == failure->error)
			known = failures[i].words;
	if (known != NULL && failure->words != NULL)
		return g_strdup_printf ("%s; the gateway says: %s", known, failure->words);
	if (known != NULL)
		return g_strdup (known);
	if (failure->words != NULL)
		return g_strdup_printf ("MSCHAPv2 error %" G_GUINT64_FORMAT ": %s", failure->error, failure->words);
	return g_strdup_printf ("MSCHAPv2 error %" G_GUINT64_FORMAT, failure->error);
}

Slice
mschapv2_user (const char *identity)
{
	const char *backslash = strrchr (identity, '\\');

	return slice_text (backslash != NULL ? backslash + 1 : identity);
}
