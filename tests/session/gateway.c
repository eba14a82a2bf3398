/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway-child.h"
#include "gateway-keys.h"

#include "crypto/hash.h"

#define GROUP(name) IKE_KE_##name

const GatewaySuite gateway_suites[] = {
	{ "aes256gcm-sha256-ecp256",
	  1,
	  IKE_ENCR_AES_GCM_16,
	  256,
	  IKE_PRF_HMAC_SHA2_256,
	  0,
	  GROUP (ECP_256),
	  { ENCR_AES_GCM_16, 256, INTEG_NONE },
	  PRF_HMAC_SHA2_256,
	  KEX_ECP_256 },
	{ "aes128gcm-sha384-ecp384",
	  1,
	  IKE_ENCR_AES_GCM_16,
	  128,
	  IKE_PRF_HMAC_SHA2_384,
	  0,
	  GROUP (ECP_384),
	  { ENCR_AES_GCM_16, 128, INTEG_NONE },
	  PRF_HMAC_SHA2_384,
	  KEX_ECP_384 },
	{ "chacha20-sha512-x25519",
	  1,
	  IKE_ENCR_CHACHA20_POLY1305,
	  0,
	  IKE_PRF_HMAC_SHA2_512,
	  0,
	  GROUP (CURVE25519),
	  { ENCR_CHACHA20_POLY1305, 256, INTEG_NONE },
	  PRF_HMAC_SHA2_512,
	  KEX_CURVE25519 },
	{ "aes256-sha256-modp2048",
	  2,
	  IKE_ENCR_AES_CBC,
	  256,
	  IKE_PRF_HMAC_SHA2_256,
	  IKE_INTEG_HMAC_SHA2_256_128,
	  GROUP (MODP_2048),
	  { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_256_128 },
	  PRF_HMAC_SHA2_256,
	  KEX_MODP_2048 },
	{ "aes128-sha384-ecp521",
	  2,
	  IKE_ENCR_AES_CBC,
	  128,
	  IKE_PRF_HMAC_SHA2_384,
	  IKE_INTEG_HMAC_SHA2_384_192,
	  GROUP (ECP_521),
	  { ENCR_AES_CBC, 128, INTEG_HMAC_SHA2_384_192 },
	  PRF_HMAC_SHA2_384,
	  KEX_ECP_521 },
	{ "aes256-sha512-modp3072",
	  2,
	  IKE_ENCR_AES_CBC,
	  256,
	  IKE_PRF_HMAC_SHA2_512,
	  IKE_INTEG_HMAC_SHA2_512_256,
	  GROUP (MODP_3072),
	  { ENCR_AES_CBC, 256, INTEG_HMAC_SHA2_512_256 },
	  PRF_HMAC_SHA2_512,
	  KEX_MODP_3072 },
	/* With weak=yes only. */
	{ "3des-sha1-modp1024",
	  2,
	  IKE_ENCR_3DES,
	  0,
	  IKE_PRF_HMAC_SHA1,
	  IKE_INTEG_HMAC_SHA1_96,
	  GROUP (MODP_1024),
	  { ENCR_3DES_CBC, 192, INTEG_HMAC_SHA1_96 },
	  PRF_HMAC_SHA1,
	  KEX_MODP_1024 },
};

const guint gateway_n_suites = G_N_ELEMENTS (gateway_suites);

/* -- Life -------------------------------------------------------------------------------------------------------- */

Status
gateway_rand_fill (gpointer state, guint8 *data, gsize octets)
{
	for (gsize i = 0; i < octets; i++)
		data[i] = (guint8) g_rand_int_range (state, 0, 256);
	return STATUS_OK;
}

static void
sa_free (gpointer data)
{
	GatewaySa *sa = data;

	g_clear_pointer (&sa->request, g_bytes_unref);
	g_clear_pointer (&sa->response, g_bytes_unref);
	g_clear_pointer (&sa->ni, g_bytes_unref);
	g_clear_pointer (&sa->nr, g_bytes_unref);
	ike_protect_clear (&sa->in);
	ike_protect_clear (&sa->out);
	ike_reassembly_clear (&sa->reassembly);
	g_clear_pointer (&sa->cached, g_ptr_array_unref);
	g_clear_pointer (&sa->idi, g_bytes_unref);
	g_clear_pointer (&sa->idr, g_bytes_unref);
	g_clear_pointer (&sa->certificate, g_bytes_unref);
	g_clear_pointer (&sa->offer, ike_message_free);
	g_clear_pointer (&sa->answered, ike_message_free);
	secret_clear (&sa->msk);
	gateway_child_work_clear (&sa->work);
	g_free (sa);
}

