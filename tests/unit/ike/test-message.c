/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/message.h"
#include "samples.h"
#include "vectors.h"

static const char *const clear_messages[] = {
	"clear-init-request-ccm",
	"clear-init-response-ccm",
	"clear-init-request-modp1024",
	"clear-init-response-android",
};

/* -- The header -------------------------------------------------------------------------------------------------- */

static void
test_header (void)
{
	g_autoptr (GBytes) octets = vector ("clear-init-response-ccm");
	g_auto (Writer) writer = { 0 };
	IkeHeader header;

	g_assert_cmpuint (ike_header_decode (slice_bytes (octets), &header), ==, STATUS_OK);
	g_assert_cmphex (header.spi_i, ==, G_GUINT64_CONSTANT (0xea684d21597afd36));
	g_assert_cmphex (header.spi_r, ==, G_GUINT64_CONSTANT (0xd9fe2ab22dac23ac));
	g_assert_cmpuint (header.next_payload, ==, IKE_PAYLOAD_SA);
	g_assert_cmphex (header.version, ==, 0x20);
	g_assert_cmpuint (header.exchange, ==, IKE_EXCHANGE_SA_INIT);
	g_assert_false (header.from_initiator);
	g_assert_true (header.response);
	g_assert_cmpuint (header.message_id, ==, 0);
	g_assert_cmpuint (header.octets, ==, 240);

	writer_init (&writer, 100);
	ike_header_encode (&header, header.next_payload, header.octets, &writer);
	assert_octets (writer_view (&writer), slice (slice_bytes (octets).data, IKE_HEADER_OCTETS));
}

static Status
header_with (gsize offset, guint8 value, IkeHeader *header)
{
	g_autoptr (GBytes) octets = vector ("clear-init-response-ccm");
	guint8 copy[1024];
	Slice view = slice_bytes (octets);

	g_assert_cmpuint (view.len, >, offset);
	g_assert_cmpuint (view.len, <=, sizeof copy);
	memcpy (copy, view.data, view.len);
	copy[offset] = value;
	return ike_header_decode (slice (copy, view.len), header);
}

static void
test_header_bad (void)
{
	g_autoptr (GBytes) octets = vector ("clear-init-response-ccm");
	IkeHeader header = { .message_id = 77 };

	for (gsize len = 0; len < IKE_HEADER_OCTETS; len++)
		g_assert_cmpuint (ike_header_decode (slice (slice_bytes (octets).data, len), &header), ==, STATUS_TRUNCATED);
	g_assert_cmpuint (ike_header_decode (slice (slice_bytes (octets).data, 239), &header), ==, STATUS_MALFORMED);
	g_assert_cmpuint (header_with (17, 0x10, &header), ==, STATUS_BAD_VERSION);
	g_assert_cmpuint (header_with (17, 0x30, &header), ==, STATUS_BAD_VERSION);
	g_assert_cmpuint (header_with (27, 239, &header), ==, STATUS_MALFORMED);
	g_assert_cmpuint (header_with (27, 241, &header), ==, STATUS_MALFORMED);
	g_assert_cmpuint (header_with (24, 0xff, &header), ==, STATUS_MALFORMED);
	g_assert_cmpuint (header.message_id, ==, 77); /* written only on success */

	/* A later minor version, and flags that mean nothing (RFC 7296 section 3.1), are no errors. */
	g_assert_cmpuint (header_with (17, 0x2f, &header), ==, STATUS_OK);
	g_assert_cmpuint (header_with (19, 0xd7, &header), ==, STATUS_OK);
	g_assert_false (header.response || header.from_initiator);
	g_assert_cmpuint (header_with (19, 0xff, &header), ==, STATUS_OK);
	g_assert_true (header.response && header.from_initiator);
}

/* -- Whole messages ---------------------------------------------------------------------------------------------- */

