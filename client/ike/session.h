/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the state of a session, for the files of this folder. What is in flight is .phase; the data of a phase stands in the
 * struct named for it. Must not know: anything outside ike/.
 */
#pragma once

#include "crypto/kex.h"
#include "eap/eap.h"
#include "ike.h"
#include "keymat.h"
#include "proposal.h"
#include "protect.h"
#include "schema.h"

#define IKE_MAX_CANDIDATES 4
#define IKE_MAX_SAS 8 /* candidates, and later the current one with those it replaced */
#define IKE_MAX_CHILDREN 32
#define IKE_MAX_INIT_ROUNDS 5
#define IKE_MAX_INVALID_KE 2
#define IKE_COOKIE_WAIT_US (IKE_SECOND / 5) /* for an answer that makes a cookie needless */
#define IKE_LISTEN_US (IKE_SECOND / 2)      /* since IKE_SA_INIT was sent: for another answer when one has failed */
#define IKE_CLOSE_US (3 * IKE_SECOND / 2)   /* nobody waits longer for a good-bye */
#define IKE_DROPS_TOLD 8                    /* traces a second of what is dropped */
#define IKE_MAX_COOKIE_OCTETS 64
#define IKE_NONCE_OCTETS 32
#define IKE_LEAST_NONCE_OCTETS 16 /* RFC 7296 section 2.10 */
#define IKE_MOST_NONCE_OCTETS 256

#define IKE_SECOND ((gint64) G_USEC_PER_SEC)
#define IKE_NEGOTIATION_US (60 * IKE_SECOND) /* all of it, waiting for people not counted */
#define IKE_ASK_US (60 * IKE_SECOND)
#define IKE_LEAST_REAUTH_US (10 * IKE_SECOND)
#define IKE_LIFETIME_US (4 * 3600 * IKE_SECOND)
#define IKE_CHILD_LIFETIME_US (3600 * IKE_SECOND)

/* What is in flight. */
typedef enum
{
	IKE_PHASE_IDLE,
	IKE_PHASE_ASK_PSK,   /* before anything is sent */
	IKE_PHASE_INIT,      /* IKE_SA_INIT; candidates appear, and with the first one IKE_AUTH begins */
	IKE_PHASE_AUTH,      /* the first IKE_AUTH request of each candidate; more candidates may still come */
	IKE_PHASE_VERIFY,    /* the gateway's certificate is being judged */
	IKE_PHASE_EAP,       /* an EAP answer is on its way */
	IKE_PHASE_EAP_ASK,   /* a person is asked */
	IKE_PHASE_AUTH_LAST, /* our AUTH from the MSK is on its way */
	IKE_PHASE_ESTABLISHED,
	IKE_PHASE_DELETE, /* INFORMATIONAL with DELETE is on its way */
	IKE_PHASE_CLOSED,
} IkePhase;

/* What a request on an IKE SA that is up is for. */
typedef enum
{
	IKE_WORK_NONE,
	IKE_WORK_NEW_CHILD,
	IKE_WORK_REKEY_CHILD,
	IKE_WORK_REKEY_IKE,
	IKE_WORK_DELETE_CHILD,
	IKE_WORK_DELETE_IKE,
	IKE_WORK_PROBE,  /* liveness: an empty INFORMATIONAL */
	IKE_WORK_UPDATE, /* MOBIKE: the outer addresses have changed */
} IkeWork;

/* A CHILD SA that the packet path has. Its keys are no longer here. */
typedef struct
{
	guint32 spi_in, spi_out;
	guint32 replaces; /* inbound SPI of the one before; 0: none */
	InetSelector *local, *remote;
	gsize n_local, n_remote;
	gint64 rekey_us;    /* when another is made in its place; G_MAXINT64: never */
	gint64 expire_us;   /* it ends then, rekeyed or not */
	gint64 patience_us; /* replaced by the gateway, whose DELETE should have come by then */
	gint64 drop_us;     /* the gateway has it no more; until then for what is under way. G_MAXINT64: alive */
	gboolean replaced;  /* another carries its traffic */
	gboolean standby;   /* nothing is sent with it yet: the gateway made it and has not deleted the one before */
	gboolean delete_wanted;
	guint n_refused; /* attempts to rekey in a row */
} IkeChildSa;

