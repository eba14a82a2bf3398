/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any row of packets through the coalescer: each a length of two octets and the packet. What comes out, cut again, is what went
 * in: the same octets, none lost, none twice. */
#include "fuzz.h"

#include "datapath/coalesce.h"
#include "unit/datapath/inner.h"

#define MOST_PACKETS 200

typedef struct
{
	gsize n, octets;
	guint64 sum; /* of a hash of each packet; the order of different flows may change */
} Seen;

static void
see (Seen *seen, const guint8 *packet, gsize octets)
{
	guint64 hash = 14695981039346656037u;

	for (gsize i = 0; i < octets; i++)
		hash = (hash ^ packet[i]) * 1099511628211u;
	seen->n++;
	seen->octets += octets;
	seen->sum += hash;
}

static void
write_packet (gpointer user_data, const struct virtio_net_hdr *header, struct iovec *parts, guint n_parts)
{
	g_autoptr (GByteArray) whole = g_byte_array_new ();
	g_autoptr (GPtrArray) packets = NULL;

	for (guint i = 1; i < n_parts; i++)
		g_byte_array_append (whole, parts[i].iov_base, (guint) parts[i].iov_len);
	g_assert_cmpuint (whole->len, <=, 65535);
	if (!segment_is_super (header))
	{
		see (user_data, whole->data, whole->len);
		return;
	}
	packets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	inner_cut (header, whole->data, whole->len, packets);
	g_assert_cmpuint (packets->len, ==, n_parts - 1);
	for (guint i = 0; i < packets->len; i++)
		see (user_data, g_bytes_get_data (packets->pdata[i], NULL), g_bytes_get_size (packets->pdata[i]));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t octets)
{
	g_autofree Coalescer *coalescer = g_new0 (Coalescer, 1);
	g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func (g_free);
	Seen in = { 0 }, out = { 0 };

	*coalescer = (Coalescer){ .tcp = TRUE, .udp = TRUE, .write = write_packet, .user_data = &out };
	while (octets >= 3 && in.n < MOST_PACKETS)
	{
		gsize len = CLAMP ((gsize) data[0] << 8 | data[1], (gsize) 1, octets - 2);
		guint8 *copy = g_memdup2 (data + 2, len);

		g_ptr_array_add (copies, copy);
		see (&in, copy, len);
		coalesce_packet (coalescer, copy, len);
		data += 2 + len;
		octets -= 2 + len;
	}
	coalesce_flush (coalescer);
	g_assert_cmpuint (in.n, ==, out.n);
	g_assert_cmpuint (in.octets, ==, out.octets);
	g_assert_cmpuint (in.sum, ==, out.sum);
	return 0;
}

void
fuzz_seeds (GPtrArray *seeds)
{
	g_autofree Super *super = g_new (Super, 1);

	for (guint kind = 0; kind < 8; kind++)
	{
		g_autoptr (GPtrArray) packets = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
		GByteArray *input = g_byte_array_new ();

		inner_super (super, kind % 2 == 1, (kind & 2) != 0, 500, 90, kind);
		inner_cut (&super->header, super->packet, super->octets, packets);
		for (guint i = 0; i < packets->len; i++)
		{
			gsize octets;
			const guint8 *packet = g_bytes_get_data (packets->pdata[i], &octets);
			guint8 len[2] = { (guint8) (octets >> 8), (guint8) octets };

			g_byte_array_append (input, len, 2);
			g_byte_array_append (input, packet, (guint) octets);
		}
		g_ptr_array_add (seeds, g_byte_array_free_to_bytes (input));
	}
}
