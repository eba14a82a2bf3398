/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection-private.h"

#include <string.h>

#include "errors.h"

#define MAX_WORD_OCTETS 64
#define MAX_SELECTORS 256u

static void
on_counters (GObject *source, GAsyncResult *result, gpointer user_data)
{
	GDBusMethodInvocation *invocation = user_data;
	guint32 spi = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (invocation), "spi"));
	g_autoptr (GVariant) counters = NULL;
	g_autoptr (GError) error = NULL;
	GVariantIter iter;
	GVariant *sa;
	guint at;

	if (!godwit_tunnel1_call_get_counters_finish (GODWIT_TUNNEL1 (source), &counters, result, &error))
	{
		g_dbus_error_strip_remote_error (error);
		error_return (invocation, ERROR_FAILED, error->message);
		return;
	}
	g_variant_iter_init (&iter, counters);
	while (g_variant_iter_next (&iter, "{u@a{st}}", &at, &sa))
	{
		g_autoptr (GVariant) found = sa;

		if (at != spi)
			continue;
		g_dbus_method_invocation_return_value (invocation, g_variant_new ("(@a{st})", found));
		return;
	}
	error_return (invocation, ERROR_NOT_FOUND, "there is no such CHILD SA any more");
}

static gboolean
on_get_counters (VpnChildSa *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
	Connection *c = user_data;

	g_object_set_data (G_OBJECT (invocation), "spi", GUINT_TO_POINTER (vpn_child_sa_get_spi_in (skeleton)));
	godwit_tunnel1_call_get_counters (worker_proxy (c->worker), NULL, on_counters, invocation);
	return TRUE;
}

void
connection_child_free (gpointer data)
{
	ConnectionChild *child = data;
	GDBusObjectManagerServer *objects = g_object_get_data (G_OBJECT (child->object), "objects");

	g_dbus_object_manager_server_unexport (objects, g_dbus_object_get_object_path (G_DBUS_OBJECT (child->object)));
	g_signal_handlers_disconnect_matched (child->skeleton, G_SIGNAL_MATCH_FUNC, 0, 0, NULL, (gpointer) on_get_counters,
	                                      NULL);
	g_object_unref (child->skeleton);
	g_object_unref (child->object);
	g_free (child);
}

/* Names of algorithms, of steps of the datapath. */
gboolean
connection_is_word (const char *text)
{
	gsize len = strspn (text, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_-+, ");

	return len <= MAX_WORD_OCTETS && text[len] == '\0';
}

/* What does not parse, or is too much, is left out. */
static GVariant *
selectors_of (GVariant *selectors)
{
	GVariantBuilder builder;
	GVariantIter iter;
	guint8 protocol;
	guint16 port_first, port_last;
	const char *first, *last;

	g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(yqqss)"));
	g_variant_iter_init (&iter, selectors);
	for (guint n = 0; n < MAX_SELECTORS &&
	                  g_variant_iter_next (&iter, "(yqq&s&s)", &protocol, &port_first, &port_last, &first, &last);
	     n++)
	{
		InetRange range;

		if (inet_address_parse (first, &range.first) && inet_address_parse (last, &range.last) &&
		    inet_range_valid (&range))
			g_variant_builder_add (&builder, "(yqqss)", protocol, port_first, port_last, first, last);
	}
	return g_variant_builder_end (&builder);
}

/* Only the words of the proposal, whatever else the worker put there. */
static GVariant *
proposal_of (GVariant *details)
{
	GVariantBuilder builder;
	const char *text;
	guint bits;
	gboolean esn;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	if (g_variant_lookup (details, "encr", "&s", &text) && connection_is_word (text))
		g_variant_builder_add (&builder, "{sv}", "encr", g_variant_new_string (text));
	if (g_variant_lookup (details, "integ", "&s", &text) && connection_is_word (text))
		g_variant_builder_add (&builder, "{sv}", "integ", g_variant_new_string (text));
	if (g_variant_lookup (details, "key-bits", "u", &bits))
		g_variant_builder_add (&builder, "{sv}", "key-bits", g_variant_new_uint32 (bits));
	if (g_variant_lookup (details, "esn", "b", &esn))
		g_variant_builder_add (&builder, "{sv}", "esn", g_variant_new_boolean (esn));
	return g_variant_builder_end (&builder);
}

void
connection_child_add (Connection *c, guint32 spi_in, guint32 spi_out, GVariant *local, GVariant *remote,
                      GVariant *details)
{
	ConnectionChild *child;
	g_autofree char *path = g_strdup_printf ("%s/ChildSa/%08x", c->path, spi_in);

	connection_child_remove (c, spi_in);
	if (c->children->len >= CONNECTION_MAX_CHILDREN)
		return;
	child = g_new0 (ConnectionChild, 1);
	child->spi = spi_in;
	child->object = vpn_object_skeleton_new (path);
	child->skeleton = vpn_child_sa_skeleton_new ();
	g_object_set_data (G_OBJECT (child->object), "objects", c->environment->objects);
	g_object_set (child->skeleton, "spi-in", spi_in, "spi-out", spi_out, "proposal", proposal_of (details),
	              "encapsulation", "udp", "local-traffic-selectors", selectors_of (local), "remote-traffic-selectors",
	              selectors_of (remote), "established-at", connection_now_us (), NULL);
	g_signal_connect (child->skeleton, "handle-get-counters", G_CALLBACK (on_get_counters), c);
	vpn_object_skeleton_set_child_sa (child->object, child->skeleton);
	g_dbus_object_manager_server_export (c->environment->objects, G_DBUS_OBJECT_SKELETON (child->object));
	g_ptr_array_add (c->children, child);
}

void
connection_child_remove (Connection *c, guint32 spi_in)
{
	for (guint i = c->children->len; i-- > 0;)
		if (((ConnectionChild *) c->children->pdata[i])->spi == spi_in)
			g_ptr_array_remove_index (c->children, i);
}
