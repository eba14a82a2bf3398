/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gateway-child.h"
#include "world.h"

typedef struct
{
	gint64 at_us;
	gboolean to_client;
	gboolean is_answer; /* of a person: .answer */
	IkePath path;
	GBytes *octets;
	IkeInput answer;
} Event;

static Status
rand_fill (gpointer state, guint8 *data, gsize octets)
{
	for (gsize i = 0; i < octets; i++)
		data[i] = (guint8) g_rand_int_range (state, 0, 256);
	return STATUS_OK;
}

static void
event_free (gpointer data)
{
	Event *event = data;

	g_clear_pointer (&event->octets, g_bytes_unref);
	g_free (event);
}

static gint
event_compare (gconstpointer a, gconstpointer b, gpointer data)
{
	const Event *first = a, *second = b;

	return first->at_us < second->at_us ? -1 : first->at_us > second->at_us;
}

static InetEndpoint
endpoint (const char *text)
{
	InetEndpoint result;

	g_assert_true (inet_endpoint_parse (text, &result));
	return result;
}

World *
world_new (guint32 seed)
{
	World *world = g_new0 (World, 1);

	world->rand = g_rand_new_with_seed (seed);
	world->gateway = gateway_new (seed + 1);
	world->now_us = 1000 * WORLD_SECOND;
	g_queue_init (&world->packets);
	world->children = g_array_new (FALSE, TRUE, sizeof (IkeEffect));
	world->states = g_array_new (FALSE, FALSE, sizeof (IkeState));
	world->log = g_string_new (NULL);
	world->gateway_identity = "vpn.example.org";
	world->local_identity = "alice@example.org";
	world->eap_methods[world->n_eap_methods++] = 26;
	world->remote[0] = inet_selector_any (INET_V4);
	world->remote[1] = inet_selector_any (INET_V6);
	world->n_remote = 2;
	world->paths[0] = (IkePath){ 0, endpoint ("192.0.2.10:40000"), endpoint ("198.51.100.1:500") };
	world->n_paths = 1;
	world->password = "open sesame";
	world->psk = "a shared secret of twenty";
	return world;
}

void
world_free (World *world)
{
	g_clear_pointer (&world->session, ike_session_free);
	gateway_free (world->gateway);
	g_rand_free (world->rand);
	g_queue_clear_full (&world->packets, event_free);
	g_array_unref (world->states);
	g_string_free (world->log, TRUE);
	ike_effect_clear (&world->child);
	ike_effect_clear (&world->config);
	for (guint i = 0; i < world->children->len; i++)
		ike_effect_clear (&g_array_index (world->children, IkeEffect, i));
	g_array_unref (world->children);
	g_free (world->detail);
	g_free (world);
}

void
world_by (World *world, IkeAuthBy auth_by)
{
	world->auth_by = auth_by;
	world->gateway->client = auth_by == IKE_AUTH_BY_EAP           ? GATEWAY_CLIENT_EAP
	                         : auth_by == IKE_AUTH_BY_CERTIFICATE ? GATEWAY_CLIENT_CERTIFICATE
	                                                              : GATEWAY_CLIENT_PSK;
	if (auth_by == IKE_AUTH_BY_CERTIFICATE && world->client_key == NULL)
		world->client_key = test_key (SIG_KEY_ECDSA_P256, 1);
}

