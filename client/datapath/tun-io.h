/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: inner packets from and to the TUN device, one a call or as super-packets where the device has vnet headers, and
 * what an error of it means.
 * Must not know: ESP, sockets.
 */
#pragma once

#include <linux/virtio_net.h>
#include <sys/uio.h>

#include "datapath.h"

/* How much of a packet is read to where an ordinary one shall lie. */
#define TUN_HEAD_OCTETS 2048

typedef struct
{
	int fd; /* -1: there is none yet */
	guint failures;
	gboolean stalled; /* not polled until the next pause is over */
	gboolean dead;    /* the device is gone: never polled again */
	gboolean vnet;    /* each packet has a struct virtio_net_hdr in front */
	gboolean tso;     /* TCP super-packets come */
	gboolean uso;     /* UDP super-packets come, and may be written */
} Tun;

/* @fd: becomes the device's when the answer is STATUS_OK; STATUS_INTERNAL: not a descriptor that can be made non-blocking.
 * Asks the device for the largest super-packets that it has. */
Status tun_init (Tun *tun, int fd);
void tun_clear (Tun *tun);

/**
 * tun_read:
 * One inner packet, without waiting.
 * @head: TUN_HEAD_OCTETS, the first octets of the packet;  @rest: DATAPATH_MAX_DATAGRAM octets, those behind them
 * @ret_header: all zero where the device has no vnet headers
 * Returns: its octets; 0: there is none now
 */
gsize tun_read (Tun *tun, struct virtio_net_hdr *ret_header, guint8 *head, guint8 *rest);

/* What poll() said about the descriptor when there was nothing to read. */
void tun_judge_events (Tun *tun, short events);

/* @parts: [0] is free for @header. FALSE: the device did not take it. */
gboolean tun_write (Tun *tun, const struct virtio_net_hdr *header, struct iovec *parts, guint n_parts);
