/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway-child.h"
#include "gateway-keys.h"

/* -- The table --------------------------------------------------------------------------------------------------- */

static GatewayChild *
child_at (const Gateway *gateway, guint i)
{
	return &g_array_index (gateway->children, GatewayChild, i);
}

static GatewayChild *
find_own (const Gateway *gateway, guint32 own)
{
	for (guint i = 0; i < gateway->children->len; i++)
		if (child_at (gateway, i)->own == own && !child_at (gateway, i)->gone)
			return child_at (gateway, i);
	return NULL;
}

static GatewayChild *
find_client (const Gateway *gateway, guint32 client)
{
	for (guint i = 0; i < gateway->children->len; i++)
		if (child_at (gateway, i)->client == client && !child_at (gateway, i)->gone)
			return child_at (gateway, i);
	return NULL;
}

guint
gateway_children_alive (const Gateway *gateway)
{
	guint n = 0;

	for (guint i = 0; i < gateway->children->len; i++)
		n += !child_at (gateway, i)->gone;
	return n;
}

void
gateway_child_work_clear (GatewayWork *work)
{
	g_clear_pointer (&work->kex, kex_free);
	g_clear_pointer (&work->nonce, g_bytes_unref);
	g_clear_pointer (&work->datagrams, g_ptr_array_unref);
	g_clear_pointer (&work->rival_nonce, g_bytes_unref);
	*work = (GatewayWork){ 0 };
}

void
gateway_child_first (Gateway *gateway, GatewaySa *sa, const IkePayload *tsi, const IkePayload *tsr)
{
	GatewayChild child = { .own = sa->spi_own, .client = sa->spi_client };

	memcpy (child.keys, sa->child_keys, sizeof child.keys);
	g_array_append_val (gateway->children, child);
	gateway->first_tsi = *tsi;
	gateway->first_tsr = *tsr;
}

/* -- Parts of messages ------------------------------------------------------------------------------------------- */

static void
add_selectors (GatewayReply *reply, const IkePayload *tsi, const IkePayload *tsr)
{
	gateway_reply_add (reply, IKE_PAYLOAD_TSI)->ts = tsi->ts;
	gateway_reply_add (reply, IKE_PAYLOAD_TSR)->ts = tsr->ts;
}

static GBytes *
new_nonce (Gateway *gateway)
{
	guint8 nonce[24];

	gateway_rand_fill (gateway->rand, nonce, sizeof nonce);
	return g_bytes_new (nonce, sizeof nonce);
}

static void
add_transforms (const Gateway *gateway, IkeProposal *proposal, gboolean ike, gboolean with_ke)
{
	const GatewaySuite *suite = gateway->suite;

	gateway_choose (proposal, IKE_TRANSFORM_ENCR, suite->encr, suite->encr_bits);
	if (suite->integ != 0)
		gateway_choose (proposal, IKE_TRANSFORM_INTEG, suite->integ, 0);
	if (ike)
		gateway_choose (proposal, IKE_TRANSFORM_PRF, suite->prf, 0);
	else
		gateway_choose (proposal, IKE_TRANSFORM_SN, gateway->esn ? IKE_SN_ESN : IKE_SN_NO_ESN, 0);
	if (with_ke)
		gateway_choose (proposal, IKE_TRANSFORM_KE, suite->ke, 0);
}

static void
add_proposal (Gateway *gateway, GatewayReply *reply, guint8 number, guint8 protocol, guint64 spi, gboolean with_ke)
{
	IkeProposal *proposal = gateway_proposal_new (reply, number, protocol);

	proposal->spi_octets = protocol == IKE_PROTOCOL_IKE ? 8 : 4;
	for (guint i = 0; i < proposal->spi_octets; i++)
		proposal->spi[i] = (guint8) (spi >> (8 * (proposal->spi_octets - 1u - i)));
	add_transforms (gateway, proposal, protocol == IKE_PROTOCOL_IKE, with_ke);
	gateway_add_sa (reply, proposal);
}

static void
add_nonce (GatewayReply *reply, GBytes *nonce)
{
	gateway_reply_add (reply, IKE_PAYLOAD_NONCE)->nonce.value = gateway_reply_keep (reply, g_bytes_ref (nonce));
}

