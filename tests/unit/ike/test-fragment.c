/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ike/fragment.h"
#include "samples.h"
#include "vectors.h"

static const AeadSuite suite = { ENCR_AES_GCM_16, 128, INTEG_NONE };

static IkeProtect
protect_new (void)
{
	static const guint8 key[20] = { 7, 7, 7 };
	IkeProtect protect = { .suite = suite };

	g_assert_cmpuint (aead_new (&suite, SLICE_ARRAY (key), SLICE_NONE, &protect.aead), ==, STATUS_OK);
	return protect;
}

/* -- The rules, one by one --------------------------------------------------------------------------------------- */

static void
test_header_valid (void)
{
	static const struct
	{
		guint16 number, total;
		gboolean valid;
	} cases[] = {
		{ 0, 0, FALSE }, { 0, 1, FALSE },  { 1, 0, FALSE },   { 1, 1, TRUE },   { 2, 1, FALSE },
		{ 1, 2, TRUE },  { 64, 64, TRUE }, { 65, 65, FALSE }, { 1, 65, FALSE }, { 65535, 65535, FALSE },
	};

	for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		IkeFragmentHeader header = { cases[i].number, cases[i].total };

		g_assert_cmpuint (ike_fragment_header_valid (&header), ==, cases[i].valid);
	}
}

static IkeFragmentVerdict
add (IkeReassembly *reassembly, guint32 message_id, guint16 number, guint16 total, const char *text, GBytes **whole)
{
	IkeHeader header = { .message_id = message_id, .exchange = IKE_EXCHANGE_AUTH, .response = TRUE };
	IkeFragmentHeader fragment = { number, total };
	guint8 first;
	IkeFragmentVerdict verdict =
	    ike_reassembly_add (reassembly, &header, &fragment, (guint8) (number + 32), slice_text (text), whole, &first);

	if (verdict == IKE_FRAGMENT_COMPLETE)
		g_assert_cmpuint (first, ==, 33);
	return verdict;
}

static void
test_order (void)
{
	IkeReassembly reassembly = { 0 };
	g_autoptr (GBytes) whole = NULL;

	g_assert_cmpuint (add (&reassembly, 1, 3, 3, "c", &whole), ==, IKE_FRAGMENT_STORED);
	g_assert_cmpuint (add (&reassembly, 1, 1, 3, "a", &whole), ==, IKE_FRAGMENT_STORED);
	g_assert_cmpuint (add (&reassembly, 1, 1, 3, "other", &whole), ==, IKE_FRAGMENT_STORED);
	g_assert_cmpuint (add (&reassembly, 1, 3, 3, "", &whole), ==, IKE_FRAGMENT_STORED);
	g_assert_null (whole);
	g_assert_cmpuint (add (&reassembly, 1, 2, 3, "b", &whole), ==, IKE_FRAGMENT_COMPLETE);
	assert_octets (slice_bytes (whole), SLICE_LITERAL ("abc"));
	g_assert_cmpuint (reassembly.total, ==, 0);
	g_assert_cmpuint (reassembly.octets, ==, 0);
}

static void
test_divided_anew (void)
{
	IkeReassembly reassembly = { 0 };
	g_autoptr (GBytes) whole = NULL;

	g_assert_cmpuint (add (&reassembly, 1, 1, 2, "ab", &whole), ==, IKE_FRAGMENT_STORED);
	/* More fragments: begin again. Fewer: too late. */
	g_assert_cmpuint (add (&reassembly, 1, 2, 3, "b", &whole), ==, IKE_FRAGMENT_STORED);
	g_assert_cmpuint (reassembly.n_have, ==, 1);
	g_assert_cmpuint (add (&reassembly, 1, 2, 2, "c", &whole), ==, IKE_FRAGMENT_STALE);
	g_assert_cmpuint (add (&reassembly, 1, 3, 3, "c", &whole), ==, IKE_FRAGMENT_STORED);
	g_assert_cmpuint (add (&reassembly, 1, 1, 3, "a", &whole), ==, IKE_FRAGMENT_COMPLETE);
	assert_octets (slice_bytes (whole), SLICE_LITERAL ("abc"));
}

static void
test_other_message (void)
{
	IkeReassembly reassembly = { 0 };
	g_autoptr (GBytes) whole = NULL;

	g_assert_cmpuint (add (&reassembly, 1, 1, 5, "x", &whole), ==, IKE_FRAGMENT_STORED);
	g_assert_cmpuint (add (&reassembly, 2, 1, 2, "a", &whole), ==, IKE_FRAGMENT_STORED);
	g_assert_cmpuint (reassembly.message_id, ==, 2);
	g_assert_cmpuint (add (&reassembly, 2, 2, 2, "b", &whole), ==, IKE_FRAGMENT_COMPLETE);
	assert_octets (slice_bytes (whole), SLICE_LITERAL ("ab"));
}

