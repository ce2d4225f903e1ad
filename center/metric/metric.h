/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lib/base/buf.h"

#include <stdint.h>

/* What the centre counts while it runs: metric.tbl as counters that any thread may raise.
 *
 * Owns:    the counters; they begin at 0 with the process, as Prometheus expects.
 * Threads: any, without a lock.
 * Serves:  /metrics */
enum metric {

#define METRIC(id, name, labels, help) METRIC_##id,
#include "center/metric/metric.tbl"
#undef METRIC
	METRIC_MAX,
};

void metric_add(enum metric m, uint64_t n);
uint64_t metric_get(enum metric m);
/* Appends all counters in Prometheus' text format 0.0.4. */
void metric_print(struct buf *out);
/* Appends one gauge; `labels` may be "". */
void metric_gauge(struct buf *out, const char *name, const char *labels,
    const char *help, int64_t value);
