/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/watch/internal.h"

#include <stdio.h>

/* What is due although nobody sent anything. */

#define MINUTE_US INT64_C(60000000)
#define HOUR_US   (60 * MINUTE_US)
/* A gate that was steady for so long does not come and go any more. */
#define CALM_US (2 * HOUR_US)

/* ---- windows ---- */

struct window {
	int64_t chamber_id, company_id, site_id, gate_id, end_us;
};

static int quiet(struct store_db *db, const struct window *w)
{
	return store_exec(db,
	    "UPDATE gate SET quiet_us = ? WHERE quiet_us < ? AND company_id IN "
	    "(SELECT id FROM company WHERE chamber_id = ?) AND (? = 0 OR company_id = ?) "
	    "AND (? = 0 OR site_id = ?) AND (? = 0 OR id = ?)",
	    STORE_ARGS(STORE_INT(w->end_us), STORE_INT(w->end_us),
		STORE_INT(w->chamber_id), STORE_INT(w->company_id),
		STORE_INT(w->company_id), STORE_INT(w->site_id), STORE_INT(w->site_id),
		STORE_INT(w->gate_id), STORE_INT(w->gate_id)));
}

/* Is a window open now, and until when? */
static int is_open(struct store_db *db, const struct store_rows *rows, int64_t now_us,
    struct window *w)
{
	struct incident_watch_moment m;
	char days[16];

	*w = (struct window){ .chamber_id = store_col_int(rows, 0),
		.company_id = store_col_int(rows, 1),
		.site_id = store_col_int(rows, 2),
		.gate_id = store_col_int(rows, 3),
		.end_us = store_col_int(rows, 5) };
	snprintf(days, sizeof(days), "%s", store_col_text(rows, 4));
	if (!*days)
		return 1;
	struct incident_watch_hours h = { .days = days,
		.from_min = (int)store_col_int(rows, 6),
		.to_min = (int)store_col_int(rows, 7) };
	int err = incident_watch_moment(db, w->chamber_id, now_us, &m);
	if (err < 0 || !incident_watch_days_ok(days) || !incident_watch_covers(&h, &m))
		return err;
	w->end_us =
	    now_us - now_us % MINUTE_US + incident_watch_left_min(&h, &m) * MINUTE_US;
	return 1;
}

int incident_watch_windows(struct store_db *db, int64_t now_us)
{
	struct window open[INCIDENT_WATCH_WINDOWS];
	struct store_rows *rows;
	int n = 0, err = 0;

	store_query(db, &rows,
	    "SELECT chamber_id, COALESCE(company_id, 0), COALESCE(site_id, 0), "
	    "COALESCE(gate_id, 0), days, to_us, from_min, to_min FROM watch_window "
	    "WHERE ended_us IS NULL AND from_us <= ? AND to_us > ? ORDER BY id",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(now_us)));
	while (err >= 0 && n < INCIDENT_WATCH_WINDOWS && store_next(rows)) {
		err = is_open(db, rows, now_us, &open[n]);
		n += err == 1;
	}
	int end = store_rows_free(rows);
	if (err >= 0)
		err = end;
	for (int i = 0; i < n && err >= 0; i++)
		err = quiet(db, &open[i]);
	return err < 0 ? err : 0;
}

/* ---- comings and goings ---- */

struct flapping {
	int64_t gate_id, company_id, chamber_id, since_us, n;
};

static int judge(struct store_db *db, const struct flapping *f, int64_t now_us)
{
	int64_t limits[INCIDENT_WATCH_LIMIT_MAX];
	char what[40];

	if (f->since_us < now_us - CALM_US) {
		int err = store_exec(db, "UPDATE gate SET flap_n = 0 WHERE id = ?",
		    STORE_ARGS(STORE_INT(f->gate_id)));
		return err < 0 ? err
			       : incident_watch_over(db, f->company_id, f->gate_id,
				     RECORD_CAUSE_FLAPPING, now_us);
	}
	int err = incident_watch_limits_get(db, f->chamber_id, limits);
	if (err < 0 || f->n < limits[INCIDENT_WATCH_flap_changes])
		return err;
	snprintf(what, sizeof(what), "%lld", (long long)f->n);
	return store_exec(db,
	    "INSERT INTO gate_watch (gate_id, company_id, cause, since_us, due_us, what) "
	    "VALUES (?, ?, 'FLAPPING', ?, ?, ?) ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(f->gate_id), STORE_INT(f->company_id),
		STORE_INT(f->since_us), STORE_INT(now_us), STORE_TEXT(what)));
}

