/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: making a TUN device. Must not know: what it is for. The device goes with its last descriptor.
 */
#pragma once

#include <glib.h>

/* @name: wanted, or NULL for the first free godwitN;  @ret_name: free with g_free(). Returns: the descriptor, or -1 */
int tun_open (const char *name, char **ret_name, GError **error);
