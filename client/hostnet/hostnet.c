/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostnet.h"

#include <fcntl.h>
#include <unistd.h>

#include "atomic-file.h"
#include "dns.h"
#include "journal.h"
#include "netlink.h"
#include "tun.h"

G_DEFINE_QUARK (godwit - hostnet - error, hostnet_error)

#define N_FAMILIES 2
static const InetFamily families[N_FAMILIES] = { INET_V4, INET_V6 };

struct Hostnet
{
	char *runtime_folder;
	char *interface;
	guint index;
	int tun;
	guint link;
	struct nl_sock *socket;
	/* What stands now. */
	GArray *addresses; /* of InetPrefix */
	GArray *routes;    /* of InetPrefix, in our table */
	GArray *blocks;    /* of InetPrefix: unreachable routes */
	gboolean rules[N_FAMILIES];
	gboolean lan_rules[N_FAMILIES];
	InetAddress gateway;   /* of its rule; INET_NONE: none */
	const DnsBackend *dns; /* NULL: not touched */
	GArray *dns_servers;   /* what .dns was told */
	char **dns_domains;
	gboolean dns_full;
};

static GArray *
prefix_array (void)
{
	return g_array_new (FALSE, FALSE, sizeof (InetPrefix));
}

static gboolean
write_journal (const Hostnet *h, const char *dns, GError **error)
{
	return journal_write (h->runtime_folder, &(Journal){ h->interface, h->index, h->link, (char *) dns }, error);
}

Hostnet *
hostnet_new (const char *runtime_folder, const char *name, guint index, GError **error)
{
	g_autoptr (Hostnet) h = g_new0 (Hostnet, 1);

	h->tun = -1;
	h->runtime_folder = g_strdup (runtime_folder);
	h->index = index;
	h->addresses = prefix_array ();
	h->routes = prefix_array ();
	h->blocks = prefix_array ();
	h->dns_servers = g_array_new (FALSE, FALSE, sizeof (InetAddress));
	if (name != NULL && !journal_interface_good (name))
	{
		g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_KERNEL, "'%s' is no name for an interface", name);
		return NULL;
	}
	h->socket = netlink_open (error);
	if (h->socket == NULL)
		return NULL;
	h->tun = tun_open (name, &h->interface, error);
	if (h->tun < 0)
		return NULL;
	h->link = netlink_link_index (h->interface);
	if (!write_journal (h, NULL, error))
		return NULL;
	return g_steal_pointer (&h);
}

const char *
hostnet_interface (const Hostnet *h)
{
	return h->interface;
}

const char *
hostnet_dns_backend (const Hostnet *h)
{
	return h->dns != NULL ? h->dns->name : "none";
}

int
hostnet_dup_tun (const Hostnet *h, GError **error)
{
	int fd = fcntl (h->tun, F_DUPFD_CLOEXEC, 3);

	if (fd < 0)
		g_set_error_literal (error, HOSTNET_ERROR, HOSTNET_ERROR_KERNEL, "cannot duplicate the TUN descriptor");
	return fd;
}

static gboolean
holds (const GArray *prefixes, const InetPrefix *prefix)
{
	for (guint i = 0; i < prefixes->len; i++)
	{
		const InetPrefix *at = &g_array_index (prefixes, InetPrefix, i);

		if (at->bits == prefix->bits && inet_address_equal (&at->address, &prefix->address))
			return TRUE;
	}
	return FALSE;
}

typedef gboolean (*ChangePrefix) (Hostnet *h, gboolean add, const InetPrefix *prefix, GError **error);

static gboolean
change_address (Hostnet *h, gboolean add, const InetPrefix *prefix, GError **error)
{
	return netlink_address (h->socket, add, h->link, prefix, error);
}

static gboolean
change_route (Hostnet *h, gboolean add, const InetPrefix *prefix, GError **error)
{
	return netlink_route (h->socket, add, HOSTNET_TABLE + h->index, h->link, prefix, error);
}

static gboolean
change_block (Hostnet *h, gboolean add, const InetPrefix *prefix, GError **error)
{
	return netlink_route (h->socket, add, HOSTNET_TABLE + h->index, 0, prefix, error);
}

static gboolean
add_missing (Hostnet *h, GArray *now, const GArray *wanted, ChangePrefix change, GError **error)
{
	for (guint i = 0; i < wanted->len; i++)
	{
		const InetPrefix *prefix = &g_array_index (wanted, InetPrefix, i);

		if (holds (now, prefix))
			continue;
		if (!change (h, TRUE, prefix, error))
			return FALSE;
		g_array_append_val (now, *prefix);
	}
	return TRUE;
}

