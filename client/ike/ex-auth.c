/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IKE_AUTH up to the moment the gateway has proved itself (RFC 7296 sections 1.2 and 2.15): nothing of EAP exists before. */
#include "session.h"

#define MAX_AUTH_PAYLOADS (IKE_MAX_CERTIFICATES + 10)
#define MAX_CP_ATTRIBUTES 8
#define MAX_REMOTE_SELECTORS IKE_MAX_SELECTORS

/* Which schemes go with which hash of SIGNATURE_HASH_ALGORITHMS; the order is our preference. A P-384 key is known by
 * its RAW scheme, and signs with the hash of its size (RFC 7427 section 3). */
static const struct
{
	SigScheme scheme;
	guint hash;
	SigScheme only_with;
} signature_rows[] = {
	{ SIG_ED25519, IKE_HASH_IDENTITY, SIG_ED25519 },
	{ SIG_ECDSA_SHA2_256, IKE_HASH_SHA2_256, SIG_ECDSA_P256_RAW },
	{ SIG_ECDSA_SHA2_384, IKE_HASH_SHA2_384, SIG_ECDSA_P384_RAW },
	{ SIG_ECDSA_SHA2_512, IKE_HASH_SHA2_512, SIG_ECDSA_P521_RAW },
	{ SIG_RSA_PKCS1_SHA2_256, IKE_HASH_SHA2_256, SIG_RSA_PKCS1_SHA2_256 },
	{ SIG_RSA_PKCS1_SHA2_384, IKE_HASH_SHA2_384, SIG_RSA_PKCS1_SHA2_384 },
	{ SIG_RSA_PKCS1_SHA2_512, IKE_HASH_SHA2_512, SIG_RSA_PKCS1_SHA2_512 },
	{ SIG_RSA_PSS_SHA2_256, IKE_HASH_SHA2_256, SIG_RSA_PSS_SHA2_256 },
};

/* The methods of before RFC 7427. */
static const struct
{
	SigScheme scheme;
	guint8 method;
	gboolean weak;
} old_rows[] = {
	{ SIG_ECDSA_P256_RAW, IKE_AUTH_ECDSA_256, FALSE }, { SIG_ECDSA_P384_RAW, IKE_AUTH_ECDSA_384, FALSE },
	{ SIG_ECDSA_P521_RAW, IKE_AUTH_ECDSA_521, FALSE }, { SIG_RSA_PKCS1_SHA2_256, IKE_AUTH_RSA, FALSE },
	{ SIG_RSA_PKCS1_SHA2_384, IKE_AUTH_RSA, FALSE },   { SIG_RSA_PKCS1_SHA2_512, IKE_AUTH_RSA, FALSE },
	{ SIG_RSA_PKCS1_SHA1, IKE_AUTH_RSA, TRUE },
};

static IkePayload
id_payload (guint8 type, const IkeIdentity *identity)
{
	return (IkePayload){ .type = type, .id = { identity->type, slice_bytes (identity->value) } };
}

static void
fill_tsi (const IkeSession *s, const IkeSa *sa, IkePayload *tsi)
{
	tsi->type = IKE_PAYLOAD_TSI;
	tsi->ts.n_selectors = (guint8) ike_child_asked_local (s, sa, tsi->ts.selectors);
}

static void
fill_tsr (const IkeSession *s, IkePayload *tsr)
{
	tsr->type = IKE_PAYLOAD_TSR;
	tsr->ts.n_selectors = (guint8) MIN (s->profile.n_remote, (gsize) MAX_REMOTE_SELECTORS);
	memcpy (tsr->ts.selectors, s->profile.remote, tsr->ts.n_selectors * sizeof *s->profile.remote);
}

static guint
add_certificates (const IkeSession *s, IkePayload *payloads, guint n)
{
	if (s->profile.auth_by == IKE_AUTH_BY_CERTIFICATE)
		for (gsize i = 0; i < MIN (s->profile.n_certificates, (gsize) IKE_MAX_CERTIFICATES); i++)
			payloads[n++] =
			    (IkePayload){ .type = IKE_PAYLOAD_CERT,
				              .cert = { IKE_CERT_X509_SIGNATURE, slice_bytes (s->profile.certificates[i]) } };
	if (s->profile.auth_by != IKE_AUTH_BY_PSK && s->profile.certreq_hashes.len > 0)
		payloads[n++] =
		    (IkePayload){ .type = IKE_PAYLOAD_CERTREQ, .cert = { IKE_CERT_X509_SIGNATURE, s->profile.certreq_hashes } };
	return n;
}

