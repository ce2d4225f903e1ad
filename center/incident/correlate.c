/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"
#include "center/incident/watch/watch.h"

#include <inttypes.h>

#define HOUR_US INT64_C(3600000000)

int64_t incident_window_us(enum record_cause c)
{
	int hours = 0;

	/* The rows of a cause may differ: the longest. */
	for (size_t i = 0; incident_rule_at(i); i++)
		if (incident_rule_at(i)->cause == c &&
		    incident_rule_at(i)->hours > hours)
			hours = incident_rule_at(i)->hours;
	return hours * HOUR_US;
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

static struct incident_slot **slot_of(struct incident_round *r, enum record_cause cause,
    int64_t machine_id, int64_t suppression_id)
{
	uint32_t at =
	    incident_hash("", (uint32_t)cause * 2654435761u ^ (uint32_t)machine_id ^
				  (uint32_t)suppression_id << 24);

	for (;; at++) {
		struct incident_slot **slot = &r->open[at & (r->slots - 1)];
		if (!*slot ||
		    ((*slot)->cause == cause && (*slot)->machine_id == machine_id &&
			(*slot)->suppression_id == suppression_id))
			return slot;
	}
}

static const char *keep(struct incident_round *r, const char *text)
{
	struct span copy =
	    arena_copy(&r->batch->arena, span_of(text, strlen(text) + 1));
	return copy.len ? (const char *)copy.at : "";
}

#define COLUMNS                                                                             \
	"t.id, t.severity, t.state, t.stopped, t.what, t.peer, t.events, t.kept, t.hour, "  \
	"t.hour_kept, t.first_us, t.last_us, t.why, t.traces, t.parent_id, t.campaign_id, " \
	"t.cause, t.machine_id "

static const char load_own[] =
    "SELECT " COLUMNS "FROM incident t WHERE t.company_id = ? AND t.cause = ? "
    "AND t.machine_id IS NOT DISTINCT FROM ? AND t.suppression_id IS NOT DISTINCT FROM ? "
    "AND (t.machine_id IS NOT NULL OR t.gate_id = ?) AND t.state <> 'done' "
    "AND t.last_us + 0 >= ? ORDER BY t.last_us + 0 DESC LIMIT 1";

/* What somebody put into another incident goes on there. */
static const char load_merged[] =
    "SELECT " COLUMNS
    "FROM incident i JOIN incident t ON t.id = i.merged_into WHERE i.company_id = ? "
    "AND i.cause = ? AND i.machine_id IS NOT DISTINCT FROM ? "
    "AND i.suppression_id IS NOT DISTINCT FROM ? "
    "AND (i.machine_id IS NOT NULL OR i.gate_id = ?) AND t.state <> 'done' "
    "AND t.last_us + 0 >= ? ORDER BY t.last_us + 0 DESC LIMIT 1";

static void read_row(
    struct incident_round *r, struct store_rows *rows, struct incident *i)
{
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
	incident_why_read(store_col_text(rows, 12), &i->why);
	i->why_told = i->why.n;
	i->traces_kept = store_col_int(rows, 13);
	i->parent_id = store_col_int(rows, 14);
	i->campaign_id = store_col_int(rows, 15);
	i->cause = record_cause_find(store_col_text(rows, 16));
	i->machine_id = store_col_int(rows, 17);
	i->severity_before = i->severity;
}

/* The open incident that takes this event; FAIL_MISSING: none. */
static int load(struct incident_round *r, struct store_db *db, const char *sql,
    const struct event *e, int64_t window_us, struct incident *i)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows, sql,
	    STORE_ARGS(STORE_INT(i->company_id), STORE_TEXT(record_cause_id(i->cause)),
		STORE_ID(i->machine_id), STORE_ID(i->suppression_id),
		STORE_INT(r->batch->gate_id), STORE_INT(e->when_us - window_us)));
	if (store_next(rows)) {
		read_row(r, rows, i);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

static int open_fresh(struct incident_round *r, struct store_db *db,
    const struct event *e, const struct incident_rule *rule, struct incident *i)
{
	i->fresh = i->judge = true;
	i->severity = i->suppression_id ? RECORD_LOG : rule->severity;
	i->severity_before = i->severity;
	i->stopped = e->stopped;
	i->way = e->way;
	i->what = e->what;
	i->peer = e->peer;
	i->first_us = i->last_us = e->when_us;
	incident_why_add(
	    &i->why, i->suppression_id ? INCIDENT_WHY_SUPPRESSED : rule->reason, 0);
	return store_get_int(db, &i->id,
	    "INSERT INTO incident (company_id, gate_id, machine_id, suppression_id, cause, "
	    "severity, stopped, what, peer, first_us, last_us, opened_us, change) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) RETURNING id",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(r->batch->gate_id),
		STORE_ID(i->machine_id), STORE_ID(i->suppression_id),
		STORE_TEXT(record_cause_id(i->cause)), STORE_INT(i->severity),
		STORE_INT(i->stopped), STORE_TEXT(i->what), STORE_TEXT(i->peer),
		STORE_INT(i->first_us), STORE_INT(i->last_us),
		STORE_INT(r->batch->taken_us)));
}

