/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the scripted gateway's side of CREATE_CHILD_SA and DELETE, both ways, with the rules of RFC 7296 sections 2.8 and 2.25
 * for collisions. Must not know: the session.
 */
#pragma once

#include "gateway.h"

/* The child of IKE_AUTH, from .child_keys. */
void gateway_child_first (Gateway *gateway, GatewaySa *sa, const IkePayload *tsi, const IkePayload *tsr);
/* Requests of the client. */
void gateway_child_create (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GatewayReply *reply);
void gateway_child_delete (Gateway *gateway, GatewaySa *sa, const IkePayload *del, GatewayReply *reply);
/* A response of the client. */
void gateway_child_answered (Gateway *gateway, GatewaySa *sa, const IkeMessage *message, GPtrArray *datagrams);
/* Sends what it wishes and may. */
void gateway_child_next (Gateway *gateway, GPtrArray *datagrams);
/* Sends again what was not answered. */
void gateway_child_again (Gateway *gateway, GPtrArray *datagrams);
gboolean gateway_child_busy (const Gateway *gateway);
void gateway_child_work_clear (GatewayWork *work);
guint gateway_children_alive (const Gateway *gateway);

/* gateway.c */
Status gateway_rand_fill (gpointer state, guint8 *data, gsize octets);
GatewayReply *gateway_reply_new (const IkeHeader *request);
void gateway_reply_free (GatewayReply *reply);
IkeProposal *gateway_proposal_new (GatewayReply *reply, guint8 number, guint8 protocol);
void gateway_choose (IkeProposal *proposal, guint8 type, guint16 id, guint16 bits);
void gateway_add_sa (GatewayReply *reply, IkeProposal *proposal);
gboolean gateway_offered (const IkePayload *sa, guint8 number, guint8 type, guint16 id, guint16 bits);
void gateway_send_reply (Gateway *gateway, GatewaySa *sa, GatewayReply *reply, GPtrArray *answers);
