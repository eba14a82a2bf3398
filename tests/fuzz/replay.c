/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A harness without libFuzzer. With files as arguments it tries each of them (what a fuzzer found); without, a fixed
 * number of mutations of the seeds, the same in every run. FUZZ_RUNS and FUZZ_SEED choose others. With "--seeds FOLDER"
 * it writes the seeds there, for libFuzzer to begin with.
 */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_RUNS 20000u
#define DEFAULT_SEED 7296u
#define MOST_OCTETS ((gsize) 4096)

static guint
number_of (const char *variable, guint otherwise)
{
	const char *text = g_getenv (variable);

	return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : otherwise;
}

/* An exact copy on the heap, so that a sanitizer sees a read behind its end. */
static void
try_octets (const guint8 *data, gsize octets)
{
	g_autofree guint8 *copy = g_malloc (MAX (octets, 1));

	memcpy (copy, data, octets);
	LLVMFuzzerTestOneInput (copy, octets);
}

static void
put_u16 (GByteArray *input, guint at, guint16 value)
{
	if (at + 2 > input->len)
		return;
	input->data[at] = (guint8) (value >> 8);
	input->data[at + 1] = (guint8) value;
}

/* A value near what a length field may be. */
static guint16
odd_number (GRand *rand, guint octets)
{
	switch (g_rand_int_range (rand, 0, 5))
	{
	case 0:
		return (guint16) g_rand_int_range (rand, 0, 20);
	case 1:
		return (guint16) (octets + (guint) g_rand_int_range (rand, 0, 5) - 2);
	case 2:
		return (guint16) (0xffff - g_rand_int_range (rand, 0, 5));
	case 3:
		return (guint16) (1u << g_rand_int_range (rand, 0, 16));
	default:
		return (guint16) g_rand_int (rand);
	}
}

/* Moves a piece of @other into @input, over or between what is there. */
static void
splice (GRand *rand, GByteArray *input, GBytes *other)
{
	gsize octets;
	const guint8 *data = g_bytes_get_data (other, &octets);
	gsize from = (gsize) g_rand_int_range (rand, 0, (gint32) octets);
	gsize len = (gsize) g_rand_int_range (rand, 0, (gint32) (octets - from) + 1);
	guint at = (guint) g_rand_int_range (rand, 0, (gint32) input->len + 1);
	g_autoptr (GByteArray) tail = g_byte_array_new ();

	g_byte_array_append (tail, input->data + at, input->len - at);
	g_byte_array_set_size (input, at);
	g_byte_array_append (input, data + from, (guint) len);
	g_byte_array_append (input, tail->data, tail->len);
	if (input->len > MOST_OCTETS)
		g_byte_array_set_size (input, MOST_OCTETS);
}

static void
mutate (GRand *rand, GByteArray *input, GPtrArray *seeds)
{
	guint at = input->len > 0 ? (guint) g_rand_int_range (rand, 0, (gint32) input->len) : 0;

	switch (input->len > 0 ? g_rand_int_range (rand, 0, 7) : 6)
	{
	case 0:
		input->data[at] ^= (guint8) (1u << g_rand_int_range (rand, 0, 8));
		break;
	case 1:
		input->data[at] = (guint8) g_rand_int (rand);
		break;
	case 2:
		put_u16 (input, at, odd_number (rand, input->len - at));
		break;
	case 3:
		g_byte_array_set_size (input, at);
		break;
	case 4:
		g_byte_array_remove_range (input, at,
		                           (guint) g_rand_int_range (rand, 1, (gint32) MIN (input->len - at, 16u) + 1));
		break;
	case 5:
		input->data[at] = input->data[g_rand_int_range (rand, 0, (gint32) input->len)];
		break;
	default:
		splice (rand, input, g_ptr_array_index (seeds, (guint) g_rand_int_range (rand, 0, (gint32) seeds->len)));
		break;
	}
}

static void
replay_mutations (GPtrArray *seeds)
{
	guint runs = number_of ("FUZZ_RUNS", DEFAULT_RUNS);
	g_autoptr (GRand) rand = g_rand_new_with_seed (number_of ("FUZZ_SEED", DEFAULT_SEED));

	for (guint run = 0; run < runs; run++)
	{
		GBytes *seed = g_ptr_array_index (seeds, run % seeds->len);
		g_autoptr (GByteArray) input = g_byte_array_new ();
		gint32 count = run < seeds->len ? 0 : g_rand_int_range (rand, 1, 5);

		g_byte_array_append (input, g_bytes_get_data (seed, NULL), (guint) g_bytes_get_size (seed));
		while (count-- > 0)
			mutate (rand, input, seeds);
		try_octets (input->data, input->len);
	}
	printf ("# %u inputs from %u seeds\n", runs, seeds->len);
}

static gboolean
replay_file (const char *path)
{
	g_autofree char *data = NULL;
	g_autoptr (GError) error = NULL;
	gsize octets;

	if (!g_file_get_contents (path, &data, &octets, &error))
	{
		fprintf (stderr, "%s\n", error->message);
		return FALSE;
	}
	try_octets ((const guint8 *) data, octets);
	printf ("# %s\n", path);
	return TRUE;
}

static gboolean
write_seeds (GPtrArray *seeds, const char *folder)
{
	for (guint i = 0; i < seeds->len; i++)
	{
		g_autofree char *path = g_strdup_printf ("%s/seed-%u", folder, i);
		g_autoptr (GError) error = NULL;
		gsize octets;
		const char *data = g_bytes_get_data (g_ptr_array_index (seeds, i), &octets);

		if (!g_file_set_contents (path, data, (gssize) octets, &error))
		{
			fprintf (stderr, "%s\n", error->message);
			return FALSE;
		}
	}
	return TRUE;
}

int
main (int argc, char **argv)
{
	g_autoptr (GPtrArray) seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

	fuzz_seeds (seeds);
	if (argc == 3 && g_str_equal (argv[1], "--seeds"))
		return write_seeds (seeds, argv[2]) ? 0 : 1;
	printf ("1..1\n");
	for (int i = 1; i < argc; i++)
		if (!replay_file (argv[i]))
			return 1;
	if (argc == 1)
		replay_mutations (seeds);
	printf ("ok 1 replay\n");
	return 0;
}
