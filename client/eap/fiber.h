/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: running a function on a stack of its own that can be left in the middle and entered again. It is here for one
 * reason: the callbacks of a TLS handshake in GnuTLS (a signature, a judgement of a certificate) cannot say "later", and
 * the law of this house is that questions are values to return, not calls to make. No thread is made: the function runs
 * only inside of fiber_resume(), on the thread of its caller.
 * Must not know: TLS.
 */
#pragma once

#include <glib.h>

typedef struct Fiber Fiber;

/* @run begins with the first fiber_resume(). NULL: no memory for a stack. */
Fiber *fiber_new (void (*run) (gpointer data), gpointer data);

/* Runs until it yields (TRUE) or returns (FALSE). Not after it has returned. */
gboolean fiber_resume (Fiber *fiber);

/* From inside of @run: back to the caller of fiber_resume(). */
void fiber_yield (Fiber *fiber);

/* Only one that has not begun or has returned: frames in the middle own things that nobody else can free. */
void fiber_free (Fiber *fiber);
