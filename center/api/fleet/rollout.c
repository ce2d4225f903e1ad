/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fleet/fleet.h"

#include <stdio.h>

/* Bundles, and how they reach the gates: ring by ring, held, taken back.  All of it is the
 * chamber's: there is no company's row in an answer, only counts of gates. */

#define OF_CHAMBER " WHERE b.chamber_id = ?"

static const char select_bundles[] =
    "SELECT b.id, b.name, b.version, b.size, b.published_us, b.expires_us, w.name FROM "
    "bundle b LEFT JOIN account w ON w.id = b.published_by" OF_CHAMBER;

static const char select_rollouts[] =
    "SELECT r.id, b.id, b.name, b.version, r.state, r.ring, r.rings, r.soak_s, r.ring_us, "
    "r.why, r.started_us, w.name, r.ended_us FROM rollout r JOIN bundle b ON b.id = "
    "r.bundle_id LEFT JOIN account w ON w.id = r.started_by" OF_CHAMBER;

/* Gates of a ring by how far they are. */
static const char select_counts[] =
    "SELECT ring, state, count(*) FROM rollout_gate WHERE rollout_id = ? GROUP BY ring, "
    "state";

/* Why gates could not use it, in their own words: the most frequent first. */
static const char select_whys[] =
    "SELECT why, count(*) FROM rollout_gate WHERE rollout_id = ? AND state = 'failed' "
    "GROUP BY why ORDER BY count(*) DESC, why LIMIT 5";

static json_t *bundle(const struct api_request *q, struct store_rows *rows)
{
	int64_t expires_us = store_col_int(rows, 5);

	return json_pack("{s:I, s:s, s:I, s:I, s:I, s:I, s:s, s:b}", "id",
	    (json_int_t)store_col_int(rows, 0), "name", store_col_text(rows, 1),
	    "version", (json_int_t)store_col_int(rows, 2), "size",
	    (json_int_t)store_col_int(rows, 3), "published_us",
	    (json_int_t)store_col_int(rows, 4), "expires_us", (json_int_t)expires_us,
	    "published_by", store_col_text(rows, 6), "may_start",
	    expires_us > q->now_us && q->api->keys && api_may(q, MAY_ROLLOUT));
}

/* {percent, waiting, ordered, runs, failed, undone} for each ring, all 0. */
static json_t *empty_rings(const char *text)
{
	json_t *percents = json_loads(text, 0, NULL), *rings = json_array(), *percent;
	size_t i;

	json_array_foreach(percents, i, percent)
	{
		(void)json_array_append_new(
		    rings, json_pack("{s:I, s:i, s:i, s:i, s:i, s:i}", "percent",
			       json_integer_value(percent), "waiting", 0, "ordered", 0,
			       "runs", 0, "failed", 0, "undone", 0));
	}
	json_decref(percents);
	return rings;
}

static json_t *rollout(const struct api_request *q, struct store_rows *rows)
{
	const char *state = store_col_text(rows, 4);
	bool goes = strcmp(state, "running") == 0 || strcmp(state, "frozen") == 0;

	return json_pack(
	    "{s:I, s:{s:I, s:s, s:I}, s:s, s:I, s:o*, s:I, s:I, s:s, s:I, s:s, s:o*, s:b, "
	    "s:b}",
	    "id", (json_int_t)store_col_int(rows, 0), "bundle", "id",
	    (json_int_t)store_col_int(rows, 1), "name", store_col_text(rows, 2),
	    "version", (json_int_t)store_col_int(rows, 3), "state", state, "ring",
	    (json_int_t)store_col_int(rows, 5), "rings",
	    empty_rings(store_col_text(rows, 6)), "soak_s",
	    (json_int_t)store_col_int(rows, 7), "ring_us",
	    (json_int_t)store_col_int(rows, 8), "why", store_col_text(rows, 9),
	    "started_us", (json_int_t)store_col_int(rows, 10), "started_by",
	    store_col_text(rows, 11), "ended_us", api_time(rows, 12), "may_hold",
	    goes && q->api->keys && api_may(q, MAY_ROLLOUT), "may_undo",
	    strcmp(state, "undone") != 0 && q->api->keys && api_may(q, MAY_ROLLOUT));
}

static int count_gates(struct store_db *db, json_t *one)
{
	int64_t id = json_integer_value(json_object_get(one, "id"));
	json_t *rings = json_object_get(one, "rings"), *whys = json_array();
	struct store_rows *rows;

	store_query(db, &rows, select_counts, STORE_ARGS(STORE_INT(id)));
	while (store_next(rows)) {
		json_t *ring = json_array_get(rings, (size_t)store_col_int(rows, 0));
		if (ring)
			(void)json_object_set_new(ring, store_col_text(rows, 1),
			    json_integer(store_col_int(rows, 2)));
	}
	int err = store_rows_free(rows);
	store_query(db, &rows, select_whys, STORE_ARGS(STORE_INT(id)));
	while (store_next(rows))
		(void)json_array_append_new(
		    whys, json_pack("{s:s, s:I}", "why", store_col_text(rows, 0),
			      "gates", (json_int_t)store_col_int(rows, 1)));
	int again = store_rows_free(rows);
	(void)json_object_set_new(one, "failures", whys);
	return err < 0 ? err : again;
}

