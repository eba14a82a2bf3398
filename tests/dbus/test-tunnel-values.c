/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles to what the session wants, what it tells to D-Bus; keepalives; how much is told of rubbish. */
#include "tunnel/keepalive.h"
#include "tunnel/trace-gate.h"
#include "tunnel/translate.h"

/* Self-signed, P-256, "C=CH (PrintableString), O=Godwit Test, CN=carol (UTF8String)"; made with OpenSSL. */
static const char certificate[] = "-----BEGIN CERTIFICATE-----\n"
                                  "MIIBvDCCAWOgAwIBAgIUbBdatiA8pEkMUNIkEuXj+2SFLNUwCgYIKoZIzj0EAwIw\n"
                                  "MzELMAkGA1UEBhMCQ0gxFDASBgNVBAoMC0dvZHdpdCBUZXN0MQ4wDAYDVQQDDAVj\n"
                                  "YXJvbDAgFw0yNjExMjMyMDQ0NTZaGA8yMTI2MTAzMDIwNDQ1NlowMzELMAkGA1UE\n"
                                  "BhMCQ0gxFDASBgNVBAoMC0dvZHdpdCBUZXN0MQ4wDAYDVQQDDAVjYXJvbDBZMBMG\n"
                                  "ByqGSM49AgEGCCqGSM49AwEHA0IABNF8a1151Iu4IvcnCMrgcS9L16Hg/uTu4WaE\n"
                                  "/NiCtbZeRHIFrEI2MNPEE7XcpB7zJI+F2wq0XurbEaNEhY7RJTKjUzBRMB0GA1Ud\n"
                                  "DgQWBBRYZXwSo1JjfqBTl6Yzq/3vzMy9ojAfBgNVHSMEGDAWgBRYZXwSo1JjfqBT\n"
                                  "l6Yzq/3vzMy9ojAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0cAMEQCIEoR\n"
                                  "Jv61/8PZMjhCVQTz+ueTPs77HoG/rE496zCussZtAiBpeiO7+tyKBoxDr/rLUnlW\n"
                                  "Bwa/DuEkIIEBRoZ4bCZ0Eg==\n"
                                  "-----END CERTIFICATE-----\n";

/* Its subject, octets 134 to 186. */
static const guint8 subject[] = { 0x30, 0x33, 0x31, 0x0b, 0x30, 0x09, 0x06, 0x03, 0x55, 0x04, 0x06, 0x13, 0x02, 0x43,
	                              0x48, 0x31, 0x14, 0x30, 0x12, 0x06, 0x03, 0x55, 0x04, 0x0a, 0x0c, 0x0b, 'G',  'o',
	                              'd',  'w',  'i',  't',  ' ',  'T',  'e',  's',  't',  0x31, 0x0e, 0x30, 0x0c, 0x06,
	                              0x03, 0x55, 0x04, 0x03, 0x0c, 0x05, 'c',  'a',  'r',  'o',  'l' };

/* @settings, @options: as text of GVariant. NULL: the test fails */
static Order *
order (const char *settings, const char *options, GError **error)
{
	g_autoptr (GVariant) values = g_variant_new_parsed (settings);
	g_autoptr (GVariant) more = g_variant_new_parsed (options);
	g_autoptr (GVariant) paths = g_variant_new_parsed (
	    "[(@u 1, '192.0.2.7', @q 40000, '198.51.100.1', @q 500), (0, '2001:db8::7', 40001, '2001:db8:1::1', 500)]");
	GVariantDict dict;
	g_autoptr (GVariant) all = NULL;
	gboolean with_certificate;

	g_variant_dict_init (&dict, values);
	with_certificate = g_variant_dict_contains (&dict, "user.certificate");
	if (with_certificate)
		g_variant_dict_insert_value (
		    &dict, "user.certificate",
		    g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, certificate, strlen (certificate), 1));
	all = g_variant_ref_sink (g_variant_dict_end (&dict));
	return order_new (all, paths, 2, slice_text (certificate), more, error);
}