/* The first IKE_AUTH request of a candidate. @method: 0 with EAP, which leaves AUTH out (section 2.16). */
static Status
send_request (IkeSession *s, IkeSa *sa, guint8 method, Slice auth)
{
	IkeProposal proposals[IKE_OFFER_PROPOSALS];
	IkeCpAttribute attributes[MAX_CP_ATTRIBUTES];
	g_autofree IkePayload *payloads = g_new0 (IkePayload, MAX_AUTH_PAYLOADS);
	IkeOffer offer = ike_offer_of (s);
	guint n = 0;

	payloads[n++] = id_payload (IKE_PAYLOAD_IDI, &s->profile.local_identity);
	n = add_certificates (s, payloads, n);
	if (s->profile.initial_contact)
		payloads[n++] =
		    (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = IKE_NOTIFY_INITIAL_CONTACT } };
	payloads[n++] = id_payload (IKE_PAYLOAD_IDR, &s->profile.gateway_identity);
	if (method != 0)
		payloads[n++] = (IkePayload){ .type = IKE_PAYLOAD_AUTH, .auth = { method, auth } };
	if (s->profile.request_address)
		payloads[n++] =
		    (IkePayload){ .type = IKE_PAYLOAD_CP,
			              .cp = { IKE_CFG_REQUEST, (guint8) ike_cp_request (&s->profile, attributes, MAX_CP_ATTRIBUTES),
			                      attributes } };
	payloads[n++] =
	    (IkePayload){ .type = IKE_PAYLOAD_SA,
		              .sa = { (guint8) ike_offer_esp (&offer, s->auth.child_spi, KEX_ECP_256, proposals), proposals } };
	fill_tsi (s, sa, &payloads[n++]);
	fill_tsr (s, &payloads[n++]);
	if (s->profile.mobike)
		payloads[n++] =
		    (IkePayload){ .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = IKE_NOTIFY_MOBIKE_SUPPORTED } };
	return ike_request_protected (s, sa, IKE_EXCHANGE_AUTH, payloads, n, IKE_REQUEST_SENDS);
}

static void
send_or_fail (IkeSession *s, IkeSa *sa, guint8 method, Slice auth)
{
	Status status = send_request (s, sa, method, auth);

	if (status != STATUS_OK)
		ike_close (s, status, "IKE_AUTH could not be made");
}

/* What our own AUTH covers. */
static Status
our_octets (const IkeSession *s, const IkeSa *sa, GBytes **ret_octets)
{
	IkePayload idi = id_payload (IKE_PAYLOAD_IDI, &s->profile.local_identity);
	g_autoptr (GBytes) body = NULL;
	Status status = ike_payload_body_encode (&idi, &body);

	if (status != STATUS_OK)
		return status;
	return ike_auth_octets (sa->choice.prf, slice_bytes (sa->message), slice_bytes (sa->nonce_r),
	                        secret_view (&sa->keys.pi), slice_bytes (body), ret_octets);
}

static gboolean
key_can (const IkeSession *s, SigScheme scheme)
{
	for (gsize i = 0; i < s->profile.n_key_schemes; i++)
		if (s->key_schemes[i] == scheme)
			return TRUE;
	return FALSE;
}

static gboolean
choose_scheme (const IkeSession *s, IkeSa *sa)
{
	for (guint i = 0; sa->hashes != 0 && i < G_N_ELEMENTS (signature_rows); i++)
		if ((sa->hashes >> signature_rows[i].hash & 1) != 0 && key_can (s, signature_rows[i].scheme) &&
		    key_can (s, signature_rows[i].only_with))
		{
			sa->sign_scheme = signature_rows[i].scheme;
			sa->sign_method = IKE_AUTH_DIGITAL_SIGNATURE;
			return TRUE;
		}
	/* Without RFC 7427 nobody tells the hash of method 1: SHA-1 is what every old gateway takes. */
	for (guint i = 0; i < G_N_ELEMENTS (old_rows); i++)
		if (key_can (s, old_rows[i].scheme) &&
		    (old_rows[i].method != IKE_AUTH_RSA || (old_rows[i].weak && s->profile.weak)))
		{
			sa->sign_scheme = old_rows[i].scheme;
			sa->sign_method = old_rows[i].method;
			return TRUE;
		}
	return FALSE;
}

