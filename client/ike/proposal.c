/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proposal.h"

/* One row an algorithm we have. Strong ones first; the order is the order of the offer. */
typedef struct
{
	guint8 type; /* IKE_TRANSFORM_* */
	guint16 id;
	guint16 key_bits; /* on the wire; 0: no Key Length attribute */
	guint8 proposal;  /* 0: combined modes, 1: cipher + HMAC, 2: both */
	gboolean weak;
	guint value; /* EncrId, PrfId, IntegId, KexId, or ESN or not */
	guint16 cipher_bits;
} AlgorithmRow;

enum
{
	IN_COMBINED,
	IN_CLASSIC,
	IN_BOTH,
};

static const AlgorithmRow rows[] = {
	{ IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_16, 256, IN_COMBINED, FALSE, ENCR_AES_GCM_16, 256 },
	{ IKE_TRANSFORM_ENCR, IKE_ENCR_AES_GCM_16, 128, IN_COMBINED, FALSE, ENCR_AES_GCM_16, 128 },
	{ IKE_TRANSFORM_ENCR, IKE_ENCR_CHACHA20_POLY1305, 0, IN_COMBINED, FALSE, ENCR_CHACHA20_POLY1305, 256 },
	{ IKE_TRANSFORM_ENCR, IKE_ENCR_AES_CBC, 256, IN_CLASSIC, FALSE, ENCR_AES_CBC, 256 },
	{ IKE_TRANSFORM_ENCR, IKE_ENCR_AES_CBC, 128, IN_CLASSIC, FALSE, ENCR_AES_CBC, 128 },
	{ IKE_TRANSFORM_ENCR, IKE_ENCR_3DES, 0, IN_CLASSIC, TRUE, ENCR_3DES_CBC, 192 },
	{ IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA2_256_128, 0, IN_CLASSIC, FALSE, INTEG_HMAC_SHA2_256_128, 0 },
	{ IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA2_384_192, 0, IN_CLASSIC, FALSE, INTEG_HMAC_SHA2_384_192, 0 },
	{ IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA2_512_256, 0, IN_CLASSIC, FALSE, INTEG_HMAC_SHA2_512_256, 0 },
	{ IKE_TRANSFORM_INTEG, IKE_INTEG_HMAC_SHA1_96, 0, IN_CLASSIC, TRUE, INTEG_HMAC_SHA1_96, 0 },
	{ IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA2_256, 0, IN_BOTH, FALSE, PRF_HMAC_SHA2_256, 0 },
	{ IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA2_384, 0, IN_BOTH, FALSE, PRF_HMAC_SHA2_384, 0 },
	{ IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA2_512, 0, IN_BOTH, FALSE, PRF_HMAC_SHA2_512, 0 },
	{ IKE_TRANSFORM_PRF, IKE_PRF_HMAC_SHA1, 0, IN_BOTH, TRUE, PRF_HMAC_SHA1, 0 },
	{ IKE_TRANSFORM_KE, IKE_KE_ECP_256, 0, IN_BOTH, FALSE, KEX_ECP_256, 0 },
	{ IKE_TRANSFORM_KE, IKE_KE_CURVE25519, 0, IN_BOTH, FALSE, KEX_CURVE25519, 0 },
	{ IKE_TRANSFORM_KE, IKE_KE_ECP_384, 0, IN_BOTH, FALSE, KEX_ECP_384, 0 },
	{ IKE_TRANSFORM_KE, IKE_KE_ECP_521, 0, IN_BOTH, FALSE, KEX_ECP_521, 0 },
	{ IKE_TRANSFORM_KE, IKE_KE_MODP_3072, 0, IN_BOTH, FALSE, KEX_MODP_3072, 0 },
	{ IKE_TRANSFORM_KE, IKE_KE_MODP_4096, 0, IN_BOTH, FALSE, KEX_MODP_4096, 0 },
	{ IKE_TRANSFORM_KE, IKE_KE_MODP_2048, 0, IN_BOTH, FALSE, KEX_MODP_2048, 0 },
	{ IKE_TRANSFORM_KE, IKE_KE_MODP_1024, 0, IN_BOTH, TRUE, KEX_MODP_1024, 0 },
	{ IKE_TRANSFORM_SN, IKE_SN_ESN, 0, IN_BOTH, FALSE, TRUE, 0 },
	{ IKE_TRANSFORM_SN, IKE_SN_NO_ESN, 0, IN_BOTH, FALSE, FALSE, 0 },
};

