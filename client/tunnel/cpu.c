/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpu.h"

#if defined(__aarch64__) || defined(__arm__)
#include <sys/auxv.h>
#include <asm/hwcap.h>
#endif

gboolean
cpu_has_aes (void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_cpu_supports ("aes") && __builtin_cpu_supports ("pclmul");
#elif defined(__aarch64__)
	return (getauxval (AT_HWCAP) & HWCAP_AES) != 0 && (getauxval (AT_HWCAP) & HWCAP_PMULL) != 0;
#elif defined(__arm__)
	return (getauxval (AT_HWCAP2) & HWCAP2_AES) != 0 && (getauxval (AT_HWCAP2) & HWCAP2_PMULL) != 0;
#else
	return FALSE;
#endif
}
