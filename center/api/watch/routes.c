/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Watching without staff: who is on duty, who is told next, what is kept quiet. */

#define RANKS    "duty|second|chief"
#define TIME_MAX INT64_C(4102444800000000)
#define B_MINUTE(name)                                       \
	{                                                    \
		name, API_T_INT, true, .min = 0, .max = 1440 \
	}
#define B_TIME(name, must)                                       \
	{                                                        \
		name, API_T_INT, must, .min = 0, .max = TIME_MAX \
	}
#define B_PERSON                                                        \
	{                                                               \
		"account", API_T_INT, true, .min = 1, .max = API_ID_MAX \
	}
#define B_RANK                                           \
	{                                                \
		"rank", API_T_WORD, true, .words = RANKS \
	}
#define B_ID(name)                                           \
	{                                                    \
		name, API_T_INT, .min = 1, .max = API_ID_MAX \
	}
#define B_SEVERITY                                                      \
	{                                                               \
		"severity", API_T_WORD, true, .words = "urgent|caution" \
	}
#define B_REASON                                 \
	{                                        \
		"reason", API_T_TEXT, .max = 200 \
	}

const struct api_route api_watch_routes[] = {
	{ API_GET, "~/watch/duty", MAY_DUTY_SEE, false, .fn = api_watch_duty },
	{ API_POST, "~/watch/shifts", MAY_DUTY_EDIT, true,
	    .body = FIELDS(B_RANK, B_PERSON, { "days", API_T_DIGITS, true, 8, 8 },
		B_MINUTE("from_min"), B_MINUTE("to_min"),
		{ "every", API_T_INT, .min = 1, .max = 52 },
		{ "turn", API_T_INT, .min = 0, .max = 51 }),
	    .fn = api_watch_shift_add },
	{ API_DELETE, "~/watch/shifts/{id}", MAY_DUTY_EDIT, true, .body = NOTHING,
	    .fn = api_watch_shift_end },
	{ API_POST, "~/watch/swaps", MAY_DUTY_EDIT, true,
	    .body = FIELDS(B_RANK, B_PERSON, B_TIME("from_us", true),
		B_TIME("to_us", true), B_REASON),
	    .fn = api_watch_swap_add },
	{ API_DELETE, "~/watch/swaps/{id}", MAY_DUTY_EDIT, true, .body = NOTHING,
	    .fn = api_watch_swap_end },
	{ API_GET, "~/watch/ladder", MAY_DUTY_SEE, false,
	    .query = FIELDS(B_TIME("at_us", false)), .fn = api_watch_ladder },
	{ API_POST, "~/watch/ladder", MAY_DUTY_EDIT, true,
	    .body = FIELDS(B_SEVERITY,
		{ "after_min", API_T_INT, true, .min = 0, .max = 10080 },
		{ "whom", API_T_WORD, true, .words = "member|duty|second|chief|all" },
		{ "way", API_T_WORD, true, .words = "phone|mail" },
		{ "hours", API_T_WORD, true, .words = "always|day" }),
	    .fn = api_watch_row_add },
	{ API_PUT, "~/watch/ladder", MAY_DUTY_EDIT, true, .body = FIELDS(B_SEVERITY),
	    .fn = api_watch_row_presets },
	{ API_DELETE, "~/watch/ladder/{id}", MAY_DUTY_EDIT, true, .body = NOTHING,
	    .fn = api_watch_row_end },
	{ API_GET, "~/watch/deadlines", MAY_DUTY_SEE, false,
	    .fn = api_watch_deadlines },
	{ API_GET, "~/watch/limits", MAY_DUTY_SEE, false, .fn = api_watch_limits },
	{ API_PUT, "~/watch/limits", MAY_DUTY_EDIT, true,
	    .body = FIELDS({ "key", API_T_TEXT, true, 1, 60 },
		{ "value", API_T_INT, true, .min = 0, .max = 1000000000 }),
	    .fn = api_watch_limit_set },
	{ API_GET, "~/watch/windows", MAY_QUIET_SEE, false, .query = FIELDS(Q_COMPANY),
	    .fn = api_watch_windows },
	{ API_POST, "~/watch/windows", MAY_QUIET_EDIT, true,
	    .body = FIELDS(B_ID("company"), B_ID("site"), B_ID("gate"),
		{ "days", API_T_DIGITS, .min = 8, .max = 8 }, B_TIME("from_us", false),
		B_TIME("to_us", false),
		{ "from_min", API_T_INT, .min = 0, .max = 1440 },
		{ "to_min", API_T_INT, .min = 0, .max = 1440 }, B_REASON),
	    .fn = api_watch_window_add },
	{ API_DELETE, "~/watch/windows/{id}", MAY_QUIET_EDIT, true, .body = NOTHING,
	    .fn = api_watch_window_end },
	{ API_GET, "~/watch/findings", MAY_GATE_SEE, false, .query = FIELDS(Q_COMPANY),
	    .fn = api_watch_findings },
	{ API_GET, "~/incidents/{id}/ladder", MAY_INCIDENT_SEE, false,
	    .fn = api_watch_incident },
	{ API_GET, "~/watch/digest", MAY_SELF, false, .fn = api_watch_digest },
	{ API_PUT, "~/watch/digest", MAY_SELF, true,
	    .body = FIELDS({ "rhythm", API_T_WORD, true, .words = "off|daily|weekly" },
		{ "at_min", API_T_INT, true, .min = 0, .max = 1439 },
		{ "empty", API_T_INT, .min = 0, .max = 1 }),
	    .fn = api_watch_digest_set },
	{ API_GET, "/answer/{name}", MAY_PUBLIC, false, .fn = api_watch_answer_page },
	{ API_POST, "/answer/{name}", MAY_PUBLIC, false, .fn = api_watch_answer },
	{ API_GET, "/answer.css", MAY_PUBLIC, false, .fn = api_watch_answer_style },
	{ API_POST, "/hook/key", MAY_PUBLIC, false,
	    .body = FIELDS({ "id", API_T_TEXT, true, 1, 200 },
		{ "digits", API_T_DIGITS, true, 1, 10 },
		{ "time", API_T_INT, true, .min = 0, .max = 4102444800 },
		{ "mac", API_T_TEXT, true, 64, 64 }),
	    .fn = api_watch_key },
	API_ROUTES_END,
};
