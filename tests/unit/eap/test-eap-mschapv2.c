/* SPDX-License-Identifier: GPL-2.0-or-later */
/* EAP-MSCHAPv2 with the challenges of RFC 2759 section 9.2 against a server played by hand. */
#include <nettle/arcfour.h>

#include "rig.h"

#define TYPE EAP_TYPE_MSCHAPV2
#define PROOF "S=407A5589115FD0D6209F510FE9C04566932CDA56"

enum
{
	CHALLENGE = 1,
	RESULT_SUCCESS = 3,
	RESULT_FAILURE = 4,
	CHANGE = 7,
};

/* OpCode, id, MS-Length and the rest. */
static GBytes *
chap_packet (guint8 op, guint8 id, Slice rest)
{
	g_autofree guint8 *octets = g_malloc (4 + rest.len);

	octets[0] = op;
	octets[1] = id;
	octets[2] = (guint8) ((4 + rest.len) >> 8);
	octets[3] = (guint8) (4 + rest.len);
	if (rest.len > 0)
		memcpy (octets + 4, rest.data, rest.len);
	return g_bytes_new (octets, 4 + rest.len);
}

static EapResult
chap_input (EapPeer *peer, guint8 id, guint8 op, Slice rest)
{
	g_autoptr (GBytes) packet = chap_packet (op, id, rest);

	return rig_input (peer, REQUEST, id, TYPE, slice_bytes (packet));
}

/* Up to the answer to the challenge. */
static EapPeer *
answered (const char *user, const char *password)
{
	guint8 type = TYPE;
	EapPeer *peer = rig_new (user, &type, 1);
	guint8 challenge[17 + 4] = { 16 };
	g_auto (EapResult) ask = { 0 };
	g_auto (EapResult) sent = { 0 };

	memcpy (challenge + 1, rfc_authenticator, 16);
	memcpy (challenge + 17, "serv", 4);
	ask = chap_input (peer, 9, CHALLENGE, SLICE_ARRAY (challenge));
	g_assert_cmpint (ask.verdict, ==, EAP_ASK);
	g_assert_cmpint (ask.ask, ==, EAP_ASK_PASSWORD);
	g_assert_false (ask.ask_again);
	sent = eap_peer_answer (peer, slice_text (password));
	g_assert_cmpint (sent.verdict, ==, EAP_SEND);
	g_assert_cmpint (rig_data (&sent).data[0], ==, 2);
	g_assert_cmpint (rig_data (&sent).data[1], ==, 9);
	return peer;
}

static void
test_success (void)
{
	guint8 type = TYPE;
	g_autoptr (EapPeer) peer = rig_new (USER, &type, 1);
	guint8 challenge[17] = { 16 };
	guint8 response[58] = { 2, 9, 0, 58, 49 };
	g_auto (EapResult) sent = { 0 };
	g_auto (EapResult) nod = { 0 };

	memcpy (challenge + 1, rfc_authenticator, 16);
	g_auto (EapResult) ask = chap_input (peer, 9, CHALLENGE, SLICE_ARRAY (challenge));
	g_assert_cmpint (ask.verdict, ==, EAP_ASK);
	sent = eap_peer_answer (peer, SLICE_LITERAL (CLIENT_PASS));
	memcpy (response + 5, rfc_peer, 16);
	/* RFC 2759 section 9.2 */
	memcpy (response + 29,
	        "\x82\x30\x9e\xcd\x8d\x70\x8b\x5e\xa0\x8f\xaa\x39\x81\xcd\x83\x54\x42\x33\x11\x4a\x3d\x85\xd6\xdf", 24);
	memcpy (response + 54, USER, 4);
	rig_check_sent (&sent, 9, TYPE, SLICE_ARRAY (response));
	g_assert_cmpuint (eap_peer_msk (peer).len, ==, 0);
	nod = chap_input (peer, 10, RESULT_SUCCESS, SLICE_LITERAL (PROOF " M=Welcome"));
	rig_check_sent (&nod, 10, TYPE, SLICE_LITERAL ("\3"));
	g_assert_cmpint (rig_verdict (peer, SUCCESS, 10, 0, SLICE_NONE), ==, EAP_SUCCESS);
	g_assert_cmpuint (eap_peer_msk (peer).len, ==, EAP_MSK_OCTETS);
	g_assert_cmpuint (eap_peer_msk (peer).data[16], ==, 0x8b);
}

