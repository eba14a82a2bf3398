/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: both ends of one direction of a SA with made-up keys, and inner packets to send through it.
 * Must not know: what is tested.
 */
#pragma once

#include "esp/esp.h"

#define PAIR_SPI 0x01020304u
#define PAIR_BUFFER_OCTETS 4096

static const AeadSuite pair_suites[] = {
	{ ENCR_AES_GCM_16, 128, INTEG_NONE },           { ENCR_AES_GCM_16, 192, INTEG_NONE },
	{ ENCR_AES_GCM_16, 256, INTEG_NONE },           { ENCR_CHACHA20_POLY1305, 256, INTEG_NONE },
	{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96 },      { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128 },
	{ ENCR_AES_CBC, 192, INTEG_HMAC_SHA2_384_192 }, { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256 },
	{ ENCR_3DES_CBC, 192, INTEG_HMAC_SHA1_96 },
};

static const guint8 pair_keys[128] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ "
                                     "integrity 0123456789abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMN";

typedef struct
{
	EspOut *out;
	EspIn *in;
} Pair;

static inline InetSelector
pair_selector (const char *prefix)
{
	InetPrefix parsed;

	g_assert_true (inet_prefix_parse (prefix, &parsed));
	return inet_selector_prefix (&parsed);
}

/* The sender lives in @local, the receiver in @remote; the receiver's view is the other way round. */
static inline Pair
pair_between (AeadSuite suite, gboolean esn, const InetSelector *local, gsize n_local, const InetSelector *remote,
              gsize n_remote)
{
	EspParameters p = { .spi = PAIR_SPI,
		                .suite = suite,
		                .esn = esn,
		                .encr_key = slice (pair_keys, aead_encr_key_octets (&suite)),
		                .integ_key = slice (pair_keys + 64, aead_integ_key_octets (&suite)),
		                .local = local,
		                .n_local = n_local,
		                .remote = remote,
		                .n_remote = n_remote };
	Pair pair;

	g_assert_cmpuint (esp_out_new (&p, &pair.out), ==, STATUS_OK);
	p.local = remote;
	p.n_local = n_remote;
	p.remote = local;
	p.n_remote = n_local;
	g_assert_cmpuint (esp_in_new (&p, &pair.in), ==, STATUS_OK);
	return pair;
}

static inline Pair
pair_new (AeadSuite suite, gboolean esn)
{
	const InetSelector any[] = { inet_selector_any (INET_V4), inet_selector_any (INET_V6) };

	return pair_between (suite, esn, any, 2, any, 2);
}

static inline void
pair_clear (Pair *pair)
{
	esp_out_free (pair->out);
	esp_in_free (pair->in);
}

/* A UDP packet from 10.1.0.1 to 10.2.0.2, or from fd00:1::1 to fd00:2::2. Returns its octets. */
static inline gsize
pair_inner (guint8 *inner, gboolean ipv6, gsize payload)
{
	static const guint8 v4[] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 2, 0, 2 };
	static const guint8 v6[] = { 0x60, 0, 0, 0, 0,    0, 17, 64, 0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0,
		                         0,    0, 0, 1, 0xfd, 0, 0,  2,  0,    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2 };
	gsize head = ipv6 ? sizeof v6 : sizeof v4, udp = 8 + payload, total = head + udp;
	guint8 *u = inner + head;

	memcpy (inner, ipv6 ? v6 : v4, head);
	inner[ipv6 ? 4 : 2] = (guint8) ((ipv6 ? udp : total) >> 8);
	inner[ipv6 ? 5 : 3] = (guint8) (ipv6 ? udp : total);
	memset (u, 0, 8);
	u[0] = 0x10; /* 4096 to 53 */
	u[3] = 53;
	u[4] = (guint8) (udp >> 8);
	u[5] = (guint8) udp;
	for (gsize i = 0; i < payload; i++)
		u[8 + i] = (guint8) (i * 7);
	return total;
}

/* Seals a copy of @inner. @buffer: PAIR_BUFFER_OCTETS. Returns the ESP packet within it. */
static inline Slice
pair_seal (Pair *pair, guint8 *buffer, Slice inner)
{
	Slice packet;

	memcpy (buffer + ESP_HEADROOM_OCTETS, inner.data, inner.len);
	g_assert_cmpuint (esp_seal (pair->out, buffer, inner.len, &packet), ==, STATUS_OK);
	return packet;
}
