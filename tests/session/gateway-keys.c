/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway-keys.h"

/* -- Keys -------------------------------------------------------------------------------------------------------- */

static GByteArray *
hmac (PrfId id, Slice key, Slice a, Slice b, Slice c)
{
	const Slice parts[] = { a, b, c };
	Secret out = SECRET_INIT;
	GByteArray *result = g_byte_array_new ();

	g_assert_cmpuint (prf (id, key, parts, 3, &out), ==, STATUS_OK);
	g_byte_array_append (result, out.data, (guint) out.len);
	secret_clear (&out);
	return result;
}

/* RFC 7296 section 2.13: T1 = prf (K, S | 0x01), Tn = prf (K, Tn-1 | S | n) */
static GByteArray *
expand (PrfId id, Slice key, Slice seed, gsize octets)
{
	GByteArray *stream = g_byte_array_new ();
	GByteArray *last = g_byte_array_new ();

	for (guint8 n = 1; stream->len < octets; n++)
	{
		GByteArray *next = hmac (id, key, slice_array (last), seed, slice (&n, 1));

		g_byte_array_append (stream, next->data, next->len);
		g_byte_array_unref (last);
		last = next;
	}
	g_byte_array_unref (last);
	return stream;
}

static void
make_protect (IkeProtect *protect, const AeadSuite *suite, const guint8 *encr, const guint8 *integ)
{
	protect->suite = *suite;
	g_assert_cmpuint (aead_new (suite, slice (encr, aead_encr_key_octets (suite)),
	                            slice (integ, aead_integ_key_octets (suite)), &protect->aead),
	                  ==, STATUS_OK);
}

/* What comes behind SKEYSEED (section 2.14). */
static void
derive_from (GatewaySa *sa, const GByteArray *skeyseed)
{
	const AeadSuite *suite = &sa->suite->aead;
	gsize p = prf_octets (sa->suite->prf_id), a = aead_integ_key_octets (suite), e = aead_encr_key_octets (suite);
	guint64 spis[2] = { GUINT64_TO_BE (sa->spi_i), GUINT64_TO_BE (sa->spi_r) };
	GByteArray *seed = g_byte_array_new ();
	const guint8 *at, *encr[2], *integ[2];
	GByteArray *stream;

	g_byte_array_append (seed, g_bytes_get_data (sa->ni, NULL), (guint) g_bytes_get_size (sa->ni));
	g_byte_array_append (seed, g_bytes_get_data (sa->nr, NULL), (guint) g_bytes_get_size (sa->nr));
	g_byte_array_append (seed, (const guint8 *) spis, sizeof spis);
	stream = expand (sa->suite->prf_id, slice_array (skeyseed), slice_array (seed), 3 * p + 2 * a + 2 * e);
	at = stream->data;
	sa->prf_octets = p;
	memcpy (sa->sk_d, at, p);
	memcpy (sa->sk_pi, at + p + 2 * a + 2 * e, p);
	memcpy (sa->sk_pr, at + 2 * p + 2 * a + 2 * e, p);
	for (guint i = 0; i < 2; i++)
	{
		integ[i] = at + p + i * a;
		encr[i] = at + p + 2 * a + i * e;
	}
	make_protect (&sa->in, suite, encr[sa->gateway_began], integ[sa->gateway_began]);
	make_protect (&sa->out, suite, encr[!sa->gateway_began], integ[!sa->gateway_began]);
	g_byte_array_unref (stream);
	g_byte_array_unref (seed);
}

void
gateway_derive (GatewaySa *sa, Slice shared)
{
	GByteArray *nonces = g_byte_array_new ();
	GByteArray *skeyseed;

	g_byte_array_append (nonces, g_bytes_get_data (sa->ni, NULL), (guint) g_bytes_get_size (sa->ni));
	g_byte_array_append (nonces, g_bytes_get_data (sa->nr, NULL), (guint) g_bytes_get_size (sa->nr));
	skeyseed = hmac (sa->suite->prf_id, slice_array (nonces), shared, SLICE_NONE, SLICE_NONE);
	derive_from (sa, skeyseed);
	g_byte_array_unref (skeyseed);
	g_byte_array_unref (nonces);
}

void
gateway_derive_again (const GatewaySa *old, GatewaySa *sa, Slice shared)
{
	GByteArray *skeyseed = hmac (old->suite->prf_id, slice (old->sk_d, old->prf_octets), shared, slice_bytes (sa->ni),
	                             slice_bytes (sa->nr));

	derive_from (sa, skeyseed);
	g_byte_array_unref (skeyseed);
}

void
gateway_derive_further (const GatewaySa *sa, Slice shared, Slice ni, Slice nr, gboolean client_began,
                        GatewayChild *child)
{
	const AeadSuite *suite = &sa->suite->aead;
	gsize a = aead_integ_key_octets (suite), e = aead_encr_key_octets (suite);
	GByteArray *seed = g_byte_array_new ();
	guint first = client_began ? 0 : 2, second = client_began ? 2 : 0;
	GByteArray *stream;

	g_byte_array_append (seed, shared.data, (guint) shared.len);
	g_byte_array_append (seed, ni.data, (guint) ni.len);
	g_byte_array_append (seed, nr.data, (guint) nr.len);
	stream = expand (sa->suite->prf_id, slice (sa->sk_d, sa->prf_octets), slice_array (seed), 2 * (a + e));
	memcpy (child->keys[first], stream->data, e);
	memcpy (child->keys[first + 1], stream->data + e, a);
	memcpy (child->keys[second], stream->data + e + a, e);
	memcpy (child->keys[second + 1], stream->data + 2 * e + a, a);
	g_byte_array_unref (stream);
	g_byte_array_unref (seed);
}

