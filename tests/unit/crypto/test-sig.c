/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <gmp.h>
#include <gnutls/crypto.h>

#include "crypto/sig.h"
#include "crypto/x509.h"
#include "vectors.h"

#include "certificates.h"

#define MESSAGE SLICE_LITERAL ("octets of the first message | nonce | prf (SK_p, ID)")

static const struct
{
	SigKeyType type;
	gnutls_pk_algorithm_t algorithm;
	guint bits;
} key_kinds[] = {
	{ SIG_KEY_RSA, GNUTLS_PK_RSA, 2048 },
	{ SIG_KEY_ECDSA_P256, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP256R1) },
	{ SIG_KEY_ECDSA_P384, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP384R1) },
	{ SIG_KEY_ECDSA_P521, GNUTLS_PK_ECDSA, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_SECP521R1) },
	{ SIG_KEY_ED25519, GNUTLS_PK_EDDSA_ED25519, GNUTLS_CURVE_TO_BITS (GNUTLS_ECC_CURVE_ED25519) },
};

/* One certificate with its key a kind, made once: RSA keys take long. */
static const TestCert *
cert_of (guint kind)
{
	static TestCert *certs[G_N_ELEMENTS (key_kinds)];

	if (certs[kind] == NULL)
	{
		TestCertOptions o = { .dn = "CN=moon", .algorithm = key_kinds[kind].algorithm, .bits = key_kinds[kind].bits };

		certs[kind] = test_cert_new (&o);
	}
	return certs[kind];
}

static GBytes *
pem_of (const TestCert *cert)
{
	gnutls_datum_t pem = { NULL, 0 };
	GBytes *bytes;

	G (gnutls_x509_privkey_export2_pkcs8 (cert->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &pem));
	bytes = g_bytes_new (pem.data, pem.size);
	gnutls_free (pem.data);
	return bytes;
}

static SigKey *
key_of (guint kind)
{
	g_autoptr (GBytes) pem = pem_of (cert_of (kind));
	SigKey *key = NULL;

	g_assert_cmpint (sig_key_new (slice_bytes (pem), NULL, &key), ==, STATUS_OK);
	g_assert_cmpint (sig_key_type (key), ==, key_kinds[kind].type);
	return key;
}

static Status
verify (const TestCert *cert, SigScheme scheme, GBytes *signature)
{
	return sig_verify (test_cert_slice (cert), scheme, MESSAGE, slice_bytes (signature));
}

static GBytes *
sign (const SigKey *key, SigScheme scheme)
{
	GBytes *signature = NULL;

	g_assert_cmpint (sig_sign (key, scheme, MESSAGE, &signature), ==, STATUS_OK);
	return signature;
}

/* Which schemes fit which keys, written out a second time. */
static gboolean
fits (guint scheme, SigKeyType type)
{
	static const char *const table[] = {
		[SIG_KEY_RSA] = "1111111.......",        [SIG_KEY_ECDSA_P256] = ".......1111...",
		[SIG_KEY_ECDSA_P384] = ".......111.1..", [SIG_KEY_ECDSA_P521] = ".......111..1.",
		[SIG_KEY_ED25519] = ".............1",
	};

	g_assert_cmpuint (strlen (table[type]), ==, SIG_COUNT);
	return table[type][scheme] == '1';
}

static void
test_all_schemes (void)
{
	for (guint kind = 0; kind < G_N_ELEMENTS (key_kinds); kind++)
	{
		g_autoptr (SigKey) key = key_of (kind);

		for (guint scheme = 0; scheme < SIG_COUNT; scheme++)
		{
			const gboolean should = fits (scheme, key_kinds[kind].type);
			g_autoptr (GBytes) signature = NULL;

			g_assert_true (sig_scheme_fits ((SigScheme) scheme, key_kinds[kind].type) == should);
			g_assert_cmpint (sig_sign (key, (SigScheme) scheme, MESSAGE, &signature), ==,
			                 should ? STATUS_OK : STATUS_BAD_KEY);
			if (!should)
			{
				g_assert_cmpint (
				    sig_verify (test_cert_slice (cert_of (kind)), (SigScheme) scheme, MESSAGE,
				                SLICE_LITERAL ("0123456789012345678901234567890123456789012345678901234567890123")),
				    !=, STATUS_OK);
				continue;
			}
			g_assert_cmpint (verify (cert_of (kind), (SigScheme) scheme, signature), ==, STATUS_OK);
			g_assert_cmpint (sig_verify (test_cert_slice (cert_of (kind)), (SigScheme) scheme, SLICE_LITERAL ("other"),
			                             slice_bytes (signature)),
			                 ==, STATUS_BAD_SIGNATURE);
			/* Good for this scheme alone. */
			for (guint other = 0; other < SIG_COUNT; other++)
				if (other != scheme)
					g_assert_cmpint (verify (cert_of (kind), (SigScheme) other, signature), !=, STATUS_OK);
		}
	}
}

