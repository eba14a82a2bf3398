/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: an EAP server with TLS in memory (GnuTLS), who the client's questions are answered by, and a conversation of both.
 * Must not know: what is to come out.
 */
#pragma once

#include "crypto/x509.h"
#include "rig.h"

#include "../crypto/question.h"

#define SERVER_NAME "radius.example"
#define FRAGMENT_DEFAULT 1000

typedef struct TlsServer TlsServer;

struct TlsServer
{
	guint8 type;
	gnutls_session_t session;
	gnutls_certificate_credentials_t credentials;
	GByteArray *in, *out;
	gsize in_pos;
	GByteArray *incoming; /* fragments of the client */
	GBytes *flight;
	gsize flight_pos;
	gsize fragment_octets;
	gboolean length_everywhere;
	gboolean open;
	guint8 id;
	/* The second phase. @plain may be empty: the client has said nothing, or TLS is open just now. */
	void (*inner) (TlsServer *server, Slice plain);
	guint step;
	gboolean success, failure; /* what the next packet says */
	const char *error;
	guint n_client_certificates;
	guint n_fragments_in;
	GString *plain_log;
};

static inline ssize_t
server_push (gnutls_transport_ptr_t transport, const void *data, size_t octets)
{
	TlsServer *server = transport;

	g_byte_array_append (server->out, data, (guint) octets);
	return (ssize_t) octets;
}

static inline ssize_t
server_pull (gnutls_transport_ptr_t transport, void *data, size_t octets)
{
	TlsServer *server = transport;
	gsize n = MIN ((gsize) server->in->len - server->in_pos, octets);

	if (n == 0)
	{
		gnutls_transport_set_errno (server->session, EAGAIN);
		return -1;
	}
	memcpy (data, server->in->data + server->in_pos, n);
	server->in_pos += n;
	return (ssize_t) n;
}

static inline int
server_pull_timeout (gnutls_transport_ptr_t transport, unsigned int ms)
{
	const TlsServer *server = transport;

	return server->in_pos < server->in->len;
}

/* @version: "1.2" or "1.3";  @chain: the server's own first */
static inline TlsServer *
server_new (guint8 type, const char *version, const TestCert *const *chain, guint n_chain)
{
	TlsServer *server = g_new0 (TlsServer, 1);
	g_autofree char *priority = g_strdup_printf ("NORMAL:-VERS-ALL:+VERS-TLS%s", version);
	gnutls_x509_crt_t list[8];

	server->type = type;
	server->in = g_byte_array_new ();
	server->out = g_byte_array_new ();
	server->incoming = g_byte_array_new ();
	server->plain_log = g_string_new (NULL);
	server->fragment_octets = FRAGMENT_DEFAULT;
	server->id = 100;
	for (guint i = 0; i < n_chain; i++)
		list[i] = chain[i]->crt;
	G (gnutls_certificate_allocate_credentials (&server->credentials));
	G (gnutls_certificate_set_x509_key (server->credentials, list, (int) n_chain, chain[0]->key));
	G (gnutls_init (&server->session, GNUTLS_SERVER | GNUTLS_NONBLOCK));
	G (gnutls_priority_set_direct (server->session, priority, NULL));
	G (gnutls_credentials_set (server->session, GNUTLS_CRD_CERTIFICATE, server->credentials));
	gnutls_certificate_server_set_request (server->session,
	                                       type == EAP_TYPE_TLS ? GNUTLS_CERT_REQUIRE : GNUTLS_CERT_IGNORE);
	gnutls_transport_set_ptr (server->session, server);
	gnutls_transport_set_push_function (server->session, server_push);
	gnutls_transport_set_pull_function (server->session, server_pull);
	gnutls_transport_set_pull_timeout_function (server->session, server_pull_timeout);
	return server;
}

static inline void
server_free (TlsServer *server)
{
	gnutls_deinit (server->session);
	gnutls_certificate_free_credentials (server->credentials);
	g_byte_array_unref (server->in);
	g_byte_array_unref (server->out);
	g_byte_array_unref (server->incoming);
	g_clear_pointer (&server->flight, g_bytes_unref);
	g_string_free (server->plain_log, TRUE);
	g_free (server);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TlsServer, server_free)

