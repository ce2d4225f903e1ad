/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Log in, log out, oneself. */

#define B_CODE                                   \
	{                                        \
		"code", API_T_DIGITS, true, 6, 6 \
	}

#define B_BYTES(name)                           \
	{                                       \
		name, API_T_TEXT, true, 1, 5400 \
	}

const struct api_route api_login_routes[] = {
	{ API_POST, "~/login/passkey/ask", MAY_PUBLIC, false, .body = NOTHING,
	    .fn = api_login_passkey_ask },
	{ API_POST, "~/login/passkey", MAY_PUBLIC, false,
	    .body = FIELDS({ "id", API_T_TEXT, true, 1, 700 }, B_BYTES("client"),
		B_BYTES("auth"), B_BYTES("signature")),
	    .fn = api_login_passkey },
	{ API_GET, "~/login/oidc", MAY_PUBLIC, false, .fn = api_login_oidc_on },
	{ API_POST, "~/login/oidc/ask", MAY_PUBLIC, false, .slow = true,
	    .body = NOTHING, .fn = api_login_oidc_ask },
	{ API_POST, "~/login/oidc", MAY_PUBLIC, false, .slow = true,
	    .body = FIELDS({ "code", API_T_TEXT, true, 1, 2000 },
		{ "state", API_T_TEXT, true, 1, 63 }),
	    .fn = api_login_oidc },
	{ API_GET, "~/me/passkeys", MAY_SELF, false, .fn = api_login_passkeys },
	{ API_POST, "~/me/passkeys/offer", MAY_SELF, true, .body = NOTHING,
	    .fn = api_login_passkey_offer },
	{ API_POST, "~/me/passkeys", MAY_SELF, true,
	    .body = FIELDS({ "name", API_T_TEXT, true, 1, 80 }, B_BYTES("client"),
		B_BYTES("auth")),
	    .fn = api_login_passkey_add },
	{ API_DELETE, "~/me/passkeys/{id}", MAY_SELF, true, .body = NOTHING,
	    .fn = api_login_passkey_remove },
	{ API_POST, "~/login", MAY_PUBLIC, false, .slow = true,
	    .body = FIELDS({ "mail", API_T_TEXT, true, 1, 254 },
		{ "password", API_T_TEXT, true, 1, 256 },
		{ "totp", API_T_DIGITS, false, 6, 6 }),
	    .fn = api_login_login },
	{ API_POST, "~/once", MAY_PUBLIC, false,
	    .body = FIELDS({ "token", API_T_TEXT, true, 1, 128 },
		{ "totp", API_T_DIGITS, false, 6, 6 }),
	    .fn = api_login_once },
	{ API_POST, "~/logout", MAY_SELF, true, .body = NOTHING,
	    .fn = api_login_logout },
	{ API_GET, "~/me", MAY_SELF, false, .fn = api_login_me },
	{ API_PUT, "~/me", MAY_SELF, true, .slow = true,
	    .body = FIELDS({ "lang", API_T_WORD, .words = "ja|en|easy" },
		{ "password", API_T_OBJECT,
		    .sub = FIELDS({ "old", API_T_TEXT, false, 1, 256 },
			{ "new", API_T_TEXT, true, 10, 256 }) }),
	    .fn = api_login_change },
	{ API_GET, "~/me/sessions", MAY_SELF, false, .fn = api_login_sessions },
	{ API_DELETE, "~/me/sessions/{id}", MAY_SELF, true, .body = NOTHING,
	    .fn = api_login_session_end },
	{ API_POST, "~/me/totp", MAY_SELF, true, .body = NOTHING,
	    .fn = api_login_totp_offer },
	{ API_PUT, "~/me/totp", MAY_SELF, true, .body = FIELDS(B_CODE),
	    .fn = api_login_totp_on },
	{ API_DELETE, "~/me/totp", MAY_SELF, true, .body = FIELDS(B_CODE),
	    .fn = api_login_totp_off },
	API_ROUTES_END,
};
