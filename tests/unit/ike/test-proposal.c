/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/proposal.h"

static const IkeOffer strong = { .weak = FALSE, .aes_fast = TRUE, .esn = TRUE };
static const IkeOffer weak = { .weak = TRUE, .aes_fast = TRUE, .esn = TRUE };
static const IkeOffer slow = { .weak = FALSE, .aes_fast = FALSE, .esn = TRUE };

static guint
count (const IkeProposal *proposal, guint8 type)
{
	guint n = 0;

	for (guint i = 0; i < proposal->n_transforms; i++)
		n += proposal->transforms[i].type == type;
	return n;
}

static const IkeTransform *
first (const IkeProposal *proposal, guint8 type)
{
	for (guint i = 0; i < proposal->n_transforms; i++)
		if (proposal->transforms[i].type == type)
			return &proposal->transforms[i];
	return NULL;
}

static const IkeTransform *
last (const IkeProposal *proposal, guint8 type)
{
	const IkeTransform *found = NULL;

	for (guint i = 0; i < proposal->n_transforms; i++)
		if (proposal->transforms[i].type == type)
			found = &proposal->transforms[i];
	return found;
}

static gboolean
has (const IkeProposal *proposal, guint8 type, guint16 id)
{
	for (guint i = 0; i < proposal->n_transforms; i++)
		if (proposal->transforms[i].type == type && proposal->transforms[i].id == id)
			return TRUE;
	return FALSE;
}

/* -- What we offer ----------------------------------------------------------------------------------------------- */

static void
test_offer_ike (void)
{
	IkeProposal proposals[IKE_OFFER_PROPOSALS];

	g_assert_cmpuint (ike_offer_ike (&strong, KEX_ECP_256, proposals), ==, 2);
	for (guint i = 0; i < 2; i++)
	{
		g_assert_cmpuint (proposals[i].number, ==, i + 1);
		g_assert_cmpuint (proposals[i].protocol, ==, IKE_PROTOCOL_IKE);
		g_assert_cmpuint (proposals[i].spi_octets, ==, 0);
		g_assert_cmpuint (first (&proposals[i], IKE_TRANSFORM_KE)->id, ==, IKE_KE_ECP_256);
		g_assert_true (has (&proposals[i], IKE_TRANSFORM_KE, IKE_KE_CURVE25519));
		g_assert_cmpuint (count (&proposals[i], IKE_TRANSFORM_KE), ==, 7);
		g_assert_cmpuint (count (&proposals[i], IKE_TRANSFORM_PRF), ==, 3);
		g_assert_cmpuint (count (&proposals[i], IKE_TRANSFORM_SN), ==, 0);
	}
	/* Combined modes bring no integrity algorithm (RFC 5282 section 8). */
	g_assert_cmpuint (count (&proposals[0], IKE_TRANSFORM_INTEG), ==, 0);
	g_assert_cmpuint (count (&proposals[1], IKE_TRANSFORM_INTEG), ==, 3);
	g_assert_cmpuint (first (&proposals[0], IKE_TRANSFORM_ENCR)->id, ==, IKE_ENCR_AES_GCM_16);
	g_assert_cmpuint (first (&proposals[0], IKE_TRANSFORM_ENCR)->key_bits, ==, 256);
	g_assert_cmpuint (first (&proposals[1], IKE_TRANSFORM_ENCR)->id, ==, IKE_ENCR_AES_CBC);
}

static void
test_offer_order (void)
{
	IkeProposal proposals[IKE_OFFER_PROPOSALS];

	ike_offer_ike (&strong, KEX_ECP_256, proposals);
	g_assert_cmpuint (last (&proposals[0], IKE_TRANSFORM_ENCR)->id, ==, IKE_ENCR_CHACHA20_POLY1305);
	ike_offer_ike (&slow, KEX_ECP_256, proposals);
	g_assert_cmpuint (first (&proposals[0], IKE_TRANSFORM_ENCR)->id, ==, IKE_ENCR_CHACHA20_POLY1305);
	/* RFC 7634 section 4: no Key Length. */
	g_assert_cmpuint (first (&proposals[0], IKE_TRANSFORM_ENCR)->key_bits, ==, 0);
}

