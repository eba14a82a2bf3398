/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: one session and one scripted gateway on a virtual clock with seeded randomness, the network between them and the
 * people who answer. Nothing here waits for real time. Must not know: how either of them works inside.
 */
#pragma once

#include "gateway.h"

#define WORLD_SECOND ((gint64) G_USEC_PER_SEC)
#define WORLD_DELAY_US 10000 /* one way */

typedef struct World World;

/* One datagram under way, and what shall become of it. */
typedef struct
{
	gboolean to_client;
	guint number; /* in its direction, from 0 */
	IkePath path; /* as the client sees it */
	GBytes *octets;
	gboolean drop;
	guint copies;    /* more than the one */
	gint64 delay_us; /* of the first */
	gint64 copy_delay_us;
} WorldPacket;

/* Decides about a datagram that was sent; it may inject others. */
typedef void (*WorldFate) (World *world, WorldPacket *packet, gpointer data);

struct World
{
	IkeSession *session;
	Gateway *gateway;
	GRand *rand;
	gint64 now_us;
	GQueue packets;  /* by time */
	guint n_sent[2]; /* to the gateway, to the client */
	WorldFate fate;
	gpointer fate_data;

	/* Profile, before world_start(). */
	IkeAuthBy auth_by;
	const char *gateway_identity;
	const char *local_identity;
	const TestKey *client_key;
	guint8 eap_methods[3];
	guint n_eap_methods;
	gboolean no_address, no_ipv6, weak, export_keys, slow_aes, not_first;
	gboolean pfs, mobike;
	gint64 ike_lifetime_us, child_lifetime_us;
	gsize fragment_octets;
	InetSelector remote[2];
	guint n_remote;
	IkePath paths[4];
	guint n_paths;

	/* People. */
	const char *password, *code, *psk; /* NULL: the question is cancelled */
	Status verify_status;              /* STATUS_OK: only if it is the gateway's certificate */
	gboolean nobody;                   /* questions of persons stay open */
	gboolean no_sign, no_verify;       /* so do these */
	gint64 answer_us;                  /* how long they take */

	/* What came out. */
	GArray *states; /* IkeState */
	guint n_asks, n_password, n_code, n_psk, n_sign, n_verify, n_cancelled;
	guint last_ask;
	guint n_child_add, n_child_drop, n_config, n_keys, n_closed, n_dropped_traces, n_resent;
	IkeEffect child;  /* the first CHILD_ADD */
	GArray *children; /* of IkeEffect: those that are up */
	guint32 sending;  /* inbound SPI of the child that is sent with */
	guint n_use, n_path, n_renew, n_suspect;
	IkePath moved;    /* of the last PATH */
	gint64 again_us;  /* when the gateway sends again what was not answered; 0: nothing waits */
	IkeEffect config; /* the last CONFIG */
	Status status;    /* of CLOSED */
	char *detail;
	GString *log; /* in order: one line an effect, for a test that fails */
};

World *world_new (guint32 seed);
void world_free (World *world);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (World, world_free)

/* EAP user, certificate or PSK on both sides. */
void world_by (World *world, IkeAuthBy auth_by);

/* Makes the session and starts it. */
void world_start (World *world);

/* Until nothing more happens, or up to this time after now. */
void world_run (World *world, gint64 us);
/* The next thing that happens. FALSE: nothing is left to happen within 200 s. */
gboolean world_step (World *world);
/* Until the session is established or closed; at most 200 s. */
void world_settle (World *world);

gboolean world_established (const World *world);
gboolean world_saw_state (const World *world, IkeState state);

void world_input (World *world, const IkeInput *input);
void world_stop (World *world, Status status);
void world_tick (World *world);
/* Puts a datagram before the client as if it came from the gateway on @path. */
void world_deliver (World *world, const IkePath *path, Slice octets);
/* The same, after @delay_us. */
void world_inject (World *world, const IkePath *path, Slice octets, gint64 delay_us);
/* Brings a request of the gateway to the client. */
void world_gateway_request (World *world, guint8 exchange, const IkePayload *payloads, guint n);

/* Makes the gateway begin something, as soon as it may. */
void world_gateway_wish (World *world, GatewayWorkKind kind);
/* Fails unless both ends have one IKE SA and the same children with the same keys, @n of them. */
void world_check_agree (World *world, guint n);

/* Fails the test unless the tunnel is up, both ends have the same keys and the selectors are those granted. */
void world_check_established (World *world);
/* Fails unless closed once with this status, with no child left and no timer running. */
void world_check_closed (World *world, Status status);
/* Prints what happened into the test's output. */
void world_show (const World *world);

/* The way at IKE_NATT_PORT. */
IkePath world_natt_path (const World *world);