static void
test_captured_request (void)
{
	g_autoptr (GBytes) octets = vector ("clear-init-request-ccm");
	g_autoptr (IkeMessage) message = NULL;
	const IkePayload *payload;
	const IkeProposal *proposal;

	g_assert_cmpuint (ike_message_decode (slice_bytes (octets), &message), ==, STATUS_OK);
	g_assert_false (message->is_protected);
	g_assert_cmpuint (message->n_payloads, ==, 6);
	payload = ike_message_find (message, IKE_PAYLOAD_SA, NULL);
	g_assert_cmpuint (payload->sa.n_proposals, ==, 1);
	proposal = payload->sa.proposals;
	g_assert_cmpuint (proposal->protocol, ==, IKE_PROTOCOL_IKE);
	g_assert_cmpuint (proposal->n_transforms, ==, 3);
	g_assert_cmpuint (proposal->transforms[0].id, ==, IKE_ENCR_AES_CCM_12);
	g_assert_cmpuint (proposal->transforms[0].key_bits, ==, 128);
	g_assert_cmpuint (proposal->transforms[1].id, ==, IKE_PRF_HMAC_SHA2_256);
	g_assert_cmpuint (proposal->transforms[2].id, ==, IKE_KE_ECP_256);
	g_assert_false (proposal->unknown_attribute);
	payload = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	g_assert_cmpuint (payload->ke.group, ==, IKE_KE_ECP_256);
	g_assert_cmpuint (payload->ke.value.len, ==, 64);
	g_assert_cmphex (payload->ke.value.data[0], ==, 0x32);
	payload = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL);
	g_assert_cmpuint (payload->nonce.value.len, ==, 32);
	g_assert_cmphex (payload->nonce.value.data[31], ==, 0x23);
	payload = ike_message_find_notify (message, IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS);
	assert_octets (payload->notify.value, slice ("\0\1\0\2\0\3\0\4", 8));
	g_assert_null (ike_message_find_notify (message, IKE_NOTIFY_COOKIE));
	g_assert_null (ike_message_find (message, IKE_PAYLOAD_EAP, NULL));
	payload = ike_message_find (message, IKE_PAYLOAD_NOTIFY, NULL);
	g_assert_cmpuint (payload->notify.notify_type, ==, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP);
	payload = ike_message_find (message, IKE_PAYLOAD_NOTIFY, payload);
	g_assert_cmpuint (payload->notify.notify_type, ==, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP);
	payload = ike_message_find (message, IKE_PAYLOAD_NOTIFY, payload);
	g_assert_null (ike_message_find (message, IKE_PAYLOAD_NOTIFY, payload));
}

/* What others sent, taken apart and put together again: the same octets. */
static void
test_captured_again (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (clear_messages); i++)
	{
		g_autoptr (GBytes) octets = vector (clear_messages[i]);
		g_autoptr (GBytes) again = NULL;
		g_autoptr (IkeMessage) message = NULL;

		g_assert_cmpuint (ike_message_decode (slice_bytes (octets), &message), ==, STATUS_OK);
		g_assert_cmpuint (ike_message_encode (&message->header, message->payloads, message->n_payloads, &again), ==,
		                  STATUS_OK);
		assert_octets (slice_bytes (again), slice_bytes (octets));
	}
}

/* The inside of an IKE_AUTH request of Android: IDi IDr AUTH SA TSi TSr N N. */
static void
test_captured_inner (void)
{
	g_autoptr (GBytes) octets = vector ("android-cbc-inner");
	g_autoptr (IkeMessage) message = ike_message_new ();
	g_auto (Writer) writer = { 0 };
	const IkePayload *payloads = message->payloads;
	char text[INET_TEXT_OCTETS];

	g_assert_cmpuint (ike_payloads_decode (IKE_PAYLOAD_IDI, octets, message), ==, STATUS_OK);
	g_assert_cmpuint (message->n_payloads, ==, 8);
	g_assert_cmpuint (payloads[0].id.id_type, ==, IKE_ID_IPV4_ADDR);
	assert_octets (payloads[0].id.value, slice ("\x0a\x50\x50\x0d", 4));
	assert_octets (payloads[0].body, slice ("\1\0\0\0\x0a\x50\x50\x0d", 8));
	g_assert_cmpuint (payloads[1].type, ==, IKE_PAYLOAD_IDR);
	g_assert_cmpuint (payloads[2].auth.method, ==, IKE_AUTH_SHARED_KEY);
	g_assert_cmpuint (payloads[2].auth.value.len, ==, 20);
	g_assert_cmpuint (payloads[3].sa.proposals[0].spi_octets, ==, 4);
	assert_octets (slice (payloads[3].sa.proposals[0].spi, 4), slice ("\x2a\xd4\xc0\xa2", 4));
	g_assert_cmpuint (payloads[3].sa.proposals[0].transforms[2].type, ==, IKE_TRANSFORM_SN);
	g_assert_cmpstr (inet_selector_to_text (&payloads[4].ts.selectors[0], text), ==, "0.0.0.0/0");
	g_assert_cmpuint (payloads[6].notify.notify_type, ==, IKE_NOTIFY_INITIAL_CONTACT);
	g_assert_cmpuint (payloads[7].notify.notify_type, ==, IKE_NOTIFY_SET_WINDOW_SIZE);

	writer_init (&writer, 1000);
	g_assert_cmpuint (ike_payloads_encode (payloads, message->n_payloads, &writer), ==, IKE_PAYLOAD_IDI);
	assert_octets (writer_view (&writer), slice_bytes (octets));
	/* The slices of one message lie in one buffer. */
	g_assert_cmpuint (ike_payloads_decode (IKE_PAYLOAD_IDI, octets, message), ==, STATUS_INTERNAL);
}

