/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the source of randomness as an argument, so that a whole connection can be played again from a seed.
 * Must not know: what the randomness is for.
 */
#pragma once

#include "base/slice.h"
#include "base/status.h"

typedef struct
{
	/* Fills @octets octets at @data; STATUS_CRYPTO when the source fails (then nothing may be used). */
	Status (*fill) (gpointer state, guint8 *data, gsize octets);
	gpointer state;
} Rng;

/* The generator of GnuTLS, good for keys. */
Rng rng_system (void);

Status rng_fill (const Rng *rng, guint8 *data, gsize octets);
