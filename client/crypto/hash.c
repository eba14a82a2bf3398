/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hash.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

static const gnutls_digest_algorithm_t digests[HASH_COUNT] = {
	[HASH_MD5] = GNUTLS_DIG_MD5,         [HASH_SHA1] = GNUTLS_DIG_SHA1,       [HASH_SHA2_256] = GNUTLS_DIG_SHA256,
	[HASH_SHA2_384] = GNUTLS_DIG_SHA384, [HASH_SHA2_512] = GNUTLS_DIG_SHA512,
};

gsize
hash_octets (HashId id)
{
	return gnutls_hash_get_len (digests[id]);
}

Status
hash (HashId id, const Slice *parts, gsize n_parts, guint8 *ret_digest)
{
	gnutls_hash_hd_t handle;
	int error = 0;

	if (gnutls_hash_init (&handle, digests[id]) != 0)
		return STATUS_CRYPTO;
	for (gsize i = 0; i < n_parts && error == 0; i++)
		if (parts[i].len > 0)
			error = gnutls_hash (handle, parts[i].data, parts[i].len);
	gnutls_hash_deinit (handle, error == 0 ? ret_digest : NULL);
	return error == 0 ? STATUS_OK : STATUS_CRYPTO;
}
