/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what we offer, whether what was chosen is one of ours, and the numbers of the wire for our algorithms (one table).
 * Must not know: messages, state.
 */
#pragma once

#include "crypto/kex.h"
#include "crypto/prf.h"
#include "ike.h"

#define IKE_OFFER_PROPOSALS 2

/* The algorithms of an IKE SA after the choice. */
typedef struct
{
	AeadSuite suite;
	PrfId prf;
	KexId group;
} IkeChoice;

typedef struct
{
	gboolean weak;
	gboolean aes_fast;
	gboolean esn; /* wanted first, of children */
	gboolean pfs; /* children have a key exchange of their own, if the gateway wants one too */
} IkeOffer;

/* The algorithms of a CHILD SA after the choice. */
typedef struct
{
	AeadSuite suite;
	gboolean esn;
	gboolean has_group;
	KexId group;
	guint32 spi; /* the gateway's */
} IkeEspChoice;

/* Fills proposals for an IKE SA; @first_group stands first among the key exchanges. Returns their number. */
guint ike_offer_ike (const IkeOffer *offer, KexId first_group, IkeProposal ret_proposals[IKE_OFFER_PROPOSALS]);

/* The same for a CHILD SA (ESP) with our inbound @spi; @first_group counts with .pfs only. */
guint ike_offer_esp (const IkeOffer *offer, guint32 spi, KexId first_group,
                     IkeProposal ret_proposals[IKE_OFFER_PROPOSALS]);

/**
 * ike_choice_ike:
 * @answer: the SA payload of the response; it must hold one proposal with one transform of each type, all offered
 * Errors: STATUS_NO_PROPOSAL (not what we offered), STATUS_MALFORMED (not one of each)
 */
Status ike_choice_ike (const IkeOffer *offer, const IkePayload *answer, IkeChoice *ret_choice);

/* Errors: also STATUS_MALFORMED for an SPI of 0 or of another length than 4 */
Status ike_choice_esp (const IkeOffer *offer, const IkePayload *answer, IkeEspChoice *ret_choice);

/**
 * ike_select_ike:
 * The other side of the negotiation: the gateway offers (RFC 7296 section 2.7). Its proposals in their order, of each type
 * the transform that we like best; of the groups that of @ke_group, its KE payload, if we have it.
 * @ret_answer: one proposal with one transform of each type, without SPI;  @ret_spi: the gateway's
 * Errors: STATUS_NO_PROPOSAL
 */
Status ike_select_ike (const IkeOffer *offer, const IkePayload *request, guint16 ke_group, IkeProposal *ret_answer,
                       IkeChoice *ret_choice, guint64 *ret_spi);
/* @ke_group: 0 when there is no KE payload */
Status ike_select_esp (const IkeOffer *offer, const IkePayload *request, guint16 ke_group, IkeProposal *ret_answer,
                       IkeEspChoice *ret_choice);
/* The SPI of an IKE SA; FALSE: there is none. */
gboolean ike_proposal_spi8 (const IkeProposal *proposal, guint64 *ret_spi);
/* Our SPI, of 4 or 8 octets. */
void ike_proposal_set_spi (IkeProposal *proposal, guint64 spi, guint8 octets);

/* KE group number <-> KexId; FALSE when we do not implement it. */
gboolean ike_group_to_kex (guint16 group, KexId *ret_kex);
guint16 ike_group_from_kex (KexId kex);
/* Whether the profile lets us use it. */
gboolean ike_group_offered (const IkeOffer *offer, guint16 group);

/* Names of numbers.def, for facts and traces. */
const char *ike_encr_name (EncrId encr);
const char *ike_integ_name (IntegId integ);
const char *ike_prf_name (PrfId prf);
