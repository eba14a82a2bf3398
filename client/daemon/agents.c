/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agents.h"

#include <string.h>

#include "base/secret.h"

#define INTERFACE "net.godwit.Vpn1.Agent"
#define MAX_AGENTS 64
#define TIMEOUT_MS 90000 /* the session gives a person less: its timeout comes first */
#define MAX_ANSWER_OCTETS 4096
#define MAX_MESSAGE 1024 /* characters */

typedef struct
{
	Agents *agents;
	char *sender;
	char *path;
	guint uid;
	guint watch;
} Agent;

struct Agents
{
	GDBusConnection *bus;
	GPtrArray *list; /* of Agent, the newest last */
	guint last_request;
};

struct AgentsRequest
{
	Agents *agents; /* not once .cancelled */
	GDBusConnection *bus;
	guint uid;
	GPtrArray *asked; /* senders; the last is being asked */
	char *path;       /* of its object */
	char *connection, *message, *id, *field;
	GVariant *fields;
	gboolean cancelled;
	AgentsDone done;
	gpointer user_data;
};

static void
agent_free (gpointer data)
{
	Agent *agent = data;

	g_bus_unwatch_name (agent->watch);
	g_free (agent->sender);
	g_free (agent->path);
	g_free (agent);
}

Agents *
agents_new (GDBusConnection *bus)
{
	Agents *agents = g_new0 (Agents, 1);

	agents->bus = g_object_ref (bus);
	agents->list = g_ptr_array_new_with_free_func (agent_free);
	return agents;
}

void
agents_free (Agents *agents)
{
	g_ptr_array_unref (agents->list);
	g_object_unref (agents->bus);
	g_free (agents);
}

static void
on_vanished (GDBusConnection *bus, const char *name, gpointer user_data)
{
	Agent *agent = user_data;

	g_ptr_array_remove (agent->agents->list, agent);
}

gboolean
agents_register (Agents *agents, const char *sender, guint uid, const char *path)
{
	Agent *agent;

	agents_unregister (agents, sender, path);
	if (agents->list->len >= MAX_AGENTS)
		return FALSE;
	agent = g_new0 (Agent, 1);
	agent->agents = agents;
	agent->sender = g_strdup (sender);
	agent->path = g_strdup (path);
	agent->uid = uid;
	agent->watch = g_bus_watch_name_on_connection (agents->bus, sender, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL,
	                                               on_vanished, agent, NULL);
	g_ptr_array_add (agents->list, agent);
	return TRUE;
}

void
agents_unregister (Agents *agents, const char *sender, const char *path)
{
	for (guint i = agents->list->len; i-- > 0;)
	{
		const Agent *agent = agents->list->pdata[i];

		if (g_str_equal (agent->sender, sender) && g_str_equal (agent->path, path))
			g_ptr_array_remove_index (agents->list, i);
	}
}

/* The newest of @uid's that was not asked yet. */
static const Agent *
newest_of (const Agents *agents, guint uid, GPtrArray *asked)
{
	for (guint i = agents->list->len; i-- > 0;)
	{
		const Agent *agent = agents->list->pdata[i];

		if (agent->uid == uid && !g_ptr_array_find_with_equal_func (asked, agent->sender, g_str_equal, NULL))
			return agent;
	}
	return NULL;
}

static gboolean ask_next (AgentsRequest *request);

static void
request_free (AgentsRequest *request)
{
	g_object_unref (request->bus);
	g_ptr_array_unref (request->asked);
	g_variant_unref (request->fields);
	g_free (request->connection);
	g_free (request->message);
	g_free (request->path);
	g_free (request->id);
	g_free (request->field);
	g_free (request);
}

