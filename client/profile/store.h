/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: where profiles lie: FOLDER/NAME.profile. Must not know: what is in them.
 */
#pragma once

#include "profile.h"

/* ~/.config/godwit/profiles; /etc/godwit/profiles (or what meson's sysconfdir says). Free with g_free(). */
char *profile_store_user_folder (void);
char *profile_store_system_folder (void);

/* Appends the base names without ".profile", sorted, to @names (of char *, owned). A folder that is not there is empty. */
void profile_store_list (const char *folder, GPtrArray *names);

/* The path of @name in @folder; NULL when it is not there or @name is no plain file name. */
char *profile_store_find (const char *folder, const char *name);
