/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>

#include "session.h"

IkeEffect *
ike_push (IkeSession *s, IkeEffectType type)
{
	IkeEffect *effect = g_new0 (IkeEffect, 1);

	effect->type = type;
	g_queue_push_tail (&s->effects, effect);
	return effect;
}

static void
child_clear (IkeChild *child)
{
	secret_clear (&child->encr_in);
	secret_clear (&child->integ_in);
	secret_clear (&child->encr_out);
	secret_clear (&child->integ_out);
	g_clear_pointer (&child->local, g_free);
	g_clear_pointer (&child->remote, g_free);
}

void
ike_effect_clear (IkeEffect *effect)
{
	g_clear_pointer (&effect->datagram, g_bytes_unref);
	g_clear_pointer (&effect->ask.prompt, g_free);
	g_clear_pointer (&effect->ask.octets, g_bytes_unref);
	g_clear_pointer (&effect->ask.certificates, g_ptr_array_unref);
	g_clear_pointer (&effect->ask.name, g_bytes_unref);
	child_clear (&effect->child);
	ike_configuration_clear (&effect->configuration);
	g_clear_pointer (&effect->trace_message, ike_message_free);
	g_clear_pointer (&effect->trace_text, g_free);
	for (guint i = 0; i < G_N_ELEMENTS (effect->key_octets); i++)
		g_clear_pointer (&effect->key_octets[i], g_bytes_unref);
	g_clear_pointer (&effect->detail, g_free);
}

void
ike_push_state (IkeSession *s, IkeState state)
{
	if (s->state == state)
		return;
	s->state = state;
	ike_push (s, IKE_EFFECT_STATE)->state = state;
}

void
ike_push_send (IkeSession *s, const IkePath *path, GBytes *datagram)
{
	IkeEffect *effect = ike_push (s, IKE_EFFECT_SEND);

	effect->path = *path;
	effect->datagram = g_bytes_ref (datagram);
}

void
ike_note (IkeSession *s, const char *format, ...)
{
	IkeEffect *effect = ike_push (s, IKE_EFFECT_TRACE);
	va_list arguments;

	va_start (arguments, format);
	effect->trace_text = g_strdup_vprintf (format, arguments);
	va_end (arguments);
	effect->trace.kind = IKE_TRACE_NOTE;
	effect->trace.text = effect->trace_text;
}

void
ike_trace_dropped (IkeSession *s, const IkePath *path, const IkeHeader *header, gsize octets, Status status,
                   const char *why)
{
	IkeEffect *effect;

	s->n_dropped++;
	/* A flood must not become one of traces. */
	if (s->now_us - s->drop_second_us >= IKE_SECOND)
	{
		s->drop_second_us = s->now_us;
		s->n_drops_told = 0;
	}
	if (++s->n_drops_told > IKE_DROPS_TOLD)
		return;
	effect = ike_push (s, IKE_EFFECT_TRACE);
	effect->trace.kind = IKE_TRACE_DROPPED;
	effect->trace.path = *path;
	if (header != NULL)
		effect->trace.header = *header;
	effect->trace.wire_octets = octets;
	effect->trace.n_datagrams = 1;
	effect->trace.status = status;
	effect->trace_text = g_strdup (why);
	effect->trace.text = effect->trace_text;
}

void
ike_trace_received (IkeSession *s, const IkePath *path, IkeMessage *message, gsize octets)
{
	IkeEffect *effect = ike_push (s, IKE_EFFECT_TRACE);

	effect->trace.kind = IKE_TRACE_RECEIVED;
	effect->trace.path = *path;
	effect->trace.header = message->header;
	effect->trace.message = effect->trace_message = message;
	effect->trace.wire_octets = octets;
	effect->trace.n_datagrams = 1;
}

IkeMessage *
ike_message_again (const IkeMessage *message)
{
	g_autoptr (IkeMessage) again = ike_message_new ();
	guint8 first = message->n_payloads > 0 ? message->payloads[0].type : 0;

	if (again == NULL || ike_payloads_decode (first, message->octets, again) != STATUS_OK)
		return NULL;
	again->header = message->header;
	again->is_protected = message->is_protected;
	return g_steal_pointer (&again);
}

/* The payloads as a decoded message of its own. */
static IkeMessage *
message_copy (const IkeHeader *header, const IkePayload *payloads, guint n, gboolean is_protected)
{
	g_auto (Writer) writer = { 0 };
	g_autoptr (IkeMessage) message = ike_message_new ();
	g_autoptr (GBytes) octets = NULL;
	guint8 first;

	writer_init (&writer, IKE_MAX_MESSAGE_OCTETS);
	first = ike_payloads_encode (payloads, n, &writer);
	if (message == NULL || writer_finish (&writer) != STATUS_OK)
		return NULL;
	octets = secret_bytes_new (writer_view (&writer));
	if (ike_payloads_decode (first, octets, message) != STATUS_OK)
		return NULL;
	message->header = *header;
	message->is_protected = is_protected;
	return g_steal_pointer (&message);
}

void
ike_trace_sent (IkeSession *s, const IkePath *path, const IkeHeader *header, const IkePayload *payloads, guint n,
                const GPtrArray *datagrams, gboolean is_protected)
{
	IkeEffect *effect = ike_push (s, IKE_EFFECT_TRACE);

	effect->trace.kind = IKE_TRACE_SENT;
	effect->trace.path = *path;
	effect->trace.header = *header;
	effect->trace.n_datagrams = datagrams->len;
	for (guint i = 0; i < datagrams->len; i++)
		effect->trace.wire_octets += g_bytes_get_size (datagrams->pdata[i]);
	effect->trace.message = effect->trace_message = message_copy (header, payloads, n, is_protected);
}

static Slice
own_key (IkeEffect *effect, guint index, const Secret *key)
{
	effect->key_octets[index] = secret_bytes_new (secret_view (key));
	return slice_bytes (effect->key_octets[index]);
}

void
ike_push_keys (IkeSession *s, const IkeSa *sa, const IkeChild *child)
{
	IkeEffect *effect;

	if (!s->profile.export_keys)
		return;
	effect = ike_push (s, IKE_EFFECT_KEYS);
	effect->keys.is_child = child != NULL;
	effect->keys.spi_i = sa->spi_i;
	effect->keys.spi_r = sa->spi_r;
	effect->keys.path = sa->path;
	effect->keys.suite = child != NULL ? child->suite : sa->choice.suite;
	effect->keys.encr_i = own_key (effect, 0, child != NULL ? &child->encr_out : &sa->keys.ei);
	effect->keys.encr_r = own_key (effect, 1, child != NULL ? &child->encr_in : &sa->keys.er);
	effect->keys.integ_i = own_key (effect, 2, child != NULL ? &child->integ_out : &sa->keys.ai);
	effect->keys.integ_r = own_key (effect, 3, child != NULL ? &child->integ_in : &sa->keys.ar);
	if (child != NULL)
	{
		effect->keys.spi_in = child->spi_in;
		effect->keys.spi_out = child->spi_out;
	}
}
