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

/* Whether both ends of the packet lie within one of the selectors of their side. */
gboolean esp_selectors_match (const EspInner *inner, const InetSelector *source, gsize n_source,
                              const InetSelector *destination, gsize n_destination);
