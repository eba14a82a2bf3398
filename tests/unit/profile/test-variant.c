/* SPDX-License-Identifier: GPL-2.0-or-later */
/* a{sv} both ways, strictly. */
#include "profile/profile.h"

#define CERTIFICATE "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
#define KEY "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"

static GVariant *
octets (const char *text, gsize length)
{
	return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, text, length, 1);
}

static GVariant *
text_octets (const char *text)
{
	return octets (text, strlen (text));
}

/* The least settings, with @name set to @value (consumed), which may replace one of them. */
static GVariant *
settings_with (const char *name, GVariant *value)
{
	GVariantDict dict;

	g_variant_dict_init (&dict, NULL);
	g_variant_dict_insert (&dict, "gateway.address", "s", "vpn.example.org");
	g_variant_dict_insert (&dict, "user.user", "s", "alice");
	if (g_str_equal (name, "user.certificate") || g_str_equal (name, "user.key"))
	{
		g_variant_dict_insert (&dict, "user.method", "s", "certificate");
		g_variant_dict_insert_value (&dict, "user.certificate", text_octets (CERTIFICATE));
	}
	if (g_str_has_prefix (name, "user.eap-"))
	{
		const char *const words[] = { "ttls", NULL };

		g_variant_dict_insert_value (&dict, "user.eap", g_variant_new_strv (words, -1));
	}
	g_variant_dict_insert_value (&dict, name, value);
	return g_variant_ref_sink (g_variant_dict_end (&dict));
}

static gboolean
accepted (const char *name, GVariant *value)
{
	g_autoptr (GVariant) settings = settings_with (name, value);
	g_autoptr (GError) error = NULL;
	g_autoptr (Profile) profile = profile_new_from_variant (settings, &error);

	g_assert_true ((profile == NULL) == (error != NULL));
	if (error != NULL)
	{
		g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
		g_assert_true (g_utf8_validate (error->message, -1, NULL));
		g_assert_null (strpbrk (error->message, "\n\t\x1b"));
		g_assert_cmpuint (strlen (error->message), <, 400);
		return FALSE;
	}
	return TRUE;
}

static void
assert_same (GVariant *settings)
{
	g_autoptr (GVariant) given = g_variant_ref_sink (settings);
	g_autoptr (GError) error = NULL;
	g_autoptr (Profile) profile = profile_new_from_variant (given, &error);
	g_autoptr (GVariant) told = NULL;
	g_autoptr (Profile) again = NULL;
	g_autoptr (GVariant) retold = NULL;

	g_assert_no_error (error);
	told = g_variant_ref_sink (profile_to_variant (profile, TRUE));
	again = profile_new_from_variant (told, &error);
	g_assert_no_error (error);
	retold = g_variant_ref_sink (profile_to_variant (again, TRUE));
	g_assert_true (g_variant_equal (given, told));
	g_assert_true (g_variant_equal (told, retold));
}

static void
test_round_trip (void)
{
	assert_same (g_variant_new_parsed ("{'gateway.address': <'a.b'>, 'user.user': <'u'>}"));
	assert_same (g_variant_new_parsed (
	    "{'profile.name': <'Office'>, 'gateway.address': <'2001:db8::1'>, 'gateway.port': <int64 4500>,"
	    " 'gateway.identity': <'@#0a'>, 'gateway.ca': <%@ay>, 'gateway.weak': <true>, 'user.method': <'certificate'>,"
	    " 'user.identity': <'CN=a, O=b'>, 'user.certificate': <%@ay>, 'user.key': <%@ay>,"
	    " 'network.request-address': <false>, 'network.remote': <['10.0.0.0/8', '2001:db8::/32']>,"
	    " 'network.lan': <true>, 'network.dns': <false>, 'network.mtu': <int64 1300>}",
	    text_octets (CERTIFICATE), text_octets (CERTIFICATE), text_octets (KEY)));
	assert_same (g_variant_new_parsed (
	    "{'gateway.address': <'a.b'>, 'user.user': <'CORP\\\\u'>, 'user.eap': <['md5', 'gtc']>}"));
}

