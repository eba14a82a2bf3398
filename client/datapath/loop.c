/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread: poll, rounds with a budget, and commands of the control thread between two rounds. */
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "packets.h"

/* Batches of one descriptor before the others get their turn. */
#define BUDGET_BATCHES 8
/* How long a descriptor that only fails is left alone. */
#define PAUSE_MS 100

/* Lives on the stack of the caller, who waits until it is done. */
typedef struct Command
{
	void (*run) (Datapath *datapath, gpointer arguments);
	gpointer arguments;
	gboolean done;
	struct Command *next;
} Command;

struct Datapath
{
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t done;
	Command *first, *last; /* under .lock */
	int wake_fd;
	gboolean stop;    /* packet thread only */
	gint64 resume_us; /* packet thread only: when stalled descriptors get another chance; 0: none is stalled */
	Packets
	    packets; /* packet thread only, once it runs; the control thread reads .ring, and .sockets after adding them */
};

static gint64
boottime_us (void)
{
	struct timespec now;

	clock_gettime (CLOCK_BOOTTIME, &now);
	return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
run_commands (Datapath *datapath)
{
	guint64 value;
	gssize got = read (datapath->wake_fd, &value, sizeof value);

	(void) got; /* only clears the event; the list says what there is to do */
	pthread_mutex_lock (&datapath->lock);
	while (datapath->first != NULL)
	{
		Command *command = datapath->first;

		datapath->first = command->next;
		command->run (datapath, command->arguments);
		command->done = TRUE;
	}
	datapath->last = NULL;
	pthread_cond_broadcast (&datapath->done);
	pthread_mutex_unlock (&datapath->lock);
}

static void
call (Datapath *datapath, void (*run) (Datapath *, gpointer), gpointer arguments)
{
	Command command = { .run = run, .arguments = arguments };
	guint64 one = 1;

	pthread_mutex_lock (&datapath->lock);
	if (datapath->last != NULL)
		datapath->last->next = &command;
	else
		datapath->first = &command;
	datapath->last = &command;
	if (write (datapath->wake_fd, &one, sizeof one) != sizeof one)
		g_error ("datapath: cannot wake the packet thread");
	while (!command.done)
		pthread_cond_wait (&datapath->done, &datapath->lock);
	pthread_mutex_unlock (&datapath->lock);
}

enum
{
	POLL_WAKE,
	POLL_TUN,
	POLL_SOCKETS,
	POLL_COUNT = POLL_SOCKETS + DATAPATH_MAX_SOCKETS
};

/* poll() passes over negative descriptors. Returns: whether one is left out for a while */
static gboolean
prepare (Datapath *datapath, struct pollfd polls[POLL_COUNT])
{
	Packets *packets = &datapath->packets;
	gboolean paused = packets->tun.stalled;

	polls[POLL_WAKE] = (struct pollfd){ .fd = datapath->wake_fd, .events = POLLIN };
	polls[POLL_TUN] =
	    (struct pollfd){ .fd = packets->tun.stalled || packets->tun.dead ? -1 : packets->tun.fd, .events = POLLIN };
	for (guint i = 0; i < packets->n_sockets; i++)
	{
		const UdpSocket *socket = &packets->sockets[i];

		polls[POLL_SOCKETS + i] =
		    (struct pollfd){ .fd = socket->stalled || socket->dead ? -1 : socket->fd, .events = POLLIN };
		paused |= socket->stalled;
	}
	return paused;
}

/* Not only when poll() timed out: others may be busy all the time. */
static void
end_pauses (Datapath *datapath, gboolean paused)
{
	Packets *packets = &datapath->packets;

	if (!paused)
		return;
	if (datapath->resume_us == 0)
		datapath->resume_us = packets->now_us + PAUSE_MS * 1000;
	if (packets->now_us < datapath->resume_us)
		return;
	datapath->resume_us = 0;
	packets->tun.stalled = FALSE;
	for (guint i = 0; i < packets->n_sockets; i++)
		packets->sockets[i].stalled = FALSE;
}

static void
serve (Packets *packets, const struct pollfd polls[POLL_COUNT], guint n_sockets)
{
	for (guint i = 0; i < n_sockets; i++)
	{
		short events = polls[POLL_SOCKETS + i].revents;

		for (guint n = 0; events != 0 && n < BUDGET_BATCHES && packets_inbound (packets, i, events); n++)
			;
	}
	for (guint n = 0; polls[POLL_TUN].revents != 0 && n < BUDGET_BATCHES; n++)
	{
		if (!packets_outbound (packets, polls[POLL_TUN].revents))
			break;
	}
}

static void *
loop (void *data)
{
	Datapath *datapath = data;
	struct pollfd polls[POLL_COUNT];

	while (!datapath->stop)
	{
		guint n_sockets = datapath->packets.n_sockets;
		gboolean paused = prepare (datapath, polls);
		int ready = poll (polls, POLL_SOCKETS + n_sockets, paused ? PAUSE_MS : -1);

		datapath->packets.now_us = boottime_us ();
		end_pauses (datapath, paused);
		if (ready <= 0)
			continue;
		serve (&datapath->packets, polls, n_sockets);
		if (polls[POLL_WAKE].revents != 0)
			run_commands (datapath);
	}
	return NULL;
}

/* Signals are the control thread's business. */
static int
start (Datapath *datapath)
{
	sigset_t all, before;
	int error;

	sigfillset (&all);
	pthread_sigmask (SIG_SETMASK, &all, &before);
	error = pthread_create (&datapath->thread, NULL, loop, datapath);
	pthread_sigmask (SIG_SETMASK, &before, NULL);
	if (error == 0)
		pthread_setname_np (datapath->thread, "packets");
	return error;
}

static void
free_parts (Datapath *datapath)
{
	packets_clear (&datapath->packets);
	if (datapath->wake_fd >= 0)
		close (datapath->wake_fd);
	pthread_cond_destroy (&datapath->done);
	pthread_mutex_destroy (&datapath->lock);
	g_free (datapath);
}

Status
datapath_new (Datapath **ret_datapath)
{
	Datapath *datapath = g_try_new0 (Datapath, 1);
	Status status;

	if (datapath == NULL)
		return STATUS_NO_MEMORY;
	pthread_mutex_init (&datapath->lock, NULL);
	pthread_cond_init (&datapath->done, NULL);
	datapath->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
	status = packets_init (&datapath->packets);
	if (status == STATUS_OK && (datapath->wake_fd < 0 || start (datapath) != 0))
		status = STATUS_INTERNAL;
	if (status != STATUS_OK)
	{
		free_parts (datapath);
		return status;
	}
	*ret_datapath = datapath;
	return STATUS_OK;
}

static void
run_stop (Datapath *datapath, gpointer arguments)
{
	datapath->stop = TRUE;
}

void
datapath_free (Datapath *datapath)
{
	if (datapath == NULL)
		return;
	call (datapath, run_stop, NULL);
	pthread_join (datapath->thread, NULL);
	free_parts (datapath);
}

typedef struct
{
	UdpSocket socket;
	Status status;
	guint index;
} AddSocket;

static void
run_add_socket (Datapath *datapath, gpointer arguments)
{
	AddSocket *add = arguments;
	Packets *packets = &datapath->packets;

	if (packets->n_sockets == DATAPATH_MAX_SOCKETS)
	{
		add->status = STATUS_TOO_LARGE;
		return;
	}
	add->index = packets->n_sockets;
	packets->sockets[packets->n_sockets++] = add->socket;
}

Status
datapath_add_socket (Datapath *datapath, int fd, guint *ret_index)
{
	AddSocket add = { 0 };

	add.status = udp_socket_init (&add.socket, fd);
	if (add.status == STATUS_OK)
		call (datapath, run_add_socket, &add);
	if (add.status == STATUS_OK)
		*ret_index = add.index;
	else
		close (fd);
	return add.status;
}

static void
run_set_tun (Datapath *datapath, gpointer arguments)
{
	packets_set_tun (&datapath->packets, arguments);
}

Status
datapath_set_tun (Datapath *datapath, int fd, guint mtu)
{
	Tun tun;
	Status status = STATUS_TOO_LARGE;

	if (mtu <= DATAPATH_MAX_DATAGRAM - ESP_MAX_OVERHEAD_OCTETS)
		status = tun_init (&tun, fd);
	if (status == STATUS_OK)
		call (datapath, run_set_tun, &tun);
	else
		close (fd);
	return status;
}

int
datapath_event_fd (const Datapath *datapath)
{
	return ring_event_fd (datapath->packets.ring);
}

gboolean
datapath_next (Datapath *datapath, DatapathDatagram *ret_datagram)
{
	return ring_pop (datapath->packets.ring, ret_datagram);
}

static Status
send_one (Datapath *datapath, guint socket, const InetEndpoint *remote, Slice head, Slice body)
{
	if (socket >= datapath->packets.n_sockets)
		return STATUS_INTERNAL;
	return udp_socket_send_one (&datapath->packets.sockets[socket], remote, head, body);
}

Status
datapath_send (Datapath *datapath, guint socket, const InetEndpoint *remote, Slice message)
{
	static const guint8 marker[4];

	return send_one (datapath, socket, remote, remote->port == 500 ? SLICE_NONE : SLICE_ARRAY (marker), message);
}

void
datapath_send_keepalive (Datapath *datapath, guint socket, const InetEndpoint *remote)
{
	static const guint8 octet[1] = { 0xff };

	send_one (datapath, socket, remote, SLICE_NONE, SLICE_ARRAY (octet));
}

typedef struct
{
	Sa sa;
	const InetEndpoint *remote;
	Status status;
} AddSa;

static void
run_add_sa (Datapath *datapath, gpointer arguments)
{
	AddSa *add = arguments;
	Packets *packets = &datapath->packets;

	if (add->sa.socket >= packets->n_sockets ||
	    !udp_socket_address (&packets->sockets[add->sa.socket], add->remote, &add->sa.remote, &add->sa.remote_octets))
		add->status = STATUS_INTERNAL;
	else
		add->status = sa_table_add (&packets->table, &add->sa);
}

static Status
add_sa (Datapath *datapath, const EspParameters *in, const EspParameters *out, guint socket, const InetEndpoint *remote,
        gboolean standby)
{
	AddSa add = { .sa = { .socket = socket, .standby = standby }, .remote = remote };

	add.status = esp_in_new (in, &add.sa.in);
	if (add.status == STATUS_OK)
		add.status = esp_out_new (out, &add.sa.out);
	if (add.status == STATUS_OK)
		call (datapath, run_add_sa, &add);
	if (add.status != STATUS_OK)
	{
		g_clear_pointer (&add.sa.in, esp_in_free);
		g_clear_pointer (&add.sa.out, esp_out_free);
	}
	return add.status;
}

Status
datapath_add_sa (Datapath *datapath, const EspParameters *in, const EspParameters *out, guint socket,
                 const InetEndpoint *remote)
{
	return add_sa (datapath, in, out, socket, remote, FALSE);
}

Status
datapath_add_standby_sa (Datapath *datapath, const EspParameters *in, const EspParameters *out, guint socket,
                         const InetEndpoint *remote)
{
	return add_sa (datapath, in, out, socket, remote, TRUE);
}

static void
run_use_sa (Datapath *datapath, gpointer arguments)
{
	Sa *sa = sa_table_by_spi (&datapath->packets.table, *(const guint32 *) arguments);

	if (sa != NULL)
		sa->standby = FALSE;
}

void
datapath_use_sa (Datapath *datapath, guint32 spi_in)
{
	call (datapath, run_use_sa, &spi_in);
}

typedef struct
{
	guint socket;
	const InetEndpoint *remote;
	Status status;
} Move;

static void
run_move (Datapath *datapath, gpointer arguments)
{
	Move *move = arguments;
	Packets *packets = &datapath->packets;

	move->status = move->socket < packets->n_sockets ? STATUS_OK : STATUS_INTERNAL;
	for (guint i = 0; move->status == STATUS_OK && i < packets->table.n; i++)
	{
		Sa *sa = &packets->table.sas[i];

		sa->socket = move->socket;
		if (!udp_socket_address (&packets->sockets[move->socket], move->remote, &sa->remote, &sa->remote_octets))
			move->status = STATUS_INTERNAL;
	}
}

Status
datapath_move (Datapath *datapath, guint socket, const InetEndpoint *remote)
{
	Move move = { .socket = socket, .remote = remote };

	call (datapath, run_move, &move);
	return move.status;
}

static void
run_remove_sa (Datapath *datapath, gpointer arguments)
{
	sa_table_remove (&datapath->packets.table, *(const guint32 *) arguments);
}

void
datapath_remove_sa (Datapath *datapath, guint32 spi_in)
{
	call (datapath, run_remove_sa, &spi_in);
}

typedef struct
{
	guint32 spi_in;
	gboolean found;
	DatapathSaCounters counters;
} GetCounters;

static void
run_sa_counters (Datapath *datapath, gpointer arguments)
{
	GetCounters *get = arguments;
	const Sa *sa = sa_table_by_spi (&datapath->packets.table, get->spi_in);

	get->found = sa != NULL;
	if (sa != NULL)
	{
		get->counters = (DatapathSaCounters){ .in = *esp_in_counters (sa->in),
			                                  .out = *esp_out_counters (sa->out),
			                                  .last_in_us = sa->last_in_us,
			                                  .last_out_us = sa->last_out_us };
	}
}

gboolean
datapath_sa_counters (Datapath *datapath, guint32 spi_in, DatapathSaCounters *ret_counters)
{
	GetCounters get = { .spi_in = spi_in };

	call (datapath, run_sa_counters, &get);
	if (get.found)
		*ret_counters = get.counters;
	return get.found;
}

static void
run_counters (Datapath *datapath, gpointer arguments)
{
	*(DatapathCounters *) arguments = datapath->packets.counters;
}

void
datapath_counters (Datapath *datapath, DatapathCounters *ret_counters)
{
	call (datapath, run_counters, ret_counters);
}

static void
run_facts (Datapath *datapath, gpointer arguments)
{
	packets_facts (&datapath->packets, arguments);
}

void
datapath_facts (Datapath *datapath, DatapathFacts *ret_facts)
{
	call (datapath, run_facts, ret_facts);
}

static void
run_copy_dscp (Datapath *datapath, gpointer arguments)
{
	datapath->packets.keep_dscp_inside = !*(const gboolean *) arguments;
}

void
datapath_set_copy_dscp (Datapath *datapath, gboolean copy)
{
	call (datapath, run_copy_dscp, &copy);
}

gboolean
datapath_next_event (Datapath *datapath, DatapathEvent *ret_event)
{
	return ring_pop_event (datapath->packets.ring, ret_event);
}
