/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "connection-private.h"

#include <time.h>
#include <unistd.h>

#include "authority.h"
#include "errors.h"
#include "resolver.h"

#define STOP_TIMEOUT_MS 2500
#define LINGER_S 10 /* so that everybody can read the reason */

guint64
connection_now_us (void)
{
	struct timespec now;

	clock_gettime (CLOCK_BOOTTIME, &now);
	return (guint64) now.tv_sec * G_USEC_PER_SEC + (guint64) now.tv_nsec / 1000;
}

void
connection_options_clear (ConnectionOptions *options)
{
	g_clear_pointer (&options->profile_id, g_free);
	g_clear_pointer (&options->sender, g_free);
	g_clear_pointer (&options->interface, g_free);
	g_clear_pointer (&options->agent, g_free);
}

const char *
connection_path (const Connection *c)
{
	return c->path;
}

guint
connection_index (const Connection *c)
{
	return c->index;
}

guint
connection_uid (const Connection *c)
{
	return c->options.uid;
}

gboolean
connection_is_over (const Connection *c)
{
	return c->over;
}

gboolean
connection_is_same_peer (const Connection *c, const Profile *profile)
{
	static const char *const parts[] = { "gateway.address", "user.method", "user.identity", "user.user" };

	for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
		if (g_strcmp0 (profile_text (c->profile, parts[i]), profile_text (profile, parts[i])) != 0)
			return FALSE;
	return TRUE;
}

void
connection_set_state (Connection *c, const char *state, Status status, const char *detail)
{
	GVariantBuilder details, again;

	g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_init (&again, G_VARIANT_TYPE_VARDICT);
	if (detail != NULL && detail[0] != '\0')
	{
		g_variant_builder_add (&details, "{sv}", "detail", g_variant_new_string (detail));
		g_variant_builder_add (&again, "{sv}", "detail", g_variant_new_string (detail));
	}
	/* First the reason: who sees the state change must find it. */
	vpn_connection_set_state_reason (
	    c->skeleton,
	    g_variant_new ("(ssa{sv})", status_name (status), status == STATUS_OK ? "" : status_text (status), &details));
	vpn_connection_set_state (c->skeleton, state);
	g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (c->skeleton));
	vpn_connection_emit_state_changed (c->skeleton, state, status_name (status), g_variant_builder_end (&again));
}

static gboolean
on_linger (gpointer user_data)
{
	Connection *c = user_data;

	c->timer = 0;
	c->ended (c, c->user_data);
	return G_SOURCE_REMOVE;
}

/* The worker is gone, the host is as before; only the object stays for a while. */
void
connection_finish (Connection *c, Status status, const char *detail)
{
	gboolean wanted = status == STATUS_USER_CLOSED || (c->stopping && c->stop_status == STATUS_USER_CLOSED);

	if (c->over)
		return;
	c->over = TRUE;
	g_cancellable_cancel (c->cancellable);
	g_clear_handle_id (&c->timer, g_source_remove);
	g_clear_handle_id (&c->host_timer, g_source_remove);
	if (c->question != NULL)
		agents_request_cancel (g_steal_pointer (&c->question));
	/* Withdraws the question for a passphrase. */
	g_clear_pointer (&c->credentials, credentials_free);
	g_clear_pointer (&c->fetch, fetch_free);
	connection_roam_end (c);
	g_clear_pointer (&c->hostnet, hostnet_free);
	connection_worker_free (c);
	trace_hub_end (c->hub);
	g_ptr_array_set_size (c->children, 0);
	if (c->owner_watch != 0)
		g_bus_unwatch_name (c->owner_watch);
	c->owner_watch = 0;
	vpn_connection_set_worker_pid (c->skeleton, 0);
	g_message ("%s: %s%s%s%s", vpn_connection_get_name (c->skeleton),
	           status_name (wanted ? STATUS_USER_CLOSED : status), detail != NULL && detail[0] != '\0' ? " (" : "",
	           detail != NULL ? detail : "", detail != NULL && detail[0] != '\0' ? ")" : "");
	if (wanted)
		connection_set_state (c, "disconnected", STATUS_USER_CLOSED, NULL);
	else
		connection_set_state (c, "failed", status, detail);
	c->timer = g_timeout_add_seconds (LINGER_S, on_linger, c);
}

