/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys on a token: SoftHSM, behind a module that locks the PIN as cards do. Usage: test-token MODULE */
#include <gnutls/pkcs11.h>

#include "vectors.h"

#include <glib/gstdio.h>

#include "certificates.h"
#include "crypto/sig.h"
#include "crypto/token.h"
#include "crypto/x509.h"

#define PIN "123456"
#define URI "pkcs11:token=Office%20key"

static char *folder;
static TestCert *certs[2];
static const char *const names[] = { "rsa", "ecdsa" };

/* A token of the test's own. FALSE: there is no SoftHSM. */
static gboolean
make_token (void)
{
	g_autofree char *conf = g_build_filename (folder, "softhsm.conf", NULL);
	g_autofree char *text = g_strdup_printf ("directories.tokendir = %s\nobjectstore.backend = file\n", folder);
	const char *const command[] = { "softhsm2-util", "--init-token", "--free", "--label", "Office key",
		                            "--so-pin",      "87654321",     "--pin",  PIN,       NULL };
	g_autofree char *said = NULL;
	int status = -1;

	g_assert_true (g_file_set_contents (conf, text, -1, NULL));
	g_setenv ("SOFTHSM2_CONF", conf, TRUE);
	return g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &said, NULL, &status, NULL) &&
	       status == 0;
}

static gboolean
have_module (const char *path)
{
	/* A name without a folder would be looked for where p11-kit has its modules. */
	g_autofree char *whole = g_canonicalize_filename (path, NULL);

	G (gnutls_pkcs11_init (GNUTLS_PKCS11_FLAG_MANUAL, NULL));
	return gnutls_pkcs11_add_provider (whole, NULL) == 0;
}

static int
give_pin (void *data, int attempt, const char *url, const char *label, unsigned int flags, char *pin, size_t max)
{
	g_strlcpy (pin, data, max);
	return attempt == 0 ? 0 : -1;
}

static void
put_keys (void)
{
	static const gnutls_pk_algorithm_t algorithms[] = { GNUTLS_PK_RSA, GNUTLS_PK_ECDSA };

	gnutls_pkcs11_set_pin_function (give_pin, (void *) PIN);
	for (guint i = 0; i < G_N_ELEMENTS (certs); i++)
	{
		guint8 mark[] = { (guint8) (i + 1) };
		gnutls_datum_t id = { mark, sizeof mark };
		gnutls_pubkey_t public;

		certs[i] = test_cert_new (
		    &(TestCertOptions){ .dn = "CN=carol", .algorithm = algorithms[i], .bits = i == 0 ? 2048 : 0 });
		G (gnutls_pkcs11_copy_x509_privkey2 (URI, certs[i]->key, names[i], &id, GNUTLS_KEY_DIGITAL_SIGNATURE,
		                                     GNUTLS_PKCS11_OBJ_FLAG_MARK_SENSITIVE | GNUTLS_PKCS11_OBJ_FLAG_LOGIN));
		G (gnutls_pkcs11_copy_x509_crt2 (URI, certs[i]->crt, names[i], &id, GNUTLS_PKCS11_OBJ_FLAG_LOGIN));
		G (gnutls_pubkey_init (&public));
		G (gnutls_pubkey_import_x509 (public, certs[i]->crt, 0));
		G (gnutls_pkcs11_copy_pubkey (URI, public, names[i], &id, 0, GNUTLS_PKCS11_OBJ_FLAG_LOGIN));
		gnutls_pubkey_deinit (public);
	}
	/* From now on only what the code under test says. */
	gnutls_pkcs11_set_pin_function (NULL, NULL);
}

static Status
open_key (const char *name, const char *pin, SigKey **ret_key, TokenState *state)
{
	g_autofree char *uri = g_strconcat (URI ";object=", name, NULL);

	*state = (TokenState){ 0 };
	return token_key_new (uri, pin, ret_key, state);
}

static void
test_sign (void)
{
	static const SigScheme schemes[2][3] = { { SIG_RSA_PKCS1_SHA2_256, SIG_RSA_PKCS1_SHA2_512, SIG_RSA_PSS_SHA2_256 },
		                                     { SIG_ECDSA_SHA2_256, SIG_ECDSA_SHA2_384, SIG_ECDSA_P256_RAW } };
	Slice message = SLICE_LITERAL ("octets to be signed");

	for (guint i = 0; i < G_N_ELEMENTS (certs); i++)
	{
		g_autoptr (SigKey) key = NULL;
		TokenState state;

		g_assert_cmpint (open_key (names[i], PIN, &key, &state), ==, STATUS_OK);
		g_assert_true (sig_key_on_token (key));
		g_assert_true (sig_key_matches (key, test_cert_slice (certs[i])));
		g_assert_false (sig_key_matches (key, test_cert_slice (certs[1 - i])));
		for (guint k = 0; k < 3; k++)
		{
			g_autoptr (GBytes) signature = NULL;

			g_assert_cmpint (sig_sign (key, schemes[i][k], message, &signature), ==, STATUS_OK);
			g_assert_cmpint (sig_verify (test_cert_slice (certs[i]), schemes[i][k], message, slice_bytes (signature)),
			                 ==, STATUS_OK);
		}
	}
}

