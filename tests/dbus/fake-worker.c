/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A godwit-tunnel that says what a script tells it to, true or not. godwitd starts it as it starts the real one. The script is
 * the file that GODWIT_FAKE_WORKER names, one command a line:
 *
 *   emit SIGNAL (VALUE, ...)   a signal with any value of GVariant's text form, also of a type that the XML does not know
 *   times N emit ...           the same N times
 *   big SIGNAL OCTETS          a signal with one string of so many octets
 *   wait start|tun|stop        until godwitd has called that
 *   wait answer STATUS TEXT    until a question is answered; ends with status 99 when the answer is another
 *   facts {...}                what GetFacts returns;  counters {...}: what GetCounters returns
 *   mute start|stop|facts|counters|tun   such calls get no reply
 *   refuse start|tun WORDS     such calls get an error
 *   sleep MS, exit STATUS, die, close (the bus, but go on living)
 *
 * At the end it waits; Stop is answered with Closed unless it is mute.
 */
#include <gio/gio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tunnel1.h"

#define BUS_DESCRIPTOR 3
#define OBJECT "/net/godwit/Tunnel1"

typedef struct
{
	GMainLoop *loop;
	GDBusConnection *bus;
	GodwitTunnel1 *skeleton;
	char **lines;
	guint at;
	GHashTable *mute;   /* names of calls */
	GHashTable *refuse; /* name of a call -> words */
	GHashTable *called; /* names of calls that came */
	GVariant *facts, *counters;
	GQueue answers; /* "STATUS TEXT" */
} Fake;

static void run (Fake *fake);

static void
emit (Fake *fake, const char *signal, GVariant *value)
{
	g_dbus_connection_emit_signal (fake->bus, NULL, OBJECT, "net.godwit.Tunnel1", signal, value, NULL);
}

static void
emit_text (Fake *fake, const char *words, guint times)
{
	g_auto (GStrv) parts = g_strsplit (words, " ", 2);
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) value = g_variant_parse (NULL, parts[1], NULL, NULL, &error);

	if (value == NULL)
		g_error ("%s: %s", words, error->message);
	for (guint i = 0; i < times; i++)
		emit (fake, parts[0], value);
}

static void
emit_big (Fake *fake, const char *words)
{
	g_auto (GStrv) parts = g_strsplit (words, " ", 2);
	gsize len = (gsize) g_ascii_strtoull (parts[1], NULL, 10);
	char *text = g_malloc (len + 1);

	memset (text, 'x', len);
	text[len] = '\0';
	emit (fake, parts[0],
	      g_str_equal (parts[0], "Closed") ? g_variant_new ("(ss)", "no-answer", text) : g_variant_new ("(s)", text));
	g_free (text);
}

/* FALSE: the script goes on when it comes. */
static gboolean
has_come (Fake *fake, const char *what)
{
	g_autofree char *answer = NULL;

	if (!g_str_has_prefix (what, "answer"))
		return g_hash_table_contains (fake->called, what);
	answer = g_queue_pop_head (&fake->answers);
	if (answer != NULL && !g_str_equal (answer, what + strlen ("answer ")))
		exit (99);
	return answer != NULL;
}

static gboolean
on_slept (gpointer user_data)
{
	run (user_data);
	return G_SOURCE_REMOVE;
}