static void
test_offer_weak (void)
{
	static const struct
	{
		guint8 type;
		guint16 id;
	} rows[] = { { IKE_TRANSFORM_ENCR, IKE_ENCR_3DES },
		         { IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA1 },
		         { IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA1_96 },
		         { IKE_TRANSFORM_KE, IKE_KE_MODP_1024 } };
	IkeProposal proposals[IKE_OFFER_PROPOSALS];

	for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		ike_offer_ike (&strong, KEX_ECP_256, proposals);
		g_assert_false (has (&proposals[0], rows[i].type, rows[i].id));
		g_assert_false (has (&proposals[1], rows[i].type, rows[i].id));
		ike_offer_ike (&weak, KEX_ECP_256, proposals);
		g_assert_cmpuint (last (&proposals[1], rows[i].type)->id, ==, rows[i].id);
	}
	g_assert_false (ike_group_offered (&strong, IKE_KE_MODP_1024));
	g_assert_true (ike_group_offered (&weak, IKE_KE_MODP_1024));
}

/* Windows looks at the first 15 of a type. */
static void
test_offer_size (void)
{
	IkeProposal proposals[IKE_OFFER_PROPOSALS];

	for (guint kind = 0; kind < 2; kind++)
	{
		if (kind == 0)
			ike_offer_ike (&weak, KEX_ECP_256, proposals);
		else
			ike_offer_esp (&weak, 1, KEX_ECP_256, proposals);
		for (guint i = 0; i < 2; i++)
			for (guint8 type = IKE_TRANSFORM_ENCR; type <= IKE_TRANSFORM_SN; type++)
				g_assert_cmpuint (count (&proposals[i], type), <=, 15);
	}
}

static void
test_offer_esp (void)
{
	IkeProposal proposals[IKE_OFFER_PROPOSALS];

	g_assert_cmpuint (ike_offer_esp (&strong, 0x01020304, KEX_ECP_256, proposals), ==, 2);
	for (guint i = 0; i < 2; i++)
	{
		g_assert_cmpuint (proposals[i].protocol, ==, IKE_PROTOCOL_ESP);
		g_assert_cmpmem (proposals[i].spi, proposals[i].spi_octets, "\1\2\3\4", 4);
		g_assert_cmpuint (count (&proposals[i], IKE_TRANSFORM_KE), ==, 0);
		g_assert_cmpuint (count (&proposals[i], IKE_TRANSFORM_PRF), ==, 0);
		g_assert_cmpuint (first (&proposals[i], IKE_TRANSFORM_SN)->id, ==, IKE_SN_ESN);
		g_assert_cmpuint (last (&proposals[i], IKE_TRANSFORM_SN)->id, ==, IKE_SN_NO_ESN);
	}
}

/* -- What was chosen --------------------------------------------------------------------------------------------- */

#define MAX_TRANSFORMS 6

static IkeProposal
choice (guint8 number, guint8 protocol, const IkeTransform *transforms)
{
	IkeProposal proposal = { .number = number, .protocol = protocol };

	for (; transforms->type != 0; transforms++)
		proposal.transforms[proposal.n_transforms++] = *transforms;
	if (protocol == IKE_PROTOCOL_ESP)
	{
		proposal.spi_octets = 4;
		memcpy (proposal.spi, "\x11\x22\x33\x44", 4);
	}
	return proposal;
}

#define ENCR(id, bits)                                                                                                 \
	{                                                                                                                  \
		IKE_TRANSFORM_ENCR, IKE_ENCR_##id, bits                                                                        \
	}
#define PRF(id)                                                                                                        \
	{                                                                                                                  \
		IKE_TRANSFORM_PRF, IKE_PRF_##id, 0                                                                             \
	}
#define INTEG(id)                                                                                                      \
	{                                                                                                                  \
		IKE_TRANSFORM_INTEG, IKE_INTEG_##id, 0                                                                         \
	}
#define KE(id)                                                                                                         \
	{                                                                                                                  \
		IKE_TRANSFORM_KE, IKE_KE_##id, 0                                                                               \
	}
#define SN(id)                                                                                                         \
	{                                                                                                                  \
		IKE_TRANSFORM_SN, IKE_SN_##id, 0                                                                               \
	}

