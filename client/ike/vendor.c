/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vendor.h"

/* A value that begins so. */
typedef struct
{
	Slice prefix;
	const char *name;
} Vendor;

#define VENDOR(text, name)                                                                                             \
	{                                                                                                                  \
		{ (const guint8 *) (text), sizeof (text) - 1 }, name                                                           \
	}

/* The octets are what these gateways send; those that are no text are MD5 sums of one. */
static const Vendor vendors[] = {
	VENDOR ("\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb", "strongSwan"),
	VENDOR ("\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61", "Windows"),
	VENDOR ("\x82\x99\x03\x17\x57\xa3\x60\x82\xc6\xa6\x21\xde", "FortiGate"),
	VENDOR ("OE-Libreswan", "Libreswan"),
	VENDOR ("OpenIKED", "OpenIKED"),
	VENDOR ("FLEXVPN-SUPPORTED", "Cisco FlexVPN"),
	VENDOR ("CISCO", "Cisco"),
};

const char *
ike_vendor_name (const IkeMessage *message)
{
	const IkePayload *payload = NULL;

	while ((payload = ike_message_find (message, IKE_PAYLOAD_VENDOR, payload)) != NULL)
		for (gsize i = 0; i < G_N_ELEMENTS (vendors); i++)
		{
			Slice prefix = vendors[i].prefix;

			if (payload->vendor.value.len >= prefix.len &&
			    memcmp (payload->vendor.value.data, prefix.data, prefix.len) == 0)
				return vendors[i].name;
		}
	return NULL;
}
