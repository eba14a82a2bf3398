/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The peer layer (RFC 3748) and the small methods: Identity, Notification, Nak, MD5, GTC. */
#include "crypto/hash.h"
#include "eap/method.h"
#include "rig.h"

static const guint8 all_methods[] = { EAP_TYPE_MSCHAPV2, EAP_TYPE_GTC, EAP_TYPE_MD5 };

/* A good first request of each method. */
static const guint8 md5_request[] = { 4, 'a', 'b', 'c', 'd', 's', 'r', 'v' };
static const guint8 chap_request[] = { 1,    9,    0,    25,   16,   0x5b, 0x5d, 0x7c, 0x7d, 0x7b, 0x3f, 0x2f, 0x3e,
	                                   0x3c, 0x2c, 0x60, 0x21, 0x32, 0x26, 0x26, 0x28, 's',  'e',  'r',  'v' };

static const struct
{
	guint8 type;
	Slice request;
} methods[] = {
	{ EAP_TYPE_MSCHAPV2, { chap_request, sizeof chap_request } },
	{ EAP_TYPE_GTC, { (const guint8 *) "Password: ", 10 } },
	{ EAP_TYPE_MD5, { md5_request, sizeof md5_request } },
};

static void
test_identity (void)
{
	g_autoptr (EapPeer) peer = rig_new ("alice@example.org", all_methods, 3);
	g_auto (EapResult) first = rig_input (peer, REQUEST, 7, EAP_TYPE_IDENTITY, SLICE_LITERAL ("who?"));
	g_auto (EapResult) second = { 0 };

	rig_check_sent (&first, 7, EAP_TYPE_IDENTITY, SLICE_LITERAL ("alice@example.org"));
	/* Asked again with a new identifier: answered again. */
	second = rig_input (peer, REQUEST, 8, EAP_TYPE_IDENTITY, SLICE_NONE);
	rig_check_sent (&second, 8, EAP_TYPE_IDENTITY, SLICE_LITERAL ("alice@example.org"));
}

static void
test_notification (void)
{
	g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);
	g_auto (EapResult) result = rig_input (peer, REQUEST, 1, EAP_TYPE_NOTIFICATION,
	                                       SLICE_LITERAL ("Maintenance\r\n\x1b[31mat \xe2\x80\xaenight"));

	rig_check_sent (&result, 1, EAP_TYPE_NOTIFICATION, SLICE_NONE);
	g_assert_cmpstr (result.notification, ==, "Maintenance [31mat night");
}

/* In the middle of a method a notification changes nothing. */
static void
test_notification_anywhere (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
	{
		g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);

		g_assert_cmpint (rig_verdict (peer, REQUEST, 1, EAP_TYPE_NOTIFICATION, SLICE_LITERAL ("a")), ==, EAP_SEND);
		g_assert_cmpint (rig_verdict (peer, REQUEST, 2, methods[i].type, methods[i].request), ==, EAP_ASK);
		g_assert_cmpint (rig_verdict (peer, REQUEST, 3, EAP_TYPE_NOTIFICATION, SLICE_LITERAL ("b")), ==, EAP_SEND);
		g_assert_cmpint (rig_verdict (peer, FAILURE, 3, 0, SLICE_NONE), ==, EAP_FAILURE);
	}
}

static void
test_nak_lists_methods (void)
{
	static const guint8 wanted[] = { EAP_TYPE_GTC, EAP_TYPE_MSCHAPV2 };
	g_autoptr (EapPeer) peer = rig_new (USER, wanted, 2);

	/* MD5 is known, but the profile does not name it; 99 and the expanded type are not known; 0 is reserved; 3 is a Nak,
	 * which only a peer may send. */
	static const guint8 types[] = { EAP_TYPE_MD5, 99, 254, 255, EAP_TYPE_NAK };

	for (guint i = 0; i < G_N_ELEMENTS (types); i++)
	{
		g_auto (EapResult) result = rig_input (peer, REQUEST, (guint8) i, types[i], SLICE_LITERAL ("data"));

		rig_check_sent (&result, (guint8) i, EAP_TYPE_NAK, SLICE_ARRAY (wanted));
	}
	/* After a Nak the server may begin what was offered. */
	g_assert_cmpint (rig_verdict (peer, REQUEST, 40, EAP_TYPE_GTC, SLICE_LITERAL ("Password")), ==, EAP_ASK);
}

