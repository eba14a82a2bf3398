/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: one table (exchange x direction x payload -> least, most, protected) that judges the set of payloads of a
 * message before any handler runs. Must not know: contents of payloads, state.
 */
#pragma once

#include "message.h"

/* Where IKE_AUTH stands: its messages differ by phase (RFC 7296 sections 1.2, 2.16). */
typedef enum
{
	IKE_SCHEMA_INIT_RESPONSE,        /* IKE_SA_INIT with an SA */
	IKE_SCHEMA_INIT_NOTIFY_RESPONSE, /* IKE_SA_INIT that only notifies: COOKIE, INVALID_KE_PAYLOAD, errors */
	IKE_SCHEMA_AUTH_FIRST_RESPONSE,  /* with EAP: IDr, [CERT], AUTH, EAP */
	IKE_SCHEMA_AUTH_EAP_RESPONSE,    /* EAP only */
	IKE_SCHEMA_AUTH_FINAL_RESPONSE,  /* with or without EAP before it: AUTH, SA, TSi, TSr, [CP] */
	IKE_SCHEMA_AUTH_WHOLE_RESPONSE,  /* no EAP: IDr, [CERT], AUTH, SA, TSi, TSr, [CP] */
	IKE_SCHEMA_ERROR_RESPONSE,       /* any protected response that carries an error notify */
	IKE_SCHEMA_CREATE_CHILD_REQUEST,
	IKE_SCHEMA_CREATE_CHILD_RESPONSE, /* of a CHILD SA */
	IKE_SCHEMA_REKEY_IKE_RESPONSE,
	IKE_SCHEMA_INFORMATIONAL_REQUEST,
	IKE_SCHEMA_INFORMATIONAL_RESPONSE,
	IKE_SCHEMA_COUNT
} IkeSchema;

/**
 * ike_schema_check:
 * @ret_payload: on an error the type of the payload that is missing or too many
 * Errors: STATUS_MISSING_PAYLOAD, STATUS_UNEXPECTED_PAYLOAD (too many, or in the clear where it must be protected)
 */
Status ike_schema_check (IkeSchema schema, const IkeMessage *message, guint8 *ret_payload);
