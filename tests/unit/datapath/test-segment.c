/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cutting, joining, and that joining what was cut and cutting it again gives the same packets, octet by octet. */
#include "datapath/coalesce.h"
#include "datapath/ecn.h"
#include "inner.h"

/* What came out of the coalescer, cut again. */
typedef struct
{
	GPtrArray *packets;
	guint writes;
} Sink;

static void
sink_write (gpointer user_data, const struct virtio_net_hdr *header, struct iovec *parts, guint n_parts)
{
	Sink *sink = user_data;
	g_autoptr (GByteArray) whole = g_byte_array_new ();

	for (guint i = 1; i < n_parts; i++)
		g_byte_array_append (whole, parts[i].iov_base, (guint) parts[i].iov_len);
	sink->writes++;
	if (segment_is_super (header))
		inner_cut (header, whole->data, whole->len, sink->packets);
	else
		g_ptr_array_add (sink->packets, g_bytes_new (whole->data, whole->len));
}

static GPtrArray *
packets_new (void)
{
	return g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
}

/* A word for the flow: family, protocol, addresses, ports. */
static char *
flow_of (GBytes *packet)
{
	const guint8 *data = g_bytes_get_data (packet, NULL);
	gboolean v6 = data[0] >> 4 == 6;

	return g_strdup_printf ("%u %u %u %u%u", data[0] >> 4, data[v6 ? 6 : 9], data[v6 ? 39 : 19], data[v6 ? 40 : 20],
	                        data[v6 ? 41 : 21]);
}

/* Flows may overtake each other, packets of one flow may not. */
static void
assert_same (GPtrArray *sent, GPtrArray *got)
{
	g_autoptr (GHashTable) flows =
	    g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_queue_free);

	g_assert_cmpuint (sent->len, ==, got->len);
	for (guint i = 0; i < sent->len; i++)
	{
		g_autofree char *flow = flow_of (sent->pdata[i]);
		GQueue *queue = g_hash_table_lookup (flows, flow);

		if (queue == NULL)
			g_hash_table_insert (flows, g_strdup (flow), queue = g_queue_new ());
		g_queue_push_tail (queue, sent->pdata[i]);
	}
	for (guint i = 0; i < got->len; i++)
	{
		g_autofree char *flow = flow_of (got->pdata[i]);
		GQueue *queue = g_hash_table_lookup (flows, flow);
		GBytes *wanted = queue != NULL ? g_queue_pop_head (queue) : NULL;

		g_assert_nonnull (wanted);
		g_assert_cmpmem (g_bytes_get_data (got->pdata[i], NULL), g_bytes_get_size (got->pdata[i]),
		                 g_bytes_get_data (wanted, NULL), g_bytes_get_size (wanted));
	}
}

/* Returns how many writes it took. */
static guint
through (GPtrArray *packets, gboolean udp)
{
	Sink sink = { .packets = packets_new () };
	Coalescer *coalescer = g_new0 (Coalescer, 1);
	g_autoptr (GPtrArray) copies = g_ptr_array_new_with_free_func (g_free);

	*coalescer = (Coalescer){ .tcp = TRUE, .udp = udp, .write = sink_write, .user_data = &sink };
	for (guint i = 0; i < packets->len; i++)
	{
		gsize octets;
		const guint8 *data = g_bytes_get_data (packets->pdata[i], &octets);
		guint8 *copy = g_memdup2 (data, octets);

		g_ptr_array_add (copies, copy);
		coalesce_packet (coalescer, copy, octets);
		if (i % 97 == 96)
			coalesce_flush (coalescer);
	}
	coalesce_flush (coalescer);
	assert_same (packets, sink.packets);
	g_ptr_array_unref (sink.packets);
	g_free (coalescer);
	return sink.writes;
}

static void
test_joined (void)
{
	for (guint kind = 0; kind < 4; kind++)
	{
		g_autoptr (GPtrArray) packets = packets_new ();
		g_autofree Super *super = g_new (Super, 1);

		inner_super (super, kind % 2 == 1, kind >= 2, 40000, 1300, 4);
		inner_cut (&super->header, super->packet, super->octets, packets);
		g_assert_cmpuint (packets->len, ==, 31);
		g_assert_cmpuint (through (packets, TRUE), ==, 1);
		g_assert_cmpuint (through (packets, FALSE), ==, kind >= 2 ? 1 : 31);
	}
}

