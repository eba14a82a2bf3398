/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the buffers of one batch of received datagrams and the headers that recvmmsg() wants, allocated once; runs of ESP
 * packets of one size that lie one behind the other, to be sent at once.
 * Must not know: what is in the datagrams, descriptors.
 */
#pragma once

#include <sys/socket.h>

#include "datapath.h"

#define BATCH_SLOTS 32
/* While the kernel joins datagrams, few slots hold as much, and more would only push each other out of the cache. */
#define BATCH_SLOTS_JOINED 8
/* Whole datagrams fit. The odd rest keeps the beginnings of the slots apart in the sets of a cache. */
#define BATCH_STRIDE (65536 + 256 + 64)
#define BATCH_CONTROL_OCTETS 64

G_STATIC_ASSERT (BATCH_STRIDE >= ESP_HEADROOM_OCTETS + DATAPATH_MAX_DATAGRAM + ESP_MAX_OVERHEAD_OCTETS);

typedef struct
{
	guint8 *memory;
	struct mmsghdr messages[BATCH_SLOTS];
	struct iovec parts[BATCH_SLOTS];
	struct sockaddr_storage names[BATCH_SLOTS];
	_Alignas(struct cmsghdr) guint8 control[BATCH_SLOTS][BATCH_CONTROL_OCTETS];
} Batch;

static inline guint8 *
batch_slot (const Batch *batch, guint slot)
{
	return batch->memory + (gsize) slot * BATCH_STRIDE;
}

/* What the kernel cuts for us, at most: UDP_MAX_SEGMENTS, and what fits into one datagram over IPv4. */
#define RUN_PACKETS 64
#define RUN_OCTETS 65507
#define RUNS 64

/* Packets of equal size, only the last may be shorter. */
typedef struct
{
	guint8 *octets;
	gsize len;
	guint16 size; /* of the first */
	guint16 n;
	guint8 traffic_class;
	gboolean closed; /* a shorter one is in it */
	guint socket;
	const struct sockaddr_storage *remote;
	socklen_t remote_octets;
} Run;
