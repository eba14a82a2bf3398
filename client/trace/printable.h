/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what of a text may reach a terminal or a log. Must not know: where the text came from.
 */
#pragma once

#include <glib.h>

/**
 * trace_printable_append:
 * Appends at most @most octets of @text as valid UTF-8 in one line: "?" for what is invalid, for control and format
 * characters (bidirectional ones among them) and separators of lines; "..." where it was cut.
 */
void trace_printable_append (GString *out, const char *text, gsize most);
