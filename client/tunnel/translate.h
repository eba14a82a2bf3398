/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: values of D-Bus and profiles as values of ike/ and esp/, and back. Pure: no state, no descriptor, no clock.
 * Must not know: when anything happens.
 */
#pragma once

#include <gio/gio.h>

#include "datapath/datapath.h"
#include "ike/ike.h"
#include "profile/profile.h"

/* RFC 7296 section 3.7 sets no limit, but some gateways cannot take more than a few hashes. */
#define TRANSLATE_MAX_CERTREQ 8
#define TRANSLATE_MAX_METHODS 8
#define TRANSLATE_MAX_INNER 8

#define TUNNEL_ERROR tunnel_error_quark ()
GQuark tunnel_error_quark (void);

/* On D-Bus: net.godwit.Tunnel1.Error.InvalidArgument ... */
typedef enum
{
	TUNNEL_ERROR_INVALID_ARGUMENT,
	TUNNEL_ERROR_INVALID_PROFILE,
	TUNNEL_ERROR_BUSY,
	TUNNEL_ERROR_FAILED,
} TunnelError;

/* What Start wants, with everything that .ike borrows. */
typedef struct
{
	IkeProfile ike;
	gboolean system_anchors;
	Profile *profile;
	X509Anchors *anchors;     /* NULL with PSK */
	X509Anchors *eap_anchors; /* NULL: those of the gateway */
	gboolean eap_system_anchors;
	IkeIdentity eap_server;
	GArray *remote;          /* of InetSelector */
	GPtrArray *certificates; /* of GBytes */
	GByteArray *certreq;
	GArray *key_schemes; /* of SigScheme */
	guint8 methods[TRANSLATE_MAX_METHODS];
	EapInner inner[TRANSLATE_MAX_INNER];
	IkePath paths[IKE_MAX_PATHS];
	gsize n_paths;
	gsize n_sockets; /* that a path may name */
} Order;

/**
 * order_new:
 * @settings, @paths, @options: as Start has them;  @n_sockets: how many sockets came along;  @anchors: PEM, may be empty
 * Errors: TUNNEL_ERROR_INVALID_ARGUMENT, TUNNEL_ERROR_INVALID_PROFILE
 */
Order *order_new (GVariant *settings, GVariant *paths, gsize n_sockets, Slice anchors, GVariant *options,
                  GError **error);
/* The ways to the gateway, in place of those there were. Errors: TUNNEL_ERROR_INVALID_ARGUMENT, then nothing has changed */
gboolean order_set_paths (Order *order, GVariant *paths, gsize n_sockets, GError **error);
void order_free (Order *order);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Order, order_free)

/* The @ret_parameters borrow from @child. */
void translate_child (const IkeChild *child, EspParameters *ret_in, EspParameters *ret_out);

/* Floating, of the types that net.godwit.Tunnel1.xml says. */
GVariant *translate_selectors (const InetSelector *selectors, gsize n);
GVariant *translate_child_details (const IkeChild *child);
GVariant *translate_configuration (const IkeConfiguration *configuration);
GVariant *translate_facts (const IkeFacts *facts);
GVariant *translate_ask (const IkeEffect *ask);
GVariant *translate_sa_counters (const DatapathSaCounters *counters); /* a{st} */
GVariant *translate_datapath_counters (const DatapathCounters *counters, const DatapathFacts *facts);

const char *translate_state (IkeState state); /* NULL: not told to godwitd */
const char *translate_ask_kind (IkeAskKind kind);
