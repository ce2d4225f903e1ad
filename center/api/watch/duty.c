/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/watch/internal.h"

#include "center/store/account.h"

#include <stdio.h>

/* Who is on duty: now, in the next days, and by which shifts and swaps. */

#define HOUR_US       INT64_C(3600000000)
#define CALENDAR_DAYS 7

const char *const api_watch_ranks[NOTIFY_LADDER_CHIEF + 1] = { "", "duty", "second",
	"chief" };

static int rank_of(const char *word)
{
	for (int r = NOTIFY_LADDER_DUTY; r <= NOTIFY_LADDER_CHIEF; r++)
		if (strcmp(api_watch_ranks[r], word) == 0)
			return r;
	return 0;
}

/* ---- what all of this folder do ---- */

void api_watch_write(struct api_request *q, struct api_reply *a, store_write_fn *fn)
{
	struct api_watch_change c = { .q = q };
	int err = store_write(q->api->store, fn, &c);

	if (err == FAIL_FORMAT)
		api_fail(a, API_CONFLICT, "days, hours or numbers do not go together");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200, json_pack("{s:I}", "id", (json_int_t)c.id));
}

int api_watch_note(struct store_db *db, const struct api_watch_change *c)
{
	return store_audit(db, &(struct store_audit){ .at_us = c->q->now_us,
				   .account_id = c->q->scope.account_id,
				   .company_id = c->company_id,
				   .action = c->action,
				   .detail = c->detail });
}

int api_watch_officer(struct store_db *db, const struct api_request *q, int64_t id)
{
	int64_t one;

	return store_get_int(db, &one,
	    "SELECT 1 FROM account a WHERE a.id = ? AND a.chamber_id = ? "
	    "AND " STORE_ACCOUNT_WATCHES("a"),
	    STORE_ARGS(STORE_INT(id), STORE_INT(q->scope.chamber_id)));
}

void api_watch_done(
    struct api_request *q, struct api_reply *a, struct store_db *db, json_t *o, int err)
{
	store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, o);
}

/* ---- reading ---- */

static json_t *people_json(const struct notify_ladder_person *p, int n)
{
	json_t *all = json_array();

	for (int i = 0; i < n; i++)
		(void)json_array_append_new(
		    all, json_pack("{s:I, s:s, s:I, s:b}", "id",
			     (json_int_t)p[i].account_id, "name", p[i].name, "until_us",
			     (json_int_t)p[i].until_us, "swapped", p[i].swapped));
	return all;
}

static bool same(const struct notify_ladder_person *a, int n,
    const struct notify_ladder_person *b, int m)
{
	bool equal = n == m;

	for (int i = 0; i < n && equal; i++)
		equal = a[i].account_id == b[i].account_id;
	return equal;
}

/* The next days of one rank, hour by hour, what is the same joined. */
static int add_calendar(
    const struct api_request *q, struct store_db *db, int rank, json_t *all)
{
	struct notify_ladder_person was[NOTIFY_LADDER_PEOPLE], is[NOTIFY_LADDER_PEOPLE];
	int64_t hour_us = q->now_us - q->now_us % HOUR_US, from_us = hour_us;
	int n = 0;

	for (int h = 0; h <= CALENDAR_DAYS * 24; h++, hour_us += HOUR_US) {
		int m = notify_ladder_on_duty(db, q->scope.chamber_id,
		    (enum notify_ladder_rank)rank, hour_us, is);
		if (m < 0)
			return m;
		bool end = h == CALENDAR_DAYS * 24;
		if (h > 0 && (end || !same(was, n, is, m))) {
			(void)json_array_append_new(
			    all, json_pack("{s:s, s:I, s:I, s:o}", "rank",
				     api_watch_ranks[rank], "from_us",
				     (json_int_t)from_us, "to_us", (json_int_t)hour_us,
				     "people", people_json(was, n)));
			from_us = hour_us;
		}
		memcpy(was, is, sizeof(was));
		n = m;
	}
	return 0;
}

