/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: one running IkeSession: feeds it datagrams, time and answers, runs its effects on the datapath, and tells what
 * happens by the signals of net.godwit.Tunnel1.
 * Must not know: method calls, how the process is confined.
 */
#pragma once

#include "translate.h"
#include "tunnel1.h"

typedef struct Engine Engine;

/**
 * engine_new:
 * @bus: emits the signals;  @datapath: borrowed;  @done: quit when the session has closed
 * Takes its timer, so to be called before the sandbox is entered. Errors: G_IO_ERROR
 */
Engine *engine_new (GodwitTunnel1 *bus, Datapath *datapath, GMainLoop *done, GError **error);
void engine_free (Engine *engine); /* wipes; no DELETE is sent */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Engine, engine_free)

gboolean engine_started (const Engine *engine);

/* Takes @order. The paths' indexes are those of the datapath's sockets. Only once. */
void engine_start (Engine *engine, Order *order);

/* Before engine_start() the answer is Closed at once. */
/* The network has changed. Errors: TUNNEL_ERROR_INVALID_ARGUMENT, then nothing has changed */
gboolean engine_set_paths (Engine *engine, GVariant *paths, GError **error);
/* The computer was asleep. */
void engine_wake (Engine *engine);
void engine_stop (Engine *engine, Status status);

/* @octets: copied where the session needs them. */
void engine_answer (Engine *engine, guint id, Status status, Slice octets);

/* Floating; a{sv}, a{ua{st}} */
GVariant *engine_facts (const Engine *engine);
GVariant *engine_counters (const Engine *engine);
