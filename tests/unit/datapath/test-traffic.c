/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inner packets through two datapaths: what must arrive, arrives whole and in order; what must not, is counted. */
#include <poll.h>
#include <unistd.h>

#include "rig.h"

static const AeadSuite gcm = { ENCR_AES_GCM_16, 128, INTEG_NONE };

static void
cross (Rig *rig, gboolean ipv6, gsize payload)
{
	guint8 sent[2048], got[2048];
	const char *a = ipv6 ? "fd00:1::1" : "10.1.0.1";
	const char *b = ipv6 ? "fd00:2::9" : "10.2.3.4";
	gsize octets = rig_packet (sent, a, b, (guint16) payload, payload);

	rig_tun_send (&rig->a, sent, octets);
	g_assert_cmpint (rig_tun_receive (&rig->b, got, sizeof got, RIG_WAIT_MS), ==, (gssize) octets);
	g_assert_cmpmem (got, octets, sent, octets);
	octets = rig_packet (sent, b, a, (guint16) payload, payload);
	rig_tun_send (&rig->b, sent, octets);
	g_assert_cmpint (rig_tun_receive (&rig->a, got, sizeof got, RIG_WAIT_MS), ==, (gssize) octets);
	g_assert_cmpmem (got, octets, sent, octets);
}

static void
test_both_ways (void)
{
	static const AeadSuite suites[] = {
		{ ENCR_AES_GCM_16, 128, INTEG_NONE },        { ENCR_AES_GCM_16, 256, INTEG_NONE },
		{ ENCR_CHACHA20_POLY1305, 256, INTEG_NONE }, { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128 },
		{ ENCR_AES_CBC, 128, INTEG_HMAC_SHA1_96 },
	};

	for (guint outer = INET_V4; outer <= INET_V6; outer += INET_V6 - INET_V4)
	{
		Rig rig;

		rig_init (&rig, (InetFamily) outer);
		for (guint i = 0; i < G_N_ELEMENTS (suites); i++)
		{
			rig_connect (&rig, suites[i], FALSE, 0x1000 + i, 0x2000 + i);
			rig_connect (&rig, suites[i], TRUE, 0x3000 + i, 0x4000 + i);
			for (gsize payload = 0; payload < 40; payload++)
				cross (&rig, payload % 2 == 1, payload);
			cross (&rig, FALSE, 1372);
			cross (&rig, TRUE, 1352);
			datapath_remove_sa (rig.a.datapath, 0x1000 + i);
			datapath_remove_sa (rig.b.datapath, 0x2000 + i);
			datapath_remove_sa (rig.a.datapath, 0x3000 + i);
			datapath_remove_sa (rig.b.datapath, 0x4000 + i);
		}
		rig_clear (&rig);
	}
}

static void
test_order (void)
{
	enum
	{
		PACKETS = 400
	};
	Rig rig;
	DatapathSaCounters counters;
	guint8 packet[2048];
	gsize octets = 0;

	rig_init (&rig, INET_V4);
	rig_connect (&rig, gcm, FALSE, 0x11111111, 0x22222222);
	for (guint sent = 0, got = 0; got < PACKETS;)
	{
		/* At most 50 in flight, so that no buffer on the way is the limit. */
		for (; sent < PACKETS && sent - got < 50; sent++)
		{
			gsize payload = 2 + sent * 7 % 1300;

			octets += 28 + payload;
			rig_tun_send (&rig.a, packet, rig_packet (packet, "10.1.0.1", "10.2.0.2", (guint16) sent, payload));
		}
		g_assert_cmpint (rig_tun_receive (&rig.b, packet, sizeof packet, RIG_WAIT_MS), ==, 30 + got * 7 % 1300);
		g_assert_cmpuint (packet[28] << 8 | packet[29], ==, got);
		got++;
	}
	g_assert_true (datapath_sa_counters (rig.a.datapath, 0x11111111, &counters));
	g_assert_cmpuint (counters.out.packets, ==, PACKETS);
	g_assert_cmpuint (counters.last_out_us, >, 0);
	g_assert_cmpuint (counters.last_in_us, ==, 0);
	g_assert_true (datapath_sa_counters (rig.b.datapath, 0x22222222, &counters));
	g_assert_cmpuint (counters.in.packets, ==, PACKETS);
	g_assert_cmpuint (counters.in.octets, ==, octets);
	g_assert_cmpuint (counters.last_in_us, >, 0);
	g_assert_cmpuint (counters.last_out_us, ==, 0);
	rig_clear (&rig);
}

