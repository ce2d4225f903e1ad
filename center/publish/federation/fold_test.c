/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/federation/federation.h"
#include "tests/check.h"

static struct federation_entry entry(
    int hour, const char *cause, const char *region, int64_t company, int64_t events)
{
	struct federation_entry e = {
		.hour = hour, .severity = 1, .company_id = company, .events = events
	};

	(void)snprintf(e.cause, sizeof(e.cause), "%s", cause);
	(void)snprintf(e.way, sizeof(e.way), "out");
	(void)snprintf(e.region, sizeof(e.region), "%s", region);
	return e;
}

static void large_cells_stay(void)
{
	struct federation_entry e[] = { entry(9, "VIRUS_WEB", "大阪", 1, 5),
		entry(9, "VIRUS_WEB", "大阪", 2, 6),
		entry(9, "VIRUS_WEB", "大阪", 3, 7),
		entry(9, "VIRUS_WEB", "大阪", 3, 1) };

	check_eq(federation_fold(e, 4), 1);
	check_eq(e[0].events, 19);
	check_eq(e[0].company_id, 3);
	check_eq(e[0].hour, 9);
	check_text(e[0].region, "大阪");
}

static void small_cells_are_merged_or_left_out(void)
{
	struct federation_entry places[] = { entry(9, "PROBE", "大阪", 1, 1),
		entry(9, "PROBE", "京都", 2, 2), entry(9, "PROBE", "", 3, 4) };
	struct federation_entry hours[] = { entry(9, "PROBE", "", 1, 1),
		entry(10, "PROBE", "", 2, 2), entry(11, "PROBE", "", 3, 4) };
	struct federation_entry causes[] = { entry(9, "PROBE", "", 1, 1),
		entry(9, "EXPLOIT", "", 2, 2), entry(9, "BACKDOOR", "", 3, 4) };
	struct federation_entry few[] = { entry(9, "PROBE", "", 1, 1),
		entry(9, "PROBE", "", 2, 900) };

	check_eq(federation_fold(places, 3), 1);
	check_eq(places[0].hour, 9);
	check_text(places[0].region, "");
	check_eq(federation_fold(hours, 3), 1);
	check_eq(hours[0].hour, FEDERATION_REST);
	check_text(hours[0].cause, "PROBE");
	check_eq(federation_fold(causes, 3), 1);
	check_text(causes[0].cause, "MERGED");
	check_eq(causes[0].events, 7);
	check_eq(federation_fold(few, 2), 0);
	check_eq(federation_fold(few, 0), 0);
}

/* Nothing is counted twice, and nobody is in a cell of fewer than three. */
static void every_event_is_in_one_cell(void)
{
	static struct federation_entry e[3000];
	static const char *const causes[] = { "PROBE", "EXPLOIT", "BACKDOOR",
		"SILENT" };
	uint32_t r = 1;
	int64_t before = 0, after = 0;

	for (size_t i = 0; i < 3000; i++) {
		r = r * 1664525u + 1013904223u;
		e[i] = entry((int)(r >> 8) % 24, causes[(r >> 16) % 4],
		    (r >> 20) % 2 ? "大阪" : "京都", 1 + (r >> 24) % 40,
		    1 + (r >> 4) % 9);
		before += e[i].events;
	}
	size_t n = federation_fold(e, 3000);
	for (size_t i = 0; i < n; i++) {
		after += e[i].events;
		check(e[i].company_id >= FEDERATION_LEAST);
	}
	check_eq(before, after);
}

static void lines_come_back(void)
{
	static const char *const bad[] = { "", "PROBE", "PROBE\tout\t0\t1\t\t\t1\t1\t2",
		"PROBE\tup\t0\t1\t\t\t1\t1\t3", "PROBE\tout\t2\t1\t\t\t1\t1\t3",
		"PROBE\tout\t0\t3\t\t\t1\t1\t3", "probe\tout\t0\t1\t\t\t1\t1\t3",
		"PROBE\tout\t0\t1\t\t\t1\t1\t3\t", "PROBE\tout\t-1\t1\t\t\t1\t1\t3",
		"\tout\t0\t1\t\t\t1\t1\t3",
		"PROBE\tout\t0\t1\t\t\t99999999999999999999\t1\t3" };
	struct federation_entry e[] = { entry(9, "PROBE", "大阪", 4, 12) }, back;
	struct buf text;

	buf_init(&text, FEDERATION_TEXT_MAX);
	check_eq(federation_print(e, 1, 8, &text), 0);
	check_eq(text.len, 0);
	check_eq(federation_print(e, 1, 9, &text), 0);
	check_eq(federation_read_line(span_of(text.at, text.len - 1), &back), 0);
	check_text(back.region, "大阪");
	check(back.company_id == 4 && back.events == 12 && back.severity == 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_eq(federation_read_line(span_text(bad[i]), &back), FAIL_FORMAT);
	buf_fini(&text);
}

CHECK_MAIN(large_cells_stay, small_cells_are_merged_or_left_out,
    every_event_is_in_one_cell, lines_come_back)
