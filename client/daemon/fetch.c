/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch.h"

#include "base/inet.h"
#include "resolver.h"

#define MAX_URL_OCTETS 512
#define MAX_HOST_OCTETS 253
#define LEAST_FREE_PORT 1024
#define READ_OCTETS 16384

struct Fetch
{
	FetchBudget *budget;
	FetchDone done;
	gpointer user_data;
	GCancellable *cancellable;
	GBytes *request;
	guint16 port;
	guint timer;
	GSocketConnection *connection;
	GByteArray *answer;
	guint8 buffer[READ_OCTETS];
};

/* -- The request -------------------------------------------------------------------------------------------------- */

static gboolean
host_good (const char *host)
{
	gsize len = strlen (host);

	return len > 0 && len <= MAX_HOST_OCTETS &&
	       strspn (host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") == len;
}

/* "HOST", "HOST:PORT", "[IPV6]:PORT" */
static gboolean
split_authority (const char *text, char **ret_host, guint16 *ret_port)
{
	g_autofree char *host = NULL;
	const char *colon;
	guint64 port = 80;

	if (text[0] == '[')
	{
		const char *end = strchr (text, ']');

		if (end == NULL || (end[1] != '\0' && end[1] != ':'))
			return FALSE;
		host = g_strndup (text + 1, (gsize) (end - text) - 1);
		colon = end[1] == ':' ? end + 1 : NULL;
		if (!g_hostname_is_ip_address (host))
			return FALSE;
	}
	else
	{
		colon = strchr (text, ':');
		host = colon != NULL ? g_strndup (text, (gsize) (colon - text)) : g_strdup (text);
		if (!host_good (host))
			return FALSE;
	}
	if (colon != NULL && !g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &port, NULL))
		return FALSE;
	/* Nobody shall make us talk to other services with this. */
	if (port != 80 && port < LEAST_FREE_PORT)
		return FALSE;
	*ret_host = g_steal_pointer (&host);
	*ret_port = (guint16) port;
	return TRUE;
}

GBytes *
fetch_request (const char *url, Slice body, char **ret_host, guint16 *ret_port)
{
	g_autofree char *authority = NULL;
	const char *path;
	GString *text;
	gsize len = strlen (url);

	if (len > MAX_URL_OCTETS || !g_str_has_prefix (url, "http://"))
		return NULL;
	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isgraph (url[i]) || url[i] == '#')
			return NULL;
	url += strlen ("http://");
	path = url + strcspn (url, "/?");
	authority = g_strndup (url, (gsize) (path - url));
	if (!split_authority (authority, ret_host, ret_port))
		return NULL;
	text = g_string_new (NULL);
	g_string_append_printf (text, "%s %s%s HTTP/1.0\r\nHost: %s\r\nUser-Agent: godwit\r\nConnection: close\r\n",
	                        body.len > 0 ? "POST" : "GET", path[0] == '/' ? "" : "/", path, authority);
	if (body.len > 0)
		g_string_append_printf (
		    text, "Content-Type: application/ocsp-request\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n", body.len);
	g_string_append (text, "\r\n");
	g_string_append_len (text, (const char *) body.data, (gssize) body.len);
	return g_string_free_to_bytes (text);
}

gboolean
fetch_address_good (GInetAddress *address)
{
	static const guint8 mapped[12] = { [10] = 0xff, [11] = 0xff };

	/* ::ffff:127.0.0.1 is this host as well (RFC 4291 section 2.5.5.2). */
	if (g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 &&
	    memcmp (g_inet_address_to_bytes (address), mapped, sizeof mapped) == 0)
		return FALSE;
	return !g_inet_address_get_is_loopback (address) && !g_inet_address_get_is_any (address) &&
	       !g_inet_address_get_is_link_local (address) && !g_inet_address_get_is_multicast (address);
}

/* -- The way there and back --------------------------------------------------------------------------------------- */

static void
finish (Fetch *fetch, Status status)
{
	FetchDone done = fetch->done;
	g_autoptr (GByteArray) answer = g_steal_pointer (&fetch->answer);

	g_cancellable_cancel (fetch->cancellable);
	g_clear_handle_id (&fetch->timer, g_source_remove);
	fetch->done = NULL;
	if (done != NULL)
		done (status, status == STATUS_OK ? slice_array (answer) : SLICE_NONE, fetch->user_data);
}

static gboolean
on_late (gpointer user_data)
{
	Fetch *fetch = user_data;

	fetch->timer = 0;
	finish (fetch, STATUS_NO_ANSWER);
	return G_SOURCE_REMOVE;
}

