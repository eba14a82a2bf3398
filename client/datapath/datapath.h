/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the packet loop between a TUN file descriptor and UDP sockets, on a thread of its own, without GLib in the loop.
 * It is the only reader of the UDP sockets, also before there is a tunnel: IKE datagrams are handed to the control thread
 * by a bounded ring and an eventfd.
 * Must not know: IKE's contents, D-Bus, how sockets and TUN came to be.
 */
#pragma once

#include "base/inet.h"
#include "esp/esp.h"

#define DATAPATH_MAX_SOCKETS 16
#define DATAPATH_MAX_SAS 64
#define DATAPATH_MAX_DATAGRAM 65535

typedef struct Datapath Datapath;

typedef struct
{
	gint64 arrived_us;   /* not per packet: the time of the batch, CLOCK_BOOTTIME */
	guint socket;        /* index as given to datapath_add_socket() */
	InetEndpoint remote; /* where it came from */
	GBytes *octets;      /* without the non-ESP marker */
} DatapathDatagram;

/**
 * datapath_new:
 * Starts the thread. The process must not have dropped clone() and futex() yet.
 * Errors: STATUS_NO_MEMORY, STATUS_INTERNAL
 */
Status datapath_new (Datapath **ret_datapath);

/* Stops the thread, closes the descriptors it was given, wipes the keys. */
void datapath_free (Datapath *datapath);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Datapath, datapath_free)

/* @fd: a bound, unconnected UDP socket, owned from now on. Datagrams from @ike_port carry no non-ESP marker (RFC 7296
 * section 3.1), all others are UDP-encapsulated (RFC 3948). @ret_index: names it. */
Status datapath_add_socket (Datapath *datapath, int fd, guint *ret_index);

/* @fd: a TUN in IFF_TUN|IFF_NO_PI mode, owned from now on; @mtu: of the inner packets */
Status datapath_set_tun (Datapath *datapath, int fd, guint mtu);

/* An eventfd that becomes readable when datapath_next() has something. The control thread polls it. */
int datapath_event_fd (const Datapath *datapath);

/* Takes one IKE datagram off the ring; FALSE when it is empty. The caller unrefs .octets. */
gboolean datapath_next (Datapath *datapath, DatapathDatagram *ret_datagram);

/**
 * datapath_send:
 * Sends an IKE datagram from the control thread, with the non-ESP marker when @remote's port is not 500.
 * Errors: STATUS_UNREACHABLE (no route, network down: for good), STATUS_INTERNAL; a full socket buffer is not an error (the
 * datagram is lost, as on any network)
 */
Status datapath_send (Datapath *datapath, guint socket, const InetEndpoint *remote, Slice message);

/* One octet 0xff, so that a NAT between us and @remote keeps its mapping (RFC 3948 section 2.3). A loss does not matter. */
void datapath_send_keepalive (Datapath *datapath, guint socket, const InetEndpoint *remote);

/**
 * datapath_add_sa:
 * A CHILD SA, both directions. Outbound packets go to the newest one whose selectors match. Takes effect between two
 * batches; nothing in flight is lost.
 * Errors: those of esp_*_new(); STATUS_TOO_LARGE
 */
Status datapath_add_sa (Datapath *datapath, const EspParameters *in, const EspParameters *out, guint socket,
                        const InetEndpoint *remote);
/* The same, but nothing is sent with it before datapath_use_sa(): the gateway makes a new SA before it can receive with it. */
Status datapath_add_standby_sa (Datapath *datapath, const EspParameters *in, const EspParameters *out, guint socket,
                                const InetEndpoint *remote);
void datapath_use_sa (Datapath *datapath, guint32 spi_in);
void datapath_remove_sa (Datapath *datapath, guint32 spi_in);
/* All SAs send to @remote through @socket from now on (MOBIKE). Errors: STATUS_INTERNAL (no such socket) */
Status datapath_move (Datapath *datapath, guint socket, const InetEndpoint *remote);

typedef struct
{
	EspCounters in, out;
	guint64 last_in_us, last_out_us; /* 0: never; resolution of a batch */
} DatapathSaCounters;

/* FALSE when there is no such SA. */
gboolean datapath_sa_counters (Datapath *datapath, guint32 spi_in, DatapathSaCounters *ret_counters);

typedef struct
{
	guint64 no_sa_out;     /* inner packets that no selector matches */
	guint64 no_sa_in;      /* ESP packets with an unknown SPI */
	guint64 malformed;     /* datagrams too short to be anything */
	guint64 ike_overflow;  /* IKE datagrams lost because the ring was full */
	guint64 keepalives;    /* NAT keepalives received (one octet 0xff) */
	guint64 lost_out;      /* inner packets that could not be sealed, or that the socket refused */
	guint64 lost_in;       /* inner packets that the TUN refused, or that came before there was one */
	guint64 malformed_tun; /* inner packets whose vnet header contradicts them */
	guint64 dropped_ecn;   /* congestion marked on a packet that cannot carry the mark (RFC 6040 section 4.2) */
} DatapathCounters;

void datapath_counters (Datapath *datapath, DatapathCounters *ret_counters);

/* Which of the fast ways the kernel has, and which are in use. Where one is missing, packets go one by one. */
typedef struct
{
	gboolean tun_vnet;                 /* the TUN has vnet headers */
	gboolean tun_tcp_out, tun_udp_out; /* it delivers super-packets */
	gboolean tun_tcp_in, tun_udp_in;   /* it takes super-packets */
	gboolean udp_cut;                  /* UDP_SEGMENT, on all sockets */
	gboolean udp_joined;               /* UDP_GRO, on all sockets */
} DatapathFacts;

void datapath_facts (Datapath *datapath, DatapathFacts *ret_facts);

/* Whether the outer header gets the DSCP of the inner one; so it is from the beginning (RFC 4301 section 5.1.2). The ECN field
 * always is copied. */
void datapath_set_copy_dscp (Datapath *datapath, gboolean copy);

typedef enum
{
	DATAPATH_REKEY_DUE, /* .spi_in: so much went through this SA that it wants a new key; told once a SA */
	DATAPATH_PATH_MTU, /* .socket, .path_mtu: a router on the way, or our own kernel, told how large an outer packet may be.
	                       Anybody can forge the ICMP message: lower the MTU, never to less than 1280 inside */
} DatapathEventKind;

typedef struct
{
	DatapathEventKind kind;
	guint32 spi_in;
	guint socket;
	guint path_mtu;
} DatapathEvent;

/* Takes one event; FALSE: there is none. datapath_event_fd() tells of them too. */
gboolean datapath_next_event (Datapath *datapath, DatapathEvent *ret_event);
