/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "translate.h"

/* Names of numbers.def for the algorithms of a CHILD SA. */
static const char *
encr_name (EncrId encr)
{
	static const char *const names[ENCR_COUNT] = {
		[ENCR_AES_GCM_16] = "AES_GCM_16",
		[ENCR_CHACHA20_POLY1305] = "CHACHA20_POLY1305",
		[ENCR_AES_CBC] = "AES_CBC",
		[ENCR_3DES_CBC] = "3DES",
	};

	return encr < ENCR_COUNT ? names[encr] : "?";
}

static const char *
integ_name (IntegId integ)
{
	static const char *const names[INTEG_COUNT] = {
		[INTEG_NONE] = "NONE",
		[INTEG_HMAC_SHA1_96] = "HMAC_SHA1_96",
		[INTEG_HMAC_SHA2_256_128] = "HMAC_SHA2_256_128",
		[INTEG_HMAC_SHA2_384_192] = "HMAC_SHA2_384_192",
		[INTEG_HMAC_SHA2_512_256] = "HMAC_SHA2_512_256",
	};

	return integ < INTEG_COUNT ? names[integ] : "?";
}

void
translate_child (const IkeChild *child, EspParameters *ret_in, EspParameters *ret_out)
{
	EspParameters both = { .suite = child->suite,
		                   .esn = child->esn,
		                   .local = child->local,
		                   .n_local = child->n_local,
		                   .remote = child->remote,
		                   .n_remote = child->n_remote };

	*ret_in = both;
	ret_in->spi = child->spi_in;
	ret_in->encr_key = secret_view (&child->encr_in);
	ret_in->integ_key = secret_view (&child->integ_in);
	*ret_out = both;
	ret_out->spi = child->spi_out;
	ret_out->encr_key = secret_view (&child->encr_out);
	ret_out->integ_key = secret_view (&child->integ_out);
}

GVariant *
translate_selectors (const InetSelector *selectors, gsize n)
{
	char first[INET_TEXT_OCTETS], last[INET_TEXT_OCTETS];
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(yqqss)"));
	for (gsize i = 0; i < n; i++)
	{
		const InetSelector *s = &selectors[i];

		g_variant_builder_add (&builder, "(yqqss)", s->protocol, s->port_first, s->port_last,
		                       inet_address_to_text (&s->range.first, first),
		                       inet_address_to_text (&s->range.last, last));
	}
	return g_variant_builder_end (&builder);
}

static void
add (GVariantBuilder *builder, const char *name, GVariant *value)
{
	g_variant_builder_add (builder, "{sv}", name, value);
}

static void
add_text (GVariantBuilder *builder, const char *name, const char *text)
{
	add (builder, name, g_variant_new_string (text != NULL ? text : ""));
}

static void
add_endpoint (GVariantBuilder *builder, const char *name, const InetEndpoint *endpoint)
{
	char text[INET_TEXT_OCTETS];

	add_text (builder, name, inet_endpoint_to_text (endpoint, text));
}

GVariant *
translate_child_details (const IkeChild *child)
{
	gsize overhead = ESP_HEADER_OCTETS + aead_iv_octets (&child->suite) + 2 + aead_icv_octets (&child->suite);
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	add_text (&builder, "encr", encr_name (child->suite.encr));
	add (&builder, "key-bits", g_variant_new_uint32 (child->suite.key_bits));
	add_text (&builder, "integ", integ_name (child->suite.integ));
	add (&builder, "esn", g_variant_new_boolean (child->esn));
	add (&builder, "overhead", g_variant_new_uint32 ((guint32) overhead));
	/* RFC 4303 section 2.4: also without a block cipher the packet ends on four octets. */
	add (&builder, "block", g_variant_new_uint32 ((guint32) MAX (aead_block_octets (&child->suite), 4)));
	add_endpoint (&builder, "local", &child->path.local);
	add_endpoint (&builder, "remote", &child->path.remote);
	return g_variant_builder_end (&builder);
}

static GVariant *
prefixes (const InetPrefix *values, guint n)
{
	char text[INET_TEXT_OCTETS];
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(su)"));
	for (guint i = 0; i < n; i++)
		g_variant_builder_add (&builder, "(su)", inet_address_to_text (&values[i].address, text),
		                       (guint32) values[i].bits);
	return g_variant_builder_end (&builder);
}

static GVariant *
addresses (const InetAddress *values, guint n)
{
	char text[INET_TEXT_OCTETS];
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
	for (guint i = 0; i < n; i++)
		g_variant_builder_add (&builder, "s", inet_address_to_text (&values[i], text));
	return g_variant_builder_end (&builder);
}

GVariant *
translate_configuration (const IkeConfiguration *configuration)
{
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	add (&builder, "addresses", prefixes (configuration->addresses, configuration->n_addresses));
	add (&builder, "dns", addresses (configuration->dns, configuration->n_dns));
	add (&builder, "subnets", prefixes (configuration->subnets, configuration->n_subnets));
	add (&builder, "domains",
	     g_variant_new_strv ((const char *const *) configuration->domains, (gssize) configuration->n_domains));
	return g_variant_builder_end (&builder);
}

