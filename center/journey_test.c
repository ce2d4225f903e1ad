/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"
#include "center/sample_test.h"

/* What becomes of batches: correlation, severity, machines, what is planned for whom. */

static int one(struct sample *s, const char *machine, const char *cause, bool stopped)
{
	struct buf lines;

	buf_init(&lines, 4096);
	sample_alert(&lines, machine, cause, stopped, s->now_us);
	int err = sample_send(s, 1, buf_text(&lines));
	buf_fini(&lines);
	return err;
}

static void one_incident_per_cause_and_machine(void)
{
	struct sample s;

	sample_open(&s);
	for (int i = 0; i < 3; i++) {
		check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
		check_eq(one(&s, "koujou-pc", "EXPLOIT", true), 0);
		check_eq(one(&s, "keiri-pc", "BACKDOOR", true), 0);
	}
	check_text(sample_text(&s, "SELECT cause || events FROM incident ORDER BY id"),
	    "EXPLOIT3|EXPLOIT3|BACKDOOR3");
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM machine"), 2);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM event"), 9);
	check_text(sample_text(&s, "SELECT action || ' ' || detail FROM audit "
				   "WHERE incident_id = 3"),
	    "incident.open urgent CALLS_HOME_STOPPED STORY_EXPLOIT_C2|incident.story 1 "
	    "STORY_EXPLOIT_C2|ladder.nobody duty");
	sample_close(&s);
}

static void a_day_later_it_is_another(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	s.now_us += 23 * SAMPLE_HOUR_US;
	check_eq(
	    one(&s, "keiri-pc", "EXPLOIT", true), 0); /* still the same day's thing */
	s.now_us += 25 * SAMPLE_HOUR_US;
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM incident"), 2);
	/* BACKDOOR waits for a week. */
	check_eq(one(&s, "keiri-pc", "BACKDOOR", true), 0);
	s.now_us += 3 * 24 * SAMPLE_HOUR_US;
	check_eq(one(&s, "keiri-pc", "BACKDOOR", true), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM incident"), 3);
	sample_close(&s);
}

static void severity_follows_the_worst(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_eq(sample_int(&s, "SELECT severity FROM incident"), RECORD_CAUTION);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", false), 0);
	check_eq(sample_int(&s, "SELECT severity FROM incident"), RECORD_URGENT);
	check_eq(sample_int(&s, "SELECT stopped FROM incident"), 0);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0); /* never back */
	check_eq(sample_int(&s, "SELECT severity FROM incident"), RECORD_URGENT);
	check_text(
	    sample_text(&s, "SELECT action || ' ' || detail FROM audit ORDER BY id"),
	    "incident.open caution ATTACKS_OTHERS|incident.raise caution>urgent "
	    "NOT_STOPPED|ladder.nobody duty");
	sample_close(&s);
}

/* Closing ends it: the next event opens another.  Watching does not. */
static int close_it(struct store_db *db, void *arg)
{
	const struct sample *s = arg;

	return incident_move(db, &(struct incident_move){ .incident_id = 1,
				     .account_id = 7,
				     .now_us = s->now_us,
				     .to = INCIDENT_DONE,
				     .outcome = INCIDENT_MISTAKEN,
				     .note = "試験でした" });
}

static int watch_it(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(
	    db, "UPDATE incident SET state = 'watching' WHERE id = 2", STORE_NO_ARGS);
}

static void closed_and_watched(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_eq(store_write(s.store, close_it, &s), 0);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_text(
	    sample_text(&s, "SELECT state FROM incident ORDER BY id"), "done|new");
	check_eq(store_write(s.store, watch_it, &s), 0);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_text(
	    sample_text(&s, "SELECT state FROM incident ORDER BY id"), "done|checking");
	check_text(
	    sample_text(&s, "SELECT detail FROM audit WHERE action = 'incident.state'"),
	    "new>done mistaken\n試験でした|watching>checking");
	sample_close(&s);
}

