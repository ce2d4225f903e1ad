/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/people/internal.h"
#include "center/incident/incident.h"

/* An incident that only its company and those who are named see: not the chamber's office,
 * not the reseller, not the colleagues.  Whoever makes it confidential is named first and
 * names the others. */

static int company_of(
    struct store_db *db, const struct api_request *q, int64_t *company)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, "SELECT i.company_id FROM incident i WHERE");
	api_sql_with(&s, " i.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "i.company_id");
	api_sql_query(&s, db, &rows);
	bool found = store_next(rows);
	if (found)
		*company = store_col_int(rows, 0);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

/* What was merged into it shows beside it, and hides with it. */
#define WHOLE "(SELECT w.id FROM incident w WHERE w.id = ? OR w.merged_into = ?)"

static int name(struct store_db *db, int64_t incident, int64_t account)
{
	return store_exec(db,
	    "INSERT INTO incident_named (incident_id, account_id, company_id) SELECT i.id, "
	    "?, i.company_id FROM incident i WHERE i.id IN " WHOLE
	    " ON CONFLICT DO NOTHING",
	    STORE_ARGS(STORE_INT(account), STORE_INT(incident), STORE_INT(incident)));
}

/* Only operators and the desk of the own chamber can be named. */
static int check_named(
    struct store_db *db, const struct api_request *q, int64_t account)
{
	struct store_account n;
	int err = store_account_get(db, account, &n);

	if (err < 0)
		return err;
	return n.chamber_id == q->scope.chamber_id && !n.ended_us &&
		       (n.role == STORE_ROLE_OPERATOR || n.role == STORE_ROLE_DESK)
		   ? 0
		   : FAIL_MISSING;
}

static int write_confide(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	bool on = api_body_int(q, "confidential", 0) != 0;
	int64_t also = api_body_int(q, "account", 0), company = 0;
	struct store_audit line = { .at_us = q->now_us,
		.account_id = q->scope.account_id,
		.incident_id = q->id,
		.action = on ? "incident.confide" : "incident.open_up" };
	int err = company_of(db, q, &company);

	if (err == 0 && also)
		err = check_named(db, q, also);
	if (err == 0)
		err = store_exec(db,
		    "UPDATE incident SET confidential = ? WHERE id IN " WHOLE,
		    STORE_ARGS(STORE_INT(on), STORE_INT(q->id), STORE_INT(q->id)));
	if (err == 0 && on && !store_role_is_member(q->scope.who))
		err = name(db, q->id, q->scope.account_id);
	if (err == 0 && on && also)
		err = name(db, q->id, also);
	if (err == 0 && !on)
		err = store_exec(db,
		    "DELETE FROM incident_named WHERE incident_id IN " WHOLE,
		    STORE_ARGS(STORE_INT(q->id), STORE_INT(q->id)));
	if (err == 0)
		err = incident_campaign_recount(db, q->id);
	line.company_id = company;
	if (err == 0)
		err = store_audit(db, &line);
	if (err < 0)
		return err;
	int64_t change = store_note_change(db);
	return change < 0 ? (int)change : 0;
}

void api_people_confide(struct api_request *q, struct api_reply *a)
{
	api_people_done(a, store_write(q->api->store, write_confide, q));
}
