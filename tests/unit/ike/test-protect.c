/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/protect.h"
#include "samples.h"
#include "vectors.h"

static const AeadSuite suites[] = {
	{ ENCR_AES_GCM_16, 128, INTEG_NONE },           { ENCR_AES_GCM_16, 192, INTEG_NONE },
	{ ENCR_AES_GCM_16, 256, INTEG_NONE },           { ENCR_CHACHA20_POLY1305, 256, INTEG_NONE },
	{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96 },      { ENCR_AES_CBC, 192, INTEG_HMAC_SHA2_256_128 },
	{ ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_384_192 }, { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256 },
	{ ENCR_3DES_CBC, 192, INTEG_HMAC_SHA1_96 },
};

static const AeadSuite gcm256 = { ENCR_AES_GCM_16, 256, INTEG_NONE };
static const AeadSuite cbc128_sha1 = { ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96 };
static const AeadSuite des_sha1 = { ENCR_3DES_CBC, 192, INTEG_HMAC_SHA1_96 };
static const AeadSuite chacha = { ENCR_CHACHA20_POLY1305, 256, INTEG_NONE };

static IkeProtect
protect_with (const AeadSuite *suite, Slice encr, Slice integ)
{
	IkeProtect protect = { .suite = *suite };

	g_assert_cmpuint (aead_new (suite, encr, integ, &protect.aead), ==, STATUS_OK);
	return protect;
}

static IkeProtect
protect_vector (const AeadSuite *suite, const char *name)
{
	g_autofree char *encr_name = g_strconcat (name, "-encr-key", NULL);
	g_autofree char *integ_name = g_strconcat (name, "-integ-key", NULL);
	g_autoptr (GBytes) encr = vector (encr_name);
	g_autoptr (GBytes) integ = aead_suite_combined (suite) ? NULL : vector (integ_name);

	return protect_with (suite, slice_bytes (encr), slice_bytes (integ));
}

static IkeProtect
protect_any (const AeadSuite *suite)
{
	static const guint8 key[128] = {
		1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23
	};

	return protect_with (suite, slice (key, aead_encr_key_octets (suite)),
	                     slice (key + 40, aead_integ_key_octets (suite)));
}

static IkeOpen
open_copy (IkeProtect *protect, Slice datagram, IkeReassembly *reassembly, IkeMessage **ret_message, Status *ret_status)
{
	/* An exact copy on the heap, so that a sanitizer sees a read behind its end. */
	g_autofree guint8 *copy = g_memdup2 (datagram.data, datagram.len);

	return ike_protect_open (protect, slice (copy, datagram.len), reassembly, ret_message, ret_status);
}

/* -- Octets of others -------------------------------------------------------------------------------------------- */

static void
assert_opens (const AeadSuite *suite, const char *name, guint n_payloads)
{
	g_autofree char *datagram_name = g_strconcat (name, "-datagram", NULL);
	g_autofree char *inner_name = g_strconcat (name, "-inner", NULL);
	g_autoptr (GBytes) datagram = vector (datagram_name);
	g_autoptr (GBytes) inner = vector (inner_name);
	IkeProtect protect = protect_vector (suite, name);
	IkeReassembly reassembly = { 0 };
	g_autoptr (IkeMessage) message = NULL;
	Status status;

	g_assert_cmpuint (open_copy (&protect, slice_bytes (datagram), &reassembly, &message, &status), ==, IKE_OPEN_OK);
	g_assert_cmpuint (status, ==, STATUS_OK);
	g_assert_true (message->is_protected);
	g_assert_cmpuint (message->n_payloads, ==, n_payloads);
	assert_octets (slice_bytes (message->octets), slice_bytes (inner));
	ike_protect_clear (&protect);
	g_assert_null (protect.aead);
}

static void
test_published_open (void)
{
	assert_opens (&chacha, "rfc7634", 1);
	assert_opens (&cbc128_sha1, "android-cbc", 8);
	assert_opens (&des_sha1, "android-3des", 1);
	assert_opens (&gcm256, "android-gcm", 1);
}

