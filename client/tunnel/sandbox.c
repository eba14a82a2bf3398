/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZER 1
#endif

typedef enum
{
	ALWAYS,
	MASKED, /* only when (argument & mask) == value */
	SELF,   /* only when the argument is our own process id */
} Condition;

/* Names and not numbers: a name that this architecture does not have is passed over. */
typedef struct
{
	const char *name;
	const char *reason;
	Condition condition;
	guint argument;
	guint64 mask, value;
} Row;

#define WHEN(argument, mask, value) MASKED, argument, (guint64) (mask), (guint64) (value)
#define IS(argument, value) MASKED, argument, G_MAXUINT32, (guint64) (value)

static const Row rows[] = {
	{ "read", "TUN, event descriptors, timer" },
	{ "write", "TUN, event descriptors, standard error" },
	{ "readv", "TUN" },
	{ "writev", "TUN, messages of the C library before it aborts" },
	{ "ioctl", "TUN: does it have vnet headers", IS (1, TUNGETIFF) },
	{ "ioctl", "TUN: super-packets of which kinds", IS (1, TUNSETOFFLOAD) },
	{ "sendmsg", "IKE datagrams, D-Bus" },
	{ "sendto", "D-Bus" },
	{ "sendmmsg", "ESP packets" },
	{ "recvmsg", "D-Bus with descriptors, error queue of UDP sockets" },
	{ "recvfrom", "D-Bus" },
	{ "recvmmsg", "datagrams" },
	{ "recvmmsg_time64", "the same on 32 bits" },
	{ "getsockname", "the family of a socket that godwitd hands over" },
	{ "getsockopt", "its type; can the kernel cut datagrams" },
	{ "setsockopt", "UDP: datagrams joined by the kernel", IS (1, SOL_UDP) },
	{ "setsockopt", "IPv4: errors from the path, ECN marks", IS (1, IPPROTO_IP) },
	{ "setsockopt", "IPv6: the same", IS (1, IPPROTO_IPV6) },
	{ "shutdown", "closing the D-Bus connection" },
	{ "close", "every descriptor" },
	{ "fcntl", "TUN: is it non-blocking", IS (1, F_GETFL) },
	{ "fcntl", "TUN: non-blocking", IS (1, F_SETFL) },
	{ "fcntl", "descriptors of a D-Bus message", IS (1, F_DUPFD_CLOEXEC) },
	{ "fcntl", "descriptors of a D-Bus message", IS (1, F_GETFD) },
	{ "fcntl", "descriptors of a D-Bus message", IS (1, F_SETFD) },
	{ "fcntl64", "TUN: is it non-blocking", IS (1, F_GETFL) },
	{ "fcntl64", "TUN: non-blocking", IS (1, F_SETFL) },
	{ "fcntl64", "descriptors of a D-Bus message", IS (1, F_DUPFD_CLOEXEC) },
	{ "fcntl64", "descriptors of a D-Bus message", IS (1, F_GETFD) },
	{ "fcntl64", "descriptors of a D-Bus message", IS (1, F_SETFD) },
	{ "poll", "both loops" },
	{ "ppoll", "both loops, where there is no poll" },
	{ "ppoll_time64", "the same on 32 bits" },
	{ "eventfd2", "main contexts of GLib" },
	{ "timerfd_settime", "the one timer of the IKE session" },
	{ "timerfd_settime64", "the same on 32 bits" },
	{ "alarm", "the limit for a last flush" },
	{ "setitimer", "the same, where alarm() is made of it" },
	{ "futex", "locks between the threads" },
	{ "futex_time64", "the same on 32 bits" },
	{ "clock_gettime", "where the vDSO does not serve it" },
	{ "clock_gettime64", "the same on 32 bits" },
	{ "gettimeofday", "where the vDSO does not serve it" },
	{ "time", "where the vDSO does not serve it" },
	{ "getrandom", "random numbers" },
	{ "getpid", "GnuTLS: was there a fork" },
	{ "gettid", "abort()" },
	{ "tgkill", "abort()", SELF, 0 },
	{ "brk", "memory" },
	{ "mmap", "memory, never executable", WHEN (2, PROT_EXEC, 0) },
	{ "mmap2", "the same on 32 bits", WHEN (2, PROT_EXEC, 0) },
	{ "mprotect", "memory of a thread's heap, never executable", WHEN (2, PROT_EXEC, 0) },
	{ "mremap", "large reallocations" },
	{ "munmap", "memory" },
	{ "madvise", "memory given back" },
	{ "sched_getaffinity", "how many heaps the C library wants" },
	{ "sched_yield", "locks of GLib" },
	{ "rt_sigaction", "abort()" },
	{ "rt_sigprocmask", "abort(), end of a thread" },
	{ "rt_sigreturn", "return from a signal" },
	{ "restart_syscall", "poll() after a stop" },
	{ "clone", "a thread of GLib's pool, never a process", WHEN (0, CLONE_VM | CLONE_THREAD, CLONE_VM | CLONE_THREAD) },
	{ "rseq", "begin of a thread" },
	{ "set_robust_list", "begin of a thread" },
	{ "prctl", "name of a thread", IS (0, PR_SET_NAME) },
	{ "sched_getattr", "GLib's pool gives its threads the scheduling of the first" },
	{ "sched_setattr", "the same" },
	{ "exit", "end of a thread" },
	{ "exit_group", "the end" },
#ifdef SANITIZER
	{ "openat", "a report reads maps and symbols", WHEN (2, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY) },
	{ "open", "the same, by the run-time library of the sanitizer", WHEN (1, O_ACCMODE | O_CREAT | O_TRUNC, O_RDONLY) },
	{ "fstat", "a report" },
	{ "newfstatat", "a report" },
	{ "readlink", "a report" },
	{ "readlinkat", "a report" },
	{ "lseek", "a report" },
	{ "ioctl", "a report: is this a terminal" },
	{ "getuid", "a report" },
	{ "getppid", "a report" },
	{ "prctl", "a report: name of the thread" },
	{ "sigaltstack", "stack of the handlers, end of a thread" },
	{ "nanosleep", "waiting for another report" },
	{ "clock_nanosleep", "waiting for another report" },
	{ "getrusage", "limits" },
	{ "getrlimit", "limits" },
	{ "prlimit64", "limits" },
#endif
};

