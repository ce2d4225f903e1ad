/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Changes as they happen; this interface itself. */

const struct api_route api_about_routes[] = {
	{ API_GET, "~/live", MAY_LIVE, false, .background = true,
	    .query = FIELDS({ "since", API_T_INT, .min = 0, .max = API_ID_MAX }),
	    .fn = api_live },
	{ API_GET, "~/openapi.json", MAY_PUBLIC, false, .fn = api_openapi },
	{ API_GET, "~/healthz", MAY_PUBLIC, false, .fn = api_health },
	{ API_GET, "~/readyz", MAY_PUBLIC, false, .fn = api_ready },
	{ API_GET, "/readyz", MAY_PUBLIC, false, .fn = api_ready },
	{ API_GET, "/metrics", MAY_METRICS, false, .background = true,
	    .fn = api_metrics },
	{ API_GET, "/healthz", MAY_PUBLIC, false, .fn = api_health },
	API_ROUTES_END,
};
