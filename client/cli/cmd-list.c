/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include "bus.h"
#include "print.h"
#include "profile/store.h"
#include "table.h"

static CliExit run (int argc, char **argv);

const Command cli_command_list = { "list", "[--json]", "Show profiles and connections", run };

typedef struct
{
	char *name;
	char *display; /* what its connection is called */
	char *gateway;
	const char *where; /* "user", "system", "" for a connection without a profile in a store */
	const char *state; /* borrowed of .connection; "-" */
} Row;

static void
row_free (gpointer data)
{
	Row *row = data;

	g_free (row->name);
	g_free (row->display);
	g_free (row->gateway);
	g_free (row);
}

/* The display name and gateway of a profile of the user; a broken one is listed with its name alone. */
static void
add_user_profiles (GPtrArray *rows)
{
	g_autofree char *folder = profile_store_user_folder ();
	g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

	profile_store_list (folder, names);
	for (guint i = 0; i < names->len; i++)
	{
		g_autofree char *path = profile_store_find (folder, names->pdata[i]);
		g_autofree char *text = NULL;
		g_autoptr (Profile) profile = NULL;
		gsize length;
		Row *row = g_new0 (Row, 1);

		if (path != NULL && g_file_get_contents (path, &text, &length, NULL))
			profile = profile_parse (text, length, path, NULL);
		row->name = g_strdup (names->pdata[i]);
		row->display = g_strdup (profile != NULL ? profile_display_name (profile) : names->pdata[i]);
		row->gateway = g_strdup (profile != NULL ? profile_text (profile, "gateway.address") : "(not valid)");
		row->where = "user";
		row->state = "-";
		g_ptr_array_add (rows, row);
	}
}

static gboolean
add_system_profiles (GPtrArray *rows, VpnManager *manager, GError **error)
{
	g_autoptr (GVariant) profiles = NULL;
	GVariantIter iter;
	const char *id, *name, *gateway;
	GVariant *more;

	if (!vpn_manager_call_list_profiles_sync (manager, &profiles, NULL, error))
		return FALSE;
	g_variant_iter_init (&iter, profiles);
	while (g_variant_iter_next (&iter, "(&s&s&s@a{sv})", &id, &name, &gateway, &more))
	{
		Row *row = g_new0 (Row, 1);

		row->name = g_strdup (id);
		row->display = g_strdup (name);
		row->gateway = g_strdup (g_variant_lookup (more, "error", "&s", NULL) ? "(not valid)" : gateway);
		g_variant_unref (more);
		row->where = "system";
		row->state = "-";
		g_ptr_array_add (rows, row);
	}
	return TRUE;
}

static void
add_connections (GPtrArray *rows, GPtrArray *connections)
{
	for (guint i = 0; i < connections->len; i++)
	{
		VpnConnection *connection = connections->pdata[i];
		Row *row = NULL;

		if (!bus_is_active (connection))
			continue;
		for (guint j = 0; row == NULL && j < rows->len; j++)
			if (g_strcmp0 (((Row *) rows->pdata[j])->display, vpn_connection_get_name (connection)) == 0)
				row = rows->pdata[j];
		if (row == NULL)
		{
			row = g_new0 (Row, 1);
			row->name = g_strdup (vpn_connection_get_name (connection));
			row->gateway = g_strdup (vpn_connection_get_gateway (connection));
			row->where = "";
			g_ptr_array_add (rows, row);
		}
		row->state = vpn_connection_get_state (connection);
	}
}

static void
print_rows (GPtrArray *rows)
{
	g_autoptr (Table) table = table_new (4);

	if (rows->len == 0)
	{
		g_print ("No profile and no connection. 'godwit help profile' shows how to write one.\n");
		return;
	}
	table_row (table, (const char *[]){ "NAME", "STATE", "GATEWAY", "PROFILE" });
	for (guint i = 0; i < rows->len; i++)
	{
		const Row *row = rows->pdata[i];

		table_row (table, (const char *[]){ row->name, row->state, row->gateway, row->where });
	}
	table_print (table);
}

static void
print_rows_json (GPtrArray *rows)
{
	g_autoptr (JsonBuilder) builder = json_builder_new ();

	json_builder_begin_object (builder);
	json_builder_set_member_name (builder, "schema");
	json_builder_add_int_value (builder, 1);
	json_builder_set_member_name (builder, "profiles");
	json_builder_begin_array (builder);
	for (guint i = 0; i < rows->len; i++)
	{
		const Row *row = rows->pdata[i];
		const char *const members[] = { "name",    row->name,    "state",   row->state,
			                            "gateway", row->gateway, "profile", row->where };

		json_builder_begin_object (builder);
		for (guint j = 0; j < G_N_ELEMENTS (members); j += 2)
		{
			json_builder_set_member_name (builder, members[j]);
			json_builder_add_string_value (builder, members[j + 1]);
		}
		json_builder_end_object (builder);
	}
	json_builder_end_array (builder);
	json_builder_end_object (builder);
	print_json (builder, FALSE);
}

static CliExit
run (int argc, char **argv)
{
	gboolean json = FALSE;
	const GOptionEntry entries[] = {
		{ "json", 'j', 0, G_OPTION_ARG_NONE, &json, "For programs", NULL },
		{ NULL },
	};
	g_autoptr (GError) error = NULL;
	g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (row_free);
	g_autoptr (GPtrArray) connections = NULL;
	g_autoptr (VpnManager) manager = NULL;
	CliExit code;

	if (!cli_parse (&cli_command_list, entries, &argc, &argv, 0, 0, &code))
		return code;
	manager = bus_manager (&error);
	connections = manager != NULL ? bus_connections (manager, &error) : NULL;
	if (connections == NULL)
		return cli_fail_call (error);
	add_user_profiles (rows);
	if (!add_system_profiles (rows, manager, &error))
		return cli_fail_call (error);
	add_connections (rows, connections);
	if (json)
		print_rows_json (rows);
	else
		print_rows (rows);
	return CLI_OK;
}
