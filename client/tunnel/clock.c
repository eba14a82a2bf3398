/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <time.h>

gint64
clock_now_us (void)
{
	struct timespec now;

	clock_gettime (CLOCK_BOOTTIME, &now);
	return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

gint64
clock_wall_s (void)
{
	return g_get_real_time () / G_USEC_PER_SEC;
}

int
clock_timer_new (void)
{
	return timerfd_create (CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
}

void
clock_timer_set (int timer, gint64 at_us)
{
	struct itimerspec when = { 0 };

	/* All zeros would disarm the timer, so a time in the past is one nanosecond after the beginning. */
	if (at_us != G_MAXINT64)
	{
		at_us = MAX (at_us, 0);
		when.it_value.tv_sec = (time_t) (at_us / G_USEC_PER_SEC);
		when.it_value.tv_nsec = (long) (at_us % G_USEC_PER_SEC) * 1000;
		if (at_us == 0)
			when.it_value.tv_nsec = 1;
	}
	if (timerfd_settime (timer, TFD_TIMER_ABSTIME, &when, NULL) != 0)
		g_critical ("timerfd_settime: %s", g_strerror (errno));
}
