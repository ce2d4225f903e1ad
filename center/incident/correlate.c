/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

#include <stdio.h>

#define HOUR_US INT64_C(3600000000)

/* How long an incident waits for more of the same: as long as a person would say "still the
 * same thing".  A day, unless a row says otherwise. */
#define WINDOW_HOURS 24

static const struct {
	enum record_cause cause;
	int hours;
} windows[] = {
	/* A machine that is infected stays so until somebody comes. */
	{ RECORD_CAUSE_BACKDOOR, 7 * 24 },
	/* It is new once. */
	{ RECORD_CAUSE_NEW_MACHINE, 30 * 24 },
	/* Down until it is up. */
	{ RECORD_CAUSE_SCANNER, 7 * 24 },
	{ RECORD_CAUSE_SILENT, 7 * 24 },
};

int64_t incident_window_us(enum record_cause c)
{
	for (size_t i = 0; i < sizeof(windows) / sizeof(windows[0]); i++)
		if (windows[i].cause == c)
			return windows[i].hours * HOUR_US;
	return WINDOW_HOURS * HOUR_US;
}

int incident_round_init(struct incident_round *r, struct batch *b)
{
	*r = (struct incident_round){ .batch = b, .slots = 16 };
	while (r->slots < 2 * b->n)
		r->slots *= 2;
	r->open = arena_alloc(&b->arena, r->slots * sizeof(*r->open));
	r->machines = arena_alloc(&b->arena, r->slots * sizeof(*r->machines));
	return r->open && r->machines ? 0 : FAIL_MEMORY;
}

static struct incident **slot_of(
    struct incident_round *r, enum record_cause cause, int64_t machine_id)
{
	uint32_t at =
	    incident_hash("", (uint32_t)cause * 2654435761u ^ (uint32_t)machine_id);

	for (;; at++) {
		struct incident **slot = &r->open[at & (r->slots - 1)];
		if (!*slot ||
		    ((*slot)->cause == cause && (*slot)->machine_id == machine_id))
			return slot;
	}
}

static const char *keep(struct incident_round *r, const char *text)
{
	struct span copy =
	    arena_copy(&r->batch->arena, span_of(text, strlen(text) + 1));
	return copy.len ? (const char *)copy.at : "";
}

/* The open incident that takes this event; FAIL_MISSING: none. */
static int load(struct incident_round *r, struct store_db *db, const struct event *e,
    struct incident *i)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT id, severity, state, stopped, what, peer, events, kept, hour, hour_kept, "
	    "first_us, last_us FROM incident WHERE company_id = ? AND cause = ? "
	    "AND machine_id IS NOT DISTINCT FROM ? "
	    "AND (machine_id IS NOT NULL OR gate_id = ?) "
	    "AND state <> 'done' AND last_us >= ? ORDER BY last_us DESC LIMIT 1",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_TEXT(record_cause_id(i->cause)),
		STORE_ID(i->machine_id), STORE_INT(r->batch->gate_id),
		STORE_INT(e->when_us - incident_window_us(i->cause))));
	if (store_next(rows)) {
		i->id = store_col_int(rows, 0);
		i->severity = (enum record_severity)store_col_int(rows, 1);
		i->state = incident_state_find(store_col_text(rows, 2));
		i->stopped = store_col_int(rows, 3);
		i->what = keep(r, store_col_text(rows, 4));
		i->peer = keep(r, store_col_text(rows, 5));
		i->events = store_col_int(rows, 6);
		i->kept = store_col_int(rows, 7);
		i->hour = store_col_int(rows, 8);
		i->hour_kept = store_col_int(rows, 9);
		i->first_us = store_col_int(rows, 10);
		i->last_us = store_col_int(rows, 11);
		i->severity_before = i->severity;
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

static int open_fresh(struct incident_round *r, struct store_db *db,
    const struct event *e, struct incident *i)
{
	i->fresh = true;
	i->severity = i->severity_before = e->severity;
	i->stopped = e->stopped;
	i->what = e->what;
	i->peer = e->peer;
	i->first_us = i->last_us = e->when_us;
	int err = store_get_int(db, &i->id,
	    "INSERT INTO incident (company_id, gate_id, machine_id, cause, severity, stopped, "
	    "what, peer, first_us, last_us, opened_us, change) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) RETURNING id",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(r->batch->gate_id),
		STORE_ID(i->machine_id), STORE_TEXT(record_cause_id(i->cause)),
		STORE_INT(i->severity), STORE_INT(i->stopped), STORE_TEXT(i->what),
		STORE_TEXT(i->peer), STORE_INT(i->first_us), STORE_INT(i->last_us),
		STORE_INT(r->batch->taken_us)));
	if (err < 0)
		return err;
	return incident_history(db, i->id, i->company_id, 0, r->batch->taken_us,
	    "incident.open", incident_severity_word(i->severity));
}