/* What fails is said and does not stop the rest. */
static void
remove_others (Hostnet *h, GArray *now, const GArray *wanted, ChangePrefix change)
{
	for (guint i = now->len; i-- > 0;)
	{
		const InetPrefix *prefix = &g_array_index (now, InetPrefix, i);
		g_autoptr (GError) error = NULL;

		if (holds (wanted, prefix))
			continue;
		if (!change (h, FALSE, prefix, &error))
			g_warning ("%s: %s", h->interface, error->message);
		g_array_remove_index (now, i);
	}
}

static gboolean
change_rule (Hostnet *h, gboolean *now, gboolean wanted, NetlinkRule rule, InetFamily family, GError **error)
{
	/* The exception of the local network stands right before the rule of the tunnel. */
	guint priority = HOSTNET_PRIORITY + 2 * h->index + (rule == NETLINK_RULE_TUNNEL ? 1 : 0);

	if (*now == wanted)
		return TRUE;
	if (!netlink_rule (h->socket, wanted, rule, family, priority, HOSTNET_TABLE + h->index, error))
		return FALSE;
	*now = wanted;
	return TRUE;
}

/* The sets that shall stand. */
typedef struct
{
	GArray *addresses;
	GArray *routes;
	GArray *blocks;
} Wanted;

static void
wanted_clear (Wanted *wanted)
{
	g_array_unref (wanted->addresses);
	g_array_unref (wanted->routes);
	g_array_unref (wanted->blocks);
}

/* IPv6 is not in the kernel at all. */
static gboolean
ipv6_is_missing (void)
{
	return !g_file_test ("/proc/net/if_inet6", G_FILE_TEST_EXISTS);
}

/* The administrator turned IPv6 off for new links (net.ipv6.conf.default.disable_ipv6): then it stays off on ours. */
static gboolean
ipv6_is_off (const Hostnet *h)
{
	g_autofree char *path = g_build_filename ("/proc/sys/net/ipv6/conf", h->interface, "disable_ipv6", NULL);
	g_autofree char *text = NULL;

	return ipv6_is_missing () || (g_file_get_contents (path, &text, NULL, NULL) && text[0] != '0');
}

/* What the tunnel of a host without IPv6 cannot carry has no way around it either; with no IPv6 in the kernel there is
 * nothing that could leak. */
static void
wanted_init (Wanted *wanted, const Hostnet *h, const HostnetConfig *config)
{
	gboolean off = ipv6_is_off (h), missing = ipv6_is_missing ();

	*wanted = (Wanted){ prefix_array (), prefix_array (), prefix_array () };
	for (gsize i = 0; i < config->n_addresses; i++)
		if (!(off && config->addresses[i].address.family == INET_V6))
			g_array_append_val (wanted->addresses, config->addresses[i]);
	for (gsize i = 0; i < config->n_routes; i++)
	{
		gboolean carried = !(off && config->routes[i].address.family == INET_V6);

		if (carried || !missing)
			g_array_append_val (carried ? wanted->routes : wanted->blocks, config->routes[i]);
	}
	for (guint i = 0; i < N_FAMILIES; i++)
	{
		InetPrefix all = { .address.family = families[i], .bits = 0 };
		gboolean block = families[i] == INET_V4 ? config->block_ipv4 : config->block_ipv6 && !missing;

		if (block && !holds (wanted->blocks, &all))
			g_array_append_val (wanted->blocks, all);
	}
}

static gboolean
is_full (const HostnetConfig *config)
{
	for (gsize i = 0; i < config->n_routes; i++)
		if (config->routes[i].bits == 0)
			return TRUE;
	return FALSE;
}

static gboolean
has_family (const GArray *prefixes, InetFamily family)
{
	for (guint i = 0; i < prefixes->len; i++)
		if (g_array_index (prefixes, InetPrefix, i).address.family == family)
			return TRUE;
	return FALSE;
}

static gboolean
apply_rules (Hostnet *h, const Wanted *wanted_sets, gboolean with_lan, GError **error)
{
	for (guint i = 0; i < N_FAMILIES; i++)
	{
		gboolean wanted =
		    has_family (wanted_sets->routes, families[i]) || has_family (wanted_sets->blocks, families[i]);
		gboolean lan = wanted && with_lan;

		if (!change_rule (h, &h->lan_rules[i], lan, NETLINK_RULE_LAN, families[i], error) ||
		    !change_rule (h, &h->rules[i], wanted, NETLINK_RULE_TUNNEL, families[i], error))
			return FALSE;
	}
	return TRUE;
}