/* All rows of the chamber, or the roll-out of this id. */
static int read_all(struct store_db *db, const struct api_request *q,
    const char *select, int64_t id, api_fleet_shape *shape, json_t *all)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, select);
	s.values[s.n++] = STORE_INT(q->scope.chamber_id);
	if (id)
		api_sql_with(&s, " AND r.id = ?", STORE_INT(id));
	api_sql_add(&s, " ORDER BY 1 DESC LIMIT 100");
	api_sql_query(&s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(all, shape(q, rows));
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : id && json_array_size(all) == 0 ? FAIL_MISSING : 0;
}

void api_bundles_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	json_t *all = json_array();

	if (!db) {
		json_decref(all);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	int err = read_all(db, q, select_bundles, 0, bundle, all);
	store_read_done(q->api->store, db);
	if (err == 0) {
		api_json(a, 200, json_pack("{s:o*}", "items", all));
		return;
	}
	json_decref(all);
	api_fail_store(a, err);
}

static int read_rollouts(struct api_request *q, int64_t id, json_t *all)
{
	struct store_db *db = store_read(q->api->store);
	size_t i;
	json_t *one;

	if (!db)
		return FAIL_IO;
	int err = read_all(db, q, select_rollouts, id, rollout, all);
	json_array_foreach(all, i, one)
	{
		if (err == 0)
			err = count_gates(db, one);
	}
	store_read_done(q->api->store, db);
	return err;
}

void api_rollouts_list(struct api_request *q, struct api_reply *a)
{
	json_t *all = json_array();
	int err = read_rollouts(q, 0, all);

	if (err == 0) {
		api_json(a, 200, json_pack("{s:o*}", "items", all));
		return;
	}
	json_decref(all);
	api_fail_store(a, err);
}

/* ---- changing ---- */

struct wish {
	const struct api_request *q;
	const char *state;
	struct fleet_rollout r;
};

static int in_chamber(struct store_db *db, const struct api_request *q, const char *sql)
{
	int64_t id = 0;

	return q->api->keys
		   ? store_get_int(db, &id, sql,
			 STORE_ARGS(STORE_INT(q->id), STORE_INT(q->scope.chamber_id)))
		   : FAIL_MISSING;
}

static int write_start(struct store_db *db, void *arg)
{
	struct wish *w = arg;
	struct fleet_by by = api_fleet_by(w->q);
	char rings[48];
	int err = in_chamber(
	    db, w->q, "SELECT id FROM bundle WHERE id = ? AND chamber_id = ?");

	snprintf(rings, sizeof(rings), "[%.40s]", api_body_text(w->q, "rings"));
	w->r = (struct fleet_rollout){ .bundle_id = w->q->id,
		.rings = rings,
		.soak_s = api_body_int(w->q, "soak_minutes", 60) * 60 };
	if (err < 0)
		return err;
	err = fleet_rollout_start(db, &by, &w->r);
	return err == FAIL_MISSING ? FAIL_CONFLICT : err; /* it has expired */
}

#define OUR_ROLLOUT "SELECT id FROM rollout WHERE id = ? AND chamber_id = ?"

static int write_state(struct store_db *db, void *arg)
{
	struct wish *w = arg;
	struct fleet_by by = api_fleet_by(w->q);
	int err = in_chamber(db, w->q, OUR_ROLLOUT);

	w->r.id = w->q->id;
	if (err < 0)
		return err;
	err = fleet_rollout_set(db, &by, w->q->id, w->state);
	return err == FAIL_MISSING ? FAIL_CONFLICT : err;
}

static int write_undo(struct store_db *db, void *arg)
{
	struct wish *w = arg;
	struct fleet_by by = api_fleet_by(w->q);
	int err = in_chamber(db, w->q, OUR_ROLLOUT);

	w->r.id = w->q->id;
	if (err < 0)
		return err;
	err = fleet_rollout_undo(db, &by, w->q->id, api_body_text(w->q, "reason"));
	return err == FAIL_MISSING ? FAIL_CONFLICT : err;
}

static int write_change(struct store_db *db, void *arg)
{
	(void)arg;
	int64_t change = store_note_change(db);

	return change < 0 ? (int)change : 0;
}

static void change(
    struct api_request *q, struct api_reply *a, store_write_fn *fn, const char *state)
{
	struct wish w = { .q = q, .state = state };
	json_t *all = json_array();
	int err = store_write(q->api->store, fn, &w);

	if (err == FAIL_FORMAT) {
		json_decref(all);
		api_fail(a, API_BAD, "rings: percents that rise to 100, like 1,10,100");
		return;
	}
	if (err == 0)
		err = store_write(q->api->store, write_change, NULL);
	if (err == 0)
		err = read_rollouts(q, w.r.id, all);
	if (err == 0)
		api_json(a, 200, json_incref(json_array_get(all, 0)));
	else
		api_fail_store(a, err);
	json_decref(all);
}

void api_bundles_rollout(struct api_request *q, struct api_reply *a)
{
	change(q, a, write_start, NULL);
}

void api_rollouts_freeze(struct api_request *q, struct api_reply *a)
{
	change(q, a, write_state, "frozen");
}

void api_rollouts_resume(struct api_request *q, struct api_reply *a)
{
	change(q, a, write_state, "running");
}

void api_rollouts_undo(struct api_request *q, struct api_reply *a)
{
	change(q, a, write_undo, NULL);
}
