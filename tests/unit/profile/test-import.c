/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What becomes of good files, and what is said about the rest of them. */
#include "samples.h"

static void
test_recognise (void)
{
	static const struct
	{
		const char *text;
		int format; /* -1: none */
	} cases[] = {
		{ "[gateway]\naddress=a\n", PROFILE_FORMAT_GODWIT },
		{ "\xef\xbb\xbf# ours\n[profile]\nname=x\n\n  [gateway]\n", PROFILE_FORMAT_GODWIT },
		{ "{ }", PROFILE_FORMAT_SSWAN },
		{ " \n{", PROFILE_FORMAT_SSWAN },
		{ "<?xml version=\"1.0\"?>", PROFILE_FORMAT_MOBILECONFIG },
		{ "<plist version=\"1.0\">", PROFILE_FORMAT_MOBILECONFIG },
		{ "bplist00....", PROFILE_FORMAT_MOBILECONFIG },
		{ "", -1 },
		{ "client\ndev tun\nremote vpn.example.org\n", -1 },
		{ "[Interface]\nPrivateKey=x\n[Peer]\nPublicKey=y\n", -1 },
		{ "[connection]\nid=x\n[vpn]\ngateway=y\n", -1 },
		{ "<html>", -1 },
		{ "-----BEGIN CERTIFICATE-----\n", -1 },
		{ "0\x82\x01\x02 no signed data, only a sequence of octets ..........", -1 },
		{ "[[1, 2], [3]]", -1 },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		ProfileFormat format = PROFILE_FORMAT_GODWIT;
		gboolean known = profile_format_recognise (slice_text (cases[i].text), &format);

		g_test_message ("case %u", i);
		g_assert_cmpint (known ? (int) format : -1, ==, cases[i].format);
	}
}

static ProfileImport *
import_good (Slice contents)
{
	g_autoptr (GError) error = NULL;
	ProfileImport *import = samples_import (contents, &error);

	g_assert_no_error (error);
	g_assert_nonnull (import);
	return import;
}

static void
check_warnings (const ProfileImport *import, const char *const *wanted)
{
	for (guint i = 0; wanted[i] != NULL; i++)
	{
		g_test_message ("wanted: %s", wanted[i]);
		g_assert_true (samples_warned (import->warnings, wanted[i]));
	}
	for (guint i = 0; i < import->warnings->len; i++)
		g_test_message ("said: %s", (const char *) import->warnings->pdata[i]);
	g_assert_cmpuint (import->warnings->len, ==, g_strv_length ((char **) wanted));
}

static void
test_sswan (void)
{
	g_autofree char *text = samples_sswan ("ikev2-eap", NULL,
	                                       ", \"mtu\": 1300, \"split-tunneling\": { \"subnets\": [\"10.0.0.0/8\", "
	                                       "\"fd00::/8\"], \"excluded\": [\"10.9.0.0/16\"] },"
	                                       "\"esp-proposal\": \"aes256\", \"colour\": \"\\u001b[31mred\"");
	g_autoptr (ProfileImport) import = import_good (slice_text (text));
	const char *const wanted[] = { "'split-tunneling.excluded' cannot be kept", "'esp-proposal' cannot be kept",
		                           "'colour' was not understood", NULL };
	g_autoptr (GString) pem = g_string_new (NULL);

	g_assert_cmpint (import->format, ==, PROFILE_FORMAT_SSWAN);
	g_assert_cmpstr (profile_text (import->profile, "profile.name"), ==, "Office");
	g_assert_cmpstr (profile_text (import->profile, "gateway.address"), ==, "vpn.example.org");
	g_assert_cmpstr (profile_text (import->profile, "gateway.identity"), ==, "gw.example.org");
	g_assert_cmpstr (profile_text (import->profile, "user.method"), ==, "eap");
	g_assert_cmpstr (profile_text (import->profile, "user.identity"), ==, "alice@example.org");
	g_assert_cmpstr (profile_text (import->profile, "user.user"), ==, "alice");
	g_assert_cmpstr (profile_text (import->profile, "network.remote"), ==, "10.0.0.0/8,fd00::/8");
	g_assert_cmpint (profile_integer (import->profile, "network.mtu"), ==, 1300);
	test_cert_pem (pem, test_cert_slice (samples ()->ca));
	g_assert_true (slice_equal (slice_bytes (profile_contents (import->profile, "gateway.ca")), slice_text (pem->str)));
	check_warnings (import, wanted);
}

