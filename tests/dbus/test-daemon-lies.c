/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker that was taken over says what it likes; and readers of a trace that are slow, many, or gone. */
#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"

#define NONE "{'host-config': <'none'>}"
#define SELECTOR(FIRST, LAST) "(byte 0, uint16 0, uint16 65535, '" FIRST "', '" LAST "')"
#define CHILD_OF(SPI, REMOTE, DETAILS)                                                                                 \
	"emit ChildAdded (uint32 " SPI ", uint32 18, [" SELECTOR ("10.3.0.1", "10.3.0.1") "], [" REMOTE "], " DETAILS ")"  \
	                                                                                  "\n"
#define CHILD CHILD_OF ("17", SELECTOR ("10.1.0.0", "10.1.255.255"), "{'overhead': <uint32 28>, 'block': <uint32 4>}")

static void
disconnect (VpnConnection *connection)
{
	vpn_connection_call_disconnect_sync (connection, g_variant_new ("a{sv}", NULL), NULL, NULL);
	daemon_wait_state (connection, "disconnected");
}

/* Each is said before the connection comes up as if nothing were. */
static const char *const lies[] = {
	"emit State (uint32 7,)\n",
	"emit State ('nonsense',)\n",
	"emit NoSuchSignal ('x',)\n",
	"emit Config ('x',)\n",
	"emit Config ({'addresses': <'x'>, 'dns': <uint32 1>, 'domains': <[1]>},)\n",
	"emit Config ({'addresses': <[('10.3.0.1', uint32 999)]>},)\n",
	"emit Ask (uint32 1, 'nonsense', @a{sv} {})\n",
	"emit Ask (uint32 1, 'sign', {'scheme': <uint32 4000000000>, 'octets': <[byte 1]>})\n",
	"emit Ask (uint32 1, 'sign', {'scheme': <uint32 1>, 'octets': <[byte 1]>})\n",
	"emit Ask (uint32 1, 'sign', @a{sv} {})\n",
	"emit Ask (uint32 1, 'fetch', {'url': <'file:///etc/shadow'>})\n",
	"emit Ask ('x',)\n",
	"emit AskCancel (uint32 77,)\n",
	"emit ChildRemoved (uint32 77,)\n",
	"emit ChildAdded ('x',)\n",
	"times 20000 emit State ('init',)\n",
	"times 20000 emit Trace ('{}',)\n",
	"times 2000 emit Ask (uint32 1, 'password', @a{sv} {})\n",
	"big Trace 3000000\n",
	"big State 3000000\n",
	("facts {'local': <'x'>, 'remote': <uint32 1>, 'nat': <'<b>'>, 'encr': <'\\u001b[31m'>, 'key-bits': <'x'>}\n"
	 "emit State ('established',)\n"),
	"mute facts\nemit State ('established',)\n",
};

static void
test_lies (Daemon *daemon)
{
	for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
	{
		g_autofree char *script = g_strconcat (
		    "wait start\n", lies[i], "emit Config ({'addresses': <[('10.3.0.1', uint32 32)]>},)\n" CHILD, NULL);
		g_autoptr (VpnConnection) connection = NULL;
		g_autofree char *proposal = NULL;

		g_test_message ("%u: %s", i, lies[i]);
		daemon_script (daemon, script);
		connection = daemon_connect (daemon->manager, NONE);
		daemon_wait_state (connection, "connected");
		g_assert_cmpstr (vpn_connection_get_nat_detected (connection), ==, "unknown");
		proposal = g_variant_print (vpn_connection_get_ike_proposal (connection), FALSE);
		g_assert_null (strstr (proposal, "encr"));
		disconnect (connection);
	}
	g_assert_true (daemon_is_alive (daemon));
}

/* What no host shall have does not get there, nor into the properties. */
static void
test_addresses (Daemon *daemon)
{
	g_autoptr (VpnConnection) connection = NULL;
	g_autofree char *addresses = NULL, *routes = NULL, *dns = NULL, *domains = NULL;

	daemon_script (
	    daemon,
	    "wait start\n"
	    "emit Config ({'addresses': <[('127.0.0.1', uint32 32), ('224.0.0.1', uint32 32), ('0.0.0.0', uint32 "
	    "0), ('::1', uint32 128), ('ff02::1', uint32 128), ('169.254.1.1', uint32 16), ('fe80::1', uint32 64), "
	    "('0.1.2.3', uint32 32), ('255.255.255.255', uint32 32), ('x', uint32 1), ('10.3.0.1', uint32 32)]>, "
	    "'dns': <['127.0.0.53', '239.1.1.1', '240.0.0.1', 'dns.test', '10.1.0.53']>, "
	    "'domains': <['corp.test', 'a b', 'x\\nnameserver 192.0.2.66', '', '-bad', "
	    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa']>},)\n" CHILD_OF (
	        "17",
	        SELECTOR ("127.0.0.0", "127.255.255.255") ", " SELECTOR ("224.0.0.0", "239.255.255.255") ", " SELECTOR (
	            "10.9.0.0", "10.1.0.0") ", " SELECTOR ("x", "y") ", " SELECTOR ("10.1.0.0", "10.1.255.255"),
	        "@a{sv} {}"));
	connection = daemon_connect (daemon->manager, NONE);
	daemon_wait_state (connection, "connected");
	addresses = g_variant_print (vpn_connection_get_addresses (connection), FALSE);
	routes = g_variant_print (vpn_connection_get_routes (connection), FALSE);
	dns = g_strjoinv (",", (char **) vpn_connection_get_dns_servers (connection));
	domains = g_variant_print (vpn_connection_get_dns_domains (connection), FALSE);
	g_assert_cmpstr (addresses, ==, "[('10.3.0.1', 32)]");
	g_assert_cmpstr (routes, ==, "[('10.1.0.0', 16)]");
	g_assert_cmpstr (dns, ==, "10.1.0.53");
	g_assert_cmpstr (domains, ==, "[('corp.test', false)]");
	disconnect (connection);
}

