/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "private.h"

#define MTU_LEAST 576
#define MTU_LEAST_V6 1280
#define LABEL_OCTETS 63

static guint
line_of (const Profile *profile, const char *group, const char *key)
{
	return profile->values[profile_row (group, key)].line;
}

#define fail(profile, line, error, ...)                                                                                \
	profile_error_at (error, PROFILE_ERROR_INVALID, (profile)->file_name, line, __VA_ARGS__)

static gboolean
label_good (const char *label)
{
	gsize len = strlen (label);

	if (len == 0 || len > LABEL_OCTETS || label[0] == '-' || label[len - 1] == '-')
		return FALSE;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum (label[i]) && label[i] != '-' && label[i] != '_')
			return FALSE;
	return TRUE;
}

/* Labels of letters, digits and hyphens (RFC 1123 section 2.1), an underscore is seen in the wild. A last label of
 * digits only is a mistyped address. */
static gboolean
host_name_good (const char *text)
{
	g_auto (GStrv) labels = g_strsplit (text, ".", -1);
	guint n = g_strv_length (labels);

	/* A dot at the end says that the name is complete. */
	if (n > 1 && labels[n - 1][0] == '\0')
		n--;
	for (guint i = 0; i < n; i++)
		if (!label_good (labels[i]))
			return FALSE;
	return n > 0 && strspn (labels[n - 1], "0123456789") < strlen (labels[n - 1]);
}

static gboolean
check_gateway (const Profile *profile, GError **error)
{
	const char *address = profile_text (profile, "gateway.address");
	guint line = line_of (profile, "gateway", "address");
	InetAddress parsed;

	if (address == NULL)
		fail (profile, 0, error, "there is no address= in [gateway]; name the gateway there");
	else if (inet_address_parse (address, &parsed) &&
	         (inet_address_is_unspecified (&parsed) || inet_address_is_multicast (&parsed)))
		fail (profile, line, error, "address=%s is the address of no gateway", address);
	else if (inet_address_parse (address, &parsed) || host_name_good (address))
		return TRUE;
	else if (!g_str_is_ascii (address))
		fail (profile, line, error, "address=%.60s is no host name; write an international name with xn--", address);
	else
		fail (profile, line, error, "address=%.60s is neither a host name nor an IP address%s", address,
		      strchr (address, ':') != NULL ? "; a port stands in port=" : "");
	return FALSE;
}

static gboolean
check_certificate (const Profile *profile, GError **error)
{
	gboolean wants = profile_uses_certificate (profile);
	gboolean certificate = profile_is_set (profile, "user.certificate");
	gboolean key = profile_is_set (profile, "user.key");
	gboolean pkcs12 = profile_is_set (profile, "user.pkcs12");
	const char *word = profile_allows_eap (profile, "tls") ? "eap=tls" : "method=certificate";
	guint line = line_of (profile, "user", profile_allows_eap (profile, "tls") ? "eap" : "method");

	if (pkcs12 && !wants)
		fail (profile, line_of (profile, "user", "pkcs12"), error, "pkcs12= belongs to method=certificate or eap=tls");
	else if (pkcs12 && (certificate || key))
		fail (profile, line_of (profile, "user", "pkcs12"), error,
		      "pkcs12= holds certificate and key: take it or certificate= and key=, not both");
	else if (pkcs12)
		return TRUE;
	else if (wants && !certificate)
		fail (profile, line, error, "%s needs certificate= in [user]", word);
	else if (wants && !key && !profile->by_value)
		fail (profile, line, error, "%s needs key= in [user]", word);
	else if (!wants && certificate)
		fail (profile, line_of (profile, "user", "certificate"), error,
		      "certificate= belongs to method=certificate or eap=tls");
	else if (!wants && key)
		fail (profile, line_of (profile, "user", "key"), error, "key= belongs to method=certificate or eap=tls");
	else
		return TRUE;
	return FALSE;
}

/* Whether one of the words means an EAP method, which is all that PEAP can carry. */
static gboolean
inner_has_eap (const Profile *profile)
{
	const char *const *words = profile_words (profile, "user.eap-inner");

	for (guint i = 0; words != NULL && words[i] != NULL; i++)
		if (!g_str_equal (words[i], "pap"))
			return TRUE;
	return FALSE;
}

static gboolean
check_eap (const Profile *profile, GError **error)
{
	gboolean tunnel = profile_allows_eap (profile, "ttls") || profile_allows_eap (profile, "peap");
	gboolean tls = tunnel || profile_allows_eap (profile, "tls");
	static const struct
	{
		const char *key;
		gboolean tunnel; /* not for tls */
	} rows[] = { { "eap-inner", TRUE }, { "eap-anonymous", TRUE }, { "eap-server", FALSE }, { "eap-ca", FALSE } };

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autofree char *name = g_strconcat ("user.", rows[i].key, NULL);

		if (!profile_is_set (profile, name) || (rows[i].tunnel ? tunnel : tls))
			continue;
		fail (profile, line_of (profile, "user", rows[i].key), error, "%s= belongs to eap=%sttls or eap=peap",
		      rows[i].key, rows[i].tunnel ? "" : "tls, eap=");
		return FALSE;
	}
	if (!profile_allows_eap (profile, "peap") || inner_has_eap (profile))
		return TRUE;
	fail (profile, line_of (profile, "user", "eap-inner"), error,
	      "eap=peap cannot carry pap; write eap-inner=mschapv2 or eap-inner=gtc");
	return FALSE;
}

static gboolean
check_user (const Profile *profile, GError **error)
{
	if (profile_method (profile) != PROFILE_METHOD_CERTIFICATE && profile_local_identity (profile) == NULL)
		fail (profile, line_of (profile, "user", "method"), error, "there is no user= in [user]; say who you are");
	else if (profile_method (profile) != PROFILE_METHOD_EAP && profile_is_set (profile, "user.eap"))
		fail (profile, line_of (profile, "user", "eap"), error, "eap= belongs to method=eap");
	else
		return TRUE;
	return FALSE;
}

static gboolean
check_network (const Profile *profile, GError **error)
{
	gint64 mtu = profile_integer (profile, "network.mtu");
	gsize n;
	const InetPrefix *remote = profile_prefixes (profile, "network.remote", &n);
	gboolean v6 = FALSE;

	for (gsize i = 0; i < n; i++)
		v6 |= remote[i].address.family == INET_V6;
	if (mtu == 0 || mtu >= (v6 ? MTU_LEAST_V6 : MTU_LEAST))
		return TRUE;
	fail (profile, line_of (profile, "network", "mtu"), error,
	      "mtu=%" G_GINT64_FORMAT " is too small: write at least %d%s, or 0 to have it computed", mtu,
	      v6 ? MTU_LEAST_V6 : MTU_LEAST, v6 ? " (remote= asks for IPv6)" : "");
	return FALSE;
}

gboolean
profile_check (const Profile *profile, GError **error)
{
	return check_gateway (profile, error) && check_user (profile, error) && check_certificate (profile, error) &&
	       check_eap (profile, error) && check_network (profile, error);
}
