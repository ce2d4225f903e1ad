/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/metric/metric.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>

static const struct {
	const char *name, *labels, *help;
} rows[METRIC_MAX] = {

#define METRIC(id, name, labels, help) { name, labels, help },
#include "center/metric/metric.tbl"
#undef METRIC
};

static _Atomic uint64_t counts[METRIC_MAX];

void metric_add(enum metric m, uint64_t n)
{
	atomic_fetch_add_explicit(&counts[m], n, memory_order_relaxed);
}

uint64_t metric_get(enum metric m)
{
	return atomic_load_explicit(&counts[m], memory_order_relaxed);
}

static void head(struct buf *out, const char *name, const char *help, const char *type)
{
	char line[320];

	(void)snprintf(
	    line, sizeof(line), "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
	buf_add_text(out, line);
}

static void line(struct buf *out, const char *name, const char *labels, int64_t value)
{
	char text[256];
	bool any = labels[0] != '\0';

	(void)snprintf(text, sizeof(text), "%s%s%s%s %" PRId64 "\n", name,
	    any ? "{" : "", labels, any ? "}" : "", value);
	buf_add_text(out, text);
}

void metric_print(struct buf *out)
{
	for (unsigned m = 0; m < METRIC_MAX; m++) {
		if (m == 0 || strcmp(rows[m].name, rows[m - 1].name) != 0)
			head(out, rows[m].name, rows[m].help, "counter");
		line(out, rows[m].name, rows[m].labels, (int64_t)metric_get(m));
	}
}

void metric_gauge(struct buf *out, const char *name, const char *labels,
    const char *help, int64_t value)
{
	if (help)
		head(out, name, help, "gauge");
	line(out, name, labels, value);
}
