/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tun-io.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define FAILURES_TO_STALL 8

Status
tun_init (Tun *tun, int fd)
{
	int flags = fcntl (fd, F_GETFL);

	if (flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return STATUS_INTERNAL;
	*tun = (Tun){ .fd = fd };
	return STATUS_OK;
}

void
tun_clear (Tun *tun)
{
	if (tun->fd >= 0)
		close (tun->fd);
	*tun = (Tun){ .fd = -1 };
}

gsize
tun_read (Tun *tun, guint8 *buffer, gsize octets)
{
	gssize got = read (tun->fd, buffer, octets);

	if (got > 0)
	{
		tun->failures = 0;
		return (gsize) got;
	}
	/* EBADFD: the device was deleted under us; nothing brings this descriptor back. */
	if (got == 0 || errno == EBADFD || errno == ENODEV || errno == EBADF)
		tun->dead = TRUE;
	else if (errno != EAGAIN && errno != EINTR && ++tun->failures >= FAILURES_TO_STALL)
		tun->stalled = TRUE;
	return 0;
}

void
tun_judge_events (Tun *tun, short events)
{
	if ((events & (POLLNVAL | POLLERR | POLLHUP)) != 0 && (events & POLLIN) == 0)
		tun->dead = TRUE;
}

gboolean
tun_write (Tun *tun, Slice packet)
{
	return tun->fd >= 0 && write (tun->fd, packet.data, packet.len) == (gssize) packet.len;
}
