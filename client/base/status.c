/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

static const struct
{
	const char *name;
	const char *text;
} status_rows[STATUS_COUNT] = {
#define STATUS(code, name, text) [STATUS_##code] = { name, text },
#include "status.def"
#undef STATUS
};

static Status
status_known (Status status)
{
	return (guint) status < STATUS_COUNT ? status : STATUS_INTERNAL;
}

const char *
status_name (Status status)
{
	return status_rows[status_known (status)].name;
}

const char *
status_text (Status status)
{
	return status_rows[status_known (status)].text;
}

gboolean
status_from_name (const char *name, Status *ret_status)
{
	for (guint i = 0; i < STATUS_COUNT; i++)
		if (g_strcmp0 (status_rows[i].name, name) == 0)
		{
			*ret_status = (Status) i;
			return TRUE;
		}
	return FALSE;
}
