/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One direction of a SA: what goes through, and everything that must not. */
#include "pair.h"

static void
test_round_trip (void)
{
	for (guint s = 0; s < G_N_ELEMENTS (pair_suites); s++)
	{
		for (guint esn = 0; esn < 2; esn++)
		{
			Pair pair = pair_new (pair_suites[s], esn == 1);

			for (gsize payload = 0; payload < 70; payload++)
			{
				guint8 inner[256], buffer[PAIR_BUFFER_OCTETS];
				gsize octets = pair_inner (inner, payload % 2 == 1, payload);
				Slice packet = pair_seal (&pair, buffer, slice (inner, octets)), text;

				g_assert_cmpuint (packet.len, ==, esp_sealed_octets (&pair_suites[s], octets));
				g_assert_cmpuint (packet.len, <=, octets + ESP_MAX_OVERHEAD_OCTETS);
				g_assert_cmpuint (packet.len % 4, ==, 0);
				g_assert_cmpuint (esp_open (pair.in, (guint8 *) packet.data, packet.len, &text), ==, STATUS_OK);
				g_assert_cmpmem (text.data, text.len, inner, octets);
			}
			g_assert_cmpuint (esp_in_counters (pair.in)->packets, ==, 70);
			g_assert_cmpuint (esp_in_counters (pair.in)->octets, ==, esp_out_counters (pair.out)->octets);
			pair_clear (&pair);
		}
	}
}

/* Every single bit of a packet is covered: by the SPI look-up, by the ICV, or by the window. */
static void
test_bit_flips (void)
{
	for (guint s = 0; s < G_N_ELEMENTS (pair_suites); s++)
	{
		for (guint esn = 0; esn < 2; esn++)
		{
			Pair pair = pair_new (pair_suites[s], esn == 1);
			guint8 inner[64], buffer[PAIR_BUFFER_OCTETS], copy[256];
			Slice packet = pair_seal (&pair, buffer, slice (inner, pair_inner (inner, FALSE, 3))), text;

			for (gsize bit = 0; bit < packet.len * 8; bit++)
			{
				Status status;

				memcpy (copy, packet.data, packet.len);
				copy[bit / 8] ^= (guint8) (1u << bit % 8);
				status = esp_open (pair.in, copy, packet.len, &text);
				g_assert_true (status == STATUS_BAD_ICV || status == STATUS_REPLAYED);
			}
			g_assert_cmpuint (esp_in_counters (pair.in)->packets, ==, 0);
			g_assert_cmpuint (esp_in_counters (pair.in)->dropped_icv + esp_in_counters (pair.in)->dropped_replay, ==,
			                  packet.len * 8);
			/* None of them moved the window. */
			memcpy (copy, packet.data, packet.len);
			g_assert_cmpuint (esp_open (pair.in, copy, packet.len, &text), ==, STATUS_OK);
			memcpy (copy, packet.data, packet.len);
			g_assert_cmpuint (esp_open (pair.in, copy, packet.len, &text), ==, STATUS_REPLAYED);
			pair_clear (&pair);
		}
	}
}

static void
test_truncated (void)
{
	for (guint s = 0; s < G_N_ELEMENTS (pair_suites); s++)
	{
		Pair pair = pair_new (pair_suites[s], FALSE);
		guint8 inner[64], buffer[PAIR_BUFFER_OCTETS];
		Slice packet = pair_seal (&pair, buffer, slice (inner, pair_inner (inner, FALSE, 11))), text;

		for (gsize cut = 0; cut < packet.len; cut++)
		{
			/* On the heap and no longer than it says: a read behind it is seen. */
			g_autofree guint8 *part = g_malloc (MAX (cut, 1));
			Status status;

			memcpy (part, packet.data, cut);
			status = esp_open (pair.in, part, cut, &text);
			g_assert_true (status == STATUS_TRUNCATED || status == STATUS_BAD_ICV || status == STATUS_MALFORMED);
		}
		g_assert_cmpuint (esp_in_counters (pair.in)->packets, ==, 0);
		g_assert_cmpuint (esp_in_counters (pair.in)->dropped_icv + esp_in_counters (pair.in)->dropped_malformed, ==,
		                  packet.len);
		pair_clear (&pair);
	}
}

/* A sender of our own, so that text and trailer can be what esp_seal() never makes. */
static Status
open_made (AeadSuite suite, guint64 sequence, Slice text, Pair *pair, guint8 *buffer, Slice *ret_inner)
{
	g_autoptr (Aead) aead = NULL;
	guint8 header[8] = { 1, 2, 3, 4, 0, 0, (guint8) (sequence >> 8), (guint8) sequence };
	gsize iv = aead_iv_octets (&suite);

	g_assert_cmpuint (aead_new (&suite, slice (pair_keys, aead_encr_key_octets (&suite)),
	                            slice (pair_keys + 64, aead_integ_key_octets (&suite)), &aead),
	                  ==, STATUS_OK);
	memcpy (buffer, header, 8);
	memcpy (buffer + 8 + iv, text.data, text.len);
	g_assert_cmpuint (aead_seal (aead, sequence, slice (header, 8), SLICE_NONE, buffer + 8, text.len), ==, STATUS_OK);
	return esp_open (pair->in, buffer, 8 + iv + text.len + aead_icv_octets (&suite), ret_inner);
}

