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
} IkeOffer;

/* Fills proposals for an IKE SA; @first_group stands first among the key exchanges. Returns their number. */
guint ike_offer_ike (const IkeOffer *offer, KexId first_group, IkeProposal ret_proposals[IKE_OFFER_PROPOSALS]);

/* The same for a CHILD SA (ESP) with our inbound @spi. */
guint ike_offer_esp (const IkeOffer *offer, guint32 spi, IkeProposal ret_proposals[IKE_OFFER_PROPOSALS]);

/**
 * ike_choice_ike:
 * @answer: the SA payload of the response; it must hold one proposal with one transform of each type, all offered
 * Errors: STATUS_NO_PROPOSAL (not what we offered), STATUS_MALFORMED (not one of each)
 */
Status ike_choice_ike (const IkeOffer *offer, const IkePayload *answer, IkeChoice *ret_choice);

/* @ret_spi: the gateway's; Errors: also STATUS_MALFORMED for an SPI of 0 or of another length than 4 */
Status ike_choice_esp (const IkeOffer *offer, const IkePayload *answer, AeadSuite *ret_suite, gboolean *ret_esn,
                       guint32 *ret_spi);

/* KE group number <-> KexId; FALSE when we do not implement it. */
gboolean ike_group_to_kex (guint16 group, KexId *ret_kex);
guint16 ike_group_from_kex (KexId kex);
/* Whether the profile lets us use it. */
gboolean ike_group_offered (const IkeOffer *offer, guint16 group);

/* Names of numbers.def, for facts and traces. */
const char *ike_encr_name (EncrId encr);
const char *ike_integ_name (IntegId integ);
const char *ike_prf_name (PrfId prf);