Status
ike_ex_auth_prepare (const IkeSession *s, IkeSa *sa, const char **ret_detail)
{
	if (s->profile.auth_by != IKE_AUTH_BY_CERTIFICATE || choose_scheme (s, sa))
		return STATUS_OK;
	*ret_detail = "the gateway knows no signature that this key can make and that is still safe; weak=yes allows SHA-1";
	return STATUS_AUTH_REJECTED;
}

static void
begin_signature (IkeSession *s, IkeSa *sa)
{
	IkeEffect *effect;
	GBytes *octets;
	Status status;

	status = our_octets (s, sa, &octets);
	if (status != STATUS_OK)
	{
		ike_close (s, status, NULL);
		return;
	}
	sa->sign_ask = ike_ask (s, IKE_ASK_SIGN, &effect);
	effect->ask.scheme = sa->sign_scheme;
	effect->ask.octets = octets;
}

static void
begin_shared_key (IkeSession *s, IkeSa *sa)
{
	g_autoptr (GBytes) octets = NULL;
	g_auto (Secret) auth = SECRET_INIT;
	Status status = our_octets (s, sa, &octets);

	if (status == STATUS_OK)
		status = ike_auth_shared_key (sa->choice.prf, secret_view (&s->auth.psk), slice_bytes (octets), &auth);
	if (status != STATUS_OK)
		ike_close (s, status, NULL);
	else
		send_or_fail (s, sa, IKE_AUTH_SHARED_KEY, secret_view (&auth));
}

void
ike_ex_auth_begin (IkeSession *s, IkeSa *sa)
{
	/* A further candidate comes while another may be under judgement. */
	if (s->phase == IKE_PHASE_INIT)
		s->phase = IKE_PHASE_AUTH;
	ike_push_state (s, IKE_STATE_AUTHENTICATING);
	while (s->auth.child_spi < 256)
		if (rng_fill (&s->rng, (guint8 *) &s->auth.child_spi, sizeof s->auth.child_spi) != STATUS_OK)
		{
			ike_close (s, STATUS_CRYPTO, NULL);
			return;
		}
	switch (s->profile.auth_by)
	{
	case IKE_AUTH_BY_EAP:
		send_or_fail (s, sa, 0, SLICE_NONE);
		break;
	case IKE_AUTH_BY_CERTIFICATE:
		begin_signature (s, sa);
		break;
	case IKE_AUTH_BY_PSK:
		begin_shared_key (s, sa);
		break;
	}
}

void
ike_ex_auth_signed (IkeSession *s, IkeSa *sa, const IkeInput *answer)
{
	Slice identifier = sig_scheme_identifier (sa->sign_scheme);
	g_auto (Writer) value = { 0 };

	sa->sign_ask = 0;
	if (answer->status != STATUS_OK)
	{
		ike_close (s, answer->status, answer->detail);
		return;
	}
	writer_init (&value, IKE_MAX_MESSAGE_OCTETS);
	/* RFC 7427 section 3: length and AlgorithmIdentifier stand before the signature. */
	if (sa->sign_method == IKE_AUTH_DIGITAL_SIGNATURE)
	{
		writer_u8 (&value, (guint8) identifier.len);
		writer_slice (&value, identifier);
	}
	writer_slice (&value, answer->octets);
	ike_note (s, "signing with %s", sig_scheme_name (sa->sign_scheme));
	send_or_fail (s, sa, sa->sign_method, writer_view (&value));
}

void
ike_ex_auth_clear_proof (IkeAuth *auth)
{
	g_clear_pointer (&auth->idr_body, g_bytes_unref);
	g_clear_pointer (&auth->idr_value, g_bytes_unref);
	g_clear_pointer (&auth->value, g_bytes_unref);
	g_clear_pointer (&auth->certificates, g_ptr_array_unref);
	g_clear_pointer (&auth->eap, g_bytes_unref);
	g_clear_pointer (&auth->whole, ike_message_free);
}

/* Whoever answered IKE_SA_INIT first need not be the gateway: as long as another candidate is alive, one that fails is
 * only one less (RFC 7296 section 2.4); and the gateway's own answer may still be on its way. FALSE: it was the last one. */
