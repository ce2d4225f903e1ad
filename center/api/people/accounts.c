/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/people/internal.h"

/* Who may log in. */

void api_people_fence(struct api_sql *s, const struct api_scope *scope, const char *a)
{
	const char *column = scope->reach == API_REACH_OWN        ? ".company_id = ?"
			     : scope->reach == API_REACH_RESELLER ? ".reseller_id = ?"
								  : ".chamber_id = ?";
	int64_t id = scope->reach == API_REACH_OWN        ? scope->company_id
		     : scope->reach == API_REACH_RESELLER ? scope->reseller_id
							  : scope->chamber_id;

	api_sql_add(s, " AND ");
	api_sql_add(s, a);
	api_sql_with(s, column, STORE_INT(scope->reach >= API_REACH_OWN ? id : 0));
}

json_t *api_people_ref(struct store_rows *rows, unsigned column)
{
	return store_col_null(rows, column)
		   ? json_null()
		   : json_pack("{s:I, s:s}", "id",
			 (json_int_t)store_col_int(rows, column), "name",
			 store_col_text(rows, column + 1));
}

#define SELECT_PERSON                                                                   \
	"SELECT a.id, a.name, a.mail, a.duty, a.company_id, c.name, a.reseller_id, "    \
	"r.name, CASE WHEN a.totp_secret <> '' OR EXISTS (SELECT 1 FROM passkey k "     \
	"WHERE k.account_id = a.id) THEN 1 ELSE 0 END, a.created_us, a.ended_us FROM "  \
	"account a LEFT JOIN company c ON c.id = a.company_id LEFT JOIN reseller r ON " \
	"r.id = a.reseller_id WHERE 1 = 1"

static json_t *person(struct store_rows *rows)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:o*, s:o*, s:b, s:I, s:o*}", "id",
	    (json_int_t)store_col_int(rows, 0), "name", store_col_text(rows, 1), "mail",
	    store_col_text(rows, 2), "duty",
	    store_role_word(
		store_role_of(store_col_text(rows, 3), store_col_int(rows, 4))),
	    "company", api_people_ref(rows, 4), "reseller", api_people_ref(rows, 6),
	    "factor", store_col_int(rows, 8) != 0, "created_us",
	    (json_int_t)store_col_int(rows, 9), "ended_us", api_time(rows, 10));
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	const char *text = api_query_text(q, "q");
	char like[512];
	struct api_page page;
	struct store_rows *rows;

	api_people_fence(s, &q->scope, "a");
	if (!api_sql_company(s, db, q, "a.company_id", a) ||
	    !api_sql_before(s, q, "a.id, 0", a))
		return;
	if (text && text[0]) {
		struct store_value v = STORE_TEXT(api_like(text, like, sizeof(like)));
		api_sql_with(s, " AND (lower(a.name) LIKE lower(?) ESCAPE '!'", v);
		api_sql_with(s, " OR lower(a.mail) LIKE lower(?) ESCAPE '!')", v);
	}
	api_page_init(&page, q);
	api_page_order(&page, s, "a.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, person(rows), store_col_int(rows, 0), 0);
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_people_list(struct api_request *q, struct api_reply *a)
{
	api_people_read(q, a, SELECT_PERSON, list);
}

void api_people_read(struct api_request *q, struct api_reply *a, const char *select,
    api_people_answer *answer)
{
	struct store_db *db = store_read(q->api->store);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, select);
	answer(q, a, db, &s);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
}

int api_people_note(struct store_db *db, const struct api_request *q,
    int64_t company_id, const char *action, const char *detail)
{
	struct store_audit line = { .at_us = q->now_us,
		.account_id = q->scope.account_id,
		.company_id = company_id,
		.action = action,
		.detail = detail };

	return store_audit(db, &line);
}

void api_people_done(struct api_reply *a, int err)
{
	if (err < 0)
		api_fail_store(a, err);
	else
		a->status = 204;
}

/* ---- ending ---- */

/* The account q->id, when the scope reaches it. */
static int reached(
    struct store_db *db, const struct api_request *q, struct store_account *account)
{
	const struct api_scope *s = &q->scope;
	int err = store_account_get(db, q->id, account);

	if (err < 0)
		return err;
	bool own = s->reach == API_REACH_OWN ? account->company_id == s->company_id
		   : s->reach == API_REACH_CHAMBER
		       ? account->chamber_id == s->chamber_id
		       : false;
	return own ? 0 : FAIL_MISSING;
}

/* Nobody ends the own access by mistake, nor that of somebody whom they could not invite. */
static int write_end(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct store_account account;
	int err = reached(db, q, &account);

	if (err == 0 && (account.id == q->scope.account_id ||
			    !api_people_grants(q->scope.who, account.role)))
		err = FAIL_CONFLICT;
	if (err == 0)
		err = store_account_end(db, account.id, q->now_us);
	return err < 0 ? err
		       : api_people_note(
			     db, q, account.company_id, "account.end", account.mail);
}

void api_people_end(struct api_request *q, struct api_reply *a)
{
	api_people_done(a, store_write(q->api->store, write_end, q));
}