/* 5000 events of one worm: all counted, a hundred kept, one incident, one notice each. */
static void a_worm_stays_small(void)
{
	struct sample s;
	struct buf lines;

	sample_open(&s);
	buf_init(&lines, 4u << 20);
	for (int i = 0; i < 2500; i++)
		sample_alert(&lines, "koujou-pc", "BACKDOOR", true, s.now_us);
	check_eq(sample_send(&s, 1, buf_text(&lines)), 0);
	check_eq(sample_send(&s, 1, buf_text(&lines)), 0);
	check_eq(sample_int(&s, "SELECT events FROM incident"), 5000);
	check_eq(sample_int(&s, "SELECT kept FROM incident"), INCIDENT_EVENTS_AN_HOUR);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM event"), INCIDENT_EVENTS_AN_HOUR);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 2);
	s.now_us += SAMPLE_HOUR_US;
	check_eq(one(&s, "koujou-pc", "BACKDOOR", true), 0);
	check_eq(
	    sample_int(&s, "SELECT kept FROM incident"), INCIDENT_EVENTS_AN_HOUR + 1);
	buf_fini(&lines);
	sample_close(&s);
}

static void a_batch_counts_once(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	s.seq--;
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_eq(sample_int(&s, "SELECT events FROM incident"), 1);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM batch"), 1);
	sample_close(&s);
}

static void unreadable_records_are_kept_aside(void)
{
	struct sample s;
	struct buf lines;

	sample_open(&s);
	buf_init(&lines, 8192);
	buf_add_text(&lines, "not json\n{\"event_type\":\"flow\",\"proto\":\"TCP\"}\n");
	sample_alert(&lines, "keiri-pc", "EXPLOIT", true, s.now_us);
	buf_add_text(
	    &lines, "{\"event_type\":\"alert\",\"src_ip\":\"x\\u0007y\"}\n[]\n");
	check_eq(sample_send(&s, 1, buf_text(&lines)), 0);
	check_eq(sample_int(&s, "SELECT refused FROM batch"), 4);
	check_text(sample_text(&s, "SELECT line FROM refused ORDER BY id"), "1|2|4|5");
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM incident"), 1);
	buf_fini(&lines);
	sample_close(&s);
}

static void unknown_or_revoked_gates_are_denied(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(sample_send(&s, 99, "{}"), FAIL_DENIED);
	sample_close(&s);
}

static const char new_machine[] =
    "{\"event_type\":\"asset\",\"asset\":{\"event\":\"new\"},\"otasuke\":{\"machine\":{"
    "\"mac\":\"00:00:5e:00:53:77\",\"ip\":\"192.168.1.77\",\"kind\":\"camera\"}}}\n";
static const char named_machine[] =
    "{\"event_type\":\"asset\",\"asset\":{\"event\":\"changed\"},\"otasuke\":{\"machine\":{"
    "\"mac\":\"00-00-5E-00-53-77\",\"name\":\"souko-cam\"}}}\n";

static void a_machine_is_new_once(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(sample_send(&s, 1, new_machine), 0);
	check_eq(sample_send(&s, 1, named_machine), 0);
	s.now_us += 100 * 24 * SAMPLE_HOUR_US;
	check_eq(sample_send(&s, 1, new_machine), 0);
	check_text(
	    sample_text(&s, "SELECT mac || ' ' || name || ' ' || ip || ' ' || kind "
			    "FROM machine"),
	    "00:00:5e:00:53:77 souko-cam 192.168.1.77 camera");
	check_text(
	    sample_text(&s, "SELECT cause || severity FROM incident"), "NEW_MACHINE0");
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 0); /* only recorded */
	sample_close(&s);
}

static void the_scanner_mends_itself(void)
{
	static const char down[] =
	    "{\"event_type\":\"scanner\",\"scanner\":{"
	    "\"state\":\"down\",\"reason\":\"connection refused\"}}\n";
	static const char up[] =
	    "{\"event_type\":\"scanner\",\"scanner\":{\"state\":\"up\"}}\n";
	struct sample s;
	char both[400];

	sample_open(&s);
	check_eq(sample_send(&s, 1, down), 0);
	check_eq(sample_send(&s, 2, down), 0); /* another gate's scanner is another */
	check_eq(sample_send(&s, 1, up), 0);
	check_text(sample_text(&s, "SELECT gate_id || state || outcome FROM incident "
				   "ORDER BY id"),
	    "1donesolved|2new");
	snprintf(both, sizeof(both), "%s%s%s%s", up, down, up, down);
	check_eq(sample_send(&s, 2, both), 0);
	check_text(sample_text(&s, "SELECT gate_id || state || outcome FROM incident "
				   "ORDER BY id"),
	    "1donesolved|2donesolved|2donesolved|2new");
	sample_close(&s);
}