/* Thousands of children, selectors, and the same over and over. */
static void
test_children (Daemon *daemon)
{
	g_autoptr (GString) script = g_string_new ("wait start\n");
	g_autoptr (VpnConnection) connection = NULL;
	g_autoptr (GVariant) objects = NULL;
	g_autofree char *error = NULL;
	GVariantIter *iter;
	guint n = 0;

	for (guint i = 1; i <= 3000; i++)
		g_string_append_printf (
		    script,
		    "emit ChildAdded (uint32 %u, uint32 1, [" SELECTOR (
		        "10.3.0.1",
		        "10.3.0.1") "], "
		                    "[(byte 0, uint16 0, uint16 65535, '10.%u.%u.0', '10.%u.%u.255')], {'encr': <'x'>})\n",
		    i, i >> 8, i & 255, i >> 8, i & 255);
	daemon_script (daemon, script->str);
	connection = daemon_connect (daemon->manager, NONE);
	daemon_wait_state (connection, "connected");
	daemon_wait (g_variant_n_children (vpn_connection_get_routes (connection)) == 1024);
	objects = daemon_call (daemon->connection, "/net/godwit/Vpn1", "org.freedesktop.DBus.ObjectManager",
	                       "GetManagedObjects", NULL, &error);
	g_variant_get (objects, "(a{oa{sa{sv}}})", &iter);
	n = (guint) g_variant_iter_n_children (iter);
	g_variant_iter_free (iter);
	g_assert_cmpuint (n, ==, 64 + 1);
	disconnect (connection);
}

static int
open_trace (Daemon *daemon, VpnConnection *connection, const char *filter)
{
	g_autoptr (GUnixFDList) list = NULL;
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) reply = g_dbus_connection_call_with_unix_fd_list_sync (
	    daemon->connection, "net.godwit.Vpn1", g_dbus_proxy_get_object_path (G_DBUS_PROXY (connection)),
	    "net.godwit.Vpn1.Trace", "Open",
	    g_variant_new ("(@a{sv})", g_variant_parse (G_VARIANT_TYPE_VARDICT, filter, NULL, NULL, NULL)),
	    G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NONE, DAEMON_WAIT_MS, NULL, &list, NULL, &error);

	return reply != NULL ? g_unix_fd_list_get (list, 0, NULL) : -1;
}

/* All there is until the end. */
static char *
read_all (int fd)
{
	GString *text = g_string_new (NULL);
	char octets[4096];
	gssize got;

	while ((got = read (fd, octets, sizeof octets)) > 0)
		g_string_append_len (text, octets, got);
	close (fd);
	return g_string_free (text, FALSE);
}

#define TRACES                                                                                                         \
	"wait start\nemit Trace ('{\"kind\":\"note\",\"n\":1}',)\nemit Trace ('{\"kind\":\"keys\",\"n\":2}',)\n"           \
	"emit Trace ('{\"a\":1}\\n{\"forged\":1}',)\nemit Trace ('{\"kind\":\"note\",\"n\":3}',)\n"