void
world_start (World *world)
{
	Rng rng = { rand_fill, world->rand };
	SigScheme schemes[SIG_COUNT];
	GBytes *certificates[1] = { NULL };
	guint8 hashes[40] = { 1, 2, 3 };
	IkeProfile profile = {
		.auth_by = world->auth_by,
		.eap_identity = "alice",
		.eap_methods = world->eap_methods,
		.n_eap_methods = world->n_eap_methods,
		.certificates = certificates,
		.key_schemes = schemes,
		.certreq_hashes = SLICE_ARRAY (hashes),
		.request_address = !world->no_address,
		.request_ipv4 = TRUE,
		.request_ipv6 = !world->no_ipv6,
		.remote = world->remote,
		.n_remote = world->n_remote,
		.weak = world->weak,
		.aes_fast = !world->slow_aes,
		.export_keys = world->export_keys,
		.initial_contact = !world->not_first,
		.fragment_octets = world->fragment_octets,
		.pfs = world->pfs,
		.mobike = world->mobike,
		.ike_lifetime_us = world->ike_lifetime_us,
		.child_lifetime_us = world->child_lifetime_us,
	};
	IkeInput start = { .type = IKE_INPUT_START, .paths = world->paths, .n_paths = world->n_paths };

	g_assert_cmpuint (ike_identity_parse (world->gateway_identity, &profile.gateway_identity), ==, STATUS_OK);
	g_assert_cmpuint (ike_identity_parse (world->local_identity, &profile.local_identity), ==, STATUS_OK);
	if (world->client_key != NULL)
	{
		certificates[0] = world->client_key->certificate;
		profile.n_certificates = 1;
		profile.n_key_schemes = test_key_schemes (world->client_key->type, schemes);
	}
	world->session = ike_session_new (&profile, &rng);
	/* The session has copies of its own. */
	ike_identity_clear (&profile.gateway_identity);
	ike_identity_clear (&profile.local_identity);
	memset (schemes, 0xff, sizeof schemes);
	memset (hashes, 0xff, sizeof hashes);
	world_input (world, &start);
}

/* -- The network ------------------------------------------------------------------------------------------------- */

static void
enqueue (World *world, const IkePath *path, GBytes *octets, gboolean to_client, gint64 delay_us)
{
	Event *event = g_new0 (Event, 1);

	event->at_us = world->now_us + delay_us;
	event->to_client = to_client;
	event->path = *path;
	event->octets = g_bytes_ref (octets);
	g_queue_insert_sorted (&world->packets, event, event_compare, NULL);
}

static void
transmit (World *world, const IkePath *path, GBytes *octets, gboolean to_client)
{
	WorldPacket packet = { .to_client = to_client,
		                   .number = world->n_sent[to_client]++,
		                   .path = *path,
		                   .octets = octets,
		                   .delay_us = WORLD_DELAY_US,
		                   .copy_delay_us = WORLD_DELAY_US + 1000 };

	if (world->fate != NULL)
		world->fate (world, &packet, world->fate_data);
	if (!packet.drop)
		enqueue (world, path, packet.octets, to_client, packet.delay_us);
	for (guint i = 0; i < packet.copies; i++)
		enqueue (world, path, packet.octets, to_client, packet.copy_delay_us + 1000 * i);
}

void
world_inject (World *world, const IkePath *path, Slice octets, gint64 delay_us)
{
	g_autoptr (GBytes) copy = slice_dup (octets);

	enqueue (world, path, copy, TRUE, delay_us);
}

/* -- People ------------------------------------------------------------------------------------------------------ */

static void
answer_later (World *world, guint id, Status status, Slice octets)
{
	Event *event = g_new0 (Event, 1);

	event->at_us = world->now_us + world->answer_us;
	event->is_answer = TRUE;
	event->octets = slice_dup (octets);
	event->answer = (IkeInput){
		.type = IKE_INPUT_ANSWER, .ask_id = id, .status = status, .detail = status != STATUS_OK ? "said the test" : NULL
	};
	g_queue_insert_sorted (&world->packets, event, event_compare, NULL);
}

static void
answer_person (World *world, guint id, const char *text)
{
	if (!world->nobody)
		answer_later (world, id, text != NULL ? STATUS_OK : STATUS_SECRET_CANCELLED, slice_text (text));
}

static void
answer_sign (World *world, const IkeEffect *effect)
{
	g_autoptr (GBytes) signature = NULL;

	if (world->no_sign)
		return;
	g_assert_cmpuint (
	    sig_sign (world->client_key->key, effect->ask.scheme, slice_bytes (effect->ask.octets), &signature), ==,
	    STATUS_OK);
	answer_later (world, effect->ask.id, STATUS_OK, slice_bytes (signature));
}

static void
answer_verify (World *world, const IkeEffect *effect)
{
	Status status = world->verify_status;

	if (world->no_verify)
		return;
	g_assert_cmpuint (effect->ask.name_type, ==, X509_NAME_DNS);
	if (status == STATUS_OK && (effect->ask.certificates->len == 0 ||
	                            !g_bytes_equal (effect->ask.certificates->pdata[0], world->gateway->key->certificate)))
		status = STATUS_GATEWAY_CHAIN;
	answer_later (world, effect->ask.id, status, SLICE_NONE);
}

