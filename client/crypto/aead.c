/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "aead.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "base/secret.h"

#define SALT_OCTETS 4 /* of combined modes, RFC 4106 section 4, RFC 7634 section 2 */
#define COMBINED_IV_OCTETS 8
#define NONCE_OCTETS (SALT_OCTETS + COMBINED_IV_OCTETS)
#define MAX_BLOCK_OCTETS 16
#define MAX_MAC_OCTETS 64

typedef struct
{
	EncrId encr;
	guint16 key_bits;
	gnutls_cipher_algorithm_t cipher;
} EncrRow;

static const EncrRow encr_rows[] = {
	{ ENCR_AES_GCM_16, 128, GNUTLS_CIPHER_AES_128_GCM },
	{ ENCR_AES_GCM_16, 192, GNUTLS_CIPHER_AES_192_GCM },
	{ ENCR_AES_GCM_16, 256, GNUTLS_CIPHER_AES_256_GCM },
	{ ENCR_CHACHA20_POLY1305, 256, GNUTLS_CIPHER_CHACHA20_POLY1305 },
	{ ENCR_AES_CBC, 128, GNUTLS_CIPHER_AES_128_CBC },
	{ ENCR_AES_CBC, 192, GNUTLS_CIPHER_AES_192_CBC },
	{ ENCR_AES_CBC, 256, GNUTLS_CIPHER_AES_256_CBC },
	{ ENCR_3DES_CBC, 192, GNUTLS_CIPHER_3DES_CBC },
};

static const struct
{
	gnutls_mac_algorithm_t mac;
	guint8 key_octets;
	guint8 icv_octets;
} integ_rows[INTEG_COUNT] = {
	[INTEG_NONE] = { GNUTLS_MAC_UNKNOWN, 0, 16 },
	[INTEG_HMAC_SHA1_96] = { GNUTLS_MAC_SHA1, 20, 12 },
	[INTEG_HMAC_SHA2_256_128] = { GNUTLS_MAC_SHA256, 32, 16 },
	[INTEG_HMAC_SHA2_384_192] = { GNUTLS_MAC_SHA384, 48, 24 },
	[INTEG_HMAC_SHA2_512_256] = { GNUTLS_MAC_SHA512, 64, 32 },
};

struct Aead
{
	AeadSuite suite;
	guint8 salt[SALT_OCTETS];
	gnutls_aead_cipher_hd_t combined;
	gnutls_cipher_hd_t encrypt; /* CBC; one handle a direction, GnuTLS keeps the IV in it */
	gnutls_cipher_hd_t decrypt;
	gnutls_hmac_hd_t mac;
};

static const EncrRow *
encr_row (const AeadSuite *suite)
{
	for (guint i = 0; i < G_N_ELEMENTS (encr_rows); i++)
		if (encr_rows[i].encr == suite->encr && encr_rows[i].key_bits == suite->key_bits)
			return &encr_rows[i];
	return NULL;
}

gboolean
aead_suite_combined (const AeadSuite *suite)
{
	return suite->encr == ENCR_AES_GCM_16 || suite->encr == ENCR_CHACHA20_POLY1305;
}

gboolean
aead_suite_valid (const AeadSuite *suite)
{
	return encr_row (suite) != NULL && suite->integ < INTEG_COUNT &&
	       aead_suite_combined (suite) == (suite->integ == INTEG_NONE);
}

gsize
aead_encr_key_octets (const AeadSuite *suite)
{
	return suite->key_bits / 8u + (aead_suite_combined (suite) ? SALT_OCTETS : 0);
}

gsize
aead_integ_key_octets (const AeadSuite *suite)
{
	return integ_rows[suite->integ].key_octets;
}

gsize
aead_icv_octets (const AeadSuite *suite)
{
	return integ_rows[suite->integ].icv_octets;
}

gsize
aead_block_octets (const AeadSuite *suite)
{
	if (aead_suite_combined (suite))
		return 1;
	return suite->encr == ENCR_3DES_CBC ? 8 : 16;
}

gsize
aead_iv_octets (const AeadSuite *suite)
{
	return aead_suite_combined (suite) ? COMBINED_IV_OCTETS : aead_block_octets (suite);
}

static gnutls_datum_t
datum (Slice octets)
{
	return (gnutls_datum_t){ (unsigned char *) octets.data, (unsigned int) octets.len };
}

