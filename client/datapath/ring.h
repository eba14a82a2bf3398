/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the way of IKE datagrams and of events from the packet thread to the control thread: two bounded rings and an eventfd
 * that is readable exactly while one of them is not empty.
 * Must not know: sockets, what is in a datagram.
 */
#pragma once

#include "datapath.h"

#define RING_SLOTS 256
#define RING_EVENTS 64
/* A sender of large datagrams must not make us keep 256 times 64 KiB. */
#define RING_MAX_OCTETS ((gsize) 1024 * 1024)

typedef struct Ring Ring;

Status ring_new (Ring **ret_ring); /* STATUS_NO_MEMORY, STATUS_INTERNAL */
void ring_free (Ring *ring);
int ring_event_fd (const Ring *ring);

/* Copies @octets. FALSE: no room, the datagram is lost. */
gboolean ring_push (Ring *ring, guint socket, const InetEndpoint *remote, Slice octets, gint64 arrived_us);

/* FALSE: empty. The caller unrefs .octets. */
gboolean ring_pop (Ring *ring, DatapathDatagram *ret_datagram);

/* FALSE: no room; it may be told again later. */
gboolean ring_push_event (Ring *ring, const DatapathEvent *event);
gboolean ring_pop_event (Ring *ring, DatapathEvent *ret_event);