Gateway *
gateway_new (guint32 seed)
{
	Gateway *gateway = g_new0 (Gateway, 1);

	gateway->rand = g_rand_new_with_seed (seed);
	gateway->sas = g_ptr_array_new_with_free_func (sa_free);
	gateway->identities = g_string_new (NULL);
	gateway->children = g_array_new (FALSE, TRUE, sizeof (GatewayChild));
	gateway->suite = &gateway_suites[0];
	gateway->esn = TRUE;
	gateway->rfc7427 = TRUE;
	gateway->identity = "vpn.example.org";
	gateway->identity_type = IKE_ID_FQDN;
	gateway->user = "alice";
	gateway->password = "open sesame";
	gateway->psk = "a shared secret of twenty";
	gateway->eap_type = 26;
	gateway->eap_identity = TRUE;
	gateway->address4 = "10.9.0.7";
	gateway->address6 = "fd00:9::7";
	gateway->dns4 = "10.9.0.1";
	gateway->tsr[0] = inet_selector_any (INET_V4);
	gateway->tsr[1] = inet_selector_any (INET_V6);
	gateway->n_tsr = 2;
	gateway->narrow = TRUE;
	gateway->key = test_key (SIG_KEY_ECDSA_P256, 0);
	gateway->scheme = SIG_ECDSA_SHA2_256;
	gateway->method = IKE_AUTH_DIGITAL_SIGNATURE;
	return gateway;
}

void
gateway_free (Gateway *gateway)
{
	g_rand_free (gateway->rand);
	g_ptr_array_unref (gateway->sas);
	g_string_free (gateway->identities, TRUE);
	g_array_unref (gateway->children);
	g_queue_clear (&gateway->wishes);
	g_clear_pointer (&gateway->cookie_value, g_bytes_unref);
	g_free (gateway);
}

GatewaySa *
gateway_sa (const Gateway *gateway)
{
	for (guint i = gateway->sas->len; i > 0; i--)
	{
		GatewaySa *sa = gateway->sas->pdata[i - 1];

		if (sa->established && !sa->replaced && !sa->gone)
			return sa;
	}
	return gateway->sas->len > 0 ? gateway->sas->pdata[gateway->sas->len - 1] : NULL;
}

/* -- Replies ----------------------------------------------------------------------------------------------------- */

IkePayload *
gateway_reply_add (GatewayReply *reply, guint8 type)
{
	g_assert_cmpuint (reply->n, <, GATEWAY_MAX_PAYLOADS);
	reply->payloads[reply->n] = (IkePayload){ .type = type };
	return &reply->payloads[reply->n++];
}

IkePayload *
gateway_reply_find (GatewayReply *reply, guint8 type)
{
	for (guint i = 0; i < reply->n; i++)
		if (reply->payloads[i].type == type)
			return &reply->payloads[i];
	return NULL;
}

void
gateway_reply_remove (GatewayReply *reply, guint8 type)
{
	guint n = 0;

	for (guint i = 0; i < reply->n; i++)
		if (reply->payloads[i].type != type)
			reply->payloads[n++] = reply->payloads[i];
	reply->n = n;
}

Slice
gateway_reply_keep (GatewayReply *reply, GBytes *octets)
{
	g_ptr_array_add (reply->keep, octets);
	return slice_bytes (octets);
}

void
gateway_reply_notify (GatewayReply *reply, guint16 type, Slice value)
{
	IkePayload *payload = gateway_reply_add (reply, IKE_PAYLOAD_NOTIFY);

	payload->notify.notify_type = type;
	payload->notify.value = gateway_reply_keep (reply, slice_dup (value));
}

GatewayReply *
gateway_reply_new (const IkeHeader *request)
{
	GatewayReply *reply = g_new0 (GatewayReply, 1);

	reply->keep = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	reply->header = *request;
	reply->header.version = 0x20;
	reply->header.from_initiator = !request->from_initiator;
	reply->header.response = TRUE;
	return reply;
}

