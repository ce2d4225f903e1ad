/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/metric/metric.h"

#include <stdlib.h>

/* /metrics in Prometheus' text format 0.0.4: what was counted since the start, and how things
 * stand now.  Numbers of the whole centre; no company's name is in them. */

#define METRICS_MAX (256u << 10)
#define SILENT_US   (INT64_C(900) * 1000000)

static const struct gauge {
	const char *name, *labels, *help;
	const char *sql; /* one number; `?` is the time now, in microseconds */
	bool at_time;
} gauges[] = {
	{ "otasuke_gates", "state=\"ok\"", "gates by state",
	    "SELECT count(*) FROM gate WHERE fingerprint IS NOT NULL AND revoked_us IS NULL "
	    "AND seen_us >= ?",
	    true },
	{ "otasuke_gates", "state=\"silent\"", NULL,
	    "SELECT count(*) FROM gate WHERE fingerprint IS NOT NULL AND revoked_us IS NULL "
	    "AND seen_us < ?",
	    true },
	{ "otasuke_incidents_open", "severity=\"urgent\"",
	    "incidents that are not done, by severity",
	    "SELECT count(*) FROM incident WHERE state <> 'done' AND severity = 2",
	    false },
	{ "otasuke_incidents_open", "severity=\"caution\"", NULL,
	    "SELECT count(*) FROM incident WHERE state <> 'done' AND severity = 1",
	    false },
	{ "otasuke_notices_waiting", "", "notices that are still to be sent",
	    "SELECT count(*) FROM notice WHERE state IN ('waiting', 'sending')",
	    false },
	{ "otasuke_companies", "", "companies", "SELECT count(*) FROM company", false },
};

static int print_gauges(struct store_db *db, int64_t now_us, struct buf *out)
{
	for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++) {
		const struct gauge *g = &gauges[i];
		int64_t value;
		int err = store_get_int(db, &value, g->sql,
		    g->at_time ? STORE_ARGS(STORE_INT(now_us - SILENT_US))
			       : STORE_NO_ARGS);
		if (err < 0)
			return err;
		metric_gauge(out, g->name, g->labels, g->help, value);
	}
	return 0;
}

void api_metrics(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct buf out;

	buf_init(&out, METRICS_MAX);
	metric_print(&out);
	int err = db ? print_gauges(db, q->now_us, &out) : FAIL_IO;
	if (db)
		store_read_done(q->api->store, db);
	a->owned = err == 0 && !out.overflowed ? malloc(out.len) : NULL;
	if (a->owned) {
		memcpy(a->owned, out.at, out.len);
		a->len = out.len;
		a->type = "text/plain; version=0.0.4; charset=utf-8";
		a->status = 200;
	} else {
		api_fail_store(a, err < 0 ? err : FAIL_MEMORY);
	}
	buf_fini(&out);
}