/* Every way the network may disturb what was cut, all flows mixed. */
static void
disturb (GPtrArray *packets, GRand *rand)
{
	for (guint i = 0; i < packets->len; i++)
	{
		guint other = (guint) g_rand_int_range (rand, 0, (gint32) packets->len);
		gsize octets;
		guint8 *copy;

		switch (g_rand_int_range (rand, 0, 12))
		{
		case 0: /* in another order */
		{
			gpointer kept = packets->pdata[i];

			packets->pdata[i] = packets->pdata[other];
			packets->pdata[other] = kept;
			break;
		}
		case 1: /* twice */
			g_ptr_array_insert (packets, (gint) i, g_bytes_ref (packets->pdata[i]));
			i++;
			break;
		case 2: /* an octet changed: a checksum that is wrong must stay wrong */
			copy = g_memdup2 (g_bytes_get_data (packets->pdata[i], &octets), g_bytes_get_size (packets->pdata[i]));
			octets = g_bytes_get_size (packets->pdata[i]);
			/* Not what says which flow it is. */
			copy[g_rand_boolean (rand) ? 1 : octets - 1 - (gsize) g_rand_int_range (rand, 0, 8)] ^= 0x01;
			g_bytes_unref (packets->pdata[i]);
			packets->pdata[i] = g_bytes_new_take (copy, octets);
			break;
		case 3: /* lost */
			g_ptr_array_remove_index (packets, i);
			break;
		default:
			break;
		}
	}
}

static void
test_property (void)
{
	g_autoptr (GRand) rand = g_rand_new_with_seed (793);
	g_autofree Super *super = g_new (Super, 1);
	guint packets_in_all = 0, writes = 0;

	for (guint round = 0; round < 300; round++)
	{
		g_autoptr (GPtrArray) packets = packets_new ();
		guint supers = (guint) g_rand_int_range (rand, 1, 6);

		for (guint i = 0; i < supers; i++)
		{
			gsize size = (gsize) g_rand_int_range (rand, 1, 1400);
			gsize payload = (gsize) g_rand_int_range (rand, 1, (gint32) MIN (size * 20, 60000) + 1);

			inner_super (super, g_rand_boolean (rand), g_rand_int_range (rand, 0, 3) > 0, payload, size,
			             g_rand_int (rand));
			inner_cut (&super->header, super->packet, super->octets, packets);
		}
		if (round % 2 == 1)
			disturb (packets, rand);
		packets_in_all += packets->len;
		writes += through (packets, g_rand_boolean (rand));
	}
	g_assert_cmpuint (writes * 2, <, packets_in_all); /* it does join */
}

/* Each segment by hand: numbers, flags, checksums. */
static void
test_cut (void)
{
	g_autofree Super *super = g_new (Super, 1);
	g_autoptr (GPtrArray) packets = packets_new ();

	inner_super (super, FALSE, TRUE, 2500, 1000, 0x10002);
	super->packet[33] |= 0x80 | 0x01; /* CWR, FIN; PSH is there */
	inner_cut (&super->header, super->packet, super->octets, packets);
	g_assert_cmpuint (packets->len, ==, 3);
	for (guint i = 0; i < 3; i++)
	{
		static const guint8 flags[] = { 0x90, 0x10, 0x19 };
		gsize octets;
		const guint8 *p = g_bytes_get_data (packets->pdata[i], &octets);
		guint16 id = (guint16) (0x10002 * 7919 + i);
		guint32 sequence = 0x10002 + i * 1000;

		g_assert_cmpuint (octets, ==, i < 2 ? 1040 : 540);
		g_assert_cmpuint (p[2] << 8 | p[3], ==, octets);
		g_assert_cmpuint (p[4] << 8 | p[5], ==, id);
		g_assert_cmpuint (checksum_fold (checksum_add (0, p, 20)), ==, 0xffff);
		g_assert_cmpuint (p[24] << 24 | p[25] << 16 | p[26] << 8 | p[27], ==, sequence);
		g_assert_cmphex (p[33], ==, flags[i]);
		g_assert_cmpuint (
		    checksum_fold (checksum_add (checksum_pseudo (p, 6, (guint32) octets - 20), p + 20, octets - 20)), ==,
		    0xffff);
		g_assert_cmpmem (p + 40, octets - 40, super->packet + 40 + i * 1000, octets - 40);
	}
}

