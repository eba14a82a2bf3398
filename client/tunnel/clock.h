/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the time of a session (CLOCK_BOOTTIME, counts through suspend) and its one timer as a descriptor.
 * Must not know: what happens then.
 */
#pragma once

#include <glib.h>

gint64 clock_now_us (void);

/* Wall clock, seconds since 1970 UTC. */
gint64 clock_wall_s (void);

/* A descriptor that becomes readable at a time; -1 when there is none to be had. After it was made no file is needed. */
int clock_timer_new (void);

/* @at_us: of clock_now_us(); G_MAXINT64: never. What had been due before is forgotten. */
void clock_timer_set (int timer, gint64 at_us);