static void
test_sswan_networks_as_text (void)
{
	g_autofree char *text =
	    samples_sswan ("ikev2-eap", NULL, ", \"split-tunneling\": { \"subnets\": \"10.0.0.0/8 192.168.0.0/16\" }");
	g_autoptr (ProfileImport) import = import_good (slice_text (text));

	g_assert_cmpstr (profile_text (import->profile, "network.remote"), ==, "10.0.0.0/8,192.168.0.0/16");
	g_assert_cmpuint (import->warnings->len, ==, 0);
}

static void
test_sswan_certificates (void)
{
	g_autofree char *sealed = samples_sswan ("ikev2-cert", samples ()->sealed_base64, "");
	g_autofree char *open = samples_sswan ("ikev2-cert", samples ()->open_base64, "");
	g_autoptr (ProfileImport) first = import_good (slice_text (sealed));
	g_autoptr (ProfileImport) second = import_good (slice_text (open));
	GBytes *whole = profile_contents (first->profile, "user.pkcs12");

	/* Nobody but the user knows its passphrase: it is kept as it is. */
	g_assert_true (g_bytes_equal (whole, samples ()->sealed));
	g_assert_null (profile_contents (first->profile, "user.key"));
	g_assert_null (profile_contents (second->profile, "user.pkcs12"));
	g_assert_true (g_bytes_equal (profile_contents (second->profile, "user.certificate"), samples ()->chain));
	g_assert_true (g_bytes_equal (profile_contents (second->profile, "user.key"), samples ()->key));
	g_assert_true (samples_warned (second->warnings, "has no passphrase"));
}

static void
check_apple (const ProfileImport *import)
{
	g_assert_cmpint (import->format, ==, PROFILE_FORMAT_MOBILECONFIG);
	g_assert_cmpstr (profile_text (import->profile, "profile.name"), ==, "Office");
	g_assert_cmpstr (profile_text (import->profile, "gateway.address"), ==, "vpn.example.org");
	g_assert_cmpstr (profile_text (import->profile, "gateway.identity"), ==, "gw.example.org");
	g_assert_cmpstr (profile_text (import->profile, "user.method"), ==, "eap");
	g_assert_cmpstr (profile_text (import->profile, "user.user"), ==, "alice");
	g_assert_false (profile_ca_is_system (import->profile));
}

static void
test_mobileconfig (void)
{
	g_autofree char *root = samples_root_payload ();
	g_autofree char *text = samples_mobileconfig (
	    SAMPLES_EAP "<key>AuthPassword</key><string>pass word%1</string><key>EnablePFS</key><true/>"
	                "<key>ServerCertificateIssuerCommonName</key><string>Test CA</string>"
	                "<key>UseConfigurationAttributeInternalIPSubnet</key><integer>0</integer>"
	                "<key>MTU</key><integer>1400</integer><key>OnDemandEnabled</key><integer>0</integer>"
	                "<key>OnDemandRules</key><array/><key>Flavour</key><string>x</string>"
	                "<key>ChildSecurityAssociationParameters</key><dict><key>EncryptionAlgorithm</key>"
	                "<string>3DES</string></dict>",
	    root);
	g_autoptr (GBytes) binary = samples_binary (text), envelope = samples_signed (text);
	g_autoptr (ProfileImport) plain = import_good (slice_text (text));
	g_autoptr (ProfileImport) from_binary = import_good (slice_bytes (binary));
	g_autoptr (ProfileImport) from_envelope = import_good (slice_bytes (envelope));
	const char *const wanted[] = { "holds no password", "'IKEv2.OnDemandRules' cannot be kept", "Flavour",
		                           "'IKEv2.ChildSecurityAssociationParameters' cannot be kept", NULL };

	check_apple (plain);
	check_apple (from_binary);
	check_apple (from_envelope);
	check_warnings (plain, wanted);
	g_assert_true (samples_warned (from_envelope->warnings, "signed by CN=alice"));
	g_assert_true (slice_equal (secret_view (&plain->password), SLICE_LITERAL ("pass word%1")));
	g_assert_cmpint (profile_integer (plain->profile, "network.mtu"), ==, 1400);
	/* A file asks for weak algorithms: nobody turns them on without being told to. */
	g_assert_false (profile_boolean (plain->profile, "gateway.weak"));
}

