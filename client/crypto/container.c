/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "container.h"

#include <gnutls/abstract.h>
#include <gnutls/pkcs12.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>

#include "base/secret.h"
#include "x509.h"

#define MAX_SIGNATURES 4

static gnutls_datum_t
datum (Slice octets)
{
	return (gnutls_datum_t){ (unsigned char *) octets.data, (unsigned int) octets.len };
}

/* -- Certificates and keys --------------------------------------------------------------------------------------- */

static gboolean
is_pem (Slice octets)
{
	return octets.len > 0 && memmem (octets.data, octets.len, "-----BEGIN ", 11) != NULL;
}

static gboolean
import_certificate (Slice certificate, gnutls_x509_crt_t *ret_crt)
{
	gnutls_datum_t data = datum (certificate);
	gnutls_x509_crt_t crt;

	if (certificate.len == 0 || gnutls_x509_crt_init (&crt) != 0)
		return FALSE;
	if (gnutls_x509_crt_import (crt, &data, is_pem (certificate) ? GNUTLS_X509_FMT_PEM : GNUTLS_X509_FMT_DER) != 0)
	{
		gnutls_x509_crt_deinit (crt);
		return FALSE;
	}
	*ret_crt = crt;
	return TRUE;
}

static Status
append_pem (gnutls_x509_crt_t crt, GString *pem)
{
	gnutls_datum_t text = { NULL, 0 };

	if (gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &text) != 0)
		return STATUS_BAD_KEY;
	g_string_append_len (pem, (const char *) text.data, (gssize) text.size);
	gnutls_free (text.data);
	return STATUS_OK;
}

static Status
append_one (Slice der, GString *pem)
{
	gnutls_x509_crt_t crt;
	Status status = STATUS_BAD_KEY;

	if (import_certificate (der, &crt))
	{
		status = append_pem (crt, pem);
		gnutls_x509_crt_deinit (crt);
	}
	return status;
}

Status
container_certificate_to_pem (Slice certificate, GString *pem)
{
	g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	Status status = STATUS_OK;

	if (!is_pem (certificate))
		return append_one (certificate, pem);
	if (x509_pem_to_der (certificate, list) != STATUS_OK)
		return STATUS_BAD_KEY;
	for (guint i = 0; i < list->len && status == STATUS_OK; i++)
		status = append_one (slice_bytes (list->pdata[i]), pem);
	return status;
}

char *
container_common_name (Slice certificate)
{
	gnutls_x509_crt_t crt;
	char name[256];
	size_t octets = sizeof name;
	char *text = NULL;

	if (!import_certificate (certificate, &crt))
		return NULL;
	if (gnutls_x509_crt_get_dn_by_oid (crt, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &octets) == 0)
		text = g_utf8_make_valid (name, (gssize) octets);
	gnutls_x509_crt_deinit (crt);
	return text;
}

gboolean
container_is_encrypted (Slice pem)
{
	return pem.len > 0 && (memmem (pem.data, pem.len, "-----BEGIN ENCRYPTED PRIVATE KEY-----", 37) != NULL ||
	                       memmem (pem.data, pem.len, "Proc-Type: 4,ENCRYPTED", 22) != NULL);
}

/* -- PKCS#12 ----------------------------------------------------------------------------------------------------- */

static Status
key_to_pem (gnutls_x509_privkey_t key, GBytes **ret_pem)
{
	gnutls_datum_t text = { NULL, 0 };

	if (gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &text) != 0)
		return STATUS_BAD_KEY;
	*ret_pem = secret_bytes_new (slice (text.data, text.size));
	secret_wipe (text.data, text.size);
	gnutls_free (text.data);
	return STATUS_OK;
}

static Status
take_contents (gnutls_x509_privkey_t key, gnutls_x509_crt_t *chain, guint n, GBytes **ret_chain, GBytes **ret_key)
{
	g_autoptr (GString) pem = g_string_new (NULL);
	Status status = key != NULL && n > 0 && n <= CONTAINER_MAX_CERTIFICATES ? STATUS_OK : STATUS_BAD_KEY;

	for (guint i = 0; i < n && status == STATUS_OK; i++)
		status = append_pem (chain[i], pem);
	if (status == STATUS_OK)
		status = key_to_pem (key, ret_key);
	if (status == STATUS_OK)
		*ret_chain = g_bytes_new (pem->str, pem->len);
	return status;
}

static void
free_certificates (gnutls_x509_crt_t *list, guint n)
{
	for (guint i = 0; i < n; i++)
		gnutls_x509_crt_deinit (list[i]);
	gnutls_free (list);
}

