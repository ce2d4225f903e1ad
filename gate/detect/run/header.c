/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/detect/run/run.h"

/* What a rule says in front of its brackets, and its checks of headers and flow. */

/* Each set of addresses is compared once a packet; most rules share a few. */
static bool addr_ok(struct detect *d, const struct addr_set *set, unsigned side)
{
	if (set->any)
		return true;
	uint32_t *known = &d->addr_known[side][set->id];
	if (*known >> 1 != d->round) {
		bool in = detect_match_addr(set, side ? &d->pkt->dst : &d->pkt->src);
		*known = d->round << 1 | in;
	}
	return *known & 1;
}

static bool ends_ok(struct detect *d, const struct sig *s)
{
	const struct packet *pkt = d->pkt;
	bool ports = d->proto & (SIG_PROTO_TCP | SIG_PROTO_UDP | SIG_PROTO_SCTP);

	if ((!ports || (detect_match_port(s->dst_port, pkt->dst_port) &&
			   detect_match_port(s->src_port, pkt->src_port))) &&
	    addr_ok(d, s->src, 0) && addr_ok(d, s->dst, 1))
		return true;
	if (!(s->flags & SIG_BOTH_WAYS))
		return false;
	return (!ports || (detect_match_port(s->dst_port, pkt->src_port) &&
			      detect_match_port(s->src_port, pkt->dst_port))) &&
	       addr_ok(d, s->src, 1) && addr_ok(d, s->dst, 0);
}

static bool flow_ok(struct detect *d, const struct sig *s)
{
	const struct flow *flow = d->pkt->flow;

	if (!flow)
		return !(s->flags & (SIG_NEEDS_FLOW | SIG_TX)) &&
		       s->app == FLOW_APP_UNKNOWN;
	if (!(s->dirs & 1u << d->dir))
		return false;
	if ((s->flags & SIG_ESTABLISHED) && !d->established)
		return false;
	if ((s->flags & SIG_NOT_ESTABLISHED) && d->established)
		return false;
	return s->app == FLOW_APP_UNKNOWN || s->app == flow->app;
}

bool detect_run_checks(struct detect *d, const struct sig *s)
{
	for (unsigned i = 0; i < s->check_count; i++) {
		const struct check *c = &s->checks[i];
		bool ok;
		switch (c->kind) {
		case CHECK_FLOWBITS:
		case CHECK_FLOWINT:
		case CHECK_XBITS:
			ok = detect_run_bits_ok(d, c);
			break;
		case CHECK_APP_PROTO:
			ok = d->pkt->flow && d->pkt->flow->app != FLOW_APP_UNKNOWN &&
			     (d->pkt->flow->app == c->which) != c->negated;
			if (c->which == FLOW_APP_UNKNOWN)
				ok = d->pkt->flow &&
				     (d->pkt->flow->app == FLOW_APP_UNKNOWN) !=
					 c->negated;
			break;
		case CHECK_STREAM_SIZE:
			ok = detect_run_stream_size(d, c);
			break;
		case CHECK_APP_EVENT:
			continue; /* tx.c looks at it */
		default:
			ok = detect_match_check(c, d->pkt);
		}
		if (!ok)
			return false;
	}
	return true;
}

bool detect_run_header(struct detect *d, const struct sig *s)
{
	const struct packet *pkt = d->pkt;

	if (!(s->proto & d->proto))
		return false;
	if (s->ip_proto && s->ip_proto != pkt->ip_proto)
		return false;
	if ((s->flags & SIG_IPV4_ONLY) && pkt->src.version != 4)
		return false;
	if ((s->flags & SIG_IPV6_ONLY) && pkt->src.version != 6)
		return false;
	return flow_ok(d, s) && ends_ok(d, s) && detect_run_checks(d, s);
}
