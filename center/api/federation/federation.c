/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/publish/federation/federation.h"
#include "center/api/handlers.h"
#include "center/stats/stats.h"
#include "lib/record/record.h"
#include "lib/wire/bundle.h"

#include <stdlib.h>

/* The national centre's side: reports come in, news go out, and what it sees of all. */

#define DAY_US      INT64_C(86400000000)
#define PRESET_DAYS 30
#define ROWS_MAX    1000

struct take {
	const struct api_request *q;
	struct federation_part part;
};

static int write_take(struct store_db *db, void *arg)
{
	const struct take *t = arg;

	return federation_take(db, &t->part, t->q->now_us);
}

void api_federation_take(struct api_request *q, struct api_reply *a)
{
	struct take t = { .q = q,
		.part = { .member_id = q->scope.chamber_id,
		    .day = api_body_int(q, "day", 0),
		    .as_of_us = api_body_int(q, "as_of_us", 0),
		    .hour = api_body_int(q, "hour", 0),
		    .cells = span_text(api_body_text(q, "cells")),
		    .sealed = api_body_int(q, "sealed", 0) != 0,
		    .hours = api_body_int(q, "hours", 0),
		    .companies = api_body_int(q, "companies", 0),
		    .gates = api_body_int(q, "gates", 0) } };
	int err = store_write(q->api->store, write_take, &t);

	if (err == FAIL_DENIED)
		api_fail(a, API_DENIED, "not a member of the federation");
	else if (err == FAIL_FORMAT)
		api_fail(a, API_BAD, "cells");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200, json_pack("{s:i}", "taken", err));
}

void api_federation_news(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	int err = FAIL_IO;
	json_t *o =
	    db ? federation_news(db, q->scope.chamber_id, q->now_us, &err) : NULL;

	if (db)
		store_read_done(q->api->store, db);
	if (o)
		api_json(a, 200, o);
	else if (err == FAIL_DENIED)
		api_fail(a, API_DENIED, "not a member of the federation");
	else
		api_fail_store(a, err);
}

void api_federation_part(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct buf bytes;

	buf_init(&bytes, WIRE_BUNDLE_PART);
	int err = db ? federation_news_part(db, q->scope.chamber_id, q->id,
			   api_query_int(q, "part", 0), &bytes)
		     : FAIL_IO;
	if (db)
		store_read_done(q->api->store, db);
	if (err < 0) {
		buf_fini(&bytes);
		api_fail_store(a, err == FAIL_DENIED ? FAIL_MISSING : err);
		return;
	}
	a->status = 200;
	a->type = "application/octet-stream";
	a->owned = bytes.at;
	a->len = bytes.len;
}

/* ---- what the national centre sees ---- */

#define SEALED                                                                         \
	" FROM federation_count n JOIN federation_day d ON d.member_id = n.member_id " \
	"AND d.day = n.day AND d.as_of_us = n.as_of_us WHERE n.chamber_id = ? AND "    \
	"n.day >= ? AND n.day <= ?"

static int add_members(json_t *o, struct store_db *db, int64_t chamber_id)
{
	json_t *list = json_array();
	struct store_rows *rows;

	(void)store_query(db, &rows,
	    "SELECT m.member_id, c.name, m.companies, m.gates, m.heard_us, m.admitted_us FROM "
	    "federation_member m JOIN chamber c ON c.id = m.member_id WHERE m.chamber_id = ? "
	    "ORDER BY m.member_id",
	    STORE_ARGS(STORE_INT(chamber_id)));
	while (store_next(rows))
		(void)json_array_append_new(
		    list, json_pack("{s:I, s:s, s:I, s:I, s:o, s:I}", "id",
			      (json_int_t)store_col_int(rows, 0), "name",
			      store_col_text(rows, 1), "companies",
			      (json_int_t)store_col_int(rows, 2), "gates",
			      (json_int_t)store_col_int(rows, 3), "heard_us",
			      api_time(rows, 4), "admitted_us",
			      (json_int_t)store_col_int(rows, 5)));
	(void)json_object_set_new(o, "members", list);
	return store_rows_free(rows);
}