static void
test_eap (void)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (Order) o =
	    order ("@a{sv} {'gateway.address': <'vpn.example.org'>, 'user.identity': <'carol@example.org'>, "
	           "'user.user': <'carol'>, 'user.eap': <['gtc', 'mschapv2']>, "
	           "'network.remote': <['10.0.0.0/8']>, 'gateway.weak': <true>}",
	           "@a{sv} {'export-keys': <true>}", &error);
	char text[INET_TEXT_OCTETS];

	g_assert_no_error (error);
	g_assert_cmpuint (o->ike.auth_by, ==, IKE_AUTH_BY_EAP);
	g_assert_cmpuint (o->ike.gateway_identity.type, ==, IKE_ID_FQDN);
	g_assert_true (slice_equal (slice_bytes (o->ike.gateway_identity.value), SLICE_LITERAL ("vpn.example.org")));
	g_assert_cmpuint (o->ike.local_identity.type, ==, IKE_ID_RFC822_ADDR);
	g_assert_cmpstr (o->ike.eap_identity, ==, "carol");
	g_assert_cmpuint (o->ike.n_eap_methods, ==, 2);
	g_assert_cmpuint (o->ike.eap_methods[0], ==, 6);
	g_assert_cmpuint (o->ike.eap_methods[1], ==, 26);
	g_assert_cmpuint (o->ike.n_remote, ==, 1);
	g_assert_cmpstr (inet_selector_to_text (&o->ike.remote[0], text), ==, "10.0.0.0/8");
	g_assert_true (o->ike.request_address);
	g_assert_true (o->ike.request_ipv4);
	g_assert_false (o->ike.request_ipv6);
	g_assert_true (o->ike.weak);
	g_assert_true (o->ike.export_keys);
	g_assert_nonnull (o->anchors);
	g_assert_cmpuint (o->ike.certreq_hashes.len, ==, 20);
	g_assert_cmpuint (o->n_paths, ==, 2);
	g_assert_cmpuint (o->paths[0].index, ==, 1);
	g_assert_cmpstr (inet_endpoint_to_text (&o->paths[0].local, text), ==, "192.0.2.7:40000");
	g_assert_cmpstr (inet_endpoint_to_text (&o->paths[1].remote, text), ==, "[2001:db8:1::1]:500");
}

/* No CERTREQ names the whole system store; both families are asked for by default. */
static void
test_system_anchors (void)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (Order) o = order ("@a{sv} {'gateway.address': <'192.0.2.1'>, 'user.user': <'carol'>}",
	                             "@a{sv} {'system-anchors': <true>}", &error);

	g_assert_no_error (error);
	g_assert_true (o->system_anchors);
	g_assert_cmpuint (o->ike.certreq_hashes.len, ==, 0);
	g_assert_true (o->ike.request_ipv4 && o->ike.request_ipv6);
	g_assert_false (o->ike.weak || o->ike.export_keys);
	g_assert_cmpuint (o->ike.gateway_identity.type, ==, IKE_ID_IPV4_ADDR);
	g_assert_cmpuint (o->ike.n_eap_methods, ==, 2);
	g_assert_cmpuint (o->ike.eap_methods[0], ==, 26);
	g_assert_cmpuint (o->ike.local_identity.type, ==, IKE_ID_FQDN);
}

static void
test_certificate (void)
{
	g_autoptr (GError) error = NULL;
	g_autoptr (Order) o = order ("@a{sv} {'gateway.address': <'vpn.example.org'>, 'user.method': <'certificate'>, "
	                             "'user.certificate': <''>}",
	                             "@a{sv} {'key-schemes': <[@u 7, 10]>}", &error);

	g_assert_no_error (error);
	g_assert_cmpuint (o->ike.n_certificates, ==, 1);
	g_assert_cmpuint (g_bytes_get_size (o->ike.certificates[0]), ==, 448);
	g_assert_cmpuint (o->ike.n_key_schemes, ==, 2);
	g_assert_cmpuint (o->ike.key_schemes[1], ==, SIG_ECDSA_P256_RAW);
	/* Octet by octet as in the certificate. */
	g_assert_cmpuint (o->ike.local_identity.type, ==, IKE_ID_DER_ASN1_DN);
	g_assert_true (slice_equal (slice_bytes (o->ike.local_identity.value), SLICE_ARRAY (subject)));
}

