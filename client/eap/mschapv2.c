/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mschapv2.h"

#include "crypto/hash.h"
#include "crypto/legacy.h"
#include "eap.h"

#define SHA1_OCTETS 20

/* The constants of RFC 2759 section 8.7 and RFC 3079 section 3.4. */
static const char magic_1[] = "Magic server to client signing constant";
static const char magic_2[] = "Pad to make it do more than one iteration";
static const char magic_master[] = "This is the MPPE Master Key";
static const char magic_peer_sends[] =
    "On the client side, this is the send key; on the server side, it is the receive key.";
static const char magic_peer_receives[] =
    "On the client side, this is the receive key; on the server side, it is the send key.";

/* UTF-16, little-endian (RFC 2759 section 8.3). */
static Status
unicode (Slice password, Secret *ret_octets)
{
	glong units = 0;
	gunichar2 *utf16 = NULL;
	Status status = STATUS_MALFORMED;

	if (password.len > 4 * MSCHAPV2_MAX_PASSWORD_CHARACTERS)
		return STATUS_MALFORMED;
	if (password.len > 0)
		utf16 = g_utf8_to_utf16 ((const char *) password.data, (glong) password.len, NULL, &units, NULL);
	if ((utf16 != NULL || password.len == 0) && units <= MSCHAPV2_MAX_PASSWORD_CHARACTERS)
	{
		for (glong i = 0; i < units; i++)
			utf16[i] = GUINT16_TO_LE (utf16[i]);
		secret_set (ret_octets, slice (utf16, (gsize) units * 2));
		status = STATUS_OK;
	}
	secret_wipe (utf16, (gsize) units * 2);
	g_free (utf16);
	return status;
}

Status
mschapv2_nt_hash (Slice password, guint8 ret_hash[16])
{
	g_auto (Secret) octets = SECRET_INIT;
	Status status = unicode (password, &octets);

	if (status == STATUS_OK)
		legacy_md4 (secret_view (&octets), ret_hash);
	return status;
}

/* RFC 2759 section 8.2: the first eight octets. */
static Status
challenge_hash (const Mschapv2Challenges *challenges, guint8 ret_hash[SHA1_OCTETS])
{
	const Slice parts[] = { { challenges->peer, MSCHAPV2_CHALLENGE_OCTETS },
		                    { challenges->authenticator, MSCHAPV2_CHALLENGE_OCTETS },
		                    challenges->user };

	return hash (HASH_SHA1, parts, G_N_ELEMENTS (parts), ret_hash);
}

Status
mschapv2_nt_response (const Mschapv2Challenges *challenges, const guint8 nt_hash[16],
                      guint8 ret_response[MSCHAPV2_NT_RESPONSE_OCTETS])
{
	guint8 digest[SHA1_OCTETS];
	guint8 keys[21] = { 0 };
	Status status = challenge_hash (challenges, digest);

	if (status != STATUS_OK)
		return status;
	/* RFC 2759 section 8.5: the hash padded to 21 octets is three DES keys. */
	memcpy (keys, nt_hash, 16);
	for (guint i = 0; i < 3; i++)
		legacy_des_encrypt (keys + 7 * i, digest, ret_response + LEGACY_DES_BLOCK_OCTETS * i);
	secret_wipe (keys, sizeof keys);
	return STATUS_OK;
}

Status
mschapv2_authenticator (const Mschapv2Challenges *challenges, const guint8 nt_hash[16],
                        const guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS],
                        guint8 ret_authenticator[MSCHAPV2_AUTHENTICATOR_OCTETS])
{
	guint8 hash_hash[LEGACY_MD4_OCTETS], digest[SHA1_OCTETS], challenge[SHA1_OCTETS];
	Status status;

	legacy_md4 (slice (nt_hash, 16), hash_hash);
	const Slice first[] = { { hash_hash, sizeof hash_hash },
		                    { response, MSCHAPV2_NT_RESPONSE_OCTETS },
		                    { (const guint8 *) magic_1, sizeof magic_1 - 1 } };
	const Slice second[] = { { digest, sizeof digest },
		                     { challenge, 8 },
		                     { (const guint8 *) magic_2, sizeof magic_2 - 1 } };

	status = challenge_hash (challenges, challenge);
	if (status == STATUS_OK)
		status = hash (HASH_SHA1, first, G_N_ELEMENTS (first), digest);
	if (status == STATUS_OK)
		status = hash (HASH_SHA1, second, G_N_ELEMENTS (second), ret_authenticator);
	secret_wipe (hash_hash, sizeof hash_hash);
	secret_wipe (digest, sizeof digest);
	return status;
}

