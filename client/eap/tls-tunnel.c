/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tls-tunnel.h"

#include <errno.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "crypto/x509.h"
#include "fiber.h"

/* All of it said here: a priority that names the system's would open a file, which the worker cannot. CBC and SHA-1 as MAC
 * are for the RADIUS servers that TLS 1.2 still has; DHE and ECDHE only, for forward secrecy. */
#define PRIORITY                                                                                                       \
	"NONE:+VERS-TLS1.3:+VERS-TLS1.2:+AES-256-GCM:+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-CBC:+AES-128-CBC:"           \
	"+AEAD:+SHA1:+ECDHE-ECDSA:+ECDHE-RSA:+DHE-RSA:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:+GROUP-SECP521R1:"   \
	"+GROUP-FFDHE2048:+GROUP-FFDHE3072:+GROUP-FFDHE4096:+CTYPE-X509:+COMP-NULL:"                                       \
	"+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SECP384R1-SHA384:"                 \
	"+SIGN-ECDSA-SHA512:+SIGN-ECDSA-SECP521R1-SHA512:+SIGN-EDDSA-ED25519:+SIGN-RSA-PSS-RSAE-SHA256:"                   \
	"+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512:+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:+SIGN-RSA-SHA512"

struct TlsTunnel
{
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	Fiber *fiber; /* in the handshake */
	gboolean begun;
	TlsTunnelState state;
	GByteArray *in;
	gsize in_pos;
	GByteArray *out;
	GPtrArray *certificates;
	const SigScheme *schemes;
	gsize n_schemes;
	gnutls_pk_algorithm_t key_type;
	guint key_bits;
	SigScheme scheme;
	GBytes *to_sign;
	gboolean is_digest;
	Status answer; /* to the question that is open */
	GBytes *answer_octets;
	Status failure;
	const char *detail;
};

static const struct
{
	gnutls_sign_algorithm_t algorithm;
	SigScheme scheme;
} sign_rows[] = {
	{ GNUTLS_SIGN_RSA_SHA256, SIG_RSA_PKCS1_SHA2_256 },
	{ GNUTLS_SIGN_RSA_SHA384, SIG_RSA_PKCS1_SHA2_384 },
	{ GNUTLS_SIGN_RSA_SHA512, SIG_RSA_PKCS1_SHA2_512 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA256, SIG_RSA_PSS_SHA2_256 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA384, SIG_RSA_PSS_SHA2_384 },
	{ GNUTLS_SIGN_RSA_PSS_RSAE_SHA512, SIG_RSA_PSS_SHA2_512 },
	{ GNUTLS_SIGN_ECDSA_SHA256, SIG_ECDSA_SHA2_256 },
	{ GNUTLS_SIGN_ECDSA_SHA384, SIG_ECDSA_SHA2_384 },
	{ GNUTLS_SIGN_ECDSA_SHA512, SIG_ECDSA_SHA2_512 },
	{ GNUTLS_SIGN_ECDSA_SECP256R1_SHA256, SIG_ECDSA_SHA2_256 },
	{ GNUTLS_SIGN_ECDSA_SECP384R1_SHA384, SIG_ECDSA_SHA2_384 },
	{ GNUTLS_SIGN_ECDSA_SECP521R1_SHA512, SIG_ECDSA_SHA2_512 },
	{ GNUTLS_SIGN_EDDSA_ED25519, SIG_ED25519 },
};

/* RSA with PKCS #1 comes as a DigestInfo (RFC 8017 section 9.2, note 1): the octet behind the OID's begin says the hash. */
static const struct
{
	guint8 total, oid, octets;
	gnutls_sign_algorithm_t algorithm;
} digest_info_rows[] = {
	{ 0x31, 1, 32, GNUTLS_SIGN_RSA_SHA256 },
	{ 0x41, 2, 48, GNUTLS_SIGN_RSA_SHA384 },
	{ 0x51, 3, 64, GNUTLS_SIGN_RSA_SHA512 },
};

