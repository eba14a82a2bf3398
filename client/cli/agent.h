/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: net.godwit.Vpn1.Agent of the command line: answers from a password file once, then from the terminal.
 * Must not know: connections, progress.
 */
#pragma once

#include <gio/gio.h>

#include "base/secret.h"

#define AGENT_PATH "/net/godwit/Cli/Agent"

typedef struct Agent Agent;

/**
 * agent_new:
 * @secret: first answer, moved; may be empty: everything is asked on the terminal
 * @before_prompt: called before a question is written, so that a progress line can be ended; may be NULL
 */
Agent *agent_new (GDBusConnection *bus, Secret *secret, gboolean has_secret, void (*before_prompt) (gpointer),
                  gpointer user_data, GError **error);

/* Ends an open question and restores the terminal. */
void agent_free (Agent *agent);
