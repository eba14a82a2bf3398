/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether the gateway's certificate was revoked: asked after its chain has led to an anchor and before the session hears that
 * it is good. godwitd carries the octets, everything is read here. */
#include "clock.h"
#include "engine-private.h"
#include "http-response.h"
#include "trace/record.h"

static RevocationPolicy
policy_of (const Engine *engine)
{
	const char *word = profile_text (engine->order->profile, "gateway.revocation");

	if (g_str_equal (word, "off"))
		return REVOCATION_OFF;
	return g_str_equal (word, "hard") ? REVOCATION_HARD : REVOCATION_SOFT;
}

/* TRUE: godwitd was asked. */
static gboolean
fetch_next (Engine *engine)
{
	GVariantBuilder details;
	RevocationFetch fetch;

	if (!revocation_next (engine->revocation, &fetch))
		return FALSE;
	engine->last_fetch = MAX (engine->last_fetch, ENGINE_FIRST_FETCH) + 1;
	g_variant_builder_init (&details, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add (&details, "{sv}", "url", g_variant_new_string (fetch.url));
	g_variant_builder_add (&details, "{sv}", "octets",
	                       g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE,
	                                                  fetch.body.len > 0 ? fetch.body.data : (const guint8 *) "",
	                                                  fetch.body.len, 1));
	godwit_tunnel1_emit_ask (engine->bus, engine->last_fetch, "fetch", g_variant_builder_end (&details));
	return TRUE;
}

gboolean
engine_revocation_start (Engine *engine, guint ask, const GPtrArray *path)
{
	g_clear_pointer (&engine->revocation, revocation_free);
	if (policy_of (engine) == REVOCATION_OFF)
		return FALSE;
	engine->follow_up.answer = revocation_new ((GBytes *const *) path->pdata, path->len, policy_of (engine),
	                                           &engine->rng, &engine->revocation);
	engine->revocation_ask = ask;
	if (engine->follow_up.answer == STATUS_OK)
		revocation_take_lists (engine->revocation,
		                       slice_bytes (profile_contents (engine->order->profile, "gateway.crl")), clock_wall_s ());
	if (engine->follow_up.answer == STATUS_OK && fetch_next (engine))
		return TRUE;
	if (engine->follow_up.answer == STATUS_OK)
		engine->follow_up.answer = revocation_result (engine->revocation, &engine->follow_up.detail);
	g_clear_pointer (&engine->revocation, revocation_free);
	return FALSE;
}

void
engine_revocation_answer (Engine *engine, guint id, Status status, Slice octets)
{
	g_autofree char *words = NULL, *detail = NULL;
	Slice body = SLICE_NONE;

	/* An answer that nobody waits for any more. */
	if (engine->revocation == NULL || id != engine->last_fetch)
		return;
	if (status != STATUS_OK || !http_response_body (octets, &body))
		body = SLICE_NONE;
	revocation_take (engine->revocation, body, clock_wall_s (), &words);
	engine_emit_trace (engine, trace_record_note (words, engine_elapsed_us (engine)));
	if (fetch_next (engine))
		return;
	status = revocation_result (engine->revocation, &detail);
	g_clear_pointer (&engine->revocation, revocation_free);
	engine_input (
	    engine,
	    &(IkeInput){ .type = IKE_INPUT_ANSWER, .ask_id = engine->revocation_ask, .status = status, .detail = detail });
}
