/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/login/login.h"

#include "center/api/handlers.h"
#include "center/store/account.h"

#include <stdio.h>

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

/* What one login writes, in one transaction. */
struct writing {
	const struct api_request *q;
	const struct api_entry *entry;
	const struct store_account *account;
	const char *action;
	struct api_session_new session;
};

static int write_entry(struct store_db *db, void *arg)
{
	const struct writing *w = arg;
	const struct api_entry *e = w->entry;
	int err = e->fn ? e->fn(db, e->arg) : 0;

	if (err == 0)
		err = api_session_store(db, &w->session, e->account, w->q, e->way);
	return err < 0 ? err : note(db, w->q, e->account, w->action);
}

int api_login_enter(
    struct api_request *q, const struct api_entry *entry, struct api_reply *a)
{
	const struct store_account *account = entry->account;
	struct writing w = { .q = q, .entry = entry };
	char action[32];

	(void)snprintf(action, sizeof(action), "login.%s", entry->way);
	w.action = strcmp(entry->way, "password") == 0 ? "login" : action;
	api_session_make(&w.session);
	int err = store_write(q->api->store, write_entry, &w);
	if (err < 0)
		return err;
	q->scope = (struct api_scope){ .account_id = account->id,
		.chamber_id = account->chamber_id,
		.company_id = account->company_id,
		.reseller_id = account->reseller_id };
	api_scope_become(&q->scope, account->role);
	memcpy(q->scope.session, w.session.hash, sizeof(q->scope.session));
	memcpy(q->scope.csrf, w.session.csrf, sizeof(q->scope.csrf));
	api_me_answer(q, a, true);
	if (a->status == 200)
		api_session_cookie(q, w.session.cookie, a);
	return 0;
}

int api_login_account(struct api_request *q, int64_t id, struct store_account *account)
{
	struct store_db *db = store_read(q->api->store);
	int err = db ? store_account_get(db, id, account) : FAIL_IO;

	if (db)
		store_read_done(q->api->store, db);
	return err < 0 ? err : account->ended_us ? FAIL_MISSING : 0;
}

static int write_wrong(struct store_db *db, void *arg)
{
	const struct writing *w = arg;

	return note(db, w->q, w->account, w->action);
}

void api_login_wrong(struct api_request *q, const struct store_account *account,
    enum api_error error, const char *action, struct api_reply *a)
{
	struct writing w = { .q = q, .account = account, .action = action };

	/* The limits bound these lines; a lost one changes nothing. */
	if (account->id && store_write(q->api->store, write_wrong, &w) < 0)
		api_fail(a, API_BROKEN, NULL);
	else
		api_fail(a, error, NULL);
}

struct step {
	int64_t account_id, totp_step;
	const char *token; /* of a one-time link, or NULL */
	int64_t now_us;
};

/* Spends the link and the code. */
static int spend(struct store_db *db, void *arg)
{
	const struct step *s = arg;
	int64_t id;
	int err = s->token ? store_once_use(db, s->token, s->now_us, &id) : 0;

	if (err == 0 && s->totp_step)
		err = store_account_use_step(db, s->account_id, s->totp_step);
	return err;
}

/* The second factor, then in.  The password or the link was right. */
static void second(struct api_request *q, const struct store_account *account,
    const char *token, struct api_reply *a)
{
	const char *code = api_body_text(q, "totp");
	struct step step = {
		.account_id = account->id, .token = token, .now_us = q->now_us
	};
	struct api_entry entry = { .account = account,
		.way = token ? "link" : "password",
		.fn = spend,
		.arg = &step };

	if (account->totp_secret[0] && !code) {
		/* Neither right nor wrong, but no way to ask for free: the code that
		 * must follow is counted on its own. */
		api_limit_give(q->api->store, account->mail, q->peer, q->now_us);
		api_fail(a, API_TOTP, NULL);
		return;
	}
	if (account->totp_secret[0]) {
		step.totp_step = api_totp_step(
		    account->totp_secret, code, account->totp_step, q->now_us);
		if (!step.totp_step) {
			api_login_wrong(q, account, API_TOTP, "login.wrong_totp", a);
			return;
		}
	}
	int err = api_login_enter(q, &entry, a);
	if (err == FAIL_CONFLICT) {
		/* The code was used a moment ago. */
		api_login_wrong(q, account, API_TOTP, "login.wrong_totp", a);
		return;
	}
	api_limit_right(q->api->store, account->mail, q->peer, q->now_us);
	if (err == FAIL_MISSING)
		api_fail(a, API_WRONG, NULL); /* the link was used a moment ago */
	else if (err < 0)
		api_fail_store(a, err);
}

void api_login_login(struct api_request *q, struct api_reply *a)
{
	char mail[STORE_MAIL_MAX + 1];
	struct store_account account = { 0 };

	/* What cannot be an address takes the same way as one that nobody has. */
	if (store_account_mail(api_body_text(q, "mail"), mail) < 0)
		(void)snprintf(mail, sizeof(mail), "?");
	unsigned wait = api_limit_take(q->api->store, mail, q->peer, q->now_us);
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
	if (account.ended_us)
		account.password[0] = '\0';
	if (store_password_fits(account.password, api_body_text(q, "password")))
		second(q, &account, NULL, a);
	else
		api_login_wrong(q, &account, API_WRONG, "login.wrong", a);
}

/* Whose link it is; FAIL_MISSING. */
static int owner_of(
    struct api_request *q, const char *token, struct store_account *account)
{
	struct store_db *db = store_read(q->api->store);
	int64_t id = 0;
	int err = db ? store_once_peek(db, token, q->now_us, &id) : FAIL_IO;

	if (db)
		store_read_done(q->api->store, db);
	return err < 0 ? err : api_login_account(q, id, account);
}

/* A link opens what a password would: where a code is asked for, the link asks for it, too. */
void api_login_once(struct api_request *q, struct api_reply *a)
{
	const char *token = api_body_text(q, "token");
	struct store_account account;
	unsigned wait = api_limit_take(q->api->store, NULL, q->peer, q->now_us);

	if (wait) {
		api_fail_later(a, API_SLOW, wait);
		return;
	}
	int err = owner_of(q, token, &account);
	if (err < 0) {
		if (err == FAIL_MISSING)
			api_fail(a, API_WRONG, NULL);
		else
			api_fail_store(a, err);
		return;
	}
	api_limit_right(q->api->store, NULL, q->peer, q->now_us);
	wait = api_limit_take(q->api->store, account.mail, q->peer, q->now_us);
	if (wait)
		api_fail_later(a, API_SLOW, wait);
	else
		second(q, &account, token, a);
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
