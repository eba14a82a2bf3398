/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostnet.h"

#include <fcntl.h>
#include <unistd.h>

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
	return journal_write (h->runtime_folder, &(Journal){ h->interface, h->index, (char *) dns }, error);
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
	if (h->tun < 0 || !write_journal (h, NULL, error))
		return NULL;
	h->link = netlink_link_index (h->interface);
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

/* Makes @now what is @wanted: only the differences, first what is new. */
static gboolean
change_set (Hostnet *h, GArray *now, const GArray *wanted, ChangePrefix change, GError **error)
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
	for (guint i = now->len; i-- > 0;)
	{
		const InetPrefix *prefix = &g_array_index (now, InetPrefix, i);

		if (holds (wanted, prefix))
			continue;
		if (!change (h, FALSE, prefix, error))
			return FALSE;
		g_array_remove_index (now, i);
	}
	return TRUE;
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

static GArray *
prefixes_of (const InetPrefix *prefixes, gsize n)
{
	GArray *array = prefix_array ();

	g_array_append_vals (array, prefixes, (guint) n);
	return array;
}

static GArray *
blocks_of (const HostnetConfig *config)
{
	GArray *blocks = prefix_array ();

	for (guint i = 0; i < N_FAMILIES; i++)
	{
		InetPrefix all = { .address.family = families[i], .bits = 0 };

		if (families[i] == INET_V4 ? config->block_ipv4 : config->block_ipv6)
			g_array_append_val (blocks, all);
	}
	return blocks;
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
apply_rules (Hostnet *h, const HostnetConfig *config, GError **error)
{
	for (guint i = 0; i < N_FAMILIES; i++)
	{
		gboolean wanted = has_family (h->routes, families[i]) || has_family (h->blocks, families[i]);
		gboolean lan = wanted && config->lan && is_full (config);

		/* With IPv6 turned off in the kernel there is nothing that could leak. */
		if (families[i] == INET_V6 && !has_family (h->routes, INET_V6) &&
		    !g_file_test ("/proc/net/if_inet6", G_FILE_TEST_EXISTS))
			continue;
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

/* Labels of letters, digits, hyphens and underscores: what a line of a text file cannot be broken with. */
static gboolean
domain_good (const char *domain)
{
	gsize len = strlen (domain);

	for (gsize i = 0; i < len; i++)
		if (!g_ascii_isalnum (domain[i]) && domain[i] != '-' && domain[i] != '_' && domain[i] != '.')
			return FALSE;
	return len > 0 && len <= 253 && domain[0] != '-' && domain[0] != '.';
}

static char **
good_domains (const char *const *domains)
{
	GStrvBuilder *builder = g_strv_builder_new ();
	char **good;

	for (guint i = 0; domains != NULL && domains[i] != NULL; i++)
		if (domain_good (domains[i]))
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

/* Everything that stands, in reverse order. What fails is said and does not stop the rest. */
static void
take_back (Hostnet *h)
{
	g_autoptr (GArray) none = prefix_array ();

	revert_dns (h);
	for (guint i = 0; i < N_FAMILIES; i++)
	{
		g_autoptr (GError) error = NULL;

		if (!change_rule (h, &h->rules[i], FALSE, NETLINK_RULE_TUNNEL, families[i], &error) ||
		    !change_rule (h, &h->lan_rules[i], FALSE, NETLINK_RULE_LAN, families[i], &error))
			g_warning ("%s", error->message);
	}
	for (guint i = 0; i < 3; i++)
	{
		GArray *sets[] = { h->blocks, h->routes, h->addresses };
		const ChangePrefix changes[] = { change_block, change_route, change_address };
		g_autoptr (GError) error = NULL;

		if (!change_set (h, sets[i], none, changes[i], &error))
			g_warning ("%s", error->message);
	}
}

gboolean
hostnet_apply (Hostnet *h, const HostnetConfig *config, GError **error)
{
	g_autoptr (GArray) addresses = prefixes_of (config->addresses, config->n_addresses);
	g_autoptr (GArray) routes = prefixes_of (config->routes, config->n_routes);
	g_autoptr (GArray) blocks = blocks_of (config);

	if (netlink_link_up (h->socket, h->interface, config->mtu, error) &&
	    change_set (h, h->addresses, addresses, change_address, error) &&
	    change_set (h, h->blocks, blocks, change_block, error) &&
	    change_set (h, h->routes, routes, change_route, error) && apply_rules (h, config, error) &&
	    apply_dns (h, config, error))
		return TRUE;
	take_back (h);
	return FALSE;
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
		netlink_link_delete (h->socket, h->interface);
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

/* Rules of ours by number, the table of ours by number, the interface by name; routes go with the interface, those that make
 * unreachable stay until they are named. */
static void
recover_one (struct nl_sock *socket, const char *folder, const Journal *journal)
{
	const DnsBackend *dns = journal->dns != NULL ? dns_backend_by_name (journal->dns) : NULL;

	if (dns != NULL)
		dns->revert (journal->interface, folder);
	for (guint i = 0; i < N_FAMILIES; i++)
	{
		InetPrefix all = { .address.family = families[i], .bits = 0 };
		guint priority = HOSTNET_PRIORITY + 2 * journal->index;
		guint table = HOSTNET_TABLE + journal->index;

		netlink_rule (socket, FALSE, NETLINK_RULE_LAN, families[i], priority, table, NULL);
		netlink_rule (socket, FALSE, NETLINK_RULE_TUNNEL, families[i], priority + 1, table, NULL);
		netlink_route (socket, FALSE, table, 0, &all, NULL);
	}
	netlink_link_delete (socket, journal->interface);
}

guint
hostnet_recover (const char *runtime_folder)
{
	g_autoptr (GPtrArray) paths = journal_list (runtime_folder);
	struct nl_sock *socket = paths->len > 0 ? netlink_open (NULL) : NULL;
	guint n = 0;

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
