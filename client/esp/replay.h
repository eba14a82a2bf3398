/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the replay window over 64-bit sequence numbers (RFC 4303 section 3.4.3, RFC 6479's ring of blocks) and the recovery of
 * the high half of an extended sequence number (RFC 4303 appendix A2).
 * Must not know: packets, keys.
 */
#pragma once

#include <glib.h>

#define REPLAY_WINDOW_PACKETS 1024

typedef struct
{
	guint64 highest; /* 0: nothing received yet */
	guint64 blocks[REPLAY_WINDOW_PACKETS / 64 + 1];
} Replay;

/* The 64-bit sequence number that @low most likely stands for; without @esn just @low. */
guint64 replay_recover (const Replay *replay, guint32 low, gboolean esn);

/* Whether the number is new and not left of the window; 0 never is. Changes nothing. */
gboolean replay_check (const Replay *replay, guint64 sequence);

/* Only after the ICV was right. */
void replay_commit (Replay *replay, guint64 sequence);
