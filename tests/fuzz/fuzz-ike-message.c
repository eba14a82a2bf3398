/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any datagram through header, payloads, schemas and descriptions; what is accepted must survive being encoded. */
#include "fuzz.h"

#include "ike/message.h"
#include "ike/schema.h"
#include "unit/ike/samples.h"
#include "unit/ike/vectors.h"

static void
describe (const IkeMessage *message)
{
	for (guint i = 0; i < message->n_payloads; i++)
	{
		g_autoptr (GString) text = g_string_new (NULL);

		ike_payload_describe (&message->payloads[i], text);
		g_assert_cmpuint (text->len, <, 1000);
		ike_payload_describe_fields (&message->payloads[i], text);
		g_assert_true (g_utf8_validate (text->str, (gssize) text->len, NULL));
	}
}

static void
judge (const IkeMessage *message)
{
	for (guint schema = 0; schema < IKE_SCHEMA_COUNT; schema++)
	{
		guint8 payload = 0;
		Status status = ike_schema_check ((IkeSchema) schema, message, &payload);

		g_assert_true (status == STATUS_OK || status == STATUS_MISSING_PAYLOAD || status == STATUS_UNEXPECTED_PAYLOAD);
	}
	ike_message_find_notify (message, IKE_NOTIFY_COOKIE);
}

/* Selectors of unknown types cannot be encoded again, and a payload without any is none. */
static gboolean
can_encode (const IkeMessage *message)
{
	for (guint i = 0; i < message->n_payloads; i++)
	{
		guint8 type = message->payloads[i].type;

		if ((type == IKE_PAYLOAD_TSI || type == IKE_PAYLOAD_TSR) && message->payloads[i].ts.n_selectors == 0)
			return FALSE;
	}
	return TRUE;
}

static void
encode_again (const IkeMessage *message)
{
	g_autoptr (GBytes) once = NULL;
	g_autoptr (GBytes) twice = NULL;
	g_autoptr (IkeMessage) again = NULL;

	g_assert_cmpuint (ike_message_encode (&message->header, message->payloads, message->n_payloads, &once), ==,
	                  STATUS_OK);
	g_assert_cmpuint (ike_message_decode (slice_bytes (once), &again), ==, STATUS_OK);
	g_assert_cmpuint (again->n_payloads, ==, message->n_payloads);
	g_assert_cmpuint (ike_message_encode (&again->header, again->payloads, again->n_payloads, &twice), ==, STATUS_OK);
	g_assert_true (g_bytes_equal (once, twice));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t octets)
{
	g_autoptr (IkeMessage) message = NULL;
	g_autofree guint8 *copy = NULL;

	if (octets < IKE_HEADER_OCTETS || octets > IKE_MAX_MESSAGE_OCTETS)
		return 0;
	/* A right length in most cases: the check of it is not what is hard to get past. */
	copy = g_memdup2 (data, octets);
	if (copy[19] != 0xff)
		for (guint i = 0; i < 4; i++)
			copy[24 + i] = (guint8) (octets >> 8 * (3 - i));
	if (ike_message_decode (slice (copy, octets), &message) != STATUS_OK)
		return 0;
	describe (message);
	judge (message);
	if (can_encode (message))
		encode_again (message);
	return 0;
}

void
fuzz_seeds (GPtrArray *seeds)
{
	static const char *const names[] = {
		"clear-init-request-ccm",      "clear-init-response-ccm", "clear-init-request-modp1024",
		"clear-init-response-android", "rfc7634-datagram",        "android-cbc-datagram",
	};

	for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
		g_ptr_array_add (seeds, vector (names[i]));
	g_ptr_array_add (seeds, sample_datagram ());
}