static void a_heartbeat_is_the_gates_state(void)
{
	struct sample s;
	char when[40], line[300];

	sample_open(&s);
	clock_format(s.now_us - 90 * 1000000, when, sizeof(when));
	snprintf(line, sizeof(line),
	    "{\"timestamp\":\"%s\",\"event_type\":\"gate\",\"gate\":{\"version\":\"0.1\","
	    "\"mode\":\"protect\",\"rules\":40000},\"scanner\":{\"state\":\"up\"}}\n",
	    when);
	check_eq(sample_send(&s, 1, line), 0);
	check_text(sample_text(&s, "SELECT state FROM gate WHERE id = 1"),
	    "{\"version\":\"0.1\",\"mode\":\"protect\",\"scanner\":\"up\",\"rules\":40000}");
	check_eq(
	    sample_int(&s, "SELECT skew_us FROM gate WHERE id = 1"), -90 * 1000000);
	check(sample_int(&s, "SELECT seen_us FROM gate WHERE id = 1") == s.now_us);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM event"), 0);
	sample_close(&s);
}

/* A gate whose clock says 1970 or 2050 still opens incidents that correlate. */
static void wrong_clocks_do_no_harm(void)
{
	struct sample s;
	struct buf lines;

	sample_open(&s);
	buf_init(&lines, 8192);
	sample_alert(&lines, "keiri-pc", "EXPLOIT", true, 1000000);
	sample_alert(&lines, "keiri-pc", "EXPLOIT", true, s.now_us * 3);
	check_eq(sample_send(&s, 1, buf_text(&lines)), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM incident"), 1);
	check(sample_int(&s, "SELECT last_us FROM incident") == s.now_us);
	check(sample_int(&s, "SELECT first_us FROM incident") == s.now_us);
	check(sample_int(&s, "SELECT at_us FROM event ORDER BY id") == 1000000);
	buf_fini(&lines);
	sample_close(&s);
}

/* EVE of a real Suricata: no otasuke member; the private address is the company's. */
static void a_suricata_sensor_is_understood(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(
	    sample_send(&s, 1,
		"{\"timestamp\":\"2026-11-21T10:59:00.000000+0900\","
		"\"event_type\":\"alert\",\"src_ip\":\"203.0.113.66\",\"src_port\":80,"
		"\"dest_ip\":\"192.168.10.5\",\"dest_port\":40000,\"proto\":\"TCP\","
		"\"alert\":{\"action\":\"allowed\",\"gid\":1,\"signature_id\":2,\"rev\":1,"
		"\"signature\":\"ET SOMETHING\",\"category\":\"Misc\",\"severity\":2}}"),
	    0);
	check_text(sample_text(&s, "SELECT cause || stopped || peer || ' ' || what "
				   "FROM incident"),
	    "OTHER0203.0.113.66 ET SOMETHING");
	check_text(
	    sample_text(&s, "SELECT identity FROM machine"), "ip:1:192.168.10.5");
	sample_close(&s);
}

/* Only the newest batches of a boot are remembered. */
static int old_batches(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db,
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
	    "INSERT INTO batch (gate_id, boot, seq, taken_us, records, refused) SELECT 1, 'boot', i, 0, 0, 0 FROM n;"
	    "INSERT INTO batch (gate_id, boot, seq, taken_us, records, refused) VALUES (1, 'oldboot', 1, 0, 0, 0), (2, 'boot', 1, 0, 0, 0);");
}

static void old_batches_are_forgotten(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(store_write(s.store, old_batches, NULL), 0);
	s.seq = 3000;
	s.now_us = s.now_us / 256 * 256;
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM batch WHERE boot = 'boot' "
				"AND gate_id = 1"),
	    2000);
	check_eq(sample_int(&s, "SELECT MAX(seq) FROM batch"), 3001);
	check_eq(
	    sample_int(&s, "SELECT COUNT(*) FROM batch WHERE boot = 'oldboot'"), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM batch WHERE gate_id = 2"), 1);
	sample_close(&s);
}

static int look_for_silence(struct store_db *db, void *arg)
{
	struct sample *s = arg;

	return journey_silence(db, &s->journey, s->now_us, 900 * INT64_C(1000000));
}

static int enrol_both(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db, "UPDATE gate SET enrolled_us = 1");
}