/* What each kind of SA negotiates. */
static const guint8 ike_types[] = { IKE_TRANSFORM_ENCR, IKE_TRANSFORM_INTEG, IKE_TRANSFORM_PRF, IKE_TRANSFORM_KE };
static const guint8 esp_types[] = { IKE_TRANSFORM_ENCR, IKE_TRANSFORM_INTEG, IKE_TRANSFORM_SN, IKE_TRANSFORM_KE };

static gboolean
in_offer (const IkeOffer *offer, const AlgorithmRow *row, guint8 proposal)
{
	return (row->weak ? offer->weak : TRUE) && (row->proposal == IN_BOTH || row->proposal == proposal);
}

static void
add_row (IkeProposal *proposal, const AlgorithmRow *row)
{
	proposal->transforms[proposal->n_transforms++] = (IkeTransform){ row->type, row->id, row->key_bits };
}

static void
add_type (const IkeOffer *offer, guint8 type, guint16 first_id, guint8 kind, IkeProposal *proposal)
{
	/* Two rounds: what is to stand first, then the rest in the order of the table. */
	for (guint round = 0; round < 2; round++)
		for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
			if (rows[i].type == type && in_offer (offer, &rows[i], kind) && (rows[i].id == first_id) == (round == 0))
				add_row (proposal, &rows[i]);
}

static guint
make_offer (const IkeOffer *offer, const guint8 *types, gsize n_types, guint16 first_group, guint8 protocol,
            IkeProposal proposals[IKE_OFFER_PROPOSALS])
{
	for (guint8 kind = 0; kind < IKE_OFFER_PROPOSALS; kind++)
	{
		IkeProposal *proposal = &proposals[kind];

		memset (proposal, 0, sizeof *proposal);
		proposal->number = (guint8) (kind + 1);
		proposal->protocol = protocol;
		for (gsize i = 0; i < n_types; i++)
		{
			guint16 first = types[i] == IKE_TRANSFORM_KE ? first_group : G_MAXUINT16;

			if (types[i] == IKE_TRANSFORM_ENCR)
				first = offer->aes_fast ? IKE_ENCR_AES_GCM_16 : IKE_ENCR_CHACHA20_POLY1305;
			add_type (offer, types[i], first, kind, proposal);
		}
	}
	return IKE_OFFER_PROPOSALS;
}

guint
ike_offer_ike (const IkeOffer *offer, KexId first_group, IkeProposal ret_proposals[IKE_OFFER_PROPOSALS])
{
	return make_offer (offer, ike_types, sizeof ike_types, ike_group_from_kex (first_group), IKE_PROTOCOL_IKE,
	                   ret_proposals);
}

void
ike_proposal_set_spi (IkeProposal *proposal, guint64 spi, guint8 octets)
{
	proposal->spi_octets = octets;
	for (guint i = 0; i < octets; i++)
		proposal->spi[i] = (guint8) (spi >> (8 * (octets - 1u - i)));
}

static guint64
spi_of (const IkeProposal *proposal)
{
	guint64 spi = 0;

	for (guint i = 0; i < proposal->spi_octets; i++)
		spi = spi << 8 | proposal->spi[i];
	return spi;
}

gboolean
ike_proposal_spi8 (const IkeProposal *proposal, guint64 *ret_spi)
{
	guint64 spi = spi_of (proposal);

	if (proposal->spi_octets != 8 || spi == 0)
		return FALSE;
	*ret_spi = spi;
	return TRUE;
}

