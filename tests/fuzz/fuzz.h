/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what a fuzz harness gives: one input to try, and valid inputs to start from. The same harness is linked with
 * libFuzzer (-Dfuzz=true) or with replay.c, which tries seeded mutations of the seeds in every run of the tests.
 * Must not know: what is fuzzed.
 */
#pragma once

#include <glib.h>

int LLVMFuzzerTestOneInput (const guint8 *data, size_t octets);

/* @seeds: GBytes are appended */
void fuzz_seeds (GPtrArray *seeds);