/* The domain is sent, but not hashed. */
static void
test_domain (void)
{
	g_autoptr (EapPeer) peer = answered ("CORP\\" USER, CLIENT_PASS);
	g_auto (EapResult) nod = chap_input (peer, 10, RESULT_SUCCESS, SLICE_LITERAL (PROOF));

	g_assert_cmpint (nod.verdict, ==, EAP_SEND);
}

/* A server that does not know the password cannot make the proof. */
static void
test_wrong_proof (void)
{
	static const char *const proofs[] = {
		"S=407A5589115FD0D6209F510FE9C04566932CDA57",
		"S=407A5589115FD0D6209F510FE9C04566932CDA5",
		"S=407A5589115FD0D6209F510FE9C04566932CDA5G",
		"s=407A5589115FD0D6209F510FE9C04566932CDA56",
		"S=",
		"",
		"M=hi",
	};

	for (gsize i = 0; i < G_N_ELEMENTS (proofs); i++)
	{
		g_autoptr (EapPeer) peer = answered (USER, CLIENT_PASS);
		g_auto (EapResult) result = chap_input (peer, 10, RESULT_SUCCESS, slice_text (proofs[i]));

		rig_check_failure (&result, STATUS_EAP_PROTOCOL, "does not know the password");
		g_assert_cmpint (rig_verdict (peer, SUCCESS, 10, 0, SLICE_NONE), ==, EAP_DISCARD);
		g_assert_cmpuint (eap_peer_msk (peer).len, ==, 0);
	}
}

static void
test_early_success (void)
{
	g_autoptr (EapPeer) peer = answered (USER, CLIENT_PASS);
	guint8 type = TYPE;
	g_autoptr (EapPeer) fresh = rig_new (USER, &type, 1);
	g_auto (EapResult) result = { 0 };

	/* CVE-2015-8023: the method's own Success before its Challenge. */
	result = chap_input (fresh, 1, RESULT_SUCCESS, SLICE_LITERAL (PROOF));
	rig_check_failure (&result, STATUS_EAP_PROTOCOL, "at the wrong moment");
	g_assert_cmpint (rig_verdict (peer, SUCCESS, 9, 0, SLICE_NONE), ==, EAP_FAILURE);
	g_assert_cmpuint (eap_peer_msk (peer).len, ==, 0);
}

static const struct
{
	const char *said;
	const char *words;
} refusals[] = {
	{ "E=691 R=0 C=00112233445566778899AABBCCDDEEFF V=3 M=Nobody here", "wrong; the gateway says: Nobody here" },
	{ "E=691 R=0", "the user name or the password is wrong" },
	{ "E=646 R=0 V=3", "hour" },
	{ "E=647 R=1 V=3", "disabled" },
	{ "E=649", "permission" },
	{ "M=only words E=691 R=1", "MSCHAPv2 error 0: only words E=691 R=1" },
	{ "E=4711 R=0 M=\x1b[31mred", "MSCHAPv2 error 4711: [31mred" },
	{ "", "MSCHAPv2 error 0" },
	{ "E=99999999999999999999999999", "MSCHAPv2 error 18446744073709551615" },
	{ "E=", "MSCHAPv2 error 0" },
	{ "XE=691 YR=1", "MSCHAPv2 error 0" },
};

/* The Failure is acknowledged, then the server says EAP-Failure, which carries the words of the method. */
static void
test_refused (void)
{
	for (gsize i = 0; i < G_N_ELEMENTS (refusals); i++)
	{
		g_autoptr (EapPeer) peer = answered (USER, "guess");
		g_auto (EapResult) nod = chap_input (peer, 10, RESULT_FAILURE, slice_text (refusals[i].said));
		g_auto (EapResult) end = { 0 };

		rig_check_sent (&nod, 10, TYPE, SLICE_LITERAL ("\4"));
		end = rig_input (peer, FAILURE, 10, 0, SLICE_NONE);
		rig_check_failure (&end, STATUS_AUTH_REJECTED, refusals[i].words);
	}
}

static void
test_success_after_refusal (void)
{
	g_autoptr (EapPeer) peer = answered (USER, "guess");
	g_auto (EapResult) nod = chap_input (peer, 10, RESULT_FAILURE, SLICE_LITERAL ("E=691 R=0"));
	g_auto (EapResult) end = { 0 };

	g_assert_cmpint (nod.verdict, ==, EAP_SEND);
	end = rig_input (peer, SUCCESS, 10, 0, SLICE_NONE);
	rig_check_failure (&end, STATUS_EAP_PROTOCOL, "before the method was done");
}

