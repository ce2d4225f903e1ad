/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fields.h"

/* The sample mailbox (見本). */

const struct api_route api_demo_routes[] = {
	{ API_GET, "/demo/mail", MAY_PUBLIC, false, .fn = api_demo_list },
	{ API_GET, "/demo/mail/{name}", MAY_PUBLIC, false, .fn = api_demo_mail },
	API_ROUTES_END,
};
