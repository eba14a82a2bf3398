/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "x509-text.h"

#include "base/inet.h"

#define MAX_NAMES 256 /* of one certificate that are looked at */
#define MAX_PEM_CERTIFICATES 512

char *
x509_clean_text (const void *octets, gsize len)
{
	g_autofree char *valid = g_utf8_make_valid (len > 0 ? octets : "", (gssize) MIN (len, (gsize) X509_DETAIL_OCTETS));
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

void
x509_cut_text (char *text, gsize most_octets)
{
	gsize len = strlen (text);

	if (len <= most_octets)
		return;
	/* Room for three dots, and no character in half. */
	for (len = most_octets - 3; len > 0 && (text[len] & 0xc0) == 0x80; len--)
		;
	strcpy (text + len, "...");
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

/* "CN=a,O=b" -> "CN=a, O=b"; a comma within a value has a backslash in front. */
static char *
space_out (const char *dn)
{
	GString *spaced = g_string_new (NULL);

	for (const char *at = dn; *at != '\0'; at++)
	{
		g_string_append_c (spaced, *at);
		if (*at == '\\' && at[1] != '\0')
			g_string_append_c (spaced, *++at);
		else if (*at == ',')
			g_string_append_c (spaced, ' ');
	}
	return g_string_free (spaced, FALSE);
}

char *
x509_subject_of (gnutls_x509_crt_t crt)
{
	gnutls_datum_t dn = { NULL, 0 };
	g_autofree char *text = NULL;

	if (gnutls_x509_crt_get_dn3 (crt, &dn, 0) != 0)
		return g_strdup ("");
	text = x509_clean_text (dn.data, dn.size);
	gnutls_free (dn.data);
	return space_out (text);
}

char *
x509_subject_text (Slice certificate)
{
	gnutls_x509_crt_t crt = x509_import (certificate);
	char *text;

	if (crt == NULL)
		return NULL;
	text = x509_subject_of (crt);
	gnutls_x509_crt_deinit (crt);
	return text;
}

/* The block of the next BEGIN line that has an END line; @rest goes on behind it. An empty slice: no more. */
static Slice
pem_block (Slice *rest)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----", end[] = "-----END CERTIFICATE-----";
	const guint8 *start = rest->len > 0 ? memmem (rest->data, rest->len, begin, sizeof begin - 1) : NULL;
	const guint8 *limit = rest->data + rest->len, *stop, *later;

	if (start == NULL)
		return SLICE_NONE;
	stop = memmem (start, (gsize) (limit - start), end, sizeof end - 1);
	if (stop == NULL)
		return SLICE_NONE;
	/* A block that was cut off does not take the next one with it. */
	while ((later = memmem (start + 1, (gsize) (stop - start - 1), begin, sizeof begin - 1)) != NULL)
		start = later;
	stop += sizeof end - 1;
	*rest = slice (stop, (gsize) (limit - stop));
	return slice (start, (gsize) (stop - start));
}

GBytes *
x509_pem_next (Slice *rest)
{
	Slice block;

	while ((block = pem_block (rest)).len > 0)
	{
		gnutls_datum_t text = { (unsigned char *) block.data, (unsigned int) block.len }, der = { NULL, 0 };
		gnutls_x509_crt_t crt = NULL;
		GBytes *certificate = NULL;

		if (gnutls_pem_base64_decode2 ("CERTIFICATE", &text, &der) == 0 &&
		    (crt = x509_import (slice (der.data, der.size))) != NULL)
			certificate = g_bytes_new (der.data, der.size);
		if (crt != NULL)
			gnutls_x509_crt_deinit (crt);
		gnutls_free (der.data);
		if (certificate != NULL)
			return certificate;
	}
	return NULL;
}

Status
x509_pem_to_der (Slice pem, GPtrArray *certificates)
{
	guint found = 0;

	for (; found < MAX_PEM_CERTIFICATES; found++)
	{
		GBytes *certificate = x509_pem_next (&pem);

		if (certificate == NULL)
			break;
		g_ptr_array_add (certificates, certificate);
	}
	return found > 0 ? STATUS_OK : STATUS_BAD_KEY;
}
