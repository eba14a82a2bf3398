/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cli.h"

/* desktop conventions: what a script can tell apart. Names, not numbers, so that no row moves when the list grows. */
static const struct
{
	const char *name;
	CliExit code;
} rows[] = {
	{ "ok", CLI_OK },
	{ "user-closed", CLI_OK },
	{ "internal", CLI_OTHER },
	{ "no-memory", CLI_OTHER },
	{ "worker-died", CLI_OTHER },
	{ "owner-vanished", CLI_OTHER },
	{ "invalid-profile", CLI_USAGE },
	{ "no-answer", CLI_NO_ANSWER },
	{ "auth-rejected", CLI_REJECTED },
	{ "eap-method", CLI_REJECTED },
	{ "secret-wrong", CLI_REJECTED },
	{ "token-locked", CLI_REJECTED },
	{ "gateway-identity", CLI_UNTRUSTED },
	{ "gateway-chain", CLI_UNTRUSTED },
	{ "gateway-name", CLI_UNTRUSTED },
	{ "gateway-validity", CLI_UNTRUSTED },
	{ "gateway-key-usage", CLI_UNTRUSTED },
	{ "gateway-revoked", CLI_UNTRUSTED },
	{ "gateway-unproven", CLI_UNTRUSTED },
	{ "gateway-auth", CLI_UNTRUSTED },
	{ "secret-needed", CLI_SECRET_NEEDED },
	{ "secret-cancelled", CLI_SECRET_NEEDED },
	{ "secret-timeout", CLI_SECRET_NEEDED },
	{ "not-authorized", CLI_NOT_AUTHORIZED },
	{ "name-not-found", CLI_CONNECT_FAILED },
	{ "unreachable", CLI_CONNECT_FAILED },
	{ "no-proposal", CLI_CONNECT_FAILED },
	{ "no-address", CLI_CONNECT_FAILED },
	{ "ts-unacceptable", CLI_CONNECT_FAILED },
	{ "gateway-error", CLI_CONNECT_FAILED },
	{ "gateway-closed", CLI_CONNECT_FAILED },
	{ "gateway-lost", CLI_CONNECT_FAILED },
	{ "expired", CLI_CONNECT_FAILED },
	{ "host-config", CLI_CONNECT_FAILED },
	{ "bad-version", CLI_CONNECT_FAILED },
	{ "token-missing", CLI_CONNECT_FAILED },
};

static void
test_named (void)
{
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
	{
		Status status;

		g_assert_true (status_from_name (rows[i].name, &status));
		g_assert_cmpint (cli_exit_for_status (status), ==, rows[i].code);
	}
}

/* No reason gives a code that a script would take for something else: only these two are success, none is an interrupt. */
static void
test_all (void)
{
	for (guint i = 0; i < STATUS_COUNT; i++)
	{
		CliExit code = cli_exit_for_status ((Status) i);

		g_assert_true ((code == CLI_OK) == (i == STATUS_OK || i == STATUS_USER_CLOSED));
		g_assert_cmpint (code, <=, CLI_NOT_AUTHORIZED);
		g_assert_cmpint (code, !=, CLI_NO_DAEMON);
	}
	g_assert_cmpint (cli_exit_for_status ((Status) STATUS_COUNT), ==, CLI_CONNECT_FAILED);
}

int
main (int argc, char **argv)
{
	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/cli/exit/named", test_named);
	g_test_add_func ("/cli/exit/all", test_all);
	return g_test_run ();
}
