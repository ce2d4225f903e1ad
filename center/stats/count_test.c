/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/sample_test.h"
#include "center/stats/stats.h"

#include <stdlib.h>
#include <time.h>

/* What the counts must say, counted again from what was sent. */
struct again {
	int64_t events, by_hour[24], today, yesterday;
};

static void send(struct sample *s, int64_t gate, int64_t at_us, int n,
    const char *cause, struct again *a)
{
	struct buf lines;
	struct stats_when w = { 0 }, now = { 0 };

	buf_init(&lines, 1u << 20);
	for (int i = 0; i < n; i++)
		sample_alert(&lines, "keiri-pc", cause, i % 2, at_us + i * 1000);
	check_eq(sample_send(s, gate, buf_text(&lines)), 0);
	buf_fini(&lines);
	stats_when(&w, at_us);
	stats_when(&now, s->now_us);
	a->events += n;
	a->by_hour[w.hour] += n;
	if (w.day == now.day)
		a->today += n;
	else
		a->yesterday += n;
}

static void hours_are_exact(struct sample *s, const struct again *a)
{
	int64_t sum = 0;

	for (int h = 0; h < 24; h++) {
		char sql[80];
		snprintf(sql, sizeof(sql), "SELECT SUM(h%02d) FROM count_day", h);
		check_eq(sample_int(s, sql), a->by_hour[h]);
		sum += a->by_hour[h];
	}
	check_eq(sum, a->events);
	check_eq(sample_int(s, "SELECT SUM(events) FROM count_day"), a->events);
}

/* Also of what a worm's cap did not keep, of two gates, and of what came late. */
static void counts_are_a_recount(void)
{
	struct sample s;
	struct again a = { 0 };

	sample_open(&s);
	send(&s, 1, s.now_us - SAMPLE_HOUR_US, 250, "EXPLOIT", &a);
	send(&s, 1, s.now_us - 5 * SAMPLE_HOUR_US, 30, "PROBE", &a);
	send(&s, 2, s.now_us - 24 * SAMPLE_HOUR_US, 7, "EXPLOIT", &a);
	s.now_us += 60 * 1000000;
	send(&s, 2, s.now_us - 24 * SAMPLE_HOUR_US, 3, "BACKDOOR", &a); /* late */
	hours_are_exact(&s, &a);
	check_eq(sample_int(&s, "SELECT SUM(events) FROM count_day"),
	    sample_int(&s, "SELECT SUM(events) FROM incident"));
	check_eq(sample_int(&s, "SELECT SUM(incidents) FROM count_day"),
	    sample_int(&s, "SELECT COUNT(*) FROM incident"));
	check(sample_int(&s, "SELECT COUNT(*) FROM event") < a.events);
	check_eq(sample_int(&s, "SELECT SUM(events) FROM count_day WHERE day = "
				"(SELECT MAX(day) FROM count_day)"),
	    a.today);
	check_eq(
	    sample_int(&s, "SELECT SUM(events) FROM count_day WHERE stopped = 1 AND "
			   "way = 'out' AND cause = 'EXPLOIT' AND gate_id = 1"),
	    125);
	sample_close(&s);
}

/* The same batch again counts nothing; a heartbeat is no event. */
static void nothing_counts_twice(void)
{
	struct sample s;
	struct again a = { 0 };

	sample_open(&s);
	send(&s, 1, s.now_us, 5, "EXPLOIT", &a);
	s.seq--;
	send(&s, 1, s.now_us, 5, "EXPLOIT", &a);
	check_eq(
	    sample_send(&s, 1,
		"{\"timestamp\":\"2026-11-21T10:00:00.000000+0900\",\"event_type\":"
		"\"gate\",\"gate\":{\"version\":\"1\"}}\n"),
	    0);
	check_eq(sample_int(&s, "SELECT SUM(events) FROM count_day"), 5);
	sample_close(&s);
}

static void a_quarter_is_remembered(void)
{
	struct stats_when w = { 0 };

	setenv("TZ", "Asia/Tokyo", 1);
	tzset();
	stats_when(&w, INT64_C(1795226400) * 1000000);
	check_eq(w.day, 20261121);
	check_eq(w.hour, 11);
	stats_when(&w, (INT64_C(1795226400) + 13 * 3600) * 1000000);
	check_eq(w.day, 20261122);
	check_eq(w.hour, 0);
}

CHECK_MAIN(counts_are_a_recount, nothing_counts_twice, a_quarter_is_remembered)
