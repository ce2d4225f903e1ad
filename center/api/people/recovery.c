/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/people/internal.h"

#include <stdio.h>

/* Somebody lost every way to log in.  One person of the centre opens the case, another one
 * calls back at a number that was known before and confirms; then all old ways are gone and
 * a one-time link goes to the registered address.  Nobody does it for themselves, and nobody
 * does both halves. */

#define OPEN_US (24ll * 3600 * 1000000)
#define LINK_US (3600ll * 1000000)

struct rescue {
	const struct api_request *q;
	struct store_account account;
	int64_t id, opened_by;
	char token[STORE_TOKEN_ROOM];
};

/* An account of the own chamber that may log in. */
static int check_account(const struct rescue *r)
{
	const struct api_scope *s = &r->q->scope;

	if (r->account.chamber_id != s->chamber_id || r->account.ended_us)
		return FAIL_MISSING;
	return r->account.id == s->account_id ? FAIL_CONFLICT : 0;
}

static int write_open(struct store_db *db, void *arg)
{
	struct rescue *r = arg;
	const struct api_request *q = r->q;
	char mail[STORE_MAIL_MAX + 1];
	int err = store_account_mail(api_body_text(q, "mail"), mail);

	if (err == 0)
		err = store_account_find(db, mail, &r->account);
	if (err == 0)
		err = check_account(r);
	if (err == 0)
		err = store_get_int(db, &r->id,
		    "INSERT INTO recovery (chamber_id, account_id, company_id, reason, "
		    "opened_by, opened_us, expires_us) VALUES (?, ?, ?, ?, ?, ?, ?) "
		    "RETURNING id",
		    STORE_ARGS(STORE_INT(q->scope.chamber_id), STORE_INT(r->account.id),
			STORE_ID(r->account.company_id),
			STORE_TEXT(api_body_text(q, "reason")),
			STORE_INT(q->scope.account_id), STORE_INT(q->now_us),
			STORE_INT(q->now_us + OPEN_US)));
	return err < 0 ? err
		       : api_people_note(
			     db, q, r->account.company_id, "recovery.open", mail);
}

void api_people_recovery_open(struct api_request *q, struct api_reply *a)
{
	struct rescue r = { .q = q };
	int err = store_write(q->api->store, write_open, &r);

	if (err == FAIL_FORMAT)
		api_fail(a, API_BAD, "mail");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200, json_pack("{s:I}", "id", (json_int_t)r.id));
}

/* The open case q->id. */
static int find(struct store_db *db, struct rescue *r)
{
	const struct api_request *q = r->q;
	struct store_rows *rows;
	int64_t account = 0;
	bool over = false;

	(void)store_query(db, &rows,
	    "SELECT account_id, opened_by, confirmed_us, refused_us, expires_us FROM "
	    "recovery WHERE id = ? AND chamber_id = ?",
	    STORE_ARGS(STORE_INT(q->id), STORE_INT(q->scope.chamber_id)));
	if (store_next(rows)) {
		account = store_col_int(rows, 0);
		r->opened_by = store_col_int(rows, 1);
		over = !store_col_null(rows, 2) || !store_col_null(rows, 3) ||
		       store_col_int(rows, 4) <= q->now_us;
	}
	int err = store_rows_free(rows);
	if (err == 0)
		err = account ? store_account_get(db, account, &r->account)
			      : FAIL_MISSING;
	return err < 0 ? err : over ? FAIL_CONFLICT : 0;
}

static int64_t mail_link(struct store_db *db, struct rescue *r)
{
	const struct store_account *n = &r->account;
	const char *url = r->q->api->notify->portal_url;
	bool english = strcmp(n->lang, "en") == 0;
	struct buf body;

	buf_init(&body, 4096);
	buf_addf(&body,
	    english
		? "The desk lets you in again. Open this link within one hour; it "
		  "works once. Then choose a new password.\n%s/#once=%s\n\nAll your "
		  "earlier ways to log in have ended. If you did not ask for this, "
		  "call the desk at once.\n"
		: "相談窓口の確認がすみました。1時間以内に次の番地を開いてください。使えるの"
		  "は一度だけです。開いたら、新しい合言葉を決めてください。\n%s/#once=%"
		  "s\n\nこれまでのログイン方法はすべて使えなくなりました。お心当たりがな"
		  "ければ、すぐに相談窓口へお電話ください。\n",
	    url ? url : "", r->token);
	int64_t id = api_people_mail(db, r->q, n->chamber_id, n->company_id, n->mail,
	    n->lang,
	    english ? "Your way back to the portal" : "画面にもう一度入るための番地",
	    buf_text(&body));
	buf_fini(&body);
	return id;
}