struct incident *incident_in_round(struct incident_round *r, int64_t id)
{
	struct incident *i = r->incidents;

	while (i && i->id != id)
		i = i->next;
	return i;
}

/* The incident of an event: of the store, or a fresh one. */
static int get(struct incident_round *r, struct store_db *db, const struct event *e,
    const struct incident_rule *rule, struct incident_slot *slot, bool known)
{
	struct incident *i = arena_alloc(&r->batch->arena, sizeof(*i));
	int64_t window_us = rule->hours * HOUR_US;

	if (!i)
		return FAIL_MEMORY;
	i->company_id = r->batch->company_id;
	i->machine_id = slot->machine_id;
	i->suppression_id = slot->suppression_id;
	i->cause = e->cause;
	int err = known ? FAIL_MISSING : load(r, db, load_own, e, window_us, i);
	if (err == FAIL_MISSING) {
		err = load(r, db, load_merged, e, window_us, i);
		r->merged |= err == 0;
	}
	/* Two causes that were merged meet here. */
	struct incident *here =
	    err == 0 && r->merged ? incident_in_round(r, i->id) : NULL;
	if (err == FAIL_MISSING)
		err = open_fresh(r, db, e, rule, i);
	if (err < 0)
		return err;
	slot->incident = here ? here : i;
	if (here)
		return 0;
	i->next = r->incidents;
	r->incidents = i;
	return 0;
}

/* The incident of an event: of this round, of the store, or a fresh one. */
static int find_or_open(struct incident_round *r, struct store_db *db,
    const struct event *e, const struct incident_rule *rule,
    const struct incident_machine *m, struct incident **incident)
{
	int64_t machine_id = m && rule->joins == INCIDENT_JOINS_MACHINE ? m->id : 0;
	int64_t hush_id = incident_hush_find(r, e, m ? m->id : 0);
	struct incident_slot **slot = slot_of(r, e->cause, machine_id, hush_id);
	bool known = *slot != NULL;
	int err = 0;

	if (!known) {
		*slot = arena_alloc(&r->batch->arena, sizeof(**slot));
		if (!*slot)
			return FAIL_MEMORY;
		**slot = (struct incident_slot){ e->cause, machine_id, hush_id, NULL };
	}
	struct incident *i = (*slot)->incident;
	if (!i || i->state == INCIDENT_DONE ||
	    e->when_us - i->last_us > rule->hours * HOUR_US)
		err = get(r, db, e, rule, *slot, i != NULL);
	*incident = (*slot)->incident;
	if (err == 0 && machine_id && (*incident)->machine_id == machine_id)
		(*incident)->machine = m;
	return err;
}

/* The first hundred of an hour are kept whole, the others only counted: a worm must not fill
 * the disk. */
static int keep_event(struct incident_round *r, struct store_db *db,
    const struct event *e, enum record_severity severity, struct incident *i)
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
	r->kept++;
	r->kept_bytes += e->eve.len;
	return store_event_add(db,
	    "company_id, gate_id, incident_id, at_us, taken_us, severity, shift_us, clock, "
	    "eve",
	    r->batch->taken_us,
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(r->batch->gate_id),
		STORE_INT(i->id), STORE_INT(e->at_us), STORE_INT(r->batch->taken_us),
		STORE_INT(severity), STORE_INT(e->when_us - e->at_us),
		STORE_INT(e->clock), STORE_BYTES(e->eve)));
}

/* A reason that stands there already does not say what is new. */
static void add_reason(struct incident *i, const struct incident_rule *rule)
{
	unsigned before = i->why.n;

	if (i->suppression_id)
		return;
	incident_why_add(&i->why, rule->reason, 0);
	if (i->why.n == before)
		incident_why_add(&i->why, INCIDENT_WHY_NOT_STOPPED, 0);
}

/* What the incident says is what its worst event says. */
static void attach(
    struct incident *i, const struct event *e, const struct incident_rule *rule)
{
	enum record_severity severity = i->suppression_id ? RECORD_LOG : rule->severity;
	bool worse = severity > i->severity || (i->stopped && !e->stopped);

	if (worse) {
		i->what = e->what;
		i->peer = e->peer;
		i->way = e->way;
		i->judge = true;
		add_reason(i, rule);
	}
	if (severity > i->severity)
		i->severity = severity;
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
	struct incident_slot *open = *slot_of(r, cause, 0, 0);
	int err = 0;

