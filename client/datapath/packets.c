/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packets.h"

#include <errno.h>
#include <sys/mman.h>

#include "ecn.h"
#include "segment.h"

#define IKE_PORT_WITHOUT_MARKER 500
#define MARKER_OCTETS 4
#define KEEPALIVE_OCTET 0xff
/* Reads of the TUN before what was sealed is sent. */
#define READS 64

/* Mapped and not allocated: only the pages that packets really touch cost memory. */
static guint8 *
map_slots (void)
{
	void *memory =
	    mmap (NULL, (gsize) BATCH_SLOTS * BATCH_STRIDE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void
unmap_slots (Batch *batch)
{
	if (batch->memory == NULL)
		return;
	/* Inner packets are nobody else's business, and the pages go back to the kernel, which clears them. */
	munmap (batch->memory, (gsize) BATCH_SLOTS * BATCH_STRIDE);
	batch->memory = NULL;
}

static void
write_inner (gpointer user_data, const struct virtio_net_hdr *header, struct iovec *parts, guint n_parts)
{
	Packets *packets = user_data;

	if (tun_write (&packets->tun, header, parts, n_parts))
		return;
	packets->counters.lost_in += n_parts - 1;
	/* A device that does not take such a super-packet gets no other one. */
	if (errno == EINVAL && segment_is_super (header))
	{
		packets->coalescer.udp = FALSE;
		packets->coalescer.tcp &= header->gso_type == VIRTIO_NET_HDR_GSO_UDP_L4;
	}
}

void
packets_set_tun (Packets *packets, const Tun *tun)
{
	tun_clear (&packets->tun);
	packets->tun = *tun;
	packets->coalescer.tcp = tun->tso;
	packets->coalescer.udp = tun->uso;
}

Status
packets_init (Packets *packets)
{
	*packets = (Packets){ .tun = { .fd = -1 } };
	packets->in.memory = map_slots ();
	packets->coalescer.write = write_inner;
	packets->coalescer.user_data = packets;
	if (outbound_init (&packets->out) != STATUS_OK || packets->in.memory == NULL)
	{
		packets_clear (packets);
		return STATUS_NO_MEMORY;
	}
	return ring_new (&packets->ring);
}

void
packets_clear (Packets *packets)
{
	sa_table_clear (&packets->table);
	for (guint i = 0; i < packets->n_sockets; i++)
		udp_socket_clear (&packets->sockets[i]);
	packets->n_sockets = 0;
	tun_clear (&packets->tun);
	unmap_slots (&packets->in);
	outbound_clear (&packets->out);
	g_clear_pointer (&packets->ring, ring_free);
}

static void
ike_datagram (Packets *packets, guint socket, const InetEndpoint *remote, Slice octets)
{
	if (octets.len == 0)
		packets->counters.malformed++;
	else if (!ring_push (packets->ring, socket, remote, octets, packets->now_us))
		packets->counters.ike_overflow++;
}

static void
tell_rekey (Packets *packets, Sa *sa, gboolean due)
{
	if (!due || sa->rekey_told)
		return;
	sa->rekey_told =
	    ring_push_event (packets->ring, &(DatapathEvent){ .kind = DATAPATH_REKEY_DUE, .spi_in = esp_in_spi (sa->in) });
}

static void
esp_packet (Packets *packets, guint8 *packet, gsize octets, guint8 traffic_class)
{
	guint32 spi = (guint32) packet[0] << 24 | (guint32) packet[1] << 16 | (guint32) packet[2] << 8 | packet[3];
	Sa *sa = sa_table_by_spi (&packets->table, spi);
	Slice inner;

	if (sa == NULL)
	{
		packets->counters.no_sa_in++;
		return;
	}
	if (esp_open (sa->in, packet, octets, &inner) != STATUS_OK)
		return; /* the SA has counted it */
	sa->last_in_us = (guint64) packets->now_us;
	if (inner.len == 0)
		return;
	if (!ecn_decapsulate ((guint8 *) inner.data, traffic_class))
		packets->counters.dropped_ecn++;
	else if (packets->tun.fd < 0)
		packets->counters.lost_in++;
	else
		coalesce_packet (&packets->coalescer, (guint8 *) inner.data, inner.len);
	tell_rekey (packets, sa, esp_in_rekey_due (sa->in));
}

/* RFC 3948 section 2: what comes through one UDP port is IKE behind four zero octets, a keepalive of one octet 0xff, or
 * ESP, whose SPI is never zero. RFC 7296 section 3.1: port 500 has IKE only, without the zeros. */
static void
datagram (Packets *packets, guint socket, const InetEndpoint *remote, guint8 *octets, gsize len, guint8 traffic_class)
{
	static const guint8 marker[MARKER_OCTETS];

	if (len == 1 && octets[0] == KEEPALIVE_OCTET)
		packets->counters.keepalives++;
	else if (remote->port == IKE_PORT_WITHOUT_MARKER)
		ike_datagram (packets, socket, remote, slice (octets, len));
	else if (len < MARKER_OCTETS)
		packets->counters.malformed++;
	else if (memcmp (octets, marker, sizeof marker) == 0)
		ike_datagram (packets, socket, remote, slice (octets + MARKER_OCTETS, len - MARKER_OCTETS));
	else if (len < ESP_HEADER_OCTETS)
		packets->counters.malformed++;
	else
		esp_packet (packets, octets, len, traffic_class);
}

/* One datagram, or several that the kernel joined. */
static void
slot_received (Packets *packets, guint socket, guint slot)
{
	const struct msghdr *message = &packets->in.messages[slot].msg_hdr;
	guint8 *octets = batch_slot (&packets->in, slot);
	gsize len = packets->in.messages[slot].msg_len;
	InetEndpoint remote = udp_endpoint (&packets->in.names[slot]);
	UdpAncillary ancillary = udp_ancillary (message, len);

	if ((message->msg_flags & MSG_TRUNC) != 0)
	{
		packets->counters.malformed++;
		return;
	}
	do
	{
		gsize part = MIN (ancillary.segment, len);

		datagram (packets, socket, &remote, octets, part, ancillary.traffic_class);
		octets += part;
		len -= part;
	} while (len > 0);
}

/* Routers on the way tell how large a packet they can forward. */
static void
tell_path_mtu (Packets *packets, guint socket)
{
	UdpSocket *s = &packets->sockets[socket];

	if (s->path_mtu == 0)
		return;
	ring_push_event (packets->ring,
	                 &(DatapathEvent){ .kind = DATAPATH_PATH_MTU, .socket = socket, .path_mtu = s->path_mtu });
	s->path_mtu = 0;
}

gboolean
packets_inbound (Packets *packets, guint socket, short events)
{
	gboolean more;
	guint n = udp_socket_receive (&packets->sockets[socket], &packets->in, events, &more);

	for (guint i = 0; i < n; i++)
		slot_received (packets, socket, i);
	/* What waits lies in the slots of this batch. */
	coalesce_flush (&packets->coalescer);
	tell_path_mtu (packets, socket);
	return more;
}

static void
send_runs (Packets *packets)
{
	Outbound *out = &packets->out;

	if (out->n_runs > 0)
		packets->counters.lost_out += udp_sockets_send (packets->sockets, out->runs, out->n_runs);
	for (guint i = 0; i < out->n_runs; i++)
		tell_path_mtu (packets, out->runs[i].socket);
	outbound_reset (out);
}

static void
seal (Packets *packets, Sa *sa, gsize octets, guint8 traffic_class)
{
	if (outbound_seal (&packets->out, sa, octets, traffic_class) != STATUS_OK)
		packets->counters.lost_out++;
}

static guint8
outer_traffic_class (const Packets *packets, const guint8 *inner)
{
	guint8 inner_class = ecn_traffic_class (inner);

	return packets->keep_dscp_inside ? inner_class & ECN_MASK : inner_class;
}

/* Lies at outbound_place(). */
static void
inner_packet (Packets *packets, const struct virtio_net_hdr *header, gsize octets)
{
	guint8 *inner = outbound_place (&packets->out);
	Sa *sa;

	if (segment_finish_checksum (header, inner, octets) != STATUS_OK)
	{
		packets->counters.malformed_tun++;
		return;
	}
	sa = sa_table_for_packet (&packets->table, slice (inner, octets));
	if (sa == NULL)
	{
		packets->counters.no_sa_out++;
		return;
	}
	seal (packets, sa, octets, outer_traffic_class (packets, inner));
	sa->last_out_us = (guint64) packets->now_us;
	tell_rekey (packets, sa, esp_out_rekey_due (sa->out));
}

/* All segments have the addresses and ports of the first, so one look-up serves them. */
static void
super_packet (Packets *packets, const struct virtio_net_hdr *header, const guint8 *super, gsize octets)
{
	Segments segments;
	guint8 traffic_class;
	Sa *sa;

	if (segments_init (&segments, header, super, octets) != STATUS_OK)
	{
		packets->counters.malformed_tun++;
		return;
	}
	sa = sa_table_for_packet (&packets->table, slice (super, octets));
	if (sa == NULL)
	{
		packets->counters.no_sa_out++;
		return;
	}
	traffic_class = outer_traffic_class (packets, super);
	while ((octets = segments_peek (&segments)) > 0)
	{
		if (!outbound_has_room (&packets->out, octets))
			send_runs (packets);
		segments_take (&segments, outbound_place (&packets->out));
		seal (packets, sa, octets, traffic_class);
	}
	sa->last_out_us = (guint64) packets->now_us;
	tell_rekey (packets, sa, esp_out_rekey_due (sa->out));
}

/* Reads one packet. An ordinary one lies where it is sealed; the first part of a large one is moved to the rest. */
static gboolean
read_packet (Packets *packets)
{
	Outbound *out = &packets->out;
	guint8 *place = outbound_place (out);
	struct virtio_net_hdr header;
	gsize octets = tun_read (&packets->tun, &header, place, out->super + TUN_HEAD_OCTETS);

	if (octets == 0)
		return FALSE;
	if (segment_is_super (&header))
	{
		memcpy (out->super, place, MIN (octets, (gsize) TUN_HEAD_OCTETS));
		super_packet (packets, &header, out->super, octets);
		return TRUE;
	}
	if (octets > DATAPATH_MAX_DATAGRAM - ESP_MAX_OVERHEAD_OCTETS)
	{
		packets->counters.malformed_tun++;
		return TRUE;
	}
	if (octets > TUN_HEAD_OCTETS)
		memcpy (place + TUN_HEAD_OCTETS, out->super + TUN_HEAD_OCTETS, octets - TUN_HEAD_OCTETS);
	inner_packet (packets, &header, octets);
	return TRUE;
}

gboolean
packets_outbound (Packets *packets, short events)
{
	guint n = 0;
	gboolean empty = FALSE;

	while (!empty && n < READS && outbound_has_room (&packets->out, DATAPATH_MAX_DATAGRAM))
	{
		empty = !read_packet (packets);
		n += empty ? 0 : 1;
	}
	send_runs (packets);
	if (n == 0)
		tun_judge_events (&packets->tun, events);
	return !empty;
}

void
packets_facts (const Packets *packets, DatapathFacts *ret_facts)
{
	DatapathFacts facts = { .tun_vnet = packets->tun.vnet,
		                    .tun_tcp_out = packets->tun.tso,
		                    .tun_udp_out = packets->tun.uso,
		                    .tun_tcp_in = packets->coalescer.tcp,
		                    .tun_udp_in = packets->coalescer.udp,
		                    .udp_cut = packets->n_sockets > 0,
		                    .udp_joined = packets->n_sockets > 0 };

	for (guint i = 0; i < packets->n_sockets; i++)
	{
		facts.udp_cut &= packets->sockets[i].gso;
		facts.udp_joined &= packets->sockets[i].gro;
	}
	*ret_facts = facts;
}