/* Requests of the gateway and its responses count apart; their fragments never mix. */
static void
test_direction (void)
{
	IkeReassembly reassembly = { 0 };
	IkeHeader response = { .message_id = 4, .exchange = IKE_EXCHANGE_INFORMATIONAL, .response = TRUE };
	IkeHeader request = response;
	IkeFragmentHeader first = { 1, 2 }, second = { 2, 2 };
	g_autoptr (GBytes) whole = NULL;
	guint8 type;

	request.response = FALSE;
	g_assert_cmpuint (ike_reassembly_add (&reassembly, &response, &first, 41, SLICE_LITERAL ("a"), &whole, &type), ==,
	                  IKE_FRAGMENT_STORED);
	g_assert_cmpuint (ike_reassembly_add (&reassembly, &request, &second, 0, SLICE_LITERAL ("b"), &whole, &type), ==,
	                  IKE_FRAGMENT_STORED);
	g_assert_null (whole);
	ike_reassembly_clear (&reassembly);
}

static void
test_too_large (void)
{
	IkeReassembly reassembly = { 0 };
	IkeHeader header = { .message_id = 1 };
	g_autofree guint8 *octets = g_malloc0 (40000);
	g_autoptr (GBytes) whole = NULL;
	guint8 type;

	for (guint16 i = 1; i <= 3; i++)
	{
		IkeFragmentHeader fragment = { i, 3 };
		gsize len = i == 2 ? 25535 : 40000;

		g_assert_cmpuint (ike_reassembly_add (&reassembly, &header, &fragment, 0, slice (octets, len), &whole, &type),
		                  ==, i < 3 ? IKE_FRAGMENT_STORED : IKE_FRAGMENT_TOO_LARGE);
	}
	g_assert_cmpuint (reassembly.total, ==, 0);
	g_assert_null (whole);
}

/* A whole message ends the wait for its fragments. */
static void
test_whole_between (void)
{
	g_autofree Sample *sample = sample_new ();
	g_autoptr (GPtrArray) fragments = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	g_autoptr (GPtrArray) single = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkeProtect protect = protect_new ();
	IkeHeader header = sample_header ();
	IkeReassembly reassembly = { 0 };
	g_autoptr (IkeMessage) message = NULL;
	Status status;

	g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, 12, 300, fragments), ==, STATUS_OK);
	g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, 12, 0, single), ==, STATUS_OK);
	g_assert_cmpuint (fragments->len, >, 1);
	g_assert_cmpuint (ike_protect_open (&protect, slice_bytes (fragments->pdata[0]), &reassembly, &message, &status),
	                  ==, IKE_OPEN_PARTIAL);
	g_assert_cmpuint (ike_protect_open (&protect, slice_bytes (single->pdata[0]), &reassembly, &message, &status), ==,
	                  IKE_OPEN_OK);
	g_assert_cmpuint (message->n_payloads, ==, 12);
	g_assert_cmpuint (reassembly.total, ==, 0);
	ike_protect_clear (&protect);
}

/* Fragments of a smaller total, given up before, are dropped by the opener too. */
static void
test_stale_open (void)
{
	g_autofree Sample *sample = sample_new ();
	g_autoptr (GPtrArray) few = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	g_autoptr (GPtrArray) many = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
	IkeProtect protect = protect_new ();
	IkeHeader header = sample_header ();
	IkeReassembly reassembly = { 0 };
	IkeMessage *message = NULL;
	Status status;

	g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, 17, 400, few), ==, STATUS_OK);
	g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, 17, 200, many), ==, STATUS_OK);
	g_assert_cmpuint (ike_protect_open (&protect, slice_bytes (many->pdata[0]), &reassembly, &message, &status), ==,
	                  IKE_OPEN_PARTIAL);
	g_assert_cmpuint (ike_protect_open (&protect, slice_bytes (few->pdata[1]), &reassembly, &message, &status), ==,
	                  IKE_OPEN_BAD);
	g_assert_cmpuint (status, ==, STATUS_REPLAYED);
	g_assert_cmpuint (reassembly.total, ==, many->len);
	g_assert_cmpuint (reassembly.n_have, ==, 1);
	ike_reassembly_clear (&reassembly);
	ike_protect_clear (&protect);
}

/* -- Against a naive reference ----------------------------------------------------------------------------------- */

/* Remembers every fragment of the message it works on, as text. */
typedef struct
{
	guint message; /* message ID and direction in one number */
	guint total;
	GHashTable *parts; /* number -> text */
} Model;

