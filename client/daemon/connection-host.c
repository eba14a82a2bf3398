/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the host gets of a connection, by us, by the caller, or by nobody. */
#include "connection-private.h"

#include <unistd.h>

/* The worker's word, within what any cipher can need. */
#define MOST_OVERHEAD 128u
#define MOST_BLOCK 64u

static void
publish (Connection *c, const HostnetConfig *config)
{
	GVariantBuilder domains;
	g_autoptr (GVariant) dns = g_variant_ref_sink (host_plan_dns (&c->plan));
	g_autofree const char **servers = g_variant_get_strv (dns, NULL);

	g_variant_builder_init (&domains, G_VARIANT_TYPE ("a(sb)"));
	for (guint i = 0; config->domains[i] != NULL; i++)
		g_variant_builder_add (&domains, "(sb)", config->domains[i], FALSE);
	vpn_connection_set_addresses (c->skeleton, host_plan_prefixes (c->plan.addresses));
	vpn_connection_set_routes (c->skeleton, host_plan_prefixes (c->plan.routes));
	vpn_connection_set_dns_servers (c->skeleton, servers);
	vpn_connection_set_dns_domains (c->skeleton, g_variant_builder_end (&domains));
	vpn_connection_set_mtu (c->skeleton, config->mtu);
	if (c->hostnet != NULL)
		vpn_connection_set_dns_backend (c->skeleton, hostnet_dns_backend (c->hostnet));
}

static void
on_tun_set (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	Connection *c;

	if (!godwit_tunnel1_call_set_tun_finish (GODWIT_TUNNEL1 (source), NULL, result, &error))
	{
		if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
		    g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
			return;
		c = user_data;
		connection_finish (c, STATUS_HOST_CONFIG, error->message);
		return;
	}
	c = user_data;
	if (!c->stopping && !c->over)
		connection_got_connected (c);
}

/* Packets flow from here on. */
static void
give_tun (Connection *c)
{
	g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
	g_autoptr (GError) error = NULL;
	int fd = hostnet_dup_tun (c->hostnet, &error);

	if (fd < 0)
	{
		connection_finish (c, STATUS_HOST_CONFIG, error->message);
		return;
	}
	g_unix_fd_list_append (list, fd, NULL);
	close (fd);
	godwit_tunnel1_call_set_tun (worker_proxy (c->worker), g_variant_new_handle (0), c->mtu, list, c->cancellable,
	                             on_tun_set, c);
}

/* A failed host ends the connection in order, with the words of the failure. */
static void
fail_host (Connection *c, const char *words)
{
	godwit_tunnel1_call_stop (worker_proxy (c->worker), status_name (STATUS_HOST_CONFIG), NULL, NULL, NULL);
	connection_finish (c, STATUS_HOST_CONFIG, words);
}

/* Without it the connection would wait for ever. */
static gboolean
on_caller_late (gpointer user_data)
{
	Connection *c = user_data;

	c->host_timer = 0;
	fail_host (c, "the program that started the connection did not say in time that the network is set up");
	return G_SOURCE_REMOVE;
}

static void
ask_caller (Connection *c, const HostnetConfig *config)
{
	GVariantBuilder builder;
	char gateway[INET_TEXT_OCTETS];

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add (&builder, "{sv}", "interface-name", g_variant_new_string (hostnet_interface (c->hostnet)));
	g_variant_builder_add (&builder, "{sv}", "mtu", g_variant_new_uint32 (config->mtu));
	g_variant_builder_add (&builder, "{sv}", "gateway",
	                       g_variant_new_string (inet_address_to_text (&c->gateway, gateway)));
	g_variant_builder_add (&builder, "{sv}", "addresses", host_plan_prefixes (c->plan.addresses));
	g_variant_builder_add (&builder, "{sv}", "routes", host_plan_prefixes (c->plan.routes));
	g_variant_builder_add (&builder, "{sv}", "dns", host_plan_dns (&c->plan));
	g_variant_builder_add (&builder, "{sv}", "domains", g_variant_new_strv (config->domains, -1));
	g_variant_builder_add (&builder, "{sv}", "full-tunnel", g_variant_new_boolean (c->plan.full_v4 || c->plan.full_v6));
	g_clear_handle_id (&c->host_timer, g_source_remove);
	c->host_timer = g_timeout_add_seconds (c->options.host_timeout_s, on_caller_late, c);
	vpn_connection_emit_host_config_changed (c->skeleton, g_variant_builder_end (&builder));
}

static guint
inner_mtu (const Connection *c)
{
	guint wanted = (guint) profile_integer (c->profile, "network.mtu");

	if (wanted != 0)
		return wanted;
	return hostnet_mtu (hostnet_path_mtu (&c->gateway), c->gateway.family, MIN (c->overhead, MOST_OVERHEAD),
	                    CLAMP (c->block, 1u, MOST_BLOCK));
}

void
connection_host_apply (Connection *c)
{
	HostnetConfig config;
	g_autoptr (GError) error = NULL;

	if (c->stopping || c->over)
		return;
	if (!c->configured)
		connection_set_state (c, "configuring", STATUS_OK, NULL);
	c->configured = TRUE;
	c->mtu = inner_mtu (c);
	host_plan_config (&c->plan, c->profile, c->mtu, &config);
	config.gateway = c->gateway;
	switch (c->options.host)
	{
	case CONNECTION_HOST_ENGINE:
		if (!hostnet_apply (c->hostnet, &config, &error))
		{
			fail_host (c, error->message);
			return;
		}
		publish (c, &config);
		give_tun (c);
		break;
	case CONNECTION_HOST_CALLER:
		publish (c, &config);
		ask_caller (c, &config);
		break;
	case CONNECTION_HOST_NONE:
		publish (c, &config);
		connection_got_connected (c);
		break;
	}
}

void
connection_host_done (Connection *c, gboolean ok, const char *message)
{
	if (c->host_timer == 0 || c->stopping || c->over)
		return;
	g_clear_handle_id (&c->host_timer, g_source_remove);
	if (ok)
		give_tun (c);
	else
		fail_host (c, message);
}
