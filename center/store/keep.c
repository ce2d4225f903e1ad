/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/store/keep.h"
#include "center/store/internal.h"
#include "lib/base/clock.h"

#include <inttypes.h>
#include <stdio.h>

#define DAY_US  (INT64_C(24) * 3600 * 1000000)
#define YEAR_US (365 * DAY_US + DAY_US / 4)

int store_keep_rule(
    struct store_db *db, int64_t company_id, struct store_keep_rule *rule)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	*rule = (struct store_keep_rule){ 0 };
	store_query(db, &rows,
	    "SELECT COALESCE(o.event_days, h.event_days, r.event_days, 0), "
	    "COALESCE(o.event_mb, h.event_mb, r.event_mb, 0), "
	    "COALESCE(o.incident_years, h.incident_years, r.incident_years, 0) "
	    "FROM company c LEFT JOIN retention o ON o.company_id = c.id "
	    "LEFT JOIN retention h ON h.chamber_id = c.chamber_id "
	    "LEFT JOIN retention r ON r.chamber_id IS NULL AND r.company_id IS NULL "
	    "WHERE c.id = ?",
	    STORE_ARGS(STORE_INT(company_id)));
	if (store_next(rows)) {
		*rule = (struct store_keep_rule){ store_col_int(rows, 0),
			store_col_int(rows, 1), store_col_int(rows, 2) };
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

static struct store_value value_of(int64_t n)
{
	return n < 0 ? STORE_NULL : STORE_INT(n);
}

int store_keep_set(struct store_db *db, int64_t chamber_id, int64_t company_id,
    const struct store_keep_rule *rule, int64_t account_id, int64_t now_us)
{
	char detail[160];
	int64_t id = 0;
	struct store_value days = value_of(rule->event_days),
			   mb = value_of(rule->event_mb),
			   years = value_of(rule->incident_years);
	int err = store_get_int(db, &id,
	    "SELECT id FROM retention WHERE chamber_id IS NOT DISTINCT FROM ? AND "
	    "company_id IS NOT DISTINCT FROM ?",
	    STORE_ARGS(STORE_ID(chamber_id), STORE_ID(company_id)));

	if (err == 0)
		err = store_exec(db,
		    "UPDATE retention SET event_days = ?, event_mb = ?, incident_years = ? "
		    "WHERE id = ?",
		    STORE_ARGS(days, mb, years, STORE_INT(id)));
	else if (err == FAIL_MISSING)
		err = store_exec(db,
		    "INSERT INTO retention (chamber_id, company_id, event_days, event_mb, "
		    "incident_years) VALUES (?, ?, ?, ?, ?)",
		    STORE_ARGS(
			STORE_ID(chamber_id), STORE_ID(company_id), days, mb, years));
	/* Looked at anew soon. */
	if (err == 0)
		err = store_exec(db, "UPDATE kept SET looked_us = 0", STORE_NO_ARGS);
	if (err < 0)
		return err;
	snprintf(detail, sizeof(detail),
	    "%s%" PRId64 " days=%" PRId64 " mb=%" PRId64 " years=%" PRId64,
	    company_id   ? "company "
	    : chamber_id ? "chamber "
			 : "centre ",
	    company_id ? company_id : chamber_id, rule->event_days, rule->event_mb,
	    rule->incident_years);
	return store_audit(db, &(struct store_audit){ .at_us = now_us,
				   .account_id = account_id,
				   .company_id = company_id,
				   .action = "retention.set",
				   .detail = detail });
}

int store_keep_add(struct store_db *db, int64_t company_id, int64_t events,
    int64_t bytes, int64_t now_us)
{
	return store_exec(db,
	    "INSERT INTO kept (company_id, events, bytes, since_us) VALUES (?, ?, ?, ?) "
	    "ON CONFLICT (company_id) DO UPDATE SET events = kept.events + excluded.events, "
	    "bytes = kept.bytes + excluded.bytes",
	    STORE_ARGS(STORE_INT(company_id), STORE_INT(events), STORE_INT(bytes),
		STORE_INT(now_us)));
}

int store_keep_check(struct store_db *db, struct buf *report)
{
	struct store_rows *rows;

	store_query(db, &rows,
	    "SELECT k.company_id, k.events, COALESCE(e.n, 0) FROM kept k LEFT JOIN (SELECT "
	    "company_id, COUNT(*) AS n FROM event GROUP BY company_id) e ON e.company_id = "
	    "k.company_id WHERE k.events <> COALESCE(e.n, 0) ORDER BY k.company_id LIMIT 20",
	    STORE_NO_ARGS);
	while (store_next(rows))
		buf_addf(report,
		    "retention: company %" PRId64 " has %" PRId64 " events, %" PRId64
		    " were counted\n",
		    store_col_int(rows, 0), store_col_int(rows, 2),
		    store_col_int(rows, 1));
	int err = store_rows_free(rows);
	if (err < 0)
		return err;
	store_query(db, &rows,
	    "SELECT COUNT(*) FROM retention WHERE chamber_id IS NULL AND company_id IS NULL "
	    "HAVING COUNT(*) <> 1",
	    STORE_NO_ARGS);
	if (store_next(rows))
		buf_add_text(
		    report, "retention: the centre's own row is missing or double\n");
	return store_rows_free(rows);
}

/* ---- taking out ---- */

/* One company's turn. */
struct turn {
	int64_t company_id, now_us, bytes;
	struct store_keep_rule rule;
	/* The step. */
	int64_t incident_id, before_us; /* events older than this; 0: any */
	int limit;
	int64_t events, freed, newest_us; /* of this step */
	int64_t sum_events, sum_freed, sum_emptied;
};

/* Events in the order of their ids are events in the order of their arrival. */
static int remove_events(struct store_db *db, void *arg)
{
	struct turn *t = arg;
	struct store_rows *rows;
	int64_t last = 0;

	t->events = t->freed = 0;
	store_query(db, &rows,
	    "SELECT id, length(eve), taken_us FROM event WHERE incident_id = ? AND "
	    "(? = 0 OR taken_us < ?) ORDER BY id LIMIT ?",
	    STORE_ARGS(STORE_INT(t->incident_id), STORE_INT(t->before_us),
		STORE_INT(t->before_us), STORE_INT(t->limit)));
	while (store_next(rows)) {
		last = store_col_int(rows, 0);
		t->events++;
		t->freed += store_col_int(rows, 1);
		if (store_col_int(rows, 2) > t->newest_us)
			t->newest_us = store_col_int(rows, 2);
	}
	int err = store_rows_free(rows);
	if (err < 0 || !t->events)
		return err;
	err = store_exec(db,
	    "DELETE FROM event WHERE incident_id = ? AND id <= ? AND (? = 0 OR taken_us < ?)",
	    STORE_ARGS(STORE_INT(t->incident_id), STORE_INT(last),
		STORE_INT(t->before_us), STORE_INT(t->before_us)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE incident SET kept = CASE WHEN kept > ? THEN kept - ? ELSE 0 END "
		    "WHERE id = ?",
		    STORE_ARGS(STORE_INT(t->events), STORE_INT(t->events),
			STORE_INT(t->incident_id)));
	if (err < 0)
		return err;
	return store_exec(db,
	    "UPDATE kept SET events = events - ?, bytes = bytes - ?, removed_events = "
	    "removed_events + ?, removed_bytes = removed_bytes + ?, since_us = CASE WHEN "
	    "since_us < ? THEN ? ELSE since_us END WHERE company_id = ?",
	    STORE_ARGS(STORE_INT(t->events), STORE_INT(t->freed), STORE_INT(t->events),
		STORE_INT(t->freed), STORE_INT(t->newest_us + 1),
		STORE_INT(t->newest_us + 1), STORE_INT(t->company_id)));
}

#define LEAST_ROWS 50
#define MOST_ROWS  5000

/* As many rows as half of the time allows: others wait for the writer meanwhile. */
static void adapt(struct turn *t, int64_t took_us, struct store_keep_done *done)
{
	if (took_us > done->longest_us)
		done->longest_us = took_us;
	if (took_us > STORE_KEEP_STEP_MS * 500 && t->limit > LEAST_ROWS)
		t->limit /= 2;
	else if (took_us < STORE_KEEP_STEP_MS * 125 && t->limit < MOST_ROWS)
		t->limit *= 2;
}

struct timed {
	store_write_fn *fn;
	void *arg;
	int64_t took_us;
};

/* How long the writer was held, not how long the turn was waited for. */
static int run_timed(struct store_db *db, void *arg)
{
	struct timed *w = arg;
	int64_t start_us = clock_monotonic_us();
	int err = w->fn(db, w->arg);

	w->took_us = clock_monotonic_us() - start_us;
	return err;
}

static int step(
    struct store *s, struct turn *t, store_write_fn *fn, struct store_keep_done *done)
{
	struct timed w = { fn, t, 0 };
	int err = store_write(s, run_timed, &w);

	adapt(t, w.took_us, done);
	return err;
}

static int empty_incident(
    struct store *s, struct turn *t, struct store_keep_done *done, int64_t until_us)
{
	int err;

	do {
		err = step(s, t, remove_events, done);
		if (err < 0)
			return err;
		t->sum_events += t->events;
		t->sum_freed += t->freed;
		t->bytes -= t->freed;
		if (clock_monotonic_us() > until_us)
			return FAIL_BUSY; /* the rest at the next call */
	} while (t->events == t->limit ||
		 (t->events > 0 && t->limit < MOST_ROWS && t->before_us == 0 &&
		     t->bytes > t->rule.event_mb << 20));
	return 0;
}

#define VICTIMS 200

/* Incidents whose records may go, least severe and oldest first; FAIL_MISSING: no (more). */
static const char by_age[] =
    "SELECT i.id FROM incident i WHERE i.company_id = ? AND i.kept > 0 AND i.severity < 2 "
    "AND (i.severity = 0 OR i.state = 'done') AND EXISTS (SELECT 1 FROM event e WHERE "
    "e.incident_id = i.id AND e.id = (SELECT MIN(f.id) FROM event f WHERE f.incident_id = "
    "i.id) AND e.taken_us < ?) ORDER BY i.severity, i.last_us LIMIT ?";
static const char by_size[] =
    "SELECT i.id FROM incident i WHERE i.company_id = ? AND i.kept > 0 AND i.severity < 2 "
    "AND (i.severity = 0 OR i.state = 'done') AND i.last_us >= ? "
    "ORDER BY i.severity, i.last_us LIMIT ?";

static int victims(struct store *s, const char *sql, const struct turn *t,
    int64_t before_us, int64_t ids[VICTIMS], unsigned *n)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;

	*n = 0;
	if (!db)
		return FAIL_IO;
	store_query(db, &rows, sql,
	    STORE_ARGS(
		STORE_INT(t->company_id), STORE_INT(before_us), STORE_INT(VICTIMS)));
	while (*n < VICTIMS && store_next(rows))
		ids[(*n)++] = store_col_int(rows, 0);
	int err = store_rows_free(rows);
	store_read_done(s, db);
	return err;
}

static int take_old(
    struct store *s, struct turn *t, struct store_keep_done *done, int64_t until_us)
{
	int64_t ids[VICTIMS];
	unsigned n = VICTIMS;
	int err = 0;

	t->before_us = t->now_us - t->rule.event_days * DAY_US;
	while (t->rule.event_days > 0 && err == 0 && n == VICTIMS) {
		err = victims(s, by_age, t, t->before_us, ids, &n);
		for (unsigned i = 0; i < n && err == 0; i++) {
			t->incident_id = ids[i];
			err = empty_incident(s, t, done, until_us);
		}
	}
	return err;
}

static int take_much(
    struct store *s, struct turn *t, struct store_keep_done *done, int64_t until_us)
{
	int64_t ids[VICTIMS], most = t->rule.event_mb << 20;
	unsigned n = VICTIMS;
	int err = 0;

	t->before_us = 0;
	while (most > 0 && t->bytes > most && err == 0 && n == VICTIMS) {
		err = victims(s, by_size, t, 0, ids, &n);
		for (unsigned i = 0; i < n && t->bytes > most && err == 0; i++) {
			t->incident_id = ids[i];
			err = empty_incident(s, t, done, until_us);
		}
	}
	return err;
}

/* What could name somebody goes out of old incidents; their rows stay for the counts, the
 * history and whoever refers to them. */
static int forget_incidents(struct store_db *db, void *arg)
{
	struct turn *t = arg;

	int err = store_exec(db,
	    "UPDATE incident SET what = '', peer = '', machine_id = NULL WHERE id IN "
	    "(SELECT i.id FROM incident i WHERE i.company_id = ? AND i.last_us < ? AND "
	    "i.state = 'done' AND (i.what <> '' OR i.peer <> '' OR i.machine_id IS NOT NULL) "
	    "ORDER BY i.last_us LIMIT ?)",
	    STORE_ARGS(STORE_INT(t->company_id),
		STORE_INT(t->now_us - t->rule.incident_years * YEAR_US),
		STORE_INT(t->limit)));
	t->events = err == 0 ? store_changed(db) : 0;
	t->sum_emptied += t->events;
	return err;
}

static int take_forgotten(
    struct store *s, struct turn *t, struct store_keep_done *done, int64_t until_us)
{
	int err = 0;

	if (t->rule.incident_years <= 0)
		return 0;
	do
		err = step(s, t, forget_incidents, done);
	while (err == 0 && t->events > 0 && clock_monotonic_us() < until_us);
	return err;
}

/* The company's turn is over, and the audit log says what it cost. */
static int end_turn(struct store_db *db, void *arg)
{
	const struct turn *t = arg;
	char detail[120];
	int err = store_exec(db, "UPDATE kept SET looked_us = ? WHERE company_id = ?",
	    STORE_ARGS(STORE_INT(t->now_us), STORE_INT(t->company_id)));

	if (err < 0 || (!t->sum_events && !t->sum_emptied))
		return err;
	snprintf(detail, sizeof(detail),
	    "events=%" PRId64 " bytes=%" PRId64 " incidents=%" PRId64, t->sum_events,
	    t->sum_freed, t->sum_emptied);
	return store_audit(db, &(struct store_audit){ .at_us = t->now_us,
				   .company_id = t->company_id,
				   .action = "retention.remove",
				   .detail = detail });
}

static int take_turn(
    struct store *s, struct turn *t, struct store_keep_done *done, int64_t until_us)
{
	int err = take_old(s, t, done, until_us);

	if (err == 0)
		err = take_much(s, t, done, until_us);
	if (err == 0)
		err = take_forgotten(s, t, done, until_us);
	done->companies++;
	done->events += t->sum_events;
	done->bytes += t->sum_freed;
	done->incidents += t->sum_emptied;
	if (err < 0 && err != FAIL_BUSY)
		return err;
	if (err == FAIL_BUSY) /* comes first next time */
		t->now_us -= INT64_C(2) * STORE_KEEP_EVERY_S * 1000000;
	int ended = store_write(s, end_turn, t);
	return ended < 0 ? ended : err;
}

/* The company that waited longest; FAIL_MISSING: nobody's turn. */
static int next_turn(struct store *s, int64_t now_us, struct turn *t)
{
	struct store_db *db = store_read(s);
	struct store_rows *rows;
	int found = FAIL_MISSING;

	*t = (struct turn){ .now_us = now_us, .limit = 400 };
	if (!db)
		return FAIL_IO;
	store_query(db, &rows,
	    "SELECT company_id, bytes FROM kept WHERE looked_us < ? ORDER BY looked_us LIMIT "
	    "1",
	    STORE_ARGS(STORE_INT(now_us - INT64_C(1000000) * STORE_KEEP_EVERY_S)));
	if (store_next(rows)) {
		t->company_id = store_col_int(rows, 0);
		t->bytes = store_col_int(rows, 1);
		found = 0;
	}
	int err = store_rows_free(rows);
	if (err == 0 && found == 0)
		err = store_keep_rule(db, t->company_id, &t->rule);
	store_read_done(s, db);
	return err < 0 ? err : found;
}

int store_keep_run(
    struct store *s, int64_t now_us, unsigned budget_ms, struct store_keep_done *done)
{
	int64_t until_us = clock_monotonic_us() + (int64_t)budget_ms * 1000;
	struct turn t;
	int err = 0;

	*done = (struct store_keep_done){ 0 };
	while (err == 0 && clock_monotonic_us() < until_us) {
		err = next_turn(s, now_us, &t);
		if (err == 0)
			err = take_turn(s, &t, done, until_us);
	}
	return err == FAIL_MISSING || err == FAIL_BUSY ? 0 : err;
}