/* R=1: another password with the new challenge and the next number (RFC 2759 section 6). */
static void
test_retry (void)
{
	g_autoptr (EapPeer) peer = answered (USER, "guess");
	g_autofree char *again = g_strdup ("E=691 R=1 C=5B5D7C7D7B3F2F3E3C2C602132262628 V=3 M=Wrong");
	g_auto (EapResult) ask = chap_input (peer, 20, RESULT_FAILURE, slice_text (again));
	g_auto (EapResult) sent = { 0 };
	g_auto (EapResult) nod = { 0 };

	g_assert_cmpint (ask.verdict, ==, EAP_ASK);
	g_assert_cmpint (ask.ask, ==, EAP_ASK_PASSWORD);
	g_assert_true (ask.ask_again);
	sent = eap_peer_answer (peer, SLICE_LITERAL (CLIENT_PASS));
	g_assert_cmpuint (rig_data (&sent).data[0], ==, 2);
	g_assert_cmpuint (rig_data (&sent).data[1], ==, 21);
	nod = chap_input (peer, 22, RESULT_SUCCESS, SLICE_LITERAL (PROOF));
	g_assert_cmpint (nod.verdict, ==, EAP_SEND);
	g_assert_cmpint (rig_verdict (peer, SUCCESS, 22, 0, SLICE_NONE), ==, EAP_SUCCESS);
}

static void
test_retry_limit (void)
{
	g_autoptr (EapPeer) peer = answered (USER, "guess");
	guint tries = 1;

	for (guint8 id = 10;; id++)
	{
		g_auto (EapResult) result = chap_input (peer, id, RESULT_FAILURE, SLICE_LITERAL ("E=691 R=1 V=3"));
		g_auto (EapResult) sent = { 0 };

		if (result.verdict != EAP_ASK)
		{
			rig_check_sent (&result, id, TYPE, SLICE_LITERAL ("\4"));
			break;
		}
		sent = eap_peer_answer (peer, SLICE_LITERAL ("guess"));
		g_assert_cmpint (sent.verdict, ==, EAP_SEND);
		tries++;
	}
	g_assert_cmpuint (tries, ==, 5);
}

static void
test_retry_declined (void)
{
	g_autoptr (EapPeer) peer = answered (USER, "guess");
	g_auto (EapResult) ask = chap_input (peer, 10, RESULT_FAILURE, SLICE_LITERAL ("E=691 R=1 M=Wrong"));
	g_auto (EapResult) nod = { 0 };
	g_auto (EapResult) end = { 0 };

	g_assert_true (ask.ask_again);
	nod = eap_peer_decline (peer);
	rig_check_sent (&nod, 10, TYPE, SLICE_LITERAL ("\4"));
	end = rig_input (peer, FAILURE, 10, 0, SLICE_NONE);
	rig_check_failure (&end, STATUS_AUTH_REJECTED, "password is wrong; the gateway says: Wrong");
}

/* Without a password before there is nothing that could be wrong about it. */
static void
test_failure_first (void)
{
	guint8 type = TYPE;
	static const char *const said[] = { "E=691 R=1", "E=648 R=1 V=3", "E=647" };

	for (gsize i = 0; i < G_N_ELEMENTS (said); i++)
	{
		g_autoptr (EapPeer) peer = rig_new (USER, &type, 1);
		g_auto (EapResult) nod = chap_input (peer, 1, RESULT_FAILURE, slice_text (said[i]));

		rig_check_sent (&nod, 1, TYPE, SLICE_LITERAL ("\4"));
	}
}

#define EXPIRED "E=648 R=0 C=000102030405060708090A0B0C0D0E0F V=3 M=Password expired"

