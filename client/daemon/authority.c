/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "authority.h"

#include <unistd.h>

#define POLKIT_NAME "org.freedesktop.PolicyKit1"
#define POLKIT_PATH "/org/freedesktop/PolicyKit1/Authority"
#define POLKIT_INTERFACE "org.freedesktop.PolicyKit1.Authority"
#define TIMEOUT_MS 120000 /* a person may type a password */
#define ALLOW_USER_INTERACTION 1u

typedef struct
{
	GDBusConnection *bus;
	char *sender;
	char *action;
	gboolean interactive;
	guint uid;
	AuthorityDone done;
	gpointer user_data;
} Check;

static void
finish (Check *check, gboolean allowed)
{
	check->done (allowed, check->uid, check->user_data);
	g_object_unref (check->bus);
	g_free (check->sender);
	g_free (check->action);
	g_free (check);
}

static gboolean
name_exists (GDBusConnection *bus, const char *method)
{
	g_autoptr (GVariant) reply =
	    g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
	                                 method, NULL, G_VARIANT_TYPE ("(as)"), G_DBUS_CALL_FLAGS_NONE, 1000, NULL, NULL);
	g_autofree const char **names = NULL;

	if (reply == NULL)
		return FALSE;
	g_variant_get (reply, "(^a&s)", &names);
	return g_strv_contains (names, POLKIT_NAME);
}

gboolean
authority_has_polkit (GDBusConnection *bus)
{
	return name_exists (bus, "ListNames") || name_exists (bus, "ListActivatableNames");
}

static void
on_polkit (GObject *source, GAsyncResult *result, gpointer user_data)
{
	Check *check = user_data;
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
	gboolean allowed = FALSE;

	if (reply == NULL)
		g_warning ("polkit: %s", error->message);
	else
		g_variant_get (reply, "((bba{ss}))", &allowed, NULL, NULL);
	finish (check, allowed);
}

/* The subject is the bus name: a process ID could be another process by now (CVE-2013-4288). */
static void
ask_polkit (Check *check)
{
	GVariantBuilder subject, details;

	g_variant_builder_init (&subject, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add (&subject, "{sv}", "name", g_variant_new_string (check->sender));
	g_variant_builder_init (&details, G_VARIANT_TYPE ("a{ss}"));
	g_dbus_connection_call (check->bus, POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE, "CheckAuthorization",
	                        g_variant_new ("((sa{sv})sa{ss}us)", "system-bus-name", &subject, check->action, &details,
	                                       check->interactive ? ALLOW_USER_INTERACTION : 0u, ""),
	                        G_VARIANT_TYPE ("((bba{ss}))"), G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS, NULL, on_polkit, check);
}

static void
on_uid (GObject *source, GAsyncResult *result, gpointer user_data)
{
	Check *check = user_data;
	g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

	if (reply == NULL)
	{
		/* The caller is gone. */
		finish (check, FALSE);
		return;
	}
	g_variant_get (reply, "(u)", &check->uid);
	if (check->uid == 0 || check->uid == getuid ())
		finish (check, TRUE);
	else if (authority_has_polkit (check->bus))
		ask_polkit (check);
	else
		finish (check, FALSE);
}

void
authority_check (GDBusConnection *bus, const char *sender, const char *action, gboolean interactive, AuthorityDone done,
                 gpointer user_data)
{
	Check *check = g_new0 (Check, 1);

	*check =
	    (Check){ g_object_ref (bus), g_strdup (sender), g_strdup (action), interactive, G_MAXUINT, done, user_data };
	g_dbus_connection_call (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
	                        "GetConnectionUnixUser", g_variant_new ("(s)", sender), G_VARIANT_TYPE ("(u)"),
	                        G_DBUS_CALL_FLAGS_NONE, 5000, NULL, on_uid, check);
}
