/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What Start asks for, checked: godwitd is trusted to mean well, not to be free of mistakes. */
#include "base/reader.h"
#include "cpu.h"
#include "eap/eap.h"
#include "translate.h"

G_DEFINE_QUARK (godwit - tunnel - error, tunnel_error)

G_GNUC_PRINTF (3, 4)
static gboolean
fail (GError **error, TunnelError code, const char *format, ...)
{
	va_list arguments;

	va_start (arguments, format);
	if (error != NULL)
		*error = g_error_new_valist (TUNNEL_ERROR, (int) code, format, arguments);
	va_end (arguments);
	return FALSE;
}

/* The next element of a DER, with its tag and length as well. An empty slice when there is none. */
static Slice
der_next (Reader *r, guint8 *ret_tag, Slice *ret_content)
{
	gsize start = r->pos;
	guint8 first;
	gsize octets;

	*ret_tag = reader_u8 (r);
	first = reader_u8 (r);
	octets = first;
	if ((first & 0x80) != 0)
	{
		guint n = first & 0x7f;

		octets = 0;
		if (n == 0 || n > 3)
			reader_fail (r);
		for (guint i = 0; i < n && !r->failed; i++)
			octets = octets << 8 | reader_u8 (r);
	}
	*ret_content = reader_take (r, octets);
	return r->failed ? SLICE_NONE : slice (r->input.data + start, r->pos - start);
}

/* The subject as it stands in a certificate (RFC 5280 section 4.1): a Name made anew from its text could have other string
 * types, and gateways compare octets (RFC 4945 section 3.1.5). */
static Slice
certificate_subject (Slice certificate)
{
	Reader r = reader (certificate);
	Slice content, element = SLICE_NONE;
	guint8 tag;

	for (guint depth = 0; depth < 2; depth++)
	{
		der_next (&r, &tag, &content);
		r = reader (content);
	}
	/* [0] version (may be left out), serial number, signature, issuer, validity, subject */
	der_next (&r, &tag, &content);
	for (guint i = tag == 0xa0 ? 5 : 4; i > 0; i--)
		element = der_next (&r, &tag, &content);
	return tag == 0x30 ? element : SLICE_NONE;
}

static gboolean
set_certificates (Order *order, GError **error)
{
	GBytes *pem = profile_contents (order->profile, "user.certificate");

	if (!profile_uses_certificate (order->profile))
		return TRUE;
	if (pem == NULL || x509_pem_to_der (slice_bytes (pem), order->certificates) != STATUS_OK)
		return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "user.certificate cannot be read");
	order->ike.certificates = (GBytes *const *) order->certificates->pdata;
	order->ike.n_certificates = order->certificates->len;
	order->ike.key_schemes = (const SigScheme *) (gpointer) order->key_schemes->data;
	order->ike.n_key_schemes = order->key_schemes->len;
	if (order->key_schemes->len == 0)
		return fail (error, TUNNEL_ERROR_INVALID_ARGUMENT, "key-schemes is empty");
	return TRUE;
}

static gboolean
set_identities (Order *order, GError **error)
{
	const char *gateway = profile_gateway_identity (order->profile);
	const char *local = profile_local_identity (order->profile);
	Slice subject = SLICE_NONE;

	if (gateway == NULL || ike_identity_parse (gateway, &order->ike.gateway_identity) != STATUS_OK)
		return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "gateway.identity cannot be an identity");
	if (local != NULL)
	{
		if (ike_identity_parse (local, &order->ike.local_identity) != STATUS_OK)
			return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "user.identity cannot be an identity");
		return TRUE;
	}
	if (order->certificates->len > 0)
		subject = certificate_subject (slice_bytes (order->certificates->pdata[0]));
	if (subject.len == 0)
		return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "user.identity is missing");
	order->ike.local_identity = (IkeIdentity){ IKE_ID_DER_ASN1_DN, slice_dup (subject) };
	return TRUE;
}

static gboolean
set_eap_inner (Order *order, GError **error)
{
	const char *const *words = profile_words (order->profile, "user.eap-inner");
	EapTlsConfig *tls = &order->ike.eap_tls;

	for (guint i = 0; words != NULL && words[i] != NULL; i++)
		if (tls->n_inner == TRANSLATE_MAX_INNER || !eap_inner_from_name (words[i], &order->inner[tls->n_inner++]))
			return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "user.eap-inner: %s is not a method", words[i]);
	tls->inner = order->inner;
	tls->anonymous = profile_text (order->profile, "user.eap-anonymous");
	tls->certificates = order->ike.certificates;
	tls->n_certificates = order->ike.n_certificates;
	tls->key_schemes = order->ike.key_schemes;
	tls->n_key_schemes = order->ike.n_key_schemes;
	return TRUE;
}

