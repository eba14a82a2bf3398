/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: an IKEv2 message as a value: the header, the payloads of RFC 7296 section 3, from and to octets.
 * Must not know: what a message means, keys (see protect.h), which payloads an exchange wants (see schema.h).
 * Numbers are those of the wire; numbers.def lists every one that has a name.
 */
#pragma once

#include "base/inet.h"
#include "base/reader.h"
#include "base/writer.h"

#define IKE_HEADER_OCTETS 28
#define IKE_MAX_MESSAGE_OCTETS ((gsize) 65535)
#define IKE_MAX_PAYLOADS 64
#define IKE_MAX_NOTIFIES 20
#define IKE_MAX_CERTIFICATES 8
#define IKE_MAX_PROPOSALS 16
#define IKE_MAX_TRANSFORMS 64 /* in one proposal */
#define IKE_MAX_SELECTORS 16
#define IKE_MAX_ATTRIBUTES 64 /* of one CP */
#define IKE_MAX_DELETE_SPIS 20

/* enum IkeExchange, IkePayloadType, IkeNotifyType, ...: IKE_EXCHANGE_AUTH, IKE_PAYLOAD_SA, IKE_NOTIFY_COOKIE */
#include "numbers.h"

typedef struct
{
	guint64 spi_i;
	guint64 spi_r;
	guint8 next_payload; /* decode only; the encoder computes it */
	guint8 version;      /* 0x20 */
	guint8 exchange;
	gboolean from_initiator; /* flag I: the sender is the original initiator */
	gboolean response;       /* flag R */
	guint32 message_id;
	guint32 octets; /* decode only: the length field */
} IkeHeader;

typedef struct
{
	guint8 type; /* IKE_TRANSFORM_ENCR ... */
	guint16 id;
	guint16 key_bits; /* Key Length attribute; 0: none */
} IkeTransform;

typedef struct
{
	guint8 number;
	guint8 protocol; /* IKE_PROTOCOL_IKE, _AH, _ESP */
	guint8 spi[8];
	guint8 spi_octets; /* 0, 4 or 8 */
	guint8 n_transforms;
	gboolean unknown_attribute; /* some transform had an attribute we do not know: it must not be chosen */
	IkeTransform transforms[IKE_MAX_TRANSFORMS];
} IkeProposal;

typedef struct
{
	guint16 type;
	Slice value;
} IkeCpAttribute;

/* All slices point into the octets of the message (decode) or at what the caller keeps alive (encode). */
typedef struct
{
	guint8 type; /* IKE_PAYLOAD_*; one that is not known keeps only .body */
	gboolean critical;
	Slice body; /* decode: everything behind the generic header, RESERVED included (AUTH signs it) */
	union
	{
		struct
		{
			guint8 n_proposals;
			IkeProposal *proposals; /* owned by the message when decoded */
		} sa;
		struct
		{
			guint16 group;
			Slice value;
		} ke;
		struct
		{
			guint8 id_type;
			Slice value;
		} id; /* IDi, IDr */
		struct
		{
			guint8 encoding;
			Slice value;
		} cert; /* CERT, CERTREQ */
		struct
		{
			guint8 method;
			Slice value;
		} auth;
		struct
		{
			Slice value;
		} nonce, vendor, eap;
		struct
		{
			guint8 protocol;
			Slice spi;
			guint16 notify_type;
			Slice value;
		} notify;
		struct
		{
			guint8 protocol;
			guint8 spi_octets;
			guint16 n_spis;
			Slice spis;
		} del;
		struct
		{
			guint8 n_selectors;
			InetSelector selectors[IKE_MAX_SELECTORS]; /* of types the RFC names; others are counted in n_unknown */
			guint8 n_unknown;
		} ts; /* TSi, TSr */
		struct
		{
			guint8 cfg_type;
			guint8 n_attributes;
			IkeCpAttribute *attributes; /* owned by the message when decoded */
		} cp;
	};
} IkePayload;

typedef struct
{
	IkeHeader header;
	guint n_payloads;
	IkePayload payloads[IKE_MAX_PAYLOADS];
	GBytes *octets;        /* decode: what the slices point into (for a protected message: the decrypted payloads) */
	gboolean is_protected; /* its payloads came out of SK or SKF */
} IkeMessage;