	if (open && open->incident)
		open->incident->state = INCIDENT_DONE;
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
		return incident_watch_beat(r, db, e);
	case RECORD_ASSET:
		*yes = m && strcmp(e->detail, "new") == 0;
		if (!*yes)
			return 0;
		err = was_told(r, db, m->id, &told);
		*yes = !told;
		return err;
	case RECORD_SCANNER:
		*yes = strcmp(e->detail, "down") == 0;
		return strcmp(e->detail, "up") == 0
			   ? end_all(r, db, RECORD_CAUSE_SCANNER)
			   : 0;
	case RECORD_TROUBLE:
		*yes = strcmp(e->detail, "over") != 0;
		return *yes ? 0 : end_all(r, db, e->cause);
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
	if (err == 0 && yes)
		err = incident_hush_load(r, db);
	if (err < 0 || !yes)
		return err;
	const struct incident_rule *rule =
	    incident_rule_find(e->cause, e->way, e->stopped, m != NULL);
	err = find_or_open(r, db, e, rule, m, &i);
	if (err == 0)
		err = keep_event(r, db, e, rule->severity, i);
	if (err == 0)
		err = incident_trace_note(r, i, e);
	if (err == 0)
		attach(i, e, rule);
	return err;
}

/* The line that says what was decided, with the reasons that are new. */
static int note_severity(
    struct incident_round *r, struct store_db *db, struct incident *i)
{
	struct buf detail;

	if (!i->fresh && i->severity == i->severity_before)
		return 0;
	buf_init(&detail, 1024);
	if (!i->fresh)
		buf_addf(&detail, "%s>", incident_severity_word(i->severity_before));
	buf_addf(&detail, "%s%s", incident_severity_word(i->severity),
	    i->why_told < i->why.n ? " " : "");
	incident_why_write(&i->why, i->why_told, &detail);
	int err = incident_history(db, i->id, i->company_id, 0, r->batch->taken_us,
	    i->fresh ? "incident.open" : "incident.raise", buf_text(&detail));
	buf_fini(&detail);
	return err;
}

/* What it belongs to since this round. */
static int note_joins(
    struct incident_round *r, struct store_db *db, const struct incident *i)
{
	struct buf detail;
	int err = 0;

	buf_init(&detail, 1024);
	if (i->story) {
		buf_addf(&detail, "%" PRId64 " %s", i->parent_id,
		    incident_reason_id(i->story->reason));
		err = incident_history(db, i->id, i->company_id, 0, r->batch->taken_us,
		    "incident.story", buf_text(&detail));
	}
	buf_clear(&detail);
	if (err == 0 && i->joined_kind) {
		buf_addf(&detail, "%" PRId64 " %s %s", i->campaign_id, i->joined_kind,
		    i->joined_value);
		err = incident_history(db, i->id, i->company_id, 0, r->batch->taken_us,
		    "incident.campaign", buf_text(&detail));
	}
	buf_fini(&detail);
	return err;
}

static int write_row(struct store_db *db, const struct incident *i, int64_t change)
{
	struct buf why;

	buf_init(&why, 1024);
	incident_why_write(&i->why, 0, &why);
	int err = store_exec(db,
	    "UPDATE incident SET severity = ?, stopped = ?, what = ?, peer = ?, events = ?, "
	    "kept = ?, hour = ?, hour_kept = ?, first_us = ?, last_us = ?, why = ?, "
	    "traces = ?, change = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(i->severity), STORE_INT(i->stopped),
		STORE_TEXT(i->what), STORE_TEXT(i->peer), STORE_INT(i->events),
		STORE_INT(i->kept), STORE_INT(i->hour), STORE_INT(i->hour_kept),
		STORE_INT(i->first_us), STORE_INT(i->last_us),
		STORE_TEXT(buf_text(&why)), STORE_INT(i->traces_kept),
		STORE_INT(change), STORE_INT(i->id)));
	buf_fini(&why);
	return err;
}

static int write_back(
    struct incident_round *r, struct store_db *db, struct incident *i, int64_t change)
{
	/* It was thought to be over. */
	i->again = i->state == INCIDENT_WATCHING;
	if (i->again)
		incident_why_add(&i->why, INCIDENT_WHY_AGAIN, 0);
	int err = write_row(db, i, change);
	if (err == 0)
		err = note_severity(r, db, i);
	if (err == 0)
		err = note_joins(r, db, i);
	if (err == 0 && i->again)
		err = incident_move(db, &(struct incident_move){ .incident_id = i->id,
					    .now_us = r->batch->taken_us,
					    .to = INCIDENT_CHECKING });
	/* Of a fresh one everything is news already. */
	if (i->fresh)
		i->severity_before = i->severity;
	return err;
}

int incident_settle(struct incident_round *r, struct store_db *db)
{
	int err = store_event_end(db);

	if (err == 0)
		err = incident_machines_settle(r, db);
	if (err < 0 || !r->incidents)
		return err;
	int64_t change = store_note_change_of(db, r->batch->company_id);
	if (change < 0)
		return (int)change;
	for (struct incident *i = r->incidents; i && err == 0; i = i->next) {
		err = incident_trace_settle(r, db, i);
		if (err == 0)
			err = incident_judge(r, db, i);
	}
	/* Judging one may raise another of the same round: written when all are. */
	for (struct incident *i = r->incidents; i && err == 0; i = i->next)
		err = write_back(r, db, i, change);
	return err < 0 ? err : incident_hush_settle(r, db);
}