void
gateway_reply_free (GatewayReply *reply)
{
	g_ptr_array_unref (reply->keep);
	g_free (reply);
}

static void
run_edit (Gateway *gateway, GatewaySa *sa, GatewayReply *reply)
{
	if (gateway->edit != NULL)
		gateway->edit (gateway, sa, reply, gateway->edit_data);
}

/* -- IKE_SA_INIT ------------------------------------------------------------------------------------------------- */

gboolean
gateway_offered (const IkePayload *sa, guint8 number, guint8 type, guint16 id, guint16 bits)
{
	for (guint i = 0; i < sa->sa.n_proposals; i++)
		for (guint k = 0; sa->sa.proposals[i].number == number && k < sa->sa.proposals[i].n_transforms; k++)
			if (sa->sa.proposals[i].transforms[k].type == type && sa->sa.proposals[i].transforms[k].id == id &&
			    sa->sa.proposals[i].transforms[k].key_bits == bits)
				return TRUE;
	return FALSE;
}

void
gateway_choose (IkeProposal *proposal, guint8 type, guint16 id, guint16 bits)
{
	proposal->transforms[proposal->n_transforms++] = (IkeTransform){ type, id, bits };
}

IkeProposal *
gateway_proposal_new (GatewayReply *reply, guint8 number, guint8 protocol)
{
	IkeProposal *proposal = g_new0 (IkeProposal, 1);

	gateway_reply_keep (reply, g_bytes_new_take (proposal, sizeof *proposal));
	proposal->number = number;
	proposal->protocol = protocol;
	return proposal;
}

void
gateway_add_sa (GatewayReply *reply, IkeProposal *proposal)
{
	IkePayload *payload = gateway_reply_add (reply, IKE_PAYLOAD_SA);

	payload->sa.n_proposals = 1;
	payload->sa.proposals = proposal;
}

static void
add_natd (const Gateway *gateway, GatewayReply *reply, guint16 type, const InetEndpoint *endpoint, gboolean wrong)
{
	guint64 spis[2] = { GUINT64_TO_BE (reply->header.spi_i), GUINT64_TO_BE (reply->header.spi_r) };
	guint16 port = GUINT16_TO_BE (endpoint->port ^ (wrong ? 1 : 0));
	const Slice parts[] = { slice (spis, sizeof spis), inet_address_view (&endpoint->address),
		                    slice (&port, sizeof port) };
	guint8 digest[HASH_MAX_OCTETS];

	g_assert_cmpuint (hash (HASH_SHA1, parts, 3, digest), ==, STATUS_OK);
	gateway_reply_notify (reply, type, slice (digest, 20));
}

static void
encode_clear (GatewayReply *reply, GBytes **ret_octets)
{
	g_assert_cmpuint (ike_message_encode (&reply->header, reply->payloads, reply->n, ret_octets), ==, STATUS_OK);
}

/* A refusal or a wish, without any state. */
static void
answer_notify (Gateway *gateway, const IkeMessage *message, guint16 type, Slice value, GPtrArray *answers)
{
	GatewayReply *reply = gateway_reply_new (&message->header);
	GBytes *octets;

	gateway_reply_notify (reply, type, value);
	run_edit (gateway, NULL, reply);
	if (!reply->silent)
	{
		encode_clear (reply, &octets);
		g_ptr_array_add (answers, octets);
	}
	gateway_reply_free (reply);
}

static gboolean
wants_cookie (Gateway *gateway, const IkeMessage *message, GPtrArray *answers)
{
	const IkePayload *cookie = ike_message_find_notify (message, IKE_NOTIFY_COOKIE);
	guint8 value[16];

	if (!gateway->cookie)
		return FALSE;
	if (cookie != NULL && gateway->cookie_value != NULL &&
	    slice_equal (cookie->notify.value, slice_bytes (gateway->cookie_value)))
	{
		/* RFC 7296 section 2.6: it stands first. */
		g_assert_true (&message->payloads[0] == cookie);
		if (gateway->n_cookies == 0)
			return FALSE;
		gateway->n_cookies--;
		g_clear_pointer (&gateway->cookie_value, g_bytes_unref);
	}
	if (gateway->cookie_value == NULL)
	{
		gateway_rand_fill (gateway->rand, value, sizeof value);
		gateway->cookie_value = g_bytes_new (value, sizeof value);
	}
	answer_notify (gateway, message, IKE_NOTIFY_COOKIE, slice_bytes (gateway->cookie_value), answers);
	return TRUE;
}

