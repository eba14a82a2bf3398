/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: who can ask a person, and one question to one of them. Must not know: what the answer is for.
 */
#pragma once

#include <gio/gio.h>

#include "base/status.h"

typedef struct Agents Agents;

Agents *agents_new (GDBusConnection *bus);
void agents_free (Agents *agents);

/* FALSE: too many. Forgotten when @sender leaves the bus. */
gboolean agents_register (Agents *agents, const char *sender, guint uid, const char *path);
void agents_unregister (Agents *agents, const char *sender, const char *path);

typedef struct
{
	const char *connection; /* object path */
	const char *sender;     /* of the connection's own agent, or NULL */
	const char *agent;      /* its object, or NULL */
	guint uid;              /* whose connection it is */
	const char *field;      /* "password", "code", "psk" */
	const char *label;
	const char *message; /* the gateway's words, or "" */
	guint flags;         /* see RequestSecrets */
} AgentsQuestion;

typedef struct AgentsRequest AgentsRequest;

/* @answer: NULL when @status is not STATUS_OK; wiped after the call */
typedef void (*AgentsDone) (Status status, const char *answer, gpointer user_data);

/**
 * agents_ask:
 * Asks the connection's own agent, else the newest of the same user, else root's; the next of them when one turns out to be
 * gone. Returns: NULL when there is none; @done is then not called.
 * @done gets: STATUS_OK; STATUS_SECRET_NEEDED (nobody is there, or he cannot ask), STATUS_SECRET_CANCELLED (also for an answer
 *             that is none), STATUS_SECRET_TIMEOUT
 */
AgentsRequest *agents_ask (Agents *agents, const AgentsQuestion *question, AgentsDone done, gpointer user_data);

/* Withdraws the question; @done is not called any more. */
void agents_request_cancel (AgentsRequest *request);