/* With their IV as our counter we make their octets. */
static void
assert_seals (const AeadSuite *suite, const char *name, guint8 first, guint64 iv)
{
	g_autofree char *datagram_name = g_strconcat (name, "-datagram", NULL);
	g_autofree char *inner_name = g_strconcat (name, "-inner", NULL);
	g_autoptr (GBytes) wanted = vector (datagram_name);
	g_autoptr (GBytes) inner = vector (inner_name);
	g_autoptr (IkeMessage) message = ike_message_new ();
	g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkeProtect protect = protect_vector (suite, name);
	IkeHeader header;

	protect.counter = iv - 1;
	g_assert_cmpuint (ike_header_decode (slice_bytes (wanted), &header), ==, STATUS_OK);
	g_assert_cmpuint (ike_payloads_decode (first, inner, message), ==, STATUS_OK);
	g_assert_cmpuint (ike_protect_seal (&protect, &header, message->payloads, message->n_payloads, 0, datagrams), ==,
	                  STATUS_OK);
	g_assert_cmpuint (datagrams->len, ==, 1);
	assert_octets (slice_bytes (datagrams->pdata[0]), slice_bytes (wanted));
	g_assert_cmphex (protect.counter, ==, iv);
	ike_protect_clear (&protect);
}

static void
test_published_seal (void)
{
	assert_seals (&chacha, "rfc7634", IKE_PAYLOAD_NOTIFY, G_GUINT64_CONSTANT (0x1011121314151617));
	assert_seals (&gcm256, "android-gcm", IKE_PAYLOAD_AUTH, G_GUINT64_CONSTANT (0xfbd69d9ee2dafc5e));
}

/* The last fragment of a message whose others were not published: its text must be what was published. */
static void
assert_fragment (const AeadSuite *suite, const char *name, guint16 number)
{
	g_autofree char *datagram_name = g_strconcat (name, "-datagram", NULL);
	g_autofree char *inner_name = g_strconcat (name, "-inner", NULL);
	g_autoptr (GBytes) datagram = vector (datagram_name);
	g_autoptr (GBytes) inner = vector (inner_name);
	IkeProtect protect = protect_vector (suite, name);
	IkeReassembly reassembly = { 0 };
	IkeMessage *message = NULL;
	Status status;

	for (guint i = 0; i < 2; i++)
	{
		g_assert_cmpuint (open_copy (&protect, slice_bytes (datagram), &reassembly, &message, &status), ==,
		                  IKE_OPEN_PARTIAL);
		g_assert_null (message);
		g_assert_cmpuint (reassembly.total, ==, number);
		g_assert_cmpuint (reassembly.n_have, ==, 1);
		g_assert_cmpuint (reassembly.message_id, ==, 1);
	}
	assert_octets (slice_bytes (reassembly.parts[number - 1]), slice_bytes (inner));
	ike_reassembly_clear (&reassembly);
	g_assert_cmpuint (reassembly.total, ==, 0);
	ike_protect_clear (&protect);
}

static void
test_published_fragments (void)
{
	assert_fragment (&des_sha1, "android-3des-fragment", 5);
	assert_fragment (&gcm256, "android-gcm-fragment", 2);
}

/* -- Round trips ------------------------------------------------------------------------------------------------- */