IkeMessage *ike_message_new (void);
void ike_message_free (IkeMessage *message); /* wipes the octets */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IkeMessage, ike_message_free)

/**
 * ike_header_decode:
 * @datagram: an IKE message without non-ESP marker
 * Errors: STATUS_TRUNCATED; STATUS_BAD_VERSION (major not 2); STATUS_MALFORMED (length field is not the datagram's length)
 */
Status ike_header_decode (Slice datagram, IkeHeader *ret_header);

/**
 * ike_payloads_decode:
 * @first: type of the first payload;  @octets: the chain of payloads;  @message: gets them appended, keeps @octets by
 *         reference in .octets; its header is not touched
 * Unknown payloads that are not critical are kept with their .body; unknown critical ones: STATUS_CRITICAL_PAYLOAD.
 * An SK or SKF payload ends the chain and is kept with its .body only.
 * Errors: STATUS_TRUNCATED, STATUS_TRAILING, STATUS_MALFORMED, STATUS_TOO_LARGE, STATUS_CRITICAL_PAYLOAD
 */
Status ike_payloads_decode (guint8 first, GBytes *octets, IkeMessage *message);

/* Header and all payloads of a whole datagram in the clear (or its outer shell when it is protected). */
Status ike_message_decode (Slice datagram, IkeMessage **ret_message);

/**
 * ike_payloads_encode:
 * Appends the chain of @n payloads. Returns the type of the first (0 when there is none).
 */
guint8 ike_payloads_encode (const IkePayload *payloads, guint n, Writer *writer);

/* A whole message in the clear. Errors: STATUS_TOO_LARGE */
Status ike_message_encode (const IkeHeader *header, const IkePayload *payloads, guint n, GBytes **ret_datagram);

/* Appends the 28 octets; @octets: the value of the length field. */
void ike_header_encode (const IkeHeader *header, guint8 next_payload, guint32 octets, Writer *writer);

/* The first payload of this type behind @after (NULL: from the start), or NULL. */
const IkePayload *ike_message_find (const IkeMessage *message, guint8 type, const IkePayload *after);
/* The first notify of this type, or NULL. */
const IkePayload *ike_message_find_notify (const IkeMessage *message, guint16 notify_type);

/* Octets of one payload's body as it would be sent (what AUTH signs for our own IDi). */
Status ike_payload_body_encode (const IkePayload *payload, GBytes **ret_body);

/**
 * ike_payload_describe:
 * Appends one line for people, without line end: "SA ESP 3 proposals", "N(COOKIE) 32 octets", "IDi alice@example.org".
 * No secret is ever described: AUTH, EAP and nonces by their length. Octets from the wire are sanitised.
 */
void ike_payload_describe (const IkePayload *payload, GString *text);
/* The same with every field, several lines "name: value" separated by "\n". */
void ike_payload_describe_fields (const IkePayload *payload, GString *text);

/* Names and explanations from numbers.def: "IKE_AUTH", "TS_UNACCEPTABLE", "AES_GCM_16", "ecp256". */
typedef enum
{
	IKE_NUMBERS_EXCHANGE,
	IKE_NUMBERS_PAYLOAD,
	IKE_NUMBERS_NOTIFY,
	IKE_NUMBERS_PROTOCOL,
	IKE_NUMBERS_TRANSFORM,
	IKE_NUMBERS_ENCR,
	IKE_NUMBERS_PRF,
	IKE_NUMBERS_INTEG,
	IKE_NUMBERS_KE,
	IKE_NUMBERS_SN,
	IKE_NUMBERS_ID,
	IKE_NUMBERS_CERT,
	IKE_NUMBERS_AUTH,
	IKE_NUMBERS_CFG,
	IKE_NUMBERS_CP,
	IKE_NUMBERS_TS,
	IKE_NUMBERS_HASH,
} IkeNumbers;

const char *ike_number_name (IkeNumbers registry, guint number);    /* NULL when unknown */
const char *ike_number_explain (IkeNumbers registry, guint number); /* "" when unknown */
const char *ike_number_source (IkeNumbers registry, guint number);  /* "RFC 7383"; "" when unknown */