static gboolean
candidate_failed (IkeSession *s, Status status, const char *detail)
{
	gint64 listen_us = s->init.request.started_us + IKE_LISTEN_US;

	if (s->auth.gateway_proved || (s->phase != IKE_PHASE_AUTH && s->phase != IKE_PHASE_VERIFY) ||
	    (!ike_sa_others (s, s->sa) && s->now_us >= listen_us))
		return FALSE;
	ike_ex_init_remember (s, status, detail);
	s->init.listen_us = listen_us;
	ike_note (s, "one of the answers is given up: %s", detail != NULL ? detail : status_text (status));
	ike_ask_withdraw (s);
	ike_ex_auth_clear_proof (&s->auth);
	ike_sa_lose (s, s->sa);
	s->phase = IKE_PHASE_AUTH;
	return TRUE;
}

void
ike_ex_auth_fail (IkeSession *s, Status status, const char *detail)
{
	IkePayload refusal = { .type = IKE_PAYLOAD_NOTIFY, .notify = { .notify_type = IKE_NOTIFY_AUTHENTICATION_FAILED } };

	/* RFC 7296 section 2.21.2: an initiator says so in an exchange of its own. Nobody waits for the answer. */
	if (s->sa != NULL && !s->sa->request.active)
		(void) ike_request_protected (s, s->sa, IKE_EXCHANGE_INFORMATIONAL, &refusal, 1, 1);
	if (!candidate_failed (s, status, detail))
		ike_close (s, status, detail);
}

gboolean
ike_ex_auth_error (IkeSession *s, const IkeMessage *message)
{
	const IkePayload *error = ike_reason_find (message);
	g_autofree char *detail = NULL;
	Status status;

	if (error == NULL)
		return FALSE;
	detail = ike_reason_detail (message, error);
	status = ike_reason_of_notify (error->notify.notify_type);
	/* With an AUTH beside it the IKE SA stands, only its child was refused (section 1.2): it must be deleted. */
	if (ike_message_find (message, IKE_PAYLOAD_AUTH, NULL) != NULL && s->auth.gateway_proved)
		ike_ex_delete_begin (s, status, detail);
	else if (!candidate_failed (s, status, detail))
		ike_close (s, status, detail);
	return TRUE;
}

/* Names and e-mail addresses do not depend on the case of letters. */
static gboolean
identity_equal (guint8 type, Slice value, const IkeIdentity *want)
{
	Slice wanted = slice_bytes (want->value);

	if (type != want->type || value.len != wanted.len)
		return FALSE;
	if (type == IKE_ID_FQDN || type == IKE_ID_RFC822_ADDR)
		return g_ascii_strncasecmp ((const char *) value.data, (const char *) wanted.data, value.len) == 0;
	return slice_equal (value, wanted);
}

gboolean
ike_ex_auth_name_type (guint8 id_type, X509NameType *ret_type)
{
	switch (id_type)
	{
	case IKE_ID_IPV4_ADDR:
	case IKE_ID_IPV6_ADDR:
		*ret_type = X509_NAME_IP;
		return TRUE;
	case IKE_ID_FQDN:
		*ret_type = X509_NAME_DNS;
		return TRUE;
	case IKE_ID_RFC822_ADDR:
		*ret_type = X509_NAME_EMAIL;
		return TRUE;
	case IKE_ID_DER_ASN1_DN:
		*ret_type = X509_NAME_DN;
		return TRUE;
	default: /* a number of the wire; a KEY_ID is nothing that a certificate could say */
		return FALSE;
	}
}

static void
keep_proof (IkeSession *s, const IkeMessage *message)
{
	const IkePayload *idr = ike_message_find (message, IKE_PAYLOAD_IDR, NULL);
	const IkePayload *auth = ike_message_find (message, IKE_PAYLOAD_AUTH, NULL);
	const IkePayload *eap = ike_message_find (message, IKE_PAYLOAD_EAP, NULL);
	const IkePayload *at = NULL;

	s->auth.idr_type = idr->id.id_type;
	s->auth.idr_body = slice_dup (idr->body);
	s->auth.idr_value = slice_dup (idr->id.value);
	s->auth.method = auth->auth.method;
	s->auth.value = slice_dup (auth->auth.value);
	s->auth.eap = eap != NULL ? slice_dup (eap->eap.value) : NULL;
	s->auth.certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	while ((at = ike_message_find (message, IKE_PAYLOAD_CERT, at)) != NULL)
		if (at->cert.encoding == IKE_CERT_X509_SIGNATURE)
			g_ptr_array_add (s->auth.certificates, slice_dup (at->cert.value));
}

