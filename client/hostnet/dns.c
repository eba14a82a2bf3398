/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dns.h"

/* In the order they are tried. */
static const DnsBackend *const backends[] = { &dns_resolved, &dns_openresolv, &dns_resolvconf, &dns_file };

const DnsBackend *
dns_backend_detect (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
		if (backends[i]->detect ())
			return backends[i];
	return &dns_file;
}

const DnsBackend *
dns_backend_by_name (const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
		if (g_str_equal (backends[i]->name, name))
			return backends[i];
	return NULL;
}

void
dns_append_lines (const DnsConfig *config, GString *text)
{
	char address[INET_TEXT_OCTETS];

	for (gsize i = 0; i < config->n_servers; i++)
		g_string_append_printf (text, "nameserver %s\n", inet_address_to_text (&config->servers[i], address));
	if (config->domains[0] != NULL)
	{
		g_autofree char *joined = g_strjoinv (" ", (char **) config->domains);

		g_string_append_printf (text, "search %s\n", joined);
	}
}
