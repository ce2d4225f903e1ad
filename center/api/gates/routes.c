/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* The boxes at the entrance. */

const struct api_route api_gates_routes[] = {
	{ API_GET, "~/gates", MAY_GATE_SEE, false, .query = FIELDS(Q_COMPANY),
	    .fn = api_gates_list },
	{ API_POST, "~/gates/{id}/enrol-code", MAY_GATE_ENROL, true, .body = NOTHING,
	    .fn = api_gates_code },
	{ API_POST, "~/gates/{id}/revoke", MAY_GATE_ENROL, true, .body = NOTHING,
	    .fn = api_gates_revoke },
	{ API_POST, "~/gates/{id}/token", MAY_GATE_ENROL, true, .body = NOTHING,
	    .fn = api_gates_token },
	{ API_POST, "~/gates/{id}/untoken", MAY_GATE_ENROL, true, .body = NOTHING,
	    .fn = api_gates_untoken },
	API_ROUTES_END,
};
