/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sa-table.h"

static gboolean
find (const SaTable *table, guint32 spi_in, guint *ret_index)
{
	for (guint i = 0; i < table->n; i++)
	{
		if (table->spi_in[i] == spi_in)
		{
			*ret_index = i;
			return TRUE;
		}
	}
	return FALSE;
}

Status
sa_table_add (SaTable *table, const Sa *sa)
{
	guint32 spi_in = esp_in_spi (sa->in);
	guint index;

	if (find (table, spi_in, &index))
		return STATUS_INTERNAL;
	if (table->n == DATAPATH_MAX_SAS)
		return STATUS_TOO_LARGE;
	table->spi_in[table->n] = spi_in;
	table->sas[table->n] = *sa;
	table->n++;
	return STATUS_OK;
}

void
sa_table_remove (SaTable *table, guint32 spi_in)
{
	guint index, behind;

	if (!find (table, spi_in, &index))
		return;
	esp_in_free (table->sas[index].in);
	esp_out_free (table->sas[index].out);
	behind = table->n - index - 1;
	memmove (&table->spi_in[index], &table->spi_in[index + 1], behind * sizeof table->spi_in[0]);
	memmove (&table->sas[index], &table->sas[index + 1], behind * sizeof table->sas[0]);
	table->n--;
}

void
sa_table_clear (SaTable *table)
{
	while (table->n > 0)
		sa_table_remove (table, table->spi_in[table->n - 1]);
}

Sa *
sa_table_by_spi (SaTable *table, guint32 spi_in)
{
	guint index;

	return find (table, spi_in, &index) ? &table->sas[index] : NULL;
}

/* The newest first: after a rekey the gateway expects packets on the new SA (RFC 7296 section 2.8). */
Sa *
sa_table_for_packet (SaTable *table, Slice inner)
{
	for (guint i = table->n; i > 0; i--)
	{
		if (!table->sas[i - 1].standby && esp_out_matches (table->sas[i - 1].out, inner))
			return &table->sas[i - 1];
	}
	return NULL;
}
