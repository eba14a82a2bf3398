/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *
loopback (InetFamily family)
{
	return family == INET_V4 ? "127.0.0.1" : "::1";
}

static socklen_t
to_sockaddr (const InetEndpoint *endpoint, struct sockaddr_storage *ret)
{
	*ret = (struct sockaddr_storage){ 0 };
	if (endpoint->address.family == INET_V4)
	{
		struct sockaddr_in *in = (struct sockaddr_in *) ret;

		in->sin_family = AF_INET;
		in->sin_port = htons (endpoint->port);
		memcpy (&in->sin_addr, endpoint->address.octets, 4);
		return sizeof *in;
	}
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) ret;

	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons (endpoint->port);
	memcpy (&in6->sin6_addr, endpoint->address.octets, 16);
	return sizeof *in6;
}

int
rig_udp (InetFamily family, guint16 port, InetEndpoint *ret_endpoint)
{
	int fd = socket (family == INET_V4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	InetEndpoint endpoint = { .port = port };
	struct sockaddr_storage address;
	socklen_t octets;
	int large = 4 * 1024 * 1024;

	g_assert_cmpint (fd, >=, 0);
	g_assert_true (inet_address_parse (loopback (family), &endpoint.address));
	setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &large, sizeof large);
	octets = to_sockaddr (&endpoint, &address);
	if (bind (fd, (struct sockaddr *) &address, octets) != 0)
	{
		close (fd);
		return -1;
	}
	g_assert_cmpint (getsockname (fd, (struct sockaddr *) &address, &octets), ==, 0);
	endpoint.port = ntohs (family == INET_V4 ? ((struct sockaddr_in *) &address)->sin_port
	                                         : ((struct sockaddr_in6 *) &address)->sin6_port);
	*ret_endpoint = endpoint;
	return fd;
}

void
rig_udp_send (int fd, const InetEndpoint *to, Slice octets)
{
	struct sockaddr_storage address;
	socklen_t address_octets = to_sockaddr (to, &address);

	g_assert_cmpint (sendto (fd, octets.data, octets.len, 0, (struct sockaddr *) &address, address_octets), ==,
	                 (gssize) octets.len);
}

static gssize
wait_and_read (int fd, guint8 *buffer, gsize octets, int wait_ms)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	if (poll (&ready, 1, wait_ms) != 1)
		return -1;
	return recv (fd, buffer, octets, MSG_DONTWAIT);
}

gssize
rig_udp_receive (int fd, guint8 *buffer, gsize octets)
{
	return wait_and_read (fd, buffer, octets, RIG_WAIT_MS);
}

static void
side_init (RigSide *side, InetFamily outer)
{
	int fd = rig_udp (outer, 0, &side->endpoint);
	int pair[2];

	g_assert_cmpint (fd, >=, 0);
	g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
	g_assert_cmpuint (datapath_new (&side->datapath), ==, STATUS_OK);
	g_assert_cmpuint (datapath_add_socket (side->datapath, fd, &side->socket), ==, STATUS_OK);
	g_assert_cmpuint (datapath_set_tun (side->datapath, pair[0], 1400), ==, STATUS_OK);
	side->tun = pair[1];
}

void
rig_init (Rig *rig, InetFamily outer)
{
	side_init (&rig->a, outer);
	side_init (&rig->b, outer);
}

void
rig_clear (Rig *rig)
{
	datapath_free (rig->a.datapath);
	datapath_free (rig->b.datapath);
	close (rig->a.tun);
	close (rig->b.tun);
}

InetSelector
rig_selector (const char *prefix)
{
	InetPrefix parsed;

	g_assert_true (inet_prefix_parse (prefix, &parsed));
	return inet_selector_prefix (&parsed);
}

static Slice
key (guint8 buffer[128], guint32 spi, gsize offset, gsize octets)
{
	for (gsize i = 0; i < octets; i++)
		buffer[offset + i] = (guint8) (spi * 31 + offset * 7 + i * 3 + 1);
	return slice (buffer + offset, octets);
}

static void
direction (EspParameters *p, guint8 keys[128], AeadSuite suite, guint32 spi, const RigSa *sa)
{
	*p = (EspParameters){ .spi = spi,
		                  .suite = suite,
		                  .encr_key = key (keys, spi, 0, aead_encr_key_octets (&suite)),
		                  .integ_key = key (keys, spi, 64, aead_integ_key_octets (&suite)),
		                  .local = &sa->local,
		                  .n_local = 1,
		                  .remote = &sa->remote,
		                  .n_remote = 1 };
}

