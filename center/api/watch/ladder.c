/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/watch/internal.h"

#include <stdio.h>
#include <time.h>

/* Who is told after how long: the rows, what they would mean at a moment, and how far an
 * incident's ladder has been climbed.  And whether the deadlines were kept. */

/* ---- rows and preview ---- */

static const struct {
	const char *whom;
	int from, to;
} ranks[] = { { "duty", 1, 1 }, { "second", 2, 2 }, { "chief", 3, 3 },
	{ "all", 1, 3 } };

static bool has_name(const json_t *names, const char *name)
{
	for (size_t i = 0; i < json_array_size(names); i++)
		if (strcmp(json_string_value(json_array_get(names, i)), name) == 0)
			return true;
	return false;
}

/* The names of those whom a row would reach at `at_us`. */
static int names_of(const struct api_request *q, struct store_db *db, const char *whom,
    int64_t at_us, json_t *names)
{
	for (size_t i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++)
		for (int r = ranks[i].from;
		     strcmp(ranks[i].whom, whom) == 0 && r <= ranks[i].to; r++) {
			struct notify_ladder_person p[NOTIFY_LADDER_PEOPLE];
			int n = notify_ladder_on_duty(db, q->scope.chamber_id,
			    (enum notify_ladder_rank)r, at_us, p);
			for (int k = 0; k < n; k++)
				if (!has_name(names, p[k].name))
					(void)json_array_append_new(
					    names, json_string(p[k].name));
			if (n < 0)
				return n;
		}
	return 0;
}

static int add_severity(const struct api_request *q, struct store_db *db,
    enum record_severity severity, const int64_t *limits, int64_t at_us, json_t *all)
{
	struct notify_ladder_row rows[NOTIFY_LADDER_ROWS];
	json_t *list = json_array();
	bool own = false;
	int n = notify_ladder_rows(db, q->scope.chamber_id, severity, rows, &own);
	int err = n < 0 ? n : 0;

	for (int i = 0; i < n && err == 0; i++) {
		json_t *names = json_array();
		int64_t due_us = notify_ladder_due(&rows[i], limits, at_us);
		err = names_of(q, db, rows[i].whom, due_us, names);
		(void)json_array_append_new(
		    list, json_pack("{s:I, s:i, s:i, s:s, s:s, s:b, s:I, s:o}", "id",
			      (json_int_t)rows[i].id, "step", rows[i].step, "after_min",
			      rows[i].after_min, "whom", rows[i].whom, "way",
			      rows[i].way, "day", rows[i].day, "due_us",
			      (json_int_t)due_us, "people", names));
	}
	(void)json_array_append_new(
	    all, json_pack("{s:s, s:b, s:o}", "severity", api_severity_word(severity),
		     "own", own, "rows", list));
	return err;
}

void api_watch_ladder(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	int64_t limits[INCIDENT_WATCH_LIMIT_MAX];
	int64_t at_us = api_query_int(q, "at_us", q->now_us);
	json_t *all = json_array();

	if (!db) {
		json_decref(all);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = incident_watch_limits_get(db, q->scope.chamber_id, limits);
	if (err == 0)
		err = add_severity(q, db, RECORD_URGENT, limits, at_us, all);
	if (err == 0)
		err = add_severity(q, db, RECORD_CAUTION, limits, at_us, all);
	api_watch_done(q, a, db,
	    json_pack("{s:I, s:o}", "at_us", (json_int_t)at_us, "ladders", all), err);
}

static enum record_severity severity_of(const char *word)
{
	return strcmp(word, "urgent") == 0 ? RECORD_URGENT : RECORD_CAUTION;
}

/* The first change makes the presets the chamber's own. */
static int own_rows(struct store_db *db, int64_t chamber_id, int severity)
{
	return store_exec(db,
	    "INSERT INTO ladder_row (chamber_id, severity, step, after_min, whom, way, "
	    "hours) SELECT c.id, p.severity, p.step, p.after_min, p.whom, p.way, p.hours "
	    "FROM ladder_preset p JOIN chamber c ON c.id = ? WHERE p.severity = ? "
	    "AND NOT EXISTS (SELECT 1 FROM ladder_row r WHERE r.chamber_id = c.id "
	    "AND r.severity = p.severity)",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(severity)));
}

