/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: key pairs with a certificate of their own, made once a program when they are first wanted.
 * Must not know: IKE.
 */
#pragma once

#include "crypto/sig.h"

typedef struct
{
	SigKeyType type;
	SigKey *key;
	GBytes *certificate; /* DER */
} TestKey;

/* Lives until the program ends; @number tells several of one type apart. */
const TestKey *test_key (SigKeyType type, guint number);

/* Every scheme that a key of this type can make. Returns how many. */
gsize test_key_schemes (SigKeyType type, SigScheme schemes[SIG_COUNT]);

void test_keys_free (void);