/* FALSE: the script pauses here. */
static gboolean
run_line (Fake *fake, const char *line)
{
	g_auto (GStrv) parts = g_strsplit (line, " ", 2);
	const char *word = parts[0];
	const char *rest = parts[0] != NULL && parts[1] != NULL ? parts[1] : "";

	if (word == NULL || word[0] == '\0' || word[0] == '#')
		return TRUE;
	if (g_str_equal (word, "emit"))
		emit_text (fake, rest, 1);
	else if (g_str_equal (word, "times"))
		emit_text (fake, strstr (rest, "emit ") + strlen ("emit "), (guint) atoi (rest));
	else if (g_str_equal (word, "big"))
		emit_big (fake, rest);
	else if (g_str_equal (word, "facts"))
		fake->facts = g_variant_parse (G_VARIANT_TYPE_VARDICT, rest, NULL, NULL, NULL);
	else if (g_str_equal (word, "counters"))
		fake->counters = g_variant_parse (G_VARIANT_TYPE ("a{ua{st}}"), rest, NULL, NULL, NULL);
	else if (g_str_equal (word, "mute"))
		g_hash_table_add (fake->mute, g_strdup (rest));
	else if (g_str_equal (word, "refuse"))
	{
		g_auto (GStrv) words = g_strsplit (rest, " ", 2);

		g_hash_table_insert (fake->refuse, g_strdup (words[0]), g_strdup (words[1]));
	}
	else if (g_str_equal (word, "exit"))
	{
		g_dbus_connection_flush_sync (fake->bus, NULL, NULL);
		exit (atoi (rest));
	}
	else if (g_str_equal (word, "die"))
	{
		g_dbus_connection_flush_sync (fake->bus, NULL, NULL);
		raise (SIGKILL);
	}
	else if (g_str_equal (word, "close"))
		g_dbus_connection_close_sync (fake->bus, NULL, NULL);
	else if (g_str_equal (word, "sleep"))
	{
		g_timeout_add ((guint) atoi (rest), on_slept, fake);
		return FALSE;
	}
	else if (g_str_equal (word, "wait"))
		return has_come (fake, rest);
	else
		g_error ("no such command: %s", line);
	return TRUE;
}

static void
run (Fake *fake)
{
	while (fake->lines[fake->at] != NULL)
	{
		gboolean pauses = g_str_has_prefix (fake->lines[fake->at], "sleep");

		if (!run_line (fake, fake->lines[fake->at]) && !pauses)
			return;
		fake->at++;
		if (pauses)
			return;
	}
}

static gboolean
run_idle (gpointer user_data)
{
	Fake *fake = user_data;

	if (fake->lines[fake->at] != NULL && g_str_has_prefix (fake->lines[fake->at], "wait"))
		run (fake);
	return G_SOURCE_REMOVE;
}

/* TRUE: the call was dealt with. Notes it, and lets a script that waits for it go on once the reply is out. */
static gboolean
came (Fake *fake, GDBusMethodInvocation *invocation, const char *what)
{
	const char *refused = g_hash_table_lookup (fake->refuse, what);

	g_hash_table_add (fake->called, g_strdup (what));
	g_idle_add (run_idle, fake);
	if (refused != NULL)
		g_dbus_method_invocation_return_dbus_error (invocation, "net.godwit.Test.Refused", refused);
	return refused != NULL || g_hash_table_contains (fake->mute, what);
}

static gboolean
on_start (GodwitTunnel1 *skeleton, GDBusMethodInvocation *invocation, GUnixFDList *list, GVariant *settings,
          GVariant *paths, GVariant *sockets, GVariant *anchors, GVariant *options, Fake *fake)
{
	if (!came (fake, invocation, "start"))
		godwit_tunnel1_complete_start (skeleton, invocation, NULL);
	return TRUE;
}

static gboolean
on_set_tun (GodwitTunnel1 *skeleton, GDBusMethodInvocation *invocation, GUnixFDList *list, GVariant *tun, guint mtu,
            Fake *fake)
{
	if (!came (fake, invocation, "tun"))
		godwit_tunnel1_complete_set_tun (skeleton, invocation, NULL);
	return TRUE;
}

static gboolean
on_answer (GodwitTunnel1 *skeleton, GDBusMethodInvocation *invocation, guint id, const char *status, GVariant *octets,
           Fake *fake)
{
	gsize len;
	const char *data = g_variant_get_fixed_array (octets, &len, 1);

	g_queue_push_tail (&fake->answers, g_strdup_printf ("%s %.*s", status, (int) len, len > 0 ? data : ""));
	came (fake, invocation, "answers");
	godwit_tunnel1_complete_answer (skeleton, invocation);
	return TRUE;
}