/* RFC 3079 section 3.4, GetAsymmetricStartKey with a length of 16. */
static Status
start_key (const guint8 master[16], const char *magic, guint8 ret_key[16])
{
	guint8 pad_1[40] = { 0 }, pad_2[40], digest[SHA1_OCTETS];
	Status status;

	memset (pad_2, 0xf2, sizeof pad_2);
	const Slice parts[] = { { master, 16 }, { pad_1, sizeof pad_1 }, slice_text (magic), { pad_2, sizeof pad_2 } };

	status = hash (HASH_SHA1, parts, G_N_ELEMENTS (parts), digest);
	if (status == STATUS_OK)
		memcpy (ret_key, digest, 16);
	secret_wipe (digest, sizeof digest);
	return status;
}

Status
mschapv2_msk (const guint8 nt_hash[16], const guint8 response[MSCHAPV2_NT_RESPONSE_OCTETS], Secret *ret_msk)
{
	guint8 hash_hash[LEGACY_MD4_OCTETS], master[SHA1_OCTETS];
	Status status;

	legacy_md4 (slice (nt_hash, 16), hash_hash);
	const Slice parts[] = { { hash_hash, sizeof hash_hash },
		                    { response, MSCHAPV2_NT_RESPONSE_OCTETS },
		                    { (const guint8 *) magic_master, sizeof magic_master - 1 } };

	secret_alloc (ret_msk, EAP_MSK_OCTETS);
	status = hash (HASH_SHA1, parts, G_N_ELEMENTS (parts), master);
	if (status == STATUS_OK)
		status = start_key (master, magic_peer_sends, ret_msk->data);
	if (status == STATUS_OK)
		status = start_key (master, magic_peer_receives, ret_msk->data + 16);
	if (status != STATUS_OK)
		secret_clear (ret_msk);
	secret_wipe (hash_hash, sizeof hash_hash);
	secret_wipe (master, sizeof master);
	return status;
}

Status
mschapv2_encrypt_password (Slice password, const guint8 old_hash[16], const Rng *rng,
                           guint8 ret_encrypted[MSCHAPV2_ENCRYPTED_PASSWORD_OCTETS])
{
	const gsize room = 2 * MSCHAPV2_MAX_PASSWORD_CHARACTERS;
	g_auto (Secret) octets = SECRET_INIT;
	Status status = unicode (password, &octets);

	if (status == STATUS_OK && octets.len == 0)
		status = STATUS_MALFORMED;
	if (status == STATUS_OK)
		status = rng_fill (rng, ret_encrypted, room - octets.len);
	if (status != STATUS_OK)
		return status;
	memcpy (ret_encrypted + room - octets.len, octets.data, octets.len);
	for (guint i = 0; i < 4; i++)
		ret_encrypted[room + i] = (guint8) (octets.len >> (8 * i));
	legacy_rc4 (old_hash, ret_encrypted, MSCHAPV2_ENCRYPTED_PASSWORD_OCTETS);
	return STATUS_OK;
}

void
mschapv2_encrypt_hash (const guint8 old_hash[16], const guint8 new_hash[16], guint8 ret_encrypted[16])
{
	legacy_des_encrypt (new_hash, old_hash, ret_encrypted);
	legacy_des_encrypt (new_hash + 7, old_hash + 8, ret_encrypted + 8);
}
