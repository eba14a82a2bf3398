/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of connections as clients see it: states and reasons in order, owners, limits, other users, who configures the host. */
#include <string.h>

#include "daemon.h"

#define NONE "{'host-config': <'none'>}"
#define UP                                                                                                             \
	"wait start\n"                                                                                                     \
	"emit State ('init',)\n"                                                                                           \
	"emit State ('authenticating',)\n"                                                                                 \
	"emit State ('established',)\n"                                                                                    \
	"emit Config ({'addresses': <[('10.3.0.1', uint32 32)]>, 'dns': <['10.1.0.53']>, 'domains': "                      \
	"<['corp.test']>},)\n" CHILD
#define CHILD                                                                                                          \
	"emit ChildAdded (uint32 17, uint32 18, [(byte 0, uint16 0, uint16 65535, '10.3.0.1', '10.3.0.1')], "              \
	"[(byte 0, uint16 0, uint16 65535, '10.1.0.0', '10.1.255.255')], "                                                 \
	"{'encr': <'ENCR_AES_GCM_16'>, 'key-bits': <uint32 256>, 'overhead': <uint32 28>, 'block': <uint32 4>})\n"
#define UP_STATES "init:ok authenticating:ok configuring:ok connected:ok"

static void
disconnect (VpnConnection *connection)
{
	g_autoptr (GError) error = NULL;

	vpn_connection_call_disconnect_sync (connection, g_variant_new ("a{sv}", NULL), NULL, &error);
	g_assert_no_error (error);
}

static void
test_states (Daemon *daemon)
{
	States states;
	g_autoptr (VpnConnection) connection = NULL;
	guint64 established;

	daemon_script (daemon, "facts {'local': <'192.0.2.7:4500'>, 'remote': <'127.0.0.1:4500'>, 'nat': <'local'>, "
	                       "'encr': <'ENCR_AES_GCM_16'>, 'prf': <'PRF_HMAC_SHA2_256'>, 'group': <'ecp256'>}\n" UP);
	states_init (&states, daemon->connection);
	connection = daemon_connect (daemon->manager, NONE);
	states_expect (&states, UP_STATES);
	daemon_wait_state (connection, "connected");
	daemon_wait (g_strcmp0 (vpn_connection_get_nat_detected (connection), "local") == 0);
	g_assert_cmpstr (vpn_connection_get_name (connection), ==, "test");
	g_assert_cmpuint (vpn_connection_get_owner (connection), ==, 0);
	g_assert_cmpstr (vpn_connection_get_host_config_mode (connection), ==, "none");
	g_assert_cmpuint (vpn_connection_get_worker_pid (connection), >, 0);
	established = vpn_connection_get_established_at (connection);
	g_assert_cmpuint (established, >=, vpn_connection_get_started_at (connection));
	daemon_assert_reason (connection, "ok");
	disconnect (connection);
	states_expect (&states, UP_STATES " disconnecting:ok disconnected:user-closed");
	daemon_wait_state (connection, "disconnected");
	daemon_assert_reason (connection, "user-closed");
	g_assert_cmpuint (vpn_connection_get_worker_pid (connection), ==, 0);
	/* A second time it is no error: it is as wanted. */
	disconnect (connection);
	states_expect (&states, UP_STATES " disconnecting:ok disconnected:user-closed");
	states_clear (&states);
}

/* A CHILD SA that replaces another is no new connection: same state, same time, no route twice. */
static void
test_renewed (Daemon *daemon)
{
	States states;
	g_autoptr (VpnConnection) connection = NULL;
	guint64 established;

	daemon_script (daemon, UP "wait counters\n"
	                          "emit ChildAdded (uint32 19, uint32 20, [(byte 0, uint16 0, uint16 65535, '10.3.0.1', "
	                          "'10.3.0.1')], [(byte 0, uint16 0, uint16 65535, '10.1.0.0', '10.1.255.255')], "
	                          "{'encr': <'x'>, 'overhead': <uint32 28>, 'block': <uint32 4>})\n"
	                          "emit ChildRemoved (uint32 17,)\n"
	                          "emit Trace ('{\"kind\":\"note\"}',)\n");
	states_init (&states, daemon->connection);
	connection = daemon_connect (daemon->manager, NONE);
	states_expect (&states, UP_STATES);
	established = vpn_connection_get_established_at (connection);
	vpn_connection_call_get_counters_sync (connection, NULL, NULL, NULL);
	daemon_spin (300);
	states_expect (&states, UP_STATES);
	g_assert_cmpuint (vpn_connection_get_established_at (connection), ==, established);
	g_assert_cmpuint (g_variant_n_children (vpn_connection_get_routes (connection)), ==, 1);
	disconnect (connection);
	states_clear (&states);
}

