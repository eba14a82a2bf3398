/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus.h"

#include <stdlib.h>

/* godwitd gives the gateway 2 s to answer our DELETE; more than that means it hangs. */
#define DISCONNECT_TIMEOUT_MS 10000

VpnManager *
bus_manager (GError **error)
{
	g_autoptr (GDBusConnection) bus = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, error);
	VpnManager *manager;

	if (bus == NULL)
		return NULL;
	manager = vpn_manager_proxy_new_sync (bus, G_DBUS_PROXY_FLAGS_NONE, BUS_NAME, BUS_ROOT, NULL, error);
	if (manager != NULL && vpn_manager_get_version (manager) == NULL)
	{
		/* A proxy of a name without owner is no error for GDBus. */
		g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN, "nobody owns " BUS_NAME);
		g_clear_object (&manager);
	}
	return manager;
}

gboolean
bus_error_means_no_daemon (const GError *error)
{
	/* An answer that only GDBus has no number for is an answer. */
	return (error->domain == G_IO_ERROR && !g_dbus_error_is_remote_error (error) &&
	        !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) ||
	       g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
	       g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER) ||
	       g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
	       g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SPAWN_EXEC_FAILED);
}

VpnConnection *
bus_connection (VpnManager *manager, const char *path, GError **error)
{
	GDBusConnection *bus = g_dbus_proxy_get_connection (G_DBUS_PROXY (manager));

	return vpn_connection_proxy_new_sync (bus, G_DBUS_PROXY_FLAGS_NONE, BUS_NAME, path, NULL, error);
}

/* Paths of all objects with @interface, sorted by the number they end with. */
static GPtrArray *
object_paths (GDBusConnection *bus, const char *interface, GError **error)
{
	GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
	g_autoptr (GVariant) reply =
	    g_dbus_connection_call_sync (bus, BUS_NAME, BUS_ROOT, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects",
	                                 NULL, G_VARIANT_TYPE ("(a{oa{sa{sv}}})"), G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);
	g_autoptr (GVariantIter) objects = NULL;
	const char *path;
	GVariant *interfaces;

	if (reply == NULL)
	{
		g_ptr_array_unref (paths);
		return NULL;
	}
	g_variant_get (reply, "(a{oa{sa{sv}}})", &objects);
	while (g_variant_iter_loop (objects, "{&o@a{sa{sv}}}", &path, &interfaces))
	{
		g_autoptr (GVariant) found = g_variant_lookup_value (interfaces, interface, NULL);

		if (found != NULL)
			g_ptr_array_add (paths, g_strdup (path));
	}
	return paths;
}

static guint64
path_number (const char *path)
{
	return g_ascii_strtoull (strrchr (path, '/') + 1, NULL, 10);
}

static int
compare_proxies (gconstpointer a, gconstpointer b)
{
	guint64 x = path_number (g_dbus_proxy_get_object_path (*(GDBusProxy *const *) a));
	guint64 y = path_number (g_dbus_proxy_get_object_path (*(GDBusProxy *const *) b));

	return x < y ? -1 : x > y;
}

GPtrArray *
bus_connections (VpnManager *manager, GError **error)
{
	GDBusConnection *bus = g_dbus_proxy_get_connection (G_DBUS_PROXY (manager));
	g_autoptr (GPtrArray) paths = object_paths (bus, "net.godwit.Vpn1.Connection", error);
	GPtrArray *connections;

	if (paths == NULL)
		return NULL;
	connections = g_ptr_array_new_with_free_func (g_object_unref);
	for (guint i = 0; i < paths->len; i++)
	{
		VpnConnection *connection = bus_connection (manager, paths->pdata[i], NULL);

		/* One that went away in the meantime has no properties. */
		if (connection != NULL && vpn_connection_get_state (connection) != NULL)
			g_ptr_array_add (connections, connection);
		else
			g_clear_object (&connection);
	}
	g_ptr_array_sort (connections, compare_proxies);
	return connections;
}

GPtrArray *
bus_child_sas (VpnConnection *connection, GError **error)
{
	GDBusConnection *bus = g_dbus_proxy_get_connection (G_DBUS_PROXY (connection));
	g_autofree char *prefix = g_strconcat (g_dbus_proxy_get_object_path (G_DBUS_PROXY (connection)), "/", NULL);
	g_autoptr (GPtrArray) paths = object_paths (bus, "net.godwit.Vpn1.ChildSa", error);
	GPtrArray *children;

	if (paths == NULL)
		return NULL;
	children = g_ptr_array_new_with_free_func (g_object_unref);
	for (guint i = 0; i < paths->len; i++)
	{
		VpnChildSa *child;

		if (!g_str_has_prefix (paths->pdata[i], prefix))
			continue;
		child = vpn_child_sa_proxy_new_sync (bus, G_DBUS_PROXY_FLAGS_NONE, BUS_NAME, paths->pdata[i], NULL, NULL);
		if (child != NULL)
			g_ptr_array_add (children, child);
	}
	return children;
}

static gboolean
on_timeout (gpointer user_data)
{
	*(gboolean *) user_data = TRUE;
	return G_SOURCE_CONTINUE;
}

gboolean
bus_disconnect (VpnConnection *connection, GError **error)
{
	gboolean late = FALSE;
	guint timer;

	if (!vpn_connection_call_disconnect_sync (connection, g_variant_new ("a{sv}", NULL), NULL, error))
		return FALSE;
	timer = g_timeout_add (DISCONNECT_TIMEOUT_MS, on_timeout, &late);
	/* The properties follow by signal; an object that is gone has none. */
	while (!late && vpn_connection_get_state (connection) != NULL && bus_is_active (connection))
		g_main_context_iteration (NULL, TRUE);
	g_source_remove (timer);
	if (late)
		g_set_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT, "'%s' did not end within %d s",
		             vpn_connection_get_name (connection), DISCONNECT_TIMEOUT_MS / 1000);
	return !late;
}

gboolean
bus_is_active (VpnConnection *connection)
{
	const char *state = vpn_connection_get_state (connection);

	return state != NULL && !g_str_equal (state, "disconnected") && !g_str_equal (state, "failed");
}

static gboolean
connection_is_named (VpnConnection *connection, const char *name)
{
	const char *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (connection));

	return g_strcmp0 (vpn_connection_get_name (connection), name) == 0 ||
	       g_strcmp0 (vpn_connection_get_interface_name (connection), name) == 0 ||
	       g_str_equal (strrchr (path, '/') + 1, name);
}

VpnConnection *
bus_choose (GPtrArray *connections, const char *name, gboolean *ret_several)
{
	VpnConnection *chosen = NULL;
	guint n_active = 0;

	for (guint i = 0; i < connections->len; i++)
	{
		VpnConnection *connection = connections->pdata[i];

		if (name != NULL && !connection_is_named (connection, name))
			continue;
		n_active += bus_is_active (connection);
		if (chosen == NULL || bus_is_active (connection) || !bus_is_active (chosen))
			chosen = connection;
	}
	*ret_several = name == NULL && n_active > 1;
	return *ret_several ? NULL : chosen;
}
