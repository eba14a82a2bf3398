/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: an IKE SA as initiator with its CHILD SAs, as a pure state machine. Datagrams, time, randomness and answers of
 * people come in as arguments; what shall be done goes out as effects. No callback leaves this folder.
 * Must not know: sockets, clocks, threads, D-Bus, files, ESP packets.
 */
#pragma once

#include "base/inet.h"
#include "base/secret.h"
#include "crypto/aead.h"
#include "crypto/rng.h"
#include "crypto/sig.h"
#include "crypto/x509.h"
#include "eap/eap.h"
#include "message.h"

typedef struct IkeSession IkeSession;

#define IKE_PORT 500
#define IKE_NATT_PORT 4500

typedef enum
{
	IKE_AUTH_BY_EAP,
	IKE_AUTH_BY_CERTIFICATE,
	IKE_AUTH_BY_PSK, /* then the gateway proves itself by the PSK too */
} IkeAuthBy;

/* An ID payload's content. */
typedef struct
{
	guint8 type; /* IKE_ID_* */
	GBytes *value;
} IkeIdentity;

/**
 * ike_identity_parse:
 * @text: "192.0.2.1", "2001:db8::1" -> ID_IPV4_ADDR, ID_IPV6_ADDR; "a@b" -> ID_RFC822_ADDR; "CN=x, O=y" -> ID_DER_ASN1_DN;
 *        "@#0a0b" -> ID_KEY_ID; everything else ID_FQDN
 * Errors: STATUS_MALFORMED.   Source: RFC 7296 section 3.5
 */
Status ike_identity_parse (const char *text, IkeIdentity *ret_identity);
void ike_identity_clear (IkeIdentity *identity);
/* For people and logs: sanitised, at most 255 octets. Free with g_free(). */
char *ike_identity_text (guint8 type, Slice value);

/* What the user wants. The session copies all of it. */
typedef struct
{
	IkeAuthBy auth_by;
	IkeIdentity gateway_identity; /* what IDr must be, and the certificate must say */
	IkeIdentity local_identity;   /* IDi */
	const char *eap_identity;     /* IKE_AUTH_BY_EAP */
	const guint8 *eap_methods;    /* EapType, most wanted first */
	gsize n_eap_methods;
	EapTlsConfig eap_tls;        /* for the methods with TLS */
	IkeIdentity eap_server;      /* what the certificate of their server must say */
	GBytes *const *certificates; /* IKE_AUTH_BY_CERTIFICATE: DER, our own first */
	gsize n_certificates;
	const SigScheme *key_schemes; /* IKE_AUTH_BY_CERTIFICATE: what the private key can do, any order */
	gsize n_key_schemes;
	Slice certreq_hashes;     /* SHA-1 of the anchors' keys, 20 octets each; may be empty: no CERTREQ is sent */
	gboolean request_address; /* FALSE: no CP, own outer address as TSi */
	gboolean request_ipv4, request_ipv6; /* families asked for by CP */
	const InetSelector *remote;          /* TSr asked for */
	gsize n_remote;
	gboolean weak;                             /* SHA-1, 3DES, modp1024 also offered, last */
	gboolean aes_fast;                         /* TRUE: AES-GCM before ChaCha20-Poly1305, FALSE: behind */
	gboolean export_keys;                      /* IKE_EFFECT_KEYS is emitted */
	gboolean initial_contact;                  /* no other IKE SA with this peer is known */
	gsize fragment_octets;                     /* largest IKE datagram without IP and UDP headers; 0: 1280 - 48 */
	gint64 ask_timeout_us;                     /* for a person; 0: 60 s */
	gboolean pfs;                              /* CHILD SAs are renewed with a key exchange of their own */
	gboolean mobike;                           /* RFC 4555 is offered */
	gint64 ike_lifetime_us, child_lifetime_us; /* renewed in their last tenths; 0: 4 h, 1 h */
} IkeProfile;

/* One way to the gateway: index is how the shell names it (which socket), the endpoints are hashed for NAT detection. */
typedef struct
{
	guint index;
	InetEndpoint local;
	InetEndpoint remote; /* port IKE_PORT at start; the session moves to IKE_NATT_PORT itself */
} IkePath;

#define IKE_MAX_PATHS 16