static void
ask_verification (IkeSession *s)
{
	X509NameType type;
	IkeEffect *effect;

	if (!ike_ex_auth_name_type (s->auth.idr_type, &type))
	{
		ike_ex_auth_fail (s, STATUS_GATEWAY_IDENTITY, "an identity of this type cannot stand in a certificate");
		return;
	}
	if (s->auth.certificates->len == 0)
	{
		ike_ex_auth_fail (s, STATUS_GATEWAY_CHAIN, "the gateway sent no certificate");
		return;
	}
	s->phase = IKE_PHASE_VERIFY;
	s->auth.ask = ike_ask (s, IKE_ASK_VERIFY, &effect);
	s->auth.ask_until_us = s->now_us + IKE_ASK_US;
	s->ask_began_us = s->now_us;
	effect->ask.certificates = g_ptr_array_ref (s->auth.certificates);
	effect->ask.name_type = type;
	effect->ask.name = g_bytes_ref (s->auth.idr_value);
}

/* What the gateway's AUTH covers. */
static Status
their_octets (const IkeSession *s, GBytes **ret_octets)
{
	return ike_auth_octets (s->sa->choice.prf, slice_bytes (s->sa->response), SLICE_ARRAY (s->init.nonce),
	                        secret_view (&s->sa->keys.pr), slice_bytes (s->auth.idr_body), ret_octets);
}

Status
ike_ex_auth_check_shared (IkeSession *s, Slice key, guint8 method, Slice value)
{
	g_autoptr (GBytes) octets = NULL;
	g_auto (Secret) want = SECRET_INIT;
	Status status;

	if (method != IKE_AUTH_SHARED_KEY)
		return STATUS_GATEWAY_AUTH;
	status = their_octets (s, &octets);
	if (status == STATUS_OK)
		status = ike_auth_shared_key (s->sa->choice.prf, key, slice_bytes (octets), &want);
	if (status != STATUS_OK)
		return status;
	return secret_equal (secret_view (&want), value) ? STATUS_OK : STATUS_GATEWAY_AUTH;
}

/* The gateway proved itself: on with EAP, or with the child. */
static void
gateway_proved (IkeSession *s, IkeMessage *message)
{
	s->auth.gateway_proved = TRUE;
	ike_sa_win (s, s->sa);
	if (s->profile.auth_by == IKE_AUTH_BY_EAP)
	{
		ike_ex_eap_begin (s, slice_bytes (s->auth.eap));
		return;
	}
	if (message != NULL && !ike_ex_auth_error (s, message))
		ike_ex_child_apply (s, message);
}

static void
first_response_psk (IkeSession *s, IkeMessage *message)
{
	Status status =
	    ike_ex_auth_check_shared (s, secret_view (&s->auth.psk), s->auth.method, slice_bytes (s->auth.value));

	if (status == STATUS_OK)
		gateway_proved (s, message);
	else
		ike_ex_auth_fail (s, status,
		                  s->auth.method == IKE_AUTH_SHARED_KEY ? "it has another pre-shared key"
		                                                        : "it does not use the pre-shared key");
}

static IkeSchema
wanted_schema (const IkeSession *s, const IkeMessage *message)
{
	if (s->profile.auth_by == IKE_AUTH_BY_EAP)
		return IKE_SCHEMA_AUTH_FIRST_RESPONSE;
	/* The IKE SA may stand while its child was refused. */
	if (ike_message_find (message, IKE_PAYLOAD_SA, NULL) == NULL &&
	    ike_message_find (message, IKE_PAYLOAD_AUTH, NULL) != NULL)
		return IKE_SCHEMA_ERROR_RESPONSE;
	return IKE_SCHEMA_AUTH_WHOLE_RESPONSE;
}

static void
refuse_identity (IkeSession *s)
{
	g_autofree char *says = ike_identity_text (s->auth.idr_type, slice_bytes (s->auth.idr_value));
	g_autofree char *wanted =
	    ike_identity_text (s->profile.gateway_identity.type, slice_bytes (s->profile.gateway_identity.value));
	g_autofree char *detail = g_strdup_printf ("it says %s; the profile wants %s", says, wanted);

	ike_ex_auth_fail (s, STATUS_GATEWAY_IDENTITY, detail);
}