guint
ike_offer_esp (const IkeOffer *offer, guint32 spi, KexId first_group, IkeProposal ret_proposals[IKE_OFFER_PROPOSALS])
{
	gsize n_types = G_N_ELEMENTS (esp_types) - (offer->pfs ? 0 : 1);
	guint n = make_offer (offer, esp_types, n_types, ike_group_from_kex (first_group), IKE_PROTOCOL_ESP, ret_proposals);

	for (guint i = 0; i < n; i++)
	{
		ike_proposal_set_spi (&ret_proposals[i], spi, 4);
		/* Last: without, for gateways whose CHILD SAs have none. */
		if (offer->pfs)
			ret_proposals[i].transforms[ret_proposals[i].n_transforms++] =
			    (IkeTransform){ IKE_TRANSFORM_KE, IKE_KE_NONE, 0 };
	}
	return n;
}

/* The row that a chosen transform stands for, when we offered it in the proposal of that number. */
static const AlgorithmRow *
find_offered (const IkeOffer *offer, const IkeTransform *transform, guint8 number)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].type == transform->type && rows[i].id == transform->id && rows[i].key_bits == transform->key_bits &&
		    in_offer (offer, &rows[i], (guint8) (number - 1)))
			return &rows[i];
	return NULL;
}

/* Rows by transform type (1...5); the types wanted exactly once each. INTEG may be missing, or be NONE, where the cipher needs
 * none (RFC 7296 section 3.3); so may SN, which then is NO_ESN. */
static Status
collect (const IkeOffer *offer, const IkePayload *answer, guint8 protocol, const AlgorithmRow *chosen[6],
         const IkeProposal **ret_proposal)
{
	const IkeProposal *proposal = answer->sa.n_proposals == 1 ? &answer->sa.proposals[0] : NULL;

	if (proposal == NULL || proposal->protocol != protocol)
		return STATUS_MALFORMED;
	if (proposal->number < 1 || proposal->number > IKE_OFFER_PROPOSALS || proposal->unknown_attribute)
		return STATUS_NO_PROPOSAL;
	for (guint i = 0; i < proposal->n_transforms; i++)
	{
		const IkeTransform *transform = &proposal->transforms[i];
		const AlgorithmRow *row;

		if (transform->type == IKE_TRANSFORM_INTEG && transform->id == IKE_INTEG_NONE &&
		    proposal->number - 1 == IN_COMBINED)
			continue;
		if (transform->type == IKE_TRANSFORM_KE && transform->id == IKE_KE_NONE && protocol == IKE_PROTOCOL_ESP)
			continue;
		row = find_offered (offer, transform, proposal->number);
		if (row == NULL)
			return STATUS_NO_PROPOSAL;
		if (chosen[row->type] != NULL)
			return STATUS_MALFORMED;
		chosen[row->type] = row;
	}
	*ret_proposal = proposal;
	return STATUS_OK;
}

static Status
make_suite (const AlgorithmRow *const chosen[6], AeadSuite *ret_suite)
{
	const AlgorithmRow *encr = chosen[IKE_TRANSFORM_ENCR], *integ = chosen[IKE_TRANSFORM_INTEG];
	AeadSuite suite = { 0 };

	if (encr == NULL)
		return STATUS_MALFORMED;
	suite.encr = (EncrId) encr->value;
	suite.key_bits = encr->cipher_bits;
	suite.integ = integ != NULL ? (IntegId) integ->value : INTEG_NONE;
	if (!aead_suite_valid (&suite))
		return STATUS_MALFORMED;
	*ret_suite = suite;
	return STATUS_OK;
}

Status
ike_choice_ike (const IkeOffer *offer, const IkePayload *answer, IkeChoice *ret_choice)
{
	const AlgorithmRow *chosen[6] = { NULL };
	const IkeProposal *proposal;
	IkeChoice choice = { 0 };
	Status status = collect (offer, answer, IKE_PROTOCOL_IKE, chosen, &proposal);

	if (status == STATUS_OK)
		status = make_suite (chosen, &choice.suite);
	if (status != STATUS_OK)
		return status;
	if (chosen[IKE_TRANSFORM_PRF] == NULL || chosen[IKE_TRANSFORM_KE] == NULL || chosen[IKE_TRANSFORM_SN] != NULL)
		return STATUS_MALFORMED;
	choice.prf = (PrfId) chosen[IKE_TRANSFORM_PRF]->value;
	choice.group = (KexId) chosen[IKE_TRANSFORM_KE]->value;
	*ret_choice = choice;
	return STATUS_OK;
}

