/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What godwitd is ready to fetch for a worker, which may be an attacker's. The way itself: tests/netns/test-revocation. */
#include "fetch.h"

static void
check (const char *url, const char *body, const char *host, guint16 port, const char *wanted)
{
	g_autofree char *got_host = NULL;
	guint16 got_port = 0;
	g_autoptr (GBytes) request = fetch_request (url, slice_text (body), &got_host, &got_port);

	g_test_message ("%s", url);
	if (wanted == NULL)
	{
		g_assert_null (request);
		return;
	}
	g_assert_nonnull (request);
	g_assert_cmpstr (got_host, ==, host);
	g_assert_cmpuint (got_port, ==, port);
	g_assert_true (slice_equal (slice_bytes (request), slice_text (wanted)));
}

#define FIELDS(host) "Host: " host "\r\nUser-Agent: godwit\r\nConnection: close\r\n"

static void
test_requests (void)
{
	static const char *const bad[] = {
		"https://a/",
		"file:///etc/passwd",
		"HTTP://a/",
		"http://",
		"http:///x",
		"http://a:22/",
		"http://a:443/",
		"http://a:0/",
		"http://a:70000/",
		"http://a:x/",
		"http://u@a/",
		"http://a/\r\nX: y",
		"http://a/ b",
		"http://a/#x",
		"http://[::1",
		"http://[a]/",
		"http://a\x01/",
		"http://a/\xc3\xa4",
		"http://a%20b/",
		"http://[::1]x/",
		"//a/",
		"",
		"http://a:80:80/",
		"http://a:+80/",
		"ftp://a/",
	};

	check ("http://ca.example/list.crl", "", "ca.example", 80,
	       "GET /list.crl HTTP/1.0\r\n" FIELDS ("ca.example") "\r\n");
	check ("http://ca.example", "", "ca.example", 80, "GET / HTTP/1.0\r\n" FIELDS ("ca.example") "\r\n");
	check ("http://ca.example?x=1", "", "ca.example", 80, "GET /?x=1 HTTP/1.0\r\n" FIELDS ("ca.example") "\r\n");
	check ("http://192.0.2.1:8080/a/b", "", "192.0.2.1", 8080,
	       "GET /a/b HTTP/1.0\r\n" FIELDS ("192.0.2.1:8080") "\r\n");
	check ("http://[2001:db8::1]/x", "", "2001:db8::1", 80, "GET /x HTTP/1.0\r\n" FIELDS ("[2001:db8::1]") "\r\n");
	check ("http://o.example/", "request", "o.example", 80,
	       "POST / HTTP/1.0\r\n" FIELDS (
	           "o.example") "Content-Type: application/ocsp-request\r\nContent-Length: 7\r\n\r\nrequest");
	for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
		check (bad[i], "", NULL, 0, NULL);
}

static void
test_addresses (void)
{
	static const struct
	{
		const char *text;
		gboolean good;
	} cases[] = {
		{ "192.0.2.1", TRUE },
		{ "10.1.2.3", TRUE },
		{ "2001:db8::1", TRUE },
		{ "127.0.0.1", FALSE },
		{ "127.8.8.8", FALSE },
		{ "0.0.0.0", FALSE },
		{ "169.254.1.1", FALSE },
		{ "224.0.0.1", FALSE },
		{ "::1", FALSE },
		{ "::", FALSE },
		{ "fe80::1", FALSE },
		{ "ff02::1", FALSE },
		{ "::ffff:127.0.0.1", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
	{
		g_autoptr (GInetAddress) address = g_inet_address_new_from_string (cases[i].text);

		g_test_message ("%s", cases[i].text);
		g_assert_cmpint (fetch_address_good (address), ==, cases[i].good);
	}
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/daemon/fetch/requests", test_requests);
	g_test_add_func ("/daemon/fetch/addresses", test_addresses);
	return g_test_run ();
}
