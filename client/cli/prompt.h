/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: asking a person on the controlling terminal, without blocking the main loop, and reading a password file.
 * Must not know: what the answer is for, D-Bus.
 */
#pragma once

#include <gio/gio.h>

#include "base/secret.h"

#define PROMPT_MAX_OCTETS 1024

typedef struct Prompt Prompt;

/* @answer: one line without its end, wiped after the call; NULL: end of file on the terminal */
typedef void (*PromptDone) (const char *answer, gpointer user_data);

/* Whether there is a terminal to ask on. */
gboolean prompt_possible (void);

/**
 * prompt_new:
 * Writes @label to the terminal and calls @done with the line typed. @show: echo what is typed.
 * Errors: G_IO_ERROR when there is no terminal
 */
Prompt *prompt_new (const char *label, gboolean show, PromptDone done, gpointer user_data, GError **error);

/* Restores the terminal; the question is withdrawn when it was not answered. NULL is fine. */
void prompt_free (Prompt *prompt);

/**
 * prompt_read_file:
 * @path: a file, or "-" for standard input;  @ret_secret: its first line without the end of line; empty when that is empty,
 * which is no error yet: maybe nobody asks
 * Warns on standard error when others can read the file.
 * Errors: G_FILE_ERROR, G_IO_ERROR_INVALID_DATA (longer than PROMPT_MAX_OCTETS, not UTF-8)
 */
gboolean prompt_read_file (const char *path, Secret *ret_secret, GError **error);
