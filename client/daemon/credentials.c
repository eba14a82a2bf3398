/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "credentials.h"

#include "crypto/container.h"
#include "crypto/token.h"
#include "crypto/x509.h"

/* Where certificate and key come from. Not changed after it is made, so that a thread may read it. */
typedef struct
{
	GBytes *certificate, *key, *pkcs12; /* contents, or NULL */
	char *certificate_uri, *key_uri;    /* on a token, or NULL */
} Sources;

/* What came out of them. */
typedef struct
{
	Status status;
	const char *detail; /* of constant text, or NULL */
	SigKey *key;
	GBytes *chain;     /* PEM */
	gboolean asks_pin; /* for STATUS_SECRET_*: of a token, not a passphrase */
	TokenState token;
} Opened;

struct Credentials
{
	gatomicrefcount references; /* of the owner and of each thread at work */
	gboolean given_up;          /* the owner is gone: nobody is called any more */
	Sources sources;
	SigKey *key;
	GBytes *chain;
	GMutex lock; /* one call to the token at a time */

	Agents *agents;
	AgentsQuestion question;
	AgentsRequest *request;
	char *label;
	guint tries;
	void (*asking) (gpointer user_data);
	CredentialsOpened done;
	gpointer user_data;
};

static void
opened_clear (Opened *opened)
{
	g_clear_pointer (&opened->key, sig_key_free);
	g_clear_pointer (&opened->chain, g_bytes_unref);
}

static void
credentials_unref (Credentials *c)
{
	if (!g_atomic_ref_count_dec (&c->references))
		return;
	g_clear_pointer (&c->sources.certificate, g_bytes_unref);
	g_clear_pointer (&c->sources.key, g_bytes_unref);
	g_clear_pointer (&c->sources.pkcs12, g_bytes_unref);
	g_free (c->sources.certificate_uri);
	g_free (c->sources.key_uri);
	sig_key_free (c->key);
	g_clear_pointer (&c->chain, g_bytes_unref);
	g_mutex_clear (&c->lock);
	g_free (c->label);
	g_free (c);
}

static GBytes *
contents_of (const Profile *profile, const char *name)
{
	GBytes *contents = profile_contents (profile, name);

	return contents != NULL ? g_bytes_ref (contents) : NULL;
}

static char *
uri_of (const Profile *profile, const char *name)
{
	return profile_on_token (profile, name) ? g_strdup (profile_text (profile, name)) : NULL;
}

/* -- Opening ------------------------------------------------------------------------------------------------------ */

static gboolean
needs_passphrase (const Sources *sources)
{
	return sources->pkcs12 != NULL || (sources->key != NULL && container_is_encrypted (slice_bytes (sources->key)));
}

static gboolean
needs_token (const Sources *sources)
{
	return sources->certificate_uri != NULL || sources->key_uri != NULL;
}

static Status
open_certificate (const Sources *sources, const char *secret, Opened *opened)
{
	g_autoptr (GString) pem = NULL;
	Status status;

	if (sources->certificate_uri == NULL)
	{
		opened->chain = g_bytes_ref (sources->certificate);
		return STATUS_OK;
	}
	pem = g_string_new (NULL);
	opened->asks_pin = TRUE;
	status = token_certificate (sources->certificate_uri, secret, pem, &opened->token);
	if (status == STATUS_OK)
		opened->chain = g_bytes_new (pem->str, pem->len);
	else
		opened->detail = "certificate";
	return status;
}

static Status
open_key (const Sources *sources, const char *secret, Opened *opened)
{
	Status status;

	opened->asks_pin = sources->key_uri != NULL;
	if (sources->key_uri != NULL)
		status = token_key_new (sources->key_uri, secret, &opened->key, &opened->token);
	else
		status = sig_key_new (slice_bytes (sources->key), needs_passphrase (sources) ? secret : NULL, &opened->key);
	if (status == STATUS_BAD_KEY)
		opened->detail = sources->key_uri != NULL
		                     ? "the private key on the token cannot be used: RSA keys have at least 2048 bits"
		                     : "the private key cannot be read: it must be PEM, and RSA keys have at least 2048 bits";
	else if (status != STATUS_OK)
		opened->detail = "private key";
	return status;
}

static Status
open_pkcs12 (const Sources *sources, const char *secret, Opened *opened)
{
	g_autoptr (GBytes) key = NULL;
	Status status = container_pkcs12_open (slice_bytes (sources->pkcs12), secret, &opened->chain, &key);

	if (status == STATUS_OK)
		status = sig_key_new (slice_bytes (key), NULL, &opened->key);
	if (status == STATUS_BAD_KEY || status == STATUS_TOO_LARGE)
		opened->detail = "the PKCS#12 file cannot be read, or has no certificate with a private key that can be used";
	return status;
}

