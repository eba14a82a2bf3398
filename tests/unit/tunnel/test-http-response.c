/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of servers of CRLs and OCSP, as a stranger may send them. */
#include "tunnel/http-response.h"

#include <glib.h>

static const struct
{
	const char *response;
	const char *body; /* NULL: refused */
} cases[] = {
	{ "HTTP/1.0 200 OK\r\n\r\nbody", "body" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: y\r\n\r\nbody", "body" },
	{ "HTTP/1.1 200\r\ncontent-length:4\r\n\r\nbody", "body" },
	{ "HTTP/1.0 200 OK\n\nbody", "body" },
	{ "HTTP/1.0 200 OK\r\n\r\n\r\n\r\n", "\r\n\r\n" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nbody", NULL },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbody", NULL },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nbody", NULL },
	{ "HTTP/1.1 200 OK\r\nContent-Length: -4\r\n\r\nbody", NULL },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nbody", NULL },
	{ "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\nbody", NULL },
	{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", NULL },
	{ "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\nbody", NULL },
	{ "HTTP/1.1 404 Not Found\r\n\r\nbody", NULL },
	{ "HTTP/1.1 2000 OK\r\n\r\nbody", NULL },
	{ "HTTP/2.0 200 OK\r\n\r\nbody", NULL },
	{ "ICY 200 OK\r\n\r\nbody", NULL },
	{ "HTTP/1.0 200 OK\r\n\r\n", NULL },
	{ "HTTP/1.0 200 OK\r\nX: y\r\n", NULL },
	{ "HTTP/1.0 200 OK", NULL },
	{ "", NULL },
	{ "\n", NULL },
	{ "\r\n\r\n", NULL },
};

static void
test_cases (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		Slice body = SLICE_NONE;
		gboolean good = http_response_body (slice_text (cases[i].response), &body);

		g_test_message ("case %u", i);
		g_assert_cmpint (good, ==, cases[i].body != NULL);
		if (good)
			g_assert_true (slice_equal (body, slice_text (cases[i].body)));
	}
}

/* Each prefix of each, in memory of exactly its size. */
static void
test_cut (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
		for (gsize len = 0; len < strlen (cases[i].response); len++)
		{
			g_autofree guint8 *cut = g_memdup2 (cases[i].response, len);
			Slice body = SLICE_NONE;

			if (http_response_body (slice (cut, len), &body))
				g_assert_true (body.data >= cut && body.data + body.len == cut + len);
		}
}

static void
test_large_header (void)
{
	GString *text = g_string_new ("HTTP/1.0 200 OK\r\n");
	Slice body;

	for (guint i = 0; i < 2000; i++)
		g_string_append (text, "X: y\r\n");
	g_string_append (text, "\r\nbody");
	g_assert_false (http_response_body (slice (text->str, text->len), &body));
	g_string_free (text, TRUE);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/tunnel/http-response/cases", test_cases);
	g_test_add_func ("/tunnel/http-response/cut", test_cut);
	g_test_add_func ("/tunnel/http-response/large-header", test_large_header);
	return g_test_run ();
}
