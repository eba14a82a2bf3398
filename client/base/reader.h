/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: reading big-endian fields from octets that nobody trusts. Failure is sticky: after the first read past the
 * end every read gives zero or an empty slice, so a decoder checks once, at its end, with reader_finish().
 * Must not know: any protocol.
 */
#pragma once

#include "slice.h"
#include "status.h"

typedef struct
{
	Slice input;
	gsize pos;
	gboolean failed;
} Reader;

/* Starts at the first octet of @input, which must outlive the reader. */
Reader reader (Slice input);

guint8 reader_u8 (Reader *r);
guint16 reader_u16 (Reader *r);
guint32 reader_u32 (Reader *r);
guint64 reader_u64 (Reader *r);

/**
 * reader_take:
 * Returns: the next @octets octets; an empty slice, and the reader failed, when fewer are left
 */
Slice reader_take (Reader *r, gsize octets);

/* All that is left; may be empty. */
Slice reader_rest (Reader *r);

/* A reader of its own over the next @octets octets. When fewer are left both readers have failed. */
Reader reader_sub (Reader *r, gsize octets);

/* Octets left; 0 after a failure, so that a loop "while left" always ends. */
gsize reader_left (const Reader *r);

/* For a decoder that found a value it must not accept. */
void reader_fail (Reader *r);

/**
 * reader_finish:
 * Returns: STATUS_OK when all was read; STATUS_TRUNCATED after a failure; STATUS_TRAILING when octets are left
 */
Status reader_finish (const Reader *r);