static void
test_certificate (void)
{
	g_autoptr (GString) pem = g_string_new (NULL);
	g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	TokenState state = { 0 };

	g_assert_cmpint (token_certificate (URI ";object=ecdsa", NULL, pem, &state), ==, STATUS_OK);
	g_assert_cmpint (x509_pem_to_der (slice_text (pem->str), list), ==, STATUS_OK);
	g_assert_true (slice_equal (slice_bytes (list->pdata[0]), test_cert_slice (certs[1])));
	g_assert_cmpint (token_certificate ("pkcs11:token=Gone;object=ecdsa", NULL, pem, &state), ==, STATUS_TOKEN_MISSING);
	g_assert_cmpint (token_certificate (URI ";object=nobody", PIN, pem, &state), ==, STATUS_TOKEN_MISSING);
}

static void
test_missing (void)
{
	g_autoptr (SigKey) key = NULL;
	TokenState state = { 0 };

	g_assert_cmpint (open_key ("nobody", PIN, &key, &state), ==, STATUS_TOKEN_MISSING);
	g_assert_cmpint (token_key_new ("pkcs11:token=Gone;object=rsa", PIN, &key, &state), ==, STATUS_TOKEN_MISSING);
	g_assert_null (key);
}

/* The last: afterwards it is locked. Each call is one try and no more. */
static void
test_locked (void)
{
	g_autoptr (SigKey) key = NULL;
	TokenState state;

	g_assert_cmpint (open_key ("rsa", NULL, &key, &state), ==, STATUS_SECRET_NEEDED);
	g_assert_cmpstr (state.label, ==, "Office key");
	g_assert_false (state.few_left);
	g_assert_cmpint (open_key ("rsa", "1111", &key, &state), ==, STATUS_SECRET_WRONG);
	g_assert_cmpint (open_key ("rsa", NULL, &key, &state), ==, STATUS_SECRET_NEEDED);
	g_assert_true (state.few_left);
	g_assert_false (state.last_try);
	g_assert_cmpint (open_key ("rsa", "2222", &key, &state), ==, STATUS_SECRET_WRONG);
	g_assert_cmpint (open_key ("rsa", NULL, &key, &state), ==, STATUS_SECRET_NEEDED);
	g_assert_true (state.last_try);
	/* A good one gives all tries back. */
	g_assert_cmpint (open_key ("rsa", PIN, &key, &state), ==, STATUS_OK);
	g_clear_pointer (&key, sig_key_free);
	for (guint i = 0; i < 2; i++)
		g_assert_cmpint (open_key ("rsa", "1111", &key, &state), ==, STATUS_SECRET_WRONG);
	g_assert_cmpint (open_key ("rsa", "1111", &key, &state), !=, STATUS_OK);
	g_assert_cmpint (open_key ("rsa", PIN, &key, &state), ==, STATUS_TOKEN_LOCKED);
	g_assert_null (key);
}

static void
remove_all (const char *path)
{
	if (g_file_test (path, G_FILE_TEST_IS_DIR))
	{
		g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
		const char *name;

		while ((name = g_dir_read_name (dir)) != NULL)
		{
			g_autofree char *below = g_build_filename (path, name, NULL);

			remove_all (below);
		}
	}
	g_assert_cmpint (g_remove (path), ==, 0);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	folder = g_dir_make_tmp ("godwit-token-XXXXXX", NULL);
	g_assert_nonnull (folder);
	if (!make_token () || !have_module (argv[1]))
	{
		g_print ("1..0 # SKIP SoftHSM 2 (softhsm2-util, libsofthsm2.so) is not installed\n");
		remove_all (folder);
		return 0;
	}
	put_keys ();
	g_test_add_func ("/crypto/token/1-sign", test_sign);
	g_test_add_func ("/crypto/token/2-certificate", test_certificate);
	g_test_add_func ("/crypto/token/3-missing", test_missing);
	g_test_add_func ("/crypto/token/4-locked", test_locked);
	result = g_test_run ();
	gnutls_pkcs11_deinit ();
	remove_all (folder);
	for (guint i = 0; i < G_N_ELEMENTS (certs); i++)
		test_cert_free (certs[i]);
	g_free (folder);
	return result;
}
