/* SPDX-License-Identifier: GPL-2.0-or-later */
/* .sswan: the profiles of strongSwan's application for Android, JSON (docs.strongswan.org, "VPN profiles"). */
#include <json-glib/json-glib.h>

#include "import-private.h"

static const ImportKey root_members[] = {
	{ "uuid", IMPORT_FINE, NULL },
	{ "name", IMPORT_TAKEN, NULL },
	{ "type", IMPORT_TAKEN, NULL },
	{ "remote", IMPORT_TAKEN, NULL },
	{ "local", IMPORT_TAKEN, NULL },
	{ "mtu", IMPORT_TAKEN, NULL },
	{ "split-tunneling", IMPORT_TAKEN, NULL },
	{ "ike-proposal", IMPORT_LOST, "Godwit offers its own algorithms" },
	{ "esp-proposal", IMPORT_LOST, "Godwit offers its own algorithms" },
	{ "dns-servers", IMPORT_LOST, "Godwit uses the DNS servers that the gateway names" },
	{ "nat-keepalive", IMPORT_LOST, "Godwit chooses the interval itself" },
	{ "apps", IMPORT_LOST, "the tunnel is for all programs" },
	{ "excluded-apps", IMPORT_LOST, "the tunnel is for all programs" },
	{ NULL },
};

static const ImportKey remote_members[] = {
	{ "addr", IMPORT_TAKEN, NULL },
	{ "port", IMPORT_TAKEN, NULL },
	{ "id", IMPORT_TAKEN, NULL },
	{ "cert", IMPORT_TAKEN, NULL },
	{ "revocation", IMPORT_TAKEN, NULL },
	{ "certreq", IMPORT_FINE, NULL },
	{ NULL },
};

static const ImportKey local_members[] = {
	{ "id", IMPORT_TAKEN, NULL },
	{ "eap_id", IMPORT_TAKEN, NULL },
	{ "p12", IMPORT_TAKEN, NULL },
	{ "rsa-pss", IMPORT_FINE, NULL },
	{ NULL },
};

static const ImportKey split_members[] = {
	{ "subnets", IMPORT_TAKEN, NULL },
	{ "excluded", IMPORT_LOST, "networks cannot be left out of the tunnel" },
	{ "block-ipv4", IMPORT_TAKEN, NULL },
	{ "block-ipv6", IMPORT_TAKEN, NULL },
	{ NULL },
};

static const ImportKey revocation_members[] = {
	{ "crl", IMPORT_TAKEN, NULL },
	{ "ocsp", IMPORT_TAKEN, NULL },
	{ "strict", IMPORT_TAKEN, NULL },
	{ NULL },
};

static const struct
{
	const char *type;
	const char *method;
	const char *eap;
} types[] = {
	{ "ikev2-eap", "eap", NULL },
	{ "ikev2-cert", "certificate", NULL },
	{ "ikev2-cert-eap", "certificate+eap", NULL },
	{ "ikev2-eap-tls", "eap", "tls" },
	{ "ikev2-byod-eap", "eap", NULL },
};

/* -- Members ------------------------------------------------------------------------------------------------------ */

/* An object and what it is called in sentences. */
typedef struct
{
	JsonObject *object;
	const char *prefix; /* "remote." */
} Part;

static void
judge_members (Import *import, const Part *part, const ImportKey *known)
{
	JsonObjectIter iter;
	const char *name;
	JsonNode *node;

	json_object_iter_init (&iter, part->object);
	while (json_object_iter_next (&iter, &name, &node))
	{
		import_judge (import, known, part->prefix, name);
	}
}

static JsonNode *
member_of (Import *import, const Part *part, const char *name, gboolean good (JsonNode *), const char *wanted)
{
	JsonNode *node = part->object != NULL ? json_object_get_member (part->object, name) : NULL;

	if (node == NULL || JSON_NODE_HOLDS_NULL (node))
		return NULL;
	if (!good (node))
	{
		import_fail (import, "'%s%s' must be %s", part->prefix, name, wanted);
		return NULL;
	}
	return node;
}

static gboolean
is_text (JsonNode *node)
{
	return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
}