static void
add_ke (GatewayReply *reply, guint16 group, const Kex *kex)
{
	IkePayload *payload = gateway_reply_add (reply, IKE_PAYLOAD_KE);

	payload->ke.group = group;
	payload->ke.value = gateway_reply_keep (reply, slice_dup (kex_public (kex)));
}

static guint64
spi_of (const IkeProposal *proposal)
{
	guint64 spi = 0;

	for (guint i = 0; i < proposal->spi_octets; i++)
		spi = spi << 8 | proposal->spi[i];
	return spi;
}

static gint
compare (Slice a, Slice b)
{
	gint order = memcmp (a.data, b.data, MIN (a.len, b.len));

	return order != 0 ? order : (gint) a.len - (gint) b.len;
}

static GBytes *
lower (Slice a, Slice b)
{
	return slice_dup (compare (a, b) < 0 ? a : b);
}

static void
derive (Kex *kex, const IkeMessage *message, Secret *shared)
{
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);

	if (kex != NULL && ke != NULL)
		g_assert_cmpuint (kex_derive (kex, ke->ke.value, shared), ==, STATUS_OK);
}

/* -- Requests of the client -------------------------------------------------------------------------------------- */

static gboolean
doing (const GatewaySa *sa, GatewayWorkKind kind)
{
	return sa->work.kind == kind;
}

static void
temporary (Gateway *gateway, GatewayReply *reply)
{
	gateway->n_temporary++;
	gateway_reply_notify (reply, IKE_NOTIFY_TEMPORARY_FAILURE, SLICE_NONE);
}

static void
create_ike (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GatewayReply *reply)
{
	const IkePayload *offer = ike_message_find (message, IKE_PAYLOAD_SA, NULL);
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	guint16 group = GUINT16_TO_BE (gateway->suite->ke);
	Rng rng = { gateway_rand_fill, gateway->rand };
	Secret shared = SECRET_INIT;
	g_autoptr (Kex) kex = NULL;
	GatewaySa *made;

	if (sa->replaced || doing (sa, GATEWAY_WORK_REKEY_CHILD) || doing (sa, GATEWAY_WORK_DELETE_CHILD) ||
	    doing (sa, GATEWAY_WORK_DELETE_IKE))
	{
		temporary (gateway, reply);
		return;
	}
	if (ke->ke.group != gateway->suite->ke)
	{
		gateway_reply_notify (reply, IKE_NOTIFY_INVALID_KE_PAYLOAD, slice (&group, sizeof group));
		return;
	}
	g_assert_cmpuint (kex_new (gateway->suite->kex, &rng, &kex), ==, STATUS_OK);
	derive (kex, message, &shared);
	made = g_new0 (GatewaySa, 1);
	made->suite = gateway->suite;
	made->spi_i = spi_of (&offer->sa.proposals[0]);
	gateway_rand_fill (gateway->rand, (guint8 *) &made->spi_r, sizeof made->spi_r);
	made->ni = slice_dup (ike_message_find (message, IKE_PAYLOAD_NONCE, NULL)->nonce.value);
	made->nr = new_nonce (gateway);
	made->established = made->up = TRUE;
	gateway_derive_again (sa, made, secret_view (&shared));
	secret_clear (&shared);
	g_ptr_array_add (gateway->sas, made);
	add_proposal (gateway, reply, gateway->suite->proposal, IKE_PROTOCOL_IKE, made->spi_r, TRUE);
	add_nonce (reply, made->nr);
	add_ke (reply, gateway->suite->ke, kex);
	gateway->n_rekeys++;
	if (doing (sa, GATEWAY_WORK_REKEY_IKE))
	{
		gateway->n_collisions++;
		g_clear_pointer (&sa->work.rival_nonce, g_bytes_unref);
		sa->work.rival_nonce = lower (slice_bytes (made->ni), slice_bytes (made->nr));
		sa->work.rival_sa = made;
	}
	else
		sa->replaced = TRUE;
}

static void
not_found (GatewayReply *reply, const IkePayload *rekey)
{
	IkePayload *payload = gateway_reply_add (reply, IKE_PAYLOAD_NOTIFY);

	payload->notify.protocol = IKE_PROTOCOL_ESP;
	payload->notify.spi = gateway_reply_keep (reply, slice_dup (rekey->notify.spi));
	payload->notify.notify_type = IKE_NOTIFY_CHILD_SA_NOT_FOUND;
}

