/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"
#include "center/sample_test.h"

/* What was being watched, and came back. */

static int one(struct sample *s, const char *machine, const char *cause, bool stopped)
{
	struct buf lines;

	buf_init(&lines, 4096);
	sample_alert(&lines, machine, cause, stopped, s->now_us);
	int err = sample_send(s, 1, buf_text(&lines));
	buf_fini(&lines);
	return err;
}

static int add_people(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db,
	    "INSERT INTO account (id, role, chamber_id, mail, name, password, "
	    "created_us) VALUES (7, 'operator', 1, 'duty@desk.example', 'Duty', '', 0)");
}

static void operator_on(struct sample *s)
{
	check_eq(store_write(s->store, add_people, NULL), 0);
}

static int send_all(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(db, "UPDATE notice SET state = 'sent'", STORE_NO_ARGS);
}

static int move_by_hand(struct store_db *db, enum incident_state to)
{
	return incident_move(db,
	    &(struct incident_move){
		.incident_id = 1, .account_id = 7, .now_us = SAMPLE_NOW_US, .to = to });
}

static int watch_on(struct store_db *db, void *arg)
{
	(void)arg;
	for (enum incident_state to = INCIDENT_CHECKING; to <= INCIDENT_WATCHING;
	     to++) {
		int err = move_by_hand(db, to);
		if (err < 0)
			return err;
	}
	return 0;
}

static int watch_again(struct store_db *db, void *arg)
{
	(void)arg;
	int err = move_by_hand(db, INCIDENT_WORKING);

	return err < 0 ? err : move_by_hand(db, INCIDENT_WATCHING);
}

static int climb_on(struct store_db *db, void *arg)
{
	struct sample *s = arg;
	int n = journey_ladder(db, &s->journey, s->now_us);

	return n < 0 ? n : 0;
}

static const char *ladder(struct sample *s)
{
	return sample_text(s, "SELECT state FROM ladder WHERE incident_id = 1");
}

/* 様子見 and there it is again: everybody is told once more, by a ladder that begins anew,
 * until somebody of the centre moves it. */
static void what_came_back_is_told_once_more(void)
{
	static const char again[] =
	    "SELECT COUNT(*) FROM notice WHERE step LIKE 'again-%'";
	static const char calls[] =
	    "SELECT COUNT(*) FROM notice WHERE step LIKE 'esc%'";
	struct sample s;

	sample_open(&s);
	operator_on(&s);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", false), 0);
	check_eq(store_write(s.store, send_all, NULL), 0);
	int64_t called = sample_int(&s, calls);
	check(called > 0);
	check_eq(store_write(s.store, watch_on, NULL), 0);
	s.now_us += 16 * 60 * INT64_C(1000000);
	check_eq(store_write(s.store, climb_on, &s), 0);
	check_text(ladder(&s), "answered");
	for (int i = 0; i < 3; i++)
		check_eq(one(&s, "keiri-pc", "EXPLOIT", false), 0);
	check_eq(sample_int(&s, again), 2);
	check_eq(sample_int(&s, calls), 2 * called);
	check_text(ladder(&s), "running");
	/* Nobody moves it: the next one is called; somebody does: that is an answer. */
	s.now_us += 16 * 60 * INT64_C(1000000);
	check_eq(store_write(s.store, climb_on, &s), 0);
	check(sample_int(&s, calls) > 2 * called);
	check_text(ladder(&s), "running");
	check_eq(store_write(s.store, send_all, NULL), 0);
	check_eq(store_write(s.store, watch_again, NULL), 0);
	s.now_us += 60 * 60 * INT64_C(1000000);
	check_eq(store_write(s.store, climb_on, &s), 0);
	check_text(ladder(&s), "answered");
	/* And each time that it comes back. */
	check_eq(one(&s, "keiri-pc", "EXPLOIT", false), 0);
	check_eq(sample_int(&s, again), 4);
	check_text(ladder(&s), "running");
	sample_close(&s);
}

CHECK_MAIN(what_came_back_is_told_once_more)
