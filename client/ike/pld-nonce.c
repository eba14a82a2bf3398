/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nonce, RFC 7296 section 3.9. */
#include "payload.h"

#define NONCE_LEAST ((gsize) 16)
#define NONCE_MOST ((gsize) 256)

static Status
nonce_decode (IkePayload *payload)
{
	payload->nonce.value = payload->body;
	return payload->body.len >= NONCE_LEAST && payload->body.len <= NONCE_MOST ? STATUS_OK : STATUS_MALFORMED;
}

static void
nonce_encode (const IkePayload *payload, Writer *writer)
{
	writer_slice (writer, payload->nonce.value);
}

static void
nonce_describe (const IkePayload *payload, GString *text)
{
	/* Every SA_INIT has one; its length tells nothing. */
}

static void
nonce_describe_fields (const IkePayload *payload, GString *text)
{
	ike_describe_field_octets (text, "length", payload->nonce.value.len);
}

const IkePayloadDesc ike_pld_nonce = {
	.types = { IKE_PAYLOAD_NONCE },
	.decode = nonce_decode,
	.encode = nonce_encode,
	.describe = nonce_describe,
	.describe_fields = nonce_describe_fields,
};
