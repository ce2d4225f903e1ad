/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/fleet/internal.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A bundle reaches the gates in rings: a few first, watched for a while, then more.  When a
 * ring does not get on, all go back by themselves. */
#define FAILED_MOST_PERCENT 10
#define SILENT_US           (INT64_C(15) * 60 * 1000000)
#define BOOTS_MOST          3
#define NOISE_TIMES         10

struct ring {
	int64_t rollout_id, bundle_id, ring, soak_s, ring_us;
	char name[17], sha256[65];
	int64_t version, size;
	unsigned rings;
};

/* Which ring a gate is in does not follow from its age: 100 steps, mixed by its number. */
static unsigned ring_of(int64_t gate_id, const json_t *rings)
{
	uint64_t mixed = (uint64_t)gate_id * UINT64_C(0x9e3779b97f4a7c15) >> 32;
	size_t i;
	json_t *percent;

	json_array_foreach(rings, i, percent)
	{
		if ((json_int_t)(mixed % 100) < json_integer_value(percent))
			return (unsigned)i;
	}
	return json_array_size(rings) ? (unsigned)json_array_size(rings) - 1 : 0;
}

static int place_gates(
    struct store_db *db, int64_t id, int64_t chamber_id, const json_t *rings)
{
	struct fleet_ids ids;
	int64_t last = 0;
	unsigned first = 0;
	int err;

	do {
		err = fleet_ids_read(db, &ids,
		    "SELECT g.id FROM gate g JOIN company c ON c.id = g.company_id WHERE "
		    "c.chamber_id = ? AND g.id > ? AND g.fingerprint IS NOT NULL AND "
		    "g.revoked_us IS NULL ORDER BY g.id",
		    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(last)));
		for (unsigned i = 0; i < ids.n && err == 0; i++) {
			last = ids.at[i];
			unsigned ring = ring_of(last, rings);
			first += ring == 0;
			err = store_exec(db,
			    "INSERT INTO rollout_gate (rollout_id, gate_id, company_id, ring) "
			    "SELECT ?, id, company_id, ? FROM gate WHERE id = ?",
			    STORE_ARGS(
				STORE_INT(id), STORE_INT(ring), STORE_INT(last)));
		}
	} while (err == 0 && ids.n == FLEET_SETTLE_MOST);
	/* A small chamber: somebody has to be the first. */
	if (err == 0 && first == 0)
		err = store_exec(db,
		    "UPDATE rollout_gate SET ring = 0 WHERE rollout_id = ? AND gate_id = "
		    "(SELECT min(gate_id) FROM rollout_gate WHERE rollout_id = ?)",
		    STORE_ARGS(STORE_INT(id), STORE_INT(id)));
	return err;
}

static bool rings_fit(const json_t *rings)
{
	json_int_t before = 0;
	size_t i;
	json_t *percent;

	json_array_foreach(rings, i, percent)
	{
		json_int_t now = json_integer_value(percent);
		if (now <= before || now > 100)
			return false;
		before = now;
	}
	return before == 100 && json_array_size(rings) <= 10;
}

int fleet_rollout_start(
    struct store_db *db, const struct fleet_by *by, struct fleet_rollout *r)
{
	json_t *rings = json_loads(r->rings, 0, NULL);
	int64_t chamber_id = 0, others = 0;
	char detail[80];
	int err = rings && rings_fit(rings) ? 0 : FAIL_FORMAT;