static gboolean
on_stop_late (gpointer user_data)
{
	Connection *c = user_data;

	c->timer = 0;
	connection_finish (c, c->stop_status, NULL);
	return G_SOURCE_REMOVE;
}

void
connection_stop (Connection *c, Status status)
{
	if (c->over || c->stopping)
		return;
	c->stopping = TRUE;
	c->stop_status = status;
	if (c->worker == NULL || worker_proxy (c->worker) == NULL)
	{
		connection_finish (c, status, NULL);
		return;
	}
	connection_set_state (c, "disconnecting", STATUS_OK, NULL);
	c->timer = g_timeout_add (STOP_TIMEOUT_MS, on_stop_late, c);
	godwit_tunnel1_call_stop (worker_proxy (c->worker), status_name (status), NULL, NULL, NULL);
}

/* Until it is connected a connection belongs to its caller; afterwards only without detach. */
static void
on_owner_vanished (GDBusConnection *bus, const char *name, gpointer user_data)
{
	connection_stop (user_data, STATUS_OWNER_VANISHED);
}

/* Also after a CHILD SA was replaced: that is no news. */
void
connection_got_connected (Connection *c)
{
	if (vpn_connection_get_established_at (c->skeleton) != 0)
		return;
	if (c->options.detach && c->owner_watch != 0)
	{
		g_bus_unwatch_name (c->owner_watch);
		c->owner_watch = 0;
	}
	vpn_connection_set_established_at (c->skeleton, connection_now_us ());
	connection_set_state (c, "connected", STATUS_OK, NULL);
}

/* One socket a family of address is enough, but each has its own source address. */
static guint
open_paths (Connection *c, const InetAddress *addresses, gsize n, GError **error)
{
	GVariantBuilder paths;
	guint n_paths = 0;

	c->sockets = g_unix_fd_list_new ();
	g_variant_builder_init (&paths, G_VARIANT_TYPE ("a(usqsq)"));
	for (gsize i = 0; i < n; i++)
	{
		char local_text[INET_TEXT_OCTETS], remote_text[INET_TEXT_OCTETS];
		InetEndpoint local;
		g_autoptr (GError) why = NULL;
		int fd = hostnet_open_socket (&addresses[i], &local, &why);

		if (fd < 0)
		{
			g_clear_error (error);
			g_propagate_error (error, g_steal_pointer (&why));
			continue;
		}
		g_unix_fd_list_append (c->sockets, fd, NULL);
		close (fd);
		if (n_paths == 0)
			c->gateway = addresses[i];
		g_variant_builder_add (&paths, "(usqsq)", n_paths++, inet_address_to_text (&local.address, local_text),
		                       local.port, inet_address_to_text (&addresses[i], remote_text),
		                       (guint) profile_integer (c->profile, "gateway.port"));
	}
	c->paths = g_variant_ref_sink (g_variant_builder_end (&paths));
	if (n_paths > 0)
		g_clear_error (error);
	return n_paths;
}

static void
on_resolved (const InetAddress *addresses, gsize n, const char *why, gpointer user_data)
{
	Connection *c = user_data;
	g_autoptr (GError) error = NULL;

	if (addresses == NULL)
	{
		g_autofree char *detail = g_strdup_printf ("%s: %s", profile_text (c->profile, "gateway.address"), why);

		connection_finish (c, STATUS_NAME_NOT_FOUND, detail);
		return;
	}
	if (open_paths (c, addresses, n, &error) == 0)
	{
		connection_finish (c, STATUS_UNREACHABLE, error != NULL ? error->message : NULL);
		return;
	}
	if (c->options.host != CONNECTION_HOST_NONE)
	{
		c->hostnet = hostnet_new (c->environment->runtime_folder, c->options.interface, c->index, &error);
		if (c->hostnet == NULL)
		{
			connection_finish (c, STATUS_HOST_CONFIG, error->message);
			return;
		}
		vpn_connection_set_interface_name (c->skeleton, hostnet_interface (c->hostnet));
	}
	connection_worker_start (c);
}

