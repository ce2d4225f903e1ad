/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* Watching without staff: who is on duty, who is told next, what is kept quiet. */

const struct api_route api_watch_routes[] = {
	{ API_GET, "/answer/{name}", MAY_PUBLIC, false, .fn = api_watch_answer_page },
	{ API_POST, "/answer/{name}", MAY_PUBLIC, false, .fn = api_watch_answer },
	{ API_GET, "/answer.css", MAY_PUBLIC, false, .fn = api_watch_answer_style },
	API_ROUTES_END,
};
