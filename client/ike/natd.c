/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

Status
ike_natd_hash (guint64 spi_i, guint64 spi_r, const InetEndpoint *endpoint, guint8 ret_hash[IKE_NATD_OCTETS])
{
	g_auto (Writer) octets = { 0 };
	guint8 digest[HASH_MAX_OCTETS];
	Slice view;
	Status status;

	writer_init (&octets, 64);
	writer_u64 (&octets, spi_i);
	writer_u64 (&octets, spi_r);
	writer_slice (&octets, inet_address_view (&endpoint->address));
	writer_u16 (&octets, endpoint->port);
	view = writer_view (&octets);
	status = hash (HASH_SHA1, &view, 1, digest);
	if (status == STATUS_OK)
		memcpy (ret_hash, digest, IKE_NATD_OCTETS);
	return status;
}

gboolean
ike_natd_differs (const IkeMessage *message, guint16 type, guint64 spi_i, guint64 spi_r, const InetEndpoint *endpoint)
{
	guint8 want[IKE_NATD_OCTETS];
	const IkePayload *at = NULL;
	gboolean any = FALSE;

	if (ike_natd_hash (spi_i, spi_r, endpoint, want) != STATUS_OK)
		return FALSE;
	while ((at = ike_message_find (message, IKE_PAYLOAD_NOTIFY, at)) != NULL)
	{
		if (at->notify.notify_type != type)
			continue;
		any = TRUE;
		if (slice_equal (at->notify.value, SLICE_ARRAY (want)))
			return FALSE;
	}
	return any;
}
