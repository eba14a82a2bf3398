/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: profiles of other programs: from their files to a Profile and back, and what is lost on the way.
 * Must not know: where profiles are stored, who asks, NetworkManager.
 *
 * Formats: Godwit's own profile; .sswan of strongSwan for Android (JSON); .mobileconfig of Apple (property list, XML or
 * binary, plain or in a signed envelope). A file is one of them by its contents, whatever it is called, or it is none.
 */
#pragma once

#include "base/secret.h"
#include "profile.h"

#define PROFILE_MAX_IMPORT_OCTETS ((gsize) 4 * 1024 * 1024)

typedef enum
{
	PROFILE_FORMAT_GODWIT,
	PROFILE_FORMAT_SSWAN,
	PROFILE_FORMAT_MOBILECONFIG,
} ProfileFormat;

const char *profile_format_name (ProfileFormat format); /* "godwit", "sswan", "mobileconfig" */
gboolean profile_format_from_name (const char *name, ProfileFormat *ret_format);
const char *profile_format_suffix (ProfileFormat format); /* ".profile", ".sswan", ".mobileconfig" */

/* Cheap: looks at the first octets. TRUE says what the file claims to be, not that it is a good one. */
gboolean profile_format_recognise (Slice contents, ProfileFormat *ret_format);

typedef struct
{
	const char *file_name; /* for messages, and as the name of a connection without one; NULL: none */
	const char *folder;    /* where paths of a Godwit profile begin; NULL: a profile that names files is refused */
	const char *user;      /* who the user is, for files made for many; NULL: what the file says */
} ProfileImportOptions;

typedef struct
{
	Profile *profile; /* certificates and keys as contents */
	ProfileFormat format;
	GPtrArray *warnings; /* of char *: what was not understood or cannot be kept, a sentence each, may be empty */
	Secret password;     /* password or pre-shared key that stood in the file; a profile never holds one. Often empty */
} ProfileImport;

/**
 * profile_import:
 * @contents: of the file, at most PROFILE_MAX_IMPORT_OCTETS
 * A file that does not say who the user is needs .user; the error says so.
 * Errors: PROFILE_ERROR_INVALID (none of the formats, damaged, or not to be kept in a way that means the same),
 *         PROFILE_ERROR_FILE (a file that a Godwit profile names)
 */
ProfileImport *profile_import (Slice contents, const ProfileImportOptions *options, GError **error);

/* Reads @path with the rights of this process. @user: as in ProfileImportOptions. */
ProfileImport *profile_import_file (const char *path, const char *user, GError **error);

void profile_import_free (ProfileImport *import); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProfileImport, profile_import_free)

/**
 * profile_export:
 * @format: SSWAN or MOBILECONFIG; Godwit's own is more than one file, see profile_store_save()
 * @warnings: what the format cannot say is appended, of char *;  @ret_contents: wiped when freed: it may hold a key
 * Errors: PROFILE_ERROR_INVALID: the format has no words for the method
 */
gboolean profile_export (const Profile *profile, ProfileFormat format, GPtrArray *warnings, GBytes **ret_contents,
                         GError **error);

/* Writes it to @path with mode 0600; a file that is there is replaced at once or not at all. Any format: Godwit's own puts
 * certificates and keys into a folder beside @path, which must end with ".profile". */
gboolean profile_export_file (const Profile *profile, ProfileFormat format, const char *path, GPtrArray *warnings,
                              GError **error);
