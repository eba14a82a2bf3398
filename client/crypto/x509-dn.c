/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <gnutls/x509.h>

#include "x509-text.h"

#define MAX_ATTRIBUTES 64
#define MAX_VALUE_OCTETS 1024

#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31
#define TAG_OID 0x06

typedef enum
{
	STRING_UTF8 = 0x0c,
	STRING_PRINTABLE = 0x13,
	STRING_IA5 = 0x16,
} StringTag;

typedef struct
{
	const char *names[3]; /* compared without case */
	const char *oid;      /* DER without tag and length */
	StringTag tag;
	guint8 rank; /* how far from the root such an attribute usually stands */
} AttributeRow;

/* RFC 4514 section 3, RFC 4519, and what OpenSSL and GnuTLS print. */
static const AttributeRow attributes[] = {
	{ { "C" }, "\x55\x04\x06", STRING_PRINTABLE, 0 },
	{ { "DC" }, "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", STRING_IA5, 0 },
	{ { "ST", "S" }, "\x55\x04\x08", STRING_UTF8, 1 },
	{ { "L" }, "\x55\x04\x07", STRING_UTF8, 2 },
	{ { "postalCode" }, "\x55\x04\x11", STRING_UTF8, 2 },
	{ { "STREET" }, "\x55\x04\x09", STRING_UTF8, 2 },
	{ { "O" }, "\x55\x04\x0a", STRING_UTF8, 3 },
	{ { "organizationIdentifier" }, "\x55\x04\x61", STRING_UTF8, 3 },
	{ { "businessCategory" }, "\x55\x04\x0f", STRING_UTF8, 3 },
	{ { "OU" }, "\x55\x04\x0b", STRING_UTF8, 4 },
	{ { "CN" }, "\x55\x04\x03", STRING_UTF8, 5 },
	{ { "SN", "surname" }, "\x55\x04\x04", STRING_UTF8, 6 },
	{ { "GN", "givenName", "G" }, "\x55\x04\x2a", STRING_UTF8, 6 },
	{ { "initials" }, "\x55\x04\x2b", STRING_UTF8, 6 },
	{ { "title", "T" }, "\x55\x04\x0c", STRING_UTF8, 6 },
	{ { "name" }, "\x55\x04\x29", STRING_UTF8, 6 },
	{ { "serialNumber" }, "\x55\x04\x05", STRING_PRINTABLE, 6 },
	{ { "dnQualifier" }, "\x55\x04\x2e", STRING_PRINTABLE, 6 },
	{ { "UID" }, "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", STRING_UTF8, 6 },
	{ { "E", "EMAIL", "emailAddress" }, "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", STRING_IA5, 6 },
};

/* One attribute; those that a "+" joins are of one relative name. */
typedef struct
{
	const AttributeRow *row;
	GString *value;
	gboolean joined; /* to the one before it */
} Attribute;

static void
attribute_clear (gpointer data)
{
	g_string_free (((Attribute *) data)->value, TRUE);
}

typedef struct
{
	const char *at;
	char separator;  /* ',' or '/' */
	gboolean spaced; /* a blank follows the first separator */
} DnText;

static const AttributeRow *
attribute_named (const char *name, gsize len)
{
	for (gsize i = 0; i < G_N_ELEMENTS (attributes); i++)
		for (gsize j = 0; j < G_N_ELEMENTS (attributes[i].names) && attributes[i].names[j] != NULL; j++)
			if (strlen (attributes[i].names[j]) == len && g_ascii_strncasecmp (attributes[i].names[j], name, len) == 0)
				return &attributes[i];
	return NULL;
}

static void
skip_blanks (DnText *text)
{
	while (*text->at == ' ')
		text->at++;
}

/* "TYPE =" */
static const AttributeRow *
take_type (DnText *text)
{
	const char *start, *end;

	skip_blanks (text);
	start = text->at;
	while (g_ascii_isalnum (*text->at))
		text->at++;
	end = text->at;
	skip_blanks (text);
	if (*text->at != '=')
		return NULL;
	text->at++;
	skip_blanks (text);
	return attribute_named (start, (gsize) (end - start));
}

/* What a backslash stands for, RFC 4514 section 2.4. */
static gboolean
take_escape (DnText *text, GString *value)
{
	int high = g_ascii_xdigit_value (text->at[1]);
	int low = high >= 0 ? g_ascii_xdigit_value (text->at[2]) : -1;

	if (low >= 0)
	{
		g_string_append_c (value, (char) (high << 4 | low));
		text->at += 3;
		return TRUE;
	}
	if (text->at[1] == '\0' || strchr (" ,+\"\\<>;=#/", text->at[1]) == NULL)
		return FALSE;
	g_string_append_c (value, text->at[1]);
	text->at += 2;
	return TRUE;
}

