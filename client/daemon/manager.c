/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "manager.h"

#include "authority.h"
#include "connection.h"
#include "errors.h"
#include "hostnet/hostnet.h"
#include "profile/store.h"
#include "vpn1.h"

#define ROOT "/net/godwit/Vpn1"
#define MAX_CONNECTIONS 32
#define MAX_PER_USER 8
#define MAX_OBJECTS 256u /* those that ended and still say why, too */
#define HOST_TIMEOUT_S 60u
#define MAX_HOST_TIMEOUT_S 600u

struct Manager
{
	ConnectionEnvironment environment;
	const ManagerPaths *paths;
	GDBusObjectManagerServer *objects;
	VpnManager *skeleton;
	Agents *agents;
	GPtrArray *connections;
	guint last_number;
	void (*stopped) (gpointer);
	gpointer stopped_data;
};

/* A call to Connect or ConnectWithSettings while the authority thinks. */
typedef struct
{
	Manager *manager;
	GDBusMethodInvocation *invocation;
	Profile *profile;
	ConnectionOptions options;
	gboolean keys_checked;
} StartCall;

static void
start_call_free (StartCall *call)
{
	g_clear_pointer (&call->profile, profile_free);
	connection_options_clear (&call->options);
	g_free (call);
}

static guint
count_live (const Manager *m, guint uid, gboolean any)
{
	guint n = 0;

	for (guint i = 0; i < m->connections->len; i++)
	{
		const Connection *connection = m->connections->pdata[i];

		n += !connection_is_over (connection) && (any || connection_uid (connection) == uid);
	}
	return n;
}

static gboolean
is_first_contact (const Manager *m, const Profile *profile)
{
	for (guint i = 0; i < m->connections->len; i++)
		if (!connection_is_over (m->connections->pdata[i]) &&
		    connection_is_same_peer (m->connections->pdata[i], profile))
			return FALSE;
	return TRUE;
}

static guint
free_index (const Manager *m)
{
	for (guint index = 0; index < HOSTNET_MAX_CONNECTIONS; index++)
	{
		gboolean used = FALSE;

		for (guint i = 0; i < m->connections->len; i++)
			used |=
			    connection_index (m->connections->pdata[i]) == index && !connection_is_over (m->connections->pdata[i]);
		if (!used)
			return index;
	}
	return HOSTNET_MAX_CONNECTIONS;
}

static void
check_stopped (Manager *m)
{
	if (m->stopped != NULL && count_live (m, 0, TRUE) == 0)
		m->stopped (m->stopped_data);
}

static void
on_ended (Connection *connection, gpointer user_data)
{
	Manager *m = user_data;

	g_ptr_array_remove (m->connections, connection);
}

static void
start (StartCall *call, guint uid)
{
	Manager *m = call->manager;
	g_autoptr (GError) error = NULL;
	Connection *connection;

	call->options.uid = uid;
	if (m->stopped != NULL || m->connections->len >= MAX_OBJECTS || count_live (m, uid, TRUE) >= MAX_CONNECTIONS ||
	    count_live (m, uid, FALSE) >= MAX_PER_USER)
	{
		error_return (call->invocation, ERROR_BUSY, "there are too many connections already");
		start_call_free (call);
		return;
	}
	call->options.initial_contact = is_first_contact (m, call->profile);
	connection = connection_new (&m->environment, g_steal_pointer (&call->profile), &call->options, ++m->last_number,
	                             free_index (m), on_ended, m, &error);
	if (connection == NULL)
		error_return (call->invocation, ERROR_INVALID_PROFILE, error->message);
	else
	{
		g_ptr_array_add (m->connections, connection);
		g_dbus_method_invocation_return_value (call->invocation, g_variant_new ("(o)", connection_path (connection)));
	}
	start_call_free (call);
}

static void
on_start_allowed (gboolean allowed, guint uid, gpointer user_data)
{
	StartCall *call = user_data;

	if (!allowed)
	{
		error_return (call->invocation, ERROR_NOT_AUTHORIZED,
		              call->keys_checked ? "this user may not see the keys of a connection"
		                                 : "this user may not start connections");
		start_call_free (call);
	}
	else if (call->options.export_keys && !call->keys_checked)
	{
		call->keys_checked = TRUE;
		authority_check (call->manager->environment.bus, call->options.sender, "net.godwit.Vpn1.trace-keys", TRUE,
		                 on_start_allowed, call);
	}
	else
		start (call, uid);
}

static gboolean
parse_host_mode (const char *mode, ConnectionHost *ret_host)
{
	static const char *const modes[] = { "engine", "caller", "none" };

	for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
		if (g_str_equal (modes[i], mode))
		{
			*ret_host = (ConnectionHost) i;
			return TRUE;
		}
	return FALSE;
}