static void
round_trip (const AeadSuite *suite, guint n_payloads, gsize fragment_octets, gboolean fragments)
{
	g_autofree Sample *sample = sample_new ();
	g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	g_auto (Writer) inner = { 0 };
	IkeProtect protect = protect_any (suite);
	IkeHeader header = sample_header ();
	IkeReassembly reassembly = { 0 };
	g_autoptr (IkeMessage) message = NULL;
	Status status;

	writer_init (&inner, IKE_MAX_MESSAGE_OCTETS);
	ike_payloads_encode (sample->payloads, n_payloads, &inner);
	g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, n_payloads, fragment_octets, datagrams),
	                  ==, STATUS_OK);
	g_assert_cmpuint (datagrams->len > 1, ==, fragments);
	g_assert_cmpuint (protect.counter, ==, datagrams->len);
	for (guint i = 0; i < datagrams->len; i++)
	{
		Slice datagram = slice_bytes (datagrams->pdata[i]);
		IkeOpen open = open_copy (&protect, datagram, &reassembly, &message, &status);

		if (fragment_octets > 0)
			g_assert_cmpuint (datagram.len, <=, fragment_octets);
		g_assert_cmpuint (datagram.data[16], ==, fragments ? IKE_PAYLOAD_SKF : IKE_PAYLOAD_SK);
		g_assert_cmpuint (open, ==, i + 1 < datagrams->len ? IKE_OPEN_PARTIAL : IKE_OPEN_OK);
		g_assert_cmpuint (status, ==, STATUS_OK);
		g_assert_cmpuint (message == NULL, ==, open == IKE_OPEN_PARTIAL);
		/* Only the first says what is inside (RFC 7383 section 2.5). */
		if (i > 0)
			g_assert_cmpuint (datagram.data[IKE_HEADER_OCTETS], ==, IKE_PAYLOAD_NONE);
	}
	g_assert_cmpuint (message->n_payloads, ==, n_payloads);
	g_assert_cmpuint (message->header.message_id, ==, header.message_id);
	assert_octets (slice_bytes (message->octets), writer_view (&inner));
	g_assert_cmpuint (reassembly.total, ==, 0);
	ike_protect_clear (&protect);
}

static void
test_round_trips (void)
{
	g_autofree Sample *sample = sample_new ();

	for (gsize i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		/* Every length of text modulo a block. */
		for (guint n = 0; n <= sample->n_payloads; n++)
			round_trip (&suites[i], n, 0, FALSE);
		round_trip (&suites[i], sample->n_payloads, 65535, FALSE);
		for (gsize octets = 128; octets < 500; octets += 7)
			round_trip (&suites[i], sample->n_payloads, octets, TRUE);
	}
}

/* A datagram is never larger than asked for, and not needlessly smaller: the exact size goes in one piece. */
static void
test_exact_size (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		g_autofree Sample *sample = sample_new ();
		g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
		IkeProtect protect = protect_any (&suites[i]);
		IkeHeader header = sample_header ();
		gsize octets;

		g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, 5, 0, datagrams), ==, STATUS_OK);
		octets = g_bytes_get_size (datagrams->pdata[0]);
		g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, 5, octets, datagrams), ==, STATUS_OK);
		g_assert_cmpuint (datagrams->len, ==, 2);
		g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, 5, octets - 1, datagrams), ==,
		                  STATUS_OK);
		g_assert_cmpuint (datagrams->len, ==, 4);
		ike_protect_clear (&protect);
	}
}

static void
test_seal_limits (void)
{
	g_autofree guint8 *octets = g_malloc0 (65535);
	g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkePayload large = { .type = IKE_PAYLOAD_VENDOR, .vendor = { slice (octets, 65000) } };
	IkeProtect protect = protect_any (&gcm256);
	IkeHeader header = sample_header ();

	g_assert_cmpuint (ike_protect_seal (&protect, &header, &large, 1, 0, datagrams), ==, STATUS_OK);
	g_assert_cmpuint (ike_protect_seal (&protect, &header, &large, 1, 1232, datagrams), ==, STATUS_OK);
	g_assert_cmpuint (datagrams->len, ==, 1 + 56);
	/* More than 64 fragments, or no room for anything in one. */
	g_assert_cmpuint (ike_protect_seal (&protect, &header, &large, 1, 1000, datagrams), ==, STATUS_TOO_LARGE);
	g_assert_cmpuint (ike_protect_seal (&protect, &header, &large, 1, 61, datagrams), ==, STATUS_TOO_LARGE);
	g_assert_cmpuint (ike_protect_seal (&protect, &header, &large, 1, 1, datagrams), ==, STATUS_TOO_LARGE);
	large.vendor.value.len = 65535 - 4 - IKE_HEADER_OCTETS - 4 - 8 - 16;
	g_assert_cmpuint (ike_protect_seal (&protect, &header, &large, 1, 0, datagrams), ==, STATUS_TOO_LARGE);
	large.vendor.value.len--;
	g_assert_cmpuint (ike_protect_seal (&protect, &header, &large, 1, 0, datagrams), ==, STATUS_OK);
	g_assert_cmpuint (g_bytes_get_size (datagrams->pdata[datagrams->len - 1]), ==, IKE_MAX_MESSAGE_OCTETS);
	/* A counter that would wrap is not used. */
	protect.counter = G_MAXUINT64;
	g_assert_cmpuint (ike_protect_seal (&protect, &header, NULL, 0, 0, datagrams), ==, STATUS_SEQUENCE_EXHAUSTED);
	ike_protect_clear (&protect);
}

