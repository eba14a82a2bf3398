/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: building big-endian octets in a buffer of its own that grows up to a limit and is wiped when cleared (messages
 * carry secrets before they are sealed). Failure (limit or memory) is sticky and seen once, by writer_finish().
 * Must not know: any protocol.
 */
#pragma once

#include "slice.h"
#include "status.h"

typedef struct
{
	guint8 *data;
	gsize len;
	gsize size;
	gsize limit;
	gboolean failed;
} Writer;

/* Starts empty; more than @limit octets make it fail. */
void writer_init (Writer *w, gsize limit);

/* Wipes and frees; the writer may be initialised again. */
void writer_clear (Writer *w);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writer, writer_clear)

void writer_u8 (Writer *w, guint8 value);
void writer_u16 (Writer *w, guint16 value);
void writer_u32 (Writer *w, guint32 value);
void writer_u64 (Writer *w, guint64 value);
void writer_slice (Writer *w, Slice octets);
void writer_zeros (Writer *w, gsize octets);

/**
 * writer_hole:
 * Leaves @octets octets of zeros to be written later, such as a length that is not known yet.
 * Returns: their offset, for writer_patch_u8/u16/u32()
 */
gsize writer_hole (Writer *w, gsize octets);

void writer_patch_u8 (Writer *w, gsize offset, guint8 value);
void writer_patch_u16 (Writer *w, gsize offset, guint16 value);
void writer_patch_u32 (Writer *w, gsize offset, guint32 value);

/**
 * writer_patch_length_u16:
 * Writes the number of octets from @start up to now into the hole at @offset; fails when they are over 65,535.
 */
void writer_patch_length_u16 (Writer *w, gsize offset, gsize start);

/* What was written so far; valid until the next write. */
Slice writer_view (const Writer *w);

/* Returns: STATUS_OK, or STATUS_TOO_LARGE when the limit was hit or memory ran out */
Status writer_finish (const Writer *w);

/* Hands the octets over as GBytes and leaves the writer empty; only after writer_finish() said STATUS_OK. */
GBytes *writer_steal (Writer *w);
