/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a gateway may grant with the CHILD SA: addresses, networks, algorithms (RFC 7296 sections 2.9, 2.19, 3.15). */
#include "world.h"

static InetSelector
selector (const char *text)
{
	InetPrefix prefix;

	g_assert_true (inet_prefix_parse (text, &prefix));
	return inet_selector_prefix (&prefix);
}

static void
run (World *world)
{
	world_start (world);
	world_settle (world);
	world_run (world, WORLD_SECOND);
}

/* The gateway had the IKE SA up: it must hear that we leave. */
static void
check_refused (World *world, Status status)
{
	world_check_closed (world, status);
	g_assert_cmpuint (world->n_child_add + world->n_config, ==, 0);
	g_assert_true (world->gateway->deleted);
	g_assert_false (world_saw_state (world, IKE_STATE_ESTABLISHED));
}

/* -- Networks ---------------------------------------------------------------------------------------------------- */

static void
test_narrowed (void)
{
	g_autoptr (World) world = world_new (1);
	const IkeChild *child = &world->child.child;
	char text[INET_TEXT_OCTETS];

	world->gateway->tsr[0] = selector ("10.1.0.0/16");
	world->gateway->n_tsr = 1;
	run (world);
	world_check_established (world);
	g_assert_cmpstr (inet_selector_to_text (&child->remote[0], text), ==, "10.1.0.0/16");
	g_assert_cmpuint (child->n_local, ==, 2);
	g_assert_cmpstr (inet_selector_to_text (&child->local[0], text), ==, "10.9.0.7/32");
}

static void
test_not_narrowed (void)
{
	g_autoptr (World) world = world_new (2);

	world->gateway->narrow = FALSE;
	run (world);
	world_check_established (world);
	g_assert_cmpuint (world->child.child.n_local, ==, 2);
}

/* More than was asked for, in each of the ways to be more. */
static void
test_not_within (void)
{
	static const char *const granted[] = { "0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/15", "192.168.0.0/24", "fd00::/8" };

	for (gsize i = 0; i < G_N_ELEMENTS (granted); i++)
	{
		g_autoptr (World) world = world_new (10 + (guint32) i);

		world_by (world, i % 2 == 0 ? IKE_AUTH_BY_PSK : IKE_AUTH_BY_EAP);
		world->remote[0] = selector ("10.1.0.0/16");
		world->n_remote = 1;
		world->gateway->tsr[0] = selector (granted[i]);
		world->gateway->n_tsr = 1;
		run (world);
		check_refused (world, STATUS_TS_UNACCEPTABLE);
		g_assert_nonnull (world->detail);
	}
}

typedef enum
{
	EDIT_NO_TSI,
	EDIT_NO_TSR,
	EDIT_EMPTY_TSR,
	EDIT_TSI_FOREIGN,
	EDIT_SPI_ZERO,
	EDIT_SPI_SHORT,
	EDIT_ENCR_NOT_OFFERED,
	EDIT_NUMBER,
	EDIT_PROTOCOL,
	EDIT_TWO_PROPOSALS,
	EDIT_EXTRA_KE,
	EDIT_NO_SA,
	EDIT_CP_SET,
	EDIT_NO_CP,
	EDIT_COUNT,
} Edit;