/* Our CREATE_CHILD_SA request in flight (RFC 7296 section 1.3). */
typedef struct
{
	Kex *kex; /* NULL: without a key exchange of its own */
	guint8 nonce[IKE_NONCE_OCTETS];
	guint64 ike_spi;
	guint32 child_spi;
	guint n_tries;
	/* The gateway replaces the same SA at the same time (section 2.8.1). */
	GBytes *rival_nonce; /* the lower one of its exchange; NULL: no collision */
	guint32 rival_child; /* inbound SPI */
	struct IkeSa *rival_sa;
} IkeCreate;

/* One request of ours until it is answered (RFC 7296 section 2.1). */
typedef struct
{
	gboolean active;
	IkeHeader header;
	IkePath path;
	GPtrArray *datagrams; /* sent again octet by octet */
	guint n_sent;
	guint most; /* how often at most */
	gint64 started_us;
	gint64 next_us; /* when it is sent again, or given up */
} IkeRequest;

/* An IKE SA, or what an answer to IKE_SA_INIT may make one. */
typedef struct IkeSa
{
	guint64 spi_i, spi_r;
	gboolean initiator; /* we started it: the SPI of the initiator is ours */
	IkePath path;
	GBytes *message; /* our IKE_SA_INIT that it answers, for our AUTH */
	IkeChoice choice;
	IkeKeymat keys;
	IkeProtect out, in;
	GBytes *nonce_r;
	GBytes *response; /* the gateway's IKE_SA_INIT message, for its AUTH */
	guint hashes;     /* bit n: hash algorithm n of SIGNATURE_HASH_ALGORITHMS */
	gboolean fragmentation;
	gboolean nat_local, nat_remote;
	const char *software; /* of a vendor ID that we know, or NULL */
	IkeRequest request;
	guint32 next_message_id; /* of ours */
	guint sign_ask;          /* 0: none is open */
	SigScheme sign_scheme;
	guint8 sign_method; /* IKE_AUTH_* */
	IkeReassembly reassembly;
	/* Requests of the gateway. */
	guint32 peer_message_id; /* the next one expected */
	GBytes *peer_first;      /* first datagram of the one coming in */
	GBytes *peer_request;    /* first datagram of the one before, */
	GPtrArray *peer_answer;  /* and what we answered */
	/* Once it is up. */
	gboolean up;
	IkeWork work;       /* of .request */
	guint32 work_child; /* inbound SPI of the child it is about */
	IkeCreate create;
	gint64 rekey_us, expire_us;
	gint64 patience_us; /* replaced by the gateway, whose DELETE should have come by then */
	gboolean replaced;
	gboolean gone; /* deleted by the gateway; only an answer to us may still come */
	gboolean delete_wanted;
	guint n_refused; /* attempts to rekey in a row */
} IkeSa;

typedef struct
{
	guint64 spi_i;
	guint8 nonce[IKE_NONCE_OCTETS];
	GBytes *cookie;
	gint64 cookie_us; /* when it is followed; G_MAXINT64: none is waiting for that */
	/* One for each group that was tried. An answer names its group, so one to an earlier request still finds its key. */
	struct
	{
		Kex *kex;
		GBytes *message; /* the last one sent with it */
	} tries[1 + IKE_MAX_INVALID_KE];
	guint n_tries, current;
	IkeRequest request;
	guint n_rounds;
	gint64 listen_us;  /* all candidates have failed: until then another may come; G_MAXINT64: not so */
	Status remembered; /* what is told when nothing better comes; STATUS_OK: none */
	char *remembered_detail;
} IkeInit;

typedef struct
{
	GBytes *idr_body;
	guint8 idr_type;
	GBytes *idr_value;
	guint8 method;
	GBytes *value;
	GPtrArray *certificates; /* GBytes, the gateway's own first */
	GBytes *eap;             /* the first EAP packet, fed once the gateway is trusted */
	IkeMessage *whole;       /* the response, which without EAP also has the child */
	gboolean gateway_proved;
	guint ask; /* 0: none is open */
	gint64 ask_until_us;
	EapPeer *eap_peer;
	gboolean eap_verify; /* the question that is open is whether the EAP server is the right one */
	gboolean eap_again;  /* the question that is open follows a refusal */
	Secret psk;
	guint32 child_spi; /* our inbound SPI */
} IkeAuth;

