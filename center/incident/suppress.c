/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

#include <inttypes.h>
#include <stdio.h>

/* Silence on purpose: with a reason, for a time, and never for what says that the watch
 * itself is broken.  What is silenced is still counted, in incidents of its own. */

#define DAY_US    (INT64_C(24) * 3600 * 1000000)
#define REMIND_US (7 * DAY_US)

struct incident_hush {
	int64_t id, machine_id, hits;
	const char *cause, *sign, *peer;
};

/* ---- a round ---- */

static const char *keep(struct incident_round *r, const char *text)
{
	struct span copy =
	    arena_copy(&r->batch->arena, span_of(text, strlen(text) + 1));

	return copy.len ? (const char *)copy.at : "";
}

int incident_hush_load(struct incident_round *r, struct store_db *db)
{
	struct store_rows *rows;

	if (r->ready)
		return 0;
	r->ready = true;
	store_query(db, &rows,
	    "SELECT c.chamber_id, s.id, s.machine_id, s.cause, s.sign, s.peer "
	    "FROM company c LEFT JOIN suppression s ON s.chamber_id = c.chamber_id "
	    "AND s.ended_us IS NULL AND s.approved_us IS NOT NULL AND s.expires_us > ? "
	    "AND (s.company_id IS NULL OR s.company_id = c.id) WHERE c.id = ? "
	    "ORDER BY s.id",
	    STORE_ARGS(STORE_INT(r->batch->taken_us), STORE_INT(r->batch->company_id)));
	while (store_next(rows)) {
		r->chamber_id = store_col_int(rows, 0);
		if (store_col_null(rows, 1) || r->hushes_n == INCIDENT_HUSHES_MAX)
			continue;
		if (!r->hushes)
			r->hushes = arena_alloc(
			    &r->batch->arena, INCIDENT_HUSHES_MAX * sizeof(*r->hushes));
		if (!r->hushes)
			break;
		r->hushes[r->hushes_n++] =
		    (struct incident_hush){ .id = store_col_int(rows, 1),
			    .machine_id = store_col_int(rows, 2),
			    .cause = keep(r, store_col_text(rows, 3)),
			    .sign = keep(r, store_col_text(rows, 4)),
			    .peer = keep(r, store_col_text(rows, 5)) };
	}
	return store_rows_free(rows);
}

static bool same(const char *row, const char *value)
{
	return !*row || strcmp(row, value) == 0;
}

int64_t incident_hush_find(
    struct incident_round *r, const struct event *e, int64_t machine_id)
{
	if (r->hushes_n == 0 || incident_policy_of(e->cause) == INCIDENT_NEVER)
		return 0;
	for (unsigned h = 0; h < r->hushes_n; h++) {
		struct incident_hush *row = &r->hushes[h];
		if ((row->machine_id && row->machine_id != machine_id) ||
		    !same(row->cause, record_cause_id(e->cause)) ||
		    !same(row->sign, e->sign) || !same(row->peer, e->peer))
			continue;
		row->hits += 1 + (int64_t)e->more;
		return row->id;
	}
	return 0;
}

int incident_hush_settle(struct incident_round *r, struct store_db *db)
{
	int err = 0;

	for (unsigned h = 0; h < r->hushes_n && err == 0; h++)
		if (r->hushes[h].hits)
			err = store_exec(db,
			    "UPDATE suppression SET hits = hits + ?, hit_us = ? "
			    "WHERE id = ?",
			    STORE_ARGS(STORE_INT(r->hushes[h].hits),
				STORE_INT(r->batch->taken_us),
				STORE_INT(r->hushes[h].id)));
	return err;
}

/* ---- a person ---- */

static int note(struct store_db *db, int64_t id, int64_t company_id, int64_t account_id,
    int64_t now_us, const char *action, const char *more)
{
	struct buf detail;

	buf_init(&detail, 16u << 10);
	buf_addf(&detail, "%" PRId64 "%s%s", id, *more ? " " : "", more);
	struct store_audit line = { .at_us = now_us,
		.account_id = account_id,
		.company_id = company_id,
		.action = action,
		.detail = buf_text(&detail) };
	int err = detail.overflowed ? FAIL_LIMIT : store_audit(db, &line);
	buf_fini(&detail);
	return err;
}

/* Without a cause it may cover the worst that may be silenced at all. */
static int policy_of(const struct incident_suppression *s, enum incident_policy *policy)
{
	enum record_cause cause = record_cause_find(s->cause);

	*policy = INCIDENT_SECOND;
	if (!*s->cause)
		return 0;
	if (cause >= RECORD_CAUSE_MAX)
		return FAIL_FORMAT;
	*policy = incident_policy_of(cause);
	return *policy == INCIDENT_NEVER ? FAIL_DENIED : 0;
}