/* -- Damage ------------------------------------------------------------------------------------------------------ */

/* Each bit of an SK message, but for those that do not reach the check: the version and length, which fail before. */
static void
test_every_bit (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (suites); i++)
	{
		g_autofree Sample *sample = sample_new ();
		g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
		IkeProtect protect = protect_any (&suites[i]);
		IkeHeader header = sample_header ();
		g_autofree guint8 *copy = NULL;
		gsize octets;

		g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads + 8, 2, 0, datagrams), ==, STATUS_OK);
		octets = g_bytes_get_size (datagrams->pdata[0]);
		copy = g_memdup2 (g_bytes_get_data (datagrams->pdata[0], NULL), octets);
		for (gsize bit = 0; bit < octets * 8; bit++)
		{
			IkeReassembly reassembly = { 0 };
			IkeMessage *message = NULL;
			Status status = STATUS_OK;

			copy[bit / 8] ^= (guint8) (0x80 >> bit % 8);
			g_assert_cmpuint (ike_protect_open (&protect, slice (copy, octets), &reassembly, &message, &status), ==,
			                  IKE_OPEN_BAD);
			g_assert_cmpuint (status, !=, STATUS_OK);
			g_assert_null (message);
			g_assert_cmpuint (reassembly.total, ==, 0);
			copy[bit / 8] ^= (guint8) (0x80 >> bit % 8);
		}
		ike_protect_clear (&protect);
	}
}

static void
test_every_bit_fragment (void)
{
	g_autofree Sample *sample = sample_new ();
	g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkeProtect protect = protect_any (&gcm256);
	IkeHeader header = sample_header ();
	g_autofree guint8 *copy = NULL;
	gsize octets;

	g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, sample->n_payloads, 200, datagrams), ==,
	                  STATUS_OK);
	octets = g_bytes_get_size (datagrams->pdata[1]);
	copy = g_memdup2 (g_bytes_get_data (datagrams->pdata[1], NULL), octets);
	for (gsize bit = 0; bit < octets * 8; bit++)
	{
		IkeReassembly reassembly = { 0 };
		IkeMessage *message = NULL;
		Status status = STATUS_OK;

		copy[bit / 8] ^= (guint8) (0x80 >> bit % 8);
		g_assert_cmpuint (ike_protect_open (&protect, slice (copy, octets), &reassembly, &message, &status), ==,
		                  IKE_OPEN_BAD);
		g_assert_cmpuint (reassembly.total, ==, 0);
		copy[bit / 8] ^= (guint8) (0x80 >> bit % 8);
	}
	ike_protect_clear (&protect);
}

static void
test_truncated (void)
{
	static const char *const names[] = { "rfc7634", "android-cbc", "android-3des", "android-gcm" };
	static const AeadSuite *const with[] = { &chacha, &cbc128_sha1, &des_sha1, &gcm256 };

	for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
	{
		g_autofree char *name = g_strconcat (names[i], "-datagram", NULL);
		g_autoptr (GBytes) datagram = vector (name);
		g_autofree guint8 *copy = g_memdup2 (slice_bytes (datagram).data, slice_bytes (datagram).len);
		IkeProtect protect = protect_vector (with[i], names[i]);

		for (gsize len = 0; len < slice_bytes (datagram).len; len++)
		{
			IkeReassembly reassembly = { 0 };
			IkeMessage *message = NULL;
			Status status;

			g_assert_cmpuint (open_copy (&protect, slice (copy, len), &reassembly, &message, &status), ==,
			                  IKE_OPEN_BAD);
		}
		/* The same with lengths that tell the truth about it. */
		for (gsize len = IKE_HEADER_OCTETS + 4; len < slice_bytes (datagram).len; len++)
		{
			g_autofree guint8 *cut = g_memdup2 (copy, len);
			IkeReassembly reassembly = { 0 };
			IkeMessage *message = NULL;
			Status status;

			cut[26] = (guint8) (len >> 8);
			cut[27] = (guint8) len;
			cut[30] = (guint8) ((len - IKE_HEADER_OCTETS) >> 8);
			cut[31] = (guint8) (len - IKE_HEADER_OCTETS);
			g_assert_cmpuint (ike_protect_open (&protect, slice (cut, len), &reassembly, &message, &status), ==,
			                  IKE_OPEN_BAD);
		}
		ike_protect_clear (&protect);
	}
}

