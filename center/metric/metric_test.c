/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/metric/metric.h"
#include "tests/check.h"

/* One HELP and TYPE a name, a line each row (Prometheus text format 0.0.4). */
static void text_is_what_prometheus_reads(void)
{
	struct buf out;
	unsigned heads = 0, lines = 0;

	buf_init(&out, 64u << 10);
	metric_add(METRIC_BATCH_AGAIN, 3);
	metric_add(METRIC_BATCH_AGAIN, 4);
	metric_print(&out);
	metric_gauge(&out, "otasuke_open", "severity=\"urgent\"", "open", 2);
	metric_gauge(&out, "otasuke_open", "severity=\"log\"", NULL, 5);
	check(strstr(buf_text(&out),
		  "otasuke_ingest_batches_total{result=\"again\"} 7\n") != NULL);
	check(strstr(buf_text(&out),
		  "# TYPE otasuke_open gauge\notasuke_open{severity=\"urgent\"} 2\n"
		  "otasuke_open{severity=\"log\"} 5\n") != NULL);
	for (const char *at = buf_text(&out); *at; at = strchr(at, '\n') + 1) {
		heads += strncmp(at, "# TYPE ", 7) == 0;
		lines += *at != '#';
	}
	check_eq(lines, METRIC_MAX + 2);
	check(heads < lines);
	buf_fini(&out);
}

CHECK_MAIN(text_is_what_prometheus_reads)