static void read_more (Fetch *fetch);

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	gssize got = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
	Fetch *fetch = user_data;

	/* Then @fetch may be gone. */
	if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	if (got < 0)
		finish (fetch, STATUS_NO_ANSWER);
	else if (got == 0)
		finish (fetch, STATUS_OK);
	else if ((gsize) got > FETCH_BUDGET_OCTETS - fetch->budget->used)
		finish (fetch, STATUS_TOO_LARGE);
	else
	{
		fetch->budget->used += (gsize) got;
		g_byte_array_append (fetch->answer, fetch->buffer, (guint) got);
		read_more (fetch);
	}
}

static void
read_more (Fetch *fetch)
{
	g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (fetch->connection)), fetch->buffer,
	                           sizeof fetch->buffer, G_PRIORITY_DEFAULT, fetch->cancellable, on_read, fetch);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	gboolean written = g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error);

	if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	if (written)
		read_more (user_data);
	else
		finish (user_data, STATUS_NO_ANSWER);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	GSocketConnection *connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
	Fetch *fetch = user_data;
	Slice request;

	if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	if (connection == NULL)
	{
		finish (fetch, STATUS_NO_ANSWER);
		return;
	}
	fetch->connection = connection;
	request = slice_bytes (fetch->request);
	g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request.data,
	                                 request.len, G_PRIORITY_DEFAULT, fetch->cancellable, on_written, fetch);
}

/* The first address that may be asked: within so short a time there is no second. */
static GSocketAddress *
choose_address (const InetAddress *addresses, gsize n, guint16 port)
{
	for (gsize i = 0; i < n; i++)
	{
		char text[INET_TEXT_OCTETS];
		g_autoptr (GInetAddress) address = g_inet_address_new_from_string (inet_address_to_text (&addresses[i], text));

		if (address != NULL && fetch_address_good (address))
			return g_inet_socket_address_new (address, port);
	}
	return NULL;
}

static void
on_resolved (const InetAddress *addresses, gsize n, const char *why, gpointer user_data)
{
	Fetch *fetch = user_data;
	g_autoptr (GSocketAddress) address = choose_address (addresses, addresses != NULL ? n : 0, fetch->port);
	g_autoptr (GSocketClient) client = NULL;

	if (address == NULL)
	{
		finish (fetch, STATUS_NO_ANSWER);
		return;
	}
	client = g_socket_client_new ();
	/* A proxy would be asked for by D-Bus, and is no business of the system's. */
	g_socket_client_set_enable_proxy (client, FALSE);
	g_socket_client_connect_async (client, G_SOCKET_CONNECTABLE (address), fetch->cancellable, on_connected, fetch);
}

static gboolean
on_refused (gpointer user_data)
{
	Fetch *fetch = user_data;

	fetch->timer = 0;
	finish (fetch, STATUS_UNSUPPORTED);
	return G_SOURCE_REMOVE;
}

Fetch *
fetch_new (const char *url, Slice body, FetchBudget *budget, FetchDone done, gpointer user_data)
{
	Fetch *fetch = g_new0 (Fetch, 1);
	gint64 now_us = g_get_monotonic_time ();
	g_autofree char *host = NULL;

	fetch->budget = budget;
	fetch->done = done;
	fetch->user_data = user_data;
	fetch->cancellable = g_cancellable_new ();
	fetch->answer = g_byte_array_new ();
	fetch->request = fetch_request (url, body, &host, &fetch->port);
	if (budget->deadline_us == 0)
		budget->deadline_us = now_us + FETCH_BUDGET_US;
	if (fetch->request == NULL || now_us >= budget->deadline_us)
	{
		fetch->timer = g_idle_add (on_refused, fetch);
		return fetch;
	}
	fetch->timer = g_timeout_add ((guint) ((budget->deadline_us - now_us) / 1000), on_late, fetch);
	resolver_lookup (host, fetch->cancellable, on_resolved, fetch);
	return fetch;
}

void
fetch_free (Fetch *fetch)
{
	if (fetch == NULL)
		return;
	g_cancellable_cancel (fetch->cancellable);
	g_clear_handle_id (&fetch->timer, g_source_remove);
	g_clear_pointer (&fetch->answer, g_byte_array_unref);
	g_clear_pointer (&fetch->request, g_bytes_unref);
	g_clear_object (&fetch->connection);
	g_object_unref (fetch->cancellable);
	g_free (fetch);
}
