/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: one message with every kind of payload the codec knows, for tests that damage it, and where its lengths lie.
 * Must not know: how the codec is made; sample_lengths() walks the octets by itself.
 */
#pragma once

#include "ike/message.h"

typedef struct
{
	IkeProposal proposals[2];
	IkeCpAttribute attributes[5];
	IkePayload payloads[20];
	guint n_payloads;
} Sample;

static inline InetSelector
sample_selector (const char *prefix)
{
	InetPrefix parsed;

	g_assert_true (inet_prefix_parse (prefix, &parsed));
	return inet_selector_prefix (&parsed);
}

static inline void
sample_proposals (Sample *sample)
{
	sample->proposals[0] = (IkeProposal){
		.number = 1,
		.protocol = IKE_PROTOCOL_IKE,
		.n_transforms = 4,
		.transforms = { { IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_16, 256 },
		                { IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_16, 128 },
		                { IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA2_256, 0 },
		                { IKE_TRANSFORM_KE, IKE_KE_ECP_256, 0 } },
	};
	sample->proposals[1] = (IkeProposal){
		.number = 2,
		.protocol = IKE_PROTOCOL_ESP,
		.spi = { 1, 2, 3, 4 },
		.spi_octets = 4,
		.n_transforms = 3,
		.transforms = { { IKE_TRANSFORM_ENCR, IKE_ENCR_AES_CBC, 256 },
		                { IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA2_256_128, 0 },
		                { IKE_TRANSFORM_SN, IKE_SN_NO_ESN, 0 } },
	};
}

static inline void
sample_attributes (Sample *sample)
{
	/* Values that make no sensible attributes when a damaged length turns them into such. */
	static const guint8 v4[] = { 10, 3, 0xee, 1 };
	static const guint8 v6[] = { 0xfd, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee,
		                         0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 64 };

	sample->attributes[0] = (IkeCpAttribute){ IKE_CP_INTERNAL_IP4_ADDRESS, SLICE_ARRAY (v4) };
	sample->attributes[1] = (IkeCpAttribute){ IKE_CP_INTERNAL_IP6_ADDRESS, SLICE_ARRAY (v6) };
	sample->attributes[2] = (IkeCpAttribute){ IKE_CP_INTERNAL_IP4_DNS, SLICE_NONE };
	sample->attributes[3] = (IkeCpAttribute){ IKE_CP_INTERNAL_DNS_DOMAIN, SLICE_LITERAL ("corp.example") };
	sample->attributes[4] = (IkeCpAttribute){ 32000, SLICE_LITERAL ("x") };
}

static inline Sample *
sample_new (void)
{
	static const guint8 octets[64] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };
	static const guint8 eap[] = { 1, 0x87, 0, 6, 26, 9 };
	Sample *sample = g_new0 (Sample, 1);
	guint n = 0;

	sample_proposals (sample);
	sample_attributes (sample);
	sample->payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_SA, .sa = { 2, sample->proposals } };
	sample->payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_KE, .ke = { IKE_KE_ECP_256, SLICE_ARRAY (octets) } };
	sample->payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_NONCE, .nonce = { slice (octets, 32) } };
	sample->payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_IDI, .id = { IKE_ID_FQDN, SLICE_LITERAL ("a.example") } };
	sample->payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_IDR, .id = { IKE_ID_KEY_ID, slice (octets, 5) } };
	sample->payloads[n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_CERT, .cert = { IKE_CERT_X509_SIGNATURE, SLICE_ARRAY (octets) } };
	sample->payloads[n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_CERTREQ, .cert = { IKE_CERT_X509_SIGNATURE, slice (octets, 40) } };
	sample->payloads[n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_AUTH, .auth = { IKE_AUTH_DIGITAL_SIGNATURE, slice (octets, 33) } };
	sample->payloads[n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_NOTIFY,
		              .notify = { IKE_PROTOCOL_ESP, slice (octets, 4), IKE_NOTIFY_REKEY_SA, SLICE_NONE } };
	sample->payloads[n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { 0, SLICE_NONE, IKE_NOTIFY_COOKIE, slice (octets, 20) } };
	sample->payloads[n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_DELETE, .del = { IKE_PROTOCOL_ESP, 4, 2, slice (octets, 8) } };
	sample->payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_VENDOR, .vendor = { slice (octets, 16) } };
	sample->payloads[n] = (IkePayload){ .type = IKE_PAYLOAD_TSI, .ts.n_selectors = 2 };
	sample->payloads[n].ts.selectors[0] = sample_selector ("10.3.0.1/32");
	sample->payloads[n++].ts.selectors[1] = sample_selector ("fd00::/64");
	sample->payloads[n] = (IkePayload){ .type = IKE_PAYLOAD_TSR, .ts.n_selectors = 1 };
	sample->payloads[n++].ts.selectors[0] = sample_selector ("0.0.0.0/0");
	sample->payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_CP, .cp = { IKE_CFG_REPLY, 5, sample->attributes } };
	sample->payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_EAP, .eap = { SLICE_ARRAY (eap) } };
	sample->payloads[n++] = (IkePayload){ .type = 200, .body = slice (octets, 3) };
	sample->n_payloads = n;
	return sample;
}