static const struct
{
	Status status;
	gboolean is_syntax; /* the schema or the codec may see it first: any end will do */
} edit_results[EDIT_COUNT] = {
	[EDIT_NO_TSI] = { STATUS_MISSING_PAYLOAD, TRUE },
	[EDIT_NO_TSR] = { STATUS_MISSING_PAYLOAD, TRUE },
	[EDIT_EMPTY_TSR] = { STATUS_TS_UNACCEPTABLE, TRUE },
	[EDIT_TSI_FOREIGN] = { STATUS_TS_UNACCEPTABLE, FALSE },
	[EDIT_SPI_ZERO] = { STATUS_NO_PROPOSAL, FALSE },
	[EDIT_SPI_SHORT] = { STATUS_NO_PROPOSAL, TRUE },
	[EDIT_ENCR_NOT_OFFERED] = { STATUS_NO_PROPOSAL, FALSE },
	[EDIT_NUMBER] = { STATUS_NO_PROPOSAL, FALSE },
	[EDIT_PROTOCOL] = { STATUS_NO_PROPOSAL, FALSE },
	[EDIT_TWO_PROPOSALS] = { STATUS_NO_PROPOSAL, TRUE },
	[EDIT_EXTRA_KE] = { STATUS_NO_PROPOSAL, FALSE },
	[EDIT_NO_SA] = { STATUS_MISSING_PAYLOAD, TRUE },
	[EDIT_CP_SET] = { STATUS_NO_ADDRESS, FALSE },
	[EDIT_NO_CP] = { STATUS_NO_ADDRESS, FALSE },
};

static void
edit_child (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	Edit *edit = data;
	IkePayload *payload = gateway_reply_find (reply, IKE_PAYLOAD_SA);
	IkeProposal *two;

	if (reply->header.exchange != IKE_EXCHANGE_AUTH || payload == NULL)
		return;
	switch (*edit)
	{
	case EDIT_NO_TSI:
		gateway_reply_remove (reply, IKE_PAYLOAD_TSI);
		break;
	case EDIT_NO_TSR:
		gateway_reply_remove (reply, IKE_PAYLOAD_TSR);
		break;
	case EDIT_EMPTY_TSR:
		gateway_reply_find (reply, IKE_PAYLOAD_TSR)->ts.n_selectors = 0;
		break;
	case EDIT_TSI_FOREIGN:
		gateway_reply_find (reply, IKE_PAYLOAD_TSI)->ts.selectors[0].range.first.family = INET_V4;
		gateway_reply_find (reply, IKE_PAYLOAD_TSI)->ts.selectors[0] = selector ("203.0.113.0/24");
		break;
	case EDIT_SPI_ZERO:
		memset (payload->sa.proposals[0].spi, 0, 4);
		break;
	case EDIT_SPI_SHORT:
		payload->sa.proposals[0].spi_octets = 0;
		break;
	case EDIT_ENCR_NOT_OFFERED:
		payload->sa.proposals[0].transforms[0].id = IKE_ENCR_CAMELLIA_CBC;
		break;
	case EDIT_NUMBER:
		payload->sa.proposals[0].number = 3;
		break;
	case EDIT_PROTOCOL:
		payload->sa.proposals[0].protocol = IKE_PROTOCOL_AH;
		break;
	case EDIT_TWO_PROPOSALS:
		two = g_new0 (IkeProposal, 2);
		two[0] = two[1] = payload->sa.proposals[0];
		two[1].number++;
		gateway_reply_keep (reply, g_bytes_new_take (two, 2 * sizeof *two));
		payload->sa.proposals = two;
		payload->sa.n_proposals = 2;
		break;
	case EDIT_EXTRA_KE:
		payload->sa.proposals[0].transforms[payload->sa.proposals[0].n_transforms++] =
		    (IkeTransform){ IKE_TRANSFORM_KE, IKE_KE_ECP_256, 0 };
		break;
	case EDIT_NO_SA:
		gateway_reply_remove (reply, IKE_PAYLOAD_SA);
		break;
	case EDIT_CP_SET:
		gateway_reply_find (reply, IKE_PAYLOAD_CP)->cp.cfg_type = IKE_CFG_SET;
		break;
	case EDIT_NO_CP:
		gateway_reply_remove (reply, IKE_PAYLOAD_CP);
		break;
	case EDIT_COUNT:
		break;
	}
}

