/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Junk to a UDP port: datagrams of 100 random octets, so many a second, until SIGTERM; then prints how many left and how many a second.
 * Usage: flood ADDRESS:PORT RATE
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/inet.h"

#define OCTETS 100
#define TICK_NS 1000000

static volatile sig_atomic_t stop;

static void
on_stop (int number)
{
	stop = 1;
}

static guint64
now_ns (void)
{
	struct timespec now;

	clock_gettime (CLOCK_MONOTONIC, &now);
	return (guint64) now.tv_sec * 1000000000 + (guint64) now.tv_nsec;
}

int
main (int argc, char **argv)
{
	InetEndpoint target;
	struct sockaddr_in address = { .sin_family = AF_INET };
	guint8 junk[OCTETS];
	guint64 begin, sent = 0, rate;
	int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 3 || fd < 0 || !inet_endpoint_parse (argv[1], &target) || target.address.family != INET_V4)
	{
		fprintf (stderr, "usage: flood ADDRESS:PORT RATE\n");
		return 2;
	}
	rate = g_ascii_strtoull (argv[2], NULL, 10);
	address.sin_port = htons (target.port);
	memcpy (&address.sin_addr, target.address.octets, 4);
	signal (SIGTERM, on_stop);
	for (gsize i = 0; i < sizeof junk; i++)
		junk[i] = (guint8) g_random_int ();
	begin = now_ns ();
	while (!stop)
	{
		const struct timespec tick = { 0, TICK_NS };
		guint64 due = (now_ns () - begin) * rate / 1000000000;

		for (; sent < due && !stop; sent++)
		{
			/* Another SPI and sequence number each time. */
			junk[sent % OCTETS]++;
			if (sendto (fd, junk, sizeof junk, 0, (struct sockaddr *) &address, sizeof address) < 0)
				break;
		}
		nanosleep (&tick, NULL);
	}
	printf ("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT "\n", sent, sent * 1000000000 / (now_ns () - begin));
	return 0;
}
