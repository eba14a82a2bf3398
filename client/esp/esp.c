/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "esp.h"

#include "replay.h"
#include "selector.h"

#define NEXT_HEADER_IPV4 4
#define NEXT_HEADER_IPV6 41
#define NEXT_HEADER_NONE 59 /* a dummy packet, RFC 4303 section 2.6 */
#define TRAILER_OCTETS 2
#define ALIGN_OCTETS 4 /* RFC 4303 section 2.4 */

/* What both directions share. */
typedef struct
{
	guint32 spi;
	AeadSuite suite;
	gboolean esn;
	Aead *aead;
	EspSelectorSet *local, *remote;
	EspCounters counters;
} EspSa;

struct EspOut
{
	EspSa sa;
	guint64 sequence; /* the last one used */
};

struct EspIn
{
	EspSa sa;
	Replay replay;
};

static Status
sa_init (EspSa *sa, const EspParameters *parameters)
{
	sa->spi = parameters->spi;
	sa->suite = parameters->suite;
	sa->esn = parameters->esn;
	sa->local = esp_selector_set_new (parameters->local, parameters->n_local);
	sa->remote = esp_selector_set_new (parameters->remote, parameters->n_remote);
	return aead_new (&parameters->suite, parameters->encr_key, parameters->integ_key, &sa->aead);
}

static void
sa_clear (EspSa *sa)
{
	g_clear_pointer (&sa->aead, aead_free);
	g_clear_pointer (&sa->local, esp_selector_set_free);
	g_clear_pointer (&sa->remote, esp_selector_set_free);
}

Status
esp_out_new (const EspParameters *parameters, EspOut **ret_out)
{
	g_autoptr (EspOut) out = g_new0 (EspOut, 1);
	Status status = sa_init (&out->sa, parameters);

	if (status == STATUS_OK)
		*ret_out = g_steal_pointer (&out);
	return status;
}

Status
esp_in_new (const EspParameters *parameters, EspIn **ret_in)
{
	g_autoptr (EspIn) in = g_new0 (EspIn, 1);
	Status status = sa_init (&in->sa, parameters);

	if (status == STATUS_OK)
		*ret_in = g_steal_pointer (&in);
	return status;
}

void
esp_out_free (EspOut *out)
{
	if (out == NULL)
		return;
	sa_clear (&out->sa);
	g_free (out);
}

void
esp_in_free (EspIn *in)
{
	if (in == NULL)
		return;
	sa_clear (&in->sa);
	g_free (in);
}

guint32
esp_out_spi (const EspOut *out)
{
	return out->sa.spi;
}

guint32
esp_in_spi (const EspIn *in)
{
	return in->sa.spi;
}

const EspCounters *
esp_out_counters (const EspOut *out)
{
	return &out->sa.counters;
}

const EspCounters *
esp_in_counters (const EspIn *in)
{
	return &in->sa.counters;
}

guint64
esp_out_sequence (const EspOut *out)
{
	return out->sequence;
}

void
esp_out_set_sequence (EspOut *out, guint64 sequence)
{
	out->sequence = sequence;
}

/* Both ends of the packet. */
static gboolean
sides_match (const EspInner *inner, const EspSelectorSet *source, const EspSelectorSet *destination)
{
	return esp_selector_set_match (source, inner, &inner->source, inner->source_port) &&
	       esp_selector_set_match (destination, inner, &inner->destination, inner->destination_port);
}

gboolean
esp_out_matches (const EspOut *out, Slice inner)
{
	const EspSa *sa = &out->sa;
	EspInner parsed;

	return esp_inner_parse (inner, &parsed) == STATUS_OK && sides_match (&parsed, sa->local, sa->remote);
}

/* Octets of padding so that text and trailer fill whole blocks and whole words. */
static gsize
padding_octets (const AeadSuite *suite, gsize inner_octets)
{
	gsize block = MAX (aead_block_octets (suite), (gsize) ALIGN_OCTETS);
	gsize over = (inner_octets + TRAILER_OCTETS) % block;

	return over > 0 ? block - over : 0;
}

