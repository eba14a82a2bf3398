/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hostconfig.h"

#define MAX_ADDRESSES 8
#define MAX_ROUTES 1024
#define MAX_DNS 8
#define MAX_DOMAINS 32

void
host_plan_init (HostPlan *plan)
{
	*plan = (HostPlan){
		.addresses = g_array_new (FALSE, FALSE, sizeof (InetPrefix)),
		.routes = g_array_new (FALSE, FALSE, sizeof (InetPrefix)),
		.dns = g_array_new (FALSE, FALSE, sizeof (InetAddress)),
		.domains = g_ptr_array_new_with_free_func (g_free),
	};
	g_ptr_array_add (plan->domains, NULL);
}

void
host_plan_clear (HostPlan *plan)
{
	g_array_unref (plan->addresses);
	g_array_unref (plan->routes);
	g_array_unref (plan->dns);
	g_ptr_array_unref (plan->domains);
}

static void
take_addresses (HostPlan *plan, GVariant *addresses)
{
	GVariantIter iter;
	const char *text;
	guint bits;

	g_variant_iter_init (&iter, addresses);
	while (g_variant_iter_next (&iter, "(&su)", &text, &bits))
	{
		InetPrefix prefix = { 0 };

		if (plan->addresses->len < MAX_ADDRESSES && inet_address_parse (text, &prefix.address) &&
		    inet_address_is_usable (&prefix.address) && bits <= inet_family_octets (prefix.address.family) * 8)
		{
			prefix.bits = (guint8) bits;
			g_array_append_val (plan->addresses, prefix);
		}
	}
}

static void
take_dns (HostPlan *plan, GVariant *servers)
{
	GVariantIter iter;
	const char *text;

	g_variant_iter_init (&iter, servers);
	while (g_variant_iter_next (&iter, "&s", &text))
	{
		InetAddress address;

		if (plan->dns->len < MAX_DNS && inet_address_parse (text, &address) && inet_address_is_usable (&address))
			g_array_append_val (plan->dns, address);
	}
}

static void
take_domains (HostPlan *plan, GVariant *domains)
{
	GVariantIter iter;
	const char *text;

	g_variant_iter_init (&iter, domains);
	while (plan->domains->len <= MAX_DOMAINS && g_variant_iter_next (&iter, "&s", &text))
		if (inet_domain_is_clean (slice_text (text)))
			g_ptr_array_insert (plan->domains, (gint) plan->domains->len - 1, g_strdup (text));
}

void
host_plan_take_config (HostPlan *plan, GVariant *configuration, gboolean with_dns)
{
	g_autoptr (GVariant) addresses = g_variant_lookup_value (configuration, "addresses", G_VARIANT_TYPE ("a(su)"));
	g_autoptr (GVariant) dns = g_variant_lookup_value (configuration, "dns", G_VARIANT_TYPE ("as"));
	g_autoptr (GVariant) domains = g_variant_lookup_value (configuration, "domains", G_VARIANT_TYPE ("as"));

	if (addresses != NULL)
		take_addresses (plan, addresses);
	if (with_dns && dns != NULL)
		take_dns (plan, dns);
	if (with_dns && domains != NULL)
		take_domains (plan, domains);
}

static gboolean
has_prefix (const GArray *prefixes, const InetPrefix *wanted)
{
	for (guint i = 0; i < prefixes->len; i++)
	{
		const InetPrefix *prefix = &g_array_index (prefixes, InetPrefix, i);

		if (prefix->bits == wanted->bits && inet_address_equal (&prefix->address, &wanted->address))
			return TRUE;
	}
	return FALSE;
}

/* Packets of the host to itself, to a group or on the link go through no tunnel; 0.0.0.0/1 is half of everything. */
static gboolean
is_local_matter (const InetPrefix *prefix)
{
	return (prefix->bits >= 4 && inet_address_is_multicast (&prefix->address)) ||
	       (prefix->bits >= 8 && !inet_address_is_usable (&prefix->address));
}