static const struct
{
	const char *script;
	const char *states;
	const char *detail; /* NULL: none */
} ends[] = {
	{ "wait start\nemit State ('init',)\nemit Closed ('no-answer', 'nobody at 127.0.0.1')\nexit 0\n",
	  "init:ok failed:no-answer", "nobody at 127.0.0.1" },
	{ "wait start\nemit Closed ('auth-rejected', '')\n", "failed:auth-rejected", NULL },
	{ "wait start\nemit Closed ('no such reason', '')\n", "failed:internal", NULL },
	{ "wait start\nexit 3\n", "failed:worker-died", "it ended with status 3" },
	{ "wait start\ndie\n", "failed:worker-died", "it was ended by signal 9" },
	{ "exit 1\n", "failed:worker-died", "it ended with status 1" },
	/* A worker that hung up is no use and no harm. */
	{ "wait start\nclose\n", "failed:worker-died", "it was ended by signal 9" },
	{ "refuse start the profile is odd\n", "failed:invalid-profile", "the profile is odd" },
	{ UP "emit Closed ('gateway-closed', '')\n", UP_STATES " failed:gateway-closed", NULL },
	{ UP "die\n", UP_STATES " failed:worker-died", "it was ended by signal 9" },
	/* The first end counts. */
	{ "wait start\nemit Closed ('no-proposal', 'one')\nemit Closed ('no-answer', 'two')\nemit State ('init',)\n" CHILD,
	  "failed:no-proposal", "one" },
};

static void
test_ends (Daemon *daemon)
{
	for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
	{
		States states;
		g_autoptr (VpnConnection) connection = NULL;
		g_autoptr (GVariant) details = NULL;
		const char *detail = NULL;

		g_test_message ("%u", i);
		daemon_script (daemon, ends[i].script);
		states_init (&states, daemon->connection);
		connection = daemon_connect (daemon->manager, NONE);
		states_expect (&states, ends[i].states);
		daemon_wait_state (connection, "failed");
		g_variant_get (vpn_connection_get_state_reason (connection), "(ss@a{sv})", NULL, NULL, &details);
		g_variant_lookup (details, "detail", "&s", &detail);
		g_assert_cmpstr (detail, ==, ends[i].detail);
		daemon_spin (50);
		states_expect (&states, ends[i].states);
		states_clear (&states);
	}
	g_assert_true (daemon_is_alive (daemon));
}

/* A worker that does not answer Stop is killed after a while; the user waits no longer. */
static void
test_deaf (Daemon *daemon)
{
	g_autoptr (VpnConnection) connection = NULL;

	daemon_script (daemon, "mute stop\n" UP);
	connection = daemon_connect (daemon->manager, NONE);
	daemon_wait_state (connection, "connected");
	disconnect (connection);
	daemon_wait_state (connection, "disconnecting");
	disconnect (connection);
	daemon_wait_state (connection, "disconnected");
	daemon_assert_reason (connection, "user-closed");
}

