/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is asked for a password, what the worker gets of the answer, and that nobody else gets it. */
#include <string.h>

#include "daemon.h"

#define SECRET "correct horse battery"
#define SECRET_REPLY "{'password': <'" SECRET "'>}"
#define ASK "emit Ask (uint32 7, 'password', {'prompt': <'Say it'>, 'again': <false>})\n"
#define DONE "emit State ('init',)\nsleep 600000\n"

static VpnConnection *
connect_with (Daemon *daemon, VpnManager *manager, const char *agent, const char *script)
{
	g_autofree char *options = agent != NULL
	                               ? g_strdup_printf ("{'host-config': <'none'>, 'agent': <objectpath '%s'>}", agent)
	                               : g_strdup ("{'host-config': <'none'>}");

	daemon_script (daemon, script);
	return daemon_connect (manager, options);
}

/* A wrong answer that the worker gets makes it end with status 99, which "failed" would show. */
static void
finish (VpnConnection *connection)
{
	daemon_wait_state (connection, "init");
	vpn_connection_call_disconnect_sync (connection, g_variant_new ("a{sv}", NULL), NULL, NULL);
	daemon_wait_state (connection, "disconnected");
	g_object_unref (connection);
}

#define GOOD "wait start\n" ASK "wait answer ok " SECRET "\n" DONE
#define NEEDED "wait start\n" ASK "wait answer secret-needed \n" DONE
#define CANCELLED "wait start\n" ASK "wait answer secret-cancelled \n" DONE

static void
test_choice (Daemon *daemon)
{
	g_autoptr (GDBusConnection) second = daemon_client (daemon, 0);
	FakeAgent own, older, newest;

	/* Nobody. */
	finish (connect_with (daemon, daemon->manager, NULL, NEEDED));
	fake_agent_init (&own, daemon->connection, "/own", SECRET_REPLY);
	fake_agent_init (&older, daemon->connection, "/older", SECRET_REPLY);
	fake_agent_init (&newest, second, "/newest", SECRET_REPLY);
	/* One's own needs no registration. */
	finish (connect_with (daemon, daemon->manager, "/own", GOOD));
	g_assert_cmpuint (own.n_asked, ==, 1);
	g_assert_cmpstr (own.field, ==, "password");
	g_assert_cmpstr (own.message, ==, "Say it");
	fake_agent_register (&older);
	fake_agent_register (&newest);
	finish (connect_with (daemon, daemon->manager, NULL, GOOD));
	g_assert_cmpuint (newest.n_asked, ==, 1);
	/* Its own before all others. */
	finish (connect_with (daemon, daemon->manager, "/own", GOOD));
	g_assert_cmpuint (own.n_asked, ==, 2);
	/* The newest has left. */
	fake_agent_clear (&newest);
	g_dbus_connection_close_sync (second, NULL, NULL);
	daemon_spin (100);
	finish (connect_with (daemon, daemon->manager, NULL, GOOD));
	g_assert_cmpuint (older.n_asked, ==, 1);
	/* An own agent that is not there: the next. */
	finish (connect_with (daemon, daemon->manager, "/nonesuch", NEEDED));
	fake_agent_clear (&own);
	fake_agent_clear (&older);
}

static void
test_other_user (Daemon *daemon)
{
	g_autoptr (GDBusConnection) client = daemon_client (daemon, DAEMON_OTHER_UID);
	FakeAgent agent;

	/* Somebody else's agent learns nothing of root's connection, however new it is. */
	fake_agent_init (&agent, client, "/agent", SECRET_REPLY);
	fake_agent_register (&agent);
	finish (connect_with (daemon, daemon->manager, NULL, NEEDED));
	g_assert_cmpuint (agent.n_asked, ==, 0);
	fake_agent_clear (&agent);
	g_dbus_connection_close_sync (client, NULL, NULL);
}