static Status
make_esp_choice (const AlgorithmRow *const chosen[6], const IkeProposal *proposal, IkeEspChoice *ret_choice)
{
	IkeEspChoice choice = { .spi = (guint32) spi_of (proposal) };
	Status status = make_suite (chosen, &choice.suite);

	if (status != STATUS_OK)
		return status;
	if (proposal->spi_octets != 4 || choice.spi == 0 || chosen[IKE_TRANSFORM_PRF] != NULL)
		return STATUS_MALFORMED;
	choice.esn = chosen[IKE_TRANSFORM_SN] != NULL && chosen[IKE_TRANSFORM_SN]->value;
	choice.has_group = chosen[IKE_TRANSFORM_KE] != NULL;
	if (choice.has_group)
		choice.group = (KexId) chosen[IKE_TRANSFORM_KE]->value;
	*ret_choice = choice;
	return STATUS_OK;
}

Status
ike_choice_esp (const IkeOffer *offer, const IkePayload *answer, IkeEspChoice *ret_choice)
{
	const AlgorithmRow *chosen[6] = { NULL };
	const IkeProposal *proposal;
	Status status = collect (offer, answer, IKE_PROTOCOL_ESP, chosen, &proposal);

	if (status == STATUS_OK && chosen[IKE_TRANSFORM_KE] != NULL && !offer->pfs)
		status = STATUS_MALFORMED;
	return status == STATUS_OK ? make_esp_choice (chosen, proposal, ret_choice) : status;
}

static gboolean
has_transform (const IkeProposal *proposal, guint8 type, const AlgorithmRow *row)
{
	for (guint i = 0; i < proposal->n_transforms; i++)
	{
		const IkeTransform *transform = &proposal->transforms[i];

		if (transform->type == type &&
		    (row == NULL || (transform->id == row->id && transform->key_bits == row->key_bits)))
			return TRUE;
	}
	return FALSE;
}

/* The row that we like best of those offered; @wanted: an id that is taken before all others, or 0 */
static const AlgorithmRow *
best_row (const IkeOffer *offer, const IkeProposal *proposal, guint8 type, guint8 kind, guint16 wanted)
{
	const AlgorithmRow *best = NULL;

	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		const AlgorithmRow *row = &rows[i];

		if (row->type != type || !in_offer (offer, row, kind) || !has_transform (proposal, type, row))
			continue;
		if (best == NULL || (wanted != 0 && row->id == wanted && best->id != wanted))
			best = row;
	}
	return best;
}

/* One of each type that the gateway's proposal has; FALSE: one of them is nothing for us. */
static gboolean
select_rows (const IkeOffer *offer, const IkeProposal *proposal, guint8 kind, guint16 ke_group,
             const AlgorithmRow *chosen[6])
{
	static const AlgorithmRow no_group = { .type = IKE_TRANSFORM_KE, .id = IKE_KE_NONE };
	gboolean without = ke_group == 0 && has_transform (proposal, IKE_TRANSFORM_KE, &no_group);
	const guint16 wanted[6] = {
		[IKE_TRANSFORM_ENCR] = offer->aes_fast ? 0 : IKE_ENCR_CHACHA20_POLY1305, [IKE_TRANSFORM_KE] = ke_group
	};

	for (guint8 type = IKE_TRANSFORM_ENCR; type <= IKE_TRANSFORM_SN; type++)
	{
		chosen[type] = NULL;
		if (!has_transform (proposal, type, NULL) || (type == IKE_TRANSFORM_KE && without) ||
		    (type == IKE_TRANSFORM_INTEG && kind == IN_COMBINED))
			continue;
		chosen[type] = best_row (offer, proposal, type, kind, wanted[type]);
		if (chosen[type] == NULL)
			return FALSE;
	}
	return chosen[IKE_TRANSFORM_ENCR] != NULL && (kind == IN_COMBINED || chosen[IKE_TRANSFORM_INTEG] != NULL);
}

static void
fill_answer (const IkeProposal *proposal, const AlgorithmRow *const chosen[6], IkeProposal *answer)
{
	memset (answer, 0, sizeof *answer);
	answer->number = proposal->number;
	answer->protocol = proposal->protocol;
	for (guint type = IKE_TRANSFORM_ENCR; type <= IKE_TRANSFORM_SN; type++)
		if (chosen[type] != NULL)
			add_row (answer, chosen[type]);
}

