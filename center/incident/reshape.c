/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

#include <inttypes.h>
#include <stdio.h>

/* What a person puts together and takes apart.  A merged incident keeps its rows: it only
 * points to the other, so that taking it out again needs no guessing. */

struct shape {
	int64_t company_id, gate_id, machine_id, merged_into;
	int64_t severity, stopped, first_us, last_us, events, kept, confidential;
	char state[16], outcome[16], cause[32];
};

static int find(struct store_db *db, int64_t id, struct shape *s)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT company_id, gate_id, machine_id, merged_into, severity, stopped, "
	    "first_us, last_us, events, kept, confidential, state, outcome, cause "
	    "FROM incident "
	    "WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		int64_t *const numbers[] = { &s->company_id, &s->gate_id,
			&s->machine_id, &s->merged_into, &s->severity, &s->stopped,
			&s->first_us, &s->last_us, &s->events, &s->kept,
			&s->confidential };
		for (unsigned i = 0; i < 11; i++)
			*numbers[i] = store_col_int(rows, i);
		snprintf(s->state, sizeof(s->state), "%s", store_col_text(rows, 11));
		snprintf(
		    s->outcome, sizeof(s->outcome), "%s", store_col_text(rows, 12));
		snprintf(s->cause, sizeof(s->cause), "%s", store_col_text(rows, 13));
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

static int write_extent(struct store_db *db, int64_t id, const struct shape *s)
{
	int64_t change = store_note_change(db);

	if (change < 0)
		return (int)change;
	return store_exec(db,
	    "UPDATE incident SET severity = ?, stopped = ?, first_us = ?, last_us = ?, "
	    "change = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(s->severity), STORE_INT(s->stopped),
		STORE_INT(s->first_us), STORE_INT(s->last_us), STORE_INT(change),
		STORE_INT(id)));
}

static int note(struct store_db *db, int64_t id, int64_t company_id, int64_t account_id,
    int64_t now_us, const char *action, int64_t a, int64_t b)
{
	char detail[64];

	if (b)
		snprintf(detail, sizeof(detail), "%" PRId64 " %" PRId64, a, b);
	else
		snprintf(detail, sizeof(detail), "%" PRId64, a);
	return incident_history(db, id, company_id, account_id, now_us, action, detail);
}

/* ---- merge ---- */

#define EXTENT_FORMAT "%" PRId64 " %" PRId64 " %" PRId64 " %" PRId64

static void write_text(const struct shape *s, char *text, size_t room)
{
	snprintf(text, room, EXTENT_FORMAT, s->severity, s->stopped, s->first_us,
	    s->last_us);
}

static void read_text(const char *text, struct shape *s)
{
	if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64, &s->severity,
		&s->stopped, &s->first_us, &s->last_us) != 4)
		s->severity = -1;
}

static void extend(struct shape *into, const struct shape *from)
{
	if (from->severity > into->severity)
		into->severity = from->severity;
	into->stopped &= from->stopped;
	if (from->first_us < into->first_us)
		into->first_us = from->first_us;
	if (from->last_us > into->last_us)
		into->last_us = from->last_us;
}

