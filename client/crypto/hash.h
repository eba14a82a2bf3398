/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: plain digests (NAT detection, certificate hints, EAP).
 * Must not know: messages. MD5 and SHA-1 are here because RFC 7296 section 2.23 and EAP want them, never for signatures.
 */
#pragma once

#include "base/slice.h"
#include "base/status.h"

typedef enum
{
	HASH_MD5,
	HASH_SHA1,
	HASH_SHA2_256,
	HASH_SHA2_384,
	HASH_SHA2_512,
	HASH_COUNT
} HashId;

#define HASH_MAX_OCTETS 64

gsize hash_octets (HashId id);

/**
 * hash:
 * @parts: @n_parts slices, hashed one after the other;  @ret_digest: hash_octets(id) octets, written only on success
 * Errors: STATUS_CRYPTO
 */
Status hash (HashId id, const Slice *parts, gsize n_parts, guint8 *ret_digest);
