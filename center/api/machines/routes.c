/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* What is on the network. */

const struct api_route api_machines_routes[] = {
	{ API_GET, "~/machines", MAY_MACHINE_SEE, false,
	    .query = FIELDS(Q_TEXT, Q_COMPANY, Q_BEFORE, Q_LIMIT),
	    .fn = api_machines_list },
	{ API_PUT, "~/machines/{id}", MAY_MACHINE_NAME, true,
	    .body = FIELDS({ "known", API_T_INT, .min = 1, .max = 2 },
		{ "name", API_T_TEXT, .min = 1, .max = 80 },
		{ "role", API_T_WORD, .words = "other|server|payment" }),
	    .fn = api_machines_change },
	API_ROUTES_END,
};
