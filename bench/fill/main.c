/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bench/fill/fill.h"
#include "bench/fill/sample.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <stdio.h>
#include <stdlib.h>

static const char usage[] =
    "fill DIR [EVENTS [GATES [DAYS [BATCH [office|alerts]]]]]\n"
    "  makes a centre's data of made-up companies in DIR (new), through the centre's own\n"
    "  way from a gate's batch to the commit, and prints what it cost as JSON\n"
    "fill double DIR\n"
    "  all that is in it once more, as if it had happened before\n"
    "fill eve LINES [GATES [office|alerts]]\n"
    "  writes such records to standard output\n";

static int64_t number(int argc, char **argv, int at, int64_t preset)
{
	return argc > at ? strtoll(argv[at], NULL, 10) : preset;
}

static int write_eve(int argc, char **argv)
{
	struct sample_draw draw = { 7 };
	int64_t lines = number(argc, argv, 2, 1000);
	uint32_t gates = (uint32_t)number(argc, argv, 3, 3000);
	enum sample_mix mix =
	    argc > 4 && argv[4][0] == 'a' ? SAMPLE_ALERTS : SAMPLE_OFFICE;
	int64_t start_us = clock_now_us() - lines * 10000;
	struct buf line;

	buf_init(&line, SAMPLE_LINE_MAX);
	for (int64_t i = 0; i < lines; i++) {
		buf_clear(&line);
		sample_record(&draw, mix, 1 + sample_skewed(&draw, gates),
		    start_us + i * 10000, &line);
		fwrite(line.at, 1, line.len, stdout);
	}
	buf_fini(&line);
	return 0;
}

static int run_double(const char *dir)
{
	struct store *s = store_open(dir);
	int err = s ? fill_double(s) : FAIL_IO;

	store_close(s);
	return err < 0;
}

int main(int argc, char **argv)
{
	log_init("fill", LOG_WARN);
	if (argc < 2 || argv[1][0] == '-') {
		fputs(usage, stderr);
		return 2;
	}
	if (strcmp(argv[1], "eve") == 0)
		return write_eve(argc, argv);
	if (strcmp(argv[1], "double") == 0 && argc == 3)
		return run_double(argv[2]);
	struct fill_plan plan = { .dir = argv[1],
		.events = number(argc, argv, 2, 100000),
		.gates = (uint32_t)number(argc, argv, 3, 3000),
		.days = (uint32_t)number(argc, argv, 4, 30),
		.batch = (uint32_t)number(argc, argv, 5, 20),
		.alerts = argc > 6 && argv[6][0] == 'a',
		.end_us = clock_now_us(),
		.seed = 1 };
	struct store *s = store_open(plan.dir);
	if (!s)
		return 1;
	int err = fill_tenants(s, &plan);
	if (err > 0)
		err = fill_run(s, &plan);
	store_close(s);
	if (err < 0)
		fprintf(stderr, "fill: failed (%d)\n", err);
	return err < 0;
}
