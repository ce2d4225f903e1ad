/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Who does what next. */

#define B_BOOK                                  \
	{                                       \
		"book", API_T_TEXT, true, 1, 32 \
	}

const struct api_route api_playbooks_routes[] = {
	{ API_GET, "~/playbooks", API_OPERATOR, false, .fn = api_playbooks_list },
	{ API_GET, "~/incidents/{id}/playbooks", API_BOTH, false,
	    .fn = api_playbooks_get },
	{ API_POST, "~/incidents/{id}/playbooks", API_OPERATOR, true,
	    .body = FIELDS(B_BOOK), .fn = api_playbooks_add },
	{ API_PUT, "~/incidents/{id}/playbooks", API_BOTH, true,
	    .body = FIELDS(B_BOOK, { "step", API_T_TEXT, true, 1, 32 },
		{ "done", API_T_INT, true, 0, 1 }),
	    .fn = api_playbooks_mark },
	API_ROUTES_END,
};