static void
make_child (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GatewayChild *old, GatewayReply *reply)
{
	const IkePayload *offer = ike_message_find (message, IKE_PAYLOAD_SA, NULL);
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	const IkePayload *nonce = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL);
	Rng rng = { gateway_rand_fill, gateway->rand };
	g_autoptr (GBytes) nr = new_nonce (gateway);
	GatewayChild child = { .client = (guint32) spi_of (&offer->sa.proposals[0]) };
	Secret shared = SECRET_INIT;
	g_autoptr (Kex) kex = NULL;
	guint32 old_own = old != NULL ? old->own : 0;

	if (gateway->pfs && ke != NULL)
		g_assert_cmpuint (kex_new (gateway->suite->kex, &rng, &kex), ==, STATUS_OK);
	derive (kex, message, &shared);
	child.own = (guint32) g_rand_int_range (gateway->rand, 256, G_MAXINT32);
	gateway_derive_further (sa, secret_view (&shared), nonce->nonce.value, slice_bytes (nr), TRUE, &child);
	secret_clear (&shared);
	add_proposal (gateway, reply, gateway->suite->proposal, IKE_PROTOCOL_ESP, child.own, kex != NULL);
	add_nonce (reply, nr);
	if (kex != NULL)
		add_ke (reply, gateway->suite->ke, kex);
	add_selectors (reply, ike_message_find (message, IKE_PAYLOAD_TSI, NULL),
	               ike_message_find (message, IKE_PAYLOAD_TSR, NULL));
	if (doing (sa, GATEWAY_WORK_REKEY_CHILD) && sa->work.child == old_own)
	{
		gateway->n_collisions++;
		g_clear_pointer (&sa->work.rival_nonce, g_bytes_unref);
		sa->work.rival_nonce = lower (nonce->nonce.value, slice_bytes (nr));
		sa->work.rival_child = child.own;
	}
	else if (old != NULL)
		old->replaced = TRUE;
	gateway->n_rekeys++;
	g_array_append_val (gateway->children, child);
}

void
gateway_child_create (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GatewayReply *reply)
{
	const IkePayload *offer = ike_message_find (message, IKE_PAYLOAD_SA, NULL);
	const IkePayload *rekey = ike_message_find_notify (message, IKE_NOTIFY_REKEY_SA);
	const IkePayload *ke = ike_message_find (message, IKE_PAYLOAD_KE, NULL);
	guint16 group = GUINT16_TO_BE (gateway->suite->ke);
	GatewayChild *old = NULL;
	guint32 spi = 0;

	if (gateway->no_create)
	{
		gateway_reply_notify (reply, IKE_NOTIFY_NO_ADDITIONAL_SAS, SLICE_NONE);
		return;
	}
	if (offer->sa.proposals[0].protocol == IKE_PROTOCOL_IKE)
	{
		create_ike (gateway, sa, message, reply);
		return;
	}
	for (gsize i = 0; rekey != NULL && i < rekey->notify.spi.len; i++)
		spi = spi << 8 | rekey->notify.spi.data[i];
	old = rekey != NULL ? find_client (gateway, spi) : NULL;
	if (rekey != NULL && old == NULL)
		not_found (reply, rekey);
	else if (sa->replaced || doing (sa, GATEWAY_WORK_REKEY_IKE) || doing (sa, GATEWAY_WORK_DELETE_IKE) ||
	         (old != NULL && (old->deleting || old->delete_wanted || old->replaced)))
		temporary (gateway, reply);
	else if (gateway->pfs && ke != NULL && ke->ke.group != gateway->suite->ke)
		gateway_reply_notify (reply, IKE_NOTIFY_INVALID_KE_PAYLOAD, slice (&group, sizeof group));
	else
		make_child (gateway, sa, message, old, reply);
}

