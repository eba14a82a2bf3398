/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ring.h"

#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct Ring
{
	pthread_mutex_t lock;
	int event_fd;
	guint first, n;
	gsize octets;
	DatapathDatagram slots[RING_SLOTS];
	guint first_event, n_events;
	DatapathEvent events[RING_EVENTS];
};

Status
ring_new (Ring **ret_ring)
{
	Ring *ring = g_try_new0 (Ring, 1);

	if (ring == NULL)
		return STATUS_NO_MEMORY;
	ring->event_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ring->event_fd < 0)
	{
		g_free (ring);
		return STATUS_INTERNAL;
	}
	pthread_mutex_init (&ring->lock, NULL);
	*ret_ring = ring;
	return STATUS_OK;
}

void
ring_free (Ring *ring)
{
	DatapathDatagram datagram;

	if (ring == NULL)
		return;
	while (ring_pop (ring, &datagram))
		g_bytes_unref (datagram.octets);
	close (ring->event_fd);
	pthread_mutex_destroy (&ring->lock);
	g_free (ring);
}

int
ring_event_fd (const Ring *ring)
{
	return ring->event_fd;
}

static GBytes *
copy (Slice octets)
{
	guint8 *data = g_try_malloc (octets.len);

	if (data == NULL)
		return NULL;
	memcpy (data, octets.data, octets.len);
	return g_bytes_new_take (data, octets.len);
}

/* The event follows the ring under the same lock, so it is never left set for an empty ring or unset for a full one. */
static void
event_set (Ring *ring, gboolean set)
{
	guint64 value = 1;
	gssize done = set ? write (ring->event_fd, &value, sizeof value) : read (ring->event_fd, &value, sizeof value);

	g_warn_if_fail (done == sizeof value);
}

gboolean
ring_push (Ring *ring, guint socket, const InetEndpoint *remote, Slice octets, gint64 arrived_us)
{
	GBytes *bytes = NULL;

	pthread_mutex_lock (&ring->lock);
	if (ring->n < RING_SLOTS && octets.len > 0 && octets.len <= RING_MAX_OCTETS - ring->octets)
		bytes = copy (octets);
	if (bytes != NULL)
	{
		ring->slots[(ring->first + ring->n) % RING_SLOTS] =
		    (DatapathDatagram){ .arrived_us = arrived_us, .socket = socket, .remote = *remote, .octets = bytes };
		ring->octets += octets.len;
		if (ring->n++ + ring->n_events == 0)
			event_set (ring, TRUE);
	}
	pthread_mutex_unlock (&ring->lock);
	return bytes != NULL;
}

gboolean
ring_pop (Ring *ring, DatapathDatagram *ret_datagram)
{
	gboolean found;

	pthread_mutex_lock (&ring->lock);
	found = ring->n > 0;
	if (found)
	{
		DatapathDatagram *slot = &ring->slots[ring->first];

		*ret_datagram = *slot;
		ring->octets -= g_bytes_get_size (slot->octets);
		slot->octets = NULL;
		ring->first = (ring->first + 1) % RING_SLOTS;
		if (--ring->n + ring->n_events == 0)
			event_set (ring, FALSE);
	}
	pthread_mutex_unlock (&ring->lock);
	return found;
}

gboolean
ring_push_event (Ring *ring, const DatapathEvent *event)
{
	gboolean room;

	pthread_mutex_lock (&ring->lock);
	room = ring->n_events < RING_EVENTS;
	if (room)
	{
		ring->events[(ring->first_event + ring->n_events) % RING_EVENTS] = *event;
		if (ring->n_events++ + ring->n == 0)
			event_set (ring, TRUE);
	}
	pthread_mutex_unlock (&ring->lock);
	return room;
}

gboolean
ring_pop_event (Ring *ring, DatapathEvent *ret_event)
{
	gboolean found;

	pthread_mutex_lock (&ring->lock);
	found = ring->n_events > 0;
	if (found)
	{
		*ret_event = ring->events[ring->first_event];
		ring->first_event = (ring->first_event + 1) % RING_EVENTS;
		if (--ring->n_events + ring->n == 0)
			event_set (ring, FALSE);
	}
	pthread_mutex_unlock (&ring->lock);
	return found;
}