/* The digest in it; empty when it is of another hash. */
static Slice
digest_of_info (Slice info, gnutls_sign_algorithm_t *ret_algorithm)
{
	for (guint i = 0; i < G_N_ELEMENTS (digest_info_rows); i++)
	{
		const guint8 prefix[] = { 0x30,
			                      digest_info_rows[i].total,
			                      0x30,
			                      0x0d,
			                      0x06,
			                      0x09,
			                      0x60,
			                      0x86,
			                      0x48,
			                      0x01,
			                      0x65,
			                      0x03,
			                      0x04,
			                      0x02,
			                      digest_info_rows[i].oid,
			                      0x05,
			                      0x00,
			                      0x04,
			                      digest_info_rows[i].octets };

		if (info.len != sizeof prefix + digest_info_rows[i].octets || memcmp (info.data, prefix, sizeof prefix) != 0)
			continue;
		*ret_algorithm = digest_info_rows[i].algorithm;
		return slice (info.data + sizeof prefix, digest_info_rows[i].octets);
	}
	return SLICE_NONE;
}

/* FALSE also for what the key cannot do. */
static gboolean
scheme_of (const TlsTunnel *tunnel, gnutls_sign_algorithm_t algorithm, SigScheme *ret_scheme)
{
	for (guint i = 0; i < G_N_ELEMENTS (sign_rows); i++)
		for (gsize n = 0; sign_rows[i].algorithm == algorithm && n < tunnel->n_schemes; n++)
			if (tunnel->schemes[n] == sign_rows[i].scheme)
			{
				*ret_scheme = sign_rows[i].scheme;
				return TRUE;
			}
	return FALSE;
}

/* Out of a callback of the handshake to the caller of tls_tunnel_feed(), until tls_tunnel_answer(). */
static Status
ask (TlsTunnel *tunnel, TlsTunnelState question)
{
	tunnel->state = question;
	tunnel->answer = STATUS_SECRET_CANCELLED;
	fiber_yield (tunnel->fiber);
	return tunnel->answer;
}

static ssize_t
push (gnutls_transport_ptr_t transport, const void *data, size_t octets)
{
	TlsTunnel *tunnel = transport;

	if (tunnel->out->len + octets > TLS_TUNNEL_MAX_OCTETS)
	{
		gnutls_transport_set_errno (tunnel->session, EMSGSIZE);
		return -1;
	}
	g_byte_array_append (tunnel->out, data, (guint) octets);
	return (ssize_t) octets;
}

static ssize_t
pull (gnutls_transport_ptr_t transport, void *data, size_t octets)
{
	TlsTunnel *tunnel = transport;
	gsize n = MIN ((gsize) tunnel->in->len - tunnel->in_pos, octets);

	if (n == 0)
	{
		gnutls_transport_set_errno (tunnel->session, EAGAIN);
		return -1;
	}
	memcpy (data, tunnel->in->data + tunnel->in_pos, n);
	tunnel->in_pos += n;
	return (ssize_t) n;
}

/* GnuTLS wants to know whether it would block; it always would, there is no one to wait for. */
static int
pull_timeout (gnutls_transport_ptr_t transport, unsigned int timeout_ms)
{
	const TlsTunnel *tunnel = transport;

	return tunnel->in_pos < tunnel->in->len;
}

