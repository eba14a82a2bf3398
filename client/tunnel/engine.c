/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <unistd.h>

#include "clock.h"
#include "trace/record.h"

/* IKE datagrams handled before D-Bus gets its turn. */
#define BUDGET_DATAGRAMS 32
/* What the effects of one input may ask for in turn; more is a mistake of ours that must not become an endless loop. */
#define MAX_FOLLOW_UPS 64

gint64
engine_elapsed_us (const Engine *engine)
{
	return clock_now_us () - engine->started_us;
}

void
engine_emit_trace (Engine *engine, char *event)
{
	godwit_tunnel1_emit_trace (engine->bus, event);
	g_free (event);
}

static void
run_send (Engine *engine, const IkeEffect *effect)
{
	const IkePath *path = &effect->path;
	Status status = datapath_send (engine->datapath, path->index, &path->remote, slice_bytes (effect->datagram));

	keepalive_sent (&engine->keepalive, clock_now_us ());
	if (status != STATUS_UNREACHABLE || engine->follow_up.path_down)
		return;
	engine->follow_up.path_down = TRUE;
	engine->follow_up.path = *path;
}

/* The engine answers this one itself: the anchors are here, and no one else should parse a stranger's certificate. */
static void
run_verify (Engine *engine, const IkeEffect *effect)
{
	const Order *order = engine->order;
	gboolean eap = effect->ask.eap_server;
	const X509Anchors *anchors = eap && order->eap_anchors != NULL ? order->eap_anchors : order->anchors;
	g_autoptr (GPtrArray) path = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	Slice certificates[X509_MAX_CERTIFICATES];
	guint n = MIN (effect->ask.certificates->len, X509_MAX_CERTIFICATES);
	X509Question question = { .certificates = certificates,
		                      .n_certificates = n,
		                      .anchors = anchors,
		                      .system_anchors = eap ? order->eap_system_anchors : order->system_anchors,
		                      .name_type = effect->ask.name_type,
		                      .name = slice_bytes (effect->ask.name),
		                      .now_s = clock_wall_s (),
		                      .weak = engine->order->ike.weak,
		                      .path = path };

	for (guint i = 0; i < n; i++)
		certificates[i] = slice_bytes (effect->ask.certificates->pdata[i]);
	g_clear_pointer (&engine->follow_up.detail, g_free);
	engine->follow_up.answered = TRUE;
	engine->follow_up.ask = effect->ask.id;
	engine->follow_up.answer =
	    anchors != NULL ? x509_verify_gateway (&question, &engine->follow_up.detail) : STATUS_GATEWAY_CHAIN;
	/* Then the answer comes later. */
	if (engine->follow_up.answer == STATUS_OK)
		engine->follow_up.answered = !engine_revocation_start (engine, effect->ask.id, path);
}

static void
run_ask (Engine *engine, const IkeEffect *effect)
{
	if (effect->ask.kind == IKE_ASK_VERIFY)
		run_verify (engine, effect);
	else
		godwit_tunnel1_emit_ask (engine->bus, effect->ask.id, translate_ask_kind (effect->ask.kind),
		                         translate_ask (effect));
}

static void
run_child_add (Engine *engine, const IkeEffect *effect)
{
	const IkeChild *child = &effect->child;
	EspParameters in, out;
	Status status;

	translate_child (child, &in, &out);
	status = (child->standby ? datapath_add_standby_sa : datapath_add_sa) (engine->datapath, &in, &out,
	                                                                       child->path.index, &child->path.remote);
	if (status != STATUS_OK)
	{
		engine->follow_up.stop = status;
		return;
	}
	g_array_append_val (engine->children, child->spi_in);
	godwit_tunnel1_emit_child_added (
	    engine->bus, child->spi_in, child->spi_out, translate_selectors (child->local, child->n_local),
	    translate_selectors (child->remote, child->n_remote), translate_child_details (child));
}

static void
run_child_drop (Engine *engine, guint32 spi_in)
{
	datapath_remove_sa (engine->datapath, spi_in);
	for (guint i = 0; i < engine->children->len; i++)
	{
		if (g_array_index (engine->children, guint32, i) != spi_in)
			continue;
		g_array_remove_index (engine->children, i);
		godwit_tunnel1_emit_child_removed (engine->bus, spi_in);
		return;
	}
}

