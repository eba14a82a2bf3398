/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hostnet.h"

#define TUN_PATH "/dev/net/tun"

int
tun_open (const char *name, char **ret_name, GError **error)
{
	/* Exclusive: somebody's device of that name, kept without a program, would be taken over otherwise. With vnet headers, so
	 * that a whole burst of TCP passes in one call; the worker asks for the offloads it can use. */
	struct ifreq request = { .ifr_flags = (short) (IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL | IFF_VNET_HDR) };
	int fd = open (TUN_PATH, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int number;

	/* The kernel counts "%d" up to the first name that is free. */
	g_strlcpy (request.ifr_name, name != NULL ? name : "godwit%d", sizeof request.ifr_name);
	if (fd >= 0 && ioctl (fd, TUNSETIFF, &request) == 0)
	{
		*ret_name = g_strdup (request.ifr_name);
		return fd;
	}
	number = errno;
	if (fd < 0)
		g_set_error (error, HOSTNET_ERROR, HOSTNET_ERROR_PERMISSION, "cannot open " TUN_PATH ": %s",
		             g_strerror (number));
	else
	{
		gboolean taken = number == EBUSY || number == EINVAL || number == EEXIST;

		g_set_error (error, HOSTNET_ERROR, number == EPERM ? HOSTNET_ERROR_PERMISSION : HOSTNET_ERROR_KERNEL,
		             "cannot make the interface %s: %s%s", request.ifr_name,
		             taken ? "there is one of that name" : g_strerror (number),
		             number == EPERM ? "; godwitd needs CAP_NET_ADMIN" : "");
		close (fd);
	}
	return -1;
}
