/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "eap/tls-fragments.h"

#include "rig.h"

#define LENGTH 0x80
#define MORE 0x40
#define START 0x20

typedef struct
{
	TlsFragments fragments;
	Writer answer;
} Rig;

static void
rig_init (Rig *rig)
{
	tls_fragments_init (&rig->fragments);
	rig->answer = (Writer){ 0 };
}

static void
rig_clear (Rig *rig)
{
	tls_fragments_clear (&rig->fragments);
	writer_clear (&rig->answer);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rig, rig_clear)

static TlsFragmentsVerdict
put (Rig *rig, Slice data)
{
	g_autofree guint8 *copy = g_memdup2 (data.data, data.len);

	writer_clear (&rig->answer);
	writer_init (&rig->answer, 65535);
	return tls_fragments_input (&rig->fragments, slice (copy, data.len), &rig->answer);
}

#define PUT(rig, text) put (rig, SLICE_LITERAL (text))

static void
begin (Rig *rig)
{
	rig_init (rig);
	g_assert_cmpint (PUT (rig, "\x20"), ==, TLS_FRAGMENTS_START);
}

static void
check_message (const Rig *rig, Slice wanted)
{
	Slice got = slice_array (rig->fragments.message);

	g_assert_cmpmem (got.data, got.len, wanted.data, wanted.len);
}

static void
check_acknowledged (const Rig *rig)
{
	g_assert_cmpmem (rig->answer.data, rig->answer.len, "\0", 1);
}

static void
test_whole (void)
{
	static const char *const kinds[] = { "plain", "with length" };

	for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
	{
		g_auto (Rig) rig = { 0 };

		begin (&rig);
		g_assert_cmpint (i == 0 ? PUT (&rig, "\0abc") : PUT (&rig, "\x80\0\0\0\3abc"), ==, TLS_FRAGMENTS_MESSAGE);
		check_message (&rig, SLICE_LITERAL ("abc"));
	}
}

static void
test_parts (void)
{
	g_auto (Rig) rig = { 0 };

	begin (&rig);
	g_assert_cmpint (PUT (&rig, "\xc0\0\0\0\6ab"), ==, TLS_FRAGMENTS_ANSWER);
	check_acknowledged (&rig);
	g_assert_cmpint (PUT (&rig, "\x40"
	                            "cd"),
	                 ==, TLS_FRAGMENTS_ANSWER);
	check_acknowledged (&rig);
	g_assert_cmpint (PUT (&rig, "\0ef"), ==, TLS_FRAGMENTS_MESSAGE);
	check_message (&rig, SLICE_LITERAL ("abcdef"));
	/* The next one has a length of its own. */
	g_byte_array_set_size (rig.fragments.message, 0);
	g_assert_cmpint (PUT (&rig, "\0x"), ==, TLS_FRAGMENTS_MESSAGE);
	check_message (&rig, SLICE_LITERAL ("x"));
}

static void
test_acknowledgement (void)
{
	g_auto (Rig) rig = { 0 };

	begin (&rig);
	g_assert_cmpint (PUT (&rig, "\0"), ==, TLS_FRAGMENTS_MESSAGE);
	check_message (&rig, SLICE_NONE);
	g_assert_cmpint (PUT (&rig, "\x80\0\0\0\0"), ==, TLS_FRAGMENTS_MESSAGE);
	check_message (&rig, SLICE_NONE);
}

static const struct
{
	const char *fault;
	Slice packets[3];
} bad[] = {
	{ "too short", { { (const guint8 *) "", 0 } } },
	{ "too short", { { (const guint8 *) "\x80\0\0\0", 4 } } },
	{ "second time", { { (const guint8 *) "\x20", 1 } } },
	{ "wrong", { { (const guint8 *) "\x80\0\1\0\1x", 6 } } },
	{ "wrong", { { (const guint8 *) "\x80\xff\xff\xff\xffx", 6 } } },
	{ "wrong", { { (const guint8 *) "\x80\0\0\0\0x", 6 } } },
	{ "longer", { { (const guint8 *) "\x80\0\0\0\1xy", 7 } } },
	{ "shorter", { { (const guint8 *) "\x80\0\0\0\3xy", 7 } } },
	{ "empty", { { (const guint8 *) "\x40", 1 } } },
	{ "empty", { { (const guint8 *) "\xc0\0\0\0\3", 5 } } },
	{ "wrong", { { (const guint8 *) "\xc0\0\0\0\3a", 6 }, { (const guint8 *) "\xc0\0\0\0\4b", 6 } } },
	{ "longer", { { (const guint8 *) "\xc0\0\0\0\3ab", 7 }, { (const guint8 *) "\x40zz", 3 } } },
	{ "longer", { { (const guint8 *) "\xc0\0\0\0\3ab", 7 }, { (const guint8 *) "\0zz", 3 } } },
	{ "shorter", { { (const guint8 *) "\xc0\0\0\0\3a", 6 }, { (const guint8 *) "\0z", 2 } } },
	{ "wrong",
	  { { (const guint8 *) "\x40"
	                       "a",
	      2 },
	    { (const guint8 *) "\x80\0\0\0\5b", 6 } } },
};