static void
run_path (Engine *engine, const IkePath *path)
{
	Status status = datapath_move (engine->datapath, path->index, &path->remote);

	if (status != STATUS_OK)
		engine->follow_up.stop = status;
	else
		godwit_tunnel1_emit_moved (engine->bus);
}

/* An IKE SA that carries nothing any more is of no use to anybody. */
static void
run_renew (Engine *engine)
{
	if (engine->children->len == 0)
		engine->follow_up.stop = STATUS_GATEWAY_CLOSED;
}

static void
run_state (Engine *engine, IkeState state)
{
	const char *word = translate_state (state);

	if (word == NULL)
		return;
	engine_emit_trace (engine, trace_record_state (word, engine_elapsed_us (engine)));
	godwit_tunnel1_emit_state (engine->bus, word);
}

static void
run_trace (Engine *engine, const IkeTrace *trace)
{
	g_autofree char *held_back = NULL;
	gint64 time_us = engine_elapsed_us (engine);

	if (trace->kind == IKE_TRACE_DROPPED && !trace_gate_open (&engine->gate, time_us, &held_back))
		return;
	if (held_back != NULL)
		engine_emit_trace (engine, trace_record_note (held_back, time_us));
	engine_emit_trace (engine, trace_record_message (trace, time_us));
}

static void
run_keys (Engine *engine, const IkeKeys *keys)
{
	char *event;

	if (!engine->order->ike.export_keys)
		return;
	event = trace_record_keys (keys, engine_elapsed_us (engine));
	godwit_tunnel1_emit_trace (engine->bus, event);
	secret_wipe (event, strlen (event));
	g_free (event);
}

static void
run_closed (Engine *engine, Status status, const char *detail)
{
	while (engine->children->len > 0)
		run_child_drop (engine, g_array_index (engine->children, guint32, 0));
	godwit_tunnel1_emit_closed (engine->bus, status_name (status), detail != NULL ? detail : "");
	g_main_loop_quit (engine->done);
}

static void
run_effect (Engine *engine, const IkeEffect *effect)
{
	switch (effect->type)
	{
	case IKE_EFFECT_SEND:
		run_send (engine, effect);
		break;
	case IKE_EFFECT_ASK:
		run_ask (engine, effect);
		break;
	case IKE_EFFECT_ASK_CANCEL:
		godwit_tunnel1_emit_ask_cancel (engine->bus, effect->ask.id);
		break;
	case IKE_EFFECT_CHILD_ADD:
		run_child_add (engine, effect);
		break;
	case IKE_EFFECT_CHILD_USE:
		datapath_use_sa (engine->datapath, effect->child.spi_in);
		break;
	case IKE_EFFECT_PATH:
		run_path (engine, &effect->path);
		break;
	case IKE_EFFECT_RENEW:
		run_renew (engine);
		break;
	case IKE_EFFECT_SUSPECT:
		engine_emit_trace (
		    engine, trace_record_note ("the gateway has been silent for half of its time", engine_elapsed_us (engine)));
		break;
	case IKE_EFFECT_CHILD_DROP:
		run_child_drop (engine, effect->child.spi_in);
		break;
	case IKE_EFFECT_CONFIG:
		godwit_tunnel1_emit_config (engine->bus, translate_configuration (&effect->configuration));
		break;
	case IKE_EFFECT_STATE:
		run_state (engine, effect->state);
		break;
	case IKE_EFFECT_TRACE:
		run_trace (engine, &effect->trace);
		break;
	case IKE_EFFECT_KEYS:
		run_keys (engine, &effect->keys);
		break;
	case IKE_EFFECT_CLOSED:
		run_closed (engine, effect->status, effect->detail);
		break;
	}
}

static void
feed (Engine *engine, const IkeInput *input)
{
	IkeEffect effect;

	ike_session_input (engine->session, input, clock_now_us ());
	while (ike_session_next (engine->session, &effect))
	{
		run_effect (engine, &effect);
		ike_effect_clear (&effect);
	}
}

/* FALSE: there was nothing left to tell. */
static gboolean
feed_follow_up (Engine *engine)
{
	FollowUp now = engine->follow_up;

	engine->follow_up = (FollowUp){ 0 };
	if (now.answered)
		feed (engine,
		      &(IkeInput){ .type = IKE_INPUT_ANSWER, .ask_id = now.ask, .status = now.answer, .detail = now.detail });
	if (now.path_down)
		feed (engine, &(IkeInput){ .type = IKE_INPUT_PATH_DOWN, .path = now.path });
	if (now.stop != STATUS_OK)
		feed (engine, &(IkeInput){ .type = IKE_INPUT_STOP, .status = now.stop });
	g_free (now.detail);
	return now.answered || now.path_down || now.stop != STATUS_OK;
}

