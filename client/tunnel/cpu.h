/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns: what this processor is good at. Must not know: why that matters. */
#pragma once

#include <glib.h>

/* Whether it has instructions for AES and for the multiplication of GCM. */
gboolean cpu_has_aes (void);
