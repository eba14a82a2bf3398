/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Sockets, TUN, eventfds, and each of those godwitd hands over twice for a moment. */
#define MAX_DESCRIPTORS 96

static gboolean
fail (GError **error, const char *what)
{
	int saved = errno;

	g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "%s: %s", what, g_strerror (saved));
	return FALSE;
}

/* All three ids, so that no saved one leads back. The bounding set needs CAP_SETPCAP, so it goes first. */
static gboolean
change_user (const char *name, GError **error)
{
	const struct passwd *user = getpwnam (name);

	if (user == NULL)
		user = getpwnam ("nobody");
	if (user == NULL || user->pw_uid == 0)
	{
		g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "neither user %s nor nobody exists", name);
		return FALSE;
	}
	if (capng_have_capability (CAPNG_EFFECTIVE, CAP_SETPCAP))
	{
		capng_clear (CAPNG_SELECT_BOUNDS);
		if (capng_apply (CAPNG_SELECT_BOUNDS) != 0)
			return fail (error, "capability bounding set");
	}
	if (setgroups (0, NULL) != 0 || setresgid (user->pw_gid, user->pw_gid, user->pw_gid) != 0)
		return fail (error, "changing the group");
	if (setresuid (user->pw_uid, user->pw_uid, user->pw_uid) != 0)
		return fail (error, "changing the user");
	return TRUE;
}

static gboolean
drop_capabilities (GError **error)
{
	capng_clear (CAPNG_SELECT_ALL);
	if (capng_apply (CAPNG_SELECT_CAPS) != 0)
		return fail (error, "dropping capabilities");
	if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0 && errno != EINVAL)
		return fail (error, "dropping ambient capabilities");
	/* What the kernel says now counts, not what was asked of it. */
	if (capng_get_caps_process () != 0 || capng_have_capabilities (CAPNG_SELECT_CAPS) != CAPNG_NONE)
	{
		g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "capabilities are left");
		return FALSE;
	}
	return TRUE;
}

static gboolean
set_limit (int resource, rlim_t most)
{
	struct rlimit limit = { 0 };

	if (getrlimit ((__rlimit_resource_t) resource, &limit) != 0)
		return FALSE;
	limit.rlim_max = MIN (limit.rlim_max, most);
	limit.rlim_cur = limit.rlim_max;
	return setrlimit ((__rlimit_resource_t) resource, &limit) == 0;
}

/* @parent: who had started us. The kernel forgets the death signal when the user changes, so it is asked for only now; the
 * parent may have died before that. */
static gboolean
bind_to_parent (pid_t parent, GError **error)
{
	if (prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
		return fail (error, "death signal");
	if (getppid () != parent)
	{
		g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "the process that started this one is gone");
		return FALSE;
	}
	return TRUE;
}

/* Nothing of the environment is needed. A fixed TZ keeps the C library from looking for /etc/localtime each time. */
static gboolean
clear_environment (void)
{
	return clearenv () == 0 && setenv ("TZ", "UTC0", 1) == 0 && chdir ("/") == 0;
}

gboolean
privileges_drop (const char *user, int last_fd, GError **error)
{
	pid_t parent = getppid ();
	uid_t before = geteuid ();
	gboolean may_change;

	umask (077);
	if (capng_get_caps_process () != 0)
		return fail (error, "reading capabilities");
	may_change = before == 0 || (capng_have_capability (CAPNG_EFFECTIVE, CAP_SETUID) &&
	                             capng_have_capability (CAPNG_EFFECTIVE, CAP_SETGID));
	if (may_change && !change_user (user, error))
		return FALSE;
	if (!drop_capabilities (error))
		return FALSE;
	if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return fail (error, "process attributes");
	if (!set_limit (RLIMIT_CORE, 0) || !set_limit (RLIMIT_NOFILE, MAX_DESCRIPTORS))
		return fail (error, "limits");
	if (close_range ((unsigned) last_fd + 1, ~0u, 0) != 0)
		return fail (error, "closing descriptors");
	if (!clear_environment ())
		return fail (error, "environment");
	if (may_change && (geteuid () == before || setuid (0) == 0 || getgroups (0, NULL) != 0))
	{
		g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "the user can be changed back");
		return FALSE;
	}
	return bind_to_parent (parent, error);
}
