/* SPDX-License-Identifier: GPL-2.0-or-later */
/* godwit-tunnel: one connection. Started by godwitd with the private D-Bus as descriptor 3. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "control.h"
#include "preload.h"
#include "privileges.h"
#include "private-bus.h"
#include "sandbox.h"

#define BUS_FD 3

/* GLib's own writer may want files and sockets (journal, time zone), which are gone. */
static GLogWriterOutput
log_to_stderr (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer data)
{
	char line[1024];
	const char *text = "";
	gssize done;

	if ((level & (G_LOG_LEVEL_DEBUG | G_LOG_LEVEL_INFO)) != 0)
		return G_LOG_WRITER_HANDLED;
	for (gsize i = 0; i < n_fields; i++)
	{
		if (strcmp (fields[i].key, "MESSAGE") == 0 && fields[i].length < 0)
			text = fields[i].value;
	}
	g_snprintf (line, sizeof line, "godwit-tunnel: %s\n", text);
	done = write (STDERR_FILENO, line, strlen (line));
	return done > 0 ? G_LOG_WRITER_HANDLED : G_LOG_WRITER_UNHANDLED;
}

/* Without godwitd there is nobody to work for: no TUN, no one to tell. */
static void
bus_closed (GDBusConnection *connection, gboolean by_remote, GError *error, gpointer data)
{
	_exit (1);
}

/* What a parent ignores or blocks is inherited; the limit of private-bus.h needs SIGALRM to kill. */
static void
reset_signals (void)
{
	sigset_t none;

	sigemptyset (&none);
	signal (SIGALRM, SIG_DFL);
	signal (SIGPIPE, SIG_IGN);
	sigprocmask (SIG_SETMASK, &none, NULL);
}

static gboolean
run (GError **error)
{
	g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
	g_autoptr (GodwitTunnel1) object = godwit_tunnel1_skeleton_new ();
	g_autoptr (Datapath) datapath = NULL;
	g_autoptr (GDBusConnection) connection = NULL;
	g_autoptr (Engine) engine = NULL;
	g_autoptr (Control) control = NULL;

	if (!preload () || datapath_new (&datapath) != STATUS_OK)
	{
		g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no random numbers, memory or threads");
		return FALSE;
	}
	connection = private_bus_open (BUS_FD, error);
	if (connection == NULL)
		return FALSE;
	engine = engine_new (object, datapath, loop, error);
	if (engine == NULL)
		return FALSE;
	control = control_new (connection, object, engine, datapath, error);
	if (control == NULL || !sandbox_enter (error))
		return FALSE;
	g_signal_connect (connection, "closed", G_CALLBACK (bus_closed), NULL);
	g_dbus_connection_start_message_processing (connection);
	g_main_loop_run (loop);
	private_bus_flush (connection);
	return TRUE;
}

int
main (int argc, char **argv)
{
	g_autoptr (GError) error = NULL;
	gboolean ok;

	g_log_set_writer_func (log_to_stderr, NULL, NULL);
	reset_signals ();
	ok = privileges_drop (GODWIT_WORKER_USER, BUS_FD, &error) && run (&error);
	if (!ok)
		g_warning ("%s", error->message);
	/* Not exit(): what libraries do at the end may need calls that are forbidden by now. All keys are wiped. */
	_exit (ok ? 0 : 1);
}
