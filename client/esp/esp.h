/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: RFC 4303 per packet, tunnel mode: seal and open in place, sequence numbers (32 bit and extended), the replay
 * window, selectors of a SA. No allocation, no clock, no log per packet.
 * Must not know: IKE, sockets, TUN, UDP encapsulation.
 */
#pragma once

#include "base/inet.h"
#include "base/secret.h"
#include "crypto/aead.h"

#define ESP_HEADER_OCTETS 8
#define ESP_WINDOW_PACKETS 1024
/* What a packet may grow by at most: header, IV, padding, trailer, ICV. */
#define ESP_MAX_OVERHEAD_OCTETS (8 + 16 + 15 + 2 + 32)
/* Room in front of the inner packet that esp_seal() needs: header and the longest IV. */
#define ESP_HEADROOM_OCTETS (8 + 16)

/* One direction. */
typedef struct
{
	guint32 spi;
	AeadSuite suite;
	gboolean esn;
	Slice encr_key;            /* aead_encr_key_octets() */
	Slice integ_key;           /* aead_integ_key_octets() */
	const InetSelector *local; /* our side: source of what we send, destination of what we receive */
	gsize n_local;
	const InetSelector *remote; /* the other side */
	gsize n_remote;
} EspParameters;

/* Read by another thread for display: single words, written by the packet thread only. */
typedef struct
{
	guint64 packets, octets;
	guint64 dropped_replay, dropped_icv, dropped_selector, dropped_malformed;
} EspCounters;

typedef struct EspOut EspOut;
typedef struct EspIn EspIn;

/* Errors: STATUS_BAD_KEY, STATUS_CRYPTO. Copies all it needs. */
Status esp_out_new (const EspParameters *parameters, EspOut **ret_out);
Status esp_in_new (const EspParameters *parameters, EspIn **ret_in);
void esp_out_free (EspOut *out); /* wipes */
void esp_in_free (EspIn *in);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EspOut, esp_out_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EspIn, esp_in_free)

guint32 esp_out_spi (const EspOut *out);
guint32 esp_in_spi (const EspIn *in);
const EspCounters *esp_out_counters (const EspOut *out);
const EspCounters *esp_in_counters (const EspIn *in);

/* Whether the packet (a whole IPv4 or IPv6 packet) may go out through this SA. Fragments other than the first match
 * only selectors without ports (RFC 4301 section 4.4.1.1). */
gboolean esp_out_matches (const EspOut *out, Slice inner);

/**
 * esp_seal:
 * @buffer: ESP_HEADROOM_OCTETS of room, then the inner packet, then room for padding, trailer and ICV
 * @inner_octets: length of the inner packet at @buffer + ESP_HEADROOM_OCTETS
 * @ret_packet: the ESP packet, within @buffer
 * Errors: STATUS_SEQUENCE_EXHAUSTED (never wraps), STATUS_MALFORMED (no IPv4 or IPv6 packet), STATUS_CRYPTO
 * Source: RFC 4303 sections 2 and 3.3
 */
Status esp_seal (EspOut *out, guint8 *buffer, gsize inner_octets, Slice *ret_packet);

/* Octets of the ESP packet that esp_seal() makes of an inner packet of @inner_octets. */
gsize esp_sealed_octets (const AeadSuite *suite, gsize inner_octets);

/**
 * esp_open:
 * @packet: an ESP packet, decrypted in place;  @ret_inner: the inner packet within it, cut to its own length field (TFC
 *          padding, RFC 4303 section 2.7); an empty slice for a dummy packet (next header 59)
 * Order: window look-up, ICV, window commit, trailer, inner header, selectors. Failures are counted.
 * Errors: STATUS_TRUNCATED, STATUS_REPLAYED, STATUS_BAD_ICV, STATUS_MALFORMED, STATUS_SELECTOR_MISMATCH, STATUS_CRYPTO
 * Source: RFC 4303 section 3.4, appendix A
 */
Status esp_open (EspIn *in, guint8 *packet, gsize octets, Slice *ret_inner);

/* Sequence numbers sent / highest received, for tests and for limits. */
guint64 esp_out_sequence (const EspOut *out);
void esp_out_set_sequence (EspOut *out, guint64 sequence); /* the last one used */

gsize esp_out_iv_octets (const EspOut *out); /* explicit IV on the wire */

/* Whether so many packets or octets went through that the SA wants a new key: long before the sequence numbers end (RFC 4303
 * section 3.3.3), and before blocks of a cipher repeat (NIST SP 800-38A; RFC 8221 section 5 for blocks of 64 bits). */
gboolean esp_out_rekey_due (const EspOut *out);
gboolean esp_in_rekey_due (const EspIn *in);