static void
test_selectors_out (void)
{
	static const struct
	{
		const char *from, *to;
	} rows[] = {
		{ "10.1.0.1", "10.3.0.1" },
		{ "10.1.0.2", "10.2.0.1" },
		{ "10.2.0.1", "10.1.0.1" },
		{ "fd00:1::1", "fd00:2::1" },
	};
	Rig rig;
	guint8 packet[256];

	rig_init (&rig, INET_V4);
	rig_connect (&rig, gcm, FALSE, 7, 8);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		rig_tun_send (&rig.a, packet, rig_packet (packet, rows[i].from, rows[i].to, 0, 10));
		g_assert_cmpuint (rig_wait_counter (rig.a.datapath, no_sa_out, i + 1), ==, i + 1);
	}
	/* Not a packet at all. */
	rig_tun_send (&rig.a, (const guint8 *) "\xff", 1);
	g_assert_cmpuint (rig_wait_counter (rig.a.datapath, no_sa_out, 5), ==, 5);
	g_assert_cmpint (rig_tun_receive (&rig.b, packet, sizeof packet, 50), ==, -1);
	cross (&rig, FALSE, 20);
	rig_clear (&rig);
}

/* The other side has the keys and sends what was not agreed. */
static void
test_selectors_in (void)
{
	Rig rig;
	RigSa sa;
	DatapathSaCounters counters;
	guint8 packet[256];

	rig_init (&rig, INET_V4);
	rig_sa_init (&sa, gcm, 0x700, 0x800, "10.1.0.1", "10.2.0.0/16");
	g_assert_cmpuint (datapath_add_sa (rig.a.datapath, &sa.in, &sa.out, rig.a.socket, &rig.b.endpoint), ==, STATUS_OK);
	rig_sa_init (&sa, gcm, 0x800, 0x700, "0.0.0.0/0", "0.0.0.0/0");
	g_assert_cmpuint (datapath_add_sa (rig.b.datapath, &sa.in, &sa.out, rig.b.socket, &rig.a.endpoint), ==, STATUS_OK);
	rig_tun_send (&rig.b, packet, rig_packet (packet, "10.9.0.1", "10.1.0.1", 1, 10));
	rig_tun_send (&rig.b, packet, rig_packet (packet, "10.2.0.1", "127.0.0.1", 2, 10));
	rig_tun_send (&rig.b, packet, rig_packet (packet, "10.2.0.1", "10.1.0.1", 3, 10));
	g_assert_cmpint (rig_tun_receive (&rig.a, packet, sizeof packet, RIG_WAIT_MS), ==, 38);
	g_assert_cmpuint (packet[29], ==, 3);
	g_assert_true (datapath_sa_counters (rig.a.datapath, 0x700, &counters));
	g_assert_cmpuint (counters.in.dropped_selector, ==, 2);
	g_assert_cmpuint (counters.in.packets, ==, 1);
	rig_clear (&rig);
}