static void
test_nak_without_methods (void)
{
	g_autoptr (EapPeer) peer = rig_new (USER, NULL, 0);
	g_auto (EapResult) result = rig_input (peer, REQUEST, 1, EAP_TYPE_MD5, SLICE_ARRAY (md5_request));

	rig_check_sent (&result, 1, EAP_TYPE_NAK, SLICE_LITERAL ("\0"));
}

static void
test_failure_after_nak (void)
{
	static const guint8 wanted[] = { EAP_TYPE_MSCHAPV2, EAP_TYPE_GTC };
	g_autoptr (EapPeer) peer = rig_new (USER, wanted, 2);
	g_autoptr (EapPeer) other = rig_new (USER, wanted, 2);
	g_auto (EapResult) result = { 0 };
	g_auto (EapResult) unknown = { 0 };

	g_assert_cmpint (rig_verdict (peer, REQUEST, 1, EAP_TYPE_MD5, SLICE_ARRAY (md5_request)), ==, EAP_SEND);
	result = rig_input (peer, FAILURE, 1, 0, SLICE_NONE);
	rig_check_failure (&result, STATUS_EAP_METHOD, "it wants MD5; the profile allows MSCHAPv2, GTC");
	g_assert_cmpint (rig_verdict (other, REQUEST, 1, 77, SLICE_NONE), ==, EAP_SEND);
	unknown = rig_input (other, FAILURE, 1, 0, SLICE_NONE);
	rig_check_failure (&unknown, STATUS_EAP_METHOD, "a method of an unknown type");
}

static void
test_second_method (void)
{
	g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);
	g_auto (EapResult) result = { 0 };

	g_assert_cmpint (rig_verdict (peer, REQUEST, 1, EAP_TYPE_GTC, SLICE_LITERAL ("Password")), ==, EAP_ASK);
	result = rig_input (peer, REQUEST, 2, EAP_TYPE_MD5, SLICE_ARRAY (md5_request));
	rig_check_failure (&result, STATUS_EAP_PROTOCOL, "another EAP method");
}

static void
test_gtc (void)
{
	g_autoptr (EapPeer) peer = rig_new_one (EAP_TYPE_GTC);
	g_auto (EapResult) ask = rig_input (peer, REQUEST, 3, EAP_TYPE_GTC, SLICE_LITERAL ("Password: "));
	g_auto (EapResult) answer = { 0 };
	g_auto (EapResult) challenge = { 0 };
	g_auto (EapResult) code = { 0 };

	g_assert_cmpint (ask.verdict, ==, EAP_ASK);
	g_assert_cmpint (ask.ask, ==, EAP_ASK_PASSWORD);
	g_assert_cmpstr (ask.prompt, ==, "Password:");
	answer = eap_peer_answer (peer, SLICE_LITERAL ("s\xc3\xa9same"));
	rig_check_sent (&answer, 3, EAP_TYPE_GTC, SLICE_LITERAL ("s\xc3\xa9same"));
	/* A second round is a question of its own, whatever it says. */
	challenge = rig_input (peer, REQUEST, 4, EAP_TYPE_GTC, SLICE_LITERAL ("Password of the token 4711?"));
	g_assert_cmpint (challenge.verdict, ==, EAP_ASK);
	g_assert_cmpint (challenge.ask, ==, EAP_ASK_CODE);
	g_assert_cmpstr (challenge.prompt, ==, "Password of the token 4711?");
	/* Not answered yet: no success. */
	code = eap_peer_answer (peer, SLICE_LITERAL ("123456"));
	rig_check_sent (&code, 4, EAP_TYPE_GTC, SLICE_LITERAL ("123456"));
	g_assert_cmpint (rig_verdict (peer, SUCCESS, 4, 0, SLICE_NONE), ==, EAP_SUCCESS);
	g_assert_cmpuint (eap_peer_msk (peer).len, ==, 0);
}

