/* SPDX-License-Identifier: GPL-2.0-or-later */
/* .mobileconfig: configuration profiles of Apple, a property list (support.apple.com and developer.apple.com, "VPN payload
 * settings: IKEv2"), plain or in a signed envelope. */
#include <plist/plist.h>

#include "crypto/container.h"
#include "import-private.h"

#define MAX_PAYLOADS 100
#define MAX_TEXT_OCTETS 4096

static const char own_algorithms[] = "Godwit offers its own algorithms and lifetimes";
static const char on_demand[] = "connecting by itself belongs to NetworkManager";

static const ImportKey vpn_keys[] = {
	{ "VPNType", IMPORT_TAKEN, NULL },
	{ "UserDefinedName", IMPORT_TAKEN, NULL },
	{ "IKEv2", IMPORT_TAKEN, NULL },
	{ "IPv4", IMPORT_TAKEN, NULL },
	{ "DNS", IMPORT_LOST, "Godwit uses the DNS servers that the gateway names" },
	{ "Proxies", IMPORT_LOST, "proxies belong to the desktop" },
	{ "OnDemandEnabled", IMPORT_LOST, on_demand },
	{ "OnDemandRules", IMPORT_LOST, on_demand },
	{ NULL },
};

static const ImportKey ikev2_keys[] = {
	{ "RemoteAddress", IMPORT_TAKEN, NULL },
	{ "RemoteIdentifier", IMPORT_TAKEN, NULL },
	{ "LocalIdentifier", IMPORT_TAKEN, NULL },
	{ "AuthenticationMethod", IMPORT_TAKEN, NULL },
	{ "ExtendedAuthEnabled", IMPORT_TAKEN, NULL },
	{ "AuthName", IMPORT_TAKEN, NULL },
	{ "AuthPassword", IMPORT_TAKEN, NULL },
	{ "SharedSecret", IMPORT_TAKEN, NULL },
	{ "PayloadCertificateUUID", IMPORT_TAKEN, NULL },
	{ "ServerCertificateIssuerCommonName", IMPORT_TAKEN, NULL },
	{ "ServerCertificateCommonName", IMPORT_TAKEN, NULL },
	{ "MTU", IMPORT_TAKEN, NULL },
	{ "ExcludeLocalNetworks", IMPORT_TAKEN, NULL },
	{ "EnableCertificateRevocationCheck", IMPORT_TAKEN, NULL },
	{ "IKESecurityAssociationParameters", IMPORT_LOST, own_algorithms },
	{ "ChildSecurityAssociationParameters", IMPORT_LOST, own_algorithms },
	{ "OnDemandEnabled", IMPORT_LOST, on_demand },
	{ "OnDemandRules", IMPORT_LOST, on_demand },
	{ "OnDemandUserOverrideDisabled", IMPORT_LOST, on_demand },
	{ "DisconnectOnIdle", IMPORT_LOST, "the connection stays until it is ended" },
	{ "DisconnectOnIdleTimer", IMPORT_FINE, NULL },
	{ "EnableFallback", IMPORT_LOST, "there is no mobile network to fall back to" },
	{ "CertificateType", IMPORT_FINE, NULL },
	{ "EnablePFS", IMPORT_FINE, NULL },
	{ "DeadPeerDetectionRate", IMPORT_FINE, NULL },
	{ "DisableMOBIKE", IMPORT_FINE, NULL },
	{ "DisableRedirect", IMPORT_FINE, NULL },
	{ "NATKeepAliveInterval", IMPORT_FINE, NULL },
	{ "NATKeepAliveOffloadEnable", IMPORT_FINE, NULL },
	{ "UseConfigurationAttributeInternalIPSubnet", IMPORT_FINE, NULL },
	{ "IncludeAllNetworks", IMPORT_FINE, NULL },
	{ "TLSMinimumVersion", IMPORT_FINE, NULL },
	{ "TLSMaximumVersion", IMPORT_FINE, NULL },
	{ NULL },
};

static const char *const anchor_types[] = { "com.apple.security.root", "com.apple.security.pem",
	                                        "com.apple.security.pkcs1", NULL };

/* -- Values of a dictionary --------------------------------------------------------------------------------------- */