/* A vnet header that contradicts its packet is refused, whatever is wrong with it. */
static void
test_inconsistent (void)
{
	g_autofree Super *good = g_new (Super, 1), *bad = g_new (Super, 1);
	g_autoptr (GRand) rand = g_rand_new_with_seed (17);
	Segments segments;
	guint refused = 0;

	inner_super (good, FALSE, TRUE, 5000, 1000, 2);
#define REFUSED(change)                                                                                                \
	do                                                                                                                 \
	{                                                                                                                  \
		*bad = *good;                                                                                                  \
		change;                                                                                                        \
		g_assert_cmpuint (segments_init (&segments, &bad->header, bad->packet, bad->octets), ==, STATUS_MALFORMED);    \
	} while (0)
	REFUSED (bad->header.gso_size = 0);
	REFUSED (bad->header.flags = 0);
	REFUSED (bad->header.gso_type = VIRTIO_NET_HDR_GSO_TCPV6);
	REFUSED (bad->header.gso_type = VIRTIO_NET_HDR_GSO_UDP);
	REFUSED (bad->header.gso_type = VIRTIO_NET_HDR_GSO_UDP_L4);
	REFUSED (bad->header.gso_type = 0x7f);
	REFUSED (bad->header.csum_start = 0);
	REFUSED (bad->header.csum_start = 24);
	REFUSED (bad->header.csum_start = 65535);
	REFUSED (bad->header.csum_offset = 6);
	REFUSED (bad->header.csum_offset = 65535);
	REFUSED (bad->octets = 0);
	REFUSED (bad->octets = 30);
	REFUSED (bad->octets = 40);
	REFUSED (bad->packet[0] = 0x44);
	REFUSED (bad->packet[0] = 0x65);
	REFUSED (bad->packet[6] = 0x20);
	REFUSED (bad->packet[7] = 1);
	REFUSED (bad->packet[9] = 17);
	REFUSED (bad->packet[32] = 0x40);
	REFUSED ((bad->packet[32] = 0xf0, bad->octets = 60));
#undef REFUSED
	/* Anything: refused, or cut without a step outside of it. */
	for (guint i = 0; i < 20000; i++)
	{
		guint8 *octets = (guint8 *) &bad->header;
		gsize len = (gsize) g_rand_int_range (rand, 1, 300);
		g_autofree guint8 *packet = g_memdup2 (good->packet, len);

		bad->header = good->header;
		octets[g_rand_int_range (rand, 0, sizeof bad->header)] = (guint8) g_rand_int (rand);
		packet[g_rand_int_range (rand, 0, (gint32) MIN (len, 40))] = (guint8) g_rand_int (rand);
		if (segments_init (&segments, &bad->header, packet, len) != STATUS_OK)
		{
			refused++;
			continue;
		}
		while (segments_peek (&segments) > 0)
		{
			g_autofree guint8 *segment = g_malloc (segments_peek (&segments));

			segments_take (&segments, segment);
		}
	}
	g_assert_cmpuint (refused, >, 5000);
	bad->header = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM, .csum_start = 20, .csum_offset = 16 };
	g_assert_cmpuint (segment_finish_checksum (&bad->header, good->packet, 37), ==, STATUS_MALFORMED);
	g_assert_cmpuint (segment_finish_checksum (&bad->header, good->packet, 38), ==, STATUS_OK);
	bad->header.csum_start = 65535;
	g_assert_cmpuint (segment_finish_checksum (&bad->header, good->packet, 38), ==, STATUS_MALFORMED);
}

/* RFC 1071 section 3, and every length against the plainest way to do it. */
static void
test_checksum (void)
{
	static const guint8 rfc[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };
	guint8 octets[300], folded[2];
	guint16 sum = checksum_fold (checksum_add (0, rfc, sizeof rfc));

	memcpy (folded, &sum, 2);
	g_assert_cmphex (folded[0] << 8 | folded[1], ==, 0xddf2);
	for (guint i = 0; i < sizeof octets; i++)
		octets[i] = (guint8) (255 - i * i);
	for (gsize len = 0; len <= sizeof octets; len++)
	{
		guint32 plain = 0;

		for (gsize i = 0; i < len; i++)
			plain += (guint32) octets[i] << (i % 2 == 0 ? 8 : 0);
		while (plain > 0xffff)
			plain = (plain & 0xffff) + (plain >> 16);
		sum = checksum_fold (checksum_add (0, octets, len));
		memcpy (folded, &sum, 2);
		g_assert_cmphex (folded[0] << 8 | folded[1], ==, plain);
	}
}

/* RFC 6040 section 4.2, figure 4. */
static void
test_ecn (void)
{
	enum
	{
		DROP = 9
	};
	static const guint8 wanted[4][4] = {
		/* outer: Not-ECT, ECT(1), ECT(0), CE; inner: */
		{ 0, 0, 0, DROP },
		{ 1, 1, 1, 3 },
		{ 2, 1, 2, 3 },
		{ 3, 3, 3, 3 },
	};

	for (guint v6 = 0; v6 < 2; v6++)
		for (guint8 inner = 0; inner < 4; inner++)
			for (guint8 outer = 0; outer < 4; outer++)
			{
				g_autofree Super *super = g_new (Super, 1);
				gboolean kept;

				inner_super (super, v6 == 1, FALSE, 10, 10, 0);
				if (v6 == 1)
					super->packet[1] |= (guint8) (inner << 4);
				else
				{
					super->packet[1] = (guint8) (0xb8 | inner);
					checksum_set_ipv4 (super->packet, 20);
				}
				kept = ecn_decapsulate (super->packet, (guint8) (0x28 | outer));
				g_assert_cmpint (kept, ==, wanted[inner][outer] != DROP);
				if (!kept)
					continue;
				g_assert_cmphex (ecn_traffic_class (super->packet), ==, (v6 == 1 ? 0 : 0xb8) | wanted[inner][outer]);
				if (v6 == 0)
					g_assert_cmpuint (checksum_fold (checksum_add (0, super->packet, 20)), ==, 0xffff);
			}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/datapath/checksum", test_checksum);
	g_test_add_func ("/datapath/cut", test_cut);
	g_test_add_func ("/datapath/inconsistent", test_inconsistent);
	g_test_add_func ("/datapath/joined", test_joined);
	g_test_add_func ("/datapath/property", test_property);
	g_test_add_func ("/datapath/ecn", test_ecn);
	return g_test_run ();
}