static void
test_bad (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
	{
		g_auto (Rig) rig = { 0 };
		TlsFragmentsVerdict verdict = TLS_FRAGMENTS_ANSWER;

		begin (&rig);
		for (guint n = 0; n < 3 && bad[i].packets[n].data != NULL; n++)
		{
			g_assert_cmpint (verdict, ==, TLS_FRAGMENTS_ANSWER);
			verdict = put (&rig, bad[i].packets[n]);
		}
		g_test_message ("row %u: %s", i, rig.fragments.fault);
		g_assert_cmpint (verdict, ==, TLS_FRAGMENTS_BAD);
		g_assert_nonnull (strstr (rig.fragments.fault, bad[i].fault));
	}
}

static void
test_before_start (void)
{
	g_auto (Rig) rig = { 0 };

	rig_init (&rig);
	g_assert_cmpint (PUT (&rig, "\0abc"), ==, TLS_FRAGMENTS_BAD);
}

/* Without a length the limit is ours. */
static void
test_endless (void)
{
	g_auto (Rig) rig = { 0 };
	guint8 part[1025] = { MORE };
	guint n = 0;

	begin (&rig);
	while (put (&rig, SLICE_ARRAY (part)) == TLS_FRAGMENTS_ANSWER)
		n++;
	g_assert_cmpuint (n, ==, 64);
	g_assert_cmpuint (rig.fragments.message->len, <=, TLS_FRAGMENTS_MAX_MESSAGE);
}

static void
test_send (void)
{
	static const gsize sizes[] = { 1, 1023, 1024, 1025, 2048, 5000 };

	for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
	{
		g_auto (Rig) rig = { 0 };
		g_autofree guint8 *octets = g_malloc (sizes[i]);
		g_autoptr (GByteArray) got = g_byte_array_new ();
		guint packets = 1;

		for (gsize n = 0; n < sizes[i]; n++)
			octets[n] = (guint8) n;
		begin (&rig);
		writer_clear (&rig.answer);
		writer_init (&rig.answer, 65535);
		tls_fragments_send (&rig.fragments, g_bytes_new (octets, sizes[i]), &rig.answer);
		for (;; packets++)
		{
			guint8 flags = rig.answer.data[0];
			gsize skip = (flags & LENGTH) != 0 ? 5 : 1;

			g_assert_cmpuint (flags & ~(LENGTH | MORE), ==, 0);
			/* The length in the first of several, and only there. */
			g_assert_cmpint ((flags & LENGTH) != 0, ==, packets == 1 && sizes[i] > 1024);
			if (skip == 5)
				g_assert_cmpuint ((gsize) rig.answer.data[3] << 8 | rig.answer.data[4], ==, sizes[i]);
			g_byte_array_append (got, rig.answer.data + skip, (guint) (rig.answer.len - skip));
			if ((flags & MORE) == 0)
				break;
			g_assert_cmpint (PUT (&rig, "\0"), ==, TLS_FRAGMENTS_ANSWER);
		}
		g_assert_cmpuint (packets, ==, (sizes[i] + 1023) / 1024);
		g_assert_cmpmem (got->data, got->len, octets, sizes[i]);
		/* All was said: the server may speak. */
		g_assert_cmpint (PUT (&rig, "\0x"), ==, TLS_FRAGMENTS_MESSAGE);
	}
}

static void
test_interrupted (void)
{
	static const char *const words[] = { "\0x", "\x40", "\x80\0\0\0\1x" };
	static const gsize octets[] = { 2, 1, 6 };
	guint8 big[3000] = { 0 };

	for (guint i = 0; i < G_N_ELEMENTS (words); i++)
	{
		g_auto (Rig) rig = { 0 };

		begin (&rig);
		tls_fragments_send (&rig.fragments, g_bytes_new (big, sizeof big), &rig.answer);
		g_assert_cmpint (put (&rig, slice (words[i], octets[i])), ==, TLS_FRAGMENTS_BAD);
		g_assert_cmpstr (rig.fragments.fault, ==, "it speaks before it has heard all");
	}
}

static void
test_nothing (void)
{
	g_auto (Rig) rig = { 0 };

	begin (&rig);
	tls_fragments_send (&rig.fragments, NULL, &rig.answer);
	check_acknowledged (&rig);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/eap/tls-fragments/whole", test_whole);
	g_test_add_func ("/eap/tls-fragments/parts", test_parts);
	g_test_add_func ("/eap/tls-fragments/acknowledgement", test_acknowledgement);
	g_test_add_func ("/eap/tls-fragments/bad", test_bad);
	g_test_add_func ("/eap/tls-fragments/before-start", test_before_start);
	g_test_add_func ("/eap/tls-fragments/endless", test_endless);
	g_test_add_func ("/eap/tls-fragments/send", test_send);
	g_test_add_func ("/eap/tls-fragments/interrupted", test_interrupted);
	g_test_add_func ("/eap/tls-fragments/nothing", test_nothing);
	return g_test_run ();
}