static void
test_shell (void)
{
	g_autoptr (GBytes) octets = vector ("shell-informational-delete");
	g_autoptr (IkeMessage) message = NULL;

	g_assert_cmpuint (ike_message_decode (slice_bytes (octets), &message), ==, STATUS_OK);
	g_assert_cmpuint (message->n_payloads, ==, 1);
	g_assert_cmpuint (message->payloads[0].type, ==, IKE_PAYLOAD_SK);
	g_assert_cmpuint (message->payloads[0].body.len, ==, 29);
}

static void
test_every_kind (void)
{
	g_autofree Sample *sample = sample_new ();
	g_autoptr (GBytes) datagram = sample_datagram ();
	g_autoptr (GBytes) again = NULL;
	g_autoptr (IkeMessage) message = NULL;

	g_assert_cmpuint (ike_message_decode (slice_bytes (datagram), &message), ==, STATUS_OK);
	g_assert_cmpuint (message->n_payloads, ==, sample->n_payloads);
	for (guint i = 0; i < message->n_payloads; i++)
	{
		g_autoptr (GBytes) body = NULL;

		g_assert_cmpuint (message->payloads[i].type, ==, sample->payloads[i].type);
		g_assert_cmpuint (ike_payload_body_encode (&sample->payloads[i], &body), ==, STATUS_OK);
		assert_octets (message->payloads[i].body, slice_bytes (body));
	}
	g_assert_cmpuint (ike_message_encode (&message->header, message->payloads, message->n_payloads, &again), ==,
	                  STATUS_OK);
	assert_octets (slice_bytes (again), slice_bytes (datagram));
}

static void
test_empty (void)
{
	IkeHeader header = sample_header ();
	g_autoptr (GBytes) datagram = NULL;
	g_autoptr (IkeMessage) message = NULL;

	g_assert_cmpuint (ike_message_encode (&header, NULL, 0, &datagram), ==, STATUS_OK);
	g_assert_cmpuint (g_bytes_get_size (datagram), ==, IKE_HEADER_OCTETS);
	g_assert_cmpuint (ike_message_decode (slice_bytes (datagram), &message), ==, STATUS_OK);
	g_assert_cmpuint (message->n_payloads, ==, 0);
}

/* -- Damage ------------------------------------------------------------------------------------------------------ */

static void
put_length (guint8 *datagram, gsize octets)
{
	for (guint i = 0; i < 4; i++)
		datagram[24 + i] = (guint8) (octets >> 8 * (3 - i));
}

static Status
decode_status (Slice datagram)
{
	g_autoptr (IkeMessage) message = NULL;
	/* An exact copy on the heap, so that a sanitizer sees a read behind its end. */
	g_autofree guint8 *copy = g_memdup2 (datagram.data, datagram.len);

	return ike_message_decode (slice (copy, datagram.len), &message);
}

static void
truncate_everywhere (Slice datagram)
{
	for (gsize len = 0; len < datagram.len; len++)
	{
		g_autofree guint8 *copy = g_memdup2 (datagram.data, MAX (len, IKE_HEADER_OCTETS));
		Status status;

		g_assert_cmpuint (decode_status (slice (datagram.data, len)), !=, STATUS_OK);
		/* The same with a header that tells the truth about it. */
		put_length (copy, len);
		status = decode_status (slice (copy, len));
		g_assert_true (status == STATUS_TRUNCATED || (status == STATUS_MALFORMED && len >= IKE_HEADER_OCTETS));
	}
}

static void
test_truncated (void)
{
	g_autoptr (GBytes) every_kind = sample_datagram ();

	for (gsize i = 0; i < G_N_ELEMENTS (clear_messages); i++)
	{
		g_autoptr (GBytes) octets = vector (clear_messages[i]);

		truncate_everywhere (slice_bytes (octets));
	}
	truncate_everywhere (slice_bytes (every_kind));
}

static void
test_trailing (void)
{
	g_autoptr (GBytes) octets = vector ("clear-init-request-ccm");
	g_autofree guint8 *longer = g_malloc0 (249);

	memcpy (longer, slice_bytes (octets).data, 248);
	put_length (longer, 249);
	g_assert_cmpuint (decode_status (slice (longer, 249)), ==, STATUS_TRAILING);
}

