/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netlink.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/msg.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/inet6.h>
#include <netlink/route/route.h>

/* Routes of the tunnel have a better one, so that a prefix can be blocked and routed while one takes the other's place. */
#define BLOCK_METRIC 0xfffffffeu

struct nl_sock *
netlink_open (GError **error)
{
	struct nl_sock *socket = nl_socket_alloc ();

	if (socket != NULL && nl_connect (socket, NETLINK_ROUTE) == 0)
	{
		/* libnl counts a message that could not be sent and would refuse every later answer; we always wait for one
		 * answer before we ask the next. */
		nl_socket_disable_seq_check (socket);
		return socket;
	}
	if (socket != NULL)
		nl_socket_free (socket);
	g_set_error_literal (error, HOSTNET_ERROR, HOSTNET_ERROR_KERNEL, "cannot talk to the kernel over netlink");
	return NULL;
}

static gboolean
failed (int code, GError **error, const char *what)
{
	gboolean permission = code == -NLE_PERM || code == -NLE_NOACCESS;

	g_set_error (error, HOSTNET_ERROR, permission ? HOSTNET_ERROR_PERMISSION : HOSTNET_ERROR_KERNEL, "cannot %s: %s%s",
	             what, nl_geterror (code), permission ? "; godwitd needs CAP_NET_ADMIN" : "");
	return FALSE;
}

/* When something is added it may stand there already, when it is removed it may be gone. */
static gboolean
harmless (gboolean add, int code)
{
	if (code >= 0)
		return TRUE;
	if (add)
		return code == -NLE_EXIST;
	return code == -NLE_OBJ_NOTFOUND || code == -NLE_NOADDR || code == -NLE_NODEV || code == -NLE_RANGE ||
	       code == -NLE_FAILURE;
}

static int
family_of (InetFamily family)
{
	return family == INET_V4 ? AF_INET : AF_INET6;
}

static struct nl_addr *
address_of (const InetPrefix *prefix)
{
	struct nl_addr *address = nl_addr_build (family_of (prefix->address.family), prefix->address.octets,
	                                         inet_family_octets (prefix->address.family));

	if (address != NULL)
		nl_addr_set_prefixlen (address, prefix->bits);
	return address;
}

guint
netlink_link_index (const char *interface)
{
	return if_nametoindex (interface);
}

gboolean
netlink_link_up (struct nl_sock *socket, const char *interface, guint mtu, GError **error)
{
	struct rtnl_link *link = rtnl_link_alloc ();
	struct rtnl_link *change = rtnl_link_alloc ();
	g_autofree char *what = g_strdup_printf ("bring up %s with an MTU of %u", interface, mtu);
	int code;

	rtnl_link_set_ifindex (link, (int) netlink_link_index (interface));
	/* No link-local address of the kernel's own: the gateway did not give it to us. */
	rtnl_link_inet6_set_addr_gen_mode (change, rtnl_link_inet6_str2addrgenmode ("none"));
	code = rtnl_link_change (socket, link, change, 0);
	if (code < 0)
		g_debug ("%s: cannot turn off link-local addresses: %s", interface, nl_geterror (code));
	rtnl_link_put (change);
	change = rtnl_link_alloc ();
	rtnl_link_set_mtu (change, mtu);
	rtnl_link_set_flags (change, IFF_UP);
	code = rtnl_link_change (socket, link, change, 0);
	rtnl_link_put (link);
	rtnl_link_put (change);
	return code >= 0 || failed (code, error, what);
}

void
netlink_link_delete (struct nl_sock *socket, guint index)
{
	struct rtnl_link *link = NULL;

	if (index == 0 || rtnl_link_get_kernel (socket, (int) index, NULL, &link) != 0)
		return;
	if (g_strcmp0 (rtnl_link_get_type (link), "tun") == 0)
		rtnl_link_delete (socket, link);
	rtnl_link_put (link);
}

gboolean
netlink_address (struct nl_sock *socket, gboolean add, guint index, const InetPrefix *prefix, GError **error)
{
	struct rtnl_addr *address = rtnl_addr_alloc ();
	struct nl_addr *local = address_of (prefix);
	char text[INET_TEXT_OCTETS];
	g_autofree char *what =
	    g_strdup_printf ("%s address %s", add ? "add" : "remove", inet_prefix_to_text (prefix, text));
	int code;

	rtnl_addr_set_ifindex (address, (int) index);
	rtnl_addr_set_local (address, local);
	/* Nobody else is on this link: no time is spent on looking for duplicates. And no route comes with a prefix: what goes
	 * through the tunnel is what the selectors say, in our own table. */
	rtnl_addr_set_flags (address, IFA_F_NOPREFIXROUTE | (prefix->address.family == INET_V6 ? IFA_F_NODAD : 0));
	code = add ? rtnl_addr_add (socket, address, NLM_F_REPLACE) : rtnl_addr_delete (socket, address, 0);
	nl_addr_put (local);
	rtnl_addr_put (address);
	return harmless (add, code) || failed (code, error, what);
}

