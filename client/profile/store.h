/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: where profiles lie: FOLDER/NAME.profile. Must not know: what the settings mean.
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

/**
 * profile_store_save:
 * Writes @profile to @folder/@name.profile with mode 0600, and what it holds by contents (certificates, keys) to files in
 * @folder/@name/. Folders that are missing are made, with mode 0700. What was there is replaced at once or not at all.
 * @replace: FALSE: a profile or folder of that name is an error
 * Errors: PROFILE_ERROR_INVALID (@name is no name for a file; a setting that is needed is missing), PROFILE_ERROR_FILE
 */
gboolean profile_store_save (const char *folder, const char *name, const Profile *profile, gboolean replace,
                             GError **error);

/* A name for profile_store_save() out of any text: "/" and control characters become "-". Free with g_free(). */
char *profile_store_name_from (const char *text);
