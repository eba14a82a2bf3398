/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what the files import-*.c and export-*.c share: a profile that is being filled, with its first error and its
 * warnings. Must not know: any one format.
 */
#pragma once

#include "import.h"
#include "private.h"

/* Deeper files are none of those formats; parsers that call themselves would need a stack for each level. */
#define IMPORT_MAX_DEPTH 12

typedef struct
{
	const ProfileImportOptions *options;
	Profile *profile;
	GPtrArray *warnings;
	guint left_out;   /* warnings beyond the limit */
	GString *anchors; /* PEM */
	Secret password;
	GError *error; /* the first; everything after it is for nothing */
} Import;

/* The file cannot be taken. Only the first call counts. */
void import_fail (Import *import, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A sentence for the user. */
void import_warn (Import *import, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* What a key of a foreign format means to us. */
typedef enum
{
	IMPORT_TAKEN,
	IMPORT_FINE, /* says nothing that changes what we do */
	IMPORT_LOST, /* cannot be kept: .words say why */
} ImportFate;

typedef struct
{
	const char *name; /* NULL ends the table */
	ImportFate fate;
	const char *words;
} ImportKey;

/* Warns when @name is not among @known, or is lost. @prefix: "remote.", where it stands. */
void import_judge (Import *import, const ImportKey *known, const char *prefix, const char *name);

/* Sets "group.key"; @where: what the file calls it. A value that does not fit fails the import: it means something. */
void import_set (Import *import, const char *name, const char *text, const char *where);
/* The same for what one can do without: a warning. Also when this Godwit has no such setting. */
void import_try (Import *import, const char *name, const char *text, const char *where);

/* method= and, when not NULL, eap=. Fails when this Godwit cannot do it. */
void import_set_method (Import *import, const char *method, const char *eap, const char *where);

/* One more certificate to trust, DER or PEM. */
void import_add_anchor (Import *import, Slice certificate, const char *where);

/* Certificate and key of the user. @passphrase: as it stands in the file, or NULL. A file that opens with it is taken apart;
 * otherwise it is kept as it is, and its passphrase is asked for when connecting. */
void import_take_pkcs12 (Import *import, Slice der, const char *passphrase, const char *where);

/* Base64 with nothing wrong in it; white space between is fine. NULL: failed. */
GBytes *import_base64 (Import *import, const char *text, const char *where);

void import_sswan (Import *import, Slice contents);
void import_mobileconfig (Import *import, Slice contents);

/* Whether @contents nest at most IMPORT_MAX_DEPTH and hold a number of things that a file of this kind may hold: parsers
 * are only called after it. */
gboolean import_json_bounded (Slice contents);
gboolean import_xml_bounded (Slice contents);
gboolean import_binary_plist_bounded (Slice contents);

/* What a format cannot say, for every setting that is given and not in @said ("group.key" ...). */
void export_warn_losses (const Profile *profile, const char *const *said, const char *format, GPtrArray *warnings);

/* The user's certificate and key as PKCS#12: as it came, or made with @passphrase. NULL without error: there is none to
 * export. @ret_sealed: it came with a passphrase that only the user knows. */
GBytes *export_pkcs12 (const Profile *profile, const char *passphrase, GPtrArray *warnings, gboolean *ret_sealed,
                       GError **error);

GBytes *export_sswan (const Profile *profile, GPtrArray *warnings, GError **error);
GBytes *export_mobileconfig (const Profile *profile, GPtrArray *warnings, GError **error);

/* Another name for a bare PROFILE_ERROR_INVALID without place. */
void export_fail (GError **error, const char *words);
