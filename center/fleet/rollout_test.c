/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/fleet.h"
#include "center/sample_test.h"

#include <stdlib.h>

/* Roll-outs under an artificial clock: ten gates in rings of 10, 50 and 100 percent.  The
 * gates' part is what they report; tests/join has a real one. */
#define GATES     10
#define SOAK_S    3600
#define MINUTE_US INT64_C(60000000)

static struct sample s;
static struct fleet_keys *keys;
static struct fleet_rollout under_way;
static const char *state_wanted;

static struct fleet_by by(void)
{
	return (struct fleet_by){ .keys = keys, .now_us = s.now_us };
}

static int fill(struct store_db *db, void *arg)
{
	int err = store_script(db,
	    "INSERT INTO gate (company_id, site_id, name, fingerprint) VALUES "
	    "(1, 1, 'g', 'c3'), (1, 1, 'g', 'c4'), (1, 1, 'g', 'c5'), (1, 1, 'g', 'c6'), "
	    "(1, 1, 'g', 'c7'), (1, 1, 'g', 'c8'), (1, 1, 'g', 'c9'), (1, 1, 'g', 'ca');");

	(void)arg;
	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO bundle (chamber_id, name, version, sha256, size, "
		    "expires_us, published_us) VALUES (1, 'rules', 7, ?, 100, ?, ?)",
		    STORE_ARGS(
			STORE_TEXT("0000000000000000000000000000000000000000000000"
				   "000000000000000000"),
			STORE_INT(s.now_us + 90 * 24 * SAMPLE_HOUR_US),
			STORE_INT(s.now_us)));
	return err;
}

static int start(struct store_db *db, void *arg)
{
	struct fleet_by who = by();

	(void)arg;
	struct fleet_rollout r = {
		.bundle_id = 1, .rings = "[10,50,100]", .soak_s = SOAK_S
	};
	int err = fleet_rollout_start(db, &who, &r);
	if (err == 0)
		under_way = r;
	return err;
}

static int step(struct store_db *db, void *arg)
{
	struct fleet_by who = by();

	(void)arg;
	return fleet_rollout_step(db, &who);
}

static int set(struct store_db *db, void *arg)
{
	struct fleet_by who = by();

	(void)arg;
	return fleet_rollout_set(db, &who, under_way.id, state_wanted);
}

static int hold(const char *state)
{
	state_wanted = state;
	return store_write(s.store, set, NULL);
}

/* Time passes; the gates are heard of all the while but for `silent`. */
static int64_t silent;

static int everybody_reports(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(db,
	    "UPDATE gate SET report_us = ?, seen_us = ? WHERE id <> ? OR report_us IS NULL",
	    STORE_ARGS(STORE_INT(s.now_us), STORE_INT(s.now_us), STORE_INT(silent)));
}

static void pass(int minutes)
{
	for (int i = 0; i < minutes; i += 5) {
		s.now_us += 5 * MINUTE_US;
		check_eq(store_write(s.store, everybody_reports, NULL), 0);
		check(store_write(s.store, step, NULL) >= 0);
	}
}

/* What a gate says: results of all that waits for it, and since when it runs. */
struct says {
	int64_t gate, started_us;
};

static int report(struct store_db *db, void *arg)
{
	const struct says *g = arg;
	struct store_rows *rows;
	json_t *results = json_array();

	store_query(db, &rows,
	    "SELECT number FROM gate_order WHERE gate_id = ? AND state = 'waiting'",
	    STORE_ARGS(STORE_INT(g->gate)));
	while (store_next(rows))
		(void)json_array_append_new(
		    results, json_pack("{s:I, s:s, s:s}", "number",
				 (json_int_t)store_col_int(rows, 0), "result", "done",
				 "why", ""));
	int err = store_rows_free(rows);
	json_t *all = json_pack("{s:o, s:{s:I}}", "results", results, "runs",
	    "started_us", (json_int_t)g->started_us);
	if (err == 0)
		err = fleet_report_take(db, g->gate, all, s.now_us);
	json_decref(all);
	return err;
}

static void all_answer(int64_t started_us)
{
	for (int64_t gate = 1; gate <= GATES; gate++) {
		struct says g = { gate, started_us };
		check_eq(store_write(s.store, report, &g), 0);
	}
}

static int64_t in_state(const char *state)
{
	char sql[120];

	snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM rollout_gate WHERE rollout_id = %d AND state = '%s'",
	    (int)under_way.id, state);
	return sample_int(&s, sql);
}

static int64_t one_that_runs(void)
{
	return sample_int(
	    &s, "SELECT min(gate_id) FROM rollout_gate WHERE state = 'runs'");
}

#define STATE sample_text(&s, "SELECT state FROM rollout")
#define WHY   sample_text(&s, "SELECT why FROM rollout")

