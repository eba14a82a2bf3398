/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two tables of Wireshark 4.0 that decrypt IKEv2 and ESP. Names and columns were compared with what tshark 4.0.17
 * accepts; it knows no ChaCha20-Poly1305 in either. */
#include "trace.h"

#include "base/inet.h"
#include "event.h"

typedef struct
{
	const char *name; /* in events */
	gint64 key_bits;  /* 0: any */
	const char *ike;  /* ikev2_decryption_table */
	const char *esp;  /* esp_sa */
} Algorithm;

#define GCM_16 "AES-GCM with 16 octet ICV [RFC4106]"

static const Algorithm encr[] = {
	{ "AES_GCM_16", 128, "AES-GCM-128 with 16 octet ICV [RFC5282]", GCM_16 },
	{ "AES_GCM_16", 192, "AES-GCM-192 with 16 octet ICV [RFC5282]", GCM_16 },
	{ "AES_GCM_16", 256, "AES-GCM-256 with 16 octet ICV [RFC5282]", GCM_16 },
	{ "AES_CBC", 128, "AES-CBC-128 [RFC3602]", "AES-CBC [RFC3602]" },
	{ "AES_CBC", 192, "AES-CBC-192 [RFC3602]", "AES-CBC [RFC3602]" },
	{ "AES_CBC", 256, "AES-CBC-256 [RFC3602]", "AES-CBC [RFC3602]" },
	{ "3DES", 0, "3DES [RFC2451]", "TripleDES-CBC [RFC2451]" },
	{ NULL, 0, NULL, NULL },
};

static const Algorithm integ[] = {
	{ "NONE", 0, "NONE [RFC4306]", "NULL" },
	{ "HMAC_SHA1_96", 0, "HMAC_SHA1_96 [RFC2404]", "HMAC-SHA-1-96 [RFC2404]" },
	{ "HMAC_SHA2_256_128", 0, "HMAC_SHA2_256_128 [RFC4868]", "HMAC-SHA-256-128 [RFC4868]" },
	{ "HMAC_SHA2_384_192", 0, "HMAC_SHA2_384_192 [RFC4868]", "HMAC-SHA-384-192 [RFC4868]" },
	{ "HMAC_SHA2_512_256", 0, "HMAC_SHA2_512_256 [RFC4868]", "HMAC-SHA-512-256 [RFC4868]" },
	{ NULL, 0, NULL, NULL },
};

static const Algorithm *
find_algorithm (const Algorithm *rows, JsonObject *event, const char *member)
{
	const char *name = trace_event_text (event, member);

	for (; name != NULL && rows->name != NULL; rows++)
		if (g_str_equal (rows->name, name) &&
		    (rows->key_bits == 0 || rows->key_bits == trace_event_number (event, "key_bits")))
			return rows;
	return NULL;
}

/* The member when it is hexadecimal, @digits long (0: any even number); else NULL. */
static const char *
hex_member (JsonObject *event, const char *name, gsize digits)
{
	const char *text = trace_event_text (event, name);
	gsize len = text != NULL ? strlen (text) : 0;

	if (text == NULL || len % 2 != 0 || (digits > 0 && len != digits) || strspn (text, "0123456789abcdefABCDEF") != len)
		return NULL;
	return text;
}

static char *
ike_line (JsonObject *event, const Algorithm *cipher, const Algorithm *mac, const char *const keys[4])
{
	const char *spi_i = hex_member (event, "spi_i", 16);
	const char *spi_r = hex_member (event, "spi_r", 16);

	if (spi_i == NULL || spi_r == NULL)
		return NULL;
	return g_strdup_printf ("%s,%s,%s,%s,\"%s\",%s,%s,\"%s\"", spi_i, spi_r, keys[0], keys[1], cipher->ike, keys[2],
	                        keys[3], mac->ike);
}

/* One direction. The columns for keys are hexadecimal with 0x, or empty. */
static void
append_esp (GString *out, const InetAddress *from, const InetAddress *to, const char *spi, const Algorithm *cipher,
            const char *encr_key, const Algorithm *mac, const char *integ_key)
{
	char from_text[INET_TEXT_OCTETS], to_text[INET_TEXT_OCTETS];

	g_string_append_printf (out, "\"%s\",\"%s\",\"%s\",\"0x%s\",\"%s\",\"0x%s\",\"%s\",\"%s%s\"",
	                        from->family == INET_V6 ? "IPv6" : "IPv4", inet_address_to_text (from, from_text),
	                        inet_address_to_text (to, to_text), spi, cipher->esp, encr_key, mac->esp,
	                        integ_key[0] != '\0' ? "0x" : "", integ_key);
}

/* The table has a row for each SPI: what we send, then what we receive. */
static char *
esp_lines (JsonObject *event, const Algorithm *cipher, const Algorithm *mac, const char *const keys[4])
{
	const char *spi_in = hex_member (event, "spi_in", 8), *spi_out = hex_member (event, "spi_out", 8);
	const char *local_text = trace_event_text (event, "local"), *remote_text = trace_event_text (event, "remote");
	InetEndpoint local, remote;
	GString *out;

	if (spi_in == NULL || spi_out == NULL || local_text == NULL || remote_text == NULL ||
	    !inet_endpoint_parse (local_text, &local) || !inet_endpoint_parse (remote_text, &remote))
		return NULL;
	/* Never grows, so it leaves no copy of the keys behind. */
	out = g_string_sized_new (strlen (keys[0]) + strlen (keys[1]) + strlen (keys[2]) + strlen (keys[3]) + 1024);
	append_esp (out, &local.address, &remote.address, spi_out, cipher, keys[0], mac, keys[2]);
	g_string_append_c (out, '\n');
	append_esp (out, &remote.address, &local.address, spi_in, cipher, keys[1], mac, keys[3]);
	return g_string_free (out, FALSE);
}

char *
trace_keys_line (const char *json, gboolean *ret_is_child)
{
	g_autoptr (JsonNode) root = trace_event_parse (json);
	static const char *const names[] = { "encr_i", "encr_r", "integ_i", "integ_r" };
	const char *keys[G_N_ELEMENTS (names)];
	JsonObject *event;
	const Algorithm *cipher, *mac;
	gboolean is_child;
	char *line;

	if (root == NULL)
		return NULL;
	event = json_node_get_object (root);
	if (g_strcmp0 (trace_event_text (event, "kind"), "keys") != 0)
		return NULL;
	cipher = find_algorithm (encr, event, "encr");
	mac = find_algorithm (integ, event, "integ");
	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
		keys[i] = hex_member (event, names[i], 0);
	if (cipher == NULL || mac == NULL || keys[0] == NULL || keys[1] == NULL || keys[2] == NULL || keys[3] == NULL)
		return NULL;
	is_child = trace_event_flag (event, "is_child");
	line = is_child ? esp_lines (event, cipher, mac, keys) : ike_line (event, cipher, mac, keys);
	if (line != NULL)
		*ret_is_child = is_child;
	return line;
}