static void
answer (World *world, const IkeEffect *effect)
{
	world->n_asks++;
	g_assert_cmpuint (effect->ask.id, >, world->last_ask);
	world->last_ask = effect->ask.id;
	switch (effect->ask.kind)
	{
	case IKE_ASK_PASSWORD:
		world->n_password++;
		answer_person (world, effect->ask.id, world->password);
		break;
	case IKE_ASK_CODE:
		world->n_code++;
		answer_person (world, effect->ask.id, world->code);
		break;
	case IKE_ASK_PSK:
		world->n_psk++;
		answer_person (world, effect->ask.id, world->psk);
		break;
	case IKE_ASK_SIGN:
		world->n_sign++;
		answer_sign (world, effect);
		break;
	case IKE_ASK_VERIFY:
		world->n_verify++;
		answer_verify (world, effect);
		break;
	}
}

/* -- Effects ----------------------------------------------------------------------------------------------------- */

static void
take_trace (World *world, const IkeTrace *trace)
{
	static const char *const kinds[] = { "sent", "resent", "received", "dropped", "note" };

	world->n_dropped_traces += trace->kind == IKE_TRACE_DROPPED;
	world->n_resent += trace->kind == IKE_TRACE_RESENT;
	g_string_append_printf (world->log, "%8.3f %s %s%s%u", (double) world->now_us / WORLD_SECOND - 1000,
	                        kinds[trace->kind],
	                        ike_number_name (IKE_NUMBERS_EXCHANGE, trace->header.exchange) != NULL
	                            ? ike_number_name (IKE_NUMBERS_EXCHANGE, trace->header.exchange)
	                            : "-",
	                        trace->header.response ? " response " : " request ", trace->header.message_id);
	for (guint i = 0; trace->message != NULL && i < trace->message->n_payloads; i++)
	{
		g_string_append (world->log, " | ");
		ike_payload_describe (&trace->message->payloads[i], world->log);
	}
	if (trace->text != NULL)
		g_string_append_printf (world->log, " %s", trace->text);
	if (trace->status != STATUS_OK)
		g_string_append_printf (world->log, " (%s)", status_name (trace->status));
	g_string_append_c (world->log, '\n');
}

static void
take_closed (World *world, IkeEffect *effect)
{
	world->n_closed++;
	world->status = effect->status;
	g_free (world->detail);
	world->detail = g_steal_pointer (&effect->detail);
	g_string_append_printf (world->log, "%8.3f closed: %s (%s)\n", (double) world->now_us / WORLD_SECOND - 1000,
	                        status_name (world->status), world->detail != NULL ? world->detail : "-");
}

static IkeEffect *
find_child (const World *world, guint32 spi_in)
{
	for (guint i = 0; i < world->children->len; i++)
		if (g_array_index (world->children, IkeEffect, i).child.spi_in == spi_in)
			return &g_array_index (world->children, IkeEffect, i);
	return NULL;
}

static void
copy_secret (Secret *to, const Secret *from)
{
	*to = (Secret) SECRET_INIT;
	secret_set (to, secret_view (from));
}

static void
take_child (World *world, IkeEffect *effect)
{
	g_assert_cmpuint (world->n_config, ==, 1);
	g_assert_cmpuint (world_saw_state (world, IKE_STATE_ESTABLISHED), ==, world->n_child_add > 0);
	g_assert_null (find_child (world, effect->child.spi_in));
	g_string_append_printf (world->log, "child %08x added, replaces %08x%s\n", effect->child.spi_in,
	                        effect->child.replaces, effect->child.standby ? ", standby" : "");
	if (world->n_child_add++ == 0)
	{
		IkeChild *child = &world->child.child;

		world->child = *effect;
		copy_secret (&child->encr_in, &effect->child.encr_in);
		copy_secret (&child->encr_out, &effect->child.encr_out);
		copy_secret (&child->integ_in, &effect->child.integ_in);
		copy_secret (&child->integ_out, &effect->child.integ_out);
		child->local = g_memdup2 (child->local, child->n_local * sizeof *child->local);
		child->remote = g_memdup2 (child->remote, child->n_remote * sizeof *child->remote);
	}
	if (!effect->child.standby)
		world->sending = effect->child.spi_in;
	g_array_append_val (world->children, *effect);
	*effect = (IkeEffect){ 0 };
}

