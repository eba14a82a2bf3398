/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a tunnel with fixed keys: Godwit's esp and datapath without IKE, so that the packet path can be measured against an
 * end that is as fast. Never for anything but measuring: its keys are in the source.
 * Usage: far-end LOCAL:PORT REMOTE:PORT INTERFACE a|b [CIPHER]
 */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ciphers.h"
#include "datapath/datapath.h"

#define MTU 1400
#define SPI_A 0x0a0a0a0au
#define SPI_B 0x0b0b0b0bu

G_NORETURN static void
fail (const char *what)
{
	perror (what);
	exit (1);
}

static int
open_tun (const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open ("/dev/net/tun", O_RDWR | O_CLOEXEC);

	g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
	if (fd < 0 || ioctl (fd, TUNSETIFF, &request) != 0)
		fail (name);
	return fd;
}

static int
open_socket (const InetEndpoint *local)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (local->port) };
	int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int size = 4 * 1024 * 1024;

	memcpy (&address.sin_addr, local->address.octets, 4);
	if (fd < 0 || bind (fd, (struct sockaddr *) &address, sizeof address) != 0)
		fail ("socket");
	setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	setsockopt (fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	return fd;
}

static void
add_sa (Datapath *datapath, const AeadSuite *suite, guint socket, const InetEndpoint *remote, gboolean is_a)
{
	const InetSelector any[] = { inet_selector_any (INET_V4), inet_selector_any (INET_V6) };
	EspParameters in = { .spi = is_a ? SPI_A : SPI_B,
		                 .suite = *suite,
		                 .encr_key = slice (bench_key, aead_encr_key_octets (suite)),
		                 .integ_key = slice (bench_key + 64, aead_integ_key_octets (suite)),
		                 .local = any,
		                 .n_local = 2,
		                 .remote = any,
		                 .n_remote = 2 };
	EspParameters out = in;

	out.spi = is_a ? SPI_B : SPI_A;
	if (datapath_add_sa (datapath, &in, &out, socket, remote) != STATUS_OK)
		fail ("SA");
}

static void
report (Datapath *datapath, guint32 spi)
{
	DatapathSaCounters sa = { 0 };
	DatapathCounters all;
	DatapathFacts facts;

	datapath_sa_counters (datapath, spi, &sa);
	datapath_counters (datapath, &all);
	datapath_facts (datapath, &facts);
	printf ("in %" G_GUINT64_FORMAT " out %" G_GUINT64_FORMAT " replay %" G_GUINT64_FORMAT " icv %" G_GUINT64_FORMAT
	        " selector %" G_GUINT64_FORMAT " malformed %" G_GUINT64_FORMAT " lost-in %" G_GUINT64_FORMAT
	        " lost-out %" G_GUINT64_FORMAT " no-sa-in %" G_GUINT64_FORMAT " malformed-tun %" G_GUINT64_FORMAT "\n",
	        sa.in.packets, sa.out.packets, sa.in.dropped_replay, sa.in.dropped_icv, sa.in.dropped_selector,
	        sa.in.dropped_malformed, all.lost_in, all.lost_out, all.no_sa_in, all.malformed_tun);
	printf ("vnet %d tcp-out %d udp-out %d tcp-in %d udp-in %d cut %d joined %d\n", facts.tun_vnet, facts.tun_tcp_out,
	        facts.tun_udp_out, facts.tun_tcp_in, facts.tun_udp_in, facts.udp_cut, facts.udp_joined);
}

int
main (int argc, char **argv)
{
	InetEndpoint local, remote;
	const BenchCipher *cipher;
	gboolean is_a;
	Datapath *datapath;
	guint socket;
	sigset_t stop;
	int signal_number;

	if (argc < 5 || !inet_endpoint_parse (argv[1], &local) || !inet_endpoint_parse (argv[2], &remote) ||
	    (cipher = bench_cipher (argc > 5 ? argv[5] : "aes128gcm")) == NULL)
	{
		fprintf (stderr, "usage: far-end LOCAL:PORT REMOTE:PORT INTERFACE a|b [CIPHER]\n");
		return 2;
	}
	is_a = argv[4][0] == 'a';
	sigemptyset (&stop);
	sigaddset (&stop, SIGTERM);
	sigaddset (&stop, SIGINT);
	sigprocmask (SIG_BLOCK, &stop, NULL);
	if (datapath_new (&datapath) != STATUS_OK ||
	    datapath_add_socket (datapath, open_socket (&local), &socket) != STATUS_OK ||
	    datapath_set_tun (datapath, open_tun (argv[3]), MTU) != STATUS_OK)
		fail ("datapath");
	add_sa (datapath, &cipher->suite, socket, &remote, is_a);
	printf ("ready\n");
	fflush (stdout);
	sigwait (&stop, &signal_number);
	report (datapath, is_a ? SPI_A : SPI_B);
	datapath_free (datapath);
	return 0;
}
