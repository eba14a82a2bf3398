/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agents.h"

#include <string.h>

#include "base/secret.h"

#define INTERFACE "net.godwit.Vpn1.Agent"
#define MAX_AGENTS 64
#define TIMEOUT_MS 90000 /* the session gives a person less: its timeout comes first */
#define MAX_ANSWER_OCTETS 4096

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
	GDBusConnection *bus;
	char *sender;
	char *path;
	char *id;
	char *field;
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

static const Agent *
newest_of (const Agents *agents, guint uid)
{
	for (guint i = agents->list->len; i-- > 0;)
	{
		const Agent *agent = agents->list->pdata[i];

		if (agent->uid == uid)
			return agent;
	}
	return NULL;
}

static void
request_free (AgentsRequest *request)
{
	g_object_unref (request->bus);
	g_free (request->sender);
	g_free (request->path);
	g_free (request->id);
	g_free (request->field);
	g_free (request);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
	AgentsRequest *request = user_data;
	g_autoptr (GError) error = NULL;
	g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
	g_autoptr (GVariant) secrets = NULL;
	g_autofree char *name = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;
	const char *answer = NULL;
	Status status = STATUS_SECRET_CANCELLED;

	if (reply != NULL)
	{
		secrets = g_variant_get_child_value (reply, 0);
		g_variant_lookup (secrets, request->field, "&s", &answer);
	}
	if (answer != NULL && strlen (answer) <= MAX_ANSWER_OCTETS)
		status = STATUS_OK;
	else if (g_strcmp0 (name, "net.godwit.Vpn1.Error.NoSecrets") == 0)
		status = STATUS_SECRET_NEEDED;
	if (!request->cancelled)
		request->done (status, status == STATUS_OK ? answer : NULL, request->user_data);
	request_free (request);
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

AgentsRequest *
agents_ask (Agents *agents, const AgentsQuestion *question, AgentsDone done, gpointer user_data)
{
	const Agent *agent = newest_of (agents, question->uid);
	AgentsRequest *request;

	if (question->agent == NULL && agent == NULL)
		agent = newest_of (agents, 0);
	if (question->agent == NULL && agent == NULL)
		return NULL;
	request = g_new0 (AgentsRequest, 1);
	request->bus = g_object_ref (agents->bus);
	request->sender = g_strdup (question->agent != NULL ? question->sender : agent->sender);
	request->path = g_strdup (question->agent != NULL ? question->agent : agent->path);
	request->id = g_strdup_printf ("%u", ++agents->last_request);
	request->field = g_strdup (question->field);
	request->done = done;
	request->user_data = user_data;
	g_dbus_connection_call (request->bus, request->sender, request->path, INTERFACE, "RequestSecrets",
	                        g_variant_new ("(oss@a(ssua{sv}))", question->connection, request->id, question->message,
	                                       question_fields (question)),
	                        G_VARIANT_TYPE ("(a{sv})"), G_DBUS_CALL_FLAGS_NONE, TIMEOUT_MS, NULL, on_reply, request);
	return request;
}

void
agents_request_cancel (AgentsRequest *request)
{
	request->cancelled = TRUE;
	g_dbus_connection_call (request->bus, request->sender, request->path, INTERFACE, "Cancel",
	                        g_variant_new ("(ss)", request->id, "not needed any more"), NULL, G_DBUS_CALL_FLAGS_NONE,
	                        -1, NULL, NULL, NULL);
}
