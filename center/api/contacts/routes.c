/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Whom notices go to. */

#define B_NAME                                \
	{                                     \
		"name", API_T_TEXT, .max = 80 \
	}
#define B_LANG                                            \
	{                                                 \
		"lang", API_T_WORD, .words = "ja|en|easy" \
	}
#define B_SEVERITY                                                \
	{                                                         \
		"severity", API_T_WORD, .words = "caution|urgent" \
	}
#define B_FLAG(name)                                \
	{                                           \
		name, API_T_INT, .min = 0, .max = 1 \
	}
#define B_MINUTE(name)                                 \
	{                                              \
		name, API_T_INT, .min = 0, .max = 1440 \
	}

const struct api_route api_contacts_routes[] = {
	{ API_GET, "~/contacts", MAY_CONTACT_SEE, false, .query = FIELDS(Q_COMPANY),
	    .fn = api_contacts_list },
	{ API_POST, "~/contacts", MAY_CONTACT_EDIT, true,
	    .body = FIELDS({ "company", API_T_INT, .min = 1, .max = API_ID_MAX },
		{ "channel", API_T_WORD, true,
		    .words = "mail|webhook|sms|voice|line|fax" },
		{ "address", API_T_TEXT, true, 1, 1000 }, B_NAME, B_LANG, B_SEVERITY,
		B_FLAG("reserve"), B_FLAG("events"), B_MINUTE("from_min"),
		B_MINUTE("to_min")),
	    .fn = api_contacts_add },
	{ API_PUT, "~/contacts/{id}", MAY_CONTACT_EDIT, true,
	    .body = FIELDS(B_NAME, B_LANG, B_SEVERITY, B_FLAG("reserve"),
		B_MINUTE("from_min"), B_MINUTE("to_min"), B_FLAG("on")),
	    .fn = api_contacts_change },
	{ API_DELETE, "~/contacts/{id}", MAY_CONTACT_EDIT, true, .body = NOTHING,
	    .fn = api_contacts_remove },
	{ API_POST, "~/contacts/{id}/test", MAY_CONTACT_EDIT, true, .body = NOTHING,
	    .fn = api_contacts_test },
	{ API_POST, "~/contacts/{id}/confirm", MAY_CONTACT_EDIT, true,
	    .body = FIELDS({ "code", API_T_DIGITS, true, 4, 4 }),
	    .fn = api_contacts_confirm },
	{ API_POST, "~/contacts/{id}/secret", MAY_CONTACT_EDIT, true, .body = NOTHING,
	    .fn = api_contacts_secret },
	{ API_GET, "~/notices/{id}/page", MAY_NOTICE_SEE, false, .slow = true,
	    .fn = api_notices_page },
	API_ROUTES_END,
};
