/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/login/login.h"

#include "center/api/handlers.h"
#include "center/store/account.h"

#include <stdio.h>

/* What one login writes, in one transaction. */
struct entry {
	const struct api_request *q;
	const struct store_account *account;
	const char *action;
	int64_t totp_step; /* 0: no second factor */
	struct api_session_new session;
};

static int note(struct store_db *db, const struct api_request *q,
    const struct store_account *account, const char *action)
{
	struct store_audit line = { .at_us = q->now_us,
		.account_id = account->id,
		.company_id = account->company_id,
		.action = action,
		.detail = q->peer };

	return store_audit(db, &line);
}

static int write_entry(struct store_db *db, void *arg)
{
	const struct entry *e = arg;
	int err = 0;

	if (e->totp_step)
		err = store_account_use_step(db, e->account->id, e->totp_step);
	if (err == 0)
		err = api_session_store(
		    db, &e->session, e->account->id, e->account->role, e->q->now_us);
	return err < 0 ? err : note(db, e->q, e->account, e->action);
}

static int write_wrong(struct store_db *db, void *arg)
{
	const struct entry *e = arg;

	return note(db, e->q, e->account, e->action);
}

/* Opens the session and answers {me}.  FAIL_CONFLICT: the code was used a moment ago. */
static int enter(struct api_request *q, const struct store_account *account,
    const char *action, int64_t totp_step, struct api_reply *a)
{
	struct entry e = {
		.q = q, .account = account, .action = action, .totp_step = totp_step
	};

	api_session_make(&e.session);
	int err = store_write(q->api->store, write_entry, &e);
	if (err < 0)
		return err;
	q->scope = (struct api_scope){ .account_id = account->id,
		.chamber_id = account->chamber_id,
		.company_id = account->company_id,
		.reseller_id = account->reseller_id };
	api_scope_become(&q->scope, account->role);
	memcpy(q->scope.session, e.session.hash, sizeof(q->scope.session));
	memcpy(q->scope.csrf, e.session.csrf, sizeof(q->scope.csrf));
	api_me_answer(q, a, true);
	if (a->status == 200)
		api_session_cookie(q, e.session.cookie, a);
	return 0;
}

static void wrong(struct api_request *q, const struct store_account *account,
    enum api_error error, const char *action, struct api_reply *a)
{
	struct entry e = { .q = q, .account = account, .action = action };

	/* The limits bound these lines; a lost one changes nothing. */
	if (account->id && store_write(q->api->store, write_wrong, &e) < 0)
		api_fail(a, API_BROKEN, NULL);
	else
		api_fail(a, error, NULL);
}

/* The second factor, then in.  The password was right. */
static void second(struct api_request *q, const struct store_account *account,
    const char *mail, struct api_reply *a)
{
	const char *code = api_body_text(q, "totp");
	int64_t step = 0;

	if (account->totp_secret[0] && !code) {
		/* Neither right nor wrong, but no way to ask for free: the code that
		 * must follow is counted on its own. */
		api_limit_give(q->api->limits, mail, q->peer, q->now_us);
		api_fail(a, API_TOTP, NULL);
		return;
	}
	if (account->totp_secret[0]) {
		step = api_totp_step(
		    account->totp_secret, code, account->totp_step, q->now_us);
		if (!step) {
			wrong(q, account, API_TOTP, "login.wrong_totp", a);
			return;
		}
	}
	int err = enter(q, account, "login", step, a);
	if (err == FAIL_CONFLICT) {
		wrong(q, account, API_TOTP, "login.wrong_totp", a);
		return;
	}
	api_limit_right(q->api->limits, mail, q->peer, q->now_us);
	if (err < 0)
		api_fail_store(a, err);
}

void api_login_login(struct api_request *q, struct api_reply *a)
{
	char mail[STORE_MAIL_MAX + 1];
	struct store_account account = { 0 };

	/* What cannot be an address takes the same way as one that nobody has. */
	if (store_account_mail(api_body_text(q, "mail"), mail) < 0)
		(void)snprintf(mail, sizeof(mail), "?");
	unsigned wait = api_limit_take(q->api->limits, mail, q->peer, q->now_us);
	if (wait) {
		api_fail_later(a, API_SLOW, wait);
		return;
	}
	struct store_db *db = store_read(q->api->store);
	int err = db ? store_account_find(db, mail, &account) : FAIL_IO;
	if (db)
		store_read_done(q->api->store, db);
	if (err < 0 && err != FAIL_MISSING) {
		api_fail_store(a, err);
		return;
	}
	if (store_password_fits(account.password, api_body_text(q, "password")))
		second(q, &account, mail, a);
	else
		wrong(q, &account, API_WRONG, "login.wrong", a);
}

struct spend {
	const char *token;
	int64_t now_us, account_id;
};

static int spend_once(struct store_db *db, void *arg)
{
	struct spend *s = arg;

	return store_once_use(db, s->token, s->now_us, &s->account_id);
}

void api_login_once(struct api_request *q, struct api_reply *a)
{
	struct spend s = { .token = api_body_text(q, "token"), .now_us = q->now_us };
	struct store_account account;
	unsigned wait = api_limit_take(q->api->limits, NULL, q->peer, q->now_us);

	if (wait) {
		api_fail_later(a, API_SLOW, wait);
		return;
	}
	int err = store_write(q->api->store, spend_once, &s);
	if (err == FAIL_MISSING) {
		api_fail(a, API_WRONG, NULL);
		return;
	}
	struct store_db *db = err < 0 ? NULL : store_read(q->api->store);
	if (err == 0)
		err = db ? store_account_get(db, s.account_id, &account) : FAIL_IO;
	if (db)
		store_read_done(q->api->store, db);
	if (err == 0)
		err = enter(q, &account, "login.once", 0, a);
	if (err < 0)
		api_fail_store(a, err);
	else
		api_limit_right(q->api->limits, NULL, q->peer, q->now_us);
}

static int end_session(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct store_account account = { .id = q->scope.account_id,
		.company_id = q->scope.company_id };
	int err = store_exec(db, "DELETE FROM session WHERE hash = ?",
	    STORE_ARGS(STORE_TEXT(q->scope.session)));

	return err < 0 ? err : note(db, q, &account, "logout");
}

void api_login_logout(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, end_session, q);

	if (err < 0) {
		api_fail_store(a, err);
		return;
	}
	a->status = 204;
	api_session_cookie(q, "", a);
}
