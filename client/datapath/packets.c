/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packets.h"

#include <sys/mman.h>

#define IKE_PORT_WITHOUT_MARKER 500
#define MARKER_OCTETS 4
#define KEEPALIVE_OCTET 0xff

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

Status
packets_init (Packets *packets)
{
	*packets = (Packets){ .tun = { .fd = -1 } };
	packets->in.memory = map_slots ();
	packets->out.memory = map_slots ();
	if (packets->in.memory == NULL || packets->out.memory == NULL)
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
	unmap_slots (&packets->out);
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
esp_packet (Packets *packets, guint8 *packet, gsize octets)
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
	if (inner.len > 0 && !tun_write (&packets->tun, inner))
		packets->counters.lost_in++;
}

/* RFC 3948 section 2: what comes through one UDP port is IKE behind four zero octets, a keepalive of one octet 0xff, or
 * ESP, whose SPI is never zero. RFC 7296 section 3.1: port 500 has IKE only, without the zeros. */
static void
datagram (Packets *packets, guint socket, guint slot)
{
	static const guint8 marker[MARKER_OCTETS];
	guint8 *octets = batch_slot (&packets->in, slot);
	gsize len = packets->in.messages[slot].msg_len;
	InetEndpoint remote = udp_endpoint (&packets->in.names[slot]);

	if ((packets->in.messages[slot].msg_hdr.msg_flags & MSG_TRUNC) != 0)
		packets->counters.malformed++;
	else if (len == 1 && octets[0] == KEEPALIVE_OCTET)
		packets->counters.keepalives++;
	else if (remote.port == IKE_PORT_WITHOUT_MARKER)
		ike_datagram (packets, socket, &remote, slice (octets, len));
	else if (len < MARKER_OCTETS)
		packets->counters.malformed++;
	else if (memcmp (octets, marker, sizeof marker) == 0)
		ike_datagram (packets, socket, &remote, slice (octets + MARKER_OCTETS, len - MARKER_OCTETS));
	else if (len < ESP_HEADER_OCTETS)
		packets->counters.malformed++;
	else
		esp_packet (packets, octets, len);
}

gboolean
packets_inbound (Packets *packets, guint socket, short events)
{
	guint n = udp_socket_receive (&packets->sockets[socket], &packets->in, events);

	for (guint i = 0; i < n; i++)
		datagram (packets, socket, i);
	return n == BATCH_SLOTS;
}

/* Seals the packet that lies in the next slot and lines it up for sending. */
static void
inner_packet (Packets *packets, gsize octets)
{
	Batch *batch = &packets->out;
	guint8 *buffer = batch_slot (batch, batch->n);
	Sa *sa = sa_table_for_packet (&packets->table, slice (buffer + ESP_HEADROOM_OCTETS, octets));
	Slice sealed;

	if (sa == NULL)
	{
		packets->counters.no_sa_out++;
		return;
	}
	if (esp_seal (sa->out, buffer, octets, &sealed) != STATUS_OK)
	{
		packets->counters.lost_out++;
		return;
	}
	sa->last_out_us = (guint64) packets->now_us;
	batch->parts[batch->n] = (struct iovec){ (void *) sealed.data, sealed.len };
	batch->messages[batch->n].msg_hdr = (struct msghdr){
		.msg_name = &sa->remote, .msg_namelen = sa->remote_octets, .msg_iov = &batch->parts[batch->n], .msg_iovlen = 1
	};
	batch->sockets[batch->n] = sa->socket;
	batch->n++;
}

gboolean
packets_outbound (Packets *packets, short events)
{
	guint n;

	packets->out.n = 0;
	for (n = 0; n < BATCH_SLOTS; n++)
	{
		guint8 *buffer = batch_slot (&packets->out, packets->out.n);
		gsize octets = tun_read (&packets->tun, buffer + ESP_HEADROOM_OCTETS, DATAPATH_MAX_DATAGRAM);

		if (octets == 0)
			break;
		inner_packet (packets, octets);
	}
	if (packets->out.n > 0)
		packets->counters.lost_out += udp_sockets_send (packets->sockets, &packets->out);
	if (n == 0)
		tun_judge_events (&packets->tun, events);
	return n == BATCH_SLOTS;
}