static void
drop_child (World *world, guint32 spi_in)
{
	IkeEffect *child = find_child (world, spi_in);

	g_assert_nonnull (child);
	g_string_append_printf (world->log, "child %08x dropped\n", spi_in);
	world->n_child_drop++;
	ike_effect_clear (child);
	g_array_remove_index (world->children, (guint) (child - (IkeEffect *) world->children->data));
}

static void
take (World *world, IkeEffect *effect)
{
	/* CLOSED is the last one. */
	g_assert_cmpuint (world->n_closed, ==, 0);
	switch (effect->type)
	{
	case IKE_EFFECT_SEND:
		transmit (world, &effect->path, effect->datagram, FALSE);
		break;
	case IKE_EFFECT_ASK:
		g_string_append_printf (world->log, "ask %u kind %u\n", effect->ask.id, effect->ask.kind);
		answer (world, effect);
		break;
	case IKE_EFFECT_ASK_CANCEL:
		world->n_cancelled++;
		break;
	case IKE_EFFECT_CHILD_ADD:
		take_child (world, effect);
		break;
	case IKE_EFFECT_CHILD_USE:
		g_assert_nonnull (find_child (world, effect->child.spi_in));
		world->n_use++;
		world->sending = effect->child.spi_in;
		break;
	case IKE_EFFECT_CHILD_DROP:
		drop_child (world, effect->child.spi_in);
		break;
	case IKE_EFFECT_PATH:
		world->n_path++;
		world->moved = effect->path;
		break;
	case IKE_EFFECT_RENEW:
		world->n_renew++;
		break;
	case IKE_EFFECT_SUSPECT:
		world->n_suspect++;
		break;
	case IKE_EFFECT_CONFIG:
		world->n_config++;
		ike_effect_clear (&world->config);
		world->config = *effect;
		*effect = (IkeEffect){ 0 };
		break;
	case IKE_EFFECT_STATE:
		g_string_append_printf (world->log, "state %u\n", effect->state);
		g_array_append_val (world->states, effect->state);
		break;
	case IKE_EFFECT_TRACE:
		take_trace (world, &effect->trace);
		break;
	case IKE_EFFECT_KEYS:
		world->n_keys++;
		break;
	case IKE_EFFECT_CLOSED:
		take_closed (world, effect);
		break;
	}
}

void
world_input (World *world, const IkeInput *input)
{
	IkeEffect effect;

	ike_session_input (world->session, input, world->now_us);
	while (ike_session_next (world->session, &effect))
	{
		take (world, &effect);
		ike_effect_clear (&effect);
	}
}

void
world_deliver (World *world, const IkePath *path, Slice octets)
{
	/* A copy of exactly this size, so that a read behind its end is seen. */
	g_autofree guint8 *copy = g_memdup2 (octets.data, octets.len);

	world_input (world, &(IkeInput){ .type = IKE_INPUT_DATAGRAM, .path = *path, .octets = slice (copy, octets.len) });
}

void
world_stop (World *world, Status status)
{
	world_input (world, &(IkeInput){ .type = IKE_INPUT_STOP, .status = status });
}

void
world_tick (World *world)
{
	world_input (world, &(IkeInput){ .type = IKE_INPUT_TICK });
}

void
world_gateway_request (World *world, guint8 exchange, const IkePayload *payloads, guint n)
{
	g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkePath path = world_natt_path (world);

	gateway_request (world->gateway, exchange, payloads, n, datagrams);
	for (guint i = 0; i < datagrams->len; i++)
		transmit (world, &path, datagrams->pdata[i], TRUE);
}

void
world_gateway_wish (World *world, GatewayWorkKind kind)
{
	g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkePath path = world_natt_path (world);

	g_queue_push_tail (&world->gateway->wishes, GINT_TO_POINTER (kind));
	gateway_child_next (world->gateway, datagrams);
	for (guint i = 0; i < datagrams->len; i++)
		transmit (world, &path, datagrams->pdata[i], TRUE);
}

