/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nanoseconds of esp_seal() and esp_open() per packet beside the bare calls of the library on as many octets; what an outbound
 * look-up costs with 1 and with 1000 selectors. Usage: seal [--quick]; prints JSON.
 */
#include <gnutls/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "ciphers.h"

#define MOST_OCTETS 2048
#define ROUNDS 9
#define SPI 0x01020304u

static gint64
now_ns (void)
{
	struct timespec now;

	clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
	return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

typedef struct
{
	const BenchCipher *cipher;
	gsize inner_octets;
	guint n;
	EspOut *out;
	EspIn *in;
	guint8 *packets; /* n sealed packets, MOST_OCTETS apart */
	gsize offset;    /* of the packet in its place */
	gsize packet_octets;
	gnutls_aead_cipher_hd_t aead;
	gnutls_cipher_hd_t cbc;
	gnutls_hmac_hd_t mac;
} Bench;

static void
lay_inner (const Bench *b, guint8 *at)
{
	static const guint8 head[20] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 2, 0, 1 };

	memcpy (at, head, sizeof head);
	at[2] = (guint8) (b->inner_octets >> 8);
	at[3] = (guint8) b->inner_octets;
}

static void
run_seal (Bench *b)
{
	Slice packet;

	for (guint i = 0; i < b->n; i++)
	{
		guint8 *slot = b->packets + (gsize) i * MOST_OCTETS;

		lay_inner (b, slot + ESP_HEADROOM_OCTETS);
		if (esp_seal (b->out, slot, b->inner_octets, &packet) != STATUS_OK)
			g_error ("seal");
		b->packet_octets = packet.len;
		b->offset = (gsize) (packet.data - slot);
	}
}

static void
run_open (Bench *b)
{
	Slice inner;

	for (guint i = 0; i < b->n; i++)
		if (esp_open (b->in, b->packets + (gsize) i * MOST_OCTETS + b->offset, b->packet_octets, &inner) != STATUS_OK)
			g_error ("open");
}

/* The same octets of text and additional data, through the library alone. */
static void
run_raw_seal (Bench *b)
{
	gsize iv = aead_iv_octets (&b->cipher->suite), icv = aead_icv_octets (&b->cipher->suite);
	gsize text = b->packet_octets - ESP_HEADER_OCTETS - iv - icv;
	guint8 nonce[16] = { 0 }, mac[64];

	for (guint i = 0; i < b->n; i++)
	{
		guint8 *slot = b->packets + (gsize) i * MOST_OCTETS;
		size_t octets = text + icv;

		nonce[11]++;
		if (b->aead != NULL)
			gnutls_aead_cipher_encrypt (b->aead, nonce, 12, slot, 8, icv, slot + 16, text, slot + 16, &octets);
		else
		{
			gnutls_cipher_set_iv (b->cbc, nonce, iv);
			gnutls_cipher_encrypt (b->cbc, slot + 16, text);
			gnutls_hmac (b->mac, slot, text + 8 + iv);
			gnutls_hmac_output (b->mac, mac);
		}
	}
}

static void
run_raw_open (Bench *b)
{
	gsize iv = aead_iv_octets (&b->cipher->suite), icv = aead_icv_octets (&b->cipher->suite);
	gsize text = b->packet_octets - ESP_HEADER_OCTETS - iv - icv;
	guint8 nonce[16] = { 0 }, mac[64];

	for (guint i = 0; i < b->n; i++)
	{
		guint8 *slot = b->packets + (gsize) i * MOST_OCTETS;
		size_t octets = text;

		nonce[11]++;
		if (b->aead != NULL)
		{
			if (gnutls_aead_cipher_decrypt (b->aead, nonce, 12, slot, 8, icv, slot + 16, text + icv, slot + 16,
			                                &octets) != 0)
				g_error ("raw open");
		}
		else
		{
			gnutls_hmac (b->mac, slot, text + 8 + iv);
			gnutls_hmac_output (b->mac, mac);
			gnutls_cipher_set_iv (b->cbc, nonce, iv);
			gnutls_cipher_decrypt (b->cbc, slot + 16, text);
		}
	}
}

static void
bench_init (Bench *b, const BenchCipher *cipher, gsize inner_octets, guint n)
{
	const InetSelector any = inet_selector_any (INET_V4);
	gnutls_datum_t key = { (guint8 *) bench_key, cipher->suite.key_bits / 8u };
	EspParameters p = { .spi = SPI,
		                .suite = cipher->suite,
		                .encr_key = slice (bench_key, aead_encr_key_octets (&cipher->suite)),
		                .integ_key = slice (bench_key + 64, aead_integ_key_octets (&cipher->suite)),
		                .local = &any,
		                .n_local = 1,
		                .remote = &any,
		                .n_remote = 1 };

	*b = (Bench){
		.cipher = cipher, .inner_octets = inner_octets, .n = n, .packets = g_malloc0 ((gsize) n * MOST_OCTETS)
	};
	if (esp_out_new (&p, &b->out) != STATUS_OK || esp_in_new (&p, &b->in) != STATUS_OK)
		g_error ("%s", cipher->name);
	if (cipher->mac == GNUTLS_MAC_AEAD)
		gnutls_aead_cipher_init (&b->aead, cipher->cipher, &key);
	else
	{
		gnutls_cipher_init (&b->cbc, cipher->cipher, &key, NULL);
		gnutls_hmac_init (&b->mac, cipher->mac, bench_key + 64, aead_integ_key_octets (&cipher->suite));
	}
}