static const char *
nat_word (const IkeFacts *facts)
{
	if (!facts->has_suite)
		return "unknown";
	if (facts->nat_local)
		return facts->nat_remote ? "both" : "local";
	return facts->nat_remote ? "remote" : "none";
}

GVariant *
translate_facts (const IkeFacts *facts)
{
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	add_endpoint (&builder, "local", &facts->path.local);
	add_endpoint (&builder, "remote", &facts->path.remote);
	add_text (&builder, "nat", nat_word (facts));
	add (&builder, "dropped", g_variant_new_uint64 (facts->n_dropped));
	add_text (&builder, "datapath", "udp-batches");
	if (facts->has_suite)
	{
		add_text (&builder, "encr", encr_name (facts->suite.encr));
		add (&builder, "key-bits", g_variant_new_uint32 (facts->suite.key_bits));
		add_text (&builder, "integ", integ_name (facts->suite.integ));
		add_text (&builder, "prf", facts->prf);
		add_text (&builder, "group", facts->group);
	}
	return g_variant_builder_end (&builder);
}

GVariant *
translate_ask (const IkeEffect *effect)
{
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	add_text (&builder, "prompt", effect->ask.prompt);
	add (&builder, "again", g_variant_new_boolean (effect->ask.again));
	if (effect->ask.kind == IKE_ASK_SIGN && effect->ask.octets != NULL)
	{
		add (&builder, "scheme", g_variant_new_uint32 (effect->ask.scheme));
		add (&builder, "digest", g_variant_new_boolean (effect->ask.is_digest));
		add (&builder, "octets", g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, effect->ask.octets, TRUE));
	}
	return g_variant_builder_end (&builder);
}

static GVariant *
counters (const char *const *names, const guint64 *values, gsize n)
{
	GVariantBuilder builder;

	g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
	for (gsize i = 0; i < n; i++)
		g_variant_builder_add (&builder, "{st}", names[i], values[i]);
	return g_variant_builder_end (&builder);
}

GVariant *
translate_sa_counters (const DatapathSaCounters *sa)
{
	static const char *const names[] = { "packets-in",     "octets-in",   "packets-out",      "octets-out",
		                                 "dropped-replay", "dropped-icv", "dropped-selector", "dropped-malformed" };
	const guint64 values[] = { sa->in.packets,          sa->in.octets,           sa->out.packets,
		                       sa->out.octets,          sa->in.dropped_replay,   sa->in.dropped_icv,
		                       sa->in.dropped_selector, sa->in.dropped_malformed };

	G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (values));
	return counters (names, values, G_N_ELEMENTS (names));
}

GVariant *
translate_datapath_counters (const DatapathCounters *all, const DatapathFacts *facts)
{
	static const char *const names[] = { "no-sa-in",        "no-sa-out",       "malformed",        "ike-overflow",
		                                 "keepalives",      "lost-in",         "lost-out",         "malformed-tun",
		                                 "dropped-ecn",     "path-tun-vnet",   "path-tun-tcp-out", "path-tun-udp-out",
		                                 "path-tun-tcp-in", "path-tun-udp-in", "path-udp-cut",     "path-udp-joined" };
	const guint64 values[] = { all->no_sa_in,
		                       all->no_sa_out,
		                       all->malformed,
		                       all->ike_overflow,
		                       all->keepalives,
		                       all->lost_in,
		                       all->lost_out,
		                       all->malformed_tun,
		                       all->dropped_ecn,
		                       facts->tun_vnet ? 1 : 0,
		                       facts->tun_tcp_out ? 1 : 0,
		                       facts->tun_udp_out ? 1 : 0,
		                       facts->tun_tcp_in ? 1 : 0,
		                       facts->tun_udp_in ? 1 : 0,
		                       facts->udp_cut ? 1 : 0,
		                       facts->udp_joined ? 1 : 0 };

	G_STATIC_ASSERT (G_N_ELEMENTS (names) == G_N_ELEMENTS (values));
	return counters (names, values, G_N_ELEMENTS (names));
}

const char *
translate_state (IkeState state)
{
	switch (state)
	{
	case IKE_STATE_INIT:
		return "init";
	case IKE_STATE_AUTHENTICATING:
		return "authenticating";
	case IKE_STATE_NEED_SECRETS:
		return "need-secrets";
	case IKE_STATE_ESTABLISHED:
		return "established";
	case IKE_STATE_CLOSING:
		return "closing";
	case IKE_STATE_IDLE:
	case IKE_STATE_CLOSED:
		return NULL;
	}
	return NULL;
}

const char *
translate_ask_kind (IkeAskKind kind)
{
	switch (kind)
	{
	case IKE_ASK_PASSWORD:
		return "password";
	case IKE_ASK_CODE:
		return "code";
	case IKE_ASK_PSK:
		return "psk";
	case IKE_ASK_SIGN:
		return "sign";
	case IKE_ASK_VERIFY:
		break; /* answered by the worker itself */
	}
	return "";
}