static void
test_owner (Daemon *daemon)
{
	for (guint i = 0; i < 3; i++)
	{
		/* Vanishes once connected; once connected, but detached; before. */
		const gboolean detach = i >= 1, early = i == 2;
		GDBusConnection *client = daemon_client (daemon, 0);
		VpnManager *manager = daemon_manager_of (client);
		VpnConnection *theirs;
		g_autoptr (VpnConnection) ours = NULL;

		daemon_script (daemon, early ? "wait start\nemit State ('init',)\n" : UP);
		theirs = daemon_connect (manager, detach ? "{'host-config': <'none'>, 'detach': <true>}" : NONE);
		ours = vpn_connection_proxy_new_sync (daemon->connection, G_DBUS_PROXY_FLAGS_NONE, "net.godwit.Vpn1",
		                                      g_dbus_proxy_get_object_path (G_DBUS_PROXY (theirs)), NULL, NULL);
		daemon_wait_state (ours, early ? "init" : "connected");
		g_object_unref (theirs);
		g_object_unref (manager);
		g_dbus_connection_close_sync (client, NULL, NULL);
		g_object_unref (client);
		if (detach && !early)
		{
			daemon_spin (200);
			g_assert_cmpstr (vpn_connection_get_state (ours), ==, "connected");
			disconnect (ours);
			daemon_wait_state (ours, "disconnected");
			continue;
		}
		daemon_wait_state (ours, "failed");
		daemon_assert_reason (ours, "owner-vanished");
	}
}

static void
test_other_user (Daemon *daemon)
{
	g_autoptr (GDBusConnection) client = daemon_client (daemon, DAEMON_OTHER_UID);
	g_autoptr (VpnConnection) connection = NULL;
	const struct
	{
		const char *interface, *method;
		GVariant *parameters;
	} calls[] = {
		{ "Manager", "ConnectWithSettings", g_variant_new ("(@a{sv}a{sv})", daemon_settings ("127.0.0.1"), NULL) },
		{ "Manager", "Connect", g_variant_new ("(sa{sv})", "office", NULL) },
		{ "Connection", "Disconnect", g_variant_new ("(a{sv})", NULL) },
		{ "Connection", "HostConfigDone", g_variant_new ("(bs)", TRUE, "") },
		{ "Trace", "Open", g_variant_new ("(a{sv})", NULL) },
	};

	daemon_write_profile (daemon, "office", "[gateway]\naddress=127.0.0.1\n[user]\nuser=carol\n");
	daemon_script (daemon, UP);
	connection = daemon_connect (daemon->manager, NONE);
	daemon_wait_state (connection, "connected");
	for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
	{
		g_autofree char *error = NULL;
		g_autofree char *interface = g_strconcat ("net.godwit.Vpn1.", calls[i].interface, NULL);
		const char *path = i < 2 ? "/net/godwit/Vpn1" : g_dbus_proxy_get_object_path (G_DBUS_PROXY (connection));
		g_autoptr (GVariant) reply =
		    daemon_call (client, path, interface, calls[i].method, calls[i].parameters, &error);

		g_assert_cmpstr (error, ==, "net.godwit.Vpn1.Error.NotAuthorized");
		g_assert_null (reply);
	}
	g_assert_cmpstr (vpn_connection_get_state (connection), ==, "connected");
	disconnect (connection);
	daemon_wait_state (connection, "disconnected");
	g_dbus_connection_close_sync (client, NULL, NULL);
}

#define PER_USER 8u

static void
test_limit (Daemon *daemon)
{
	VpnConnection *connections[PER_USER];
	g_autoptr (GVariant) reply = NULL;
	g_autofree char *error = NULL;

	daemon_script (daemon, UP);
	for (guint i = 0; i < PER_USER; i++)
		connections[i] = daemon_connect (daemon->manager, NONE);
	reply = daemon_call (daemon->connection, "/net/godwit/Vpn1", "net.godwit.Vpn1.Manager", "ConnectWithSettings",
	                     g_variant_new ("(@a{sv}a{sv})", daemon_settings ("127.0.0.1"), NULL), &error);
	g_assert_cmpstr (error, ==, "net.godwit.Vpn1.Error.Busy");
	for (guint i = 0; i < PER_USER; i++)
	{
		daemon_wait_state (connections[i], "connected");
		disconnect (connections[i]);
	}
	for (guint i = 0; i < PER_USER; i++)
	{
		daemon_wait_state (connections[i], "disconnected");
		g_object_unref (connections[i]);
	}
	/* What is over takes no place. */
	connections[0] = daemon_connect (daemon->manager, NONE);
	daemon_wait_state (connections[0], "connected");
	disconnect (connections[0]);
	daemon_wait_state (connections[0], "disconnected");
	g_object_unref (connections[0]);
}

