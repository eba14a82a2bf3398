/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "print.h"

#include <time.h>

#include "base/inet.h"
#include "bus.h"
#include "table.h"

char *
print_prefixes (GVariant *prefixes, gboolean bare)
{
	GString *text = g_string_new (NULL);
	GVariantIter iter;
	const char *address;
	guint bits;

	if (prefixes == NULL)
		return g_string_free (text, FALSE);
	g_variant_iter_init (&iter, prefixes);
	while (g_variant_iter_next (&iter, "(&su)", &address, &bits))
	{
		g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", address);
		if (!bare)
			g_string_append_printf (text, "/%u", bits);
	}
	return g_string_free (text, FALSE);
}

char *
print_reason (VpnConnection *connection)
{
	GVariant *reason = vpn_connection_get_state_reason (connection);
	g_autoptr (GVariant) details = NULL;
	const char *text = "";
	const char *detail = "";

	if (reason == NULL)
		return g_strdup ("");
	g_variant_get (reason, "(&s&s@a{sv})", NULL, &text, &details);
	g_variant_lookup (details, "detail", "&s", &detail);
	if (detail[0] == '\0' || strstr (text, detail) != NULL)
		return g_strdup (text);
	return g_strdup_printf ("%s (%s)", text, detail);
}

static guint64
boottime_us (void)
{
	struct timespec now;

	clock_gettime (CLOCK_BOOTTIME, &now);
	return (guint64) now.tv_sec * G_USEC_PER_SEC + (guint64) now.tv_nsec / 1000;
}

/* "8 s", "12 min", "3 h 5 min" since a time of CLOCK_BOOTTIME. */
static char *
duration_since (guint64 then_us)
{
	guint64 seconds = (boottime_us () - then_us) / G_USEC_PER_SEC;

	if (seconds < 60)
		return g_strdup_printf ("%" G_GUINT64_FORMAT " s", seconds);
	if (seconds < 3600)
		return g_strdup_printf ("%" G_GUINT64_FORMAT " min", seconds / 60);
	return g_strdup_printf ("%" G_GUINT64_FORMAT " h %" G_GUINT64_FORMAT " min", seconds / 3600, seconds / 60 % 60);
}

char *
print_state (VpnConnection *connection)
{
	const char *state = vpn_connection_get_state (connection);
	guint64 since = vpn_connection_get_established_at (connection);

	if (g_str_equal (state, "connected") && since > 0)
	{
		g_autofree char *duration = duration_since (since);

		return g_strdup_printf ("connected for %s", duration);
	}
	if (g_str_equal (state, "failed") || g_str_equal (state, "disconnected"))
	{
		g_autofree char *reason = print_reason (connection);

		return g_strdup_printf ("%s: %s", state, reason);
	}
	return g_strdup (state);
}

static char *
endpoint_text (GVariant *endpoint)
{
	const char *address = "";
	guint16 port = 0;

	if (endpoint != NULL)
		g_variant_get (endpoint, "(&sq)", &address, &port);
	if (address[0] == '\0')
		return g_strdup ("");
	return g_strdup_printf (strchr (address, ':') != NULL ? "[%s]:%u" : "%s:%u", address, port);
}

static const char *
lookup_text (GVariant *dictionary, const char *key)
{
	const char *text = "";

	if (dictionary != NULL)
		g_variant_lookup (dictionary, key, "&s", &text);
	return text;
}

