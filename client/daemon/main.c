/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <cap-ng.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hostnet/hostnet.h"
#include "manager.h"
#include "profile/store.h"

#define BUS_NAME "net.godwit.Vpn1"
#define WORKER "godwit-tunnel"

typedef struct
{
	GMainLoop *loop;
	Manager *manager;
	int exit_status;
} Daemon;

/* Only what the work needs: the network; and for the worker a user, a group and a bounding set without rights, and its end.
 * Files of root's need no right beyond being root: resolv.conf, profiles, journals. */
static const unsigned int wanted_capabilities[] = { CAP_NET_ADMIN, CAP_SETUID, CAP_SETGID, CAP_SETPCAP, CAP_KILL };

/* What a container or a unit took away cannot be kept. */
static gboolean
drop_capabilities (void)
{
	gboolean kept[G_N_ELEMENTS (wanted_capabilities)];
	gboolean bounds = capng_have_capability (CAPNG_EFFECTIVE, CAP_SETPCAP);

	for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
		kept[i] = capng_have_capability (CAPNG_PERMITTED, wanted_capabilities[i]);
	capng_clear (CAPNG_SELECT_ALL);
	for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
		if (kept[i])
			capng_update (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_BOUNDING_SET, wanted_capabilities[i]);
	if (bounds && capng_apply (CAPNG_SELECT_BOUNDS) != 0)
		return FALSE;
	return capng_apply (CAPNG_SELECT_CAPS) == 0 && prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) == 0;
}

/* Keys and passwords are in our memory: no core file, no debugger of another process of ours, no program that could get more
 * rights than we have. Memory is not locked: GnuTLS copies keys to where we could not; the unit keeps us off the swap. */
static gboolean
drop_privileges (void)
{
	struct rlimit none = { 0, 0 };

	if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit (RLIMIT_CORE, &none) != 0 ||
	    prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || capng_get_caps_process () != 0)
		return FALSE;
	return geteuid () != 0 || drop_capabilities ();
}

/* Beside us, in the build tree beside our folder, or where it is installed. */
static char *
find_worker (void)
{
	g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
	g_autofree char *folder = g_path_get_dirname (self != NULL ? self : ".");
	const char *const places[] = { ".", "../tunnel", GODWIT_LIBEXECDIR };

	for (guint i = 0; i < G_N_ELEMENTS (places); i++)
	{
		g_autofree char *path = g_path_is_absolute (places[i]) ? g_build_filename (places[i], WORKER, NULL)
		                                                       : g_build_filename (folder, places[i], WORKER, NULL);

		if (g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test (path, G_FILE_TEST_IS_DIR))
			return g_steal_pointer (&path);
	}
	return NULL;
}

/* READY=1 to whoever started us, without libsystemd. */
static void
notify (const char *state)
{
	const char *path = g_getenv ("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (path == NULL || strlen (path) >= sizeof address.sun_path)
		return;
	g_strlcpy (address.sun_path, path, sizeof address.sun_path);
	if (path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto (fd, state, strlen (state), MSG_NOSIGNAL, (struct sockaddr *) &address,
	            (socklen_t) (offsetof (struct sockaddr_un, sun_path) + strlen (path))) < 0)
		g_debug ("nobody listens at NOTIFY_SOCKET");
	close (fd);
}

static void
on_stopped (gpointer user_data)
{
	g_main_loop_quit (((Daemon *) user_data)->loop);
}

static gboolean
on_signal (gpointer user_data)
{
	Daemon *daemon = user_data;

	notify ("STOPPING=1");
	manager_stop (daemon->manager, on_stopped, daemon);
	return G_SOURCE_CONTINUE;
}

static void
on_name (GDBusConnection *bus, const char *name, gpointer user_data)
{
	notify ("READY=1");
	g_message ("godwitd %s is ready", GODWIT_VERSION);
}

static void
on_no_name (GDBusConnection *bus, const char *name, gpointer user_data)
{
	Daemon *daemon = user_data;

	g_printerr ("godwitd: the name %s cannot be had on the bus: another godwitd runs, or the bus does not allow it\n",
	            name);
	daemon->exit_status = 1;
	g_main_loop_quit (daemon->loop);
}

static GDBusConnection *
open_bus (const char *where, GError **error)
{
	if (where == NULL || g_str_equal (where, "system"))
		return g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, error);
	if (g_str_equal (where, "session"))
		return g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, error);
	return g_dbus_connection_new_for_address_sync (
	    where, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL,
	    NULL, error);
}

