/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: MD4, single DES and RC4, which nothing but MS-CHAPv2 (RFC 2759) may use.
 * Must not know: MS-CHAPv2.
 */
#pragma once

#include "base/slice.h"

#define LEGACY_MD4_OCTETS 16
#define LEGACY_DES_BLOCK_OCTETS 8

void legacy_md4 (Slice input, guint8 ret_digest[LEGACY_MD4_OCTETS]);

/* @key: 7 octets, the parity bits are spread in (RFC 2759 section 8.6). */
void legacy_des_encrypt (const guint8 key[7], const guint8 clear[LEGACY_DES_BLOCK_OCTETS],
                         guint8 ret_cipher[LEGACY_DES_BLOCK_OCTETS]);

/* RC4 from the begin of its stream, in place. @key: 16 octets. */
void legacy_rc4 (const guint8 key[16], guint8 *data, gsize octets);
