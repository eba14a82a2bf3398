/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostnet/hostnet.h"

#define IPV4_OCTETS 20u
#define IPV6_OCTETS 40u
#define UDP_OCTETS 8u

typedef struct
{
	const char *name;
	guint outer;
	InetFamily family;
	guint overhead; /* ESP header 8, IV, pad length and next header 2, ICV */
	guint block;
	guint inner;
} Row;

/* By hand: outer - IP - UDP - ESP header - IV - ICV, down to whole blocks, minus the two octets of the trailer. */
static const Row rows[] = {
	{ "AES-GCM over IPv4", 1500, INET_V4, 8 + 8 + 2 + 16, 4, 1438 },
	{ "AES-GCM over IPv6", 1500, INET_V6, 8 + 8 + 2 + 16, 4, 1418 },
	{ "AES-CBC, SHA-256 over IPv4", 1500, INET_V4, 8 + 16 + 2 + 16, 16, 1422 },
	{ "AES-CBC, SHA-1 over IPv4", 1500, INET_V4, 8 + 16 + 2 + 12, 16, 1422 },
	{ "AES-CBC, SHA-512 over IPv6", 1500, INET_V6, 8 + 16 + 2 + 32, 16, 1390 },
	{ "PPPoE", 1492, INET_V4, 8 + 8 + 2 + 16, 4, 1430 },
	{ "a path of nine thousand", 9000, INET_V4, 8 + 8 + 2 + 16, 4, 8938 },
	{ "never less than IPv6 needs", 1280, INET_V6, 8 + 8 + 2 + 16, 4, 1280 },
	{ "a path that is far too small", 576, INET_V4, 8 + 8 + 2 + 16, 4, 1280 },
	{ "a path smaller than the overhead", 40, INET_V4, 8 + 8 + 2 + 16, 4, 1280 },
	{ "no path at all", 0, INET_V6, 8 + 8 + 2 + 16, 4, 1280 },
	{ "a cipher of single octets is padded to words", 1500, INET_V4, 8 + 8 + 2 + 16, 1, 1438 },
};

static void
test_row (gconstpointer data)
{
	const Row *row = data;

	g_assert_cmpuint (hostnet_mtu (row->outer, row->family, row->overhead, row->block), ==, row->inner);
}

/* The sealed packet of the largest inner one fits, one octet more would not. */
static void
test_fits (gconstpointer data)
{
	for (guint outer = 1400; outer <= 1600; outer++)
		for (guint block = 4; block <= 16; block *= 2)
		{
			guint fixed = IPV4_OCTETS + UDP_OCTETS + 8 + 8 + 16;
			guint inner = hostnet_mtu (outer, INET_V4, 8 + 8 + 2 + 16, block);
			guint padded = (inner + 2 + block - 1) / block * block;
			guint more = (inner + 1 + 2 + block - 1) / block * block;

			g_assert_cmpuint (fixed + padded, <=, outer);
			g_assert_cmpuint (fixed + more, >, outer);
		}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		g_autofree char *path = g_strdup_printf ("/hostnet/mtu/%s", rows[i].name);

		g_test_add_data_func (path, &rows[i], test_row);
	}
	g_test_add_data_func ("/hostnet/mtu/fits", NULL, test_fits);
	return g_test_run ();
}