static void
test_gtc_code_first (void)
{
	g_autoptr (EapPeer) peer = rig_new_one (EAP_TYPE_GTC);
	g_auto (EapResult) ask = rig_input (peer, REQUEST, 3, EAP_TYPE_GTC, SLICE_LITERAL ("Enter your token"));

	g_assert_cmpint (ask.ask, ==, EAP_ASK_CODE);
}

static void
test_md5 (void)
{
	g_autoptr (EapPeer) peer = rig_new_one (EAP_TYPE_MD5);
	g_auto (EapResult) ask = rig_input (peer, REQUEST, 0x31, EAP_TYPE_MD5, SLICE_ARRAY (md5_request));
	g_auto (EapResult) answer = { 0 };
	guint8 digest[1 + HASH_MAX_OCTETS] = { 16 };
	const Slice part = SLICE_LITERAL ("1" CLIENT_PASS "abcd");

	g_assert_cmpint (ask.verdict, ==, EAP_ASK);
	g_assert_cmpint (ask.ask, ==, EAP_ASK_PASSWORD);
	g_assert_false (ask.ask_again);
	answer = eap_peer_answer (peer, SLICE_LITERAL (CLIENT_PASS));
	/* The identifier 0x31 is the letter 1. */
	g_assert_cmpint (hash (HASH_MD5, &part, 1, digest + 1), ==, STATUS_OK);
	rig_check_sent (&answer, 0x31, EAP_TYPE_MD5, slice (digest, 17));
	g_assert_cmpint (rig_verdict (peer, SUCCESS, 0x31, 0, SLICE_NONE), ==, EAP_SUCCESS);
	g_assert_cmpuint (eap_peer_msk (peer).len, ==, 0);
}

/* CHAP of RFC 1994 with an empty challenge would be a plain hash of the password. */
static void
test_md5_bad_challenges (void)
{
	static const guint8 empty[] = { 0, 's' };
	static const guint8 too_long[] = { 5, 'a', 'b', 'c', 'd' };
	g_autoptr (EapPeer) peer = rig_new_one (EAP_TYPE_MD5);

	g_assert_cmpint (rig_verdict (peer, REQUEST, 1, EAP_TYPE_MD5, SLICE_NONE), ==, EAP_DISCARD);
	g_assert_cmpint (rig_verdict (peer, REQUEST, 2, EAP_TYPE_MD5, SLICE_ARRAY (empty)), ==, EAP_DISCARD);
	g_assert_cmpint (rig_verdict (peer, REQUEST, 3, EAP_TYPE_MD5, SLICE_ARRAY (too_long)), ==, EAP_DISCARD);
	g_assert_cmpint (rig_verdict (peer, SUCCESS, 3, 0, SLICE_NONE), ==, EAP_FAILURE);
}

/* Success is believed in no state before the end (CVE-2021-45079). */
static void
test_early_success (void)
{
	g_autoptr (EapPeer) at_once = rig_new (USER, all_methods, 3);
	g_autoptr (EapPeer) after_identity = rig_new (USER, all_methods, 3);
	g_autoptr (EapPeer) after_nak = rig_new_one (EAP_TYPE_GTC);
	g_auto (EapResult) result = rig_input (at_once, SUCCESS, 1, 0, SLICE_NONE);

	rig_check_failure (&result, STATUS_EAP_PROTOCOL, "before the method was done");
	g_assert_cmpint (rig_verdict (after_identity, REQUEST, 1, EAP_TYPE_IDENTITY, SLICE_NONE), ==, EAP_SEND);
	g_assert_cmpint (rig_verdict (after_identity, SUCCESS, 1, 0, SLICE_NONE), ==, EAP_FAILURE);
	g_assert_cmpint (rig_verdict (after_nak, REQUEST, 1, EAP_TYPE_MD5, SLICE_ARRAY (md5_request)), ==, EAP_SEND);
	g_assert_cmpint (rig_verdict (after_nak, SUCCESS, 1, 0, SLICE_NONE), ==, EAP_FAILURE);
	for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
	{
		g_autoptr (EapPeer) asked = rig_new (USER, all_methods, 3);

		g_assert_cmpint (rig_verdict (asked, REQUEST, 1, methods[i].type, methods[i].request), ==, EAP_ASK);
		g_assert_cmpint (rig_verdict (asked, SUCCESS, 1, 0, SLICE_NONE), ==, EAP_FAILURE);
		/* It stays so: whatever comes afterwards is not looked at. */
		g_assert_cmpint (rig_verdict (asked, SUCCESS, 1, 0, SLICE_NONE), ==, EAP_DISCARD);
		g_assert_cmpint (rig_verdict (asked, REQUEST, 2, methods[i].type, methods[i].request), ==, EAP_DISCARD);
	}
}