static void
check_identity (const char *pkcs12, const char *password, gboolean opened, const char *words)
{
	g_autofree char *identity = samples_identity_payload (pkcs12, password);
	g_autofree char *text = samples_mobileconfig (SAMPLES_CERTIFICATE, identity);
	g_autoptr (ProfileImport) import = import_good (slice_text (text));

	g_assert_cmpstr (profile_text (import->profile, "user.method"), ==, "certificate");
	g_assert_cmpint (profile_contents (import->profile, "user.key") != NULL, ==, opened);
	g_assert_cmpint (profile_contents (import->profile, "user.pkcs12") != NULL, ==, !opened);
	g_assert_true (words == NULL || samples_warned (import->warnings, words));
	/* Without RemoteIdentifier it is the address. */
	g_assert_false (profile_is_set (import->profile, "gateway.identity"));
}

static void
test_mobileconfig_certificates (void)
{
	check_identity (samples ()->sealed_base64, "secret", TRUE, "stands in the file itself");
	check_identity (samples ()->sealed_base64, "wrong", FALSE, "not the right one");
	check_identity (samples ()->sealed_base64, NULL, FALSE, NULL);
	check_identity (samples ()->open_base64, NULL, TRUE, "has no passphrase");
}

static void
test_mobileconfig_secret (void)
{
	g_autofree char *text =
	    samples_mobileconfig ("<key>LocalIdentifier</key><string>a@b</string><key>AuthenticationMethod</key>"
	                          "<string>SharedSecret</string><key>SharedSecret</key><data>c2VjcmV0</data>",
	                          "<dict><key>PayloadType</key><string>com.apple.wifi.managed</string>"
	                          "<key>PayloadDisplayName</key><string>Office Wi-Fi</string></dict>");
	g_autoptr (ProfileImport) import = import_good (slice_text (text));

	g_assert_cmpstr (profile_text (import->profile, "user.method"), ==, "psk");
	g_assert_true (slice_equal (secret_view (&import->password), SLICE_LITERAL ("secret")));
	g_assert_true (samples_warned (import->warnings, "com.apple.wifi.managed (Office Wi-Fi) was left out"));
}

static void
test_user (void)
{
	g_autofree char *text = samples_mobileconfig ("<key>AuthenticationMethod</key><string>None</string>"
	                                              "<key>ExtendedAuthEnabled</key><integer>1</integer>",
	                                              "");
	const ProfileImportOptions options = { "f", NULL, "bob" };
	g_autoptr (GError) error = NULL;
	g_autoptr (ProfileImport) without = samples_import (slice_text (text), &error);
	g_autoptr (ProfileImport) with = profile_import (slice_text (text), &options, NULL);

	g_assert_null (without);
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
	g_assert_nonnull (strstr (error->message, "--user"));
	g_assert_cmpstr (profile_text (with->profile, "user.user"), ==, "bob");
}

