/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: certificate and private key of one user: opening what is sealed (PKCS#12, encrypted PEM) or on a token, asking for
 * the passphrase or PIN, signing. Must not know: what a connection is, what is signed.
 *
 * Deriving keys from passphrases and talking to tokens takes long: that happens on another thread, one call at a time.
 */
#pragma once

#include "agents.h"
#include "crypto/sig.h"
#include "profile/profile.h"

#define CREDENTIALS_MAX_TRIES 3

typedef struct Credentials Credentials;

/**
 * credentials_new:
 * What is neither sealed nor on a token is opened now.
 * Returns: also for a profile without a certificate: there is then nothing to open and no key.
 * Errors: PROFILE_ERROR_INVALID: a certificate or key is missing, cannot be read, or they do not belong together
 */
Credentials *credentials_new (const Profile *profile, GError **error);
/* What is still going on ends unheard. */
void credentials_free (Credentials *credentials);

/* FALSE: credentials_open() must be called first. */
gboolean credentials_are_open (const Credentials *credentials);

/* @detail: more words, or NULL */
typedef void (*CredentialsOpened) (Status status, const char *detail, gpointer user_data);

/**
 * credentials_open:
 * @question: who to ask; field, label, message and flags are filled in here. Its strings must live until @done
 * @asking: called when a person is being asked
 * Asks at most CREDENTIALS_MAX_TRIES times, and never once the token is locked.
 * @done gets: STATUS_OK; STATUS_SECRET_WRONG, STATUS_SECRET_NEEDED, STATUS_SECRET_CANCELLED; STATUS_TOKEN_*;
 *             STATUS_INVALID_PROFILE with the words of credentials_new()
 */
void credentials_open (Credentials *credentials, Agents *agents, const AgentsQuestion *question,
                       void (*asking) (gpointer user_data), CredentialsOpened done, gpointer user_data);

/* Once open; NULL: the profile has none. */
const SigKey *credentials_key (const Credentials *credentials);
GBytes *credentials_chain (const Credentials *credentials); /* PEM, the user's own first */

typedef void (*CredentialsSigned) (Status status, Slice signature, guint id, gpointer user_data);

/* @digest: the message is its own digest, see sig_sign_digest(). @done may be called before this returns. @id: goes to @done.
 * Errors: see sig_sign() */
void credentials_sign (Credentials *credentials, SigScheme scheme, Slice message, gboolean digest, guint id,
                       CredentialsSigned done, gpointer user_data);