static GVariant *
question_fields (const AgentsQuestion *question)
{
	GVariantBuilder fields, attributes;

	g_variant_builder_init (&attributes, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_init (&fields, G_VARIANT_TYPE ("a(ssua{sv})"));
	g_variant_builder_add (&fields, "(ss@u@a{sv})", question->field, question->label,
	                       g_variant_new_uint32 (question->flags), g_variant_builder_end (&attributes));
	return g_variant_builder_end (&fields);
}

/* What GDBus says when nobody is there who could answer, or he went away over the question. */
static gboolean
is_gone (const GError *error)
{
	static const GDBusError codes[] = { G_DBUS_ERROR_SERVICE_UNKNOWN, G_DBUS_ERROR_NAME_HAS_NO_OWNER,
		                                G_DBUS_ERROR_NO_REPLY,        G_DBUS_ERROR_UNKNOWN_METHOD,
		                                G_DBUS_ERROR_UNKNOWN_OBJECT,  G_DBUS_ERROR_UNKNOWN_INTERFACE,
		                                G_DBUS_ERROR_ACCESS_DENIED };

	for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
		if (g_error_matches (error, G_DBUS_ERROR, (gint) codes[i]))
			return TRUE;
	return FALSE;
}

static Status
status_of_error (const GError *error)
{
	g_autofree char *name = g_dbus_error_get_remote_error (error);

	if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
		return STATUS_SECRET_TIMEOUT;
	return g_strcmp0 (name, "net.godwit.Vpn1.Error.NoSecrets") == 0 ? STATUS_SECRET_NEEDED : STATUS_SECRET_CANCELLED;
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
	AgentsRequest *request = user_data;
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
	g_autoptr (GVariant) secrets = NULL;
	const char *answer = NULL;
	Status status = STATUS_SECRET_CANCELLED;

	if (!request->cancelled && error != NULL && is_gone (error))
	{
		if (ask_next (request))
			return;
		status = STATUS_SECRET_NEEDED;
	}
	else if (error != NULL)
		status = status_of_error (error);
	else
	{
		secrets = g_variant_get_child_value (reply, 0);
		g_variant_lookup (secrets, request->field, "&s", &answer);
		if (answer != NULL && strlen (answer) <= MAX_ANSWER_OCTETS)
			status = STATUS_OK;
	}
	if (!request->cancelled)
		request->done (status, status == STATUS_OK ? answer : NULL, request->user_data);
	request_free (request);
}

static void
ask (AgentsRequest *request, const char *sender, const char *path)
{
	g_free (request->path);
	request->path = g_strdup (path);
	g_ptr_array_add (request->asked, g_strdup (sender));
	g_dbus_connection_call (
	    request->bus, sender, path, INTERFACE, "RequestSecrets",
	    g_variant_new ("(oss@a(ssua{sv}))", request->connection, request->id, request->message, request->fields),
	    G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS, NULL, on_reply, request);
}

/* FALSE: there is nobody left. */
static gboolean
ask_next (AgentsRequest *request)
{
	const Agent *agent = newest_of (request->agents, request->uid, request->asked);

	if (agent == NULL)
		agent = newest_of (request->agents, 0, request->asked);
	if (agent == NULL)
		return FALSE;
	ask (request, agent->sender, agent->path);
	return TRUE;
}

AgentsRequest *
agents_ask (Agents *agents, const AgentsQuestion *question, AgentsDone done, gpointer user_data)
{
	AgentsRequest *request = g_new0 (AgentsRequest, 1);

	request->agents = agents;
	request->bus = g_object_ref (agents->bus);
	request->uid = question->uid;
	request->asked = g_ptr_array_new_with_free_func (g_free);
	request->connection = g_strdup (question->connection);
	request->message =
	    g_utf8_substring (question->message, 0, MIN (g_utf8_strlen (question->message, -1), MAX_MESSAGE));
	request->fields = g_variant_ref_sink (question_fields (question));
	request->id = g_strdup_printf ("%u", ++agents->last_request);
	request->field = g_strdup (question->field);
	request->done = done;
	request->user_data = user_data;
	if (question->agent != NULL)
		ask (request, question->sender, question->agent);
	else if (!ask_next (request))
		g_clear_pointer (&request, request_free);
	return request;
}

void
agents_request_cancel (AgentsRequest *request)
{
	request->cancelled = TRUE;
	g_dbus_connection_call (request->bus, request->asked->pdata[request->asked->len - 1], request->path, INTERFACE,
	                        "Cancel", g_variant_new ("(ss)", request->id, "not needed any more"), NULL,
	                        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL, NULL);
}
