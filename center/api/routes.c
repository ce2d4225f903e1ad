/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"

/* Every door of the interface, in the order of openapi.json.  route_test.c holds the two
 * against each other; tests/api walks them as strangers. */

#define ID_MAX     INT64_MAX
#define SEVERITIES "urgent|caution|log"
#define CAUSES                                                                           \
	"EXPLOIT|BACKDOOR|VIRUS_WEB|VIRUS_MAIL|UNSCANNABLE|DANGEROUS_SITE|OFF_BUSINESS_" \
	"SITE|REMOTE_CONTROL|APPLICATION|NEW_MACHINE|SCANNER|SILENT|PROBE|OTHER"

#define FIELDS(...) ((const struct api_field[]){ __VA_ARGS__, { .name = NULL } })
#define NOTHING     ((const struct api_field[]){ { .name = NULL } })

#define Q_COMPANY                                             \
	{                                                     \
		"company", API_T_INT, .min = 1, .max = ID_MAX \
	}
#define Q_TEXT                              \
	{                                   \
		"q", API_T_TEXT, .max = 100 \
	}
#define Q_BEFORE                                \
	{                                       \
		"before", API_T_TEXT, .max = 64 \
	}
#define Q_LIMIT                                          \
	{                                                \
		"limit", API_T_INT, .min = 1, .max = 200 \
	}
#define B_CODE                                   \
	{                                        \
		"code", API_T_DIGITS, true, 6, 6 \
	}

const struct api_route api_routes[] = {
	{ API_POST, "~/login", API_PUBLIC, false, .slow = true,
	    .body = FIELDS({ "mail", API_T_TEXT, true, 1, 254 },
		{ "password", API_T_TEXT, true, 1, 256 },
		{ "totp", API_T_DIGITS, false, 6, 6 }),
	    .fn = api_login_login },
	{ API_POST, "~/once", API_PUBLIC, false,
	    .body = FIELDS({ "token", API_T_TEXT, true, 1, 128 }),
	    .fn = api_login_once },
	{ API_POST, "~/logout", API_BOTH, true, .body = NOTHING,
	    .fn = api_login_logout },
	{ API_GET, "~/me", API_BOTH, false, .fn = api_login_me },
	{ API_PUT, "~/me", API_BOTH, true, .slow = true,
	    .body = FIELDS({ "lang", API_T_WORD, .words = "ja|en" },
		{ "password", API_T_OBJECT,
		    .sub = FIELDS({ "old", API_T_TEXT, false, 1, 256 },
			{ "new", API_T_TEXT, true, 10, 256 }) }),
	    .fn = api_login_change },
	{ API_POST, "~/me/totp", API_BOTH, true, .body = NOTHING,
	    .fn = api_login_totp_offer },
	{ API_PUT, "~/me/totp", API_BOTH, true, .body = FIELDS(B_CODE),
	    .fn = api_login_totp_on },
	{ API_DELETE, "~/me/totp", API_BOTH, true, .body = FIELDS(B_CODE),
	    .fn = api_login_totp_off },
	{ API_GET, "~/home", API_MEMBER, false, .fn = api_home },
	{ API_GET, "~/incidents", API_BOTH, false,
	    .query = FIELDS({ "state", API_T_WORD, .words = "open|done|all" },
		{ "severity", API_T_WORD, .words = SEVERITIES },
		{ "cause", API_T_WORD, .words = CAUSES }, Q_COMPANY, Q_TEXT, Q_BEFORE,
		Q_LIMIT),
	    .fn = api_incidents_list },
	{ API_GET, "~/incidents/{id}", API_BOTH, false, .fn = api_incidents_get },
	{ API_PUT, "~/incidents/{id}", API_OPERATOR, true,
	    .body = FIELDS({ "state", API_T_WORD, true,
			       .words = "new|checking|working|watching|done" },
		{ "outcome", API_T_WORD, .words = "harmless|solved|mistaken" },
		{ "note", API_T_TEXT, .max = 2000 }),
	    .fn = api_incidents_move },
	{ API_GET, "~/incidents/{id}/events", API_BOTH, false,
	    .query = FIELDS(Q_BEFORE, Q_LIMIT), .fn = api_events_list },
	{ API_GET, "~/machines", API_BOTH, false,
	    .query = FIELDS(Q_TEXT, Q_COMPANY, Q_BEFORE, Q_LIMIT),
	    .fn = api_machines_list },
	{ API_PUT, "~/machines/{id}", API_MEMBER, true,
	    .body = FIELDS({ "known", API_T_INT, .min = 1, .max = 2 },
		{ "name", API_T_TEXT, .min = 1, .max = 80 }),
	    .fn = api_machines_change },
	{ API_GET, "~/gates", API_BOTH, false, .query = FIELDS(Q_COMPANY),
	    .fn = api_gates_list },
	{ API_POST, "~/gates/{id}/enrol-code", API_OPERATOR, true, .body = NOTHING,
	    .fn = api_gates_code },
	{ API_POST, "~/gates/{id}/revoke", API_OPERATOR, true, .body = NOTHING,
	    .fn = api_gates_revoke },
	{ API_GET, "~/companies", API_OPERATOR, false, .query = FIELDS(Q_TEXT),
	    .fn = api_companies_list },
	{ API_GET, "~/notices/{id}", API_BOTH, false, .fn = api_notices_get },
	{ API_GET, "~/live", API_BOTH, false, .background = true,
	    .query = FIELDS({ "since", API_T_INT, .min = 0, .max = ID_MAX }),
	    .fn = api_live },
	{ API_GET, "~/openapi.json", API_PUBLIC, false, .fn = api_openapi },
	{ API_GET, "~/healthz", API_PUBLIC, false, .fn = api_health },
	{ API_GET, "/healthz", API_PUBLIC, false, .fn = api_health },
	{ API_GET, "/demo/mail", API_PUBLIC, false, .fn = api_demo_list },
	{ API_GET, "/demo/mail/{name}", API_PUBLIC, false, .fn = api_demo_mail },
};
const size_t api_routes_n = sizeof(api_routes) / sizeof(api_routes[0]);