static json_t *row_of(struct store_rows *rows)
{
	enum record_cause cause = record_cause_find(store_col_text(rows, 0));
	bool known = cause < RECORD_CAUSE_MAX;

	return json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:I, s:I, s:I}", "cause",
	    store_col_text(rows, 0), "title_ja",
	    known ? record_cause_title(cause, RECORD_JA) : "まとめたもの", "title_en",
	    known ? record_cause_title(cause, RECORD_EN) : "several, merged", "way",
	    store_col_text(rows, 1), "stopped", (int)store_col_int(rows, 2), "severity",
	    api_severity_word(store_col_int(rows, 3)), "events",
	    (json_int_t)store_col_int(rows, 4), "incidents",
	    (json_int_t)store_col_int(rows, 5), "chambers",
	    (json_int_t)store_col_int(rows, 6));
}

static int add_rows(
    json_t *o, struct store_db *db, int64_t chamber_id, int64_t from, int64_t until)
{
	json_t *list = json_array();
	struct store_rows *rows;
	json_int_t events = 0;

	(void)store_query(db, &rows,
	    "SELECT n.cause, n.way, n.stopped, n.severity, SUM(n.events) AS events, "
	    "SUM(n.incidents), COUNT(DISTINCT n.member_id)" SEALED
	    " GROUP BY n.cause, n.way, n.stopped, n.severity ORDER BY events DESC, n.cause, "
	    "n.way, n.stopped, n.severity LIMIT ?",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(from), STORE_INT(until),
		STORE_INT(ROWS_MAX)));
	while (store_next(rows)) {
		events += (json_int_t)store_col_int(rows, 4);
		(void)json_array_append_new(list, row_of(rows));
	}
	(void)json_object_set_new(o, "rows", list);
	(void)json_object_set_new(o, "events", json_integer(events));
	return store_rows_free(rows);
}

/* How many by hour of the day; last, what is not told by hour. */
static int add_hours(
    json_t *o, struct store_db *db, int64_t chamber_id, int64_t from, int64_t until)
{
	json_t *list = json_array();
	struct store_rows *rows;

	for (unsigned i = 0; i < 25; i++)
		(void)json_array_append_new(list, json_integer(0));
	(void)store_query(db, &rows,
	    "SELECT n.hour, SUM(n.events)" SEALED " GROUP BY n.hour",
	    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(from), STORE_INT(until)));
	while (store_next(rows)) {
		int64_t hour = store_col_int(rows, 0);
		(void)json_array_set_new(list,
		    hour >= 0 && hour < 24 ? (size_t)hour : 24,
		    json_integer((json_int_t)store_col_int(rows, 1)));
	}
	(void)json_object_set_new(o, "hours", list);
	return store_rows_free(rows);
}

void api_federation_statistics(struct api_request *q, struct api_reply *a)
{
	struct stats_when now = { 0 }, before = { 0 };
	int64_t us = q->scope.chamber_id;
	json_t *o = json_object();

	stats_when(&now, q->now_us);
	stats_when(&before, q->now_us - PRESET_DAYS * DAY_US);
	int64_t from = api_query_int(q, "from", before.day),
		until = api_query_int(q, "until", now.day);
	struct store_db *db = api_read(q);
	int err = db ? add_members(o, db, us) : FAIL_IO;
	if (err == 0)
		err = add_rows(o, db, us, from, until);
	if (err == 0)
		err = add_hours(o, db, us, from, until);
	if (db)
		store_read_done(q->api->store, db);
	(void)json_object_set_new(o, "from", json_integer((json_int_t)from));
	(void)json_object_set_new(o, "until", json_integer((json_int_t)until));
	(void)json_object_set_new(o, "least", json_integer(FEDERATION_LEAST));
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, o);
}
