/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Chambers federate: what members send, what a national centre sees, advisories. */

#define Q_DAY(name)                                               \
	{                                                         \
		name, API_T_INT, .min = 20200101, .max = 29991231 \
	}

const struct api_route api_federation_routes[] = {
	{ API_POST, "~/federation/counts", MAY_FEDERATION_SEND, true,
	    .body = FIELDS({ "day", API_T_INT, true, 20200101, 29991231 },
		{ "as_of_us", API_T_INT, true, 1, API_ID_MAX },
		{ "hour", API_T_INT, true, -1, 23 },
		{ "cells", API_T_TEXT, true, 0, 60000 },
		{ "sealed", API_T_INT, true, 0, 1 },
		{ "hours", API_T_INT, true, 0, 24 },
		{ "companies", API_T_INT, true, 0, 100000000 },
		{ "gates", API_T_INT, true, 0, 100000000 }),
	    .fn = api_federation_take },
	{ API_GET, "~/federation/news", MAY_FEDERATION_SEND, false,
	    .fn = api_federation_news },
	{ API_GET, "~/federation/offers/{id}/part", MAY_FEDERATION_SEND, false,
	    .query = FIELDS({ "part", API_T_INT, .min = 0, .max = 255 }),
	    .fn = api_federation_part },
	{ API_GET, "~/federation/statistics", MAY_FEDERATION_READ, false,
	    .query = FIELDS(Q_DAY("from"), Q_DAY("until")),
	    .fn = api_federation_statistics },
	{ API_GET, "~/advisories", MAY_ADVISORY_SEE, false, .fn = api_advisories_list },
	{ API_PUT, "~/advisories/{id}", MAY_ADVISORY_SHOW, true,
	    .body = FIELDS({ "show", API_T_INT, true, 0, 1 }),
	    .fn = api_advisories_show },
	API_ROUTES_END,
};
