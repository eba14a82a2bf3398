/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PKCS#11 module that is SoftHSM, but locks its PIN after three wrong ones, as cards do. */
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>

#define TRIES 3

CK_RV C_GetFunctionList (CK_FUNCTION_LIST_PTR_PTR list);

static CK_FUNCTION_LIST *inner, outer;
static int wrong;

static CK_RV
login (CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR_PTR pin, CK_ULONG octets)
{
	CK_RV result;

	if (user == CKU_USER && wrong >= TRIES)
		return CKR_PIN_LOCKED;
	result = inner->C_Login (session, user, pin, octets);
	if (user == CKU_USER && result == CKR_PIN_INCORRECT)
		wrong++;
	else if (user == CKU_USER && result == CKR_OK)
		wrong = 0;
	return result;
}

static CK_RV
token_info (CK_SLOT_ID slot, CK_TOKEN_INFO_PTR info)
{
	CK_RV result = inner->C_GetTokenInfo (slot, info);

	if (result != CKR_OK)
		return result;
	info->flags &= ~(CK_FLAGS) (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY | CKF_USER_PIN_LOCKED);
	if (wrong > 0)
		info->flags |= CKF_USER_PIN_COUNT_LOW;
	if (wrong == TRIES - 1)
		info->flags |= CKF_USER_PIN_FINAL_TRY;
	if (wrong >= TRIES)
		info->flags |= CKF_USER_PIN_LOCKED;
	return CKR_OK;
}

CK_RV
C_GetFunctionList (CK_FUNCTION_LIST_PTR_PTR list)
{
	void *module = dlopen ("libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
	CK_RV (*get) (CK_FUNCTION_LIST_PTR_PTR);

	if (module == NULL)
		module = dlopen ("/usr/lib/softhsm/libsofthsm2.so", RTLD_NOW | RTLD_LOCAL);
	if (module == NULL)
		return CKR_GENERAL_ERROR;
	*(void **) &get = dlsym (module, "C_GetFunctionList");
	if (get == 0 || get (&inner) != CKR_OK)
		return CKR_GENERAL_ERROR;
	outer = *inner;
	outer.C_Login = login;
	outer.C_GetTokenInfo = token_info;
	*list = &outer;
	return CKR_OK;
}
