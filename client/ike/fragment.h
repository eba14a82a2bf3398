/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: putting the opened fragments of one message together (RFC 7383 section 2.6). Inside client/ike/ only.
 * Must not know: keys; everything that comes here was authenticated.
 */
#pragma once

#include "protect.h"

/* The four octets that SKF has behind its generic header. */
typedef struct
{
	guint16 number; /* 1 ... total */
	guint16 total;
} IkeFragmentHeader;

#define IKE_FRAGMENT_HEADER_OCTETS ((gsize) 4)

/* FALSE: no fragment of ours (0, number above total, more than IKE_MAX_FRAGMENTS). */
gboolean ike_fragment_header_valid (const IkeFragmentHeader *fragment);

typedef enum
{
	IKE_FRAGMENT_STORED,    /* or there already; others are missing */
	IKE_FRAGMENT_COMPLETE,  /* *ret_whole, *ret_first are set, the reassembly is empty again */
	IKE_FRAGMENT_STALE,     /* of an earlier, finer or coarser, division that was given up */
	IKE_FRAGMENT_TOO_LARGE, /* over 64 KiB together, or no memory; the reassembly is empty again */
} IkeFragmentVerdict;

/**
 * ike_reassembly_add:
 * @first_payload: Next Payload of the SKF; only that of fragment 1 counts
 * @part: decrypted, without padding; may be empty
 * @ret_whole: wiped when its last reference goes
 */
IkeFragmentVerdict ike_reassembly_add (IkeReassembly *reassembly, const IkeHeader *header,
                                       const IkeFragmentHeader *fragment, guint8 first_payload, Slice part,
                                       GBytes **ret_whole, guint8 *ret_first);