static inline IkeHeader
sample_header (void)
{
	return (IkeHeader){ .spi_i = 0x0102030405060708,
		                .spi_r = 0x1112131415161718,
		                .version = 0x20,
		                .exchange = IKE_EXCHANGE_AUTH,
		                .response = TRUE,
		                .message_id = 1 };
}

static inline GBytes *
sample_datagram (void)
{
	g_autofree Sample *sample = sample_new ();
	IkeHeader header = sample_header ();
	GBytes *datagram;

	g_assert_cmpuint (ike_message_encode (&header, sample->payloads, sample->n_payloads, &datagram), ==, STATUS_OK);
	return datagram;
}

/* A length field of two octets; the header's own of four is not among them. */
typedef struct
{
	gsize offset;
	guint8 payload;
} SampleLength;

static inline guint16
sample_u16 (Slice octets, gsize at)
{
	g_assert_cmpuint (at + 2, <=, octets.len);
	return (guint16) (octets.data[at] << 8 | octets.data[at + 1]);
}

static inline void
sample_length_add (GArray *lengths, gsize offset, guint8 payload)
{
	SampleLength length = { offset, payload };

	g_array_append_val (lengths, length);
}

static inline void
sample_inner_lengths (Slice octets, gsize at, gsize end, guint8 type, GArray *lengths)
{
	if (type == IKE_PAYLOAD_SA)
		for (gsize proposal = at; proposal < end; proposal += sample_u16 (octets, proposal + 2))
		{
			gsize proposal_end = proposal + sample_u16 (octets, proposal + 2);

			sample_length_add (lengths, proposal + 2, type);
			for (gsize transform = proposal + 8 + octets.data[proposal + 6]; transform < proposal_end;
			     transform += sample_u16 (octets, transform + 2))
				sample_length_add (lengths, transform + 2, type);
		}
	if (type == IKE_PAYLOAD_TSI || type == IKE_PAYLOAD_TSR)
		for (gsize selector = at + 4; selector < end; selector += sample_u16 (octets, selector + 2))
			sample_length_add (lengths, selector + 2, type);
	if (type == IKE_PAYLOAD_CP)
		for (gsize attribute = at + 4; attribute < end; attribute += 4u + sample_u16 (octets, attribute + 2))
			sample_length_add (lengths, attribute + 2, type);
}

/* @octets: a valid chain of payloads that begins at @at with @type */
static inline GArray *
sample_lengths (Slice octets, gsize at, guint8 type)
{
	GArray *lengths = g_array_new (FALSE, FALSE, sizeof (SampleLength));

	while (type != 0)
	{
		gsize end = at + sample_u16 (octets, at + 2);

		sample_length_add (lengths, at + 2, type);
		sample_inner_lengths (octets, at + 4, end, type, lengths);
		type = octets.data[at];
		at = end;
	}
	g_assert_cmpuint (at, ==, octets.len);
	return lengths;
}
