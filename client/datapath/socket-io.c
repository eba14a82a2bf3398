/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socket-io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <unistd.h>

/* A socket that says it is ready and then only fails is left alone for a while, so that it cannot eat a processor. */
#define FAILURES_TO_STALL 8
#define ERRORS_PER_ROUND 64
#define WAIT_FOR_ROOM_MS 2
/* No path is so narrow that a packet of this size is what the kernel refused to cut. */
#define SURELY_FITS_OCTETS 1200
/* Plain messages of one sendmmsg(). */
#define SINGLES 32
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#define UDP_GRO 104
#endif

/* Options that only make it faster: none of them has to be there. A kernel that does not know UDP_SEGMENT would send a run as one
 * datagram, so it is asked before. */
static void
ask_for_options (UdpSocket *made, int fd)
{
	int value = 0, on = 1;
	socklen_t octets = sizeof value;
	gboolean v4 = made->family == INET_V4;

	made->gso = getsockopt (fd, SOL_UDP, UDP_SEGMENT, &value, &octets) == 0;
	made->gro = setsockopt (fd, SOL_UDP, UDP_GRO, &on, sizeof on) == 0;
	/* ECN marks of the outer header, RFC 6040. */
	setsockopt (fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVTOS : IPV6_RECVTCLASS, &on, sizeof on);
	/* What a router could not forward. */
	setsockopt (fd, v4 ? IPPROTO_IP : IPPROTO_IPV6, v4 ? IP_RECVERR : IPV6_RECVERR, &on, sizeof on);
}

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
	ask_for_options (&made, fd);
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

/* The path is narrower than the packet was: RFC 1191, RFC 8201. Anybody can forge such a message, so nothing below what
 * every path carries is believed. */
static void
note_path_mtu (UdpSocket *socket, const struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR ((struct msghdr *) message, c))
	{
		struct sock_extended_err error;

		if (!((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
		      (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)) ||
		    c->cmsg_len < CMSG_LEN (sizeof error))
			continue;
		memcpy (&error, CMSG_DATA (c), sizeof error);
		if (error.ee_errno == EMSGSIZE && error.ee_info >= (socket->family == INET_V4 ? 576u : 1280u) &&
		    (socket->path_mtu == 0 || error.ee_info < socket->path_mtu))
			socket->path_mtu = error.ee_info;
	}
}