	if (err == 0)
		err = store_get_int(db, &chamber_id,
		    "SELECT chamber_id FROM bundle WHERE id = ? AND expires_us > ?",
		    STORE_ARGS(STORE_INT(r->bundle_id), STORE_INT(by->now_us)));
	if (err == 0)
		err = store_get_int(db, &others,
		    "SELECT count(*) FROM rollout WHERE chamber_id = ? AND state IN ('running', "
		    "'frozen')",
		    STORE_ARGS(STORE_INT(chamber_id)));
	if (err == 0 && others)
		err = FAIL_CONFLICT;
	if (err == 0)
		err = store_get_int(db, &r->id,
		    "INSERT INTO rollout (chamber_id, bundle_id, rings, soak_s, ring_us, "
		    "started_us, started_by) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(chamber_id), STORE_INT(r->bundle_id),
			STORE_TEXT(r->rings), STORE_INT(r->soak_s),
			STORE_INT(by->now_us), STORE_INT(by->now_us),
			STORE_ID(by->account_id)));
	if (err == 0)
		err = place_gates(db, r->id, chamber_id, rings);
	json_decref(rings);
	snprintf(detail, sizeof(detail), "rollout %" PRId64 " of bundle %" PRId64,
	    r->id, r->bundle_id);
	return err < 0 ? err : fleet_audit(db, by, 0, "rollout.start", detail);
}

int fleet_rollout_set(
    struct store_db *db, const struct fleet_by *by, int64_t id, const char *state)
{
	int64_t found = 0;
	char detail[60];
	int err = store_get_int(db, &found,
	    "UPDATE rollout SET state = ?, ring_us = ? WHERE id = ? AND state IN ('running', "
	    "'frozen') AND state <> ? RETURNING id",
	    STORE_ARGS(STORE_TEXT(state), STORE_INT(by->now_us), STORE_INT(id),
		STORE_TEXT(state)));

	snprintf(detail, sizeof(detail), "rollout %" PRId64 ": %s", id, state);
	return err < 0 ? err : fleet_audit(db, by, 0, "rollout.state", detail);
}

static int one_gate(struct store_db *db, const struct fleet_by *by,
    const struct ring *r, int64_t gate_id)
{
	struct wire_order o = { .gate = gate_id,
		.kind = WIRE_ORDER_BUNDLE,
		.version = r->version,
		.size = r->size };
	int64_t before = 0;

	memcpy(o.name, r->name, sizeof(o.name));
	memcpy(o.sha256, r->sha256, sizeof(o.sha256));
	int err = store_get_int(db, &before,
	    "SELECT COALESCE(sum(records), 0) FROM batch WHERE gate_id = ? AND taken_us > ?",
	    STORE_ARGS(
		STORE_INT(gate_id), STORE_INT(by->now_us - r->soak_s * 1000000)));
	if (err == 0)
		err = fleet_order_add(db, by, &o);
	return err < 0
		   ? err
		   : store_exec(db,
			 "UPDATE rollout_gate SET state = 'ordered', ordered_us = ?, "
			 "before_alerts = ? WHERE rollout_id = ? AND gate_id = ?",
			 STORE_ARGS(STORE_INT(by->now_us), STORE_INT(before),
			     STORE_INT(r->rollout_id), STORE_INT(gate_id)));
}

static int order_ring(
    struct store_db *db, const struct fleet_by *by, const struct ring *r)
{
	struct fleet_ids ids;
	int err = fleet_ids_read(db, &ids,
	    "SELECT gate_id FROM rollout_gate WHERE rollout_id = ? AND ring <= ? AND state = "
	    "'waiting' ORDER BY gate_id",
	    STORE_ARGS(STORE_INT(r->rollout_id), STORE_INT(r->ring)));

	for (unsigned i = 0; i < ids.n && err == 0; i++)
		err = one_gate(db, by, r, ids.at[i]);
	return err < 0 ? err : (int)ids.n;
}

#define OF_RING \
	" FROM rollout_gate x JOIN gate g ON g.id = x.gate_id WHERE x.rollout_id = ? AND x.ring <= ?"

static int count(struct store_db *db, const struct ring *r, int64_t *n, const char *sql,
    int64_t value)
{
	return store_get_int(db, n, sql,
	    STORE_ARGS(STORE_INT(r->rollout_id), STORE_INT(r->ring), STORE_INT(value)));
}

