/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the list of system calls that the worker may make once it reads octets of strangers. Any other one kills the
 * process with SIGSYS. There is no switch.
 * Must not know: who needs a call; every row says why it is there.
 */
#pragma once

#include <gio/gio.h>

/**
 * sandbox_enter:
 * For all threads that exist, for good. PR_SET_NO_NEW_PRIVS must be set. Everything that needs a file or a new thread must have
 * been done.
 */
gboolean sandbox_enter (GError **error);

/* Whether this is a build with a sanitizer, whose reports need a few calls more (files open for reading). */
gboolean sandbox_is_wide (void);
