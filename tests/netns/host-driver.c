/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Drives client/hostnet line by line for the shell tests. Usage: host-driver RUNTIME-FOLDER
 *
 *   new SLOT NAME|- INDEX       apply SLOT KEY=VALUE...       free SLOT       recover       steps
 *
 * KEY is address, route, dns, domain (each as often as wanted), gateway, mtu, lan, block4, block6. Answers "ok ..." or "error ...".
 *
 * A step is a call that changes something outside of this process: a netlink message, a rename, an unlink, an fsync. With
 * HOST_DRIVER_KILL=N the process gets SIGKILL before its N-th step, with HOST_DRIVER_FAIL=N the N-th netlink message fails. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostnet/hostnet.h"

#define SLOTS 4

static guint steps, kill_at, messages, fail_at;

static void
step (void)
{
	if (++steps == kill_at)
		kill (getpid (), SIGKILL);
}

static gboolean
is_netlink (int fd)
{
	int domain = 0;
	socklen_t len = sizeof domain;

	return getsockopt (fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_NETLINK;
}

/* These stand before those of the C library, also for libnl and GLib. */
ssize_t
sendmsg (int fd, const struct msghdr *message, int flags)
{
	if (is_netlink (fd))
	{
		step ();
		if (++messages == fail_at)
		{
			errno = EPERM;
			return -1;
		}
	}
	return syscall (SYS_sendmsg, fd, message, flags);
}

int
rename (const char *from, const char *to)
{
	step ();
	return (int) syscall (SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int
unlink (const char *path)
{
	step ();
	return (int) syscall (SYS_unlinkat, AT_FDCWD, path, 0);
}

int
fsync (int fd)
{
	step ();
	return (int) syscall (SYS_fsync, fd);
}

static void
answer (gboolean ok, const GError *error, const char *words)
{
	if (ok)
		printf ("ok %s\n", words);
	else
		printf ("error %s\n", error != NULL ? error->message : words);
	fflush (stdout);
}

/* ADDRESS/BITS; an address has bits behind its prefix, where a network has none. */
static gboolean
parse_address (const char *text, InetPrefix *ret_prefix)
{
	g_auto (GStrv) parts = g_strsplit (text, "/", 2);

	if (g_strv_length (parts) != 2 || !inet_address_parse (parts[0], &ret_prefix->address))
		return FALSE;
	ret_prefix->bits = (guint8) strtoul (parts[1], NULL, 10);
	return TRUE;
}

static gboolean
add_word (const char *word, HostnetConfig *config, GArray *addresses, GArray *routes, GArray *dns, GPtrArray *domains)
{
	const char *value = strchr (word, '=');
	g_autofree char *key = value != NULL ? g_strndup (word, (gsize) (value - word)) : g_strdup (word);
	InetPrefix prefix = { 0 };
	InetAddress address;

	value = value != NULL ? value + 1 : "";
	if (g_str_equal (key, "gateway") && inet_address_parse (value, &address))
		config->gateway = address;
	else if (g_str_equal (key, "dns") && inet_address_parse (value, &address))
		g_array_append_val (dns, address);
	else if (g_str_equal (key, "address") && parse_address (value, &prefix))
		g_array_append_val (addresses, prefix);
	else if (g_str_equal (key, "route") && inet_prefix_parse (value, &prefix))
		g_array_append_val (routes, prefix);
	else if (g_str_equal (key, "domain"))
		g_ptr_array_insert (domains, (gint) domains->len - 1, g_strdup (value));
	else if (g_str_equal (key, "mtu"))
		config->mtu = (guint) strtoul (value, NULL, 10);
	else if (g_str_equal (key, "lan"))
		config->lan = TRUE;
	else if (g_str_equal (key, "block4"))
		config->block_ipv4 = TRUE;
	else if (g_str_equal (key, "block6"))
		config->block_ipv6 = TRUE;
	else
		return FALSE;
	return TRUE;
}

static void
apply (Hostnet *hostnet, char **words)
{
	g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (InetPrefix));
	g_autoptr (GArray) routes = g_array_new (FALSE, FALSE, sizeof (InetPrefix));
	g_autoptr (GArray) dns = g_array_new (FALSE, FALSE, sizeof (InetAddress));
	g_autoptr (GPtrArray) domains = g_ptr_array_new_with_free_func (g_free);
	HostnetConfig config = { .mtu = 1400 };
	g_autoptr (GError) error = NULL;
	gboolean ok;

	g_ptr_array_add (domains, NULL);
	for (guint i = 0; words[i] != NULL; i++)
		if (!add_word (words[i], &config, addresses, routes, dns, domains))
		{
			answer (FALSE, NULL, words[i]);
			return;
		}
	config.addresses = (const InetPrefix *) (gconstpointer) addresses->data;
	config.n_addresses = addresses->len;
	config.routes = (const InetPrefix *) (gconstpointer) routes->data;
	config.n_routes = routes->len;
	config.dns = (const InetAddress *) (gconstpointer) dns->data;
	config.n_dns = dns->len;
	config.domains = (const char *const *) domains->pdata;
	ok = hostnet_apply (hostnet, &config, &error);
	answer (ok, error, hostnet_dns_backend (hostnet));
}

static void
obey (const char *folder, Hostnet **slots, char **words)
{
	g_autoptr (GError) error = NULL;
	guint slot = words[0] != NULL && words[1] != NULL ? (guint) strtoul (words[1], NULL, 10) % SLOTS : 0;
	g_autofree char *number = NULL;

	if (words[0] == NULL)
		return;
	if (g_str_equal (words[0], "new") && g_strv_length (words) == 4 && slots[slot] == NULL)
	{
		const char *name = g_str_equal (words[2], "-") ? NULL : words[2];

		slots[slot] = hostnet_new (folder, name, (guint) strtoul (words[3], NULL, 10), &error);
		answer (slots[slot] != NULL, error, slots[slot] != NULL ? hostnet_interface (slots[slot]) : "");
	}
	else if (g_str_equal (words[0], "apply") && slots[slot] != NULL)
		apply (slots[slot], words + 2);
	else if (g_str_equal (words[0], "free") && slots[slot] != NULL)
	{
		g_clear_pointer (&slots[slot], hostnet_free);
		answer (TRUE, NULL, "");
	}
	else if (g_str_equal (words[0], "recover"))
	{
		number = g_strdup_printf ("%u", hostnet_recover (folder));
		answer (TRUE, NULL, number);
	}
	else if (g_str_equal (words[0], "steps"))
	{
		number = g_strdup_printf ("%u %u", steps, messages);
		answer (TRUE, NULL, number);
	}
	else
		answer (FALSE, NULL, words[0]);
}

int
main (int argc, char **argv)
{
	Hostnet *slots[SLOTS] = { NULL };
	const char *value;
	char line[65536];

	if (argc != 2)
		return 2;
	if ((value = getenv ("HOST_DRIVER_KILL")) != NULL)
		kill_at = (guint) strtoul (value, NULL, 10);
	if ((value = getenv ("HOST_DRIVER_FAIL")) != NULL)
		fail_at = (guint) strtoul (value, NULL, 10);
	while (fgets (line, sizeof line, stdin) != NULL)
	{
		g_auto (GStrv) words = g_strsplit (g_strstrip (line), " ", -1);

		obey (argv[1], slots, words);
	}
	for (guint i = 0; i < SLOTS; i++)
		hostnet_free (slots[i]);
	return 0;
}