/* Where the addresses are translated, in words. */
static const char *
nat_text (const char *nat)
{
	static const struct
	{
		const char *nat, *text;
	} rows[] = {
		{ "none", "none" },
		{ "local", "in front of us" },
		{ "remote", "in front of the gateway" },
		{ "both", "in front of us and of the gateway" },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (g_strcmp0 (nat, rows[i].nat) == 0)
			return rows[i].text;
	return NULL;
}

static void
print_gateway (VpnConnection *connection)
{
	g_autofree char *local = endpoint_text (vpn_connection_get_local_endpoint (connection));
	g_autofree char *remote = endpoint_text (vpn_connection_get_remote_endpoint (connection));
	g_autofree char *path = remote[0] != '\0' ? g_strdup_printf ("%s -> %s", local, remote) : NULL;

	fact_print ("Gateway", vpn_connection_get_gateway (connection));
	fact_print ("Identity", vpn_connection_get_remote_identity (connection));
	fact_print ("We are", vpn_connection_get_local_identity (connection));
	fact_print ("Path", path);
	fact_print ("NAT", nat_text (vpn_connection_get_nat_detected (connection)));
}

static void
print_network (VpnConnection *connection)
{
	g_autofree char *addresses = print_prefixes (vpn_connection_get_addresses (connection), FALSE);
	g_autofree char *routes = print_prefixes (vpn_connection_get_routes (connection), FALSE);
	const char *const *servers = vpn_connection_get_dns_servers (connection);
	g_autofree char *joined = servers != NULL ? g_strjoinv (", ", (char **) servers) : g_strdup ("");
	g_autofree char *dns = NULL;
	g_autofree char *mtu = NULL;

	if (joined[0] != '\0')
		dns = g_strdup_printf ("%s (by %s)", joined, vpn_connection_get_dns_backend (connection));
	if (vpn_connection_get_mtu (connection) > 0)
		mtu = g_strdup_printf ("%u", vpn_connection_get_mtu (connection));
	fact_print ("Interface", vpn_connection_get_interface_name (connection));
	fact_print ("Addresses", addresses);
	fact_print ("Routes", routes);
	fact_print ("DNS", dns);
	fact_print ("MTU", mtu);
}

/* "AES_GCM_16-256, PRF_HMAC_SHA2_256, ecp256": an algorithm with keys of several sizes says which. */
static char *
proposal_text (GVariant *proposal)
{
	static const char *const parts[] = { "encr", "integ", "prf", "group" };
	GString *text = g_string_new (NULL);
	guint bits = 0;

	if (proposal != NULL)
		g_variant_lookup (proposal, "key-bits", "u", &bits);
	for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
	{
		const char *part = lookup_text (proposal, parts[i]);

		if (part[0] == '\0' || g_str_equal (part, "NONE"))
			continue;
		g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
		if (i == 0 && bits > 0 && g_str_has_prefix (part, "AES"))
			g_string_append_printf (text, "-%u", bits);
	}
	return g_string_free (text, FALSE);
}

/* "10.1.0.0/16, 10.2.0.0-10.2.0.7 udp/53" */
static char *
selectors_text (GVariant *selectors)
{
	GString *text = g_string_new (NULL);
	GVariantIter iter;
	const char *first, *last;
	InetSelector selector;
	char one[INET_TEXT_OCTETS];

	if (selectors == NULL)
		return g_string_free (text, FALSE);
	g_variant_iter_init (&iter, selectors);
	while (g_variant_iter_next (&iter, "(yqq&s&s)", &selector.protocol, &selector.port_first, &selector.port_last,
	                            &first, &last))
		if (inet_address_parse (first, &selector.range.first) && inet_address_parse (last, &selector.range.last))
			g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", inet_selector_to_text (&selector, one));
	return g_string_free (text, FALSE);
}

static void
print_children (VpnConnection *connection)
{
	g_autoptr (GPtrArray) children = bus_child_sas (connection, NULL);

	for (guint i = 0; children != NULL && i < children->len; i++)
	{
		VpnChildSa *child = children->pdata[i];
		g_autofree char *proposal = proposal_text (vpn_child_sa_get_proposal (child));
		g_autofree char *spis = g_strdup_printf ("%08x in, %08x out; %s", vpn_child_sa_get_spi_in (child),
		                                         vpn_child_sa_get_spi_out (child), proposal);
		g_autofree char *local = selectors_text (vpn_child_sa_get_local_traffic_selectors (child));
		g_autofree char *remote = selectors_text (vpn_child_sa_get_remote_traffic_selectors (child));

		fact_print ("CHILD SA", spis);
		fact_print ("  ours", local);
		fact_print ("  theirs", remote);
	}
}

static guint64
counter (GVariant *counters, const char *name)
{
	guint64 value = 0;

	g_variant_lookup (counters, name, "t", &value);
	return value;
}

static void
print_counters (VpnConnection *connection)
{
	static const char *const drops[] = { "dropped-replay",    "dropped-icv", "dropped-selector",
		                                 "dropped-malformed", "no-sa-in",    "no-sa-out" };
	g_autoptr (GVariant) counters = NULL;
	g_autoptr (GString) dropped = g_string_new (NULL);
	g_autofree char *in = NULL, *out = NULL, *traffic = NULL;

	if (!vpn_connection_call_get_counters_sync (connection, &counters, NULL, NULL))
		return;
	in = g_format_size (counter (counters, "octets-in"));
	out = g_format_size (counter (counters, "octets-out"));
	traffic = g_strdup_printf ("%s in (%" G_GUINT64_FORMAT " packets), %s out (%" G_GUINT64_FORMAT " packets)", in,
	                           counter (counters, "packets-in"), out, counter (counters, "packets-out"));
	fact_print ("Traffic", traffic);
	for (guint i = 0; i < G_N_ELEMENTS (drops); i++)
		if (counter (counters, drops[i]) > 0)
			g_string_append_printf (dropped, "%s%" G_GUINT64_FORMAT " %s", dropped->len > 0 ? ", " : "",
			                        counter (counters, drops[i]), drops[i]);
	fact_print ("Dropped", dropped->str);
}

/* Which fast ways of the kernel the packets take. */
static void
print_packet_path (GVariant *counters)
{
	static const struct
	{
		const char *name, *text;
	} ways[] = {
		{ "path-tun-tcp-out", "TCP bursts from the TUN" },
		{ "path-tun-udp-out", "UDP bursts from it" },
		{ "path-tun-tcp-in", "TCP bursts to it" },
		{ "path-tun-udp-in", "UDP bursts to it" },
		{ "path-udp-cut", "UDP segmentation" },
		{ "path-udp-joined", "UDP aggregation" },
	};
	const char *label = "Packet path";
	guint shown = 0;

	for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
	{
		if (counter (counters, ways[i].name) == 0)
			continue;
		fact_print (label, ways[i].text);
		label = "";
		shown++;
	}
	if (shown == 0)
		fact_print (label, "packet by packet: this kernel has none of the offloads");
}

static void
print_process (VpnConnection *connection)
{
	g_autofree char *object = g_path_get_basename (g_dbus_proxy_get_object_path (G_DBUS_PROXY (connection)));
	g_autofree char *owner = g_strdup_printf ("uid %u", vpn_connection_get_owner (connection));
	g_autofree char *worker = g_strdup_printf ("process %u", vpn_connection_get_worker_pid (connection));

	fact_print ("Number", object);
	fact_print ("Owner", owner);
	fact_print ("Worker", vpn_connection_get_worker_pid (connection) > 0 ? worker : NULL);
	fact_print ("Host set by", vpn_connection_get_host_config_mode (connection));
}

void
print_connection_details (VpnConnection *connection)
{
	static const char *const names[] = { "dropped-replay", "dropped-icv",  "dropped-selector", "dropped-malformed",
		                                 "no-sa-in",       "no-sa-out",    "malformed",        "malformed-tun",
		                                 "dropped-ecn",    "ike-overflow", "lost-in",          "lost-out",
		                                 "keepalives" };
	g_autoptr (GVariant) counters = NULL;

	if (!bus_is_active (connection) || !vpn_connection_call_get_counters_sync (connection, &counters, NULL, NULL))
		return;
	print_process (connection);
	print_packet_path (counters);
	for (guint i = 0; i < G_N_ELEMENTS (names); i++)
	{
		g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT " %s", counter (counters, names[i]), names[i]);

		fact_print (i == 0 ? "Counters" : "", text);
	}
}

