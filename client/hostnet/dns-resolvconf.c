/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program resolvconf, of openresolv or of Debian. Never systemd's shim of that name, which takes other arguments for
 * what they are not (a link to resolvectl): systemd-resolved is asked over D-Bus or not at all. */
#include <string.h>

#include "dns.h"

typedef enum
{
	KIND_NONE,
	KIND_OPENRESOLV,
	KIND_DEBIAN,
} Kind;

static Kind
find_kind (void)
{
	g_autofree char *program = g_find_program_in_path ("resolvconf");
	g_autofree char *target = program != NULL ? g_file_read_link (program, NULL) : NULL;
	g_autofree char *text = NULL;

	if (program == NULL || (target != NULL && strstr (target, "resolvectl") != NULL))
		return KIND_NONE;
	/* Both are shell scripts; openresolv names itself in its head. */
	if (!g_file_get_contents (program, &text, NULL, NULL))
		return KIND_NONE;
	if (strstr (text, "openresolv") != NULL || strstr (text, "Roy Marples") != NULL)
		return KIND_OPENRESOLV;
	return g_str_has_prefix (text, "#!") ? KIND_DEBIAN : KIND_NONE;
}

/* Arguments only, no shell; what goes in is made of checked addresses and names. */
static gboolean
run (const char *const *arguments, const char *input, GError **error)
{
	g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (
	    G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	g_autoptr (GSubprocess) process = g_subprocess_launcher_spawnv (launcher, arguments, error);

	if (process == NULL || !g_subprocess_communicate_utf8 (process, input, NULL, NULL, NULL, error))
		return FALSE;
	if (g_subprocess_get_successful (process))
		return TRUE;
	g_set_error_literal (error, HOSTNET_ERROR, HOSTNET_ERROR_DNS, "resolvconf failed");
	return FALSE;
}

/* Both programs sort by patterns before all else, and put a name they do not know behind real interfaces: Debian's by those
 * of /etc/resolvconf/interface-order ("tun*"), openresolv by dynamic_order ("vpn[0-9]*"; a metric would come last). */
static char *
entry_name (const char *interface, gboolean openresolv)
{
	return g_strconcat (openresolv ? "vpn0." : "tun.", interface, NULL);
}

static gboolean
apply_with (const DnsConfig *config, gboolean openresolv, GError **error)
{
	g_autoptr (GString) text = g_string_new (NULL);
	g_autofree char *entry = entry_name (config->interface, openresolv);
	/* -x makes ours the only ones. */
	const char *const exclusive[] = { "resolvconf", "-a", entry, "-x", NULL };
	const char *const preferred[] = { "resolvconf", "-a", entry, NULL };

	dns_append_lines (config, text);
	return run (openresolv && config->full_tunnel ? exclusive : preferred, text->str, error);
}

static void
revert_with (const char *interface, gboolean openresolv)
{
	g_autofree char *entry = entry_name (interface, openresolv);
	g_autoptr (GError) error = NULL;

	if (!run ((const char *const[]){ "resolvconf", "-d", entry, NULL }, "", &error))
		g_warning ("DNS of %s could not be taken back: %s", interface, error->message);
}

static gboolean
openresolv_detect (void)
{
	return find_kind () == KIND_OPENRESOLV;
}

static gboolean
openresolv_apply (const DnsConfig *config, GError **error)
{
	return apply_with (config, TRUE, error);
}

static void
openresolv_revert (const char *interface, const char *runtime_folder)
{
	revert_with (interface, TRUE);
}

static gboolean
debian_detect (void)
{
	return find_kind () == KIND_DEBIAN;
}

static gboolean
debian_apply (const DnsConfig *config, GError **error)
{
	return apply_with (config, FALSE, error);
}

static void
debian_revert (const char *interface, const char *runtime_folder)
{
	revert_with (interface, FALSE);
}

const DnsBackend dns_openresolv = {
	.name = "openresolv",
	.detect = openresolv_detect,
	.apply = openresolv_apply,
	.revert = openresolv_revert,
};

const DnsBackend dns_resolvconf = {
	.name = "resolvconf",
	.detect = debian_detect,
	.apply = debian_apply,
	.revert = debian_revert,
};
