/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: a connection as text for people and as JSON for programs ("schema": 1). Must not know: verbs.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "vpn1.h"

/* "connected since 12 min", "failed: ...": state with reason, one line. Free with g_free(). */
char *print_state (VpnConnection *connection);

/* What it is called, fit for a terminal. Free with g_free(). */
char *print_name (VpnConnection *connection);

/* What is known, as aligned lines on standard output. */
void print_connection (VpnConnection *connection);

/* What print_connection() leaves out: the way packets take, every counter. Nothing when the connection is not up. */
void print_connection_details (VpnConnection *connection);

/* The object of one connection into @builder. */
void print_connection_json (VpnConnection *connection, JsonBuilder *builder);

/* Prints the tree as JSON on standard output: indented, or one line when @line. */
void print_json (JsonBuilder *builder, gboolean line);

/* The sentence for people out of StateReason, with its detail: "CAUSE; NEXT STEP. (DETAIL)". Free with g_free(). */
char *print_reason (VpnConnection *connection);

/* "10.3.0.1, fd03::1": the addresses of an a(su), without their lengths when @bare. Free with g_free(). */
char *print_prefixes (GVariant *prefixes, gboolean bare);
