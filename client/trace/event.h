/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: one line of JSON as an event that can be asked without surprise: another process wrote it, so nothing about its
 * shape is taken for granted. Must not know: what is done with it.
 */
#pragma once

#include <json-glib/json-glib.h>

/* The parsed line; NULL when it is no event of a schema we know. */
JsonNode *trace_event_parse (const char *json);

/* A member of this type, else NULL, FALSE or -1. Strings are borrowed and not sanitised. */
const char *trace_event_text (JsonObject *object, const char *name);
gboolean trace_event_flag (JsonObject *object, const char *name);
gint64 trace_event_number (JsonObject *object, const char *name);
JsonArray *trace_event_array (JsonObject *object, const char *name);

/* The object at @index of @array, else NULL. */
JsonObject *trace_event_item (JsonArray *array, guint index);
