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

char *
ike_reason_detail (const IkePayload *notify)
{
	guint16 type = notify->notify.notify_type;
	const char *name = ike_number_name (IKE_NUMBERS_NOTIFY, type);
	Reader r = reader (notify->notify.value);

	if (type == IKE_NOTIFY_FAILED_CP_REQUIRED)
		return g_strdup ("the gateway wants an address to be asked for: set request-address=yes");
	/* Windows puts one of its own error numbers there, least significant octet first. */
	if (type == IKE_NOTIFY_MS_STATUS && notify->notify.value.len == 4)
		return g_strdup_printf ("Windows error %u", GUINT32_SWAP_LE_BE (reader_u32 (&r)));
	if (name != NULL)
		return g_strdup_printf ("it says %s", name);
	return g_strdup_printf ("it says error %u", type);
}
