/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

#include <stdio.h>

/* 002-06: a gate that falls silent is noticed without anybody looking.  A silence is told
 * once: an incident opened after the gate was last heard is this silence's, also when
 * somebody has closed it.  Planned quiet (watch/) does not count; a gate that comes and goes
 * has its own incident, and is silent only when that lasts. */
#define FLAPPING_TIMES 4

static int find(
    struct store_db *db, int64_t now_us, int64_t before_us, struct incident_plain *p)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT g.id, g.company_id, g.seen_us FROM gate g "
	    "WHERE g.enrolled_us IS NOT NULL AND g.revoked_us IS NULL AND g.seen_us < ? "
	    "AND NOT EXISTS (SELECT 1 FROM incident i WHERE i.company_id = g.company_id "
	    "AND i.cause = 'SILENT' AND i.gate_id = g.id AND i.opened_us > g.seen_us) "
	    "AND g.quiet_us < ? AND (g.seen_us < ? OR NOT EXISTS (SELECT 1 FROM gate_watch w "
	    "WHERE w.gate_id = g.id AND w.cause = 'FLAPPING')) "
	    "ORDER BY g.seen_us LIMIT 1",
	    STORE_ARGS(STORE_INT(before_us), STORE_INT(before_us),
		STORE_INT(now_us - FLAPPING_TIMES * (now_us - before_us))));
	if (store_next(rows)) {
		p->gate_id = store_col_int(rows, 0);
		p->company_id = store_col_int(rows, 1);
		p->first_us = store_col_int(rows, 2);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* Of fewer gates than this half may well be switched off on the same evening. */
#define DEAF_LEAST 10
#define DEAF_US    (INT64_C(24) * 3600 * 1000000)

int incident_deaf(struct store_db *db, int64_t before_us, bool *deaf)
{
	struct store_rows *rows;

	*deaf = false;
	store_query(db, &rows,
	    "SELECT COUNT(*), COUNT(CASE WHEN seen_us >= ? THEN 1 END) FROM gate "
	    "WHERE revoked_us IS NULL AND seen_us >= ? AND quiet_us < ?",
	    STORE_ARGS(STORE_INT(before_us), STORE_INT(before_us - DEAF_US),
		STORE_INT(before_us)));
	if (store_next(rows))
		*deaf = store_col_int(rows, 0) >= DEAF_LEAST &&
			store_col_int(rows, 1) * 2 < store_col_int(rows, 0);
	return store_rows_free(rows);
}

int incident_open_plain(struct store_db *db, const struct incident_plain *p,
    int64_t now_us, struct incident *i)
{
	char detail[80];

	*i = (struct incident){ .company_id = p->company_id,
		.cause = p->cause,
		.severity = record_cause_severity(p->cause, false),
		.fresh = true,
		.what = p->what,
		.peer = "",
		.first_us = p->first_us,
		.last_us = now_us };
	i->severity_before = i->severity;
	incident_why_add(&i->why,
	    incident_rule_find(p->cause, EVENT_WAY_ANY, false, false)->reason, 0);
	const char *why = incident_reason_id(i->why.at[0].reason);
	int64_t change = store_note_change_of(db, i->company_id);
	if (change < 0)
		return (int)change;
	int err = store_get_int(db, &i->id,
	    "INSERT INTO incident (company_id, gate_id, cause, severity, stopped, what, "
	    "first_us, last_us, opened_us, why, change) "
	    "VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(i->company_id), STORE_INT(p->gate_id),
		STORE_TEXT(record_cause_id(p->cause)), STORE_INT(i->severity),
		STORE_TEXT(i->what), STORE_INT(i->first_us), STORE_INT(i->last_us),
		STORE_INT(now_us), STORE_TEXT(why), STORE_INT(change)));
	if (err < 0)
		return err;
	snprintf(
	    detail, sizeof(detail), "%s %s", incident_severity_word(i->severity), why);
	return incident_history(
	    db, i->id, i->company_id, 0, now_us, "incident.open", detail);
}

int incident_open_silent(
    struct store_db *db, int64_t now_us, int64_t before_us, struct incident *i)
{
	struct incident_plain p = { .cause = RECORD_CAUSE_SILENT, .what = "" };
	int err = find(db, now_us, before_us, &p);

	return err < 0 ? err : incident_open_plain(db, &p, now_us, i);
}