/* UTF-8 without NUL; NULL: not there, or failed. */
static char *
text_of (Import *import, plist_t dict, const char *key)
{
	plist_t node = plist_dict_get_item (dict, key);
	uint64_t len = 0;
	const char *text;

	if (node == NULL)
		return NULL;
	if (plist_get_node_type (node) != PLIST_STRING || (text = plist_get_string_ptr (node, &len)) == NULL)
		import_fail (import, "'%s' must be a string", key);
	else if (len > MAX_TEXT_OCTETS)
		import_fail (import, "'%s' is too long", key);
	else if (!g_utf8_validate (text, (gssize) len, NULL))
		import_fail (import, "'%s' is not text in UTF-8", key);
	else
		return g_strndup (text, len);
	return NULL;
}

/* The same for a secret or a thing of many octets, borrowed: <data>, or <string> where Apple takes both. */
static Slice
octets_of (plist_t dict, const char *key)
{
	plist_t node = plist_dict_get_item (dict, key);
	uint64_t len = 0;
	const char *octets = NULL;

	if (node != NULL && plist_get_node_type (node) == PLIST_DATA)
		octets = plist_get_data_ptr (node, &len);
	else if (node != NULL && plist_get_node_type (node) == PLIST_STRING)
		octets = plist_get_string_ptr (node, &len);
	return octets != NULL ? slice (octets, (gsize) len) : SLICE_NONE;
}

/* Booleans are written as 0 and 1 as well. */
static gboolean
flag_of (Import *import, plist_t dict, const char *key, gboolean fallback)
{
	plist_t node = plist_dict_get_item (dict, key);
	uint64_t number = 0;
	uint8_t truth = 0;

	if (node == NULL)
		return fallback;
	if (plist_get_node_type (node) == PLIST_BOOLEAN)
		plist_get_bool_val (node, &truth);
	else if (plist_get_node_type (node) == PLIST_UINT)
		plist_get_uint_val (node, &number);
	else
		import_fail (import, "'%s' must be true or false", key);
	return truth != 0 || number == 1;
}

static plist_t
dict_of (Import *import, plist_t dict, const char *key)
{
	plist_t node = plist_dict_get_item (dict, key);

	if (node != NULL && plist_get_node_type (node) != PLIST_DICT)
	{
		import_fail (import, "'%s' must be a dictionary", key);
		return NULL;
	}
	return node;
}

/* A switch that is off asks for nothing that could be lost. */
static gboolean
is_off (plist_t node)
{
	uint64_t number = 1;
	uint8_t truth = 1;

	if (plist_get_node_type (node) == PLIST_BOOLEAN)
		plist_get_bool_val (node, &truth);
	else if (plist_get_node_type (node) == PLIST_UINT)
		plist_get_uint_val (node, &number);
	return truth == 0 || number == 0;
}

static void
judge_keys (Import *import, plist_t dict, const ImportKey *known, const char *prefix)
{
	plist_dict_iter iter = NULL;
	char *name = NULL;
	plist_t node = NULL;

	plist_dict_new_iter (dict, &iter);
	for (plist_dict_next_item (dict, iter, &name, &node); name != NULL; plist_dict_next_item (dict, iter, &name, &node))
	{
		/* Payload... describe the payload to Apple's installer. */
		if (!g_str_has_prefix (name, "Payload") && !is_off (node))
			import_judge (import, known, prefix, name);
		free (name);
		name = NULL;
	}
	free (iter);
}

/* -- Certificates ------------------------------------------------------------------------------------------------- */

/* All payloads of one type; @import->anchors is filled with those that have the issuer's name, when one is wanted. */
static void
take_anchors (Import *import, plist_t payloads, const char *issuer)
{
	for (guint i = 0; i < plist_array_get_size (payloads); i++)
	{
		plist_t payload = plist_array_get_item (payloads, i);
		g_autofree char *type = text_of (import, payload, "PayloadType");
		Slice octets = octets_of (payload, "PayloadContent");
		g_autofree char *name = NULL;

		if (type == NULL || !g_strv_contains (anchor_types, type))
			continue;
		name = container_common_name (octets);
		if (issuer == NULL || g_strcmp0 (name, issuer) == 0)
			import_add_anchor (import, octets, type);
	}
}