/* ICMP errors keep POLLERR up until they are read. */
static guint
drain_errors (UdpSocket *socket)
{
	guint8 part[64];
	_Alignas(struct cmsghdr) guint8 control[256];
	guint n = 0;

	while (n < ERRORS_PER_ROUND)
	{
		struct iovec iov = { part, sizeof part };
		struct msghdr message = {
			.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
		};

		if (recvmsg (socket->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			break;
		note_path_mtu (socket, &message);
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

/* Larger than a frame of any usual link: it was joined. Not so where junk of another sender lies in between: few slots would
 * be full of that. */
static gboolean
mostly_joined (const Batch *batch, int n)
{
	int joined = 0;

	for (int i = 0; i < n; i++)
		joined += batch->messages[i].msg_len > 9000 ? 1 : 0;
	return joined * 2 > n;
}

guint
udp_socket_receive (UdpSocket *socket, Batch *batch, short events, gboolean *ret_more)
{
	guint slots = socket->joined ? BATCH_SLOTS_JOINED : BATCH_SLOTS;
	int got;

	for (guint i = 0; i < slots; i++)
	{
		batch->parts[i] = (struct iovec){ batch_slot (batch, i), DATAPATH_MAX_DATAGRAM };
		batch->messages[i].msg_hdr = (struct msghdr){ .msg_name = &batch->names[i],
			                                          .msg_namelen = sizeof batch->names[i],
			                                          .msg_iov = &batch->parts[i],
			                                          .msg_iovlen = 1,
			                                          .msg_control = batch->control[i],
			                                          .msg_controllen = BATCH_CONTROL_OCTETS };
	}
	got = recvmmsg (socket->fd, batch->messages, slots, MSG_DONTWAIT, NULL);
	*ret_more = got == (int) slots;
	if (got > 0)
	{
		socket->failures = 0;
		socket->joined = mostly_joined (batch, got);
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

UdpAncillary
udp_ancillary (const struct msghdr *message, gsize octets)
{
	UdpAncillary ancillary = { .segment = octets };

	for (struct cmsghdr *c = CMSG_FIRSTHDR (message); c != NULL; c = CMSG_NXTHDR ((struct msghdr *) message, c))
	{
		int value = 0;
		gsize len = c->cmsg_len - CMSG_LEN (0);

		/* IP_TOS comes as one octet, the others as numbers. */
		memcpy (&value, CMSG_DATA (c), MIN (len, sizeof value));
		if (c->cmsg_level == SOL_UDP && c->cmsg_type == UDP_GRO && value > 0)
			ancillary.segment = (gsize) value;
		else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
			ancillary.traffic_class = *CMSG_DATA (c);
		else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS)
			ancillary.traffic_class = (guint8) value;
	}
	return ancillary;
}

/* Headers of one sendmmsg(). */
typedef struct
{
	guint n;
	guint packets[RUNS]; /* of each message */
	struct mmsghdr messages[RUNS];
	struct iovec parts[RUNS];
	_Alignas(struct cmsghdr) guint8 control[RUNS][BATCH_CONTROL_OCTETS];
} Outgoing;

static struct cmsghdr *
put_control (struct msghdr *message, struct cmsghdr *at, int level, int type, const void *value, gsize octets)
{
	at->cmsg_level = level;
	at->cmsg_type = type;
	at->cmsg_len = CMSG_LEN (octets);
	memcpy (CMSG_DATA (at), value, octets);
	message->msg_controllen += CMSG_SPACE (octets);
	return (struct cmsghdr *) ((guint8 *) at + CMSG_SPACE (octets));
}

static void
add_message (Outgoing *out, const UdpSocket *socket, const Run *run, guint8 *octets, gsize len, guint packets)
{
	struct msghdr *message = &out->messages[out->n].msg_hdr;
	struct cmsghdr *control = (struct cmsghdr *) out->control[out->n];

	out->parts[out->n] = (struct iovec){ octets, len };
	out->packets[out->n] = packets;
	*message = (struct msghdr){ .msg_name = (void *) run->remote,
		                        .msg_namelen = run->remote_octets,
		                        .msg_iov = &out->parts[out->n],
		                        .msg_iovlen = 1,
		                        .msg_control = control };
	if (packets > 1)
		control = put_control (message, control, SOL_UDP, UDP_SEGMENT, &run->size, sizeof run->size);
	if (run->traffic_class != 0)
	{
		int value = run->traffic_class;

		put_control (message, control, socket->family == INET_V4 ? IPPROTO_IP : IPPROTO_IPV6,
		             socket->family == INET_V4 ? IP_TOS : IPV6_TCLASS, &value, sizeof value);
	}
	if (message->msg_controllen == 0)
		message->msg_control = NULL;
	out->n++;
}

static gboolean
wait_for_room (const UdpSocket *socket)
{
	struct pollfd room = { .fd = socket->fd, .events = POLLOUT };

	return poll (&room, 1, WAIT_FOR_ROOM_MS) == 1 && (room.revents & POLLOUT) != 0;
}

/* Sends @out from message @first on. Returns: how many messages went; @ret_error is set when there were fewer than all */
static guint
send_messages (const UdpSocket *socket, Outgoing *out, guint first, int *ret_error)
{
	guint next = first;
	gboolean waited = FALSE;

	while (next < out->n)
	{
		int sent = sendmmsg (socket->fd, &out->messages[next], out->n - next, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0)
		{
			next += (guint) sent;
			waited = FALSE;
			continue;
		}
		*ret_error = errno;
		if (waited || (errno != EAGAIN && errno != ENOBUFS) || !wait_for_room (socket))
			break;
		waited = TRUE;
	}
	return next - first;
}

/* One packet a message. Returns: how many were lost */
static guint
send_singly (UdpSocket *socket, const Run *run, gboolean *ret_too_large)
{
	Outgoing out;
	guint lost = 0;

	for (gsize at = 0; at < run->len;)
	{
		guint next = 0;

		out.n = 0;
		for (; at < run->len && out.n < SINGLES; at += MIN ((gsize) run->size, run->len - at))
			add_message (&out, socket, run, run->octets + at, MIN ((gsize) run->size, run->len - at), 1);
		while (next < out.n)
		{
			int error = 0;

			next += send_messages (socket, &out, next, &error);
			if (next == out.n)
				break;
			*ret_too_large |= error == EMSGSIZE;
			/* A full queue is full for the rest too; every other reason may be of this one alone. */
			lost += error == EAGAIN || error == ENOBUFS ? out.n - next : 1;
			next = error == EAGAIN || error == ENOBUFS ? out.n : next + 1;
		}
	}
	return lost;
}

/* The kernel would not cut this run. EINVAL: also when a packet is larger than the path carries. */
static guint
send_refused (UdpSocket *socket, const Run *run, int error)
{
	gboolean too_large = FALSE;
	guint lost;

	if (error == EAGAIN || error == ENOBUFS)
		return run->n;
	lost = send_singly (socket, run, &too_large);
	if (error == EIO || (error == EINVAL && run->size <= SURELY_FITS_OCTETS && lost == 0))
		socket->gso = FALSE;
	if (too_large)
		drain_errors (socket);
	return lost;
}

guint
udp_sockets_send (UdpSocket *sockets, const Run *runs, guint n_runs)
{
	Outgoing out;
	guint lost = 0;

	for (guint next = 0; next < n_runs;)
	{
		UdpSocket *socket = &sockets[runs[next].socket];
		guint sent;
		int error = 0;

		if (!socket->gso)
		{
			gboolean too_large = FALSE;

			lost += send_singly (socket, &runs[next++], &too_large);
			if (too_large)
				drain_errors (socket);
			continue;
		}
		out.n = 0;
		for (guint i = next; i < n_runs && runs[i].socket == runs[next].socket; i++)
			add_message (&out, socket, &runs[i], runs[i].octets, runs[i].len, runs[i].n);
		sent = send_messages (socket, &out, 0, &error);
		next += sent;
		if (sent < out.n)
			lost += send_refused (socket, &runs[next++], error);
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
	/* The first call may only report, and clear, what an ICMP message said of an earlier datagram. */
	if (sendmsg (socket->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
	    sendmsg (socket->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
		return STATUS_OK;
	return send_error (errno);
}
