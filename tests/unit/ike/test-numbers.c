/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/message.h"

#define N_REGISTRIES (IKE_NUMBERS_HASH + 1)

/* Every number of every registry: a name exactly when there is a row, and then an explanation and a source. */
static void
test_all (void)
{
	static const struct
	{
		IkeNumbers registry;
		guint value;
		const char *name;
	} rows[] = {
#define IKE_NUMBER(registry, code, value, name, rfc, explain) { IKE_NUMBERS_##registry, value, name },
#include "ike/numbers.def"
#undef IKE_NUMBER
	};
	guint named = 0;

	for (guint registry = 0; registry < N_REGISTRIES; registry++)
		for (guint number = 0; number <= G_MAXUINT16; number++)
		{
			const char *name = ike_number_name ((IkeNumbers) registry, number);

			g_assert_cmpuint (name != NULL, ==, *ike_number_explain ((IkeNumbers) registry, number) != '\0');
			g_assert_cmpuint (name != NULL, ==, *ike_number_source ((IkeNumbers) registry, number) != '\0');
			if (name != NULL)
				named++;
		}
	g_assert_cmpuint (named, ==, G_N_ELEMENTS (rows));
	for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
		g_assert_cmpstr (ike_number_name (rows[i].registry, rows[i].value), ==, rows[i].name);
}

/* Numbers beyond 16 bits do not wrap into names. */
static void
test_beyond (void)
{
	for (guint registry = 0; registry < N_REGISTRIES; registry++)
		for (guint number = 0x10000; number < 0x10100; number++)
			g_assert_null (ike_number_name ((IkeNumbers) registry, number));
	g_assert_null (ike_number_name (IKE_NUMBERS_NOTIFY, G_MAXUINT));
	g_assert_cmpstr (ike_number_explain (IKE_NUMBERS_NOTIFY, G_MAXUINT), ==, "");
	g_assert_cmpstr (ike_number_source (IKE_NUMBERS_NOTIFY, G_MAXUINT), ==, "");
}

/* Names are printed as they are: ASCII, one word, and none twice in a registry. */
static void
test_names (void)
{
	for (guint registry = 0; registry < N_REGISTRIES; registry++)
	{
		g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

		for (guint number = 0; number <= G_MAXUINT16; number++)
		{
			const char *name = ike_number_name ((IkeNumbers) registry, number);

			if (name == NULL)
				continue;
			for (const char *at = name; *at != '\0'; at++)
				g_assert_true (g_ascii_isalnum (*at) || *at == '_');
			g_assert_true (g_hash_table_add (seen, (gpointer) name));
		}
		g_assert_cmpuint (g_hash_table_size (seen), >, 1);
	}
}

/* Some of each registry, from the RFCs. */
static void
test_values (void)
{
	g_assert_cmpuint (IKE_EXCHANGE_SA_INIT, ==, 34);
	g_assert_cmpuint (IKE_EXCHANGE_INFORMATIONAL, ==, 37);
	g_assert_cmpuint (IKE_PAYLOAD_SA, ==, 33);
	g_assert_cmpuint (IKE_PAYLOAD_SK, ==, 46);
	g_assert_cmpuint (IKE_PAYLOAD_EAP, ==, 48);
	g_assert_cmpuint (IKE_PAYLOAD_SKF, ==, 53);
	g_assert_cmpuint (IKE_NOTIFY_INVALID_KE_PAYLOAD, ==, 17);
	g_assert_cmpuint (IKE_NOTIFY_COOKIE, ==, 16390);
	g_assert_cmpuint (IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, ==, 16430);
	g_assert_cmpuint (IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, ==, 16431);
	g_assert_cmpuint (IKE_TRANSFORM_SN, ==, 5);
	g_assert_cmpuint (IKE_ENCR_AES_GCM_16, ==, 20);
	g_assert_cmpuint (IKE_ENCR_CHACHA20_POLY1305, ==, 28);
	g_assert_cmpuint (IKE_PRF_HMAC_SHA2_512, ==, 7);
	g_assert_cmpuint (IKE_INTEG_HMAC_SHA2_512_256, ==, 14);
	g_assert_cmpuint (IKE_KE_ECP_256, ==, 19);
	g_assert_cmpuint (IKE_KE_CURVE25519, ==, 31);
	g_assert_cmpuint (IKE_ID_DER_ASN1_DN, ==, 9);
	g_assert_cmpuint (IKE_AUTH_DIGITAL_SIGNATURE, ==, 14);
	g_assert_cmpuint (IKE_CP_INTERNAL_IP6_SUBNET, ==, 15);
	g_assert_cmpuint (IKE_CP_INTERNAL_DNS_DOMAIN, ==, 25);
	g_assert_cmpuint (IKE_TS_IPV6_ADDR_RANGE, ==, 8);
	g_assert_cmpuint (IKE_HASH_IDENTITY, ==, 5);
	g_assert_cmpstr (ike_number_name (IKE_NUMBERS_NOTIFY, IKE_NOTIFY_MS_STATUS), ==, "MS_STATUS");
	g_assert_cmpstr (ike_number_name (IKE_NUMBERS_PRF, 5), ==, "PRF_HMAC_SHA2_256");
	g_assert_cmpstr (ike_number_source (IKE_NUMBERS_PAYLOAD, IKE_PAYLOAD_SKF), ==, "RFC 7383");
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/numbers/all", test_all);
	g_test_add_func ("/ike/numbers/beyond", test_beyond);
	g_test_add_func ("/ike/numbers/names", test_names);
	g_test_add_func ("/ike/numbers/values", test_values);
	return g_test_run ();
}
