/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Whom the centre looks after. */

const struct api_route api_companies_routes[] = {
	{ API_GET, "~/companies", MAY_COMPANY_SEE, false, .query = FIELDS(Q_TEXT),
	    .fn = api_companies_list },
	API_ROUTES_END,
};