static Status
parse_with (gnutls_pkcs12_t file, const char *passphrase, GBytes **ret_chain, GBytes **ret_key)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t *chain = NULL;
	guint n = 0;
	int error;
	Status status;

	/* A MAC that is there must fit; one that is not there is allowed (RFC 7292 section 4). */
	error = gnutls_pkcs12_verify_mac (file, passphrase);
	if (error == GNUTLS_E_MAC_VERIFY_FAILED)
		return STATUS_SECRET_WRONG;
	error = gnutls_pkcs12_simple_parse (file, passphrase, &key, &chain, &n, NULL, NULL, NULL, 0);
	if (error == GNUTLS_E_DECRYPTION_FAILED || error == GNUTLS_E_MAC_VERIFY_FAILED)
		return STATUS_SECRET_WRONG;
	if (error != 0)
		return STATUS_BAD_KEY;
	status = take_contents (key, chain, n, ret_chain, ret_key);
	if (key != NULL)
		gnutls_x509_privkey_deinit (key);
	free_certificates (chain, n);
	return status;
}

Status
container_pkcs12_open (Slice der, const char *passphrase, GBytes **ret_chain, GBytes **ret_key)
{
	gnutls_datum_t data = datum (der);
	gnutls_pkcs12_t file;
	Status status;

	if (der.len > CONTAINER_MAX_OCTETS)
		return STATUS_TOO_LARGE;
	if (gnutls_pkcs12_init (&file) != 0)
		return STATUS_NO_MEMORY;
	if (der.len == 0 || gnutls_pkcs12_import (file, &data, GNUTLS_X509_FMT_DER, 0) != 0)
		status = STATUS_BAD_KEY;
	else
	{
		status = parse_with (file, passphrase, ret_chain, ret_key);
		/* No passphrase and an empty one are two things in PKCS#12; programs write the one or the other. */
		if (status == STATUS_SECRET_WRONG && passphrase == NULL)
			status = parse_with (file, "", ret_chain, ret_key);
		if (status == STATUS_SECRET_WRONG && passphrase == NULL)
			status = STATUS_SECRET_NEEDED;
	}
	gnutls_pkcs12_deinit (file);
	return status;
}

/* One bag with one thing, sealed and put into @file. @id ties the key to its certificate. */
static int
add_bag (gnutls_pkcs12_t file, gnutls_x509_crt_t crt, const gnutls_datum_t *key, gnutls_datum_t *id,
         const char *passphrase)
{
	gnutls_pkcs12_bag_t bag;
	int index, error;

	error = gnutls_pkcs12_bag_init (&bag);
	if (error < 0)
		return error;
	index = crt != NULL ? gnutls_pkcs12_bag_set_crt (bag, crt)
	                    : gnutls_pkcs12_bag_set_data (bag, GNUTLS_BAG_PKCS8_ENCRYPTED_KEY, key);
	error = index;
	if (index >= 0 && id != NULL)
		error = gnutls_pkcs12_bag_set_key_id (bag, (guint) index, id);
	/* The key is sealed by itself already. */
	if (error >= 0 && crt != NULL)
		error = gnutls_pkcs12_bag_encrypt (bag, passphrase, GNUTLS_PKCS_PBES2_AES_256);
	if (error >= 0)
		error = gnutls_pkcs12_set_bag (file, bag);
	gnutls_pkcs12_bag_deinit (bag);
	return error;
}