static Status
check_pair (Opened *opened)
{
	g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

	if (x509_pem_to_der (slice_bytes (opened->chain), chain) != STATUS_OK)
		opened->detail = "the certificate cannot be read: it must be PEM";
	else if (!sig_key_matches (opened->key, slice_bytes (chain->pdata[0])))
		opened->detail = "the private key does not belong to the certificate";
	else
		return STATUS_OK;
	return STATUS_INVALID_PROFILE;
}

/* Everything with one @secret, or NULL. Runs on any thread. */
static void
open_sources (const Sources *sources, const char *secret, Opened *opened)
{
	Status status;

	*opened = (Opened){ 0 };
	if (sources->pkcs12 != NULL)
		status = open_pkcs12 (sources, secret, opened);
	else
	{
		status = open_certificate (sources, secret, opened);
		if (status == STATUS_OK)
			status = open_key (sources, secret, opened);
	}
	if (status == STATUS_OK)
		status = check_pair (opened);
	opened->status = status == STATUS_BAD_KEY || status == STATUS_TOO_LARGE ? STATUS_INVALID_PROFILE : status;
}

Credentials *
credentials_new (const Profile *profile, GError **error)
{
	Credentials *c = g_new0 (Credentials, 1);
	Sources *sources = &c->sources;
	Opened opened = { 0 };

	g_atomic_ref_count_init (&c->references);
	g_mutex_init (&c->lock);
	sources->certificate = contents_of (profile, "user.certificate");
	sources->key = contents_of (profile, "user.key");
	sources->pkcs12 = contents_of (profile, "user.pkcs12");
	sources->certificate_uri = uri_of (profile, "user.certificate");
	sources->key_uri = uri_of (profile, "user.key");
	if (!profile_uses_certificate (profile) && sources->certificate == NULL && sources->certificate_uri == NULL &&
	    sources->pkcs12 == NULL)
		return c;
	if (sources->pkcs12 == NULL && ((sources->certificate == NULL && sources->certificate_uri == NULL) ||
	                                (sources->key == NULL && sources->key_uri == NULL)))
		opened.detail = "method=certificate and eap=tls need certificate and key";
	else if (!needs_passphrase (sources) && !needs_token (sources))
		open_sources (sources, NULL, &opened);
	if (opened.detail != NULL)
	{
		g_set_error_literal (error, PROFILE_ERROR, PROFILE_ERROR_INVALID, opened.detail);
		opened_clear (&opened);
		g_clear_pointer (&c, credentials_unref);
		return NULL;
	}
	c->key = opened.key;
	c->chain = opened.chain;
	return c;
}

void
credentials_free (Credentials *c)
{
	if (c == NULL)
		return;
	c->given_up = TRUE;
	if (c->request != NULL)
		agents_request_cancel (g_steal_pointer (&c->request));
	credentials_unref (c);
}

gboolean
credentials_are_open (const Credentials *c)
{
	return c->key != NULL || (!needs_passphrase (&c->sources) && !needs_token (&c->sources));
}

const SigKey *
credentials_key (const Credentials *c)
{
	return c->key;
}

GBytes *
credentials_chain (const Credentials *c)
{
	return c->chain;
}

/* -- With a person ------------------------------------------------------------------------------------------------ */

static void try_secret (Credentials *c, const char *secret);

static void
finish (Credentials *c, Status status, const char *detail)
{
	/* The owner may let go of us in there, and @detail may be ours. */
	g_atomic_ref_count_inc (&c->references);
	c->done (status, detail, c->user_data);
	credentials_unref (c);
}

static void
on_secret (Status status, const char *secret, gpointer user_data)
{
	Credentials *c = user_data;

	c->request = NULL;
	if (status == STATUS_OK)
		try_secret (c, secret);
	else
		/* A wrong answer and nobody to give another is a wrong answer. */
		finish (c, status == STATUS_SECRET_NEEDED && c->tries > 0 ? STATUS_SECRET_WRONG : status, c->label);
}

/* "PIN of the token Office (the last try before it locks)". */
static char *
make_label (const Credentials *c, const Opened *opened)
{
	const TokenState *token = &opened->token;

	if (c->sources.pkcs12 != NULL)
		return g_strdup ("Passphrase of the PKCS#12 file");
	if (!opened->asks_pin)
		return g_strdup ("Passphrase of the private key");
	return g_strdup_printf ("PIN of the token %s%s", token->label,
	                        token->last_try   ? " (the last try before it locks)"
	                        : token->few_left ? " (few tries are left before it locks)"
	                                          : "");
}

static void
ask (Credentials *c, const Opened *opened)
{
	AgentsQuestion question = c->question;

	g_free (c->label);
	c->label = make_label (c, opened);
	question.field = opened->asks_pin ? "pin" : "passphrase";
	question.label = c->label;
	question.message = "";
	question.flags = c->tries > 0 ? 2 : 0;
	c->asking (c->user_data);
	c->request = agents_ask (c->agents, &question, on_secret, c);
	if (c->request == NULL)
		on_secret (STATUS_SECRET_NEEDED, NULL, c);
}