static int
add_row (scmp_filter_ctx filter, const Row *row)
{
	int call = seccomp_syscall_resolve_name (row->name);

	if (call == __NR_SCMP_ERROR)
		return 0;
	switch (row->condition)
	{
	case ALWAYS:
		return seccomp_rule_add (filter, SCMP_ACT_ALLOW, call, 0);
	case MASKED:
		return seccomp_rule_add (filter, SCMP_ACT_ALLOW, call, 1,
		                         SCMP_CMP (row->argument, SCMP_CMP_MASKED_EQ, row->mask, row->value));
	case SELF:
		return seccomp_rule_add (filter, SCMP_ACT_ALLOW, call, 1,
		                         SCMP_CMP (row->argument, SCMP_CMP_EQ, (scmp_datum_t) getpid ()));
	}
	return -EINVAL;
}

static int
load (scmp_filter_ctx filter)
{
	int result = seccomp_attr_set (filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);

	/* The packet thread and GDBus's thread exist already. */
	if (result == 0)
		result = seccomp_attr_set (filter, SCMP_FLTATR_CTL_TSYNC, 1);
	for (guint i = 0; result == 0 && i < G_N_ELEMENTS (rows); i++)
		result = add_row (filter, &rows[i]);
	/* Its flags lie in memory where no filter can look: with ENOSYS the C library takes clone(). */
	if (result == 0)
		result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (ENOSYS), SCMP_SYS (clone3), 0);
	return result == 0 ? seccomp_load (filter) : result;
}

gboolean
sandbox_enter (GError **error)
{
	scmp_filter_ctx filter = seccomp_init (SCMP_ACT_KILL_PROCESS);
	int result = filter != NULL ? load (filter) : -ENOMEM;

	if (filter != NULL)
		seccomp_release (filter);
	if (result != 0)
		g_set_error (error, G_IO_ERROR, g_io_error_from_errno (-result), "system call filter: %s",
		             g_strerror (-result));
	return result == 0;
}

gboolean
sandbox_is_wide (void)
{
#ifdef SANITIZER
	return TRUE;
#else
	return FALSE;
#endif
}
