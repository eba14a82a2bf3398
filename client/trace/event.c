/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event.h"

#include <string.h>

#define SCHEMA 1
#define MAX_OCTETS ((gsize) 1 << 20)
#define MAX_DEPTH 16u /* the format has 5; the parser calls itself for each */

/* Whether the brackets nest no deeper than those of our events. Brackets in strings do not count; what only that parser
 * takes for the start of a string or comment is refused, so that both see the same strings. */
static gboolean
shape_good (const char *json)
{
	guint depth = 0;
	gboolean in_string = FALSE;

	for (const char *at = json; *at != '\0'; at++)
	{
		if (in_string && *at == '\\' && at[1] != '\0')
			at++;
		else if (*at == '"')
			in_string = !in_string;
		else if (in_string)
			continue;
		else if (strchr ("'/#", *at) != NULL)
			return FALSE;
		else if ((*at == '{' || *at == '[') && ++depth > MAX_DEPTH)
			return FALSE;
		else if ((*at == '}' || *at == ']') && depth > 0)
			depth--;
	}
	return !in_string;
}

JsonNode *
trace_event_parse (const char *json)
{
	g_autoptr (JsonParser) parser = NULL;
	g_autoptr (JsonNode) root = NULL;

	if (strnlen (json, MAX_OCTETS + 1) > MAX_OCTETS || !g_utf8_validate (json, -1, NULL) || !shape_good (json))
		return NULL;
	parser = json_parser_new_immutable ();
	if (!json_parser_load_from_data (parser, json, -1, NULL))
		return NULL;
	root = json_parser_steal_root (parser);
	if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root) ||
	    trace_event_number (json_node_get_object (root), "schema") != SCHEMA)
		return NULL;
	return g_steal_pointer (&root);
}

static JsonNode *
member_of_type (JsonObject *object, const char *name, GType type)
{
	JsonNode *node = json_object_get_member (object, name);

	return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type ? node : NULL;
}

const char *
trace_event_text (JsonObject *object, const char *name)
{
	JsonNode *node = member_of_type (object, name, G_TYPE_STRING);

	return node != NULL ? json_node_get_string (node) : NULL;
}

gboolean
trace_event_flag (JsonObject *object, const char *name)
{
	JsonNode *node = member_of_type (object, name, G_TYPE_BOOLEAN);

	return node != NULL && json_node_get_boolean (node);
}

gint64
trace_event_number (JsonObject *object, const char *name)
{
	JsonNode *node = member_of_type (object, name, G_TYPE_INT64);

	return node != NULL ? json_node_get_int (node) : -1;
}

JsonArray *
trace_event_array (JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member (object, name);

	return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

JsonObject *
trace_event_item (JsonArray *array, guint index)
{
	JsonNode *node = json_array_get_element (array, index);

	return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}
