/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "gate/event/internal.h"
#include "lib/base/clock.h"

#define DAY_US (INT64_C(86400) * 1000000)

static void put_stats(struct event *e, const struct event_gate *g)
{
	const struct event_counts *c = &e->counts;
	struct buf *b = &e->json;

	buf_addf(b, "{\"uptime\":%lld,",
	    (long long)(clock_now_us() - e->start_us) / 1000000);
	buf_addf(b, "\"capture\":{\"kernel_drops\":%llu},",
	    (unsigned long long)g->capture_lost);
	buf_addf(b, "\"decoder\":{\"pkts\":%llu,\"bytes\":%llu,\"invalid\":%llu},",
	    (unsigned long long)c->packets, (unsigned long long)c->bytes,
	    (unsigned long long)c->malformed);
	buf_addf(b, "\"flow\":{\"ended\":%llu},", (unsigned long long)c->flows);
	buf_addf(b,
	    "\"app_layer\":{\"tx\":{\"http\":%llu,\"dns\":%llu,\"tls\":%llu,"
	    "\"smtp\":%llu}},",
	    (unsigned long long)c->http, (unsigned long long)c->dns,
	    (unsigned long long)c->tls, (unsigned long long)c->smtp);
	buf_addf(b, "\"detect\":{\"alert\":%llu},\"ips\":{\"blocked\":%llu},",
	    (unsigned long long)c->alerts, (unsigned long long)c->drops);
	buf_addf(b,
	    "\"otasuke\":{\"files\":%llu,\"virus\":%llu,\"sites\":%llu,"
	    "\"exceptions\":%llu,\"lost\":%llu}}",
	    (unsigned long long)c->files, (unsigned long long)c->virus,
	    (unsigned long long)c->sites, (unsigned long long)c->exceptions,
	    (unsigned long long)c->lost);
	event_json(e, RECORD_F_STATS_BODY);
}

static void put_gate(struct event *e, const struct event_gate *g)
{
	struct record *r = &e->rec;

	record_text(r, RECORD_F_SCANNER_STATE, g->scanner);
	if (g->signatures_at_us)
		record_time(r, RECORD_F_SCANNER_AT, g->signatures_at_us);
	record_text(r, RECORD_F_GATE_VERSION, OTASUKE_VERSION);
	record_text(r, RECORD_F_GATE_MODE, e->conf.mode);
	record_int(r, RECORD_F_GATE_UPTIME, (clock_now_us() - e->start_us) / 1000000);
	if (g->rules) {
		record_int(r, RECORD_F_GATE_RULES, g->rules->loaded);
		record_int(r, RECORD_F_GATE_REFUSED, g->rules->refused);
	}
	if (g->rules_at_us)
		record_time(r, RECORD_F_GATE_RULES_AT, g->rules_at_us);
	record_int(r, RECORD_F_GATE_IN, (int64_t)e->counts.in);
	record_int(r, RECORD_F_GATE_OUT, (int64_t)e->counts.out);
	record_int(r, RECORD_F_GATE_LOCAL, (int64_t)e->counts.local);
	if (e->conf.assets)
		record_int(r, RECORD_F_GATE_MACHINES,
		    asset_count(e->conf.assets, clock_now_us() - DAY_US));
	record_int(r, RECORD_F_GATE_SPOOL, g->spool_percent);
	record_int(r, RECORD_F_GATE_PACKETS, (int64_t)e->counts.packets);
	record_int(r, RECORD_F_GATE_BYTES, (int64_t)e->counts.bytes);
	record_int(r, RECORD_F_GATE_LOST, (int64_t)g->capture_lost);
	record_int(r, RECORD_F_GATE_SPOOL_LOST, (int64_t)g->spool_lost);
	record_int(r, RECORD_F_GATE_EXCEPTIONS, (int64_t)e->counts.exceptions);
}

void event_stats(struct event *e, const struct event_gate *gate)
{
	struct event_about nobody = { 0 };

	if (gate->now_us > e->now_us)
		e->now_us = gate->now_us;
	if (event_wants(e, RECORD_STATS)) {
		event_begin(e, RECORD_STATS, &nobody, EVENT_AS_PACKET);
		put_stats(e, gate);
		event_send(e);
	}
	if (gate->scanner && event_wants(e, RECORD_GATE)) {
		event_begin(e, RECORD_GATE, &nobody, EVENT_AS_PACKET);
		put_gate(e, gate);
		event_send(e);
	}
}