static void
test_grants_refused (void)
{
	for (guint by = 0; by < 2; by++)
		for (guint i = 0; i < EDIT_COUNT; i++)
		{
			g_autoptr (World) world = world_new (30 + 20 * by + i);
			Edit edit = (Edit) i;

			g_test_message ("%s, edit %u", by == 0 ? "psk" : "eap", i);
			/* One family of ours only, so that a foreign address of the other is seen too. */
			world_by (world, by == 0 ? IKE_AUTH_BY_PSK : IKE_AUTH_BY_EAP);
			if (edit == EDIT_TSI_FOREIGN)
			{
				world->no_address = TRUE;
				world->remote[0] = selector ("10.1.0.0/16");
				world->n_remote = 1;
				world->gateway->tsr[0] = selector ("10.1.0.0/16");
				world->gateway->n_tsr = 1;
			}
			world->gateway->edit = edit_child;
			world->gateway->edit_data = &edit;
			run (world);
			if (!edit_results[i].is_syntax)
				check_refused (world, edit_results[i].status);
			g_assert_cmpuint (world->n_closed, ==, 1);
			g_assert_cmpuint (world->n_child_add, ==, 0);
			/* One way or the other the gateway learns that this SA is over. */
			g_assert_true (world->gateway->deleted || world->gateway->told == IKE_NOTIFY_AUTHENTICATION_FAILED);
		}
}

/* A gateway without pool, and a profile that asks for no address: our own outer address is the selector. */
static void
test_no_address_wanted (void)
{
	g_autoptr (World) world = world_new (80);
	char text[INET_TEXT_OCTETS];

	world->no_address = TRUE;
	world->remote[0] = selector ("10.1.0.0/16");
	world->n_remote = 1;
	world->gateway->tsr[0] = selector ("10.1.0.0/16");
	world->gateway->n_tsr = 1;
	run (world);
	world_check_established (world);
	g_assert_cmpuint (world->child.child.n_local, ==, 1);
	g_assert_cmpstr (inet_selector_to_text (&world->child.child.local[0], text), ==, "192.0.2.10/32");
	g_assert_cmpuint (world->config.configuration.n_addresses, ==, 0);
}

/* -- Addresses --------------------------------------------------------------------------------------------------- */

static void
test_configuration (void)
{
	g_autoptr (World) world = world_new (90);
	const IkeConfiguration *configuration = &world->config.configuration;
	char text[INET_TEXT_OCTETS];

	run (world);
	world_check_established (world);
	g_assert_cmpuint (configuration->n_addresses, ==, 2);
	g_assert_cmpstr (inet_prefix_to_text (&configuration->addresses[0], text), ==, "10.9.0.7/32");
	g_assert_cmpstr (inet_prefix_to_text (&configuration->addresses[1], text), ==, "fd00:9::7/128");
	g_assert_cmpuint (configuration->n_dns, ==, 1);
	g_assert_cmpstr (inet_address_to_text (&configuration->dns[0], text), ==, "10.9.0.1");
}

/* One family is enough. */
static void
test_one_family (void)
{
	for (guint i = 0; i < 2; i++)
	{
		g_autoptr (World) world = world_new (91 + i);

		if (i == 0)
			world->gateway->address6 = NULL;
		else
			world->gateway->address4 = NULL;
		run (world);
		world_check_established (world);
		g_assert_cmpuint (world->config.configuration.n_addresses, ==, 1);
	}
}

static void
test_empty_pool (void)
{
	g_autoptr (World) world = world_new (95);

	world->gateway->address4 = world->gateway->address6 = NULL;
	world->gateway->narrow = FALSE;
	run (world);
	check_refused (world, STATUS_NO_ADDRESS);
}