#define FLAPPING_MOST 200

int incident_watch_flaps(struct store_db *db, int64_t now_us)
{
	struct flapping f[FLAPPING_MOST];
	struct store_rows *rows;
	int n = 0;

	store_query(db, &rows,
	    "SELECT g.id, g.company_id, c.chamber_id, g.flap_us, g.flap_n FROM gate g "
	    "JOIN company c ON c.id = g.company_id WHERE g.flap_n > 0 "
	    "ORDER BY g.flap_us LIMIT 200",
	    STORE_NO_ARGS);
	while (n < FLAPPING_MOST && store_next(rows))
		f[n++] = (struct flapping){ store_col_int(rows, 0),
			store_col_int(rows, 1), store_col_int(rows, 2),
			store_col_int(rows, 3), store_col_int(rows, 4) };
	int err = store_rows_free(rows);
	for (int i = 0; i < n && err == 0; i++)
		err = judge(db, &f[i], now_us);
	return err;
}

/* ---- findings ---- */

static int find_due(struct store_db *db, int64_t now_us, struct incident_plain *p,
    char what[EVENT_TEXT_MAX + 1])
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT w.gate_id, w.company_id, w.cause, w.what, w.since_us FROM gate_watch w "
	    "JOIN gate g ON g.id = w.gate_id WHERE w.told = 0 AND w.due_us <= ? "
	    "AND g.revoked_us IS NULL AND g.quiet_us <= ? ORDER BY w.due_us LIMIT 1",
	    STORE_ARGS(STORE_INT(now_us), STORE_INT(now_us)));
	if (store_next(rows)) {
		snprintf(what, EVENT_TEXT_MAX + 1, "%s", store_col_text(rows, 3));
		*p = (struct incident_plain){ .gate_id = store_col_int(rows, 0),
			.company_id = store_col_int(rows, 1),
			.cause = record_cause_find(store_col_text(rows, 2)),
			.what = what,
			.first_us = store_col_int(rows, 4) };
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* There is one already: the record that said it came before the heartbeats did. */
static int is_told(struct store_db *db, const struct incident_plain *p, int64_t *told)
{
	return store_get_int(db, told,
	    "SELECT COUNT(*) FROM incident WHERE company_id = ? AND gate_id = ? "
	    "AND cause = ? AND state <> 'done'",
	    STORE_ARGS(STORE_INT(p->company_id), STORE_INT(p->gate_id),
		STORE_TEXT(record_cause_id(p->cause))));
}

int incident_watch_open(struct store_db *db, int64_t now_us, struct incident *i)
{
	static char
	    what[EVENT_TEXT_MAX + 1]; /* one writer; lives until the next call */
	struct incident_plain p;
	int64_t told = 1;
	int err = 0;

	while (told && err == 0) {
		err = find_due(db, now_us, &p, what);
		if (err == 0)
			err = is_told(db, &p, &told);
		if (err == 0)
			err = store_exec(db,
			    "UPDATE gate_watch SET told = 1 WHERE gate_id = ? AND cause = ?",
			    STORE_ARGS(STORE_INT(p.gate_id),
				STORE_TEXT(record_cause_id(p.cause))));
	}
	return err < 0 ? err : incident_open_plain(db, &p, now_us, i);
}

int incident_watch_over(struct store_db *db, int64_t company_id, int64_t gate_id,
    enum record_cause cause, int64_t now_us)
{
	int err =
	    store_exec(db, "DELETE FROM gate_watch WHERE gate_id = ? AND cause = ?",
		STORE_ARGS(STORE_INT(gate_id), STORE_TEXT(record_cause_id(cause))));

	while (err == 0) {
		int64_t id;
		err = store_get_int(db, &id,
		    "SELECT id FROM incident WHERE company_id = ? AND gate_id = ? "
		    "AND cause = ? AND state <> 'done' LIMIT 1",
		    STORE_ARGS(STORE_INT(company_id), STORE_INT(gate_id),
			STORE_TEXT(record_cause_id(cause))));
		if (err == 0)
			err = incident_move(
			    db, &(struct incident_move){ .incident_id = id,
				    .now_us = now_us,
				    .to = INCIDENT_DONE,
				    .outcome = INCIDENT_SOLVED });
	}
	return err == FAIL_MISSING ? 0 : err;
}
