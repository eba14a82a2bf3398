/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP-MSCHAPv2: the packets of draft-kamath-pppext-eap-mschapv2-02 around RFC 2759. */
#include "base/reader.h"
#include "method.h"
#include "mschapv2.h"

enum
{
	OP_CHALLENGE = 1,
	OP_RESPONSE = 2,
	OP_SUCCESS = 3,
	OP_FAILURE = 4,
};

#define HEADER_OCTETS 4    /* OpCode, MS-CHAPv2-ID, MS-Length */
#define RESPONSE_OCTETS 49 /* peer challenge, 8 zeros, NT response, flags */

typedef struct
{
	const Rng *rng;
	char *identity;
	enum
	{
		WANT_CHALLENGE,
		WANT_PASSWORD,
		WANT_RESULT,
		WANT_SUCCESS, /* the server proved itself: EAP-Success may come */
		REFUSED,
	} phase;
	guint8 id;
	guint8 authenticator[MSCHAPV2_CHALLENGE_OCTETS];
	guint8 expected[MSCHAPV2_AUTHENTICATOR_OCTETS];
	Secret msk;
} ChapState;

/* What the numbers of a Failure mean (RFC 2759 section 6). */
static const struct
{
	guint code;
	const char *words;
} failures[] = {
	{ 646, "the account may not be used at this hour" },
	{ 647, "the account is disabled" },
	{ 648, "the password has expired" },
	{ 649, "the account has no permission to dial in" },
	{ 691, "the user name or the password is wrong" },
	{ 709, "the password could not be changed" },
};

static gpointer
chap_start (const EapConfig *config, const Rng *rng)
{
	ChapState *chap = g_new0 (ChapState, 1);

	chap->rng = rng;
	chap->identity = g_strdup (config->identity);
	return chap;
}

static EapMethodResult
fail (Status status, char *detail)
{
	return (EapMethodResult){ .verdict = EAP_METHOD_FAIL, .status = status, .detail = detail };
}

static EapMethodResult
input_challenge (ChapState *chap, guint8 id, Reader *r)
{
	Slice challenge = reader_take (r, reader_u8 (r));

	if (r->failed || challenge.len != MSCHAPV2_CHALLENGE_OCTETS)
		return fail (STATUS_EAP_PROTOCOL, g_strdup ("the MSCHAPv2 challenge has a wrong length"));
	memcpy (chap->authenticator, challenge.data, challenge.len);
	chap->id = id;
	chap->phase = WANT_PASSWORD;
	return (EapMethodResult){ .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_PASSWORD };
}

/* "S=" and 40 hexadecimal digits, then anything (RFC 2759 section 5). */
static gboolean
parse_authenticator (Slice message, guint8 ret_octets[MSCHAPV2_AUTHENTICATOR_OCTETS])
{
	const char *text = (const char *) message.data;

	if (message.len < 2 + 2 * MSCHAPV2_AUTHENTICATOR_OCTETS || text[0] != 'S' || text[1] != '=')
		return FALSE;
	for (guint i = 0; i < MSCHAPV2_AUTHENTICATOR_OCTETS; i++)
	{
		int high = g_ascii_xdigit_value (text[2 + 2 * i]), low = g_ascii_xdigit_value (text[3 + 2 * i]);

		if (high < 0 || low < 0)
			return FALSE;
		ret_octets[i] = (guint8) (high << 4 | low);
	}
	return TRUE;
}

