/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"

/* Every door of the interface, a table each topic, next to what answers.  route_test.c holds
 * them against openapi/, both ways; tests/api walks them as strangers. */

static const struct api_route *const topics[] = {
	api_login_routes,
	api_people_routes,
	api_incidents_routes,
	api_campaigns_routes,
	api_suppressions_routes,
	api_playbooks_routes,
	api_machines_routes,
	api_gates_routes,
	api_fleet_routes,
	api_companies_routes,
	api_contacts_routes,
	api_watch_routes,
	api_federation_routes,
	api_token_routes,
	api_about_routes,
	api_demo_routes,
};

const struct api_route *api_route_at(size_t i)
{
	for (size_t t = 0; t < sizeof(topics) / sizeof(topics[0]); t++)
		for (const struct api_route *r = topics[t]; r->fn; r++)
			if (i-- == 0)
				return r;
	return NULL;
}