static void open_it(void)
{
	sample_open(&s);
	silent = 0;
	keys = fleet_keys_open(s.dir);
	check(keys != NULL);
	check_eq(store_write(s.store, fill, NULL), 0);
	check_eq(store_write(s.store, start, NULL), 0);
	check_eq(store_write(s.store, start, NULL), FAIL_CONFLICT);
	check(store_write(s.store, step, NULL) >= 0);
	all_answer(1);
	check(in_state("runs") >= 1);
	check(in_state("waiting") >= 1);
	check_eq(in_state("runs") + in_state("waiting"), GATES);
}

static void close_it(void)
{
	fleet_keys_close(keys);
	sample_close(&s);
}

/* It was taken back, for that reason, and those who ran it are ordered back. */
static void went_back(const char *why)
{
	int64_t ran = in_state("runs");

	check_text(STATE, "undone");
	check_text(WHY, why);
	check(store_write(s.store, step, NULL) >= 0);
	check_eq(in_state("undone"), ran);
	check_eq(
	    sample_int(&s, "SELECT count(*) FROM gate_order WHERE kind = 'rollback'"),
	    ran);
	check_eq(
	    sample_int(&s, "SELECT count(*) FROM audit WHERE action = 'rollout.undo'"),
	    1);
}

static void ring_by_ring(void)
{
	open_it();
	pass(30);
	check_eq(sample_int(&s, "SELECT ring FROM rollout"), 0);
	for (int ring = 1; ring <= 3; ring++) {
		pass(70);
		all_answer(1);
	}
	pass(70);
	check_text(STATE, "done");
	check_eq(in_state("runs"), GATES);
	close_it();
}

static void who_falls_silent_takes_it_back(void)
{
	open_it();
	pass(20);
	silent = one_that_runs();
	pass(10);
	check_text(STATE, "running"); /* ten minutes are no silence yet */
	pass(10);
	char why[60];
	snprintf(why, sizeof(why), "1 of %d gates fell silent", (int)in_state("runs"));
	went_back(why);
	close_it();
}

static void a_crash_loop_takes_it_back(void)
{
	open_it();
	struct says g = { one_that_runs(), 0 };
	for (int64_t boot = 2; boot < 4; boot++) {
		g.started_us = boot;
		check_eq(store_write(s.store, report, &g), 0);
		pass(5);
		check_text(STATE, "running"); /* a power cut or two */
	}
	g.started_us = 4;
	check_eq(store_write(s.store, report, &g), 0);
	pass(5);
	went_back("1 gates begin again and again");
	close_it();
}

static int many_alerts(struct store_db *db, void *arg)
{
	const int64_t *gate = arg;

	return store_exec(db,
	    "INSERT INTO batch (gate_id, boot, seq, taken_us, records, refused) VALUES "
	    "(?, 'b', ?, ?, 500, 0)",
	    STORE_ARGS(STORE_INT(*gate), STORE_INT(s.now_us), STORE_INT(s.now_us)));
}

static void ten_times_the_alerts_take_it_back(void)
{
	open_it();
	pass(5);
	int64_t gate = one_that_runs();
	check_eq(store_write(s.store, many_alerts, &gate), 0);
	pass(5);
	check_text(STATE, "running"); /* 500 of a gate that said nothing: not yet */
	check_eq(store_write(s.store, many_alerts, &gate), 0);
	pass(5);
	char why[60];
	snprintf(why, sizeof(why), "1 of %d gates tell ten times as much",
	    (int)in_state("runs"));
	went_back(why);
	close_it();
}

static void frozen_it_waits_resumed_it_goes_on(void)
{
	open_it();
	check_eq(hold("running"), FAIL_MISSING); /* it is */
	check_eq(hold("frozen"), 0);
	int64_t ran = in_state("runs");
	pass(300);
	check_text(STATE, "frozen");
	check_eq(sample_int(&s, "SELECT ring FROM rollout"), 0);
	check_eq(in_state("runs"), ran);
	check_eq(in_state("ordered"), 0);
	check_eq(hold("running"), 0);
	pass(30);
	check_eq(sample_int(&s, "SELECT ring FROM rollout"), 0); /* watched anew */
	pass(40);
	check_eq(sample_int(&s, "SELECT ring FROM rollout"), 1);
	check(in_state("ordered") > 0);
	close_it();
}

static const struct check_case cases[] = { { ring_by_ring },
	{ who_falls_silent_takes_it_back }, { a_crash_loop_takes_it_back },
	{ ten_times_the_alerts_take_it_back }, { frozen_it_waits_resumed_it_goes_on } };

int main(void)
{
	return check_run(cases, sizeof(cases) / sizeof(cases[0]),
	    "ring_by_ring, who_falls_silent_takes_it_back, a_crash_loop_takes_it_back, "
	    "ten_times_the_alerts_take_it_back, frozen_it_waits_resumed_it_goes_on");
}
