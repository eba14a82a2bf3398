/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "control.h"

#include <gio/gunixfdlist.h>

#define MAX_ANSWER_OCTETS ((gsize) 80 * 1024) /* a CRL with the headers of HTTP */

struct Control
{
	GodwitTunnel1 *object;
	Engine *engine;
	Datapath *datapath;
};

static const GDBusErrorEntry error_entries[] = {
	{ TUNNEL_ERROR_INVALID_ARGUMENT, "net.godwit.Tunnel1.Error.InvalidArgument" },
	{ TUNNEL_ERROR_INVALID_PROFILE, "net.godwit.Tunnel1.Error.InvalidProfile" },
	{ TUNNEL_ERROR_BUSY, "net.godwit.Tunnel1.Error.Busy" },
	{ TUNNEL_ERROR_FAILED, "net.godwit.Tunnel1.Error.Failed" },
};

static gboolean
answer_error (GDBusMethodInvocation *invocation, GError *error)
{
	g_dbus_method_invocation_take_error (invocation, error);
	return TRUE;
}

static gboolean
refuse (GDBusMethodInvocation *invocation, TunnelError code, const char *message)
{
	return answer_error (invocation, g_error_new_literal (TUNNEL_ERROR, (int) code, message));
}

static Slice
octets_of (GVariant *value)
{
	gsize n = 0;
	gconstpointer data = g_variant_get_fixed_array (value, &n, 1);

	return slice (data, n);
}

static int
descriptor (GUnixFDList *list, guint32 handle, GError **error)
{
	if (list == NULL || handle >= (guint32) g_unix_fd_list_get_length (list))
	{
		g_set_error (error, TUNNEL_ERROR, TUNNEL_ERROR_INVALID_ARGUMENT, "a descriptor is missing");
		return -1;
	}
	return g_unix_fd_list_get (list, (int) handle, error);
}

/* @indexes: what the datapath calls each of them; a Start that failed half way has left some there. */
static gboolean
take_sockets (Control *control, GUnixFDList *list, GVariant *sockets, guint indexes[IKE_MAX_PATHS], GError **error)
{
	gsize n = g_variant_n_children (sockets);

	for (gsize i = 0; i < n; i++)
	{
		gint32 handle;
		int fd;

		g_variant_get_child (sockets, i, "h", &handle);
		fd = descriptor (list, (guint32) handle, error);
		if (fd < 0)
			return FALSE;
		if (datapath_add_socket (control->datapath, fd, &indexes[i]) != STATUS_OK)
		{
			g_set_error (error, TUNNEL_ERROR, TUNNEL_ERROR_INVALID_ARGUMENT, "socket %zu is not a UDP socket",
			             (size_t) i);
			return FALSE;
		}
	}
	return TRUE;
}

static gboolean
handle_start (GodwitTunnel1 *object, GDBusMethodInvocation *invocation, GUnixFDList *list, GVariant *settings,
              GVariant *paths, GVariant *sockets, GVariant *anchors, GVariant *options, Control *control)
{
	gsize n_sockets = g_variant_n_children (sockets);
	guint indexes[IKE_MAX_PATHS] = { 0 };
	g_autoptr (Order) order = NULL;
	GError *error = NULL;

	if (engine_started (control->engine))
		return refuse (invocation, TUNNEL_ERROR_BUSY, "this worker has its connection already");
	if (n_sockets == 0 || n_sockets > IKE_MAX_PATHS)
		return refuse (invocation, TUNNEL_ERROR_INVALID_ARGUMENT, "1 to 16 sockets are needed");
	order = order_new (settings, paths, n_sockets, octets_of (anchors), options, &error);
	if (order == NULL || !take_sockets (control, list, sockets, indexes, &error))
		return answer_error (invocation, error);
	for (gsize i = 0; i < order->n_paths; i++)
		order->paths[i].index = indexes[order->paths[i].index];
	godwit_tunnel1_complete_start (object, invocation, NULL);
	engine_start (control->engine, g_steal_pointer (&order));
	return TRUE;
}