static gboolean
value_ends (const DnText *text)
{
	return *text->at == '\0' || *text->at == text->separator || (text->separator == ',' && *text->at == '+');
}

/* The value, without blanks around it that are not escaped. */
static gboolean
take_value (DnText *text, GString *value)
{
	gsize kept = 0;

	if (text->separator == ',' && *text->at == '#')
		return FALSE;
	while (!value_ends (text))
	{
		if (*text->at == '\\')
		{
			if (!take_escape (text, value))
				return FALSE;
			kept = value->len;
			continue;
		}
		if (text->separator == ',' && strchr ("\"<>;", *text->at) != NULL)
			return FALSE;
		g_string_append_c (value, *text->at);
		if (*text->at++ != ' ')
			kept = value->len;
	}
	g_string_truncate (value, kept);
	return TRUE;
}

static gboolean
value_fits (const GString *value, StringTag tag)
{
	if (value->len == 0 || value->len > MAX_VALUE_OCTETS || !g_utf8_validate (value->str, (gssize) value->len, NULL))
		return FALSE;
	for (gsize i = 0; i < value->len; i++)
	{
		const guint8 c = (guint8) value->str[i];

		if (c < 0x20 || c == 0x7f || (c >= 0x80 && tag != STRING_UTF8))
			return FALSE;
		if (tag == STRING_PRINTABLE && !g_ascii_isalnum ((char) c) && strchr (" '()+,-./:=?", c) == NULL)
			return FALSE;
	}
	return TRUE;
}

/* Attributes in the order of the text. */
static gboolean
parse_attributes (DnText *text, GArray *list)
{
	gboolean joined = FALSE;

	while (list->len < MAX_ATTRIBUTES)
	{
		Attribute attribute = { .row = take_type (text), .joined = joined };

		if (attribute.row == NULL)
			return FALSE;
		attribute.value = g_string_new (NULL);
		g_array_append_val (list, attribute);
		if (!take_value (text, attribute.value) || !value_fits (attribute.value, attribute.row->tag))
			return FALSE;
		if (*text->at == '\0')
			return TRUE;
		joined = *text->at == '+' && text->separator == ',';
		text->at++;
		if (!joined && list->len == 1)
			text->spaced = *text->at == ' ';
	}
	return FALSE;
}

/* RFC 4514 has the least significant part first. With blanks behind the commas people write both ways: the kinds of the
 * first and the last part tell which, and when they do not, it is the order of the octets. */
static gboolean
most_significant_first (const DnText *text, const GArray *list)
{
	const Attribute *all = (const Attribute *) list->data;

	if (text->separator == '/')
		return TRUE;
	return text->spaced && all[0].row->rank <= all[list->len - 1].row->rank;
}

/* Puts tag and length in front of what @der holds. */
static void
der_wrap (GByteArray *der, guint8 tag)
{
	guint8 head[4] = { tag };
	guint octets = 2;

	if (der->len < 0x80)
		head[1] = (guint8) der->len;
	else if (der->len <= 0xff)
	{
		head[1] = 0x81;
		head[2] = (guint8) der->len;
		octets = 3;
	}
	else
	{
		head[1] = 0x82;
		head[2] = (guint8) (der->len >> 8);
		head[3] = (guint8) der->len;
		octets = 4;
	}
	g_byte_array_prepend (der, head, octets);
}

static GByteArray *
encode_attribute (const Attribute *attribute)
{
	GByteArray *der = g_byte_array_new ();
	g_autoptr (GByteArray) value = g_byte_array_new ();

	g_byte_array_append (value, (const guint8 *) attribute->value->str, (guint) attribute->value->len);
	der_wrap (value, (guint8) attribute->row->tag);
	g_byte_array_append (der, (const guint8 *) attribute->row->oid, (guint) strlen (attribute->row->oid));
	der_wrap (der, TAG_OID);
	g_byte_array_append (der, value->data, value->len);
	der_wrap (der, TAG_SEQUENCE);
	return der;
}

/* The order of a SET OF in DER (X.690 section 11.6). */
static int
compare_encoded (gconstpointer a, gconstpointer b)
{
	const GByteArray *x = *(GByteArray *const *) a, *y = *(GByteArray *const *) b;
	int order = memcmp (x->data, y->data, MIN (x->len, y->len));

	return order != 0 ? order : (x->len > y->len) - (x->len < y->len);
}