static int add_row(struct store_db *db, struct api_watch_change *c, int severity)
{
	const struct api_request *q = c->q;
	int64_t n = 0, next = 1;
	int err = store_get_int(db, &n,
	    "SELECT COUNT(*) FROM ladder_row WHERE chamber_id = ? AND severity = ?",
	    STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_INT(severity)));

	if (err == 0 && n >= NOTIFY_LADDER_ROWS)
		return FAIL_CONFLICT;
	if (err == 0)
		err = store_get_int(db, &next,
		    "SELECT COALESCE(MAX(step), 0) + 1 FROM ladder_row WHERE chamber_id = ? "
		    "AND severity = ?",
		    STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_INT(severity)));
	return err < 0
		   ? err
		   : store_get_int(db, &c->id,
			 "INSERT INTO ladder_row (chamber_id, severity, step, "
			 "after_min, whom, way, hours) VALUES (?, ?, ?, ?, ?, ?, ?) "
			 "RETURNING id",
			 STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_INT(severity),
			     STORE_INT(next),
			     STORE_INT(api_body_int(q, "after_min", 0)),
			     STORE_TEXT(api_body_text(q, "whom")),
			     STORE_TEXT(api_body_text(q, "way")),
			     STORE_TEXT(api_body_text(q, "hours"))));
}

static int write_row(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	const struct api_request *q = c->q;
	int severity = severity_of(api_body_text(q, "severity"));
	int err = own_rows(db, q->scope.chamber_id, severity);

	if (err == 0)
		err = add_row(db, c, severity);
	c->action = "ladder.row";
	snprintf(c->detail, sizeof(c->detail), "%s %lld min %s %s",
	    api_body_text(q, "severity"), (long long)api_body_int(q, "after_min", 0),
	    api_body_text(q, "whom"), api_body_text(q, "way"));
	return err < 0 ? err : api_watch_note(db, c);
}

void api_watch_row_add(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, write_row);
}

static int end_row(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	int64_t left;
	int err = store_get_int(db, &left,
	    "SELECT COUNT(*) FROM ladder_row r JOIN ladder_row o ON o.chamber_id = "
	    "r.chamber_id AND o.severity = r.severity WHERE r.id = ? AND r.chamber_id = ?",
	    STORE_ARGS(STORE_INT(c->q->id), STORE_INT(c->q->scope.chamber_id)));

	if (err < 0)
		return err;
	/* Without any the presets would come back. */
	if (left == 1)
		return FAIL_CONFLICT;
	err = store_exec(db, "DELETE FROM ladder_row WHERE id = ? AND chamber_id = ?",
	    STORE_ARGS(STORE_INT(c->q->id), STORE_INT(c->q->scope.chamber_id)));
	if (err == 0 && store_changed(db) != 1)
		err = FAIL_MISSING;
	c->id = c->q->id;
	c->action = "ladder.row.end";
	snprintf(c->detail, sizeof(c->detail), "%lld", (long long)c->id);
	return err < 0 ? err : api_watch_note(db, c);
}

void api_watch_row_end(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, end_row);
}

static int write_presets(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	const char *severity = api_body_text(c->q, "severity");

	c->action = "ladder.presets";
	snprintf(c->detail, sizeof(c->detail), "%s", severity);
	int err = store_exec(db,
	    "DELETE FROM ladder_row WHERE chamber_id = ? AND severity = ?",
	    STORE_ARGS(
		STORE_INT(c->q->scope.chamber_id), STORE_INT(severity_of(severity))));
	return err < 0 ? err : api_watch_note(db, c);
}

void api_watch_row_presets(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, write_presets);
}

/* ---- one incident ---- */

/* A member sees that somebody was told, not who works at night. */
static json_t *call_json(const struct api_request *q, struct store_rows *rows)
{
	bool insider = q->scope.reach == API_REACH_CHAMBER;

	return json_pack("{s:I, s:s, s:s, s:s, s:I, s:s}", "step",
	    (json_int_t)store_col_int(rows, 0), "whom", store_col_text(rows, 1), "name",
	    insider ? store_col_text(rows, 2) : "", "channel", store_col_text(rows, 3),
	    "at_us", (json_int_t)store_col_int(rows, 4), "notice",
	    store_col_text(rows, 5));
}

static int add_calls(const struct api_request *q, struct store_db *db, json_t *o)
{
	json_t *all = json_array();
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT k.step, k.whom, k.name, k.channel, k.at_us, COALESCE(n.state, '') "
	    "FROM ladder_call k LEFT JOIN notice n ON n.id = k.notice_id "
	    "WHERE k.incident_id = ? ORDER BY k.id LIMIT 200",
	    STORE_ARGS(STORE_INT(q->id)));
	while (store_next(rows))
		(void)json_array_append_new(all, call_json(q, rows));
	(void)json_object_set_new(o, "calls", all);
	return store_rows_free(rows);
}

