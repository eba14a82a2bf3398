/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles as people write them, rightly and wrongly. */
#include "profile/profile.h"

#define LEAST "[gateway]\naddress=vpn.example.org\n[user]\nuser=alice\n"

static Profile *
parse (const char *text)
{
	g_autoptr (GError) error = NULL;
	Profile *profile = profile_parse (text, strlen (text), "office.profile", &error);

	g_assert_no_error (error);
	return profile;
}

static void
assert_refused (const char *text, gsize length, const char *message)
{
	g_autoptr (GError) error = NULL;

	g_assert_null (profile_parse (text, length, "office.profile", &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
	g_assert_cmpstr (error->message, ==, message);
}

static void
test_defaults (void)
{
	g_autoptr (Profile) profile = parse (LEAST);
	gsize n;
	const InetPrefix *remote = profile_prefixes (profile, "network.remote", &n);
	const char *const *eap = profile_words (profile, "user.eap");

	g_assert_cmpint (profile_method (profile), ==, PROFILE_METHOD_EAP);
	g_assert_cmpstr (profile_display_name (profile), ==, "vpn.example.org");
	g_assert_cmpstr (profile_gateway_identity (profile), ==, "vpn.example.org");
	g_assert_cmpstr (profile_local_identity (profile), ==, "alice");
	g_assert_cmpstr (profile_eap_identity (profile), ==, "alice");
	g_assert_true (profile_ca_is_system (profile));
	g_assert_cmpint (profile_integer (profile, "gateway.port"), ==, 500);
	g_assert_cmpint (profile_integer (profile, "network.mtu"), ==, 0);
	g_assert_false (profile_boolean (profile, "gateway.weak"));
	g_assert_false (profile_boolean (profile, "network.lan"));
	g_assert_true (profile_boolean (profile, "network.dns"));
	g_assert_true (profile_boolean (profile, "network.request-address"));
	g_assert_cmpstr (eap[0], ==, "mschapv2");
	g_assert_cmpstr (eap[1], ==, "gtc");
	g_assert_null (eap[2]);
	g_assert_cmpuint (n, ==, 2);
	g_assert_cmpint (remote[0].address.family, ==, INET_V4);
	g_assert_cmpint (remote[1].address.family, ==, INET_V6);
	g_assert_true (profile_is_set (profile, "user.user"));
	g_assert_false (profile_is_set (profile, "user.eap"));
	g_assert_null (profile_contents (profile, "user.key"));
}

/* The example of the README, with its comments. */
static void
test_example (void)
{
	g_autoptr (Profile) profile = parse ("[profile]\n"
	                                     "name=Office\n"
	                                     "[gateway]\n"
	                                     "address=vpn.example.org     # name or IP\n"
	                                     "identity=gw.example.org    # what its certificate must say\n"
	                                     "ca=system                   # or a PEM file\n"
	                                     "[user]\n"
	                                     "method=eap                  # eap | certificate | psk\n"
	                                     "identity=alice@example.org  # IDi; default: user\n"
	                                     "user=alice                  # EAP identity\n"
	                                     "eap=mschapv2,gtc            # methods allowed; md5 only if listed\n"
	                                     "[network]\n"
	                                     "request-address=yes         # no: ask for none\n"
	                                     "remote=0.0.0.0/0,::/0       # selectors asked for\n");

	g_assert_cmpstr (profile_display_name (profile), ==, "Office");
	g_assert_cmpstr (profile_text (profile, "gateway.address"), ==, "vpn.example.org");
	g_assert_cmpstr (profile_gateway_identity (profile), ==, "gw.example.org");
	g_assert_cmpstr (profile_local_identity (profile), ==, "alice@example.org");
	g_assert_cmpstr (profile_eap_identity (profile), ==, "alice");
}

/* Spaces, comments, line ends of other systems, a byte order mark, no end of the last line. */
static void
test_form (void)
{
	g_autoptr (Profile) profile = parse ("\xef\xbb\xbf# from another system\r\n"
	                                     "\r\n"
	                                     "  [gateway]\t# where\r\n"
	                                     "\taddress = 192.0.2.1\t# tab before the comment\r\n"
	                                     "   # indented = comment\r\n"
	                                     "identity=@#0a0b\r\n"
	                                     "[user]\r\n"
	                                     "user=CORP\\sam = x#y");

	g_assert_cmpstr (profile_text (profile, "gateway.address"), ==, "192.0.2.1");
	/* No space before it: no comment. No escapes: a Windows user is spelled as she spells herself. */
	g_assert_cmpstr (profile_text (profile, "gateway.identity"), ==, "@#0a0b");
	g_assert_cmpstr (profile_text (profile, "user.user"), ==, "CORP\\sam = x#y");
}

static void
test_mistakes (void)
{
	static const struct
	{
		const char *text;
		const char *message;
	} cases[] = {
		{ "[gateway]\n\n# x\naddres=a\n", "4: unknown key 'addres' in [gateway]; did you mean 'address'?" },
		{ "[gateway]\nAddress=a\n", "2: unknown key 'Address' in [gateway]; did you mean 'address'?" },
		{ "[user]\ncert=a\n", "2: unknown key 'cert' in [user]; did you mean 'certificate'?" },
		{ "[user]\naddress=a\n", "2: unknown key 'address' in [user]; did you mean 'address' in [gateway]?" },
		{ "[user]\nadress=a\n", "2: unknown key 'adress' in [user]; did you mean 'address' in [gateway]?" },
		{ "[network]\nidentity=a\n",
		  "2: unknown key 'identity' in [network]; did you mean 'identity' in [gateway] or [user]?" },
		{ "[gateway]\nxyzzyplugh=a\n",
		  "2: unknown key 'xyzzyplugh' in [gateway]; 'godwit help profile' lists the keys" },
		{ "[gateway]\n=a\n", "2: unknown key '' in [gateway]; 'godwit help profile' lists the keys" },
		{ "[gatway]\n", "1: unknown group [gatway]; did you mean [gateway]?" },
		{ "[gateway]\naddress=a\n[tunnel!]\n",
		  "3: unknown group [tunnel!]; there are [profile], [gateway], [user], [network]" },
		{ "[]\n", "1: unknown group []; there are [profile], [gateway], [user], [network]" },
		{ "[gateway\n", "1: '[gateway' begins like a group, but has no ']' at its end" },
		{ "[\n", "1: '[' begins like a group, but has no ']' at its end" },
		{ "address=a\n", "1: 'address=a' stands before the first group; begin with [gateway]" },
		{ "[gateway]\nhello\n", "2: 'hello' is neither a group nor KEY=VALUE" },
		{ "[gateway]\naddress=a\naddress=b\n", "3: 'address' was given before, in line 2" },
		{ "[gateway]\n[user]\n[gateway]\n", "3: the group [gateway] was there before; put its keys together" },
		{ "[gateway]\n[gateway]\n", "2: the group [gateway] was there before; put its keys together" },
		{ "[gateway]\naddress= # later\n", "2: address= is empty" },
		{ "[user]\nuser=al\x07ice\n", "2: user= holds control characters" },
		{ "[user]\nuser=al\xe2\x80\xaeice\n", "2: user= holds control characters" },
		{ "[user]\nuser=al\tice\n", "2: user= holds control characters" },
		{ "[gateway]\n\x1b[2Jx=1\n", "2: unknown key '?[2Jx' in [gateway]; 'godwit help profile' lists the keys" },
		{ "[gateway]\naddress=\xff\n", "2: this is not text in UTF-8" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autofree char *message = g_strconcat ("office.profile:", cases[i].message, NULL);

		assert_refused (cases[i].text, strlen (cases[i].text), message);
	}
}

static void
test_no_text (void)
{
	static const char nul[] = "[gateway]\naddress=a\0b\n";
	g_autofree char *large = g_strnfill (PROFILE_MAX_FILE_OCTETS + 1, '#');
	g_autofree char *comments = g_strnfill (PROFILE_MAX_FILE_OCTETS - strlen (LEAST) - 1, '#');
	g_autofree char *full = g_strconcat (comments, "\n", LEAST, NULL);

	assert_refused (nul, sizeof nul - 1, "office.profile:2: this is not text in UTF-8");
	assert_refused (large, PROFILE_MAX_FILE_OCTETS + 1, "office.profile: is larger than a profile can be");
	assert_refused ("", 0, "office.profile: there is no address= in [gateway]; name the gateway there");
	profile_free (parse (full));
}

/* Whatever is cut off or flipped, it parses or it is an error with a place, and never more. */
static void
test_damaged (void)
{
	static const char text[] = LEAST "method=psk\n[network]\nremote=10.0.0.0/8,2001:db8::/32\nmtu=1400\nlan=yes # c\n";
	gsize length = strlen (text);
	guint refused = 0;

	for (gsize at = 0; at < length; at++)
		for (guint change = 0; change < 9; change++)
		{
			g_autoptr (GError) error = NULL;
			g_autofree char *copy = g_memdup2 (text, length);
			g_autoptr (Profile) profile = NULL;

			if (change < 8)
				copy[at] ^= (char) (1 << change);
			profile = profile_parse (copy, change < 8 ? length : at, "p", &error);
			g_assert_true ((profile == NULL) == (error != NULL));
			if (error != NULL)
			{
				g_assert_true (g_str_has_prefix (error->message, "p:"));
				g_assert_true (g_utf8_validate (error->message, -1, NULL));
				refused++;
			}
		}
	g_assert_cmpuint (refused, >, length);
}

static void
assert_round_trip (const char *text, const char *expected)
{
	g_autoptr (Profile) profile = parse (text);
	g_autofree char *written = profile_to_text (profile);
	g_autoptr (Profile) again = parse (written);
	g_autofree char *rewritten = profile_to_text (again);

	g_assert_cmpstr (written, ==, expected);
	g_assert_cmpstr (rewritten, ==, expected);
}

static void
test_round_trip (void)
{
	assert_round_trip (LEAST, "[gateway]\naddress=vpn.example.org\n\n[user]\nuser=alice\n");
	/* Groups and keys in the order of the table, every value in its one spelling. */
	assert_round_trip ("[user]\nuser=#alice\\n=\n[gateway]\naddress=2001:db8::1\nweak=TRUE\n"
	                   "[network]\nremote= 10.0.0.0/8 , 2001:DB8:0::/32,192.0.2.1\nlan=0\nmtu=01400\n",
	                   "[gateway]\naddress=2001:db8::1\nweak=yes\n\n[user]\nuser=#alice\\n=\n\n"
	                   "[network]\nremote=10.0.0.0/8,2001:db8::/32,192.0.2.1/32\nlan=no\nmtu=1400\n");
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/profile/defaults", test_defaults);
	g_test_add_func ("/profile/example", test_example);
	g_test_add_func ("/profile/form", test_form);
	g_test_add_func ("/profile/mistakes", test_mistakes);
	g_test_add_func ("/profile/no-text", test_no_text);
	g_test_add_func ("/profile/damaged", test_damaged);
	g_test_add_func ("/profile/round-trip", test_round_trip);
	return g_test_run ();
}
