/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: everything godwitd changes on the host for a connection: TUN device, addresses, MTU, routes, rules, DNS; each
 * change is written to a journal before it is made, so that whoever comes next can take it back.
 * Must not know: IKE, D-Bus objects of ours, profiles. Parses nothing from the network.
 */
#pragma once

#include <gio/gio.h>

#include "base/inet.h"

/* Our outer packets carry this mark; the rules send everything else to the tables of the tunnels. */
#define HOSTNET_MARK 0x676f6477u
/* Connection N (0..255) uses table HOSTNET_TABLE + N and rules of priority HOSTNET_PRIORITY + 2 N and + 1. */
#define HOSTNET_TABLE 26480u
#define HOSTNET_PRIORITY 5200u
#define HOSTNET_MAX_CONNECTIONS 256u

typedef struct Hostnet Hostnet;

#define HOSTNET_ERROR hostnet_error_quark ()
GQuark hostnet_error_quark (void);
typedef enum
{
	HOSTNET_ERROR_PERMISSION, /* no CAP_NET_ADMIN, no /dev/net/tun */
	HOSTNET_ERROR_KERNEL,     /* netlink or ioctl refused; the message says what and why */
	HOSTNET_ERROR_DNS,
	HOSTNET_ERROR_JOURNAL,
} HostnetError;

/* What to set up. Arrays are borrowed for the call. */
typedef struct
{
	const InetPrefix *addresses;
	gsize n_addresses;
	const InetPrefix *routes; /* what goes through the tunnel */
	gsize n_routes;
	guint mtu;
	const InetAddress *dns;
	gsize n_dns;
	const char *const *domains; /* NULL-terminated or NULL */
	gboolean lan;               /* full tunnel: on-link networks stay reachable */
	gboolean block_ipv6;        /* full tunnel without inner IPv6: IPv6 has no way out */
	gboolean block_ipv4;        /* the same the other way round */
	InetAddress gateway;        /* the outer one; INET_NONE: not known */
} HostnetConfig;

/**
 * hostnet_open_socket:
 * A UDP socket for @remote: marked HOSTNET_MARK, close-on-exec, non-blocking, bound to a free port, unconnected, with path MTU
 * discovery as IKE wants it (no DF on IKE). @ret_local: the source address the kernel would take for @remote now, and the
 * bound port. Returns: the descriptor, or -1 and @error (HOSTNET_ERROR_KERNEL; no route: G_IO_ERROR_NETWORK_UNREACHABLE)
 */
int hostnet_open_socket (const InetAddress *remote, InetEndpoint *ret_local, GError **error);

/* The source address that the kernel would take for @remote now, past all tunnels of ours. FALSE and @error: no route */
gboolean hostnet_source_address (const InetAddress *remote, InetAddress *ret_source, GError **error);

/* MTU of the route to @remote as the kernel knows it; 1500 when it does not say. */
guint hostnet_path_mtu (const InetAddress *remote);

/**
 * hostnet_mtu:
 * Inner MTU for an outer path: minus IP, UDP and ESP overhead, rounded down for the padding; at least 1280 - what
 * does not fit is fragmented outside.
 * @sealed_overhead: header + IV + trailer + ICV octets, without padding;  @block_octets: of the cipher
 */
guint hostnet_mtu (guint outer_mtu, InetFamily outer_family, guint sealed_overhead, guint block_octets);

/**
 * hostnet_new:
 * Creates a TUN device and starts its journal.
 * @runtime_folder: holds journal files, "FOLDER/IFNAME.journal"; made when it is not there
 * @name: interface name, or NULL for the first free godwitN;  @index: 0..255, free among the caller's
 * Errors: HOSTNET_ERROR
 */
Hostnet *hostnet_new (const char *runtime_folder, const char *name, guint index, GError **error);

const char *hostnet_interface (const Hostnet *hostnet);
/* A duplicate of the TUN descriptor (IFF_TUN | IFF_NO_PI, non-blocking), for the worker. -1 and @error when that fails. */
int hostnet_dup_tun (const Hostnet *hostnet, GError **error);

/* Sets everything up, or takes back what it had done and fails. May be called again with another configuration: only
 * the differences are made. */
gboolean hostnet_apply (Hostnet *hostnet, const HostnetConfig *config, GError **error);

/* "systemd-resolved", "resolvconf", "openresolv", "resolv.conf" or "none". */
const char *hostnet_dns_backend (const Hostnet *hostnet);

/* Takes everything back in reverse order, removes the journal, frees. What fails is logged and does not stop the rest. */
void hostnet_free (Hostnet *hostnet);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hostnet, hostnet_free)

/**
 * hostnet_recover:
 * Takes back what journals in @runtime_folder list: what a killed godwitd left. Call once at start, before hostnet_new().
 * Returns: how many connections were cleaned up
 */
guint hostnet_recover (const char *runtime_folder);