static void
bench_clear (Bench *b)
{
	esp_out_free (b->out);
	esp_in_free (b->in);
	if (b->aead != NULL)
		gnutls_aead_cipher_deinit (b->aead);
	else
	{
		gnutls_cipher_deinit (b->cbc);
		gnutls_hmac_deinit (b->mac, NULL);
	}
	g_free (b->packets);
}

/* The least of several rounds: whatever disturbs, only adds. The rounds of all four take turns, so that what disturbs one
 * disturbs the others too. */
static void
measure (const BenchCipher *cipher, gsize inner_octets, guint n, gboolean last)
{
	static void (*const runs[4]) (Bench *) = { run_seal, run_open, run_raw_seal, run_raw_open };
	double least[4] = { 1e9, 1e9, 1e9, 1e9 };
	Bench b;

	bench_init (&b, cipher, inner_octets, n);
	for (guint round = 0; round < ROUNDS; round++)
		for (guint i = 0; i < 4; i++)
		{
			gint64 begin = now_ns ();

			runs[i](&b);
			least[i] = MIN (least[i], (double) (now_ns () - begin) / n);
		}
	printf (
	    "  {\"cipher\": \"%s\", \"octets\": %zu, \"seal_ns\": %.0f, \"raw_seal_ns\": %.0f, \"seal_overhead\": %.3f, "
	    "\"open_ns\": %.0f, \"raw_open_ns\": %.0f, \"open_overhead\": %.3f}%s\n",
	    cipher->name, inner_octets, least[0], least[2], least[0] / least[2] - 1, least[1], least[3],
	    least[1] / least[3] - 1, last ? "" : ",");
	bench_clear (&b);
}

static double
look_up_ns (guint n_selectors, guint n)
{
	const BenchCipher *cipher = &bench_ciphers[0];
	g_autofree InetSelector *remote = g_new0 (InetSelector, n_selectors);
	const InetSelector any = inet_selector_any (INET_V4);
	EspParameters p = { .spi = SPI,
		                .suite = cipher->suite,
		                .encr_key = slice (bench_key, aead_encr_key_octets (&cipher->suite)),
		                .local = &any,
		                .n_local = 1,
		                .remote = remote,
		                .n_remote = n_selectors };
	guint8 inner[100] = { 0x45, 0, 0, 100, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 1, 0, 1, 10, 2, 0, 1 };
	double least = 1e9;
	EspOut *out;

	for (guint i = 0; i < n_selectors; i++)
	{
		guint8 octets[4] = { 10, (guint8) (i >> 7), (guint8) (i << 1), 0 };

		inet_address_decode (SLICE_ARRAY (octets), &remote[i].range.first);
		remote[i].range.last = remote[i].range.first;
		remote[i].range.last.octets[3] = 255;
		remote[i].port_last = G_MAXUINT16;
	}
	if (esp_out_new (&p, &out) != STATUS_OK)
		g_error ("selectors");
	for (guint round = 0; round < ROUNDS; round++)
	{
		gint64 begin = now_ns ();
		guint hits = 0;

		for (guint i = 0; i < n; i++)
		{
			guint which = i * 2654435761u % n_selectors;

			inner[17] = (guint8) (which >> 7);
			inner[18] = (guint8) (which << 1);
			hits += esp_out_matches (out, SLICE_ARRAY (inner)) ? 1 : 0;
		}
		least = MIN (least, (double) (now_ns () - begin) / n);
		if (hits != n)
			g_error ("a selector does not match");
	}
	esp_out_free (out);
	return least;
}

int
main (int argc, char **argv)
{
	static const gsize sizes[] = { 64, 512, 1400 };
	gboolean quick = argc > 1 && strcmp (argv[1], "--quick") == 0;
	guint n = quick ? 64 : 512;

	printf ("{\"ciphers\": [\n");
	for (gsize i = 0; i < G_N_ELEMENTS (bench_ciphers); i++)
		for (gsize j = 0; j < G_N_ELEMENTS (sizes); j++)
			measure (&bench_ciphers[i], sizes[j], n,
			         i + 1 == G_N_ELEMENTS (bench_ciphers) && j + 1 == G_N_ELEMENTS (sizes));
	printf (" ],\n \"lookup_1_ns\": %.0f, \"lookup_1000_ns\": %.0f}\n", look_up_ns (1, n * 100),
	        look_up_ns (1000, n * 100));
	return 0;
}