/* @behind: octets between the inner packet and its padding (TFC, RFC 4303 section 2.7) */
static Status
open_padded (gsize behind, gsize padding, guint8 first, guint8 pad_length, guint8 next)
{
	Pair pair = pair_new (pair_suites[0], FALSE);
	guint8 text[2048], buffer[PAIR_BUFFER_OCTETS], inner[64];
	gsize octets = pair_inner (text, FALSE, 5), n = octets;
	Slice got = SLICE_NONE;
	Status status;

	memcpy (inner, text, octets);
	memset (text + n, 0xaa, behind);
	n += behind;
	for (gsize i = 0; i < padding; i++)
		text[n++] = (guint8) (first + i);
	text[n++] = pad_length;
	text[n++] = next;
	status = open_made (pair_suites[0], 1, slice (text, n), &pair, buffer, &got);
	if (status == STATUS_OK && next != 59)
		g_assert_cmpmem (got.data, got.len, inner, octets);
	if (status == STATUS_OK && next == 59)
		g_assert_cmpuint (got.len, ==, 0);
	g_assert_cmpuint (esp_in_counters (pair.in)->dropped_malformed, ==, status == STATUS_OK ? 0 : 1);
	pair_clear (&pair);
	return status;
}

static void
test_padding (void)
{
	for (guint8 padding = 0; padding < 255; padding++)
		g_assert_cmpuint (open_padded (0, padding, 1, padding, 4), ==, STATUS_OK);
	g_assert_cmpuint (open_padded (0, 255, 1, 255, 4), ==, STATUS_OK);
	g_assert_cmpuint (open_padded (0, 8, 0, 8, 4), ==, STATUS_MALFORMED); /* octets that are not 1, 2, 3 ... */
	g_assert_cmpuint (open_padded (0, 8, 2, 8, 4), ==, STATUS_MALFORMED);
	g_assert_cmpuint (open_padded (0, 8, 1, 200, 4), ==, STATUS_MALFORMED); /* longer than the text */
	g_assert_cmpuint (open_padded (0, 8, 1, 9, 4), ==, STATUS_MALFORMED);
	g_assert_cmpuint (open_padded (0, 2, 1, 2, 41), ==, STATUS_MALFORMED); /* says IPv6 */
	g_assert_cmpuint (open_padded (0, 2, 1, 2, 17), ==, STATUS_MALFORMED); /* transport mode */
}

static void
test_tfc (void)
{
	for (gsize behind = 1; behind < 1400; behind += 61)
		g_assert_cmpuint (open_padded (behind, 3, 1, 3, 4), ==, STATUS_OK);
	g_assert_cmpuint (open_padded (40, 3, 1, 3, 59), ==, STATUS_OK); /* a dummy packet, whatever is in it */
}

/* The text may be shorter than a trailer, or hold no packet. */
static void
test_strange_text (void)
{
	static const struct
	{
		const char *text;
		gsize octets;
		Status wanted;
	} rows[] = {
		{ "", 0, STATUS_MALFORMED },
		{ "\0", 1, STATUS_MALFORMED },
		{ "\0\x04", 2, STATUS_MALFORMED },
		{ "\0\x3b", 2, STATUS_OK },
		{ "\x01\x3b", 2, STATUS_MALFORMED },
		{ "\x45\0\x04", 3, STATUS_MALFORMED },
		{ "\x15\0\0\x04", 4, STATUS_MALFORMED },
	};
	Pair pair = pair_new (pair_suites[0], FALSE);
	guint8 buffer[PAIR_BUFFER_OCTETS];
	Slice inner;

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		g_assert_cmpuint (
		    open_made (pair_suites[0], i + 1, slice (rows[i].text, rows[i].octets), &pair, buffer, &inner), ==,
		    rows[i].wanted);
	pair_clear (&pair);
}

