/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keymat.h"

void
ike_keymat_clear (IkeKeymat *keymat)
{
	secret_clear (&keymat->d);
	secret_clear (&keymat->ai);
	secret_clear (&keymat->ar);
	secret_clear (&keymat->ei);
	secret_clear (&keymat->er);
	secret_clear (&keymat->pi);
	secret_clear (&keymat->pr);
}

static void
cut (Reader *material, gsize octets, Secret *ret_key)
{
	secret_set (ret_key, reader_take (material, octets));
}

/* prf+ of RFC 7296 section 2.14. */
static Status
expand (PrfId prf_id, const AeadSuite *suite, Slice skeyseed, Slice nonces, guint64 spi_i, guint64 spi_r,
        IkeKeymat *ret_keymat)
{
	gsize prf_len = prf_octets (prf_id), integ = aead_integ_key_octets (suite), encr = aead_encr_key_octets (suite);
	g_auto (Writer) seed = { 0 };
	g_auto (Secret) material = SECRET_INIT;
	Reader r;
	Status status;

	writer_init (&seed, IKE_MAX_MESSAGE_OCTETS);
	writer_slice (&seed, nonces);
	writer_u64 (&seed, spi_i);
	writer_u64 (&seed, spi_r);
	status = prf_plus (prf_id, skeyseed, writer_view (&seed), 3 * prf_len + 2 * integ + 2 * encr, &material);
	if (status != STATUS_OK)
		return status;
	r = reader (secret_view (&material));
	cut (&r, prf_len, &ret_keymat->d);
	cut (&r, integ, &ret_keymat->ai);
	cut (&r, integ, &ret_keymat->ar);
	cut (&r, encr, &ret_keymat->ei);
	cut (&r, encr, &ret_keymat->er);
	cut (&r, prf_len, &ret_keymat->pi);
	cut (&r, prf_len, &ret_keymat->pr);
	return reader_finish (&r) == STATUS_OK ? STATUS_OK : STATUS_CRYPTO;
}

Status
ike_keymat_init (PrfId prf_id, const AeadSuite *suite, Slice shared, Slice ni, Slice nr, guint64 spi_i, guint64 spi_r,
                 IkeKeymat *ret_keymat)
{
	g_auto (Writer) nonces = { 0 };
	g_auto (Secret) skeyseed = SECRET_INIT;
	Status status;

	writer_init (&nonces, IKE_MAX_MESSAGE_OCTETS);
	writer_slice (&nonces, ni);
	writer_slice (&nonces, nr);
	status = prf (prf_id, writer_view (&nonces), &shared, 1, &skeyseed);
	if (status != STATUS_OK)
		return status;
	return expand (prf_id, suite, secret_view (&skeyseed), writer_view (&nonces), spi_i, spi_r, ret_keymat);
}

Status
ike_keymat_rekey (PrfId old_prf, Slice sk_d, PrfId prf_id, const AeadSuite *suite, Slice shared, Slice ni, Slice nr,
                  guint64 spi_i, guint64 spi_r, IkeKeymat *ret_keymat)
{
	const Slice parts[] = { shared, ni, nr };
	g_auto (Writer) nonces = { 0 };
	g_auto (Secret) skeyseed = SECRET_INIT;
	Status status = prf (old_prf, sk_d, parts, G_N_ELEMENTS (parts), &skeyseed);

	if (status != STATUS_OK)
		return status;
	writer_init (&nonces, IKE_MAX_MESSAGE_OCTETS);
	writer_slice (&nonces, ni);
	writer_slice (&nonces, nr);
	return expand (prf_id, suite, secret_view (&skeyseed), writer_view (&nonces), spi_i, spi_r, ret_keymat);
}

Status
ike_keymat_child (PrfId prf_id, Slice sk_d, Slice shared, Slice ni, Slice nr, gboolean initiator, IkeChild *child)
{
	gsize encr = aead_encr_key_octets (&child->suite), integ = aead_integ_key_octets (&child->suite);
	g_auto (Writer) seed = { 0 };
	g_auto (Secret) material = SECRET_INIT;
	Reader r;
	Status status;

	writer_init (&seed, IKE_MAX_MESSAGE_OCTETS);
	writer_slice (&seed, shared);
	writer_slice (&seed, ni);
	writer_slice (&seed, nr);
	status = prf_plus (prf_id, sk_d, writer_view (&seed), 2 * (encr + integ), &material);
	if (status != STATUS_OK)
		return status;
	r = reader (secret_view (&material));
	cut (&r, encr, initiator ? &child->encr_out : &child->encr_in);
	cut (&r, integ, initiator ? &child->integ_out : &child->integ_in);
	cut (&r, encr, initiator ? &child->encr_in : &child->encr_out);
	cut (&r, integ, initiator ? &child->integ_in : &child->integ_out);
	return reader_finish (&r) == STATUS_OK ? STATUS_OK : STATUS_CRYPTO;
}

Status
ike_auth_octets (PrfId prf_id, Slice init_message, Slice peer_nonce, Slice sk_p, Slice id_body, GBytes **ret_octets)
{
	g_auto (Writer) octets = { 0 };
	g_auto (Secret) id_prf = SECRET_INIT;
	Status status = prf (prf_id, sk_p, &id_body, 1, &id_prf);

	if (status != STATUS_OK)
		return status;
	writer_init (&octets, 2 * IKE_MAX_MESSAGE_OCTETS);
	writer_slice (&octets, init_message);
	writer_slice (&octets, peer_nonce);
	writer_slice (&octets, secret_view (&id_prf));
	status = writer_finish (&octets);
	if (status == STATUS_OK)
		*ret_octets = writer_steal (&octets);
	return status;
}

Status
ike_auth_shared_key (PrfId prf_id, Slice key, Slice octets, Secret *ret_auth)
{
	g_auto (Secret) inner = SECRET_INIT;
	Status status = prf (prf_id, key, &SLICE_LITERAL ("Key Pad for IKEv2"), 1, &inner);

	if (status != STATUS_OK)
		return status;
	return prf (prf_id, secret_view (&inner), &octets, 1, ret_auth);
}
