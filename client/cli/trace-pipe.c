/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace-pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <unistd.h>

#include "bus.h"
#include "base/secret.h"
#include "trace/trace.h"

GDataInputStream *
trace_pipe_open (VpnConnection *connection, gboolean follow, gboolean keys, GError **error)
{
	GDBusConnection *bus = g_dbus_proxy_get_connection (G_DBUS_PROXY (connection));
	const char *path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (connection));
	g_autoptr (GUnixFDList) descriptors = NULL;
	g_autoptr (GVariant) reply = NULL;
	g_autoptr (GInputStream) stream = NULL;
	GVariantBuilder filter;
	gint32 index;
	int fd;

	g_variant_builder_init (&filter, G_VARIANT_TYPE_VARDICT);
	g_variant_builder_add (&filter, "{sv}", "follow", g_variant_new_boolean (follow));
	g_variant_builder_add (&filter, "{sv}", "keys", g_variant_new_boolean (keys));
	reply = g_dbus_connection_call_with_unix_fd_list_sync (bus, BUS_NAME, path, "net.godwit.Vpn1.Trace", "Open",
	                                                       g_variant_new ("(@a{sv})", g_variant_builder_end (&filter)),
	                                                       G_VARIANT_TYPE ("(h)"), G_DBUS_CALL_FLAGS_NONE, -1, NULL,
	                                                       &descriptors, NULL, error);
	if (reply == NULL)
		return NULL;
	g_variant_get (reply, "(h)", &index);
	fd = descriptors != NULL ? g_unix_fd_list_get (descriptors, index, error) : -1;
	if (fd < 0)
		return NULL;
	stream = g_unix_input_stream_new (fd, TRUE);
	return g_data_input_stream_new (stream);
}

static gboolean
append_line (const char *folder, const char *name, const char *line, GError **error)
{
	g_autofree char *path = g_build_filename (folder, name, NULL);
	g_autofree char *text = g_strconcat (line, "\n", NULL);
	gsize len = strlen (text);
	int fd = open (path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	gboolean good = fd >= 0 && write (fd, text, len) == (gssize) len;
	int number = errno;

	secret_wipe (text, len);
	if (fd >= 0)
		close (fd);
	if (!good)
		g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (number), "cannot write %s: %s", path,
		             g_strerror (number));
	return good;
}

gboolean
trace_pipe_export_keys (VpnConnection *connection, const char *folder, guint *ret_left_out, GError **error)
{
	g_autoptr (GDataInputStream) events = trace_pipe_open (connection, FALSE, TRUE, error);
	guint left_out = 0;

	if (events == NULL)
		return FALSE;
	for (;;)
	{
		g_autoptr (GError) broken = NULL;
		g_autofree char *event = g_data_input_stream_read_line (events, NULL, NULL, &broken);
		g_autofree char *line = NULL;
		gboolean is_child = FALSE, good = TRUE;

		if (event == NULL)
			break;
		line = trace_keys_line (event, &is_child);
		if (line != NULL)
			good = append_line (folder, is_child ? "esp_sa" : "ikev2_decryption_table", line, error);
		else if (strstr (event, "\"keys\"") != NULL)
			left_out++;
		secret_wipe (event, strlen (event));
		if (line != NULL)
			secret_wipe (line, strlen (line));
		if (!good)
			return FALSE;
	}
	*ret_left_out = left_out;
	return TRUE;
}
