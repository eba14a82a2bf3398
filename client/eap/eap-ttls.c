/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP-TTLSv0 (RFC 5281): AVPs inside of TLS, with PAP, MSCHAPv2 or another EAP. */
#include "base/reader.h"
#include "inner-peer.h"
#include "mschapv2.h"
#include "tls-method.h"

/* RADIUS and Diameter attributes (RFC 2865, RFC 2548, RFC 3579). */
enum
{
	AVP_USER_NAME = 1,
	AVP_USER_PASSWORD = 2,
	AVP_REPLY_MESSAGE = 18,
	AVP_EAP_MESSAGE = 79,
	AVP_MS_CHAP_ERROR = 2,
	AVP_MS_CHAP_CHALLENGE = 11,
	AVP_MS_CHAP2_RESPONSE = 25,
	AVP_MS_CHAP2_SUCCESS = 26,
};

#define VENDOR_MICROSOFT 311
#define FLAG_VENDOR 0x80
#define FLAG_MANDATORY 0x40
#define AVP_HEADER_OCTETS 8
#define MAX_AVPS 64
#define CHALLENGE_OCTETS 17      /* the challenge of MSCHAPv2 and its identifier (RFC 5281 section 11.2.4) */
#define PASSWORD_BLOCK_OCTETS 16 /* a password ends on a multiple (RFC 5281 section 11.2.5) */
#define MAX_PASSWORD_OCTETS 4096

/* What a message of the server holds, of what we understand. Slices of the message. */
typedef struct
{
	GByteArray *eap;
	Slice chap_success, chap_error;
	Slice text;
	gboolean has_text;
} Avps;

typedef struct
{
	TlsMethod *method;
	EapInner way;
	EapPeer *peer; /* NULL: no EAP inside */
	gboolean answered, proved;
	guint8 challenge[CHALLENGE_OCTETS];
	guint8 expected[MSCHAPV2_AUTHENTICATOR_OCTETS];
	char *refusal;
} TtlsState;

static gpointer
inner_start (TlsMethod *method)
{
	TtlsState *state = g_new0 (TtlsState, 1);

	state->method = method;
	/* The client begins, so it chooses. */
	state->way = method->config.tls.n_inner > 0 ? method->config.tls.inner[0] : EAP_INNER_MSCHAPV2;
	if (state->way != EAP_INNER_PAP && state->way != EAP_INNER_MSCHAPV2)
		state->peer = inner_peer_new (&method->config, FALSE, method->rng);
	return state;
}

/* -- AVPs (RFC 5281 section 10.1) ---------------------------------------------------------------------------------- */

static void
write_avp (Writer *writer, guint32 vendor, guint32 code, Slice data)
{
	gsize octets = AVP_HEADER_OCTETS + (vendor != 0 ? 4 : 0) + data.len;

	writer_u32 (writer, code);
	writer_u32 (writer, (guint32) ((vendor != 0 ? FLAG_VENDOR : 0) | FLAG_MANDATORY) << 24 | (guint32) octets);
	if (vendor != 0)
		writer_u32 (writer, vendor);
	writer_slice (writer, data);
	writer_zeros (writer, (4 - octets % 4) % 4);
}

static EapMethodResult
write_all (TtlsState *state, const Writer *writer)
{
	Status status = writer_finish (writer);

	if (status == STATUS_OK)
		status = tls_method_write (state->method, writer_view (writer));
	return status == STATUS_OK ? (EapMethodResult){ .verdict = EAP_METHOD_SEND } : tls_method_fail (status, NULL);
}

/* Takes what we know; FALSE for something else that must be understood. */
static gboolean
take_avp (Avps *avps, guint32 vendor, guint32 code, gboolean mandatory, Slice data)
{
	if (vendor == 0 && code == AVP_EAP_MESSAGE)
	{
		if (data.len > 0)
			g_byte_array_append (avps->eap, data.data, (guint) data.len);
	}
	else if (vendor == 0 && code == AVP_REPLY_MESSAGE)
	{
		avps->text = data;
		avps->has_text = TRUE;
	}
	else if (vendor == VENDOR_MICROSOFT && code == AVP_MS_CHAP2_SUCCESS)
		avps->chap_success = data;
	else if (vendor == VENDOR_MICROSOFT && code == AVP_MS_CHAP_ERROR)
		avps->chap_error = data;
	else
		return !mandatory;
	return TRUE;
}

