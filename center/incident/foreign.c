/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

/* 002-25: the company says that a machine on its network is not theirs. */

static int find_open(struct store_db *db, int64_t machine_id, struct incident *i)
{
	struct store_rows *rows;
	int found = FAIL_MISSING;

	store_query(db, &rows,
	    "SELECT i.id, i.severity, i.first_us FROM incident i JOIN machine m "
	    "ON m.id = i.machine_id AND m.company_id = i.company_id "
	    "WHERE i.machine_id = ? AND i.cause = 'NEW_MACHINE' AND i.state <> 'done' "
	    "AND i.suppression_id IS NULL ORDER BY i.id DESC LIMIT 1",
	    STORE_ARGS(STORE_INT(machine_id)));
	if (store_next(rows)) {
		i->id = store_col_int(rows, 0);
		i->severity_before = (enum record_severity)store_col_int(rows, 1);
		i->first_us = store_col_int(rows, 2);
		found = 0;
	}
	int err = store_rows_free(rows);
	return err < 0 ? err : found;
}

/* As severe as the table makes a new machine that nobody knows. */
static enum record_severity severity_of(struct incident_why *why)
{
	const struct incident_rule *rule =
	    incident_rule_find(RECORD_CAUSE_NEW_MACHINE, EVENT_WAY_ANY, false, true);
	int64_t facts[INCIDENT_FACT_MAX] = { [INCIDENT_FACT_FOREIGN] = 1 };

	incident_why_add(why, INCIDENT_WHY_PRESSED, 0);
	return incident_impact(
	    RECORD_CAUSE_NEW_MACHINE, EVENT_WAY_ANY, false, facts, rule->severity, why);
}

static int open_one(struct store_db *db, int64_t machine_id, int64_t now_us,
    enum record_severity severity, const char *why, int64_t change, int64_t *id)
{
	return store_get_int(db, id,
	    "INSERT INTO incident (company_id, gate_id, machine_id, cause, severity, "
	    "stopped, what, first_us, last_us, opened_us, why, change) "
	    "SELECT company_id, gate_id, id, 'NEW_MACHINE', ?, 0, vendor, first_us, ?, ?, "
	    "?, ? FROM machine WHERE id = ? RETURNING id",
	    STORE_ARGS(STORE_INT(severity), STORE_INT(now_us), STORE_INT(now_us),
		STORE_TEXT(why), STORE_INT(change), STORE_INT(machine_id)));
}

static int write_worse(
    struct store_db *db, const struct incident *i, const char *why, int64_t change)
{
	return store_exec(db,
	    "UPDATE incident SET severity = ?, why = ?, last_us = ?, change = ? "
	    "WHERE id = ?",
	    STORE_ARGS(STORE_INT(i->severity), STORE_TEXT(why), STORE_INT(i->last_us),
		STORE_INT(change), STORE_INT(i->id)));
}

static int raise(struct store_db *db, int64_t machine_id, int64_t account_id,
    int64_t now_us, struct buf *line, struct incident *i)
{
	int64_t change = store_note_change(db);
	int err = change < 0 ? (int)change : find_open(db, machine_id, i);
	struct buf why;

	if (err < 0 && err != FAIL_MISSING)
		return err;
	i->fresh = err == FAIL_MISSING;
	i->severity = severity_of(&i->why);
	i->last_us = now_us;
	/* Pressed once more: nothing is new. */
	if (!i->fresh && i->severity <= i->severity_before) {
		i->severity = i->severity_before;
		return 0;
	}
	buf_init(&why, 1024);
	incident_why_write(&i->why, 0, &why);
	err = i->fresh ? open_one(db, machine_id, now_us, i->severity, buf_text(&why),
			     change, &i->id)
		       : write_worse(db, i, buf_text(&why), change);
	if (!i->fresh)
		buf_addf(line, "%s>", incident_severity_word(i->severity_before));
	buf_addf(line, "%s %s", incident_severity_word(i->severity), buf_text(&why));
	buf_fini(&why);
	if (err == 0)
		err = store_get_int(db, &i->company_id,
		    "SELECT company_id FROM incident WHERE id = ?",
		    STORE_ARGS(STORE_INT(i->id)));
	return err < 0
		   ? err
		   : incident_history(db, i->id, i->company_id, account_id, now_us,
			 i->fresh ? "incident.open" : "incident.raise", buf_text(line));
}

/* It is theirs after all. */
static int end(
    struct store_db *db, int64_t machine_id, int64_t account_id, int64_t now_us)
{
	struct incident i = { 0 };
	int err = find_open(db, machine_id, &i);

	if (err < 0)
		return err == FAIL_MISSING ? 0 : err;
	return incident_move(db, &(struct incident_move){ .incident_id = i.id,
				     .account_id = account_id,
				     .now_us = now_us,
				     .to = INCIDENT_DONE,
				     .outcome = INCIDENT_HARMLESS });
}

int incident_foreign(struct store_db *db, int64_t machine_id, bool known,
    int64_t account_id, int64_t now_us, struct incident *i)
{
	struct buf line;

	*i = (struct incident){ .machine_id = machine_id,
		.cause = RECORD_CAUSE_NEW_MACHINE,
		.what = "",
		.peer = "" };
	if (known)
		return end(db, machine_id, account_id, now_us);
	buf_init(&line, 2048);
	int err = raise(db, machine_id, account_id, now_us, &line, i);
	buf_fini(&line);
	return err;
}
