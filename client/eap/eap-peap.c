/* SPDX-License-Identifier: GPL-2.0-or-later */
/* PEAPv0 ([MS-PEAP], draft-kamath-pppext-peapv0-00): EAP without its headers inside of TLS; the end is said by TLVs. */
#include "base/reader.h"
#include "inner-peer.h"
#include "peap-binding.h"
#include "tls-method.h"

#define EAP_REQUEST 1
#define EAP_RESPONSE 2
#define EAP_HEADER_OCTETS 4
#define TYPE_EXTENSIONS 33 /* packets of this type keep their header */
#define TLV_MANDATORY 0x8000
#define TLV_RESULT 3
#define TLV_BINDING 12
#define TLV_HEADER_OCTETS 4
#define RESULT_SUCCESS 1
#define RESULT_FAILURE 2
#define MAX_TLVS 16

typedef struct
{
	TlsMethod *method;
	EapPeer *peer;
	gboolean done;
} PeapState;

/* What the server says at the end. */
typedef struct
{
	guint16 result; /* 0: not said */
	Slice binding;  /* with its header; empty: not asked */
} Tlvs;

static gpointer
inner_start (TlsMethod *method)
{
	PeapState *state = g_new0 (PeapState, 1);

	state->method = method;
	state->peer = inner_peer_new (&method->config, TRUE, method->rng);
	return state;
}

static EapMethodResult
write_octets (PeapState *state, Slice octets)
{
	Status status = tls_method_write (state->method, octets);

	return status == STATUS_OK ? (EapMethodResult){ .verdict = EAP_METHOD_SEND } : tls_method_fail (status, NULL);
}

static EapMethodResult
wrap (PeapState *state, EapResult result)
{
	g_autoptr (GBytes) packet = NULL;
	EapMethodResult made = inner_peer_result (state->peer, result, &packet);
	Slice octets = slice_bytes (packet);
	Status status;

	if (packet == NULL)
		return made;
	octets = slice (octets.data + EAP_HEADER_OCTETS, octets.len - EAP_HEADER_OCTETS);
	status = tls_method_write (state->method, octets);
	if (status == STATUS_OK)
		return made;
	g_free (made.detail);
	return tls_method_fail (status, NULL);
}

/* -- The end: Extensions ------------------------------------------------------------------------------------------- */

/* Returns: what is wrong, or NULL */
static const char *
read_tlvs (Slice body, Tlvs *tlvs)
{
	Reader r = reader (body);

	for (guint n = 0; reader_left (&r) > 0; n++)
	{
		const guint8 *start = body.data + r.pos;
		guint16 type = reader_u16 (&r);
		Slice value = reader_take (&r, reader_u16 (&r));

		if (r.failed || n >= MAX_TLVS)
			return "a TLV of PEAP has a wrong length";
		if ((type & 0x3fff) == TLV_RESULT && value.len == 2)
			tlvs->result = (guint16) (value.data[0] << 8 | value.data[1]);
		else if ((type & 0x3fff) == TLV_BINDING && value.len == PEAP_BINDING_OCTETS - TLV_HEADER_OCTETS)
			tlvs->binding = slice (start, PEAP_BINDING_OCTETS);
		else if ((type & TLV_MANDATORY) != 0 || (type & 0x3fff) == TLV_RESULT || (type & 0x3fff) == TLV_BINDING)
			return "a TLV of PEAP cannot be understood";
	}
	return NULL;
}

static EapMethodResult
answer_tlvs (PeapState *state, guint8 identifier, guint16 result, Slice binding)
{
	g_auto (Writer) writer = { 0 };

	writer_init (&writer, 256);
	writer_u8 (&writer, EAP_RESPONSE);
	writer_u8 (&writer, identifier);
	writer_hole (&writer, 2);
	writer_u8 (&writer, TYPE_EXTENSIONS);
	writer_u16 (&writer, TLV_MANDATORY | TLV_RESULT);
	writer_u16 (&writer, 2);
	writer_u16 (&writer, result);
	writer_slice (&writer, binding);
	writer_patch_u16 (&writer, 2, (guint16) writer.len);
	return write_octets (state, writer_view (&writer));
}

/* Checks the server's, makes ours, and the MSK that both of us have then. */
static Status
bind_keys (PeapState *state, Slice theirs, guint8 ret_ours[PEAP_BINDING_OCTETS])
{
	PeapBinding binding = { SECRET_INIT, SECRET_INIT };
	g_auto (Secret) material = SECRET_INIT;
	guint8 nonce[32];
	Status status = tls_method_key_material (state->method, &material);

	if (status == STATUS_OK)
		status = peap_binding_init (secret_view (&material), eap_peer_method_msk (state->peer), &binding);
	if (status == STATUS_OK)
		status = peap_binding_check (&binding, theirs);
	if (status == STATUS_OK)
		status = rng_fill (state->method->rng, nonce, sizeof nonce);
	if (status == STATUS_OK)
		status = peap_binding_answer (&binding, nonce, ret_ours);
	if (status == STATUS_OK)
		status = peap_binding_msk (&binding, &state->method->msk);
	peap_binding_clear (&binding);
	return status;
}

