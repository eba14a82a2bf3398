/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the peer side of EAP (RFC 3748) as a pure state machine: Identity, Notification, Nak, the choice of a method,
 * and when Success may be believed. One file a method, registered by a const EapMethod.
 * Must not know: IKE. It exists only after the gateway has proved who it is: ike/ makes the object no earlier.
 */
#pragma once

#include "base/secret.h"
#include "base/status.h"
#include "crypto/rng.h"
#include "crypto/sig.h"

#define EAP_MAX_ROUNDS 64         /* requests in one conversation */
#define EAP_MSK_OCTETS 64         /* RFC 3748 section 7.10 */
#define EAP_MAX_PROMPT_OCTETS 512 /* of the server's text, sanitised */

typedef enum
{
	EAP_TYPE_IDENTITY = 1,
	EAP_TYPE_NOTIFICATION = 2,
	EAP_TYPE_NAK = 3,
	EAP_TYPE_MD5 = 4,
	EAP_TYPE_GTC = 6,
	EAP_TYPE_TLS = 13,
	EAP_TYPE_TTLS = 21,
	EAP_TYPE_PEAP = 25,
	EAP_TYPE_MSCHAPV2 = 26,
} EapType;

/* What may be said inside of TTLS and PEAP. PEAP knows only EAP: MSCHAPV2 is EAP-MSCHAPv2 there, PAP does not exist. */
typedef enum
{
	EAP_INNER_PAP,          /* TTLS: the password itself */
	EAP_INNER_MSCHAPV2,     /* TTLS: without EAP around it (RFC 5281 section 11.2.4) */
	EAP_INNER_EAP_MSCHAPV2, /* these are EAP methods */
	EAP_INNER_GTC,
	EAP_INNER_MD5,
} EapInner;

/* For the methods with TLS. Who judges the server's certificate knows its name and anchors: see EAP_ASK_VERIFY. */
typedef struct
{
	const char *anonymous; /* the identity outside of the tunnel; NULL: the real one */
	const EapInner *inner; /* allowed inside of TTLS and PEAP, the most wanted first */
	gsize n_inner;
	GBytes *const *certificates; /* EAP-TLS: DER, our own first */
	gsize n_certificates;
	const SigScheme *key_schemes; /* what its private key can do */
	gsize n_key_schemes;
} EapTlsConfig;

/* Deep. */
EapTlsConfig eap_tls_config_copy (const EapTlsConfig *config);
void eap_tls_config_clear (EapTlsConfig *copy);

typedef struct
{
	const char *identity;  /* answer to EAP-Request/Identity, UTF-8 */
	const guint8 *methods; /* EapType values the profile allows, most wanted first */
	gsize n_methods;
	EapTlsConfig tls;
} EapConfig;

typedef enum
{
	EAP_SEND,    /* send .packet to the gateway */
	EAP_ASK,     /* ask the person .prompt, then call eap_peer_answer(); nothing is sent until then */
	EAP_SUCCESS, /* authenticated; .packet is empty; eap_peer_msk() tells the key */
	EAP_FAILURE, /* .status and .detail say why */
	EAP_DISCARD, /* a packet to ignore silently (RFC 3748: wrong identifier of a duplicate, unknown code) */
} EapVerdict;

typedef enum
{
	EAP_ASK_PASSWORD, /* may be answered from what is stored, the first time */
	EAP_ASK_CODE,     /* the server's own text wants an answer of its own: one-time password, challenge */
	EAP_ASK_VERIFY,   /* not a person: are .certificates those of the EAP server? Then an empty answer. */
	EAP_ASK_SIGN,     /* not a person: .octets signed with .scheme by our private key */
} EapAskKind;

typedef struct
{
	EapVerdict verdict;
	GBytes *packet;          /* EAP_SEND */
	EapAskKind ask;          /* EAP_ASK */
	gboolean ask_again;      /* EAP_ASK: the answer given before was refused */
	char *prompt;            /* EAP_ASK: the server's text, UTF-8 without control characters; NULL: none */
	GPtrArray *certificates; /* EAP_ASK_VERIFY: GBytes, DER, the server's own first */
	SigScheme scheme;        /* EAP_ASK_SIGN */
	GBytes *octets;          /* EAP_ASK_SIGN */
	gboolean is_digest;      /* EAP_ASK_SIGN: they are the digest with the hash of .scheme, not the message */
	Status status;           /* EAP_FAILURE */
	char *detail;            /* EAP_FAILURE: what the server said, or NULL */
	char *notification;      /* any verdict: text of an EAP-Request/Notification, for the trace; or NULL */
} EapResult;

void eap_result_clear (EapResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (EapResult, eap_result_clear)

typedef struct EapPeer EapPeer;

/* Copies @config. @rng must outlive the peer. */
EapPeer *eap_peer_new (const EapConfig *config, const Rng *rng);
void eap_peer_free (EapPeer *peer); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EapPeer, eap_peer_free)

/**
 * eap_peer_input:
 * @packet: one EAP packet from an authenticated gateway, not to be trusted
 *
 * EAP_SUCCESS comes only when the method has finished with the server proved (as far as the method can) and, for methods
 * that make a key, with the key at hand; an earlier EAP-Success is EAP_FAILURE with STATUS_EAP_PROTOCOL
 * (CVE-2021-45079).
 */
EapResult eap_peer_input (EapPeer *peer, Slice packet);

/* @answer: the password or code, UTF-8. Only after EAP_ASK; otherwise EAP_DISCARD. */
EapResult eap_peer_answer (EapPeer *peer, Slice answer);

/* Instead of eap_peer_answer(): nobody can give another answer than the one that was refused. The server is told as far as
 * the method can, and its Failure then says why. */
EapResult eap_peer_decline (EapPeer *peer);

/* After EAP_SUCCESS: 64 octets, or empty for methods that make no key (GTC, MD5: AUTH then uses SK_p*, RFC 7296
 * section 2.16). */
Slice eap_peer_msk (const EapPeer *peer);

const char *eap_type_name (guint8 type); /* "MSCHAPv2", "type 99"-like names are the caller's; NULL when unknown */
gboolean eap_type_from_name (const char *name, guint8 *ret_type);     /* profile words: mschapv2, tls ... */
gboolean eap_inner_from_name (const char *name, EapInner *ret_inner); /* pap, mschapv2, eap-mschapv2, gtc, md5 */
