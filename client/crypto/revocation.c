/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "revocation.h"

#include <gnutls/ocsp.h>
#include <gnutls/x509.h>

#include "x509.h"

#define MAX_URLS 2 /* of a kind in one certificate */
#define NONCE_OCTETS 16
#define MAX_LISTS 16

typedef struct
{
	gboolean ocsp;
	char *url;
} Source;

/* One certificate below the anchor. */
typedef struct
{
	GBytes *certificate, *issuer;
	GArray *sources; /* of Source, OCSP first */
	guint asked;     /* how many of them */
	Status found;    /* STATUS_OK, STATUS_GATEWAY_REVOKED, or STATUS_GATEWAY_UNPROVEN so far */
} Item;

struct Revocation
{
	RevocationPolicy policy;
	const Rng *rng;
	GArray *items; /* of Item */
	guint at;
	guint fetches;
	gsize octets; /* left */
	GBytes *request;
	guint8 nonce[NONCE_OCTETS];
};

static void
item_clear (gpointer data)
{
	Item *item = data;

	g_bytes_unref (item->certificate);
	g_bytes_unref (item->issuer);
	g_array_unref (item->sources);
}

static void
source_clear (gpointer data)
{
	g_free (((Source *) data)->url);
}

/* Only what can be said in one line of a request, and no other scheme. */
static gboolean
url_good (const char *url, gsize len)
{
	if (len > REVOCATION_MAX_URL_OCTETS || len < 8 || g_ascii_strncasecmp (url, "http://", 7) != 0)
		return FALSE;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isgraph (url[i]))
			return FALSE;
	return TRUE;
}

static void
add_source (Item *item, gboolean ocsp, const char *url, gsize len)
{
	Source source = { ocsp, NULL };

	if (!url_good (url, len))
		return;
	source.url = g_strndup (url, len);
	memcpy (source.url, "http", 4);
	g_array_append_val (item->sources, source);
}

static void
find_sources (Item *item, gnutls_x509_crt_t crt)
{
	for (guint i = 0; i < MAX_URLS; i++)
	{
		gnutls_datum_t url = { NULL, 0 };

		if (gnutls_x509_crt_get_authority_info_access (crt, i, GNUTLS_IA_OCSP_URI, &url, NULL) != 0)
			break;
		add_source (item, TRUE, (const char *) url.data, url.size);
		gnutls_free (url.data);
	}
	for (guint i = 0; i < MAX_URLS; i++)
	{
		char url[REVOCATION_MAX_URL_OCTETS + 1];
		size_t len = sizeof url;
		unsigned int reasons = 0, critical;

		if (gnutls_x509_crt_get_crl_dist_points (crt, i, url, &len, &reasons, &critical) != GNUTLS_SAN_URI)
			break;
		/* A list for some reasons only proves nothing. */
		if (reasons == 0)
			add_source (item, FALSE, url, len);
	}
}

static gboolean
add_item (Revocation *r, GBytes *certificate, GBytes *issuer)
{
	Slice der = slice_bytes (certificate);
	gnutls_datum_t data = { (unsigned char *) der.data, (unsigned int) der.len };
	gnutls_x509_crt_t crt;
	Item item = { .found = STATUS_GATEWAY_UNPROVEN };
	gboolean good;

	if (gnutls_x509_crt_init (&crt) != 0)
		return FALSE;
	item.certificate = g_bytes_ref (certificate);
	item.issuer = g_bytes_ref (issuer);
	item.sources = g_array_new (FALSE, FALSE, sizeof (Source));
	g_array_set_clear_func (item.sources, source_clear);
	good = der.len > 0 && gnutls_x509_crt_import (crt, &data, GNUTLS_X509_FMT_DER) == 0;
	if (good)
		find_sources (&item, crt);
	gnutls_x509_crt_deinit (crt);
	g_array_append_val (r->items, item);
	return good;
}

Status
revocation_new (GBytes *const *path, gsize n, RevocationPolicy policy, const Rng *rng, Revocation **ret_revocation)
{
	g_autoptr (Revocation) r = g_new0 (Revocation, 1);

	r->policy = policy;
	r->rng = rng;
	r->octets = REVOCATION_MAX_OCTETS;
	r->items = g_array_new (FALSE, FALSE, sizeof (Item));
	g_array_set_clear_func (r->items, item_clear);
	for (gsize i = 0; i + 1 < n && policy != REVOCATION_OFF; i++)
		if (!add_item (r, path[i], path[i + 1]))
			return STATUS_BAD_KEY;
	*ret_revocation = g_steal_pointer (&r);
	return STATUS_OK;
}

void
revocation_free (Revocation *r)
{
	if (r == NULL)
		return;
	g_array_unref (r->items);
	g_clear_pointer (&r->request, g_bytes_unref);
	g_free (r);
}

/* The next list from @rest on; FALSE: no more. */
static gboolean
next_list (Slice *rest, Slice *ret_list)
{
	static const char begin[] = "-----BEGIN X509 CRL-----", end[] = "-----END X509 CRL-----";
	const guint8 *from = rest->len > 0 ? memmem (rest->data, rest->len, begin, strlen (begin)) : NULL;
	const guint8 *last = rest->data + rest->len, *to;

	if (from == NULL)
		return FALSE;
	to = memmem (from, (gsize) (last - from), end, strlen (end));
	if (to == NULL)
		return FALSE;
	to += strlen (end);
	*ret_list = slice (from, (gsize) (to - from));
	*rest = slice (to, (gsize) (last - to));
	return TRUE;
}