void
ike_ex_auth_first_response (IkeSession *s, IkeSa *sa, IkeMessage *message)
{
	guint8 type = 0;
	Status status;

	s->sa = sa;
	if (ike_message_find (message, IKE_PAYLOAD_IDR, NULL) == NULL && ike_ex_auth_error (s, message))
		return;
	status = ike_schema_check (wanted_schema (s, message), message, &type);
	if (status == STATUS_OK && (ike_message_find (message, IKE_PAYLOAD_IDR, NULL) == NULL ||
	                            ike_message_find (message, IKE_PAYLOAD_AUTH, NULL) == NULL))
		status = STATUS_MISSING_PAYLOAD;
	if (status != STATUS_OK)
	{
		g_autofree char *detail =
		    g_strdup_printf ("payload %s in its IKE_AUTH answer",
		                     ike_number_name (IKE_NUMBERS_PAYLOAD, type != 0 ? type : IKE_PAYLOAD_AUTH));

		ike_ex_auth_fail (s, status, detail);
		return;
	}
	keep_proof (s, message);
	/* Identity first (reliability of the order: identity, chain, name, validity, usage, AUTH, and only then EAP). */
	if (!identity_equal (s->auth.idr_type, slice_bytes (s->auth.idr_value), &s->profile.gateway_identity))
	{
		refuse_identity (s);
		return;
	}
	if (s->profile.auth_by == IKE_AUTH_BY_PSK)
	{
		first_response_psk (s, message);
		return;
	}
	/* The message itself goes with its trace. */
	s->auth.whole = ike_message_again (message);
	ask_verification (s);
}

/* Splits an RFC 7427 value into scheme and signature. */
static Status
parse_digital_signature (Slice value, SigScheme *ret_scheme, Slice *ret_signature)
{
	Reader r = reader (value);
	Slice identifier = reader_take (&r, reader_u8 (&r));
	Slice signature = reader_rest (&r);

	if (r.failed || !sig_scheme_from_identifier (identifier, ret_scheme))
		return STATUS_UNSUPPORTED;
	*ret_signature = signature;
	return STATUS_OK;
}

static Status
check_old_signature (const IkeSession *s, Slice certificate, Slice octets)
{
	Status status = STATUS_UNSUPPORTED;

	for (guint i = 0; i < G_N_ELEMENTS (old_rows) && status != STATUS_OK; i++)
		if (old_rows[i].method == s->auth.method && (!old_rows[i].weak || s->profile.weak))
			status = sig_verify (certificate, old_rows[i].scheme, octets, slice_bytes (s->auth.value));
	return status;
}

static Status
check_signature (IkeSession *s)
{
	Slice certificate = slice_bytes (s->auth.certificates->pdata[0]);
	g_autoptr (GBytes) octets = NULL;
	SigScheme scheme;
	Slice signature;
	Status status = their_octets (s, &octets);

	if (status != STATUS_OK)
		return status;
	if (s->auth.method != IKE_AUTH_DIGITAL_SIGNATURE)
		return check_old_signature (s, certificate, slice_bytes (octets));
	status = parse_digital_signature (slice_bytes (s->auth.value), &scheme, &signature);
	if (status == STATUS_OK && scheme == SIG_RSA_PKCS1_SHA1 && !s->profile.weak)
		status = STATUS_UNSUPPORTED;
	if (status != STATUS_OK)
		return status;
	ike_note (s, "the gateway signs with %s", sig_scheme_name (scheme));
	return sig_verify (certificate, scheme, slice_bytes (octets), signature);
}

static const char *
signature_words (const IkeSession *s, Status status)
{
	if (s->auth.method == IKE_AUTH_SHARED_KEY)
		return "it uses a pre-shared key where the profile wants a certificate";
	if (status == STATUS_UNSUPPORTED)
		return "it signs in a way that is not known or not safe";
	return "its signature does not verify";
}

void
ike_ex_auth_verified (IkeSession *s, const IkeInput *answer)
{
	g_autoptr (IkeMessage) message = g_steal_pointer (&s->auth.whole);
	Status status;

	ike_ask_done (s);
	if (answer->status != STATUS_OK)
	{
		ike_ex_auth_fail (s, answer->status, answer->detail);
		return;
	}
	status = check_signature (s);
	if (status != STATUS_OK)
	{
		ike_ex_auth_fail (s, STATUS_GATEWAY_AUTH, signature_words (s, status));
		return;
	}
	ike_note (s, "the gateway proved its identity");
	gateway_proved (s, message);
}