/* Who the EAP server must be, and who says so. @system: PEM of the system, when only EAP wants it. */
static gboolean
set_eap_server (Order *order, GVariant *options, GError **error)
{
	g_autoptr (GVariant) system = g_variant_lookup_value (options, "system-pem", G_VARIANT_TYPE_BYTESTRING);
	GBytes *file = profile_contents (order->profile, "user.eap-ca");
	const char *server = profile_eap_server (order->profile);
	Slice pem = slice_bytes (file);

	if (profile_method (order->profile) != PROFILE_METHOD_EAP)
		return TRUE;
	if (server == NULL || ike_identity_parse (server, &order->eap_server) != STATUS_OK)
		return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "user.eap-server cannot be an identity");
	order->ike.eap_server = order->eap_server;
	if (file == NULL && system != NULL)
		pem.data = g_variant_get_fixed_array (system, &pem.len, 1);
	order->eap_system_anchors = file == NULL && (system != NULL || order->system_anchors);
	if (pem.len > 0 && x509_anchors_new (pem, &order->eap_anchors) != STATUS_OK)
		return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "user.eap-ca: there is no certificate that can be read");
	return TRUE;
}

static gboolean
set_eap (Order *order, GError **error)
{
	const char *const *words = profile_words (order->profile, "user.eap");

	if (profile_method (order->profile) != PROFILE_METHOD_EAP)
		return TRUE;
	order->ike.eap_identity = profile_eap_identity (order->profile);
	for (guint i = 0; words != NULL && words[i] != NULL; i++)
	{
		if (order->ike.n_eap_methods == TRANSLATE_MAX_METHODS ||
		    !eap_type_from_name (words[i], &order->methods[order->ike.n_eap_methods++]))
			return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "user.eap: %s is not a method", words[i]);
	}
	order->ike.eap_methods = order->methods;
	if (order->ike.eap_identity == NULL || order->ike.n_eap_methods == 0)
		return fail (error, TUNNEL_ERROR_INVALID_PROFILE, "EAP needs user.user and user.eap");
	return set_eap_inner (order, error);
}

static gboolean
set_remote (Order *order, GError **error)
{
	gsize n = 0;
	const InetPrefix *prefixes = profile_prefixes (order->profile, "network.remote", &n);

	for (gsize i = 0; i < n; i++)
	{
		InetSelector selector = inet_selector_prefix (&prefixes[i]);

		g_array_append_val (order->remote, selector);
		order->ike.request_ipv4 |= prefixes[i].address.family == INET_V4;
		order->ike.request_ipv6 |= prefixes[i].address.family == INET_V6;
	}
	order->ike.remote = (const InetSelector *) (gpointer) order->remote->data;
	order->ike.n_remote = order->remote->len;
	order->ike.request_address = profile_boolean (order->profile, "network.request-address");
	return n > 0 || fail (error, TUNNEL_ERROR_INVALID_PROFILE, "network.remote is empty");
}

static void
set_life (Order *order)
{
	order->ike.pfs = profile_boolean (order->profile, "network.pfs");
	order->ike.mobike = profile_boolean (order->profile, "network.mobike");
	order->ike.ike_lifetime_us = profile_integer (order->profile, "gateway.ike-lifetime") * G_USEC_PER_SEC;
	order->ike.child_lifetime_us = profile_integer (order->profile, "network.child-lifetime") * G_USEC_PER_SEC;
}

/* The hashes of a whole system store would make the request larger than many gateways take. */
static gboolean
set_anchors (Order *order, Slice pem, GError **error)
{
	if (profile_method (order->profile) == PROFILE_METHOD_PSK)
		return TRUE;
	if (x509_anchors_new (pem, &order->anchors) != STATUS_OK)
		return fail (error, TUNNEL_ERROR_INVALID_ARGUMENT, "anchors: there is no certificate that can be read");
	if (!order->system_anchors)
		x509_anchors_key_hashes (order->anchors, TRANSLATE_MAX_CERTREQ, order->certreq);
	order->ike.certreq_hashes = slice_array (order->certreq);
	return TRUE;
}