static void
arm (Engine *engine)
{
	gint64 session = ike_session_deadline (engine->session);

	clock_timer_set (engine->timer, MIN (session, keepalive_deadline (&engine->keepalive)));
}

void
engine_input (Engine *engine, const IkeInput *what)
{
	IkeFacts facts;

	feed (engine, what);
	for (guint n = 0; n < MAX_FOLLOW_UPS && feed_follow_up (engine); n++)
		;
	ike_session_facts (engine->session, &facts);
	keepalive_set (&engine->keepalive, ike_session_state (engine->session) == IKE_STATE_ESTABLISHED && facts.nat_local,
	               clock_now_us ());
	arm (engine);
}

/* When ESP went out and came in last. */
static void
last_esp_us (const Engine *engine, gint64 *ret_out_us, gint64 *ret_in_us)
{
	*ret_out_us = *ret_in_us = 0;
	for (guint i = 0; i < engine->children->len; i++)
	{
		DatapathSaCounters counters;

		if (!datapath_sa_counters (engine->datapath, g_array_index (engine->children, guint32, i), &counters))
			continue;
		*ret_out_us = MAX (*ret_out_us, (gint64) counters.last_out_us);
		*ret_in_us = MAX (*ret_in_us, (gint64) counters.last_in_us);
	}
}

static gboolean
timer_due (int fd, GIOCondition condition, gpointer data)
{
	Engine *engine = data;
	guint64 times;
	gint64 now_us = clock_now_us (), esp_out_us, esp_in_us;

	if (read (fd, &times, sizeof times) < 0 && errno != EAGAIN)
		g_warning ("timer: %s", g_strerror (errno));
	if (engine->session == NULL)
		return G_SOURCE_CONTINUE;
	last_esp_us (engine, &esp_out_us, &esp_in_us);
	if (now_us >= keepalive_deadline (&engine->keepalive))
	{
		IkeFacts facts;

		ike_session_facts (engine->session, &facts);
		if (keepalive_due (&engine->keepalive, esp_out_us, now_us))
			datapath_send_keepalive (engine->datapath, facts.path.index, &facts.path.remote);
	}
	if (now_us >= ike_session_deadline (engine->session))
		engine_input (engine, &(IkeInput){ .type = IKE_INPUT_TICK, .esp_in_us = esp_in_us, .esp_out_us = esp_out_us });
	else
		arm (engine);
	return G_SOURCE_CONTINUE;
}

/* Which of our addresses a datagram came to: that of the path with this socket and gateway. */
static IkePath
path_of (const Engine *engine, const DatapathDatagram *datagram)
{
	IkePath path = { .index = datagram->socket, .remote = datagram->remote };

	for (gsize i = 0; i < engine->order->n_paths; i++)
	{
		const IkePath *known = &engine->order->paths[i];

		if (known->index == path.index)
			path.local = known->local;
		if (known->index == path.index && inet_address_equal (&known->remote.address, &path.remote.address))
			break;
	}
	return path;
}

/* What packets themselves showed. */
static void
take_events (Engine *engine)
{
	DatapathEvent event;

	while (datapath_next_event (engine->datapath, &event))
	{
		switch (event.kind)
		{
		case DATAPATH_REKEY_DUE:
			if (engine->session != NULL)
				engine_input (engine, &(IkeInput){ .type = IKE_INPUT_CHILD_EXPIRE, .spi_in = event.spi_in });
			break;
		case DATAPATH_PATH_MTU:
			g_info ("the path of socket %u carries packets of %u octets", event.socket, event.path_mtu);
			break;
		}
	}
}

static gboolean
datagrams_came (int fd, GIOCondition condition, gpointer data)
{
	Engine *engine = data;
	DatapathDatagram datagram;

	take_events (engine);
	for (guint n = 0; n < BUDGET_DATAGRAMS && datapath_next (engine->datapath, &datagram); n++)
	{
		if (engine->session != NULL)
			engine_input (engine, &(IkeInput){ .type = IKE_INPUT_DATAGRAM,
			                                   .path = path_of (engine, &datagram),
			                                   .octets = slice_bytes (datagram.octets) });
		g_bytes_unref (datagram.octets);
	}
	return G_SOURCE_CONTINUE;
}

