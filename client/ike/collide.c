/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway asks while a request of ours is on its way (RFC 7296 section 2.25). One row a pair; a pair without a row
 * goes on as if nothing of ours were under way. */
#include "session.h"

typedef enum
{
	ABOUT_ANY,
	ABOUT_SAME, /* the child that ours is about */
} About;

static const struct
{
	IkeAsked asked;
	IkeWork ours;
	About about;
	IkeCollide answer;
} rows[] = {
	/* Section 2.25.1: CHILD SAs. */
	{ IKE_ASKED_REKEY_CHILD, IKE_WORK_REKEY_CHILD, ABOUT_SAME, IKE_COLLIDE_RIVAL },
	{ IKE_ASKED_REKEY_CHILD, IKE_WORK_DELETE_CHILD, ABOUT_SAME, IKE_COLLIDE_LATER },
	{ IKE_ASKED_REKEY_CHILD, IKE_WORK_REKEY_IKE, ABOUT_ANY, IKE_COLLIDE_LATER },
	{ IKE_ASKED_REKEY_CHILD, IKE_WORK_DELETE_IKE, ABOUT_ANY, IKE_COLLIDE_LATER },
	{ IKE_ASKED_NEW_CHILD, IKE_WORK_REKEY_IKE, ABOUT_ANY, IKE_COLLIDE_LATER },
	{ IKE_ASKED_NEW_CHILD, IKE_WORK_DELETE_IKE, ABOUT_ANY, IKE_COLLIDE_LATER },
	{ IKE_ASKED_DELETE_CHILD, IKE_WORK_DELETE_CHILD, ABOUT_SAME, IKE_COLLIDE_EMPTY },
	/* Section 2.25.2: IKE SAs. */
	{ IKE_ASKED_REKEY_IKE, IKE_WORK_REKEY_IKE, ABOUT_ANY, IKE_COLLIDE_RIVAL },
	{ IKE_ASKED_REKEY_IKE, IKE_WORK_NEW_CHILD, ABOUT_ANY, IKE_COLLIDE_LATER },
	{ IKE_ASKED_REKEY_IKE, IKE_WORK_REKEY_CHILD, ABOUT_ANY, IKE_COLLIDE_LATER },
	{ IKE_ASKED_REKEY_IKE, IKE_WORK_DELETE_CHILD, ABOUT_ANY, IKE_COLLIDE_LATER },
	{ IKE_ASKED_REKEY_IKE, IKE_WORK_DELETE_IKE, ABOUT_ANY, IKE_COLLIDE_LATER },
};

IkeCollide
ike_collide (const IkeSession *s, const IkeSa *sa, IkeAsked asked, guint32 child)
{
	IkeWork ours = sa->request.active ? sa->work : IKE_WORK_NONE;

	/* On an IKE SA that has been replaced, or that the session is leaving, nothing new begins. */
	if ((sa->replaced || s->phase == IKE_PHASE_DELETE) && asked < IKE_ASKED_DELETE_CHILD)
		return IKE_COLLIDE_LATER;
	for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
		if (rows[i].asked == asked && rows[i].ours == ours && (rows[i].about == ABOUT_ANY || child == sa->work_child))
			return rows[i].answer;
	return IKE_COLLIDE_GO_ON;
}
