/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <plist/plist.h>

#include "crypto/container.h"
#include "crypto/x509.h"
#include "import-private.h"

#define IDENTIFIER "net.godwit."

static const char *const said[] = { "profile.name",     "gateway.address",    "gateway.identity",
	                                "gateway.ca",       "user.method",        "user.identity",
	                                "user.user",        "user.eap",           "user.pkcs12",
	                                "user.certificate", "user.key",           "network.mtu",
	                                "network.lan",      "gateway.revocation", NULL };

static void
put_text (plist_t dict, const char *key, const char *text)
{
	if (text != NULL)
		plist_dict_set_item (dict, key, plist_new_string (text));
}

static void
put_octets (plist_t dict, const char *key, Slice octets)
{
	plist_dict_set_item (dict, key, plist_new_data ((const char *) octets.data, octets.len));
}

/* What every payload says of itself. */
static plist_t
new_payload (const char *type, const char *name)
{
	plist_t dict = plist_new_dict ();
	g_autofree char *uuid = g_uuid_string_random ();
	g_autofree char *identifier = g_strconcat (IDENTIFIER, uuid, NULL);

	put_text (dict, "PayloadType", type);
	put_text (dict, "PayloadDisplayName", name);
	put_text (dict, "PayloadIdentifier", identifier);
	put_text (dict, "PayloadUUID", uuid);
	plist_dict_set_item (dict, "PayloadVersion", plist_new_uint (1));
	return dict;
}

static void
add_anchors (plist_t payloads, const Profile *profile)
{
	g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	GBytes *anchors = profile_contents (profile, "gateway.ca");

	if (anchors == NULL || x509_pem_to_der (slice_bytes (anchors), list) != STATUS_OK)
		return;
	for (guint i = 0; i < list->len; i++)
	{
		g_autofree char *name = container_common_name (slice_bytes (list->pdata[i]));
		plist_t payload = new_payload ("com.apple.security.root", name != NULL ? name : "Certificate authority");

		put_octets (payload, "PayloadContent", slice_bytes (list->pdata[i]));
		plist_array_append_item (payloads, payload);
	}
}

/* Apple's installer takes no PKCS#12 without a passphrase: one that stands beside it says no more and no less. */
static gboolean
add_identity (plist_t payloads, plist_t ikev2, const Profile *profile, GPtrArray *warnings, GError **error)
{
	g_autofree char *passphrase = g_uuid_string_random ();
	g_autoptr (GError) why = NULL;
	gboolean sealed;
	g_autoptr (GBytes) pkcs12 = export_pkcs12 (profile, passphrase, warnings, &sealed, &why);
	plist_t payload;

	if (why != NULL)
	{
		g_propagate_error (error, g_steal_pointer (&why));
		return FALSE;
	}
	if (pkcs12 == NULL)
		return TRUE;
	payload = new_payload ("com.apple.security.pkcs12", profile_display_name (profile));
	put_octets (payload, "PayloadContent", slice_bytes (pkcs12));
	if (!sealed)
		put_text (payload, "Password", passphrase);
	plist_dict_set_item (ikev2, "PayloadCertificateUUID", plist_copy (plist_dict_get_item (payload, "PayloadUUID")));
	plist_array_append_item (payloads, payload);
	return TRUE;
}

static void
put_method (plist_t ikev2, const Profile *profile, GPtrArray *warnings)
{
	const char *method = profile_text (profile, "user.method");
	const char *eap = profile_is_set (profile, "user.eap") ? profile_text (profile, "user.eap") : NULL;
	gboolean certificate = g_str_has_prefix (method, "certificate") || g_strcmp0 (eap, "tls") == 0;
	gboolean extended = g_str_has_suffix (method, "eap");

	if (eap != NULL && !g_str_equal (eap, "tls"))
		g_ptr_array_add (warnings, g_strdup_printf ("eap=%s in [user] cannot be said in .mobileconfig.", eap));
	put_text (ikev2, "AuthenticationMethod",
	          certificate                   ? "Certificate"
	          : g_str_equal (method, "psk") ? "SharedSecret"
	                                        : "None");
	plist_dict_set_item (ikev2, "ExtendedAuthEnabled", plist_new_uint (extended ? 1 : 0));
	put_text (ikev2, "AuthName", profile_text (profile, "user.user"));
}

static void
put_network (plist_t ikev2, const Profile *profile)
{
	if (profile_is_set (profile, "network.mtu"))
		plist_dict_set_item (ikev2, "MTU", plist_new_uint ((uint64_t) profile_integer (profile, "network.mtu")));
	if (profile_is_set (profile, "network.lan"))
		plist_dict_set_item (ikev2, "ExcludeLocalNetworks",
		                     plist_new_bool (profile_boolean (profile, "network.lan") ? 1 : 0));
}

static void
put_revocation (plist_t ikev2, const Profile *profile, GPtrArray *warnings)
{
	const char *policy;

	if (profile_row_named ("gateway.revocation") < 0 || !profile_is_set (profile, "gateway.revocation"))
		return;
	policy = profile_text (profile, "gateway.revocation");
	plist_dict_set_item (ikev2, "EnableCertificateRevocationCheck", plist_new_bool (!g_str_equal (policy, "off")));
	if (g_str_equal (policy, "hard"))
		g_ptr_array_add (warnings, g_strdup ("revocation=hard in [gateway] becomes soft in .mobileconfig."));
}

static GBytes *
write_plist (plist_t root)
{
	char *text = NULL;
	uint32_t len = 0;
	GBytes *contents;

	plist_to_xml (root, &text, &len);
	contents = secret_bytes_new (slice (text, len));
	secret_wipe (text, len);
	free (text);
	return contents;
}

GBytes *
export_mobileconfig (const Profile *profile, GPtrArray *warnings, GError **error)
{
	const char *name = profile_display_name (profile);
	plist_t root = new_payload ("Configuration", name);
	plist_t payloads = plist_new_array (), vpn = new_payload ("com.apple.vpn.managed", name), ikev2 = plist_new_dict ();
	GBytes *contents = NULL;

	plist_dict_set_item (root, "PayloadContent", payloads);
	plist_array_append_item (payloads, vpn);
	put_text (vpn, "UserDefinedName", name);
	put_text (vpn, "VPNType", "IKEv2");
	plist_dict_set_item (vpn, "IKEv2", ikev2);
	put_text (ikev2, "RemoteAddress", profile_text (profile, "gateway.address"));
	put_text (ikev2, "RemoteIdentifier", profile_gateway_identity (profile));
	put_text (ikev2, "LocalIdentifier", profile_text (profile, "user.identity"));
	put_method (ikev2, profile, warnings);
	put_network (ikev2, profile);
	put_revocation (ikev2, profile, warnings);
	add_anchors (payloads, profile);
	if (add_identity (payloads, ikev2, profile, warnings, error))
	{
		export_warn_losses (profile, said, ".mobileconfig", warnings);
		contents = write_plist (root);
	}
	plist_free (root);
	return contents;
}
