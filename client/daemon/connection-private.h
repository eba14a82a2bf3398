/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what the files connection*.c share. Must not know: anything outside them.
 */
#pragma once

#include "connection.h"
#include "credentials.h"
#include "fetch.h"
#include "hostconfig.h"
#include "trace-hub.h"
#include "worker.h"

#define CONNECTION_MAX_CHILDREN 64

typedef struct
{
	guint32 spi;
	VpnObjectSkeleton *object;
	VpnChildSa *skeleton;
} ConnectionChild;

struct Connection
{
	const ConnectionEnvironment *environment;
	ConnectionOptions options;
	Profile *profile;
	Credentials *credentials;
	guint number, index;
	ConnectionEnded ended;
	gpointer user_data;

	VpnObjectSkeleton *object;
	VpnConnection *skeleton;
	VpnTrace *trace;
	char *path;
	TraceHub *hub;
	guint owner_watch;

	GCancellable *cancellable;
	GUnixFDList *sockets; /* until the worker has them */
	GVariant *paths;
	InetAddress gateway; /* that it talks to, for the MTU */
	Worker *worker;
	Hostnet *hostnet;
	HostPlan plan;
	guint overhead, block; /* of the CHILD SA */
	guint mtu;
	gboolean configured; /* the host has what .plan says, or asked the caller */
	guint host_timer;    /* while the caller is asked */
	GPtrArray *children; /* of ConnectionChild */

	AgentsRequest *question;
	guint question_id;
	Fetch *fetch; /* for the worker; one at a time */
	guint fetch_id;
	FetchBudget fetch_budget;

	gboolean stopping;
	Status stop_status;
	gboolean over;
	guint timer;

	GVariant *ways; /* as the worker knows them */
	gulong roam_handler;
	guint roam_timer;
};

/* connection.c */
void connection_set_state (Connection *c, const char *state, Status status, const char *detail);
void connection_finish (Connection *c, Status status, const char *detail);
void connection_got_connected (Connection *c);

/* connection-worker.c: what the worker says */
void connection_worker_start (Connection *c);
void connection_worker_free (Connection *c); /* nothing it says is heard any more */

/* connection-roam.c: from the moment the worker runs */
void connection_roam_begin (Connection *c);
void connection_roam_end (Connection *c);

/* connection-host.c */
void connection_host_apply (Connection *c);
void connection_host_done (Connection *c, gboolean ok, const char *message);

/* connection-child.c: ChildSa objects */
void connection_child_add (Connection *c, guint32 spi_in, guint32 spi_out, GVariant *local, GVariant *remote,
                           GVariant *details);
void connection_child_remove (Connection *c, guint32 spi_in);
void connection_child_free (gpointer child);
gboolean connection_is_word (const char *text); /* of ours, not a text that the worker made up */

guint64 connection_now_us (void); /* CLOCK_BOOTTIME */