static void
gateway_again (World *world)
{
	g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkePath path = world_natt_path (world);

	gateway_child_again (world->gateway, datagrams);
	for (guint i = 0; i < datagrams->len; i++)
		transmit (world, &path, datagrams->pdata[i], TRUE);
}

/* -- Time -------------------------------------------------------------------------------------------------------- */

static void
to_gateway (World *world, const Event *event)
{
	g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

	gateway_receive (world->gateway, &event->path, slice_bytes (event->octets), answers);
	for (guint i = 0; i < answers->len; i++)
		transmit (world, &event->path, answers->pdata[i], TRUE);
}

static void
happen (World *world, Event *event)
{
	world->now_us = MAX (world->now_us, event->at_us);
	if (event->is_answer)
	{
		event->answer.octets = slice_bytes (event->octets);
		world_input (world, &event->answer);
	}
	else if (event->to_client)
		world_deliver (world, &event->path, slice_bytes (event->octets));
	else
		to_gateway (world, event);
	event_free (event);
}

/* FALSE: nothing is left to happen before @until_us. */
static gboolean
step (World *world, gint64 until_us)
{
	const Event *next = g_queue_peek_head (&world->packets);
	gint64 event_us = next != NULL ? next->at_us : G_MAXINT64;
	gint64 deadline_us = ike_session_deadline (world->session);

	if (!gateway_child_busy (world->gateway))
		world->again_us = 0;
	else if (world->again_us == 0)
		world->again_us = world->now_us + WORLD_SECOND;
	if (world->again_us != 0 && world->again_us < MIN (event_us, deadline_us) && world->again_us <= until_us)
	{
		world->now_us = MAX (world->now_us, world->again_us);
		world->again_us += WORLD_SECOND;
		gateway_again (world);
		return TRUE;
	}
	if (MIN (event_us, deadline_us) > until_us)
		return FALSE;
	if (event_us <= deadline_us)
		happen (world, g_queue_pop_head (&world->packets));
	else
	{
		world->now_us = MAX (world->now_us, deadline_us);
		world_tick (world);
		/* A deadline that has passed must not stay: it would be a busy loop. */
		g_assert_cmpint (ike_session_deadline (world->session), >, deadline_us);
	}
	return TRUE;
}

gboolean
world_step (World *world)
{
	return step (world, world->now_us + 200 * WORLD_SECOND);
}

void
world_run (World *world, gint64 us)
{
	gint64 until_us = world->now_us + us;

	for (guint n = 0; step (world, until_us); n++)
		g_assert_cmpuint (n, <, 100000);
	world->now_us = until_us;
}

void
world_settle (World *world)
{
	gint64 until_us = world->now_us + 200 * WORLD_SECOND;

	while (!world_established (world) && world->n_closed == 0 && step (world, until_us))
		;
}

/* -- Judgement --------------------------------------------------------------------------------------------------- */

IkePath
world_natt_path (const World *world)
{
	IkePath path = world->paths[0];

	path.remote.port = IKE_NATT_PORT;
	return path;
}

gboolean
world_established (const World *world)
{
	return ike_session_state (world->session) == IKE_STATE_ESTABLISHED;
}

gboolean
world_saw_state (const World *world, IkeState state)
{
	for (guint i = 0; i < world->states->len; i++)
		if (g_array_index (world->states, IkeState, i) == state)
			return TRUE;
	return FALSE;
}

void
world_show (const World *world)
{
	g_auto (GStrv) lines = g_strsplit (world->log->str, "\n", -1);

	for (guint i = 0; lines[i] != NULL; i++)
		g_test_message ("%s", lines[i]);
}

static void
check_key (const Secret *ours, const guint8 *theirs)
{
	g_assert_cmpmem (ours->data, ours->len, theirs, ours->len);
}