/* Returns: what is wrong, or NULL */
static const char *
read_avps (Slice plain, Avps *avps)
{
	Reader r = reader (plain);

	for (guint n = 0; reader_left (&r) > 0; n++)
	{
		guint32 code = reader_u32 (&r);
		guint32 word = reader_u32 (&r);
		guint8 flags = (guint8) (word >> 24);
		gsize octets = word & 0xffffff;
		gsize header = AVP_HEADER_OCTETS + ((flags & FLAG_VENDOR) != 0 ? (gsize) 4 : 0);
		guint32 vendor = (flags & FLAG_VENDOR) != 0 ? reader_u32 (&r) : 0;
		Slice data = SLICE_NONE;

		/* A length that does not even cover its header once was an underflow elsewhere (CVE-2026-25075). */
		if (r.failed || octets < header || n >= MAX_AVPS)
			return "an AVP has a wrong length";
		data = reader_take (&r, octets - header);
		/* The last one may come without its padding. */
		reader_take (&r, MIN ((4 - octets % 4) % 4, reader_left (&r)));
		if (r.failed)
			return "an AVP is longer than its message";
		if (!take_avp (avps, vendor, code, (flags & FLAG_MANDATORY) != 0, data))
			return "an AVP that must be understood is unknown";
	}
	return NULL;
}

/* -- PAP ----------------------------------------------------------------------------------------------------------- */

static EapMethodResult
answer_pap (TtlsState *state, Slice password)
{
	g_auto (Writer) padded = { 0 };
	g_auto (Writer) writer = { 0 };

	if (password.len > MAX_PASSWORD_OCTETS)
		return tls_method_fail (STATUS_AUTH_REJECTED, "the password is too long");
	writer_init (&padded, MAX_PASSWORD_OCTETS + PASSWORD_BLOCK_OCTETS);
	writer_slice (&padded, password);
	/* So its length is not seen from outside. */
	writer_zeros (&padded, (PASSWORD_BLOCK_OCTETS - password.len % PASSWORD_BLOCK_OCTETS) % PASSWORD_BLOCK_OCTETS);
	writer_init (&writer, TLS_TUNNEL_MAX_OCTETS);
	write_avp (&writer, 0, AVP_USER_NAME, slice_text (state->method->config.identity));
	write_avp (&writer, 0, AVP_USER_PASSWORD, writer_view (&padded));
	state->answered = TRUE;
	return write_all (state, &writer);
}

/* A challenge behind the password: the text of the RADIUS server, and another User-Password as the answer. */
static EapMethodResult
ask_pap (TtlsState *state, const Avps *avps)
{
	state->answered = FALSE;
	return (EapMethodResult){ .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_CODE, .prompt = eap_prompt_text (avps->text) };
}

/* -- MSCHAPv2 (RFC 5281 section 11.2.4) ---------------------------------------------------------------------------- */

static EapMethodResult
begin_mschapv2 (TtlsState *state)
{
	g_auto (Secret) challenge = SECRET_INIT;

	/* RFC 5281 section 11.1, and RFC 9427 section 2.3 for TLS 1.3: without a context. */
	if (tls_tunnel_export (state->method->tunnel, "ttls challenge", SLICE_NONE, CHALLENGE_OCTETS, &challenge) !=
	    STATUS_OK)
		return tls_method_fail (STATUS_CRYPTO, NULL);
	memcpy (state->challenge, challenge.data, CHALLENGE_OCTETS);
	return (EapMethodResult){ .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_PASSWORD };
}