static void
test_newest (void)
{
	Rig rig;
	RigSa sa;
	InetEndpoint endpoint;
	int fd = rig_udp (INET_V4, 0, &endpoint);
	guint8 packet[512];

	rig_init (&rig, INET_V4);
	for (guint32 spi = 0x100; spi < 0x103; spi++)
	{
		rig_sa_init (&sa, gcm, spi, spi + 0x1000, "10.1.0.1", spi < 0x102 ? "10.2.0.0/16" : "10.3.0.0/16");
		g_assert_cmpuint (datapath_add_sa (rig.a.datapath, &sa.in, &sa.out, rig.a.socket, &endpoint), ==, STATUS_OK);
	}
	rig_tun_send (&rig.a, packet, rig_packet (packet, "10.1.0.1", "10.2.0.1", 0, 10));
	g_assert_cmpint (rig_udp_receive (fd, packet, sizeof packet), >, 8);
	g_assert_cmpmem (packet, 4, "\0\0\x11\x01", 4);
	datapath_remove_sa (rig.a.datapath, 0x101);
	rig_tun_send (&rig.a, packet, rig_packet (packet, "10.1.0.1", "10.2.0.1", 0, 10));
	g_assert_cmpint (rig_udp_receive (fd, packet, sizeof packet), >, 8);
	g_assert_cmpmem (packet, 4, "\0\0\x11\x00", 4);
	close (fd);
	rig_clear (&rig);
}

static void
test_remove (void)
{
	Rig rig;
	DatapathSaCounters counters;
	guint8 packet[256];

	rig_init (&rig, INET_V4);
	rig_connect (&rig, gcm, FALSE, 0x77, 0x88);
	cross (&rig, FALSE, 30);
	datapath_remove_sa (rig.a.datapath, 0x99); /* another one: nothing happens */
	cross (&rig, FALSE, 30);
	datapath_remove_sa (rig.a.datapath, 0x77);
	g_assert_false (datapath_sa_counters (rig.a.datapath, 0x77, &counters));
	rig_tun_send (&rig.a, packet, rig_packet (packet, "10.1.0.1", "10.2.0.1", 0, 10));
	g_assert_cmpuint (rig_wait_counter (rig.a.datapath, no_sa_out, 1), ==, 1);
	rig_tun_send (&rig.b, packet, rig_packet (packet, "10.2.0.1", "10.1.0.1", 0, 10));
	g_assert_cmpuint (rig_wait_counter (rig.a.datapath, no_sa_in, 1), ==, 1);
	g_assert_cmpint (rig_tun_receive (&rig.a, packet, sizeof packet, 50), ==, -1);
	rig_clear (&rig);
}

/* Somebody on the way sends everything twice, and changes an octet in a third copy. */
static void
test_replay (void)
{
	Rig rig;
	RigSa sa;
	InetEndpoint middle;
	int fd = rig_udp (INET_V4, 0, &middle);
	DatapathSaCounters counters;
	guint8 packet[512];
	gssize octets;

	rig_init (&rig, INET_V4);
	rig_connect (&rig, gcm, FALSE, 0x77, 0x88);
	datapath_remove_sa (rig.a.datapath, 0x77);
	rig_sa_init (&sa, gcm, 0x77, 0x88, "10.1.0.1", "10.2.0.0/16");
	g_assert_cmpuint (datapath_add_sa (rig.a.datapath, &sa.in, &sa.out, rig.a.socket, &middle), ==, STATUS_OK);
	rig_tun_send (&rig.a, packet, rig_packet (packet, "10.1.0.1", "10.2.0.1", 0, 10));
	octets = rig_udp_receive (fd, packet, sizeof packet);
	g_assert_cmpint (octets, >, 8);
	rig_udp_send (fd, &rig.b.endpoint, slice (packet, (gsize) octets));
	rig_udp_send (fd, &rig.b.endpoint, slice (packet, (gsize) octets));
	packet[7]++; /* the sequence number, so that the window lets it through */
	rig_udp_send (fd, &rig.b.endpoint, slice (packet, (gsize) octets));
	g_assert_cmpint (rig_tun_receive (&rig.b, packet, sizeof packet, RIG_WAIT_MS), ==, 38);
	g_assert_cmpint (rig_tun_receive (&rig.b, packet, sizeof packet, 50), ==, -1);
	g_assert_true (datapath_sa_counters (rig.b.datapath, 0x88, &counters));
	g_assert_cmpuint (counters.in.packets, ==, 1);
	g_assert_cmpuint (counters.in.dropped_replay, ==, 1);
	g_assert_cmpuint (counters.in.dropped_icv, ==, 1);
	close (fd);
	rig_clear (&rig);
}