static const struct
{
	const char *name;
	guint8 number;
	gboolean good;
	IkeTransform transforms[MAX_TRANSFORMS];
} ike_choices[] = {
	{ "gcm", 1, TRUE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "other order", 1, TRUE, { KE (CURVE25519), PRF (HMAC_SHA2_512), ENCR (AES_GCM_16, 128) } },
	{ "integrity none", 1, TRUE, { ENCR (AES_GCM_16, 256), INTEG (NONE), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "chacha", 1, TRUE, { ENCR (CHACHA20_POLY1305, 0), PRF (HMAC_SHA2_384), KE (MODP_3072) } },
	{ "cbc", 2, TRUE, { ENCR (AES_CBC, 128), INTEG (HMAC_SHA2_384_192), PRF (HMAC_SHA2_256), KE (ECP_521) } },
	{ "no cipher", 1, FALSE, { PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "no prf", 1, FALSE, { ENCR (AES_GCM_16, 256), KE (ECP_256) } },
	{ "no group", 1, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256) } },
	{ "two groups", 1, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256), KE (ECP_256), KE (ECP_384) } },
	{ "twice the same", 1, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256), KE (ECP_256), KE (ECP_256) } },
	{ "gcm with integrity",
	  1,
	  FALSE,
	  { ENCR (AES_GCM_16, 256), INTEG (HMAC_SHA2_256_128), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "cbc without integrity", 2, FALSE, { ENCR (AES_CBC, 128), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "cbc with integrity none", 2, FALSE, { ENCR (AES_CBC, 128), INTEG (NONE), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "of the other proposal", 2, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "number 0", 0, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "number 3", 3, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "key length", 1, FALSE, { ENCR (AES_GCM_16, 192), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "key length of a fixed cipher", 1, FALSE, { ENCR (CHACHA20_POLY1305, 256), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "weak prf", 1, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA1), KE (ECP_256) } },
	{ "weak group", 1, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256), KE (MODP_1024) } },
	{ "weak cipher", 2, FALSE, { ENCR (3DES, 0), INTEG (HMAC_SHA2_256_128), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "null cipher", 2, FALSE, { ENCR (NULL, 0), INTEG (HMAC_SHA2_256_128), PRF (HMAC_SHA2_256), KE (ECP_256) } },
	{ "with sequence numbers", 1, FALSE, { ENCR (AES_GCM_16, 256), PRF (HMAC_SHA2_256), KE (ECP_256), SN (ESN) } },
};

static Status
check_ike (const IkeOffer *offer, IkeProposal *proposal, IkeChoice *ret_choice)
{
	IkePayload answer = { .type = IKE_PAYLOAD_SA, .sa = { 1, proposal } };

	return ike_choice_ike (offer, &answer, ret_choice);
}

static void
test_choice_ike (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (ike_choices); i++)
	{
		IkeProposal proposal = choice (ike_choices[i].number, IKE_PROTOCOL_IKE, ike_choices[i].transforms);
		IkeChoice chosen;

		g_test_message ("%s", ike_choices[i].name);
		g_assert_cmpint (check_ike (&strong, &proposal, &chosen) == STATUS_OK, ==, ike_choices[i].good);
		proposal.protocol = IKE_PROTOCOL_ESP;
		g_assert_cmpuint (check_ike (&strong, &proposal, &chosen), !=, STATUS_OK);
		proposal.protocol = IKE_PROTOCOL_IKE;
		proposal.unknown_attribute = TRUE;
		g_assert_cmpuint (check_ike (&strong, &proposal, &chosen), !=, STATUS_OK);
	}
}

static void
test_choice_values (void)
{
	IkeProposal proposal = choice (2, IKE_PROTOCOL_IKE, ike_choices[4].transforms);
	IkePayload answer = { .type = IKE_PAYLOAD_SA, .sa = { 1, &proposal } };
	IkeChoice chosen;

	g_assert_cmpuint (ike_choice_ike (&strong, &answer, &chosen), ==, STATUS_OK);
	g_assert_cmpuint (chosen.suite.encr, ==, ENCR_AES_CBC);
	g_assert_cmpuint (chosen.suite.key_bits, ==, 128);
	g_assert_cmpuint (chosen.suite.integ, ==, INTEG_HMAC_SHA2_384_192);
	g_assert_cmpuint (chosen.prf, ==, PRF_HMAC_SHA2_256);
	g_assert_cmpuint (chosen.group, ==, KEX_ECP_521);
	answer.sa.n_proposals = 0;
	g_assert_cmpuint (ike_choice_ike (&strong, &answer, &chosen), !=, STATUS_OK);
}

static void
test_choice_weak (void)
{
	static const IkeTransform transforms[] = {
		ENCR (3DES, 0), INTEG (HMAC_SHA1_96), PRF (HMAC_SHA1), KE (MODP_1024), { 0 }
	};
	IkeProposal proposal = choice (2, IKE_PROTOCOL_IKE, transforms);
	IkeChoice chosen;

	g_assert_cmpuint (check_ike (&strong, &proposal, &chosen), ==, STATUS_NO_PROPOSAL);
	g_assert_cmpuint (check_ike (&weak, &proposal, &chosen), ==, STATUS_OK);
	g_assert_cmpuint (chosen.suite.key_bits, ==, 192);
	g_assert_cmpuint (chosen.group, ==, KEX_MODP_1024);
}