static void
fill_init_reply (Gateway *gateway, GatewaySa *sa, const IkePath *path, Slice public_value, GatewayReply *reply)
{
	static const guint8 hashes[] = { 0, 2, 0, 3, 0, 4, 0, 5 };
	const GatewaySuite *suite = sa->suite;
	IkeProposal *proposal = gateway_proposal_new (reply, suite->proposal, IKE_PROTOCOL_IKE);
	IkePayload *payload;

	gateway_choose (proposal, IKE_TRANSFORM_ENCR, suite->encr, suite->encr_bits);
	gateway_choose (proposal, IKE_TRANSFORM_PRF, suite->prf, 0);
	if (suite->integ != 0)
		gateway_choose (proposal, IKE_TRANSFORM_INTEG, suite->integ, 0);
	gateway_choose (proposal, IKE_TRANSFORM_KE, suite->ke, 0);
	gateway_add_sa (reply, proposal);
	payload = gateway_reply_add (reply, IKE_PAYLOAD_KE);
	payload->ke.group = suite->ke;
	payload->ke.value = gateway_reply_keep (reply, slice_dup (public_value));
	payload = gateway_reply_add (reply, IKE_PAYLOAD_NONCE);
	payload->nonce.value = slice_bytes (sa->nr);
	add_natd (gateway, reply, IKE_NOTIFY_NAT_DETECTION_SOURCE_IP, &path->remote, gateway->nat_gateway);
	add_natd (gateway, reply, IKE_NOTIFY_NAT_DETECTION_DESTINATION_IP, &path->local, gateway->nat_client);
	if (gateway->fragment_octets > 0)
		gateway_reply_notify (reply, IKE_NOTIFY_IKEV2_FRAGMENTATION_SUPPORTED, SLICE_NONE);
	if (gateway->rfc7427)
		gateway_reply_notify (reply, IKE_NOTIFY_SIGNATURE_HASH_ALGORITHMS, SLICE_ARRAY (hashes));
}

static GatewaySa *
half_open (Gateway *gateway, const IkePath *path, const IkeMessage *message, Slice datagram)
{
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	Rng rng = { gateway_rand_fill, gateway->rand };
	GatewaySa *sa = g_new0 (GatewaySa, 1);
	g_autoptr (Kex) kex = NULL;
	Secret shared = SECRET_INIT;
	GatewayReply *reply;
	guint8 nonce[32];

	sa->suite = gateway->suite;
	sa->spi_i = message->header.spi_i;
	gateway_rand_fill (gateway->rand, (guint8 *) &sa->spi_r, sizeof sa->spi_r);
	gateway_rand_fill (gateway->rand, nonce, sizeof nonce);
	sa->nr = g_bytes_new (nonce, sizeof nonce);
	sa->ni = slice_dup (ike_message_find (message, IKE_PAYLOAD_NONCE, NULL)->nonce.value);
	sa->request = slice_dup (datagram);
	sa->next_in = 1;
	g_assert_cmpuint (kex_new (sa->suite->kex, &rng, &kex), ==, STATUS_OK);
	g_assert_cmpuint (kex_derive (kex, ke->ke.value, &shared), ==, STATUS_OK);
	gateway_derive (sa, secret_view (&shared));
	secret_clear (&shared);
	reply = gateway_reply_new (&message->header);
	reply->header.spi_r = sa->spi_r;
	fill_init_reply (gateway, sa, path, kex_public (kex), reply);
	run_edit (gateway, sa, reply);
	if (!reply->silent)
		encode_clear (reply, &sa->response);
	gateway_reply_free (reply);
	g_ptr_array_add (gateway->sas, sa);
	return sa;
}

/* Another message with the same SPI is another attempt, as strongSwan sees it. */
static GatewaySa *
find_by_request (const Gateway *gateway, Slice datagram)
{
	for (guint i = 0; i < gateway->sas->len; i++)
		if (slice_equal (slice_bytes (((GatewaySa *) gateway->sas->pdata[i])->request), datagram))
			return gateway->sas->pdata[i];
	return NULL;
}