struct IkeSession
{
	/* The profile, copied. */
	IkeProfile profile;
	char *eap_identity;
	guint8 *eap_methods;
	GBytes **certificates;
	GBytes *certreq_hashes;
	InetSelector *remote;
	SigScheme *key_schemes;

	Rng rng;
	gint64 now_us;
	IkePhase phase;
	IkeState state; /* as told last */
	GQueue effects;
	guint last_ask;
	gint64 negotiation_us; /* when it began */
	gint64 paused_us;      /* of it spent waiting for people */
	gint64 ask_began_us;
	guint n_dropped;
	gint64 drop_second_us;
	guint n_drops_told; /* in this second */

	IkePath paths[IKE_MAX_PATHS];
	gsize n_paths;
	gsize path;

	IkeInit init;
	IkeSa *sas[IKE_MAX_SAS];
	guint n_sas;
	IkeSa *sa; /* the one that proved itself, or the newest that replaced it; one of .sas */
	IkeAuth auth;

	IkeChildSa children[IKE_MAX_CHILDREN];
	guint n_children;
	gint64 heard_us;   /* when something authentic came last, ESP included */
	gint64 esp_out_us; /* when ESP was sent last */
	gint64 live_us;    /* when it is looked at next */
	gboolean probe_wanted;
	gint64 reauth_us;
	gboolean renewal_told;
	gboolean mobike; /* both sides can */
	gboolean update_wanted;
	guint8 cookie2[16];
	Status closing;    /* IKE_PHASE_DELETE: why */
	gint64 closing_us; /* the latest moment for the answer that our DELETE waits for */
	char *closing_detail;
};

/* effect.c: what goes out. */
IkeEffect *ike_push (IkeSession *s, IkeEffectType type);
void ike_push_state (IkeSession *s, IkeState state);
void ike_push_send (IkeSession *s, const IkePath *path, GBytes *datagram);
void ike_note (IkeSession *s, const char *format, ...) G_GNUC_PRINTF (2, 3);
void ike_trace_dropped (IkeSession *s, const IkePath *path, const IkeHeader *header, gsize octets, Status status,
                        const char *why);
/* Takes @message, which stays readable until the effects are drained. */
void ike_trace_received (IkeSession *s, const IkePath *path, IkeMessage *message, gsize octets);
/* Decodes the payloads of @message once more: a copy that outlives its trace. NULL when memory is out. */
IkeMessage *ike_message_again (const IkeMessage *message);
/* Encodes the payloads once more, for eyes. */
void ike_trace_sent (IkeSession *s, const IkePath *path, const IkeHeader *header, const IkePayload *payloads, guint n,
                     const GPtrArray *datagrams, gboolean is_protected);
void ike_push_keys (IkeSession *s, const IkeSa *sa, const IkeChild *child);
/* Everything is over: wipes what was in flight, the last effect. @detail: copied. */
void ike_close (IkeSession *s, Status status, const char *detail);

/* window.c: requests and their repetition. */
void ike_request_clear (IkeRequest *request);
/* Sends @datagrams (taken) as a request that is repeated until ike_request_clear(). */
void ike_request_start (IkeSession *s, IkeRequest *request, const IkeHeader *header, const IkePath *path,
                        GPtrArray *datagrams, guint most);
/* When the deadline came: sends again, or returns FALSE: given up. */
gboolean ike_request_tick (IkeSession *s, IkeRequest *request);
/* Sends it at once, and counts from the start: the way has changed, or time has passed asleep. */
void ike_request_restart (IkeSession *s, IkeRequest *request);
/* Seals @payloads as the next request of @sa and starts it. */
Status ike_request_protected (IkeSession *s, IkeSa *sa, guint8 exchange, const IkePayload *payloads, guint n,
                              guint most);
/* Largest datagram to the gateway; 0: it knows no fragments. */
gsize ike_fragment_octets (const IkeSession *s, const IkeSa *sa);
#define IKE_REQUEST_SENDS 5        /* at 0, 0.5, 1.5, 3.5 and 7.5 s; given up after 15.5 s */
#define IKE_REQUEST_SENDS_DELETE 2 /* at 0 and 0.5 s; given up after 1.5 s */

