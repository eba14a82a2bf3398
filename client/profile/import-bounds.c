/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The libraries that read JSON and property lists call themselves for each level, and copy what is named twice. A file of a
 * few octets could take the stack or all memory; so its shape is measured first, without either. */
#include "import-private.h"

#define MAX_NODES 20000
#define TRAILER_OCTETS 32
#define MARK_OCTETS 8

gboolean
import_json_bounded (Slice contents)
{
	gboolean quoted = FALSE;
	guint depth = 0, nodes = 0;

	for (gsize i = 0; i < contents.len; i++)
	{
		guint8 c = contents.data[i];

		if (quoted && c == '\\')
			i++;
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']') && depth > 0)
			depth--;
		nodes += !quoted && (c == ',' || c == '{' || c == '[');
		if (depth > IMPORT_MAX_DEPTH || nodes > MAX_NODES)
			return FALSE;
	}
	return !quoted && depth == 0;
}

/* Where the first @words at or behind @at end; the length of @contents when there are none. */
static gsize
behind (Slice contents, gsize at, const char *words)
{
	const guint8 *found = memmem (contents.data + at, contents.len - at, words, strlen (words));

	return found != NULL ? (gsize) (found - contents.data) + strlen (words) : contents.len;
}

static gboolean
stands_at (Slice contents, gsize at, const char *words)
{
	return contents.len - at >= strlen (words) && memcmp (contents.data + at, words, strlen (words)) == 0;
}

/* Markup is counted as it stands. A document type that declares entities is none of Apple's. */
gboolean
import_xml_bounded (Slice contents)
{
	guint depth = 0, nodes = 0;
	gsize at = 0;

	if (memmem (contents.data, contents.len, "<!ENTITY", 8) != NULL)
		return FALSE;
	while ((at = behind (contents, at, "<")) < contents.len)
	{
		gsize end;

		if (stands_at (contents, at, "!--"))
			at = behind (contents, at, "-->");
		else if (stands_at (contents, at, "![CDATA["))
			at = behind (contents, at, "]]>");
		else if (memchr (contents.data + at, '>', contents.len - at) == NULL)
			return FALSE;
		else if (contents.data[at] == '/' && depth > 0)
			depth--;
		else if (contents.data[at] != '?' && contents.data[at] != '!' && contents.data[at] != '/')
		{
			nodes++;
			end = behind (contents, at, ">");
			depth += end < 2 || contents.data[end - 2] != '/';
		}
		/* An element of text counts as a level of its own, and <plist> is one. */
		if (depth > IMPORT_MAX_DEPTH + 2 || nodes > MAX_NODES)
			return FALSE;
	}
	return depth == 0;
}

/* -- Binary property lists ---------------------------------------------------------------------------------------- */

typedef struct
{
	Slice contents;
	gsize offset_octets, reference_octets, n, table;
	guint nodes;
} Binary;

static guint64
big_endian (const guint8 *data, gsize octets)
{
	guint64 value = 0;

	for (gsize i = 0; i < octets; i++)
		value = value << 8 | data[i];
	return value;
}

/* The count of a marker: its low bits, or an integer behind it. FALSE: not within the file. */
static gboolean
count_at (const Binary *file, gsize at, gsize *ret_count, gsize *ret_first)
{
	guint low = file->contents.data[at] & 0xf;
	gsize octets;

	*ret_first = at + 1;
	*ret_count = low;
	if (low != 0xf)
		return TRUE;
	if (at + 1 >= file->table || (file->contents.data[at + 1] & 0xf0) != 0x10)
		return FALSE;
	octets = (gsize) 1 << (file->contents.data[at + 1] & 0xf);
	if (octets > 8 || at + 2 + octets > file->table)
		return FALSE;
	*ret_count = (gsize) big_endian (file->contents.data + at + 2, octets);
	*ret_first = at + 2 + octets;
	return TRUE;
}

/* Goes the way that a parser would go, with every node counted each time it is reached. */
static gboolean
walk (Binary *file, guint64 index, guint depth)
{
	gsize at, count, first, references;
	guint kind;

	if (index >= file->n || depth > IMPORT_MAX_DEPTH || ++file->nodes > MAX_NODES)
		return FALSE;
	at = (gsize) big_endian (file->contents.data + file->table + index * file->offset_octets, file->offset_octets);
	if (at < MARK_OCTETS || at >= file->table)
		return FALSE;
	kind = file->contents.data[at] >> 4;
	if (kind != 0xa && kind != 0xc && kind != 0xd)
		return TRUE;
	if (!count_at (file, at, &count, &first) || count > MAX_NODES)
		return FALSE;
	references = kind == 0xd ? 2 * count : count;
	if (first > file->table || references > (file->table - first) / file->reference_octets)
		return FALSE;
	for (gsize i = 0; i < references; i++)
		if (!walk (file, big_endian (file->contents.data + first + i * file->reference_octets, file->reference_octets),
		           depth + 1))
			return FALSE;
	return TRUE;
}

/* "bplist00", objects, a table of their offsets, and a trailer that says where the table is. */
gboolean
import_binary_plist_bounded (Slice contents)
{
	const guint8 *trailer;
	Binary file = { .contents = contents };
	guint64 n, top, table;

	if (contents.len < MARK_OCTETS + TRAILER_OCTETS)
		return FALSE;
	trailer = contents.data + contents.len - TRAILER_OCTETS;
	file.offset_octets = trailer[6];
	file.reference_octets = trailer[7];
	n = big_endian (trailer + 8, 8);
	top = big_endian (trailer + 16, 8);
	table = big_endian (trailer + 24, 8);
	if (file.offset_octets == 0 || file.offset_octets > 8 || file.reference_octets == 0 || file.reference_octets > 8 ||
	    n == 0 || n > MAX_NODES || table < MARK_OCTETS || table > contents.len - TRAILER_OCTETS ||
	    n > (contents.len - TRAILER_OCTETS - table) / file.offset_octets)
		return FALSE;
	file.n = (gsize) n;
	file.table = (gsize) table;
	return walk (&file, top, 0);
}