static Status
compute_mschapv2 (TtlsState *state, Slice password, const guint8 *peer, guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS])
{
	Mschapv2Challenges challenges = { mschapv2_user (state->method->config.identity), state->challenge, peer };
	guint8 nt_hash[16];
	Status status = mschapv2_nt_hash (password, nt_hash);

	if (status == STATUS_OK)
		status = mschapv2_nt_response (&challenges, nt_hash, response);
	if (status == STATUS_OK)
		status = mschapv2_authenticator (&challenges, nt_hash, response, state->expected);
	secret_wipe (nt_hash, sizeof nt_hash);
	return status;
}

static EapMethodResult
answer_mschapv2 (TtlsState *state, Slice password)
{
	guint8 peer[MSCHAPV2_CHALLENGE_OCTETS], response[MSCHAPV2_NT_RESPONSE_OCTETS];
	g_auto (Writer) value = { 0 };
	g_auto (Writer) writer = { 0 };
	Status status = rng_fill (state->method->rng, peer, sizeof peer);

	if (status == STATUS_OK)
		status = compute_mschapv2 (state, password, peer, response);
	if (status == STATUS_MALFORMED)
		return tls_method_fail (STATUS_AUTH_REJECTED, "the password is not UTF-8, or longer than 256 characters");
	if (status != STATUS_OK)
		return tls_method_fail (status, NULL);
	writer_init (&value, 64);
	writer_u8 (&value, state->challenge[16]);
	writer_u8 (&value, 0);
	writer_slice (&value, SLICE_ARRAY (peer));
	writer_zeros (&value, 8);
	writer_slice (&value, SLICE_ARRAY (response));
	writer_init (&writer, TLS_TUNNEL_MAX_OCTETS);
	write_avp (&writer, 0, AVP_USER_NAME, slice_text (state->method->config.identity));
	write_avp (&writer, VENDOR_MICROSOFT, AVP_MS_CHAP_CHALLENGE, slice (state->challenge, MSCHAPV2_CHALLENGE_OCTETS));
	write_avp (&writer, VENDOR_MICROSOFT, AVP_MS_CHAP2_RESPONSE, writer_view (&value));
	state->answered = TRUE;
	return write_all (state, &writer);
}

static EapMethodResult
input_chap_success (TtlsState *state, Slice value)
{
	guint8 proof[MSCHAPV2_AUTHENTICATOR_OCTETS];

	/* The identifier stands before the text. */
	if (!state->answered || value.len < 1 || value.data[0] != state->challenge[16] ||
	    !mschapv2_read_proof (slice (value.data + 1, value.len - 1), proof) ||
	    !secret_equal (SLICE_ARRAY (proof), SLICE_ARRAY (state->expected)))
		return tls_method_fail (STATUS_EAP_PROTOCOL, "the server does not know the password either (MSCHAPv2)");
	state->proved = TRUE;
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static EapMethodResult
refused (TtlsState *state)
{
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND,
		                      .status = STATUS_AUTH_REJECTED,
		                      .detail = g_strdup (state->refusal) };
}

static EapMethodResult
input_chap_error (TtlsState *state, Slice value)
{
	Mschapv2Failure failure = mschapv2_read_failure (slice (value.data + 1, value.len - 1));

	g_free (state->refusal);
	state->refusal = mschapv2_failure_text (&failure);
	g_free (failure.words);
	if (!state->answered || failure.error != MSCHAPV2_ERROR_AUTHENTICATION || !failure.retry)
		return refused (state);
	if (failure.has_challenge)
		memcpy (state->challenge, failure.challenge, sizeof failure.challenge);
	state->challenge[16]++;
	state->answered = FALSE;
	return (EapMethodResult){ .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_PASSWORD, .ask_again = TRUE };
}

/* -- EAP ----------------------------------------------------------------------------------------------------------- */

static EapMethodResult
wrap (TtlsState *state, EapResult result)
{
	g_autoptr (GBytes) packet = NULL;
	EapMethodResult made = inner_peer_result (state->peer, result, &packet);
	g_auto (Writer) writer = { 0 };
	EapMethodResult written;

	if (packet == NULL)
		return made;
	writer_init (&writer, TLS_TUNNEL_MAX_OCTETS);
	write_avp (&writer, 0, AVP_EAP_MESSAGE, slice_bytes (packet));
	written = write_all (state, &writer);
	if (written.verdict == EAP_METHOD_SEND)
		return made;
	g_free (made.detail);
	return written;
}