static gboolean
set_options (Order *order, GVariant *options, GError **error)
{
	g_autoptr (GVariant) schemes = g_variant_lookup_value (options, "key-schemes", G_VARIANT_TYPE ("au"));
	gsize n = schemes != NULL ? g_variant_n_children (schemes) : 0;

	g_variant_lookup (options, "system-anchors", "b", &order->system_anchors);
	g_variant_lookup (options, "export-keys", "b", &order->ike.export_keys);
	g_variant_lookup (options, "initial-contact", "b", &order->ike.initial_contact);
	for (gsize i = 0; i < n; i++)
	{
		guint32 value;
		SigScheme scheme;

		g_variant_get_child (schemes, i, "u", &value);
		if (value >= SIG_COUNT || i >= SIG_COUNT)
			return fail (error, TUNNEL_ERROR_INVALID_ARGUMENT, "key-schemes: %u is not a scheme", value);
		scheme = (SigScheme) value;
		g_array_append_val (order->key_schemes, scheme);
	}
	return TRUE;
}

gboolean
order_set_paths (Order *order, GVariant *paths, gsize n_sockets, GError **error)
{
	IkePath parsed[IKE_MAX_PATHS];
	gsize n = 0;
	GVariantIter iter;
	const char *local, *remote;
	guint32 index;
	guint16 local_port, remote_port;

	g_variant_iter_init (&iter, paths);
	while (g_variant_iter_next (&iter, "(u&sq&sq)", &index, &local, &local_port, &remote, &remote_port))
	{
		IkePath path = { .index = index, .local.port = local_port, .remote.port = remote_port };

		if (n == IKE_MAX_PATHS)
			return fail (error, TUNNEL_ERROR_INVALID_ARGUMENT, "more than %d paths", IKE_MAX_PATHS);
		if (index >= n_sockets || local_port == 0 || remote_port == 0 ||
		    !inet_address_parse (local, &path.local.address) || !inet_address_parse (remote, &path.remote.address) ||
		    path.local.address.family != path.remote.address.family)
			return fail (error, TUNNEL_ERROR_INVALID_ARGUMENT, "path %zu: not a socket, address or port", (size_t) n);
		parsed[n++] = path;
	}
	if (n == 0)
		return fail (error, TUNNEL_ERROR_INVALID_ARGUMENT, "no path");
	memcpy (order->paths, parsed, n * sizeof *parsed);
	order->n_paths = n;
	order->n_sockets = n_sockets;
	return TRUE;
}

static IkeAuthBy
auth_by (ProfileMethod method)
{
	switch (method)
	{
	case PROFILE_METHOD_EAP:
		return IKE_AUTH_BY_EAP;
	case PROFILE_METHOD_CERTIFICATE:
		return IKE_AUTH_BY_CERTIFICATE;
	case PROFILE_METHOD_PSK:
		return IKE_AUTH_BY_PSK;
	}
	return IKE_AUTH_BY_EAP;
}

Order *
order_new (GVariant *settings, GVariant *paths, gsize n_sockets, Slice anchors, GVariant *options, GError **error)
{
	g_autoptr (Order) order = g_new0 (Order, 1);
	g_autoptr (GError) cause = NULL;

	order->remote = g_array_new (FALSE, FALSE, sizeof (InetSelector));
	order->key_schemes = g_array_new (FALSE, FALSE, sizeof (SigScheme));
	order->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	order->certreq = g_byte_array_new ();
	order->profile = profile_new_from_variant (settings, &cause);
	if (order->profile == NULL)
	{
		fail (error, TUNNEL_ERROR_INVALID_PROFILE, "%s", cause->message);
		return NULL;
	}
	order->ike.auth_by = auth_by (profile_method (order->profile));
	order->ike.weak = profile_boolean (order->profile, "gateway.weak");
	order->ike.aes_fast = cpu_has_aes ();
	if (!set_options (order, options, error) || !order_set_paths (order, paths, n_sockets, error) ||
	    !set_certificates (order, error) || !set_identities (order, error) || !set_eap (order, error) ||
	    !set_eap_server (order, options, error) || !set_remote (order, error) || !set_anchors (order, anchors, error))
		return NULL;
	set_life (order);
	return g_steal_pointer (&order);
}

void
order_free (Order *order)
{
	if (order == NULL)
		return;
	ike_identity_clear (&order->ike.gateway_identity);
	ike_identity_clear (&order->ike.local_identity);
	g_clear_pointer (&order->profile, profile_free);
	g_clear_pointer (&order->anchors, x509_anchors_free);
	g_clear_pointer (&order->eap_anchors, x509_anchors_free);
	ike_identity_clear (&order->eap_server);
	g_array_unref (order->remote);
	g_array_unref (order->key_schemes);
	g_ptr_array_unref (order->certificates);
	g_byte_array_unref (order->certreq);
	g_free (order);
}