static gboolean
refuses_offer (Gateway *gateway, const IkeMessage *message, GPtrArray *answers)
{
	const IkePayload *offer = ike_message_find (message, IKE_PAYLOAD_SA, NULL);
	const GatewaySuite *suite = gateway->suite;
	guint16 group = GUINT16_TO_BE (suite->ke);

	if (!gateway_offered (offer, suite->proposal, IKE_TRANSFORM_ENCR, suite->encr, suite->encr_bits) ||
	    !gateway_offered (offer, suite->proposal, IKE_TRANSFORM_PRF, suite->prf, 0) ||
	    !gateway_offered (offer, suite->proposal, IKE_TRANSFORM_KE, suite->ke, 0) ||
	    (suite->integ != 0 && !gateway_offered (offer, suite->proposal, IKE_TRANSFORM_INTEG, suite->integ, 0)))
	{
		answer_notify (gateway, message, IKE_NOTIFY_NO_PROPOSAL_CHOSEN, SLICE_NONE, answers);
		return TRUE;
	}
	if (ike_message_find (message, IKE_PAYLOAD_KE, NULL)->ke.group != suite->ke)
	{
		answer_notify (gateway, message, IKE_NOTIFY_INVALID_KE_PAYLOAD, slice (&group, sizeof group), answers);
		return TRUE;
	}
	return FALSE;
}

static void
receive_init (Gateway *gateway, const IkePath *path, Slice datagram, GPtrArray *answers)
{
	g_autoptr (IkeMessage) message = NULL;
	GatewaySa *sa = find_by_request (gateway, datagram);

	gateway->n_init++;
	g_assert_cmpuint (ike_message_decode (datagram, &message), ==, STATUS_OK);
	if (sa == NULL)
	{
		if ((!gateway->cookie_last && wants_cookie (gateway, message, answers)) ||
		    refuses_offer (gateway, message, answers) ||
		    (gateway->cookie_last && wants_cookie (gateway, message, answers)))
			return;
		sa = half_open (gateway, path, message, datagram);
	}
	if (sa->response != NULL)
		g_ptr_array_add (answers, g_bytes_ref (sa->response));
}

/* -- Protected messages ------------------------------------------------------------------------------------------ */

void
gateway_send_reply (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, GPtrArray *answers)
{
	run_edit (gateway, sa, reply);
	g_clear_pointer (&sa->cached, g_ptr_array_unref);
	sa->cached = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	sa->cached_id = reply->header.message_id;
	sa->next_in = reply->header.message_id + 1;
	if (reply->silent)
		return;
	g_assert_cmpuint (
	    ike_protect_seal (&sa->out, &reply->header, reply->payloads, reply->n, gateway->fragment_octets, sa->cached),
	    ==, STATUS_OK);
	for (guint i = 0; i < sa->cached->len; i++)
		g_ptr_array_add (answers, g_bytes_ref (sa->cached->pdata[i]));
}

static void
add_idr (const Gateway *gateway, GatewaySa *sa, GatewayReply *reply)
{
	IkePayload *payload = gateway_reply_add (reply, IKE_PAYLOAD_IDR);

	payload->id.id_type = gateway->identity_type;
	payload->id.value = slice_text (gateway->identity);
	if (sa->idr == NULL)
		g_assert_cmpuint (ike_payload_body_encode (payload, &sa->idr), ==, STATUS_OK);
}

static void
add_auth (GatewayReply *reply, guint8 method, GBytes *value)
{
	IkePayload *payload = gateway_reply_add (reply, IKE_PAYLOAD_AUTH);

	payload->auth.method = method;
	payload->auth.value = gateway_reply_keep (reply, value);
}

static void
add_proof (const Gateway *gateway, GatewaySa *sa, GatewayReply *reply)
{
	IkePayload *payload;

	add_idr (gateway, sa, reply);
	if (gateway->client == GATEWAY_CLIENT_PSK)
	{
		add_auth (reply, IKE_AUTH_SHARED_KEY, gateway_shared_auth (sa, slice_text (gateway->psk), TRUE));
		return;
	}
	payload = gateway_reply_add (reply, IKE_PAYLOAD_CERT);
	payload->cert.encoding = IKE_CERT_X509_SIGNATURE;
	payload->cert.value = slice_bytes (gateway->key->certificate);
	add_auth (reply, gateway->method, gateway_signature_auth (gateway, sa));
}