static int add_now(const struct api_request *q, struct store_db *db, json_t *o)
{
	json_t *now = json_array(), *calendar = json_array();
	int err = 0;

	for (int r = NOTIFY_LADDER_DUTY; r <= NOTIFY_LADDER_CHIEF && err >= 0; r++) {
		struct notify_ladder_person p[NOTIFY_LADDER_PEOPLE];
		err = notify_ladder_on_duty(
		    db, q->scope.chamber_id, (enum notify_ladder_rank)r, q->now_us, p);
		if (err >= 0)
			(void)json_array_append_new(
			    now, json_pack("{s:s, s:o}", "rank", api_watch_ranks[r],
				     "people", people_json(p, err)));
		if (err >= 0)
			err = add_calendar(q, db, r, calendar);
	}
	(void)json_object_set_new(o, "now", now);
	(void)json_object_set_new(o, "calendar", calendar);
	return err;
}

static int add_shifts(const struct api_request *q, struct store_db *db, json_t *o)
{
	json_t *all = json_array();
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT s.id, s.rank, a.id, a.name, s.days, s.from_min, s.to_min, s.every, "
	    "s.turn FROM duty_shift s JOIN account a ON a.id = s.account_id "
	    "WHERE s.chamber_id = ? ORDER BY s.rank, s.position, s.id",
	    STORE_ARGS(STORE_INT(q->scope.chamber_id)));
	while (store_next(rows))
		(void)json_array_append_new(
		    all, json_pack("{s:I, s:s, s:{s:I, s:s}, s:s, s:I, s:I, s:I, s:I}",
			     "id", (json_int_t)store_col_int(rows, 0), "rank",
			     api_watch_ranks[store_col_int(rows, 1)], "person", "id",
			     (json_int_t)store_col_int(rows, 2), "name",
			     store_col_text(rows, 3), "days", store_col_text(rows, 4),
			     "from_min", (json_int_t)store_col_int(rows, 5), "to_min",
			     (json_int_t)store_col_int(rows, 6), "every",
			     (json_int_t)store_col_int(rows, 7), "turn",
			     (json_int_t)store_col_int(rows, 8)));
	(void)json_object_set_new(o, "shifts", all);
	return store_rows_free(rows);
}

static int add_swaps(const struct api_request *q, struct store_db *db, json_t *o)
{
	json_t *all = json_array();
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT w.id, w.rank, a.id, a.name, w.from_us, w.to_us, w.reason "
	    "FROM duty_swap w JOIN account a ON a.id = w.account_id "
	    "WHERE w.chamber_id = ? AND w.to_us > ? ORDER BY w.from_us, w.id LIMIT 200",
	    STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_INT(q->now_us)));
	while (store_next(rows))
		(void)json_array_append_new(
		    all, json_pack("{s:I, s:s, s:{s:I, s:s}, s:I, s:I, s:s}", "id",
			     (json_int_t)store_col_int(rows, 0), "rank",
			     api_watch_ranks[store_col_int(rows, 1)], "person", "id",
			     (json_int_t)store_col_int(rows, 2), "name",
			     store_col_text(rows, 3), "from_us",
			     (json_int_t)store_col_int(rows, 4), "to_us",
			     (json_int_t)store_col_int(rows, 5), "reason",
			     store_col_text(rows, 6)));
	(void)json_object_set_new(o, "swaps", all);
	return store_rows_free(rows);
}

static int add_people(const struct api_request *q, struct store_db *db, json_t *o)
{
	json_t *all = json_array();
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT a.id, a.name FROM account a WHERE a.chamber_id = ? AND " STORE_ACCOUNT_WATCHES(
		"a") " ORDER BY a.name, a.id LIMIT 500",
	    STORE_ARGS(STORE_INT(q->scope.chamber_id)));
	while (store_next(rows))
		(void)json_array_append_new(all,
		    json_pack("{s:I, s:s}", "id", (json_int_t)store_col_int(rows, 0),
			"name", store_col_text(rows, 1)));
	(void)json_object_set_new(o, "people", all);
	return store_rows_free(rows);
}