static int add_state(const struct api_request *q, struct store_db *db, json_t *o)
{
	bool insider = q->scope.reach == API_REACH_CHAMBER;
	struct store_rows *rows;

	(void)json_object_update_new(
	    o, json_pack("{s:s, s:n, s:n, s:n, s:s, s:s, s:n}", "state", "none",
		   "began_us", "next_us", "answered_us", "answered_by", "",
		   "answered_how", "", "leader"));
	store_query(db, &rows,
	    "SELECT state, began_us, next_us, answered_us, answered_by, answered_how, "
	    "leader_id FROM ladder WHERE incident_id = ?",
	    STORE_ARGS(STORE_INT(q->id)));
	if (store_next(rows))
		(void)json_object_update_new(
		    o, json_pack("{s:s, s:o*, s:o*, s:o*, s:s, s:s, s:o*}", "state",
			   store_col_text(rows, 0), "began_us", api_time(rows, 1),
			   "next_us", api_time(rows, 2), "answered_us",
			   api_time(rows, 3), "answered_by",
			   insider ? store_col_text(rows, 4) : "", "answered_how",
			   store_col_text(rows, 5), "leader", api_time(rows, 6)));
	return store_rows_free(rows);
}

void api_watch_incident(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	json_t *o = json_object();

	if (!db) {
		json_decref(o);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = api_incident_seen(q, db);
	if (err == 0)
		err = add_state(q, db, o);
	if (err == 0)
		err = add_calls(q, db, o);
	api_watch_done(q, a, db, o, err);
}

/* ---- deadlines ---- */

#define MONTHS 12

/* The first moment of the month `back` months ago. */
static int64_t month_us(int64_t now_us, int back)
{
	time_t t = (time_t)(now_us / 1000000);
	struct tm tm;

	localtime_r(&t, &tm);
	struct tm first = { .tm_year = tm.tm_year,
		.tm_mon = tm.tm_mon - back,
		.tm_mday = 1,
		.tm_isdst = -1 };
	return (int64_t)mktime(&first) * 1000000;
}

/* How many of a month were told in time; the first notice that left counts, to whomever.
 * What had to wait for the digest was chosen to wait. */
static int add_month(const struct api_request *q, struct store_db *db, int back,
    enum record_severity severity, int64_t limit_us, json_t *all)
{
	struct store_rows *rows;
	int64_t from_us = month_us(q->now_us, back);

	store_query(db, &rows,
	    "SELECT COUNT(*), COUNT(CASE WHEN x.took <= ? THEN 1 END), "
	    "COUNT(CASE WHEN x.took IS NULL THEN 1 END), MAX(x.took) FROM ("
	    "SELECT (SELECT MIN(n.sent_us) FROM notice n WHERE n.incident_id = "
	    "l.incident_id AND n.sent_us >= l.began_us) - l.began_us AS took "
	    "FROM ladder l JOIN company c ON c.id = l.company_id WHERE c.chamber_id = ? "
	    "AND l.severity = ? AND l.began_us >= ? AND l.began_us < ?) x",
	    STORE_ARGS(STORE_INT(limit_us), STORE_INT(q->scope.chamber_id),
		STORE_INT(severity), STORE_INT(from_us),
		STORE_INT(month_us(q->now_us, back - 1))));
	if (store_next(rows) && store_col_int(rows, 0) > 0)
		(void)json_array_append_new(all,
		    json_pack("{s:I, s:s, s:I, s:I, s:I, s:I, s:o*}", "from_us",
			(json_int_t)from_us, "severity", api_severity_word(severity),
			"limit_us", (json_int_t)limit_us, "incidents",
			(json_int_t)store_col_int(rows, 0), "kept",
			(json_int_t)store_col_int(rows, 1), "untold",
			(json_int_t)store_col_int(rows, 2), "slowest_us",
			api_time(rows, 3)));
	return store_rows_free(rows);
}

void api_watch_deadlines(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	int64_t limits[INCIDENT_WATCH_LIMIT_MAX];
	json_t *all = json_array();
	const int64_t minute_us = 60000000;

	if (!db) {
		json_decref(all);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = incident_watch_limits_get(db, q->scope.chamber_id, limits);
	for (int back = 0; back < MONTHS && err == 0; back++) {
		err = add_month(q, db, back, RECORD_URGENT,
		    limits[INCIDENT_WATCH_deadline_urgent_min] * minute_us, all);
		if (err == 0)
			err = add_month(q, db, back, RECORD_CAUTION,
			    limits[INCIDENT_WATCH_deadline_caution_min] * minute_us,
			    all);
	}
	api_watch_done(q, a, db, json_pack("{s:o}", "items", all), err);
}
