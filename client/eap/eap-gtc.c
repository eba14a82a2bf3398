/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Generic Token Card (RFC 3748 section 5.6): the server's text, an answer in the clear (inside IKE's protection). */
#include "method.h"

typedef struct
{
	guint n_requests;
	gboolean answered;
} GtcState;

static gpointer
gtc_start (const EapConfig *config, const Rng *rng)
{
	return g_new0 (GtcState, 1);
}

/* Many gateways use GTC for plain passwords; those may be answered from what is stored. */
static gboolean
asks_for_password (const char *prompt)
{
	g_autofree char *lower = prompt != NULL ? g_utf8_strdown (prompt, -1) : NULL;

	return lower == NULL || strstr (lower, "password") != NULL;
}

static EapMethodResult
gtc_input (gpointer state, guint8 identifier, Slice data, Writer *answer)
{
	GtcState *gtc = state;
	char *prompt = eap_prompt_text (data);
	gboolean password = gtc->n_requests++ == 0 && asks_for_password (prompt);

	gtc->answered = FALSE;
	return (EapMethodResult){
		.verdict = EAP_METHOD_ASK,
		.ask = password ? EAP_ASK_PASSWORD : EAP_ASK_CODE,
		.prompt = prompt,
	};
}

static EapMethodResult
gtc_answer (gpointer state, Slice secret, Writer *answer)
{
	GtcState *gtc = state;

	writer_slice (answer, secret);
	gtc->answered = TRUE;
	return (EapMethodResult){ .verdict = EAP_METHOD_SEND };
}

static gboolean
gtc_done (gconstpointer state)
{
	return ((const GtcState *) state)->answered;
}

static Slice
gtc_msk (gconstpointer state)
{
	return SLICE_NONE;
}

static void
gtc_clear (gpointer state)
{
	g_free (state);
}

const EapMethod eap_method_gtc = {
	.type = EAP_TYPE_GTC,
	.name = "gtc",
	.label = "GTC",
	.makes_key = FALSE,
	.start = gtc_start,
	.input = gtc_input,
	.answer = gtc_answer,
	.done = gtc_done,
	.msk = gtc_msk,
	.clear = gtc_clear,
};