static gboolean
on_stop (GodwitTunnel1 *skeleton, GDBusMethodInvocation *invocation, const char *status, Fake *fake)
{
	if (came (fake, invocation, "stop"))
		return TRUE;
	godwit_tunnel1_complete_stop (skeleton, invocation);
	emit (fake, "Closed", g_variant_new ("(ss)", status, ""));
	return TRUE;
}

static gboolean
on_get_facts (GodwitTunnel1 *skeleton, GDBusMethodInvocation *invocation, Fake *fake)
{
	if (!came (fake, invocation, "facts"))
		g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{sv})", fake->facts));
	return TRUE;
}

static gboolean
on_get_counters (GodwitTunnel1 *skeleton, GDBusMethodInvocation *invocation, Fake *fake)
{
	if (!came (fake, invocation, "counters"))
		g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{ua{st}})", fake->counters));
	return TRUE;
}

static void
on_bus_closed (GDBusConnection *bus, gboolean vanished, GError *error, Fake *fake)
{
	if (vanished)
		g_main_loop_quit (fake->loop);
}

static void export(Fake *fake)
{
	static const struct
	{
		const char *signal;
		GCallback callback;
	} handlers[] = {
		{ "handle-start", G_CALLBACK (on_start) },         { "handle-set-tun", G_CALLBACK (on_set_tun) },
		{ "handle-answer", G_CALLBACK (on_answer) },       { "handle-stop", G_CALLBACK (on_stop) },
		{ "handle-get-facts", G_CALLBACK (on_get_facts) }, { "handle-get-counters", G_CALLBACK (on_get_counters) },
	};

	fake->skeleton = godwit_tunnel1_skeleton_new ();
	for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
		g_signal_connect (fake->skeleton, handlers[i].signal, handlers[i].callback, fake);
	if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (fake->skeleton), fake->bus, OBJECT, NULL))
		g_error ("cannot export");
}

int
main (int argc, char **argv)
{
	g_autoptr (GSocket) socket = g_socket_new_from_fd (BUS_DESCRIPTOR, NULL);
	g_autoptr (GError) error = NULL;
	g_autofree char *text = NULL;
	g_autoptr (GSocketConnection) stream = NULL;
	Fake fake = { .loop = g_main_loop_new (NULL, FALSE), .answers = G_QUEUE_INIT };

	if (socket == NULL || !g_file_get_contents (g_getenv ("GODWIT_FAKE_WORKER"), &text, NULL, &error))
		g_error ("no socket, or no script");
	fake.lines = g_strsplit (text, "\n", -1);
	fake.mute = g_hash_table_new (g_str_hash, g_str_equal);
	fake.refuse = g_hash_table_new (g_str_hash, g_str_equal);
	fake.called = g_hash_table_new (g_str_hash, g_str_equal);
	fake.facts = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
	fake.counters = g_variant_ref_sink (g_variant_new ("a{ua{st}}", NULL));
	stream = g_socket_connection_factory_create_connection (socket);
	fake.bus = g_dbus_connection_new_sync (G_IO_STREAM (stream), NULL,
	                                       G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
	                                           G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING,
	                                       NULL, NULL, &error);
	if (fake.bus == NULL)
		g_error ("%s", error->message);
	g_dbus_connection_set_exit_on_close (fake.bus, FALSE);
	g_signal_connect (fake.bus, "closed", G_CALLBACK (on_bus_closed), &fake);
	export(&fake);
	g_dbus_connection_start_message_processing (fake.bus);
	/* Nothing is said before Start: the script begins there unless it begins by itself. */
	run (&fake);
	g_main_loop_run (fake.loop);
	return 0;
}
