/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the object /net/godwit/Tunnel1: method calls of godwitd, checked, for the engine.
 * Must not know: IKE, packets, how the process is confined.
 */
#pragma once

#include "engine.h"

#define CONTROL_PATH "/net/godwit/Tunnel1"

typedef struct Control Control;

/* Exports the object on @connection. Everything is borrowed. */
Control *control_new (GDBusConnection *connection, GodwitTunnel1 *object, Engine *engine, Datapath *datapath,
                      GError **error);
void control_free (Control *control);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Control, control_free)
