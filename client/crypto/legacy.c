/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "legacy.h"

#include <nettle/arcfour.h>
#include <nettle/des.h>
#include <nettle/md4.h>

#include "base/secret.h"

void
legacy_md4 (Slice input, guint8 ret_digest[LEGACY_MD4_OCTETS])
{
	struct md4_ctx context;

	md4_init (&context);
	md4_update (&context, input.len, input.data);
	md4_digest (&context, LEGACY_MD4_OCTETS, ret_digest);
	secret_wipe (&context, sizeof context);
}

void
legacy_des_encrypt (const guint8 key[7], const guint8 clear[LEGACY_DES_BLOCK_OCTETS],
                    guint8 ret_cipher[LEGACY_DES_BLOCK_OCTETS])
{
	struct des_ctx context;
	guint8 spread[DES_KEY_SIZE];

	/* Seven bits of the key in the upper part of each octet, the parity bit below. */
	for (guint i = 0; i < DES_KEY_SIZE; i++)
	{
		guint pair = (i > 0 ? (guint) key[i - 1] << 8 : 0) | (i < 7 ? key[i] : 0);

		spread[i] = (guint8) ((pair >> (i + 1) & 0x7f) << 1);
	}
	des_fix_parity (DES_KEY_SIZE, spread, spread);
	/* A weak key is only told of, not refused: the password made it. */
	des_set_key (&context, spread);
	des_encrypt (&context, LEGACY_DES_BLOCK_OCTETS, ret_cipher, clear);
	secret_wipe (spread, sizeof spread);
	secret_wipe (&context, sizeof context);
}

void
legacy_rc4 (const guint8 key[16], guint8 *data, gsize octets)
{
	struct arcfour_ctx context;

	arcfour_set_key (&context, 16, key);
	arcfour_crypt (&context, octets, data, data);
	secret_wipe (&context, sizeof context);
}
