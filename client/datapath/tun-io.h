/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: inner packets from and to the TUN device, one a call, and what an error of it means.
 * Must not know: ESP, sockets.
 */
#pragma once

#include "datapath.h"

typedef struct
{
	int fd; /* -1: there is none yet */
	guint failures;
	gboolean stalled; /* not polled until the next pause is over */
	gboolean dead;    /* the device is gone: never polled again */
} Tun;

/* @fd: becomes the device's when the answer is STATUS_OK; STATUS_INTERNAL: not a descriptor that can be made non-blocking */
Status tun_init (Tun *tun, int fd);
void tun_clear (Tun *tun);

/**
 * tun_read:
 * One inner packet, without waiting.
 * Returns: its octets; 0: there is none now
 */
gsize tun_read (Tun *tun, guint8 *buffer, gsize octets);

/* What poll() said about the descriptor when there was nothing to read. */
void tun_judge_events (Tun *tun, short events);

/* FALSE: the device did not take it. */
gboolean tun_write (Tun *tun, Slice packet);
