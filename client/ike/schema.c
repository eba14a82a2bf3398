/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "schema.h"
#include "payload.h"

/* How many payloads of a type a message may have. */
typedef struct
{
	guint8 least;
	guint8 most;
} Cell;

/* clang-format off */
#define ONE { 1, 1 }
#define OPTIONAL { 0, 1 }
#define CERTIFICATES { 0, IKE_MAX_CERTIFICATES }
#define ANY { 0, IKE_MAX_PAYLOADS }
#define SOME { 1, IKE_MAX_PAYLOADS }
/* clang-format on */

/* Types that the codec knows are 33 to 53; one that no row names may not be there. */
#define FIRST_TYPE IKE_PAYLOAD_SA
#define N_TYPES (IKE_PAYLOAD_SKF - IKE_PAYLOAD_SA + 1)
#define P(type) [IKE_PAYLOAD_##type - FIRST_TYPE]

/* RFC 7296 appendix C says which payloads a message has. Notifies and vendor IDs may stand anywhere. */
static const struct
{
	gboolean is_protected;
	Cell cells[N_TYPES];
} schemas[IKE_SCHEMA_COUNT] = {
	[IKE_SCHEMA_INIT_RESPONSE] = {
		FALSE,
		{ P (SA) = ONE, P (KE) = ONE, P (NONCE) = ONE, P (CERTREQ) = CERTIFICATES, P (NOTIFY) = ANY, P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_INIT_NOTIFY_RESPONSE] = {
		FALSE,
		{ P (NOTIFY) = SOME, P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_AUTH_FIRST_RESPONSE] = {
		TRUE,
		{ P (IDR) = ONE, P (CERT) = CERTIFICATES, P (AUTH) = ONE, P (EAP) = ONE, P (NOTIFY) = ANY, P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_AUTH_EAP_RESPONSE] = {
		TRUE,
		{ P (EAP) = ONE, P (NOTIFY) = ANY, P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_AUTH_FINAL_RESPONSE] = {
		TRUE,
		{ P (AUTH) = ONE, P (SA) = ONE, P (TSI) = ONE, P (TSR) = ONE, P (CP) = OPTIONAL, P (NOTIFY) = ANY,
		  P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_AUTH_WHOLE_RESPONSE] = {
		TRUE,
		{ P (IDR) = ONE, P (CERT) = CERTIFICATES, P (AUTH) = ONE, P (SA) = ONE, P (TSI) = ONE, P (TSR) = ONE,
		  P (CP) = OPTIONAL, P (NOTIFY) = ANY, P (VENDOR) = ANY },
	},
	/* The IKE SA may stand although the CHILD SA failed: then AUTH and what belongs to it comes with the error
	 * (RFC 7296 section 1.2). */
	[IKE_SCHEMA_ERROR_RESPONSE] = {
		TRUE,
		{ P (NOTIFY) = SOME, P (IDR) = OPTIONAL, P (CERT) = CERTIFICATES, P (AUTH) = OPTIONAL, P (EAP) = OPTIONAL,
		  P (SA) = OPTIONAL, P (TSI) = OPTIONAL, P (TSR) = OPTIONAL, P (CP) = OPTIONAL, P (VENDOR) = ANY },
	},
	/* MikroTik sends CP when it rekeys; ignored, not refused. */
	[IKE_SCHEMA_CREATE_CHILD_REQUEST] = {
		TRUE,
		{ P (SA) = ONE, P (NONCE) = ONE, P (KE) = OPTIONAL, P (TSI) = OPTIONAL, P (TSR) = OPTIONAL, P (CP) = OPTIONAL,
		  P (NOTIFY) = ANY, P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_CREATE_CHILD_RESPONSE] = {
		TRUE,
		{ P (SA) = ONE, P (NONCE) = ONE, P (KE) = OPTIONAL, P (TSI) = ONE, P (TSR) = ONE, P (CP) = OPTIONAL,
		  P (NOTIFY) = ANY, P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_REKEY_IKE_RESPONSE] = {
		TRUE,
		{ P (SA) = ONE, P (NONCE) = ONE, P (KE) = ONE, P (NOTIFY) = ANY, P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_INFORMATIONAL_REQUEST] = {
		TRUE,
		{ P (NOTIFY) = ANY, P (DELETE) = ANY, P (CP) = OPTIONAL, P (VENDOR) = ANY },
	},
	[IKE_SCHEMA_INFORMATIONAL_RESPONSE] = {
		TRUE,
		{ P (NOTIFY) = ANY, P (DELETE) = ANY, P (CP) = OPTIONAL, P (VENDOR) = ANY },
	},
};

static guint
count (const IkeMessage *message, guint8 type)
{
	guint n = 0;

	for (guint i = 0; i < message->n_payloads; i++)
		if (message->payloads[i].type == type)
			n++;
	return n;
}

Status
ike_schema_check (IkeSchema schema, const IkeMessage *message, guint8 *ret_payload)
{
	const Cell *cells = schemas[schema].cells;

	if (message->is_protected != schemas[schema].is_protected)
	{
		*ret_payload = message->n_payloads > 0 ? message->payloads[0].type : IKE_PAYLOAD_NONE;
		return STATUS_UNEXPECTED_PAYLOAD;
	}
	for (guint i = 0; i < message->n_payloads; i++)
	{
		guint8 type = message->payloads[i].type;

		/* Those that the codec does not know were not critical: ignored (RFC 7296 section 2.5). */
		if (ike_payload_known (type) && count (message, type) > cells[type - FIRST_TYPE].most)
		{
			*ret_payload = type;
			return STATUS_UNEXPECTED_PAYLOAD;
		}
	}
	for (guint i = 0; i < N_TYPES; i++)
		if (count (message, (guint8) (FIRST_TYPE + i)) < cells[i].least)
		{
			*ret_payload = (guint8) (FIRST_TYPE + i);
			return STATUS_MISSING_PAYLOAD;
		}
	return STATUS_OK;
}