/* FALSE: an option has a value that it cannot have. Unknown options are left for later versions. */
static gboolean
parse_options (GVariant *options, ConnectionOptions *ret_options)
{
	const char *text;

	ret_options->host_timeout_s = HOST_TIMEOUT_S;
	g_variant_lookup (options, "detach", "b", &ret_options->detach);
	g_variant_lookup (options, "export-keys", "b", &ret_options->export_keys);
	g_variant_lookup (options, "host-config-timeout", "u", &ret_options->host_timeout_s);
	ret_options->host_timeout_s = CLAMP (ret_options->host_timeout_s, 1u, MAX_HOST_TIMEOUT_S);
	if (g_variant_lookup (options, "host-config", "&s", &text) && !parse_host_mode (text, &ret_options->host))
		return FALSE;
	if (g_variant_lookup (options, "interface-name", "&s", &text))
		ret_options->interface = g_strdup (text);
	if (g_variant_lookup (options, "agent", "&o", &text))
		ret_options->agent = g_strdup (text);
	return TRUE;
}

/* @profile: moved; @action by whether the profile is the administrator's or the caller's own */
static void
begin_start (Manager *m, GDBusMethodInvocation *invocation, Profile *profile, const char *id, GVariant *options,
             const char *action)
{
	StartCall *call = g_new0 (StartCall, 1);
	gboolean interactive = (g_dbus_message_get_flags (g_dbus_method_invocation_get_message (invocation)) &
	                        G_DBUS_MESSAGE_FLAGS_ALLOW_INTERACTIVE_AUTHORIZATION) != 0;

	call->manager = m;
	call->invocation = invocation;
	call->profile = profile;
	call->options.profile_id = g_strdup (id);
	call->options.sender = g_strdup (g_dbus_method_invocation_get_sender (invocation));
	if (!parse_options (options, &call->options))
	{
		error_return (invocation, ERROR_FAILED, "host-config is one of engine, caller, none");
		start_call_free (call);
		return;
	}
	authority_check (m->environment.bus, call->options.sender, action, interactive, on_start_allowed, call);
}

static gboolean
on_connect_with_settings (VpnManager *skeleton, GDBusMethodInvocation *invocation, GVariant *settings,
                          GVariant *options, gpointer user_data)
{
	g_autoptr (GError) error = NULL;
	Profile *profile = profile_new_from_variant (settings, &error);

	if (profile == NULL)
		error_return (invocation, ERROR_INVALID_PROFILE, error->message);
	else
		begin_start (user_data, invocation, profile, "", options, "net.godwit.Vpn1.connect-inline");
	return TRUE;
}

static gboolean
on_connect (VpnManager *skeleton, GDBusMethodInvocation *invocation, const char *id, GVariant *options,
            gpointer user_data)
{
	Manager *m = user_data;
	g_autofree char *path = profile_store_find (m->paths->profiles_folder, id);
	g_autofree char *words = NULL;
	g_autoptr (GError) error = NULL;
	Profile *profile;

	if (path == NULL)
	{
		words = g_strdup_printf ("there is no profile '%s'; 'godwit list' shows those there are", id);
		error_return (invocation, ERROR_NOT_FOUND, words);
		return TRUE;
	}
	profile = profile_load (path, &error);
	if (profile == NULL)
		error_return (invocation, ERROR_INVALID_PROFILE, error->message);
	else
		begin_start (m, invocation, profile, id, options, "net.godwit.Vpn1.connect");
	return TRUE;
}

