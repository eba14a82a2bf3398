/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what the codec knows of one kind of payload (a const IkePayloadDesc per file pld-*.c), and the words that all
 * of them describe themselves with. Inside client/ike/ only.
 * Must not know: the order of payloads, exchanges.
 */
#pragma once

#include "message.h"

/* One kind of payload. decode and encode see the body only: what stands behind the generic header. */
typedef struct
{
	guint8 types[3]; /* IKE_PAYLOAD_*; unused places are 0 */

	/* @payload: .type, .critical and .body are set. On an error the payload is dropped, after clear(). */
	Status (*decode) (IkePayload *payload);
	void (*encode) (const IkePayload *payload, Writer *writer);
	void (*clear) (IkePayload *payload); /* frees what decode() made; NULL: nothing */

	/* What stands behind the name of the payload: "(ecp256)", " 1,234 octets"; NULL: its length. */
	void (*describe) (const IkePayload *payload, GString *text);
	/* ike_describe_field() for each; NULL: none. */
	void (*describe_fields) (const IkePayload *payload, GString *text);
} IkePayloadDesc;

/* Never NULL: a type that nobody registered gets a description that keeps the body as it is. */
const IkePayloadDesc *ike_payload_desc (guint8 type);
gboolean ike_payload_known (guint8 type);

/* One link of the chain of payloads as it lies on the wire. */
typedef struct
{
	guint8 next; /* type of the payload behind this one */
	gboolean critical;
	Slice body;
} IkeLink;

/**
 * ike_link_decode:
 * Reads one generic header (RFC 7296 section 3.2) with its body; consumes at least four octets or fails.
 * Errors: STATUS_TRUNCATED; STATUS_MALFORMED (length below four)
 */
Status ike_link_decode (Reader *r, IkeLink *ret_link);

#define IKE_DESCRIBE_OCTETS ((gsize) 64)  /* most octets of one text from the wire */
#define IKE_DESCRIBE_COLUMNS ((gsize) 60) /* a list on one line is cut behind this many octets */

/* Wire text: valid UTF-8 without control, format and bidirectional characters, "?" for what is not, cut with "...". */
void ike_describe_text (Slice octets, GString *text);
/* Hexadecimal, at most IKE_DESCRIBE_OCTETS octets, cut with "...". */
void ike_describe_hex (Slice octets, GString *text);
/* "1,234 octets", "1 octet" */
void ike_describe_octets (gsize octets, GString *text);
/* The name of the number, or the number itself. */
void ike_describe_number (IkeNumbers registry, guint number, GString *text);
/* An IPv4 or IPv6 address; other lengths in hexadecimal. */
void ike_describe_address (Slice octets, GString *text);

/**
 * ike_describe_more:
 * For lists on one line. @start: length of @text where the list began;  @left: how many items are still to come
 * Returns: TRUE when the line is full; then " +LEFT" was appended
 */
gboolean ike_describe_more (GString *text, gsize start, guint left);

/* Begins a line "name: " of describe_fields(); the value is appended behind it. */
void ike_describe_field (GString *text, const char *name);
/* "name: NAME (number)" */
void ike_describe_field_number (GString *text, const char *name, IkeNumbers registry, guint number);
void ike_describe_field_octets (GString *text, const char *name, gsize octets);
void ike_describe_field_hex (GString *text, const char *name, Slice octets);