/* A message in the clear is never more than bad. */
static void
test_unprotected (void)
{
	g_autoptr (GBytes) clear = vector ("clear-init-response-ccm");
	g_autoptr (GBytes) every_kind = sample_datagram ();
	IkeProtect protect = protect_any (&gcm256);
	IkeReassembly reassembly = { 0 };
	IkeMessage *message = NULL;
	Status status;

	g_assert_cmpuint (open_copy (&protect, slice_bytes (clear), &reassembly, &message, &status), ==, IKE_OPEN_BAD);
	g_assert_cmpuint (status, ==, STATUS_UNEXPECTED_PAYLOAD);
	g_assert_cmpuint (open_copy (&protect, slice_bytes (every_kind), &reassembly, &message, &status), ==, IKE_OPEN_BAD);
	g_assert_cmpuint (status, ==, STATUS_UNEXPECTED_PAYLOAD);
	g_assert_null (message);
	ike_protect_clear (&protect);
}

/* -- Right ICV, wrong content ------------------------------------------------------------------------------------ */

/* A datagram around @text as it is, padding included. @front: octets of payloads in front of SK. */
static GBytes *
seal_raw (IkeProtect *protect, Slice front, guint8 first, Slice text)
{
	gsize iv = aead_iv_octets (&protect->suite), icv = aead_icv_octets (&protect->suite);
	gsize sk = IKE_HEADER_OCTETS + front.len;
	gsize octets = sk + 4 + iv + text.len + icv;
	IkeHeader header = sample_header ();
	g_auto (Writer) writer = { 0 };

	writer_init (&writer, octets);
	ike_header_encode (&header, front.len > 0 ? IKE_PAYLOAD_VENDOR : IKE_PAYLOAD_SK, (guint32) octets, &writer);
	writer_slice (&writer, front);
	writer_u8 (&writer, first);
	writer_u8 (&writer, 0);
	writer_u16 (&writer, (guint16) (octets - sk));
	writer_zeros (&writer, iv);
	writer_slice (&writer, text);
	writer_zeros (&writer, icv);
	g_assert_cmpuint (writer_finish (&writer), ==, STATUS_OK);
	g_assert_cmpuint (aead_seal (protect->aead, ++protect->counter, slice (writer.data, sk + 4), SLICE_NONE,
	                             writer.data + sk + 4, text.len),
	                  ==, STATUS_OK);
	return writer_steal (&writer);
}