static int close_all(struct store_db *db, void *arg)
{
	(void)arg;
	return store_script(db, "UPDATE incident SET state = 'done'");
}

/* 002-06: told once a silence, over when the gate speaks; a gate that never spoke is not
 * silent. */
static void a_silent_gate_is_told(void)
{
	static const char beat[] =
	    "{\"event_type\":\"gate\",\"gate\":{\"version\":\"0.1\"}}";
	const char *rows = "SELECT gate_id || cause || severity || state || outcome "
			   "FROM incident ORDER BY id";
	struct sample s;

	sample_open(&s);
	check_eq(store_write(s.store, enrol_both, NULL), 0);
	check_eq(sample_send(&s, 1, beat), 0);
	s.now_us += 800 * INT64_C(1000000);
	check_eq(store_write(s.store, look_for_silence, &s), 0);
	s.now_us += 200 * INT64_C(1000000);
	check_eq(store_write(s.store, look_for_silence, &s), 1);
	check_eq(store_write(s.store, look_for_silence, &s), 0);
	check_text(sample_text(&s, rows), "1SILENT1new");
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 2);
	s.now_us += 60 * INT64_C(1000000);
	check_eq(sample_send(&s, 1, beat), 0);
	check_text(sample_text(&s, rows), "1SILENT1donesolved");
	s.now_us += SAMPLE_HOUR_US;
	check_eq(store_write(s.store, look_for_silence, &s), 1);
	check_eq(store_write(s.store, close_all, &s), 0);
	s.now_us += SAMPLE_HOUR_US;
	check_eq(store_write(s.store, look_for_silence, &s), 0); /* somebody knows */
	check_text(sample_text(&s, "SELECT DISTINCT why FROM incident WHERE cause = "
				   "'SILENT'"),
	    "GATE_SILENT");
	check_text(sample_text(&s, "SELECT detail FROM audit WHERE action = "
				   "'incident.open' ORDER BY id LIMIT 1"),
	    "caution GATE_SILENT");
	sample_close(&s);
}

static void notices_are_planned_once(void)
{
	struct sample s;
	const char *plan = "SELECT step || severity || ' ' || recipient || ' ' || "
			   "((due_us - created_us) / 1000000) FROM notice ORDER BY id";

	sample_open(&s);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_text(sample_text(&s, plan),
	    "first1 shacho@neji.example 600|first1 keiri@neji.example 600");
	/* Worse before it was sent: the waiting ones go at once. */
	check_eq(one(&s, "keiri-pc", "EXPLOIT", false), 0);
	check_text(sample_text(&s, plan),
	    "first2 shacho@neji.example 0|first2 keiri@neji.example 0");
	check_eq(one(&s, "keiri-pc", "EXPLOIT", false), 0);
	check_eq(sample_int(&s, "SELECT COUNT(*) FROM notice"), 2);
	sample_close(&s);
}

static int send_all(struct store_db *db, void *arg)
{
	(void)arg;
	return store_exec(db, "UPDATE notice SET state = 'sent'", STORE_NO_ARGS);
}

static void a_raise_after_sending_is_one_more(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_eq(store_write(s.store, send_all, NULL), 0);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", false), 0);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", false), 0);
	check_eq(
	    sample_int(&s, "SELECT COUNT(*) FROM notice WHERE step = 'raised'"), 2);
	check_eq(
	    sample_int(&s, "SELECT COUNT(*) FROM notice r JOIN notice f ON "
			   "f.message_id = r.in_reply_to AND f.recipient = r.recipient "
			   "AND f.step = 'first' WHERE r.step = 'raised'"),
	    2);
	sample_close(&s);
}

static int tidy(struct store_db *db, void *arg)
{
	const struct sample *s = arg;

	return incident_tidy(db, s->now_us, 100);
}

static void what_is_only_recorded_ends(void)
{
	struct sample s;

	sample_open(&s);
	check_eq(one(&s, "keiri-pc", "OFF_BUSINESS_SITE", false), 0);
	check_eq(one(&s, "keiri-pc", "EXPLOIT", true), 0);
	check_eq(store_write(s.store, tidy, &s), 0);
	s.now_us += 25 * SAMPLE_HOUR_US;
	check_eq(store_write(s.store, tidy, &s), 1);
	check_text(sample_text(&s, "SELECT cause || state FROM incident ORDER BY id"),
	    "OFF_BUSINESS_SITEdone|EXPLOITnew");
	sample_close(&s);
}

