/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socket-io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <unistd.h>

/* A socket that says it is ready and then only fails is left alone for a while, so that it cannot eat a processor. */
#define FAILURES_TO_STALL 8
#define ERRORS_PER_ROUND 64

Status
udp_socket_init (UdpSocket *socket, int fd)
{
	struct sockaddr_storage local = { 0 };
	socklen_t octets = sizeof local, type_octets = sizeof (int);
	int type = 0;
	UdpSocket made = { .fd = fd };

	if (getsockopt (fd, SOL_SOCKET, SO_TYPE, &type, &type_octets) != 0 || type != SOCK_DGRAM ||
	    getsockname (fd, (struct sockaddr *) &local, &octets) != 0)
		return STATUS_INTERNAL;
	if (local.ss_family == AF_INET)
		made.family = INET_V4;
	else if (local.ss_family == AF_INET6)
	{
		made.family = INET_V6;
		made.scope = ((struct sockaddr_in6 *) &local)->sin6_scope_id;
	}
	else
		return STATUS_INTERNAL;
	*socket = made;
	return STATUS_OK;
}

void
udp_socket_clear (UdpSocket *socket)
{
	close (socket->fd);
	*socket = (UdpSocket){ .fd = -1, .dead = TRUE };
}

gboolean
udp_socket_address (const UdpSocket *socket, const InetEndpoint *remote, struct sockaddr_storage *ret_address,
                    socklen_t *ret_octets)
{
	struct sockaddr_storage address = { 0 };

	if (remote->address.family != socket->family)
		return FALSE;
	if (socket->family == INET_V4)
	{
		struct sockaddr_in *in = (struct sockaddr_in *) &address;

		in->sin_family = AF_INET;
		in->sin_port = htons (remote->port);
		memcpy (&in->sin_addr, remote->address.octets, 4);
		*ret_octets = sizeof *in;
	}
	else
	{
		struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) &address;

		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons (remote->port);
		memcpy (&in6->sin6_addr, remote->address.octets, 16);
		in6->sin6_scope_id = inet_address_is_link_local (&remote->address) ? socket->scope : 0;
		*ret_octets = sizeof *in6;
	}
	*ret_address = address;
	return TRUE;
}

InetEndpoint
udp_endpoint (const struct sockaddr_storage *address)
{
	InetEndpoint endpoint = { 0 };

	if (address->ss_family == AF_INET)
	{
		const struct sockaddr_in *in = (const struct sockaddr_in *) address;

		endpoint.address.family = INET_V4;
		memcpy (endpoint.address.octets, &in->sin_addr, 4);
		endpoint.port = ntohs (in->sin_port);
	}
	else if (address->ss_family == AF_INET6)
	{
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *) address;

		endpoint.address.family = INET_V6;
		memcpy (endpoint.address.octets, &in6->sin6_addr, 16);
		endpoint.port = ntohs (in6->sin6_port);
	}
	return endpoint;
}

/* Where somebody has set IP_RECVERR, ICMP errors keep POLLERR up until they are read. */
static guint
drain_errors (const UdpSocket *socket)
{
	guint8 part[64];
	guint n = 0;

	while (n < ERRORS_PER_ROUND)
	{
		struct iovec iov = { part, sizeof part };
		struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

		if (recvmsg (socket->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		n++;
	}
	return n;
}

static void
note_failure (UdpSocket *socket)
{
	if (++socket->failures >= FAILURES_TO_STALL)
		socket->stalled = TRUE;
}

guint
udp_socket_receive (UdpSocket *socket, Batch *batch, short events)
{
	int got;

	for (guint i = 0; i < BATCH_SLOTS; i++)
	{
		batch->parts[i] = (struct iovec){ batch_slot (batch, i), DATAPATH_MAX_DATAGRAM };
		batch->messages[i].msg_hdr = (struct msghdr){ .msg_name = &batch->names[i],
			                                          .msg_namelen = sizeof batch->names[i],
			                                          .msg_iov = &batch->parts[i],
			                                          .msg_iovlen = 1 };
	}
	got = recvmmsg (socket->fd, batch->messages, BATCH_SLOTS, MSG_DONTWAIT, NULL);
	if (got > 0)
	{
		socket->failures = 0;
		return (guint) got;
	}
	if (got < 0 && (errno == EBADF || errno == ENOTSOCK))
		socket->dead = TRUE;
	/* EAGAIN by itself is no failure: a datagram with a wrong checksum also wakes us up, and anybody can send one. */
	else if (((events & (POLLERR | POLLHUP)) != 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) &&
	         drain_errors (socket) == 0)
		note_failure (socket);
	if ((events & POLLNVAL) != 0)
		socket->dead = TRUE;
	return 0;
}

guint
udp_sockets_send (UdpSocket *sockets, Batch *batch)
{
	guint lost = 0;
	guint next = 0;

	while (next < batch->n)
	{
		guint end = next + 1;
		int sent;

		while (end < batch->n && batch->sockets[end] == batch->sockets[next])
			end++;
		sent = sendmmsg (sockets[batch->sockets[next]].fd, &batch->messages[next], end - next,
		                 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (sent > 0)
			next += (guint) sent;
		else if (errno == EAGAIN || errno == ENOBUFS)
		{
			/* A full queue is full for the rest of the run too. Waiting would only make the delay longer. */
			lost += end - next;
			next = end;
		}
		else
		{
			lost++;
			next++;
		}
	}
	return lost;
}

static Status
send_error (int error)
{
	switch (error)
	{
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case ENODEV:
	case ENXIO:
	case EADDRNOTAVAIL: /* our address is gone */
	case EACCES:        /* a route of type prohibit */
		return STATUS_UNREACHABLE;
	case EAGAIN:
	case EINTR:
	case ENOBUFS:
	case ENOMEM:
	case EPERM:        /* a packet filter dropped it, as one on the way could */
	case ECONNREFUSED: /* an ICMP error for an earlier datagram */
		return STATUS_OK;
	default:
		return STATUS_INTERNAL;
	}
}

Status
udp_socket_send_one (const UdpSocket *socket, const InetEndpoint *remote, Slice head, Slice body)
{
	struct sockaddr_storage address;
	struct iovec parts[2] = { { (void *) head.data, head.len }, { (void *) body.data, body.len } };
	struct msghdr message = { .msg_name = &address, .msg_iov = parts, .msg_iovlen = 2 };

	if (!udp_socket_address (socket, remote, &address, &message.msg_namelen))
		return STATUS_INTERNAL;
	if (sendmsg (socket->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return STATUS_OK;
	return send_error (errno);
}
