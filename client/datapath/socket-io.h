/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: batches of datagrams from and to UDP sockets, and what an error of a socket means.
 * Must not know: ESP, IKE, SAs.
 */
#pragma once

#include <poll.h>

#include "batch.h"

typedef struct
{
	int fd;
	InetFamily family;
	guint32 scope;    /* of the interface a link-local socket is bound to */
	guint failures;   /* one behind the other, without a datagram in between */
	gboolean stalled; /* not polled until the next pause is over */
	gboolean dead;    /* never polled again */
} UdpSocket;

/* @fd: checked to be a bound UDP socket over IPv4 or IPv6; becomes the socket's when the answer is STATUS_OK, else STATUS_INTERNAL */
Status udp_socket_init (UdpSocket *socket, int fd);
void udp_socket_clear (UdpSocket *socket);

/* FALSE: not of the socket's family. */
gboolean udp_socket_address (const UdpSocket *socket, const InetEndpoint *remote, struct sockaddr_storage *ret_address,
                             socklen_t *ret_octets);
InetEndpoint udp_endpoint (const struct sockaddr_storage *address);

/**
 * udp_socket_receive:
 * Fills @batch without waiting. @events: what poll() said.
 * Returns: how many datagrams; fewer than BATCH_SLOTS: there are no more
 */
guint udp_socket_receive (UdpSocket *socket, Batch *batch, short events);

/**
 * udp_sockets_send:
 * Sends @batch in order, each run of the same socket at once, without waiting.
 * Returns: how many datagrams were lost
 */
guint udp_sockets_send (UdpSocket *sockets, Batch *batch);

/* One datagram made of @head and @body; errors as datapath_send() says. May be called by another thread. */
Status udp_socket_send_one (const UdpSocket *socket, const InetEndpoint *remote, Slice head, Slice body);
