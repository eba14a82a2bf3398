/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "checksum.h"

#include <string.h>

/* Two lanes of 64 bits: every processor we build for has registers of 16 octets, and the compiler makes do where not. */
typedef guint64 Lanes __attribute__ ((vector_size (16)));

guint64
checksum_add (guint64 sum, const guint8 *octets, gsize len)
{
	const Lanes low = { G_MAXUINT32, G_MAXUINT32 };
	Lanes a = { 0, 0 }, b = { 0, 0 };
	guint16 word;

	/* Halves of 32 bits in sums of 64: no packet is long enough to overflow them. */
	for (; len >= 32; octets += 32, len -= 32)
	{
		Lanes x, y;

		memcpy (&x, octets, 16);
		memcpy (&y, octets + 16, 16);
		a += (x & low) + (x >> 32);
		b += (y & low) + (y >> 32);
	}
	a += b;
	sum += a[0] + a[1];
	for (; len >= 2; octets += 2, len -= 2)
	{
		memcpy (&word, octets, 2);
		sum += word;
	}
	if (len == 1)
	{
		const guint8 last[2] = { *octets, 0 };

		memcpy (&word, last, 2);
		sum += word;
	}
	return sum;
}

guint16
checksum_fold (guint64 sum)
{
	while (sum > G_MAXUINT16)
		sum = (sum & G_MAXUINT16) + (sum >> 16);
	return (guint16) sum;
}

guint64
checksum_pseudo (const guint8 *ip, guint8 protocol, guint32 octets)
{
	const guint8 rest[8] = {
		(guint8) (octets >> 24), (guint8) (octets >> 16), (guint8) (octets >> 8), (guint8) octets, 0, 0, 0, protocol
	};
	guint64 sum = checksum_add (0, rest, sizeof rest);

	return ip[0] >> 4 == 4 ? checksum_add (sum, ip + 12, 8) : checksum_add (sum, ip + 8, 32);
}

void
checksum_set_ipv4 (guint8 *ip, gsize octets)
{
	guint16 sum;

	ip[10] = ip[11] = 0;
	sum = (guint16) ~checksum_fold (checksum_add (0, ip, octets));
	memcpy (ip + 10, &sum, 2);
}
