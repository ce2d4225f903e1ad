/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/people/internal.h"

#include <stdio.h>

/* May the centre look at a company's details?  The company says so (by its contract, when
 * the chamber has it there), and can take it back.  In an emergency somebody may look
 * without, with a reason, and the company is told. */

#define GLASS_US (4ll * 3600 * 1000000)
#define DAY_US   (24ll * 3600 * 1000000)

static const char *const scopes[] = { "evidence", "flows", "captures" };
#define SCOPES (sizeof(scopes) / sizeof(scopes[0]))

struct state {
	bool given, by_contract;
	int64_t at_us, expires_us;
	char who[128];
};

static int contract_of(struct store_db *db, int64_t company_id, bool *given)
{
	int64_t consent = 1;
	int err = store_get_int(db, &consent,
	    "SELECT p.consent FROM chamber_policy p JOIN company c ON c.chamber_id = "
	    "p.chamber_id WHERE c.id = ?",
	    STORE_ARGS(STORE_INT(company_id)));

	*given = consent != 0;
	return err == FAIL_MISSING ? 0 : err;
}

static int state_of(struct store_db *db, int64_t company_id, const char *scope,
    int64_t now_us, struct state *st)
{
	struct store_rows *rows;

	*st = (struct state){ 0 };
	(void)store_query(db, &rows,
	    "SELECT k.given, k.created_us, k.expires_us, a.name FROM consent k LEFT JOIN "
	    "account a ON a.id = k.account_id WHERE k.company_id = ? AND k.scope = ? ORDER "
	    "BY k.id DESC LIMIT 1",
	    STORE_ARGS(STORE_INT(company_id), STORE_TEXT(scope)));
	bool said = store_next(rows);
	if (said) {
		st->at_us = store_col_int(rows, 1);
		st->expires_us = store_col_int(rows, 2);
		st->given = store_col_int(rows, 0) != 0 &&
			    (!st->expires_us || st->expires_us > now_us);
		(void)snprintf(st->who, sizeof(st->who), "%s", store_col_text(rows, 3));
	}
	int err = store_rows_free(rows);
	if (err == 0 && !said) {
		err = contract_of(db, company_id, &st->given);
		st->by_contract = true;
	}
	return err;
}

int api_people_consent(struct store_db *db, const struct api_request *q,
    int64_t company_id, const char *scope)
{
	struct state st;
	int64_t one;
	int err = state_of(db, company_id, scope, q->now_us, &st);

	if (err < 0 || st.given)
		return err < 0 ? err : 1;
	err = store_get_int(db, &one,
	    "SELECT 1 FROM broken_glass WHERE company_id = ? AND account_id = ? AND "
	    "expires_us > ? LIMIT 1",
	    STORE_ARGS(STORE_INT(company_id), STORE_INT(q->scope.account_id),
		STORE_INT(q->now_us)));
	return err == 0 ? 1 : err == FAIL_MISSING ? 0 : err;
}

/* ---- seeing ---- */

static json_t *one_scope(const char *scope, const struct state *st)
{
	return json_pack("{s:s, s:b, s:s, s:s, s:o*, s:o*}", "scope", scope, "given",
	    st->given, "by", st->by_contract ? "contract" : "person", "who", st->who,
	    "at_us", st->at_us ? json_integer(st->at_us) : json_null(), "expires_us",
	    st->expires_us ? json_integer(st->expires_us) : json_null());
}

static int add_glass(json_t *o, struct store_db *db, int64_t company_id)
{
	json_t *all = json_array();
	struct store_rows *rows;

	(void)store_query(db, &rows,
	    "SELECT a.name, g.reason, g.created_us, g.expires_us FROM broken_glass g JOIN "
	    "account a ON a.id = g.account_id WHERE g.company_id = ? ORDER BY g.id DESC "
	    "LIMIT 50",
	    STORE_ARGS(STORE_INT(company_id)));
	while (store_next(rows))
		(void)json_array_append_new(
		    all, json_pack("{s:s, s:s, s:I, s:I}", "who",
			     store_col_text(rows, 0), "reason", store_col_text(rows, 1),
			     "at_us", (json_int_t)store_col_int(rows, 2), "expires_us",
			     (json_int_t)store_col_int(rows, 3)));
	(void)json_object_set_new(o, "glass", all);
	return store_rows_free(rows);
}

/* The company in question: the own, or the one asked for when it is in reach. */
static int company_of(
    const struct api_request *q, struct store_db *db, int64_t asked, int64_t *company)
{
	struct store_rows *rows;
	struct api_sql s;

	*company = asked ? asked : q->scope.company_id;
	api_sql_init(&s, "SELECT c.id FROM company c WHERE");
	api_sql_with(&s, " c.id = ?", STORE_INT(*company));
	api_sql_scope(&s, &q->scope, "c.id");
	api_sql_query(&s, db, &rows);
	bool found = store_next(rows);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : found ? 0 : FAIL_MISSING;
}