static void
revert_dns (Hostnet *h)
{
	if (h->dns != NULL)
		h->dns->revert (h->interface, h->runtime_folder);
	h->dns = NULL;
	g_array_set_size (h->dns_servers, 0);
	g_clear_pointer (&h->dns_domains, g_strfreev);
}

static char **
good_domains (const char *const *domains)
{
	GStrvBuilder *builder = g_strv_builder_new ();
	char **good;

	for (guint i = 0; domains != NULL && domains[i] != NULL; i++)
		if (inet_domain_is_clean (slice_text (domains[i])))
			g_strv_builder_add (builder, domains[i]);
	good = g_strv_builder_end (builder);
	g_strv_builder_unref (builder);
	return good;
}

static gboolean
dns_is_as_wanted (const Hostnet *h, const HostnetConfig *config, char **domains)
{
	return h->dns != NULL && h->dns_full == is_full (config) && h->dns_servers->len == config->n_dns &&
	       memcmp (h->dns_servers->data, config->dns, config->n_dns * sizeof *config->dns) == 0 &&
	       g_strv_equal ((const char *const *) h->dns_domains, (const char *const *) domains);
}

static gboolean
apply_dns (Hostnet *h, const HostnetConfig *config, GError **error)
{
	g_auto (GStrv) domains = good_domains (config->domains);
	const DnsBackend *backend;
	DnsConfig dns = { h->interface,    h->runtime_folder, config->dns, config->n_dns, (const char *const *) domains,
		              is_full (config) };

	if (config->n_dns == 0)
	{
		revert_dns (h);
		return TRUE;
	}
	if (dns_is_as_wanted (h, config, domains))
		return TRUE;
	backend = h->dns != NULL ? h->dns : dns_backend_detect ();
	/* Written before it is done. */
	if (!write_journal (h, backend->name, error))
		return FALSE;
	h->dns = backend;
	if (!backend->apply (&dns, error))
		return FALSE;
	h->dns_full = dns.full_tunnel;
	g_array_set_size (h->dns_servers, 0);
	g_array_append_vals (h->dns_servers, config->dns, (guint) config->n_dns);
	g_strfreev (h->dns_domains);
	h->dns_domains = g_steal_pointer (&domains);
	return TRUE;
}

/* The strict reverse path filter (rp_filter=1, as on RHEL; 2 for all interfaces would win) looks up the way back to the
 * gateway without our mark, so it finds the tunnel and drops every answer. */
static gboolean
filters_strictly (void)
{
	static const char folder[] = "/proc/sys/net/ipv4/conf";
	g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
	gboolean strict = FALSE;
	const char *name;

	while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
	{
		g_autofree char *path = g_build_filename (folder, name, "rp_filter", NULL);
		g_autofree char *text = NULL;

		if (!g_file_get_contents (path, &text, NULL, NULL))
			continue;
		if (g_str_equal (name, "all") && text[0] == '2')
			return FALSE;
		strict |= text[0] == '1';
	}
	return strict;
}

static gboolean
change_gateway (Hostnet *h, const InetAddress *gateway, GError **error)
{
	guint priority = HOSTNET_PRIORITY + 2 * h->index;

	if (inet_address_equal (&h->gateway, gateway))
		return TRUE;
	if (gateway->family != INET_NONE && !netlink_rule_gateway (h->socket, TRUE, gateway, priority, error))
		return FALSE;
	if (h->gateway.family != INET_NONE && !netlink_rule_gateway (h->socket, FALSE, &h->gateway, priority, error))
		return FALSE;
	h->gateway = *gateway;
	return TRUE;
}

/* Only where the tunnel would take the gateway's own address, too. */
static gboolean
apply_gateway (Hostnet *h, const HostnetConfig *config, GError **error)
{
	InetAddress none = { .family = INET_NONE };
	gboolean taken = FALSE;

	for (gsize i = 0; i < config->n_routes; i++)
		taken |= inet_prefix_contains (&config->routes[i], &config->gateway);
	if (config->gateway.family != INET_V4 || !taken || !filters_strictly ())
		return change_gateway (h, &none, error);
	return change_gateway (h, &config->gateway, error);
}

