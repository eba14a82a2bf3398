/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: two datapaths that face each other over UDP on the loopback interface, with socket pairs instead of TUN devices.
 * Must not know: what a test wants to see.
 */
#pragma once

#include "datapath/datapath.h"

/* How long anything is waited for; only a failing test waits that long. */
#define RIG_WAIT_MS 5000

typedef struct
{
	Datapath *datapath;
	guint socket;
	InetEndpoint endpoint;
	int tun; /* our end: what is written is an inner packet that goes out */
} RigSide;

typedef struct
{
	RigSide a, b;
} Rig;

void rig_init (Rig *rig, InetFamily outer);
void rig_clear (Rig *rig);

/* A bound UDP socket on the loopback interface; @port 0: a free one. -1: cannot be bound. */
int rig_udp (InetFamily family, guint16 port, InetEndpoint *ret_endpoint);
void rig_udp_send (int fd, const InetEndpoint *to, Slice octets);
/* Returns octets, or -1 after RIG_WAIT_MS. */
gssize rig_udp_receive (int fd, guint8 *buffer, gsize octets);

InetSelector rig_selector (const char *prefix);

/* Keys from the SPI, so that both sides have the same. @local, @remote: as the owner of the SA sees them. */
typedef struct
{
	EspParameters in, out;
	guint8 keys[2][128];
	InetSelector local, remote;
} RigSa;

void rig_sa_init (RigSa *sa, AeadSuite suite, guint32 spi_in, guint32 spi_out, const char *local, const char *remote);

/* An SA between both sides: a has 10.1.0.1 / fd00:1::1, b has 10.2.0.0/16 / fd00:2::/64. @ipv6: of the inner packets. */
void rig_connect (Rig *rig, AeadSuite suite, gboolean ipv6, guint32 spi_a, guint32 spi_b);

/* An inner UDP packet with @payload octets of payload that begin with @number. Returns its octets. */
gsize rig_packet (guint8 *buffer, const char *from, const char *to, guint16 number, gsize payload);

void rig_tun_send (const RigSide *side, const guint8 *packet, gsize octets);
/* Returns octets, or -1 after @wait_ms. */
gssize rig_tun_receive (const RigSide *side, guint8 *buffer, gsize octets, int wait_ms);

/* Waits until datapath_counters() has *@field (one of @counters) at least @least. */
#define rig_wait_counter(datapath, field, least)                                                                       \
	rig_wait_counter_at ((datapath), G_STRUCT_OFFSET (DatapathCounters, field), (least))
guint64 rig_wait_counter_at (Datapath *datapath, gsize offset, guint64 least);

/* Waits for an IKE datagram; fails the test after RIG_WAIT_MS. */
DatapathDatagram rig_ike_receive (Datapath *datapath);