typedef struct
{
	guint n;
	GVariant *configuration;
} HostConfigs;

static void
on_host_config (VpnConnection *connection, GVariant *configuration, HostConfigs *configs)
{
	configs->n++;
	g_clear_pointer (&configs->configuration, g_variant_unref);
	configs->configuration = g_variant_ref (configuration);
}

#define CALLER "{'host-config': <'caller'>, 'interface-name': <'gwtest0'>, 'host-config-timeout': <uint32 1>}"

static void
test_caller (Daemon *daemon)
{
	/* It answers well; badly; never. */
	static const char *const wanted[] = { "connected", "failed", "failed" };

	for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
	{
		HostConfigs configs = { 0 };
		g_autoptr (VpnConnection) connection = NULL;
		g_autofree char *text = NULL;

		/* Only then is somebody sure to listen. */
		daemon_script (daemon, "wait counters\n" UP);
		connection = daemon_connect (daemon->manager, CALLER);
		g_signal_connect (connection, "host-config-changed", G_CALLBACK (on_host_config), &configs);
		daemon_wait (vpn_connection_get_worker_pid (connection) > 0);
		while (!vpn_connection_call_get_counters_sync (connection, NULL, NULL, NULL))
			daemon_spin (10);
		daemon_wait (configs.n > 0);
		text = g_variant_print (configs.configuration, FALSE);
		g_assert_nonnull (strstr (text, "'interface-name': <'gwtest0'>"));
		g_assert_nonnull (strstr (text, "'addresses': <[('10.3.0.1', uint32 32)]>"));
		g_assert_nonnull (strstr (text, "'routes': <[('10.1.0.0', uint32 16)]>"));
		g_assert_nonnull (strstr (text, "'dns': <['10.1.0.53']>"));
		g_assert_nonnull (strstr (text, "'domains': <['corp.test']>"));
		g_assert_nonnull (strstr (text, "'gateway': <'127.0.0.1'>"));
		g_assert_nonnull (strstr (text, "'full-tunnel': <false>"));
		g_assert_cmpstr (vpn_connection_get_state (connection), ==, "configuring");
		if (i < 2)
			vpn_connection_call_host_config_done_sync (connection, i == 0, "no route can be set", NULL, NULL);
		daemon_wait_state (connection, wanted[i]);
		if (i > 0)
			daemon_assert_reason (connection, "host-config");
		/* Said twice or too late it changes nothing. */
		vpn_connection_call_host_config_done_sync (connection, FALSE, "again", NULL, NULL);
		daemon_spin (50);
		g_assert_cmpstr (vpn_connection_get_state (connection), ==, wanted[i]);
		g_assert_cmpuint (configs.n, ==, 1);
		disconnect (connection);
		g_variant_unref (configs.configuration);
	}
}

static void
test_engine (Daemon *daemon)
{
	g_autoptr (VpnConnection) connection = NULL;

	daemon_script (daemon,
	               "wait start\nemit Config ({'addresses': <[('10.3.0.1', uint32 32)]>},)\n" CHILD "wait tun\n");
	connection = daemon_connect (daemon->manager, "{'interface-name': <'gwtest1'>}");
	daemon_wait_state (connection, "connected");
	g_assert_true (g_file_test ("/proc/sys/net/ipv4/conf/gwtest1", G_FILE_TEST_EXISTS));
	disconnect (connection);
	daemon_wait_state (connection, "disconnected");
	g_assert_false (g_file_test ("/proc/sys/net/ipv4/conf/gwtest1", G_FILE_TEST_EXISTS));
}

