/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is said to the worker and what it says. It may be an attacker by now: every value is checked where it is used. */
#include "connection-private.h"

#include "base/secret.h"

#define MAX_FETCH_BODY_OCTETS 1024
#define FETCH_PAUSE_US (60 * G_USEC_PER_SEC)
static GBytes *system_anchors (void);

/* The EAP server may be judged by the system's authorities, though the gateway is not. */
static gboolean
needs_system_for_eap (const Connection *c)
{
	return profile_is_set (c->profile, "user.eap-ca") && profile_contents (c->profile, "user.eap-ca") == NULL &&
	       !profile_ca_is_system (c->profile);
}

/* Contents of the worker's Start: everything but private parts. */
static GVariant *
start_options (const Connection *c)
{
	g_autoptr (GBytes) system = NULL;
	GVariantBuilder builder, schemes;
	const SigKey *key = credentials_key (c->credentials);

	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_init (&schemes, G_VARIANT_TYPE ("au"));
	for (guint scheme = 0; key != NULL && scheme < SIG_COUNT; scheme++)
		if (sig_scheme_fits ((SigScheme) scheme, sig_key_type (key)))
			g_variant_builder_add (&schemes, "u", scheme);
	g_variant_builder_add (&builder, "{sv}", "system-anchors",
	                       g_variant_new_boolean (profile_ca_is_system (c->profile)));
	g_variant_builder_add (&builder, "{sv}", "export-keys", g_variant_new_boolean (c->options.export_keys));
	g_variant_builder_add (&builder, "{sv}", "initial-contact", g_variant_new_boolean (c->options.initial_contact));
	g_variant_builder_add (&builder, "{sv}", "key-schemes", g_variant_builder_end (&schemes));
	if (needs_system_for_eap (c))
	{
		system = system_anchors ();
		g_variant_builder_add (&builder, "{sv}", "system-pem",
		                       g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, system, TRUE));
	}
	return g_variant_builder_end (&builder);
}

/* The bundle that Debian's ca-certificates makes is one PEM file; others name it otherwise. */
static GBytes *
system_anchors (void)
{
	static const char *const paths[] = { "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
		                                 "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem" };

	for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
	{
		char *text;
		gsize len;

		if (g_file_get_contents (paths[i], &text, &len, NULL))
			return g_bytes_new_take (text, len);
	}
	return g_bytes_new (NULL, 0);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	Connection *c;

	if (godwit_tunnel1_call_start_finish (GODWIT_TUNNEL1 (source), NULL, result, &error) ||
	    g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
	    g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))
		return;
	c = user_data;
	/* It said what is wrong, or nothing at all. */
	if (g_dbus_error_strip_remote_error (error))
		connection_finish (c, STATUS_INVALID_PROFILE, error->message);
	else
		connection_finish (c, STATUS_WORKER_DIED, error->message);
}

static void
on_trace (GodwitTunnel1 *proxy, const char *event, gpointer user_data)
{
	Connection *c = user_data;

	trace_hub_add (c->hub, event, strstr (event, "\"kind\":\"keys\"") != NULL);
}