static gboolean
is_number (JsonNode *node)
{
	return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_INT64;
}

static gboolean
is_boolean (JsonNode *node)
{
	return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_BOOLEAN;
}

static gboolean
is_object (JsonNode *node)
{
	return JSON_NODE_HOLDS_OBJECT (node);
}

/* Networks stand in a list or in one text with spaces between. */
static gboolean
is_list (JsonNode *node)
{
	if (!JSON_NODE_HOLDS_ARRAY (node))
		return is_text (node);
	for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
		if (!is_text (json_array_get_element (json_node_get_array (node), i)))
			return FALSE;
	return TRUE;
}

static const char *
text_of (Import *import, const Part *part, const char *name)
{
	JsonNode *node = member_of (import, part, name, is_text, "text");

	return node != NULL ? json_node_get_string (node) : NULL;
}

static gboolean
boolean_of (Import *import, const Part *part, const char *name, gboolean fallback)
{
	JsonNode *node = member_of (import, part, name, is_boolean, "true or false");

	return node != NULL ? json_node_get_boolean (node) : fallback;
}

static JsonObject *
object_of (Import *import, const Part *part, const char *name)
{
	JsonNode *node = member_of (import, part, name, is_object, "an object");

	return node != NULL ? json_node_get_object (node) : NULL;
}

static void
set_text (Import *import, const Part *part, const char *name, const char *setting)
{
	const char *text = text_of (import, part, name);
	g_autofree char *where = g_strconcat (part->prefix, name, NULL);

	if (text != NULL && text[0] != '\0')
		import_set (import, setting, text, where);
}

static void
set_number (Import *import, const Part *part, const char *name, const char *setting, gboolean needed)
{
	JsonNode *node = member_of (import, part, name, is_number, "a number");
	g_autofree char *text = node != NULL ? g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node)) : NULL;
	g_autofree char *where = g_strconcat (part->prefix, name, NULL);

	if (text != NULL && needed)
		import_set (import, setting, text, where);
	else if (text != NULL)
		import_try (import, setting, text, where);
}

/* -- Parts -------------------------------------------------------------------------------------------------------- */

static void
take_type (Import *import, const Part *root)
{
	const char *type = text_of (import, root, "type");

	for (guint i = 0; type != NULL && i < G_N_ELEMENTS (types); i++)
		if (g_str_equal (types[i].type, type))
		{
			import_set_method (import, types[i].method, types[i].eap, type);
			if (g_str_equal (type, "ikev2-byod-eap"))
				import_warn (import, "The check of this computer by EAP-TNC (%s) is not done.", type);
			return;
		}
	import_fail (import, "'type' must be one of ikev2-eap, ikev2-cert, ikev2-cert-eap, ikev2-eap-tls, ikev2-byod-eap");
}

static void
take_revocation (Import *import, JsonObject *object)
{
	Part part = { object, "remote.revocation." };
	gboolean crl = boolean_of (import, &part, "crl", TRUE), ocsp = boolean_of (import, &part, "ocsp", TRUE);
	gboolean strict = boolean_of (import, &part, "strict", FALSE);

	judge_members (import, &part, revocation_members);
	if (crl != ocsp)
		import_warn (import, "'remote.revocation' turns off one of CRL and OCSP; Godwit uses both or none.");
	import_try (import, "gateway.revocation", !crl && !ocsp ? "off" : strict ? "hard" : "soft", "remote.revocation");
}

static void
take_remote (Import *import, JsonObject *object)
{
	Part part = { object, "remote." };
	const char *certificate;
	JsonObject *revocation;

	if (object == NULL)
	{
		import_fail (import, "there is no 'remote' that names the gateway");
		return;
	}
	judge_members (import, &part, remote_members);
	if (text_of (import, &part, "addr") == NULL)
		import_fail (import, "there is no 'remote.addr' that names the gateway");
	set_text (import, &part, "addr", "gateway.address");
	set_text (import, &part, "id", "gateway.identity");
	set_number (import, &part, "port", "gateway.port", TRUE);
	certificate = text_of (import, &part, "cert");
	if (certificate != NULL)
	{
		g_autoptr (GBytes) octets = import_base64 (import, certificate, "remote.cert");

		if (octets != NULL)
			import_add_anchor (import, slice_bytes (octets), "remote.cert");
	}
	revocation = object_of (import, &part, "revocation");
	if (revocation != NULL)
		take_revocation (import, revocation);
}