gsize
esp_sealed_octets (const AeadSuite *suite, gsize inner_octets)
{
	return ESP_HEADER_OCTETS + aead_iv_octets (suite) + inner_octets + padding_octets (suite, inner_octets) +
	       TRAILER_OCTETS + aead_icv_octets (suite);
}

static void
put_u32 (guint8 *to, guint32 value)
{
	for (guint i = 0; i < 4; i++)
		to[i] = (guint8) (value >> (24 - 8 * i));
}

static guint32
get_u32 (const guint8 *from)
{
	return (guint32) from[0] << 24 | (guint32) from[1] << 16 | (guint32) from[2] << 8 | from[3];
}

/* What is authenticated beside the text. Combined modes with ESN take SPI | high | low (RFC 4106 section 5); cipher + HMAC
 * takes the header, and the high half behind the ciphertext (RFC 4303 section 2.2.1). */
typedef struct
{
	guint8 aad_octets[12];
	guint8 high[4];
	Slice aad;
	Slice suffix;
} EspAad;

static void
make_aad (EspAad *aad, const EspSa *sa, const guint8 *header, guint64 sequence)
{
	gboolean combined = aead_suite_combined (&sa->suite);

	put_u32 (aad->high, (guint32) (sequence >> 32));
	memcpy (aad->aad_octets, header, 4);
	if (sa->esn && combined)
	{
		memcpy (aad->aad_octets + 4, aad->high, 4);
		memcpy (aad->aad_octets + 8, header + 4, 4);
	}
	else
		memcpy (aad->aad_octets + 4, header + 4, 4);
	aad->aad = slice (aad->aad_octets, sa->esn && combined ? 12 : 8);
	aad->suffix = sa->esn && !combined ? slice (aad->high, 4) : SLICE_NONE;
}

static gboolean
sequence_left (const EspOut *out)
{
	return out->sequence < (out->sa.esn ? G_MAXUINT64 : (guint64) G_MAXUINT32);
}

Status
esp_seal (EspOut *out, guint8 *buffer, gsize inner_octets, Slice *ret_packet)
{
	EspSa *sa = &out->sa;
	gsize iv_octets = aead_iv_octets (&sa->suite);
	gsize padding = padding_octets (&sa->suite, inner_octets);
	guint8 *inner = buffer + ESP_HEADROOM_OCTETS;
	guint8 *iv = inner - iv_octets;
	guint8 *header = iv - ESP_HEADER_OCTETS;
	guint8 *tail = inner + inner_octets;
	guint8 version = inner_octets > 0 ? inner[0] >> 4 : 0;
	guint64 sequence;
	EspAad aad;
	Status status;

	if (version != 4 && version != 6)
		return STATUS_MALFORMED;
	if (!sequence_left (out))
		return STATUS_SEQUENCE_EXHAUSTED;
	sequence = ++out->sequence;
	put_u32 (header, sa->spi);
	put_u32 (header + 4, (guint32) sequence);
	for (gsize i = 0; i < padding; i++)
		*tail++ = (guint8) (i + 1);
	*tail++ = (guint8) padding;
	*tail++ = version == 4 ? NEXT_HEADER_IPV4 : NEXT_HEADER_IPV6;
	make_aad (&aad, sa, header, sequence);
	status = aead_seal (sa->aead, sequence, aad.aad, aad.suffix, iv, (gsize) (tail - inner));
	if (status != STATUS_OK)
		return status;
	sa->counters.packets++;
	sa->counters.octets += inner_octets;
	*ret_packet = slice (header, (gsize) (tail - header) + aead_icv_octets (&sa->suite));
	return STATUS_OK;
}

