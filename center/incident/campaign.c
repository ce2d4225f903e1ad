/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

#include <inttypes.h>
#include <stdio.h>

/* The same attacker, site or file at several companies is one thing for the operator.  A
 * company never learns from here who the others are. */

#define HOUR_US INT64_C(3600000000)

static int note_join(struct store_db *db, int64_t incident_id, int64_t company_id,
    int64_t campaign_id, const char *kind, const char *value, int64_t account_id,
    int64_t now_us)
{
	struct buf detail;

	buf_init(&detail, 1024);
	buf_addf(&detail, "%" PRId64 " %s %s", campaign_id, kind, value);
	int err = incident_history(db, incident_id, company_id, account_id, now_us,
	    "incident.campaign", buf_text(&detail));
	buf_fini(&detail);
	return err;
}

/* The number of companies is counted by who comes first.  What is confidential is in the
 * campaign, and not in what it says to others: not in the number, nor in what follows of it. */
static int put_in(struct store_db *db, int64_t incident_id, int64_t company_id,
    int64_t campaign_id, int64_t now_us)
{
	int64_t one;
	int err = store_get_int(db, &one,
	    "SELECT id FROM incident WHERE (campaign_id = ? AND company_id = ? "
	    "AND confidential = 0) OR (id = ? AND confidential = 1) LIMIT 1",
	    STORE_ARGS(
		STORE_INT(campaign_id), STORE_INT(company_id), STORE_INT(incident_id)));
	bool first = err == FAIL_MISSING;

	if (err < 0 && !first)
		return err;
	int64_t change = store_note_change(db);
	if (change < 0)
		return (int)change;
	err = store_exec(db,
	    "UPDATE incident SET campaign_id = ?, change = ? WHERE id = ?",
	    STORE_ARGS(
		STORE_INT(campaign_id), STORE_INT(change), STORE_INT(incident_id)));
	if (err < 0)
		return err;
	return store_exec(db,
	    "UPDATE campaign SET companies = companies + ?, "
	    "last_us = CASE WHEN last_us < ? THEN ? ELSE last_us END WHERE id = ?",
	    STORE_ARGS(STORE_INT(first), STORE_INT(now_us), STORE_INT(now_us),
		STORE_INT(campaign_id)));
}

static int join(struct incident_round *r, struct store_db *db, struct incident *i,
    int64_t campaign_id, const char *kind, const char *value)
{
	int err = put_in(db, i->id, i->company_id, campaign_id, r->batch->taken_us);

	if (err < 0)
		return err;
	struct span copy =
	    arena_copy(&r->batch->arena, span_of(value, strlen(value) + 1));
	i->campaign_id = campaign_id;
	i->judge = true;
	i->joined_kind = kind;
	i->joined_value = copy.len ? (const char *)copy.at : "";
	return 0;
}

/* ---- by itself ---- */

#define SAME_MARK                                                                   \
	"FROM incident_mark m JOIN incident i ON i.id = m.incident_id "             \
	"WHERE m.chamber_id = ? AND m.kind = ? AND m.value = ? AND i.last_us >= ? " \
	"AND i.campaign_id IS NULL AND i.suppression_id IS NULL "

static int join_others(struct incident_round *r, struct store_db *db,
    const struct incident_campaign_rule *row, const char *value, int64_t since_us,
    int64_t campaign_id)
{
	for (;;) {
		struct store_rows *rows;
		int64_t id = 0, company_id = 0;
		store_query(db, &rows,
		    "SELECT i.id, i.company_id " SAME_MARK "ORDER BY i.id LIMIT 1",
		    STORE_ARGS(STORE_INT(r->chamber_id), STORE_TEXT(row->kind),
			STORE_TEXT(value), STORE_INT(since_us)));
		if (store_next(rows)) {
			id = store_col_int(rows, 0);
			company_id = store_col_int(rows, 1);
		}
		int err = store_rows_free(rows);
		if (err < 0 || id == 0)
			return err;
		struct incident *here = incident_in_round(r, id);
		if (here)
			err = join(r, db, here, campaign_id, row->kind, value);
		else
			err =
			    put_in(db, id, company_id, campaign_id, r->batch->taken_us);
		if (err == 0 && !here)
			err = note_join(db, id, company_id, campaign_id, row->kind,
			    value, 0, r->batch->taken_us);
		if (err < 0)
			return err;
	}
}

static int open_one(struct incident_round *r, struct store_db *db,
    const struct incident_campaign_rule *row, const char *value)
{
	int64_t since_us = r->batch->taken_us - row->hours * HOUR_US;
	int64_t n, id;
	int err = store_get_int(db, &n,
	    "SELECT COUNT(DISTINCT m.company_id) " SAME_MARK "AND i.confidential = 0",
	    STORE_ARGS(STORE_INT(r->chamber_id), STORE_TEXT(row->kind),
		STORE_TEXT(value), STORE_INT(since_us)));

	if (err < 0 || n < row->companies)
		return err;
	err = store_get_int(db, &id,
	    "INSERT INTO campaign (chamber_id, kind, value, opened_us, last_us) "
	    "VALUES (?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(r->chamber_id), STORE_TEXT(row->kind),
		STORE_TEXT(value), STORE_INT(r->batch->taken_us),
		STORE_INT(r->batch->taken_us)));
	return err < 0 ? err : join_others(r, db, row, value, since_us, id);
}

