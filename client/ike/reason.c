/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

/* What an error of the gateway means to a person. All others are STATUS_GATEWAY_ERROR with their name. */
static const struct
{
	guint16 notify_type;
	Status status;
} reasons[] = {
	{ IKE_NOTIFY_NO_PROPOSAL_CHOSEN, STATUS_NO_PROPOSAL },
	{ IKE_NOTIFY_INVALID_KE_PAYLOAD, STATUS_NO_PROPOSAL },
	{ IKE_NOTIFY_AUTHENTICATION_FAILED, STATUS_AUTH_REJECTED },
	{ IKE_NOTIFY_AUTHORIZATION_FAILED, STATUS_AUTH_REJECTED },
	{ IKE_NOTIFY_INTERNAL_ADDRESS_FAILURE, STATUS_NO_ADDRESS },
	{ IKE_NOTIFY_FAILED_CP_REQUIRED, STATUS_NO_ADDRESS },
	{ IKE_NOTIFY_TS_UNACCEPTABLE, STATUS_TS_UNACCEPTABLE },
	{ IKE_NOTIFY_SINGLE_PAIR_REQUIRED, STATUS_TS_UNACCEPTABLE },
	{ IKE_NOTIFY_INVALID_SELECTORS, STATUS_TS_UNACCEPTABLE },
	{ IKE_NOTIFY_INVALID_SYNTAX, STATUS_PEER_SYNTAX },
	{ IKE_NOTIFY_INVALID_MAJOR_VERSION, STATUS_BAD_VERSION },
};

Status
ike_reason_of_notify (guint16 notify_type)
{
	for (guint i = 0; i < G_N_ELEMENTS (reasons); i++)
		if (reasons[i].notify_type == notify_type)
			return reasons[i].status;
	return STATUS_GATEWAY_ERROR;
}

const IkePayload *
ike_reason_find (const IkeMessage *message)
{
	const IkePayload *at = NULL;

	while ((at = ike_message_find (message, IKE_PAYLOAD_NOTIFY, at)) != NULL)
		if (at->notify.notify_type < 16384 && at->notify.notify_type != IKE_NOTIFY_MS_STATUS)
			return at;
	return ike_message_find_notify (message, IKE_NOTIFY_MS_STATUS);
}

char *
ike_reason_detail (const IkeMessage *message, const IkePayload *notify)
{
	guint16 type = notify->notify.notify_type;
	const char *name = ike_number_name (IKE_NUMBERS_NOTIFY, type);
	const IkePayload *windows = ike_message_find_notify (message, IKE_NOTIFY_MS_STATUS);
	GString *text = g_string_new (NULL);

	if (name != NULL)
		g_string_append_printf (text, "it says %s", name);
	else
		g_string_append_printf (text, "it says error %u", type);
	if (type == IKE_NOTIFY_FAILED_CP_REQUIRED)
		g_string_append (text, ": it wants to be asked for an address, set request-address=yes");
	if (type == IKE_NOTIFY_SINGLE_PAIR_REQUIRED)
		g_string_append (text, ": name a single network in remote=");
	/* Windows puts one of its own error numbers there. */
	if (windows != NULL && windows->notify.value.len == 4)
	{
		Reader r = reader (windows->notify.value);

		g_string_append_printf (text, "; Windows error %u", reader_u32 (&r));
	}
	return g_string_free (text, FALSE);
}
