/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: octets that nobody else may see: one owner, wiped when cleared, compared in constant time.
 * Must not know: what the secret is for.
 */
#pragma once

#include "slice.h"

/* Initialise with SECRET_INIT (or zeroed memory); never copy the struct, move it with secret_steal(). */
typedef struct
{
	guint8 *data;
	gsize len; /* octets */
} Secret;

#define SECRET_INIT ((Secret){ NULL, 0 })

/* Wipes and frees what was there and makes room for @octets octets of zeros; aborts only for our own bugs (> 1 MiB). */
void secret_alloc (Secret *secret, gsize octets);

/* Copies @octets; what was there is wiped. */
void secret_set (Secret *secret, Slice octets);

/* Wipes, frees; may be called again. */
void secret_clear (Secret *secret);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Secret, secret_clear)

/* Moves: the source is empty afterwards. */
Secret secret_steal (Secret *secret);

/* Borrowed view, valid until the secret is changed or cleared. */
static inline Slice
secret_view (const Secret *secret)
{
	return slice (secret->data, secret->len);
}

/* Constant time for equal lengths; for ICVs, AUTH values and everything an attacker could probe octet by octet. */
gboolean secret_equal (Slice a, Slice b);

/* Wipes a buffer that is not a Secret, in a way the compiler may not remove. */
void secret_wipe (void *data, gsize octets);

/* A copy as GBytes that is wiped when its last reference goes. */
GBytes *secret_bytes_new (Slice octets);
