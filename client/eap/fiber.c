/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fiber.h"

#include <sys/mman.h>
#include <ucontext.h>

/* AddressSanitizer must be told when the stack changes. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ADDRESS_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ADDRESS_SANITIZER 1
#endif

#ifdef ADDRESS_SANITIZER
void __sanitizer_start_switch_fiber (void **save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber (void *save, const void **old_bottom, size_t *old_size);
#define LEAVE(save, bottom, octets) __sanitizer_start_switch_fiber (save, bottom, octets)
#define ARRIVE(save, old_bottom, old_octets) __sanitizer_finish_switch_fiber (save, old_bottom, old_octets)
#else
#define LEAVE(save, bottom, octets) ((void) (save), (void) (bottom), (void) (octets))
#define ARRIVE(save, old_bottom, old_octets) ((void) (save), (void) (old_bottom), (void) (old_octets))
#endif

/* GMP takes up to 64 KiB of stack for one operation. Pages that are never touched cost nothing. */
#define STACK_OCTETS ((gsize) 512 * 1024)
#define GUARD_OCTETS ((gsize) 64 * 1024) /* the largest page of any machine Debian runs on */

struct Fiber
{
	void (*run) (gpointer data);
	gpointer data;
	gboolean ended;
	ucontext_t inside, outside;
	guint8 *memory; /* the guard, then the stack */
	void *fake_inside, *fake_outside;
	const void *outside_bottom;
	size_t outside_octets;
};

/* makecontext() passes only int. */
static void
begin (unsigned int high, unsigned int low)
{
	Fiber *fiber = (gpointer) (guintptr) ((guint64) high << 32 | low);

	ARRIVE (NULL, &fiber->outside_bottom, &fiber->outside_octets);
	fiber->run (fiber->data);
	fiber->ended = TRUE;
	/* Nothing of this stack is used again. */
	LEAVE (NULL, fiber->outside_bottom, fiber->outside_octets);
}

Fiber *
fiber_new (void (*run) (gpointer data), gpointer data)
{
	void *memory = mmap (NULL, GUARD_OCTETS + STACK_OCTETS, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	Fiber *fiber;
	guint64 address;

	if (memory == MAP_FAILED)
		return NULL;
	fiber = g_new0 (Fiber, 1);
	*fiber = (Fiber){ .run = run, .data = data, .memory = memory };
	if (mprotect (memory, GUARD_OCTETS, PROT_NONE) != 0 || getcontext (&fiber->inside) != 0)
	{
		fiber_free (fiber);
		return NULL;
	}
	fiber->inside.uc_stack.ss_sp = fiber->memory + GUARD_OCTETS;
	fiber->inside.uc_stack.ss_size = STACK_OCTETS;
	fiber->inside.uc_link = &fiber->outside;
	address = (guint64) (guintptr) fiber;
	makecontext (&fiber->inside, (void (*) (void)) begin, 2, (unsigned int) (address >> 32), (unsigned int) address);
	return fiber;
}

gboolean
fiber_resume (Fiber *fiber)
{
	LEAVE (&fiber->fake_outside, fiber->memory + GUARD_OCTETS, STACK_OCTETS);
	/* It fails only for a stack that is too small. */
	swapcontext (&fiber->outside, &fiber->inside);
	ARRIVE (fiber->fake_outside, NULL, NULL);
	return !fiber->ended;
}

void
fiber_yield (Fiber *fiber)
{
	LEAVE (&fiber->fake_inside, fiber->outside_bottom, fiber->outside_octets);
	swapcontext (&fiber->inside, &fiber->outside);
	ARRIVE (fiber->fake_inside, &fiber->outside_bottom, &fiber->outside_octets);
}

void
fiber_free (Fiber *fiber)
{
	if (fiber == NULL)
		return;
	munmap (fiber->memory, GUARD_OCTETS + STACK_OCTETS);
	g_free (fiber);
}