static void
take_authority (Import *import, plist_t payloads, plist_t ikev2)
{
	g_autofree char *issuer = text_of (import, ikev2, "ServerCertificateIssuerCommonName");
	g_autofree char *common_name = text_of (import, ikev2, "ServerCertificateCommonName");
	g_autofree char *identity = text_of (import, ikev2, "RemoteIdentifier");

	if (issuer != NULL)
		take_anchors (import, payloads, issuer);
	if (issuer != NULL && import->anchors->len == 0)
		import_warn (import,
		             "No authority in the file is called '%.60s' (ServerCertificateIssuerCommonName); "
		             "the gateway may come from any authority that is trusted.",
		             issuer);
	if (import->anchors->len == 0)
		take_anchors (import, payloads, NULL);
	/* Godwit looks at the subjectAltName, for the identity of the gateway. */
	if (common_name != NULL && g_strcmp0 (common_name, identity) != 0)
		import_warn (import, "'IKEv2.ServerCertificateCommonName' cannot be kept: the certificate must say '%.60s'.",
		             identity != NULL ? identity : "");
}

static void
take_identity (Import *import, plist_t payloads, plist_t ikev2)
{
	g_autofree char *wanted = text_of (import, ikev2, "PayloadCertificateUUID");

	for (guint i = 0; i < plist_array_get_size (payloads); i++)
	{
		plist_t payload = plist_array_get_item (payloads, i);
		g_autofree char *type = text_of (import, payload, "PayloadType");
		g_autofree char *uuid = text_of (import, payload, "PayloadUUID");
		g_autofree char *password = NULL;

		if (g_strcmp0 (type, "com.apple.security.pkcs12") != 0 ||
		    (wanted != NULL && (uuid == NULL || g_ascii_strcasecmp (wanted, uuid) != 0)))
			continue;
		password = text_of (import, payload, "Password");
		import_take_pkcs12 (import, octets_of (payload, "PayloadContent"), password, type);
		if (password != NULL)
			secret_wipe (password, strlen (password));
		return;
	}
	import_fail (import, wanted != NULL ? "the certificate of the user that PayloadCertificateUUID names is not in the "
	                                      "file; devices get it in another way"
	                                    : "there is no certificate of the user in the file");
}

/* -- The VPN payload ---------------------------------------------------------------------------------------------- */

static void
take_password (Import *import, plist_t ikev2, const char *key)
{
	Slice octets = octets_of (ikev2, key);

	if (octets.len == 0)
		return;
	if (octets.len > MAX_TEXT_OCTETS)
		import_fail (import, "'%s' is too long", key);
	else
		secret_set (&import->password, octets);
	import_warn (import, "'IKEv2.%s': a profile holds no password; it will be asked for.", key);
}

/* Extended authentication is EAP. With a certificate and no name it is EAP-TLS, with both it is one after the other. */
static void
take_method (Import *import, plist_t payloads, plist_t ikev2)
{
	g_autofree char *method = text_of (import, ikev2, "AuthenticationMethod");
	g_autofree char *user = text_of (import, ikev2, "AuthName");
	gboolean extended = flag_of (import, ikev2, "ExtendedAuthEnabled", FALSE);
	gboolean certificate = g_strcmp0 (method, "Certificate") == 0;

	if (extended && (certificate || plist_dict_get_item (ikev2, "PayloadCertificateUUID") != NULL))
		import_set_method (import, user != NULL ? "certificate+eap" : "eap", user != NULL ? NULL : "tls",
		                   "ExtendedAuthEnabled with a certificate");
	else if (extended)
		import_set_method (import, "eap", NULL, "ExtendedAuthEnabled");
	else if (certificate)
		import_set_method (import, "certificate", NULL, "AuthenticationMethod");
	else if (g_strcmp0 (method, "SharedSecret") == 0)
		import_set_method (import, "psk", NULL, "AuthenticationMethod");
	else
		import_fail (import, "'AuthenticationMethod' must be Certificate, SharedSecret, or None with "
		                     "ExtendedAuthEnabled");
	if (import->error != NULL)
		return;
	if (certificate || plist_dict_get_item (ikev2, "PayloadCertificateUUID") != NULL)
		take_identity (import, payloads, ikev2);
	if (user != NULL && user[0] != '\0')
		import_set (import, "user.user", user, "AuthName");
	take_password (import, ikev2, extended ? "AuthPassword" : "SharedSecret");
}