static void
test_order_refused (void)
{
	static const struct
	{
		const char *settings, *options;
		TunnelError code;
	} rows[] = {
		{ "@a{sv} {'gateway.address': <'a'>, 'user.method': <'certificate'>, 'user.certificate': <''>}", "@a{sv} {}",
		  TUNNEL_ERROR_INVALID_ARGUMENT },
		{ "@a{sv} {'gateway.address': <'a'>, 'user.user': <'c'>}", "@a{sv} {'key-schemes': <[@u 99]>}",
		  TUNNEL_ERROR_INVALID_ARGUMENT },
		{ "@a{sv} {'gateway.address': <'a'>, 'user.user': <'c'>, 'user.eap': <['tls']>}", "@a{sv} {}",
		  TUNNEL_ERROR_INVALID_PROFILE },
		{ "@a{sv} {'gateway.address': <'a'>, 'user.user': <'c'>, 'network.remote': <['10.0.0.1/8']>}", "@a{sv} {}",
		  TUNNEL_ERROR_INVALID_PROFILE },
		{ "@a{sv} {'user.user': <'c'>}", "@a{sv} {}", TUNNEL_ERROR_INVALID_PROFILE },
		{ "@a{sv} {}", "@a{sv} {}", TUNNEL_ERROR_INVALID_PROFILE },
		{ "@a{sv} {'gateway.address': <'a'>, 'user.user': <'c'>, 'user.nonsense': <true>}", "@a{sv} {}",
		  TUNNEL_ERROR_INVALID_PROFILE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autoptr (GError) error = NULL;

		g_assert_null (order (rows[i].settings, rows[i].options, &error));
		g_assert_error (error, TUNNEL_ERROR, (int) rows[i].code);
	}
}

static void
assert_variant (GVariant *floating, const char *wanted)
{
	g_autoptr (GVariant) value = g_variant_ref_sink (floating);
	g_autoptr (GVariant) other = g_variant_new_parsed (wanted);

	if (!g_variant_equal (value, other))
	{
		g_autofree char *text = g_variant_print (value, TRUE);

		g_error ("is %s, wanted %s", text, wanted);
	}
}

static void
test_child (void)
{
	InetPrefix prefix;
	InetSelector local, remote[2];
	IkeChild child = { .spi_in = 1,
		               .spi_out = 2,
		               .suite = { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128 },
		               .esn = TRUE,
		               .local = &local,
		               .n_local = 1,
		               .remote = remote,
		               .n_remote = 2 };
	EspParameters in, out;

	g_assert_true (inet_prefix_parse ("10.0.0.7/32", &prefix));
	local = inet_selector_prefix (&prefix);
	remote[0] = inet_selector_any (INET_V6);
	remote[1] = local;
	remote[1].protocol = 17;
	remote[1].port_first = remote[1].port_last = 53;
	g_assert_true (inet_endpoint_parse ("192.0.2.7:40000", &child.path.local));
	g_assert_true (inet_endpoint_parse ("198.51.100.1:4500", &child.path.remote));
	secret_set (&child.encr_in, SLICE_LITERAL ("encr in"));
	secret_set (&child.integ_in, SLICE_LITERAL ("integ in"));
	secret_set (&child.encr_out, SLICE_LITERAL ("encr out"));
	secret_set (&child.integ_out, SLICE_LITERAL ("integ out"));
	translate_child (&child, &in, &out);
	g_assert_cmpuint (in.spi, ==, 1);
	g_assert_cmpuint (out.spi, ==, 2);
	g_assert_true (slice_equal (in.encr_key, SLICE_LITERAL ("encr in")));
	g_assert_true (slice_equal (in.integ_key, SLICE_LITERAL ("integ in")));
	g_assert_true (slice_equal (out.encr_key, SLICE_LITERAL ("encr out")));
	g_assert_true (slice_equal (out.integ_key, SLICE_LITERAL ("integ out")));
	g_assert_true (in.esn && out.esn && in.local == &local && out.remote == remote && in.n_remote == 2);

	assert_variant (translate_selectors (remote, 2),
	                "[(@y 0, @q 0, @q 65535, '::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), "
	                "(17, 53, 53, '10.0.0.7', '10.0.0.7')]");
	/* 8 of the header, 16 IV, 2 of the trailer, 16 ICV */
	assert_variant (
	    translate_child_details (&child),
	    "@a{sv} {'encr': <'AES_CBC'>, 'key-bits': <@u 256>, 'integ': <'HMAC_SHA2_256_128'>, 'esn': <true>, "
	    "'overhead': <@u 42>, 'block': <@u 16>, 'local': <'192.0.2.7:40000'>, 'remote': <'198.51.100.1:4500'>}");
	child.suite = (AeadSuite){ ENCR_AES_GCM_16, 128, INTEG_NONE };
	child.esn = FALSE;
	assert_variant (
	    translate_child_details (&child),
	    "@a{sv} {'encr': <'AES_GCM_16'>, 'key-bits': <@u 128>, 'integ': <'NONE'>, 'esn': <false>, "
	    "'overhead': <@u 34>, 'block': <@u 4>, 'local': <'192.0.2.7:40000'>, 'remote': <'198.51.100.1:4500'>}");
	secret_clear (&child.encr_in);
	secret_clear (&child.integ_in);
	secret_clear (&child.encr_out);
	secret_clear (&child.integ_out);
}

static void
test_configuration (void)
{
	static char domain[] = "example.org";
	IkeConfiguration c = { .n_addresses = 2, .n_dns = 1, .n_subnets = 1, .n_domains = 1, .domains = { domain } };
	IkeFacts facts = { .n_dropped = 3 };

	g_assert_true (inet_prefix_parse ("10.0.0.7/32", &c.addresses[0]));
	c.addresses[1].bits = 64; /* with host bits, as gateways give it */
	g_assert_true (inet_address_parse ("fd00::7", &c.addresses[1].address));
	g_assert_true (inet_address_parse ("10.0.0.53", &c.dns[0]));
	g_assert_true (inet_prefix_parse ("10.0.0.0/16", &c.subnets[0]));
	assert_variant (translate_configuration (&c),
	                "@a{sv} {'addresses': <[('10.0.0.7', @u 32), ('fd00::7', 64)]>, 'dns': <['10.0.0.53']>, "
	                "'subnets': <[('10.0.0.0', @u 16)]>, 'domains': <['example.org']>}");
	c = (IkeConfiguration){ 0 };
	assert_variant (translate_configuration (&c),
	                "@a{sv} {'addresses': <@a(su) []>, 'dns': <@as []>, 'subnets': <@a(su) []>, 'domains': <@as []>}");

	g_assert_true (inet_endpoint_parse ("192.0.2.7:40000", &facts.path.local));
	g_assert_true (inet_endpoint_parse ("198.51.100.1:4500", &facts.path.remote));
	assert_variant (translate_facts (&facts),
	                "@a{sv} {'local': <'192.0.2.7:40000'>, 'remote': <'198.51.100.1:4500'>, 'nat': <'unknown'>, "
	                "'dropped': <@t 3>, 'datapath': <'udp-batches'>}");
	facts.has_suite = facts.nat_local = TRUE;
	facts.suite = (AeadSuite){ ENCR_CHACHA20_POLY1305, 256, INTEG_NONE };
	facts.prf = "HMAC_SHA2_256";
	facts.group = "ECP_256";
	assert_variant (translate_facts (&facts),
	                "@a{sv} {'local': <'192.0.2.7:40000'>, 'remote': <'198.51.100.1:4500'>, 'nat': <'local'>, "
	                "'dropped': <@t 3>, 'datapath': <'udp-batches'>, 'encr': <'CHACHA20_POLY1305'>, 'key-bits': "
	                "<uint32 256>, 'integ': <'NONE'>, "
	                "'prf': <'HMAC_SHA2_256'>, 'group': <'ECP_256'>}");
}

static void
test_keepalive (void)
{
	Keepalive k = { 0 };
	const gint64 s = G_USEC_PER_SEC;

	keepalive_set (&k, FALSE, 0);
	g_assert_cmpint (keepalive_deadline (&k), ==, G_MAXINT64);
	keepalive_set (&k, TRUE, 100 * s);
	g_assert_cmpint (keepalive_deadline (&k), ==, 120 * s);
	keepalive_set (&k, TRUE, 110 * s); /* said again, nothing new */
	g_assert_cmpint (keepalive_deadline (&k), ==, 120 * s);
	keepalive_sent (&k, 105 * s);
	g_assert_cmpint (keepalive_deadline (&k), ==, 125 * s);
	/* ESP went out meanwhile, so it is not yet time. */
	g_assert_false (keepalive_due (&k, 124 * s, 125 * s));
	g_assert_cmpint (keepalive_deadline (&k), ==, 144 * s);
	g_assert_true (keepalive_due (&k, 124 * s, 144 * s));
	g_assert_cmpint (keepalive_deadline (&k), ==, 164 * s);
	g_assert_true (keepalive_due (&k, 0, 1000 * s));
	keepalive_set (&k, FALSE, 1001 * s);
	g_assert_cmpint (keepalive_deadline (&k), ==, G_MAXINT64);
}

static void
test_trace_gate (void)
{
	TraceGate gate = { 0 };
	char *held_back = NULL;
	gint64 now = 50;
	guint open = 0;

	for (guint i = 0; i < 1000; i++)
		open += trace_gate_open (&gate, now, &held_back);
	g_assert_cmpuint (open, ==, TRACE_GATE_BURST);
	g_assert_null (held_back);
	now += G_USEC_PER_SEC / TRACE_GATE_PER_SECOND;
	g_assert_true (trace_gate_open (&gate, now, &held_back));
	g_assert_nonnull (strstr (held_back, "968 more"));
	g_clear_pointer (&held_back, g_free);
	g_assert_false (trace_gate_open (&gate, now, &held_back));
	/* However long it was quiet, the credit is that of one burst. */
	now += (gint64) 3600 * G_USEC_PER_SEC;
	open = 0;
	for (guint i = 0; i < 100; i++)
	{
		open += trace_gate_open (&gate, now, &held_back);
		g_clear_pointer (&held_back, g_free);
	}
	g_assert_cmpuint (open, ==, TRACE_GATE_BURST);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/tunnel/values/eap", test_eap);
	g_test_add_func ("/tunnel/values/system-anchors", test_system_anchors);
	g_test_add_func ("/tunnel/values/certificate", test_certificate);
	g_test_add_func ("/tunnel/values/refused", test_order_refused);
	g_test_add_func ("/tunnel/values/child", test_child);
	g_test_add_func ("/tunnel/values/configuration", test_configuration);
	g_test_add_func ("/tunnel/values/keepalive", test_keepalive);
	g_test_add_func ("/tunnel/values/trace-gate", test_trace_gate);
	return g_test_run ();
}