static int
add_key (gnutls_pkcs12_t file, Slice pem, gnutls_datum_t *id, const char *passphrase)
{
	gnutls_datum_t data = datum (pem), sealed = { NULL, 0 };
	gnutls_x509_privkey_t key;
	int error = gnutls_x509_privkey_init (&key);

	if (error < 0)
		return error;
	error = gnutls_x509_privkey_import2 (key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (error >= 0)
		error = gnutls_x509_privkey_export2_pkcs8 (key, GNUTLS_X509_FMT_DER, passphrase, GNUTLS_PKCS_PBES2_AES_256,
		                                           &sealed);
	gnutls_x509_privkey_deinit (key);
	if (error >= 0)
		error = add_bag (file, NULL, &sealed, id, passphrase);
	gnutls_free (sealed.data);
	return error;
}

static int
add_certificates (gnutls_pkcs12_t file, const GPtrArray *chain, gnutls_datum_t *id, const char *passphrase)
{
	int error = 0;

	for (guint i = 0; i < chain->len && error >= 0; i++)
	{
		gnutls_x509_crt_t crt;

		if (!import_certificate (slice_bytes (chain->pdata[i]), &crt))
			return GNUTLS_E_ASN1_DER_ERROR;
		error = add_bag (file, crt, NULL, i == 0 ? id : NULL, passphrase);
		gnutls_x509_crt_deinit (crt);
	}
	return error;
}

Status
container_pkcs12_make (Slice chain, Slice key, const char *passphrase, GBytes **ret_der)
{
	g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	guint8 mark[] = { 1 };
	gnutls_datum_t id = { mark, sizeof mark }, der = { NULL, 0 };
	gnutls_pkcs12_t file;
	Status status = STATUS_BAD_KEY;

	if (x509_pem_to_der (chain, list) != STATUS_OK || list->len > CONTAINER_MAX_CERTIFICATES)
		return STATUS_BAD_KEY;
	if (gnutls_pkcs12_init (&file) != 0)
		return STATUS_NO_MEMORY;
	if (add_certificates (file, list, &id, passphrase) >= 0 && add_key (file, key, &id, passphrase) >= 0)
		status = gnutls_pkcs12_generate_mac2 (file, GNUTLS_MAC_SHA256, passphrase) >= 0 &&
		                 gnutls_pkcs12_export2 (file, GNUTLS_X509_FMT_DER, &der) >= 0
		             ? STATUS_OK
		             : STATUS_CRYPTO;
	gnutls_pkcs12_deinit (file);
	if (status == STATUS_OK)
		*ret_der = secret_bytes_new (slice (der.data, der.size));
	gnutls_free (der.data);
	return status;
}

/* -- Signed envelopes -------------------------------------------------------------------------------------------- */

/* The certificate in the envelope that the signature at @index names. */
static gboolean
find_signer (gnutls_pkcs7_t envelope, const gnutls_pkcs7_signature_info_st *info, gnutls_x509_crt_t *ret_crt)
{
	gnutls_datum_t raw;

	for (guint i = 0; i < CONTAINER_MAX_CERTIFICATES && gnutls_pkcs7_get_crt_raw2 (envelope, i, &raw) == 0; i++)
	{
		gnutls_datum_t issuer = { NULL, 0 };
		guint8 serial[64];
		size_t octets = sizeof serial;
		gnutls_x509_crt_t crt;
		gboolean same = import_certificate (slice (raw.data, raw.size), &crt);

		gnutls_free (raw.data);
		if (!same)
			continue;
		same = gnutls_x509_crt_get_raw_issuer_dn (crt, &issuer) == 0 &&
		       gnutls_x509_crt_get_serial (crt, serial, &octets) == 0 &&
		       slice_equal (slice (serial, octets), slice (info->signer_serial.data, info->signer_serial.size)) &&
		       slice_equal (slice (issuer.data, issuer.size), slice (info->issuer_dn.data, info->issuer_dn.size));
		gnutls_free (issuer.data);
		if (same)
		{
			*ret_crt = crt;
			return TRUE;
		}
		gnutls_x509_crt_deinit (crt);
	}
	return FALSE;
}

/* GnuTLS 3.7 loses memory when it verifies with a certificate whose key it cannot read. */
static gboolean
has_key (gnutls_x509_crt_t crt)
{
	gnutls_pubkey_t key;
	gboolean good;

	if (gnutls_pubkey_init (&key) != 0)
		return FALSE;
	good = gnutls_pubkey_import_x509 (key, crt, 0) == 0;
	gnutls_pubkey_deinit (key);
	return good;
}

static Status
check_signature (gnutls_pkcs7_t envelope, guint index, char **ret_signer)
{
	gnutls_pkcs7_signature_info_st info;
	gnutls_x509_crt_t crt;
	gnutls_datum_t der = { NULL, 0 };
	Status status = STATUS_BAD_SIGNATURE;
	/* A file lives longer than the certificate that signed it. */
	const guint any_time = GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;

	if (gnutls_pkcs7_get_signature_info (envelope, index, &info) != 0)
		return STATUS_BAD_SIGNATURE;
	if (find_signer (envelope, &info, &crt))
	{
		if (has_key (crt) && gnutls_pkcs7_verify_direct (envelope, crt, index, NULL, any_time) == 0 &&
		    gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_DER, &der) == 0)
			status = STATUS_OK;
		gnutls_x509_crt_deinit (crt);
	}
	if (status == STATUS_OK && *ret_signer == NULL)
		*ret_signer = x509_subject_text (slice (der.data, der.size));
	gnutls_free (der.data);
	gnutls_pkcs7_signature_info_deinit (&info);
	return status;
}

static Status
open_envelope (gnutls_pkcs7_t envelope, GBytes **ret_contents, char **ret_signer)
{
	gnutls_datum_t contents = { NULL, 0 };
	g_autofree char *signer = NULL;
	int n = gnutls_pkcs7_get_signature_count (envelope);
	Status status = n > 0 && n <= MAX_SIGNATURES ? STATUS_OK : STATUS_BAD_SIGNATURE;

	for (guint i = 0; (int) i < n && status == STATUS_OK; i++)
		status = check_signature (envelope, i, &signer);
	if (status != STATUS_OK)
		return status;
	if (gnutls_pkcs7_get_embedded_data (envelope, 0, &contents) != 0)
		return STATUS_MALFORMED;
	*ret_contents = g_bytes_new (contents.data, contents.size);
	*ret_signer = signer != NULL ? g_steal_pointer (&signer) : g_strdup ("");
	gnutls_free (contents.data);
	return STATUS_OK;
}

Status
container_cms_open (Slice der, GBytes **ret_contents, char **ret_signer)
{
	gnutls_datum_t data = datum (der);
	gnutls_pkcs7_t envelope;
	Status status;

	if (der.len > CONTAINER_MAX_CMS_OCTETS)
		return STATUS_TOO_LARGE;
	if (gnutls_pkcs7_init (&envelope) != 0)
		return STATUS_NO_MEMORY;
	if (der.len == 0 || gnutls_pkcs7_import (envelope, &data, GNUTLS_X509_FMT_DER) != 0)
		status = STATUS_MALFORMED;
	else
		status = open_envelope (envelope, ret_contents, ret_signer);
	gnutls_pkcs7_deinit (envelope);
	return status;
}