static void
test_trace (Daemon *daemon)
{
	g_autofree char *history = NULL, *followed = NULL, *late = NULL, *keys = NULL;
	int follower;

	for (guint exported = 0; exported < 2; exported++)
	{
		g_autoptr (VpnConnection) connection = NULL;

		daemon_script (daemon,
		               TRACES "emit State ('init',)\nwait counters\nemit Trace ('{\"kind\":\"note\",\"n\":4}',)\n");
		connection =
		    daemon_connect (daemon->manager, exported == 1 ? "{'host-config': <'none'>, 'export-keys': <true>}" : NONE);
		daemon_wait_state (connection, "init");
		g_clear_pointer (&history, g_free);
		history = read_all (open_trace (daemon, connection, "{'follow': <false>}"));
		g_assert_cmpstr (history, ==, "{\"kind\":\"note\",\"n\":1}\n{\"kind\":\"note\",\"n\":3}\n");
		g_clear_pointer (&keys, g_free);
		keys = read_all (open_trace (daemon, connection, "{'follow': <false>, 'keys': <true>}"));
		g_assert_cmpstr (keys, ==,
		                 exported == 1
		                     ? "{\"kind\":\"note\",\"n\":1}\n{\"kind\":\"keys\",\"n\":2}\n{\"kind\":\"note\",\"n\":3}\n"
		                     : history);
		follower = open_trace (daemon, connection, "{'history': <false>}");
		vpn_connection_call_get_counters_sync (connection, NULL, NULL, NULL);
		daemon_spin (100);
		disconnect (connection);
		/* The end of the connection is the end of the pipe, also while the object is still there to be read. */
		g_clear_pointer (&followed, g_free);
		followed = read_all (follower);
		g_assert_cmpstr (followed, ==, "{\"kind\":\"note\",\"n\":4}\n");
		g_clear_pointer (&late, g_free);
		late = read_all (open_trace (daemon, connection, "@a{sv} {}"));
		g_assert_nonnull (strstr (late, "\"n\":4"));
	}
}

#define MOST_READERS 16

/* Nobody who does not read holds up the others; who has gone takes no place. */
static void
test_readers (Daemon *daemon)
{
	g_autoptr (VpnConnection) connection = NULL;
	g_autofree char *filler = g_strnfill (20000, 'x');
	g_autofree char *script =
	    g_strdup_printf ("wait start\nemit State ('init',)\nwait counters\n"
	                     "times 600 emit Trace ('{\"text\":\"%s\"}',)\nemit State ('authenticating',)\n",
	                     filler);
	int fds[MOST_READERS];

	daemon_script (daemon, script);
	connection = daemon_connect (daemon->manager, NONE);
	daemon_wait_state (connection, "init");
	for (guint round = 0; round < 2; round++)
	{
		for (guint i = 0; i < MOST_READERS; i++)
		{
			fds[i] = open_trace (daemon, connection, "@a{sv} {}");
			g_assert_cmpint (fds[i], >=, 0);
		}
		g_assert_cmpint (open_trace (daemon, connection, "@a{sv} {}"), ==, -1);
		for (guint i = round; i < MOST_READERS; i++)
			close (fds[i]);
		daemon_spin (100);
	}
	vpn_connection_call_get_counters_sync (connection, NULL, NULL, NULL);
	daemon_wait_state (connection, "authenticating");
	g_assert_true (daemon_is_alive (daemon));
	disconnect (connection);
	close (fds[0]);
}

/* Calls that the worker never answers, or answers with something else. */
static void
test_counters (Daemon *daemon)
{
	g_autoptr (VpnConnection) connection = NULL;
	g_autoptr (GVariant) counters = NULL;
	guint64 value = 0;

	daemon_script (daemon, "counters {uint32 17: {'packets-in': uint64 3}, 18: {'packets-in': 18446744073709551615}, "
	                       "0: {'no-sa-in': 5}}\nwait start\n" CHILD);
	connection = daemon_connect (daemon->manager, NONE);
	daemon_wait_state (connection, "connected");
	g_assert_true (vpn_connection_call_get_counters_sync (connection, &counters, NULL, NULL));
	g_assert_true (g_variant_lookup (counters, "no-sa-in", "t", &value));
	g_assert_cmpuint (value, ==, 5);
	g_assert_true (g_variant_lookup (counters, "packets-in", "t", &value));
	g_assert_cmpuint (value, ==, 2);
	disconnect (connection);
}

static void
on_counters (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_assert_false (vpn_connection_call_get_counters_finish (VPN_CONNECTION (source), NULL, result, NULL));
	*(gboolean *) user_data = TRUE;
}

static void
test_counters_mute (Daemon *daemon)
{
	g_autoptr (VpnConnection) connection = NULL;
	gboolean refused = FALSE;

	daemon_script (daemon, "mute counters\nwait start\n" CHILD);
	connection = daemon_connect (daemon->manager, NONE);
	daemon_wait_state (connection, "connected");
	vpn_connection_call_get_counters (connection, NULL, on_counters, &refused);
	daemon_spin (50);
	disconnect (connection);
	daemon_wait (refused);
}

int
main (int argc, char **argv)
{
	static const DaemonCase cases[] = {
		{ "/daemon/lies/signals", test_lies },
		{ "/daemon/lies/addresses", test_addresses },
		{ "/daemon/lies/children", test_children },
		{ "/daemon/lies/counters", test_counters },
		{ "/daemon/lies/counters-mute", test_counters_mute },
		{ "/daemon/trace/open", test_trace },
		{ "/daemon/trace/readers", test_readers },
	};

	return daemon_main (argc, argv, cases, G_N_ELEMENTS (cases));
}
