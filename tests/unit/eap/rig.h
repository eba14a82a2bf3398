/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: an EapPeer with a random source of its own, and packets to put into it.
 * Must not know: what the answers should be.
 */
#pragma once

#include "eap/eap.h"
#include "eap/mschapv2.h"

#define REQUEST 1
#define RESPONSE 2
#define SUCCESS 3
#define FAILURE 4

#define CLIENT_PASS "clientPass"
#define USER "User"

/* RFC 2759 section 9.2 */
static const guint8 rfc_authenticator[16] = { 0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
	                                          0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28 };
static const guint8 rfc_peer[16] = { 0x21, 0x40, 0x23, 0x24, 0x25, 0x5e, 0x26, 0x2a,
	                                 0x28, 0x29, 0x5f, 0x2b, 0x3a, 0x33, 0x7c, 0x7e };

/* The same 16 octets over and over: the peer's challenge of the RFC. */
static inline Status
rig_fill (gpointer state, guint8 *data, gsize octets)
{
	for (gsize i = 0; i < octets; i++)
		data[i] = rfc_peer[i % 16];
	return STATUS_OK;
}

static inline EapPeer *
rig_new (const char *identity, const guint8 *methods, gsize n_methods)
{
	static const Rng rng = { rig_fill, NULL };
	EapConfig config = { .identity = identity, .methods = methods, .n_methods = n_methods };

	return eap_peer_new (&config, &rng);
}

static inline EapPeer *
rig_new_one (guint8 method)
{
	return rig_new (USER, &method, 1);
}

/* @type 0: none, as Success and Failure have it. */
static inline GBytes *
rig_packet (guint8 code, guint8 id, guint8 type, Slice data)
{
	GByteArray *packet = g_byte_array_new ();
	gsize octets = 4 + (type != 0 ? 1 + data.len : 0);
	guint8 header[5] = { code, id, (guint8) (octets >> 8), (guint8) octets, type };

	g_byte_array_append (packet, header, type != 0 ? 5 : 4);
	if (type != 0 && data.len > 0)
		g_byte_array_append (packet, data.data, (guint) data.len);
	return g_byte_array_free_to_bytes (packet);
}

static inline EapResult
rig_input (EapPeer *peer, guint8 code, guint8 id, guint8 type, Slice data)
{
	g_autoptr (GBytes) packet = rig_packet (code, id, type, data);
	/* A copy of the exact size: one octet read behind it is seen by AddressSanitizer. */
	g_autofree guint8 *copy = g_memdup2 (slice_bytes (packet).data, slice_bytes (packet).len);

	return eap_peer_input (peer, slice (copy, slice_bytes (packet).len));
}

/* For those who look only at the verdict. */
static inline EapVerdict
rig_verdict (EapPeer *peer, guint8 code, guint8 id, guint8 type, Slice data)
{
	g_auto (EapResult) result = rig_input (peer, code, id, type, data);

	return result.verdict;
}

static inline void
rig_check_sent (const EapResult *result, guint8 id, guint8 type, Slice data)
{
	g_autoptr (GBytes) wanted = rig_packet (RESPONSE, id, type, data);

	g_assert_cmpint (result->verdict, ==, EAP_SEND);
	g_assert_cmpmem (slice_bytes (result->packet).data, slice_bytes (result->packet).len, slice_bytes (wanted).data,
	                 slice_bytes (wanted).len);
}

/* The type-data of what was sent. */
static inline Slice
rig_data (const EapResult *result)
{
	Slice packet = slice_bytes (result->packet);

	g_assert_cmpint (result->verdict, ==, EAP_SEND);
	g_assert_cmpuint (packet.len, >=, 5);
	g_assert_cmpuint (packet.data[0], ==, RESPONSE);
	g_assert_cmpuint ((gsize) packet.data[2] << 8 | packet.data[3], ==, packet.len);
	return slice (packet.data + 5, packet.len - 5);
}

static inline void
rig_check_failure (const EapResult *result, Status status, const char *words)
{
	g_assert_cmpint (result->verdict, ==, EAP_FAILURE);
	g_assert_cmpstr (status_name (result->status), ==, status_name (status));
	if (words != NULL && (result->detail == NULL || strstr (result->detail, words) == NULL))
		g_error ("wanted \"%s\" in \"%s\"", words, result->detail);
}
