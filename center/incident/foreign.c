/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/incident/internal.h"

/* 002-25: the company says that a machine on its network is not theirs. */

static int find_open(struct store_db *db, int64_t machine_id, int64_t *id)
{
	return store_get_int(db, id,
	    "SELECT i.id FROM incident i JOIN machine m ON m.id = i.machine_id "
	    "AND m.company_id = i.company_id WHERE i.machine_id = ? "
	    "AND i.cause = 'NEW_MACHINE' AND i.state <> 'done' "
	    "AND i.suppression_id IS NULL ORDER BY i.id DESC LIMIT 1",
	    STORE_ARGS(STORE_INT(machine_id)));
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

static int raise(struct store_db *db, int64_t machine_id, int64_t account_id,
    int64_t now_us, struct buf *why, struct buf *line)
{
	struct incident_why reasons = { 0 };
	enum record_severity severity = severity_of(&reasons);
	int64_t change = store_note_change(db), id, company_id;

	if (change < 0)
		return (int)change;
	incident_why_write(&reasons, 0, why);
	int err = find_open(db, machine_id, &id);
	bool fresh = err == FAIL_MISSING;
	if (fresh)
		err = open_one(
		    db, machine_id, now_us, severity, buf_text(why), change, &id);
	else if (err == 0)
		err = store_exec(db,
		    "UPDATE incident SET severity = ?, why = ?, last_us = ?, change = ? "
		    "WHERE id = ?",
		    STORE_ARGS(STORE_INT(severity), STORE_TEXT(buf_text(why)),
			STORE_INT(now_us), STORE_INT(change), STORE_INT(id)));
	if (err == 0)
		err = store_get_int(db, &company_id,
		    "SELECT company_id FROM incident WHERE id = ?",
		    STORE_ARGS(STORE_INT(id)));
	buf_addf(line, "%s%s %s", fresh ? "" : "log>", incident_severity_word(severity),
	    buf_text(why));
	return err < 0
		   ? err
		   : incident_history(db, id, company_id, account_id, now_us,
			 fresh ? "incident.open" : "incident.raise", buf_text(line));
}

/* It is theirs after all. */
static int end(
    struct store_db *db, int64_t machine_id, int64_t account_id, int64_t now_us)
{
	int64_t id;
	int err = find_open(db, machine_id, &id);

	if (err < 0)
		return err == FAIL_MISSING ? 0 : err;
	return incident_move(db, &(struct incident_move){ .incident_id = id,
				     .account_id = account_id,
				     .now_us = now_us,
				     .to = INCIDENT_DONE,
				     .outcome = INCIDENT_HARMLESS });
}

int incident_foreign(struct store_db *db, int64_t machine_id, bool known,
    int64_t account_id, int64_t now_us)
{
	struct buf why, line;

	if (known)
		return end(db, machine_id, account_id, now_us);
	buf_init(&why, 1024);
	buf_init(&line, 2048);
	int err = raise(db, machine_id, account_id, now_us, &why, &line);
	buf_fini(&why);
	buf_fini(&line);
	return err;
}
