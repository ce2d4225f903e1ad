/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

#include <stdio.h>

/* How bad an incident is for the company: the stages it belongs to, the machine it is on,
 * how far it has spread, whether it came back.  correlation.tbl decides; here are the facts
 * it asks for. */

#define HOUR_US INT64_C(3600000000)
#define DAY_US  (24 * HOUR_US)

/* ---- stages of one attack ---- */

struct stage {
	int64_t id, root_id;
	enum record_cause cause;
	enum record_severity severity;
	bool open;
	int64_t first_us, last_us;
};

static bool in_a_story(enum record_cause cause, int64_t *hours)
{
	*hours = 0;
	for (size_t s = 0; incident_story_at(s); s++) {
		const struct incident_story *row = incident_story_at(s);
		if ((row->first == cause || row->then == cause) && row->hours > *hours)
			*hours = row->hours;
	}
	return *hours > 0;
}

/* The row that makes both stages of one attack, whichever was heard of first. */
static const struct incident_story *story_of(
    const struct incident *i, const struct stage *other)
{
	for (size_t s = 0; incident_story_at(s); s++) {
		const struct incident_story *row = incident_story_at(s);
		int64_t window_us = row->hours * HOUR_US;
		if (row->first == other->cause && row->then == i->cause &&
		    other->first_us <= i->first_us &&
		    i->first_us - other->last_us <= window_us)
			return row;
		if (row->first == i->cause && row->then == other->cause &&
		    i->first_us <= other->first_us &&
		    other->first_us - i->last_us <= window_us)
			return row;
	}
	return NULL;
}

/* The first stage becomes as severe as the story; the later one tells people. */
static int raise_root(struct incident_round *r, struct store_db *db,
    const struct incident *i, const struct stage *root,
    const struct incident_story *row)
{
	struct incident *here = incident_in_round(r, root->id);
	char detail[80];

	if (here) {
		incident_why_add(&here->why, row->reason, 0);
		if (here->severity < row->to)
			here->severity = row->to;
		return 0;
	}
	if (!root->open || root->severity >= row->to)
		return 0;
	int err = store_exec(db,
	    "UPDATE incident SET severity = ?, why = CASE WHEN why = '' THEN ? "
	    "ELSE why || ' ' || ? END, change = (SELECT value FROM change_counter) "
	    "WHERE id = ?",
	    STORE_ARGS(STORE_INT(row->to), STORE_TEXT(incident_reason_id(row->reason)),
		STORE_TEXT(incident_reason_id(row->reason)), STORE_INT(root->id)));
	if (err < 0)
		return err;
	snprintf(detail, sizeof(detail), "%s>%s %s",
	    incident_severity_word(root->severity), incident_severity_word(row->to),
	    incident_reason_id(row->reason));
	return incident_history(db, root->id, i->company_id, 0, r->batch->taken_us,
	    "incident.raise", detail);
}

static int link_to(struct incident_round *r, struct store_db *db, struct incident *i,
    const struct stage *other, const struct incident_story *row)
{
	incident_why_add(&i->why, row->reason, 0);
	if (i->severity < row->to)
		i->severity = row->to;
	int err = raise_root(r, db, i, other, row);
	if (err < 0 || i->parent_id || other->root_id == i->id)
		return err;
	i->parent_id = other->root_id;
	err = store_exec(db,
	    "UPDATE incident SET parent_id = ? WHERE id = ? OR parent_id = ?",
	    STORE_ARGS(STORE_INT(other->root_id), STORE_INT(i->id), STORE_INT(i->id)));
	i->story = row;
	return err;
}

#define STAGES_MAX 20

