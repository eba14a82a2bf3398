/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#define BLOCK_BITS 64
#define N_BLOCKS (REPLAY_WINDOW_PACKETS / BLOCK_BITS + 1)

guint64
replay_recover (const Replay *replay, guint32 low, gboolean esn)
{
	guint32 top_low = (guint32) replay->highest;
	guint32 top_high = (guint32) (replay->highest >> 32);
	guint32 bottom = top_low - (REPLAY_WINDOW_PACKETS - 1);

	if (!esn)
		return low;
	/* RFC 4303 appendix A2.2: whether the window lies within one run of the low half or spans two. */
	if (top_low >= REPLAY_WINDOW_PACKETS - 1)
		return (guint64) (low >= bottom ? top_high : top_high + 1) << 32 | low;
	/* Before the first wrap there is no earlier run. */
	if (low >= bottom && top_high > 0)
		return (guint64) (top_high - 1) << 32 | low;
	return (guint64) top_high << 32 | low;
}

gboolean
replay_check (const Replay *replay, guint64 sequence)
{
	if (sequence == 0)
		return FALSE;
	if (sequence > replay->highest)
		return TRUE;
	if (replay->highest - sequence >= REPLAY_WINDOW_PACKETS)
		return FALSE;
	return (replay->blocks[sequence / BLOCK_BITS % N_BLOCKS] >> sequence % BLOCK_BITS & 1) == 0;
}

void
replay_commit (Replay *replay, guint64 sequence)
{
	guint64 block = sequence / BLOCK_BITS;

	if (sequence > replay->highest)
	{
		guint64 behind = block - replay->highest / BLOCK_BITS;

		/* Blocks that the window moves into forget what they held. */
		for (guint64 i = 1; i <= MIN (behind, (guint64) N_BLOCKS); i++)
			replay->blocks[(block - behind + i) % N_BLOCKS] = 0;
		replay->highest = sequence;
	}
	replay->blocks[block % N_BLOCKS] |= (guint64) 1 << sequence % BLOCK_BITS;
}