void api_watch_duty(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	json_t *o = json_object();
	int err = db ? 0 : FAIL_IO;

	if (err < 0) {
		json_decref(o);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	err = add_now(q, db, o);
	if (err >= 0)
		err = add_shifts(q, db, o);
	if (err == 0)
		err = add_swaps(q, db, o);
	if (err == 0)
		err = add_people(q, db, o);
	api_watch_done(q, a, db, o, err);
}

/* ---- changing ---- */

static int write_shift(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	const struct api_request *q = c->q;
	const char *days = api_body_text(q, "days");
	int64_t every = api_body_int(q, "every", 1), turn = api_body_int(q, "turn", 0);
	int64_t person = api_body_int(q, "account", 0);

	if (!incident_watch_days_ok(days) || turn >= every)
		return FAIL_FORMAT;
	int err = api_watch_officer(db, q, person);
	if (err == 0)
		err = store_get_int(db, &c->id,
		    "INSERT INTO duty_shift (chamber_id, account_id, rank, days, from_min, "
		    "to_min, every, turn) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_INT(person),
			STORE_INT(rank_of(api_body_text(q, "rank"))), STORE_TEXT(days),
			STORE_INT(api_body_int(q, "from_min", 0)),
			STORE_INT(api_body_int(q, "to_min", 0)), STORE_INT(every),
			STORE_INT(turn)));
	c->action = "duty.shift";
	snprintf(c->detail, sizeof(c->detail), "%s %s %lld-%lld account %lld",
	    api_body_text(q, "rank"), days, (long long)api_body_int(q, "from_min", 0),
	    (long long)api_body_int(q, "to_min", 0), (long long)person);
	return err < 0 ? err : api_watch_note(db, c);
}

void api_watch_shift_add(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, write_shift);
}

static int take_away(struct store_db *db, struct api_watch_change *c, const char *sql)
{
	int err = store_exec(db, sql,
	    STORE_ARGS(STORE_INT(c->q->id), STORE_INT(c->q->scope.chamber_id)));

	if (err == 0 && store_changed(db) != 1)
		err = FAIL_MISSING;
	c->id = c->q->id;
	snprintf(c->detail, sizeof(c->detail), "%lld", (long long)c->id);
	return err < 0 ? err : api_watch_note(db, c);
}

static int end_shift(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;

	c->action = "duty.shift.end";
	return take_away(
	    db, c, "DELETE FROM duty_shift WHERE id = ? AND chamber_id = ?");
}

void api_watch_shift_end(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, end_shift);
}

static int write_swap(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;
	const struct api_request *q = c->q;
	int64_t person = api_body_int(q, "account", 0);
	int64_t from_us = api_body_int(q, "from_us", 0);
	int64_t to_us = api_body_int(q, "to_us", 0);
	const char *reason = api_body_text(q, "reason");

	if (to_us <= from_us)
		return FAIL_FORMAT;
	int err = api_watch_officer(db, q, person);
	if (err == 0)
		err = store_get_int(db, &c->id,
		    "INSERT INTO duty_swap (chamber_id, rank, account_id, from_us, to_us, "
		    "reason, by_account_id, created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
		    "RETURNING id",
		    STORE_ARGS(STORE_INT(q->scope.chamber_id),
			STORE_INT(rank_of(api_body_text(q, "rank"))), STORE_INT(person),
			STORE_INT(from_us), STORE_INT(to_us),
			STORE_TEXT(reason ? reason : ""),
			STORE_INT(q->scope.account_id), STORE_INT(q->now_us)));
	c->action = "duty.swap";
	snprintf(c->detail, sizeof(c->detail), "%s account %lld",
	    api_body_text(q, "rank"), (long long)person);
	return err < 0 ? err : api_watch_note(db, c);
}

void api_watch_swap_add(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, write_swap);
}

static int end_swap(struct store_db *db, void *arg)
{
	struct api_watch_change *c = arg;

	c->action = "duty.swap.end";
	return take_away(
	    db, c, "DELETE FROM duty_swap WHERE id = ? AND chamber_id = ?");
}

void api_watch_swap_end(struct api_request *q, struct api_reply *a)
{
	api_watch_write(q, a, end_swap);
}