/* 0 and `why` empty: all is well. */
static int look_at_health(struct store_db *db, const struct fleet_by *by,
    const struct ring *r, char *why, size_t room)
{
	int64_t all = 0, failed = 0, silent = 0, loops = 0, loud = 0;
	int err = count(db, r, &all, "SELECT count(*)" OF_RING " AND x.ring >= ?", 0);

	if (err == 0)
		err = count(db, r, &failed,
		    "SELECT count(*)" OF_RING " AND x.state = 'failed' AND x.ring >= ?",
		    0);
	if (err == 0)
		err = count(db, r, &silent,
		    "SELECT count(*)" OF_RING
		    " AND x.state = 'runs' AND CASE WHEN COALESCE(g.report_us, 0) > "
		    "COALESCE(g.seen_us, 0) THEN g.report_us ELSE COALESCE(g.seen_us, 0) END < ?",
		    by->now_us - SILENT_US);
	if (err == 0)
		err = count(db, r, &loops,
		    "SELECT count(*)" OF_RING " AND x.boots >= ?", BOOTS_MOST);
	if (err == 0)
		err = count(db, r, &loud,
		    "SELECT count(*)" OF_RING
		    " AND x.state = 'runs' AND (SELECT COALESCE(sum(t.records), 0) FROM batch t "
		    "WHERE t.gate_id = x.gate_id AND t.taken_us > x.runs_us) > ? * "
		    "(x.before_alerts + 50)",
		    NOISE_TIMES);
	if (failed * 100 > all * FAILED_MOST_PERCENT)
		snprintf(why, room, "%" PRId64 " of %" PRId64 " gates could not use it",
		    failed, all);
	else if (silent * 100 > all * FAILED_MOST_PERCENT)
		snprintf(why, room, "%" PRId64 " of %" PRId64 " gates fell silent",
		    silent, all);
	else if (loops)
		snprintf(why, room, "%" PRId64 " gates begin again and again", loops);
	else if (loud * 100 > all * FAILED_MOST_PERCENT)
		snprintf(why, room,
		    "%" PRId64 " of %" PRId64 " gates tell ten times as much", loud,
		    all);
	return err;
}

static int back_one(struct store_db *db, const struct fleet_by *by,
    const struct ring *r, int64_t gate_id)
{
	struct wire_order o = {
		.gate = gate_id, .kind = WIRE_ORDER_ROLLBACK, .version = r->version
	};

	memcpy(o.name, r->name, sizeof(o.name));
	int err = fleet_order_add(db, by, &o);
	return err < 0
		   ? err
		   : store_exec(db,
			 "UPDATE rollout_gate SET state = 'undone' WHERE rollout_id = ? AND "
			 "gate_id = ?",
			 STORE_ARGS(STORE_INT(r->rollout_id), STORE_INT(gate_id)));
}

/* Those that were ordered to run it go back; the others never hear of it. */
static int go_back(struct store_db *db, const struct fleet_by *by, const struct ring *r)
{
	struct fleet_ids ids;
	int err = fleet_ids_read(db, &ids,
	    "SELECT gate_id FROM rollout_gate WHERE rollout_id = ? AND state IN ('ordered', "
	    "'runs') ORDER BY gate_id",
	    STORE_ARGS(STORE_INT(r->rollout_id)));

	for (unsigned i = 0; i < ids.n && err == 0; i++)
		err = back_one(db, by, r, ids.at[i]);
	return err < 0 ? err : (int)ids.n;
}

int fleet_rollout_undo(
    struct store_db *db, const struct fleet_by *by, int64_t id, const char *why)
{
	int64_t found = 0;
	char detail[200];
	int err = store_get_int(db, &found,
	    "UPDATE rollout SET state = 'undone', why = ?, ended_us = ? WHERE id = ? AND state "
	    "<> 'undone' RETURNING id",
	    STORE_ARGS(STORE_TEXT(why), STORE_INT(by->now_us), STORE_INT(id)));

	snprintf(detail, sizeof(detail), "rollout %" PRId64 " undone: %s", id, why);
	return err < 0 ? err : fleet_audit(db, by, 0, "rollout.undo", detail);
}