static void
test_bad_answers (Daemon *daemon)
{
	g_autofree char *long_text = g_strnfill (5000, 'p');
	g_autofree char *too_long = g_strdup_printf ("{'password': <'%s'>}", long_text);
	const struct
	{
		const char *reply, *script;
	} rows[] = {
		{ "@a{sv} {}", CANCELLED },
		{ "{'password': <uint32 7>}", CANCELLED },
		{ "{'pasword': <'x'>}", CANCELLED },
		{ too_long, CANCELLED },
		{ "!net.godwit.Vpn1.Error.NoSecrets", NEEDED },
		{ "!org.example.Other", CANCELLED },
		{ "{'password': <''>}", "wait start\n" ASK "wait answer ok \n" DONE },
		{ "{'password': <'" SECRET "'>, 'more': <'x'>}", GOOD },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		FakeAgent agent;

		g_test_message ("%u", i);
		fake_agent_init (&agent, daemon->connection, "/own", rows[i].reply);
		finish (connect_with (daemon, daemon->manager, "/own", rows[i].script));
		g_assert_cmpuint (agent.n_asked, ==, 1);
		fake_agent_clear (&agent);
	}
}

static void
test_again (Daemon *daemon)
{
	FakeAgent agent;

	fake_agent_init (&agent, daemon->connection, "/own", SECRET_REPLY);
	finish (connect_with (daemon, daemon->manager, "/own",
	                      "wait start\n" ASK "wait answer ok " SECRET "\n"
	                      "emit Ask (uint32 8, 'password', {'prompt': <'E=691'>, 'again': <true>})\n"
	                      "wait answer ok " SECRET "\n" DONE));
	g_assert_cmpuint (agent.n_asked, ==, 2);
	g_assert_cmpuint (agent.flags, ==, 2);
	g_assert_cmpstr (agent.message, ==, "E=691");
	fake_agent_clear (&agent);
}

/* Withdrawn by the worker, by the end of the connection; a second question while one is open is refused. */
static void
test_cancel (Daemon *daemon)
{
	static const char *const ways[] = { "emit AskCancel (uint32 7,)\n" DONE, "emit Closed ('no-answer', '')\n",
		                                "emit Ask (uint32 9, 'password', @a{sv} {})\nwait answer internal \n"
		                                "emit Closed ('no-answer', '')\n",
		                                "die\n" };

	for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
	{
		g_autofree char *script = g_strconcat ("wait start\n" ASK "sleep 100\n", ways[i], NULL);
		VpnConnection *connection;
		FakeAgent agent;

		fake_agent_init (&agent, daemon->connection, "/own", NULL);
		connection = connect_with (daemon, daemon->manager, "/own", script);
		daemon_wait (agent.n_cancelled == 1);
		g_assert_cmpuint (agent.n_asked, ==, 1);
		if (i == 0)
			finish (connection);
		else
		{
			daemon_wait_state (connection, "failed");
			daemon_assert_reason (connection, i == 3 ? "worker-died" : "no-answer");
			g_object_unref (connection);
		}
		fake_agent_clear (&agent);
	}
}

/* An answer that comes after the connection has ended harms nobody. */
static void
test_late (Daemon *daemon)
{
	VpnConnection *connection;
	FakeAgent agent;

	fake_agent_init (&agent, daemon->connection, "/own", SECRET_REPLY);
	agent.delay_ms = 500;
	connection =
	    connect_with (daemon, daemon->manager, "/own", "wait start\n" ASK "sleep 100\nemit Closed ('no-answer', '')\n");
	daemon_wait_state (connection, "failed");
	daemon_spin (700);
	g_assert_true (daemon_is_alive (daemon));
	g_object_unref (connection);
	fake_agent_clear (&agent);
}

/* The agent goes away over the question: the next one is asked. */
static void
test_vanishes (Daemon *daemon)
{
	g_autoptr (GDBusConnection) client = daemon_client (daemon, 0);
	VpnConnection *connection;
	FakeAgent leaving, staying;

	fake_agent_init (&staying, daemon->connection, "/staying", SECRET_REPLY);
	fake_agent_init (&leaving, client, "/leaving", NULL);
	fake_agent_register (&staying);
	fake_agent_register (&leaving);
	connection = connect_with (daemon, daemon->manager, NULL, GOOD);
	daemon_wait (leaving.n_asked == 1);
	fake_agent_clear (&leaving);
	g_dbus_connection_close_sync (client, NULL, NULL);
	daemon_wait (staying.n_asked == 1);
	finish (connection);
	fake_agent_clear (&staying);
}

