/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the buffers of one batch of datagrams and the headers that recvmmsg() and sendmmsg() want, allocated once.
 * Must not know: what is in the datagrams, descriptors.
 */
#pragma once

#include <sys/socket.h>

#include "datapath.h"

#define BATCH_SLOTS 32
/* Whole datagrams fit, with the room that sealing needs in front and behind. The odd rest keeps the beginnings of the slots
 * apart in the sets of a cache. */
#define BATCH_STRIDE (65536 + 256 + 64)

G_STATIC_ASSERT (BATCH_STRIDE >= ESP_HEADROOM_OCTETS + DATAPATH_MAX_DATAGRAM + ESP_MAX_OVERHEAD_OCTETS);

typedef struct
{
	guint n; /* slots in use */
	guint8 *memory;
	struct mmsghdr messages[BATCH_SLOTS];
	struct iovec parts[BATCH_SLOTS];
	struct sockaddr_storage names[BATCH_SLOTS];
	guint sockets[BATCH_SLOTS]; /* sending: through which */
} Batch;

static inline guint8 *
batch_slot (const Batch *batch, guint slot)
{
	return batch->memory + (gsize) slot * BATCH_STRIDE;
}
