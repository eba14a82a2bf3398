/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peap-binding.h"

#include "crypto/prf.h"
#include "eap.h"

#define TUNNEL_KEY_OCTETS 40
#define INNER_KEY_OCTETS 32
#define IPMK_OCTETS 40
#define CMK_OCTETS 20
#define MAC_OCTETS 20
#define MAC_OFFSET (PEAP_BINDING_OCTETS - MAC_OCTETS)
#define NONCE_OFFSET 8
#define SUBTYPE_REQUEST 0
#define SUBTYPE_RESPONSE 1

/* PRF+ of PEAPv0: T1 = HMAC-SHA1 (key, seed | 1 | 0 | 0), Tn = HMAC-SHA1 (key, Tn-1 | seed | n | 0 | 0). The two zeros are
 * where other protocols say how much they want. */
static Status
expand (Slice key, Slice label, Slice seed, gsize octets, Secret *ret_key)
{
	g_auto (Secret) all = SECRET_INIT;
	g_auto (Secret) block = SECRET_INIT;

	secret_alloc (&all, octets);
	for (gsize done = 0; done < octets;)
	{
		guint8 end[3] = { (guint8) (done / MAC_OCTETS + 1), 0, 0 };
		const Slice parts[] = { secret_view (&block), label, seed, SLICE_ARRAY (end) };
		g_auto (Secret) next = SECRET_INIT;
		Status status = prf (PRF_HMAC_SHA1, key, parts, G_N_ELEMENTS (parts), &next);
		gsize n = MIN (octets - done, (gsize) MAC_OCTETS);

		if (status != STATUS_OK)
			return status;
		memcpy (all.data + done, next.data, n);
		done += n;
		secret_clear (&block);
		block = secret_steal (&next);
	}
	secret_clear (ret_key);
	*ret_key = secret_steal (&all);
	return STATUS_OK;
}

Status
peap_binding_init (Slice tunnel_key, Slice inner_msk, PeapBinding *ret_binding)
{
	guint8 inner_key[INNER_KEY_OCTETS] = { 0 };
	g_auto (Secret) both = SECRET_INIT;
	Status status = STATUS_CRYPTO;

	if (inner_msk.len > 0)
		memcpy (inner_key, inner_msk.data, MIN (inner_msk.len, sizeof inner_key));
	if (tunnel_key.len >= TUNNEL_KEY_OCTETS)
		status = expand (slice (tunnel_key.data, TUNNEL_KEY_OCTETS), SLICE_LITERAL ("Inner Methods Compound Keys"),
		                 SLICE_ARRAY (inner_key), IPMK_OCTETS + CMK_OCTETS, &both);
	secret_wipe (inner_key, sizeof inner_key);
	if (status != STATUS_OK)
		return status;
	*ret_binding = (PeapBinding){ SECRET_INIT, SECRET_INIT };
	secret_set (&ret_binding->ipmk, slice (both.data, IPMK_OCTETS));
	secret_set (&ret_binding->cmk, slice (both.data + IPMK_OCTETS, CMK_OCTETS));
	return STATUS_OK;
}

void
peap_binding_clear (PeapBinding *binding)
{
	secret_clear (&binding->ipmk);
	secret_clear (&binding->cmk);
}

/* Over the TLV with zeros for the MAC, and the type of PEAP. */
static Status
mac (const PeapBinding *binding, Slice tlv, Secret *ret_mac)
{
	static const guint8 zeros[MAC_OCTETS] = { 0 };
	static const guint8 type = EAP_TYPE_PEAP;
	const Slice parts[] = { slice (tlv.data, MAC_OFFSET), SLICE_ARRAY (zeros), slice (&type, 1) };

	return prf (PRF_HMAC_SHA1, secret_view (&binding->cmk), parts, G_N_ELEMENTS (parts), ret_mac);
}

Status
peap_binding_check (const PeapBinding *binding, Slice tlv)
{
	g_auto (Secret) want = SECRET_INIT;
	Status status;

	/* Reserved, version, received version, subtype. */
	if (tlv.len != PEAP_BINDING_OCTETS || tlv.data[5] != 0 || tlv.data[7] != SUBTYPE_REQUEST)
		return STATUS_MALFORMED;
	status = mac (binding, tlv, &want);
	if (status != STATUS_OK)
		return status;
	return secret_equal (secret_view (&want), slice (tlv.data + MAC_OFFSET, MAC_OCTETS)) ? STATUS_OK : STATUS_BAD_ICV;
}

Status
peap_binding_answer (const PeapBinding *binding, const guint8 nonce[32], guint8 ret_tlv[PEAP_BINDING_OCTETS])
{
	guint8 tlv[PEAP_BINDING_OCTETS] = { 0, 12, 0, PEAP_BINDING_OCTETS - 4, 0, 0, 0, SUBTYPE_RESPONSE };
	g_auto (Secret) made = SECRET_INIT;
	Status status;

	memcpy (tlv + NONCE_OFFSET, nonce, 32);
	status = mac (binding, SLICE_ARRAY (tlv), &made);
	if (status != STATUS_OK)
		return status;
	memcpy (tlv + MAC_OFFSET, made.data, MAC_OCTETS);
	memcpy (ret_tlv, tlv, sizeof tlv);
	return STATUS_OK;
}

Status
peap_binding_msk (const PeapBinding *binding, Secret *ret_msk)
{
	/* Here, unlike above, the label has its terminating zero, and the seed is a zero of its own. */
	static const char label[] = "Session Key Generating Function";
	static const guint8 seed = 0;

	return expand (secret_view (&binding->ipmk), slice (label, sizeof label), slice (&seed, 1), EAP_MSK_OCTETS,
	               ret_msk);
}