/* What a server does with the Change-Password packet (RFC 2759 section 7): it knows only the old hash. */
static void
check_change (Slice data, const char *old_password, const char *new_password)
{
	guint8 old_hash[16], new_hash[16], response[24], encrypted_hash[16], password_hash[16];
	guint8 challenge[16], block[516];
	Mschapv2Challenges challenges = { SLICE_LITERAL (USER), challenge, data.data + 4 + 516 + 16 };
	struct arcfour_ctx context;
	g_autofree char *text = NULL;
	gsize octets;

	for (guint8 i = 0; i < 16; i++)
		challenge[i] = i;
	g_assert_cmpuint (data.len, ==, 586);
	g_assert_cmpuint (data.data[0], ==, CHANGE);
	g_assert_cmpuint (data.data[1], ==, 11);
	g_assert_cmpuint ((gsize) data.data[2] << 8 | data.data[3], ==, 586);
	g_assert_cmpint (mschapv2_nt_hash (slice_text (old_password), old_hash), ==, STATUS_OK);
	memcpy (block, data.data + 4, sizeof block);
	arcfour_set_key (&context, 16, old_hash);
	arcfour_crypt (&context, sizeof block, block, block);
	octets = block[512] | (gsize) block[513] << 8 | (gsize) block[514] << 16 | (gsize) block[515] << 24;
	g_assert_cmpuint (octets, ==, 2 * strlen (new_password));
	text = g_convert ((const char *) block + 512 - octets, (gssize) octets, "UTF-8", "UTF-16LE", NULL, NULL, NULL);
	g_assert_cmpstr (text, ==, new_password);
	g_assert_cmpint (mschapv2_nt_hash (slice_text (text), new_hash), ==, STATUS_OK);
	mschapv2_encrypt_hash (old_hash, new_hash, encrypted_hash);
	memcpy (password_hash, data.data + 520, 16);
	g_assert_cmpmem (password_hash, 16, encrypted_hash, 16);
	g_assert_cmpint (mschapv2_nt_response (&challenges, new_hash, response), ==, STATUS_OK);
	g_assert_cmpmem (data.data + 4 + 516 + 16 + 16 + 8, 24, response, 24);
	g_assert_cmpmem (data.data + 584, 2, "\0\0", 2);
}

static char *
proof_of (const char *password)
{
	guint8 challenge[16], hash[16], response[24], proof[20];
	Mschapv2Challenges challenges = { SLICE_LITERAL (USER), challenge, rfc_peer };
	GString *text = g_string_new ("S=");

	for (guint8 i = 0; i < 16; i++)
		challenge[i] = i;
	g_assert_cmpint (mschapv2_nt_hash (slice_text (password), hash), ==, STATUS_OK);
	g_assert_cmpint (mschapv2_nt_response (&challenges, hash, response), ==, STATUS_OK);
	g_assert_cmpint (mschapv2_authenticator (&challenges, hash, response, proof), ==, STATUS_OK);
	for (guint i = 0; i < 20; i++)
		g_string_append_printf (text, "%02X", proof[i]);
	return g_string_free (text, FALSE);
}

static EapPeer *
expired (void)
{
	EapPeer *peer = answered (USER, "old");
	g_auto (EapResult) ask = chap_input (peer, 10, RESULT_FAILURE, SLICE_LITERAL (EXPIRED));

	g_assert_cmpint (ask.verdict, ==, EAP_ASK);
	g_assert_cmpint (ask.ask, ==, EAP_ASK_CODE);
	g_assert_false (ask.ask_again);
	g_assert_nonnull (strstr (ask.prompt, "expired"));
	return peer;
}

static void
test_change (void)
{
	g_autoptr (EapPeer) peer = expired ();
	g_autofree char *proof = proof_of ("brand new");
	g_auto (EapResult) again = eap_peer_answer (peer, SLICE_LITERAL ("brand new"));
	g_auto (EapResult) sent = { 0 };
	g_auto (EapResult) nod = { 0 };

	g_assert_cmpint (again.verdict, ==, EAP_ASK);
	g_assert_cmpint (again.ask, ==, EAP_ASK_CODE);
	sent = eap_peer_answer (peer, SLICE_LITERAL ("brand new"));
	check_change (rig_data (&sent), "old", "brand new");
	nod = chap_input (peer, 12, RESULT_SUCCESS, slice_text (proof));
	rig_check_sent (&nod, 12, TYPE, SLICE_LITERAL ("\3"));
	g_assert_cmpint (rig_verdict (peer, SUCCESS, 12, 0, SLICE_NONE), ==, EAP_SUCCESS);
	g_assert_cmpuint (eap_peer_msk (peer).len, ==, EAP_MSK_OCTETS);
}

static void
test_change_slip (void)
{
	g_autoptr (EapPeer) peer = expired ();
	g_auto (EapResult) second = eap_peer_answer (peer, SLICE_LITERAL ("brand new"));
	g_auto (EapResult) slip = eap_peer_answer (peer, SLICE_LITERAL ("brand mew"));
	g_auto (EapResult) third = { 0 };
	g_auto (EapResult) sent = { 0 };

	g_assert_cmpint (second.verdict, ==, EAP_ASK);
	g_assert_cmpint (slip.verdict, ==, EAP_ASK);
	g_assert_true (slip.ask_again);
	third = eap_peer_answer (peer, SLICE_LITERAL ("better"));
	sent = eap_peer_answer (peer, SLICE_LITERAL ("better"));
	g_assert_cmpint (third.verdict, ==, EAP_ASK);
	check_change (rig_data (&sent), "old", "better");
}