static const char *mark_of(const struct incident_campaign_rule *row,
    const struct incident_trace *t, char *room, size_t size)
{
	switch (row->mark) {
	case INCIDENT_HOST:
		return t->host;
	case INCIDENT_PEER:
		return *t->host ? t->host : t->by_name ? "" : t->peer;
	case INCIDENT_HASH:
		return t->hash;
	case INCIDENT_SOURCE:
		if (!*t->sign || !*t->peer)
			return "";
		snprintf(room, size, "%s %s", t->sign, t->peer);
		return room;
	}
	return "";
}

/* A second rule of the same incident may name another mark: the first campaign stays. */
static int note_mark(struct incident_round *r, struct store_db *db, struct incident *i,
    const struct incident_campaign_rule *row, const char *value)
{
	int64_t id;
	int err = store_exec(db,
	    "INSERT INTO incident_mark (incident_id, chamber_id, company_id, kind, value) "
	    "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(i->id), STORE_INT(r->chamber_id),
		STORE_INT(i->company_id), STORE_TEXT(row->kind), STORE_TEXT(value)));

	if (err < 0 || store_changed(db) == 0 || i->campaign_id)
		return err;
	err = store_get_int(db, &id,
	    "SELECT id FROM campaign WHERE chamber_id = ? AND kind = ? AND value = ? "
	    "AND state <> 'done' LIMIT 1",
	    STORE_ARGS(
		STORE_INT(r->chamber_id), STORE_TEXT(row->kind), STORE_TEXT(value)));
	if (err == 0)
		return join(r, db, i, id, row->kind, value);
	return err == FAIL_MISSING ? open_one(r, db, row, value) : err;
}

int incident_campaign_note(struct incident_round *r, struct store_db *db,
    struct incident *i, const struct incident_trace *t)
{
	char room[2 * EVENT_TEXT_MAX + 2];
	int err = 0;

	if (i->suppression_id)
		return 0;
	for (size_t n = 0; incident_campaign_rule_at(n) && err == 0; n++) {
		const struct incident_campaign_rule *row = incident_campaign_rule_at(n);
		if (row->cause != i->cause ||
		    (row->way != EVENT_WAY_ANY && row->way != t->way))
			continue;
		const char *value = mark_of(row, t, room, sizeof(room));
		if (*value)
			err = note_mark(r, db, i, row, value);
	}
	return err;
}

/* ---- by hand ---- */

static int find_incident(struct store_db *db, int64_t id, int64_t *company_id,
    int64_t *chamber_id, int64_t *campaign_id)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT i.company_id, c.chamber_id, i.campaign_id FROM incident i "
	    "JOIN company c ON c.id = i.company_id WHERE i.id = ?",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		*company_id = store_col_int(rows, 0);
		*chamber_id = store_col_int(rows, 1);
		*campaign_id = store_col_int(rows, 2);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

int incident_campaign_open(struct store_db *db, int64_t incident_id, const char *title,
    int64_t account_id, int64_t now_us, int64_t *id)
{
	int64_t company_id = 0, chamber_id = 0, in = 0;
	int err = find_incident(db, incident_id, &company_id, &chamber_id, &in);

	if (err == 0 && in)
		err = FAIL_CONFLICT;
	if (err == 0)
		err = store_get_int(db, id,
		    "INSERT INTO campaign (chamber_id, kind, value, title, opened_us, "
		    "opened_by, last_us) VALUES (?, 'HAND', '', ?, ?, ?, ?) RETURNING id",
		    STORE_ARGS(STORE_INT(chamber_id), STORE_TEXT(title),
			STORE_INT(now_us), STORE_ID(account_id), STORE_INT(now_us)));
	if (err == 0)
		err = put_in(db, incident_id, company_id, *id, now_us);
	return err < 0 ? err
		       : note_join(db, incident_id, company_id, *id, "HAND", title,
			     account_id, now_us);
}

static int leave(struct store_db *db, int64_t incident_id, int64_t company_id,
    int64_t campaign_id, int64_t account_id, int64_t now_us)
{
	char detail[32];
	int64_t change = store_note_change(db);

	if (change < 0)
		return (int)change;
	int err = store_exec(db,
	    "UPDATE incident SET campaign_id = NULL, change = ? WHERE id = ?",
	    STORE_ARGS(STORE_INT(change), STORE_INT(incident_id)));
	if (err == 0)
		err = store_exec(db,
		    "UPDATE campaign SET companies = (SELECT COUNT(DISTINCT company_id) "
		    "FROM incident WHERE campaign_id = ? AND confidential = 0) "
		    "WHERE id = ?",
		    STORE_ARGS(STORE_INT(campaign_id), STORE_INT(campaign_id)));
	snprintf(detail, sizeof(detail), "%" PRId64, campaign_id);
	return err < 0 ? err
		       : incident_history(db, incident_id, company_id, account_id,
			     now_us, "incident.leave", detail);
}