/* The worker refuses the TUN, or dies with it: nothing stays. */
static void
test_engine_fails (Daemon *daemon)
{
	static const char *const ways[] = { "refuse tun no\n", "" };
	static const char *const ends_with[] = { "", "wait tun\ndie\n" };

	for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
	{
		g_autofree char *script =
		    g_strconcat (ways[i], "wait start\nemit Config ({'addresses': <[('10.3.0.1', uint32 32)]>},)\n" CHILD,
		                 ends_with[i], NULL);
		g_autoptr (VpnConnection) connection = NULL;

		daemon_script (daemon, script);
		connection = daemon_connect (daemon->manager, "{'interface-name': <'gwtest2'>}");
		daemon_wait_state (connection, "failed");
		daemon_assert_reason (connection, i == 0 ? "host-config" : "worker-died");
		g_assert_false (g_file_test ("/proc/sys/net/ipv4/conf/gwtest2", G_FILE_TEST_EXISTS));
	}
}

static void
test_options (Daemon *daemon)
{
	static const struct
	{
		const char *settings, *options, *error;
	} rows[] = {
		{ "{'gateway.address': <'127.0.0.1'>, 'user.user': <'a'>}", "{'host-config': <'all'>}",
		  "net.godwit.Vpn1.Error.Failed" },
		{ "{'gateway.address': <'127.0.0.1'>}", "@a{sv} {}", "net.godwit.Vpn1.Error.InvalidProfile" },
		{ "{'user.user': <'a'>}", "@a{sv} {}", "net.godwit.Vpn1.Error.InvalidProfile" },
		{ "@a{sv} {}", "@a{sv} {}", "net.godwit.Vpn1.Error.InvalidProfile" },
		{ "{'gateway.address': <uint32 7>, 'user.user': <'a'>}", "@a{sv} {}", "net.godwit.Vpn1.Error.InvalidProfile" },
		{ "{'gateway.address': <'127.0.0.1'>, 'user.user': <'a'>, 'user.colour': <'red'>}", "@a{sv} {}",
		  "net.godwit.Vpn1.Error.InvalidProfile" },
		{ "{'gateway.address': <'a\\nb'>, 'user.user': <'a'>}", "@a{sv} {}", "net.godwit.Vpn1.Error.InvalidProfile" },
		{ "{'gateway.address': <'127.0.0.1'>, 'user.user': <'a'>, 'user.method': <'certificate'>, "
		  "'user.certificate': <b'no PEM'>, 'user.key': <b'no key'>}",
		  "@a{sv} {}", "net.godwit.Vpn1.Error.InvalidProfile" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autofree char *error = NULL;
		GVariant *settings = g_variant_parse (G_VARIANT_TYPE_VARDICT, rows[i].settings, NULL, NULL, NULL);
		GVariant *options = g_variant_parse (G_VARIANT_TYPE_VARDICT, rows[i].options, NULL, NULL, NULL);
		g_autoptr (GVariant) reply =
		    daemon_call (daemon->connection, "/net/godwit/Vpn1", "net.godwit.Vpn1.Manager", "ConnectWithSettings",
		                 g_variant_new ("(@a{sv}@a{sv})", settings, options), &error);

		g_test_message ("%u", i);
		g_assert_null (reply);
		g_assert_cmpstr (error, ==, rows[i].error);
		g_variant_unref (settings);
		g_variant_unref (options);
	}
}

/* No value of any key makes godwitd fall over; whether it is refused or tried is the key's affair. */
static void
test_hostile_settings (Daemon *daemon)
{
	static const char *const keys[] = {
		"profile.name",
		"profile.uuid",
		"gateway.address",
		"gateway.identity",
		"gateway.ca",
		"gateway.port",
		"gateway.weak",
		"user.method",
		"user.identity",
		"user.user",
		"user.eap",
		"user.certificate",
		"user.key",
		"user.pkcs12",
		"gateway.revocation",
		"network.remote",
		"network.request-address",
		"network.dns",
		"network.lan",
		"network.mtu",
	};
	g_autofree char *huge = g_strnfill (300000, 'a');
	g_autofree char *commas = g_strnfill (100000, ',');
	const char *const texts[] = { "",
		                          " ",
		                          "\x01\x1b[31m",
		                          "..",
		                          "/etc/shadow",
		                          "-1",
		                          "99999999999999999999",
		                          "%s%n%s",
		                          "a\nb",
		                          "\xf0\x9f\x98\x80",
		                          "0.0.0.0/0,0.0.0.0/0",
		                          huge,
		                          commas };

	daemon_script (daemon, "wait start\nemit Closed ('no-answer', '')\n");
	for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
		for (guint j = 0; j < 2 * G_N_ELEMENTS (texts); j++)
		{
			const char *text = texts[j / 2];
			GVariantDict settings;
			g_autofree char *error = NULL;
			g_autoptr (GVariant) reply = NULL;
			GVariant *value = j % 2 == 0 ? g_variant_new_string (text) : g_variant_new_bytestring (text);

			g_variant_dict_init (&settings, NULL);
			g_variant_dict_insert (&settings, "gateway.address", "s", "127.0.0.1");
			g_variant_dict_insert (&settings, "user.user", "s", "carol");
			g_variant_dict_insert_value (&settings, keys[i], value);
			reply =
			    daemon_call (daemon->connection, "/net/godwit/Vpn1", "net.godwit.Vpn1.Manager", "ConnectWithSettings",
			                 g_variant_new ("(@a{sv}a{sv})", g_variant_dict_end (&settings), NULL), &error);
			g_assert_true (reply != NULL || g_str_equal (error, "net.godwit.Vpn1.Error.InvalidProfile") ||
			               g_str_equal (error, "net.godwit.Vpn1.Error.Busy"));
		}
	g_assert_true (daemon_is_alive (daemon));
}

static void
test_profiles (Daemon *daemon)
{
	g_autofree char *error = NULL;
	g_autoptr (GVariant) reply = NULL;
	g_autofree char *text = NULL;

	daemon_write_profile (daemon, "good", "[profile]\nname=The Office\n[gateway]\naddress=vpn.test\n[user]\nuser=a\n");
	daemon_write_profile (daemon, "broken", "[gateway]\nadress=vpn.test\n");
	daemon_write_profile (daemon, "empty", "");
	daemon_write_profile (daemon, "octets", "\xff\xfe\x01");
	reply =
	    daemon_call (daemon->connection, "/net/godwit/Vpn1", "net.godwit.Vpn1.Manager", "ListProfiles", NULL, &error);
	g_assert_cmpstr (error, ==, NULL);
	text = g_variant_print (reply, FALSE);
	g_assert_nonnull (strstr (text, "('good', 'The Office', 'vpn.test', {})"));
	/* A broken one is not hidden: it is listed with what is wrong. */
	g_assert_nonnull (strstr (text, "('broken', 'broken', '', {'error': <"));
	g_assert_nonnull (strstr (text, "('empty', 'empty', '', {'error': <"));
	g_assert_nonnull (strstr (text, "('octets', 'octets', '', {'error': <"));
	for (guint i = 0; i < 4; i++)
	{
		static const char *const ids[] = { "nonesuch", "../profiles/good", "", "broken" };
		g_autofree char *name = NULL;
		g_autoptr (GVariant) nothing = daemon_call (daemon->connection, "/net/godwit/Vpn1", "net.godwit.Vpn1.Manager",
		                                            "Connect", g_variant_new ("(sa{sv})", ids[i], NULL), &name);

		g_assert_null (nothing);
		g_assert_cmpstr (name, ==, i == 3 ? "net.godwit.Vpn1.Error.InvalidProfile" : "net.godwit.Vpn1.Error.NotFound");
	}
}

int
main (int argc, char **argv)
{
	static const DaemonCase cases[] = {
		{ "/daemon/life/states", test_states },
		{ "/daemon/life/renewed", test_renewed },
		{ "/daemon/life/ends", test_ends },
		{ "/daemon/life/deaf-worker", test_deaf },
		{ "/daemon/life/owner-vanishes", test_owner },
		{ "/daemon/life/other-user", test_other_user },
		{ "/daemon/life/limit", test_limit },
		{ "/daemon/life/caller-configures", test_caller },
		{ "/daemon/life/engine-configures", test_engine },
		{ "/daemon/life/engine-fails", test_engine_fails },
		{ "/daemon/life/options", test_options },
		{ "/daemon/life/hostile-settings", test_hostile_settings },
		{ "/daemon/life/profiles", test_profiles },
	};

	return daemon_main (argc, argv, cases, G_N_ELEMENTS (cases));
}