static void
add_eap (GatewayReply *reply, GBytes *packet)
{
	gateway_reply_add (reply, IKE_PAYLOAD_EAP)->eap.value = gateway_reply_keep (reply, packet);
}

static void
add_attribute (IkePayload *cp, guint16 type, GatewayReply *reply, Slice value)
{
	cp->cp.attributes[cp->cp.n_attributes++] = (IkeCpAttribute){ type, gateway_reply_keep (reply, slice_dup (value)) };
}

static void
add_cp (const Gateway *gateway, const GatewaySa *sa, GatewayReply *reply)
{
	IkeCpAttribute *attributes = g_new0 (IkeCpAttribute, IKE_MAX_ATTRIBUTES);
	IkePayload *payload;
	InetAddress address;
	guint8 with_bits[17] = { [16] = 128 };

	gateway_reply_keep (reply, g_bytes_new_take (attributes, IKE_MAX_ATTRIBUTES * sizeof *attributes));
	if (ike_message_find (sa->offer, IKE_PAYLOAD_CP, NULL) == NULL)
		return;
	payload = gateway_reply_add (reply, IKE_PAYLOAD_CP);
	payload->cp.cfg_type = IKE_CFG_REPLY;
	payload->cp.attributes = attributes;
	if (gateway->address4 != NULL && inet_address_parse (gateway->address4, &address))
		add_attribute (payload, IKE_CP_INTERNAL_IP4_ADDRESS, reply, inet_address_view (&address));
	if (gateway->address6 != NULL && inet_address_parse (gateway->address6, &address))
	{
		memcpy (with_bits, address.octets, 16);
		add_attribute (payload, IKE_CP_INTERNAL_IP6_ADDRESS, reply, SLICE_ARRAY (with_bits));
	}
	if (gateway->dns4 != NULL && inet_address_parse (gateway->dns4, &address))
		add_attribute (payload, IKE_CP_INTERNAL_IP4_DNS, reply, inet_address_view (&address));
}

static void
add_selectors (const Gateway *gateway, const GatewaySa *sa, GatewayReply *reply)
{
	const IkePayload *asked = ike_message_find (sa->offer, IKE_PAYLOAD_TSI, NULL);
	gboolean narrow = gateway->narrow && ike_message_find (sa->offer, IKE_PAYLOAD_CP, NULL) != NULL;
	IkePayload *payload = gateway_reply_add (reply, IKE_PAYLOAD_TSI);
	const char *addresses[] = { gateway->address4, gateway->address6 };
	InetAddress address;

	if (!narrow)
		payload->ts = asked->ts;
	for (guint i = 0; narrow && i < G_N_ELEMENTS (addresses); i++)
		if (addresses[i] != NULL && inet_address_parse (addresses[i], &address))
			payload->ts.selectors[payload->ts.n_selectors++] = inet_selector_host (&address);
	payload = gateway_reply_add (reply, IKE_PAYLOAD_TSR);
	memcpy (payload->ts.selectors, gateway->tsr, gateway->n_tsr * sizeof *gateway->tsr);
	payload->ts.n_selectors = (guint8) gateway->n_tsr;
}

static void
add_child (Gateway *gateway, GatewaySa *sa, GatewayReply *reply)
{
	const IkePayload *offer = ike_message_find (sa->offer, IKE_PAYLOAD_SA, NULL);
	const GatewaySuite *suite = sa->suite;
	IkeProposal *proposal = gateway_proposal_new (reply, suite->proposal, IKE_PROTOCOL_ESP);
	guint32 spi;

	g_assert_true (gateway_offered (offer, suite->proposal, IKE_TRANSFORM_ENCR, suite->encr, suite->encr_bits));
	memcpy (&spi, offer->sa.proposals[0].spi, sizeof spi);
	sa->spi_client = GUINT32_FROM_BE (spi);
	sa->spi_own = (guint32) g_rand_int_range (gateway->rand, 256, G_MAXINT32);
	spi = GUINT32_TO_BE (sa->spi_own);
	proposal->spi_octets = 4;
	memcpy (proposal->spi, &spi, sizeof spi);
	gateway_choose (proposal, IKE_TRANSFORM_ENCR, suite->encr, suite->encr_bits);
	if (suite->integ != 0)
		gateway_choose (proposal, IKE_TRANSFORM_INTEG, suite->integ, 0);
	gateway_choose (proposal, IKE_TRANSFORM_SN, gateway->esn ? IKE_SN_ESN : IKE_SN_NO_ESN, 0);
	add_cp (gateway, sa, reply);
	gateway_add_sa (reply, proposal);
	add_selectors (gateway, sa, reply);
	gateway_derive_child (sa);
	sa->established = sa->up = TRUE;
	gateway_child_first (gateway, sa, gateway_reply_find (reply, IKE_PAYLOAD_TSI),
	                     gateway_reply_find (reply, IKE_PAYLOAD_TSR));
}

