/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* What is wanted of the gates: orders, machines cut off, exceptions, settings. */

const struct api_route api_fleet_routes[] = {
	{ API_GET, "~/gates/{id}/fleet", MAY_GATE_ORDERS, false,
	    .fn = api_gates_fleet },
	{ API_PUT, "~/gates/{id}/settings", MAY_GATE_SET, true,
	    .body = FIELDS({ "level", API_T_WORD, true,
			       .words = "chamber|group|company|site|gate" },
		{ "name", API_T_TEXT, true, 1, 64 },
		{ "value", API_T_TEXT, .max = 1000 }),
	    .fn = api_gates_setting },
	{ API_PUT, "~/gates/{id}/group", MAY_GATE_SET, true,
	    .body = FIELDS({ "group", API_T_TEXT, true, 0, 60 }),
	    .fn = api_gates_group },
	{ API_POST, "~/gates/{id}/swap-code", MAY_GATE_ENROL, true, .body = NOTHING,
	    .fn = api_gates_swap },
	{ API_POST, "~/gates/{id}/exceptions", MAY_EXCEPT, true,
	    .body =
		FIELDS({ "what", API_T_WORD, true, .words = "host|signature|machine" },
		    { "value", API_T_TEXT, true, 1, 253 },
		    { "reason", API_T_TEXT, true, 1, 160 },
		    { "days", API_T_INT, .min = 1, .max = 365 }),
	    .fn = api_gates_except },
	{ API_GET, "~/exceptions", MAY_EXCEPT_SEE, false, .query = FIELDS(Q_COMPANY),
	    .fn = api_exceptions_list },
	{ API_DELETE, "~/exceptions/{id}", MAY_EXCEPT, true, .body = NOTHING,
	    .fn = api_exceptions_remove },
	{ API_GET, "~/containments", MAY_CONTAIN_SEE, false, .query = FIELDS(Q_COMPANY),
	    .fn = api_containments_list },
	{ API_POST, "~/machines/{id}/contain", MAY_CONTAIN, true,
	    .body = FIELDS({ "reason", API_T_TEXT, true, 1, 160 },
		{ "minutes", API_T_INT, .min = 5, .max = 1440 }),
	    .fn = api_machines_contain },
	{ API_POST, "~/containments/{id}/confirm", MAY_CONTAIN, true, .body = NOTHING,
	    .fn = api_containments_confirm },
	{ API_POST, "~/containments/{id}/release", MAY_CONTAIN_END, true,
	    .body = NOTHING, .fn = api_containments_release },
	API_ROUTES_END,
};