/* The worker gets the certificate as PEM, wherever it came from; the private key never. */
static void
start (Connection *c)
{
	GBytes *chain = credentials_chain (c->credentials);

	if (chain != NULL)
		profile_set_contents (c->profile, "user.certificate", chain);
	resolver_lookup (profile_text (c->profile, "gateway.address"), c->cancellable, on_resolved, c);
}

static void
on_opened (Status status, const char *detail, gpointer user_data)
{
	Connection *c = user_data;

	if (c->over)
		return;
	if (status != STATUS_OK)
	{
		connection_finish (c, status, detail);
		return;
	}
	connection_set_state (c, "resolving", STATUS_OK, NULL);
	start (c);
}

static void
on_asking (gpointer user_data)
{
	Connection *c = user_data;

	if (!c->over)
		connection_set_state (c, "need-secrets", STATUS_OK, NULL);
}

/* First what needs a person: nothing is sent to the gateway before there is a key to answer with. */
static void
open_credentials (Connection *c)
{
	const AgentsQuestion question = {
		.connection = c->path,
		.sender = c->options.sender,
		.agent = c->options.agent,
		.uid = c->options.uid,
	};

	if (credentials_are_open (c->credentials))
		start (c);
	else
		credentials_open (c->credentials, c->environment->agents, &question, on_asking, on_opened, c);
}

/* Somebody wants something of a connection, and the authority thinks: maybe longer than the connection lives. */
typedef struct
{
	GObject *skeleton; /* forgets its connection when that is freed */
	GDBusMethodInvocation *invocation;
} Request;

#define CONNECTION_KEY "connection"

static void
ask_authority (Connection *c, GDBusMethodInvocation *invocation, const char *action, AuthorityDone done)
{
	Request *request = g_new (Request, 1);

	*request = (Request){ g_object_ref (G_OBJECT (c->skeleton)), invocation };
	authority_check (c->environment->bus, g_dbus_method_invocation_get_sender (invocation), action, FALSE, done,
	                 request);
}

/* Frees @request. NULL: refused, and said so. */
static Connection *
request_take (Request *request, gboolean allowed, guint uid, const char *refusal,
              GDBusMethodInvocation **ret_invocation)
{
	Connection *c = g_object_get_data (request->skeleton, CONNECTION_KEY);

	*ret_invocation = request->invocation;
	if (c == NULL)
		error_return (request->invocation, ERROR_NOT_FOUND, "the connection is gone");
	else if (!allowed && uid != c->options.uid)
	{
		error_return (request->invocation, ERROR_NOT_AUTHORIZED, refusal);
		c = NULL;
	}
	g_object_unref (request->skeleton);
	g_free (request);
	return c;
}

static void
on_disconnect_allowed (gboolean allowed, guint uid, gpointer user_data)
{
	GDBusMethodInvocation *invocation;
	Connection *c =
	    request_take (user_data, allowed, uid, "only its owner and root may end this connection", &invocation);

	if (c == NULL)
		return;
	connection_stop (c, STATUS_USER_CLOSED);
	vpn_connection_complete_disconnect (c->skeleton, invocation);
}

static gboolean
on_disconnect (VpnConnection *skeleton, GDBusMethodInvocation *invocation, GVariant *options, gpointer user_data)
{
	ask_authority (user_data, invocation, "net.godwit.Vpn1.disconnect-other", on_disconnect_allowed);
	return TRUE;
}

static gboolean
on_host_config_done (VpnConnection *skeleton, GDBusMethodInvocation *invocation, gboolean ok, const char *message,
                     gpointer user_data)
{
	Connection *c = user_data;

	if (g_strcmp0 (g_dbus_method_invocation_get_sender (invocation), c->options.sender) != 0)
	{
		error_return (invocation, ERROR_NOT_AUTHORIZED, "only the caller of the connection configures its host");
		return TRUE;
	}
	vpn_connection_complete_host_config_done (skeleton, invocation);
	connection_host_done (c, ok, message);
	return TRUE;
}