typedef enum
{
	IKE_INPUT_START,        /* .paths: tried in this order */
	IKE_INPUT_STOP,         /* DELETE, then CLOSED with .status */
	IKE_INPUT_DATAGRAM,     /* .path, .octets: without non-ESP marker */
	IKE_INPUT_TICK,         /* the deadline came */
	IKE_INPUT_ANSWER,       /* to IKE_EFFECT_ASK .ask_id */
	IKE_INPUT_PATH_DOWN,    /* sending on .path fails for good (no route): try the next one now */
	IKE_INPUT_PATHS,        /* .paths: the ways have changed; before the SA is up as with START */
	IKE_INPUT_WAKE,         /* after a suspend: is the gateway still there? */
	IKE_INPUT_CHILD_EXPIRE, /* .spi_in: its octets or sequence numbers come to an end */
} IkeInputType;

typedef struct
{
	IkeInputType type;
	const IkePath *paths;
	gsize n_paths;
	IkePath path;
	Slice octets; /* DATAGRAM: the message. ANSWER: password, code, PSK or signature */
	guint ask_id;
	Status
	    status; /* ANSWER: STATUS_OK, or why there is none (SECRET_CANCELLED ..., GATEWAY_NAME ...). STOP: the reason */
	const char *detail;           /* ANSWER with an error: more words, or NULL */
	guint32 spi_in;               /* CHILD_EXPIRE */
	gint64 esp_in_us, esp_out_us; /* any input: when an ESP packet was received, sent last; 0: not known */
} IkeInput;

typedef enum
{
	IKE_STATE_IDLE,
	IKE_STATE_INIT,           /* IKE_SA_INIT */
	IKE_STATE_AUTHENTICATING, /* IKE_AUTH */
	IKE_STATE_NEED_SECRETS,   /* waiting for a person */
	IKE_STATE_ESTABLISHED,
	IKE_STATE_CLOSING, /* our DELETE is on its way */
	IKE_STATE_CLOSED,
} IkeState;

typedef enum
{
	IKE_ASK_PASSWORD, /* EAP password; stored ones may answer, unless .again */
	IKE_ASK_CODE,     /* the gateway's own prompt wants an answer (EAP-GTC) */
	IKE_ASK_PSK,
	IKE_ASK_SIGN,   /* .octets signed with .scheme by the private key; answer: the signature */
	IKE_ASK_VERIFY, /* .certificates (DER, the gateway's first) for .name_type, .name; answer: only a status */
} IkeAskKind;

/* A CHILD SA as the packet path needs it. "in" is what we receive with (our SPI). */
typedef struct
{
	guint32 spi_in, spi_out;
	AeadSuite suite;
	gboolean esn;
	Secret encr_in, integ_in, encr_out, integ_out;
	InetSelector *local; /* TSi as narrowed */
	gsize n_local;
	InetSelector *remote; /* TSr as narrowed */
	gsize n_remote;
	guint32 replaces; /* spi_in of the one it takes the place of; 0: none */
	gboolean standby; /* only for receiving, until CHILD_USE */
	IkePath path;     /* UDP encapsulation always: .remote.port is IKE_NATT_PORT */
} IkeChild;

typedef struct
{
	InetPrefix addresses[8]; /* ours; host prefixes for IPv4 */
	guint n_addresses;
	InetAddress dns[8];
	guint n_dns;
	InetPrefix subnets[32]; /* INTERNAL_IP4/6_SUBNET */
	guint n_subnets;
	char *domains[32]; /* INTERNAL_DNS_DOMAIN (RFC 8598), checked LDH labels */
	guint n_domains;
} IkeConfiguration;

/* What the keys of an SA are, for tshark; only when the profile has export_keys. */
typedef struct
{
	gboolean is_child;
	guint64 spi_i, spi_r;    /* IKE SA */
	guint32 spi_in, spi_out; /* CHILD SA */
	AeadSuite suite;
	Slice encr_i, encr_r, integ_i, integ_r; /* child: _i is what we send with; with salt, as keys are cut (RFC 5282) */
	IkePath path;
} IkeKeys;

typedef enum
{
	IKE_TRACE_SENT,
	IKE_TRACE_RESENT,   /* retransmission: .octets_sent, the message is not given again (message == NULL) */
	IKE_TRACE_RECEIVED, /* authentic, or part of IKE_SA_INIT */
	IKE_TRACE_DROPPED,  /* .status says why; .header may be all that is known */
	IKE_TRACE_NOTE,     /* a decision in words: .text */
} IkeTraceKind;

