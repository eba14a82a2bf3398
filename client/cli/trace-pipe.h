/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: opening the trace of a connection, and writing keys of it where Wireshark reads them.
 * Must not know: verbs.
 */
#pragma once

#include <gio/gio.h>

#include "vpn1.h"

/**
 * trace_pipe_open:
 * @follow: FALSE: the stream ends after what has happened so far;  @keys: events of kind "keys" too
 */
GDataInputStream *trace_pipe_open (VpnConnection *connection, gboolean follow, gboolean keys, GError **error);

/**
 * trace_pipe_export_keys:
 * Appends the keys of @connection to FOLDER/ikev2_decryption_table and FOLDER/esp_sa, made with mode 0600.
 * @ret_left_out: number of SAs whose algorithm Wireshark does not know
 */
gboolean trace_pipe_export_keys (VpnConnection *connection, const char *folder, guint *ret_left_out, GError **error);