static inline void
server_write (TlsServer *server, Slice plain)
{
	g_assert_cmpint (gnutls_record_send (server->session, plain.data, plain.len), ==, (ssize_t) plain.len);
}

static inline gboolean
server_is_13 (const TlsServer *server)
{
	return gnutls_protocol_get_version (server->session) == GNUTLS_TLS1_3;
}

/* What an EAP server would give to its gateway. */
static inline void
server_msk (const TlsServer *server, guint8 ret_msk[64])
{
	guint8 material[128];
	const char *label = server->type == EAP_TYPE_TTLS ? "ttls keying material" : "client EAP encryption";

	if (server_is_13 (server))
		G (gnutls_prf_rfc5705 (server->session, 29, "EXPORTER_EAP_TLS_Key_Material", 1, (const char *) &server->type,
		                       sizeof material, (char *) material));
	else
		G (gnutls_prf_rfc5705 (server->session, strlen (label), label, 0, NULL, sizeof material, (char *) material));
	memcpy (ret_msk, material, 64);
}

static inline void
server_run (TlsServer *server)
{
	guint8 plain[4096];
	ssize_t n;
	int result;

	if (!server->open)
	{
		result = gnutls_handshake (server->session);
		if (result == GNUTLS_E_AGAIN)
			return;
		if (result < 0)
		{
			server->error = gnutls_strerror (result);
			gnutls_alert_send_appropriate (server->session, result);
			server->failure = server->out->len == 0;
			return;
		}
		server->open = TRUE;
		if (gnutls_certificate_get_peers (server->session, &server->n_client_certificates) == NULL)
			server->n_client_certificates = 0;
		/* With TLS 1.2 the Finished goes out first. */
		if (!server_is_13 (server))
			return;
	}
	n = gnutls_record_recv (server->session, plain, sizeof plain);
	if (n > 0)
		g_string_append_len (server->plain_log, (const char *) plain, n);
	if (n <= 0 && n != GNUTLS_E_AGAIN)
	{
		server->error = n == 0 ? "closed" : gnutls_strerror ((int) n);
		server->failure = TRUE;
		return;
	}
	if (server->inner != NULL)
		server->inner (server, slice (plain, n > 0 ? (gsize) n : 0));
}

static inline GBytes *
server_fragment (TlsServer *server)
{
	GByteArray *data = g_byte_array_new ();
	Slice all = slice_bytes (server->flight);
	gsize n = MIN (all.len - server->flight_pos, server->fragment_octets);
	gboolean more = server->flight_pos + n < all.len;
	gboolean length = server->length_everywhere || (server->flight_pos == 0 && more);
	guint8 flags = (guint8) ((length ? 0x80 : 0) | (more ? 0x40 : 0));
	guint8 octets[4] = { (guint8) (all.len >> 24), (guint8) (all.len >> 16), (guint8) (all.len >> 8),
		                 (guint8) all.len };

	g_byte_array_append (data, &flags, 1);
	if (length)
		g_byte_array_append (data, octets, 4);
	if (n > 0)
		g_byte_array_append (data, all.data + server->flight_pos, (guint) n);
	server->flight_pos += n;
	if (!more)
		g_clear_pointer (&server->flight, g_bytes_unref);
	return g_byte_array_free_to_bytes (data);
}

/* @data: type-data of the client's response. Returns: that of the next request; NULL: .success or .failure is said. */
static inline GBytes *
server_step (TlsServer *server, Slice data)
{
	gsize skip = data.len > 0 && (data.data[0] & 0x80) != 0 ? 5 : 1;
	gboolean more = data.len > 0 && (data.data[0] & 0x40) != 0;
	const guint8 acknowledge = 0;

	g_assert_cmpuint (data.len, >=, skip);
	g_assert_cmpuint (data.data[0] & 0x3f, ==, 0);
	if (server->flight != NULL)
	{
		g_assert_cmpuint (data.len, ==, 1);
		return server_fragment (server);
	}
	g_byte_array_append (server->incoming, data.data + skip, (guint) (data.len - skip));
	if (more)
	{
		server->n_fragments_in++;
		return g_bytes_new (&acknowledge, 1);
	}
	g_byte_array_append (server->in, server->incoming->data, server->incoming->len);
	g_byte_array_set_size (server->incoming, 0);
	server_run (server);
	if (server->out->len == 0 && (server->success || server->failure))
		return NULL;
	server->flight = g_bytes_new (server->out->data, server->out->len);
	server->flight_pos = 0;
	g_byte_array_set_size (server->out, 0);
	return server_fragment (server);
}

