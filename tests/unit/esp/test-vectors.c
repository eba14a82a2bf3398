/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tests/vectors/esp.txt: the octets of RFC 7634 appendix A, and packets that another implementation made. */
#include "pair.h"
#include "unit/crypto/vectors.h"

#define INNER                                                                                                          \
	"45000054a6f200004001e778c6336405c000020508005b7a3a080000553bec100007362708090a0b0c0d0e0f"                         \
	"101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637"

static AeadSuite
suite_of (char **words)
{
	AeadSuite suite = { .key_bits = (guint16) atoi (words[1]) };

	suite.encr = g_str_has_prefix (words[0], "chacha20") ? ENCR_CHACHA20_POLY1305
	             : strcmp (words[0], "aes-gcm") == 0     ? ENCR_AES_GCM_16
	                                                     : ENCR_AES_CBC;
	suite.integ = strcmp (words[2], "sha1") == 0     ? INTEG_HMAC_SHA1_96
	              : strcmp (words[2], "sha256") == 0 ? INTEG_HMAC_SHA2_256_128
	              : strcmp (words[2], "sha384") == 0 ? INTEG_HMAC_SHA2_384_192
	              : strcmp (words[2], "sha512") == 0 ? INTEG_HMAC_SHA2_512_256
	                                                 : INTEG_NONE;
	return suite;
}

/* Behind the wrap the receiver must have come near it, by a packet that the sender made before. */
static void
go_near (EspOut *out, EspIn *in, guint64 sequence)
{
	g_autoptr (GBytes) inner = octets_from_hex (INNER);
	guint8 buffer[PAIR_BUFFER_OCTETS];
	Slice packet, text;

	if (sequence <= G_MAXUINT32)
		return;
	memcpy (buffer + ESP_HEADROOM_OCTETS, slice_bytes (inner).data, 84);
	esp_out_set_sequence (out, G_MAXUINT32 - 10u);
	g_assert_cmpuint (esp_seal (out, buffer, 84, &packet), ==, STATUS_OK);
	g_assert_cmpuint (esp_open (in, (guint8 *) packet.data, packet.len, &text), ==, STATUS_OK);
}

static void
check (char **words)
{
	g_autoptr (GBytes) key = octets_from_hex (words[5]);
	g_autoptr (GBytes) mac = octets_from_hex (words[6]);
	g_autoptr (GBytes) wanted = octets_from_hex (words[7]);
	g_autoptr (GBytes) inner = octets_from_hex (INNER);
	g_autoptr (EspOut) out = NULL;
	g_autoptr (EspIn) in = NULL;
	const InetSelector any = inet_selector_any (INET_V4);
	guint64 sequence = g_ascii_strtoull (words[4], NULL, 10);
	EspParameters p = { .spi = PAIR_SPI,
		                .suite = suite_of (words),
		                .esn = words[3][0] == '1',
		                .encr_key = slice_bytes (key),
		                .integ_key = slice_bytes (mac),
		                .local = &any,
		                .n_local = 1,
		                .remote = &any,
		                .n_remote = 1 };
	guint8 buffer[PAIR_BUFFER_OCTETS];
	Slice packet, text;

	g_assert_cmpuint (esp_out_new (&p, &out), ==, STATUS_OK);
	g_assert_cmpuint (esp_in_new (&p, &in), ==, STATUS_OK);
	go_near (out, in, sequence);
	packet = slice_bytes (wanted);
	memcpy (buffer, packet.data, packet.len);
	g_assert_cmpuint (esp_open (in, buffer, packet.len, &text), ==, STATUS_OK);
	assert_octets (text, INNER);
	if (g_str_has_suffix (words[0], "-rfc"))
		return; /* its explicit IV is not a counter */
	memcpy (buffer + ESP_HEADROOM_OCTETS, slice_bytes (inner).data, 84);
	esp_out_set_sequence (out, sequence - 1);
	g_assert_cmpuint (esp_seal (out, buffer, 84, &packet), ==, STATUS_OK);
	assert_octets (packet, words[7]);
	g_assert_cmpuint (packet.len, ==, esp_sealed_octets (&p.suite, 84));
}

static void
test_vectors (void)
{
	g_assert_cmpuint (vectors_each ("esp.txt", 8, check), ==, 31);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/esp/vectors", test_vectors);
	return g_test_run ();
}