static void
edit_cp (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, gpointer data)
{
	static const guint8 values[][17] = {
		{ 127, 0, 0, 1 }, { 169, 254, 1, 1 },     { 224, 0, 0, 1 },
		{ 0, 0, 0, 0 },   { 255, 255, 255, 255 }, { 198, 51, 100, 1 }, /* the gateway itself */
	};
	static const guint8 loopback6[17] = { [15] = 1, [16] = 128 };
	static const guint8 hole[8] = { 10, 0, 0, 0, 255, 0, 255, 0 };
	static const guint8 loop_net[8] = { 127, 0, 0, 0, 255, 0, 0, 0 };
	static const guint8 bits[17] = { 0xfd, [16] = 129 };
	static const char *const domains[] = {
		"", ".", "a..b", "-a", "a-", "a b", "<b>", "a\nb", "\xff", "co\x1b[0m", "_x"
	};
	IkePayload *cp = gateway_reply_find (reply, IKE_PAYLOAD_CP);
	IkeCpAttribute *at;

	if (cp == NULL)
		return;
	at = cp->cp.attributes + cp->cp.n_attributes;
	for (gsize i = 0; i < G_N_ELEMENTS (values); i++)
	{
		*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_IP4_ADDRESS, slice (values[i], 4) };
		*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_IP4_DNS, slice (values[i], 4) };
		*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_IP4_ADDRESS, slice (values[i], 3) };
	}
	*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_IP6_ADDRESS, SLICE_ARRAY (loopback6) };
	*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_IP4_SUBNET, SLICE_ARRAY (hole) };
	*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_IP4_SUBNET, SLICE_ARRAY (loop_net) };
	*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_IP4_SUBNET, slice (hole, 7) };
	*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_IP6_SUBNET, SLICE_ARRAY (bits) };
	*at++ = (IkeCpAttribute){ 30000, SLICE_ARRAY (hole) };
	for (gsize i = 0; i < G_N_ELEMENTS (domains); i++)
		*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_DNS_DOMAIN, slice_text (domains[i]) };
	*at++ = (IkeCpAttribute){ IKE_CP_INTERNAL_DNS_DOMAIN, SLICE_LITERAL ("Corp.Example.") };
	cp->cp.n_attributes = (guint8) (at - cp->cp.attributes);
}

/* None of the rubbish gets through, all of the rest does. */
static void
test_cp_rubbish (void)
{
	g_autoptr (World) world = world_new (96);
	const IkeConfiguration *configuration = &world->config.configuration;

	world->gateway->edit = edit_cp;
	run (world);
	world_check_established (world);
	g_assert_cmpuint (configuration->n_addresses, ==, 2);
	g_assert_cmpuint (configuration->n_dns, ==, 1);
	g_assert_cmpuint (configuration->n_subnets, ==, 0);
	g_assert_cmpuint (configuration->n_domains, ==, 1);
	g_assert_cmpint (g_ascii_strcasecmp (configuration->domains[0], "corp.example"), ==, 0);
}

/* A family that was not asked for is none of ours. */
static void
test_family_not_asked (void)
{
	g_autoptr (World) world = world_new (97);

	world->no_ipv6 = TRUE;
	world->gateway->narrow = FALSE;
	world->gateway->n_tsr = 1;
	world->n_remote = 1;
	run (world);
	world_check_established (world);
	g_assert_cmpuint (world->config.configuration.n_addresses, ==, 1);
	g_assert_cmpuint (world->config.configuration.addresses[0].address.family, ==, INET_V4);
}

int
main (int argc, char **argv)
{
	int result;

	g_test_init (&argc, &argv, NULL);
	g_test_add_func ("/session/child/narrowed", test_narrowed);
	g_test_add_func ("/session/child/not-narrowed", test_not_narrowed);
	g_test_add_func ("/session/child/not-within", test_not_within);
	g_test_add_func ("/session/child/grants-refused", test_grants_refused);
	g_test_add_func ("/session/child/no-address-wanted", test_no_address_wanted);
	g_test_add_func ("/session/child/configuration", test_configuration);
	g_test_add_func ("/session/child/one-family", test_one_family);
	g_test_add_func ("/session/child/empty-pool", test_empty_pool);
	g_test_add_func ("/session/child/cp-rubbish", test_cp_rubbish);
	g_test_add_func ("/session/child/family-not-asked", test_family_not_asked);
	result = g_test_run ();
	test_keys_free ();
	return result;
}
