/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the CHILD SAs of the packet thread: by SPI for what comes in, newest first by selectors for what goes out.
 * Must not know: threads. It changes only between two batches, on the packet thread.
 */
#pragma once

#include <sys/socket.h>

#include "datapath.h"

typedef struct
{
	EspIn *in;
	EspOut *out;
	guint socket;
	struct sockaddr_storage remote;
	socklen_t remote_octets;
	gboolean standby; /* only for receiving */
	guint64 last_in_us, last_out_us;
	gboolean rekey_told;
} Sa;

typedef struct
{
	guint n;
	guint32 spi_in[DATAPATH_MAX_SAS]; /* beside each other, so that a look-up touches few cache lines */
	Sa sas[DATAPATH_MAX_SAS];         /* oldest first */
} SaTable;

/* Takes @sa->in and ->out when the answer is STATUS_OK. STATUS_TOO_LARGE: the table is full; STATUS_INTERNAL: the SPI is taken. */
Status sa_table_add (SaTable *table, const Sa *sa);
void sa_table_remove (SaTable *table, guint32 spi_in); /* wipes; nothing happens when it is not there */
void sa_table_clear (SaTable *table);

/* NULL: none. */
Sa *sa_table_by_spi (SaTable *table, guint32 spi_in);
Sa *sa_table_for_packet (SaTable *table, Slice inner);
