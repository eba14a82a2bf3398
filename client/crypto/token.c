/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "token.h"

#include <gnutls/pkcs11.h>
#include <gnutls/x509.h>

#include "container.h"
#include "sig-private.h"

static TokenLogin *
login_new (const char *pin)
{
	TokenLogin *login = g_new0 (TokenLogin, 1);

	if (pin != NULL)
		secret_set (&login->pin, slice (pin, strlen (pin) + 1));
	return login;
}

void
token_login_free (TokenLogin *login)
{
	if (login == NULL)
		return;
	secret_clear (&login->pin);
	g_free (login);
}

static void
note_state (TokenState *state, const char *label, guint flags)
{
	g_autofree char *valid = g_utf8_make_valid (label != NULL ? label : "", -1);

	g_strlcpy (state->label, valid, sizeof state->label);
	state->few_left = (flags & GNUTLS_PIN_COUNT_LOW) != 0;
	state->last_try = (flags & GNUTLS_PIN_FINAL_TRY) != 0;
}

/* A PIN that is wrong once is not tried twice. */
static int
on_pin (void *user_data, int attempt, const char *url, const char *label, unsigned int flags, char *ret_pin, size_t max)
{
	TokenLogin *login = user_data;

	note_state (&login->state, label, flags);
	login->needed = login->pin.data == NULL;
	login->wrong = !login->needed && (attempt > 0 || (flags & GNUTLS_PIN_WRONG) != 0);
	if (login->needed || login->wrong || login->pin.len > max)
		return GNUTLS_E_PKCS11_PIN_ERROR;
	memcpy (ret_pin, login->pin.data, login->pin.len);
	return 0;
}

Status
token_status (int error)
{
	static const struct
	{
		int error;
		Status status;
	} rows[] = {
		{ GNUTLS_E_PKCS11_PIN_LOCKED, STATUS_TOKEN_LOCKED },
		{ GNUTLS_E_PKCS11_PIN_EXPIRED, STATUS_TOKEN_LOCKED },
		{ GNUTLS_E_PKCS11_PIN_ERROR, STATUS_SECRET_WRONG },
		{ GNUTLS_E_PKCS11_USER_ERROR, STATUS_SECRET_WRONG },
		{ GNUTLS_E_PKCS11_REQUESTED_OBJECT_NOT_AVAILBLE, STATUS_TOKEN_MISSING },
		{ GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE, STATUS_TOKEN_MISSING },
		{ GNUTLS_E_PKCS11_SLOT_ERROR, STATUS_TOKEN_MISSING },
		{ GNUTLS_E_PKCS11_TOKEN_ERROR, STATUS_TOKEN_MISSING },
		{ GNUTLS_E_PKCS11_LOAD_ERROR, STATUS_TOKEN_MISSING },
	};

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].error == error)
			return rows[i].status;
	return error >= 0 ? STATUS_OK : STATUS_TOKEN_ERROR;
}

static Status
login_status (const TokenLogin *login, int error, TokenState *ret_state)
{
	*ret_state = login->state;
	if (error >= 0)
		return STATUS_OK;
	if (error == GNUTLS_E_PKCS11_PIN_LOCKED)
		return STATUS_TOKEN_LOCKED;
	if (login->needed)
		return STATUS_SECRET_NEEDED;
	return login->wrong ? STATUS_SECRET_WRONG : token_status (error);
}

/* Before a PIN is spent: whether there is a token, and whether it listens. */
static Status
look_at_token (const char *uri)
{
	unsigned int flags = 0;
	int error = gnutls_pkcs11_token_get_flags (uri, &flags);

	if (error < 0)
		return token_status (error);
	return (flags & GNUTLS_PKCS11_TOKEN_USER_PIN_LOCKED) != 0 ? STATUS_TOKEN_LOCKED : STATUS_OK;
}

static int
import_certificate (const char *uri, TokenLogin *login, guint flags, GString *pem)
{
	gnutls_datum_t der = { NULL, 0 };
	gnutls_x509_crt_t crt;
	int error = gnutls_x509_crt_init (&crt);

	if (error < 0)
		return error;
	gnutls_x509_crt_set_pin_function (crt, on_pin, login);
	error = gnutls_x509_crt_import_url (crt, uri, flags);
	if (error >= 0)
		error = gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_DER, &der);
	if (error >= 0 && container_certificate_to_pem (slice (der.data, der.size), pem) != STATUS_OK)
		error = GNUTLS_E_ASN1_DER_ERROR;
	gnutls_free (der.data);
	gnutls_x509_crt_deinit (crt);
	return error;
}

Status
token_certificate (const char *uri, const char *pin, GString *pem, TokenState *state)
{
	g_autoptr (TokenLogin) login = login_new (pin);
	Status status = look_at_token (uri);
	int error;

	if (status != STATUS_OK)
		return status;
	/* Certificates are public as a rule: first without a PIN. */
	error = import_certificate (uri, login, 0, pem);
	if (token_status (error) == STATUS_TOKEN_MISSING)
		error = import_certificate (uri, login, GNUTLS_PKCS11_OBJ_FLAG_LOGIN, pem);
	return login_status (login, error, state);
}

Status
token_key_new (const char *uri, const char *pin, SigKey **ret_key, TokenState *state)
{
	g_autoptr (SigKey) key = NULL;
	Status status = look_at_token (uri);
	int error;

	if (status != STATUS_OK)
		return status;
	key = g_new0 (SigKey, 1);
	key->login = login_new (pin);
	if (gnutls_privkey_init (&key->key) != 0)
		return STATUS_NO_MEMORY;
	gnutls_privkey_set_pin_function (key->key, on_pin, key->login);
	error = gnutls_privkey_import_url (key->key, uri, 0);
	status = login_status (key->login, error, state);
	if (status != STATUS_OK)
		return status;
	status = sig_key_judge (key);
	if (status == STATUS_OK)
		*ret_key = g_steal_pointer (&key);
	return status;
}
