/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Tokens for programs: a person's own. */

const struct api_route api_token_routes[] = {
	{ API_GET, "~/me/tokens", MAY_SELF, false, .fn = api_token_list },
	{ API_POST, "~/me/tokens", MAY_SELF, true,
	    .body = FIELDS({ "name", API_T_TEXT, true, 1, 80 },
		{ "scopes", API_T_TEXT, true, 1, 300 },
		{ "days", API_T_INT, .min = 1, .max = 730 }),
	    .fn = api_token_make },
	{ API_DELETE, "~/me/tokens/{id}", MAY_SELF, true, .body = NOTHING,
	    .fn = api_token_end },
	API_ROUTES_END,
};
