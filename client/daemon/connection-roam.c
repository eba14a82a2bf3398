/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The network under a connection changes: other Wi-Fi, cable pulled, phone. The worker is told the ways that there are now; it
 * moves its SAs there (MOBIKE). */
#include "connection-private.h"

#include "hostnet/hostnet.h"

/* Changes come in bursts: address, routes, neighbours. */
#define SETTLE_MS 100

/* The ways of the start with the source addresses of now; those that have no route are left out. */
static GVariant *
ways_now (const Connection *c)
{
	GVariantBuilder ways;
	GVariantIter iter;
	const char *remote;
	guint32 index;
	guint16 local_port, remote_port;

	g_variant_builder_init (&ways, G_VARIANT_TYPE ("a(usqsq)"));
	g_variant_iter_init (&iter, c->paths);
	while (g_variant_iter_next (&iter, "(u&sq&sq)", &index, NULL, &local_port, &remote, &remote_port))
	{
		char text[INET_TEXT_OCTETS];
		InetAddress gateway, source;

		if (inet_address_parse (remote, &gateway) && hostnet_source_address (&gateway, &source, NULL))
			g_variant_builder_add (&ways, "(usqsq)", index, inet_address_to_text (&source, text), local_port, remote,
			                       remote_port);
	}
	return g_variant_ref_sink (g_variant_builder_end (&ways));
}

static gboolean
on_settled (gpointer user_data)
{
	Connection *c = user_data;
	g_autoptr (GVariant) ways = NULL;

	c->roam_timer = 0;
	if (c->worker == NULL || worker_proxy (c->worker) == NULL || c->stopping || c->over)
		return G_SOURCE_REMOVE;
	ways = ways_now (c);
	/* Without any network there is nothing to tell: the next change comes. */
	if (g_variant_n_children (ways) == 0 || (c->ways != NULL && g_variant_equal (ways, c->ways)))
		return G_SOURCE_REMOVE;
	g_clear_pointer (&c->ways, g_variant_unref);
	c->ways = g_variant_ref (ways);
	godwit_tunnel1_call_set_paths (worker_proxy (c->worker), ways, NULL, NULL, NULL);
	return G_SOURCE_REMOVE;
}

static void
on_network_changed (GNetworkMonitor *monitor, gboolean available, gpointer user_data)
{
	Connection *c = user_data;

	if (c->roam_timer == 0)
		c->roam_timer = g_timeout_add (SETTLE_MS, on_settled, c);
}

void
connection_roam_begin (Connection *c)
{
	c->ways = ways_now (c);
	c->roam_handler =
	    g_signal_connect (g_network_monitor_get_default (), "network-changed", G_CALLBACK (on_network_changed), c);
}

void
connection_roam_end (Connection *c)
{
	if (c->roam_handler != 0)
		g_signal_handler_disconnect (g_network_monitor_get_default (), c->roam_handler);
	c->roam_handler = 0;
	g_clear_handle_id (&c->roam_timer, g_source_remove);
	g_clear_pointer (&c->ways, g_variant_unref);
}