void
gateway_child_delete (Gateway *gateway, GatewaySa *sa, const IkePayload *del, GatewayReply *reply)
{
	GByteArray *spis = g_byte_array_new ();

	if (del->del.protocol == IKE_PROTOCOL_IKE)
	{
		if (!sa->replaced && sa->work.rival_sa == NULL)
			gateway->deleted = TRUE;
		else if (sa->work.rival_sa != NULL)
			sa->replaced = TRUE;
		sa->delete_wanted = FALSE;
		sa->gone = TRUE;
		g_byte_array_unref (spis);
		return;
	}
	for (gsize i = 0; i + 4 <= del->del.spis.len; i += 4)
	{
		const guint8 *at = del->del.spis.data + i;
		GatewayChild *child =
		    find_client (gateway, (guint32) at[0] << 24 | (guint32) at[1] << 16 | (guint32) at[2] << 8 | at[3]);
		guint32 own;

		if (child == NULL)
			continue;
		child->gone = TRUE;
		child->delete_wanted = FALSE;
		own = GUINT32_TO_BE (child->own);
		if (!child->deleting)
			g_byte_array_append (spis, (const guint8 *) &own, 4);
	}
	if (spis->len > 0)
	{
		guint16 n = (guint16) (spis->len / 4);
		IkePayload *payload = gateway_reply_add (reply, IKE_PAYLOAD_DELETE);

		payload->del.protocol = IKE_PROTOCOL_ESP;
		payload->del.spi_octets = 4;
		payload->del.n_spis = n;
		payload->del.spis = gateway_reply_keep (reply, g_bytes_new (spis->data, spis->len));
	}
	g_byte_array_unref (spis);
}

/* -- Requests of its own ----------------------------------------------------------------------------------------- */

static GatewayReply *
request_new (GatewaySa *sa, guint8 exchange)
{
	IkeHeader header = { .spi_i = sa->spi_i, .spi_r = sa->spi_r, .exchange = exchange, .message_id = sa->next_out };
	GatewayReply *request = gateway_reply_new (&header);

	request->header.from_initiator = sa->gateway_began;
	request->header.response = FALSE;
	return request;
}

static void
send (Gateway *gateway, GatewaySa *sa, GatewayReply *request, GatewayWorkKind kind, GPtrArray *datagrams)
{
	sa->work.kind = kind;
	sa->work.id = sa->next_out++;
	sa->work.datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	g_assert_cmpuint (ike_protect_seal (&sa->out, &request->header, request->payloads, request->n,
	                                    gateway->fragment_octets, sa->work.datagrams),
	                  ==, STATUS_OK);
	for (guint i = 0; i < sa->work.datagrams->len; i++)
		g_ptr_array_add (datagrams, g_bytes_ref (sa->work.datagrams->pdata[i]));
	gateway_reply_free (request);
}

static void
begin_rekey_child (Gateway *gateway, GatewaySa *sa, const GatewayChild *child, GPtrArray *datagrams)
{
	GatewayReply *request = request_new (sa, IKE_EXCHANGE_CREATE_CHILD_SA);
	Rng rng = { gateway_rand_fill, gateway->rand };
	guint32 spi = GUINT32_TO_BE (child->own);
	IkePayload *payload = gateway_reply_add (request, IKE_PAYLOAD_NOTIFY);
	IkePayload tsi = gateway->first_tsi, tsr = gateway->first_tsr;

	payload->notify.protocol = IKE_PROTOCOL_ESP;
	payload->notify.spi = gateway_reply_keep (request, g_bytes_new (&spi, 4));
	payload->notify.notify_type = IKE_NOTIFY_REKEY_SA;
	sa->work.child = child->own;
	sa->work.nonce = new_nonce (gateway);
	sa->work.spi = (guint32) g_rand_int_range (gateway->rand, 256, G_MAXINT32);
	if (gateway->pfs)
		g_assert_cmpuint (kex_new (gateway->suite->kex, &rng, &sa->work.kex), ==, STATUS_OK);
	add_proposal (gateway, request, 1, IKE_PROTOCOL_ESP, sa->work.spi, gateway->pfs);
	add_nonce (request, sa->work.nonce);
	if (sa->work.kex != NULL)
		add_ke (request, gateway->suite->ke, sa->work.kex);
	add_selectors (request, &tsr, &tsi);
	send (gateway, sa, request, GATEWAY_WORK_REKEY_CHILD, datagrams);
}

static void
begin_rekey_ike (Gateway *gateway, GatewaySa *sa, GPtrArray *datagrams)
{
	GatewayReply *request = request_new (sa, IKE_EXCHANGE_CREATE_CHILD_SA);
	Rng rng = { gateway_rand_fill, gateway->rand };

	sa->work.nonce = new_nonce (gateway);
	gateway_rand_fill (gateway->rand, (guint8 *) &sa->work.ike_spi, sizeof sa->work.ike_spi);
	g_assert_cmpuint (kex_new (gateway->suite->kex, &rng, &sa->work.kex), ==, STATUS_OK);
	add_proposal (gateway, request, 1, IKE_PROTOCOL_IKE, sa->work.ike_spi, TRUE);
	add_nonce (request, sa->work.nonce);
	add_ke (request, gateway->suite->ke, sa->work.kex);
	send (gateway, sa, request, GATEWAY_WORK_REKEY_IKE, datagrams);
}