void
rig_sa_init (RigSa *sa, AeadSuite suite, guint32 spi_in, guint32 spi_out, const char *local, const char *remote)
{
	sa->local = rig_selector (local);
	sa->remote = rig_selector (remote);
	direction (&sa->in, sa->keys[0], suite, spi_in, sa);
	direction (&sa->out, sa->keys[1], suite, spi_out, sa);
}

void
rig_connect (Rig *rig, AeadSuite suite, gboolean ipv6, guint32 spi_a, guint32 spi_b)
{
	const char *a = ipv6 ? "fd00:1::1" : "10.1.0.1";
	const char *b = ipv6 ? "fd00:2::/64" : "10.2.0.0/16";
	RigSa sa;

	rig_sa_init (&sa, suite, spi_a, spi_b, a, b);
	g_assert_cmpuint (datapath_add_sa (rig->a.datapath, &sa.in, &sa.out, rig->a.socket, &rig->b.endpoint), ==,
	                  STATUS_OK);
	rig_sa_init (&sa, suite, spi_b, spi_a, b, a);
	g_assert_cmpuint (datapath_add_sa (rig->b.datapath, &sa.in, &sa.out, rig->b.socket, &rig->a.endpoint), ==,
	                  STATUS_OK);
}

gsize
rig_packet (guint8 *buffer, const char *from, const char *to, guint16 number, gsize payload)
{
	InetAddress source, target;
	gsize udp = 8 + payload;
	gsize head;

	g_assert_true (inet_address_parse (from, &source));
	g_assert_true (inet_address_parse (to, &target));
	head = source.family == INET_V4 ? 20 : 40;
	memset (buffer, 0, head + udp);
	if (source.family == INET_V4)
	{
		buffer[0] = 0x45;
		buffer[2] = (guint8) ((head + udp) >> 8);
		buffer[3] = (guint8) (head + udp);
		buffer[8] = 64;
		buffer[9] = 17;
		memcpy (buffer + 12, source.octets, 4);
		memcpy (buffer + 16, target.octets, 4);
	}
	else
	{
		buffer[0] = 0x60;
		buffer[4] = (guint8) (udp >> 8);
		buffer[5] = (guint8) udp;
		buffer[6] = 17;
		buffer[7] = 64;
		memcpy (buffer + 8, source.octets, 16);
		memcpy (buffer + 24, target.octets, 16);
	}
	buffer[head] = 0x10; /* ports 4096 and 8192 */
	buffer[head + 2] = 0x20;
	buffer[head + 4] = (guint8) (udp >> 8);
	buffer[head + 5] = (guint8) udp;
	for (gsize i = 0; i < payload; i++)
		buffer[head + 8 + i] = (guint8) (number + i);
	if (payload >= 2)
	{
		buffer[head + 8] = (guint8) (number >> 8);
		buffer[head + 9] = (guint8) number;
	}
	return head + udp;
}

void
rig_tun_send (const RigSide *side, const guint8 *packet, gsize octets)
{
	g_assert_cmpint (send (side->tun, packet, octets, MSG_NOSIGNAL), ==, (gssize) octets);
}

gssize
rig_tun_receive (const RigSide *side, guint8 *buffer, gsize octets, int wait_ms)
{
	return wait_and_read (side->tun, buffer, octets, wait_ms);
}

guint64
rig_wait_counter_at (Datapath *datapath, gsize offset, guint64 least)
{
	DatapathCounters counters;

	for (guint ms = 0; ms < RIG_WAIT_MS; ms++)
	{
		datapath_counters (datapath, &counters);
		if (G_STRUCT_MEMBER (guint64, &counters, offset) >= least)
			break;
		g_usleep (1000);
	}
	return G_STRUCT_MEMBER (guint64, &counters, offset);
}

DatapathDatagram
rig_ike_receive (Datapath *datapath)
{
	struct pollfd ready = { .fd = datapath_event_fd (datapath), .events = POLLIN };
	DatapathDatagram datagram;

	g_assert_cmpint (poll (&ready, 1, RIG_WAIT_MS), ==, 1);
	g_assert_true (datapath_next (datapath, &datagram));
	return datagram;
}
