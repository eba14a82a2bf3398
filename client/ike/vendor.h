/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Owns: the vendor IDs that tell what a gateway is. Must not know: anything that would make us act on them. */
#pragma once

#include "message.h"

/* The product of the first vendor ID we know, or NULL. */
const char *ike_vendor_name (const IkeMessage *message);
