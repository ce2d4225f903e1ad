/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/sample_test.h"
#include "center/store/keep.h"

/* Retention, with real batches: it stands here because the store knows no batches. */

#define DAY_US (24 * SAMPLE_HOUR_US)

static void send(
    struct sample *s, const char *machine, const char *cause, bool stopped, int n)
{
	struct buf lines;

	buf_init(&lines, 1u << 20);
	for (int i = 0; i < n; i++)
		sample_alert(&lines, machine, cause, stopped, s->now_us - i * 1000);
	check_eq(sample_send(s, 1, buf_text(&lines)), 0);
	buf_fini(&lines);
}

static int set(struct store_db *db, void *arg)
{
	return store_keep_set(db, 0, 1, arg, 0, SAMPLE_NOW_US);
}

static struct store_keep_done run(struct sample *s)
{
	struct store_keep_done done;

	check_eq(store_keep_run(s->store, s->now_us, 5000, &done), 0);
	return done;
}

static void books_are_right(struct sample *s)
{
	check_eq(sample_int(s, "SELECT events FROM kept WHERE company_id = 1"),
	    sample_int(s, "SELECT COUNT(*) FROM event"));
	check_eq(sample_int(s, "SELECT bytes FROM kept WHERE company_id = 1"),
	    sample_int(s, "SELECT COALESCE(SUM(length(eve)), 0) FROM event"));
	check_eq(sample_int(s, "SELECT SUM(kept) FROM incident"),
	    sample_int(s, "SELECT COUNT(*) FROM event"));
}

static void old_ones_go_urgent_and_open_stay(void)
{
	struct sample s;
	struct store_keep_rule rule = {
		.event_days = 30, .event_mb = -1, .incident_years = -1
	};

	sample_open(&s);
	send(&s, "log", "PROBE", true, 80);       /* 記録 */
	send(&s, "urgent", "BACKDOOR", false, 5); /* 緊急 */
	send(&s, "open", "EXPLOIT", true, 6);     /* 注意, nobody looked */
	send(&s, "done!", "VIRUS_WEB", true, 7);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM event"), 98);
	check_eq(store_write(s.store, set, &rule), 0);
	int64_t before = sample_int(&s, "SELECT SUM(events) FROM count_day");
	s.now_us += 10 * DAY_US;
	check_eq(run(&s).events, 0);
	send(&s, "log", "PROBE", true, 3);
	struct store_db *db = store_read(s.store);
	store_read_done(s.store, db);
	s.now_us += 25 * DAY_US;
	struct store_keep_done done = run(&s);
	check_eq(done.events, 80);
	check(done.longest_us > 0);
	books_are_right(&s);
	check_eq(sample_int(&s, "SELECT removed_events FROM kept"), 80);
	check_eq(sample_int(&s,
		     "SELECT COUNT(*) FROM audit WHERE action = 'retention.remove'"),
	    1);
	check_eq(sample_int(&s, "SELECT SUM(events) FROM count_day"), before + 3);
	/* Its turn is over. */
	check_eq(run(&s).companies, 0);
	struct buf report;
	buf_init(&report, 4096);
	check_eq(store_check(s.dir, &report), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM kept"), 1);
	buf_fini(&report);
	sample_close(&s);
}

static int close_all(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(db,
	    "UPDATE incident SET state = 'done', outcome = 'solved', closed_us = 1 "
	    "WHERE severity = 1",
	    STORE_NO_ARGS);
}

static void what_is_finished_goes_too(void)
{
	struct sample s;
	struct store_keep_rule rule = {
		.event_days = 30, .event_mb = -1, .incident_years = 1
	};

	sample_open(&s);
	send(&s, "done", "EXPLOIT", true, 6);
	check_eq(store_write(s.store, set, &rule), 0);
	check_eq(store_write(s.store, close_all, NULL), 0);
	s.now_us += 31 * DAY_US;
	check_eq(run(&s).events, 6);
	check_eq(run(&s).incidents, 0);
	s.now_us += 366 * DAY_US;
	check_eq(run(&s).incidents, 1);
	check_eq(sample_int(&s,
		     "SELECT COUNT(*) FROM incident WHERE what = '' AND peer = '' "
		     "AND machine_id IS NULL"),
	    1);
	sample_close(&s);
}

/* The least severe go first, and only as many as must. */
static void too_much_goes(void)
{
	struct sample s;
	struct store_keep_rule rule = {
		.event_days = 0, .event_mb = 1, .incident_years = 0
	};

	sample_open(&s);
	check_eq(store_write(s.store, set, &rule), 0);
	for (int hour = 0; hour < 240; hour++) {
		char name[40];
		s.now_us += SAMPLE_HOUR_US;
		snprintf(name, sizeof(name), "%.*s", hour % 30 + 1,
		    "machinemachinemachinemachinemachine");
		send(&s, name, "PROBE", true, 100);
	}
	send(&s, "bad", "BACKDOOR", false, 50);
	int64_t had = sample_int(&s, "SELECT bytes FROM kept");
	struct store_keep_done done = { 0 };
	if (had > 1 << 20) {
		done = run(&s);
		check(done.events > 0);
		check(sample_int(&s, "SELECT bytes FROM kept") <= 1 << 20);
		check(sample_int(&s, "SELECT bytes FROM kept") > 1 << 18);
	}
	printf("# had %lld bytes, step of %lld us at most\n", (long long)had,
	    (long long)done.longest_us);
	check(had > 1 << 20);
	check_eq(
	    sample_int(&s, "SELECT SUM(kept) FROM incident WHERE severity = 2"), 50);
	books_are_right(&s);
	sample_close(&s);
}

static int set_two(struct store_db *db, void *arg)
{
	struct store_keep_rule chamber = {
		.event_days = 90, .event_mb = 0, .incident_years = -1
	};
	struct store_keep_rule company = {
		.event_days = 7, .event_mb = -1, .incident_years = -1
	};
	int err = store_keep_set(db, 1, 0, &chamber, 0, 1);

	(void)arg;
	return err < 0 ? err : store_keep_set(db, 0, 1, &company, 0, 1);
}

static void the_narrower_row_holds(void)
{
	struct sample s;
	struct store_keep_rule rule;

	sample_open(&s);
	struct store_db *db = store_read(s.store);
	check_eq(store_keep_rule(db, 1, &rule), 0);
	check_eq(rule.event_days, 400);
	store_read_done(s.store, db);
	check_eq(store_write(s.store, set_two, NULL), 0);
	db = store_read(s.store);
	check_eq(store_keep_rule(db, 1, &rule), 0);
	check_eq(rule.event_days, 7);
	check_eq(rule.event_mb, 0);
	check_eq(rule.incident_years, 5);
	check_eq(store_keep_rule(db, 99, &rule), FAIL_MISSING);
	store_read_done(s.store, db);
	sample_close(&s);
}

CHECK_MAIN(old_ones_go_urgent_and_open_stay, what_is_finished_goes_too, too_much_goes,
    the_narrower_row_holds)