static void
damage_lengths (Slice datagram)
{
	g_autoptr (GArray) lengths = sample_lengths (datagram, IKE_HEADER_OCTETS, datagram.data[16]);

	g_assert_cmpuint (lengths->len, >, 0);
	for (guint i = 0; i < lengths->len; i++)
	{
		gsize offset = g_array_index (lengths, SampleLength, i).offset;
		guint16 was = sample_u16 (datagram, offset);
		guint16 values[] = { (guint16) (was + 1), (guint16) (was - 1), 0, G_MAXUINT16, 1, 3, 4, 7 };

		for (gsize k = 0; k < G_N_ELEMENTS (values); k++)
		{
			g_autofree guint8 *copy = g_memdup2 (datagram.data, datagram.len);

			if (values[k] == was)
				continue;
			copy[offset] = (guint8) (values[k] >> 8);
			copy[offset + 1] = (guint8) values[k];
			if (decode_status (slice (copy, datagram.len)) == STATUS_OK)
				g_error ("length %u instead of %u at octet %" G_GSIZE_FORMAT " was accepted", values[k], was, offset);
		}
	}
}

static void
test_lengths (void)
{
	g_autoptr (GBytes) every_kind = sample_datagram ();

	for (gsize i = 0; i < G_N_ELEMENTS (clear_messages); i++)
	{
		g_autoptr (GBytes) octets = vector (clear_messages[i]);

		damage_lengths (slice_bytes (octets));
	}
	damage_lengths (slice_bytes (every_kind));
}

/* Any single octet with any value: no crash, and what is accepted can be encoded again. */
static void
test_octets (void)
{
	g_autoptr (GBytes) every_kind = sample_datagram ();
	Slice datagram = slice_bytes (every_kind);
	g_autofree guint8 *copy = g_memdup2 (datagram.data, datagram.len);
	guint accepted = 0;

	for (gsize at = IKE_HEADER_OCTETS; at < datagram.len; at++)
		for (guint value = 0; value < 256; value += (at % 4 == 0 ? 1 : 5))
		{
			g_autoptr (IkeMessage) message = NULL;
			g_autoptr (GBytes) again = NULL;

			copy[at] = (guint8) value;
			if (ike_message_decode (slice (copy, datagram.len), &message) == STATUS_OK)
			{
				g_assert_cmpuint (ike_message_encode (&message->header, message->payloads, message->n_payloads, &again),
				                  ==, STATUS_OK);
				accepted++;
			}
			copy[at] = datagram.data[at];
		}
	g_assert_cmpuint (accepted, >, 100);
}

/* -- Limits and unknown payloads --------------------------------------------------------------------------------- */

static Status
decode_many (guint8 type, guint count, const IkePayload *example)
{
	g_autofree IkePayload *payloads = g_new0 (IkePayload, count);
	IkeHeader header = sample_header ();
	g_autoptr (GBytes) datagram = NULL;

	for (guint i = 0; i < count; i++)
	{
		payloads[i] = *example;
		payloads[i].type = type;
	}
	g_assert_cmpuint (ike_message_encode (&header, payloads, count, &datagram), ==, STATUS_OK);
	return decode_status (slice_bytes (datagram));
}

static void
test_limits (void)
{
	const IkePayload notify = { .notify = { 0, SLICE_NONE, IKE_NOTIFY_COOKIE, SLICE_NONE } };
	const IkePayload cert = { .cert = { IKE_CERT_X509_SIGNATURE, SLICE_NONE } };
	const IkePayload vendor = { .vendor = { SLICE_NONE } };

	g_assert_cmpuint (decode_many (IKE_PAYLOAD_NOTIFY, IKE_MAX_NOTIFIES, &notify), ==, STATUS_OK);
	g_assert_cmpuint (decode_many (IKE_PAYLOAD_NOTIFY, IKE_MAX_NOTIFIES + 1, &notify), ==, STATUS_TOO_LARGE);
	g_assert_cmpuint (decode_many (IKE_PAYLOAD_CERT, IKE_MAX_CERTIFICATES, &cert), ==, STATUS_OK);
	g_assert_cmpuint (decode_many (IKE_PAYLOAD_CERT, IKE_MAX_CERTIFICATES + 1, &cert), ==, STATUS_TOO_LARGE);
	g_assert_cmpuint (decode_many (IKE_PAYLOAD_VENDOR, IKE_MAX_PAYLOADS, &vendor), ==, STATUS_OK);
	g_assert_cmpuint (decode_many (IKE_PAYLOAD_VENDOR, IKE_MAX_PAYLOADS + 1, &vendor), ==, STATUS_TOO_LARGE);
	g_assert_cmpuint (decode_many (99, IKE_MAX_PAYLOADS + 1, &vendor), ==, STATUS_TOO_LARGE);
}

