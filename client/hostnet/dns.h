/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: which of the ways of this host sets DNS servers, and the table of those ways.
 * Must not know: where the servers come from.
 */
#pragma once

#include "hostnet.h"

typedef struct
{
	const char *interface;
	const char *runtime_folder; /* for what must outlive us */
	const InetAddress *servers;
	gsize n_servers;
	const char *const *domains; /* NULL-terminated, never NULL */
	gboolean full_tunnel;       /* every name is asked there, else only those of the domains where that can be said */
} DnsConfig;

typedef struct
{
	const char *name;
	/* Whether this way is the one of this host. */
	gboolean (*detect) (void);
	gboolean (*apply) (const DnsConfig *config, GError **error);
	/* Takes back what apply() did, also one of a process that is gone. */
	void (*revert) (const char *interface, const char *runtime_folder);
} DnsBackend;

extern const DnsBackend dns_resolved;
extern const DnsBackend dns_openresolv;
extern const DnsBackend dns_resolvconf;
extern const DnsBackend dns_file;

/* The first of the table that detects itself; the file is the last resort. */
const DnsBackend *dns_backend_detect (void);
const DnsBackend *dns_backend_by_name (const char *name); /* NULL: none */

/* Writes "nameserver" and "search" lines, as resolvconf and resolv.conf want them. */
void dns_append_lines (const DnsConfig *config, GString *text);

/* dns-file.c with the path of resolv.conf as an argument, for tests. */
gboolean dns_file_apply_at (const char *path, const DnsConfig *config, GError **error);
void dns_file_revert_at (const char *path, const char *folder, const char *interface);
/* Where the text of before is kept. Free with g_free(). */
char *dns_file_backup (const char *folder, const char *interface);