static IkeFragmentVerdict
model_add (Model *model, guint message, guint number, guint total, const char *text, char **whole)
{
	g_autoptr (GString) joined = g_string_new (NULL);

	if (model->total > 0 && model->message == message && total < model->total)
		return IKE_FRAGMENT_STALE;
	if (model->message != message || model->total != total)
		g_hash_table_remove_all (model->parts);
	model->message = message;
	model->total = total;
	if (!g_hash_table_contains (model->parts, GUINT_TO_POINTER (number)))
		g_hash_table_insert (model->parts, GUINT_TO_POINTER (number), g_strdup (text));
	for (guint i = 1; i <= total; i++)
	{
		const char *part = g_hash_table_lookup (model->parts, GUINT_TO_POINTER (i));

		if (part == NULL)
			return IKE_FRAGMENT_STORED;
		g_string_append (joined, part);
	}
	*whole = g_strdup (joined->str);
	g_hash_table_remove_all (model->parts);
	model->total = 0;
	return IKE_FRAGMENT_COMPLETE;
}

static void
test_model (void)
{
	g_autoptr (GRand) rand = g_rand_new_with_seed (7383);
	Model model = { .parts = g_hash_table_new_full (NULL, NULL, NULL, g_free) };
	IkeReassembly reassembly = { 0 };
	guint completed = 0;

	for (guint step = 0; step < 40000; step++)
	{
		guint message =
		    (guint) g_rand_int_range (rand, 0, 100) < 2 ? (guint) g_rand_int_range (rand, 0, 6) : model.message;
		guint total =
		    model.total > 0 && g_rand_int_range (rand, 0, 20) > 0 ? model.total : (guint) g_rand_int_range (rand, 1, 7);
		guint number = (guint) g_rand_int_range (rand, 1, (gint32) total + 1);
		g_autofree char *text = g_strnfill ((gsize) g_rand_int_range (rand, 0, 5), (char) ('a' + number));
		IkeHeader header = { .message_id = message / 2, .response = message % 2, .exchange = IKE_EXCHANGE_AUTH };
		IkeFragmentHeader fragment = { (guint16) number, (guint16) total };
		g_autofree char *wanted = NULL;
		g_autoptr (GBytes) whole = NULL;
		guint8 first = 0;
		IkeFragmentVerdict expected = model_add (&model, message, number, total, text, &wanted);

		g_assert_cmpuint (ike_reassembly_add (&reassembly, &header, &fragment, number == 1 ? 44 : 0, slice_text (text),
		                                      &whole, &first),
		                  ==, expected);
		g_assert_cmpuint (reassembly.total, ==, model.total);
		g_assert_cmpuint (reassembly.n_have, ==, g_hash_table_size (model.parts));
		if (expected != IKE_FRAGMENT_COMPLETE)
			continue;
		assert_octets (slice_bytes (whole), slice_text (wanted));
		g_assert_cmpuint (first, ==, 44);
		completed++;
	}
	g_assert_cmpuint (completed, >, 500);
	ike_reassembly_clear (&reassembly);
	g_hash_table_unref (model.parts);
}

/* A real message, its fragments in every order of a few hundred, each sent up to three times. */
static void
test_shuffled (void)
{
	g_autoptr (GRand) rand = g_rand_new_with_seed (42);

	for (guint round = 0; round < 300; round++)
	{
		g_autofree Sample *sample = sample_new ();
		g_autoptr (GPtrArray) datagrams = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
		g_autoptr (IkeMessage) message = NULL;
		IkeProtect protect = protect_new ();
		IkeHeader header = sample_header ();
		IkeReassembly reassembly = { 0 };
		Status status;
		guint seen = 0, distinct = 0;

		g_assert_cmpuint (ike_protect_seal (&protect, &header, sample->payloads, sample->n_payloads,
		                                    (gsize) g_rand_int_range (rand, 90, 400), datagrams),
		                  ==, STATUS_OK);
		g_assert_cmpuint (datagrams->len, <, 32);
		while (message == NULL)
		{
			guint which = (guint) g_rand_int_range (rand, 0, (gint32) datagrams->len);
			IkeOpen open;

			if ((seen & 1u << which) == 0)
				distinct++;
			seen |= 1u << which;
			open = ike_protect_open (&protect, slice_bytes (datagrams->pdata[which]), &reassembly, &message, &status);
			g_assert_cmpuint (open, ==, distinct == datagrams->len ? IKE_OPEN_OK : IKE_OPEN_PARTIAL);
		}
		g_assert_cmpuint (message->n_payloads, ==, sample->n_payloads);
		ike_protect_clear (&protect);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/ike/fragment/header-valid", test_header_valid);
	g_test_add_func ("/ike/fragment/order", test_order);
	g_test_add_func ("/ike/fragment/divided-anew", test_divided_anew);
	g_test_add_func ("/ike/fragment/other-message", test_other_message);
	g_test_add_func ("/ike/fragment/direction", test_direction);
	g_test_add_func ("/ike/fragment/too-large", test_too_large);
	g_test_add_func ("/ike/fragment/whole-between", test_whole_between);
	g_test_add_func ("/ike/fragment/stale-open", test_stale_open);
	g_test_add_func ("/ike/fragment/model", test_model);
	g_test_add_func ("/ike/fragment/shuffled", test_shuffled);
	return g_test_run ();
}