/* Everything that stands, in reverse order. What fails is said and does not stop the rest. */
static void
take_back (Hostnet *h)
{
	g_autoptr (GArray) none = prefix_array ();
	g_autoptr (GError) gateway_error = NULL;

	revert_dns (h);
	if (!change_gateway (h, &(InetAddress){ .family = INET_NONE }, &gateway_error))
		g_warning ("%s: %s", h->interface, gateway_error->message);
	for (guint i = 0; i < 2 * N_FAMILIES; i++)
	{
		InetFamily family = families[i / 2];
		gboolean tunnel = i % 2 == 0;
		g_autoptr (GError) error = NULL;

		if (!change_rule (h, tunnel ? &h->rules[i / 2] : &h->lan_rules[i / 2], FALSE,
		                  tunnel ? NETLINK_RULE_TUNNEL : NETLINK_RULE_LAN, family, &error))
			g_warning ("%s: %s", h->interface, error->message);
	}
	remove_others (h, h->blocks, none, change_block);
	remove_others (h, h->routes, none, change_route);
	remove_others (h, h->addresses, none, change_address);
}

/* What is new comes before what is old goes, so that nothing finds a way around the tunnel in between. */
gboolean
hostnet_apply (Hostnet *h, const HostnetConfig *config, GError **error)
{
	Wanted wanted;
	gboolean done;

	wanted_init (&wanted, h, config);
	done = netlink_link_up (h->socket, h->interface, config->mtu, error) &&
	       add_missing (h, h->addresses, wanted.addresses, change_address, error) &&
	       add_missing (h, h->blocks, wanted.blocks, change_block, error) &&
	       add_missing (h, h->routes, wanted.routes, change_route, error) && apply_gateway (h, config, error) &&
	       apply_rules (h, &wanted, config->lan && is_full (config), error) && apply_dns (h, config, error);
	if (done)
	{
		remove_others (h, h->routes, wanted.routes, change_route);
		remove_others (h, h->blocks, wanted.blocks, change_block);
		remove_others (h, h->addresses, wanted.addresses, change_address);
	}
	else
		take_back (h);
	wanted_clear (&wanted);
	return done;
}

void
hostnet_free (Hostnet *h)
{
	if (h == NULL)
		return;
	if (h->socket != NULL && h->interface != NULL)
		take_back (h);
	if (h->tun >= 0)
		close (h->tun);
	/* The worker may hold the device still, for a moment. */
	if (h->socket != NULL && h->interface != NULL)
		netlink_link_delete (h->socket, h->link);
	if (h->socket != NULL)
		nl_socket_free (h->socket);
	if (h->interface != NULL)
		journal_remove (h->runtime_folder, h->interface);
	g_array_unref (h->addresses);
	g_array_unref (h->routes);
	g_array_unref (h->blocks);
	g_array_unref (h->dns_servers);
	g_strfreev (h->dns_domains);
	g_free (h->runtime_folder);
	g_free (h->interface);
	g_free (h);
}

/* Rules and table of ours by number, the interface by name and number. */
static void
recover_one (struct nl_sock *socket, const char *folder, const Journal *journal)
{
	const DnsBackend *dns = journal->dns != NULL ? dns_backend_by_name (journal->dns) : NULL;

	if (dns != NULL)
		dns->revert (journal->interface, folder);
	for (guint i = 0; i < N_FAMILIES; i++)
	{
		guint priority = HOSTNET_PRIORITY + 2 * journal->index;
		guint table = HOSTNET_TABLE + journal->index;

		netlink_rule (socket, FALSE, NETLINK_RULE_LAN, families[i], priority, table, NULL);
		netlink_rule (socket, FALSE, NETLINK_RULE_TUNNEL, families[i], priority + 1, table, NULL);
	}
	netlink_rule_gateway (socket, FALSE, NULL, HOSTNET_PRIORITY + 2 * journal->index, NULL);
	netlink_table_flush (socket, HOSTNET_TABLE + journal->index);
	if (netlink_link_index (journal->interface) == journal->link)
		netlink_link_delete (socket, journal->link);
}

guint
hostnet_recover (const char *runtime_folder)
{
	g_autoptr (GPtrArray) paths = journal_list (runtime_folder);
	struct nl_sock *socket = paths->len > 0 ? netlink_open (NULL) : NULL;
	guint n = 0;

	atomic_file_sweep_folder (runtime_folder);
	for (guint i = 0; socket != NULL && i < paths->len; i++)
	{
		g_autoptr (GError) error = NULL;
		Journal journal;

		if (!journal_read (paths->pdata[i], &journal, &error))
		{
			g_warning ("%s; it is left alone", error->message);
			continue;
		}
		recover_one (socket, runtime_folder, &journal);
		journal_remove (runtime_folder, journal.interface);
		journal_clear (&journal);
		n++;
	}
	if (socket != NULL)
		nl_socket_free (socket);
	return n;
}