static void
on_counters (GObject *source, GAsyncResult *result, gpointer user_data)
{
	g_autoptr (GVariant) counters = NULL;
	g_autoptr (GError) error = NULL;
	GDBusMethodInvocation *invocation = user_data;
	g_autoptr (GHashTable) sums = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
	GVariantBuilder builder;
	GVariantIter sas;
	GVariant *sa;
	GHashTableIter iter;
	gpointer name, sum;

	if (!godwit_tunnel1_call_get_counters_finish (GODWIT_TUNNEL1 (source), &counters, result, &error))
	{
		g_dbus_error_strip_remote_error (error);
		error_return (invocation, ERROR_FAILED, error->message);
		return;
	}
	g_variant_iter_init (&sas, counters);
	while (g_variant_iter_next (&sas, "{u@a{st}}", NULL, &sa))
	{
		GVariantIter values;
		const char *key;
		guint64 value;

		g_variant_iter_init (&values, sa);
		while (g_variant_iter_next (&values, "{&st}", &key, &value))
		{
			guint64 *known = g_hash_table_lookup (sums, key);

			if (known != NULL)
				*known += value;
			else
				g_hash_table_insert (sums, g_strdup (key), g_memdup2 (&value, sizeof value));
		}
		g_variant_unref (sa);
	}
	g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{st}"));
	g_hash_table_iter_init (&iter, sums);
	while (g_hash_table_iter_next (&iter, &name, &sum))
		g_variant_builder_add (&builder, "{st}", name, *(guint64 *) sum);
	g_dbus_method_invocation_return_value (invocation, g_variant_new ("(a{st})", &builder));
}

static gboolean
on_get_counters (VpnConnection *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
	Connection *c = user_data;

	if (c->worker == NULL || worker_proxy (c->worker) == NULL)
		error_return (invocation, ERROR_FAILED, "the connection is not up");
	else
		godwit_tunnel1_call_get_counters (worker_proxy (c->worker), NULL, on_counters, invocation);
	return TRUE;
}

static void
open_trace (Connection *c, GDBusMethodInvocation *invocation, GVariant *filter, gboolean may_see_keys)
{
	g_autoptr (GUnixFDList) list = g_unix_fd_list_new ();
	g_autoptr (GError) error = NULL;
	gboolean history = TRUE, follow = TRUE, keys = FALSE;
	int fd;

	g_variant_lookup (filter, "history", "b", &history);
	g_variant_lookup (filter, "follow", "b", &follow);
	g_variant_lookup (filter, "keys", "b", &keys);
	fd = trace_hub_open (c->hub, history, follow && !c->over, keys && may_see_keys, &error);
	if (fd < 0)
	{
		error_return (invocation, ERROR_FAILED, error->message);
		return;
	}
	g_unix_fd_list_append (list, fd, NULL);
	close (fd);
	vpn_trace_complete_open (c->trace, invocation, list, g_variant_new_handle (0));
}

/* A trace tells names and addresses: of one's own connection, or as one who may end it. Keys are for the owner and root. */
static void
on_trace_allowed (gboolean allowed, guint uid, gpointer user_data)
{
	GDBusMethodInvocation *invocation;
	Connection *c = request_take (user_data, allowed, uid, "only its owner and root may read this trace", &invocation);
	g_autoptr (GVariant) filter = NULL;

	if (c == NULL)
		return;
	filter = g_variant_get_child_value (g_dbus_method_invocation_get_parameters (invocation), 0);
	open_trace (c, invocation, filter, c->options.export_keys && (uid == c->options.uid || uid == 0));
}

static gboolean
on_open (VpnTrace *trace, GDBusMethodInvocation *invocation, GUnixFDList *descriptors, GVariant *filter,
         gpointer user_data)
{
	ask_authority (user_data, invocation, "net.godwit.Vpn1.trace", on_trace_allowed);
	return TRUE;
}

