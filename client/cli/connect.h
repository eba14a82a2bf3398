/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: bringing a connection up, which the verbs connect and reconnect share. Must not know: other verbs.
 */
#pragma once

#include "cli.h"

/* @anew: a connection of the same profile that is up is ended first. */
CliExit connect_run (const Command *command, int argc, char **argv, gboolean anew);
