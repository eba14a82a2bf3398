/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "writer.h"

#define WRITER_FIRST_SIZE ((gsize) 256)

void
writer_init (Writer *w, gsize limit)
{
	*w = (Writer){ .limit = limit };
}

void
writer_clear (Writer *w)
{
	if (w->data != NULL)
		explicit_bzero (w->data, w->size);
	g_free (w->data);
	writer_init (w, w->limit);
}

/* Not g_realloc(): the old place would keep a copy of what may be secret. */
static gboolean
writer_reserve (Writer *w, gsize octets)
{
	gsize size = MAX (w->size, WRITER_FIRST_SIZE);
	guint8 *data;

	if (w->failed || octets > w->limit - w->len)
	{
		w->failed = TRUE;
		return FALSE;
	}
	if (w->len + octets <= w->size)
		return TRUE;
	while (size < w->len + octets)
		size *= 2;
	data = g_try_malloc (size);
	if (data == NULL)
	{
		w->failed = TRUE;
		return FALSE;
	}
	if (w->data != NULL)
	{
		memcpy (data, w->data, w->len);
		explicit_bzero (w->data, w->size);
		g_free (w->data);
	}
	w->data = data;
	w->size = size;
	return TRUE;
}

void
writer_slice (Writer *w, Slice octets)
{
	if (!writer_reserve (w, octets.len) || octets.len == 0)
		return;
	memcpy (w->data + w->len, octets.data, octets.len);
	w->len += octets.len;
}

void
writer_zeros (Writer *w, gsize octets)
{
	if (!writer_reserve (w, octets) || octets == 0)
		return;
	memset (w->data + w->len, 0, octets);
	w->len += octets;
}

static void
put_integer (guint8 *to, guint64 value, gsize octets)
{
	for (gsize i = 0; i < octets; i++)
		to[i] = (guint8) (value >> 8 * (octets - 1 - i));
}

static void
writer_integer (Writer *w, guint64 value, gsize octets)
{
	guint8 wire[8];

	put_integer (wire, value, octets);
	writer_slice (w, slice (wire, octets));
}

void
writer_u8 (Writer *w, guint8 value)
{
	writer_integer (w, value, 1);
}

void
writer_u16 (Writer *w, guint16 value)
{
	writer_integer (w, value, 2);
}

void
writer_u32 (Writer *w, guint32 value)
{
	writer_integer (w, value, 4);
}

void
writer_u64 (Writer *w, guint64 value)
{
	writer_integer (w, value, 8);
}

gsize
writer_hole (Writer *w, gsize octets)
{
	gsize offset = w->len;

	writer_zeros (w, octets);
	return offset;
}

static void
writer_patch (Writer *w, gsize offset, guint64 value, gsize octets)
{
	if (!w->failed && offset + octets <= w->len)
		put_integer (w->data + offset, value, octets);
}

void
writer_patch_u8 (Writer *w, gsize offset, guint8 value)
{
	writer_patch (w, offset, value, 1);
}

void
writer_patch_u16 (Writer *w, gsize offset, guint16 value)
{
	writer_patch (w, offset, value, 2);
}

void
writer_patch_u32 (Writer *w, gsize offset, guint32 value)
{
	writer_patch (w, offset, value, 4);
}

void
writer_patch_length_u16 (Writer *w, gsize offset, gsize start)
{
	if (w->failed)
		return;
	if (w->len - start > G_MAXUINT16)
		w->failed = TRUE;
	else
		writer_patch_u16 (w, offset, (guint16) (w->len - start));
}

Slice
writer_view (const Writer *w)
{
	return w->failed ? SLICE_NONE : slice (w->data, w->len);
}

Status
writer_finish (const Writer *w)
{
	return w->failed ? STATUS_TOO_LARGE : STATUS_OK;
}

GBytes *
writer_steal (Writer *w)
{
	GBytes *bytes = g_bytes_new_take (w->data, w->len);

	writer_init (w, w->limit);
	return bytes;
}