/* What equals its default is not told. */
static void
test_defaults_left_out (void)
{
	static const char text[] = "[gateway]\naddress=a\nca=system\nport=500\nweak=no\n[user]\nuser=u\neap=mschapv2,gtc\n"
	                           "[network]\nremote=0.0.0.0/0,::/0\nmtu=0\nlan=yes\n";
	g_autoptr (Profile) profile = profile_parse (text, strlen (text), "p", NULL);
	g_autoptr (GVariant) told = g_variant_ref_sink (profile_to_variant (profile, TRUE));
	g_autofree char *printed = g_variant_print (told, FALSE);

	g_assert_cmpstr (printed, ==, "{'gateway.address': <'a'>, 'user.user': <'u'>, 'network.lan': <true>}");
}

static void
test_private (void)
{
	g_autoptr (GVariant) settings = settings_with ("user.key", text_octets (KEY));
	g_autoptr (Profile) profile = profile_new_from_variant (settings, NULL);
	g_autoptr (GVariant) told = g_variant_ref_sink (profile_to_variant (profile, FALSE));
	g_autoptr (GVariant) key = g_variant_lookup_value (told, "user.key", NULL);
	g_autoptr (GVariant) certificate = g_variant_lookup_value (told, "user.certificate", NULL);
	g_autofree char *text = profile_to_text (profile);
	g_autoptr (Profile) worker = profile_new_from_variant (told, NULL);

	g_assert_nonnull (certificate);
	g_assert_null (key);
	g_assert_null (strstr (text, "key"));
	g_assert_cmpuint (g_bytes_get_size (profile_contents (profile, "user.key")), ==, strlen (KEY));
	/* The worker gets on without: it asks for signatures. */
	g_assert_nonnull (worker);
	g_assert_null (profile_contents (worker, "user.key"));
}

static const char *const shapes[] = {
	"'text'",         "true",        "int64 1400",     "1400",          "uint32 1400", "1.5",
	"['10.0.0.0/8']", "@as []",      "b'-----BEGIN '", "@ay []",        "<'x'>",       "('a',)",
	"{'a': <'b'>}",   "@mv nothing", "objectpath '/'", "signature 's'", "byte 1",
};

/* The shape that a row wants; every other is refused. */
static gboolean
shape_fits (const ProfileSetting *row, const char *shape)
{
	switch (row->type)
	{
	case PROFILE_TYPE_TEXT:
		return g_str_equal (shape, "'text'");
	case PROFILE_TYPE_BOOLEAN:
		return g_str_equal (shape, "true");
	case PROFILE_TYPE_INTEGER:
		return g_str_equal (shape, "int64 1400");
	case PROFILE_TYPE_PREFIXES:
		return g_str_equal (shape, "['10.0.0.0/8']");
	case PROFILE_TYPE_CHOICE: /* right in type, never in value */
	case PROFILE_TYPE_WORDS:
	case PROFILE_TYPE_FILE:
	case PROFILE_TYPE_CA:
		return FALSE;
	}
	return FALSE;
}

static void
test_types (void)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	for (gsize i = 0; i < n; i++)
		for (guint k = 0; k < G_N_ELEMENTS (shapes); k++)
		{
			g_autofree char *name = g_strconcat (rows[i].group, ".", rows[i].key, NULL);
			GVariant *value = g_variant_new_parsed (shapes[k]);

			g_assert_true (accepted (name, value) == shape_fits (&rows[i], shapes[k]));
		}
}

/* Each key with each value that somebody malicious would try first, in every string type. */
static void
test_hostile (void)
{
	g_autofree char *large = g_strnfill (64 * 1024, 'a');
	g_autofree char *commas = g_strnfill (64 * 1024, ',');
	const char *const values[] = {
		"",   " ",  "a\nkey=/etc/shadow", "a\r", "\x1b]0;x\x07", "a # b",
		" a", "a ", "\xe2\x80\xae",       large, commas,         "a\n[gateway]\naddress=evil.example",
	};
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);

	for (gsize i = 0; i < n; i++)
		for (guint k = 0; k < G_N_ELEMENTS (values); k++)
		{
			g_autofree char *name = g_strconcat (rows[i].group, ".", rows[i].key, NULL);
			const char *const list[] = { "10.0.0.0/8", values[k], NULL };

			g_assert_false (accepted (name, g_variant_new_string (values[k])));
			g_assert_false (accepted (name, g_variant_new_strv (list, -1)));
			g_assert_false (accepted (name, text_octets (values[k])));
		}
}