/* Each octet changed, each shorter length, one octet more: refused. */
static void
test_forgeries (void)
{
	for (guint kind = 0; kind < G_N_ELEMENTS (key_kinds); kind++)
	{
		g_autoptr (SigKey) key = key_of (kind);

		for (guint scheme = 0; scheme < SIG_COUNT; scheme++)
		{
			g_autoptr (GBytes) good = NULL;
			guint8 octets[600] = { 0 };
			gsize len;

			if (!fits (scheme, key_kinds[kind].type))
				continue;
			good = sign (key, (SigScheme) scheme);
			len = g_bytes_get_size (good);
			memcpy (octets, slice_bytes (good).data, len);
			for (gsize at = 0; at < len; at++)
			{
				octets[at] ^= (guint8) (1 << at % 8);
				g_assert_cmpint (
				    sig_verify (test_cert_slice (cert_of (kind)), (SigScheme) scheme, MESSAGE, slice (octets, len)), ==,
				    STATUS_BAD_SIGNATURE);
				octets[at] ^= (guint8) (1 << at % 8);
				g_assert_cmpint (
				    sig_verify (test_cert_slice (cert_of (kind)), (SigScheme) scheme, MESSAGE, slice (octets, at)), ==,
				    STATUS_BAD_SIGNATURE);
			}
			g_assert_cmpint (
			    sig_verify (test_cert_slice (cert_of (kind)), (SigScheme) scheme, MESSAGE, slice (octets, len + 1)), ==,
			    STATUS_BAD_SIGNATURE);
			memset (octets, 0, sizeof octets);
			g_assert_cmpint (
			    sig_verify (test_cert_slice (cert_of (kind)), (SigScheme) scheme, MESSAGE, slice (octets, len)), ==,
			    STATUS_BAD_SIGNATURE);
		}
	}
}

