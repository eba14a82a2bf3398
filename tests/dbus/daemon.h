/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: a private bus, godwitd on it with a fake worker (fake-worker.c), clients of any user, and waiting for what shall
 * happen. Must not know: any single case. All of it in a network namespace of its own.
 */
#pragma once

#include <gio/gio.h>

#include "vpn1.h"

#define DAEMON_OTHER_UID 65534u
#define DAEMON_WAIT_MS 10000

typedef struct
{
	char *folder;
	char *address; /* of the bus */
	GSubprocess *bus, *godwitd;
	GDBusConnection *connection; /* of the first client */
	VpnManager *manager;
} Daemon;

typedef struct
{
	const char *path;
	void (*run) (Daemon *daemon);
} DaemonCase;

/* Runs each case with a bus and a godwitd of its own. Skips all when not root: godwitd can then do nothing. */
int daemon_main (int argc, char **argv, const DaemonCase *cases, gsize n);

void daemon_init (Daemon *daemon);
/* Ends it as a signal of systemd would. Fails when godwitd did not end well: crashed, or found by a sanitizer. */
void daemon_clear (Daemon *daemon);
gboolean daemon_is_alive (Daemon *daemon);
/* A profile of the system. */
void daemon_write_profile (Daemon *daemon, const char *name, const char *text);

/* What the next workers do. */
void daemon_script (Daemon *daemon, const char *script);

/* Another client. */
GDBusConnection *daemon_client (Daemon *daemon, uid_t uid);
VpnManager *daemon_manager_of (GDBusConnection *client);

/* Settings of a connection with EAP to @gateway. Floating. */
GVariant *daemon_settings (const char *gateway);

/* @options: text of an a{sv}; Returns: a proxy */
VpnConnection *daemon_connect (VpnManager *manager, const char *options);
GVariant *daemon_call (GDBusConnection *client, const char *path, const char *interface, const char *method,
                       GVariant *parameters, char **ret_error);

/* Every state and reason that came by signal, as "state:reason", separated by spaces. */
typedef struct
{
	GDBusConnection *client;
	guint subscription;
	GString *text;
} States;

void states_init (States *states, GDBusConnection *client);
void states_clear (States *states);
void states_expect (States *states, const char *wanted);

void daemon_wait_state (VpnConnection *connection, const char *state);
void daemon_assert_reason (VpnConnection *connection, const char *reason);
/* Runs the main loop. */
void daemon_spin (guint ms);
/* Fails when it does not become true. */
#define daemon_wait(CONDITION)                                                                                         \
	G_STMT_START                                                                                                       \
	{                                                                                                                  \
		gint64 end_ = g_get_monotonic_time () + DAEMON_WAIT_MS * 1000;                                                 \
		while (!(CONDITION))                                                                                           \
		{                                                                                                              \
			g_assert_cmpint (g_get_monotonic_time (), <, end_);                                                        \
			daemon_spin (5);                                                                                           \
		}                                                                                                              \
	}                                                                                                                  \
	G_STMT_END

/* An agent that answers by itself. */
typedef struct
{
	VpnAgent *skeleton;
	GDBusConnection *client;
	const char *reply; /* NULL: none at all; "!NAME": that error; else text of an a{sv} */
	guint delay_ms;
	guint n_asked, n_cancelled;
	guint flags;
	char *message, *field;
} FakeAgent;

void fake_agent_init (FakeAgent *agent, GDBusConnection *client, const char *path, const char *reply);
void fake_agent_clear (FakeAgent *agent);
void fake_agent_register (FakeAgent *agent);
