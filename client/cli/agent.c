/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include "prompt.h"
#include "table.h"
#include "vpn1.h"

/* Flags of a field, see RequestSecrets in net.godwit.Vpn1.xml. */
#define FIELD_SHOW 1u
#define FIELD_REFUSED 2u

struct Agent
{
	VpnAgent *skeleton;
	Secret secret;
	gboolean has_secret;
	void (*before_prompt) (gpointer);
	gpointer user_data;
	/* The question that is open, if any. */
	Prompt *prompt;
	GDBusMethodInvocation *invocation;
	char *request_id;
	char *field;
};

static void
forget_question (Agent *agent)
{
	g_clear_pointer (&agent->prompt, prompt_free);
	g_clear_pointer (&agent->request_id, g_free);
	g_clear_pointer (&agent->field, g_free);
	agent->invocation = NULL;
}

static void
refuse (GDBusMethodInvocation *invocation, const char *words)
{
	g_dbus_method_invocation_return_dbus_error (invocation, "net.godwit.Vpn1.Error.NoSecrets", words);
}

static void
reply (Agent *agent, GDBusMethodInvocation *invocation, const char *field, const char *answer)
{
	GVariantBuilder secrets;

	g_variant_builder_init (&secrets, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add (&secrets, "{sv}", field, g_variant_new_string (answer));
	vpn_agent_complete_request_secrets (agent->skeleton, invocation, g_variant_builder_end (&secrets));
}

static gboolean
free_question_later (gpointer user_data)
{
	forget_question (user_data);
	return G_SOURCE_REMOVE;
}

static void
on_answer (const char *answer, gpointer user_data)
{
	Agent *agent = user_data;
	GDBusMethodInvocation *invocation = g_steal_pointer (&agent->invocation);

	if (answer == NULL)
		refuse (invocation, "the terminal was closed");
	else if (!g_utf8_validate (answer, -1, NULL))
		refuse (invocation, "what was typed is not UTF-8");
	else
		reply (agent, invocation, agent->field, answer);
	/* The prompt is still on the stack. */
	g_idle_add (free_question_later, agent);
}

/* The file answers the first question for the one secret; never again, never a challenge of the gateway's own. */
static gboolean
answer_from_file (Agent *agent, GDBusMethodInvocation *invocation, const char *field, guint flags)
{
	g_autofree char *text = NULL;

	if (!agent->has_secret || (flags & FIELD_REFUSED) != 0 || g_str_equal (field, "code"))
		return FALSE;
	text = g_strndup ((const char *) agent->secret.data, agent->secret.len);
	reply (agent, invocation, field, text);
	secret_wipe (text, strlen (text));
	secret_clear (&agent->secret);
	agent->has_secret = FALSE;
	return TRUE;
}

static char *
question_text (const char *message, const char *label, guint flags)
{
	GString *text = g_string_new (NULL);
	g_autofree char *clean_message = text_clean (message);
	g_autofree char *clean_label = text_clean (label);

	if ((flags & FIELD_REFUSED) != 0)
		g_string_append (text, "That was not accepted.\n");
	if (message[0] != '\0')
		g_string_append_printf (text, "The gateway says: %s\n", clean_message);
	g_string_append_printf (text, "%s: ", label[0] != '\0' ? clean_label : "Password");
	return g_string_free (text, FALSE);
}

static gboolean
on_request_secrets (VpnAgent *skeleton, GDBusMethodInvocation *invocation, const char *connection,
                    const char *request_id, const char *message, GVariant *fields, gpointer user_data)
{
	Agent *agent = user_data;
	g_autoptr (GError) error = NULL;
	g_autofree char *text = NULL;
	const char *field, *label;
	guint flags;

	if (g_variant_n_children (fields) != 1 || agent->invocation != NULL)
	{
		refuse (invocation, "the command line answers one question at a time");
		return TRUE;
	}
	g_variant_get_child (fields, 0, "(&s&sua{sv})", &field, &label, &flags, NULL);
	if (answer_from_file (agent, invocation, field, flags))
		return TRUE;
	if (agent->before_prompt != NULL)
		agent->before_prompt (agent->user_data);
	text = question_text (message, label, flags);
	agent->prompt = prompt_new (text, (flags & FIELD_SHOW) != 0, on_answer, agent, &error);
	if (agent->prompt == NULL)
	{
		refuse (invocation, error->message);
		return TRUE;
	}
	agent->invocation = invocation;
	agent->request_id = g_strdup (request_id);
	agent->field = g_strdup (field);
	return TRUE;
}

static gboolean
on_cancel (VpnAgent *skeleton, GDBusMethodInvocation *invocation, const char *request_id, const char *reason,
           gpointer user_data)
{
	Agent *agent = user_data;

	if (agent->invocation != NULL && g_strcmp0 (agent->request_id, request_id) == 0)
	{
		refuse (g_steal_pointer (&agent->invocation), "cancelled");
		forget_question (agent);
	}
	vpn_agent_complete_cancel (skeleton, invocation);
	return TRUE;
}

static gboolean
on_release (VpnAgent *skeleton, GDBusMethodInvocation *invocation, gpointer user_data)
{
	vpn_agent_complete_release (skeleton, invocation);
	return TRUE;
}

Agent *
agent_new (GDBusConnection *bus, Secret *secret, gboolean has_secret, void (*before_prompt) (gpointer),
           gpointer user_data, GError **error)
{
	Agent *agent = g_new0 (Agent, 1);

	agent->skeleton = vpn_agent_skeleton_new ();
	agent->secret = secret_steal (secret);
	agent->has_secret = has_secret;
	agent->before_prompt = before_prompt;
	agent->user_data = user_data;
	g_signal_connect (agent->skeleton, "handle-request-secrets", G_CALLBACK (on_request_secrets), agent);
	g_signal_connect (agent->skeleton, "handle-cancel", G_CALLBACK (on_cancel), agent);
	g_signal_connect (agent->skeleton, "handle-release", G_CALLBACK (on_release), agent);
	if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (agent->skeleton), bus, AGENT_PATH, error))
		g_clear_pointer (&agent, agent_free);
	return agent;
}

void
agent_free (Agent *agent)
{
	if (agent == NULL)
		return;
	while (g_idle_remove_by_data (agent))
		;
	if (agent->invocation != NULL)
		refuse (g_steal_pointer (&agent->invocation), "cancelled");
	forget_question (agent);
	if (g_dbus_interface_skeleton_get_object_path (G_DBUS_INTERFACE_SKELETON (agent->skeleton)) != NULL)
		g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (agent->skeleton));
	g_object_unref (agent->skeleton);
	secret_clear (&agent->secret);
	g_free (agent);
}
