/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

guint
ike_ask (IkeSession *s, IkeAskKind kind, IkeEffect **ret_effect)
{
	IkeEffect *effect = ike_push (s, IKE_EFFECT_ASK);

	effect->ask.id = ++s->last_ask;
	effect->ask.kind = kind;
	*ret_effect = effect;
	return effect->ask.id;
}

void
ike_ask_person (IkeSession *s, IkeAskKind kind, gboolean again, const char *prompt)
{
	IkeEffect *effect;

	s->auth.ask = ike_ask (s, kind, &effect);
	effect->ask.again = again;
	effect->ask.prompt = g_strdup (prompt);
	s->ask_began_us = s->now_us;
	s->auth.ask_until_us = s->now_us + (s->profile.ask_timeout_us > 0 ? s->profile.ask_timeout_us : IKE_ASK_US);
	ike_push_state (s, IKE_STATE_NEED_SECRETS);
}

void
ike_ask_done (IkeSession *s)
{
	s->auth.ask = 0;
	s->paused_us += s->now_us - s->ask_began_us;
}

void
ike_ask_withdraw (IkeSession *s)
{
	if (s->auth.ask == 0)
		return;
	ike_push (s, IKE_EFFECT_ASK_CANCEL)->ask.id = s->auth.ask;
	s->auth.ask = 0;
}