Engine *
engine_new (GodwitTunnel1 *bus, Datapath *datapath, GMainLoop *done, GError **error)
{
	int timer = clock_timer_new ();
	int saved = errno;
	Engine *engine;

	if (timer < 0)
	{
		g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "timer: %s", g_strerror (saved));
		return NULL;
	}
	engine = g_new0 (Engine, 1);
	engine->bus = g_object_ref (bus);
	engine->datapath = datapath;
	engine->done = g_main_loop_ref (done);
	engine->timer = timer;
	engine->timer_source = g_unix_fd_add (timer, G_IO_IN, timer_due, engine);
	engine->datapath_source = g_unix_fd_add (datapath_event_fd (datapath), G_IO_IN, datagrams_came, engine);
	engine->children = g_array_new (FALSE, FALSE, sizeof (guint32));
	engine->rng = rng_system ();
	keepalive_set (&engine->keepalive, FALSE, 0);
	return engine;
}

void
engine_free (Engine *engine)
{
	if (engine == NULL)
		return;
	g_source_remove (engine->timer_source);
	g_source_remove (engine->datapath_source);
	g_clear_pointer (&engine->revocation, revocation_free);
	g_clear_pointer (&engine->session, ike_session_free);
	g_clear_pointer (&engine->order, order_free);
	g_array_unref (engine->children);
	g_free (engine->follow_up.detail);
	close (engine->timer);
	g_object_unref (engine->bus);
	g_main_loop_unref (engine->done);
	g_free (engine);
}

gboolean
engine_started (const Engine *engine)
{
	return engine->session != NULL;
}

void
engine_start (Engine *engine, Order *order)
{
	engine->order = order;
	engine->started_us = clock_now_us ();
	engine->session = ike_session_new (&order->ike, &engine->rng);
	engine_input (engine, &(IkeInput){ .type = IKE_INPUT_START, .paths = order->paths, .n_paths = order->n_paths });
}

gboolean
engine_set_paths (Engine *engine, GVariant *paths, GError **error)
{
	Order *order = engine->order;

	if (engine->session == NULL)
	{
		g_set_error_literal (error, TUNNEL_ERROR, TUNNEL_ERROR_INVALID_ARGUMENT, "there is no connection yet");
		return FALSE;
	}
	if (!order_set_paths (order, paths, order->n_sockets, error))
		return FALSE;
	engine_input (engine, &(IkeInput){ .type = IKE_INPUT_PATHS, .paths = order->paths, .n_paths = order->n_paths });
	return TRUE;
}

void
engine_wake (Engine *engine)
{
	if (engine->session != NULL)
		engine_input (engine, &(IkeInput){ .type = IKE_INPUT_WAKE });
}

void
engine_stop (Engine *engine, Status status)
{
	if (engine->session != NULL)
		engine_input (engine, &(IkeInput){ .type = IKE_INPUT_STOP, .status = status });
	else
		run_closed (engine, status, NULL);
}

void
engine_answer (Engine *engine, guint id, Status status, Slice octets)
{
	if (id >= ENGINE_FIRST_FETCH)
		engine_revocation_answer (engine, id, status, octets);
	else if (engine->session != NULL)
		engine_input (engine,
		              &(IkeInput){ .type = IKE_INPUT_ANSWER, .ask_id = id, .status = status, .octets = octets });
}

GVariant *
engine_facts (const Engine *engine)
{
	IkeFacts facts = { 0 };

	if (engine->session != NULL)
		ike_session_facts (engine->session, &facts);
	return translate_facts (&facts);
}

GVariant *
engine_counters (const Engine *engine)
{
	GVariantBuilder builder;
	DatapathCounters all;
	DatapathFacts facts;

	g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{ua{st}}"));
	for (guint i = 0; i < engine->children->len; i++)
	{
		guint32 spi = g_array_index (engine->children, guint32, i);
		DatapathSaCounters sa;

		if (datapath_sa_counters (engine->datapath, spi, &sa))
			g_variant_builder_add (&builder, "{u@a{st}}", spi, translate_sa_counters (&sa));
	}
	datapath_counters (engine->datapath, &all);
	datapath_facts (engine->datapath, &facts);
	g_variant_builder_add (&builder, "{u@a{st}}", 0, translate_datapath_counters (&all, &facts));
	return g_variant_builder_end (&builder);
}