static gboolean
handle_set_tun (GodwitTunnel1 *object, GDBusMethodInvocation *invocation, GUnixFDList *list, GVariant *tun, guint mtu,
                Control *control)
{
	GError *error = NULL;
	int fd = descriptor (list, (guint32) g_variant_get_handle (tun), &error);

	if (fd < 0)
		return answer_error (invocation, error);
	if (datapath_set_tun (control->datapath, fd, mtu) != STATUS_OK)
		return refuse (invocation, TUNNEL_ERROR_INVALID_ARGUMENT, "not a TUN, or its MTU is too large");
	godwit_tunnel1_complete_set_tun (object, invocation, NULL);
	return TRUE;
}

static gboolean
handle_answer (GodwitTunnel1 *object, GDBusMethodInvocation *invocation, guint id, const char *status_word,
               GVariant *value, Control *control)
{
	Slice octets = octets_of (value);
	Status status;

	if (!status_from_name (status_word, &status) || octets.len > MAX_ANSWER_OCTETS)
	{
		refuse (invocation, TUNNEL_ERROR_INVALID_ARGUMENT, "no such status, or too many octets");
	}
	else
	{
		engine_answer (control->engine, id, status, octets);
		godwit_tunnel1_complete_answer (object, invocation);
	}
	/* The message is ours alone now; its octets were a secret. */
	secret_wipe ((gpointer) octets.data, octets.len);
	return TRUE;
}

static gboolean
handle_stop (GodwitTunnel1 *object, GDBusMethodInvocation *invocation, const char *status_word, Control *control)
{
	Status status;

	if (!status_from_name (status_word, &status))
		return refuse (invocation, TUNNEL_ERROR_INVALID_ARGUMENT, "no such status");
	godwit_tunnel1_complete_stop (object, invocation);
	engine_stop (control->engine, status);
	return TRUE;
}

static gboolean
handle_set_paths (GodwitTunnel1 *object, GDBusMethodInvocation *invocation, GVariant *paths, Control *control)
{
	g_autoptr (GError) error = NULL;

	if (!engine_set_paths (control->engine, paths, &error))
		g_dbus_method_invocation_return_gerror (invocation, error);
	else
		godwit_tunnel1_complete_set_paths (object, invocation);
	return TRUE;
}

static gboolean
handle_wake (GodwitTunnel1 *object, GDBusMethodInvocation *invocation, Control *control)
{
	godwit_tunnel1_complete_wake (object, invocation);
	engine_wake (control->engine);
	return TRUE;
}

static gboolean
handle_get_facts (GodwitTunnel1 *object, GDBusMethodInvocation *invocation, Control *control)
{
	godwit_tunnel1_complete_get_facts (object, invocation, engine_facts (control->engine));
	return TRUE;
}

static gboolean
handle_get_counters (GodwitTunnel1 *object, GDBusMethodInvocation *invocation, Control *control)
{
	godwit_tunnel1_complete_get_counters (object, invocation, engine_counters (control->engine));
	return TRUE;
}

static const struct
{
	const char *signal;
	GCallback handler;
} handlers[] = {
	{ "handle-start", G_CALLBACK (handle_start) },         { "handle-set-tun", G_CALLBACK (handle_set_tun) },
	{ "handle-set-paths", G_CALLBACK (handle_set_paths) }, { "handle-wake", G_CALLBACK (handle_wake) },
	{ "handle-answer", G_CALLBACK (handle_answer) },       { "handle-stop", G_CALLBACK (handle_stop) },
	{ "handle-get-facts", G_CALLBACK (handle_get_facts) }, { "handle-get-counters", G_CALLBACK (handle_get_counters) },
};

Control *
control_new (GDBusConnection *connection, GodwitTunnel1 *object, Engine *engine, Datapath *datapath, GError **error)
{
	Control *control;

	for (guint i = 0; i < G_N_ELEMENTS (error_entries); i++)
		g_dbus_error_register_error (TUNNEL_ERROR, error_entries[i].error_code, error_entries[i].dbus_error_name);
	if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (object), connection, CONTROL_PATH, error))
		return NULL;
	control = g_new0 (Control, 1);
	control->object = g_object_ref (object);
	control->engine = engine;
	control->datapath = datapath;
	for (guint i = 0; i < G_N_ELEMENTS (handlers); i++)
		g_signal_connect (object, handlers[i].signal, handlers[i].handler, control);
	return control;
}

void
control_free (Control *control)
{
	if (control == NULL)
		return;
	g_signal_handlers_disconnect_by_data (control->object, control);
	g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (control->object));
	g_object_unref (control->object);
	g_free (control);
}
