/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the Internet checksum (RFC 1071) over inner packets.
 * Must not know: where the packets come from.
 */
#pragma once

#include "base/slice.h"

/* Sums octets as numbers of 16 bits in host order, unfolded; @sum: of what came before, an even number of octets. */
guint64 checksum_add (guint64 sum, const guint8 *octets, gsize len);

/* Folds to 16 bits, not inverted. To be stored and compared as it lies in memory. */
guint16 checksum_fold (guint64 sum);

/* Of the pseudo header: addresses of the IPv4 or IPv6 header @ip, @protocol, @octets of transport header and payload
 * (RFC 9293 section 3.1, RFC 8200 section 8.1). */
guint64 checksum_pseudo (const guint8 *ip, guint8 protocol, guint32 octets);

/* Writes the checksum of an IPv4 header of @octets. */
void checksum_set_ipv4 (guint8 *ip, gsize octets);