/* Listed too: a profile that is not there any more because of a typing error would puzzle. A name that is no text cannot be. */
static void
add_broken_profile (GVariantBuilder *profiles, const char *name, const char *words)
{
	GVariantBuilder more;

	g_warning ("profile %s: %s", name, words);
	if (!g_utf8_validate (name, -1, NULL) || !g_utf8_validate (words, -1, NULL))
		return;
	g_variant_builder_init (&more, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add (&more, "{sv}", "error", g_variant_new_string (words));
	g_variant_builder_add (profiles, "(sssa{sv})", name, name, "", &more);
}

static gboolean
on_list_profiles (VpnManager *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
	Manager *m = user_data;
	g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
	GVariantBuilder profiles;

	profile_store_list (m->paths->profiles_folder, names);
	g_variant_builder_init (&profiles, G_VARIANT_TYPE ("a(sssa{sv})"));
	for (guint i = 0; i < names->len; i++)
	{
		g_autofree char *path = profile_store_find (m->paths->profiles_folder, names->pdata[i]);
		g_autoptr (GError) error = NULL;
		g_autoptr (Profile) profile = path != NULL ? profile_load (path, &error) : NULL;

		if (profile == NULL)
			add_broken_profile (&profiles, names->pdata[i], error != NULL ? error->message : "it is gone");
		else
			g_variant_builder_add (&profiles, "(sssa{sv})", names->pdata[i], profile_display_name (profile),
			                       profile_text (profile, "gateway.address"), NULL);
	}
	vpn_manager_complete_list_profiles (skeleton, invocation, g_variant_builder_end (&profiles));
	return TRUE;
}

static void
on_register_uid (gboolean allowed, guint uid, gpointer user_data)
{
	GDBusMethodInvocation *invocation = user_data;
	Manager *m = g_object_get_data (G_OBJECT (invocation), "manager");
	const char *path;

	g_variant_get (g_dbus_method_invocation_get_parameters (invocation), "(&o^a&s)", &path, NULL);
	if (uid == G_MAXUINT || !agents_register (m->agents, g_dbus_method_invocation_get_sender (invocation), uid, path))
		error_return (invocation, ERROR_BUSY, "there are too many agents");
	else
		g_dbus_method_invocation_return_value (invocation, NULL);
}

static gboolean
on_register_agent (VpnManager *skeleton, GDBusMethodInvocation *invocation, const char *path,
                   const char *const *capabilities, gpointer user_data)
{
	Manager *m = user_data;

	/* Everybody may answer for himself; only the uid is wanted here. */
	g_object_set_data (G_OBJECT (invocation), "manager", m);
	authority_check (m->environment.bus, g_dbus_method_invocation_get_sender (invocation), "net.godwit.Vpn1.connect",
	                 FALSE, on_register_uid, invocation);
	return TRUE;
}

static gboolean
on_unregister_agent (VpnManager *skeleton, GDBusMethodInvocation *invocation, const char *path, gpointer user_data)
{
	Manager *m = user_data;

	agents_unregister (m->agents, g_dbus_method_invocation_get_sender (invocation), path);
	vpn_manager_complete_unregister_agent (skeleton, invocation);
	return TRUE;
}

static void
export_manager (Manager *m, GDBusConnection *bus)
{
	g_autoptr (GError) error = NULL;
	const char *features[2] = { authority_has_polkit (bus) ? "polkit" : NULL, NULL };

	m->skeleton = vpn_manager_skeleton_new ();
	vpn_manager_set_version (m->skeleton, GODWIT_VERSION);
	vpn_manager_set_features (m->skeleton, features);
	g_signal_connect (m->skeleton, "handle-connect", G_CALLBACK (on_connect), m);
	g_signal_connect (m->skeleton, "handle-connect-with-settings", G_CALLBACK (on_connect_with_settings), m);
	g_signal_connect (m->skeleton, "handle-list-profiles", G_CALLBACK (on_list_profiles), m);
	g_signal_connect (m->skeleton, "handle-register-agent", G_CALLBACK (on_register_agent), m);
	g_signal_connect (m->skeleton, "handle-unregister-agent", G_CALLBACK (on_unregister_agent), m);
	m->objects = g_dbus_object_manager_server_new (ROOT);
	/* At the root itself, beside the ObjectManager, which only knows what lies below it. */
	if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (m->skeleton), bus, ROOT, &error))
		g_warning ("%s", error->message);
	g_dbus_object_manager_server_set_connection (m->objects, bus);
}

Manager *
manager_new (GDBusConnection *bus, const ManagerPaths *paths)
{
	Manager *m = g_new0 (Manager, 1);

	m->paths = paths;
	m->agents = agents_new (bus);
	m->connections = g_ptr_array_new_with_free_func ((GDestroyNotify) connection_free);
	export_manager (m, bus);
	m->environment = (ConnectionEnvironment){ bus, m->objects, m->agents, paths->runtime_folder, paths->worker_path };
	return m;
}

void
manager_free (Manager *m)
{
	g_ptr_array_unref (m->connections);
	agents_free (m->agents);
	g_object_unref (m->skeleton);
	g_object_unref (m->objects);
	g_free (m);
}

/* How often it is looked whether the last connection has ended. */
#define STOP_POLL_MS 20

static gboolean
on_stop_poll (gpointer user_data)
{
	check_stopped (user_data);
	return G_SOURCE_CONTINUE;
}

void
manager_stop (Manager *m, void (*done) (gpointer), gpointer user_data)
{
	if (m->stopped != NULL)
		return;
	m->stopped = done;
	m->stopped_data = user_data;
	for (guint i = 0; i < m->connections->len; i++)
		connection_stop (m->connections->pdata[i], STATUS_USER_CLOSED);
	g_timeout_add (STOP_POLL_MS, on_stop_poll, m);
	check_stopped (m);
}
