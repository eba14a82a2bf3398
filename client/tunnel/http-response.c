/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "http-response.h"

#define MAX_HEADER_OCTETS ((gsize) 8 * 1024)
#define MAX_LENGTH_DIGITS 8

/* The next line without its end; FALSE: there is none. Servers of old end lines with LF alone. */
static gboolean
next_line (Slice *rest, Slice *ret_line)
{
	const guint8 *end = rest->len > 0 ? memchr (rest->data, '\n', MIN (rest->len, MAX_HEADER_OCTETS)) : NULL;
	gsize len;

	if (end == NULL)
		return FALSE;
	len = (gsize) (end - rest->data);
	*ret_line = slice (rest->data, len > 0 && rest->data[len - 1] == '\r' ? len - 1 : len);
	*rest = slice (rest->data + len + 1, rest->len - len - 1);
	return TRUE;
}

static gboolean
status_good (Slice line)
{
	return line.len >= 12 && memcmp (line.data, "HTTP/1.", 7) == 0 && memcmp (line.data + 8, " 200", 4) == 0 &&
	       (line.len == 12 || line.data[12] == ' ');
}

/* What stands behind "NAME:" without white space; an empty slice with data NULL: another field. */
static Slice
field (Slice line, const char *name)
{
	gsize len = strlen (name);
	Slice value;

	if (line.len <= len || line.data[len] != ':' || g_ascii_strncasecmp ((const char *) line.data, name, len) != 0)
		return SLICE_NONE;
	value = slice (line.data + len + 1, line.len - len - 1);
	while (value.len > 0 && g_ascii_isspace ((char) value.data[0]))
		value = slice (value.data + 1, value.len - 1);
	while (value.len > 0 && g_ascii_isspace ((char) value.data[value.len - 1]))
		value.len--;
	return value;
}

static gboolean
parse_length (Slice value, gsize *ret_length)
{
	gsize length = 0;

	if (value.len == 0 || value.len > MAX_LENGTH_DIGITS)
		return FALSE;
	for (gsize i = 0; i < value.len; i++)
	{
		if (!g_ascii_isdigit ((char) value.data[i]))
			return FALSE;
		length = length * 10 + (gsize) (value.data[i] - '0');
	}
	*ret_length = length;
	return TRUE;
}

gboolean
http_response_body (Slice response, Slice *ret_body)
{
	Slice rest = response, line;
	gsize length = 0;
	gboolean has_length = FALSE;

	if (!next_line (&rest, &line) || !status_good (line))
		return FALSE;
	while (next_line (&rest, &line))
	{
		Slice value = field (line, "Content-Length");

		if (line.len == 0)
		{
			if (has_length && length != rest.len)
				return FALSE;
			*ret_body = rest;
			return rest.len > 0;
		}
		if ((gsize) (rest.data - response.data) > MAX_HEADER_OCTETS || field (line, "Transfer-Encoding").data != NULL)
			return FALSE;
		if (value.data == NULL)
			continue;
		if (has_length || !parse_length (value, &length))
			return FALSE;
		has_length = TRUE;
	}
	return FALSE;
}
