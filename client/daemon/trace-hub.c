/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace-hub.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"

#define MAX_EVENTS 512
#define MAX_OCTETS ((gsize) 8 * 1024 * 1024)
#define MAX_EVENT_OCTETS ((gsize) 1024 * 1024) /* a message of 64 KiB, explained */
#define MAX_READERS 16
#define MAX_BACKLOG_OCTETS ((gsize) 4 * 1024 * 1024) /* a reader that is slower is cut off */

typedef struct
{
	char *line; /* with its end */
	gboolean is_keys;
} Event;

typedef struct
{
	TraceHub *hub;
	int fd;
	gboolean keys;
	gboolean follow;
	GString *backlog;
	guint writable; /* while there is a backlog */
	guint gone;     /* always: a reader that left takes no place */
} ReaderPipe;

struct TraceHub
{
	GQueue events;
	gsize octets; /* of all events */
	GPtrArray *readers;
};

static void
event_free (gpointer data)
{
	Event *event = data;

	if (event->is_keys)
		secret_wipe (event->line, strlen (event->line));
	g_free (event->line);
	g_free (event);
}

static void
reader_free (gpointer data)
{
	ReaderPipe *reader = data;

	g_clear_handle_id (&reader->writable, g_source_remove);
	g_clear_handle_id (&reader->gone, g_source_remove);
	close (reader->fd);
	secret_wipe (reader->backlog->str, reader->backlog->len);
	g_string_free (reader->backlog, TRUE);
	g_free (reader);
}

TraceHub *
trace_hub_new (void)
{
	TraceHub *hub = g_new0 (TraceHub, 1);

	g_queue_init (&hub->events);
	hub->readers = g_ptr_array_new_with_free_func (reader_free);
	return hub;
}

void
trace_hub_end (TraceHub *hub)
{
	for (guint i = hub->readers->len; i-- > 0;)
	{
		ReaderPipe *reader = hub->readers->pdata[i];

		reader->follow = FALSE;
		if (reader->backlog->len == 0)
			g_ptr_array_remove_index (hub->readers, i);
	}
}

void
trace_hub_free (TraceHub *hub)
{
	g_ptr_array_unref (hub->readers);
	g_queue_clear_full (&hub->events, event_free);
	g_free (hub);
}

/* Writes what the pipe takes. FALSE: the reader is done or gone. */
static gboolean
flush (ReaderPipe *reader)
{
	while (reader->backlog->len > 0)
	{
		gssize written = write (reader->fd, reader->backlog->str, reader->backlog->len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return errno == EAGAIN;
		g_string_erase (reader->backlog, 0, written);
	}
	return reader->follow;
}

static gboolean
on_writable (int fd, GIOCondition condition, gpointer user_data)
{
	ReaderPipe *reader = user_data;

	if (!flush (reader))
	{
		reader->writable = 0;
		g_ptr_array_remove (reader->hub->readers, reader);
		return G_SOURCE_REMOVE;
	}
	if (reader->backlog->len > 0)
		return G_SOURCE_CONTINUE;
	reader->writable = 0;
	return G_SOURCE_REMOVE;
}

static gboolean
on_reader_gone (int fd, GIOCondition condition, gpointer user_data)
{
	ReaderPipe *reader = user_data;

	reader->gone = 0;
	g_ptr_array_remove (reader->hub->readers, reader);
	return G_SOURCE_REMOVE;
}

/* FALSE: the reader is to be removed. */
static gboolean
push (ReaderPipe *reader, const Event *event)
{
	if (event->is_keys && !reader->keys)
		return TRUE;
	if (reader->backlog->len > MAX_BACKLOG_OCTETS)
		return FALSE;
	g_string_append (reader->backlog, event->line);
	return TRUE;
}

/* Writes at once what goes, the rest when the pipe is free again. */
static gboolean
start (ReaderPipe *reader)
{
	if (!flush (reader))
		return FALSE;
	if (reader->backlog->len > 0 && reader->writable == 0)
		reader->writable = g_unix_fd_add (reader->fd, G_IO_OUT, on_writable, reader);
	return TRUE;
}

/* What is no line of JSON could forge another event, or give a terminal orders. */
static gboolean
is_one_line (const char *text)
{
	gsize len = strlen (text);

	for (gsize i = 0; i < len && len <= MAX_EVENT_OCTETS; i++)
		if (g_ascii_iscntrl (text[i]))
			return FALSE;
	return len <= MAX_EVENT_OCTETS;
}

void
trace_hub_add (TraceHub *hub, const char *line, gboolean is_keys)
{
	Event *event;

	if (!is_one_line (line))
		return;
	event = g_new0 (Event, 1);
	event->line = g_strconcat (line, "\n", NULL);
	event->is_keys = is_keys;
	g_queue_push_tail (&hub->events, event);
	hub->octets += strlen (event->line);
	while (hub->events.length > MAX_EVENTS || hub->octets > MAX_OCTETS)
	{
		Event *oldest = g_queue_pop_head (&hub->events);

		hub->octets -= strlen (oldest->line);
		event_free (oldest);
	}
	for (guint i = hub->readers->len; i-- > 0;)
	{
		ReaderPipe *reader = hub->readers->pdata[i];

		if (reader->follow && !(push (reader, event) && start (reader)))
			g_ptr_array_remove_index (hub->readers, i);
	}
}

int
trace_hub_open (TraceHub *hub, gboolean history, gboolean follow, gboolean keys, GError **error)
{
	ReaderPipe *reader;
	int fds[2];

	if (hub->readers->len >= MAX_READERS)
	{
		g_set_error_literal (error, G_UNIX_ERROR, 0, "too many readers of this trace");
		return -1;
	}
	if (!g_unix_open_pipe (fds, FD_CLOEXEC, error))
		return -1;
	g_unix_set_fd_nonblocking (fds[1], TRUE, NULL);
	reader = g_new0 (ReaderPipe, 1);
	reader->hub = hub;
	reader->fd = fds[1];
	reader->keys = keys;
	reader->follow = follow;
	reader->backlog = g_string_new (NULL);
	reader->gone = g_unix_fd_add (fds[1], G_IO_ERR, on_reader_gone, reader);
	for (GList *at = hub->events.head; history && at != NULL; at = at->next)
		push (reader, at->data);
	g_ptr_array_add (hub->readers, reader);
	if (!start (reader))
		g_ptr_array_remove (hub->readers, reader);
	return fds[0];
}
