/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A worker that somebody has taken over: enters the sandbox, with threads running as in the real one, and then tries what
 * the first argument says. Exits 0 when it got away with it, 3 when the call failed without killing the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tunnel/sandbox.h"

static int event_pair[2];
static int udp_fd;

static gboolean
try_open (void)
{
	return open ("/etc/passwd", O_RDONLY) >= 0;
}

static gboolean
try_create (void)
{
	return open ("/tmp/godwit-sandbox-test", O_WRONLY | O_CREAT, 0600) >= 0;
}

static gboolean
try_exec (void)
{
	execl ("/bin/true", "true", NULL);
	return FALSE;
}

static gboolean
try_socket (void)
{
	return socket (AF_INET, SOCK_DGRAM, 0) >= 0;
}

static gboolean
try_connect (void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = 9 };

	return connect (udp_fd, (struct sockaddr *) &to, sizeof to) == 0;
}

static gboolean
try_bind (void)
{
	struct sockaddr_in to = { .sin_family = AF_INET };

	return bind (udp_fd, (struct sockaddr *) &to, sizeof to) == 0;
}

static gboolean
try_ptrace (void)
{
	return ptrace (PTRACE_TRACEME, 0, NULL, NULL) == 0;
}

static gboolean
try_fork (void)
{
	pid_t pid = (pid_t) syscall (SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (pid == 0)
		_exit (0);
	return pid > 0;
}

static gboolean
try_kill (void)
{
	return syscall (SYS_kill, getppid (), 0) == 0;
}

static gboolean
try_setuid (void)
{
	return setuid (getuid ()) == 0;
}

static gboolean
try_mmap_exec (void)
{
	return mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static gboolean
try_mprotect_exec (void)
{
	void *page = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED && mprotect (page, 4096, PROT_READ | PROT_EXEC) == 0;
}

static gboolean
try_io_uring (void)
{
	return syscall (SYS_io_uring_setup, 1, NULL) >= 0;
}

/* The same from a thread that was there before the sandbox. */
static gboolean
try_thread (void)
{
	char octet;

	if (write (event_pair[0], "x", 1) == 1 && read (event_pair[0], &octet, 1) == 1)
		return TRUE;
	return FALSE;
}

/* What a worker really does must go on. */
static gboolean
try_work (void)
{
	struct sockaddr_in own;
	socklen_t octets = sizeof own;
	struct msghdr message = { 0 };
	char text[32] = "";
	struct iovec part = { text, sizeof text };
	struct mmsghdr batch[1] = { 0 };
	g_autofree char *large = NULL;

	for (gsize n = 1; n < (gsize) 1 << 24; n *= 4)
	{
		g_free (large);
		large = g_malloc0 (n);
	}
	message = (struct msghdr){ .msg_iov = &part, .msg_iovlen = 1, .msg_name = &own, .msg_namelen = sizeof own };
	batch[0].msg_hdr = message;
	return getsockname (udp_fd, (struct sockaddr *) &own, &octets) == 0 && sendmsg (udp_fd, &message, 0) == 32 &&
	       recvmmsg (udp_fd, batch, 1, 0, NULL) == 1 && g_get_real_time () > 0 && g_get_monotonic_time () > 0 &&
	       fcntl (udp_fd, F_SETFL, O_NONBLOCK) == 0;
}

static const struct
{
	const char *name;
	gboolean (*run) (void);
} tries[] = {
	{ "open", try_open },         { "create", try_create },       { "exec", try_exec },
	{ "socket", try_socket },     { "connect", try_connect },     { "bind", try_bind },
	{ "ptrace", try_ptrace },     { "fork", try_fork },           { "kill", try_kill },
	{ "setuid", try_setuid },     { "mmap-exec", try_mmap_exec }, { "mprotect-exec", try_mprotect_exec },
	{ "io-uring", try_io_uring }, { "thread", try_thread },       { "work", try_work },
};

static gpointer
thread (gpointer data)
{
	char octet;

	if (read (event_pair[1], &octet, 1) == 1 && socket (AF_INET, SOCK_DGRAM, 0) >= 0 &&
	    write (event_pair[1], "x", 1) == 1)
		return NULL;
	_exit (3);
}

int
main (int argc, char **argv)
{
	struct sockaddr_in loopback = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
	g_autoptr (GError) error = NULL;

	udp_fd = socket (AF_INET, SOCK_DGRAM, 0);
	if (argc != 2 || udp_fd < 0 || bind (udp_fd, (struct sockaddr *) &loopback, sizeof loopback) != 0 ||
	    socketpair (AF_UNIX, SOCK_STREAM, 0, event_pair) != 0 || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return 2;
	g_thread_unref (g_thread_new ("there before", thread, NULL));
	if (!sandbox_enter (&error))
	{
		fprintf (stderr, "%s\n", error->message);
		return 2;
	}
	for (guint i = 0; i < G_N_ELEMENTS (tries); i++)
	{
		if (strcmp (tries[i].name, argv[1]) == 0)
			_exit (tries[i].run () ? 0 : 3);
	}
	_exit (2);
}
