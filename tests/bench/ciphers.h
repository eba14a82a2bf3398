/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the ciphers that are measured, their names, and keys that are good for nothing else.
 * Must not know: what is measured.
 */
#pragma once

#include <gnutls/gnutls.h>

#include "esp/esp.h"

typedef struct
{
	const char *name;
	AeadSuite suite;
	gnutls_cipher_algorithm_t cipher;
	gnutls_mac_algorithm_t mac;
} BenchCipher;

static const BenchCipher bench_ciphers[] = {
	{ "aes128gcm", { ENCR_AES_GCM_16, 128, INTEG_NONE }, GNUTLS_CIPHER_AES_128_GCM, GNUTLS_MAC_AEAD },
	{ "aes256gcm", { ENCR_AES_GCM_16, 256, INTEG_NONE }, GNUTLS_CIPHER_AES_256_GCM, GNUTLS_MAC_AEAD },
	{ "chacha20poly1305",
	  { ENCR_CHACHA20_POLY1305, 256, INTEG_NONE },
	  GNUTLS_CIPHER_CHACHA20_POLY1305,
	  GNUTLS_MAC_AEAD },
	{ "aes128cbc-sha1", { ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96 }, GNUTLS_CIPHER_AES_128_CBC, GNUTLS_MAC_SHA1 },
	{ "aes256cbc-sha256",
	  { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128 },
	  GNUTLS_CIPHER_AES_256_CBC,
	  GNUTLS_MAC_SHA256 },
};

static const guint8 bench_key[128] =
    "measuring only: these octets are no secret, nor is anything sealed with them; they are "
    "in the source for all to read.";

static inline const BenchCipher *
bench_cipher (const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS (bench_ciphers); i++)
		if (strcmp (bench_ciphers[i].name, name) == 0)
			return &bench_ciphers[i];
	return NULL;
}