/* The incident of an event: of this round, of the store, or a fresh one. */
static int find_or_open(struct incident_round *r, struct store_db *db,
    const struct event *e, int64_t machine_id, struct incident **incident)
{
	struct incident **slot = slot_of(r, e->cause, machine_id);

	*incident = *slot;
	if (*slot && (*slot)->state != INCIDENT_DONE &&
	    e->when_us - (*slot)->last_us <= incident_window_us(e->cause))
		return 0;
	struct incident *i = arena_alloc(&r->batch->arena, sizeof(*i));
	if (!i)
		return FAIL_MEMORY;
	i->company_id = r->batch->company_id;
	i->machine_id = machine_id;
	i->cause = e->cause;
	int err = *slot ? FAIL_MISSING : load(r, db, e, i);
	if (err == FAIL_MISSING)
		err = open_fresh(r, db, e, i);
	if (err < 0)
		return err;
	i->next = r->incidents;
	r->incidents = i;
	*slot = *incident = i;
	return 0;
}

/* The first hundred of an hour are kept whole, the others only counted: a worm must not fill
 * the disk. */
static int keep_event(struct incident_round *r, struct store_db *db,
    const struct event *e, struct incident *i)
{
	int64_t hour = r->batch->taken_us / HOUR_US;

	if (i->hour != hour) {
		i->hour = hour;
		i->hour_kept = 0;
	}
	i->events += 1 + (int64_t)e->more;
	if (i->hour_kept >= INCIDENT_EVENTS_AN_HOUR)
		return 0;
	i->hour_kept++;
	i->kept++;
	return store_exec(db,
	    "INSERT INTO event (company_id, gate_id, incident_id, at_us, taken_us, "
	    "severity, shift_us, clock, eve) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(r->batch->gate_id),
		STORE_INT(i->id), STORE_INT(e->at_us), STORE_INT(r->batch->taken_us),
		STORE_INT(e->severity), STORE_INT(e->when_us - e->at_us),
		STORE_INT(e->clock), STORE_BYTES(e->eve)));
}

/* What the incident says is what its worst event says. */
static void attach(struct incident *i, const struct event *e)
{
	bool worse = e->severity > i->severity || (i->stopped && !e->stopped);

	if (worse) {
		i->what = e->what;
		i->peer = e->peer;
	}
	if (e->severity > i->severity)
		i->severity = e->severity;
	if (!e->stopped)
		i->stopped = false;
	if (e->when_us > i->last_us)
		i->last_us = e->when_us;
	if (e->when_us < i->first_us)
		i->first_us = e->when_us;
}

/* A machine is new once, even when the gate forgot it and tells again. */
static int was_told(
    struct incident_round *r, struct store_db *db, int64_t machine_id, bool *told)
{
	int64_t id;
	int err = store_get_int(db, &id,
	    "SELECT id FROM incident WHERE company_id = ? AND cause = 'NEW_MACHINE' "
	    "AND machine_id = ? LIMIT 1",
	    STORE_ARGS(STORE_INT(r->batch->company_id), STORE_INT(machine_id)));

	*told = err == 0;
	return err == FAIL_MISSING ? 0 : err;
}

/* What a gate said of itself is over: its incidents of this cause end by themselves. */
static int end_all(
    struct incident_round *r, struct store_db *db, enum record_cause cause)
{
	struct incident *open = *slot_of(r, cause, 0);
	int err = 0;