static unsigned find_stages(struct store_db *db, const struct incident *i,
    int64_t since_us, struct stage stages[STAGES_MAX], int *err)
{
	struct store_rows *rows;
	unsigned n = 0;

	store_query(db, &rows,
	    "SELECT id, COALESCE(parent_id, id), cause, severity, state, first_us, last_us "
	    "FROM incident WHERE machine_id = ? AND last_us >= ? AND id <> ? "
	    "AND suppression_id IS NULL AND merged_into IS NULL "
	    "ORDER BY last_us DESC LIMIT 20",
	    STORE_ARGS(
		STORE_INT(i->machine_id), STORE_INT(since_us), STORE_INT(i->id)));
	while (n < STAGES_MAX && store_next(rows))
		stages[n++] =
		    (struct stage){ store_col_int(rows, 0), store_col_int(rows, 1),
			    record_cause_find(store_col_text(rows, 2)),
			    (enum record_severity)store_col_int(rows, 3),
			    strcmp(store_col_text(rows, 4), "done") != 0,
			    store_col_int(rows, 5), store_col_int(rows, 6) };
	*err = store_rows_free(rows);
	return n;
}

static int find_story(struct incident_round *r, struct store_db *db, struct incident *i)
{
	struct stage stages[STAGES_MAX];
	int64_t hours;
	int err = 0;

	if (!i->machine_id || !in_a_story(i->cause, &hours))
		return 0;
	unsigned n = find_stages(db, i, i->first_us - hours * HOUR_US, stages, &err);
	for (unsigned s = 0; s < n && err == 0; s++) {
		const struct incident_story *row = story_of(i, &stages[s]);
		if (row)
			err = link_to(r, db, i, &stages[s], row);
	}
	return err;
}

/* ---- facts ---- */

static int count_machines(struct store_db *db, const struct incident *i, int64_t *n)
{
	return store_get_int(db, n,
	    "SELECT COUNT(DISTINCT machine_id) FROM incident WHERE company_id = ? "
	    "AND last_us >= ? AND cause = ? AND suppression_id IS NULL",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(i->last_us - DAY_US),
		STORE_TEXT(record_cause_id(i->cause))));
}

static int count_returns(
    struct store_db *db, const struct incident *i, int64_t now_us, int64_t *n)
{
	return store_get_int(db, n,
	    "SELECT COUNT(*) FROM incident WHERE company_id = ? AND cause = ? "
	    "AND machine_id IS NOT DISTINCT FROM ? AND state = 'done' "
	    "AND outcome = 'solved' AND closed_us >= ?",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_TEXT(record_cause_id(i->cause)),
		STORE_ID(i->machine_id), STORE_INT(now_us - 30 * DAY_US)));
}

static bool wanted(unsigned bits, enum incident_fact fact)
{
	return bits >> fact & 1;
}

static int find_facts(struct incident_round *r, struct store_db *db,
    const struct incident *i, int64_t facts[INCIDENT_FACT_MAX])
{
	unsigned bits = incident_facts_wanted(i->cause, i->severity);
	int err = 0;

	if (i->machine) {
		facts[INCIDENT_FACT_SERVER] = strcmp(i->machine->role, "server") == 0;
		facts[INCIDENT_FACT_PAYMENT] = strcmp(i->machine->role, "payment") == 0;
		facts[INCIDENT_FACT_FOREIGN] = i->machine->known == 2;
	}
	if (wanted(bits, INCIDENT_FACT_MACHINES))
		err = count_machines(db, i, &facts[INCIDENT_FACT_MACHINES]);
	if (err == 0 && wanted(bits, INCIDENT_FACT_RETURNS))
		err = count_returns(
		    db, i, r->batch->taken_us, &facts[INCIDENT_FACT_RETURNS]);
	if (err == 0 && i->campaign_id && wanted(bits, INCIDENT_FACT_COMPANIES))
		err = store_get_int(db, &facts[INCIDENT_FACT_COMPANIES],
		    "SELECT companies FROM campaign WHERE id = ?",
		    STORE_ARGS(STORE_INT(i->campaign_id)));
	return err;
}

int incident_judge(struct incident_round *r, struct store_db *db, struct incident *i)
{
	int64_t facts[INCIDENT_FACT_MAX] = { 0 };
	int err = 0;

	if (i->suppression_id || !i->judge)
		return 0;
	if (i->fresh)
		err = find_story(r, db, i);
	if (err == 0 && incident_facts_wanted(i->cause, i->severity))
		err = find_facts(r, db, i, facts);
	if (err == 0)
		i->severity = incident_impact(
		    i->cause, i->way, i->stopped, facts, i->severity, &i->why);
	return err;
}
