/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tun-io.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FAILURES_TO_STALL 8
/* Linux 6.2; not in the headers of Debian 12. */
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* Each step asks for less, for kernels that have less. */
static void
ask_for_offloads (Tun *tun)
{
	static const struct
	{
		unsigned long flags;
		gboolean tso, uso;
	} steps[] = {
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_USO4 | TUN_F_USO6, TRUE, TRUE },
		{ TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6, TRUE, FALSE },
		{ TUN_F_CSUM, FALSE, FALSE },
	};
	struct ifreq request = { 0 };

	if (ioctl (tun->fd, TUNGETIFF, &request) != 0 || (request.ifr_flags & IFF_VNET_HDR) == 0)
		return;
	tun->vnet = TRUE;
	for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
	{
		if (ioctl (tun->fd, TUNSETOFFLOAD, steps[i].flags) != 0)
			continue;
		tun->tso = steps[i].tso;
		tun->uso = steps[i].uso;
		return;
	}
}

Status
tun_init (Tun *tun, int fd)
{
	int flags = fcntl (fd, F_GETFL);

	if (flags < 0 || fcntl (fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return STATUS_INTERNAL;
	*tun = (Tun){ .fd = fd };
	ask_for_offloads (tun);
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
tun_read (Tun *tun, struct virtio_net_hdr *ret_header, guint8 *head, guint8 *rest)
{
	struct iovec parts[3] = { { ret_header, sizeof *ret_header },
		                      { head, TUN_HEAD_OCTETS },
		                      { rest, DATAPATH_MAX_DATAGRAM } };
	gsize header_octets = tun->vnet ? sizeof *ret_header : 0;
	gssize got;

	if (!tun->vnet)
		*ret_header = (struct virtio_net_hdr){ 0 };
	got = readv (tun->fd, tun->vnet ? parts : parts + 1, tun->vnet ? 3 : 2);
	if (got > (gssize) header_octets)
	{
		tun->failures = 0;
		return (gsize) got - header_octets;
	}
	/* EBADFD: the device was deleted under us; nothing brings this descriptor back. */
	if (got >= 0 || errno == EBADFD || errno == ENODEV || errno == EBADF)
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
tun_write (Tun *tun, const struct virtio_net_hdr *header, struct iovec *parts, guint n_parts)
{
	gssize octets = 0;

	parts[0] = (struct iovec){ (void *) header, tun->vnet ? sizeof *header : 0 };
	for (guint i = 0; i < n_parts; i++)
		octets += (gssize) parts[i].iov_len;
	return tun->fd >= 0 &&
	       writev (tun->fd, tun->vnet ? parts : parts + 1, (int) (tun->vnet ? n_parts : n_parts - 1)) == octets;
}
