/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: doing once, while files can still be opened, what libraries put off to the first use: locale, character set, time
 * zone, random generator.
 * Must not know: who uses them later.
 */
#pragma once

#include <glib.h>

/* Before sandbox_enter(). FALSE: there are no random numbers. */
gboolean preload (void);