char *
print_name (VpnConnection *connection)
{
	const char *name = vpn_connection_get_name (connection);

	return text_clean (name != NULL ? name : "");
}

void
print_connection (VpnConnection *connection)
{
	g_autofree char *name = print_name (connection);
	g_autofree char *state = print_state (connection);
	g_autofree char *proposal = proposal_text (vpn_connection_get_ike_proposal (connection));

	g_print ("%s\n", name);
	fact_print ("State", state);
	print_gateway (connection);
	if (!bus_is_active (connection))
		return;
	fact_print ("IKE SA", proposal);
	if (vpn_connection_get_weak (connection))
		fact_print ("Weak", "yes: the profile allows algorithms that are no longer safe");
	print_network (connection);
	print_children (connection);
	print_counters (connection);
}

static void
add_text (JsonBuilder *builder, const char *name, const char *value)
{
	json_builder_set_member_name (builder, name);
	json_builder_add_string_value (builder, value != NULL ? value : "");
}

static void
add_number (JsonBuilder *builder, const char *name, guint64 value)
{
	json_builder_set_member_name (builder, name);
	json_builder_add_int_value (builder, (gint64) value);
}

/* Any value of D-Bus as the JSON that GLib's rules make of it: a{sv} an object, tuples and arrays lists. */
static void
add_variant (JsonBuilder *builder, const char *name, GVariant *value)
{
	json_builder_set_member_name (builder, name);
	json_builder_add_value (builder, value != NULL ? json_gvariant_serialize (value) : json_node_new (JSON_NODE_NULL));
}

static void
add_prefixes (JsonBuilder *builder, const char *name, GVariant *prefixes)
{
	GVariantIter iter;
	const char *address;
	guint bits;

	json_builder_set_member_name (builder, name);
	json_builder_begin_array (builder);
	if (prefixes != NULL)
	{
		g_variant_iter_init (&iter, prefixes);
		while (g_variant_iter_next (&iter, "(&su)", &address, &bits))
		{
			g_autofree char *text = g_strdup_printf ("%s/%u", address, bits);

			json_builder_add_string_value (builder, text);
		}
	}
	json_builder_end_array (builder);
}

