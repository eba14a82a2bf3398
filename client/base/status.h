/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the one list of errors of the pure folders, which are also the reasons a user reads.
 * Must not know: who reports them, exit codes, D-Bus.
 */
#pragma once

#include <glib.h>

typedef enum
{
#define STATUS(code, name, text) STATUS_##code,
#include "status.def"
#undef STATUS
	STATUS_COUNT
} Status;

/**
 * status_name:
 * Returns: the stable machine-readable name ("no-proposal"); never NULL, also for a value out of range
 */
const char *status_name (Status status);

/**
 * status_text:
 * Returns: one sentence for a person; never NULL
 */
const char *status_text (Status status);

/**
 * status_from_name:
 * @name: a name as status_name() gives it, or anything else;  @ret_status: set only when TRUE is returned
 */
gboolean status_from_name (const char *name, Status *ret_status);