static void
set_text (Import *import, plist_t dict, const char *key, const char *setting)
{
	g_autofree char *text = text_of (import, dict, key);

	if (text != NULL && text[0] != '\0')
		import_set (import, setting, text, key);
}

/* Apple wants it always; where it says what holds without it, a profile says nothing. */
static void
take_gateway_identity (Import *import, plist_t ikev2)
{
	g_autofree char *address = text_of (import, ikev2, "RemoteAddress");
	g_autofree char *identity = text_of (import, ikev2, "RemoteIdentifier");

	if (g_strcmp0 (address, identity) != 0)
		set_text (import, ikev2, "RemoteIdentifier", "gateway.identity");
}

static void
take_network (Import *import, plist_t ikev2)
{
	plist_t mtu = plist_dict_get_item (ikev2, "MTU");
	uint64_t octets = 0;

	if (mtu != NULL && plist_get_node_type (mtu) == PLIST_UINT)
	{
		g_autofree char *text = NULL;

		plist_get_uint_val (mtu, &octets);
		text = g_strdup_printf ("%" G_GUINT64_FORMAT, (guint64) octets);
		import_try (import, "network.mtu", text, "IKEv2.MTU");
	}
	if (plist_dict_get_item (ikev2, "ExcludeLocalNetworks") != NULL)
		import_try (import, "network.lan", flag_of (import, ikev2, "ExcludeLocalNetworks", FALSE) ? "yes" : "no",
		            "IKEv2.ExcludeLocalNetworks");
	/* Apple's check goes on when nobody answers. */
	if (plist_dict_get_item (ikev2, "EnableCertificateRevocationCheck") != NULL)
		import_try (import, "gateway.revocation",
		            flag_of (import, ikev2, "EnableCertificateRevocationCheck", FALSE) ? "soft" : "off",
		            "IKEv2.EnableCertificateRevocationCheck");
}

static void
take_vpn (Import *import, plist_t payloads, plist_t vpn)
{
	g_autofree char *name = text_of (import, vpn, "UserDefinedName");
	plist_t ikev2 = dict_of (import, vpn, "IKEv2");
	plist_t ipv4 = dict_of (import, vpn, "IPv4");

	if (ikev2 == NULL)
	{
		import_fail (import, "the VPN payload has no dictionary 'IKEv2'");
		return;
	}
	judge_keys (import, vpn, vpn_keys, "");
	judge_keys (import, ikev2, ikev2_keys, "IKEv2.");
	if (name != NULL)
		import_try (import, "profile.name", name, "UserDefinedName");
	if (plist_dict_get_item (ikev2, "RemoteAddress") == NULL)
		import_fail (import, "there is no 'RemoteAddress' that names the gateway");
	set_text (import, ikev2, "RemoteAddress", "gateway.address");
	take_gateway_identity (import, ikev2);
	set_text (import, ikev2, "LocalIdentifier", "user.identity");
	take_method (import, payloads, ikev2);
	take_authority (import, payloads, ikev2);
	take_network (import, ikev2);
	if (ipv4 != NULL && !flag_of (import, ipv4, "OverridePrimary", TRUE))
		import_warn (import,
		             "'IPv4.OverridePrimary' cannot be kept: what goes into the tunnel is what the gateway grants "
		             "of remote=.");
}

/* -- The file ----------------------------------------------------------------------------------------------------- */

static void
warn_payload (Import *import, plist_t payload, const char *type)
{
	g_autofree char *name = text_of (import, payload, "PayloadDisplayName");

	import_warn (import, "The payload %.60s%s%.60s%s was left out.", type, name != NULL ? " (" : "",
	             name != NULL ? name : "", name != NULL ? ")" : "");
}

