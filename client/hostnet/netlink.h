/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: links, addresses, routes and rules of the kernel, each added or removed by one call, over libnl.
 * Must not know: why. Removing what is not there is no error.
 */
#pragma once

#include <netlink/netlink.h>

#include "hostnet.h"

struct nl_sock *netlink_open (GError **error);

gboolean netlink_link_up (struct nl_sock *socket, const char *interface, guint mtu, GError **error);
/* 0 when there is no such interface. */
guint netlink_link_index (const char *interface);
/* Only a TUN device, and only one that has this number: a later one of the same name is somebody else's. */
void netlink_link_delete (struct nl_sock *socket, guint index);

gboolean netlink_address (struct nl_sock *socket, gboolean add, guint index, const InetPrefix *address, GError **error);

/* @index: 0 makes the route unreachable, behind every route of the same prefix that has a device */
gboolean netlink_route (struct nl_sock *socket, gboolean add, guint table, guint index, const InetPrefix *prefix,
                        GError **error);

/* Removes every route of both families. */
void netlink_table_flush (struct nl_sock *socket, guint table);

typedef enum
{
	NETLINK_RULE_TUNNEL, /* not fwmark HOSTNET_MARK lookup TABLE */
	NETLINK_RULE_LAN,    /* lookup main suppress_prefixlength 0 */
} NetlinkRule;

/**
 * netlink_rule_gateway:
 * Looks up the UDP way to @gateway in the main table, for root's sockets and for the reverse path filter, which does not know our
 * mark and asks as root. @gateway: of IPv4; to remove, NULL: whichever it was
 */
gboolean netlink_rule_gateway (struct nl_sock *socket, gboolean add, const InetAddress *gateway, guint priority,
                               GError **error);

gboolean netlink_rule (struct nl_sock *socket, gboolean add, NetlinkRule rule, InetFamily family, guint priority,
                       guint table, GError **error);
