/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the view of octets that somebody else owns. A slice never outlives the call it was passed to.
 * Must not know: what the octets mean.
 */
#pragma once

#include <glib.h>
#include <string.h>

typedef struct
{
	const guint8 *data; /* may be NULL only when len is 0 */
	gsize len;          /* octets */
} Slice;

#define SLICE_NONE ((Slice){ NULL, 0 })
/* Of a fixed array or a string literal (without its NUL). */
#define SLICE_ARRAY(array) ((Slice){ (const guint8 *) (array), sizeof (array) })
#define SLICE_LITERAL(text) ((Slice){ (const guint8 *) ("" text), sizeof (text) - 1 })

static inline Slice
slice (const void *data, gsize len)
{
	return (Slice){ data, len };
}

static inline Slice
slice_text (const char *text)
{
	return (Slice){ (const guint8 *) text, text != NULL ? strlen (text) : 0 };
}

static inline Slice
slice_array (const GByteArray *array)
{
	return array != NULL ? (Slice){ array->data, array->len } : SLICE_NONE;
}

static inline Slice
slice_bytes (GBytes *bytes)
{
	Slice view = SLICE_NONE;

	if (bytes != NULL)
		view.data = g_bytes_get_data (bytes, &view.len);
	return view;
}

/* Not constant-time: for secrets and ICVs use secret_equal(). */
static inline gboolean
slice_equal (Slice a, Slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp (a.data, b.data, a.len) == 0);
}

static inline GBytes *
slice_dup (Slice view)
{
	return g_bytes_new (view.data, view.len);
}
