/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outbound.h"

#include <sys/mman.h>

#include "tun-io.h"

#define SUPER_OCTETS ((gsize) TUN_HEAD_OCTETS + DATAPATH_MAX_DATAGRAM + 1)
#define USUAL_IV_OCTETS 8

/* Mapped and not allocated: only the pages that packets really touch cost memory. */
static guint8 *
map (gsize octets)
{
	void *memory = mmap (NULL, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

Status
outbound_init (Outbound *out)
{
	*out = (Outbound){ .area = map (OUTBOUND_AREA_OCTETS), .super = map (SUPER_OCTETS) };
	outbound_reset (out);
	return out->area != NULL && out->super != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void
outbound_clear (Outbound *out)
{
	/* Inner packets are nobody else's business, and the pages go back to the kernel, which clears them. */
	if (out->area != NULL)
		munmap (out->area, OUTBOUND_AREA_OCTETS);
	if (out->super != NULL)
		munmap (out->super, SUPER_OCTETS);
	*out = (Outbound){ 0 };
}

void
outbound_reset (Outbound *out)
{
	out->used = ESP_HEADROOM_OCTETS;
	out->n_runs = 0;
	if (out->iv_octets == 0)
		out->iv_octets = USUAL_IV_OCTETS;
}

gboolean
outbound_has_room (const Outbound *out, gsize inner_octets)
{
	return out->n_runs < RUNS &&
	       out->used + ESP_HEADROOM_OCTETS + inner_octets + ESP_MAX_OVERHEAD_OCTETS <= OUTBOUND_AREA_OCTETS;
}

guint8 *
outbound_place (const Outbound *out)
{
	return out->area + out->used + ESP_HEADER_OCTETS + out->iv_octets;
}

static gboolean
joins (const Run *run, const Sa *sa, Slice packet, guint8 traffic_class)
{
	return !run->closed && run->octets + run->len == packet.data && run->remote == &sa->remote &&
	       run->socket == sa->socket && run->traffic_class == traffic_class && packet.len <= run->size &&
	       run->n < RUN_PACKETS && run->len + packet.len <= RUN_OCTETS;
}

static void
add (Outbound *out, const Sa *sa, Slice packet, guint8 traffic_class)
{
	Run *run = out->n_runs > 0 ? &out->runs[out->n_runs - 1] : NULL;

	if (run == NULL || !joins (run, sa, packet, traffic_class))
	{
		run = &out->runs[out->n_runs++];
		*run = (Run){ .octets = (guint8 *) packet.data,
			          .size = (guint16) packet.len,
			          .traffic_class = traffic_class,
			          .socket = sa->socket,
			          .remote = &sa->remote,
			          .remote_octets = sa->remote_octets };
	}
	run->len += packet.len;
	run->n++;
	run->closed = packet.len < run->size;
	out->used = (gsize) (packet.data + packet.len - out->area);
}

Status
outbound_seal (Outbound *out, Sa *sa, gsize inner_octets, guint8 traffic_class)
{
	guint8 *inner = outbound_place (out);
	gsize iv_octets = esp_out_iv_octets (sa->out);
	Slice packet;
	Status status;

	if (iv_octets != out->iv_octets)
	{
		guint8 *there = inner + iv_octets - out->iv_octets;

		memmove (there, inner, inner_octets);
		inner = there;
		out->iv_octets = iv_octets;
	}
	status = esp_seal (sa->out, inner - ESP_HEADROOM_OCTETS, inner_octets, &packet);
	if (status == STATUS_OK)
		add (out, sa, packet, traffic_class);
	return status;
}