/* The peer has the keys and sends what was not agreed (RFC 4301 section 5.2 step 4). */
static void
test_selectors (void)
{
	const InetSelector a = pair_selector ("10.1.0.1"), b = pair_selector ("10.2.0.0/16");
	Pair pair = pair_between (pair_suites[0], FALSE, &a, 1, &b, 1);
	static const struct
	{
		guint octet;
		guint8 value;
		Status wanted;
	} rows[] = {
		{ 15, 1, STATUS_OK },
		{ 15, 2, STATUS_SELECTOR_MISMATCH },
		{ 17, 3, STATUS_SELECTOR_MISMATCH },
		{ 19, 9, STATUS_OK },
	};
	guint drops = 0;

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		guint8 inner[64], buffer[PAIR_BUFFER_OCTETS];
		gsize octets = pair_inner (inner, FALSE, 4);
		Slice packet, text;

		inner[rows[i].octet] = rows[i].value;
		g_assert_cmpint (esp_out_matches (pair.out, slice (inner, octets)), ==, rows[i].wanted == STATUS_OK);
		packet = pair_seal (&pair, buffer, slice (inner, octets));
		g_assert_cmpuint (esp_open (pair.in, (guint8 *) packet.data, packet.len, &text), ==, rows[i].wanted);
		drops += rows[i].wanted != STATUS_OK;
	}
	g_assert_cmpuint (esp_in_counters (pair.in)->dropped_selector, ==, drops);
	pair_clear (&pair);
}

/* RFC 4303 section 3.3.3: a sequence number never repeats. */
static void
test_exhaustion (void)
{
	static const guint64 last[2] = { G_MAXUINT32, G_MAXUINT64 };

	for (guint esn = 0; esn < 2; esn++)
	{
		Pair pair = pair_new (pair_suites[0], esn == 1);
		guint8 inner[64], buffer[PAIR_BUFFER_OCTETS];
		gsize octets = pair_inner (inner, FALSE, 4);
		Slice packet;

		esp_out_set_sequence (pair.out, last[esn] - 1);
		pair_seal (&pair, buffer, slice (inner, octets));
		g_assert_cmpuint (esp_out_sequence (pair.out), ==, last[esn]);
		for (guint i = 0; i < 3; i++)
		{
			memcpy (buffer + ESP_HEADROOM_OCTETS, inner, octets);
			g_assert_cmpuint (esp_seal (pair.out, buffer, octets, &packet), ==, STATUS_SEQUENCE_EXHAUSTED);
		}
		g_assert_cmpuint (esp_out_sequence (pair.out), ==, last[esn]);
		g_assert_cmpuint (esp_out_counters (pair.out)->packets, ==, 1);
		pair_clear (&pair);
	}
}

/* A new key is asked for while there is still time. */
static void
test_rekey_due (void)
{
	static const guint64 last[2] = { G_MAXUINT32, G_MAXUINT64 };

	for (guint esn = 0; esn < 2; esn++)
	{
		Pair pair = pair_new (pair_suites[0], esn == 1);
		guint8 inner[64], buffer[PAIR_BUFFER_OCTETS];
		gsize octets = pair_inner (inner, FALSE, 4);
		Slice packet, text;

		pair_seal (&pair, buffer, slice (inner, octets));
		g_assert_false (esp_out_rekey_due (pair.out));
		esp_out_set_sequence (pair.out, last[esn] / 4 * 3 - 5);
		g_assert_false (esp_out_rekey_due (pair.out));
		esp_out_set_sequence (pair.out, last[esn] / 4 * 3 + 5);
		g_assert_true (esp_out_rekey_due (pair.out));
		/* The receiver sees it too; with 64 bits it follows only half a run at a time. */
		packet = pair_seal (&pair, buffer, slice (inner, octets));
		if (esn == 1)
			g_assert_cmpuint (esp_open (pair.in, (guint8 *) packet.data, packet.len, &text), ==, STATUS_BAD_ICV);
		else
		{
			g_assert_false (esp_in_rekey_due (pair.in));
			g_assert_cmpuint (esp_open (pair.in, (guint8 *) packet.data, packet.len, &text), ==, STATUS_OK);
			g_assert_true (esp_in_rekey_due (pair.in));
		}
		pair_clear (&pair);
	}
}

static void
test_no_packet (void)
{
	Pair pair = pair_new (pair_suites[0], FALSE);
	guint8 buffer[PAIR_BUFFER_OCTETS] = { 0 };
	Slice packet;

	g_assert_cmpuint (esp_seal (pair.out, buffer, 0, &packet), ==, STATUS_MALFORMED);
	g_assert_cmpuint (esp_seal (pair.out, buffer, 40, &packet), ==, STATUS_MALFORMED);
	g_assert_cmpuint (esp_out_sequence (pair.out), ==, 0);
	pair_clear (&pair);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/esp/round-trip", test_round_trip);
	g_test_add_func ("/esp/bit-flips", test_bit_flips);
	g_test_add_func ("/esp/truncated", test_truncated);
	g_test_add_func ("/esp/padding", test_padding);
	g_test_add_func ("/esp/tfc", test_tfc);
	g_test_add_func ("/esp/strange-text", test_strange_text);
	g_test_add_func ("/esp/selectors", test_selectors);
	g_test_add_func ("/esp/exhaustion", test_exhaustion);
	g_test_add_func ("/esp/rekey-due", test_rekey_due);
	g_test_add_func ("/esp/no-packet", test_no_packet);
	return g_test_run ();
}