/* Done every minute inside the writer: it must not walk through what is over. */
static void looking_for_the_idle_is_cheap(void)
{
	struct sample s;
	struct store_rows *rows;
	char sql[300];

	if (storedir_on_postgres())
		return; /* it plans by what is in the tables, and they are empty */
	sample_open(&s);
	struct store_db *db = store_read(s.store);
	snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", incident_idle_sql);
	store_query(db, &rows, sql, STORE_ARGS(STORE_TEXT("PROBE"), STORE_INT(0)));
	check(store_next(rows));
	check(strstr(store_col_text(rows, 3), "incident_idle") != NULL);
	check_eq(store_rows_free(rows), 0);
	store_read_done(s.store, db);
	sample_close(&s);
}

static int drop_early(struct store_db *db, void *arg)
{
	const struct sample *s = arg;

	return store_exec(db, "DELETE FROM gate WHERE id > 2 AND seen_us < ?",
	    STORE_ARGS(STORE_INT(s->now_us)));
}

static int add_gates(struct store_db *db, void *arg)
{
	const struct sample *s = arg;
	int err = 0;

	for (int i = 0; i < 18 && err == 0; i++)
		err = store_exec(db,
		    "INSERT INTO gate (company_id, site_id, name, enrolled_us, seen_us) "
		    "VALUES (1, 1, 'more', 1, ?)",
		    STORE_ARGS(STORE_INT(s->now_us)));
	return err;
}

/* The chamber's own line is cut: twenty companies have nothing to look at. */
static void a_deaf_centre_tells_nobody(void)
{
	static const char beat[] =
	    "{\"event_type\":\"gate\",\"gate\":{\"version\":\"0.1\"}}";
	struct sample s;

	sample_open(&s);
	check_eq(store_write(s.store, enrol_both, NULL), 0);
	check_eq(store_write(s.store, add_gates, &s), 0);
	check_eq(sample_send(&s, 1, beat), 0);
	check_eq(sample_send(&s, 2, beat), 0);
	s.now_us += 1000 * INT64_C(1000000);
	check_eq(store_write(s.store, look_for_silence, &s), 0);
	/* The others are back, one is not: that one it is. */
	check_eq(store_write(s.store, add_gates, &s), 0);
	check_eq(store_write(s.store, drop_early, &s), 0);
	check_eq(sample_send(&s, 1, beat), 0);
	check_eq(store_write(s.store, look_for_silence, &s), 1);
	check_eq(sample_int(&s, "SELECT gate_id FROM incident"), 2);
	sample_close(&s);
}

/* The clock was set, or the machine slept: all gates would be silent at once. */
static void listens_before_it_misses(void)
{
	struct journey_ears e = { 0 };
	int64_t s = 1000000, wall = SAMPLE_NOW_US, ms = 5 * s;

	check(!journey_listened(&e, wall, ms, 900 * s));
	check(!journey_listened(&e, wall + 899 * s, ms + 899 * s, 900 * s));
	check(journey_listened(&e, wall + 901 * s, ms + 901 * s, 900 * s));
	check(!journey_listened(&e, wall + 4561 * s, ms + 961 * s, 900 * s));
	check(!journey_listened(&e, wall + 5400 * s, ms + 1800 * s, 900 * s));
	check(journey_listened(&e, wall + 5462 * s, ms + 1862 * s, 900 * s));
	check(!journey_listened(&e, wall, ms + 1900 * s, 900 * s));
}

CHECK_MAIN(a_silent_gate_is_told, a_deaf_centre_tells_nobody, listens_before_it_misses,
    old_batches_are_forgotten, one_incident_per_cause_and_machine,
    a_day_later_it_is_another, severity_follows_the_worst, closed_and_watched,
    a_worm_stays_small, a_batch_counts_once, unreadable_records_are_kept_aside,
    unknown_or_revoked_gates_are_denied, a_machine_is_new_once,
    the_scanner_mends_itself, a_heartbeat_is_the_gates_state, wrong_clocks_do_no_harm,
    a_suricata_sensor_is_understood, notices_are_planned_once,
    a_raise_after_sending_is_one_more, what_is_only_recorded_ends,
    looking_for_the_idle_is_cheap)