static gboolean
is_ikev2 (Import *import, plist_t payload, const char *type)
{
	g_autofree char *vpn_type = NULL;

	if (g_strcmp0 (type, "com.apple.vpn.managed") != 0)
		return FALSE;
	vpn_type = text_of (import, payload, "VPNType");
	return g_strcmp0 (vpn_type, "IKEv2") == 0;
}

static gboolean
check_payloads (Import *import, plist_t payloads)
{
	if (payloads == NULL || plist_get_node_type (payloads) != PLIST_ARRAY)
		import_fail (import, "there is no list 'PayloadContent' in the file");
	else if (plist_array_get_size (payloads) > MAX_PAYLOADS)
		import_fail (import, "has more than %u payloads", MAX_PAYLOADS);
	for (guint i = 0; import->error == NULL && i < plist_array_get_size (payloads); i++)
		if (plist_get_node_type (plist_array_get_item (payloads, i)) != PLIST_DICT)
			import_fail (import, "payload %u is no dictionary", i + 1);
	return import->error == NULL;
}

static void
take_payloads (Import *import, plist_t payloads)
{
	plist_t vpn = NULL;

	if (!check_payloads (import, payloads))
		return;
	for (guint i = 0; i < plist_array_get_size (payloads); i++)
	{
		plist_t payload = plist_array_get_item (payloads, i);
		g_autofree char *type = text_of (import, payload, "PayloadType");

		if (vpn == NULL && is_ikev2 (import, payload, type))
			vpn = payload;
		else if (type == NULL ||
		         (!g_strv_contains (anchor_types, type) && !g_str_equal (type, "com.apple.security.pkcs12")))
			warn_payload (import, payload, type != NULL ? type : "without a type");
	}
	if (vpn == NULL)
		import_fail (import, "there is no VPN of type IKEv2 in the file");
	else
		take_vpn (import, payloads, vpn);
}

static void
take_root (Import *import, plist_t root)
{
	g_autofree char *type = NULL;

	if (root == NULL || plist_get_node_type (root) != PLIST_DICT)
	{
		import_fail (import, "is a property list, but no configuration profile");
		return;
	}
	type = text_of (import, root, "PayloadType");
	if (g_strcmp0 (type, "Configuration") != 0)
		import_fail (import, "is a property list, but no configuration profile");
	else if (plist_dict_get_item (root, "EncryptedPayloadContent") != NULL)
		import_fail (import, "is encrypted for one device; ask for the profile that is not");
	else
		take_payloads (import, plist_dict_get_item (root, "PayloadContent"));
}

static void
read_plist (Import *import, Slice contents)
{
	gboolean binary = contents.len >= 8 && memcmp (contents.data, "bplist00", 8) == 0;
	plist_t root = NULL;

	if (!binary && !g_utf8_validate ((const char *) contents.data, (gssize) contents.len, NULL))
		import_fail (import, "is not text in UTF-8");
	else if (!(binary ? import_binary_plist_bounded (contents) : import_xml_bounded (contents)))
		import_fail (import, "is damaged, or larger inside than a configuration profile");
	if (import->error != NULL)
		return;
	if (binary)
		plist_from_bin ((const char *) contents.data, (uint32_t) contents.len, &root);
	else
		plist_from_xml ((const char *) contents.data, (uint32_t) contents.len, &root);
	if (root == NULL)
		import_fail (import, "is a damaged property list");
	else
		take_root (import, root);
	if (root != NULL)
		plist_free (root);
}

static void
read_envelope (Import *import, Slice contents)
{
	g_autoptr (GBytes) inner = NULL;
	g_autofree char *signer = NULL;
	Status status = container_cms_open (contents, &inner, &signer);

	if (status == STATUS_BAD_SIGNATURE)
		import_fail (import, "its signature does not fit: it was changed after it was signed, or is damaged");
	else if (status != STATUS_OK)
		import_fail (import, "its signed envelope is damaged");
	if (import->error != NULL)
		return;
	import_warn (import, "The file is signed by %.200s; Godwit does not check whether that is who should have made it.",
	             signer[0] != '\0' ? signer : "somebody without a name");
	read_plist (import, slice_bytes (inner));
}

void
import_mobileconfig (Import *import, Slice contents)
{
	if (contents.data[0] == 0x30)
		read_envelope (import, contents);
	else
		read_plist (import, contents);
}
