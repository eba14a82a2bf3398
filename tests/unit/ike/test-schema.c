/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/schema.h"

/*
 * What RFC 7296 (sections 1.2 to 1.4, 2.16, appendix C) says, in other words than the table under test: for each schema
 * a letter for each payload. "1" exactly one, "?" at most one, "c" up to eight, "*" any number, "+" at least one,
 * "." none. The columns are those of the array below.
 */
static const guint8 columns[] = {
	IKE_PAYLOAD_SA,      IKE_PAYLOAD_KE,   IKE_PAYLOAD_IDI,   IKE_PAYLOAD_IDR,    IKE_PAYLOAD_CERT,
	IKE_PAYLOAD_CERTREQ, IKE_PAYLOAD_AUTH, IKE_PAYLOAD_NONCE, IKE_PAYLOAD_NOTIFY, IKE_PAYLOAD_DELETE,
	IKE_PAYLOAD_VENDOR,  IKE_PAYLOAD_TSI,  IKE_PAYLOAD_TSR,   IKE_PAYLOAD_CP,     IKE_PAYLOAD_EAP,
};

static const struct
{
	gboolean is_protected;
	const char *cells;
} rows[IKE_SCHEMA_COUNT] = {
	[IKE_SCHEMA_INIT_RESPONSE] = { FALSE, "11...c.1*.*...." },
	[IKE_SCHEMA_INIT_NOTIFY_RESPONSE] = { FALSE, "........+.*...." },
	[IKE_SCHEMA_AUTH_FIRST_RESPONSE] = { TRUE, "...1c.1.*.*...1" },
	[IKE_SCHEMA_AUTH_EAP_RESPONSE] = { TRUE, "........*.*...1" },
	[IKE_SCHEMA_AUTH_FINAL_RESPONSE] = { TRUE, "1.....1.*.*11?." },
	[IKE_SCHEMA_AUTH_WHOLE_RESPONSE] = { TRUE, "1..1c.1.*.*11?." },
	[IKE_SCHEMA_ERROR_RESPONSE] = { TRUE, "?..?c.?.+.*????" },
	[IKE_SCHEMA_CREATE_CHILD_REQUEST] = { TRUE, "1?.....1*.*???." },
	[IKE_SCHEMA_CREATE_CHILD_RESPONSE] = { TRUE, "1?.....1*.*11?." },
	[IKE_SCHEMA_REKEY_IKE_RESPONSE] = { TRUE, "11.....1*.*...." },
	[IKE_SCHEMA_INFORMATIONAL_REQUEST] = { TRUE, "........***..?." },
	[IKE_SCHEMA_INFORMATIONAL_RESPONSE] = { TRUE, "........***..?." },
};

static void
letter_range (char letter, guint *least, guint *most)
{
	*least = letter == '1' || letter == '+' ? 1 : 0;
	*most = letter == '.' ? 0 : letter == 'c' ? 8 : letter == '*' || letter == '+' ? IKE_MAX_PAYLOADS : 1;
}

static void
add (IkeMessage *message, guint8 type, guint count)
{
	for (guint i = 0; i < count && message->n_payloads < IKE_MAX_PAYLOADS; i++)
		message->payloads[message->n_payloads++].type = type;
}

/* The least that the schema wants, but @count of the payload in @column. */
static IkeMessage *
message_with (IkeSchema schema, guint column, guint count)
{
	IkeMessage *message = ike_message_new ();

	message->is_protected = rows[schema].is_protected;
	for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
	{
		guint least, most;

		letter_range (rows[schema].cells[i], &least, &most);
		add (message, columns[i], i == column ? count : least);
	}
	return message;
}

static void
test_cells (void)
{
	for (guint schema = 0; schema < IKE_SCHEMA_COUNT; schema++)
	{
		g_assert_cmpuint (strlen (rows[schema].cells), ==, G_N_ELEMENTS (columns));
		for (guint column = 0; column < G_N_ELEMENTS (columns); column++)
		{
			guint least, most;

			letter_range (rows[schema].cells[column], &least, &most);
			for (guint count = 0; count < 12; count++)
			{
				g_autoptr (IkeMessage) message = message_with ((IkeSchema) schema, column, count);
				guint8 payload = 0;
				Status status = ike_schema_check ((IkeSchema) schema, message, &payload);
				Status wanted = count < least  ? STATUS_MISSING_PAYLOAD
				                : count > most ? STATUS_UNEXPECTED_PAYLOAD
				                               : STATUS_OK;

				if (status != wanted)
					g_error ("schema %u, %u of payload %u: %s", schema, count, columns[column], status_name (status));
				g_assert_cmpuint (payload, ==, wanted == STATUS_OK ? 0 : columns[column]);
			}
		}
	}
}

static void
test_protection (void)
{
	for (guint schema = 0; schema < IKE_SCHEMA_COUNT; schema++)
	{
		g_autoptr (IkeMessage) message = message_with ((IkeSchema) schema, G_MAXUINT, 0);
		guint8 first = message->n_payloads > 0 ? message->payloads[0].type : 0;
		guint8 payload = 99;

		message->is_protected = !rows[schema].is_protected;
		g_assert_cmpuint (ike_schema_check ((IkeSchema) schema, message, &payload), ==, STATUS_UNEXPECTED_PAYLOAD);
		g_assert_cmpuint (payload, ==, first);
	}
}

/* Every other type: SK and SKF never, those nobody knows always. */
static void
test_other_types (void)
{
	for (guint schema = 0; schema < IKE_SCHEMA_COUNT; schema++)
		for (guint type = 1; type < 256; type++)
		{
			g_autoptr (IkeMessage) message = message_with ((IkeSchema) schema, G_MAXUINT, 0);
			gboolean sk = type == IKE_PAYLOAD_SK || type == IKE_PAYLOAD_SKF;
			guint8 payload;

			if (memchr (columns, (int) type, sizeof columns) != NULL)
				continue;
			add (message, (guint8) type, 2);
			g_assert_cmpuint (ike_schema_check ((IkeSchema) schema, message, &payload), ==,
			                  sk ? STATUS_UNEXPECTED_PAYLOAD : STATUS_OK);
		}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/schema/cells", test_cells);
	g_test_add_func ("/ike/schema/protection", test_protection);
	g_test_add_func ("/ike/schema/other-types", test_other_types);
	return g_test_run ();
}
