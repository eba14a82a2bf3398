/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: carrying octets to a server of CRLs or OCSP and back, over HTTP/1.0, within a budget. What comes back is not read here:
 * the worker does that. Must not know: what is asked, whether the answer is good.
 */
#pragma once

#include <gio/gio.h>

#include "base/slice.h"
#include "base/status.h"

#define FETCH_BUDGET_US (5 * G_USEC_PER_SEC)
#define FETCH_BUDGET_OCTETS ((gsize) 72 * 1024) /* 64 KiB and headers */

/* What all fetches of one connection attempt share. Zeroed: unused. */
typedef struct
{
	gint64 deadline_us; /* monotonic; 0: not begun */
	gsize used;         /* octets */
} FetchBudget;

typedef struct Fetch Fetch;

/* @octets: all that came back, headers too; empty when @status is not STATUS_OK */
typedef void (*FetchDone) (Status status, Slice octets, gpointer user_data);

/**
 * fetch_new:
 * @url: "http://HOST[:PORT]/PATH", from a worker, so checked here; other schemes, user names, ports below 1024 but 80 are
 *       refused. Addresses of this host and of the link are not connected to
 * @body: sent by POST as an OCSP request; empty: GET.  @budget: must outlive the fetch
 * Calls @done once, later. The caller then frees the fetch.
 */
Fetch *fetch_new (const char *url, Slice body, FetchBudget *budget, FetchDone done, gpointer user_data);
void fetch_free (Fetch *fetch); /* @done is not called any more */

/**
 * fetch_request:
 * The octets that are sent; host and port by @ret_host (g_free) and @ret_port. NULL: the URL is none that is fetched.
 */
GBytes *fetch_request (const char *url, Slice body, char **ret_host, guint16 *ret_port);

/* Whether an address may be asked: not of this host, not of the link, no multicast. */
gboolean fetch_address_good (GInetAddress *address);