typedef struct
{
	IkeTraceKind kind;
	IkePath path;
	IkeHeader header;
	const IkeMessage *message; /* decrypted; NULL when there is none */
	gsize wire_octets;         /* of all its datagrams */
	guint n_datagrams;         /* fragments */
	Status status;
	const char *text;
} IkeTrace;

typedef enum
{
	IKE_EFFECT_SEND, /* .path, .datagram: the shell adds the non-ESP marker when path.remote.port is not IKE_PORT */
	IKE_EFFECT_ASK,  /* .ask */
	IKE_EFFECT_ASK_CANCEL, /* .ask.id: nobody needs the answer any more */
	IKE_EFFECT_CHILD_ADD,  /* .child */
	IKE_EFFECT_CHILD_USE,  /* .child.spi_in: send with it from now on */
	IKE_EFFECT_CHILD_DROP, /* .child.spi_in */
	IKE_EFFECT_PATH,       /* .path: of all children from now on */
	IKE_EFFECT_RENEW,      /* .detail: another session should be made beside this one and take over */
	IKE_EFFECT_SUSPECT,    /* the gateway has been silent for half of the time that is left to it */
	IKE_EFFECT_CONFIG,     /* .configuration: before the first CHILD_ADD */
	IKE_EFFECT_STATE,      /* .state */
	IKE_EFFECT_TRACE,      /* .trace */
	IKE_EFFECT_KEYS,       /* .keys */
	IKE_EFFECT_CLOSED,     /* .status, .detail: the last effect of a session */
} IkeEffectType;

/* Everything pointed to belongs to the effect until ike_effect_clear(). */
typedef struct
{
	IkeEffectType type;
	IkePath path;
	GBytes *datagram;
	struct
	{
		guint id;
		IkeAskKind kind;
		gboolean again;          /* the last answer was refused */
		char *prompt;            /* the gateway's own words, sanitised, or NULL */
		gboolean eap_server;     /* VERIFY: not the gateway, but the server of EAP behind it */
		SigScheme scheme;        /* SIGN */
		gboolean is_digest;      /* SIGN: the octets are the digest of the message with the scheme's hash */
		GBytes *octets;          /* SIGN */
		GPtrArray *certificates; /* VERIFY: GBytes */
		X509NameType name_type;
		GBytes *name;
	} ask;
	IkeChild child;
	IkeConfiguration configuration;
	IkeState state;
	IkeTrace trace;
	IkeMessage *trace_message; /* owner of trace.message */
	char *trace_text;          /* owner of trace.text */
	IkeKeys keys;
	GBytes *key_octets[4]; /* owners of keys.* */
	Status status;
	char *detail; /* CLOSED: what the gateway said or what exactly did not fit, sanitised; or NULL */
} IkeEffect;

void ike_effect_clear (IkeEffect *effect); /* wipes */

/**
 * ike_session_new:
 * @rng: copied; its state must outlive the session
 */
IkeSession *ike_session_new (const IkeProfile *profile, const Rng *rng);
void ike_session_free (IkeSession *session); /* wipes all keys */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (IkeSession, ike_session_free)

/* @now_us: monotonic, counted through suspend; never goes back. Never fails: what is wrong is an effect. */
void ike_session_input (IkeSession *session, const IkeInput *input, gint64 now_us);

/* Whether a message with this header can be for this session, and not for another one beside it. */
gboolean ike_session_knows (const IkeSession *session, const IkeHeader *header);

/* Drain until FALSE after every input. The caller clears what it got. */
gboolean ike_session_next (IkeSession *session, IkeEffect *ret_effect);

/* The one timer; G_MAXINT64: none. */
gint64 ike_session_deadline (const IkeSession *session);

IkeState ike_session_state (const IkeSession *session);

/* Facts for status displays. Pointers are valid until the next input. */
typedef struct
{
	IkePath path;
	guint64 spi_i, spi_r;
	gboolean has_suite; /* the following are set */
	AeadSuite suite;
	const char *prf; /* names of numbers.def */
	const char *group;
	gboolean nat_local, nat_remote;
	gboolean mobike;
	const char *gateway_software; /* text of a vendor ID we know, or NULL */
	guint n_dropped;              /* datagrams dropped as not authentic */
} IkeFacts;

void ike_session_facts (const IkeSession *session, IkeFacts *ret_facts);
