/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP-MSCHAPv2: the packets of draft-kamath-pppext-eap-mschapv2-02 around RFC 2759, with retries and the change of an expired
 * password. */
#include "base/reader.h"
#include "method.h"
#include "mschapv2.h"

enum
{
	OP_CHALLENGE = 1,
	OP_RESPONSE = 2,
	OP_SUCCESS = 3,
	OP_FAILURE = 4,
	OP_CHANGE_PASSWORD = 7,
};

#define HEADER_OCTETS 4    /* OpCode, MS-CHAPv2-ID, MS-Length */
#define RESPONSE_OCTETS 49 /* peer challenge, 8 zeros, NT response, flags */
#define CHANGE_OCTETS (HEADER_OCTETS + MSCHAPV2_ENCRYPTED_PASSWORD_OCTETS + 16 + RESPONSE_OCTETS + 1)
#define MAX_TRIES 5 /* passwords for one conversation; servers give up earlier */

typedef struct
{
	const Rng *rng;
	char *identity;
	enum
	{
		WANT_CHALLENGE,
		WANT_PASSWORD,
		WANT_RESULT,
		WANT_SUCCESS,      /* the server proved itself: EAP-Success may come */
		WANT_NEW_PASSWORD, /* the old one has expired */
		WANT_NEW_AGAIN,    /* typed a second time */
		REFUSED,
	} phase;
	guint tries;
	char *refusal;      /* of the last Failure, for people */
	guint8 nt_hash[16]; /* of the password that was sent last: the change of an expired one needs it */
	Secret new_password;
	guint8 id;
	guint8 authenticator[MSCHAPV2_CHALLENGE_OCTETS];
	guint8 expected[MSCHAPV2_AUTHENTICATOR_OCTETS];
	Secret msk;
} ChapState;

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
	chap->tries = 1;
	chap->phase = WANT_PASSWORD;
	return (EapMethodResult){ .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_PASSWORD };
}

static EapMethodResult
input_success (ChapState *chap, Slice message, Writer *answer)
{
	guint8 proof[MSCHAPV2_AUTHENTICATOR_OCTETS];

	if (!mschapv2_read_proof (message, proof) || !secret_equal (SLICE_ARRAY (proof), SLICE_ARRAY (chap->expected)))
		return fail (STATUS_EAP_PROTOCOL, g_strdup ("the server does not know the password either (MSCHAPv2)"));
	chap->phase = WANT_SUCCESS;
	writer_u8 (answer, OP_SUCCESS);
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

/* The Failure is acknowledged by its OpCode alone, and the server ends the conversation with an EAP-Failure: a server that
 * got no answer would wait, and send it again. */
static EapMethodResult
acknowledge (ChapState *chap, Writer *answer)
{
	chap->phase = REFUSED;
	writer_u8 (answer, OP_FAILURE);
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND,
		                      .status = STATUS_AUTH_REJECTED,
		                      .detail = g_strdup (chap->refusal) };
}

static EapMethodResult
ask_new_password (ChapState *chap, gboolean again)
{
	chap->phase = WANT_NEW_PASSWORD;
	return (EapMethodResult){ .verdict = EAP_METHOD_ASK,
		                      .ask = EAP_ASK_CODE,
		                      .ask_again = again,
		                      .prompt = g_strdup ("The password has expired. Type a new one.") };
}

static EapMethodResult
input_failure (ChapState *chap, guint8 id, Slice message, Writer *answer)
{
	Mschapv2Failure failure = mschapv2_read_failure (message);
	gboolean answered = chap->phase == WANT_RESULT;

	g_free (chap->refusal);
	chap->refusal = mschapv2_failure_text (&failure);
	g_free (failure.words);
	if (failure.has_challenge)
		memcpy (chap->authenticator, failure.challenge, sizeof chap->authenticator);
	/* What comes next stands one above the packet that it answers (RFC 2759 sections 6 and 7). */
	chap->id = (guint8) (id + 1);
	if (answered && failure.error == MSCHAPV2_ERROR_EXPIRED && chap->new_password.len == 0)
		return ask_new_password (chap, FALSE);
	if (answered && failure.error == MSCHAPV2_ERROR_AUTHENTICATION && failure.retry && chap->new_password.len == 0 &&
	    chap->tries++ < MAX_TRIES)
	{
		chap->phase = WANT_PASSWORD;
		return (EapMethodResult){ .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_PASSWORD, .ask_again = TRUE };
	}
	return acknowledge (chap, answer);
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
		return input_failure (chap, id, reader_rest (&r), answer);
	return fail (STATUS_EAP_PROTOCOL, g_strdup_printf ("MSCHAPv2 packet %u at the wrong moment", op));
}

