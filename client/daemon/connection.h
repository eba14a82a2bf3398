/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the life of one connection: name resolution, sockets, worker, questions, host network, end.
 * Must not know: the other connections, who may do what.
 */
#pragma once

#include "agents.h"
#include "profile/profile.h"
#include "vpn1.h"

typedef struct Connection Connection;

typedef enum
{
	CONNECTION_HOST_ENGINE, /* we set up the host */
	CONNECTION_HOST_CALLER, /* whoever called does */
	CONNECTION_HOST_NONE,   /* nobody */
} ConnectionHost;

/* What all connections share. Must outlive them. */
typedef struct
{
	GDBusConnection *bus;
	GDBusObjectManagerServer *objects;
	Agents *agents;
	const char *runtime_folder;
	const char *worker_path;
} ConnectionEnvironment;

typedef struct
{
	char *profile_id; /* "" when it came by value */
	char *sender;     /* unique name of the caller */
	guint uid;
	gboolean detach;
	gboolean export_keys;
	gboolean initial_contact; /* no other connection with this gateway and identity */
	ConnectionHost host;
	guint host_timeout_s; /* for the caller who configures the host */
	char *interface;      /* NULL: ours to choose */
	char *agent;          /* NULL: none of its own */
} ConnectionOptions;

void connection_options_clear (ConnectionOptions *options);

/* It has ended for good and may be freed. */
typedef void (*ConnectionEnded) (Connection *connection, gpointer user_data);

/**
 * connection_new:
 * @profile: moved;  @options: moved;  @number: of the object;  @index: 0..255, free, for tables and rules
 * Errors: PROFILE_ERROR_INVALID (certificate and key do not fit)
 */
Connection *connection_new (const ConnectionEnvironment *environment, Profile *profile, ConnectionOptions *options,
                            guint number, guint index, ConnectionEnded ended, gpointer user_data, GError **error);
void connection_free (Connection *connection);

const char *connection_path (const Connection *connection);
guint connection_index (const Connection *connection);
guint connection_uid (const Connection *connection);
gboolean connection_is_over (const Connection *connection);
/* Whether a gateway would take both for the same peer. */
gboolean connection_is_same_peer (const Connection *connection, const Profile *profile);

/* Ends it in order: DELETE, then the host is cleaned. */
void connection_stop (Connection *connection, Status status);
