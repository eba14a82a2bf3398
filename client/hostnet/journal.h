/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the file that lists what was changed on the host for one connection, written before the change is made.
 * Must not know: how a change is made or taken back.
 *
 * A key file: [journal] interface=godwit0, index=0, link=17, dns=BACKEND. What a number in it could stand for is bounded,
 * so that a file somebody else wrote cannot make us remove what is not ours.
 */
#pragma once

#include <glib.h>

typedef struct
{
	char *interface;
	guint index;
	guint link; /* of the interface; a later one of the same name has another */
	char *dns;  /* name of the backend; NULL: DNS was not touched */
} Journal;

void journal_clear (Journal *journal);

/* Writes FOLDER/INTERFACE.journal anew, whole or not at all. */
gboolean journal_write (const char *folder, const Journal *journal, GError **error);
/* Strict: FALSE and @error for anything that journal_write() could not have made, or that another user made or could
 * have written to. */
gboolean journal_read (const char *path, Journal *ret_journal, GError **error);
void journal_remove (const char *folder, const char *interface);

/* Paths of the journals in @folder (of char *, owned). */
GPtrArray *journal_list (const char *folder);

/* Letters, digits, '-', '_', at most 15 octets: what an interface of ours can be called. */
gboolean journal_interface_good (const char *name);