/* -- The client's side --------------------------------------------------------------------------------------------- */

/* Who judges, signs and types. */
typedef struct
{
	const TestCert *trusted; /* anchor */
	const char *name;
	gint64 now_s;
	const TestCert *user; /* EAP-TLS */
	const TestCert *user_ca;
	const char *password, *code;
	const EapInner *inner;
	gsize n_inner;
	const char *anonymous;
	gboolean refuse_to_sign;

	EapPeer *peer;
	SigKey *key;
	GString *asked; /* V verify, S sign, P password, A again, C code */
	char *prompt;
	EapVerdict verdict;
	Status status;
	char *detail;
	guint n_packets;
} Client;

#define CLIENT                                                                                                         \
	{                                                                                                                  \
		.trusted = the_ca (), .name = SERVER_NAME, .now_s = TEST_NOW, .password = CLIENT_PASS                          \
	}

static inline SigKey *
client_key (const TestCert *cert)
{
	gnutls_datum_t pem = { NULL, 0 };
	SigKey *key = NULL;

	G (gnutls_x509_privkey_export2_pkcs8 (cert->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem));
	g_assert_cmpint (sig_key_new (slice (pem.data, pem.size), NULL, &key), ==, STATUS_OK);
	gnutls_free (pem.data);
	return key;
}

static inline void
client_start (Client *client, guint8 type)
{
	static const Rng rng = { rig_fill, NULL };
	SigScheme schemes[SIG_COUNT];
	GBytes *certificates[2];
	EapConfig config = { .identity = USER, .methods = &type, .n_methods = 1 };

	if (client->user != NULL)
	{
		client->key = client_key (client->user);
		for (guint i = 0; i < SIG_COUNT; i++)
			if (sig_scheme_fits ((SigScheme) i, sig_key_type (client->key)))
				schemes[config.tls.n_key_schemes++] = (SigScheme) i;
		certificates[config.tls.n_certificates++] = client->user->der;
		if (client->user_ca != NULL)
			certificates[config.tls.n_certificates++] = client->user_ca->der;
	}
	config.tls.certificates = certificates;
	config.tls.key_schemes = schemes;
	config.tls.inner = client->inner;
	config.tls.n_inner = client->n_inner;
	config.tls.anonymous = client->anonymous;
	client->asked = g_string_new (NULL);
	client->peer = eap_peer_new (&config, &rng);
}

static inline void
client_clear (Client *client)
{
	g_clear_pointer (&client->peer, eap_peer_free);
	g_clear_pointer (&client->key, sig_key_free);
	if (client->asked != NULL)
		g_string_free (client->asked, TRUE);
	g_free (client->detail);
	g_free (client->prompt);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Client, client_clear)

static inline Status
client_judge (Client *client, const EapResult *result, char **ret_detail)
{
	Slice certificates[X509_MAX_CERTIFICATES];
	g_autoptr (GString) pem = g_string_new (NULL);
	g_autoptr (X509Anchors) anchors = NULL;
	X509Question question = { .certificates = certificates,
		                      .n_certificates = result->certificates->len,
		                      .name_type = X509_NAME_DNS,
		                      .name = slice_text (client->name),
		                      .now_s = client->now_s };

	g_assert_cmpuint (result->certificates->len, <=, X509_MAX_CERTIFICATES);
	for (guint i = 0; i < result->certificates->len; i++)
		certificates[i] = slice_bytes (result->certificates->pdata[i]);
	test_cert_pem (pem, test_cert_slice (client->trusted));
	g_assert_cmpint (x509_anchors_new (slice (pem->str, pem->len), &anchors), ==, STATUS_OK);
	question.anchors = anchors;
	return x509_verify_gateway (&question, ret_detail);
}

