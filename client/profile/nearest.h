/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the word that was probably meant. Must not know: where the words come from.
 */
#pragma once

#include <glib.h>

/* The word of @words (NULL-terminated) nearest to @typed, when it is near enough to be meant; else NULL. */
const char *nearest_word (const char *typed, const char *const *words);
