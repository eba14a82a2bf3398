/* SPDX-License-Identifier: GPL-2.0-or-later */
/* MD5-Challenge (RFC 3748 section 5.4, RFC 1994 section 4). It makes no key and proves nothing of the server. */
#include "base/reader.h"
#include "crypto/hash.h"
#include "method.h"

#define MD5_OCTETS 16
#define MAX_CHALLENGE_OCTETS 255

typedef struct
{
	guint8 identifier;
	guint8 challenge[MAX_CHALLENGE_OCTETS];
	gsize challenge_octets;
	gboolean answered;
} Md5State;

static gpointer
md5_start (const EapConfig *config, const Rng *rng)
{
	return g_new0 (Md5State, 1);
}

static EapMethodResult
md5_input (gpointer state, guint8 identifier, Slice data, Writer *answer)
{
	Md5State *md5 = state;
	Reader r = reader (data);
	Slice challenge = reader_take (&r, reader_u8 (&r));

	/* What follows is the server's name. */
	if (r.failed || challenge.len == 0)
		return (EapMethodResult){ .verdict = EAP_METHOD_DISCARD };
	memcpy (md5->challenge, challenge.data, challenge.len);
	md5->challenge_octets = challenge.len;
	md5->identifier = identifier;
	return (EapMethodResult){ .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_PASSWORD, .ask_again = md5->answered };
}

static EapMethodResult
md5_answer (gpointer state, Slice secret, Writer *answer)
{
	Md5State *md5 = state;
	guint8 digest[HASH_MAX_OCTETS];
	const Slice parts[] = { { &md5->identifier, 1 }, secret, { md5->challenge, md5->challenge_octets } };
	Status status = hash (HASH_MD5, parts, G_N_ELEMENTS (parts), digest);

	if (status != STATUS_OK)
		return (EapMethodResult){ .verdict = EAP_METHOD_FAIL, .status = status };
	writer_u8 (answer, MD5_OCTETS);
	writer_slice (answer, slice (digest, MD5_OCTETS));
	secret_wipe (digest, sizeof digest);
	md5->answered = TRUE;
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static gboolean
md5_done (gconstpointer state)
{
	return ((const Md5State *) state)->answered;
}

static Slice
md5_msk (gconstpointer state)
{
	return SLICE_NONE;
}

static void
md5_clear (gpointer state)
{
	secret_wipe (state, sizeof (Md5State));
	g_free (state);
}

const EapMethod eap_method_md5 = {
	.type = EAP_TYPE_MD5,
	.name = "md5",
	.label = "MD5",
	.makes_key = FALSE,
	.start = md5_start,
	.input = md5_input,
	.answer = md5_answer,
	.done = md5_done,
	.msk = md5_msk,
	.clear = md5_clear,
};
