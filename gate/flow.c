/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/flow.h"

#include <strings.h>

static const char *const flow_app_names[FLOW_APP_MAX] = {
	[FLOW_APP_UNKNOWN] = NULL,
	[FLOW_APP_FAILED] = "failed",
	[FLOW_APP_HTTP] = "http",
	[FLOW_APP_DNS] = "dns",
	[FLOW_APP_TLS] = "tls",
	[FLOW_APP_SMTP] = "smtp",
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

const char *flow_end_name(enum flow_end end)
{
	static const char *const names[FLOW_END_MAX] = {
		[FLOW_END_NONE] = "unknown",
		[FLOW_END_TIMEOUT] = "timeout",
		[FLOW_END_FORCED] = "forced",
		[FLOW_END_SHUTDOWN] = "shutdown",
		[FLOW_END_TCP_REUSE] = "tcp_reuse",
	};
	return end < FLOW_END_MAX ? names[end] : "unknown";
}

const char *flow_tcp_state_name(enum flow_tcp_state state)
{
	static const char *const names[] = {
		[FLOW_TCP_NONE] = "none",
		[FLOW_TCP_SYN_SENT] = "syn_sent",
		[FLOW_TCP_SYN_RECV] = "syn_recv",
		[FLOW_TCP_ESTABLISHED] = "established",
		[FLOW_TCP_FIN_WAIT1] = "fin_wait1",
		[FLOW_TCP_FIN_WAIT2] = "fin_wait2",
		[FLOW_TCP_CLOSING] = "closing",
		[FLOW_TCP_CLOSE_WAIT] = "close_wait",
		[FLOW_TCP_LAST_ACK] = "last_ack",
		[FLOW_TCP_TIME_WAIT] = "time_wait",
		[FLOW_TCP_CLOSED] = "closed",
	};
	return state <= FLOW_TCP_CLOSED ? names[state] : "unknown";
}
