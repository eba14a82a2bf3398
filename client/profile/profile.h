/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what a user wants of one connection: every setting in one table (settings.def), from and to a GKeyFile and an
 * a{sv}, checked. Must not know: D-Bus objects, IKE, where profiles are stored (store.h).
 *
 * A profile lives in three shapes that hold the same: the file of a user, where certificates and keys are paths; the
 * loaded profile, where they are contents; the a{sv} of D-Bus, which always has contents ("user.certificate" -> ay).
 *
 * The file is a GKeyFile, UTF-8, with three differences that help a person: '#' begins a comment also behind a value, if
 * white space stands before it; a backslash is a backslash ("user=CORP\alice"); a key or group given twice is an error.
 * So no value can hold a '#' behind a space, or a space at an end, and every valid value can be written to a file.
 */
#pragma once

#include <gio/gio.h>

#include "base/inet.h"

#define PROFILE_MAX_FILE_OCTETS ((gsize) 256 * 1024) /* a profile, a certificate file */
#define PROFILE_MAX_CA_OCTETS ((gsize) 4 * 1024 * 1024)
#define PROFILE_MAX_REMOTES 64

typedef enum
{
	PROFILE_METHOD_EAP,
	PROFILE_METHOD_CERTIFICATE,
	PROFILE_METHOD_PSK,
} ProfileMethod;

typedef enum
{
	PROFILE_TYPE_TEXT,
	PROFILE_TYPE_BOOLEAN, /* yes, no (true, false, 1, 0 accepted) */
	PROFILE_TYPE_INTEGER,
	PROFILE_TYPE_CHOICE,   /* one of the words in .choices */
	PROFILE_TYPE_WORDS,    /* comma-separated words out of .choices, in order */
	PROFILE_TYPE_PREFIXES, /* comma-separated InetPrefix */
	PROFILE_TYPE_FILE,     /* a path; contents once loaded */
	PROFILE_TYPE_CA,       /* "system" or a path */
} ProfileType;

/* A row of the table. All other parts (parser, --help, D-Bus, documentation, editors) read it. */
typedef struct
{
	const char *group;
	const char *key;
	ProfileType type;
	const char *fallback;       /* default as text; NULL: none */
	const char *const *choices; /* NULL-terminated */
	gint64 least, most;         /* INTEGER; TEXT: length in octets */
	gboolean is_private;        /* a private key: never leaves godwitd, never printed */
	const char *label;          /* for forms: "Gateway" */
	const char *help;           /* one sentence */
} ProfileSetting;

const ProfileSetting *profile_settings (gsize *ret_n);

/* The table for people, at 80 columns: what `godwit help profile` shows. Free with g_free(). */
char *profile_settings_text (void);

typedef struct Profile Profile;

/* Errors: PROFILE_ERROR_*; the message starts with "FILE:LINE: " where there is one and ends with what to do. */
typedef enum
{
	PROFILE_ERROR_INVALID, /* unknown key, wrong value, missing key, not UTF-8, not a key file */
	PROFILE_ERROR_FILE,    /* a file that is named cannot be read */
} ProfileError;
#define PROFILE_ERROR profile_error_quark ()
GQuark profile_error_quark (void);

/**
 * profile_parse:
 * @text: a profile; @length octets;  @file_name: for messages
 * Unknown groups and keys, keys given twice, and values out of range are errors with line and "did you mean". Paths stay
 * as they are.
 */
Profile *profile_parse (const char *text, gsize length, const char *file_name, GError **error);

/* Reads a profile file, then every file it names (relative to its folder, "~/" to the home), with the rights of this
 * process: contents replace the paths. Certificates must be PEM. */
Profile *profile_load (const char *path, GError **error);

/* As profile_load() for a profile without a file: @values are "group.key", value pairs, NULL-terminated. */
Profile *profile_new_from_values (const char *const *values, GError **error);

/* Reads the files that are still named by path. @folder: for relative paths. */
gboolean profile_read_files (Profile *profile, const char *folder, GError **error);

void profile_free (Profile *profile); /* wipes the private key */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Profile, profile_free)

/* a{sv} "group.key" -> s, b, x, as (WORDS, PREFIXES), ay (contents; "system" as s). Floating. Only what differs from the
 * defaults. Files must have been read: a path that is left would be refused by the other side, a pkcs11: URI not. */
GVariant *profile_to_variant (const Profile *profile, gboolean with_private);

/**
 * profile_new_from_variant:
 * Unknown names, wrong types and values are errors; contents must be PEM. A certificate without its key is taken: the
 * key may have stayed elsewhere (@with_private FALSE), so godwitd itself asks whether it has one.
 */
Profile *profile_new_from_variant (GVariant *settings, GError **error);

/* The key file that gives this profile again; contents are left out, paths kept. */
char *profile_to_text (const Profile *profile);

/* Values; strings are borrowed, never NULL where the table has a default, except gateway.ca when it came as contents.
 * @name is "group.key"; asking for a name that is not in the table is a bug of ours. */
const char *profile_text (const Profile *profile, const char *name);
gboolean profile_boolean (const Profile *profile, const char *name);
gint64 profile_integer (const Profile *profile, const char *name);
const char *const *profile_words (const Profile *profile, const char *name);
const InetPrefix *profile_prefixes (const Profile *profile, const char *name, gsize *ret_n);
GBytes *profile_contents (const Profile *profile, const char *name); /* NULL when not set */
gboolean profile_is_set (const Profile *profile, const char *name);  /* given, not defaulted */

/* Whether a certificate or key is named by the pkcs11: URI that profile_text() gives: a token has it, not a file. */
gboolean profile_on_token (const Profile *profile, const char *name);

/* Puts @contents in the place of what @name (a FILE or CA) was, also of a path or URI. */
void profile_set_contents (Profile *profile, const char *name, GBytes *contents);

/* Derived, with the defaults that depend on other settings. */
ProfileMethod profile_method (const Profile *profile);
const char *profile_display_name (const Profile *profile);     /* profile.name, else the gateway's address */
const char *profile_gateway_identity (const Profile *profile); /* gateway.identity, else the address as typed */
const char *profile_local_identity (
    const Profile
        *profile); /* user.identity, else user.eap-anonymous, else user.user; NULL: subject of the certificate */
const char *profile_eap_identity (const Profile *profile); /* user.user, else user.identity */
const char *profile_eap_server (const Profile *profile);   /* user.eap-server, else the gateway's identity */
gboolean profile_allows_eap (const Profile *profile, const char *method);
gboolean profile_uses_certificate (const Profile *profile); /* by method, or because EAP-TLS is allowed */
gboolean profile_ca_is_system (const Profile *profile);
