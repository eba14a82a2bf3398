/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resolver.h"

typedef struct
{
	GCancellable *cancellable;
	InetAddress literal;
	ResolverDone done;
	gpointer user_data;
} Lookup;

static void
lookup_free (Lookup *lookup)
{
	g_object_unref (lookup->cancellable);
	g_free (lookup);
}

static void
on_addresses (GObject *source, GAsyncResult *result, gpointer user_data)
{
	Lookup *lookup = user_data;
	g_autoptr (GError) error = NULL;
	GList *found = g_resolver_lookup_by_name_finish (G_RESOLVER (source), result, &error);
	InetAddress addresses[RESOLVER_MAX_ADDRESSES];
	gsize n = 0;

	for (GList *at = found; at != NULL && n < RESOLVER_MAX_ADDRESSES; at = at->next)
		if (inet_address_decode (slice (g_inet_address_to_bytes (at->data), g_inet_address_get_native_size (at->data)),
		                         &addresses[n]) == STATUS_OK)
			n++;
	g_resolver_free_addresses (found);
	if (!g_cancellable_is_cancelled (lookup->cancellable))
		lookup->done (n > 0 ? addresses : NULL, n, error != NULL ? error->message : "it has no address",
		              lookup->user_data);
	lookup_free (lookup);
}

static gboolean
on_literal (gpointer user_data)
{
	Lookup *lookup = user_data;

	if (!g_cancellable_is_cancelled (lookup->cancellable))
		lookup->done (&lookup->literal, 1, NULL, lookup->user_data);
	lookup_free (lookup);
	return G_SOURCE_REMOVE;
}

void
resolver_lookup (const char *name, GCancellable *cancellable, ResolverDone done, gpointer user_data)
{
	Lookup *lookup = g_new0 (Lookup, 1);
	g_autoptr (GResolver) resolver = NULL;

	lookup->cancellable = g_object_ref (cancellable);
	lookup->done = done;
	lookup->user_data = user_data;
	if (inet_address_parse (name, &lookup->literal))
	{
		g_idle_add (on_literal, lookup);
		return;
	}
	resolver = g_resolver_get_default ();
	g_resolver_lookup_by_name_async (resolver, name, cancellable, on_addresses, lookup);
}