static void
test_bad_authentic (void)
{
	static const struct
	{
		guint8 first;
		const char *text;
		Status status;
		guint n_payloads; /* decoded before it went wrong */
		gboolean message;
	} cases[] = {
		{ 0, "", STATUS_MALFORMED, 0, FALSE },   /* not even a Pad Length */
		{ 0, "01", STATUS_MALFORMED, 0, FALSE }, /* padding that is not there */
		{ 0, "0000ff", STATUS_MALFORMED, 0, FALSE },
		{ 0, "00", STATUS_OK, 0, TRUE },
		{ 0, "aabbcc03", STATUS_OK, 0, TRUE }, /* padding of any value */
		{ 0, "0000000400", STATUS_TRAILING, 0, TRUE },
		{ IKE_PAYLOAD_NOTIFY, "00", STATUS_TRUNCATED, 0, TRUE },
		{ IKE_PAYLOAD_VENDOR, "29000004 00000003 00", STATUS_MALFORMED, 1, TRUE },
		{ IKE_PAYLOAD_VENDOR, "29000004 00000008 00000007 00", STATUS_OK, 2, TRUE },
		{ IKE_PAYLOAD_VENDOR, "c8000004 00800004 00", STATUS_CRITICAL_PAYLOAD, 2, TRUE },
		{ IKE_PAYLOAD_SK, "00000004 00", STATUS_UNEXPECTED_PAYLOAD, 1, TRUE }, /* one inside the other */
		{ IKE_PAYLOAD_SKF, "00000004 00", STATUS_UNEXPECTED_PAYLOAD, 1, TRUE },
	};
	IkeProtect protect = protect_any (&gcm256);

	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autoptr (GBytes) text = octets_from_hex (cases[i].text);
		g_autoptr (GBytes) datagram = seal_raw (&protect, SLICE_NONE, cases[i].first, slice_bytes (text));
		IkeReassembly reassembly = { 0 };
		g_autoptr (IkeMessage) message = NULL;
		Status status;
		IkeOpen open = open_copy (&protect, slice_bytes (datagram), &reassembly, &message, &status);

		g_assert_cmpuint (status, ==, cases[i].status);
		g_assert_cmpuint (open, ==, status == STATUS_OK ? IKE_OPEN_OK : IKE_OPEN_BAD_AUTHENTIC);
		g_assert_cmpuint (message != NULL, ==, cases[i].message);
		if (message != NULL)
			g_assert_cmpuint (message->n_payloads, ==, cases[i].n_payloads);
	}
	ike_protect_clear (&protect);
}

/* Payloads in front of SK are skipped, whatever they are, and authenticated. */
static void
test_front (void)
{
	IkeProtect protect = protect_any (&gcm256);
	g_autoptr (GBytes) front = octets_from_hex ("29000006aabb 2e000004");
	g_autoptr (GBytes) text = octets_from_hex ("0000000800000007 00");
	g_autoptr (GBytes) datagram = seal_raw (&protect, slice_bytes (front), IKE_PAYLOAD_NOTIFY, slice_bytes (text));
	g_autofree guint8 *copy = g_memdup2 (slice_bytes (datagram).data, slice_bytes (datagram).len);
	IkeReassembly reassembly = { 0 };
	g_autoptr (IkeMessage) message = NULL;
	IkeMessage *none = NULL;
	Status status;

	g_assert_cmpuint (open_copy (&protect, slice_bytes (datagram), &reassembly, &message, &status), ==, IKE_OPEN_OK);
	g_assert_cmpuint (message->n_payloads, ==, 1);
	g_assert_nonnull (ike_message_find_notify (message, IKE_NOTIFY_INVALID_SYNTAX));
	copy[IKE_HEADER_OCTETS + 4] ^= 1;
	g_assert_cmpuint (open_copy (&protect, slice (copy, slice_bytes (datagram).len), &reassembly, &none, &status), ==,
	                  IKE_OPEN_BAD);
	g_assert_cmpuint (status, ==, STATUS_BAD_ICV);
	ike_protect_clear (&protect);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/protect/published-open", test_published_open);
	g_test_add_func ("/ike/protect/published-seal", test_published_seal);
	g_test_add_func ("/ike/protect/published-fragments", test_published_fragments);
	g_test_add_func ("/ike/protect/round-trips", test_round_trips);
	g_test_add_func ("/ike/protect/exact-size", test_exact_size);
	g_test_add_func ("/ike/protect/seal-limits", test_seal_limits);
	g_test_add_func ("/ike/protect/every-bit", test_every_bit);
	g_test_add_func ("/ike/protect/every-bit-fragment", test_every_bit_fragment);
	g_test_add_func ("/ike/protect/truncated", test_truncated);
	g_test_add_func ("/ike/protect/unprotected", test_unprotected);
	g_test_add_func ("/ike/protect/bad-authentic", test_bad_authentic);
	g_test_add_func ("/ike/protect/front", test_front);
	return g_test_run ();
}