/* Quotes and backslashes mean nothing: they come through as they are. */
static void
test_quotes (void)
{
	static const char *const values[] = { "'",  "\"",    "a'; drop", "$(id)",  "`id`", "%s%n",
		                                  "\\", "a\\nb", "=",        "[user]", "#x" };

	for (guint i = 0; i < G_N_ELEMENTS (values); i++)
	{
		g_autoptr (GVariant) settings = settings_with ("user.user", g_variant_new_string (values[i]));
		g_autoptr (Profile) profile = profile_new_from_variant (settings, NULL);
		g_autofree char *text = NULL;
		g_autoptr (Profile) again = NULL;

		g_assert_nonnull (profile);
		text = profile_to_text (profile);
		again = profile_parse (text, strlen (text), "p", NULL);
		g_assert_nonnull (again);
		g_assert_cmpstr (profile_text (again, "user.user"), ==, values[i]);
	}
}

static void
test_contents (void)
{
	static const char *const names[] = { "gateway.ca", "user.certificate", "user.key" };
	static const char binary[] = "\0\xff\xfe-----BEGIN CERTIFICATE-----\0 PRIVATE KEY-----\xff";
	g_autofree char *large = g_malloc0 (PROFILE_MAX_CA_OCTETS + 1);

	memcpy (large, binary, sizeof binary);
	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
	{
		gboolean ca = i == 0;

		/* Contents are octets: whether they make sense is for the one that reads certificates. */
		g_assert_true (accepted (names[i], octets (binary, sizeof binary)));
		g_assert_true (accepted (names[i], octets (large, PROFILE_MAX_FILE_OCTETS)));
		g_assert_true (accepted (names[i], octets (large, PROFILE_MAX_FILE_OCTETS + 1)) == ca);
		g_assert_true (accepted (names[i], octets (large, PROFILE_MAX_CA_OCTETS)) == ca);
		g_assert_false (accepted (names[i], octets (large, PROFILE_MAX_CA_OCTETS + 1)));
		/* Nobody opens a file for a caller. */
		g_assert_false (accepted (names[i], g_variant_new_string ("/etc/ssl/private/gateway.key")));
		g_assert_true (accepted (names[i], g_variant_new_string ("system")) == ca);
	}
	g_assert_false (accepted ("user.key", text_octets (CERTIFICATE)));
	g_assert_false (accepted ("user.certificate", text_octets (KEY)));
	g_assert_false (accepted ("gateway.ca", text_octets (KEY)));
}

static void
test_names (void)
{
	static const char *const names[] = { "",      ".",         "user",           "user.",
		                                 ".user", "User.user", "user.user.user", "gateway.key",
		                                 "x\n.y" };
	g_autoptr (GVariant) no_dict = g_variant_ref_sink (g_variant_new_string ("x"));
	g_autoptr (GVariant) twice = g_variant_ref_sink (
	    g_variant_new_parsed ("[{'gateway.address', <'a'>}, {'user.user', <'u'>}, {'user.user', <'v'>}]"));
	g_autoptr (GError) error = NULL;

	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
		g_assert_false (accepted (names[i], g_variant_new_string ("x")));
	g_assert_null (profile_new_from_variant (no_dict, NULL));
	g_assert_null (profile_new_from_variant (twice, &error));
	g_assert_cmpstr (error->message, ==, "setting 'user.user' was given twice");
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/profile/variant/round-trip", test_round_trip);
	g_test_add_func ("/profile/variant/defaults-left-out", test_defaults_left_out);
	g_test_add_func ("/profile/variant/private", test_private);
	g_test_add_func ("/profile/variant/types", test_types);
	g_test_add_func ("/profile/variant/hostile", test_hostile);
	g_test_add_func ("/profile/variant/quotes", test_quotes);
	g_test_add_func ("/profile/variant/contents", test_contents);
	g_test_add_func ("/profile/variant/names", test_names);
	return g_test_run ();
}