static void
refuse (GatewayReply *reply)
{
	reply->n = 0;
	gateway_reply_notify (reply, IKE_NOTIFY_AUTHENTICATION_FAILED, SLICE_NONE);
}

static IkeMessage *
message_again (const IkeMessage *message)
{
	IkeMessage *again = ike_message_new ();

	again->header = message->header;
	g_assert_cmpuint (ike_payloads_decode (message->payloads[0].type, message->octets, again), ==, STATUS_OK);
	return again;
}

static void
keep_first (GatewaySa *sa, const IkeMessage *message)
{
	const IkePayload *certificate = ike_message_find (message, IKE_PAYLOAD_CERT, NULL);

	sa->idi = slice_dup (ike_message_find (message, IKE_PAYLOAD_IDI, NULL)->body);
	sa->certificate = certificate != NULL ? slice_dup (certificate->cert.value) : NULL;
	sa->offer = message_again (message);
}

static void
first_auth (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GatewayReply *reply)
{
	const IkePayload *auth = ike_message_find (message, IKE_PAYLOAD_AUTH, NULL);
	gboolean good = FALSE;

	keep_first (sa, message);
	if (gateway->client == GATEWAY_CLIENT_EAP)
	{
		g_assert_null (auth);
		add_proof (gateway, sa, reply);
		add_eap (reply, gateway_eap (gateway, sa, SLICE_NONE));
		return;
	}
	if (auth != NULL && gateway->client == GATEWAY_CLIENT_PSK)
		good = gateway_shared_good (sa, auth, slice_text (gateway->psk));
	else if (auth != NULL)
		good = gateway_signature_good (sa, auth);
	if (!good)
	{
		refuse (reply);
		return;
	}
	add_proof (gateway, sa, reply);
	add_child (gateway, sa, reply);
}

static void
last_auth (Gateway *gateway, GatewaySa *sa, const IkePayload *auth, GatewayReply *reply)
{
	Slice own = sa->msk.len > 0 ? secret_view (&sa->msk) : slice (sa->sk_pr, sa->prf_octets);
	Slice theirs = sa->msk.len > 0 ? secret_view (&sa->msk) : slice (sa->sk_pi, sa->prf_octets);

	if (!sa->eap_done || !gateway_shared_good (sa, auth, theirs))
	{
		refuse (reply);
		return;
	}
	add_auth (reply, IKE_AUTH_SHARED_KEY, gateway_shared_auth (sa, own, TRUE));
	add_child (gateway, sa, reply);
}

static void
handle_auth (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GatewayReply *reply)
{
	const IkePayload *eap = ike_message_find (message, IKE_PAYLOAD_EAP, NULL);
	const IkePayload *auth = ike_message_find (message, IKE_PAYLOAD_AUTH, NULL);

	gateway->n_auth++;
	if (message->header.message_id == 1)
		first_auth (gateway, sa, message, reply);
	else if (eap != NULL)
	{
		gateway->n_eap++;
		add_eap (reply, gateway_eap (gateway, sa, eap->eap.value));
	}
	else if (auth != NULL)
		last_auth (gateway, sa, auth, reply);
	else
		refuse (reply);
}

