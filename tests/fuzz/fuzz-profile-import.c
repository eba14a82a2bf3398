/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any file as a profile of another program; what is taken must be a profile, and survive being given by D-Bus. */
#include "fuzz.h"

#include "unit/profile/samples.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t octets)
{
	const ProfileImportOptions options = { "fuzz", NULL, "user" };
	g_autoptr (GError) error = NULL, again_error = NULL;
	g_autoptr (ProfileImport) import = profile_import (slice (data, octets), &options, &error);
	g_autoptr (GVariant) settings = NULL;
	g_autoptr (Profile) again = NULL;

	g_assert_true ((import == NULL) == (error != NULL));
	if (import == NULL)
	{
		g_assert_true (g_utf8_validate (error->message, -1, NULL));
		return 0;
	}
	for (guint i = 0; i < import->warnings->len; i++)
		g_assert_true (g_utf8_validate (import->warnings->pdata[i], -1, NULL));
	settings = g_variant_ref_sink (profile_to_variant (import->profile, TRUE));
	again = profile_new_from_variant (settings, &again_error);
	g_assert_no_error (again_error);
	return 0;
}

void
fuzz_seeds (GPtrArray *seeds)
{
	static const char godwit[] = "[gateway]\naddress=vpn.example.org\n[user]\nuser=alice\n[network]\nmtu=1300\n";
	g_autofree char *root = samples_root_payload ();
	g_autofree char *sswan = samples_sswan ("ikev2-eap", NULL, ", \"mtu\": 1300");
	g_autofree char *apple = samples_mobileconfig (SAMPLES_EAP, root);

	g_ptr_array_add (seeds, slice_dup (slice_text (godwit)));
	g_ptr_array_add (seeds, slice_dup (slice_text (sswan)));
	g_ptr_array_add (seeds, slice_dup (slice_text (apple)));
	g_ptr_array_add (seeds, samples_binary (apple));
	g_ptr_array_add (seeds, samples_signed (apple));
}
