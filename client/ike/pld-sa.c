/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Security Association, RFC 7296 section 3.3: proposals of transforms of attributes. */
#include "payload.h"

#define PROPOSAL_MORE 2
#define TRANSFORM_MORE 3
#define PROPOSAL_HEADER_OCTETS ((gsize) 8)
#define TRANSFORM_HEADER_OCTETS ((gsize) 8)

#define ATTRIBUTE_TV 0x8000 /* the value itself instead of its length */
#define ATTRIBUTE_KEY_LENGTH (ATTRIBUTE_TV | 14)

/* -- Decoding ---------------------------------------------------------------------------------------------------- */

/* Proposals and transforms begin alike: whether another one follows, RESERVED, the length of this one. */
static Status
substructure_decode (Reader *r, guint8 more_mark, gsize header_octets, Reader *ret_body)
{
	guint8 more = reader_u8 (r);
	guint16 octets;

	reader_u8 (r); /* RESERVED */
	octets = reader_u16 (r);
	if (r->failed)
		return STATUS_TRUNCATED;
	if (octets < header_octets || (more != 0 && more != more_mark))
		return STATUS_MALFORMED;
	*ret_body = reader_sub (r, (gsize) octets - 4);
	if (r->failed)
		return STATUS_TRUNCATED;
	/* The mark and the length of what surrounds it must tell the same. */
	return (more != 0) == (reader_left (r) > 0) ? STATUS_OK : STATUS_MALFORMED;
}

/* @ret_known: FALSE when there is an attribute that we cannot judge; then nobody may choose this transform. */
static Status
attributes_decode (Reader *r, IkeTransform *transform, gboolean *ret_known)
{
	gboolean known = TRUE;

	while (reader_left (r) > 0)
	{
		guint16 type = reader_u16 (r);
		guint16 value = reader_u16 (r);

		if (type == ATTRIBUTE_KEY_LENGTH && value > 0 && transform->key_bits == 0)
			transform->key_bits = value;
		else
			known = FALSE;
		if ((type & ATTRIBUTE_TV) == 0)
			reader_take (r, value);
	}
	*ret_known = known;
	return reader_finish (r);
}

static Status
transform_decode (Reader *r, IkeProposal *proposal)
{
	IkeTransform transform = { 0 };
	gboolean known;
	Status status;

	transform.type = reader_u8 (r);
	reader_u8 (r); /* RESERVED */
	transform.id = reader_u16 (r);
	status = attributes_decode (r, &transform, &known);
	if (status != STATUS_OK)
		return status;
	if (!known)
		proposal->unknown_attribute = TRUE;
	else if (proposal->n_transforms == IKE_MAX_TRANSFORMS)
		return STATUS_TOO_LARGE;
	else
		proposal->transforms[proposal->n_transforms++] = transform;
	return STATUS_OK;
}

static Status
transforms_decode (Reader *r, guint announced, IkeProposal *proposal)
{
	for (guint i = 0; i < announced; i++)
	{
		Reader body;
		Status status = substructure_decode (r, TRANSFORM_MORE, TRANSFORM_HEADER_OCTETS, &body);

		if (status == STATUS_OK)
			status = transform_decode (&body, proposal);
		if (status != STATUS_OK)
			return status;
	}
	return reader_finish (r);
}

static Status
proposal_decode (Reader *r, IkeProposal *proposal)
{
	guint8 announced;
	Slice spi;

	proposal->number = reader_u8 (r);
	proposal->protocol = reader_u8 (r);
	proposal->spi_octets = reader_u8 (r);
	announced = reader_u8 (r);
	if (proposal->spi_octets != 0 && proposal->spi_octets != 4 && proposal->spi_octets != 8)
		return STATUS_MALFORMED;
	spi = reader_take (r, proposal->spi_octets);
	if (r->failed)
		return STATUS_TRUNCATED;
	if (spi.len > 0)
		memcpy (proposal->spi, spi.data, spi.len);
	return transforms_decode (r, announced, proposal);
}