static EapMethodResult
input_success (PeapState *state, guint8 identifier, Slice binding)
{
	guint8 ours[PEAP_BINDING_OCTETS];

	/* Whoever says so before the inner method has proved anything is not who knows the password (CVE-2023-52160). */
	if (!eap_peer_done (state->peer))
		return tls_method_fail (STATUS_EAP_PROTOCOL, "PEAP ends before the inner method is done");
	if (binding.len > 0 && bind_keys (state, binding, ours) != STATUS_OK)
		return tls_method_fail (STATUS_EAP_PROTOCOL, "the crypto-binding of PEAP is wrong; someone may be in between");
	state->done = TRUE;
	return answer_tlvs (state, identifier, RESULT_SUCCESS, binding.len > 0 ? SLICE_ARRAY (ours) : SLICE_NONE);
}

/* The words of the inner method, if it has some, are what the EAP-Failure means that follows. */
static EapMethodResult
input_refusal (PeapState *state, guint8 identifier)
{
	static const guint8 failure[] = { 4, 0, 0, 4 };
	g_auto (EapResult) inner = eap_peer_input (state->peer, SLICE_ARRAY (failure));
	EapMethodResult made = answer_tlvs (state, identifier, RESULT_FAILURE, SLICE_NONE);

	if (made.verdict == EAP_METHOD_SEND && inner.verdict == EAP_FAILURE)
	{
		made.status = inner.status;
		made.detail = g_steal_pointer (&inner.detail);
	}
	return made;
}

static EapMethodResult
input_extensions (PeapState *state, Slice packet)
{
	Tlvs tlvs = { 0 };
	const char *fault =
	    read_tlvs (slice (packet.data + EAP_HEADER_OCTETS + 1, packet.len - EAP_HEADER_OCTETS - 1), &tlvs);

	if (fault != NULL)
		return tls_method_fail (STATUS_EAP_PROTOCOL, fault);
	if (tlvs.result == RESULT_SUCCESS)
		return input_success (state, packet.data[1], tlvs.binding);
	if (tlvs.result == RESULT_FAILURE)
		return input_refusal (state, packet.data[1]);
	return tls_method_fail (STATUS_EAP_PROTOCOL, "PEAP ends without a result");
}

/* -- The inner method ---------------------------------------------------------------------------------------------- */

/* Whether it is a whole packet, and not one that begins with its type: all Extensions are, and the first request of some
 * servers, which want the answer without. */
static gboolean
has_header (Slice plain, guint8 type)
{
	return plain.len > EAP_HEADER_OCTETS && plain.data[0] == EAP_REQUEST &&
	       ((gsize) plain.data[2] << 8 | plain.data[3]) == plain.len && plain.data[4] == type;
}

static EapMethodResult
input_request (PeapState *state, guint8 identifier, Slice body)
{
	g_auto (Writer) writer = { 0 };

	writer_init (&writer, TLS_TUNNEL_MAX_OCTETS);
	writer_u8 (&writer, EAP_REQUEST);
	writer_u8 (&writer, identifier);
	writer_u16 (&writer, (guint16) (EAP_HEADER_OCTETS + body.len));
	writer_slice (&writer, body);
	if (body.len > G_MAXUINT16 - EAP_HEADER_OCTETS || writer_finish (&writer) != STATUS_OK)
		return tls_method_fail (STATUS_EAP_PROTOCOL, "a packet inside of PEAP is too large");
	return wrap (state, eap_peer_input (state->peer, writer_view (&writer)));
}

static EapMethodResult
inner_begin (gpointer inner)
{
	/* The server asks first. */
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static EapMethodResult
inner_input (gpointer inner, guint8 identifier, Slice plain)
{
	PeapState *state = inner;

	if (state->done)
		return tls_method_fail (STATUS_EAP_PROTOCOL, "PEAP goes on behind its end");
	if (has_header (plain, TYPE_EXTENSIONS))
		return input_extensions (state, plain);
	if (has_header (plain, EAP_TYPE_IDENTITY))
		return wrap (state, eap_peer_input (state->peer, plain));
	return input_request (state, identifier, plain);
}

static EapMethodResult
inner_answer (gpointer inner, Slice secret)
{
	PeapState *state = inner;

	return wrap (state, eap_peer_answer (state->peer, secret));
}

static EapMethodResult
inner_decline (gpointer inner)
{
	PeapState *state = inner;

	return wrap (state, eap_peer_decline (state->peer));
}

static gboolean
inner_done (gconstpointer inner)
{
	return ((const PeapState *) inner)->done;
}

static void
inner_clear (gpointer inner)
{
	PeapState *state = inner;

	eap_peer_free (state->peer);
	g_free (state);
}

static const TlsInner inner_peap = {
	.key_label = "client EAP encryption",
	.start = inner_start,
	.begin = inner_begin,
	.input = inner_input,
	.answer = inner_answer,
	.decline = inner_decline,
	.done = inner_done,
	.clear = inner_clear,
};

static gpointer
peap_start (const EapConfig *config, const Rng *rng)
{
	return tls_method_start (EAP_TYPE_PEAP, &inner_peap, config, rng);
}

const EapMethod eap_method_peap = {
	.type = EAP_TYPE_PEAP,
	.name = "peap",
	.label = "PEAP",
	.makes_key = TRUE,
	.start = peap_start,
	.input = tls_method_input,
	.answer = tls_method_answer,
	.decline = tls_method_decline,
	.done = tls_method_done,
	.msk = tls_method_msk,
	.clear = tls_method_clear,
};
