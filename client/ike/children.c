/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#define LEAST_SPI 256 /* RFC 4303 section 2.1: lower ones are reserved */

IkeChildSa *
ike_children_find (IkeSession *s, guint32 spi_in)
{
	for (guint i = 0; i < s->n_children; i++)
		if (s->children[i].spi_in == spi_in)
			return &s->children[i];
	return NULL;
}

IkeChildSa *
ike_children_find_out (IkeSession *s, guint32 spi_out)
{
	for (guint i = 0; i < s->n_children; i++)
		if (s->children[i].spi_out == spi_out && s->children[i].drop_us == G_MAXINT64)
			return &s->children[i];
	return NULL;
}

guint
ike_children_alive (const IkeSession *s)
{
	guint n = 0;

	for (guint i = 0; i < s->n_children; i++)
		n += s->children[i].drop_us == G_MAXINT64;
	return n;
}

gint64
ike_rekey_time (IkeSession *s, gint64 lifetime_us)
{
	guint8 random[2] = { 0x80, 0 };

	/* Without randomness the time is still right. */
	(void) rng_fill (&s->rng, random, sizeof random);
	return s->now_us + lifetime_us * 9 / 10 - lifetime_us / 10 * (random[0] << 8 | random[1]) / 65536;
}

Status
ike_children_new_spi (IkeSession *s, guint32 *ret_spi)
{
	guint32 spi = 0;

	while (spi < LEAST_SPI || ike_children_find (s, spi) != NULL)
	{
		Status status = rng_fill (&s->rng, (guint8 *) &spi, sizeof spi);

		if (status != STATUS_OK)
			return status;
	}
	*ret_spi = spi;
	return STATUS_OK;
}

static void
note_child (IkeSession *s, const IkeChild *child, guint32 replaces)
{
	g_autoptr (GString) text = g_string_new (NULL);
	char selector[INET_TEXT_OCTETS];

	for (gsize i = 0; i < child->n_remote && i < 8; i++)
		g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", inet_selector_to_text (&child->remote[i], selector));
	ike_note (s, "CHILD SA%s: %s-%u%s, networks %s", replaces != 0 ? " in place of the old one" : "",
	          ike_encr_name (child->suite.encr), child->suite.key_bits, child->esn ? ", ESN" : "", text->str);
}

void
ike_children_add (IkeSession *s, IkeChild *made, guint32 replaces, gboolean standby)
{
	IkeChildSa *child = &s->children[s->n_children++];
	IkeChildSa *old = replaces != 0 ? ike_children_find (s, replaces) : NULL;
	IkeEffect *effect;

	*child = (IkeChildSa){
		.spi_in = made->spi_in,
		.spi_out = made->spi_out,
		.local = g_memdup2 (made->local, made->n_local * sizeof *made->local),
		.n_local = made->n_local,
		.remote = g_memdup2 (made->remote, made->n_remote * sizeof *made->remote),
		.n_remote = made->n_remote,
		.rekey_us = ike_rekey_time (s, s->profile.child_lifetime_us),
		.expire_us = s->now_us + s->profile.child_lifetime_us,
		.patience_us = G_MAXINT64,
		.drop_us = G_MAXINT64,
		.standby = standby,
		.replaces = replaces,
	};
	if (old != NULL)
	{
		old->replaced = TRUE;
		old->rekey_us = G_MAXINT64;
	}
	note_child (s, made, replaces);
	ike_push_keys (s, s->sa, made);
	effect = ike_push (s, IKE_EFFECT_CHILD_ADD);
	made->replaces = replaces;
	made->standby = standby;
	effect->child = *made;
	*made = (IkeChild){ 0 };
}

static void
forget (IkeSession *s, IkeChildSa *child)
{
	g_free (child->local);
	g_free (child->remote);
	*child = s->children[--s->n_children];
}

void
ike_children_drop (IkeSession *s, IkeChildSa *child)
{
	ike_push (s, IKE_EFFECT_CHILD_DROP)->child.spi_in = child->spi_in;
	forget (s, child);
}

void
ike_children_clear (IkeSession *s)
{
	while (s->n_children > 0)
		forget (s, &s->children[0]);
}

void
ike_children_drop_all (IkeSession *s)
{
	while (s->n_children > 0)
		ike_children_drop (s, &s->children[0]);
}

/* What was made in place of the one that is gone carries its packets now. */
static void
use_standby (IkeSession *s, guint32 replaces)
{
	for (guint i = 0; i < s->n_children; i++)
		if (s->children[i].standby && !s->children[i].replaced && s->children[i].replaces == replaces)
		{
			s->children[i].standby = FALSE;
			ike_push (s, IKE_EFFECT_CHILD_USE)->child.spi_in = s->children[i].spi_in;
		}
}

void
ike_children_gone (IkeSession *s, IkeChildSa *child)
{
	gboolean lingers = child->replaced && !child->standby;

	child->rekey_us = child->expire_us = child->patience_us = G_MAXINT64;
	child->delete_wanted = FALSE;
	child->drop_us = s->now_us + IKE_LINGER_US;
	use_standby (s, child->spi_in);
	/* Nothing takes its place: nothing of it is to be used any more. */
	if (!lingers)
		ike_children_drop (s, child);
}