static void
test_failure (void)
{
	g_autoptr (EapPeer) at_once = rig_new (USER, all_methods, 3);
	g_auto (EapResult) result = rig_input (at_once, FAILURE, 1, 0, SLICE_NONE);

	rig_check_failure (&result, STATUS_AUTH_REJECTED, NULL);
	for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
	{
		g_autoptr (EapPeer) asked = rig_new (USER, all_methods, 3);
		g_auto (EapResult) failed = { 0 };

		g_assert_cmpint (rig_verdict (asked, REQUEST, 1, methods[i].type, methods[i].request), ==, EAP_ASK);
		failed = rig_input (asked, FAILURE, 1, 0, SLICE_NONE);
		rig_check_failure (&failed, STATUS_AUTH_REJECTED, NULL);
		/* The person answers a moment too late. */
		g_assert_cmpint (eap_peer_answer (asked, SLICE_LITERAL ("x")).verdict, ==, EAP_DISCARD);
		g_assert_cmpint (eap_peer_decline (asked).verdict, ==, EAP_DISCARD);
	}
}

static void
test_duplicates (void)
{
	g_autoptr (EapPeer) peer = rig_new_one (EAP_TYPE_GTC);
	g_auto (EapResult) first = rig_input (peer, REQUEST, 5, EAP_TYPE_IDENTITY, SLICE_NONE);
	g_auto (EapResult) again = rig_input (peer, REQUEST, 5, EAP_TYPE_IDENTITY, SLICE_NONE);
	g_auto (EapResult) answer = { 0 };
	g_auto (EapResult) late = { 0 };

	g_assert_true (g_bytes_equal (first.packet, again.packet));
	/* While a person thinks a duplicate is not a second question. */
	g_assert_cmpint (rig_verdict (peer, REQUEST, 6, EAP_TYPE_GTC, SLICE_LITERAL ("Password")), ==, EAP_ASK);
	g_assert_cmpint (rig_verdict (peer, REQUEST, 6, EAP_TYPE_GTC, SLICE_LITERAL ("Password")), ==, EAP_DISCARD);
	answer = eap_peer_answer (peer, SLICE_LITERAL ("secret"));
	late = rig_input (peer, REQUEST, 6, EAP_TYPE_GTC, SLICE_LITERAL ("Password"));
	g_assert_true (g_bytes_equal (answer.packet, late.packet));
	/* Answered once. */
	g_assert_cmpint (eap_peer_answer (peer, SLICE_LITERAL ("secret")).verdict, ==, EAP_DISCARD);
}

static void
test_answer_unasked (void)
{
	g_autoptr (EapPeer) peer = rig_new_one (EAP_TYPE_GTC);

	g_assert_cmpint (eap_peer_answer (peer, SLICE_LITERAL ("x")).verdict, ==, EAP_DISCARD);
	g_assert_cmpint (eap_peer_decline (peer).verdict, ==, EAP_DISCARD);
}

static void
test_decline (void)
{
	static const guint8 plain[] = { EAP_TYPE_GTC, EAP_TYPE_MD5 };

	for (guint i = 0; i < G_N_ELEMENTS (plain); i++)
	{
		g_autoptr (EapPeer) peer = rig_new (USER, plain, 2);
		g_auto (EapResult) result = { 0 };

		g_assert_cmpint (rig_verdict (peer, REQUEST, 1, plain[i], SLICE_ARRAY (md5_request)), ==, EAP_ASK);
		result = eap_peer_decline (peer);
		rig_check_failure (&result, STATUS_AUTH_REJECTED, NULL);
	}
}