static void
set_facts (Connection *c, GVariant *facts)
{
	static const char *const proposal[] = { "encr", "integ", "prf", "group" };
	static const char *const nat_words[] = { "none", "local", "remote", "both", "unknown", NULL };
	GVariantBuilder builder;
	InetEndpoint endpoint;
	char address[INET_TEXT_OCTETS];
	const char *text;
	guint bits;

	if (g_variant_lookup (facts, "local", "&s", &text) && inet_endpoint_parse (text, &endpoint))
		vpn_connection_set_local_endpoint (
		    c->skeleton, g_variant_new ("(sq)", inet_address_to_text (&endpoint.address, address), endpoint.port));
	if (g_variant_lookup (facts, "remote", "&s", &text) && inet_endpoint_parse (text, &endpoint))
	{
		vpn_connection_set_remote_endpoint (
		    c->skeleton, g_variant_new ("(sq)", inet_address_to_text (&endpoint.address, address), endpoint.port));
		c->gateway = endpoint.address;
	}
	if (g_variant_lookup (facts, "nat", "&s", &text) && g_strv_contains (nat_words, text))
		vpn_connection_set_nat_detected (c->skeleton, text);
	g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
	for (guint i = 0; i < G_N_ELEMENTS (proposal); i++)
		if (g_variant_lookup (facts, proposal[i], "&s", &text) && connection_is_word (text))
			g_variant_builder_add (&builder, "{sv}", proposal[i], g_variant_new_string (text));
	if (g_variant_lookup (facts, "key-bits", "u", &bits))
		g_variant_builder_add (&builder, "{sv}", "key-bits", g_variant_new_uint32 (bits));
	if (g_variant_lookup (facts, "datapath", "&s", &text) && connection_is_word (text))
		vpn_connection_set_datapath (c->skeleton, text);
	vpn_connection_set_ike_proposal (c->skeleton, g_variant_builder_end (&builder));
}

static void
on_facts (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GVariant) facts = NULL;
	g_autoptr (GError) error = NULL;

	if (!godwit_tunnel1_call_get_facts_finish (GODWIT_TUNNEL1 (source), &facts, result, &error))
		return;
	set_facts (user_data, facts);
}

static void
on_state (GodwitTunnel1 *proxy, const char *state, gpointer user_data)
{
	static const char *const shown[] = { "init", "authenticating", "need-secrets", NULL };
	Connection *c = user_data;

	/* Said twice it is no news. */
	if (g_strcmp0 (vpn_connection_get_state (c->skeleton), state) == 0)
		return;
	/* "established" shows as configuring and connected, "closing" as what we asked for. */
	if (!c->stopping && !c->configured && g_strv_contains (shown, state))
		connection_set_state (c, state, STATUS_OK, NULL);
	if (!c->stopping && g_str_equal (state, "closing") &&
	    g_strcmp0 (vpn_connection_get_state (c->skeleton), "disconnecting") != 0)
		connection_set_state (c, "disconnecting", STATUS_OK, NULL);
	if (g_str_equal (state, "established"))
		godwit_tunnel1_call_get_facts (proxy, c->cancellable, on_facts, c);
}

static void
on_moved (GodwitTunnel1 *proxy, gpointer user_data)
{
	Connection *c = user_data;

	godwit_tunnel1_call_get_facts (proxy, c->cancellable, on_facts, c);
}

static void
on_config (GodwitTunnel1 *proxy, GVariant *configuration, gpointer user_data)
{
	Connection *c = user_data;

	host_plan_take_config (&c->plan, configuration, profile_boolean (c->profile, "network.dns"));
}

static void
on_child_added (GodwitTunnel1 *proxy, guint spi_in, guint spi_out, GVariant *local, GVariant *remote, GVariant *details,
                gpointer user_data)
{
	Connection *c = user_data;
	const char *text;
	InetEndpoint endpoint;

	g_variant_lookup (details, "overhead", "u", &c->overhead);
	g_variant_lookup (details, "block", "u", &c->block);
	if (g_variant_lookup (details, "remote", "&s", &text) && inet_endpoint_parse (text, &endpoint))
		c->gateway = endpoint.address;
	connection_child_add (c, spi_in, spi_out, local, remote, details);
	/* One that takes the place of another changes nothing for the host. */
	if (host_plan_take_selectors (&c->plan, remote) || !c->configured)
		connection_host_apply (c);
}

static void
on_child_removed (GodwitTunnel1 *proxy, guint spi_in, gpointer user_data)
{
	connection_child_remove (user_data, spi_in);
}

static void
on_closed (GodwitTunnel1 *proxy, const char *name, const char *detail, gpointer user_data)
{
	Connection *c = user_data;
	Status status = STATUS_INTERNAL;
	g_autofree char *valid = g_utf8_make_valid (detail, (gssize) MIN (strlen (detail), (gsize) 1024));

	status_from_name (name, &status);
	if (c->stopping && status != STATUS_USER_CLOSED)
		status = c->stop_status;
	connection_finish (c, status, valid);
}

