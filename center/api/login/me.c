/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/login/login.h"
#include "center/store/account.h"

#include <stdio.h>

/* Which permissions the person has, so that a page offers nothing that would be refused. */
static json_t *may_of(const struct api_scope *scope)
{
	json_t *all = json_array();

	for (enum api_may m = MAY_PUBLIC + 1; m < MAY_MAX; m++)
		if (api_people_reach(scope->who, m) != API_REACH_NO)
			(void)json_array_append_new(
			    all, json_string(api_people_may_name(m)));
	return all;
}

static int needs_factor(const struct api_request *q, struct store_rows *rows)
{
	return api_session_lists(store_col_text(rows, 12), q->scope.who) &&
	       !store_col_text(rows, 3)[0] && !store_col_int(rows, 13);
}

static json_t *me_of(const struct api_request *q, struct store_rows *rows)
{
	json_t *me = json_pack(
	    "{s:s, s:s, s:s, s:s, s:o*, s:s, s:s, s:b, s:b, s:b, s:{s:I, s:s, s:s, s:s, s:s}}",
	    "name", store_col_text(rows, 0), "mail", store_col_text(rows, 1), "role",
	    q->scope.role == API_MEMBER ? "member" : "operator", "duty",
	    store_role_word(q->scope.who), "may", may_of(&q->scope), "lang",
	    store_col_text(rows, 2), "csrf", q->scope.csrf, "totp",
	    store_col_text(rows, 3)[0] != '\0', "password",
	    store_col_text(rows, 11)[0] != '\0', "factor_needed", needs_factor(q, rows),
	    "chamber", "id", (json_int_t)store_col_int(rows, 4), "name",
	    store_col_text(rows, 5), "desk_name", store_col_text(rows, 6), "desk_phone",
	    store_col_text(rows, 7), "desk_mail", store_col_text(rows, 8));

	if (me && q->scope.company_id)
		(void)json_object_set_new(me, "company",
		    json_pack("{s:I, s:s, s:b}", "id", (json_int_t)q->scope.company_id,
			"name", store_col_text(rows, 9), "sample",
			(int)store_col_int(rows, 10)));
	if (me && q->api->demo_maildir)
		(void)json_object_set_new(
		    me, "demo", json_pack("{s:s}", "mailbox", "/demo/mail"));
	return me;
}

void api_me_answer(struct api_request *q, struct api_reply *a, bool wrapped)
{
	struct store_db *db = store_read(q->api->store);
	struct store_rows *rows;
	json_t *me = NULL;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	(void)store_query(db, &rows,
	    "SELECT a.name, a.mail, a.lang, a.totp_secret, h.id, h.name, h.desk_name, "
	    "h.desk_phone, h.desk_mail, c.name, c.sample, a.password, p.second_factor, "
	    "(SELECT COUNT(*) FROM passkey k WHERE k.account_id = a.id) FROM account a "
	    "JOIN chamber h ON h.id = a.chamber_id LEFT JOIN chamber_policy p ON "
	    "p.chamber_id = a.chamber_id LEFT JOIN company c ON c.id = a.company_id WHERE a.id = ?",
	    STORE_ARGS(STORE_INT(q->scope.account_id)));
	if (store_next(rows))
		me = me_of(q, rows);
	int err = store_rows_free(rows);
	store_read_done(q->api->store, db);
	if (err < 0 || !me) {
		json_decref(me);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_json(a, 200, wrapped ? json_pack("{s:o}", "me", me) : me);
}

void api_login_me(struct api_request *q, struct api_reply *a)
{
	api_me_answer(q, a, false);
}

struct change {
	const struct api_request *q;
	const char *lang;
	char password[STORE_PASSWORD_ROOM]; /* hash; "": stays */
};

static int write_change(struct store_db *db, void *arg)
{
	const struct change *c = arg;
	const struct api_scope *scope = &c->q->scope;
	int err = 0;

	if (c->lang)
		err = store_exec(db, "UPDATE account SET lang = ? WHERE id = ?",
		    STORE_ARGS(STORE_TEXT(c->lang), STORE_INT(scope->account_id)));
	if (err < 0 || !c->password[0])
		return err;
	struct store_audit line = { .at_us = c->q->now_us,
		.account_id = scope->account_id,
		.company_id = scope->company_id,
		.action = "account.password" };
	err = store_account_set_password(db, scope->account_id, c->password);
	if (err == 0)
		err = store_account_end_sessions(db, scope->account_id, scope->session);
	return err < 0 ? err : store_audit(db, &line);
}

/* The first password needs no old one: whoever came by a one-time link has none yet. */
static bool old_fits(const struct store_account *own, const char *old)
{
	return old ? store_password_fits(own->password, old) : own->password[0] == '\0';
}

/* The new password's hash into c->password, when the old one is right.  False: `a` says
 * why not. */
static bool change_password(
    struct change *c, struct api_request *q, struct api_reply *a)
{
	const json_t *body = json_object_get(q->json, "password");
	const char *old = json_string_value(json_object_get(body, "old"));
	struct store_account own;

	if (!body)
		return true;
	struct store_db *db = store_read(q->api->store);
	int err = db ? store_account_get(db, q->scope.account_id, &own) : FAIL_IO;
	if (db)
		store_read_done(q->api->store, db);
	if (err < 0)
		return api_fail_store(a, err), false;
	unsigned wait = api_limit_take(q->api->store, own.mail, q->peer, q->now_us);
	if (wait)
		return api_fail_later(a, API_SLOW, wait), false;
	if (!old_fits(&own, old))
		return api_fail(a, API_DENIED, "old password"), false;
	api_limit_give(q->api->store, own.mail, q->peer, q->now_us);
	err = store_password_hash(
	    json_string_value(json_object_get(body, "new")), c->password);
	if (err < 0)
		return api_fail_store(a, err), false;
	return true;
}

void api_login_change(struct api_request *q, struct api_reply *a)
{
	struct change c = { .q = q, .lang = api_body_text(q, "lang") };

	if (!change_password(&c, q, a))
		return;
	int err = store_write(q->api->store, write_change, &c);
	if (err < 0)
		api_fail_store(a, err);
	else
		api_me_answer(q, a, true);
}