static void
test_rounds (void)
{
	g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);
	g_auto (EapResult) result = { 0 };

	for (guint i = 0; i < EAP_MAX_ROUNDS; i++)
		g_assert_cmpint (rig_verdict (peer, REQUEST, (guint8) i, EAP_TYPE_NOTIFICATION, SLICE_LITERAL ("hi")), ==,
		                 EAP_SEND);
	result = rig_input (peer, REQUEST, EAP_MAX_ROUNDS, EAP_TYPE_NOTIFICATION, SLICE_LITERAL ("hi"));
	rig_check_failure (&result, STATUS_EAP_PROTOCOL, "rounds");
}

static void
test_codes (void)
{
	g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);

	for (guint code = 0; code < 256; code++)
		if (code != REQUEST && code != SUCCESS && code != FAILURE)
			g_assert_cmpint (rig_verdict (peer, (guint8) code, 1, EAP_TYPE_IDENTITY, SLICE_NONE), ==, EAP_DISCARD);
	/* A request without a type. */
	g_assert_cmpint (rig_verdict (peer, REQUEST, 1, 0, SLICE_NONE), ==, EAP_DISCARD);
	g_assert_cmpint (rig_verdict (peer, REQUEST, 1, EAP_TYPE_IDENTITY, SLICE_NONE), ==, EAP_SEND);
}

/* Every packet cut at each octet, and with every wrong length: an answer may come, success never. */
static void
check_damaged (guint8 code, guint8 type, Slice data)
{
	g_autoptr (GBytes) packet = rig_packet (code, 1, type, data);
	Slice whole = slice_bytes (packet);
	static const guint lengths[] = { 0, 1, 2, 3, 4, 5, 6, 255, 256, 0x7fff, 0xffff };

	for (gsize cut = 0; cut < whole.len; cut++)
	{
		g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);
		g_autofree guint8 *copy = g_memdup2 (whole.data, cut);
		g_auto (EapResult) result = eap_peer_input (peer, slice (copy, cut));

		/* The length says more than there is. */
		g_assert_cmpint (result.verdict, ==, EAP_DISCARD);
	}
	for (gsize i = 0; i < G_N_ELEMENTS (lengths) + 2; i++)
	{
		g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);
		g_autofree guint8 *copy = g_memdup2 (whole.data, whole.len);
		guint length = i < G_N_ELEMENTS (lengths) ? lengths[i] : (guint) whole.len + (guint) (i & 1) * 2 - 1;

		copy[2] = (guint8) (length >> 8);
		copy[3] = (guint8) length;
		{
			g_auto (EapResult) result = eap_peer_input (peer, slice (copy, whole.len));

			g_assert_cmpint (result.verdict, !=, EAP_SUCCESS);
			if (length > whole.len || length < 4)
				g_assert_cmpint (result.verdict, ==, EAP_DISCARD);
		}
	}
	/* The length that the method has for itself: cut inside, with a header that fits. */
	for (gsize cut = 0; cut <= data.len; cut++)
	{
		g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);

		g_assert_cmpint (rig_verdict (peer, code, 1, type, slice (data.data, cut)), !=, EAP_SUCCESS);
	}
}

static void
test_damaged (void)
{
	check_damaged (REQUEST, EAP_TYPE_IDENTITY, SLICE_LITERAL ("hello"));
	check_damaged (REQUEST, EAP_TYPE_NOTIFICATION, SLICE_LITERAL ("hello"));
	check_damaged (REQUEST, 254, SLICE_LITERAL ("\0\0\0\0\0\0\1"));
	check_damaged (SUCCESS, 0, SLICE_NONE);
	check_damaged (FAILURE, 0, SLICE_NONE);
	for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
		check_damaged (REQUEST, methods[i].type, methods[i].request);
}

/* Octets behind the length belong to the link. */
static void
test_padding (void)
{
	static const guint8 padded[] = { REQUEST, 1, 0, 5, EAP_TYPE_IDENTITY, 0, 0, 0 };
	g_autoptr (EapPeer) peer = rig_new (USER, all_methods, 3);
	g_auto (EapResult) result = eap_peer_input (peer, SLICE_ARRAY (padded));

	rig_check_sent (&result, 1, EAP_TYPE_IDENTITY, SLICE_LITERAL (USER));
}

