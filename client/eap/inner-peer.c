/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inner-peer.h"

#define MAX_METHODS 3

static guint8
type_of (EapInner inner, gboolean plain_mschapv2)
{
	switch (inner)
	{
	case EAP_INNER_PAP:
		return 0;
	case EAP_INNER_MSCHAPV2:
		return plain_mschapv2 ? EAP_TYPE_MSCHAPV2 : 0;
	case EAP_INNER_EAP_MSCHAPV2:
		return EAP_TYPE_MSCHAPV2;
	case EAP_INNER_GTC:
		return EAP_TYPE_GTC;
	case EAP_INNER_MD5:
		return EAP_TYPE_MD5;
	}
	return 0;
}

EapPeer *
inner_peer_new (const EapConfig *config, gboolean plain_mschapv2, const Rng *rng)
{
	guint8 methods[MAX_METHODS] = { 0 };
	EapConfig inside = { .identity = config->identity, .methods = methods };

	for (gsize i = 0; i < config->tls.n_inner; i++)
	{
		guint8 type = type_of (config->tls.inner[i], plain_mschapv2);

		if (type != 0 && memchr (methods, type, MAX_METHODS) == NULL && inside.n_methods < MAX_METHODS)
			methods[inside.n_methods++] = type;
	}
	return eap_peer_new (&inside, rng);
}

EapMethodResult
inner_peer_result (const EapPeer *peer, EapResult result, GBytes **ret_packet)
{
	EapMethodResult made = { .verdict = EAP_METHOD_SEND };

	*ret_packet = NULL;
	switch (result.verdict)
	{
	case EAP_SEND:
		*ret_packet = g_steal_pointer (&result.packet);
		/* An EAP-Failure outside means what it would mean inside. */
		made.status = eap_peer_refusal (peer, &made.detail);
		break;
	case EAP_ASK:
		made = (EapMethodResult){ .verdict = EAP_METHOD_ASK,
			                      .ask = result.ask,
			                      .ask_again = result.ask_again,
			                      .prompt = g_steal_pointer (&result.prompt) };
		break;
	case EAP_SUCCESS:
		break;
	case EAP_FAILURE:
		made = (EapMethodResult){ .verdict = EAP_METHOD_FAIL,
			                      .status = result.status,
			                      .detail = g_steal_pointer (&result.detail) };
		break;
	case EAP_DISCARD:
		made = (EapMethodResult){ .verdict = EAP_METHOD_FAIL,
			                      .status = STATUS_EAP_PROTOCOL,
			                      .detail = g_strdup ("a packet inside of TLS that makes no sense") };
		break;
	}
	eap_result_clear (&result);
	return made;
}