static int write_confirm(struct store_db *db, void *arg)
{
	struct rescue *r = arg;
	const struct api_request *q = r->q;
	int64_t me = q->scope.account_id, notice = 0;
	int err = find(db, r);

	if (err == 0 && (r->opened_by == me || r->account.id == me))
		err = FAIL_CONFLICT;
	if (err == 0)
		err = store_account_forget_factors(db, r->account.id);
	if (err == 0)
		err = store_once_add(db, r->account.id, r->token, q->now_us + LINK_US);
	if (err == 0 && (notice = mail_link(db, r)) < 0)
		err = (int)notice;
	if (err == 0)
		err = store_exec(db,
		    "UPDATE recovery SET called = ?, confirmed_by = ?, confirmed_us = ?, "
		    "notice_id = ? WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(api_body_text(q, "called")), STORE_INT(me),
			STORE_INT(q->now_us), STORE_ID(notice), STORE_INT(q->id)));
	return err < 0 ? err
		       : api_people_note(db, q, r->account.company_id,
			     "recovery.confirm", api_body_text(q, "called"));
}

void api_people_recovery_confirm(struct api_request *q, struct api_reply *a)
{
	struct rescue r = { .q = q };

	store_token_make(r.token);
	api_people_done(a, store_write(q->api->store, write_confirm, &r));
}

static int write_refuse(struct store_db *db, void *arg)
{
	struct rescue *r = arg;
	const struct api_request *q = r->q;
	int err = find(db, r);

	if (err == 0)
		err = store_exec(db, "UPDATE recovery SET refused_us = ? WHERE id = ?",
		    STORE_ARGS(STORE_INT(q->now_us), STORE_INT(q->id)));
	return err < 0 ? err
		       : api_people_note(db, q, r->account.company_id,
			     "recovery.refuse", r->account.mail);
}

void api_people_recovery_refuse(struct api_request *q, struct api_reply *a)
{
	struct rescue r = { .q = q };

	api_people_done(a, store_write(q->api->store, write_refuse, &r));
}

/* ---- the list ---- */

static json_t *recovery(struct store_rows *rows, const struct api_request *q)
{
	const char *state = !store_col_null(rows, 8)               ? "confirmed"
			    : !store_col_null(rows, 9)             ? "refused"
			    : store_col_int(rows, 10) <= q->now_us ? "over"
								   : "open";
	int64_t me = q->scope.account_id;

	return json_pack("{s:I, s:s, s:s, s:o*, s:s, s:s, s:I, s:s, s:s, s:s, s:b}",
	    "id", (json_int_t)store_col_int(rows, 0), "name", store_col_text(rows, 1),
	    "mail", store_col_text(rows, 2), "company", api_people_ref(rows, 3),
	    "reason", store_col_text(rows, 5), "opened_by", store_col_text(rows, 6),
	    "opened_us", (json_int_t)store_col_int(rows, 7), "called",
	    store_col_text(rows, 11), "confirmed_by", store_col_text(rows, 12), "state",
	    state, "may_confirm",
	    store_col_int(rows, 13) != me && store_col_int(rows, 14) != me);
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	struct api_page page;
	struct store_rows *rows;

	api_sql_with(s, " AND v.chamber_id = ?",
	    STORE_INT(q->scope.reach == API_REACH_CHAMBER ? q->scope.chamber_id : 0));
	if (!api_sql_before(s, q, "v.id, 0", a))
		return;
	api_page_init(&page, q);
	api_page_order(&page, s, "v.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, recovery(rows, q), store_col_int(rows, 0), 0);
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_people_recoveries(struct api_request *q, struct api_reply *a)
{
	api_people_read(q, a,
	    "SELECT v.id, a.name, a.mail, c.id, c.name, v.reason, o.name, v.opened_us, "
	    "v.confirmed_us, v.refused_us, v.expires_us, v.called, f.name, v.opened_by, "
	    "v.account_id FROM recovery v JOIN account a ON a.id = v.account_id JOIN account "
	    "o ON o.id = v.opened_by LEFT JOIN account f ON f.id = v.confirmed_by LEFT JOIN "
	    "company c ON c.id = v.company_id WHERE 1 = 1",
	    list);
}
