/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/verdict/exception.h"

struct verdict_result verdict_exception(
    const struct verdict_conf *conf, struct packet *pkt)
{
	struct verdict_result r = { .verdict = VERDICT_PASS };

	if (!pkt->out_of_budget || !conf->fail_closed)
		return r;
	r.verdict = VERDICT_DROP;
	r.reason = "exception policy";
	if (pkt->flow)
		pkt->flow->dropped = true;
	return r;
}
