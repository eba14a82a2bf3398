/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what a private key is, for sig.c and token.c. Must not know: anything outside them.
 */
#pragma once

#include <gnutls/abstract.h>

#include "sig.h"
#include "token.h"

/* What GnuTLS asks us while it talks to a token, for as long as the key lives: some want the PIN before each signature. */
typedef struct
{
	Secret pin; /* with its NUL; .data is NULL when there is none */
	TokenState state;
	gboolean needed, wrong;
} TokenLogin;

struct SigKey
{
	gnutls_privkey_t key;
	SigKeyType type;
	TokenLogin *login; /* NULL: not on a token */
};

void token_login_free (TokenLogin *login);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TokenLogin, token_login_free)

/* Finds out the type of .key and that it is one to use. Errors: STATUS_BAD_KEY */
Status sig_key_judge (SigKey *key);

/* token.c: what an error of GnuTLS about a token means. */
Status token_status (int error);