void
world_check_established (World *world)
{
	const IkeChild *child = &world->child.child;
	const GatewaySa *sa = gateway_sa (world->gateway);

	if (!world_established (world))
		world_show (world);
	g_assert_true (world_established (world));
	g_assert_cmpuint (world->n_child_add, ==, 1);
	g_assert_cmpuint (world->n_child_drop, ==, 0);
	g_assert_cmpuint (world->n_closed, ==, 0);
	g_assert_nonnull (sa);
	g_assert_true (sa->established);
	g_assert_cmphex (child->spi_in, ==, sa->spi_client);
	g_assert_cmphex (child->spi_out, ==, sa->spi_own);
	g_assert_cmpuint (child->suite.encr, ==, sa->suite->aead.encr);
	g_assert_cmpuint (child->suite.key_bits, ==, sa->suite->aead.key_bits);
	g_assert_cmpuint (child->suite.integ, ==, sa->suite->aead.integ);
	g_assert_cmpuint (child->esn, ==, world->gateway->esn);
	g_assert_cmpuint (child->encr_out.len, ==, aead_encr_key_octets (&child->suite));
	g_assert_cmpuint (child->integ_in.len, ==, aead_integ_key_octets (&child->suite));
	check_key (&child->encr_out, sa->child_keys[0]);
	check_key (&child->integ_out, sa->child_keys[1]);
	check_key (&child->encr_in, sa->child_keys[2]);
	check_key (&child->integ_in, sa->child_keys[3]);
	g_assert_cmpuint (child->n_remote, ==, world->gateway->n_tsr);
	g_assert_cmpuint (child->path.remote.port, ==, IKE_NATT_PORT);
	g_assert_cmpint (ike_session_deadline (world->session), >, world->now_us);
}

/* TRUE: the gateway has this child, with the same keys. */
static gboolean
agrees (const World *world, const IkeChild *child)
{
	for (guint i = 0; i < world->gateway->children->len; i++)
	{
		const GatewayChild *theirs = &g_array_index (world->gateway->children, GatewayChild, i);

		if (theirs->gone || theirs->client != child->spi_in || theirs->own != child->spi_out)
			continue;
		check_key (&child->encr_out, theirs->keys[0]);
		check_key (&child->integ_out, theirs->keys[1]);
		check_key (&child->encr_in, theirs->keys[2]);
		check_key (&child->integ_in, theirs->keys[3]);
		return TRUE;
	}
	return FALSE;
}

void
world_check_agree (World *world, guint n)
{
	guint n_sas = 0, n_agree = 0;
	IkeFacts facts;

	ike_session_facts (world->session, &facts);
	for (guint i = 0; i < world->gateway->sas->len; i++)
	{
		const GatewaySa *sa = world->gateway->sas->pdata[i];

		n_sas += sa->up && !sa->gone;
	}
	for (guint i = 0; i < world->children->len; i++)
		n_agree += agrees (world, &g_array_index (world->children, IkeEffect, i).child);
	if (!world_established (world) || n_sas != 1 || n_agree != n || world->children->len != n ||
	    gateway_children_alive (world->gateway) != n || facts.spi_i != gateway_sa (world->gateway)->spi_i)
		world_show (world);
	g_assert_true (world_established (world));
	g_assert_cmpuint (n_sas, ==, 1);
	g_assert_cmphex (facts.spi_i, ==, gateway_sa (world->gateway)->spi_i);
	g_assert_cmphex (facts.spi_r, ==, gateway_sa (world->gateway)->spi_r);
	g_assert_cmpuint (gateway_children_alive (world->gateway), ==, n);
	g_assert_cmpuint (world->children->len, ==, n);
	g_assert_cmpuint (n_agree, ==, n);
	/* What is sent goes with one that the gateway still has. */
	if (n > 0)
		g_assert_nonnull (find_child (world, world->sending));
}

void
world_check_closed (World *world, Status status)
{
	if (world->n_closed != 1 || world->status != status)
		world_show (world);
	g_assert_cmpuint (world->n_closed, ==, 1);
	g_assert_cmpstr (status_name (world->status), ==, status_name (status));
	g_assert_cmpuint (world->n_child_add, ==, world->n_child_drop);
	g_assert_cmpint (ike_session_deadline (world->session), ==, G_MAXINT64);
	g_assert_cmpuint (ike_session_state (world->session), ==, IKE_STATE_CLOSED);
}
