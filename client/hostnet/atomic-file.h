/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: writing a file whole or not at all. Must not know: what is in it.
 *
 * The temporary file has a fixed name, PATH.godwit, so that whoever comes after a killed process finds it. Only root writes
 * to the folders in question, so a name that can be guessed is no danger.
 */
#pragma once

#include <glib.h>
#include <sys/types.h>

/* 0, or the errno. */
int atomic_file_write (const char *path, const char *text, mode_t mode);

/* Writes all of @text to @fd, waits for the disk, closes. 0, or the errno. */
int atomic_file_fill (int fd, const char *text);

/* Removes what a process left that was killed in atomic_file_write(). */
void atomic_file_sweep (const char *path);
/* The same for every file of a folder of ours. */
void atomic_file_sweep_folder (const char *folder);
