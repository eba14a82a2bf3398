/* SPDX-License-Identifier: GPL-2.0-or-later */
/* systemd-resolved over D-Bus: servers and domains belong to the link of the tunnel. */
#include <string.h>
#include <sys/socket.h>

#include "dns.h"
#include "netlink.h"

#define NAME "org.freedesktop.resolve1"
#define OBJECT "/org/freedesktop/resolve1"
#define MANAGER "org.freedesktop.resolve1.Manager"
#define TIMEOUT_MS 1500
#define DETECT_TIMEOUT_MS 300

static gboolean
call (const char *method, GVariant *arguments, int timeout_ms, GError **error)
{
	g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, error);
	g_autoptr (GVariant) parameters = g_variant_ref_sink (arguments);
	g_autoptr (GVariant) reply = NULL;

	if (bus != NULL)
		reply = g_dbus_connection_call_sync (bus, NAME, OBJECT, MANAGER, method, parameters, NULL,
		                                     G_DBUS_CALL_FLAGS_NONE, timeout_ms, NULL, error);
	return reply != NULL;
}

/* Running, or started by the bus when it is called. */
static gboolean
name_is_there (void)
{
	static const char *const lists[] = { "ListNames", "ListActivatableNames" };
	g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
	gboolean there = FALSE;

	for (guint i = 0; bus != NULL && !there && i < G_N_ELEMENTS (lists); i++)
	{
		g_autofree const char **names = NULL;
		g_autoptr (GVariant) reply = g_dbus_connection_call_sync (
		    bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", lists[i], NULL,
		    G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, DETECT_TIMEOUT_MS, NULL, NULL);

		if (reply == NULL)
			continue;
		g_variant_get (reply, "(^a&s)", &names);
		there = g_strv_contains (names, NAME);
	}
	return there;
}

/* Running alone is not enough: programs must ask it. */
static gboolean
resolv_conf_points_to_it (void)
{
	g_autofree char *target = g_file_read_link ("/etc/resolv.conf", NULL);
	g_autofree char *text = NULL;

	if (target != NULL && strstr (target, "systemd/resolve") != NULL)
		return TRUE;
	return g_file_get_contents ("/etc/resolv.conf", &text, NULL, NULL) &&
	       (strstr (text, "nameserver 127.0.0.53") != NULL || strstr (text, "nameserver 127.0.0.54") != NULL);
}

static gboolean
resolved_detect (void)
{
	return resolv_conf_points_to_it () && name_is_there ();
}

static GVariant *
servers_variant (const DnsConfig *config, gint32 index)
{
	GVariantBuilder servers;

	g_variant_builder_init (&servers, G_VARIANT_TYPE ("a(iay)"));
	for (gsize i = 0; i < config->n_servers; i++)
	{
		Slice octets = inet_address_view (&config->servers[i]);
		GVariant *address = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, octets.data, octets.len, 1);

		g_variant_builder_add (&servers, "(i@ay)", config->servers[i].family == INET_V4 ? AF_INET : AF_INET6, address);
	}
	return g_variant_new ("(ia(iay))", index, &servers);
}

/* A search domain also routes; the same domain twice would lose the search (systemd#24262). */
static GVariant *
domains_variant (const DnsConfig *config, gint32 index)
{
	GVariantBuilder domains;

	g_variant_builder_init (&domains, G_VARIANT_TYPE ("a(sb)"));
	for (guint i = 0; config->domains[i] != NULL; i++)
		g_variant_builder_add (&domains, "(sb)", config->domains[i], FALSE);
	if (config->full_tunnel)
		g_variant_builder_add (&domains, "(sb)", ".", TRUE);
	return g_variant_new ("(ia(sb))", index, &domains);
}

static gboolean
resolved_apply (const DnsConfig *config, GError **error)
{
	gint32 index = (gint32) netlink_link_index (config->interface);
	/* Without domains a split tunnel could say nothing about whose names these servers know: they may be asked for all. */
	gboolean route_all = config->full_tunnel || config->domains[0] == NULL;

	if (!call ("SetLinkDNS", servers_variant (config, index), TIMEOUT_MS, error) ||
	    !call ("SetLinkDomains", domains_variant (config, index), TIMEOUT_MS, error) ||
	    !call ("SetLinkDefaultRoute", g_variant_new ("(ib)", index, route_all), TIMEOUT_MS, error))
	{
		g_prefix_error (error, "systemd-resolved refused the DNS servers: ");
		return FALSE;
	}
	/* Names of the local network are not asked for in the tunnel. Old versions may not know these calls. */
	call ("SetLinkLLMNR", g_variant_new ("(is)", index, "no"), TIMEOUT_MS, NULL);
	call ("SetLinkMulticastDNS", g_variant_new ("(is)", index, "no"), TIMEOUT_MS, NULL);
	call ("FlushCaches", g_variant_new ("()"), TIMEOUT_MS, NULL);
	return TRUE;
}

static void
resolved_revert (const char *interface, const char *runtime_folder)
{
	gint32 index = (gint32) netlink_link_index (interface);

	/* With the link went all that belonged to it. */
	if (index != 0)
		call ("RevertLink", g_variant_new ("(i)", index), TIMEOUT_MS, NULL);
	call ("FlushCaches", g_variant_new ("()"), TIMEOUT_MS, NULL);
}

const DnsBackend dns_resolved = {
	.name = "systemd-resolved",
	.detect = resolved_detect,
	.apply = resolved_apply,
	.revert = resolved_revert,
};
