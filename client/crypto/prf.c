/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prf.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

static const gnutls_mac_algorithm_t macs[PRF_COUNT] = {
	[PRF_HMAC_SHA1] = GNUTLS_MAC_SHA1,
	[PRF_HMAC_SHA2_256] = GNUTLS_MAC_SHA256,
	[PRF_HMAC_SHA2_384] = GNUTLS_MAC_SHA384,
	[PRF_HMAC_SHA2_512] = GNUTLS_MAC_SHA512,
};

#define PRF_PLUS_BLOCKS 255 /* the counter is one octet */

gsize
prf_octets (PrfId id)
{
	return gnutls_hmac_get_len (macs[id]);
}

Status
prf (PrfId id, Slice key, const Slice *parts, gsize n_parts, Secret *ret_output)
{
	gnutls_hmac_hd_t handle;
	g_auto (Secret) output = SECRET_INIT;
	int error = 0;

	if (gnutls_hmac_init (&handle, macs[id], key.data, key.len) != 0)
		return STATUS_CRYPTO;
	for (gsize i = 0; i < n_parts && error == 0; i++)
		if (parts[i].len > 0)
			error = gnutls_hmac (handle, parts[i].data, parts[i].len);
	secret_alloc (&output, prf_octets (id));
	gnutls_hmac_deinit (handle, output.data);
	if (error != 0)
		return STATUS_CRYPTO;
	secret_clear (ret_output);
	*ret_output = secret_steal (&output);
	return STATUS_OK;
}

/* T1 = prf (K, S | 1), Tn = prf (K, Tn-1 | S | n) */
Status
prf_plus (PrfId id, Slice key, Slice seed, gsize octets, Secret *ret_output)
{
	g_auto (Secret) output = SECRET_INIT;
	g_auto (Secret) block = SECRET_INIT;
	gsize done = 0;

	if (octets > PRF_PLUS_BLOCKS * prf_octets (id))
		return STATUS_TOO_LARGE;
	secret_alloc (&output, octets);
	for (guint8 counter = 1; done < octets; counter++)
	{
		const Slice parts[] = { secret_view (&block), seed, { &counter, 1 } };
		g_auto (Secret) next = SECRET_INIT;
		Status status = prf (id, key, parts, G_N_ELEMENTS (parts), &next);
		gsize take;

		if (status != STATUS_OK)
			return status;
		take = MIN (next.len, octets - done);
		memcpy (output.data + done, next.data, take);
		done += take;
		secret_clear (&block);
		block = secret_steal (&next);
	}
	secret_clear (ret_output);
	*ret_output = secret_steal (&output);
	return STATUS_OK;
}