static void
test_change_empty (void)
{
	g_autoptr (EapPeer) peer = expired ();
	guint asked = 0;

	for (;;)
	{
		g_auto (EapResult) result = eap_peer_answer (peer, SLICE_NONE);

		if (result.verdict != EAP_ASK)
		{
			rig_check_sent (&result, 10, TYPE, SLICE_LITERAL ("\4"));
			break;
		}
		g_assert_cmpuint (++asked, <, 20);
	}
}

/* 709: not long enough, used before ... */
static void
test_change_refused (void)
{
	g_autoptr (EapPeer) peer = expired ();
	g_auto (EapResult) second = eap_peer_answer (peer, SLICE_LITERAL ("x"));
	g_auto (EapResult) sent = eap_peer_answer (peer, SLICE_LITERAL ("x"));
	g_auto (EapResult) nod = chap_input (peer, 12, RESULT_FAILURE, SLICE_LITERAL ("E=709 R=1 M=too short"));
	g_auto (EapResult) end = { 0 };

	g_assert_cmpuint (second.verdict, ==, EAP_ASK);
	g_assert_cmpint (sent.verdict, ==, EAP_SEND);
	rig_check_sent (&nod, 12, TYPE, SLICE_LITERAL ("\4"));
	end = rig_input (peer, FAILURE, 12, 0, SLICE_NONE);
	rig_check_failure (&end, STATUS_AUTH_REJECTED, "could not be changed; the gateway says: too short");
}

static void
test_change_declined (void)
{
	g_autoptr (EapPeer) peer = expired ();
	g_auto (EapResult) nod = eap_peer_decline (peer);
	g_auto (EapResult) end = { 0 };

	rig_check_sent (&nod, 10, TYPE, SLICE_LITERAL ("\4"));
	end = rig_input (peer, FAILURE, 10, 0, SLICE_NONE);
	rig_check_failure (&end, STATUS_AUTH_REJECTED, "expired");
}

static void
test_bad_passwords (void)
{
	static const char *const passwords[] = { "\xff", NULL };
	guint8 type = TYPE;
	guint8 challenge[17] = { 16 };
	g_autofree char *too_long = g_strnfill (257, 'a');

	for (guint i = 0; i < 2; i++)
	{
		g_autoptr (EapPeer) peer = rig_new (USER, &type, 1);
		g_auto (EapResult) ask = chap_input (peer, 9, CHALLENGE, SLICE_ARRAY (challenge));
		g_auto (EapResult) result = eap_peer_answer (peer, slice_text (passwords[i] != NULL ? passwords[i] : too_long));

		g_assert_cmpuint (ask.verdict, ==, EAP_ASK);
		rig_check_failure (&result, STATUS_AUTH_REJECTED, "UTF-8");
	}
}

/* Each packet of the server cut at each octet and with each wrong MS-Length, in the state it belongs to
 * (CVE-2025-62291). */
static void
check_damaged (gboolean after_answer, guint8 op, Slice rest)
{
	static const guint lengths[] = { 0, 1, 3, 4, 5, 255, 0x7fff, 0xffff };
	g_autoptr (GBytes) packet = chap_packet (op, 10, rest);
	Slice whole = slice_bytes (packet);
	guint8 type = TYPE;

	for (gsize cut = 0; cut < whole.len; cut++)
	{
		g_autoptr (EapPeer) peer = after_answer ? answered (USER, CLIENT_PASS) : rig_new (USER, &type, 1);
		g_auto (EapResult) result = rig_input (peer, REQUEST, 10, TYPE, slice (whole.data, cut));

		rig_check_failure (&result, STATUS_EAP_PROTOCOL, "wrong length");
	}
	for (gsize i = 0; i < G_N_ELEMENTS (lengths) + 2; i++)
	{
		g_autoptr (EapPeer) peer = after_answer ? answered (USER, CLIENT_PASS) : rig_new (USER, &type, 1);
		g_autofree guint8 *copy = g_memdup2 (whole.data, whole.len);
		guint length = i < G_N_ELEMENTS (lengths) ? lengths[i] : (guint) whole.len + (guint) (i & 1) * 2 - 1;

		copy[2] = (guint8) (length >> 8);
		copy[3] = (guint8) length;
		g_auto (EapResult) result = rig_input (peer, REQUEST, 10, TYPE, slice (copy, whole.len));
		if (length > whole.len || length < 4)
			rig_check_failure (&result, STATUS_EAP_PROTOCOL, "wrong length");
		g_assert_cmpint (result.verdict, !=, EAP_SUCCESS);
		if (length != whole.len - 1)
			g_assert_cmpuint (eap_peer_msk (peer).len, ==, 0);
	}
}

