/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "preload.h"

#include <locale.h>
#include <time.h>

#include "crypto/rng.h"

gboolean
preload (void)
{
	g_autoptr (GDateTime) then = g_date_time_new_from_unix_utc (0);
	g_autofree char *text = NULL;
	Rng rng = rng_system ();
	guint8 octets[16];

	/* Only UTF-8 needs no iconv(), which opens files at each use. Not LC_MESSAGES: it is "C" as long as nobody sets it, and only
	 * then gettext looks for no catalogue. */
	setlocale (LC_CTYPE, "C.UTF-8");
	setlocale (LC_TIME, "C.UTF-8");
	tzset ();
	/* GLib reads a table of character sets the first time it formats anything. */
	g_get_charset (NULL);
	text = g_date_time_format (then, "%F %T");
	return text != NULL && rng_fill (&rng, octets, sizeof octets) == STATUS_OK;
}
