/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* What happened, and the first screen that says so. */

#define SEVERITIES "urgent|caution|log"
#define CAUSES                                                                                 \
	"EXPLOIT|BACKDOOR|VIRUS_WEB|VIRUS_MAIL|UNSCANNABLE|DANGEROUS_SITE|OFF_BUSINESS_"       \
	"SITE|REMOTE_CONTROL|APPLICATION|NEW_MACHINE|SCANNER|SILENT|FLAPPING|DEFINITIONS_OLD|" \
	"GATE_SLOW|ONE_WAY|ONE_MACHINE|NO_LOCAL|CLOCK|KEY_TWICE|RECORDS_LOST|PROBE|OTHER"

const struct api_route api_incidents_routes[] = {
	{ API_GET, "~/home", MAY_HOME_SEE, false, .fn = api_home },
	{ API_GET, "~/incidents", MAY_INCIDENT_SEE, false,
	    .query = FIELDS({ "state", API_T_WORD, .words = "open|done|all" },
		{ "severity", API_T_WORD, .words = SEVERITIES },
		{ "cause", API_T_WORD, .words = CAUSES }, Q_COMPANY, Q_TEXT, Q_BEFORE,
		Q_LIMIT),
	    .fn = api_incidents_list },
	{ API_GET, "~/incidents/{id}", MAY_INCIDENT_SEE, false,
	    .fn = api_incidents_get },
	{ API_PUT, "~/incidents/{id}", MAY_INCIDENT_MOVE, true,
	    .body = FIELDS({ "state", API_T_WORD, true,
			       .words = "new|checking|working|watching|done" },
		{ "outcome", API_T_WORD, .words = "harmless|solved|mistaken" },
		{ "note", API_T_TEXT, .max = 2000 }),
	    .fn = api_incidents_move },
	{ API_GET, "~/incidents/{id}/events", MAY_EVENT_SEE, false,
	    .query = FIELDS(Q_BEFORE, Q_LIMIT), .fn = api_events_list },
	{ API_GET, "~/notices/{id}", MAY_NOTICE_SEE, false, .fn = api_notices_get },
	API_ROUTES_END,
};