static void
test_damaged (void)
{
	guint8 challenge[17 + 4] = { 16 };

	check_damaged (FALSE, CHALLENGE, SLICE_ARRAY (challenge));
	check_damaged (TRUE, RESULT_SUCCESS, SLICE_LITERAL (PROOF " M=Welcome"));
	check_damaged (TRUE, RESULT_FAILURE, SLICE_LITERAL ("E=691 R=1 C=00112233445566778899AABBCCDDEEFF V=3 M=x"));
	check_damaged (TRUE, RESULT_FAILURE, SLICE_LITERAL (EXPIRED));
}

/* The text of a Failure cut everywhere: never more than its octets are read. */
static void
test_failure_text_cut (void)
{
	static const char text[] = "E=648 R=1 C=00112233445566778899AABBCCDDEEFF V=3 M=x";

	for (gsize cut = 0; cut < sizeof text; cut++)
	{
		g_autoptr (EapPeer) peer = answered (USER, CLIENT_PASS);
		g_auto (EapResult) result = chap_input (peer, 10, RESULT_FAILURE, slice (text, cut));

		g_assert_true (result.verdict == EAP_SEND || result.verdict == EAP_ASK);
	}
}

static void
test_challenge_lengths (void)
{
	guint8 type = TYPE;

	for (guint n = 0; n < 40; n++)
	{
		g_autoptr (EapPeer) peer = rig_new (USER, &type, 1);
		guint8 challenge[41] = { (guint8) n };
		g_auto (EapResult) result = chap_input (peer, 1, CHALLENGE, SLICE_ARRAY (challenge));

		if (n == 16)
			g_assert_cmpint (result.verdict, ==, EAP_ASK);
		else
			rig_check_failure (&result, STATUS_EAP_PROTOCOL, "wrong length");
	}
}

static void
test_opcodes (void)
{
	for (guint op = 0; op < 256; op++)
	{
		g_autoptr (EapPeer) peer = answered (USER, CLIENT_PASS);
		g_auto (EapResult) result = { 0 };

		if (op == RESULT_FAILURE)
			continue;
		result = chap_input (peer, 10, (guint8) op, SLICE_NONE);
		rig_check_failure (&result, STATUS_EAP_PROTOCOL, op == RESULT_SUCCESS ? "does not know" : "wrong moment");
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/eap/eap-mschapv2/success", test_success);
	g_test_add_func ("/eap/eap-mschapv2/domain", test_domain);
	g_test_add_func ("/eap/eap-mschapv2/wrong-proof", test_wrong_proof);
	g_test_add_func ("/eap/eap-mschapv2/early-success", test_early_success);
	g_test_add_func ("/eap/eap-mschapv2/refused", test_refused);
	g_test_add_func ("/eap/eap-mschapv2/success-after-refusal", test_success_after_refusal);
	g_test_add_func ("/eap/eap-mschapv2/retry", test_retry);
	g_test_add_func ("/eap/eap-mschapv2/retry-limit", test_retry_limit);
	g_test_add_func ("/eap/eap-mschapv2/retry-declined", test_retry_declined);
	g_test_add_func ("/eap/eap-mschapv2/failure-first", test_failure_first);
	g_test_add_func ("/eap/eap-mschapv2/change", test_change);
	g_test_add_func ("/eap/eap-mschapv2/change-slip", test_change_slip);
	g_test_add_func ("/eap/eap-mschapv2/change-empty", test_change_empty);
	g_test_add_func ("/eap/eap-mschapv2/change-refused", test_change_refused);
	g_test_add_func ("/eap/eap-mschapv2/change-declined", test_change_declined);
	g_test_add_func ("/eap/eap-mschapv2/bad-passwords", test_bad_passwords);
	g_test_add_func ("/eap/eap-mschapv2/damaged", test_damaged);
	g_test_add_func ("/eap/eap-mschapv2/failure-text-cut", test_failure_text_cut);
	g_test_add_func ("/eap/eap-mschapv2/challenge-lengths", test_challenge_lengths);
	g_test_add_func ("/eap/eap-mschapv2/opcodes", test_opcodes);
	return g_test_run ();
}
