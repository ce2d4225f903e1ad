/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Silence on purpose, and the signatures that were wrong. */

#define COVERS                                                                     \
	{ "cause", API_T_WORD, .words = API_CAUSES },                              \
	    { "sign", API_T_TEXT, .max = 200 }, { "peer", API_T_TEXT, .max = 64 }, \
	    { "machine", API_T_INT, .min = 1, .max = API_ID_MAX },                 \
	{                                                                          \
		"company", API_T_INT, .min = 1, .max = API_ID_MAX                  \
	}

const struct api_route api_suppressions_routes[] = {
	{ API_GET, "~/suppressions", MAY_SUPPRESSION_SEE, false,
	    .query = FIELDS(
		{ "state", API_T_WORD, .words = "alive|over|all" }, Q_BEFORE, Q_LIMIT),
	    .fn = api_suppressions_list },
	{ API_GET, "~/suppressions/preview", MAY_SUPPRESSION_SEE, false, .slow = true,
	    .query = FIELDS(COVERS, { "days", API_T_INT, .min = 1, .max = 90 }),
	    .fn = api_suppressions_preview },
	{ API_POST, "~/suppressions", MAY_SUPPRESSION_CHANGE, true,
	    .body = FIELDS({ "reason", API_T_TEXT, true, 1, 500 },
		{ "days", API_T_INT, true, 1, 365 }, COVERS),
	    .fn = api_suppressions_add },
	{ API_POST, "~/suppressions/{id}/agree", MAY_SUPPRESSION_CHANGE, true,
	    .body = NOTHING, .fn = api_suppressions_agree },
	{ API_DELETE, "~/suppressions/{id}", MAY_SUPPRESSION_CHANGE, true,
	    .body = NOTHING, .fn = api_suppressions_end },
	{ API_GET, "~/tuning", MAY_SUPPRESSION_SEE, false, .slow = true,
	    .query = FIELDS({ "days", API_T_INT, .min = 1, .max = 365 }),
	    .fn = api_tuning_list },
	API_ROUTES_END,
};