/* The client answers a request for its identity that nobody made (RFC 5281 section 11.2.1). */
static EapMethodResult
begin_eap (TtlsState *state)
{
	static const guint8 request[] = { 1, 0, 0, 5, EAP_TYPE_IDENTITY };

	return wrap (state, eap_peer_input (state->peer, SLICE_ARRAY (request)));
}

/* -- All of them --------------------------------------------------------------------------------------------------- */

static EapMethodResult
inner_begin (gpointer inner)
{
	TtlsState *state = inner;

	if (state->peer != NULL)
		return begin_eap (state);
	if (state->way == EAP_INNER_MSCHAPV2)
		return begin_mschapv2 (state);
	return (EapMethodResult){ .verdict = EAP_METHOD_ASK, .ask = EAP_ASK_PASSWORD };
}

static EapMethodResult
input_avps (TtlsState *state, const Avps *avps)
{
	if (state->peer != NULL && avps->eap->len > 0)
		return wrap (state, eap_peer_input (state->peer, slice_array (avps->eap)));
	if (state->peer == NULL && state->way == EAP_INNER_MSCHAPV2 && avps->chap_success.len > 0)
		return input_chap_success (state, avps->chap_success);
	if (state->peer == NULL && state->way == EAP_INNER_MSCHAPV2 && avps->chap_error.len > 0)
		return input_chap_error (state, avps->chap_error);
	if (state->peer == NULL && state->way == EAP_INNER_PAP && avps->has_text && state->answered)
		return ask_pap (state, avps);
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static EapMethodResult
inner_input (gpointer inner, guint8 identifier, Slice plain)
{
	TtlsState *state = inner;
	g_autoptr (GByteArray) eap = g_byte_array_new ();
	Avps avps = { .eap = eap };
	const char *fault = read_avps (plain, &avps);

	return fault == NULL ? input_avps (state, &avps) : tls_method_fail (STATUS_EAP_PROTOCOL, fault);
}

static EapMethodResult
inner_answer (gpointer inner, Slice secret)
{
	TtlsState *state = inner;

	if (state->peer != NULL)
		return wrap (state, eap_peer_answer (state->peer, secret));
	return state->way == EAP_INNER_PAP ? answer_pap (state, secret) : answer_mschapv2 (state, secret);
}

static EapMethodResult
inner_decline (gpointer inner)
{
	TtlsState *state = inner;

	if (state->peer != NULL)
		return wrap (state, eap_peer_decline (state->peer));
	if (state->refusal == NULL)
		return tls_method_fail (STATUS_SECRET_NEEDED, NULL);
	return refused (state);
}

static gboolean
inner_done (gconstpointer inner)
{
	const TtlsState *state = inner;

	if (state->peer != NULL)
		return eap_peer_done (state->peer);
	return state->way == EAP_INNER_PAP ? state->answered : state->proved;
}

static void
inner_clear (gpointer inner)
{
	TtlsState *state = inner;

	eap_peer_free (state->peer);
	g_free (state->refusal);
	secret_wipe (state, sizeof *state);
	g_free (state);
}

static const TlsInner inner_ttls = {
	.key_label = "ttls keying material", /* RFC 5281 section 8 */
	.start = inner_start,
	.begin = inner_begin,
	.input = inner_input,
	.answer = inner_answer,
	.decline = inner_decline,
	.done = inner_done,
	.clear = inner_clear,
};

static gpointer
ttls_start (const EapConfig *config, const Rng *rng)
{
	return tls_method_start (EAP_TYPE_TTLS, &inner_ttls, config, rng);
}

const EapMethod eap_method_ttls = {
	.type = EAP_TYPE_TTLS,
	.name = "ttls",
	.label = "TTLS",
	.makes_key = TRUE,
	.start = ttls_start,
	.input = tls_method_input,
	.answer = tls_method_answer,
	.decline = tls_method_decline,
	.done = tls_method_done,
	.msk = tls_method_msk,
	.clear = tls_method_clear,
};