int incident_campaign_put(struct store_db *db, int64_t incident_id, int64_t campaign_id,
    int64_t account_id, int64_t now_us)
{
	int64_t company_id = 0, chamber_id = 0, in = 0, seen;
	int err = find_incident(db, incident_id, &company_id, &chamber_id, &in);

	if (err < 0 || (campaign_id && in == campaign_id))
		return err;
	if (!campaign_id)
		return in ? leave(db, incident_id, company_id, in, account_id, now_us)
			  : FAIL_MISSING;
	err = store_get_int(db, &seen,
	    "SELECT id FROM campaign WHERE id = ? AND chamber_id = ? AND state <> 'done'",
	    STORE_ARGS(STORE_INT(campaign_id), STORE_INT(chamber_id)));
	if (err == 0 && in)
		err = leave(db, incident_id, company_id, in, account_id, now_us);
	if (err == 0)
		err = put_in(db, incident_id, company_id, campaign_id, now_us);
	return err < 0 ? err
		       : note_join(db, incident_id, company_id, campaign_id, "HAND", "",
			     account_id, now_us);
}

int incident_campaign_recount(struct store_db *db, int64_t incident_id)
{
	return store_exec(db,
	    "UPDATE campaign SET companies = (SELECT COUNT(DISTINCT i.company_id) "
	    "FROM incident i WHERE i.campaign_id = campaign.id AND i.confidential = 0) "
	    "WHERE id = (SELECT campaign_id FROM incident WHERE id = ?)",
	    STORE_ARGS(STORE_INT(incident_id)));
}

/* ---- all at once ---- */

static int move_campaign(struct store_db *db, const struct incident_campaign_move *m)
{
	struct store_rows *rows;
	enum incident_state from = INCIDENT_STATE_MAX;

	store_query(db, &rows, "SELECT state FROM campaign WHERE id = ?",
	    STORE_ARGS(STORE_INT(m->campaign_id)));
	if (store_next(rows))
		from = incident_state_find(store_col_text(rows, 0));
	int err = store_rows_free(rows);
	if (err < 0)
		return err;
	if (from == INCIDENT_STATE_MAX)
		return FAIL_MISSING;
	bool moved = from != m->to;
	if (moved && !incident_may_move(from, m->to))
		return FAIL_CONFLICT;
	if ((moved && m->to == INCIDENT_DONE) != (m->outcome != INCIDENT_OPEN))
		return FAIL_FORMAT;
	return store_exec(db,
	    "UPDATE campaign SET state = ?, closed_us = ? WHERE id = ?",
	    STORE_ARGS(STORE_TEXT(incident_state_name(m->to)),
		m->to == INCIDENT_DONE ? STORE_INT(m->now_us) : STORE_NULL,
		STORE_INT(m->campaign_id)));
}

/* One of its incidents; those that cannot make the move get the note all the same. */
static int move_one(struct store_db *db, struct incident_campaign_move *m, int64_t id,
    const char *state)
{
	enum incident_state from = incident_state_find(state);
	bool may = from == m->to || incident_may_move(from, m->to);
	struct incident_move one = { .incident_id = id,
		.account_id = m->account_id,
		.now_us = m->now_us,
		.to = may ? m->to : from,
		.outcome = may && from != m->to ? m->outcome : INCIDENT_OPEN,
		.note = m->note };

	*(may ? &m->moved : &m->refused) += 1;
	return incident_move(db, &one);
}

int incident_campaign_move(struct store_db *db, struct incident_campaign_move *m)
{
	int err = move_campaign(db, m);
	int64_t last = 0;

	m->moved = m->refused = 0;
	while (err == 0) {
		struct store_rows *rows;
		int64_t id = 0;
		char state[16] = "";
		store_query(db, &rows,
		    "SELECT id, state FROM incident WHERE campaign_id = ? AND id > ? "
		    "AND merged_into IS NULL AND state <> 'done' AND (confidential = 0 "
		    "OR EXISTS (SELECT 1 FROM incident_named n WHERE n.incident_id = "
		    "incident.id AND n.account_id = ?)) ORDER BY id LIMIT 1",
		    STORE_ARGS(STORE_INT(m->campaign_id), STORE_INT(last),
			STORE_INT(m->account_id)));
		if (store_next(rows)) {
			id = store_col_int(rows, 0);
			snprintf(state, sizeof(state), "%s", store_col_text(rows, 1));
		}
		err = store_rows_free(rows);
		if (err < 0 || id == 0)
			break;
		last = id;
		err = move_one(db, m, id, state);
	}
	return err;
}