static gboolean
take_range (HostPlan *plan, const InetRange *range)
{
	g_autoptr (GArray) prefixes = g_array_new (FALSE, FALSE, sizeof (InetPrefix));
	gboolean is_new = FALSE;

	inet_range_prefixes (range, prefixes);
	for (guint i = 0; i < prefixes->len && plan->routes->len < MAX_ROUTES; i++)
	{
		InetPrefix prefix = g_array_index (prefixes, InetPrefix, i);

		if (prefix.bits == 0 && prefix.address.family == INET_V4)
			plan->full_v4 = TRUE;
		if (prefix.bits == 0 && prefix.address.family == INET_V6)
			plan->full_v6 = TRUE;
		if (is_local_matter (&prefix))
			continue;
		/* The child that takes the place of another brings the same once more. */
		if (has_prefix (plan->routes, &prefix))
			continue;
		g_array_append_val (plan->routes, prefix);
		is_new = TRUE;
	}
	return is_new;
}

gboolean
host_plan_take_selectors (HostPlan *plan, GVariant *selectors)
{
	gboolean is_new = FALSE;
	GVariantIter iter;
	const char *first, *last;
	InetRange range;

	g_variant_iter_init (&iter, selectors);
	while (g_variant_iter_next (&iter, "(yqq&s&s)", NULL, NULL, NULL, &first, &last))
		if (inet_address_parse (first, &range.first) && inet_address_parse (last, &range.last) &&
		    inet_range_valid (&range))
			is_new |= take_range (plan, &range);
	return is_new;
}

static gboolean
has_family (const GArray *prefixes, InetFamily family)
{
	for (guint i = 0; i < prefixes->len; i++)
		if (g_array_index (prefixes, InetPrefix, i).address.family == family)
			return TRUE;
	return FALSE;
}

/* A family that the profile wanted whole and the tunnel does not carry has no way out beside it. */
static gboolean
blocked (const HostPlan *plan, const Profile *profile, InetFamily family, gboolean other_full)
{
	gsize n;
	const InetPrefix *remote = profile_prefixes (profile, "network.remote", &n);

	if (!other_full || has_family (plan->routes, family))
		return FALSE;
	for (gsize i = 0; i < n; i++)
		if (remote[i].address.family == family && remote[i].bits == 0)
			return TRUE;
	return FALSE;
}

/* Routes of a family in which we have no address would send packets that nobody can answer: they are unreachable instead. */
static void
drop_family_without_address (HostPlan *plan, InetFamily family)
{
	if (plan->addresses->len == 0 || has_family (plan->addresses, family))
		return;
	for (guint i = plan->routes->len; i-- > 0;)
		if (g_array_index (plan->routes, InetPrefix, i).address.family == family)
			g_array_remove_index (plan->routes, i);
}

void
host_plan_config (HostPlan *plan, const Profile *profile, guint mtu, HostnetConfig *ret_config)
{
	drop_family_without_address (plan, INET_V4);
	drop_family_without_address (plan, INET_V6);
	*ret_config = (HostnetConfig){
		.addresses = (const InetPrefix *) (gconstpointer) plan->addresses->data,
		.n_addresses = plan->addresses->len,
		.routes = (const InetPrefix *) (gconstpointer) plan->routes->data,
		.n_routes = plan->routes->len,
		.mtu = mtu,
		.dns = (const InetAddress *) (gconstpointer) plan->dns->data,
		.n_dns = plan->dns->len,
		.domains = (const char *const *) plan->domains->pdata,
		.lan = profile_boolean (profile, "network.lan"),
		.block_ipv6 = blocked (plan, profile, INET_V6, plan->full_v4),
		.block_ipv4 = blocked (plan, profile, INET_V4, plan->full_v6),
	};
}

GVariant *
host_plan_prefixes (const GArray *prefixes)
{
	GVariantBuilder builder;
	char text[INET_TEXT_OCTETS];

	g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(su)"));
	for (guint i = 0; i < prefixes->len; i++)
	{
		const InetPrefix *prefix = &g_array_index (prefixes, InetPrefix, i);

		g_variant_builder_add (&builder, "(su)", inet_address_to_text (&prefix->address, text), (guint) prefix->bits);
	}
	return g_variant_builder_end (&builder);
}

GVariant *
host_plan_dns (const HostPlan *plan)
{
	GVariantBuilder builder;
	char text[INET_TEXT_OCTETS];

	g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
	for (guint i = 0; i < plan->dns->len; i++)
		g_variant_builder_add (&builder, "s", inet_address_to_text (&g_array_index (plan->dns, InetAddress, i), text));
	return g_variant_builder_end (&builder);
}