static void
export_object (Connection *c)
{
	static const char *const host_modes[] = { "engine", "caller", "none" };
	const char *identity = profile_local_identity (c->profile);

	c->path = g_strdup_printf ("/net/godwit/Vpn1/Connection/%u", c->number);
	c->object = vpn_object_skeleton_new (c->path);
	c->skeleton = vpn_connection_skeleton_new ();
	c->trace = vpn_trace_skeleton_new ();
	g_object_set_data (G_OBJECT (c->skeleton), CONNECTION_KEY, c);
	g_object_set (c->skeleton, "profile-id", c->options.profile_id, "name", profile_display_name (c->profile),
	              "gateway", profile_text (c->profile, "gateway.address"), "owner", c->options.uid, "started-at",
	              connection_now_us (), "local-identity", identity != NULL ? identity : "", "remote-identity",
	              profile_gateway_identity (c->profile), "nat-detected", "unknown", "interface-name", "", "dns-backend",
	              "none", "datapath", "", "host-config-mode", host_modes[c->options.host], "weak",
	              profile_boolean (c->profile, "gateway.weak"), NULL);
	g_object_set (c->skeleton, "local-endpoint", g_variant_new ("(sq)", "", 0), "remote-endpoint",
	              g_variant_new ("(sq)", "", 0), "ike-proposal", g_variant_new ("a{sv}", NULL), "addresses",
	              g_variant_new ("a(su)", NULL), "routes", g_variant_new ("a(su)", NULL), "dns-domains",
	              g_variant_new ("a(sb)", NULL), "dns-servers", (const char *const[]){ NULL }, NULL);
	connection_set_state (c, "resolving", STATUS_OK, NULL);
	g_signal_connect (c->skeleton, "handle-disconnect", G_CALLBACK (on_disconnect), c);
	g_signal_connect (c->skeleton, "handle-host-config-done", G_CALLBACK (on_host_config_done), c);
	g_signal_connect (c->skeleton, "handle-get-counters", G_CALLBACK (on_get_counters), c);
	g_signal_connect (c->trace, "handle-open", G_CALLBACK (on_open), c);
	vpn_object_skeleton_set_connection (c->object, c->skeleton);
	vpn_object_skeleton_set_trace (c->object, c->trace);
	g_dbus_object_manager_server_export (c->environment->objects, G_DBUS_OBJECT_SKELETON (c->object));
}

Connection *
connection_new (const ConnectionEnvironment *environment, Profile *profile, ConnectionOptions *options, guint number,
                guint index, ConnectionEnded ended, gpointer user_data, GError **error)
{
	Connection *c = g_new0 (Connection, 1);

	c->environment = environment;
	c->profile = profile;
	c->options = *options;
	*options = (ConnectionOptions){ 0 };
	c->number = number;
	c->index = index;
	c->ended = ended;
	c->user_data = user_data;
	c->cancellable = g_cancellable_new ();
	c->hub = trace_hub_new ();
	c->children = g_ptr_array_new_with_free_func (connection_child_free);
	host_plan_init (&c->plan);
	c->credentials = credentials_new (profile, error);
	if (c->credentials == NULL)
	{
		connection_free (c);
		return NULL;
	}
	export_object (c);
	c->owner_watch = g_bus_watch_name_on_connection (environment->bus, c->options.sender, G_BUS_NAME_WATCHER_FLAGS_NONE,
	                                                 NULL, on_owner_vanished, c, NULL);
	open_credentials (c);
	return c;
}

void
connection_free (Connection *c)
{
	g_cancellable_cancel (c->cancellable);
	g_clear_handle_id (&c->timer, g_source_remove);
	g_clear_handle_id (&c->host_timer, g_source_remove);
	if (c->question != NULL)
		agents_request_cancel (g_steal_pointer (&c->question));
	g_clear_pointer (&c->hostnet, hostnet_free);
	connection_roam_end (c);
	connection_worker_free (c);
	if (c->owner_watch != 0)
		g_bus_unwatch_name (c->owner_watch);
	g_ptr_array_unref (c->children);
	if (c->object != NULL)
	{
		g_dbus_object_manager_server_unexport (c->environment->objects, c->path);
		g_object_set_data (G_OBJECT (c->skeleton), CONNECTION_KEY, NULL);
		g_signal_handlers_disconnect_by_data (c->skeleton, c);
		g_signal_handlers_disconnect_by_data (c->trace, c);
		g_object_unref (c->trace);
		g_object_unref (c->skeleton);
		g_object_unref (c->object);
	}
	g_clear_object (&c->sockets);
	g_clear_pointer (&c->paths, g_variant_unref);
	credentials_free (c->credentials);
	fetch_free (c->fetch);
	trace_hub_free (c->hub);
	host_plan_clear (&c->plan);
	profile_free (c->profile);
	connection_options_clear (&c->options);
	g_object_unref (c->cancellable);
	g_free (c->path);
	g_free (c);
}
