/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "secret.h"

#define SECRET_LIMIT ((gsize) 1 << 20)

void
secret_wipe (void *data, gsize octets)
{
	if (data != NULL)
		explicit_bzero (data, octets);
}

void
secret_clear (Secret *secret)
{
	secret_wipe (secret->data, secret->len);
	g_free (secret->data);
	*secret = SECRET_INIT;
}

void
secret_alloc (Secret *secret, gsize octets)
{
	secret_clear (secret);
	g_assert (octets <= SECRET_LIMIT);
	secret->data = g_malloc0 (octets);
	secret->len = octets;
}

void
secret_set (Secret *secret, Slice octets)
{
	Secret copy = SECRET_INIT;

	/* The source may be a part of what is replaced. */
	secret_alloc (&copy, octets.len);
	if (octets.len > 0)
		memcpy (copy.data, octets.data, octets.len);
	secret_clear (secret);
	*secret = copy;
}

Secret
secret_steal (Secret *secret)
{
	Secret moved = *secret;

	*secret = SECRET_INIT;
	return moved;
}

gboolean
secret_equal (Slice a, Slice b)
{
	guint8 difference = 0;

	if (a.len != b.len)
		return FALSE;
	for (gsize i = 0; i < a.len; i++)
	{
		difference |= a.data[i] ^ b.data[i];
		/* Keeps the compiler from leaving the loop at the first difference. */
		__asm__ volatile("" : "+r"(difference));
	}
	return difference == 0;
}

typedef struct
{
	gsize len;
	guint8 data[];
} SecretBlock;

static void
secret_block_free (gpointer data)
{
	SecretBlock *block = data;

	secret_wipe (block->data, block->len);
	g_free (block);
}

GBytes *
secret_bytes_new (Slice octets)
{
	SecretBlock *block = g_malloc (sizeof *block + octets.len);

	block->len = octets.len;
	if (octets.len > 0)
		memcpy (block->data, octets.data, octets.len);
	return g_bytes_new_with_free_func (block->data, octets.len, secret_block_free, block);
}
