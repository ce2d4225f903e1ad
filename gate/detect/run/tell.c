/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/run.h"

#include "gate/finding.h"

#include <stdlib.h>

/* Matches of a packet, in the order of rules, become findings. */

void detect_run_match(
    struct detect *d, const struct sig *s, struct tx *tx, bool flow_wide)
{
	detect_run_bits_set(d, s);
	if ((s->flags & SIG_NOALERT) && s->action == SIG_ALERT)
		return;
	for (uint32_t i = 0; i < d->alert_count; i++) {
		if (d->alerts[i].sig != s || d->alerts[i].tx != tx)
			continue;
		d->alerts[i].flow_wide |= flow_wide;
		return;
	}
	if (d->alert_count < RUN_ALERTS_MAX)
		d->alerts[d->alert_count++] = (struct alert){ s, tx, flow_wide };
}

static int by_rule(const void *a, const void *b)
{
	const struct alert *x = a, *y = b;
	uint32_t i = x->sig->rule.index, k = y->sig->rule.index;

	if (i != k)
		return i < k ? -1 : 1;
	uint64_t t = x->tx ? x->tx->id : 0, u = y->tx ? y->tx->id : 0;
	return (t > u) - (t < u);
}

static enum finding_wish wish_of(int action)
{
	switch (action) {
	case SIG_PASS:
		return FINDING_PASS;
	case SIG_DROP:
		return FINDING_DROP;
	case SIG_REJECT:
		return FINDING_REJECT;
	default:
		return FINDING_TELL;
	}
}

/* True: a pass rule holds, nothing behind it counts. */
static bool tell_one(struct detect *d, const struct alert *a, uint32_t *told)
{
	const struct sig *s = a->sig;
	int action = s->action;
	int limit = detect_run_limit(d, s, &action);
	bool silent = limit == 2 || (s->flags & SIG_NOALERT);

	if (limit == 0 || (silent && action == SIG_ALERT))
		return false;
	if (*told >= d->engine->alerts_max)
		return false;
	struct finding *f = finding_add(d->pkt, FINDING_RULE);
	if (!f)
		return false;
	f->wish = wish_of(action);
	f->rule = &s->rule;
	f->tx = a->tx;
	f->packet_only = !a->flow_wide;
	f->suppressed = silent || (action == SIG_PASS && !(s->flags & SIG_TELLS));
	*told += 1;
	if (action == SIG_PASS) {
		if (a->flow_wide && d->pkt->flow)
			d->pkt->flow->passed = true;
		return true;
	}
	if (!f->suppressed) {
		if (d->pkt->flow)
			d->pkt->flow->alerted = true;
		if (a->tx)
			a->tx->alerted = true;
	}
	return false;
}

void detect_run_tell(struct detect *d)
{
	uint32_t told = 0;

	if (d->alert_count > 1)
		qsort(d->alerts, d->alert_count, sizeof(d->alerts[0]), by_rule);
	for (uint32_t i = 0; i < d->alert_count; i++)
		if (tell_one(d, &d->alerts[i], &told))
			break;
	d->alert_count = 0;
}
