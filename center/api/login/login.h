/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "center/api/internal.h"
#include "center/store/account.h"

/* Who is it?  Passwords, second factors, one-time links, sessions, and the limits that keep
 * guessing hopeless.
 *
 * Owns:    nothing; sessions and the counters of wrong tries are rows.
 * Threads: any.
 * Limits:  login/limit.c has the table; sessions an account: API_SESSIONS_MAX.
 * Serves:  the portal: login with password, one-time link, TOTP. */
#define API_SESSIONS_MAX 20

/* ---- session.c ---- */

/* Fills in q->scope from the cookie.  FAIL_MISSING: no session, or it is over.  `touch`: a
 * person is active. */
int api_session_find(struct api_request *q, bool touch) must_use;
/* The columns that make a scope, of account a and its chamber's policy p. */
#define API_SCOPE_COLUMNS                                                                 \
	"a.id, a.chamber_id, a.company_id, a.reseller_id, a.duty, p.second_factor, CASE " \
	"WHEN a.totp_secret <> '' OR EXISTS (SELECT 1 FROM passkey k WHERE "              \
	"k.account_id = a.id) THEN 1 ELSE 0 END"
#define API_SCOPE_COLUMNS_N 7
void api_scope_fill(struct store_rows *rows, struct api_scope *s);
/* The person is this: who and role of the scope. */
void api_scope_become(struct api_scope *s, enum store_role who);
/* " operator desk " (chamber_policy.second_factor) holds desk. */
bool api_session_lists(const char *list, enum store_role role);
bool api_session_csrf_fits(const struct api_request *q);

struct api_session_new {
	char cookie[API_TOKEN_TEXT_MAX]; /* what the browser gets */
	char hash[API_HASH_TEXT_MAX];    /* what the store gets */
	char csrf[API_TOKEN_TEXT_MAX];
	int64_t number; /* by which its owner may end it; no secret */
};

void api_session_make(struct api_session_new *s);
/* Writer: a session for the account; old ones beyond the limit end.  `way`: password, link,
 * passkey, oidc. */
int api_session_store(struct store_db *db, const struct api_session_new *s,
    const struct store_account *account, const struct api_request *q,
    const char *way) must_use;
void api_session_cookie(
    const struct api_request *q, const char *value, struct api_reply *a);

/* ---- login.c ---- */

/* Opens a session and answers {me}: every way to log in ends here.  `fn` (NULL: nothing)
 * spends what was shown, in the same transaction; its fail is given back.  The audit line is
 * "login.<way>", "login" for a password. */
struct api_entry {
	const struct store_account *account;
	const char *way;
	store_write_fn *fn;
	void *arg;
};

int api_login_enter(
    struct api_request *q, const struct api_entry *entry, struct api_reply *a) must_use;
/* An account that may log in; FAIL_MISSING also when it was ended. */
int api_login_account(
    struct api_request *q, int64_t id, struct store_account *account) must_use;
/* Writes an audit line about a try of this account that went wrong. */
void api_login_wrong(struct api_request *q, const struct store_account *account,
    enum api_error error, const char *action, struct api_reply *a);

/* ---- passkey.c ---- */

/* Half a login: a secret that must come back once, soon.  Both are writers. */
struct api_login_step {
	const char *kind; /* passkey-new, passkey, oidc */
	char secret[API_TOKEN_TEXT_MAX];
	int64_t account_id; /* 0: not known yet */
	char detail[512];
	int64_t now_us;
};

int api_login_step_put(struct store_db *db, void *step) must_use;
/* Fills account_id and detail in; FAIL_MISSING: unknown, over, or it was here already. */
int api_login_step_take(struct store_db *db, void *step) must_use;

/* ---- me.c ---- */

/* {me} of q->scope into `a`. */
void api_me_answer(struct api_request *q, struct api_reply *a, bool wrapped);

/* ---- totp.c ---- */

/* The time step whose code this is, newer than `last_step`; 0: none. */
int64_t api_totp_step(
    const char *secret, const char *code, int64_t last_step, int64_t now_us);

/* ---- limit.c ---- */

/* Before a try: counts it as wrong.  0, or the seconds to wait (then nothing is counted).
 * `who` is a mail address (or NULL: any), `peer` the other side's address. */
unsigned api_limit_take(
    struct store *s, const char *who, const char *peer, int64_t now_us);
/* The try was right: takes the count back, and remembers that `who` lives at `peer`, so
 * that strangers' guesses elsewhere do not shut the real person out. */
void api_limit_right(
    struct store *s, const char *who, const char *peer, int64_t now_us);
/* The try was neither (a second factor is still to come): takes the count back. */
void api_limit_give(struct store *s, const char *who, const char *peer, int64_t now_us);