static gpointer
pump (gpointer data)
{
	const RigSide *side = data;
	guint8 packet[1500];
	gsize octets = rig_packet (packet, "10.1.0.1", "10.2.0.1", 1, 1000);

	for (guint i = 0; i < 2000; i++)
		rig_tun_send (side, packet, octets);
	return NULL;
}

static gpointer
sink (gpointer data)
{
	const RigSide *side = data;
	guint8 packet[1500];
	guint n = 0;

	while (rig_tun_receive (side, packet, sizeof packet, 200) > 0)
		n++;
	return GUINT_TO_POINTER (n);
}

/* RFC 7296 section 2.8: the new SA is there on both sides before the old one goes; in between both receive, and the new one
 * sends. Every packet arrives, once, in order. */
static void
test_rekey (void)
{
	enum
	{
		PACKETS = 3000,
		REKEYS = 10
	};
	Rig rig;
	RigSa sa;
	DatapathSaCounters counters;
	DatapathCounters all;
	guint8 packet[2048];

	rig_init (&rig, INET_V4);
	rig_connect (&rig, gcm, FALSE, 0x1000, 0x2000);
	for (guint sent = 0, got = 0; got < PACKETS; got++)
	{
		guint32 generation = got / (PACKETS / REKEYS);

		for (; sent < PACKETS && sent - got < 60; sent++)
			rig_tun_send (&rig.a, packet, rig_packet (packet, "10.1.0.1", "10.2.0.2", (guint16) sent, 2 + sent % 900));
		/* While dozens of packets are on the way. */
		if (got % (PACKETS / REKEYS) == 100)
		{
			rig_sa_init (&sa, gcm, 0x2001 + generation, 0x1001 + generation, "10.2.0.0/16", "10.1.0.1");
			g_assert_cmpuint (datapath_add_sa (rig.b.datapath, &sa.in, &sa.out, rig.b.socket, &rig.a.endpoint), ==,
			                  STATUS_OK);
			rig_sa_init (&sa, gcm, 0x1001 + generation, 0x2001 + generation, "10.1.0.1", "10.2.0.0/16");
			g_assert_cmpuint (datapath_add_sa (rig.a.datapath, &sa.in, &sa.out, rig.a.socket, &rig.b.endpoint), ==,
			                  STATUS_OK);
			datapath_remove_sa (rig.a.datapath, 0x1000 + generation);
		}
		/* The old one goes when nothing of it can be on the way any more. */
		if (got % (PACKETS / REKEYS) == 200)
		{
			g_assert_true (datapath_sa_counters (rig.b.datapath, 0x2000 + generation, &counters));
			g_assert_cmpuint (counters.in.packets, >, 0);
			g_assert_cmpuint (counters.in.dropped_icv + counters.in.dropped_replay, ==, 0);
			datapath_remove_sa (rig.b.datapath, 0x2000 + generation);
		}
		g_assert_cmpint (rig_tun_receive (&rig.b, packet, sizeof packet, RIG_WAIT_MS), ==, 30 + got % 900);
		g_assert_cmpuint (packet[28] << 8 | packet[29], ==, got);
	}
	datapath_counters (rig.a.datapath, &all);
	g_assert_cmpuint (all.no_sa_out + all.lost_out, ==, 0);
	datapath_counters (rig.b.datapath, &all);
	g_assert_cmpuint (all.no_sa_in + all.lost_in, ==, 0);
	rig_clear (&rig);
}