Status
ike_select_ike (const IkeOffer *offer, const IkePayload *request, guint16 ke_group, IkeProposal *ret_answer,
                IkeChoice *ret_choice, guint64 *ret_spi)
{
	guint64 spi;

	for (guint i = 0; i < request->sa.n_proposals; i++)
	{
		const IkeProposal *proposal = &request->sa.proposals[i];
		const AlgorithmRow *chosen[6] = { NULL };

		if (proposal->protocol != IKE_PROTOCOL_IKE || proposal->unknown_attribute ||
		    !ike_proposal_spi8 (proposal, &spi))
			continue;
		for (guint8 kind = IN_COMBINED; kind <= IN_CLASSIC; kind++)
		{
			IkeChoice choice = { 0 };

			if (!select_rows (offer, proposal, kind, ke_group, chosen) || chosen[IKE_TRANSFORM_PRF] == NULL ||
			    chosen[IKE_TRANSFORM_KE] == NULL || chosen[IKE_TRANSFORM_SN] != NULL ||
			    make_suite (chosen, &choice.suite) != STATUS_OK)
				continue;
			choice.prf = (PrfId) chosen[IKE_TRANSFORM_PRF]->value;
			choice.group = (KexId) chosen[IKE_TRANSFORM_KE]->value;
			fill_answer (proposal, chosen, ret_answer);
			*ret_choice = choice;
			*ret_spi = spi;
			return STATUS_OK;
		}
	}
	return STATUS_NO_PROPOSAL;
}

Status
ike_select_esp (const IkeOffer *offer, const IkePayload *request, guint16 ke_group, IkeProposal *ret_answer,
                IkeEspChoice *ret_choice)
{
	for (guint i = 0; i < request->sa.n_proposals; i++)
	{
		const IkeProposal *proposal = &request->sa.proposals[i];
		const AlgorithmRow *chosen[6] = { NULL };

		if (proposal->protocol != IKE_PROTOCOL_ESP || proposal->unknown_attribute)
			continue;
		for (guint8 kind = IN_COMBINED; kind <= IN_CLASSIC; kind++)
			if (select_rows (offer, proposal, kind, ke_group, chosen) &&
			    make_esp_choice (chosen, proposal, ret_choice) == STATUS_OK)
			{
				fill_answer (proposal, chosen, ret_answer);
				return STATUS_OK;
			}
	}
	return STATUS_NO_PROPOSAL;
}

gboolean
ike_group_to_kex (guint16 group, KexId *ret_kex)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].type == IKE_TRANSFORM_KE && rows[i].id == group)
		{
			*ret_kex = (KexId) rows[i].value;
			return TRUE;
		}
	return FALSE;
}

/* The row of a type with one of our values; there is one for each. */
static const AlgorithmRow *
row_of_value (guint8 type, guint value)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].type == type && rows[i].value == value)
			return &rows[i];
	return &rows[0];
}

guint16
ike_group_from_kex (KexId kex)
{
	return row_of_value (IKE_TRANSFORM_KE, kex)->id;
}

gboolean
ike_group_offered (const IkeOffer *offer, guint16 group)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].type == IKE_TRANSFORM_KE && rows[i].id == group)
			return in_offer (offer, &rows[i], IN_COMBINED);
	return FALSE;
}

const char *
ike_encr_name (EncrId encr)
{
	return ike_number_name (IKE_NUMBERS_ENCR, row_of_value (IKE_TRANSFORM_ENCR, encr)->id);
}

const char *
ike_integ_name (IntegId integ)
{
	if (integ == INTEG_NONE)
		return ike_number_name (IKE_NUMBERS_INTEG, IKE_INTEG_NONE);
	return ike_number_name (IKE_NUMBERS_INTEG, row_of_value (IKE_TRANSFORM_INTEG, integ)->id);
}

const char *
ike_prf_name (PrfId prf)
{
	return ike_number_name (IKE_NUMBERS_PRF, row_of_value (IKE_TRANSFORM_PRF, prf)->id);
}
