/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each value and each rule between values, by the words a person sees. */
#include "profile/profile.h"

/* The least profile with one more line, or another address. */
static Profile *
with_line (const char *group, const char *line, GError **error)
{
	gboolean address = g_str_has_prefix (line, "address=");
	gboolean user = g_str_has_prefix (line, "user=");
	GString *text = g_string_new ("[gateway]\n");
	Profile *profile;

	g_string_append_printf (text, "%s\n", address ? line : "address=vpn.example.org");
	if (g_str_equal (group, "gateway") && !address)
		g_string_append_printf (text, "%s\n", line);
	g_string_append_printf (text, "[user]\n%s\n", user ? line : "user=alice");
	if (g_str_equal (group, "user") && !user)
		g_string_append_printf (text, "%s\n", line);
	if (!g_str_equal (group, "gateway") && !g_str_equal (group, "user"))
		g_string_append_printf (text, "[%s]\n%s\n", group, line);
	profile = profile_parse (text->str, text->len, "p", error);
	g_string_free (text, TRUE);
	return profile;
}

static void
test_good (void)
{
	static const struct
	{
		const char *group;
		const char *line;
	} cases[] = {
		{ "gateway", "address=a" },
		{ "gateway", "address=vpn-1.example_net.org." },
		{ "gateway", "address=1and1.example" },
		{ "gateway", "address=xn--bcher-kva.example" },
		{ "gateway", "address=203.0.113.7" },
		{ "gateway", "address=2001:db8::7" },
		{ "gateway", "port=1" },
		{ "gateway", "port=65535" },
		{ "gateway", "weak=1" },
		{ "user", "identity=CN=Alice, O=Example" },
		{ "user", "user=\xc3\x84nne M\xc3\xbcller" },
		{ "user", "eap=md5" },
		{ "user", "eap=gtc,md5,mschapv2" },
		{ "user", "method=psk" },
		{ "network", "remote=10.1.2.3" },
		{ "network", "mtu=0" },
		{ "network", "mtu=1280" },
		{ "network", "mtu=9000" },
		{ "network", "mtu=576\nremote=10.0.0.0/8" },
		{ "network", "dns=no" },
		{ "profile", "name=B\xc3\xbcro#1 (Tor)" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autoptr (GError) error = NULL;
		g_autoptr (Profile) profile = with_line (cases[i].group, cases[i].line, &error);

		g_assert_no_error (error);
		g_assert_nonnull (profile);
	}
}

static void
test_bad (void)
{
	static const struct
	{
		const char *group;
		const char *line;
		const char *message;
	} cases[] = {
		{ "gateway", "address=a b", "p:2: address=a b is neither a host name nor an IP address" },
		{ "gateway", "address=1.2.3", "p:2: address=1.2.3 is neither a host name nor an IP address" },
		{ "gateway", "address=256.1.1.1", "p:2: address=256.1.1.1 is neither a host name nor an IP address" },
		{ "gateway", "address=-a.b", "p:2: address=-a.b is neither a host name nor an IP address" },
		{ "gateway", "address=a..b", "p:2: address=a..b is neither a host name nor an IP address" },
		{ "gateway", "address=.", "p:2: address=. is neither a host name nor an IP address" },
		{ "gateway", "address=vpn:500",
		  "p:2: address=vpn:500 is neither a host name nor an IP address; a port stands in port=" },
		{ "gateway",
		  "address=b\xc3\xbc"
		  "cher.example",
		  "p:2: address=b\xc3\xbc"
		  "cher.example is no host name; write an international name with xn--" },
		{ "gateway", "address=0.0.0.0", "p:2: address=0.0.0.0 is the address of no gateway" },
		{ "gateway", "address=ff02::1", "p:2: address=ff02::1 is the address of no gateway" },
		{ "gateway", "port=0", "p:3: port=0: write a number from 1 to 65535" },
		{ "gateway", "port=65536", "p:3: port=65536: write a number from 1 to 65535" },
		{ "gateway", "port=500x", "p:3: port=500x: write a number from 1 to 65535" },
		{ "gateway", "port=", "p:3: port=: write a number from 1 to 65535" },
		{ "gateway", "weak=maybe", "p:3: weak=maybe: write yes or no" },
		{ "gateway", "ca=", "p:3: ca= is empty" },
		{ "user", "method=eep", "p:5: method=eep: not one of eap, certificate, psk; did you mean 'eap'?" },
		{ "user", "method=EAP", "p:5: method=EAP: not one of eap, certificate, psk; did you mean 'eap'?" },
		{ "user", "method=kerberos", "p:5: method=kerberos: not one of eap, certificate, psk" },
		{ "user", "method=certificate", "p:5: method=certificate needs certificate= in [user]" },
		{ "user", "method=certificate\ncertificate=a", "p:5: method=certificate needs key= in [user]" },
		{ "user", "certificate=a\nkey=b", "p:5: certificate= belongs to method=certificate or eap=tls" },
		{ "user", "method=psk\nkey=b", "p:6: key= belongs to method=certificate or eap=tls" },
		{ "user", "method=psk\neap=gtc", "p:6: eap= belongs to method=eap" },
		{ "user", "user=", "p:4: user= is empty" },
		{ "user", "eap=", "p:5: eap= is empty" },
		{ "user", "eap=gtc,,md5", "p:5: eap=gtc,,md5: item 2 is empty" },
		{ "user", "eap=gtc,gtc", "p:5: eap=: 'gtc' stands there twice" },
		{ "user", "eap=mschap", "p:5: eap=mschap: not one of mschapv2, gtc, md5, tls, ttls, peap; did you mean 'mschapv2'?" },
		{ "network", "remote=", "p:6: remote= is empty" },
		{ "network", "remote=10.0.0.1/8",
		  "p:6: remote=: '10.0.0.1/8' is no network; write 10.1.0.0/16 or 2001:db8::/32, all bits behind the length "
		  "zero" },
		{ "network", "remote=10.0.0.0/8, 10.0.0.0/8", "p:6: remote=: '10.0.0.0/8' stands there twice" },
		{ "network",
		  "remote=1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5,6.6.6.6,7.7.7.7,8.8.8.8,9.9.9.9,10.10.10.10,"
		  "11.11.11.11,12.12.12.12,13.13.13.13,14.14.14.14,15.15.15.15,16.16.16.16,17.17.17.17",
		  "p:6: remote= has more than 16 items" },
		{ "network", "mtu=1279",
		  "p:6: mtu=1279 is too small: write at least 1280 (remote= asks for IPv6), or 0 to have it computed" },
		{ "network", "mtu=575\nremote=10.0.0.0/8",
		  "p:6: mtu=575 is too small: write at least 576, or 0 to have it computed" },
		{ "network", "mtu=9001", "p:6: mtu=9001: write a number from 0 to 9000" },
		{ "network", "mtu=-1", "p:6: mtu=-1: write a number from 0 to 9000" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autoptr (GError) error = NULL;

		g_assert_null (with_line (cases[i].group, cases[i].line, &error));
		g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
		g_assert_cmpstr (error->message, ==, cases[i].message);
	}
}

static void
test_lengths (void)
{
	static const struct
	{
		const char *group;
		const char *key;
		gsize most;
	} cases[] = {
		{ "user", "user", 255 },
		{ "user", "identity", 255 },
		{ "gateway", "identity", 255 },
		{ "profile", "name", 64 },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
		for (gsize octets = cases[i].most; octets <= cases[i].most + 1; octets++)
		{
			g_autofree char *value = g_strnfill (octets, 'a');
			g_autofree char *line = g_strconcat (cases[i].key, "=", value, NULL);
			g_autoptr (GError) error = NULL;
			g_autoptr (Profile) profile = with_line (cases[i].group, line, &error);

			g_assert_true ((profile != NULL) == (octets == cases[i].most));
			g_assert_true (profile != NULL || strstr (error->message, "octets, at most") != NULL);
		}
}

static void
test_label_length (void)
{
	for (gsize octets = 63; octets <= 64; octets++)
	{
		g_autofree char *label = g_strnfill (octets, 'a');
		g_autofree char *line = g_strdup_printf ("address=%s.org", label);
		g_autoptr (GError) error = NULL;
		g_autoptr (Profile) profile = with_line ("gateway", line, &error);

		g_assert_true ((profile != NULL) == (octets == 63));
	}
}

static void
test_no_user (void)
{
	static const char text[] = "[gateway]\naddress=a\n[user]\nmethod=psk\n";
	static const char identity[] = "[gateway]\naddress=a\n[user]\nidentity=i\n";
	g_autoptr (GError) error = NULL;
	g_autoptr (Profile) profile = NULL;

	g_assert_null (profile_parse (text, strlen (text), "p", &error));
	g_assert_cmpstr (error->message, ==, "p:4: there is no user= in [user]; say who you are");
	profile = profile_parse (identity, strlen (identity), "p", NULL);
	g_assert_nonnull (profile);
	g_assert_cmpstr (profile_eap_identity (profile), ==, "i");
}

static void
test_from_values (void)
{
	static const char *const good[] = { "gateway.address", "a", "user.user", "u", "gateway.ca", "/ca.pem", NULL };
	static const char *const twice[] = { "gateway.address", "a", "gateway.address", "b", NULL };
	static const char *const unknown[] = { "gateway.adress", "a", NULL };
	static const char *const no_group[] = { "address", "a", NULL };
	static const char *const wrong[] = { "gateway.address", "a b", "user.user", "u", NULL };
	g_autoptr (Profile) profile = profile_new_from_values (good, NULL);

	g_assert_nonnull (profile);
	g_assert_cmpstr (profile_text (profile, "gateway.ca"), ==, "/ca.pem");
	g_assert_false (profile_ca_is_system (profile));
	g_assert_null (profile_new_from_values (twice, NULL));
	g_assert_null (profile_new_from_values (unknown, NULL));
	g_assert_null (profile_new_from_values (no_group, NULL));
	g_assert_null (profile_new_from_values (wrong, NULL));
}

/* The table itself: what all other parts rely on. */
static void
test_table (void)
{
	gsize n;
	const ProfileSetting *rows = profile_settings (&n);
	g_autofree char *help = profile_settings_text ();
	g_auto (GStrv) lines = g_strsplit (help, "\n", -1);

	for (gsize i = 0; i < n; i++)
	{
		g_assert_true (rows[i].label[0] != '\0' && g_str_has_suffix (rows[i].help, "."));
		g_assert_nonnull (strstr (help, rows[i].key));
		g_assert_true ((rows[i].choices != NULL) ==
		               (rows[i].type == PROFILE_TYPE_CHOICE || rows[i].type == PROFILE_TYPE_WORDS));
		g_assert_true (!rows[i].is_private || rows[i].type == PROFILE_TYPE_FILE);
		for (gsize k = 0; k < i; k++)
			g_assert_false (g_str_equal (rows[i].group, rows[k].group) && g_str_equal (rows[i].key, rows[k].key));
	}
	for (guint i = 0; lines[i] != NULL; i++)
		g_assert_cmpuint (g_utf8_strlen (lines[i], -1), <=, 80);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/profile/values/good", test_good);
	g_test_add_func ("/profile/values/bad", test_bad);
	g_test_add_func ("/profile/values/lengths", test_lengths);
	g_test_add_func ("/profile/values/label-length", test_label_length);
	g_test_add_func ("/profile/values/no-user", test_no_user);
	g_test_add_func ("/profile/values/from-values", test_from_values);
	g_test_add_func ("/profile/values/table", test_table);
	return g_test_run ();
}
