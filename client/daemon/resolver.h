/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the addresses of a gateway, by the resolver of the system. Must not know: what they are for.
 */
#pragma once

#include <gio/gio.h>

#include "base/inet.h"

#define RESOLVER_MAX_ADDRESSES 16

/* @addresses: NULL and @why set when there is none */
typedef void (*ResolverDone) (const InetAddress *addresses, gsize n, const char *why, gpointer user_data);

/* Calls @done once, later; not when @cancellable was cancelled before. */
void resolver_lookup (const char *name, GCancellable *cancellable, ResolverDone done, gpointer user_data);
