/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what happened, as one line of JSON an event (trace-record.c, made where messages are decoded: the worker), and the
 * same for people (trace-print.c, where it is shown: command line, GUI). Two archives: godwit-trace-record knows ike/,
 * godwit-trace-print knows JSON only.
 *
 * One event, "schema" 1, keys that do not apply are left out:
 *   {"schema":1, "time_us":N (since the session started), "kind":"sent"|"resent"|"received"|"dropped"|"note"|"state"|"keys",
 *    "local":"192.0.2.7:4500", "remote":"198.51.100.1:4500",
 *    "exchange":"IKE_AUTH", "request":true, "message_id":1, "octets":N, "datagrams":N, "protected":true,
 *    "payloads":[{"type":"SA", "text":"...", "fields":[{"name":"...", "value":"...", "level":1}], "explain":"..."}],
 *    "status":"bad-icv", "text":"..."}
 * "level" of a field: it belongs to the one above it that has a lower level; left out for 0.
 * kind "keys" (only where the user may see them): {"is_child":b, "spi_i":"hex16", "spi_r":"hex16", "spi_in":"hex8",
 *    "spi_out":"hex8", "encr":"AES_GCM_16", "key_bits":N, "integ":"..."|"NONE", "encr_i":"hex", "encr_r":"hex",
 *    "integ_i":"hex", "integ_r":"hex", "local":..., "remote":...}
 */
#pragma once

#include <glib.h>

/* From here: archive godwit-trace-print (json-glib). */

typedef struct TracePrinter TracePrinter;

typedef struct
{
	gboolean colour;
	gboolean details; /* every payload with its fields and explanation, below the line */
	guint columns;    /* of the terminal, at least 40 */
} TraceStyle;

TracePrinter *trace_printer_new (const TraceStyle *style);
void trace_printer_free (TracePrinter *printer);

/**
 * trace_printer_line:
 * @json: one event;  Returns: what to print, with line ends, "" when this event is not shown; NULL when @json is no event
 * One message a line: time, arrow, exchange, message id, payloads:
 *   "  0.012s  -->  IKE_SA_INIT  request   0   SA KE Ni N(NAT_DETECTION_SOURCE_IP) ..."
 */
char *trace_printer_line (TracePrinter *printer, const char *json);

/**
 * trace_keys_line:
 * For an event of kind "keys": the line for Wireshark's ikev2_decryption_table or esp_sa file (format of 4.0), which for
 * esp_sa is two lines with "\n" between them: a row for each direction.
 * @ret_is_child: which of the two, set when a line is returned
 * Returns: the line without its end; NULL when it is not such an event, or Wireshark does not know the algorithm
 * (ChaCha20-Poly1305). Wipe it after use.
 */
char *trace_keys_line (const char *json, gboolean *ret_is_child);