static const struct
{
	const char *said;
	const char *shown; /* NULL: nothing */
} texts[] = {
	{ "", NULL },
	{ " \r\n\t ", NULL },
	{ "Token?", "Token?" },
	{ "line one\r\nline two", "line one line two" },
	{ "\x1b]0;title\x07 prompt", "]0;title  prompt" },
	{ "\x1b[2J\x1b[HPassword for root:", "[2J [HPassword for root:" },
	{ "safe\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f gnp.exe", "safe  gnp.exe" },
	{ "\xc2\x9b"
	  "31m C1",
	  "31m C1" },
	{ "caf\xc3\xa9", "caf\xc3\xa9" },
	{ "bad \xff octet", "bad \xef\xbf\xbd octet" },
};

static void
test_prompt_text (void)
{
	g_autofree char *vast = g_strnfill (4096, 'x');
	g_autofree char *cut = eap_prompt_text (slice_text (vast));
	g_autoptr (GString) umlauts = g_string_new ("x");
	g_autofree char *valid = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
	{
		g_autofree char *shown = eap_prompt_text (slice_text (texts[i].said));

		g_assert_cmpstr (shown, ==, texts[i].shown);
	}
	g_assert_cmpuint (strlen (cut), ==, EAP_MAX_PROMPT_OCTETS);
	/* The limit falls into a character of two octets. */
	for (guint i = 0; i < 400; i++)
		g_string_append (umlauts, "\xc3\xa9");
	valid = eap_prompt_text (slice (umlauts->str, umlauts->len));
	g_assert_true (g_utf8_validate (valid, -1, NULL));
	g_assert_cmpuint (strlen (valid), <=, EAP_MAX_PROMPT_OCTETS + 2);
	g_assert_null (eap_prompt_text (SLICE_NONE));
	{
		g_autofree char *nul = eap_prompt_text (SLICE_LITERAL ("good\0evil"));

		g_assert_cmpstr (nul, ==,
		                 "good\xef\xbf\xbd"
		                 "evil");
	}
}

static void
test_names (void)
{
	guint8 type;

	g_assert_true (eap_type_from_name ("mschapv2", &type));
	g_assert_cmpuint (type, ==, EAP_TYPE_MSCHAPV2);
	g_assert_false (eap_type_from_name ("MSCHAPv2", &type));
	g_assert_false (eap_type_from_name ("", &type));
	g_assert_false (eap_type_from_name (NULL, &type));
	g_assert_cmpstr (eap_type_name (EAP_TYPE_GTC), ==, "GTC");
	g_assert_cmpstr (eap_type_name (13), ==, "TLS");
	g_assert_null (eap_type_name (200));
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/eap/peer/identity", test_identity);
	g_test_add_func ("/eap/peer/notification", test_notification);
	g_test_add_func ("/eap/peer/notification-anywhere", test_notification_anywhere);
	g_test_add_func ("/eap/peer/nak-lists-methods", test_nak_lists_methods);
	g_test_add_func ("/eap/peer/nak-without-methods", test_nak_without_methods);
	g_test_add_func ("/eap/peer/failure-after-nak", test_failure_after_nak);
	g_test_add_func ("/eap/peer/second-method", test_second_method);
	g_test_add_func ("/eap/peer/gtc", test_gtc);
	g_test_add_func ("/eap/peer/gtc-code-first", test_gtc_code_first);
	g_test_add_func ("/eap/peer/md5", test_md5);
	g_test_add_func ("/eap/peer/md5-bad-challenges", test_md5_bad_challenges);
	g_test_add_func ("/eap/peer/early-success", test_early_success);
	g_test_add_func ("/eap/peer/failure", test_failure);
	g_test_add_func ("/eap/peer/duplicates", test_duplicates);
	g_test_add_func ("/eap/peer/answer-unasked", test_answer_unasked);
	g_test_add_func ("/eap/peer/decline", test_decline);
	g_test_add_func ("/eap/peer/rounds", test_rounds);
	g_test_add_func ("/eap/peer/codes", test_codes);
	g_test_add_func ("/eap/peer/damaged", test_damaged);
	g_test_add_func ("/eap/peer/padding", test_padding);
	g_test_add_func ("/eap/peer/prompt-text", test_prompt_text);
	g_test_add_func ("/eap/peer/names", test_names);
	return g_test_run ();
}
