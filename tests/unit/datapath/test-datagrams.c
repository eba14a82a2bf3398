/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which datagram is what (RFC 3948 section 2), and what happens to rubbish, floods and broken descriptors. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "datapath/ring.h"
#include "datapath/socket-io.h"
#include "rig.h"

static gboolean
event_is_set (int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	return poll (&ready, 1, 0) == 1;
}

static void
test_ring (void)
{
	InetEndpoint remote = { .port = 4500 };
	g_autofree guint8 *large = g_malloc0 (65535);
	DatapathDatagram datagram;
	Ring *ring;

	g_assert_cmpuint (ring_new (&ring), ==, STATUS_OK);
	for (guint round = 0; round < 3; round++)
	{
		g_assert_false (event_is_set (ring_event_fd (ring)));
		g_assert_false (ring_pop (ring, &datagram));
		for (guint i = 0; i < RING_SLOTS; i++)
			g_assert_true (ring_push (ring, i, &remote, slice (&i, sizeof i), 5));
		g_assert_false (ring_push (ring, 0, &remote, SLICE_LITERAL ("x"), 5));
		g_assert_true (event_is_set (ring_event_fd (ring)));
		for (guint i = 0; i < RING_SLOTS; i++)
		{
			g_assert_true (event_is_set (ring_event_fd (ring)));
			g_assert_true (ring_pop (ring, &datagram));
			g_assert_cmpuint (datagram.socket, ==, i);
			g_assert_cmpuint (datagram.remote.port, ==, 4500);
			g_assert_cmpint (datagram.arrived_us, ==, 5);
			g_assert_true (slice_equal (slice_bytes (datagram.octets), slice (&i, sizeof i)));
			g_bytes_unref (datagram.octets);
		}
	}
	/* The limit of octets comes before the limit of slots. */
	for (guint i = 0; i < RING_MAX_OCTETS / 65535; i++)
		g_assert_true (ring_push (ring, 0, &remote, slice (large, 65535), 0));
	g_assert_false (ring_push (ring, 0, &remote, slice (large, 65535), 0));
	g_assert_false (ring_push (ring, 0, &remote, SLICE_NONE, 0));
	g_assert_true (ring_pop (ring, &datagram));
	g_bytes_unref (datagram.octets);
	g_assert_true (ring_push (ring, 0, &remote, slice (large, 65535), 0));
	ring_free (ring);
}

static void
test_ike (void)
{
	for (guint family = INET_V4; family <= INET_V6; family += INET_V6 - INET_V4)
	{
		Rig rig;
		DatapathDatagram datagram;
		InetEndpoint peer;
		int fd = rig_udp ((InetFamily) family, 0, &peer);
		guint8 octets[64];

		rig_init (&rig, (InetFamily) family);
		g_assert_cmpuint (datapath_send (rig.a.datapath, rig.a.socket, &rig.b.endpoint, SLICE_LITERAL ("message")), ==,
		                  STATUS_OK);
		datagram = rig_ike_receive (rig.b.datapath);
		g_assert_true (slice_equal (slice_bytes (datagram.octets), SLICE_LITERAL ("message")));
		g_assert_true (inet_endpoint_equal (&datagram.remote, &rig.a.endpoint));
		g_assert_cmpuint (datagram.socket, ==, rig.b.socket);
		g_assert_cmpint (datagram.arrived_us, >, 0);
		g_bytes_unref (datagram.octets);
		g_assert_false (datapath_next (rig.b.datapath, &datagram));
		g_assert_false (event_is_set (datapath_event_fd (rig.b.datapath)));

		/* On the wire: the marker, and the single octet of a keepalive. */
		g_assert_cmpuint (datapath_send (rig.a.datapath, rig.a.socket, &peer, SLICE_LITERAL ("abc")), ==, STATUS_OK);
		g_assert_cmpint (rig_udp_receive (fd, octets, sizeof octets), ==, 7);
		g_assert_cmpmem (octets, 7, "\0\0\0\0abc", 7);
		datapath_send_keepalive (rig.a.datapath, rig.a.socket, &peer);
		g_assert_cmpint (rig_udp_receive (fd, octets, sizeof octets), ==, 1);
		g_assert_cmpuint (octets[0], ==, 0xff);
		close (fd);
		rig_clear (&rig);
	}
}