/* Looks at the marks and lengths only, so that as many proposals are allocated as there are. */
static Status
count_proposals (Slice body, gsize *ret_count)
{
	Reader r = reader (body);
	Reader proposal;
	gsize count = 0;

	do
	{
		Status status = substructure_decode (&r, PROPOSAL_MORE, PROPOSAL_HEADER_OCTETS, &proposal);

		if (status != STATUS_OK)
			return status;
		count++;
	} while (reader_left (&r) > 0);
	*ret_count = count;
	return count <= IKE_MAX_PROPOSALS ? STATUS_OK : STATUS_TOO_LARGE;
}

static Status
sa_decode (IkePayload *payload)
{
	Reader r = reader (payload->body);
	gsize count;
	Status status = count_proposals (payload->body, &count);

	if (status != STATUS_OK)
		return status;
	payload->sa.proposals = g_try_new0 (IkeProposal, count);
	if (payload->sa.proposals == NULL)
		return STATUS_NO_MEMORY;
	payload->sa.n_proposals = (guint8) count;
	for (gsize i = 0; status == STATUS_OK && i < count; i++)
	{
		Reader body;

		status = substructure_decode (&r, PROPOSAL_MORE, PROPOSAL_HEADER_OCTETS, &body);
		if (status == STATUS_OK)
			status = proposal_decode (&body, &payload->sa.proposals[i]);
	}
	return status;
}

static void
sa_clear (IkePayload *payload)
{
	g_clear_pointer (&payload->sa.proposals, g_free);
	payload->sa.n_proposals = 0;
}

/* -- Encoding ---------------------------------------------------------------------------------------------------- */

static void
transform_encode (const IkeTransform *transform, gboolean last, Writer *writer)
{
	writer_u8 (writer, last ? 0 : TRANSFORM_MORE);
	writer_u8 (writer, 0);
	writer_u16 (writer, (guint16) (TRANSFORM_HEADER_OCTETS + (transform->key_bits > 0 ? 4 : 0)));
	writer_u8 (writer, transform->type);
	writer_u8 (writer, 0);
	writer_u16 (writer, transform->id);
	if (transform->key_bits > 0)
	{
		writer_u16 (writer, ATTRIBUTE_KEY_LENGTH);
		writer_u16 (writer, transform->key_bits);
	}
}

static void
proposal_encode (const IkeProposal *proposal, gboolean last, Writer *writer)
{
	gsize start = writer_view (writer).len;

	writer_u8 (writer, last ? 0 : PROPOSAL_MORE);
	writer_u8 (writer, 0);
	writer_hole (writer, 2);
	writer_u8 (writer, proposal->number);
	writer_u8 (writer, proposal->protocol);
	writer_u8 (writer, proposal->spi_octets);
	writer_u8 (writer, proposal->n_transforms);
	writer_slice (writer, slice (proposal->spi, MIN (proposal->spi_octets, sizeof proposal->spi)));
	for (guint i = 0; i < proposal->n_transforms; i++)
		transform_encode (&proposal->transforms[i], i + 1u == proposal->n_transforms, writer);
	writer_patch_length_u16 (writer, start + 2, start);
}

static void
sa_encode (const IkePayload *payload, Writer *writer)
{
	for (guint i = 0; i < payload->sa.n_proposals; i++)
		proposal_encode (&payload->sa.proposals[i], i + 1u == payload->sa.n_proposals, writer);
}

/* -- Describing -------------------------------------------------------------------------------------------------- */