/* sa.c */
void ike_sa_free (IkeSa *sa);
/* Keys into ciphers. */
Status ike_sa_make_protection (IkeSa *sa);
/* The header of a message of ours on @sa. */
IkeHeader ike_sa_header (const IkeSa *sa, guint8 exchange, gboolean response, guint32 message_id);
/* What belongs to the peer and the way, not to the keys. */
void ike_sa_inherit (IkeSa *sa, const IkeSa *old);
/* @sa carries everything from now on; its lifetime begins. */
void ike_sa_take_over (IkeSession *s, IkeSa *sa);
/* @sa proved itself and becomes the one; the other candidates are forgotten. */
void ike_sa_win (IkeSession *s, IkeSa *sa);
/* Forgets one candidate. */
void ike_sa_lose (IkeSession *s, IkeSa *sa);
/* Whether something is still to come of a candidate other than @sa. */
gboolean ike_sa_others (const IkeSession *s, const IkeSa *sa);

/* ask.c: questions to people and to those who hold keys. */
guint ike_ask (IkeSession *s, IkeAskKind kind, IkeEffect **ret_effect);
void ike_ask_person (IkeSession *s, IkeAskKind kind, gboolean again, const char *prompt);
void ike_ask_withdraw (IkeSession *s);
/* A person answered or is no longer asked: the clock of the negotiation runs again. */
void ike_ask_done (IkeSession *s);

/* ex-init.c */
void ike_ex_init_begin (IkeSession *s);
void ike_ex_init_response (IkeSession *s, const IkePath *path, Slice datagram);
void ike_ex_init_tick (IkeSession *s);
/* Keeps what is told when nothing better comes. */
void ike_ex_init_remember (IkeSession *s, Status status, const char *detail);
void ike_ex_init_clear (IkeInit *init);
void ike_ex_init_give_up (IkeSession *s);
/* The next way to the gateway, from the start; FALSE: there is none. */
gboolean ike_ex_init_next_path (IkeSession *s);

/* ex-auth.c */
/* Whether we can prove ourselves to this one. Errors: STATUS_AUTH_REJECTED with a detail (a literal) */
Status ike_ex_auth_prepare (const IkeSession *s, IkeSa *sa, const char **ret_detail);
void ike_ex_auth_begin (IkeSession *s, IkeSa *sa);
void ike_ex_auth_signed (IkeSession *s, IkeSa *sa, const IkeInput *answer);
void ike_ex_auth_first_response (IkeSession *s, IkeSa *sa, IkeMessage *message);
void ike_ex_auth_verified (IkeSession *s, const IkeInput *answer);
/* The gateway in question is refused, and told so: another candidate may still be right, else the session ends. @detail may
 * be NULL */
void ike_ex_auth_fail (IkeSession *s, Status status, const char *detail);
/* Forgets what a candidate said for itself. */
void ike_ex_auth_clear_proof (IkeAuth *auth);
/* Judges the error notifies of an authentic response; FALSE when there is none. */
gboolean ike_ex_auth_error (IkeSession *s, const IkeMessage *message);
/* Checks the gateway's shared-key AUTH. */
Status ike_ex_auth_check_shared (IkeSession *s, Slice key, guint8 method, Slice value);

/* ex-auth.c: the kind of name that an ID payload of this type stands for; FALSE: none that a certificate could say. */
gboolean ike_ex_auth_name_type (guint8 id_type, X509NameType *ret_type);

/* ex-eap.c */
void ike_ex_eap_begin (IkeSession *s, Slice packet);
void ike_ex_eap_response (IkeSession *s, IkeMessage *message);
void ike_ex_eap_answer (IkeSession *s, const IkeInput *answer);
void ike_ex_eap_last_response (IkeSession *s, IkeMessage *message);

/* ex-child.c: the child of the last IKE_AUTH response. */
void ike_ex_child_apply (IkeSession *s, IkeMessage *message);
/* What we ask for as TSi. Returns the number. */
gsize ike_child_asked_local (const IkeSession *s, const IkeSa *sa, InetSelector asked[2]);
/* Whether each granted selector lies within one that was asked for (RFC 7296 section 2.9). */
gboolean ike_child_within (const IkePayload *granted, const InetSelector *asked, gsize n_asked);

