/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns: the numbers of the wire under the names of their registries: IKE_EXCHANGE_SA_INIT, IKE_NOTIFY_COOKIE, ...
 * Every one is a row of numbers.def and nothing else.
 */
#pragma once

enum IkeNumber
{
#define IKE_NUMBER(registry, code, value, name, rfc, explain) IKE_##registry##_##code = (value),
#include "numbers.def"
#undef IKE_NUMBER
};