static void
describe_transform (const IkeTransform *transform, GString *text)
{
	/* ADDKE1 to ADDKE7 take their numbers from the key exchange methods (RFC 9370 section 2.2). */
	static const struct
	{
		guint8 first, last;
		IkeNumbers numbers;
	} registries[] = {
		{ IKE_TRANSFORM_ENCR, IKE_TRANSFORM_ENCR, IKE_NUMBERS_ENCR },
		{ IKE_TRANSFORM_PRF, IKE_TRANSFORM_PRF, IKE_NUMBERS_PRF },
		{ IKE_TRANSFORM_INTEG, IKE_TRANSFORM_INTEG, IKE_NUMBERS_INTEG },
		{ IKE_TRANSFORM_KE, IKE_TRANSFORM_KE, IKE_NUMBERS_KE },
		{ IKE_TRANSFORM_SN, IKE_TRANSFORM_SN, IKE_NUMBERS_SN },
		{ IKE_TRANSFORM_ADDKE1, IKE_TRANSFORM_ADDKE7, IKE_NUMBERS_KE },
	};
	const char *name = NULL;

	for (gsize i = 0; name == NULL && i < G_N_ELEMENTS (registries); i++)
		if (transform->type >= registries[i].first && transform->type <= registries[i].last)
			name = ike_number_name (registries[i].numbers, transform->id);
	if (name != NULL)
		g_string_append (text, name);
	else
	{
		ike_describe_number (IKE_NUMBERS_TRANSFORM, transform->type, text);
		g_string_append_printf (text, "_%u", transform->id);
	}
	if (transform->key_bits > 0)
		g_string_append_printf (text, "-%u", transform->key_bits);
}

static gboolean
first_of_type (const IkeProposal *proposal, guint index)
{
	for (guint i = 0; i < index; i++)
		if (proposal->transforms[i].type == proposal->transforms[index].type)
			return FALSE;
	return TRUE;
}

/* "{IKE: AES_GCM_16-256/PRF_HMAC_SHA2_256/ecp256 +2}": the first transform of each type, and how many others exist. */
static void
sa_describe (const IkePayload *payload, GString *text)
{
	const IkeProposal *proposal = payload->sa.proposals;
	gsize start = text->len;
	const char *before = "";
	guint others = 0;

	if (payload->sa.n_proposals == 0)
		return;
	g_string_append_c (text, '{');
	ike_describe_number (IKE_NUMBERS_PROTOCOL, proposal->protocol, text);
	g_string_append (text, ": ");
	for (guint i = 0; i < proposal->n_transforms; i++)
	{
		if (!first_of_type (proposal, i) || text->len - start > IKE_DESCRIBE_COLUMNS)
		{
			others++;
			continue;
		}
		g_string_append (text, before);
		describe_transform (&proposal->transforms[i], text);
		before = "/";
	}
	for (guint i = 1; i < payload->sa.n_proposals; i++)
		others += payload->sa.proposals[i].n_transforms;
	if (others > 0)
		g_string_append_printf (text, " +%u", others);
	g_string_append_c (text, '}');
}

static void
describe_proposal (const IkeProposal *proposal, GString *text)
{
	ike_describe_field (text, "proposal");
	g_string_append_printf (text, "%u ", proposal->number);
	ike_describe_number (IKE_NUMBERS_PROTOCOL, proposal->protocol, text);
	if (proposal->spi_octets > 0)
	{
		g_string_append (text, " SPI ");
		ike_describe_hex (slice (proposal->spi, proposal->spi_octets), text);
	}
	if (proposal->unknown_attribute)
		g_string_append (text, ", and transforms with attributes that are not known");
	for (guint i = 0; i < proposal->n_transforms; i++)
	{
		ike_describe_field (text, "  transform");
		ike_describe_number (IKE_NUMBERS_TRANSFORM, proposal->transforms[i].type, text);
		g_string_append_c (text, ' ');
		describe_transform (&proposal->transforms[i], text);
	}
}

static void
sa_describe_fields (const IkePayload *payload, GString *text)
{
	for (guint i = 0; i < payload->sa.n_proposals; i++)
		describe_proposal (&payload->sa.proposals[i], text);
}

const IkePayloadDesc ike_pld_sa = {
	.types = { IKE_PAYLOAD_SA },
	.decode = sa_decode,
	.encode = sa_encode,
	.clear = sa_clear,
	.describe = sa_describe,
	.describe_fields = sa_describe_fields,
};
