/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what an EAP method is to the peer layer. A method is one file eap-x.c with one const EapMethod.
 * Must not know: the EAP header (identifier, code): the peer layer reads and writes it.
 */
#pragma once

#include "eap.h"
#include "base/writer.h"

typedef enum
{
	EAP_METHOD_SEND,    /* the answer was written; with .status, .detail: what a Failure will mean that may follow */
	EAP_METHOD_ASK,     /* .prompt, .ask, .ask_again set */
	EAP_METHOD_FAIL,    /* .status, .detail set */
	EAP_METHOD_DISCARD, /* silently */
} EapMethodVerdict;

typedef struct
{
	EapMethodVerdict verdict;
	EapAskKind ask;
	gboolean ask_again;
	char *prompt;
	GPtrArray *certificates;
	SigScheme scheme;
	GBytes *octets;
	gboolean is_digest;
	Status status;
	char *detail;
} EapMethodResult;

typedef struct
{
	guint8 type;        /* EapType */
	const char *name;   /* in the profile: "mschapv2" */
	const char *label;  /* for people: "MSCHAPv2" */
	gboolean makes_key; /* Success is refused without an MSK */
	gpointer (*start) (const EapConfig *config, const Rng *rng);
	/* @data: the type-data of a request; @answer: the type-data of the response is appended to it. */
	EapMethodResult (*input) (gpointer state, guint8 identifier, Slice data, Writer *answer);
	EapMethodResult (*answer) (gpointer state, Slice secret, Writer *answer);
	/* Instead of .answer: there is nobody to ask again. May be NULL: then the conversation ends. */
	EapMethodResult (*decline) (gpointer state, Writer *answer);
	/* Whether EAP-Success may be believed now. */
	gboolean (*done) (gconstpointer state);
	/* 64 octets once done; empty when the method makes no key. */
	Slice (*msk) (gconstpointer state);
	void (*clear) (gpointer state); /* wipes and frees */
} EapMethod;

/* A text of the server for people: valid UTF-8, no control characters, nothing that turns the direction of writing, at most
 * EAP_MAX_PROMPT_OCTETS. NULL when nothing is left. Free with g_free(). */
char *eap_prompt_text (Slice text);

/* Whether EAP-Success would be believed now. */
gboolean eap_peer_done (const EapPeer *peer);

/* As eap_peer_msk(), also before EAP-Success: inside of PEAP there is none. */
Slice eap_peer_method_msk (const EapPeer *peer);

/* What an EAP-Failure means now. @ret_detail: words, or NULL; free with g_free() */
Status eap_peer_refusal (const EapPeer *peer, char **ret_detail);

/* Generated from the word list in meson.build; ends with NULL. */
extern const EapMethod *const eap_methods[];