static int
run (GDBusConnection *bus, const ManagerPaths *paths)
{
	Daemon daemon = { .loop = g_main_loop_new (NULL, FALSE) };
	guint recovered = hostnet_recover (paths->runtime_folder);
	guint name;

	if (recovered > 0)
		g_message ("took back what %u connections of an earlier godwitd had left", recovered);
	g_dbus_connection_set_exit_on_close (bus, FALSE);
	daemon.manager = manager_new (bus, paths);
	g_unix_signal_add (SIGTERM, on_signal, &daemon);
	g_unix_signal_add (SIGINT, on_signal, &daemon);
	name = g_bus_own_name_on_connection (bus, BUS_NAME, G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE, on_name, on_no_name,
	                                     &daemon, NULL);
	g_main_loop_run (daemon.loop);
	manager_free (daemon.manager);
	g_bus_unown_name (name);
	g_dbus_connection_flush_sync (bus, NULL, NULL);
	g_main_loop_unref (daemon.loop);
	return daemon.exit_status;
}

int
main (int argc, char **argv)
{
	g_autofree char *where = NULL, *runtime = NULL, *profiles = NULL, *worker = NULL;
	gboolean version = FALSE;
	const GOptionEntry entries[] = {
		{ "bus", 0, 0, G_OPTION_ARG_STRING, &where, "system (default), session, or the address of a bus", "BUS" },
		{ "runtime-dir", 0, 0, G_OPTION_ARG_FILENAME, &runtime, "For the journals; default /run/godwit", "DIR" },
		{ "profiles", 0, 0, G_OPTION_ARG_FILENAME, &profiles, "Profiles of the system", "DIR" },
		{ "worker", 0, 0, G_OPTION_ARG_FILENAME, &worker, "The program " WORKER, "FILE" },
		{ "version", 0, 0, G_OPTION_ARG_NONE, &version, "Show the version", NULL },
		{ NULL },
	};
	g_autoptr (GOptionContext) context = g_option_context_new ("- IKEv2 remote access");
	g_autoptr (GError) error = NULL;
	g_autoptr (GDBusConnection) bus = NULL;
	const char *from_systemd = g_getenv ("RUNTIME_DIRECTORY");
	ManagerPaths paths;

	setlocale (LC_ALL, "");
	g_option_context_add_main_entries (context, entries, NULL);
	if (!g_option_context_parse (context, &argc, &argv, &error))
	{
		g_printerr ("godwitd: %s\n", error->message);
		return 2;
	}
	if (version)
	{
		g_print ("godwitd %s\n", GODWIT_VERSION);
		return 0;
	}
	if (worker == NULL && (worker = find_worker ()) == NULL)
	{
		g_printerr ("godwitd: %s is neither beside godwitd nor in %s; --worker names it\n", WORKER, GODWIT_LIBEXECDIR);
		return 1;
	}
	if (runtime == NULL)
		runtime = g_strdup (from_systemd != NULL ? from_systemd : "/run/godwit");
	if (profiles == NULL)
		profiles = profile_store_system_folder ();
	if (!drop_privileges ())
	{
		g_printerr ("godwitd: the rights that are not needed could not be given up\n");
		return 1;
	}
	bus = open_bus (where, &error);
	if (bus == NULL)
	{
		g_printerr ("godwitd: no bus: %s\n", error->message);
		return 1;
	}
	paths = (ManagerPaths){ runtime, profiles, worker };
	return run (bus, &paths);
}
