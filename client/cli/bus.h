/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: finding godwitd and its connections. Must not know: what a verb does with them.
 */
#pragma once

#include <gio/gio.h>

#include "vpn1.h"

#define BUS_NAME "net.godwit.Vpn1"
#define BUS_ROOT "/net/godwit/Vpn1"

/* The system bus and godwitd's Manager. NULL and @error: see bus_error_means_no_daemon(). */
VpnManager *bus_manager (GError **error);

/* Whether an error of a call says that there is no bus or no godwitd on it. */
gboolean bus_error_means_no_daemon (const GError *error);

VpnConnection *bus_connection (VpnManager *manager, const char *path, GError **error);

/* All connections (VpnConnection, owned), the oldest first. */
GPtrArray *bus_connections (VpnManager *manager, GError **error);

/* The ChildSa objects of @connection (VpnChildSa, owned). */
GPtrArray *bus_child_sas (VpnConnection *connection, GError **error);

/**
 * bus_choose:
 * @connections: of bus_connections();  @name: name, interface or number of the object; NULL: the only one
 * Of several with the same name the active one is meant, else the newest. Returns: borrowed; NULL: none fits, or @name is
 * NULL and several are active (@ret_several then says so)
 */
VpnConnection *bus_choose (GPtrArray *connections, const char *name, gboolean *ret_several);

/**
 * bus_disconnect:
 * Ends @connection and waits until it has ended. Errors: those of the call; G_IO_ERROR_TIMED_OUT
 */
gboolean bus_disconnect (VpnConnection *connection, GError **error);

/* Not ended: everything but "disconnected" and "failed". */
gboolean bus_is_active (VpnConnection *connection);