/* Answers a question. A bad certificate or an unwilling key ends the conversation, as ike/ does it. */
static inline EapResult
client_answer (Client *client, const EapResult *result)
{
	g_autoptr (GBytes) signature = NULL;

	switch (result->ask)
	{
	case EAP_ASK_VERIFY:
	{
		char *detail = NULL;
		Status status = client_judge (client, result, &detail);

		g_string_append_c (client->asked, 'V');
		if (status != STATUS_OK)
			return (EapResult){ .verdict = EAP_FAILURE, .status = status, .detail = detail };
		return eap_peer_answer (client->peer, SLICE_NONE);
	}
	case EAP_ASK_SIGN:
		g_string_append_c (client->asked, 'S');
		if (client->refuse_to_sign)
			return (EapResult){ .verdict = EAP_FAILURE, .status = STATUS_BAD_KEY };
		g_assert_cmpint ((result->is_digest ? sig_sign_digest : sig_sign) (client->key, result->scheme,
		                                                                   slice_bytes (result->octets), &signature),
		                 ==, STATUS_OK);
		return eap_peer_answer (client->peer, slice_bytes (signature));
	case EAP_ASK_PASSWORD:
		g_string_append_c (client->asked, result->ask_again ? 'A' : 'P');
		if (result->ask_again)
			return eap_peer_decline (client->peer);
		return eap_peer_answer (client->peer, slice_text (client->password));
	case EAP_ASK_CODE:
		g_string_append_c (client->asked, 'C');
		g_free (client->prompt);
		client->prompt = g_strdup (result->prompt);
		return eap_peer_answer (client->peer, slice_text (client->code != NULL ? client->code : ""));
	}
	return (EapResult){ .verdict = EAP_DISCARD };
}

/* One packet and all questions that it leads to. */
static inline EapResult
client_input (Client *client, guint8 code, guint8 id, guint8 type, Slice data)
{
	EapResult result = rig_input (client->peer, code, id, type, data);

	while (result.verdict == EAP_ASK)
	{
		EapResult next = client_answer (client, &result);

		eap_result_clear (&result);
		result = next;
	}
	return result;
}

/* What a test may do to a packet of the server on its way; the data may be replaced. */
typedef void (*Meddle) (guint n, GBytes **data, gpointer user_data);

static inline void
converse_with (Client *client, TlsServer *server, Meddle meddle, gpointer user_data)
{
	const guint8 start = 0x20;
	GBytes *data = g_bytes_new (&start, 1);

	client_start (client, server->type);
	for (client->n_packets = 0; client->n_packets < 200; client->n_packets++)
	{
		g_auto (EapResult) result = { 0 };

		if (data != NULL && meddle != NULL)
			meddle (client->n_packets, &data, user_data);
		if (data != NULL)
			result = client_input (client, REQUEST, server->id++, server->type, slice_bytes (data));
		else
			result =
			    client_input (client, server->success ? SUCCESS : FAILURE, (guint8) (server->id - 1), 0, SLICE_NONE);
		g_clear_pointer (&data, g_bytes_unref);
		client->verdict = result.verdict;
		if (result.verdict != EAP_SEND)
		{
			client->status = result.status;
			client->detail = g_strdup (result.detail);
			return;
		}
		data = server_step (server, rig_data (&result));
	}
	g_assert_not_reached ();
}

static inline void
converse (Client *client, TlsServer *server)
{
	converse_with (client, server, NULL, NULL);
}

static inline void
check_success (const Client *client, const TlsServer *server)
{
	guint8 msk[64];

	if (client->verdict != EAP_SUCCESS)
		g_error ("%s: %s; server: %s", status_name (client->status), client->detail, server->error);
	server_msk (server, msk);
	g_assert_cmpmem (eap_peer_msk (client->peer).data, eap_peer_msk (client->peer).len, msk, 64);
}

static inline void
check_failure (const Client *client, Status status, const char *words)
{
	EapResult result = { .verdict = client->verdict, .status = client->status, .detail = client->detail };

	rig_check_failure (&result, status, words);
	g_assert_cmpuint (eap_peer_msk (client->peer).len, ==, 0);
}

static inline TestCert *
server_cert (void)
{
	TestCertOptions o = { .dn = "CN=radius",
		                  .issuer = the_ca (),
		                  .key_usage = KU_SIGN,
		                  .dns = { SERVER_NAME },
		                  .purposes = { GNUTLS_KP_TLS_WWW_SERVER } };

	return test_cert_new (&o);
}
