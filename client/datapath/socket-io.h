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
	gboolean gso;     /* UDP_SEGMENT: the kernel cuts runs */
	gboolean gro;     /* UDP_GRO: it joins datagrams */
	gboolean joined;  /* it just did */
	guint path_mtu;   /* the least that the kernel told since somebody asked; 0: nothing was told */
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
 * Returns: how many datagrams;  @ret_more: there may be others
 */
guint udp_socket_receive (UdpSocket *socket, Batch *batch, short events, gboolean *ret_more);

/* What lies in one slot. */
typedef struct
{
	gsize segment;        /* octets of each datagram that the kernel joined; the last may be shorter */
	guint8 traffic_class; /* of the outer header */
} UdpAncillary;

UdpAncillary udp_ancillary (const struct msghdr *message, gsize octets);

/**
 * udp_sockets_send:
 * Sends @runs in order, without waiting for long: a full queue gets a few milliseconds, so that it slows the inner flows down
 * before it loses what they sent.
 * Returns: how many packets were lost
 */
guint udp_sockets_send (UdpSocket *sockets, const Run *runs, guint n_runs);

/* One datagram made of @head and @body; errors as datapath_send() says. May be called by another thread. */
Status udp_socket_send_one (const UdpSocket *socket, const InetEndpoint *remote, Slice head, Slice body);