static void
test_godwit (void)
{
	static const char text[] = "[gateway]\naddress=vpn.example.org\n[user]\nuser=alice\n";
	static const char names_file[] = "[gateway]\naddress=vpn.example.org\nca=/etc/passwd\n[user]\nuser=alice\n";
	g_autoptr (ProfileImport) import = import_good (slice_text (text));
	g_autoptr (GError) error = NULL;

	g_assert_cmpint (import->format, ==, PROFILE_FORMAT_GODWIT);
	g_assert_cmpuint (import->warnings->len, ==, 0);
	g_assert_null (samples_import (slice_text (names_file), &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
}

/* -- There and back ----------------------------------------------------------------------------------------------- */

static void
check_round (const char *text, ProfileFormat format)
{
	g_autoptr (ProfileImport) first = import_good (slice_text (text));
	g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
	g_autoptr (GBytes) contents = NULL;
	g_autoptr (GError) error = NULL;
	g_autoptr (ProfileImport) second = NULL;
	g_autoptr (GVariant) before = g_variant_ref_sink (profile_to_variant (first->profile, TRUE)), after = NULL;

	g_assert_true (profile_export (first->profile, format, warnings, &contents, &error));
	g_assert_no_error (error);
	second = import_good (slice_bytes (contents));
	after = g_variant_ref_sink (profile_to_variant (second->profile, TRUE));
	g_assert_cmpint (second->format, ==, format);
	g_assert_cmpvariant (before, after);
}

static void
test_round (void)
{
	g_autofree char *root = samples_root_payload ();
	g_autofree char *open = samples_identity_payload (samples ()->sealed_base64, "secret");
	g_autofree char *sealed = samples_identity_payload (samples ()->sealed_base64, NULL);
	g_autofree char *sswan_eap = samples_sswan ("ikev2-eap", NULL, ", \"mtu\": 1300");
	g_autofree char *sswan_split =
	    samples_sswan ("ikev2-eap", NULL, ", \"split-tunneling\": { \"subnets\": [\"10.0.0.0/8\"] }");
	g_autofree char *sswan_sealed = samples_sswan ("ikev2-cert", samples ()->sealed_base64, "");
	g_autofree char *sswan_open = samples_sswan ("ikev2-cert", samples ()->open_base64, "");
	g_autofree char *apple_eap = samples_mobileconfig (SAMPLES_EAP "<key>ExcludeLocalNetworks</key><true/>", root);
	g_autofree char *apple_open = samples_mobileconfig (SAMPLES_CERTIFICATE, open);
	g_autofree char *apple_sealed = samples_mobileconfig (SAMPLES_CERTIFICATE, sealed);
	const char *const both[] = { sswan_eap, sswan_sealed, sswan_open, apple_open, apple_sealed };

	check_round (sswan_split, PROFILE_FORMAT_SSWAN);
	check_round (apple_eap, PROFILE_FORMAT_MOBILECONFIG);
	for (guint i = 0; i < G_N_ELEMENTS (both); i++)
	{
		check_round (both[i], PROFILE_FORMAT_SSWAN);
		check_round (both[i], PROFILE_FORMAT_MOBILECONFIG);
	}
}

static void
test_losses (void)
{
	static const char text[] =
	    "[gateway]\naddress=vpn.example.org\nport=4500\nweak=yes\n[user]\nmethod=psk\nuser=alice\n"
	    "[network]\ndns=no\nremote=10.0.0.0/8\n";
	g_autoptr (Profile) profile = profile_parse (text, strlen (text), "p", NULL);
	g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
	g_autoptr (GBytes) contents = NULL;
	g_autoptr (GError) error = NULL;

	g_assert_true (profile_export (profile, PROFILE_FORMAT_MOBILECONFIG, warnings, &contents, &error));
	g_assert_cmpuint (warnings->len, ==, 4);
	g_assert_true (samples_warned (warnings, "port=4500 in [gateway]"));
	g_assert_true (samples_warned (warnings, "dns=no in [network]"));
	g_assert_true (samples_warned (warnings, "weak=yes in [gateway]"));
	g_assert_true (samples_warned (warnings, "remote=10.0.0.0/8 in [network]"));
	g_clear_pointer (&contents, g_bytes_unref);
	g_assert_false (profile_export (profile, PROFILE_FORMAT_SSWAN, warnings, &contents, &error));
	g_assert_error (error, PROFILE_ERROR, PROFILE_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/profile/import/recognise", test_recognise);
	g_test_add_func ("/profile/import/sswan", test_sswan);
	g_test_add_func ("/profile/import/sswan/networks-as-text", test_sswan_networks_as_text);
	g_test_add_func ("/profile/import/sswan/certificates", test_sswan_certificates);
	g_test_add_func ("/profile/import/mobileconfig", test_mobileconfig);
	g_test_add_func ("/profile/import/mobileconfig/certificates", test_mobileconfig_certificates);
	g_test_add_func ("/profile/import/mobileconfig/secret", test_mobileconfig_secret);
	g_test_add_func ("/profile/import/user", test_user);
	g_test_add_func ("/profile/import/godwit", test_godwit);
	g_test_add_func ("/profile/import/round", test_round);
	g_test_add_func ("/profile/import/losses", test_losses);
	return g_test_run ();
}