/* Cuts padding and trailer, then what lies behind the inner packet's own length; checks the selectors. */
static Status
check_inner (const EspIn *in, Slice text, Slice *ret_inner)
{
	const EspSa *sa = &in->sa;
	gsize padding;
	guint8 next;
	EspInner inner;
	Status status;

	if (text.len < TRAILER_OCTETS)
		return STATUS_MALFORMED;
	padding = text.data[text.len - 2];
	next = text.data[text.len - 1];
	if (padding + TRAILER_OCTETS > text.len)
		return STATUS_MALFORMED;
	text.len -= padding + TRAILER_OCTETS;
	for (gsize i = 0; i < padding; i++)
		if (text.data[text.len + i] != (guint8) (i + 1))
			return STATUS_MALFORMED;
	if (next == NEXT_HEADER_NONE)
	{
		*ret_inner = SLICE_NONE;
		return STATUS_OK;
	}
	status = esp_inner_parse (text, &inner);
	if (status != STATUS_OK)
		return STATUS_MALFORMED;
	if (next != (inner.source.family == INET_V4 ? NEXT_HEADER_IPV4 : NEXT_HEADER_IPV6))
		return STATUS_MALFORMED;
	if (!sides_match (&inner, sa->remote, sa->local))
		return STATUS_SELECTOR_MISMATCH;
	*ret_inner = slice (text.data, inner.octets);
	return STATUS_OK;
}

static Status
open_packet (EspIn *in, guint8 *packet, gsize octets, Slice *ret_inner)
{
	EspSa *sa = &in->sa;
	guint64 sequence;
	EspAad aad;
	Slice text;
	Status status;

	if (octets < ESP_HEADER_OCTETS + aead_iv_octets (&sa->suite) + aead_icv_octets (&sa->suite))
		return STATUS_TRUNCATED;
	sequence = replay_recover (&in->replay, get_u32 (packet + 4), sa->esn);
	if (!replay_check (&in->replay, sequence))
		return STATUS_REPLAYED;
	make_aad (&aad, sa, packet, sequence);
	status = aead_open (sa->aead, aad.aad, aad.suffix, packet + ESP_HEADER_OCTETS, octets - ESP_HEADER_OCTETS, &text);
	if (status != STATUS_OK)
		return status;
	replay_commit (&in->replay, sequence);
	return check_inner (in, text, ret_inner);
}

/* By status: which counter of a direction a refused packet belongs to. */
static guint64 *
drop_counter (EspCounters *counters, Status status)
{
	if (status == STATUS_REPLAYED)
		return &counters->dropped_replay;
	if (status == STATUS_BAD_ICV)
		return &counters->dropped_icv;
	if (status == STATUS_SELECTOR_MISMATCH)
		return &counters->dropped_selector;
	return &counters->dropped_malformed;
}

Status
esp_open (EspIn *in, guint8 *packet, gsize octets, Slice *ret_inner)
{
	EspCounters *counters = &in->sa.counters;
	Slice inner = SLICE_NONE;
	Status status = open_packet (in, packet, octets, &inner);

	if (status != STATUS_OK)
	{
		++*drop_counter (counters, status);
		return status;
	}
	counters->packets++;
	counters->octets += inner.len;
	*ret_inner = inner;
	return STATUS_OK;
}

gsize
esp_out_iv_octets (const EspOut *out)
{
	return aead_iv_octets (&out->sa.suite);
}

/* Three quarters of the numbers: at a million packets a second the last quarter of 32 bits lasts 18 minutes. */
#define DUE_SEQUENCE_SHORT ((guint64) 3 << 30)
#define DUE_SEQUENCE_EXTENDED ((guint64) 3 << 62)
/* Blocks of 128 bits begin to repeat around 2^64 of them, blocks of 64 bits around 2^32; both limits leave a wide margin. */
#define DUE_OCTETS_CBC_128 ((guint64) 1 << 52)
#define DUE_OCTETS_CBC_64 ((guint64) 1 << 30)

static gboolean
rekey_due (const EspSa *sa, guint64 sequence)
{
	guint64 octets = sa->suite.encr == ENCR_3DES_CBC ? DUE_OCTETS_CBC_64 : DUE_OCTETS_CBC_128;

	return sequence >= (sa->esn ? DUE_SEQUENCE_EXTENDED : DUE_SEQUENCE_SHORT) || sa->counters.octets >= octets;
}

gboolean
esp_out_rekey_due (const EspOut *out)
{
	return rekey_due (&out->sa, out->sequence);
}

gboolean
esp_in_rekey_due (const EspIn *in)
{
	return rekey_due (&in->sa, in->replay.highest);
}
