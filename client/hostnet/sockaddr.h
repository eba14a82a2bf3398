/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: InetEndpoint to and from the socket addresses of the kernel. Must not know: sockets.
 */
#pragma once

#include <sys/socket.h>

#include "hostnet.h"

/* Returns: the length to pass with it */
socklen_t sockaddr_from (const InetEndpoint *endpoint, struct sockaddr_storage *ret_address);
/* Family INET_NONE for what is neither IPv4 nor IPv6. */
void sockaddr_to (const struct sockaddr_storage *address, InetEndpoint *ret_endpoint);
