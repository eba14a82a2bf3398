/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reader.h"

Reader
reader (Slice input)
{
	return (Reader){ .input = input };
}

gsize
reader_left (const Reader *r)
{
	return r->failed ? 0 : r->input.len - r->pos;
}

void
reader_fail (Reader *r)
{
	r->failed = TRUE;
}

Slice
reader_take (Reader *r, gsize octets)
{
	Slice taken = SLICE_NONE;

	if (octets > reader_left (r))
		r->failed = TRUE;
	else if (octets > 0)
	{
		taken = slice (r->input.data + r->pos, octets);
		r->pos += octets;
	}
	return taken;
}

Slice
reader_rest (Reader *r)
{
	return reader_take (r, reader_left (r));
}

Reader
reader_sub (Reader *r, gsize octets)
{
	Reader sub = reader (reader_take (r, octets));

	sub.failed = r->failed;
	return sub;
}

static guint64
reader_integer (Reader *r, gsize octets)
{
	Slice taken = reader_take (r, octets);
	guint64 value = 0;

	for (gsize i = 0; i < taken.len; i++)
		value = value << 8 | taken.data[i];
	return value;
}

guint8
reader_u8 (Reader *r)
{
	return (guint8) reader_integer (r, 1);
}

guint16
reader_u16 (Reader *r)
{
	return (guint16) reader_integer (r, 2);
}

guint32
reader_u32 (Reader *r)
{
	return (guint32) reader_integer (r, 4);
}

guint64
reader_u64 (Reader *r)
{
	return reader_integer (r, 8);
}

Status
reader_finish (const Reader *r)
{
	if (r->failed)
		return STATUS_TRUNCATED;
	return reader_left (r) > 0 ? STATUS_TRAILING : STATUS_OK;
}