/* RFC 7296 section 2.17 */
void
gateway_derive_child (GatewaySa *sa)
{
	const AeadSuite *suite = &sa->suite->aead;
	gsize a = aead_integ_key_octets (suite), e = aead_encr_key_octets (suite);
	GByteArray *seed = g_byte_array_new ();
	GByteArray *stream;

	g_byte_array_append (seed, g_bytes_get_data (sa->ni, NULL), (guint) g_bytes_get_size (sa->ni));
	g_byte_array_append (seed, g_bytes_get_data (sa->nr, NULL), (guint) g_bytes_get_size (sa->nr));
	stream = expand (sa->suite->prf_id, slice (sa->sk_d, sa->prf_octets), slice_array (seed), 2 * (a + e));
	memcpy (sa->child_keys[0], stream->data, e);
	memcpy (sa->child_keys[1], stream->data + e, a);
	memcpy (sa->child_keys[2], stream->data + e + a, e);
	memcpy (sa->child_keys[3], stream->data + 2 * e + a, a);
	g_byte_array_unref (stream);
	g_byte_array_unref (seed);
}

/* -- What AUTH covers, and AUTH ---------------------------------------------------------------------------------- */

static GBytes *
signed_octets (const GatewaySa *sa, gboolean ours)
{
	Slice message = slice_bytes (ours ? sa->response : sa->request);
	Slice nonce = slice_bytes (ours ? sa->ni : sa->nr);
	Slice key = slice (ours ? sa->sk_pr : sa->sk_pi, sa->prf_octets);
	GByteArray *mac = hmac (sa->suite->prf_id, key, slice_bytes (ours ? sa->idr : sa->idi), SLICE_NONE, SLICE_NONE);
	GByteArray *octets = g_byte_array_new ();

	g_byte_array_append (octets, message.data, (guint) message.len);
	g_byte_array_append (octets, nonce.data, (guint) nonce.len);
	g_byte_array_append (octets, mac->data, mac->len);
	g_byte_array_unref (mac);
	return g_byte_array_free_to_bytes (octets);
}

GBytes *
gateway_shared_auth (const GatewaySa *sa, Slice key, gboolean ours)
{
	g_autoptr (GBytes) octets = signed_octets (sa, ours);
	GByteArray *pad = hmac (sa->suite->prf_id, key, SLICE_LITERAL ("Key Pad for IKEv2"), SLICE_NONE, SLICE_NONE);
	GByteArray *auth = hmac (sa->suite->prf_id, slice_array (pad), slice_bytes (octets), SLICE_NONE, SLICE_NONE);

	g_byte_array_unref (pad);
	return g_byte_array_free_to_bytes (auth);
}

GBytes *
gateway_signature_auth (const Gateway *gateway, const GatewaySa *sa)
{
	g_autoptr (GBytes) octets = signed_octets (sa, TRUE);
	Slice identifier = sig_scheme_identifier (gateway->scheme);
	GByteArray *value = g_byte_array_new ();
	guint8 octets_of_identifier = (guint8) identifier.len;
	GBytes *signature;

	g_assert_cmpuint (sig_sign (gateway->key->key, gateway->scheme, slice_bytes (octets), &signature), ==, STATUS_OK);
	if (gateway->method == IKE_AUTH_DIGITAL_SIGNATURE)
	{
		g_byte_array_append (value, &octets_of_identifier, 1);
		g_byte_array_append (value, identifier.data, (guint) identifier.len);
	}
	g_byte_array_append (value, g_bytes_get_data (signature, NULL), (guint) g_bytes_get_size (signature));
	g_bytes_unref (signature);
	return g_byte_array_free_to_bytes (value);
}

gboolean
gateway_signature_good (const GatewaySa *sa, const IkePayload *auth)
{
	static const struct
	{
		guint8 method;
		SigScheme scheme;
	} old[] = { { IKE_AUTH_RSA, SIG_RSA_PKCS1_SHA1 },
		        { IKE_AUTH_ECDSA_256, SIG_ECDSA_P256_RAW },
		        { IKE_AUTH_ECDSA_384, SIG_ECDSA_P384_RAW },
		        { IKE_AUTH_ECDSA_521, SIG_ECDSA_P521_RAW } };
	g_autoptr (GBytes) octets = signed_octets (sa, FALSE);
	Slice signature = auth->auth.value;
	SigScheme scheme = SIG_COUNT;

	if (sa->certificate == NULL)
		return FALSE;
	for (gsize i = 0; i < G_N_ELEMENTS (old); i++)
		if (old[i].method == auth->auth.method)
			scheme = old[i].scheme;
	if (auth->auth.method == IKE_AUTH_DIGITAL_SIGNATURE)
	{
		gsize n = signature.len > 0 ? signature.data[0] : 0;

		if (n + 1 > signature.len || !sig_scheme_from_identifier (slice (signature.data + 1, n), &scheme))
			return FALSE;
		signature = slice (signature.data + 1 + n, signature.len - 1 - n);
	}
	return scheme != SIG_COUNT &&
	       sig_verify (slice_bytes (sa->certificate), scheme, slice_bytes (octets), signature) == STATUS_OK;
}

gboolean
gateway_shared_good (const GatewaySa *sa, const IkePayload *auth, Slice key)
{
	g_autoptr (GBytes) expected = gateway_shared_auth (sa, key, FALSE);

	return auth->auth.method == IKE_AUTH_SHARED_KEY && slice_equal (auth->auth.value, slice_bytes (expected));
}