static int show(struct api_request *q, struct store_db *db, json_t *o)
{
	json_t *all = json_array();
	int64_t company, asked = api_query_int(q, "company", 0);
	/* Somebody of the chamber who names no company has asked about none. */
	bool about_none = asked == 0 && q->scope.company_id == 0;
	int err = about_none ? 0 : company_of(q, db, asked, &company);

	if (about_none) {
		(void)json_object_set_new(o, "items", all);
		(void)json_object_set_new(o, "glass", json_array());
		return 0;
	}
	for (size_t i = 0; err == 0 && i < SCOPES; i++) {
		struct state st;
		err = state_of(db, company, scopes[i], q->now_us, &st);
		(void)json_array_append_new(all, one_scope(scopes[i], &st));
	}
	(void)json_object_set_new(o, "items", all);
	return err < 0 ? err : add_glass(o, db, company);
}

void api_people_consents(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	json_t *o = json_object();
	int err = db ? show(q, db, o) : FAIL_IO;

	if (db)
		store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
	} else {
		api_json(a, 200, o);
	}
}

/* ---- giving ---- */

static int write_consent(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	const char *scope = api_body_text(q, "scope");
	int64_t given = api_body_int(q, "given", 0), days = api_body_int(q, "days", 0);
	char detail[64];
	int err = store_exec(db,
	    "INSERT INTO consent (company_id, scope, given, account_id, created_us, "
	    "expires_us) VALUES (?, ?, ?, ?, ?, ?)",
	    STORE_ARGS(STORE_INT(q->scope.company_id), STORE_TEXT(scope),
		STORE_INT(given), STORE_INT(q->scope.account_id), STORE_INT(q->now_us),
		STORE_ID(given && days ? q->now_us + days * DAY_US : 0)));

	if (given && days)
		(void)snprintf(
		    detail, sizeof(detail), "%s, %lld days", scope, (long long)days);
	else
		(void)snprintf(detail, sizeof(detail), "%s", scope);
	return err < 0 ? err
		       : api_people_note(db, q, q->scope.company_id,
			     given ? "consent.give" : "consent.take", detail);
}

void api_people_consent_give(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_consent, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		api_people_consents(q, a);
}

/* ---- breaking the glass ---- */

struct breaking {
	const struct api_request *q;
	int64_t expires_us;
};

/* To everybody whom the company named, and in its history. */
static int tell(struct store_db *db, const struct breaking *b)
{
	struct notify_contact all[NOTIFY_RECIPIENTS_MAX];
	const struct api_request *q = b->q;
	struct buf body;
	int err = 0,
	    n = notify_contacts(db, q->scope.chamber_id, q->id, RECORD_URGENT, all);

	for (int i = 0; i < n && err >= 0; i++) {
		bool english = strcmp(all[i].lang, "en") == 0;
		buf_init(&body, 8192);
		buf_addf(&body,
		    english
			? "Somebody at the centre looked at your company's records "
			  "without your consent, because it was urgent.\n\nReason: "
			  "%s\n\nIt is written down in the audit log. If you do not "
			  "agree, call the desk.\n"
			: "急を要するため、見守りの担当者が、同意をいただく前に貴社の記録を見"
			  "ました。\n\n理由: %s\n\nこのことは記録に残っています。ご不審な"
			  "ときは相談窓口へお電話ください。\n",
		    api_body_text(q, "reason"));
		int64_t id = notify_add(db, q->api->notify,
		    &(struct notify_new){ .company_id = q->id,
			.contact_id = all[i].id,
			.channel = all[i].channel,
			.recipient = all[i].address,
			.lang = all[i].lang,
			.step = "glass",
			.severity = RECORD_CAUTION,
			.due_us = q->now_us,
			.subject = english ? "Your company's records were looked at"
					   : "貴社の記録を見ました",
			.body = buf_text(&body) },
		    q->now_us);
		buf_fini(&body);
		err = id < 0 ? (int)id : 0;
	}
	return n < 0 ? n : err;
}

static int write_glass(struct store_db *db, void *arg)
{
	struct breaking *b = arg;
	const struct api_request *q = b->q;
	int64_t company;
	int err = company_of(q, db, q->id, &company);

	b->expires_us = q->now_us + GLASS_US;
	if (err == 0)
		err = store_exec(db,
		    "INSERT INTO broken_glass (company_id, account_id, reason, created_us, "
		    "expires_us) VALUES (?, ?, ?, ?, ?)",
		    STORE_ARGS(STORE_INT(company), STORE_INT(q->scope.account_id),
			STORE_TEXT(api_body_text(q, "reason")), STORE_INT(q->now_us),
			STORE_INT(b->expires_us)));
	if (err == 0)
		err = tell(db, b);
	return err < 0 ? err
		       : api_people_note(
			     db, q, company, "glass.break", api_body_text(q, "reason"));
}

void api_people_glass(struct api_request *q, struct api_reply *a)
{
	struct breaking b = { .q = q };
	int err = q->id ? store_write(q->api->store, write_glass, &b) : FAIL_MISSING;

	if (err < 0)
		api_fail_store(a, err);
	else
		api_json(
		    a, 200, json_pack("{s:I}", "expires_us", (json_int_t)b.expires_us));
}