static void
take_local (Import *import, JsonObject *object)
{
	Part part = { object, "local." };
	const char *pkcs12;

	if (object == NULL)
		return;
	judge_members (import, &part, local_members);
	set_text (import, &part, "id", "user.identity");
	set_text (import, &part, "eap_id", "user.user");
	pkcs12 = text_of (import, &part, "p12");
	if (pkcs12 != NULL)
	{
		g_autoptr (GBytes) octets = import_base64 (import, pkcs12, "local.p12");

		if (octets != NULL)
			import_take_pkcs12 (import, slice_bytes (octets), NULL, "local.p12");
	}
}

static char *
join_networks (JsonNode *node)
{
	GString *text = g_string_new (NULL);

	if (!JSON_NODE_HOLDS_ARRAY (node))
	{
		g_string_append (text, json_node_get_string (node));
		g_strdelimit (g_strstrip (text->str), " ", ',');
		return g_string_free (text, FALSE);
	}
	for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
		g_string_append_printf (text, "%s%s", i > 0 ? "," : "",
		                        json_array_get_string_element (json_node_get_array (node), i));
	return g_string_free (text, FALSE);
}

static void
take_split (Import *import, JsonObject *object)
{
	Part part = { object, "split-tunneling." };
	JsonNode *subnets;
	g_autofree char *text = NULL;

	if (object == NULL)
		return;
	judge_members (import, &part, split_members);
	/* Their opposites are what we do: a family that does not go into the tunnel goes where it went before. */
	if (boolean_of (import, &part, "block-ipv4", FALSE))
		import_warn (import, "'split-tunneling.block-ipv4' cannot be kept: IPv4 outside of the tunnel is not stopped.");
	if (boolean_of (import, &part, "block-ipv6", FALSE))
		import_warn (import, "'split-tunneling.block-ipv6' cannot be kept: IPv6 outside of the tunnel is not stopped.");
	subnets = member_of (import, &part, "subnets", is_list, "a list of networks");
	text = subnets != NULL ? join_networks (subnets) : NULL;
	if (text != NULL && text[0] != '\0')
		import_set (import, "network.remote", text, "split-tunneling.subnets");
}

static void
take_root (Import *import, JsonObject *object)
{
	Part root = { object, "" };
	const char *name;

	/* Two members that every such profile has: other programs write JSON as well. */
	if (!json_object_has_member (object, "type") || !json_object_has_member (object, "remote"))
	{
		import_fail (import, "is JSON, but no .sswan profile: there is no 'type' or no 'remote'");
		return;
	}
	take_type (import, &root);
	judge_members (import, &root, root_members);
	name = text_of (import, &root, "name");
	if (name != NULL)
		import_try (import, "profile.name", name, "name");
	set_number (import, &root, "mtu", "network.mtu", FALSE);
	take_remote (import, object_of (import, &root, "remote"));
	take_local (import, object_of (import, &root, "local"));
	take_split (import, object_of (import, &root, "split-tunneling"));
}

void
import_sswan (Import *import, Slice contents)
{
	g_autoptr (JsonParser) parser = json_parser_new_immutable ();
	g_autoptr (GError) error = NULL;
	JsonNode *root;

	/* Stops at a NUL as well. */
	if (!g_utf8_validate ((const char *) contents.data, (gssize) contents.len, NULL))
	{
		import_fail (import, "is not text in UTF-8");
		return;
	}
	if (!import_json_bounded (contents))
	{
		import_fail (import, "is damaged, or nested deeper than a .sswan profile");
		return;
	}
	if (!json_parser_load_from_data (parser, (const char *) contents.data, (gssize) contents.len, &error))
	{
		import_fail (import, "is no JSON: %s", error->message);
		return;
	}
	root = json_parser_get_root (parser);
	if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
		import_fail (import, "is JSON, but no .sswan profile");
	else
		take_root (import, json_node_get_object (root));
}
