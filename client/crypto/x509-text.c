/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "x509-text.h"

#include "base/inet.h"
#include "base/secret.h"
#include "base/writer.h"

#define MAX_NAMES 256 /* of one certificate that are looked at */
#define MAX_PEM_CERTIFICATES 512

char *
x509_clean_text (const void *octets, gsize len)
{
	g_autofree char *valid = g_utf8_make_valid (octets, (gssize) MIN (len, (gsize) X509_DETAIL_OCTETS));
	GString *clean = g_string_new (NULL);

	for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
	{
		gunichar c = g_utf8_get_char (at);

		if (g_unichar_isprint (c) && !(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069))
			g_string_append_unichar (clean, c);
		else
			g_string_append_c (clean, '?');
	}
	return g_string_free (clean, FALSE);
}

gnutls_x509_crt_t
x509_import (Slice der)
{
	gnutls_datum_t data = { (unsigned char *) der.data, (unsigned int) der.len };
	gnutls_x509_crt_t crt;

	if (gnutls_x509_crt_init (&crt) != 0)
		return NULL;
	if (gnutls_x509_crt_import (crt, &data, GNUTLS_X509_FMT_DER) == 0)
		return crt;
	gnutls_x509_crt_deinit (crt);
	return NULL;
}

gboolean
x509_get_name (gnutls_x509_crt_t crt, guint index, gnutls_x509_subject_alt_name_t *ret_type, gnutls_datum_t *ret_value)
{
	size_t octets = 0;
	guint type = 0;
	int result = gnutls_x509_crt_get_subject_alt_name2 (crt, index, NULL, &octets, &type, NULL);
	guint8 *value;

	if (index >= MAX_NAMES || result != GNUTLS_E_SHORT_MEMORY_BUFFER || octets > X509_MAX_CHAIN_OCTETS)
		return FALSE;
	/* GnuTLS ends text with a NUL of its own, which it counts only here. */
	value = gnutls_calloc (1, octets + 1);
	if (value == NULL)
		return FALSE;
	result = gnutls_x509_crt_get_subject_alt_name2 (crt, index, value, &octets, &type, NULL);
	if (result < 0)
	{
		gnutls_free (value);
		return FALSE;
	}
	*ret_type = (gnutls_x509_subject_alt_name_t) type;
	*ret_value = (gnutls_datum_t){ value, (unsigned int) octets };
	return TRUE;
}

static char *
name_text (gnutls_x509_subject_alt_name_t type, const gnutls_datum_t *value)
{
	InetAddress address;
	char text[INET_TEXT_OCTETS];

	if (type == GNUTLS_SAN_IPADDRESS && inet_address_decode (slice (value->data, value->size), &address) == STATUS_OK)
		return g_strdup (inet_address_to_text (&address, text));
	return x509_clean_text (value->data, value->size);
}

char *
x509_names_of (gnutls_x509_crt_t crt)
{
	GString *names = g_string_new (NULL);
	gnutls_x509_subject_alt_name_t type;
	gnutls_datum_t value;

	for (guint i = 0; names->len < X509_DETAIL_OCTETS / 2 && x509_get_name (crt, i, &type, &value); i++)
	{
		g_autofree char *text = name_text (type, &value);

		g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", text);
		gnutls_free (value.data);
	}
	return g_string_free (names, FALSE);
}

char *
x509_names_text (Slice certificate)
{
	gnutls_x509_crt_t crt = x509_import (certificate);
	char *names;

	if (crt == NULL)
		return NULL;
	names = x509_names_of (crt);
	gnutls_x509_crt_deinit (crt);
	return names;
}

char *
x509_subject_text (Slice certificate)
{
	gnutls_x509_crt_t crt = x509_import (certificate);
	gnutls_datum_t dn = { NULL, 0 };
	char *text = NULL;

	if (crt == NULL)
		return NULL;
	if (gnutls_x509_crt_get_dn3 (crt, &dn, 0) == 0)
		text = x509_clean_text (dn.data, dn.size);
	gnutls_free (dn.data);
	gnutls_x509_crt_deinit (crt);
	return text != NULL ? text : g_strdup ("");
}

Status
x509_pem_to_der (Slice pem, GPtrArray *certificates)
{
	gnutls_datum_t data = { (unsigned char *) pem.data, (unsigned int) pem.len };
	gnutls_x509_crt_t *list = NULL;
	unsigned int n = 0;
	Status status = STATUS_OK;

	if (gnutls_x509_crt_list_import2 (&list, &n, &data, GNUTLS_X509_FMT_PEM, 0) != 0 || n == 0)
		return STATUS_BAD_KEY;
	for (unsigned int i = 0; i < n; i++)
	{
		gnutls_datum_t der = { NULL, 0 };

		if (i >= MAX_PEM_CERTIFICATES || gnutls_x509_crt_export2 (list[i], GNUTLS_X509_FMT_DER, &der) != 0)
			status = STATUS_BAD_KEY;
		else
			g_ptr_array_add (certificates, g_bytes_new (der.data, der.size));
		gnutls_free (der.data);
		gnutls_x509_crt_deinit (list[i]);
	}
	gnutls_free (list);
	return status;
}

char *
x509_dn_to_text (Slice der)
{
	gnutls_datum_t data = { (unsigned char *) der.data, (unsigned int) der.len };
	gnutls_datum_t text = { NULL, 0 };
	gnutls_x509_dn_t dn;
	char *clean = NULL;

	if (gnutls_x509_dn_init (&dn) != 0)
		return NULL;
	if (gnutls_x509_dn_import (dn, &data) == 0 && gnutls_x509_dn_get_str2 (dn, &text, 0) == 0)
		clean = x509_clean_text (text.data, text.size);
	gnutls_free (text.data);
	gnutls_x509_dn_deinit (dn);
	return clean;
}

/* "A, B/C" with any separator -> "A,B,C"; RFC 4514 wants the least significant part first and keeps as it is. */
static char *
normalise_dn (const char *text)
{
	g_autofree char *copy = g_strdup (text[0] == '/' ? text + 1 : text);
	gboolean slashes = text[0] == '/';
	g_auto (GStrv) parts = g_strsplit (copy, slashes ? "/" : ",", -1);

	for (guint i = 0; parts[i] != NULL; i++)
		g_strstrip (parts[i]);
	return g_strjoinv (",", parts);
}

Status
x509_dn_from_text (const char *text, GBytes **ret_der)
{
	g_autofree char *normal = normalise_dn (text);
	gnutls_x509_crt_t crt;
	gnutls_datum_t der = { NULL, 0 };
	const char *where;
	Status status = STATUS_MALFORMED;

	/* GnuTLS builds a Name only within a certificate; it reads the parts in the order of the DER, last one first. */
	if (gnutls_x509_crt_init (&crt) != 0)
		return STATUS_NO_MEMORY;
	if (gnutls_x509_crt_set_dn (crt, normal, &where) == 0 && gnutls_x509_crt_get_raw_dn (crt, &der) == 0)
	{
		*ret_der = g_bytes_new (der.data, der.size);
		status = STATUS_OK;
	}
	gnutls_free (der.data);
	gnutls_x509_crt_deinit (crt);
	return status;
}