static int check(struct store_db *db, const struct incident_suppression *s)
{
	bool narrow = *s->sign || *s->peer || s->machine_id;
	int64_t alive;

	if (!*s->reason || s->expires_us <= s->now_us ||
	    s->expires_us > s->now_us + INCIDENT_HUSH_DAYS_MAX * DAY_US)
		return FAIL_FORMAT;
	/* A whole chamber may be silenced for one sign or one address, a company for one
	 * cause, never for everything. */
	if (!narrow && !(*s->cause && s->company_id))
		return FAIL_FORMAT;
	int err = store_get_int(db, &alive,
	    "SELECT COUNT(*) FROM suppression WHERE chamber_id = ? AND ended_us IS NULL",
	    STORE_ARGS(STORE_INT(s->chamber_id)));
	return err < 0 ? err : alive >= INCIDENT_HUSHES_MAX ? FAIL_LIMIT : 0;
}

int incident_suppress(struct store_db *db, struct incident_suppression *s)
{
	enum incident_policy policy;
	int err = policy_of(s, &policy);

	if (err == 0)
		err = check(db, s);
	if (err < 0)
		return err;
	s->waits = policy == INCIDENT_SECOND;
	err = store_get_int(db, &s->id,
	    "INSERT INTO suppression (chamber_id, company_id, machine_id, cause, sign, "
	    "peer, reason, created_us, created_by, approved_us, expires_us) "
	    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(s->chamber_id), STORE_ID(s->company_id),
		STORE_ID(s->machine_id), STORE_TEXT(s->cause), STORE_TEXT(s->sign),
		STORE_TEXT(s->peer), STORE_TEXT(s->reason), STORE_INT(s->now_us),
		STORE_INT(s->account_id), s->waits ? STORE_NULL : STORE_INT(s->now_us),
		STORE_INT(s->expires_us)));
	return err < 0
		   ? err
		   : note(db, s->id, s->company_id, s->account_id, s->now_us,
			 s->waits ? "suppression.ask" : "suppression.begin", s->reason);
}

static int find(struct store_db *db, int64_t id, int64_t *company_id,
    int64_t *created_by, bool *waits)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT company_id, created_by, approved_us FROM suppression "
	    "WHERE id = ? AND ended_us IS NULL",
	    STORE_ARGS(STORE_INT(id)));
	if (store_next(rows)) {
		*company_id = store_col_int(rows, 0);
		*created_by = store_col_int(rows, 1);
		*waits = store_col_null(rows, 2);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

int incident_suppress_agree(
    struct store_db *db, int64_t id, int64_t account_id, int64_t now_us)
{
	int64_t company_id = 0, created_by = 0;
	bool waits = false;
	int err = find(db, id, &company_id, &created_by, &waits);

	if (err == 0 && !waits)
		err = FAIL_MISSING;
	if (err == 0 && created_by == account_id)
		err = FAIL_DENIED;
	if (err == 0)
		err = store_exec(db,
		    "UPDATE suppression SET approved_us = ?, approved_by = ? WHERE id = ?",
		    STORE_ARGS(
			STORE_INT(now_us), STORE_INT(account_id), STORE_INT(id)));
	return err < 0 ? err
		       : note(db, id, company_id, account_id, now_us,
			     "suppression.agree", "");
}

int incident_suppress_end(
    struct store_db *db, int64_t id, int64_t account_id, int64_t now_us)
{
	int64_t company_id = 0, created_by = 0;
	bool waits = false;
	int err = find(db, id, &company_id, &created_by, &waits);

	if (err == 0)
		err = store_exec(db,
		    "UPDATE suppression SET ended_us = ?, ended_by = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(now_us), STORE_ID(account_id), STORE_INT(id)));
	return err < 0 ? err
		       : note(db, id, company_id, account_id, now_us, "suppression.end",
			     account_id ? "" : "over");
}

static int remind(struct store_db *db, int64_t id, int64_t now_us)
{
	int64_t company_id = 0, created_by = 0;
	bool waits = false;
	int err = find(db, id, &company_id, &created_by, &waits);

	if (err == 0)
		err = store_exec(db,
		    "UPDATE suppression SET reminded_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(id)));
	return err < 0
		   ? err
		   : note(db, id, company_id, 0, now_us, "suppression.soon_over", "");
}

int incident_suppress_tick(struct store_db *db, int64_t now_us)
{
	int touched = 0;

	for (;;) {
		struct store_rows *rows;
		int64_t id = 0, expires_us = 0;
		store_query(db, &rows,
		    "SELECT id, expires_us FROM suppression WHERE ended_us IS NULL "
		    "AND (expires_us <= ? OR (expires_us <= ? AND reminded_us IS NULL)) "
		    "ORDER BY id LIMIT 1",
		    STORE_ARGS(STORE_INT(now_us), STORE_INT(now_us + REMIND_US)));
		if (store_next(rows)) {
			id = store_col_int(rows, 0);
			expires_us = store_col_int(rows, 1);
		}
		int err = store_rows_free(rows);
		if (err == 0 && id)
			err = expires_us <= now_us
				  ? incident_suppress_end(db, id, 0, now_us)
				  : remind(db, id, now_us);
		if (err < 0 || id == 0)
			return err < 0 ? err : touched;
		touched++;
	}
}