gboolean
netlink_route (struct nl_sock *socket, gboolean add, guint table, guint index, const InetPrefix *prefix, GError **error)
{
	struct rtnl_route *route = rtnl_route_alloc ();
	struct nl_addr *destination = address_of (prefix);
	char text[INET_TEXT_OCTETS];
	g_autofree char *what = g_strdup_printf ("%s route %s %s table %u", add ? "add" : "remove",
	                                         inet_prefix_to_text (prefix, text), add ? "to" : "from", table);
	int code;

	rtnl_route_set_family (route, (guint8) family_of (prefix->address.family));
	rtnl_route_set_table (route, table);
	rtnl_route_set_dst (route, destination);
	rtnl_route_set_type (route, index != 0 ? RTN_UNICAST : RTN_UNREACHABLE);
	rtnl_route_set_protocol (route, RTPROT_STATIC);
	if (index != 0)
	{
		struct rtnl_nexthop *hop = rtnl_route_nh_alloc ();

		rtnl_route_nh_set_ifindex (hop, (int) index);
		rtnl_route_add_nexthop (route, hop);
		rtnl_route_set_scope (route, RT_SCOPE_LINK);
	}
	else
		rtnl_route_set_priority (route, BLOCK_METRIC);
	code = add ? rtnl_route_add (socket, route, NLM_F_REPLACE) : rtnl_route_delete (socket, route, 0);
	nl_addr_put (destination);
	rtnl_route_put (route);
	return harmless (add, code) || failed (code, error, what);
}

void
netlink_table_flush (struct nl_sock *socket, guint table)
{
	struct nl_cache *routes;

	if (rtnl_route_alloc_cache (socket, AF_UNSPEC, 0, &routes) != 0)
		return;
	for (struct nl_object *at = nl_cache_get_first (routes); at != NULL; at = nl_cache_get_next (at))
		if (rtnl_route_get_table ((struct rtnl_route *) at) == table)
			rtnl_route_delete (socket, (struct rtnl_route *) at, 0);
	nl_cache_free (routes);
}

/* libnl 3.7 has no suppress_prefixlength for rules, so the message is put together here. */
gboolean
netlink_rule (struct nl_sock *socket, gboolean add, NetlinkRule rule, InetFamily family, guint priority, guint table,
              GError **error)
{
	struct fib_rule_hdr header = { .family = (guint8) family_of (family), .action = FR_ACT_TO_TBL };
	struct nl_msg *message = nlmsg_alloc_simple (add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	g_autofree char *what = g_strdup_printf ("%s rule %u", add ? "add" : "remove", priority);
	int code;

	if (rule == NETLINK_RULE_TUNNEL)
		header.flags = FIB_RULE_INVERT;
	nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
	nla_put_u32 (message, FRA_PRIORITY, priority);
	if (rule == NETLINK_RULE_TUNNEL)
	{
		nla_put_u32 (message, FRA_TABLE, table);
		nla_put_u32 (message, FRA_FWMARK, HOSTNET_MARK);
		nla_put_u32 (message, FRA_FWMASK, G_MAXUINT32);
	}
	else
	{
		nla_put_u32 (message, FRA_TABLE, RT_TABLE_MAIN);
		nla_put_u32 (message, FRA_SUPPRESS_PREFIXLEN, 0);
	}
	code = nl_send_auto (socket, message);
	if (code >= 0)
		code = nl_wait_for_ack (socket);
	nlmsg_free (message);
	return harmless (add, code) || failed (code, error, what);
}

gboolean
netlink_rule_gateway (struct nl_sock *socket, gboolean add, const InetAddress *gateway, guint priority, GError **error)
{
	struct fib_rule_hdr header = { .family = AF_INET, .action = FR_ACT_TO_TBL };
	struct fib_rule_uid_range root = { 0, 0 };
	struct nl_msg *message = nlmsg_alloc_simple (add ? RTM_NEWRULE : RTM_DELRULE, add ? NLM_F_CREATE | NLM_F_EXCL : 0);
	g_autofree char *what = g_strdup_printf ("%s rule %u", add ? "add" : "remove", priority);
	int code;

	if (gateway != NULL)
		header.dst_len = 32;
	nlmsg_append (message, &header, sizeof header, NLMSG_ALIGNTO);
	nla_put_u32 (message, FRA_PRIORITY, priority);
	nla_put_u32 (message, FRA_TABLE, RT_TABLE_MAIN);
	nla_put_u8 (message, FRA_IP_PROTO, IPPROTO_UDP);
	nla_put (message, FRA_UID_RANGE, sizeof root, &root);
	if (gateway != NULL)
		nla_put (message, FRA_DST, 4, gateway->octets);
	code = nl_send_auto (socket, message);
	if (code >= 0)
		code = nl_wait_for_ack (socket);
	nlmsg_free (message);
	return harmless (add, code) || failed (code, error, what);
}