static void
take_opened (Credentials *c, Opened *opened)
{
	if (opened->status == STATUS_OK)
	{
		c->key = g_steal_pointer (&opened->key);
		c->chain = g_steal_pointer (&opened->chain);
	}
	c->tries += opened->status == STATUS_SECRET_WRONG;
	if (opened->status != STATUS_SECRET_WRONG && opened->status != STATUS_SECRET_NEEDED)
		finish (c, opened->status, opened->detail);
	else if (c->tries >= CREDENTIALS_MAX_TRIES)
		finish (c, STATUS_SECRET_WRONG, c->label);
	else
		ask (c, opened);
}

/* -- Threads ------------------------------------------------------------------------------------------------------ */

typedef struct
{
	Credentials *credentials;
	Secret secret; /* with its NUL; empty: none */
	Opened opened;
	/* Of a signature. */
	guint id;
	SigScheme scheme;
	gboolean digest;
	GBytes *message, *signature;
	Status status;
	CredentialsSigned done;
	gpointer user_data;
} Work;

static void
work_free (gpointer data)
{
	Work *work = data;

	secret_clear (&work->secret);
	opened_clear (&work->opened);
	g_clear_pointer (&work->message, g_bytes_unref);
	g_clear_pointer (&work->signature, g_bytes_unref);
	credentials_unref (work->credentials);
	g_free (work);
}

static Work *
work_new (Credentials *c)
{
	Work *work = g_new0 (Work, 1);

	g_atomic_ref_count_inc (&c->references);
	work->credentials = c;
	return work;
}

static void
open_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	Work *work = data;

	g_mutex_lock (&work->credentials->lock);
	open_sources (&work->credentials->sources, (const char *) work->secret.data, &work->opened);
	g_mutex_unlock (&work->credentials->lock);
	g_task_return_boolean (task, TRUE);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
	Work *work = g_task_get_task_data (G_TASK (result));

	if (!work->credentials->given_up)
		take_opened (work->credentials, &work->opened);
}

static void
try_secret (Credentials *c, const char *secret)
{
	g_autoptr (GTask) task = g_task_new (NULL, NULL, on_opened, NULL);
	Work *work = work_new (c);

	if (secret != NULL)
		secret_set (&work->secret, slice (secret, strlen (secret) + 1));
	g_task_set_task_data (task, work, work_free);
	g_task_run_in_thread (task, open_in_thread);
}

void
credentials_open (Credentials *c, Agents *agents, const AgentsQuestion *question, void (*asking) (gpointer user_data),
                  CredentialsOpened done, gpointer user_data)
{
	c->agents = agents;
	c->question = *question;
	c->asking = asking;
	c->done = done;
	c->user_data = user_data;
	try_secret (c, NULL);
}

static Status
make_signature (const SigKey *key, SigScheme scheme, Slice message, gboolean digest, GBytes **ret_signature)
{
	return digest ? sig_sign_digest (key, scheme, message, ret_signature)
	              : sig_sign (key, scheme, message, ret_signature);
}

static void
sign_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
	Work *work = data;

	g_mutex_lock (&work->credentials->lock);
	work->status = make_signature (work->credentials->key, work->scheme, slice_bytes (work->message), work->digest,
	                               &work->signature);
	g_mutex_unlock (&work->credentials->lock);
	g_task_return_boolean (task, TRUE);
}

static void
on_signed (GObject *source, GAsyncResult *result, gpointer user_data)
{
	Work *work = g_task_get_task_data (G_TASK (result));

	if (!work->credentials->given_up)
		work->done (work->status, slice_bytes (work->signature), work->id, work->user_data);
}

void
credentials_sign (Credentials *c, SigScheme scheme, Slice message, gboolean digest, guint id, CredentialsSigned done,
                  gpointer user_data)
{
	g_autoptr (GBytes) signature = NULL;
	g_autoptr (GTask) task = NULL;
	Work *work;
	Status status = STATUS_BAD_KEY;

	if (c->key == NULL || !sig_key_on_token (c->key))
	{
		if (c->key != NULL)
			status = make_signature (c->key, scheme, message, digest, &signature);
		done (status, slice_bytes (signature), id, user_data);
		return;
	}
	task = g_task_new (NULL, NULL, on_signed, NULL);
	work = work_new (c);
	work->scheme = scheme;
	work->digest = digest;
	work->message = slice_dup (message);
	work->id = id;
	work->done = done;
	work->user_data = user_data;
	g_task_set_task_data (task, work, work_free);
	g_task_run_in_thread (task, sign_in_thread);
}
