/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two kinds of input: any octets as an ESP packet, and any octets as what a peer with the keys encrypted. */
#include "fuzz.h"

#include "unit/esp/pair.h"

/* Whatever is accepted must be a whole packet within what came. */
static void
judge (Slice inner, const guint8 *packet, gsize octets)
{
	if (inner.len == 0)
		return;
	g_assert_true (inner.data >= packet && inner.data + inner.len <= packet + octets);
	g_assert_true (inner.data[0] >> 4 == 4 || inner.data[0] >> 4 == 6);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t octets)
{
	guint8 buffer[PAIR_BUFFER_OCTETS];
	AeadSuite suite;
	Pair pair;
	Slice inner;

	if (octets < 2 || octets > 2000)
		return 0;
	suite = pair_suites[data[0] % G_N_ELEMENTS (pair_suites)];
	pair = pair_new (suite, (data[0] & 0x80) != 0);
	if ((data[1] & 1) != 0)
	{
		memcpy (buffer, data + 2, octets - 2);
		if (esp_open (pair.in, buffer, octets - 2, &inner) == STATUS_OK)
			judge (inner, buffer, octets - 2);
	}
	else if ((data[0] & 0x80) == 0)
	{
		g_autoptr (Aead) aead = NULL;
		gsize block = aead_block_octets (&suite), iv = aead_iv_octets (&suite);
		gsize text = (octets - 2) / block * block, whole = 8 + iv + text + aead_icv_octets (&suite);

		g_assert_cmpuint (aead_new (&suite, slice (pair_keys, aead_encr_key_octets (&suite)),
		                            slice (pair_keys + 64, aead_integ_key_octets (&suite)), &aead),
		                  ==, STATUS_OK);
		memcpy (buffer, "\1\2\3\4\0\0\0\1", 8);
		memcpy (buffer + 8 + iv, data + 2, text);
		g_assert_cmpuint (aead_seal (aead, 1, slice (buffer, 8), SLICE_NONE, buffer + 8, text), ==, STATUS_OK);
		if (esp_open (pair.in, buffer, whole, &inner) == STATUS_OK)
			judge (inner, buffer, whole);
	}
	pair_clear (&pair);
	return 0;
}

void
fuzz_seeds (GPtrArray *seeds)
{
	for (guint8 suite = 0; suite < G_N_ELEMENTS (pair_suites); suite++)
	{
		guint8 input[512] = { suite, 1 }, buffer[PAIR_BUFFER_OCTETS], inner[256];
		Pair pair = pair_new (pair_suites[suite], FALSE);
		gsize octets = pair_inner (inner, suite % 2 == 1, 30);
		Slice packet = pair_seal (&pair, buffer, slice (inner, octets));

		memcpy (input + 2, packet.data, packet.len);
		g_ptr_array_add (seeds, g_bytes_new (input, 2 + packet.len));
		/* And the text, with its trailer. */
		input[1] = 0;
		memcpy (input + 2, inner, octets);
		memcpy (input + 2 + octets, "\1\2\2\4", 4);
		input[5 + octets] = suite % 2 == 1 ? 41 : 4;
		g_ptr_array_add (seeds, g_bytes_new (input, 6 + octets));
		pair_clear (&pair);
	}
}
