/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/flow.h"

#include <strings.h>

static const char *const flow_app_names[FLOW_APP_MAX] = {
	[FLOW_APP_UNKNOWN] = NULL,  [FLOW_APP_FAILED] = "failed", [FLOW_APP_HTTP] = "http",
	[FLOW_APP_DNS] = "dns",     [FLOW_APP_TLS] = "tls",       [FLOW_APP_SMTP] = "smtp",
};

const char *flow_app_name(enum flow_app app)
{
	return app < FLOW_APP_MAX ? flow_app_names[app] : NULL;
}

enum flow_app flow_app_find(const char *name)
{
	for (unsigned i = FLOW_APP_HTTP; i < FLOW_APP_MAX; i++)
		if (strcasecmp(flow_app_names[i], name) == 0)
			return (enum flow_app)i;
	return FLOW_APP_MAX;
}