	if (open)
		open->state = INCIDENT_DONE;
	while (err == 0) {
		int64_t id;
		err = store_get_int(db, &id,
		    "SELECT id FROM incident WHERE company_id = ? AND gate_id = ? "
		    "AND cause = ? AND state <> 'done' LIMIT 1",
		    STORE_ARGS(STORE_INT(r->batch->company_id),
			STORE_INT(r->batch->gate_id),
			STORE_TEXT(record_cause_id(cause))));
		if (err == 0)
			err = incident_move(
			    db, &(struct incident_move){ .incident_id = id,
				    .now_us = r->batch->taken_us,
				    .to = INCIDENT_DONE,
				    .outcome = INCIDENT_SOLVED });
	}
	return err == FAIL_MISSING ? 0 : err;
}

int incident_gate_back(struct incident_round *r, struct store_db *db)
{
	return end_all(r, db, RECORD_CAUSE_SILENT);
}

/* Which events are no incident; what they say was taken already. */
static int is_incident(struct incident_round *r, struct store_db *db,
    const struct event *e, const struct incident_machine *m, bool *yes)
{
	bool told;
	int err;

	*yes = true;
	switch (e->kind) {
	case RECORD_GATE:
		*yes = false;
		return 0;
	case RECORD_ASSET:
		*yes = m && strcmp(e->detail, "new") == 0;
		if (!*yes)
			return 0;
		err = was_told(r, db, m->id, &told);
		*yes = !told;
		return err;
	case RECORD_TROUBLE:
		*yes = strcmp(e->detail, "over") != 0;
		return *yes ? 0 : end_all(r, db, e->cause);
	case RECORD_SCANNER:
		*yes = strcmp(e->detail, "down") == 0;
		return strcmp(e->detail, "up") == 0
			   ? end_all(r, db, RECORD_CAUSE_SCANNER)
			   : 0;
	default:
		return 0;
	}
}

int incident_take(struct incident_round *r, struct store_db *db, const struct event *e)
{
	struct incident_machine *m;
	struct incident *i;
	bool yes = false;
	int err = incident_machine_note(r, db, e, &m);

	if (err == 0)
		err = is_incident(r, db, e, m, &yes);
	if (err < 0 || !yes)
		return err;
	err = find_or_open(r, db, e, m ? m->id : 0, &i);
	if (err == 0)
		err = keep_event(r, db, e, i);
	if (err == 0)
		attach(i, e);
	return err;
}

static int note_raise(
    struct incident_round *r, struct store_db *db, const struct incident *i)
{
	char detail[40];

	if (i->severity == i->severity_before)
		return 0;
	snprintf(detail, sizeof(detail), "%s>%s",
	    incident_severity_word(i->severity_before),
	    incident_severity_word(i->severity));
	return incident_history(
	    db, i->id, i->company_id, 0, r->batch->taken_us, "incident.raise", detail);
}

static int write_back(struct incident_round *r, struct store_db *db,
    const struct incident *i, int64_t change)
{
	int err = store_exec(db,
	    "UPDATE incident SET severity = ?, stopped = ?, what = ?, peer = ?, events = ?, "
	    "kept = ?, hour = ?, hour_kept = ?, first_us = ?, last_us = ?, change = ? "
	    "WHERE id = ?",
	    STORE_ARGS(STORE_INT(i->severity), STORE_INT(i->stopped),
		STORE_TEXT(i->what), STORE_TEXT(i->peer), STORE_INT(i->events),
		STORE_INT(i->kept), STORE_INT(i->hour), STORE_INT(i->hour_kept),
		STORE_INT(i->first_us), STORE_INT(i->last_us), STORE_INT(change),
		STORE_INT(i->id)));

	if (err == 0)
		err = note_raise(r, db, i);
	/* It was thought to be over. */
	if (err == 0 && i->state == INCIDENT_WATCHING)
		err = incident_move(db, &(struct incident_move){ .incident_id = i->id,
					    .now_us = r->batch->taken_us,
					    .to = INCIDENT_CHECKING });
	return err;
}

int incident_settle(struct incident_round *r, struct store_db *db)
{
	int err = incident_machines_settle(r, db);

	if (err < 0 || !r->incidents)
		return err;
	int64_t change = store_note_change(db);
	if (change < 0)
		return (int)change;
	for (struct incident *i = r->incidents; i && err == 0; i = i->next)
		err = write_back(r, db, i, change);
	return err;
}
