/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <json-glib/json-glib.h>

#include "crypto/x509.h"
#include "import-private.h"

static const char *const said[] = { "profile.name", "gateway.address", "gateway.port",       "gateway.identity",
	                                "gateway.ca",   "user.method",     "user.identity",      "user.user",
	                                "user.eap",     "user.pkcs12",     "user.certificate",   "user.key",
	                                "network.mtu",  "network.remote",  "gateway.revocation", NULL };

static void
add_text (JsonBuilder *builder, const char *name, const char *text)
{
	if (text == NULL)
		return;
	json_builder_set_member_name (builder, name);
	json_builder_add_string_value (builder, text);
}

static void
add_octets (JsonBuilder *builder, const char *name, Slice octets)
{
	g_autofree char *text = g_base64_encode (octets.data, octets.len);

	add_text (builder, name, text);
	secret_wipe (text, strlen (text));
}

static void
add_number (JsonBuilder *builder, const Profile *profile, const char *setting, const char *name)
{
	if (!profile_is_set (profile, setting))
		return;
	json_builder_set_member_name (builder, name);
	json_builder_add_int_value (builder, profile_integer (profile, setting));
}

static void
add_flag (JsonBuilder *builder, const char *name, gboolean value)
{
	json_builder_set_member_name (builder, name);
	json_builder_add_boolean_value (builder, value);
}

static void
add_revocation (JsonBuilder *builder, const Profile *profile)
{
	const char *policy;

	if (profile_row_named ("gateway.revocation") < 0 || !profile_is_set (profile, "gateway.revocation"))
		return;
	policy = profile_text (profile, "gateway.revocation");
	json_builder_set_member_name (builder, "revocation");
	json_builder_begin_object (builder);
	add_flag (builder, "crl", !g_str_equal (policy, "off"));
	add_flag (builder, "ocsp", !g_str_equal (policy, "off"));
	add_flag (builder, "strict", g_str_equal (policy, "hard"));
	json_builder_end_object (builder);
}

/* The format has room for one authority. */
static void
add_anchor (JsonBuilder *builder, const Profile *profile, GPtrArray *warnings)
{
	g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	GBytes *anchors = profile_contents (profile, "gateway.ca");

	if (anchors == NULL || x509_pem_to_der (slice_bytes (anchors), list) != STATUS_OK)
		return;
	add_octets (builder, "cert", slice_bytes (list->pdata[0]));
	if (list->len > 1)
		g_ptr_array_add (warnings,
		                 g_strdup ("ca= holds more than one authority; .sswan has room for the first alone."));
}

static void
add_networks (JsonBuilder *builder, const Profile *profile)
{
	gsize n;
	const InetPrefix *remote = profile_prefixes (profile, "network.remote", &n);
	char text[INET_TEXT_OCTETS];

	if (!profile_is_set (profile, "network.remote"))
		return;
	json_builder_set_member_name (builder, "split-tunneling");
	json_builder_begin_object (builder);
	json_builder_set_member_name (builder, "subnets");
	json_builder_begin_array (builder);
	for (gsize i = 0; i < n; i++)
		json_builder_add_string_value (builder, inet_prefix_to_text (&remote[i], text));
	json_builder_end_array (builder);
	json_builder_end_object (builder);
}

/* NULL: there is no such type. What of eap= it cannot say is a loss of its own. */
static const char *
type_of (const Profile *profile, GPtrArray *warnings)
{
	const char *method = profile_text (profile, "user.method");
	const char *eap = profile_is_set (profile, "user.eap") ? profile_text (profile, "user.eap") : NULL;

	if (g_strcmp0 (eap, "tls") == 0 && g_str_equal (method, "eap"))
		return "ikev2-eap-tls";
	if (eap != NULL)
		g_ptr_array_add (warnings, g_strdup_printf ("eap=%s in [user] cannot be said in .sswan.", eap));
	if (g_str_equal (method, "eap"))
		return "ikev2-eap";
	if (g_str_equal (method, "certificate"))
		return "ikev2-cert";
	return g_str_equal (method, "certificate+eap") ? "ikev2-cert-eap" : NULL;
}

static void
add_peers (JsonBuilder *builder, const Profile *profile, GBytes *pkcs12, GPtrArray *warnings)
{
	json_builder_set_member_name (builder, "remote");
	json_builder_begin_object (builder);
	add_text (builder, "addr", profile_text (profile, "gateway.address"));
	add_text (builder, "id", profile_text (profile, "gateway.identity"));
	add_number (builder, profile, "gateway.port", "port");
	add_anchor (builder, profile, warnings);
	add_revocation (builder, profile);
	json_builder_end_object (builder);
	json_builder_set_member_name (builder, "local");
	json_builder_begin_object (builder);
	add_text (builder, "id", profile_text (profile, "user.identity"));
	add_text (builder, "eap_id", profile_text (profile, "user.user"));
	if (pkcs12 != NULL)
		add_octets (builder, "p12", slice_bytes (pkcs12));
	json_builder_end_object (builder);
}

GBytes *
export_sswan (const Profile *profile, GPtrArray *warnings, GError **error)
{
	g_autoptr (JsonBuilder) builder = json_builder_new ();
	g_autoptr (JsonGenerator) generator = json_generator_new ();
	g_autoptr (JsonNode) root = NULL;
	g_autofree char *uuid = g_uuid_string_random ();
	g_autofree char *text = NULL;
	g_autoptr (GBytes) pkcs12 = NULL;
	g_autoptr (GError) why = NULL;
	const char *type = type_of (profile, warnings);
	gboolean sealed;
	GBytes *contents;
	gsize len;

	if (type == NULL)
	{
		export_fail (error, "a .sswan profile cannot say method=psk");
		return NULL;
	}
	pkcs12 = export_pkcs12 (profile, "", warnings, &sealed, &why);
	if (why != NULL)
	{
		g_propagate_error (error, g_steal_pointer (&why));
		return NULL;
	}
	export_warn_losses (profile, said, ".sswan", warnings);
	json_builder_begin_object (builder);
	add_text (builder, "uuid", uuid);
	add_text (builder, "name", profile_display_name (profile));
	add_text (builder, "type", type);
	add_peers (builder, profile, pkcs12, warnings);
	add_number (builder, profile, "network.mtu", "mtu");
	add_networks (builder, profile);
	json_builder_end_object (builder);
	root = json_builder_get_root (builder);
	json_generator_set_root (generator, root);
	json_generator_set_pretty (generator, TRUE);
	text = json_generator_to_data (generator, &len);
	contents = secret_bytes_new (slice (text, len));
	secret_wipe (text, len);
	return contents;
}