static void
test_port_500 (void)
{
	Rig rig;
	InetEndpoint peer;
	DatapathDatagram datagram;
	guint8 octets[64];
	int fd = rig_udp (INET_V4, 500, &peer);

	if (fd < 0)
	{
		g_test_skip ("port 500 of 127.0.0.1 cannot be bound here");
		return;
	}
	rig_init (&rig, INET_V4);
	g_assert_cmpuint (datapath_send (rig.a.datapath, rig.a.socket, &peer, SLICE_LITERAL ("abc")), ==, STATUS_OK);
	g_assert_cmpint (rig_udp_receive (fd, octets, sizeof octets), ==, 3);
	g_assert_cmpmem (octets, 3, "abc", 3);
	rig_udp_send (fd, &rig.a.endpoint, SLICE_LITERAL ("\x12\x34\x56\x78 no marker"));
	datagram = rig_ike_receive (rig.a.datapath);
	g_assert_true (slice_equal (slice_bytes (datagram.octets), SLICE_LITERAL ("\x12\x34\x56\x78 no marker")));
	g_bytes_unref (datagram.octets);
	close (fd);
	rig_clear (&rig);
}

static void
test_rubbish (void)
{
	static const struct
	{
		Slice octets;
		guint malformed, no_sa, keepalives;
	} rows[] = {
		{ { (const guint8 *) "", 0 }, 1, 0, 0 },
		{ { (const guint8 *) "\xff", 1 }, 0, 0, 1 },
		{ { (const guint8 *) "\xfe", 1 }, 1, 0, 0 },
		{ { (const guint8 *) "\xff\xff", 2 }, 1, 0, 0 },
		{ { (const guint8 *) "\0\0\0", 3 }, 1, 0, 0 },
		{ { (const guint8 *) "\0\0\0\0", 4 }, 1, 0, 0 }, /* a marker with nothing behind it */
		{ { (const guint8 *) "\0\0\0\1", 4 }, 1, 0, 0 },
		{ { (const guint8 *) "\0\0\0\1\0\0\0", 7 }, 1, 0, 0 },
		{ { (const guint8 *) "\0\0\0\1\0\0\0\1", 8 }, 0, 1, 0 },
		{ { (const guint8 *) "\xff\xff\xff\xff\0\0\0\1 and more", 17 }, 0, 1, 0 },
	};
	DatapathCounters wanted = { 0 };
	Rig rig;
	InetEndpoint peer;
	int fd = rig_udp (INET_V4, 0, &peer);

	rig_init (&rig, INET_V4);
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		rig_udp_send (fd, &rig.a.endpoint, rows[i].octets);
		wanted.malformed += rows[i].malformed;
		wanted.no_sa_in += rows[i].no_sa;
		wanted.keepalives += rows[i].keepalives;
		g_assert_cmpuint (rig_wait_counter (rig.a.datapath, malformed, wanted.malformed), ==, wanted.malformed);
		g_assert_cmpuint (rig_wait_counter (rig.a.datapath, no_sa_in, wanted.no_sa_in), ==, wanted.no_sa_in);
		g_assert_cmpuint (rig_wait_counter (rig.a.datapath, keepalives, wanted.keepalives), ==, wanted.keepalives);
	}
	g_assert_false (event_is_set (datapath_event_fd (rig.a.datapath)));
	close (fd);
	rig_clear (&rig);
}

static void
test_overflow (void)
{
	Rig rig;
	DatapathDatagram datagram;
	InetEndpoint peer;
	int fd = rig_udp (INET_V4, 0, &peer);
	guint n = 0;

	rig_init (&rig, INET_V4);
	for (guint i = 0; i < RING_SLOTS + 44; i++)
	{
		rig_udp_send (fd, &rig.a.endpoint, SLICE_LITERAL ("\0\0\0\0 a flood"));
		if (i % 32 == 31)
			g_usleep (2000);
	}
	g_assert_cmpuint (rig_wait_counter (rig.a.datapath, ike_overflow, 44), ==, 44);
	while (datapath_next (rig.a.datapath, &datagram))
	{
		g_bytes_unref (datagram.octets);
		n++;
	}
	g_assert_cmpuint (n, ==, RING_SLOTS);
	/* And it goes on. */
	rig_udp_send (fd, &rig.a.endpoint, SLICE_LITERAL ("\0\0\0\0again"));
	datagram = rig_ike_receive (rig.a.datapath);
	g_assert_cmpuint (g_bytes_get_size (datagram.octets), ==, 5);
	g_bytes_unref (datagram.octets);
	close (fd);
	rig_clear (&rig);
}