static int
verify (gnutls_session_t session)
{
	TlsTunnel *tunnel = gnutls_session_get_ptr (session);
	unsigned int n = 0;
	const gnutls_datum_t *list = gnutls_certificate_get_peers (session, &n);
	gsize octets = 0;

	for (unsigned int i = 0; list != NULL && i < n; i++)
		octets += list[i].size;
	if (list == NULL || n == 0 || n > X509_MAX_CERTIFICATES || octets > X509_MAX_CHAIN_OCTETS ||
	    tunnel->certificates->len > 0)
		return GNUTLS_E_CERTIFICATE_ERROR;
	for (unsigned int i = 0; i < n; i++)
		g_ptr_array_add (tunnel->certificates, g_bytes_new (list[i].data, list[i].size));
	return ask (tunnel, TLS_TUNNEL_VERIFY) == STATUS_OK ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

static int
sign (TlsTunnel *tunnel, gnutls_sign_algorithm_t algorithm, gboolean is_digest, const gnutls_datum_t *message,
      gnutls_datum_t *signature)
{
	Slice octets = slice (message->data, message->size);
	Slice answer;

	if (algorithm == GNUTLS_SIGN_RSA_RAW)
		octets = digest_of_info (octets, &algorithm);
	if (!scheme_of (tunnel, algorithm, &tunnel->scheme))
		return GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM;
	g_clear_pointer (&tunnel->to_sign, g_bytes_unref);
	tunnel->to_sign = slice_dup (octets);
	tunnel->is_digest = is_digest;
	if (ask (tunnel, TLS_TUNNEL_SIGN) != STATUS_OK)
		return GNUTLS_E_PK_SIGN_FAILED;
	answer = slice_bytes (tunnel->answer_octets);
	signature->data = gnutls_malloc (MAX (answer.len, 1));
	if (signature->data == NULL)
		return GNUTLS_E_MEMORY_ERROR;
	if (answer.len > 0)
		memcpy (signature->data, answer.data, answer.len);
	signature->size = (unsigned int) answer.len;
	return 0;
}

/* GnuTLS calls this one for Ed25519, */
static int
sign_data (gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *data, unsigned int flags,
           const gnutls_datum_t *message, gnutls_datum_t *signature)
{
	return sign (data, algorithm, FALSE, message, signature);
}

/* and this one for all that have a hash. */
static int
sign_hash (gnutls_privkey_t key, gnutls_sign_algorithm_t algorithm, void *data, unsigned int flags,
           const gnutls_datum_t *digest, gnutls_datum_t *signature)
{
	return sign (data, algorithm, TRUE, digest, signature);
}

static int
key_info (gnutls_privkey_t key, unsigned int flags, void *data)
{
	const TlsTunnel *tunnel = data;
	SigScheme scheme;

	if ((flags & GNUTLS_PRIVKEY_INFO_PK_ALGO) != 0)
		return (int) tunnel->key_type;
	if ((flags & GNUTLS_PRIVKEY_INFO_PK_ALGO_BITS) != 0)
		return (int) tunnel->key_bits;
	if ((flags & GNUTLS_PRIVKEY_INFO_HAVE_SIGN_ALGO) != 0)
		return scheme_of (tunnel, GNUTLS_FLAGS_TO_SIGN_ALGO (flags), &scheme);
	return -1;
}

/* Takes over nothing on failure. */
static Status
set_key (TlsTunnel *tunnel, gnutls_pcert_st *certificates, int n)
{
	gnutls_privkey_t key;
	int result;

	tunnel->key_type =
	    (gnutls_pk_algorithm_t) gnutls_pubkey_get_pk_algorithm (certificates[0].pubkey, &tunnel->key_bits);
	if (gnutls_privkey_init (&key) != 0)
		return STATUS_NO_MEMORY;
	result = gnutls_privkey_import_ext4 (key, tunnel, sign_data, sign_hash, NULL, NULL, key_info, 0);
	if (result == 0)
		result = gnutls_certificate_set_key (tunnel->credentials, NULL, 0, certificates, n, key);
	if (result < 0)
		gnutls_privkey_deinit (key);
	return result < 0 ? STATUS_BAD_KEY : STATUS_OK;
}

static Status
set_certificates (TlsTunnel *tunnel, GBytes *const *certificates, gsize n)
{
	g_autofree gnutls_pcert_st *list = g_new0 (gnutls_pcert_st, n + 1);
	gsize done = 0;
	Status status = STATUS_OK;

	for (; done < n; done++)
	{
		Slice der = slice_bytes (certificates[done]);
		const gnutls_datum_t datum = { (unsigned char *) der.data, (unsigned int) der.len };

		if (gnutls_pcert_import_x509_raw (&list[done], &datum, GNUTLS_X509_FMT_DER, 0) != 0)
			break;
	}
	status = done == n ? set_key (tunnel, list, (int) n) : STATUS_BAD_KEY;
	/* GnuTLS owns them now. */
	for (gsize i = 0; status != STATUS_OK && i < done; i++)
		gnutls_pcert_deinit (&list[i]);
	return status;
}

static void
run_handshake (gpointer data)
{
	TlsTunnel *tunnel = data;
	int result;

	while ((result = gnutls_handshake (tunnel->session)) < 0 && gnutls_error_is_fatal (result) == 0)
	{
		/* A warning says nothing that could be acted on. */
		if (result != GNUTLS_E_AGAIN)
			continue;
		tunnel->state = TLS_TUNNEL_INPUT;
		fiber_yield (tunnel->fiber);
		if (tunnel->failure != STATUS_OK)
			return;
	}
	if (result < 0)
		tunnel->detail = gnutls_strerror (result);
	if (result == GNUTLS_E_FATAL_ALERT_RECEIVED)
		tunnel->detail = gnutls_alert_get_name (gnutls_alert_get (tunnel->session));
	tunnel->failure = result == 0                               ? STATUS_OK
	                  : result == GNUTLS_E_FATAL_ALERT_RECEIVED ? STATUS_AUTH_REJECTED
	                                                            : STATUS_EAP_PROTOCOL;
	tunnel->state = result == 0 ? TLS_TUNNEL_OPEN : TLS_TUNNEL_FAILED;
}

static Status
prepare (TlsTunnel *tunnel, GBytes *const *certificates, gsize n)
{
	Status status = STATUS_OK;

	if (gnutls_certificate_allocate_credentials (&tunnel->credentials) != 0 ||
	    gnutls_init (&tunnel->session, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_TICKETS) != 0)
		return STATUS_NO_MEMORY;
	/* Comparing key and certificate would be a signature, and godwitd has compared them. */
	gnutls_certificate_set_flags (tunnel->credentials, GNUTLS_CERTIFICATE_SKIP_KEY_CERT_MATCH);
	gnutls_certificate_set_verify_function (tunnel->credentials, verify);
	if (n > 0)
		status = set_certificates (tunnel, certificates, n);
	if (status != STATUS_OK)
		return status;
	gnutls_session_set_ptr (tunnel->session, tunnel);
	gnutls_transport_set_ptr (tunnel->session, tunnel);
	gnutls_transport_set_push_function (tunnel->session, push);
	gnutls_transport_set_pull_function (tunnel->session, pull);
	gnutls_transport_set_pull_timeout_function (tunnel->session, pull_timeout);
	if (gnutls_priority_set_direct (tunnel->session, PRIORITY, NULL) != 0 ||
	    gnutls_credentials_set (tunnel->session, GNUTLS_CRD_CERTIFICATE, tunnel->credentials) != 0)
		return STATUS_CRYPTO;
	gnutls_handshake_set_max_packet_length (tunnel->session, TLS_TUNNEL_MAX_OCTETS);
	tunnel->fiber = fiber_new (run_handshake, tunnel);
	return tunnel->fiber != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

Status
tls_tunnel_new (GBytes *const *certificates, gsize n_certificates, const SigScheme *schemes, gsize n_schemes,
                TlsTunnel **ret_tunnel)
{
	g_autoptr (TlsTunnel) tunnel = g_new0 (TlsTunnel, 1);
	Status status;

	tunnel->in = g_byte_array_new ();
	tunnel->out = g_byte_array_new ();
	tunnel->certificates = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	tunnel->schemes = schemes;
	tunnel->n_schemes = n_schemes;
	status = prepare (tunnel, certificates, n_certificates);
	if (status == STATUS_OK)
		*ret_tunnel = g_steal_pointer (&tunnel);
	return status;
}

static void
wipe_array (GByteArray *array)
{
	secret_wipe (array->data, array->len);
	g_byte_array_unref (array);
}

void
tls_tunnel_free (TlsTunnel *tunnel)
{
	if (tunnel == NULL)
		return;
	/* A handshake that is left in the middle must be unwound: each question gets a no, each wait an end. */
	tunnel->answer = STATUS_SECRET_CANCELLED;
	tunnel->failure = STATUS_SECRET_CANCELLED;
	while (tunnel->begun && tunnel->fiber != NULL && fiber_resume (tunnel->fiber))
		;
	fiber_free (tunnel->fiber);
	if (tunnel->session != NULL)
		gnutls_deinit (tunnel->session);
	if (tunnel->credentials != NULL)
		gnutls_certificate_free_credentials (tunnel->credentials);
	wipe_array (tunnel->in);
	wipe_array (tunnel->out);
	g_ptr_array_unref (tunnel->certificates);
	g_clear_pointer (&tunnel->to_sign, g_bytes_unref);
	g_clear_pointer (&tunnel->answer_octets, g_bytes_unref);
	g_free (tunnel);
}

/* On with the handshake; its stack goes when it is done. */
static TlsTunnelState
resume (TlsTunnel *tunnel)
{
	tunnel->begun = TRUE;
	if (fiber_resume (tunnel->fiber))
		return tunnel->state;
	g_clear_pointer (&tunnel->fiber, fiber_free);
	return tunnel->state;
}

static TlsTunnelState
fail (TlsTunnel *tunnel, Status status, const char *detail)
{
	tunnel->failure = status;
	tunnel->detail = detail;
	tunnel->state = TLS_TUNNEL_FAILED;
	return tunnel->state;
}

TlsTunnelState
tls_tunnel_feed (TlsTunnel *tunnel, Slice octets)
{
	if (tunnel->state != TLS_TUNNEL_INPUT && tunnel->state != TLS_TUNNEL_OPEN)
		return tunnel->state;
	if (tunnel->in_pos > 0)
		g_byte_array_remove_range (tunnel->in, 0, (guint) tunnel->in_pos);
	tunnel->in_pos = 0;
	if (octets.len > TLS_TUNNEL_MAX_OCTETS - MIN (tunnel->in->len, TLS_TUNNEL_MAX_OCTETS))
		return fail (tunnel, STATUS_EAP_PROTOCOL, "too much TLS at once");
	if (octets.len > 0)
		g_byte_array_append (tunnel->in, octets.data, (guint) octets.len);
	return tunnel->state == TLS_TUNNEL_OPEN ? TLS_TUNNEL_OPEN : resume (tunnel);
}

TlsTunnelState
tls_tunnel_answer (TlsTunnel *tunnel, Status status, Slice octets)
{
	if (tunnel->state != TLS_TUNNEL_VERIFY && tunnel->state != TLS_TUNNEL_SIGN)
		return tunnel->state;
	tunnel->answer = status;
	g_clear_pointer (&tunnel->answer_octets, g_bytes_unref);
	tunnel->answer_octets = slice_dup (octets);
	return resume (tunnel);
}

GBytes *
tls_tunnel_output (TlsTunnel *tunnel)
{
	GBytes *octets;

	if (tunnel->out->len == 0)
		return NULL;
	octets = slice_dup (slice_array (tunnel->out));
	g_byte_array_set_size (tunnel->out, 0);
	return octets;
}

GPtrArray *
tls_tunnel_certificates (const TlsTunnel *tunnel)
{
	return tunnel->certificates;
}

GBytes *
tls_tunnel_to_sign (const TlsTunnel *tunnel, SigScheme *ret_scheme, gboolean *ret_is_digest)
{
	*ret_is_digest = tunnel->is_digest;
	*ret_scheme = tunnel->scheme;
	return tunnel->to_sign;
}

Status
tls_tunnel_failure (const TlsTunnel *tunnel, const char **ret_detail)
{
	*ret_detail = tunnel->detail;
	return tunnel->failure != STATUS_OK ? tunnel->failure : STATUS_EAP_PROTOCOL;
}

gboolean
tls_tunnel_is_13 (const TlsTunnel *tunnel)
{
	return gnutls_protocol_get_version (tunnel->session) == GNUTLS_TLS1_3;
}

Status
tls_tunnel_write (TlsTunnel *tunnel, Slice plain)
{
	while (plain.len > 0)
	{
		ssize_t n = gnutls_record_send (tunnel->session, plain.data, plain.len);

		if (n <= 0)
			return STATUS_CRYPTO;
		plain = slice (plain.data + n, plain.len - (gsize) n);
	}
	return STATUS_OK;
}

Status
tls_tunnel_read (TlsTunnel *tunnel, GByteArray *plain)
{
	guint8 octets[1024];
	ssize_t n;

	while ((n = gnutls_record_recv (tunnel->session, octets, sizeof octets)) > 0)
	{
		if (plain->len + (gsize) n > TLS_TUNNEL_MAX_OCTETS)
		{
			fail (tunnel, STATUS_EAP_PROTOCOL, "too much inside of TLS at once");
			break;
		}
		g_byte_array_append (plain, octets, (guint) n);
	}
	secret_wipe (octets, sizeof octets);
	if (n == GNUTLS_E_AGAIN)
		return STATUS_OK;
	if (n == GNUTLS_E_FATAL_ALERT_RECEIVED)
		fail (tunnel, STATUS_AUTH_REJECTED, gnutls_alert_get_name (gnutls_alert_get (tunnel->session)));
	else if (n <= 0)
		fail (tunnel, STATUS_EAP_PROTOCOL, n == 0 ? "the server closed TLS" : gnutls_strerror ((int) n));
	return tunnel->failure;
}

Status
tls_tunnel_export (const TlsTunnel *tunnel, const char *label, Slice context, gsize octets, Secret *ret_key)
{
	g_auto (Secret) key = SECRET_INIT;

	secret_alloc (&key, octets);
	if (gnutls_prf_rfc5705 (tunnel->session, strlen (label), label, context.len,
	                        context.len > 0 ? (const char *) context.data : NULL, octets, (char *) key.data) != 0)
		return STATUS_CRYPTO;
	secret_clear (ret_key);
	*ret_key = secret_steal (&key);
	return STATUS_OK;
}
