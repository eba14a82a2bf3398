/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: what the worker says of addresses, DNS and selectors, checked again and turned into what the host shall have.
 * Must not know: how the host is changed. Pure values.
 */
#pragma once

#include "hostnet/hostnet.h"
#include "profile/profile.h"

typedef struct
{
	GArray *addresses;  /* of InetPrefix */
	GArray *routes;     /* of InetPrefix */
	GArray *dns;        /* of InetAddress */
	GPtrArray *domains; /* of char *, NULL-terminated */
	gboolean full_v4, full_v6;
} HostPlan;

void host_plan_init (HostPlan *plan);
void host_plan_clear (HostPlan *plan);

/* @configuration: the worker's Config. Values that no host can have are left out. */
void host_plan_take_config (HostPlan *plan, GVariant *configuration, gboolean with_dns);

/* @selectors: a(yqqss) of a ChildAdded, the gateway's side: what goes through the tunnel. Returns: whether that is new. */
gboolean host_plan_take_selectors (HostPlan *plan, GVariant *selectors);

/* @plan is borrowed by @ret_config. */
void host_plan_config (HostPlan *plan, const Profile *profile, guint mtu, HostnetConfig *ret_config);

/* a(su), as */
GVariant *host_plan_prefixes (const GArray *prefixes);
GVariant *host_plan_dns (const HostPlan *plan);
