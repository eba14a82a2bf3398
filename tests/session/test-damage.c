/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every message of the gateway, damaged in every simple way before the real one arrives: no crash, no change of state, and
 * then the connection comes up as if nothing had been. */
#include "world.h"

typedef void (*Damage) (World *world, const IkePath *path, Slice octets);

typedef struct
{
	Damage damage;
	gboolean not_init; /* IKE_SA_INIT has no integrity: a changed one may be another answer */
	guint n_messages;
} Damaging;

static void
before_the_real_one (World *world, WorldPacket *packet, gpointer data)
{
	Damaging *damaging = data;

	if (!packet->to_client || (damaging->not_init && packet->path.remote.port == IKE_PORT))
		return;
	damaging->n_messages++;
	damaging->damage (world, &packet->path, slice_bytes (packet->octets));
}

static void
check_unchanged (World *world, IkeState state, gint64 deadline_us, guint n_sent)
{
	g_assert_cmpuint (ike_session_state (world->session), ==, state);
	g_assert_cmpint (ike_session_deadline (world->session), ==, deadline_us);
	g_assert_cmpuint (world->n_sent[0], ==, n_sent);
	g_assert_cmpuint (world->n_closed, ==, 0);
}

static void
attempt (World *world, const IkePath *path, Slice octets)
{
	IkeState state = ike_session_state (world->session);
	gint64 deadline_us = ike_session_deadline (world->session);
	guint n_sent = world->n_sent[0];

	world_deliver (world, path, octets);
	check_unchanged (world, state, deadline_us, n_sent);
}

static void
set_length (guint8 *octets, gsize length)
{
	octets[24] = (guint8) (length >> 24);
	octets[25] = (guint8) (length >> 16);
	octets[26] = (guint8) (length >> 8);
	octets[27] = (guint8) length;
}

/* Cut at every octet, with and without a header that says so. */
static void
cut_off (World *world, const IkePath *path, Slice octets)
{
	g_autofree guint8 *copy = g_memdup2 (octets.data, octets.len);

	for (gsize length = 0; length < octets.len; length++)
	{
		attempt (world, path, slice (octets.data, length));
		if (length < IKE_HEADER_OCTETS)
			continue;
		set_length (copy, length);
		attempt (world, path, slice (copy, length));
	}
}

static void
flip_bits (World *world, const IkePath *path, Slice octets)
{
	g_autofree guint8 *copy = g_memdup2 (octets.data, octets.len);

	for (gsize bit = 0; bit < octets.len * 8; bit++)
	{
		/* Reserved flags, the minor version and the C and RESERVED bits of SK are covered by the ICV as well. */
		copy[bit / 8] ^= (guint8) (1 << bit % 8);
		attempt (world, path, slice (copy, octets.len));
		copy[bit / 8] ^= (guint8) (1 << bit % 8);
	}
}

/* One octet more, and lengths that lie. */
static void
lie (World *world, const IkePath *path, Slice octets)
{
	static const gint64 lengths[] = { 0, 1, 27, 28, 0xffff, 0x10000, 0x7fffffff, 0xffffffff };
	g_autofree guint8 *copy = g_malloc0 (octets.len + 1);

	memcpy (copy, octets.data, octets.len);
	attempt (world, path, slice (copy, octets.len + 1));
	set_length (copy, octets.len + 1);
	attempt (world, path, slice (copy, octets.len + 1));
	set_length (copy, octets.len);
	for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
	{
		set_length (copy, (gsize) lengths[i]);
		attempt (world, path, slice (copy, octets.len));
	}
	set_length (copy, octets.len);
	/* The length field of the first payload. */
	for (gsize i = 0; i < G_N_ELEMENTS (lengths); i++)
	{
		if (lengths[i] > 0xffff || (gsize) lengths[i] == octets.len - IKE_HEADER_OCTETS)
			continue;
		copy[30] = (guint8) (lengths[i] >> 8);
		copy[31] = (guint8) lengths[i];
		attempt (world, path, slice (copy, octets.len));
	}
}

static void
damage_all (guint32 seed, Damage damage, gboolean not_init)
{
	for (guint auth_by = IKE_AUTH_BY_EAP; auth_by <= IKE_AUTH_BY_PSK; auth_by++)
		for (guint fragments = 0; fragments < 2; fragments++)
		{
			g_autoptr (World) world = world_new (seed + 10 * auth_by + fragments);
			Damaging damaging = { damage, not_init, 0 };

			world_by (world, (IkeAuthBy) auth_by);
			world->gateway->fragment_octets = fragments != 0 ? 250 : 0;
			world->fate = before_the_real_one;
			world->fate_data = &damaging;
			world_start (world);
			world_settle (world);
			world_check_established (world);
			g_assert_cmpuint (damaging.n_messages, >=, 1);
			/* And the gateway's own requests. */
			world_gateway_request (world, IKE_EXCHANGE_INFORMATIONAL, NULL, 0);
			world_run (world, WORLD_SECOND);
			g_assert_nonnull (gateway_sa (world->gateway)->answered);
		}
}

static void
test_truncated (void)
{
	damage_all (100, cut_off, FALSE);
}

static void
test_bits (void)
{
	damage_all (200, flip_bits, TRUE);
}

static void
test_lengths (void)
{
	damage_all (300, lie, FALSE);
}

/* Changed answers to IKE_SA_INIT: whatever comes of it, no crash and an end. */
static void
flip_init_bit (World *world, WorldPacket *packet, gpointer data)
{
	guint *bit = data;
	g_autofree guint8 *copy = NULL;

	if (!packet->to_client || packet->path.remote.port != IKE_PORT)
		return;
	copy = g_memdup2 (g_bytes_get_data (packet->octets, NULL), g_bytes_get_size (packet->octets));
	*bit %= (guint) g_bytes_get_size (packet->octets) * 8;
	copy[*bit / 8] ^= (guint8) (1 << *bit % 8);
	world_inject (world, &packet->path, slice (copy, g_bytes_get_size (packet->octets)), 1000);
}

static void
test_init_bits (void)
{
	for (guint bit = 0; bit < 340 * 8; bit += 7)
	{
		g_autoptr (World) world = world_new (400 + bit);
		guint at = bit;

		world_by (world, IKE_AUTH_BY_PSK);
		world->fate = flip_init_bit;
		world->fate_data = &at;
		world_start (world);
		world_settle (world);
		/* The real answer follows: it must win, whatever the other was. */
		world_check_established (world);
	}
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/session/damage/truncated", test_truncated);
	g_test_add_func ("/session/damage/bits", test_bits);
	g_test_add_func ("/session/damage/lengths", test_lengths);
	g_test_add_func ("/session/damage/init-bits", test_init_bits);
	result = g_test_run ();
	test_keys_free ();
	return result;
}
