/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what of an inner packet selectors look at, and whether they match (RFC 4301 section 4.4.1.1).
 * Must not know: keys, ESP headers.
 */
#pragma once

#include "base/inet.h"

typedef struct
{
	InetAddress source;
	InetAddress destination;
	guint8 protocol;
	gboolean has_ports;                    /* FALSE: a later fragment, or a protocol without ports */
	guint16 source_port, destination_port; /* ICMP: type and code as one number, at both places */
	gsize octets;                          /* as its own header says */
} EspInner;

/**
 * esp_inner_parse:
 * @packet: begins with an IPv4 or IPv6 header; may be longer than the packet says (padding)
 * Errors: STATUS_MALFORMED, STATUS_TRUNCATED
 */
Status esp_inner_parse (Slice packet, EspInner *ret_inner);

/* The selectors of one side of a SA, arranged so that a look-up costs the same for one and for a thousand networks: selectors of
 * the same protocol and ports are one group of sorted ranges that do not overlap. */
typedef struct EspSelectorSet EspSelectorSet;

EspSelectorSet *esp_selector_set_new (const InetSelector *selectors, gsize n);
void esp_selector_set_free (EspSelectorSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EspSelectorSet, esp_selector_set_free)

/* Whether one of the selectors holds the packet's @address and @port: one end of it. */
gboolean esp_selector_set_match (const EspSelectorSet *set, const EspInner *inner, const InetAddress *address,
                                 guint16 port);