static gint64
processor_us (void)
{
	struct rusage usage;

	getrusage (RUSAGE_SELF, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * G_USEC_PER_SEC + usage.ru_utime.tv_usec +
	       usage.ru_stime.tv_usec;
}

static void
assert_idle (void)
{
	gint64 before = processor_us ();

	g_usleep (300 * 1000);
	g_assert_cmpint (processor_us () - before, <, 100 * 1000);
}

/* The device goes away: the thread neither spins nor dies, and IKE goes on. */
static void
test_tun_gone (void)
{
	Rig rig;
	DatapathDatagram datagram;
	int pair[2];

	rig_init (&rig, INET_V4);
	close (rig.a.tun);
	assert_idle ();
	datapath_send (rig.b.datapath, rig.b.socket, &rig.a.endpoint, SLICE_LITERAL ("still there"));
	datagram = rig_ike_receive (rig.a.datapath);
	g_bytes_unref (datagram.octets);
	/* A new one works. */
	g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
	g_assert_cmpuint (datapath_set_tun (rig.a.datapath, pair[0], 1400), ==, STATUS_OK);
	rig.a.tun = pair[1];
	g_assert_cmpint (write (rig.a.tun, "\x45", 1), ==, 1);
	g_assert_cmpuint (rig_wait_counter (rig.a.datapath, no_sa_out, 1), ==, 1);
	rig_clear (&rig);
}

/* With IP_RECVERR every ICMP error wakes poll() up until somebody reads it. */
static void
test_error_queue (void)
{
	InetEndpoint endpoint, nobody;
	int fd = rig_udp (INET_V4, 0, &endpoint);
	int closed = rig_udp (INET_V4, 0, &nobody);
	int on = 1;
	guint index;
	Datapath *datapath;

	close (closed);
	g_assert_cmpint (setsockopt (fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on), ==, 0);
	g_assert_cmpuint (datapath_new (&datapath), ==, STATUS_OK);
	g_assert_cmpuint (datapath_add_socket (datapath, fd, &index), ==, STATUS_OK);
	for (guint i = 0; i < 20; i++)
		g_assert_cmpuint (datapath_send (datapath, index, &nobody, SLICE_LITERAL ("x")), ==, STATUS_OK);
	assert_idle ();
	datapath_send (datapath, index, &endpoint, SLICE_LITERAL ("to myself"));
	DatapathDatagram datagram = rig_ike_receive (datapath);

	g_assert_cmpuint (g_bytes_get_size (datagram.octets), ==, 9);
	g_bytes_unref (datagram.octets);
	datapath_free (datapath);
}

/* A run arrives as the packets it is made of, cut by the kernel or sent one by one; the ECN marks and DSCP arrive with it. */
static void
test_runs (void)
{
	enum
	{
		SIZE = 200,
		PACKETS = 40
	};
	InetEndpoint from, to;
	UdpSocket sockets[1];
	int fd = rig_udp (INET_V4, 0, &to), on = 1;
	struct sockaddr_storage remote;
	guint8 octets[SIZE * PACKETS + 50];
	Run runs[2] = { { .octets = octets,
		              .len = sizeof octets,
		              .size = SIZE,
		              .n = PACKETS + 1,
		              .traffic_class = 0xba,
		              .remote = &remote },
		            { .octets = octets, .len = 70, .size = 70, .n = 1, .remote = &remote } };

	g_assert_cmpint (setsockopt (fd, IPPROTO_IP, IP_RECVTOS, &on, sizeof on), ==, 0);
	for (gsize i = 0; i < sizeof octets; i++)
		octets[i] = (guint8) (i / SIZE);
	g_assert_cmpuint (udp_socket_init (&sockets[0], rig_udp (INET_V4, 0, &from)), ==, STATUS_OK);
	g_assert_true (udp_socket_address (&sockets[0], &to, &remote, &runs[0].remote_octets));
	runs[1].remote_octets = runs[0].remote_octets;
	for (guint round = 0; round < 2; round++)
	{
		/* First one by one, whatever the kernel has; then as it has it. */
		gboolean has = sockets[0].gso;

		sockets[0].gso = has && round == 1;
		g_assert_cmpuint (udp_sockets_send (sockets, runs, 2), ==, 0);
		for (guint i = 0; i < PACKETS + 2; i++)
		{
			guint8 got[512];
			_Alignas(struct cmsghdr) guint8 control[64];
			struct iovec part = { got, sizeof got };
			struct msghdr message = {
				.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
			};

			g_assert_cmpint (recvmsg (fd, &message, 0), ==, i < PACKETS ? SIZE : i == PACKETS ? 50 : 70);
			g_assert_cmpuint (got[0], ==, i <= PACKETS ? i : 0);
			g_assert_cmphex (udp_ancillary (&message, 1).traffic_class, ==, i <= PACKETS ? 0xba : 0);
		}
		sockets[0].gso = has;
	}
	udp_socket_clear (&sockets[0]);
	close (fd);
}

static void
test_send_errors (void)
{
	static guint8 huge[65535];
	Rig rig;
	InetEndpoint remote = { .port = 4500 };

	rig_init (&rig, INET_V4);
	/* The broadcast address without SO_BROADCAST fails as a route of type prohibit does. */
	g_assert_true (inet_address_parse ("255.255.255.255", &remote.address));
	g_assert_cmpuint (datapath_send (rig.a.datapath, rig.a.socket, &remote, SLICE_LITERAL ("x")), ==,
	                  STATUS_UNREACHABLE);
	g_assert_true (inet_address_parse ("::1", &remote.address));
	g_assert_cmpuint (datapath_send (rig.a.datapath, rig.a.socket, &remote, SLICE_LITERAL ("x")), ==, STATUS_INTERNAL);
	g_assert_cmpuint (datapath_send (rig.a.datapath, 9, &rig.b.endpoint, SLICE_LITERAL ("x")), ==, STATUS_INTERNAL);
	g_assert_cmpuint (datapath_send (rig.a.datapath, rig.a.socket, &rig.b.endpoint, SLICE_ARRAY (huge)), ==,
	                  STATUS_INTERNAL);
	rig_clear (&rig);
}

static void
test_limits (void)
{
	static const AeadSuite gcm = { ENCR_AES_GCM_16, 128, INTEG_NONE };
	Rig rig;
	RigSa sa;
	InetEndpoint endpoint;
	int pipes[2];
	guint index;

	rig_init (&rig, INET_V4);
	g_assert_cmpint (pipe (pipes), ==, 0);
	g_assert_cmpuint (datapath_add_socket (rig.a.datapath, pipes[0], &index), ==, STATUS_INTERNAL);
	g_assert_cmpint (fcntl (pipes[0], F_GETFD), ==, -1); /* owned, also when refused */
	close (pipes[1]);
	for (guint i = 1; i < DATAPATH_MAX_SOCKETS; i++)
	{
		g_assert_cmpuint (datapath_add_socket (rig.a.datapath, rig_udp (INET_V4, 0, &endpoint), &index), ==, STATUS_OK);
		g_assert_cmpuint (index, ==, i);
	}
	g_assert_cmpuint (datapath_add_socket (rig.a.datapath, rig_udp (INET_V4, 0, &endpoint), &index), ==,
	                  STATUS_TOO_LARGE);
	g_assert_cmpuint (datapath_set_tun (rig.a.datapath, dup (rig.a.tun), 65535), ==, STATUS_TOO_LARGE);
	for (guint32 spi = 1000; spi < 1000 + DATAPATH_MAX_SAS; spi++)
	{
		rig_sa_init (&sa, gcm, spi, spi, "10.1.0.1", "10.2.0.0/16");
		g_assert_cmpuint (datapath_add_sa (rig.a.datapath, &sa.in, &sa.out, 0, &rig.b.endpoint), ==, STATUS_OK);
		if (spi == 1000)
			g_assert_cmpuint (datapath_add_sa (rig.a.datapath, &sa.in, &sa.out, 0, &rig.b.endpoint), ==,
			                  STATUS_INTERNAL);
	}
	rig_sa_init (&sa, gcm, 1, 1, "10.1.0.1", "10.2.0.0/16");
	g_assert_cmpuint (datapath_add_sa (rig.a.datapath, &sa.in, &sa.out, 0, &rig.b.endpoint), ==, STATUS_TOO_LARGE);
	g_assert_cmpuint (datapath_add_sa (rig.b.datapath, &sa.in, &sa.out, 1, &rig.a.endpoint), ==, STATUS_INTERNAL);
	sa.out.encr_key.len--;
	g_assert_cmpuint (datapath_add_sa (rig.b.datapath, &sa.in, &sa.out, 0, &rig.a.endpoint), ==, STATUS_BAD_KEY);
	rig_clear (&rig);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/datapath/ring", test_ring);
	g_test_add_func ("/datapath/ike", test_ike);
	g_test_add_func ("/datapath/port-500", test_port_500);
	g_test_add_func ("/datapath/rubbish", test_rubbish);
	g_test_add_func ("/datapath/overflow", test_overflow);
	g_test_add_func ("/datapath/tun-gone", test_tun_gone);
	g_test_add_func ("/datapath/error-queue", test_error_queue);
	g_test_add_func ("/datapath/runs", test_runs);
	g_test_add_func ("/datapath/send-errors", test_send_errors);
	g_test_add_func ("/datapath/limits", test_limits);
	return g_test_run ();
}