/* children.c: the CHILD SAs that are up. */
IkeChildSa *ike_children_find (IkeSession *s, guint32 spi_in);
IkeChildSa *ike_children_find_out (IkeSession *s, guint32 spi_out);
/* Hands @made (taken, its keys go with the effect) to the packet path. @replaces: inbound SPI of the one before, or 0 */
void ike_children_add (IkeSession *s, IkeChild *made, guint32 replaces, gboolean standby);
/* The gateway has it no more: kept for what is still under way, then dropped. What waited for that is used. */
void ike_children_gone (IkeSession *s, IkeChildSa *child);
void ike_children_drop (IkeSession *s, IkeChildSa *child);
void ike_children_drop_all (IkeSession *s);
void ike_children_clear (IkeSession *s); /* without a word to the packet path */
guint ike_children_alive (const IkeSession *s);
Status ike_children_new_spi (IkeSession *s, guint32 *ret_spi);
/* A moment within the last tenths of @lifetime_us from now, so that many clients do not come at once. */
gint64 ike_rekey_time (IkeSession *s, gint64 lifetime_us);
#define IKE_PATIENCE_US (30 * IKE_SECOND)
#define IKE_LINGER_US (5 * IKE_SECOND)
#define IKE_MAX_REFUSED 6

/* work.c: what an IKE SA that is up has to do next, and when. */
void ike_work_next (IkeSession *s);
gint64 ike_work_deadline (const IkeSession *s);
void ike_work_tick (IkeSession *s);
void ike_work_response (IkeSession *s, IkeSa *sa, IkeMessage *message);
/* The response was authentic, but it cannot be used: the exchange has failed. */
void ike_work_failed (IkeSession *s, IkeSa *sa, Status status);
/* Nobody answers. */
void ike_work_given_up (IkeSession *s, IkeSa *sa);
/* Tells the shell, once, that another IKE SA should be made beside this one and take over (make before break). */
void ike_want_new_ike (IkeSession *s, const char *why);
/* When a refused request is made again; G_MAXINT64: no more */
gint64 ike_work_again (IkeSession *s, guint n_refused);

/* ex-create.c: our CREATE_CHILD_SA for CHILD SAs */
void ike_ex_create_rekey (IkeSession *s, IkeChildSa *child);
void ike_ex_create_response (IkeSession *s, IkeSa *sa, IkeWork work, IkeMessage *message);
/* @error: the notify, or 0 when the answer was of no use */
void ike_ex_create_failed (IkeSession *s, IkeSa *sa, guint16 error);
void ike_create_clear (IkeCreate *create);
/* The lower of two nonces decides a collision (RFC 7296 section 2.8.1). */
gint ike_nonce_compare (Slice a, Slice b);
/* Follows INVALID_KE_PAYLOAD. FALSE: not a group of ours, or once too often */
gboolean ike_create_follow_group (IkeSession *s, IkeCreate *create, const IkePayload *invalid_ke);

/* ex-rekey.c: our CREATE_CHILD_SA for the IKE SA */
void ike_ex_rekey_begin (IkeSession *s);
void ike_ex_rekey_response (IkeSession *s, IkeSa *sa, IkeMessage *message);
void ike_ex_rekey_failed (IkeSession *s, IkeSa *sa, guint16 error);

/* ex-informational.c: what we tell on an IKE SA that is up */
void ike_ex_informational_delete_child (IkeSession *s, IkeChildSa *child);
void ike_ex_informational_delete_ike (IkeSession *s, IkeSa *sa);
void ike_ex_informational_probe (IkeSession *s);
void ike_ex_informational_response (IkeSession *s, IkeSa *sa, IkeWork work);

/* ex-mobike.c: RFC 4555 */
void ike_ex_mobike_begin (IkeSession *s);
void ike_ex_mobike_response (IkeSession *s, IkeSa *sa, IkeMessage *message);
/* The ways to the gateway have changed. */
void ike_ex_mobike_paths (IkeSession *s, const IkePath *paths, gsize n_paths);

/* live.c: whether the gateway is still there (RFC 7296 section 2.4) */
void ike_live_begin (IkeSession *s);
gint64 ike_live_deadline (const IkeSession *s);
void ike_live_tick (IkeSession *s);
#define IKE_ONE_WAY_US (10 * IKE_SECOND) /* we send, nothing comes back */
#define IKE_IDLE_US (120 * IKE_SECOND)   /* nothing at all */
#define IKE_SUSPECT_SENDS 5              /* sent so often without an answer: 7.5 s */