/* A SA near the end of its numbers says so, once, through the event descriptor. */
static void
test_rekey_event (void)
{
	Rig rig;
	DatapathEvent event;
	guint8 packet[256];
	InetEndpoint endpoint;
	int fd = rig_udp (INET_V4, 0, &endpoint);

	rig_init (&rig, INET_V4);
	rig_connect (&rig, gcm, FALSE, 0x77, 0x88);
	g_assert_false (datapath_next_event (rig.b.datapath, &event));
	{
		/* The octets that the sender would make then. */
		RigSa sender;
		EspOut *out;
		guint8 buffer[512];
		Slice sealed;
		struct pollfd ready = { .fd = datapath_event_fd (rig.b.datapath), .events = POLLIN };

		rig_sa_init (&sender, gcm, 0x77, 0x88, "10.1.0.1", "10.2.0.0/16");
		g_assert_cmpuint (esp_out_new (&sender.out, &out), ==, STATUS_OK);
		esp_out_set_sequence (out, 0xd0000000u);
		for (guint i = 0; i < 3; i++)
		{
			gsize octets = rig_packet (buffer + ESP_HEADROOM_OCTETS, "10.1.0.1", "10.2.0.1", 7, 20);

			g_assert_cmpuint (esp_seal (out, buffer, octets, &sealed), ==, STATUS_OK);
			rig_udp_send (fd, &rig.b.endpoint, sealed);
			g_assert_cmpint (rig_tun_receive (&rig.b, packet, sizeof packet, RIG_WAIT_MS), ==, 48);
		}
		esp_out_free (out);
		g_assert_cmpint (poll (&ready, 1, RIG_WAIT_MS), ==, 1);
	}
	g_assert_true (datapath_next_event (rig.b.datapath, &event));
	g_assert_cmpuint (event.kind, ==, DATAPATH_REKEY_DUE);
	g_assert_cmphex (event.spi_in, ==, 0x88);
	g_assert_false (datapath_next_event (rig.b.datapath, &event));
	close (fd);
	rig_clear (&rig);
}

/* SAs come and go while packets flow: nothing is lost on the one that stays, nothing races (also under TSan). */
static void
test_commands_under_load (void)
{
	Rig rig;
	RigSa sa;
	DatapathCounters counters;
	DatapathSaCounters sa_counters;
	g_autoptr (GThread) out = NULL;
	GThread *in;
	guint got;

	rig_init (&rig, INET_V4);
	rig_connect (&rig, gcm, FALSE, 0x77, 0x88);
	in = g_thread_new ("sink", sink, &rig.b);
	out = g_thread_new ("pump", pump, &rig.a);
	for (guint i = 0; i < 200; i++)
	{
		rig_sa_init (&sa, gcm, 0x5000 + i, 0x6000 + i, "10.1.0.1", "10.77.0.0/16");
		g_assert_cmpuint (datapath_add_sa (rig.a.datapath, &sa.in, &sa.out, rig.a.socket, &rig.b.endpoint), ==,
		                  STATUS_OK);
		datapath_remove_sa (rig.a.datapath, 0x5000 + i);
	}
	g_thread_join (g_steal_pointer (&out));
	got = GPOINTER_TO_UINT (g_thread_join (in));
	datapath_counters (rig.a.datapath, &counters);
	g_assert_cmpuint (counters.no_sa_out, ==, 0);
	g_assert_true (datapath_sa_counters (rig.a.datapath, 0x77, &sa_counters));
	g_assert_cmpuint (sa_counters.out.packets, ==, 2000);
	datapath_counters (rig.b.datapath, &counters);
	g_assert_cmpuint (got, >, 0);
	g_assert_true (datapath_sa_counters (rig.b.datapath, 0x88, &sa_counters));
	g_assert_cmpuint (sa_counters.in.packets, ==, got + counters.lost_in);
	g_assert_cmpuint (sa_counters.in.dropped_icv + sa_counters.in.dropped_replay, ==, 0);
	rig_clear (&rig);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/datapath/both-ways", test_both_ways);
	g_test_add_func ("/datapath/order", test_order);
	g_test_add_func ("/datapath/selectors-out", test_selectors_out);
	g_test_add_func ("/datapath/selectors-in", test_selectors_in);
	g_test_add_func ("/datapath/newest", test_newest);
	g_test_add_func ("/datapath/remove", test_remove);
	g_test_add_func ("/datapath/replay", test_replay);
	g_test_add_func ("/datapath/rekey", test_rekey);
	g_test_add_func ("/datapath/rekey-event", test_rekey_event);
	g_test_add_func ("/datapath/commands-under-load", test_commands_under_load);
	return g_test_run ();
}