static int
open_handles (Aead *aead, Slice key, Slice integ_key)
{
	gnutls_cipher_algorithm_t cipher = encr_row (&aead->suite)->cipher;
	gnutls_datum_t key_datum = datum (key);
	int error;

	if (aead_suite_combined (&aead->suite))
		return gnutls_aead_cipher_init (&aead->combined, cipher, &key_datum);
	error = gnutls_cipher_init (&aead->encrypt, cipher, &key_datum, NULL);
	if (error == 0)
		error = gnutls_cipher_init (&aead->decrypt, cipher, &key_datum, NULL);
	if (error == 0)
		error = gnutls_hmac_init (&aead->mac, integ_rows[aead->suite.integ].mac, integ_key.data, integ_key.len);
	return error;
}

Status
aead_new (const AeadSuite *suite, Slice encr_key, Slice integ_key, Aead **ret_aead)
{
	g_autoptr (Aead) aead = NULL;

	if (!aead_suite_valid (suite) || encr_key.len != aead_encr_key_octets (suite) ||
	    integ_key.len != aead_integ_key_octets (suite))
		return STATUS_BAD_KEY;
	aead = g_new0 (Aead, 1);
	aead->suite = *suite;
	if (aead_suite_combined (suite))
	{
		encr_key.len -= SALT_OCTETS;
		memcpy (aead->salt, encr_key.data + encr_key.len, SALT_OCTETS);
	}
	if (open_handles (aead, encr_key, integ_key) != 0)
		return STATUS_CRYPTO;
	*ret_aead = g_steal_pointer (&aead);
	return STATUS_OK;
}

void
aead_free (Aead *aead)
{
	if (aead == NULL)
		return;
	if (aead->combined != NULL)
		gnutls_aead_cipher_deinit (aead->combined);
	if (aead->encrypt != NULL)
		gnutls_cipher_deinit (aead->encrypt);
	if (aead->decrypt != NULL)
		gnutls_cipher_deinit (aead->decrypt);
	if (aead->mac != NULL)
		gnutls_hmac_deinit (aead->mac, NULL);
	secret_wipe (aead, sizeof *aead);
	g_free (aead);
}

static void
put_u64 (guint8 *to, guint64 value)
{
	for (guint i = 0; i < 8; i++)
		to[i] = (guint8) (value >> (56 - 8 * i));
}

static Status
seal_combined (Aead *aead, guint64 counter, Slice aad, guint8 *buffer, gsize text_octets)
{
	guint8 nonce[NONCE_OCTETS];
	guint8 *text = buffer + COMBINED_IV_OCTETS;
	size_t octets = text_octets + aead_icv_octets (&aead->suite);

	put_u64 (buffer, counter);
	memcpy (nonce, aead->salt, SALT_OCTETS);
	memcpy (nonce + SALT_OCTETS, buffer, COMBINED_IV_OCTETS);
	if (gnutls_aead_cipher_encrypt (aead->combined, nonce, sizeof nonce, aad.data, aad.len,
	                                aead_icv_octets (&aead->suite), text, text_octets, text, &octets) != 0)
		return STATUS_CRYPTO;
	return STATUS_OK;
}

/* HMAC over aad | iv | ciphertext | suffix. */
static Status
compute_icv (Aead *aead, Slice aad, Slice covered, Slice suffix, guint8 ret_mac[MAX_MAC_OCTETS])
{
	int error = gnutls_hmac (aead->mac, aad.data, aad.len);

	if (error == 0)
		error = gnutls_hmac (aead->mac, covered.data, covered.len);
	if (error == 0 && suffix.len > 0)
		error = gnutls_hmac (aead->mac, suffix.data, suffix.len);
	/* Also resets it for the next message. */
	gnutls_hmac_output (aead->mac, ret_mac);
	return error == 0 ? STATUS_OK : STATUS_CRYPTO;
}

static Status
seal_cbc (Aead *aead, guint64 counter, Slice aad, Slice suffix, guint8 *buffer, gsize text_octets)
{
	gsize iv_octets = aead_iv_octets (&aead->suite);
	guint8 zeros[MAX_BLOCK_OCTETS] = { 0 };
	guint8 mac[MAX_MAC_OCTETS];
	Status status;

	/* The counter as one block, encrypted, is an IV that nobody can predict (NIST SP 800-38A appendix C). */
	memset (buffer, 0, iv_octets);
	put_u64 (buffer + iv_octets - 8, counter);
	gnutls_cipher_set_iv (aead->encrypt, zeros, iv_octets);
	if (gnutls_cipher_encrypt (aead->encrypt, buffer, iv_octets) != 0)
		return STATUS_CRYPTO;
	gnutls_cipher_set_iv (aead->encrypt, buffer, iv_octets);
	if (gnutls_cipher_encrypt (aead->encrypt, buffer + iv_octets, text_octets) != 0)
		return STATUS_CRYPTO;
	status = compute_icv (aead, aad, slice (buffer, iv_octets + text_octets), suffix, mac);
	if (status == STATUS_OK)
		memcpy (buffer + iv_octets + text_octets, mac, aead_icv_octets (&aead->suite));
	return status;
}

