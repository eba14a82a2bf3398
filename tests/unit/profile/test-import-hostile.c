/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that somebody made to do harm, and files that broke on their way. */
#include "samples.h"

/* Every answer is fine but a crash, and an error has words. Returns whether it was taken. */
static gboolean
try_import (Slice contents)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (ProfileImport) import = samples_import (contents, &error);

	g_assert_true ((import == NULL) == (error != NULL));
	if (error != NULL)
	{
		g_assert_cmpint (error->domain, ==, PROFILE_ERROR);
		g_assert_true (g_utf8_validate (error->message, -1, NULL));
	}
	return import != NULL;
}

static void
check_refused (Slice contents, const char *words)
{
	g_autoptr (GError) error = NULL;
	ProfileImport *import = samples_import (contents, &error);

	g_assert_null (import);
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
	g_test_message ("%s", error->message);
	g_assert_nonnull (strstr (error->message, words));
}

static void
test_sswan (void)
{
	static const struct
	{
		const char *text;
		const char *words;
	} cases[] = {
		{ "{}", "no .sswan" },
		{ "{\"type\": \"ikev2-eap\"}", "no .sswan" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": []}", "must be an object" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": null}", "no 'remote'" },
		{ "{\"type\": 1, \"remote\": {\"addr\": \"a\"}}", "'type' must be text" },
		{ "{\"type\": \"ikev1\", \"remote\": {\"addr\": \"a\"}}", "'type' must be one of" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {}}", "no 'remote.addr'" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": {\"a\": 1}}}", "'remote.addr' must be text" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a b\"}, \"local\": {\"eap_id\": \"u\"}}", "host name" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\\nca=/x\"}, \"local\": {\"eap_id\": \"u\"}}",
		  "control characters" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\", \"port\": 70000}}", "port" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\", \"port\": \"500\"}}", "must be a number" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\"}}", "--user" },
		{ "{\"type\": \"ikev2-cert\", \"remote\": {\"addr\": \"a\"}}", "certificate" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\", \"cert\": \"AAAA\"}}", "no certificate" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\", \"cert\": \"AAA\"}}", "not base64" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\", \"cert\": \"AA!A\"}}", "not base64" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\", \"cert\": \"\"}}", "not base64" },
		{ "{\"type\": \"ikev2-cert\", \"remote\": {\"addr\": \"a\"}, \"local\": {\"p12\": \"AAAA\"}}", "PKCS#12" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\"}, \"split-tunneling\": {\"subnets\": [1]}}",
		  "list of" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\"}, \"split-tunneling\": {\"subnets\": "
		  "[\"10.0.0.1/8\"]}}",
		  "no network" },
		{ "{\"type\": \"ikev2-eap\", \"remote\": {\"addr\": \"a\"}} trailing", "" },
		{ "{\"type\": \"ikev2-eap\" \"remote\": 1}", "JSON" },
		{ "{\"type\": \"ikev2-eap\xff\", \"remote\": {}}", "UTF-8" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
		check_refused (slice_text (cases[i].text), cases[i].words);
	check_refused (SLICE_LITERAL ("{\"type\": \"ikev2-eap\"\0, \"remote\": {}}"), "UTF-8");
}

static void
check_apple (const char *ikev2, const char *payloads, const char *words)
{
	g_autofree char *text = samples_mobileconfig (ikev2, payloads);

	check_refused (slice_text (text), words);
}

static void
test_mobileconfig (void)
{
	check_apple ("", "", "AuthenticationMethod");
	check_apple ("<key>AuthenticationMethod</key><string>None</string>", "", "AuthenticationMethod");
	check_apple ("<key>AuthenticationMethod</key><true/>", "", "must be a string");
	check_apple (SAMPLES_CERTIFICATE, "", "not in the file");
	check_apple (SAMPLES_CERTIFICATE,
	             "<dict><key>PayloadType</key><string>com.apple.security.pkcs12</string><key>PayloadUUID</key>"
	             "<string>AB12</string><key>PayloadContent</key><data>AAAA</data></dict>",
	             "PKCS#12");
	check_apple (SAMPLES_EAP,
	             "<dict><key>PayloadType</key><string>com.apple.security.root</string><key>PayloadContent</key>"
	             "<data>AAAA</data></dict>",
	             "no certificate");
	check_apple (SAMPLES_EAP, "<string>no dictionary</string>", "no dictionary");
	check_apple (SAMPLES_EAP "<key>RemoteIdentifier</key><string>a&#10;weak=yes</string>", "", "");
	check_refused (slice_text (SAMPLES_XML "<array/></plist>"), "no configuration");
	check_refused (slice_text (SAMPLES_XML "<dict/></plist>"), "no configuration");
	check_refused (slice_text (SAMPLES_XML "<dict><key>PayloadType</key><string>Configuration</string></dict></plist>"),
	               "PayloadContent");
	check_refused (slice_text (SAMPLES_XML "<dict><key>PayloadType</key><string>Configuration</string>"
	                                       "<key>EncryptedPayloadContent</key><data>AAAA</data></dict></plist>"),
	               "encrypted");
	check_refused (slice_text (SAMPLES_XML "<dict><key>PayloadType</key><string>Configuration</string>"
	                                       "<key>PayloadContent</key><array/></dict></plist>"),
	               "no VPN");
	check_refused (slice_text ("<?xml version=\"1.0\"?><!DOCTYPE plist [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>"
	                           "<plist><dict><key>&b;</key><string>&b;</string></dict></plist>"),
	               "damaged");
}

/* Many a level: a parser that calls itself for each would need a stack for all of them. */
static void
check_deep (const char *before, const char *level, const char *after)
{
	GString *text = g_string_new (before);

	for (guint i = 0; i < 100000; i++)
		g_string_append (text, level);
	g_string_append (text, after);
	check_refused (slice (text->str, text->len), "damaged");
	g_string_free (text, TRUE);
}

static void
test_depth (void)
{
	check_deep ("{\"a\": ", "[", "");
	check_deep ("", "{\"a\": ", "1");
	check_deep ("<plist>", "<array>", "");
	check_deep ("<plist>", "<dict><key>a</key>", "");
	check_deep ("<plist>", "<array><!-- </array> -->", "");
	check_deep ("<plist>", "<array><![CDATA[</array>]]>", "");
}

static void
test_size (void)
{
	const gsize octets = 10 * 1024 * 1024;
	g_autofree char *text = g_malloc (octets);

	memset (text, ' ', octets);
	text[0] = '{';
	check_refused (slice (text, octets), "larger");
	memset (text, ',', octets);
	text[0] = '{';
	check_refused (slice (text, PROFILE_MAX_IMPORT_OCTETS), "damaged");
}

static void
put_number (GByteArray *array, guint64 value, guint octets)
{
	while (octets-- > 0)
	{
		guint8 octet = (guint8) (value >> 8 * octets);

		g_byte_array_append (array, &octet, 1);
	}
}

/* A binary property list of @n arrays of 8 references each to the next one; the last is a string. With @loop it refers to
 * the first instead. */
static GByteArray *
make_laughs (guint n, gboolean loop)
{
	GByteArray *file = g_byte_array_new ();
	guint64 table;

	g_byte_array_append (file, (const guint8 *) "bplist00", 8);
	for (guint i = 0; i < n; i++)
	{
		put_number (file, 0xa8, 1);
		for (guint k = 0; k < 8; k++)
			put_number (file, loop && i + 1 == n ? 0 : i + 1, 1);
	}
	put_number (file, 0x5161, 2);
	table = file->len;
	for (guint i = 0; i <= n; i++)
		put_number (file, 8 + 9 * i, 1);
	put_number (file, 0, 6);
	put_number (file, 1, 1);
	put_number (file, 1, 1);
	put_number (file, n + 1, 8);
	put_number (file, 0, 8);
	put_number (file, table, 8);
	return file;
}

static void
test_laughs (void)
{
	g_autoptr (GByteArray) many = make_laughs (10, FALSE), loop = make_laughs (3, TRUE), few = make_laughs (2, FALSE);

	check_refused (slice_array (many), "damaged");
	check_refused (slice_array (loop), "damaged");
	/* The same in small is only no configuration profile. */
	check_refused (slice_array (few), "no configuration");
}

/* -- Damage ------------------------------------------------------------------------------------------------------- */

typedef struct
{
	const char *name;
	GBytes *contents;
} Good;

#define N_GOOD 5

static void
make_good (Good good[N_GOOD])
{
	g_autofree char *root = samples_root_payload ();
	g_autofree char *identity = samples_identity_payload (samples ()->open_base64, NULL);
	g_autofree char *sswan = samples_sswan ("ikev2-eap", NULL, ", \"mtu\": 1300");
	g_autofree char *apple = samples_mobileconfig (SAMPLES_EAP, root);
	g_autofree char *certificate = samples_mobileconfig (SAMPLES_CERTIFICATE, identity);

	good[0] = (Good){ "sswan", slice_dup (slice_text (sswan)) };
	good[1] = (Good){ "mobileconfig", slice_dup (slice_text (apple)) };
	good[2] = (Good){ "binary", samples_binary (apple) };
	good[3] = (Good){ "signed", samples_signed (apple) };
	good[4] = (Good){ "certificate", slice_dup (slice_text (certificate)) };
}

/* Every length up to the whole: what is cut is refused. Only white space at the end may be missing. */
static void
test_truncated (void)
{
	Good good[N_GOOD];

	make_good (good);
	for (guint i = 0; i < N_GOOD; i++)
	{
		Slice whole = slice_bytes (good[i].contents);
		gsize taken = 0;

		g_assert_true (try_import (whole));
		for (gsize len = 0; len < whole.len; len++)
		{
			g_autofree guint8 *cut = g_memdup2 (whole.data, len);

			if (try_import (slice (cut, len)))
				taken++;
		}
		g_test_message ("%s: %" G_GSIZE_FORMAT " octets, taken though cut: %" G_GSIZE_FORMAT, good[i].name, whole.len,
		                taken);
		g_assert_cmpuint (taken, <=, whole.data[whole.len - 1] == '\n' ? 1 : 0);
		g_bytes_unref (good[i].contents);
	}
}

/* Octets changed at places that the seed of the test chooses. */
static void
test_changed (void)
{
	Good good[N_GOOD];

	make_good (good);
	for (guint i = 0; i < N_GOOD; i++)
	{
		Slice whole = slice_bytes (good[i].contents);
		guint rounds = i == 4 ? 100 : 1500, taken = 0;

		for (guint round = 0; round < rounds; round++)
		{
			g_autofree guint8 *changed = g_memdup2 (whole.data, whole.len);

			for (int n = g_test_rand_int_range (1, 4); n > 0; n--)
				changed[g_test_rand_int_range (0, (gint32) whole.len)] = (guint8) g_test_rand_int ();
			taken += try_import (slice (changed, whole.len));
		}
		g_test_message ("%s: %u of %u taken", good[i].name, taken, rounds);
		/* A signature covers every octet of the contents. */
		g_assert_true (i != 3 || taken < rounds / 2);
		g_bytes_unref (good[i].contents);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/profile/import/hostile/sswan", test_sswan);
	g_test_add_func ("/profile/import/hostile/mobileconfig", test_mobileconfig);
	g_test_add_func ("/profile/import/hostile/depth", test_depth);
	g_test_add_func ("/profile/import/hostile/size", test_size);
	g_test_add_func ("/profile/import/hostile/laughs", test_laughs);
	g_test_add_func ("/profile/import/hostile/truncated", test_truncated);
	g_test_add_func ("/profile/import/hostile/changed", test_changed);
	return g_test_run ();
}