void
revocation_take_lists (Revocation *r, Slice pem, gint64 now_s)
{
	Slice list;

	for (guint n = 0; n < MAX_LISTS && next_list (&pem, &list); n++)
		for (guint i = 0; i < r->items->len; i++)
		{
			Item *item = &g_array_index (r->items, Item, i);
			Status status =
			    revocation_check_crl (list, slice_bytes (item->certificate), slice_bytes (item->issuer), now_s);

			/* Of two good ones the worse word counts. */
			if (status == STATUS_GATEWAY_REVOKED || (status == STATUS_OK && item->found != STATUS_GATEWAY_REVOKED))
				item->found = status;
		}
}

static GBytes *
request_from (gnutls_ocsp_req_t request)
{
	gnutls_datum_t der = { NULL, 0 };
	GBytes *bytes = NULL;

	if (gnutls_ocsp_req_export (request, &der) == 0)
		bytes = g_bytes_new (der.data, der.size);
	gnutls_free (der.data);
	return bytes;
}

static gboolean
add_to_request (gnutls_ocsp_req_t request, const Item *item)
{
	Slice octets[2] = { slice_bytes (item->issuer), slice_bytes (item->certificate) };
	gnutls_x509_crt_t crts[2] = { NULL, NULL };
	gboolean good = TRUE;

	for (guint i = 0; i < 2 && good; i++)
	{
		gnutls_datum_t data = { (unsigned char *) octets[i].data, (unsigned int) octets[i].len };

		good =
		    gnutls_x509_crt_init (&crts[i]) == 0 && gnutls_x509_crt_import (crts[i], &data, GNUTLS_X509_FMT_DER) == 0;
	}
	/* The hash all responders know; it only names the certificate (RFC 5019 section 2.1.1). */
	good = good && gnutls_ocsp_req_add_cert (request, GNUTLS_DIG_SHA1, crts[0], crts[1]) == 0;
	for (guint i = 0; i < 2; i++)
		if (crts[i] != NULL)
			gnutls_x509_crt_deinit (crts[i]);
	return good;
}

static GBytes *
make_request (Revocation *r, const Item *item)
{
	gnutls_datum_t nonce = { r->nonce, sizeof r->nonce };
	gnutls_ocsp_req_t request;
	GBytes *bytes = NULL;

	if (rng_fill (r->rng, r->nonce, sizeof r->nonce) != STATUS_OK || gnutls_ocsp_req_init (&request) != 0)
		return NULL;
	if (add_to_request (request, item) && gnutls_ocsp_req_set_nonce (request, 0, &nonce) == 0)
		bytes = request_from (request);
	gnutls_ocsp_req_deinit (request);
	return bytes;
}

gboolean
revocation_next (Revocation *r, RevocationFetch *ret_fetch)
{
	for (; r->at < r->items->len; r->at++)
	{
		Item *item = &g_array_index (r->items, Item, r->at);

		if (item->found == STATUS_GATEWAY_REVOKED)
			return FALSE;
		while (item->found != STATUS_OK && item->asked < item->sources->len && r->fetches < REVOCATION_MAX_FETCHES &&
		       r->octets > 0)
		{
			const Source *source = &g_array_index (item->sources, Source, item->asked++);

			g_clear_pointer (&r->request, g_bytes_unref);
			r->request = source->ocsp ? make_request (r, item) : NULL;
			if (source->ocsp && r->request == NULL)
				continue;
			r->fetches++;
			*ret_fetch = (RevocationFetch){ source->url, slice_bytes (r->request) };
			return TRUE;
		}
	}
	return FALSE;
}

static const char *
words_of (Status status)
{
	switch ((int) status)
	{
	case STATUS_OK:
		return "good";
	case STATUS_GATEWAY_REVOKED:
		return "revoked";
	case STATUS_GATEWAY_VALIDITY:
		return "stale";
	case STATUS_BAD_SIGNATURE:
		return "not signed by the authority, or not an answer to this question";
	case STATUS_UNSUPPORTED:
		return "not about this certificate, or unknown there";
	case STATUS_NO_ANSWER:
		return "no answer";
	}
	return "damaged";
}

void
revocation_take (Revocation *r, Slice octets, gint64 now_s, char **ret_words)
{
	Item *item = &g_array_index (r->items, Item, r->at);
	const Source *source = &g_array_index (item->sources, Source, item->asked - 1);
	Slice certificate = slice_bytes (item->certificate), issuer = slice_bytes (item->issuer);
	Status status = STATUS_NO_ANSWER;

	if (octets.len > r->octets)
		octets = SLICE_NONE;
	r->octets -= octets.len;
	if (octets.len > 0)
		status = source->ocsp
		             ? revocation_check_ocsp (octets, certificate, issuer, slice (r->nonce, sizeof r->nonce), now_s)
		             : revocation_check_crl (octets, certificate, issuer, now_s);
	if (status == STATUS_OK || status == STATUS_GATEWAY_REVOKED)
		item->found = status;
	*ret_words = g_strdup_printf ("%s at %s: %s", source->ocsp ? "OCSP" : "CRL", source->url, words_of (status));
}

Status
revocation_result (const Revocation *r, char **ret_detail)
{
	for (guint i = 0; i < r->items->len; i++)
	{
		const Item *item = &g_array_index (r->items, Item, i);
		g_autofree char *subject = NULL;

		if (item->found == STATUS_OK || (item->found == STATUS_GATEWAY_UNPROVEN && r->policy != REVOCATION_HARD))
			continue;
		subject = x509_subject_text (slice_bytes (item->certificate));
		*ret_detail = g_strdup_printf ("%s%s", subject != NULL ? subject : "a certificate",
		                               item->found == STATUS_GATEWAY_REVOKED ? ""
		                               : item->sources->len == 0             ? " names no place to ask over HTTP"
		                                                                     : ": nobody gave an answer that counts");
		return item->found;
	}
	return STATUS_OK;
}
