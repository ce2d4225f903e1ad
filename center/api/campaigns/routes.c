/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* The same at several companies. */

const struct api_route api_campaigns_routes[] = {
	{ API_GET, "~/campaigns", MAY_CAMPAIGN_SEE, false,
	    .query = FIELDS(
		{ "state", API_T_WORD, .words = "open|done|all" }, Q_BEFORE, Q_LIMIT),
	    .fn = api_campaigns_list },
	{ API_POST, "~/campaigns", MAY_INCIDENT_MOVE, true,
	    .body = FIELDS({ "incident", API_T_INT, true, 1, API_ID_MAX },
		{ "title", API_T_TEXT, true, 1, 120 }),
	    .fn = api_campaigns_add },
	{ API_GET, "~/campaigns/{id}", MAY_CAMPAIGN_SEE, false,
	    .fn = api_campaigns_get },
	{ API_PUT, "~/campaigns/{id}", MAY_INCIDENT_MOVE, true,
	    .body = FIELDS({ "state", API_T_WORD, true,
			       .words = "new|checking|working|watching|done" },
		{ "outcome", API_T_WORD, .words = API_OUTCOMES },
		{ "note", API_T_TEXT, .max = 2000 },
		{ "book", API_T_TEXT, .min = 1, .max = 32 }),
	    .fn = api_campaigns_move },
	API_ROUTES_END,
};