static void
begin_delete (Gateway *gateway, GatewaySa *sa, GatewayChild *child, GPtrArray *datagrams)
{
	GatewayReply *request = request_new (sa, IKE_EXCHANGE_INFORMATIONAL);
	IkePayload *payload = gateway_reply_add (request, IKE_PAYLOAD_DELETE);
	guint32 spi;

	payload->del.protocol = child != NULL ? IKE_PROTOCOL_ESP : IKE_PROTOCOL_IKE;
	if (child != NULL)
	{
		spi = GUINT32_TO_BE (child->own);
		payload->del.spi_octets = 4;
		payload->del.n_spis = 1;
		payload->del.spis = gateway_reply_keep (request, g_bytes_new (&spi, 4));
		child->deleting = TRUE;
		child->delete_wanted = FALSE;
		sa->work.child = child->own;
	}
	else
		sa->delete_wanted = FALSE;
	send (gateway, sa, request, child != NULL ? GATEWAY_WORK_DELETE_CHILD : GATEWAY_WORK_DELETE_IKE, datagrams);
}

static GatewayChild *
newest (const Gateway *gateway)
{
	for (guint i = gateway->children->len; i > 0; i--)
		if (!child_at (gateway, i - 1)->gone && !child_at (gateway, i - 1)->replaced)
			return child_at (gateway, i - 1);
	return NULL;
}

static void
begin_wish (Gateway *gateway, GatewaySa *sa, GPtrArray *datagrams)
{
	GatewayWorkKind wish = GPOINTER_TO_INT (g_queue_pop_head (&gateway->wishes));
	GatewayChild *child = newest (gateway);

	if (wish == GATEWAY_WORK_REKEY_IKE)
		begin_rekey_ike (gateway, sa, datagrams);
	else if (wish == GATEWAY_WORK_REKEY_CHILD && child != NULL)
		begin_rekey_child (gateway, sa, child, datagrams);
	else if (wish == GATEWAY_WORK_DELETE_CHILD && child != NULL)
		begin_delete (gateway, sa, child, datagrams);
	else if (wish == GATEWAY_WORK_DELETE_IKE)
		begin_delete (gateway, sa, NULL, datagrams);
}

static void
next_on (Gateway *gateway, GatewaySa *sa, GPtrArray *datagrams)
{
	if (!sa->up || sa->gone || sa->work.kind != GATEWAY_WORK_NONE)
		return;
	if (sa->delete_wanted)
	{
		begin_delete (gateway, sa, NULL, datagrams);
		return;
	}
	if (sa != gateway_sa (gateway))
		return;
	for (guint i = 0; i < gateway->children->len; i++)
		if (child_at (gateway, i)->delete_wanted && !child_at (gateway, i)->gone)
		{
			begin_delete (gateway, sa, child_at (gateway, i), datagrams);
			return;
		}
	if (!g_queue_is_empty (&gateway->wishes))
		begin_wish (gateway, sa, datagrams);
}

void
gateway_child_next (Gateway *gateway, GPtrArray *datagrams)
{
	for (guint i = 0; i < gateway->sas->len; i++)
		next_on (gateway, gateway->sas->pdata[i], datagrams);
}

gboolean
gateway_child_busy (const Gateway *gateway)
{
	for (guint i = 0; i < gateway->sas->len; i++)
	{
		const GatewaySa *sa = gateway->sas->pdata[i];

		if (sa->work.kind != GATEWAY_WORK_NONE && !sa->gone)
			return TRUE;
	}
	return FALSE;
}

void
gateway_child_again (Gateway *gateway, GPtrArray *datagrams)
{
	for (guint i = 0; i < gateway->sas->len; i++)
	{
		const GatewaySa *sa = gateway->sas->pdata[i];

		for (guint k = 0; sa->work.kind != GATEWAY_WORK_NONE && !sa->gone && k < sa->work.datagrams->len; k++)
			g_ptr_array_add (datagrams, g_bytes_ref (sa->work.datagrams->pdata[k]));
	}
}