static EapMethodResult
input_success (ChapState *chap, Slice message, Writer *answer)
{
	guint8 proof[MSCHAPV2_AUTHENTICATOR_OCTETS];

	if (!parse_authenticator (message, proof) || !secret_equal (SLICE_ARRAY (proof), SLICE_ARRAY (chap->expected)))
		return fail (STATUS_EAP_PROTOCOL, g_strdup ("the server does not know the password either (MSCHAPv2)"));
	chap->phase = WANT_SUCCESS;
	writer_u8 (answer, OP_SUCCESS);
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

/* The value behind "KEY=" of a word of the message; NULL when there is none. */
static char *
failure_field (const char *text, const char *key)
{
	const char *at = g_str_has_prefix (text, key) ? text : NULL;
	g_autofree char *spaced = g_strconcat (" ", key, NULL);

	if (at == NULL && (at = strstr (text, spaced)) != NULL)
		at++;
	return at != NULL ? g_strdup (at + strlen (key)) : NULL;
}

/* "E=691 R=0 C=... V=3 M=text": every part may be missing. */
static char *
failure_words (Slice message)
{
	g_autofree char *text = eap_prompt_text (message);
	g_autofree char *code = text != NULL ? failure_field (text, "E=") : NULL;
	g_autofree char *words = text != NULL ? failure_field (text, "M=") : NULL;
	guint64 number = code != NULL ? g_ascii_strtoull (code, NULL, 10) : 0;
	const char *known = NULL;

	for (guint i = 0; i < G_N_ELEMENTS (failures); i++)
		if (failures[i].code == number)
			known = failures[i].words;
	if (known != NULL && words != NULL && words[0] != '\0')
		return g_strdup_printf ("%s; the gateway says: %s", known, words);
	if (known != NULL)
		return g_strdup (known);
	return g_strdup_printf ("MSCHAPv2 error %" G_GUINT64_FORMAT, number);
}

static EapMethodResult
input_failure (ChapState *chap, Slice message)
{
	chap->phase = REFUSED;
	return fail (STATUS_AUTH_REJECTED, failure_words (message));
}

static EapMethodResult
chap_input (gpointer state, guint8 identifier, Slice data, Writer *answer)
{
	ChapState *chap = state;
	Reader r = reader (data);
	guint8 op = reader_u8 (&r);
	guint8 id = reader_u8 (&r);
	guint16 length = reader_u16 (&r);

	/* MS-Length counts from the OpCode; a server that counts otherwise is not believed (CVE-2025-62291). */
	if (r.failed || length < HEADER_OCTETS || length > data.len)
		return fail (STATUS_EAP_PROTOCOL, g_strdup ("an MSCHAPv2 packet has a wrong length"));
	r = reader (slice (data.data + HEADER_OCTETS, length - (gsize) HEADER_OCTETS));
	if (op == OP_CHALLENGE && chap->phase == WANT_CHALLENGE)
		return input_challenge (chap, id, &r);
	if (op == OP_SUCCESS && chap->phase == WANT_RESULT)
		return input_success (chap, reader_rest (&r), answer);
	if (op == OP_FAILURE && (chap->phase == WANT_RESULT || chap->phase == WANT_CHALLENGE))
		return input_failure (chap, reader_rest (&r));
	return fail (STATUS_EAP_PROTOCOL, g_strdup_printf ("MSCHAPv2 packet %u at the wrong moment", op));
}

/* RFC 2759 section 8.2 hashes the user's name without its domain. */
static Slice
user_without_domain (const char *identity)
{
	const char *backslash = strrchr (identity, '\\');

	return slice_text (backslash != NULL ? backslash + 1 : identity);
}

static Status
compute (ChapState *chap, Slice password, const guint8 *peer, guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS])
{
	Mschapv2Challenges challenges = { user_without_domain (chap->identity), chap->authenticator, peer };
	guint8 nt_hash[16];
	Status status = mschapv2_nt_hash (password, nt_hash);

	if (status == STATUS_OK)
		status = mschapv2_nt_response (&challenges, nt_hash, response);
	if (status == STATUS_OK)
		status = mschapv2_authenticator (&challenges, nt_hash, response, chap->expected);
	if (status == STATUS_OK)
		status = mschapv2_msk (nt_hash, response, &chap->msk);
	secret_wipe (nt_hash, sizeof nt_hash);
	return status;
}

static EapMethodResult
chap_answer (gpointer state, Slice secret, Writer *answer)
{
	ChapState *chap = state;
	guint8 peer[MSCHAPV2_CHALLENGE_OCTETS], response[MSCHAPV2_NT_RESPONSE_OCTETS];
	Status status = rng_fill (chap->rng, peer, sizeof peer);
	gsize name_octets = strlen (chap->identity);

	if (status == STATUS_OK)
		status = compute (chap, secret, peer, response);
	if (status == STATUS_MALFORMED)
		return fail (STATUS_AUTH_REJECTED, g_strdup ("the password is not UTF-8, or longer than 256 characters"));
	if (status != STATUS_OK)
		return fail (status, NULL);
	writer_u8 (answer, OP_RESPONSE);
	writer_u8 (answer, chap->id);
	writer_u16 (answer, (guint16) (HEADER_OCTETS + 1 + RESPONSE_OCTETS + name_octets));
	writer_u8 (answer, RESPONSE_OCTETS);
	writer_slice (answer, SLICE_ARRAY (peer));
	writer_zeros (answer, 8);
	writer_slice (answer, SLICE_ARRAY (response));
	writer_u8 (answer, 0);
	writer_slice (answer, slice_text (chap->identity));
	chap->phase = WANT_RESULT;
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static gboolean
chap_done (gconstpointer state)
{
	return ((const ChapState *) state)->phase == WANT_SUCCESS;
}

static Slice
chap_msk (gconstpointer state)
{
	const ChapState *chap = state;

	return chap_done (chap) ? secret_view (&chap->msk) : SLICE_NONE;
}

static void
chap_clear (gpointer state)
{
	ChapState *chap = state;

	secret_clear (&chap->msk);
	g_free (chap->identity);
	secret_wipe (chap, sizeof *chap);
	g_free (chap);
}

const EapMethod eap_method_mschapv2 = {
	.type = EAP_TYPE_MSCHAPV2,
	.name = "mschapv2",
	.label = "MSCHAPv2",
	.makes_key = TRUE,
	.start = chap_start,
	.input = chap_input,
	.answer = chap_answer,
	.done = chap_done,
	.msk = chap_msk,
	.clear = chap_clear,
};
