/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what the files engine*.c share. Must not know: anything outside them.
 */
#pragma once

#include "crypto/revocation.h"
#include "engine.h"
#include "keepalive.h"
#include "trace-gate.h"

/* Questions of the engine's own have ids that a session does not reach. */
#define ENGINE_FIRST_FETCH 0x80000000u

/* What running the effects has found out for the session; told when all effects are run. */
typedef struct
{
	gboolean path_down;
	IkePath path;
	gboolean answered;
	guint ask;
	Status answer;
	char *detail;
	Status stop; /* STATUS_OK: go on */
} FollowUp;

struct Engine
{
	GodwitTunnel1 *bus;
	Datapath *datapath;
	GMainLoop *done;
	int timer;
	guint timer_source, datapath_source;
	Order *order;
	IkeSession *session;
	Rng rng;
	gint64 started_us;
	GArray *children; /* of guint32, inbound SPIs */
	FollowUp follow_up;
	Keepalive keepalive;
	TraceGate gate;
	/* The gateway's certificate is good so far; whether it was revoked is being asked. NULL: not now. */
	Revocation *revocation;
	guint revocation_ask; /* of the session, which waits */
	guint last_fetch;
};

gint64 engine_elapsed_us (const Engine *engine);
void engine_emit_trace (Engine *engine, char *event); /* frees @event */
void engine_input (Engine *engine, const IkeInput *input);

/* engine-revocation.c. TRUE: the answer to @ask comes later. @path: as X509Question gives it. */
gboolean engine_revocation_start (Engine *engine, guint ask, const GPtrArray *path);
void engine_revocation_answer (Engine *engine, guint id, Status status, Slice octets);