/* -- Responses of the client ------------------------------------------------------------------------------------- */

static gboolean
ours_goes (const GatewayWork *work, Slice their_nonce)
{
	g_autoptr (GBytes) least = lower (slice_bytes (work->nonce), their_nonce);

	return work->rival_nonce != NULL && compare (slice_bytes (least), slice_bytes (work->rival_nonce)) < 0;
}

static void
child_rekeyed (Gateway *gateway, GatewaySa *sa, const IkeMessage *message)
{
	const IkePayload *answer = ike_message_find (message, IKE_PAYLOAD_SA, NULL);
	const IkePayload *nonce = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL);
	GatewayChild *old = find_own (gateway, sa->work.child);
	GatewayChild *rival = sa->work.rival_nonce != NULL ? find_own (gateway, sa->work.rival_child) : NULL;
	GatewayChild child = { .own = sa->work.spi };
	Secret shared = SECRET_INIT;

	if (answer == NULL)
	{
		if (rival != NULL && old != NULL)
			old->replaced = TRUE;
		return;
	}
	g_assert_cmpuint (answer->sa.n_proposals, ==, 1);
	child.client = (guint32) spi_of (&answer->sa.proposals[0]);
	derive (sa->work.kex, message, &shared);
	gateway_derive_further (sa, secret_view (&shared), slice_bytes (sa->work.nonce), nonce->nonce.value, FALSE, &child);
	secret_clear (&shared);
	gateway->n_rekeys++;
	if (old != NULL)
		old->replaced = TRUE;
	if (ours_goes (&sa->work, nonce->nonce.value))
		child.delete_wanted = child.replaced = TRUE;
	else
	{
		if (old != NULL)
			old->delete_wanted = TRUE;
		if (rival != NULL)
			rival->replaced = TRUE;
	}
	g_array_append_val (gateway->children, child);
}

static void
ike_rekeyed (Gateway *gateway, GatewaySa *sa, const IkeMessage *message)
{
	const IkePayload *answer = ike_message_find (message, IKE_PAYLOAD_SA, NULL);
	const IkePayload *nonce = ike_message_find (message, IKE_PAYLOAD_NONCE, NULL);
	GatewaySa *rival = sa->work.rival_sa, *made;
	Secret shared = SECRET_INIT;

	if (answer == NULL)
	{
		if (rival != NULL)
			sa->replaced = TRUE;
		return;
	}
	made = g_new0 (GatewaySa, 1);
	made->suite = gateway->suite;
	made->gateway_began = TRUE;
	made->spi_i = sa->work.ike_spi;
	made->spi_r = spi_of (&answer->sa.proposals[0]);
	made->ni = g_bytes_ref (sa->work.nonce);
	made->nr = slice_dup (nonce->nonce.value);
	made->established = made->up = TRUE;
	derive (sa->work.kex, message, &shared);
	gateway_derive_again (sa, made, secret_view (&shared));
	secret_clear (&shared);
	gateway->n_rekeys++;
	sa->replaced = TRUE;
	if (ours_goes (&sa->work, nonce->nonce.value))
		made->delete_wanted = made->replaced = TRUE;
	else
	{
		sa->delete_wanted = TRUE;
		if (rival != NULL)
			rival->replaced = TRUE;
	}
	g_ptr_array_add (gateway->sas, made);
}

void
gateway_child_answered (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GPtrArray *datagrams)
{
	GatewayWorkKind kind = sa->work.kind;
	GatewayChild *child = find_own (gateway, sa->work.child);

	if (kind == GATEWAY_WORK_NONE || message->header.message_id != sa->work.id)
		return;
	switch (kind)
	{
	case GATEWAY_WORK_REKEY_CHILD:
		child_rekeyed (gateway, sa, message);
		break;
	case GATEWAY_WORK_REKEY_IKE:
		ike_rekeyed (gateway, sa, message);
		break;
	case GATEWAY_WORK_DELETE_CHILD:
		if (child != NULL)
			child->gone = TRUE;
		break;
	case GATEWAY_WORK_DELETE_IKE:
		sa->gone = TRUE;
		break;
	case GATEWAY_WORK_NONE:
		break;
	}
	gateway_child_work_clear (&sa->work);
	gateway_child_next (gateway, datagrams);
}
