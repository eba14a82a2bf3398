/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway.h"

#include "crypto/hash.h"
#include "eap/eap.h"
#include "eap/mschapv2.h"

#define REQUEST 1
#define SUCCESS 3
#define FAILURE 4

/* Steps of .eap_step */
enum
{
	STEP_START,
	STEP_IDENTITY,
	STEP_CHALLENGE,
	STEP_ACKNOWLEDGE, /* MSCHAPv2: the client's nod to our Success */
	STEP_REFUSE,      /* MSCHAPv2: the client's nod to our Failure */
};

static GBytes *
packet_new (GatewaySa *sa, guint8 code, guint8 type, Slice data)
{
	GByteArray *packet = g_byte_array_new ();
	gsize octets = code == REQUEST ? 5 + data.len : 4;
	guint8 header[5] = { code, (guint8) sa->eap_id, (guint8) (octets >> 8), (guint8) octets, type };

	g_byte_array_append (packet, header, code == REQUEST ? 5 : 4);
	if (data.len > 0)
		g_byte_array_append (packet, data.data, (guint) data.len);
	return g_byte_array_free_to_bytes (packet);
}

static GBytes *
request_new (GatewaySa *sa, guint8 type, Slice data)
{
	sa->eap_id++;
	return packet_new (sa, REQUEST, type, data);
}

static GBytes *
challenge (Gateway *gateway, GatewaySa *sa)
{
	guint8 data[64] = { 0 };
	gsize n = 0;

	sa->eap_step = STEP_CHALLENGE;
	for (guint i = 0; i < 16; i++)
		sa->eap_challenge[i] = (guint8) g_rand_int_range (gateway->rand, 0, 256);
	switch (gateway->eap_type)
	{
	case EAP_TYPE_MD5:
		data[n++] = 16;
		break;
	case EAP_TYPE_GTC:
		return request_new (sa, EAP_TYPE_GTC,
		                    gateway->code != NULL ? SLICE_LITERAL ("Token?") : SLICE_LITERAL ("Password:"));
	default:
		data[n++] = 1;
		data[n++] = (guint8) (sa->eap_id + 1);
		data[n++] = 0;
		data[n++] = 5 + 16 + 2;
		data[n++] = 16;
		break;
	}
	memcpy (data + n, sa->eap_challenge, 16);
	n += 16;
	if (gateway->eap_type == EAP_TYPE_MSCHAPV2)
	{
		data[n++] = 'g';
		data[n++] = 'w';
	}
	return request_new (sa, gateway->eap_type, slice (data, n));
}

static GBytes *
finish (GatewaySa *sa, gboolean good)
{
	sa->eap_done = good;
	return packet_new (sa, good ? SUCCESS : FAILURE, 0, SLICE_NONE);
}

static gboolean
md5_good (const Gateway *gateway, const GatewaySa *sa, Slice data)
{
	guint8 id = (guint8) sa->eap_id;
	guint8 digest[HASH_MAX_OCTETS];
	const Slice parts[] = { { &id, 1 }, slice_text (gateway->password), SLICE_ARRAY (sa->eap_challenge) };

	g_assert_cmpuint (hash (HASH_MD5, parts, 3, digest), ==, STATUS_OK);
	return data.len >= 17 && data.data[0] == 16 && memcmp (data.data + 1, digest, 16) == 0;
}

/* The answer to MSCHAPv2's challenge: opcode, id, length[2], 49, peer[16], 8 zeros, response[24], flags, name. */
static GBytes *
mschapv2_answer (Gateway *gateway, GatewaySa *sa, Slice data)
{
	guint8 nt_hash[16], expected[24], proof[20];
	Mschapv2Challenges challenges = { slice_text (gateway->user), sa->eap_challenge, data.data + 5 };
	GString *text = g_string_new (NULL);
	GBytes *packet;

	if (data.len < 54)
	{
		g_string_free (text, TRUE);
		return finish (sa, FALSE);
	}
	g_assert_cmpuint (mschapv2_nt_hash (slice_text (gateway->password), nt_hash), ==, STATUS_OK);
	g_assert_cmpuint (mschapv2_nt_response (&challenges, nt_hash, expected), ==, STATUS_OK);
	g_string_append_len (text, "\3", 1);
	if (memcmp (expected, data.data + 5 + 24, 24) != 0)
	{
		text->str[0] = 4;
		sa->eap_step = STEP_REFUSE;
		g_string_append_printf (text, "%c%c%c", (int) sa->eap_id, 0, 0);
		g_string_append (text, "E=691 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=No such account");
	}
	else
	{
		sa->eap_step = STEP_ACKNOWLEDGE;
		g_assert_cmpuint (mschapv2_authenticator (&challenges, nt_hash, expected, proof), ==, STATUS_OK);
		g_assert_cmpuint (mschapv2_msk (nt_hash, expected, &sa->msk), ==, STATUS_OK);
		g_string_append_printf (text, "%c%c%c", (int) sa->eap_id, 0, 0);
		g_string_append (text, "S=");
		for (guint i = 0; i < 20; i++)
			g_string_append_printf (text, "%02X", proof[i]);
		g_string_append (text, " M=Welcome");
	}
	text->str[2] = (char) (text->len >> 8);
	text->str[3] = (char) text->len;
	packet = request_new (sa, EAP_TYPE_MSCHAPV2, slice (text->str, text->len));
	g_string_free (text, TRUE);
	return packet;
}

static GBytes *
judge (Gateway *gateway, GatewaySa *sa, Slice data)
{
	const char *want = gateway->code != NULL ? gateway->code : gateway->password;

	switch (gateway->eap_type)
	{
	case EAP_TYPE_MD5:
		return finish (sa, md5_good (gateway, sa, data));
	case EAP_TYPE_GTC:
		return finish (sa, slice_equal (data, slice_text (want)));
	default:
		return mschapv2_answer (gateway, sa, data);
	}
}

GBytes *
gateway_eap (Gateway *gateway, GatewaySa *sa, Slice packet)
{
	Slice data = packet.len > 5 ? slice (packet.data + 5, packet.len - 5) : SLICE_NONE;

	if (packet.len == 0)
	{
		if (!gateway->eap_identity)
			return challenge (gateway, sa);
		sa->eap_step = STEP_IDENTITY;
		return request_new (sa, EAP_TYPE_IDENTITY, SLICE_NONE);
	}
	g_assert_cmpuint (packet.len, >=, 5);
	g_assert_cmpuint (packet.data[0], ==, 2);
	switch (sa->eap_step)
	{
	case STEP_IDENTITY:
		g_string_append_len (gateway->identities, (const char *) data.data, (gssize) data.len);
		return challenge (gateway, sa);
	case STEP_CHALLENGE:
		/* A Nak: the client has no use for this method. */
		return packet.data[4] == EAP_TYPE_NAK ? finish (sa, FALSE) : judge (gateway, sa, data);
	case STEP_ACKNOWLEDGE:
		return finish (sa, TRUE);
	default:
		return finish (sa, FALSE);
	}
}