static void
test_other_key (void)
{
	TestCertOptions o = { .dn = "CN=moon", .algorithm = GNUTLS_PK_RSA, .bits = 2048 };
	g_autoptr (TestCert) other = test_cert_new (&o);
	g_autoptr (SigKey) key = key_of (0);
	g_autoptr (GBytes) pkcs1 = sign (key, SIG_RSA_PKCS1_SHA2_256), pss = sign (key, SIG_RSA_PSS_SHA2_256);

	g_assert_cmpint (verify (other, SIG_RSA_PKCS1_SHA2_256, pkcs1), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify (other, SIG_RSA_PSS_SHA2_256, pss), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (sig_verify (SLICE_LITERAL ("no certificate"), SIG_RSA_PSS_SHA2_256, MESSAGE, slice_bytes (pss)),
	                 ==, STATUS_BAD_KEY);
	g_assert_cmpint (sig_verify (SLICE_NONE, SIG_RSA_PSS_SHA2_256, MESSAGE, slice_bytes (pss)), ==, STATUS_BAD_KEY);
}

/* RSA below 2048 bits is refused on both sides, also with a good signature. */
static void
test_short_rsa (void)
{
	TestCertOptions o = { .dn = "CN=moon", .algorithm = GNUTLS_PK_RSA, .bits = 1024 };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	g_autoptr (GBytes) pem = pem_of (cert);
	gnutls_datum_t data = test_datum (MESSAGE), signature = { NULL, 0 };
	gnutls_privkey_t private;
	SigKey *key = NULL;

	G (gnutls_privkey_init (&private));
	G (gnutls_privkey_import_x509 (private, cert->key, 0));
	G (gnutls_privkey_sign_data2 (private, GNUTLS_SIGN_RSA_SHA256, 0, &data, &signature));
	g_assert_cmpint (
	    sig_verify (test_cert_slice (cert), SIG_RSA_PKCS1_SHA2_256, MESSAGE, slice (signature.data, signature.size)),
	    ==, STATUS_BAD_KEY);
	g_assert_cmpint (sig_key_new (slice_bytes (pem), NULL, &key), ==, STATUS_BAD_KEY);
	gnutls_free (signature.data);
	gnutls_privkey_deinit (private);
}

/* The RSA key of cert_of (0) as numbers, to sign any block whatever. */
typedef struct
{
	mpz_t n, d;
	gsize octets;
} RawRsa;

static void
raw_rsa_init (RawRsa *rsa)
{
	gnutls_datum_t m, e, d, p, q, u;

	G (gnutls_x509_privkey_export_rsa_raw (cert_of (0)->key, &m, &e, &d, &p, &q, &u));
	mpz_inits (rsa->n, rsa->d, NULL);
	mpz_import (rsa->n, m.size, 1, 1, 1, 0, m.data);
	mpz_import (rsa->d, d.size, 1, 1, 1, 0, d.data);
	rsa->octets = 256;
	gnutls_free (m.data);
	gnutls_free (e.data);
	gnutls_free (d.data);
	gnutls_free (p.data);
	gnutls_free (q.data);
	gnutls_free (u.data);
}

static void
raw_rsa_clear (RawRsa *rsa)
{
	mpz_clears (rsa->n, rsa->d, NULL);
}

static Status
raw_rsa_verify (const RawRsa *rsa, SigScheme scheme, const guint8 *block)
{
	guint8 signature[256] = { 0 };
	mpz_t number;
	gsize used;

	mpz_init (number);
	mpz_import (number, rsa->octets, 1, 1, 1, 0, block);
	g_assert_cmpint (mpz_cmp (number, rsa->n), <, 0);
	mpz_powm (number, number, rsa->d, rsa->n);
	used = (mpz_sizeinbase (number, 2) + 7) / 8;
	mpz_export (signature + sizeof signature - used, NULL, 1, 1, 1, 0, number);
	mpz_clear (number);
	return sig_verify (test_cert_slice (cert_of (0)), scheme, MESSAGE, SLICE_ARRAY (signature));
}

/* 00 | @type | padding of ff | 00 | info, filled up with zeros behind; @padding octets, 0: as many as fit */
static void
pkcs1_block (guint8 block[256], guint8 type, gsize padding, Slice info)
{
	memset (block, 0, 256);
	if (padding == 0)
		padding = 256 - 3 - info.len;
	block[1] = type;
	memset (block + 2, 0xff, padding);
	memcpy (block + 3 + padding, info.data, info.len);
}

#define SHA256_INFO "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"

/* What forgers with e = 3 make use of (CVE-2018-16152 and its kin): only one encoding is right. */
static void
test_pkcs1_padding (void)
{
	static const struct
	{
		const char *why;
		guint8 type;
		gsize padding;
		Slice prefix;
		Slice suffix;
	} wrong[] = {
		{ "block type 2", 2, 0, SLICE_LITERAL (SHA256_INFO), { NULL, 0 } },
		{ "block type 0", 0, 0, SLICE_LITERAL (SHA256_INFO), { NULL, 0 } },
		{ "zeros behind, short padding", 1, 8, SLICE_LITERAL (SHA256_INFO), { NULL, 0 } },
		{ "one octet behind", 1, 0, SLICE_LITERAL (SHA256_INFO), { (const guint8 *) "\x01", 1 } },
		{ "no NULL",
		  1,
		  0,
		  SLICE_LITERAL ("\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20"),
		  { NULL, 0 } },
		{ "another hash",
		  1,
		  0,
		  SLICE_LITERAL ("\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x20"),
		  { NULL, 0 } },
		{ "parameters",
		  1,
		  0,
		  SLICE_LITERAL ("\x30\x35\x30\x11\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x04"
		                 "1234\x04\x20"),
		  { NULL, 0 } },
		{ "long form of a length",
		  1,
		  0,
		  SLICE_LITERAL ("\x30\x81\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20"),
		  { NULL, 0 } },
		{ "no DigestInfo", 1, 0, { NULL, 0 }, { NULL, 0 } },
	};
	const Slice message = MESSAGE;
	guint8 digest[32], block[256];
	RawRsa rsa;

	raw_rsa_init (&rsa);
	g_assert_cmpint (hash (HASH_SHA2_256, &message, 1, digest), ==, STATUS_OK);
	for (gsize i = 0; i <= G_N_ELEMENTS (wrong); i++)
	{
		g_autoptr (GByteArray) info = g_byte_array_new ();
		const gboolean right = i == G_N_ELEMENTS (wrong);
		Slice prefix = right ? SLICE_LITERAL (SHA256_INFO) : wrong[i].prefix;

		if (prefix.len > 0)
			g_byte_array_append (info, prefix.data, (guint) prefix.len);
		g_byte_array_append (info, digest, sizeof digest);
		if (!right && wrong[i].suffix.len > 0)
			g_byte_array_append (info, wrong[i].suffix.data, (guint) wrong[i].suffix.len);
		pkcs1_block (block, right ? 1 : wrong[i].type, right ? 0 : wrong[i].padding, slice_array (info));
		if (raw_rsa_verify (&rsa, SIG_RSA_PKCS1_SHA2_256, block) != (right ? STATUS_OK : STATUS_BAD_SIGNATURE))
			g_error ("%s", right ? "the right block is refused" : wrong[i].why);
	}
	raw_rsa_clear (&rsa);
}

static void
mgf1_xor (HashId id, const guint8 *seed, gsize seed_octets, guint8 *data, gsize octets)
{
	for (guint32 counter = 0; octets > 0; counter++)
	{
		guint32 big_endian = GUINT32_TO_BE (counter);
		const Slice parts[] = { { seed, seed_octets }, { (const guint8 *) &big_endian, 4 } };
		guint8 mask[HASH_MAX_OCTETS];
		gsize take = MIN (octets, hash_octets (id));

		g_assert_cmpint (hash (id, parts, 2, mask), ==, STATUS_OK);
		for (gsize i = 0; i < take; i++)
			*data++ ^= mask[i];
		octets -= take;
	}
}

/* EMSA-PSS (RFC 8017 section 9.1.1) for a modulus of 2048 bits, with freedom to do it wrong */
static void
pss_block (guint8 block[256], HashId id, HashId mask_id, gsize salt_octets, guint8 first, guint8 trailer)
{
	const gsize h_octets = hash_octets (id), db_octets = 256 - h_octets - 1;
	const guint8 zeros[8] = { 0 };
	const Slice message = MESSAGE;
	guint8 digest[HASH_MAX_OCTETS], salt[128];
	Slice parts[3] = { SLICE_ARRAY (zeros), { digest, h_octets }, { salt, salt_octets } };

	memset (salt, 0x5a, sizeof salt);
	g_assert_cmpint (hash (id, &message, 1, digest), ==, STATUS_OK);
	memset (block, 0, 256);
	block[0] = first;
	block[db_octets - salt_octets - 1] = 0x01;
	memcpy (block + db_octets - salt_octets, salt, salt_octets);
	g_assert_cmpint (hash (id, parts, 3, block + db_octets), ==, STATUS_OK);
	mgf1_xor (mask_id, block + db_octets, h_octets, block, db_octets);
	block[0] &= 0x7f;
	block[255] = trailer;
}

static void
test_pss_parameters (void)
{
	static const struct
	{
		SigScheme scheme;
		HashId id;
	} schemes[] = {
		{ SIG_RSA_PSS_SHA2_256, HASH_SHA2_256 },
		{ SIG_RSA_PSS_SHA2_384, HASH_SHA2_384 },
		{ SIG_RSA_PSS_SHA2_512, HASH_SHA2_512 },
	};
	guint8 block[256];
	RawRsa rsa;

	raw_rsa_init (&rsa);
	for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
	{
		const gsize right = hash_octets (schemes[i].id);

		for (gsize salt = 0; salt <= 100; salt++)
		{
			pss_block (block, schemes[i].id, schemes[i].id, salt, 0, 0xbc);
			g_assert_cmpint (raw_rsa_verify (&rsa, schemes[i].scheme, block), ==,
			                 salt == right ? STATUS_OK : STATUS_BAD_SIGNATURE);
		}
		pss_block (block, schemes[i].id, HASH_SHA1, right, 0, 0xbc);
		g_assert_cmpint (raw_rsa_verify (&rsa, schemes[i].scheme, block), ==, STATUS_BAD_SIGNATURE);
		pss_block (block, schemes[i].id, schemes[i].id, right, 0, 0xcc);
		g_assert_cmpint (raw_rsa_verify (&rsa, schemes[i].scheme, block), ==, STATUS_BAD_SIGNATURE);
		pss_block (block, schemes[i].id, schemes[i].id, right, 1, 0xbc);
		g_assert_cmpint (raw_rsa_verify (&rsa, schemes[i].scheme, block), ==, STATUS_BAD_SIGNATURE);
		pss_block (block, HASH_SHA1, schemes[i].id, right, 0, 0xbc);
		g_assert_cmpint (raw_rsa_verify (&rsa, schemes[i].scheme, block), ==, STATUS_BAD_SIGNATURE);
	}
	raw_rsa_clear (&rsa);
}

/* s + n is the same number for RSA, but no signature (RFC 8017 section 8.2.2 step 2) */
static void
test_rsa_range (void)
{
	g_autoptr (SigKey) key = key_of (0);
	RawRsa rsa;

	raw_rsa_init (&rsa);
	for (guint tries = 0; tries < 64; tries++)
	{
		g_autoptr (GBytes) good = sign (key, SIG_RSA_PSS_SHA2_256);
		guint8 octets[257] = { 0 };
		mpz_t number;
		gsize used;

		mpz_init (number);
		mpz_import (number, 256, 1, 1, 1, 0, slice_bytes (good).data);
		mpz_add (number, number, rsa.n);
		used = (mpz_sizeinbase (number, 2) + 7) / 8;
		g_assert_cmpuint (used, <=, sizeof octets);
		mpz_export (octets + sizeof octets - used, NULL, 1, 1, 1, 0, number);
		mpz_clear (number);
		g_assert_cmpint (sig_verify (test_cert_slice (cert_of (0)), SIG_RSA_PSS_SHA2_256, MESSAGE,
		                             used == 257 ? SLICE_ARRAY (octets) : slice (octets + 1, 256)),
		                 ==, STATUS_BAD_SIGNATURE);
		memcpy (octets + 1, slice_bytes (good).data, 256);
		octets[0] = 0;
		g_assert_cmpint (
		    sig_verify (test_cert_slice (cert_of (0)), SIG_RSA_PSS_SHA2_256, MESSAGE, SLICE_ARRAY (octets)), ==,
		    STATUS_BAD_SIGNATURE);
	}
	raw_rsa_clear (&rsa);
}

static void
append_integer (GByteArray *der, Slice number)
{
	const guint8 head[2] = { 0x02, (guint8) number.len };

	g_byte_array_append (der, head, 2);
	if (number.len > 0)
		g_byte_array_append (der, number.data, (guint) number.len);
}

static Status
verify_rs (Slice r, Slice s)
{
	g_autoptr (GByteArray) der = g_byte_array_new ();
	guint8 head[2] = { 0x30, 0 };

	append_integer (der, r);
	append_integer (der, s);
	head[1] = (guint8) der->len;
	g_byte_array_prepend (der, head, 2);
	return sig_verify (test_cert_slice (cert_of (1)), SIG_ECDSA_SHA2_256, MESSAGE, slice_array (der));
}

/* Only DER, and only numbers from 1 to the order less 1. */
static void
test_ecdsa_encoding (void)
{
	/* The order of P-256, with the 00 that makes it positive. */
	g_autoptr (GBytes) order = octets_from_hex ("00ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
	g_autoptr (SigKey) key = key_of (1);
	g_autoptr (GBytes) raw = sign (key, SIG_ECDSA_P256_RAW);
	guint8 r[33] = { 0 }, s[33] = { 0 }, longer[34] = { 0 };
	Slice rs, ss, zero = SLICE_LITERAL ("\0"), n = slice_bytes (order);

	/* The shortest forms: an integer has a 00 in front only when its next bit is set. */
	memcpy (r + 1, slice_bytes (raw).data, 32);
	memcpy (s + 1, slice_bytes (raw).data + 32, 32);
	for (rs = SLICE_ARRAY (r); rs.len > 1 && rs.data[0] == 0 && (rs.data[1] & 0x80) == 0; rs.len--)
		rs.data++;
	for (ss = SLICE_ARRAY (s); ss.len > 1 && ss.data[0] == 0 && (ss.data[1] & 0x80) == 0; ss.len--)
		ss.data++;
	g_assert_cmpint (verify_rs (rs, ss), ==, STATUS_OK);
	g_assert_cmpint (verify_rs (ss, rs), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (zero, ss), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (rs, zero), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (zero, zero), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (SLICE_LITERAL ("\1"), SLICE_LITERAL ("\1")), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (n, n), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (n, ss), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (rs, n), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (SLICE_NONE, ss), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_rs (rs, SLICE_NONE), ==, STATUS_BAD_SIGNATURE);
	/* A superfluous zero in front. */
	memcpy (longer + 1 + (sizeof longer - 1 - rs.len), rs.data, rs.len);
	g_assert_cmpint (verify_rs (slice (longer + sizeof longer - rs.len - 1, rs.len + 1), ss), ==, STATUS_BAD_SIGNATURE);
}

static Status
verify_der_with (Slice der, gsize insert_at, Slice inserted, guint8 length)
{
	g_autoptr (GByteArray) changed = g_byte_array_new ();

	g_byte_array_append (changed, der.data, (guint) insert_at);
	if (inserted.len > 0)
		g_byte_array_append (changed, inserted.data, (guint) inserted.len);
	if (insert_at < der.len)
		g_byte_array_append (changed, der.data + insert_at, (guint) (der.len - insert_at));
	if (length != 0)
		changed->data[1] = length;
	return sig_verify (test_cert_slice (cert_of (1)), SIG_ECDSA_SHA2_256, MESSAGE, slice_array (changed));
}

static void
test_ecdsa_ber (void)
{
	g_autoptr (SigKey) key = key_of (1);
	g_autoptr (GBytes) good = sign (key, SIG_ECDSA_SHA2_256);
	Slice der = slice_bytes (good);
	const guint8 length = der.data[1];

	g_assert_cmpint (verify_der_with (der, der.len, SLICE_NONE, 0), ==, STATUS_OK);
	/* Behind the sequence, in the sequence, the length in two octets, of indefinite form, one short, one long. */
	g_assert_cmpint (verify_der_with (der, der.len, SLICE_LITERAL ("\0"), 0), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_der_with (der, der.len, SLICE_LITERAL ("\5\0"), 0), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_der_with (der, der.len, SLICE_LITERAL ("\5\0"), (guint8) (length + 2)), ==,
	                 STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_der_with (der, 1, SLICE_LITERAL ("\x81"), 0), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_der_with (der, 1, SLICE_LITERAL ("\x82\0"), 0), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_der_with (der, 3, SLICE_LITERAL ("\x81"), (guint8) (length + 1)), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_der_with (der, der.len, SLICE_LITERAL ("\0\0"), 0x80), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_der_with (der, der.len, SLICE_NONE, (guint8) (length - 1)), ==, STATUS_BAD_SIGNATURE);
	g_assert_cmpint (verify_der_with (der, der.len, SLICE_NONE, (guint8) (length + 1)), ==, STATUS_BAD_SIGNATURE);
}

/* RFC 4754: both numbers always as long as the order, also when they start with zeros. */
static void
test_raw_padding (void)
{
	for (guint kind = 1; kind <= 3; kind++)
	{
		static const gsize octets[] = { 0, 32, 48, 66 };
		const SigScheme scheme = (SigScheme) (SIG_ECDSA_P256_RAW + kind - 1);
		g_autoptr (SigKey) key = key_of (kind);
		guint short_ones = 0;

		for (guint i = 0; i < 600 && short_ones == 0; i++)
		{
			g_autoptr (GBytes) signature = sign (key, scheme);
			const guint8 *data = slice_bytes (signature).data;

			g_assert_cmpuint (g_bytes_get_size (signature), ==, 2 * octets[kind]);
			g_assert_cmpint (verify (cert_of (kind), scheme, signature), ==, STATUS_OK);
			if (data[0] == 0 || data[octets[kind]] == 0)
				short_ones++;
		}
		/* One in 128 is expected to be short; 600 without one come once in 100 runs, and then nothing is wrong. */
		g_test_message ("kind %u: %u signatures with a leading zero", kind, short_ones);
	}
}

static SigScheme
rsa_scheme (const char *hash_name, gboolean pss)
{
	static const SigScheme schemes[2][3] = {
		{ SIG_RSA_PKCS1_SHA2_256, SIG_RSA_PKCS1_SHA2_384, SIG_RSA_PKCS1_SHA2_512 },
		{ SIG_RSA_PSS_SHA2_256, SIG_RSA_PSS_SHA2_384, SIG_RSA_PSS_SHA2_512 },
	};

	return schemes[pss][strcmp (hash_name, "sha256") == 0 ? 0 : strcmp (hash_name, "sha384") == 0 ? 1 : 2];
}

typedef struct
{
	SigScheme scheme;
	Status wanted;
} VectorCase;

static VectorCase
vector_rsa (char **words, gnutls_pubkey_t public)
{
	g_autoptr (GBytes) n = octets_from_hex (words[2]), e = octets_from_hex (words[3]);
	gnutls_datum_t modulus = test_datum (slice_bytes (n)), exponent = test_datum (slice_bytes (e));
	const gboolean pss = words[0][0] == 'p';
	VectorCase result = { rsa_scheme (words[1], pss), STATUS_BAD_SIGNATURE };

	G (gnutls_pubkey_import_rsa_raw (public, &modulus, &exponent));
	/* e = 3 is refused whatever it signed; a salt of 10 octets is never ours. */
	if (exponent.size == 1)
		result.wanted = STATUS_BAD_KEY;
	else if (strcmp (words[6], "good") == 0 && !pss)
		result.wanted = STATUS_OK;
	return result;
}

static VectorCase
vector_ec (char **words, gnutls_pubkey_t public)
{
	g_autoptr (GBytes) x = octets_from_hex (words[2]), y = octets_from_hex (words[3]);
	gnutls_datum_t xs = test_datum (slice_bytes (x)), ys = test_datum (slice_bytes (y));
	VectorCase result = { SIG_ED25519, strcmp (words[6], "good") == 0 ? STATUS_OK : STATUS_BAD_SIGNATURE };
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_SECP521R1;

	if (words[1][0] == 'e')
	{
		G (gnutls_pubkey_import_ecc_raw (public, GNUTLS_ECC_CURVE_ED25519, &xs, NULL));
		return result;
	}
	result.scheme = SIG_ECDSA_P521_RAW;
	if (words[1][1] == '2')
	{
		result.scheme = SIG_ECDSA_P256_RAW;
		curve = GNUTLS_ECC_CURVE_SECP256R1;
	}
	if (words[1][1] == '3')
	{
		result.scheme = SIG_ECDSA_P384_RAW;
		curve = GNUTLS_ECC_CURVE_SECP384R1;
	}
	G (gnutls_pubkey_import_ecc_raw (public, curve, &xs, &ys));
	return result;
}

static void
check_vector (char **words)
{
	g_autoptr (GBytes) message = octets_from_hex (words[4]), signature = octets_from_hex (words[5]);
	g_autoptr (TestCert) cert = NULL;
	TestCertOptions o = { .dn = "CN=vector", .issuer = cert_of (1) };
	gnutls_pubkey_t public;
	VectorCase test;

	G (gnutls_pubkey_init (&public));
	test = words[0][0] == 'e' ? vector_ec (words, public) : vector_rsa (words, public);
	o.public = public;
	cert = test_cert_new (&o);
	gnutls_pubkey_deinit (public);
	g_assert_cmpint (sig_verify (test_cert_slice (cert), test.scheme, slice_bytes (message), slice_bytes (signature)),
	                 ==, test.wanted);
}

static void
test_vectors (void)
{
	g_assert_cmpuint (vectors_each ("crypto-sig.txt", 7, check_vector), >=, 100);
}

/* RFC 7427 appendix A, with the parameters that RFC 4055 and DER allow. */
static const struct
{
	const char *hex;
	SigScheme scheme;
} identifiers[] = {
	{ "300d06092a864886f70d0101050500", SIG_RSA_PKCS1_SHA1 },
	{ "300d06092a864886f70d01010b0500", SIG_RSA_PKCS1_SHA2_256 },
	{ "300d06092a864886f70d01010c0500", SIG_RSA_PKCS1_SHA2_384 },
	{ "300d06092a864886f70d01010d0500", SIG_RSA_PKCS1_SHA2_512 },
	{ "300a06082a8648ce3d040302", SIG_ECDSA_SHA2_256 },
	{ "300a06082a8648ce3d040303", SIG_ECDSA_SHA2_384 },
	{ "300a06082a8648ce3d040304", SIG_ECDSA_SHA2_512 },
	{ "300506032b6570", SIG_ED25519 },
	/* RSASSA-PSS: NULL and no trailer; NULL and trailer (RFC 7427 A.4.3); neither; no NULL but trailer */
	{ "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165"
	  "03"
	  "0402010500a203020120",
	  SIG_RSA_PSS_SHA2_256 },
	{ "304606092a864886f70d01010a3039a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165"
	  "03"
	  "0402010500a203020120a303020101",
	  SIG_RSA_PSS_SHA2_256 },
	{ "303d06092a864886f70d01010a3030a00d300b0609608648016503040201a11a301806092a864886f70d010108300b060960864801650304"
	  "02"
	  "01a203020120",
	  SIG_RSA_PSS_SHA2_256 },
	{ "304206092a864886f70d01010a3035a00d300b0609608648016503040201a11a301806092a864886f70d010108300b060960864801650304"
	  "02"
	  "01a203020120a303020101",
	  SIG_RSA_PSS_SHA2_256 },
	{ "304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165"
	  "03"
	  "0402020500a203020130",
	  SIG_RSA_PSS_SHA2_384 },
	{ "304606092a864886f70d01010a3039a00f300d06096086480165030402030500a11c301a06092a864886f70d010108300d06096086480165"
	  "03"
	  "0402030500a203020140a303020101",
	  SIG_RSA_PSS_SHA2_512 },
};

static void
test_identifiers (void)
{
	SigScheme scheme = SIG_COUNT;

	for (gsize i = 0; i < G_N_ELEMENTS (identifiers); i++)
	{
		g_autoptr (GBytes) der = octets_from_hex (identifiers[i].hex);
		guint8 octets[128];
		gsize len = g_bytes_get_size (der);

		scheme = SIG_COUNT;
		g_assert_true (sig_scheme_from_identifier (slice_bytes (der), &scheme));
		g_assert_cmpint (scheme, ==, identifiers[i].scheme);
		/* No octet may differ, none be left out or added; except that one bit may make it another of the table. */
		memcpy (octets, slice_bytes (der).data, len);
		octets[len] = 0;
		g_assert_false (sig_scheme_from_identifier (slice (octets, len + 1), &scheme));
		for (gsize at = 0; at < len; at++)
		{
			octets[at] ^= 0x40;
			g_assert_false (sig_scheme_from_identifier (slice (octets, len), &scheme));
			octets[at] ^= 0x40;
			g_assert_false (sig_scheme_from_identifier (slice (octets, at), &scheme));
		}
	}
	g_assert_false (sig_scheme_from_identifier (SLICE_NONE, &scheme));
	/* PSS with its defaults is SHA-1 (RFC 7427 A.4.1); ECDSA with SHA-1; RSA with MD5; PSS with a salt of 20 octets */
	for (guint i = 0; i < 4; i++)
	{
		static const char *const refused[] = {
			"300d06092a864886f70d01010a3000",
			"300906072a8648ce3d0401",
			"300d06092a864886f70d0101040500",
			("304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d0609608"
			 "648"
			 "0165030402010500a203020114"),
		};
		g_autoptr (GBytes) der = octets_from_hex (refused[i]);

		g_assert_false (sig_scheme_from_identifier (slice_bytes (der), &scheme));
	}
}

static void
test_own_identifiers (void)
{
	for (guint scheme = 0; scheme < SIG_COUNT; scheme++)
	{
		const gboolean raw = scheme >= SIG_ECDSA_P256_RAW && scheme <= SIG_ECDSA_P521_RAW;
		Slice identifier = sig_scheme_identifier ((SigScheme) scheme);
		SigScheme back = SIG_COUNT;

		g_assert_nonnull (sig_scheme_name ((SigScheme) scheme));
		g_assert_true ((identifier.len == 0) == raw);
		if (raw)
			continue;
		g_assert_true (sig_scheme_from_identifier (identifier, &back));
		g_assert_cmpint (back, ==, scheme);
		/* The outer length is that of the whole. */
		g_assert_cmpuint (identifier.data[1] + 2u, ==, identifier.len);
	}
}

/* An EC key as OpenSSL writes it, with its curve in front; made for this test, passphrase "secret". */
#define EC_PEM                                                                                                         \
	"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"                                   \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                                                 \
	"MHcCAQEEIGL6RGK927mNumrB+1IBwp/o9YzxG2ZrWyvf8wTqrWfvoAoGCCqGSM49\n"                                               \
	"AwEHoUQDQgAE3b+S8M4si2cSh30/Pu0iYh/J87BGvW0H8WUqIZuOmc6nmtRGxdHL\n"                                               \
	"aWceUORhhFN+AFwP3PxTl9xnXxNsyTZ/wQ==\n"                                                                           \
	"-----END EC PRIVATE KEY-----\n"
#define EC_PEM_ENCRYPTED                                                                                               \
	"-----BEGIN EC PRIVATE KEY-----\n"                                                                                 \
	"Proc-Type: 4,ENCRYPTED\n"                                                                                         \
	"DEK-Info: AES-128-CBC,C3FE145D3003D28D8C3A0C2A727D7794\n\n"                                                       \
	"4E9DJjef5JccY0G5Of5gvTDN/+rNYb9G5RrG/SIKCDCibLesdk9+6fyUlnnD/Hfw\n"                                               \
	"4QQs8bpCsPMPjFG0I8O7nQyk0v+ddoV7HGL87iVuKHmB7cc/bte/Qv7uKPRrpIoU\n"                                               \
	"KRYYqpR/RpAdnk7rJ8JJLSsKzmfM3GJ1T+f9AAV7Xig=\n"                                                                   \
	"-----END EC PRIVATE KEY-----\n"

static void
check_key_file (Slice pem, const char *passphrase, Status wanted, SigKeyType type)
{
	g_autoptr (SigKey) key = NULL;

	g_assert_cmpint (sig_key_new (pem, passphrase, &key), ==, wanted);
	if (wanted == STATUS_OK)
		g_assert_cmpint (sig_key_type (key), ==, type);
	else
		g_assert_null (key);
}

static void
test_openssl_files (void)
{
	check_key_file (SLICE_LITERAL (EC_PEM), NULL, STATUS_OK, SIG_KEY_ECDSA_P256);
	check_key_file (SLICE_LITERAL (EC_PEM), "not needed", STATUS_OK, SIG_KEY_ECDSA_P256);
	check_key_file (SLICE_LITERAL (EC_PEM_ENCRYPTED), "secret", STATUS_OK, SIG_KEY_ECDSA_P256);
	check_key_file (SLICE_LITERAL (EC_PEM_ENCRYPTED), "wrong", STATUS_SECRET_WRONG, SIG_KEY_RSA);
	check_key_file (SLICE_LITERAL (EC_PEM_ENCRYPTED), NULL, STATUS_SECRET_NEEDED, SIG_KEY_RSA);
	check_key_file (SLICE_LITERAL ("no key"), NULL, STATUS_BAD_KEY, SIG_KEY_RSA);
	check_key_file (SLICE_NONE, NULL, STATUS_BAD_KEY, SIG_KEY_RSA);
	check_key_file (SLICE_LITERAL ("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), NULL,
	                STATUS_BAD_KEY, SIG_KEY_RSA);
	check_key_file (SLICE_LITERAL ("-----BEGIN PRIVATE KEY-----"), NULL, STATUS_BAD_KEY, SIG_KEY_RSA);
}

/* Deriving the file's key from its passphrase takes long on purpose: one cipher a kind of key, wrong ones once. */
static void
test_pkcs8_files (void)
{
	static const guint flags[] = { GNUTLS_PKCS_PBES2_AES_128, GNUTLS_PKCS_PBES2_AES_256, GNUTLS_PKCS_PBES2_3DES };

	for (guint kind = 0; kind < G_N_ELEMENTS (key_kinds); kind++)
	{
		gnutls_datum_t pem = { NULL, 0 };
		Slice text;

		G (gnutls_x509_privkey_export2_pkcs8 (cert_of (kind)->key, GNUTLS_X509_FMT_PEM, "open sesame",
		                                      flags[kind % G_N_ELEMENTS (flags)], &pem));
		text = slice (pem.data, pem.size);
		check_key_file (text, "open sesame", STATUS_OK, key_kinds[kind].type);
		check_key_file (text, NULL, STATUS_SECRET_NEEDED, key_kinds[kind].type);
		if (kind == 1)
		{
			check_key_file (text, "open sesam", STATUS_SECRET_WRONG, key_kinds[kind].type);
			check_key_file (text, "", STATUS_SECRET_WRONG, key_kinds[kind].type);
		}
		gnutls_free (pem.data);
	}
}

static void
test_traditional_files (void)
{
	for (guint kind = 0; kind < 4; kind++)
	{
		gnutls_datum_t pem = { NULL, 0 };

		G (gnutls_x509_privkey_export2 (cert_of (kind)->key, GNUTLS_X509_FMT_PEM, &pem));
		check_key_file (slice (pem.data, pem.size), NULL, STATUS_OK, key_kinds[kind].type);
		gnutls_free (pem.data);
	}
}

static void
test_matches (void)
{
	for (guint kind = 0; kind < G_N_ELEMENTS (key_kinds); kind++)
	{
		g_autoptr (SigKey) key = key_of (kind);
		SigKeyType type = SIG_KEY_RSA;

		for (guint other = 0; other < G_N_ELEMENTS (key_kinds); other++)
			g_assert_true (sig_key_matches (key, test_cert_slice (cert_of (other))) == (other == kind));
		g_assert_false (sig_key_matches (key, SLICE_LITERAL ("0")));
		g_assert_false (sig_key_matches (key, SLICE_NONE));
		g_assert_cmpint (x509_key_type (test_cert_slice (cert_of (kind)), &type), ==, STATUS_OK);
		g_assert_cmpint (type, ==, key_kinds[kind].type);
	}
}

/* A key that says RSASSA-PSS itself (RFC 4055 section 1.2): PSS alone, and of it only what we accept of others. */
static void
test_pss_key (void)
{
	TestCertOptions o = { .dn = "CN=pss", .algorithm = GNUTLS_PK_RSA_PSS, .bits = 2048 };
	g_autoptr (TestCert) cert = test_cert_new (&o);
	gnutls_datum_t data = test_datum (MESSAGE), signature = { NULL, 0 };
	gnutls_privkey_t private;
	SigKeyType type = SIG_KEY_ED25519;

	g_assert_cmpint (x509_key_type (test_cert_slice (cert), &type), ==, STATUS_OK);
	g_assert_cmpint (type, ==, SIG_KEY_RSA);
	G (gnutls_privkey_init (&private));
	G (gnutls_privkey_import_x509 (private, cert->key, 0));
	G (gnutls_privkey_sign_data2 (private, GNUTLS_SIGN_RSA_PSS_SHA256, 0, &data, &signature));
	g_assert_cmpint (
	    sig_verify (test_cert_slice (cert), SIG_RSA_PSS_SHA2_256, MESSAGE, slice (signature.data, signature.size)), ==,
	    STATUS_OK);
	g_assert_cmpint (
	    sig_verify (test_cert_slice (cert), SIG_RSA_PKCS1_SHA2_256, MESSAGE, slice (signature.data, signature.size)),
	    !=, STATUS_OK);
	gnutls_free (signature.data);
	gnutls_privkey_deinit (private);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/crypto/sig/all-schemes", test_all_schemes);
	g_test_add_func ("/crypto/sig/forgeries", test_forgeries);
	g_test_add_func ("/crypto/sig/other-key", test_other_key);
	g_test_add_func ("/crypto/sig/short-rsa", test_short_rsa);
	g_test_add_func ("/crypto/sig/pkcs1-padding", test_pkcs1_padding);
	g_test_add_func ("/crypto/sig/pss-parameters", test_pss_parameters);
	g_test_add_func ("/crypto/sig/rsa-range", test_rsa_range);
	g_test_add_func ("/crypto/sig/ecdsa-encoding", test_ecdsa_encoding);
	g_test_add_func ("/crypto/sig/ecdsa-ber", test_ecdsa_ber);
	g_test_add_func ("/crypto/sig/raw-padding", test_raw_padding);
	g_test_add_func ("/crypto/sig/vectors", test_vectors);
	g_test_add_func ("/crypto/sig/identifiers", test_identifiers);
	g_test_add_func ("/crypto/sig/own-identifiers", test_own_identifiers);
	g_test_add_func ("/crypto/sig/openssl-files", test_openssl_files);
	g_test_add_func ("/crypto/sig/pkcs8-files", test_pkcs8_files);
	g_test_add_func ("/crypto/sig/traditional-files", test_traditional_files);
	g_test_add_func ("/crypto/sig/matches", test_matches);
	g_test_add_func ("/crypto/sig/pss-key", test_pss_key);
	return g_test_run ();
}