/* The relative name that starts at @first. */
static GByteArray *
encode_relative (const GArray *list, guint first)
{
	g_autoptr (GPtrArray) set = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
	GByteArray *der = g_byte_array_new ();
	guint at = first;

	do
		g_ptr_array_add (set, encode_attribute (&g_array_index (list, Attribute, at)));
	while (++at < list->len && g_array_index (list, Attribute, at).joined);
	g_ptr_array_sort (set, compare_encoded);
	for (guint i = 0; i < set->len; i++)
	{
		const GByteArray *encoded = set->pdata[i];

		g_byte_array_append (der, encoded->data, encoded->len);
	}
	der_wrap (der, TAG_SET);
	return der;
}

static GBytes *
encode_name (const GArray *list, gboolean in_order)
{
	GByteArray *der = g_byte_array_new ();

	for (guint i = 0; i < list->len; i++)
	{
		const guint at = in_order ? i : list->len - 1 - i;
		g_autoptr (GByteArray) relative = NULL;

		if (g_array_index (list, Attribute, at).joined)
			continue;
		relative = encode_relative (list, at);
		g_byte_array_append (der, relative->data, relative->len);
	}
	if (der->len > G_MAXUINT16)
	{
		g_byte_array_unref (der);
		return NULL;
	}
	der_wrap (der, TAG_SEQUENCE);
	return g_byte_array_free_to_bytes (der);
}

Status
x509_dn_from_text (const char *text, GBytes **ret_der)
{
	DnText parser = { .at = text[0] == '/' ? text + 1 : text, .separator = text[0] == '/' ? '/' : ',' };
	g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (Attribute));
	GBytes *der = NULL;

	g_array_set_clear_func (list, attribute_clear);
	if (parse_attributes (&parser, list))
		der = encode_name (list, most_significant_first (&parser, list));
	if (der == NULL)
		return STATUS_MALFORMED;
	*ret_der = der;
	return STATUS_OK;
}

static gnutls_x509_dn_t
dn_import (Slice der)
{
	gnutls_datum_t data = { (unsigned char *) der.data, (unsigned int) der.len };
	gnutls_x509_dn_t dn;

	if (der.len == 0 || gnutls_x509_dn_init (&dn) != 0)
		return NULL;
	if (gnutls_x509_dn_import (dn, &data) == 0)
		return dn;
	gnutls_x509_dn_deinit (dn);
	return NULL;
}

char *
x509_dn_to_text (Slice der)
{
	gnutls_datum_t text = { NULL, 0 };
	gnutls_x509_dn_t dn = dn_import (der);
	char *clean = NULL;

	if (dn == NULL)
		return NULL;
	if (gnutls_x509_dn_get_str2 (dn, &text, 0) == 0)
		clean = x509_clean_text (text.data, text.size);
	gnutls_free (text.data);
	gnutls_x509_dn_deinit (dn);
	return clean;
}

/* Kinds of string whose octets mean the same text. */
static gboolean
is_plain_text (unsigned long tag)
{
	return tag == STRING_UTF8 || tag == STRING_PRINTABLE || tag == STRING_IA5;
}

static gboolean
same_attribute (const gnutls_x509_ava_st *a, const gnutls_x509_ava_st *b)
{
	return slice_equal (slice (a->oid.data, a->oid.size), slice (b->oid.data, b->oid.size)) &&
	       slice_equal (slice (a->value.data, a->value.size), slice (b->value.data, b->value.size)) &&
	       (a->value_tag == b->value_tag || (is_plain_text (a->value_tag) && is_plain_text (b->value_tag)));
}

static gboolean
same_names (gnutls_x509_dn_t a, gnutls_x509_dn_t b)
{
	for (int relative = 0; relative <= MAX_ATTRIBUTES; relative++)
		for (int i = 0; i <= MAX_ATTRIBUTES; i++)
		{
			gnutls_x509_ava_st x, y;
			const gboolean in_a = gnutls_x509_dn_get_rdn_ava (a, relative, i, &x) == 0;
			const gboolean in_b = gnutls_x509_dn_get_rdn_ava (b, relative, i, &y) == 0;

			if (in_a != in_b || (in_a && !same_attribute (&x, &y)))
				return FALSE;
			/* A relative name has one attribute at least: none means that both names ended together. */
			if (!in_a && i == 0)
				return TRUE;
			if (!in_a)
				break;
		}
	return FALSE;
}

gboolean
x509_dn_equal (Slice a, Slice b)
{
	gnutls_x509_dn_t x, y;
	gboolean same = FALSE;

	if (slice_equal (a, b))
		return a.len > 0;
	x = dn_import (a);
	y = dn_import (b);
	if (x != NULL && y != NULL)
		same = same_names (x, y);
	if (x != NULL)
		gnutls_x509_dn_deinit (x);
	if (y != NULL)
		gnutls_x509_dn_deinit (y);
	return same;
}
