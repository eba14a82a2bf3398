/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: giving up everything that a process started by godwitd may have inherited: user, groups, capabilities, descriptors,
 * environment, core dumps, the right to gain anything back.
 * Must not know: what the process does afterwards.
 */
#pragma once

#include <gio/gio.h>

/**
 * privileges_drop:
 * To be called first in main(), before a single octet is read. The user changes only when the process may do that (root, or
 * CAP_SETUID with CAP_SETGID); the rest always happens. Descriptors 0 to @last_fd stay open.
 * @user: to run as; when there is no such user, "nobody"
 * Returns: FALSE when anything that should be gone is still there: the process must end then
 */
gboolean privileges_drop (const char *user, int last_fd, GError **error);