/* Any one transform with any other value of its registry: only what was offered comes through. */
static void
test_choice_every_number (void)
{
	IkeProposal offers[IKE_OFFER_PROPOSALS];

	ike_offer_ike (&strong, KEX_ECP_256, offers);
	for (guint at = 0; at < 3; at++)
		for (guint id = 0; id <= G_MAXUINT16; id++)
		{
			IkeProposal proposal = choice (1, IKE_PROTOCOL_IKE, ike_choices[0].transforms);
			IkeTransform *transform = &proposal.transforms[at];
			IkeChoice chosen;
			gboolean offered = FALSE;

			transform->id = (guint16) id;
			for (guint i = 0; i < offers[0].n_transforms; i++)
				offered |= offers[0].transforms[i].type == transform->type && offers[0].transforms[i].id == id &&
				           offers[0].transforms[i].key_bits == transform->key_bits;
			g_assert_cmpint (check_ike (&strong, &proposal, &chosen) == STATUS_OK, ==, offered);
		}
}

static const struct
{
	const char *name;
	guint8 number;
	gboolean good, esn;
	IkeTransform transforms[MAX_TRANSFORMS];
} esp_choices[] = {
	{ "gcm esn", 1, TRUE, TRUE, { ENCR (AES_GCM_16, 256), SN (ESN) } },
	{ "gcm", 1, TRUE, FALSE, { ENCR (AES_GCM_16, 128), SN (NO_ESN) } },
	{ "cbc", 2, TRUE, FALSE, { ENCR (AES_CBC, 256), INTEG (HMAC_SHA2_256_128), SN (NO_ESN) } },
	{ "with a group", 1, FALSE, FALSE, { ENCR (AES_GCM_16, 256), SN (ESN), KE (ECP_256) } },
	{ "both numberings", 1, FALSE, FALSE, { ENCR (AES_GCM_16, 256), SN (ESN), SN (NO_ESN) } },
	{ "no cipher", 1, FALSE, FALSE, { SN (ESN) } },
	{ "cbc without integrity", 2, FALSE, FALSE, { ENCR (AES_CBC, 256), SN (ESN) } },
};

static void
test_choice_esp (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (esp_choices); i++)
	{
		IkeProposal proposal = choice (esp_choices[i].number, IKE_PROTOCOL_ESP, esp_choices[i].transforms);
		IkePayload answer = { .type = IKE_PAYLOAD_SA, .sa = { 1, &proposal } };
		IkeEspChoice chosen = { .esn = !esp_choices[i].esn };

		g_test_message ("%s", esp_choices[i].name);
		g_assert_cmpint (ike_choice_esp (&strong, &answer, &chosen) == STATUS_OK, ==, esp_choices[i].good);
		if (!esp_choices[i].good)
			continue;
		g_assert_cmpint (chosen.esn, ==, esp_choices[i].esn);
		g_assert_cmphex (chosen.spi, ==, 0x11223344);
		memset (proposal.spi, 0, 4);
		g_assert_cmpuint (ike_choice_esp (&strong, &answer, &chosen), !=, STATUS_OK);
		memset (proposal.spi, 1, 8);
		proposal.spi_octets = 8;
		g_assert_cmpuint (ike_choice_esp (&strong, &answer, &chosen), !=, STATUS_OK);
	}
}

static void
test_groups (void)
{
	for (guint kex = 0; kex < KEX_COUNT; kex++)
	{
		KexId back;

		g_assert_true (ike_group_to_kex (ike_group_from_kex ((KexId) kex), &back));
		g_assert_cmpuint (back, ==, kex);
	}
	for (guint group = 0; group < 64; group++)
	{
		KexId kex;

		if (ike_group_to_kex ((guint16) group, &kex))
			g_assert_cmpuint (ike_group_from_kex (kex), ==, group);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/proposal/offer-ike", test_offer_ike);
	g_test_add_func ("/ike/proposal/offer-order", test_offer_order);
	g_test_add_func ("/ike/proposal/offer-weak", test_offer_weak);
	g_test_add_func ("/ike/proposal/offer-size", test_offer_size);
	g_test_add_func ("/ike/proposal/offer-esp", test_offer_esp);
	g_test_add_func ("/ike/proposal/choice-ike", test_choice_ike);
	g_test_add_func ("/ike/proposal/choice-values", test_choice_values);
	g_test_add_func ("/ike/proposal/choice-weak", test_choice_weak);
	g_test_add_func ("/ike/proposal/choice-every-number", test_choice_every_number);
	g_test_add_func ("/ike/proposal/choice-esp", test_choice_esp);
	g_test_add_func ("/ike/proposal/groups", test_groups);
	return g_test_run ();
}
