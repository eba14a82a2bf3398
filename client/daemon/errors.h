/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the errors of net.godwit.Vpn1. Must not know: who returns them.
 */
#pragma once

#include <gio/gio.h>

#define ERROR_NOT_FOUND "net.godwit.Vpn1.Error.NotFound"
#define ERROR_NOT_AUTHORIZED "net.godwit.Vpn1.Error.NotAuthorized"
#define ERROR_INVALID_PROFILE "net.godwit.Vpn1.Error.InvalidProfile"
#define ERROR_FAILED "net.godwit.Vpn1.Error.Failed"
#define ERROR_BUSY "net.godwit.Vpn1.Error.Busy"

static inline void
error_return (GDBusMethodInvocation *invocation, const char *name, const char *words)
{
	g_dbus_method_invocation_return_dbus_error (invocation, name, words);
}