static void
handle_informational (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GatewayReply *reply)
{
	const IkePayload *del = ike_message_find (message, IKE_PAYLOAD_DELETE, NULL);
	const IkePayload *notify = ike_message_find (message, IKE_PAYLOAD_NOTIFY, NULL);

	gateway->n_informational++;
	if (del != NULL)
		gateway_child_delete (gateway, sa, del, reply);
	if (notify != NULL && notify->notify.notify_type < 16384)
		gateway->told = notify->notify.notify_type;
	if (ike_message_find_notify (message, IKE_NOTIFY_UPDATE_SA_ADDRESSES) != NULL)
		gateway->n_updates++;
	notify = ike_message_find_notify (message, IKE_NOTIFY_COOKIE2);
	if (notify != NULL)
		gateway_reply_notify (reply, IKE_NOTIFY_COOKIE2, notify->notify.value);
}

static void
handle_request (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GPtrArray *answers)
{
	GatewayReply *reply;

	if (message->header.message_id != sa->next_in)
		return;
	reply = gateway_reply_new (&message->header);
	if (message->header.exchange == IKE_EXCHANGE_AUTH)
		handle_auth (gateway, sa, message, reply);
	else if (message->header.exchange == IKE_EXCHANGE_CREATE_CHILD_SA)
		gateway_child_create (gateway, sa, message, reply);
	else
		handle_informational (gateway, sa, message, reply);
	gateway_send_reply (gateway, sa, reply, answers);
	gateway_reply_free (reply);
	gateway_child_next (gateway, answers);
}

static void
receive_protected (Gateway *gateway, GatewaySa *sa, const IkeHeader *header, Slice datagram, GPtrArray *answers)
{
	IkeMessage *message = NULL;
	Status status;

	if (!header->response && sa->cached != NULL && header->message_id == sa->cached_id)
	{
		gateway->n_repeated++;
		for (guint i = 0; i < sa->cached->len; i++)
			g_ptr_array_add (answers, g_bytes_ref (sa->cached->pdata[i]));
		return;
	}
	if (!header->response && sa->gone)
		return;
	switch (ike_protect_open (&sa->in, datagram, &sa->reassembly, &message, &status))
	{
	case IKE_OPEN_OK:
		if (header->response)
		{
			gateway_child_answered (gateway, sa, message, answers);
			g_clear_pointer (&sa->answered, ike_message_free);
			sa->answered = message;
			return;
		}
		handle_request (gateway, sa, message, answers);
		break;
	case IKE_OPEN_BAD:
		gateway->n_bad_icv++;
		break;
	case IKE_OPEN_PARTIAL:
	case IKE_OPEN_BAD_AUTHENTIC:
		break;
	}
	ike_message_free (message);
}

void
gateway_receive (Gateway *gateway, const IkePath *path, Slice datagram, GPtrArray *answers)
{
	IkeHeader header;

	g_assert_cmpuint (ike_header_decode (datagram, &header), ==, STATUS_OK);
	if (header.exchange == IKE_EXCHANGE_SA_INIT)
	{
		g_assert_cmpuint (path->remote.port, ==, IKE_PORT);
		receive_init (gateway, path, datagram, answers);
		return;
	}
	g_assert_cmpuint (path->remote.port, ==, IKE_NATT_PORT);
	for (guint i = 0; i < gateway->sas->len; i++)
	{
		GatewaySa *sa = gateway->sas->pdata[i];

		if (sa->spi_i == header.spi_i && sa->spi_r == header.spi_r)
		{
			g_assert_true (header.from_initiator != sa->gateway_began);
			receive_protected (gateway, sa, &header, datagram, answers);
			return;
		}
	}
}

void
gateway_request_id (Gateway *gateway, guint8 exchange, guint32 id, const IkePayload *payloads, guint n,
                    GPtrArray *datagrams)
{
	GatewaySa *sa = gateway_sa (gateway);
	IkeHeader header = {
		.spi_i = sa->spi_i, .spi_r = sa->spi_r, .version = 0x20, .exchange = exchange, .message_id = id
	};

	g_clear_pointer (&sa->answered, ike_message_free);
	g_assert_cmpuint (ike_protect_seal (&sa->out, &header, payloads, n, gateway->fragment_octets, datagrams), ==,
	                  STATUS_OK);
}

void
gateway_request (Gateway *gateway, guint8 exchange, const IkePayload *payloads, guint n, GPtrArray *datagrams)
{
	gateway_request_id (gateway, exchange, gateway_sa (gateway)->next_out++, payloads, n, datagrams);
}
