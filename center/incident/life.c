/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

#include <stdio.h>

static const char *const states[INCIDENT_STATE_MAX] = { "new", "checking", "working",
	"watching", "done" };

enum { TUNES_NO, TUNES_YES };

static const struct {
	const char *name;
	enum incident_counts counts;
	int tunes;
	const char *title[2], *meaning[2]; /* by enum record_lang */
} outcomes[INCIDENT_OUTCOME_MAX] = {

#define INCIDENT_OUTCOME(id, name, counts, tunes, ja, en, mean_ja, mean_en)            \
	[INCIDENT_##id] = { name, INCIDENT_COUNTS_##counts, TUNES_##tunes, { ja, en }, \
		{ mean_ja, mean_en } },
#include "center/incident/correlation.tbl"
};

/* Rows: from; columns: to. */
static const bool moves[INCIDENT_STATE_MAX][INCIDENT_STATE_MAX] = {
	[INCIDENT_NEW] = { [INCIDENT_CHECKING] = true, [INCIDENT_DONE] = true },
	[INCIDENT_CHECKING] = { [INCIDENT_WORKING] = true, [INCIDENT_DONE] = true },
	[INCIDENT_WORKING] = { [INCIDENT_WATCHING] = true, [INCIDENT_DONE] = true },
	/* What is watched may happen again. */
	[INCIDENT_WATCHING] = { [INCIDENT_CHECKING] = true, [INCIDENT_DONE] = true },
	[INCIDENT_DONE] = { [INCIDENT_CHECKING] = true },
};

const char *incident_state_name(enum incident_state s)
{
	return s < INCIDENT_STATE_MAX ? states[s] : NULL;
}

enum incident_state incident_state_find(const char *name)
{
	unsigned s = 0;

	while (s < INCIDENT_STATE_MAX && strcmp(states[s], name) != 0)
		s++;
	return s;
}

const char *incident_outcome_name(enum incident_outcome o)
{
	return o < INCIDENT_OUTCOME_MAX ? outcomes[o].name : NULL;
}

enum incident_outcome incident_outcome_find(const char *name)
{
	unsigned o = 0;

	while (o < INCIDENT_OUTCOME_MAX && strcmp(outcomes[o].name, name) != 0)
		o++;
	return o;
}

enum incident_counts incident_outcome_counts(enum incident_outcome o)
{
	return o < INCIDENT_OUTCOME_MAX ? outcomes[o].counts : INCIDENT_COUNTS_NO;
}

bool incident_outcome_tunes(enum incident_outcome o)
{
	return o < INCIDENT_OUTCOME_MAX && outcomes[o].tunes;
}

const char *incident_outcome_title(enum incident_outcome o, enum record_lang lang)
{
	return o < INCIDENT_OUTCOME_MAX ? outcomes[o].title[lang == RECORD_EN] : NULL;
}

const char *incident_outcome_meaning(enum incident_outcome o, enum record_lang lang)
{
	return o < INCIDENT_OUTCOME_MAX ? outcomes[o].meaning[lang == RECORD_EN] : NULL;
}

const char *incident_severity_word(enum record_severity s)
{
	return s == RECORD_URGENT ? "urgent" : s == RECORD_CAUTION ? "caution" : "log";
}

bool incident_may_move(enum incident_state from, enum incident_state to)
{
	return from < INCIDENT_STATE_MAX && to < INCIDENT_STATE_MAX && moves[from][to];
}

int incident_history(struct store_db *db, int64_t incident_id, int64_t company_id,
    int64_t account_id, int64_t now_us, const char *action, const char *detail)
{
	struct store_audit line = { .at_us = now_us,
		.account_id = account_id,
		.company_id = company_id,
		.incident_id = incident_id,
		.action = action,
		.detail = detail };

	return store_audit(db, &line);
}

static int find(
    struct store_db *db, int64_t id, enum incident_state *state, int64_t *company)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows, "SELECT state, company_id FROM incident WHERE id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		*state = incident_state_find(store_col_text(rows, 0));
		*company = store_col_int(rows, 1);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

static int write_state(
    struct store_db *db, const struct incident_move *m, int64_t company)
{
	int64_t change = store_note_change_of(db, company);

	if (change < 0)
		return (int)change;
	return store_exec(db,
	    "UPDATE incident SET state = ?, outcome = ?, closed_us = ?, change = ? "
	    "WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(states[m->to]), STORE_TEXT(outcomes[m->outcome].name),
		m->to == INCIDENT_DONE ? STORE_INT(m->now_us) : STORE_NULL,
		STORE_INT(change), STORE_INT(m->incident_id)));
}

static int write_history(struct store_db *db, const struct incident_move *m,
    enum incident_state from, int64_t company)
{
	struct buf detail;
	bool moved = from != m->to;

	buf_init(&detail, 16u << 10);
	if (moved)
		buf_addf(&detail, "%s>%s%s%s", states[from], states[m->to],
		    m->outcome ? " " : "", outcomes[m->outcome].name);
	if (m->note)
		buf_addf(&detail, "%s%s", moved ? "\n" : "", m->note);
	int err = detail.overflowed
		      ? FAIL_LIMIT
		      : incident_history(db, m->incident_id, company, m->account_id,
			    m->now_us, moved ? "incident.state" : "incident.note",
			    buf_text(&detail));
	buf_fini(&detail);
	return err;
}

int incident_move(struct store_db *db, const struct incident_move *m)
{
	enum incident_state from = INCIDENT_STATE_MAX;
	int64_t company = 0;

	if (m->to >= INCIDENT_STATE_MAX || m->outcome >= INCIDENT_OUTCOME_MAX)
		return FAIL_FORMAT;
	int err = find(db, m->incident_id, &from, &company);
	if (err < 0)
		return err;
	bool moved = from != m->to;
	if (moved && !incident_may_move(from, m->to))
		return FAIL_CONFLICT;
	if (moved ? (m->to == INCIDENT_DONE) != (m->outcome != INCIDENT_OPEN)
		  : m->outcome != INCIDENT_OPEN)
		return FAIL_FORMAT;
	if (moved)
		err = write_state(db, m, company);
	if (err == 0 && (moved || m->note))
		err = write_history(db, m, from, company);
	return err;
}

int incident_returns(struct store_db *db, int64_t incident_id, int64_t *n)
{
	return store_get_int(db, n,
	    "SELECT COUNT(*) FROM audit WHERE incident_id = ? AND account_id IS NULL "
	    "AND action = 'incident.state' AND detail = 'watching>checking'",
	    STORE_ARGS(STORE_INT(incident_id)));
}
