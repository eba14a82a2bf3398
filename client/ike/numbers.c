/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

/* A case a row: two rows of one registry with the same number do not compile. */
#define NUMBER_KEY(registry, number) ((guint32) (registry) << 16 | (guint32) (number))

const char *
ike_number_name (IkeNumbers registry, guint number)
{
	if (number > G_MAXUINT16)
		return NULL;
	switch (NUMBER_KEY (registry, number))
	{
#define IKE_NUMBER(registry, code, value, name, rfc, explain)                                                          \
	case NUMBER_KEY (IKE_NUMBERS_##registry, value):                                                                   \
		return name;
#include "numbers.def"
#undef IKE_NUMBER
	}
	return NULL;
}

const char *
ike_number_explain (IkeNumbers registry, guint number)
{
	if (number > G_MAXUINT16)
		return "";
	switch (NUMBER_KEY (registry, number))
	{
#define IKE_NUMBER(registry, code, value, name, rfc, explain)                                                          \
	case NUMBER_KEY (IKE_NUMBERS_##registry, value):                                                                   \
		return explain;
#include "numbers.def"
#undef IKE_NUMBER
	}
	return "";
}

const char *
ike_number_source (IkeNumbers registry, guint number)
{
	if (number > G_MAXUINT16)
		return "";
	switch (NUMBER_KEY (registry, number))
	{
#define IKE_NUMBER(registry, code, value, name, rfc, explain)                                                          \
	case NUMBER_KEY (IKE_NUMBERS_##registry, value):                                                                   \
		return rfc;
#include "numbers.def"
#undef IKE_NUMBER
	}
	return "";
}