static void
answer (Connection *c, guint id, Status status, Slice octets)
{
	GVariant *value = g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE,
	                                             octets.len > 0 ? octets.data : (const guint8 *) "", octets.len, 1);

	godwit_tunnel1_call_answer (worker_proxy (c->worker), id, status_name (status), value, NULL, NULL, NULL);
}

static void
on_secret (Status status, const char *secret, gpointer user_data)
{
	Connection *c = user_data;

	c->question = NULL;
	answer (c, c->question_id, status, slice_text (secret));
}

/* What a person reads above the line where the answer is typed. */
static const struct
{
	const char *kind;
	const char *label;
	guint flags;
} fields[] = {
	{ "password", "Password", 0 },
	{ "code", "Answer", 0 },
	{ "psk", "Pre-shared key", 0 },
};

static void
ask_person (Connection *c, guint id, const char *kind, GVariant *details)
{
	AgentsQuestion question = {
		.connection = c->path,
		.sender = c->options.sender,
		.agent = c->options.agent,
		.uid = c->options.uid,
		.message = "",
	};
	gboolean again = FALSE;

	g_variant_lookup (details, "prompt", "&s", &question.message);
	g_variant_lookup (details, "again", "b", &again);
	for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
		if (g_str_equal (fields[i].kind, kind))
		{
			question.field = fields[i].kind;
			question.label = fields[i].label;
			question.flags = fields[i].flags | (again ? 2u : 0u);
		}
	if (question.field == NULL || c->question != NULL)
	{
		answer (c, id, STATUS_INTERNAL, SLICE_NONE);
		return;
	}
	c->question_id = id;
	c->question = agents_ask (c->environment->agents, &question, on_secret, c);
	if (c->question == NULL)
		answer (c, id, STATUS_SECRET_NEEDED, SLICE_NONE);
}

static void
on_signed (Status status, Slice signature, guint id, gpointer user_data)
{
	Connection *c = user_data;

	if (c->worker != NULL && worker_proxy (c->worker) != NULL)
		answer (c, id, status, signature);
}

static void
sign (Connection *c, guint id, GVariant *details)
{
	g_autoptr (GVariant) octets = g_variant_lookup_value (details, "octets", G_VARIANT_TYPE_BYTESTRING);
	guint scheme = SIG_COUNT;
	gboolean digest = FALSE;
	gsize len = 0;
	const guint8 *data = octets != NULL ? g_variant_get_fixed_array (octets, &len, 1) : NULL;

	g_variant_lookup (details, "scheme", "u", &scheme);
	g_variant_lookup (details, "digest", "b", &digest);
	if (scheme < SIG_COUNT && data != NULL)
		credentials_sign (c->credentials, (SigScheme) scheme, slice (data, len), digest, id, on_signed, c);
	else
		answer (c, id, STATUS_BAD_KEY, SLICE_NONE);
}

static void
on_fetched (Status status, Slice octets, gpointer user_data)
{
	Connection *c = user_data;
	Fetch *fetch = g_steal_pointer (&c->fetch);

	if (c->worker != NULL && worker_proxy (c->worker) != NULL)
		answer (c, c->fetch_id, status, octets);
	fetch_free (fetch);
}

/* Asked once the gateway's chain has led to an anchor; a worker that is an attacker's by now may ask too, so it gets little. */
static void
fetch (Connection *c, guint id, GVariant *details)
{
	g_autoptr (GVariant) octets = g_variant_lookup_value (details, "octets", G_VARIANT_TYPE_BYTESTRING);
	const char *url = "";
	gsize len = 0;
	const guint8 *data = octets != NULL ? g_variant_get_fixed_array (octets, &len, 1) : NULL;

	g_variant_lookup (details, "url", "&s", &url);
	if (c->fetch != NULL || len > MAX_FETCH_BODY_OCTETS)
	{
		answer (c, id, STATUS_UNSUPPORTED, SLICE_NONE);
		return;
	}
	/* Another budget for another authentication, not sooner. */
	if (c->fetch_budget.deadline_us != 0 && g_get_monotonic_time () > c->fetch_budget.deadline_us + FETCH_PAUSE_US)
		c->fetch_budget = (FetchBudget){ 0 };
	c->fetch_id = id;
	c->fetch = fetch_new (url, slice (data, len), &c->fetch_budget, on_fetched, c);
}