static void
add_reason (JsonBuilder *builder, VpnConnection *connection)
{
	GVariant *reason = vpn_connection_get_state_reason (connection);
	g_autoptr (GVariant) details = NULL;
	const char *code = "ok", *text = "";

	if (reason != NULL)
		g_variant_get (reason, "(&s&s@a{sv})", &code, &text, &details);
	add_text (builder, "reason", code);
	add_text (builder, "reason_text", text);
	add_text (builder, "reason_detail", lookup_text (details, "detail"));
}

static void
add_children (JsonBuilder *builder, VpnConnection *connection)
{
	g_autoptr (GPtrArray) children = bus_child_sas (connection, NULL);

	json_builder_set_member_name (builder, "child_sas");
	json_builder_begin_array (builder);
	for (guint i = 0; children != NULL && i < children->len; i++)
	{
		VpnChildSa *child = children->pdata[i];
		g_autofree char *local = selectors_text (vpn_child_sa_get_local_traffic_selectors (child));
		g_autofree char *remote = selectors_text (vpn_child_sa_get_remote_traffic_selectors (child));

		json_builder_begin_object (builder);
		add_number (builder, "spi_in", vpn_child_sa_get_spi_in (child));
		add_number (builder, "spi_out", vpn_child_sa_get_spi_out (child));
		add_variant (builder, "proposal", vpn_child_sa_get_proposal (child));
		add_text (builder, "local", local);
		add_text (builder, "remote", remote);
		json_builder_end_object (builder);
	}
	json_builder_end_array (builder);
}

void
print_connection_json (VpnConnection *connection, JsonBuilder *builder)
{
	const char *const *servers = vpn_connection_get_dns_servers (connection);
	g_autofree char *local = endpoint_text (vpn_connection_get_local_endpoint (connection));
	g_autofree char *remote = endpoint_text (vpn_connection_get_remote_endpoint (connection));
	g_autoptr (GVariant) counters = NULL;

	json_builder_begin_object (builder);
	add_text (builder, "name", vpn_connection_get_name (connection));
	add_text (builder, "state", vpn_connection_get_state (connection));
	add_reason (builder, connection);
	add_text (builder, "gateway", vpn_connection_get_gateway (connection));
	add_number (builder, "owner", vpn_connection_get_owner (connection));
	add_number (builder, "started_at_us", vpn_connection_get_started_at (connection));
	add_number (builder, "established_at_us", vpn_connection_get_established_at (connection));
	add_text (builder, "local", local);
	add_text (builder, "remote", remote);
	add_text (builder, "local_identity", vpn_connection_get_local_identity (connection));
	add_text (builder, "remote_identity", vpn_connection_get_remote_identity (connection));
	add_variant (builder, "ike_proposal", vpn_connection_get_ike_proposal (connection));
	add_text (builder, "nat", vpn_connection_get_nat_detected (connection));
	add_text (builder, "datapath", vpn_connection_get_datapath (connection));
	add_text (builder, "host_config", vpn_connection_get_host_config_mode (connection));
	add_text (builder, "interface", vpn_connection_get_interface_name (connection));
	add_number (builder, "mtu", vpn_connection_get_mtu (connection));
	add_prefixes (builder, "addresses", vpn_connection_get_addresses (connection));
	add_prefixes (builder, "routes", vpn_connection_get_routes (connection));
	json_builder_set_member_name (builder, "dns");
	json_builder_begin_array (builder);
	for (guint i = 0; servers != NULL && servers[i] != NULL; i++)
		json_builder_add_string_value (builder, servers[i]);
	json_builder_end_array (builder);
	add_text (builder, "dns_backend", vpn_connection_get_dns_backend (connection));
	json_builder_set_member_name (builder, "weak");
	json_builder_add_boolean_value (builder, vpn_connection_get_weak (connection));
	add_number (builder, "worker_pid", vpn_connection_get_worker_pid (connection));
	if (vpn_connection_call_get_counters_sync (connection, &counters, NULL, NULL))
		add_variant (builder, "counters", counters);
	add_children (builder, connection);
	json_builder_end_object (builder);
}

void
print_json (JsonBuilder *builder, gboolean line)
{
	g_autoptr (JsonGenerator) generator = json_generator_new ();
	g_autoptr (JsonNode) root = json_builder_get_root (builder);
	g_autofree char *text = NULL;

	json_generator_set_root (generator, root);
	json_generator_set_pretty (generator, !line);
	text = json_generator_to_data (generator, NULL);
	g_print ("%s\n", text);
}