/* Also keeps the hash of the password. */
static Status
compute (ChapState *chap, Slice password, const guint8 *peer, guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS])
{
	Mschapv2Challenges challenges = { mschapv2_user (chap->identity), chap->authenticator, peer };
	Status status = mschapv2_nt_hash (password, chap->nt_hash);

	if (status == STATUS_OK)
		status = mschapv2_nt_response (&challenges, chap->nt_hash, response);
	if (status == STATUS_OK)
		status = mschapv2_authenticator (&challenges, chap->nt_hash, response, chap->expected);
	if (status == STATUS_OK)
		status = mschapv2_msk (chap->nt_hash, response, &chap->msk);
	return status;
}

static EapMethodResult
fail_password (Status status)
{
	if (status == STATUS_MALFORMED)
		return fail (STATUS_AUTH_REJECTED,
		             g_strdup ("the password is empty, not UTF-8, or longer than 256 characters"));
	return fail (status, NULL);
}

static EapMethodResult
send_response (ChapState *chap, Slice password, Writer *answer)
{
	guint8 peer[MSCHAPV2_CHALLENGE_OCTETS], response[MSCHAPV2_NT_RESPONSE_OCTETS];
	gsize name_octets = strlen (chap->identity);
	Status status = rng_fill (chap->rng, peer, sizeof peer);

	if (status == STATUS_OK)
		status = compute (chap, password, peer, response);
	if (status != STATUS_OK)
		return fail_password (status);
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

/* RFC 2759 section 7: the new password under the hash of the old one, and the proof that we know it. */
static EapMethodResult
send_change (ChapState *chap, Writer *answer)
{
	guint8 encrypted[MSCHAPV2_ENCRYPTED_PASSWORD_OCTETS], old_hash[16], hash[16];
	guint8 peer[MSCHAPV2_CHALLENGE_OCTETS], response[MSCHAPV2_NT_RESPONSE_OCTETS];
	Slice password = secret_view (&chap->new_password);
	Status status = rng_fill (chap->rng, peer, sizeof peer);

	memcpy (old_hash, chap->nt_hash, sizeof old_hash);
	if (status == STATUS_OK)
		status = mschapv2_encrypt_password (password, old_hash, chap->rng, encrypted);
	if (status == STATUS_OK)
		status = compute (chap, password, peer, response);
	if (status == STATUS_OK)
		mschapv2_encrypt_hash (old_hash, chap->nt_hash, hash);
	secret_wipe (old_hash, sizeof old_hash);
	if (status != STATUS_OK)
		return fail_password (status);
	writer_u8 (answer, OP_CHANGE_PASSWORD);
	writer_u8 (answer, chap->id);
	writer_u16 (answer, CHANGE_OCTETS);
	writer_slice (answer, SLICE_ARRAY (encrypted));
	writer_slice (answer, SLICE_ARRAY (hash));
	writer_slice (answer, SLICE_ARRAY (peer));
	writer_zeros (answer, 8);
	writer_slice (answer, SLICE_ARRAY (response));
	writer_u16 (answer, 0);
	chap->phase = WANT_RESULT;
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static EapMethodResult
chap_answer (gpointer state, Slice secret, Writer *answer)
{
	ChapState *chap = state;

	if (chap->phase == WANT_NEW_PASSWORD)
	{
		secret_set (&chap->new_password, secret);
		chap->phase = WANT_NEW_AGAIN;
		return (EapMethodResult){ .verdict = EAP_METHOD_ASK,
			                      .ask = EAP_ASK_CODE,
			                      .prompt = g_strdup ("Type the new password once more.") };
	}
	if (chap->phase != WANT_NEW_AGAIN)
		return send_response (chap, secret, answer);
	/* Nobody saw what was typed; a slip would lock the account's owner out. */
	if (secret.len > 0 && secret_equal (secret, secret_view (&chap->new_password)))
		return send_change (chap, answer);
	secret_clear (&chap->new_password);
	if (chap->tries++ < MAX_TRIES)
		return ask_new_password (chap, TRUE);
	return acknowledge (chap, answer);
}

static EapMethodResult
chap_decline (gpointer state, Writer *answer)
{
	ChapState *chap = state;

	if (chap->refusal == NULL)
		return fail (STATUS_SECRET_NEEDED, NULL);
	return acknowledge (chap, answer);
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
	secret_clear (&chap->new_password);
	g_free (chap->refusal);
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
	.decline = chap_decline,
	.done = chap_done,
	.msk = chap_msk,
	.clear = chap_clear,
};