Status
aead_seal (Aead *aead, guint64 counter, Slice aad, Slice suffix, guint8 *buffer, gsize text_octets)
{
	if (text_octets % aead_block_octets (&aead->suite) != 0)
		return STATUS_CRYPTO;
	if (aead_suite_combined (&aead->suite))
		return seal_combined (aead, counter, aad, buffer, text_octets);
	return seal_cbc (aead, counter, aad, suffix, buffer, text_octets);
}

/* GnuTLS decrypts before it compares the ICV. The keys of another candidate answer may be tried on the same octets (RFC
 * 7296 section 2.4), so the ciphertext is put back: both modes add a key stream, and adding it twice changes nothing. */
static void
undo_decryption (Aead *aead, const guint8 nonce[NONCE_OCTETS], Slice aad, guint8 *text, gsize text_octets)
{
	const gsize icv_octets = aead_icv_octets (&aead->suite);
	size_t octets = text_octets + icv_octets;
	guint8 icv[MAX_MAC_OCTETS];

	memcpy (icv, text + text_octets, icv_octets);
	(void) gnutls_aead_cipher_encrypt (aead->combined, nonce, NONCE_OCTETS, aad.data, aad.len, icv_octets, text,
	                                   text_octets, text, &octets);
	memcpy (text + text_octets, icv, icv_octets);
}

static Status
open_combined (Aead *aead, Slice aad, guint8 *buffer, gsize octets, Slice *ret_text)
{
	guint8 nonce[NONCE_OCTETS];
	gsize icv_octets = aead_icv_octets (&aead->suite);
	gsize sealed_octets = octets - COMBINED_IV_OCTETS;
	size_t text_octets = sealed_octets - icv_octets;
	guint8 *text = buffer + COMBINED_IV_OCTETS;
	guint8 kept[MAX_BLOCK_OCTETS];
	gsize kept_octets = MIN (text_octets, sizeof kept);
	int error;

	memcpy (nonce, aead->salt, SALT_OCTETS);
	memcpy (nonce + SALT_OCTETS, buffer, COMBINED_IV_OCTETS);
	memcpy (kept, text, kept_octets);
	error = gnutls_aead_cipher_decrypt (aead->combined, nonce, sizeof nonce, aad.data, aad.len, icv_octets, text,
	                                    sealed_octets, text, &text_octets);
	if (error != 0)
	{
		if (memcmp (kept, text, kept_octets) != 0)
			undo_decryption (aead, nonce, aad, text, sealed_octets - icv_octets);
		return error == GNUTLS_E_DECRYPTION_FAILED ? STATUS_BAD_ICV : STATUS_CRYPTO;
	}
	*ret_text = slice (text, sealed_octets - icv_octets);
	return STATUS_OK;
}

static Status
open_cbc (Aead *aead, Slice aad, Slice suffix, guint8 *buffer, gsize octets, Slice *ret_text)
{
	gsize iv_octets = aead_iv_octets (&aead->suite);
	gsize icv_octets = aead_icv_octets (&aead->suite);
	gsize text_octets = octets - iv_octets - icv_octets;
	guint8 mac[MAX_MAC_OCTETS];
	Status status;

	if (text_octets % aead_block_octets (&aead->suite) != 0)
		return STATUS_MALFORMED;
	status = compute_icv (aead, aad, slice (buffer, octets - icv_octets), suffix, mac);
	if (status != STATUS_OK)
		return status;
	if (!secret_equal (slice (mac, icv_octets), slice (buffer + octets - icv_octets, icv_octets)))
		return STATUS_BAD_ICV;
	gnutls_cipher_set_iv (aead->decrypt, buffer, iv_octets);
	if (text_octets > 0 && gnutls_cipher_decrypt (aead->decrypt, buffer + iv_octets, text_octets) != 0)
		return STATUS_CRYPTO;
	*ret_text = slice (buffer + iv_octets, text_octets);
	return STATUS_OK;
}

Status
aead_open (Aead *aead, Slice aad, Slice suffix, guint8 *buffer, gsize octets, Slice *ret_text)
{
	if (octets < aead_iv_octets (&aead->suite) + aead_icv_octets (&aead->suite))
		return STATUS_TRUNCATED;
	if (aead_suite_combined (&aead->suite))
		return open_combined (aead, aad, buffer, octets, ret_text);
	return open_cbc (aead, aad, suffix, buffer, octets, ret_text);
}
