/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: a scripted responder for tests: IKE_SA_INIT, IKE_AUTH with each method, INFORMATIONAL, requests of its own. It
 * uses the codec and crypto/ and derives its keys by itself, so that a mistake in client/ike/ does not cancel itself out.
 * Tests change its settings, or edit what it answers. Must not know: the session, clocks.
 */
#pragma once

#include "ike/ike.h"
#include "ike/protect.h"
#include "crypto/kex.h"
#include "crypto/prf.h"

#include "keys.h"

#define GATEWAY_MAX_PAYLOADS 32

/* What it wants of the client's offer. */
typedef struct
{
	const char *name;
	guint8 proposal;                         /* number in the offer */
	guint16 encr, encr_bits, prf, integ, ke; /* numbers of the wire; integ 0: none */
	AeadSuite aead;
	PrfId prf_id;
	KexId kex;
} GatewaySuite;

extern const GatewaySuite gateway_suites[];
extern const guint gateway_n_suites;

typedef enum
{
	GATEWAY_CLIENT_EAP,
	GATEWAY_CLIENT_CERTIFICATE,
	GATEWAY_CLIENT_PSK,
} GatewayClient;

/* An answer on its way out, for those who edit it. */
typedef struct
{
	IkeHeader header;
	guint n;
	IkePayload payloads[GATEWAY_MAX_PAYLOADS];
	GPtrArray *keep; /* GBytes that the payloads point to */
	gboolean silent; /* set it: nothing is sent */
} GatewayReply;

/* What a request of the gateway's own is for. */
typedef enum
{
	GATEWAY_WORK_NONE,
	GATEWAY_WORK_REKEY_CHILD,
	GATEWAY_WORK_REKEY_IKE,
	GATEWAY_WORK_DELETE_CHILD,
	GATEWAY_WORK_DELETE_IKE,
} GatewayWorkKind;

/* Its request in flight. */
typedef struct
{
	GatewayWorkKind kind;
	guint32 child; /* its own SPI */
	Kex *kex;
	GBytes *nonce;
	guint32 spi;
	guint64 ike_spi;
	guint32 id;
	GPtrArray *datagrams;
	/* the client replaces the same at the same time */
	GBytes *rival_nonce;
	guint32 rival_child;
	struct GatewaySa *rival_sa;
} GatewayWork;

/* A CHILD SA as the gateway sees it. */
typedef struct
{
	guint32 own, client; /* SPIs */
	guint8 keys[4][64];  /* encr and integ of what the client sends, then of what it gets */
	gboolean replaced, deleting, gone, delete_wanted;
} GatewayChild;

typedef struct GatewaySa
{
	guint64 spi_i, spi_r;
	gboolean gateway_began; /* the gateway is the initiator of this IKE SA */
	gboolean up, replaced, gone, delete_wanted;
	GatewayWork work;
	const GatewaySuite *suite;
	GBytes *request, *response; /* IKE_SA_INIT */
	GBytes *ni, *nr;
	guint8 sk_d[64], sk_pi[64], sk_pr[64];
	gsize prf_octets;
	IkeProtect in, out;
	GBytes *sk_e[2], *sk_a[2];
	IkeReassembly reassembly;
	guint32 next_in, next_out;
	GPtrArray *cached; /* datagrams of the last answer */
	guint cached_id;
	GBytes *idi, *idr; /* bodies */
	/* EAP */
	guint eap_step, eap_id;
	guint8 eap_challenge[16];
	Secret msk;
	gboolean eap_done;
	/* first IKE_AUTH request */
	GBytes *certificate;
	guint32 spi_client, spi_own;
	IkeMessage *offer; /* SA, TSi, TSr, CP of the client */
	gboolean established;
	guint8 child_keys[4][64]; /* encr and integ of the initiator, then of the responder */
	IkeMessage *answered;     /* the client's last response to a request of ours */
} GatewaySa;

typedef struct Gateway Gateway;
typedef void (*GatewayEdit) (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data);

struct Gateway
{
	GatewayClient client;
	const GatewaySuite *suite;
	gboolean esn;
	gboolean cookie;                  /* wants one */
	gboolean cookie_last;             /* but looks at the KE payload first */
	guint n_cookies;                  /* how many more times it changes its mind about the cookie */
	gboolean rfc7427;                 /* announces hashes */
	gboolean nat_client, nat_gateway; /* its NAT detection hashes do not fit */
	gsize fragment_octets;            /* 0: never; announces support when not 0 */
	const TestKey *key;
	SigScheme scheme;
	guint8 method; /* of its AUTH */
	const char *identity;
	guint8 identity_type;
	const char *psk;
	const char *user, *password, *code;
	guint8 eap_type;
	gboolean eap_identity;                  /* asks for it first */
	const char *address4, *address6, *dns4; /* CP; NULL: none */
	InetSelector tsr[2];                    /* granted */
	guint n_tsr;
	gboolean narrow; /* TSi: the addresses given, not what was asked for */
	GatewayEdit edit;
	gpointer edit_data;

	GRand *rand;
	GPtrArray *sas; /* GatewaySa, also half-open ones */
	GBytes *cookie_value;
	gboolean pfs, no_create;         /* CHILD SAs with a key exchange; NO_ADDITIONAL_SAS to everything */
	GArray *children;                /* GatewayChild */
	IkePayload first_tsi, first_tsr; /* of the first child, as the client sees them */
	GQueue wishes;                   /* GatewayWorkKind, as soon as it may */
	guint n_rekeys, n_temporary, n_collisions, n_updates;
	/* what it saw */
	guint n_init, n_auth, n_eap, n_informational, n_bad_icv, n_repeated;
	gboolean deleted;    /* the client deleted the IKE SA */
	guint16 told;        /* the last error notify in an INFORMATIONAL of the client */
	GString *identities; /* EAP identities it heard */
};

Gateway *gateway_new (guint32 seed);
void gateway_free (Gateway *gateway);

/* A datagram of the client, without marker; what it answers is appended to @answers (GBytes). */
void gateway_receive (Gateway *gateway, const IkePath *path, Slice datagram, GPtrArray *answers);

/* A request of its own on the SA that is up. Datagrams are appended. */
void gateway_request (Gateway *gateway, guint8 exchange, const IkePayload *payloads, guint n, GPtrArray *datagrams);
/* The same with a message ID chosen by the caller. */
void gateway_request_id (Gateway *gateway, guint8 exchange, guint32 id, const IkePayload *payloads, guint n,
                         GPtrArray *datagrams);

/* The SA that is up, or the newest. */
GatewaySa *gateway_sa (const Gateway *gateway);

/* For edits. */
IkePayload *gateway_reply_find (GatewayReply *reply, guint8 type);
IkePayload *gateway_reply_add (GatewayReply *reply, guint8 type);
void gateway_reply_remove (GatewayReply *reply, guint8 type);
void gateway_reply_notify (GatewayReply *reply, guint16 type, Slice value);
Slice gateway_reply_keep (GatewayReply *reply, GBytes *octets);

/* gateway-eap.c: the server side. @packet: empty at the start. Returns the next packet; sets .eap_done, .msk. */
GBytes *gateway_eap (Gateway *gateway, GatewaySa *sa, Slice packet);