/* ex-delete.c */
void ike_ex_delete_begin (IkeSession *s, Status status, const char *detail);
void ike_ex_delete_done (IkeSession *s);
/* A response came: to our DELETE, or the one that it had to wait for. @message: NULL when it was of no use */
void ike_ex_delete_response (IkeSession *s, IkeMessage *message);

/* respond.c */
#define IKE_MAX_ANSWER_PAYLOADS 6

/* What the gateway gets, and what becomes true with it. */
typedef struct
{
	IkePayload payloads[IKE_MAX_ANSWER_PAYLOADS];
	guint n;
	guint8 critical;                      /* type of the payload that nobody knows */
	guint8 group[2];                      /* of INVALID_KE_PAYLOAD */
	guint8 spi[4];                        /* of CHILD_SA_NOT_FOUND */
	guint8 spis[4 * IKE_MAX_DELETE_SPIS]; /* of DELETE */
	guint32 dropped[IKE_MAX_DELETE_SPIS]; /* inbound SPIs of children that go */
	guint n_dropped;
	gboolean ike_deleted;
	IkeProposal proposal;
	Kex *kex;
	guint8 nonce[IKE_NONCE_OCTETS];
	IkeChild child; /* .spi_in 0: none */
	guint32 replaces;
	IkeSa *sa;
	GBytes *rival_nonce; /* a collision with our own request */
} IkeAnswer;

void ike_respond (IkeSession *s, IkeSa *sa, IkeMessage *message);
/* Authentic, but it does not decode. @message: as far as it goes, or NULL */
void ike_respond_bad (IkeSession *s, IkeSa *sa, const IkeHeader *header, const IkeMessage *message, Status status);
void ike_answer_notify (IkeAnswer *answer, guint16 type, Slice value);

/* respond-create.c */
void ike_respond_create (IkeSession *s, IkeSa *sa, const IkeMessage *message, IkeAnswer *answer);

/* collide.c: RFC 7296 section 2.25 */
typedef enum
{
	IKE_ASKED_NEW_CHILD,
	IKE_ASKED_REKEY_CHILD,
	IKE_ASKED_REKEY_IKE,
	IKE_ASKED_DELETE_CHILD,
	IKE_ASKED_DELETE_IKE,
} IkeAsked;

typedef enum
{
	IKE_COLLIDE_GO_ON,
	IKE_COLLIDE_RIVAL, /* go on; both make a new SA, the nonces decide which stays */
	IKE_COLLIDE_LATER, /* TEMPORARY_FAILURE */
	IKE_COLLIDE_EMPTY, /* answered without DELETE: ours is on its way */
} IkeCollide;

/* @child: inbound SPI of the child that it is about, 0: none */
IkeCollide ike_collide (const IkeSession *s, const IkeSa *sa, IkeAsked asked, guint32 child);

/* cp.c */
guint ike_cp_request (const IkeProfile *profile, IkeCpAttribute *attributes, guint most);
/* Errors: STATUS_NO_ADDRESS */
Status ike_cp_reply (const IkeProfile *profile, const InetAddress *gateway, const IkePayload *payload,
                     IkeConfiguration *ret_configuration);
void ike_configuration_clear (IkeConfiguration *configuration);

/* reason.c */
Status ike_reason_of_notify (guint16 notify_type);
/* The error that says most: the number of Windows comes beside another one. NULL: none */
const IkePayload *ike_reason_find (const IkeMessage *message);
/* Name and what its data say, for people. Free with g_free(). */
char *ike_reason_detail (const IkeMessage *message, const IkePayload *notify);

/* natd.c: RFC 7296 section 2.23 */
#define IKE_NATD_OCTETS 20
Status ike_natd_hash (guint64 spi_i, guint64 spi_r, const InetEndpoint *endpoint, guint8 ret_hash[IKE_NATD_OCTETS]);
/* Whether the gateway says something about @endpoint, and none of it is what we see: there is a NAT. */
gboolean ike_natd_differs (const IkeMessage *message, guint16 type, guint64 spi_i, guint64 spi_r,
                           const InetEndpoint *endpoint);

IkeOffer ike_offer_of (const IkeSession *s);
