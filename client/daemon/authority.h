/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: who may do what: polkit where it is, else only root and our own user. Fails closed.
 * Must not know: what is done.
 */
#pragma once

#include <gio/gio.h>

/* @uid: of the caller; @allowed */
typedef void (*AuthorityDone) (gboolean allowed, guint uid, gpointer user_data);

/**
 * authority_check:
 * @sender: unique name of the caller;  @action: "net.godwit.Vpn1.connect", ...;  @interactive: polkit may ask
 * Calls @done once, later.
 */
void authority_check (GDBusConnection *bus, const char *sender, const char *action, gboolean interactive,
                      AuthorityDone done, gpointer user_data);

/* Whether polkit answers on this bus; for Features. */
gboolean authority_has_polkit (GDBusConnection *bus);