/* All of the ring run it and were watched: the next one. */
static int advance(struct store_db *db, const struct fleet_by *by, const struct ring *r)
{
	int64_t open = 0;
	int err = count(db, r, &open,
	    "SELECT count(*)" OF_RING
	    " AND x.state IN ('waiting', 'ordered') AND x.ring >= ?",
	    0);

	if (err < 0 || open || by->now_us - r->ring_us < r->soak_s * 1000000)
		return err;
	bool last = r->ring + 1 >= (int64_t)r->rings;
	return store_exec(db,
	    "UPDATE rollout SET ring = ?, ring_us = ?, state = ?, ended_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(last ? r->ring : r->ring + 1), STORE_INT(by->now_us),
		STORE_TEXT(last ? "done" : "running"),
		last ? STORE_INT(by->now_us) : STORE_NULL, STORE_INT(r->rollout_id)));
}

static int read_ring(struct store_db *db, int64_t id, struct ring *r, bool *undone)
{
	struct store_rows *rows;
	json_t *rings = NULL;

	store_query(db, &rows,
	    "SELECT r.bundle_id, r.ring, r.soak_s, r.ring_us, r.rings, b.name, b.version, "
	    "b.sha256, b.size, r.state FROM rollout r JOIN bundle b ON b.id = r.bundle_id "
	    "WHERE r.id = ?",
	    STORE_ARGS(STORE_INT(id)));
	*r = (struct ring){ .rollout_id = id };
	if (store_next(rows)) {
		r->bundle_id = store_col_int(rows, 0);
		r->ring = store_col_int(rows, 1);
		r->soak_s = store_col_int(rows, 2);
		r->ring_us = store_col_int(rows, 3);
		rings = json_loads(store_col_text(rows, 4), 0, NULL);
		r->rings = (unsigned)json_array_size(rings);
		snprintf(r->name, sizeof(r->name), "%s", store_col_text(rows, 5));
		r->version = store_col_int(rows, 6);
		snprintf(r->sha256, sizeof(r->sha256), "%s", store_col_text(rows, 7));
		r->size = store_col_int(rows, 8);
		*undone = strcmp(store_col_text(rows, 9), "undone") == 0;
	}
	json_decref(rings);
	return store_rows_free(rows);
}

static int step_one(struct store_db *db, const struct fleet_by *by, int64_t id)
{
	struct ring r;
	char why[160] = "";
	bool undone = false;
	int err = read_ring(db, id, &r, &undone);

	if (err == 0 && undone)
		return go_back(db, by, &r);
	int ordered = err < 0 ? err : order_ring(db, by, &r);
	if (ordered != 0)
		return ordered;
	err = look_at_health(db, by, &r, why, sizeof(why));
	if (err < 0)
		return err;
	return *why ? fleet_rollout_undo(db, by, id, why) : advance(db, by, &r);
}

int fleet_rollout_step(struct store_db *db, const struct fleet_by *by)
{
	struct fleet_ids ids;
	int did = 0;
	int err = fleet_ids_read(db, &ids,
	    "SELECT r.id FROM rollout r WHERE r.state = 'running' OR (r.state = 'undone' AND "
	    "EXISTS (SELECT 1 FROM rollout_gate x WHERE x.rollout_id = r.id AND x.state IN "
	    "('ordered', 'runs'))) ORDER BY r.id",
	    STORE_NO_ARGS);

	for (unsigned i = 0; i < ids.n && err == 0; i++) {
		int n = step_one(db, by, ids.at[i]);
		err = n < 0 ? n : 0;
		did = n > did ? n : did;
	}
	return err < 0 ? err : did;
}

/* The order's thing is the bundle's version: the newest roll-out that waits for it. */
int fleet_bundle_ends(struct store_db *db, const struct fleet_result *r)
{
	return store_exec(db,
	    "UPDATE rollout_gate SET state = ?, why = ?, runs_us = ? WHERE gate_id = ? AND "
	    "state = 'ordered' AND rollout_id IN (SELECT t.id FROM rollout t JOIN bundle b ON "
	    "b.id = t.bundle_id WHERE b.version = ?)",
	    STORE_ARGS(STORE_TEXT(r->done ? "runs" : "failed"), STORE_TEXT(r->why),
		STORE_INT(r->now_us), STORE_INT(r->gate_id), STORE_INT(r->thing_id)));
}