typedef struct
{
	const char *agent; /* unique name of who may say it */
	guint n_answers;
	guint n_elsewhere;
	guint n_messages;
} Watch;

static GDBusMessage *
on_message (GDBusConnection *bus, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
	Watch *watch = user_data;
	g_autofree char *text = g_dbus_message_print (message, 0);

	g_atomic_int_inc (&watch->n_messages);
	if (strstr (text, SECRET) != NULL &&
	    g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_RETURN &&
	    g_strcmp0 (g_dbus_message_get_sender (message), watch->agent) == 0)
		g_atomic_int_inc (&watch->n_answers);
	else if (strstr (text, SECRET) != NULL)
		g_atomic_int_inc (&watch->n_elsewhere);
	if (!incoming || g_strcmp0 (g_dbus_message_get_destination (message), g_dbus_connection_get_unique_name (bus)) == 0)
		return message;
	/* A monitor that answered what it overhears would be thrown out. */
	g_object_unref (message);
	return NULL;
}

/* All that goes over the bus while a connection comes up, is looked at and ends: the password is in the agent's answer alone. */
static void
test_bus_traffic (Daemon *daemon)
{
	g_autoptr (GDBusConnection) monitor = daemon_client (daemon, 0);
	Watch watch = { .agent = g_dbus_connection_get_unique_name (daemon->connection) };
	g_autoptr (GVariant) objects = NULL, opened = NULL;
	g_autofree char *error = NULL, *failed = NULL;
	VpnConnection *connection;
	FakeAgent agent;

	g_dbus_connection_add_filter (monitor, on_message, &watch, NULL);
	g_dbus_connection_call_sync (monitor, "org.freedesktop.DBus", "/org/freedesktop/DBus",
	                             "org.freedesktop.DBus.Monitoring", "BecomeMonitor", g_variant_new ("(asu)", NULL, 0),
	                             NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
	fake_agent_init (&agent, daemon->connection, "/own", SECRET_REPLY);
	connection = connect_with (daemon, daemon->manager, "/own", GOOD);
	daemon_wait_state (connection, "init");
	objects = daemon_call (daemon->connection, "/net/godwit/Vpn1", "org.freedesktop.DBus.ObjectManager",
	                       "GetManagedObjects", NULL, &error);
	opened = daemon_call (daemon->connection, g_dbus_proxy_get_object_path (G_DBUS_PROXY (connection)),
	                      "net.godwit.Vpn1.Trace", "Open", g_variant_new ("(a{sv})", NULL), &failed);
	g_assert_nonnull (objects);
	g_assert_nonnull (opened);
	finish (connection);
	daemon_spin (200);
	g_assert_cmpuint (g_atomic_int_get (&watch.n_messages), >, 10);
	g_assert_cmpuint (g_atomic_int_get (&watch.n_answers), ==, 1);
	g_assert_cmpuint (g_atomic_int_get (&watch.n_elsewhere), ==, 0);
	fake_agent_clear (&agent);
	g_dbus_connection_close_sync (monitor, NULL, NULL);
}

int
main (int argc, char **argv)
{
	static const DaemonCase cases[] = {
		{ "/daemon/agents/choice", test_choice },           { "/daemon/agents/other-user", test_other_user },
		{ "/daemon/agents/bad-answers", test_bad_answers }, { "/daemon/agents/again", test_again },
		{ "/daemon/agents/cancel", test_cancel },           { "/daemon/agents/late", test_late },
		{ "/daemon/agents/vanishes", test_vanishes },       { "/daemon/agents/bus-traffic", test_bus_traffic },
	};

	return daemon_main (argc, argv, cases, G_N_ELEMENTS (cases));
}
