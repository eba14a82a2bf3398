/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sockaddr.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEFAULT_MTU 1500u
#define BUFFER_OCTETS (4 * 1024 * 1024)

socklen_t
sockaddr_from (const InetEndpoint *endpoint, struct sockaddr_storage *ret_address)
{
	memset (ret_address, 0, sizeof *ret_address);
	if (endpoint->address.family == INET_V4)
	{
		struct sockaddr_in *v4 = (struct sockaddr_in *) ret_address;

		v4->sin_family = AF_INET;
		v4->sin_port = g_htons (endpoint->port);
		memcpy (&v4->sin_addr, endpoint->address.octets, 4);
		return sizeof *v4;
	}
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) ret_address;

	v6->sin6_family = AF_INET6;
	v6->sin6_port = g_htons (endpoint->port);
	memcpy (&v6->sin6_addr, endpoint->address.octets, 16);
	return sizeof *v6;
}

void
sockaddr_to (const struct sockaddr_storage *address, InetEndpoint *ret_endpoint)
{
	*ret_endpoint = (InetEndpoint){ 0 };
	if (address->ss_family == AF_INET)
	{
		const struct sockaddr_in *v4 = (const struct sockaddr_in *) address;

		ret_endpoint->address.family = INET_V4;
		memcpy (ret_endpoint->address.octets, &v4->sin_addr, 4);
		ret_endpoint->port = g_ntohs (v4->sin_port);
	}
	else if (address->ss_family == AF_INET6)
	{
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *) address;

		ret_endpoint->address.family = INET_V6;
		memcpy (ret_endpoint->address.octets, &v6->sin6_addr, 16);
		ret_endpoint->port = g_ntohs (v6->sin6_port);
	}
}

static void
set_errno_error (GError **error, const char *what)
{
	int number = errno;

	g_set_error (error, HOSTNET_ERROR, number == EPERM ? HOSTNET_ERROR_PERMISSION : HOSTNET_ERROR_KERNEL, "%s: %s%s",
	             what, g_strerror (number), number == EPERM ? "; godwitd needs CAP_NET_ADMIN" : "");
}

static int
new_socket (InetFamily family, GError **error)
{
	int domain = family == INET_V4 ? AF_INET : AF_INET6;
	int fd = socket (domain, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);
	guint32 mark = HOSTNET_MARK;
	int on = 1;

	if (fd < 0)
		set_errno_error (error, "cannot open a UDP socket");
	else if (setsockopt (fd, SOL_SOCKET, SO_MARK, &mark, sizeof mark) != 0)
		set_errno_error (error, "cannot mark a UDP socket");
	else if (domain == AF_INET6 && setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0)
		set_errno_error (error, "cannot keep a UDP socket to IPv6");
	else
	{
		int size = BUFFER_OCTETS;
		/* No DF: an IKE message or a large inner packet may be fragmented outside rather than be lost. */
		int discover = domain == AF_INET ? IP_PMTUDISC_DONT : IPV6_PMTUDISC_DONT;

		setsockopt (fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
		setsockopt (fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
		if (domain == AF_INET)
			setsockopt (fd, IPPROTO_IP, IP_MTU_DISCOVER, &discover, sizeof discover);
		else
			setsockopt (fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &discover, sizeof discover);
		return fd;
	}
	if (fd >= 0)
		close (fd);
	return -1;
}

/* What the kernel would send from: a connected socket of the same mark tells, nothing is sent. */
static gboolean
source_address (const InetAddress *remote, InetAddress *ret_source, guint *ret_mtu, GError **error)
{
	InetEndpoint endpoint = { *remote, 500 };
	struct sockaddr_storage address;
	socklen_t len = sockaddr_from (&endpoint, &address);
	int fd = new_socket (remote->family, error);
	char text[INET_TEXT_OCTETS];
	int mtu = 0;
	socklen_t mtu_len = sizeof mtu;

	if (fd < 0)
		return FALSE;
	if (connect (fd, (struct sockaddr *) &address, len) != 0)
	{
		int number = errno;

		g_set_error (error, G_IO_ERROR, G_IO_ERROR_NETWORK_UNREACHABLE, "no route to %s: %s",
		             inet_address_to_text (remote, text), g_strerror (number));
		close (fd);
		return FALSE;
	}
	len = sizeof address;
	getsockname (fd, (struct sockaddr *) &address, &len);
	sockaddr_to (&address, &endpoint);
	*ret_source = endpoint.address;
	if (remote->family == INET_V4)
		getsockopt (fd, IPPROTO_IP, IP_MTU, &mtu, &mtu_len);
	else
		getsockopt (fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &mtu_len);
	*ret_mtu = mtu > 0 ? (guint) mtu : DEFAULT_MTU;
	close (fd);
	return TRUE;
}

gboolean
hostnet_source_address (const InetAddress *remote, InetAddress *ret_source, GError **error)
{
	guint mtu;

	return source_address (remote, ret_source, &mtu, error);
}

guint
hostnet_path_mtu (const InetAddress *remote)
{
	InetAddress source;
	guint mtu = DEFAULT_MTU;

	if (!source_address (remote, &source, &mtu, NULL))
		return DEFAULT_MTU;
	return mtu;
}

int
hostnet_open_socket (const InetAddress *remote, InetEndpoint *ret_local, GError **error)
{
	InetEndpoint any = { { .family = remote->family }, 0 };
	struct sockaddr_storage address;
	socklen_t len = sockaddr_from (&any, &address);
	InetAddress source;
	guint mtu;
	int fd;

	if (!source_address (remote, &source, &mtu, error))
		return -1;
	fd = new_socket (remote->family, error);
	if (fd < 0)
		return -1;
	if (bind (fd, (struct sockaddr *) &address, len) != 0 || getsockname (fd, (struct sockaddr *) &address, &len) != 0)
	{
		set_errno_error (error, "cannot bind a UDP socket");
		close (fd);
		return -1;
	}
	sockaddr_to (&address, ret_local);
	ret_local->address = source;
	return fd;
}