static int write_merge(struct store_db *db, int64_t from_id, int64_t into_id,
    int64_t account_id, int64_t now_us)
{
	int64_t change = store_note_change(db);

	if (change < 0)
		return (int)change;
	/* What was merged into it comes along. */
	int err = store_exec(db,
	    "UPDATE incident SET merged_into = ?, change = ? WHERE id = ? "
	    "OR merged_into = ?",
	    STORE_ARGS(STORE_INT(into_id), STORE_INT(change), STORE_INT(from_id),
		STORE_INT(from_id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE incident SET state = 'done', outcome = 'duplicate', "
		    "closed_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(from_id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE incident SET parent_id = ? WHERE parent_id = ? AND id <> ?",
		    STORE_ARGS(
			STORE_INT(into_id), STORE_INT(from_id), STORE_INT(into_id)));
	(void)account_id;
	return err;
}

/* What only some may see makes all that it goes into theirs.  Of two that are confidential,
 * only who is named in both. */
static int inherit(struct store_db *db, int64_t from_id, int64_t into_id, bool both)
{
	int err = store_exec(db, "UPDATE incident SET confidential = 1 WHERE id = ?",
	    STORE_ARGS(STORE_INT(into_id)));

	if (err == 0 && both)
		err = store_exec(db,
		    "DELETE FROM incident_named WHERE incident_id = ? AND account_id "
		    "NOT IN (SELECT account_id FROM incident_named WHERE incident_id = ?)",
		    STORE_ARGS(STORE_INT(into_id), STORE_INT(from_id)));
	else if (err == 0)
		err = store_exec(db,
		    "INSERT INTO incident_named (incident_id, account_id, company_id) "
		    "SELECT ?, account_id, company_id FROM incident_named "
		    "WHERE incident_id = ?",
		    STORE_ARGS(STORE_INT(into_id), STORE_INT(from_id)));
	return err < 0 ? err : incident_campaign_recount(db, into_id);
}

static int confide(struct store_db *db, int64_t from_id, const struct shape *from,
    int64_t into_id, const struct shape *into, int64_t account_id, int64_t now_us)
{
	int err;

	if (!from->confidential)
		return 0;
	err = inherit(db, from_id, into_id, into->confidential);
	return err < 0 || into->confidential
		   ? err
		   : incident_history(db, into_id, into->company_id, account_id, now_us,
			 "incident.confide", "");
}

int incident_merge(struct store_db *db, int64_t from_id, int64_t into_id,
    int64_t account_id, int64_t now_us)
{
	struct shape from, into;
	char before[100], after[100];
	int err = find(db, from_id, &from);

	if (err == 0)
		err = find(db, into_id, &into);
	if (err < 0)
		return err;
	if (from_id == into_id || from.company_id != into.company_id ||
	    from.merged_into || into.merged_into)
		return FAIL_CONFLICT;
	write_text(&into, before, sizeof(before));
	extend(&into, &from);
	write_text(&into, after, sizeof(after));
	err = store_exec(db,
	    "INSERT INTO incident_merge (company_id, from_id, into_id, at_us, account_id, "
	    "from_state, from_outcome, before, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    STORE_ARGS(STORE_INT(from.company_id), STORE_INT(from_id),
		STORE_INT(into_id), STORE_INT(now_us), STORE_INT(account_id),
		STORE_TEXT(from.state), STORE_TEXT(from.outcome), STORE_TEXT(before),
		STORE_TEXT(after)));
	if (err == 0)
		err = write_extent(db, into_id, &into);
	if (err == 0)
		err = write_merge(db, from_id, into_id, account_id, now_us);
	if (err == 0)
		err = confide(db, from_id, &from, into_id, &into, account_id, now_us);
	if (err == 0)
		err = note(db, into_id, into.company_id, account_id, now_us,
		    "incident.merge", from_id, 0);
	return err < 0 ? err
		       : note(db, from_id, from.company_id, account_id, now_us,
			     "incident.merged", into_id, 0);
}

struct merged {
	int64_t id, into_id;
	struct shape before, after;
	char state[16], outcome[16];
};

static int find_merge(struct store_db *db, int64_t from_id, struct merged *m)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT id, into_id, before, after, from_state, from_outcome "
	    "FROM incident_merge WHERE from_id = ? AND undone_us IS NULL "
	    "ORDER BY id DESC LIMIT 1",
	    STORE_ARGS(STORE_INT(from_id)));
	if (store_next(rows)) {
		m->id = store_col_int(rows, 0);
		m->into_id = store_col_int(rows, 1);
		read_text(store_col_text(rows, 2), &m->before);
		read_text(store_col_text(rows, 3), &m->after);
		snprintf(m->state, sizeof(m->state), "%s", store_col_text(rows, 4));
		snprintf(m->outcome, sizeof(m->outcome), "%s", store_col_text(rows, 5));
		found =
		    m->before.severity >= 0 && m->after.severity >= 0 ? 0 : FAIL_FORMAT;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* What nothing else has changed since goes back. */
static int shrink(struct store_db *db, const struct merged *m)
{
	struct shape now;
	int err = find(db, m->into_id, &now);

	if (err < 0)
		return err;
	if (now.severity == m->after.severity)
		now.severity = m->before.severity;
	if (now.stopped == m->after.stopped)
		now.stopped = m->before.stopped;
	if (now.first_us == m->after.first_us)
		now.first_us = m->before.first_us;
	if (now.last_us == m->after.last_us)
		now.last_us = m->before.last_us;
	return write_extent(db, m->into_id, &now);
}

int incident_unmerge(
    struct store_db *db, int64_t from_id, int64_t account_id, int64_t now_us)
{
	struct merged m = { 0 };
	struct shape from = { 0 };
	int err = find(db, from_id, &from);

	if (err == 0 && !from.merged_into)
		err = FAIL_MISSING;
	if (err == 0)
		err = find_merge(db, from_id, &m);
	if (err == 0)
		err = shrink(db, &m);
	int64_t change = err < 0 ? err : store_note_change(db);
	if (change < 0)
		return (int)change;
	bool done = strcmp(m.state, "done") == 0;
	err = store_exec(db,
	    "UPDATE incident SET merged_into = NULL, state = ?, outcome = ?, "
	    "closed_us = CASE WHEN ? = 1 THEN closed_us ELSE NULL END, change = ? "
	    "WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(m.state), STORE_TEXT(m.outcome), STORE_INT(done),
		STORE_INT(change), STORE_INT(from_id)));
	/* And what had been merged into it before goes with it. */
	if (err == 0)
		err = store_exec(db,
		    "UPDATE incident SET merged_into = ?, change = ? WHERE id IN "
		    "(SELECT from_id FROM incident_merge WHERE into_id = ? "
		    "AND undone_us IS NULL) AND merged_into IS NOT NULL",
		    STORE_ARGS(
			STORE_INT(from_id), STORE_INT(change), STORE_INT(from_id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE incident_merge SET undone_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(m.id)));
	if (err == 0)
		err = note(db, from_id, from.company_id, account_id, now_us,
		    "incident.unmerge", m.into_id, 0);
	return err < 0 ? err
		       : note(db, m.into_id, from.company_id, account_id, now_us,
			     "incident.unmerge", from_id, 0);
}

/* ---- split ---- */

static int move_event(
    struct store_db *db, const struct incident_split *s, int64_t event_id)
{
	return store_exec(db,
	    "UPDATE event SET incident_id = ? WHERE id = ? AND incident_id = ?",
	    STORE_ARGS(
		STORE_INT(s->id), STORE_INT(event_id), STORE_INT(s->incident_id)));
}

static int move_events(struct store_db *db, struct incident_split *s)
{
	int err = 0;

	for (size_t i = 0; i < s->events_n && err == 0; i++) {
		err = move_event(db, s, s->events[i]);
		s->moved += err == 0 ? store_changed(db) : 0;
	}
	if (err < 0 || s->events_n > 0)
		return err;
	err = store_exec(db,
	    "UPDATE event SET incident_id = ? WHERE incident_id = ? AND at_us >= ? "
	    "AND at_us <= ?",
	    STORE_ARGS(STORE_INT(s->id), STORE_INT(s->incident_id),
		STORE_INT(s->from_us),
		STORE_INT(s->until_us ? s->until_us : INT64_MAX)));
	s->moved = err == 0 ? store_changed(db) : 0;
	return err;
}

static int open_other(
    struct store_db *db, struct incident_split *s, const struct shape *from)
{
	return store_get_int(db, &s->id,
	    "INSERT INTO incident (company_id, gate_id, machine_id, cause, severity, state, "
	    "stopped, what, peer, first_us, last_us, opened_us, why, confidential, change) "
	    "SELECT company_id, gate_id, ?, cause, severity, 'checking', stopped, what, "
	    "peer, first_us, last_us, ?, 'BY_HAND', confidential, 0 FROM incident WHERE id = ? "
	    "RETURNING id",
	    STORE_ARGS(STORE_ID(s->machine_id ? s->machine_id : from->machine_id),
		STORE_INT(s->now_us), STORE_INT(s->incident_id)));
}

/* Times and counts of both sides follow the events. */
static int recount(
    struct store_db *db, const struct incident_split *s, const struct shape *from)
{
	int64_t change = store_note_change(db);
	int64_t first_us, last_us;

	if (change < 0)
		return (int)change;
	int err = store_get_int(db, &first_us,
	    "SELECT MIN(at_us) FROM event WHERE incident_id = ?",
	    STORE_ARGS(STORE_INT(s->id)));
	if (err == 0)
		err = store_get_int(db, &last_us,
		    "SELECT MAX(at_us) FROM event WHERE incident_id = ?",
		    STORE_ARGS(STORE_INT(s->id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE incident SET events = ?, kept = ?, first_us = ?, "
		    "last_us = ?, change = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(s->moved), STORE_INT(s->moved),
			STORE_INT(first_us), STORE_INT(last_us), STORE_INT(change),
			STORE_INT(s->id)));
	return err < 0 ? err
		       : store_exec(db,
			     "UPDATE incident SET events = ?, kept = ?, change = ? "
			     "WHERE id = ?",
			     STORE_ARGS(STORE_INT(from->events - s->moved),
				 STORE_INT(from->kept - s->moved), STORE_INT(change),
				 STORE_INT(s->incident_id)));
}

static int machine_seen(struct store_db *db, int64_t machine_id, int64_t company_id)
{
	int64_t id;

	return machine_id == 0
		   ? 0
		   : store_get_int(db, &id,
			 "SELECT id FROM machine WHERE id = ? AND company_id = ?",
			 STORE_ARGS(STORE_INT(machine_id), STORE_INT(company_id)));
}

int incident_split(struct store_db *db, struct incident_split *s)
{
	struct shape from;
	int err = find(db, s->incident_id, &from);

	s->moved = 0;
	if (err == 0 && from.merged_into)
		err = FAIL_CONFLICT;
	if (err == 0)
		err = machine_seen(db, s->machine_id, from.company_id);
	if (err < 0)
		return err;
	if (s->events_n > INCIDENT_SPLIT_MAX ||
	    (s->events_n == 0 && !s->from_us && !s->until_us))
		return FAIL_FORMAT;
	err = open_other(db, s, &from);
	if (err == 0 && from.confidential)
		err = inherit(db, s->incident_id, s->id, false);
	if (err == 0)
		err = move_events(db, s);
	if (err == 0 && (s->moved == 0 || s->moved >= from.events))
		err = FAIL_FORMAT;
	if (err == 0)
		err = recount(db, s, &from);
	if (err == 0)
		err = note(db, s->incident_id, from.company_id, s->account_id,
		    s->now_us, "incident.split", s->id, s->moved);
	return err < 0 ? err
		       : note(db, s->id, from.company_id, s->account_id, s->now_us,
			     "incident.from", s->incident_id, 0);
}

/* ---- link ---- */

int incident_link(struct store_db *db, int64_t incident_id, int64_t parent_id,
    int64_t account_id, int64_t now_us)
{
	struct shape one, other;
	int64_t root_id = 0;
	int err = find(db, incident_id, &one);

	if (err == 0 && parent_id)
		err = find(db, parent_id, &other);
	if (err < 0)
		return err;
	if (parent_id &&
	    (parent_id == incident_id || one.company_id != other.company_id))
		return FAIL_CONFLICT;
	if (parent_id)
		err = store_get_int(db, &root_id,
		    "SELECT COALESCE(parent_id, id) FROM incident WHERE id = ?",
		    STORE_ARGS(STORE_INT(parent_id)));
	if (err == 0 && root_id == incident_id)
		return FAIL_CONFLICT;
	int64_t change = err < 0 ? err : store_note_change(db);
	if (change < 0)
		return (int)change;
	err = store_exec(db,
	    "UPDATE incident SET parent_id = ?, change = ? WHERE id = ?",
	    STORE_ARGS(STORE_ID(root_id), STORE_INT(change), STORE_INT(incident_id)));
	if (err == 0 && root_id)
		err = store_exec(db,
		    "UPDATE incident SET parent_id = ? WHERE parent_id = ?",
		    STORE_ARGS(STORE_INT(root_id), STORE_INT(incident_id)));
	return err < 0 ? err
		       : note(db, incident_id, one.company_id, account_id, now_us,
			     root_id ? "incident.story" : "incident.alone", root_id, 0);
}