static void
test_too_large (void)
{
	g_autofree guint8 *octets = g_malloc0 (70000);
	IkeHeader header = sample_header ();
	IkePayload payload = { .type = IKE_PAYLOAD_VENDOR, .vendor = { slice (octets, 65535) } };
	g_autoptr (GBytes) untouched = NULL;

	g_assert_cmpuint (ike_message_encode (&header, &payload, 1, &untouched), ==, STATUS_TOO_LARGE);
	g_assert_null (untouched);
	payload.vendor.value.len = 65535 - 4 - IKE_HEADER_OCTETS;
	g_assert_cmpuint (ike_message_encode (&header, &payload, 1, &untouched), ==, STATUS_OK);
	g_assert_cmpuint (decode_status (slice_bytes (untouched)), ==, STATUS_OK);
}

/* Every type of payload from 0 to 255, marked critical and not. */
static void
test_unknown (void)
{
	static const guint8 known_first = IKE_PAYLOAD_SA, known_last = IKE_PAYLOAD_EAP;

	for (guint type = 1; type < 256; type++)
		for (guint critical = 0; critical < 2; critical++)
		{
			guint8 octets[] = { 0, (guint8) (critical ? 0x80 : 0x7f), 0, 6, 0xaa, 0xbb };
			g_autoptr (GBytes) chain = g_bytes_new (octets, sizeof octets);
			g_autoptr (IkeMessage) message = ike_message_new ();
			Status status = ike_payloads_decode ((guint8) type, chain, message);
			gboolean known = (type >= known_first && type <= known_last) || type == IKE_PAYLOAD_SKF;

			if (known)
			{
				g_assert_cmpuint (status, !=, STATUS_CRITICAL_PAYLOAD);
				continue;
			}
			/* Kept in both cases, so that the answer can name it. */
			g_assert_cmpuint (status, ==, critical ? STATUS_CRITICAL_PAYLOAD : STATUS_OK);
			g_assert_cmpuint (message->n_payloads, ==, 1);
			g_assert_cmpuint (message->payloads[0].type, ==, type);
			g_assert_cmpuint (message->payloads[0].critical, ==, critical);
			assert_octets (message->payloads[0].body, slice ("\xaa\xbb", 2));
		}
}

/* SK ends the chain: its Next Payload is that of the inside. */
static void
test_sk_last (void)
{
	static const guint8 good[] = { IKE_PAYLOAD_SK, 0, 0, 4, IKE_PAYLOAD_IDI, 0, 0, 5, 9 };
	static const guint8 more[] = { IKE_PAYLOAD_IDI, 0, 0, 5, 9, 0, 0, 0, 4 };
	g_autoptr (GBytes) good_bytes = g_bytes_new_static (good, sizeof good);
	g_autoptr (GBytes) more_bytes = g_bytes_new_static (more, sizeof more);
	g_autoptr (IkeMessage) message = ike_message_new ();
	g_autoptr (IkeMessage) other = ike_message_new ();

	g_assert_cmpuint (ike_payloads_decode (IKE_PAYLOAD_VENDOR, good_bytes, message), ==, STATUS_OK);
	g_assert_cmpuint (message->n_payloads, ==, 2);
	g_assert_cmpuint (ike_payloads_decode (IKE_PAYLOAD_SK, more_bytes, other), ==, STATUS_TRAILING);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/message/header", test_header);
	g_test_add_func ("/ike/message/header-bad", test_header_bad);
	g_test_add_func ("/ike/message/captured-request", test_captured_request);
	g_test_add_func ("/ike/message/captured-again", test_captured_again);
	g_test_add_func ("/ike/message/captured-inner", test_captured_inner);
	g_test_add_func ("/ike/message/shell", test_shell);
	g_test_add_func ("/ike/message/every-kind", test_every_kind);
	g_test_add_func ("/ike/message/empty", test_empty);
	g_test_add_func ("/ike/message/truncated", test_truncated);
	g_test_add_func ("/ike/message/trailing", test_trailing);
	g_test_add_func ("/ike/message/lengths", test_lengths);
	g_test_add_func ("/ike/message/octets", test_octets);
	g_test_add_func ("/ike/message/limits", test_limits);
	g_test_add_func ("/ike/message/too-large", test_too_large);
	g_test_add_func ("/ike/message/unknown", test_unknown);
	g_test_add_func ("/ike/message/sk-last", test_sk_last);
	return g_test_run ();
}