static void
on_ask (GodwitTunnel1 *proxy, guint id, const char *kind, GVariant *details, gpointer user_data)
{
	if (g_str_equal (kind, "sign"))
		sign (user_data, id, details);
	else if (g_str_equal (kind, "fetch"))
		fetch (user_data, id, details);
	else
		ask_person (user_data, id, kind, details);
}

static void
on_ask_cancel (GodwitTunnel1 *proxy, guint id, gpointer user_data)
{
	Connection *c = user_data;

	if (c->question != NULL && c->question_id == id)
		agents_request_cancel (g_steal_pointer (&c->question));
}

static void
on_ready (gpointer user_data)
{
	Connection *c = user_data;
	GodwitTunnel1 *proxy = worker_proxy (c->worker);
	GBytes *file = profile_contents (c->profile, "gateway.ca");
	g_autoptr (GBytes) anchors = file != NULL ? g_bytes_ref (file) : system_anchors ();
	GVariantBuilder handles;

	g_signal_connect (proxy, "trace", G_CALLBACK (on_trace), c);
	g_signal_connect (proxy, "state", G_CALLBACK (on_state), c);
	g_signal_connect (proxy, "config", G_CALLBACK (on_config), c);
	g_signal_connect (proxy, "child-added", G_CALLBACK (on_child_added), c);
	g_signal_connect (proxy, "child-removed", G_CALLBACK (on_child_removed), c);
	g_signal_connect (proxy, "ask", G_CALLBACK (on_ask), c);
	g_signal_connect (proxy, "ask-cancel", G_CALLBACK (on_ask_cancel), c);
	g_signal_connect (proxy, "moved", G_CALLBACK (on_moved), c);
	g_signal_connect (proxy, "closed", G_CALLBACK (on_closed), c);
	g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
	for (int i = 0; i < g_unix_fd_list_get_length (c->sockets); i++)
		g_variant_builder_add (&handles, "h", i);
	godwit_tunnel1_call_start (proxy, profile_to_variant (c->profile, FALSE), c->paths,
	                           g_variant_builder_end (&handles),
	                           g_variant_new_from_bytes (G_VARIANT_TYPE_BYTESTRING, anchors, TRUE), start_options (c),
	                           c->sockets, c->cancellable, on_started, c);
	connection_roam_begin (c);
	/* The worker has its own copies now; ours would keep the ports. */
	g_clear_object (&c->sockets);
	if (c->stopping)
		godwit_tunnel1_call_stop (proxy, status_name (c->stop_status), NULL, NULL, NULL);
}

static void
on_gone (const char *why, gpointer user_data)
{
	Connection *c = user_data;

	connection_finish (c, c->stopping ? c->stop_status : STATUS_WORKER_DIED, why);
}

void
connection_worker_free (Connection *c)
{
	/* Calls that are on their way keep the proxy alive. */
	if (c->worker != NULL && worker_proxy (c->worker) != NULL)
		g_signal_handlers_disconnect_by_data (worker_proxy (c->worker), c);
	g_clear_pointer (&c->worker, worker_free);
}

void
connection_worker_start (Connection *c)
{
	static const WorkerEvents events = { on_ready, on_gone };
	g_autoptr (GError) error = NULL;

	c->worker = worker_new (c->environment->worker_path, &events, c, &error);
	if (c->worker == NULL)
	{
		connection_finish (c, STATUS_WORKER_DIED, error->message);
		return;
	}
	vpn_connection_set_worker_pid (c->skeleton, worker_pid (c->worker));
}
