/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/login/login.h"

#include "center/store/account.h"
#include "lib/base/must.h"

#include <sodium.h>
#include <stdio.h>

#define MINUTE_US 60000000ll
#define HOUR_US   (60 * MINUTE_US)

/* A member comes from a mail, now and then, from the own desk; an operator's screen is open
 * all day in a room with other people, and shows many companies. */
static const struct {
	int64_t idle_us, whole_us;
} ages[] = {
	[false] = { 2 * HOUR_US, 12 * HOUR_US },
	[true] = { 24 * HOUR_US, 14 * 24 * HOUR_US }, /* a company's own people */
};

/* The store hears of a person's activity at most this often. */
#define TOUCH_US MINUTE_US

void api_scope_become(struct api_scope *s, enum store_role who)
{
	s->who = who;
	s->role = store_role_is_member(who)                              ? API_MEMBER
		  : who == STORE_ROLE_OPERATOR || who == STORE_ROLE_DESK ? API_OPERATOR
									 : API_PUBLIC;
}

/* " operator desk " holds desk. */
bool api_session_lists(const char *list, enum store_role role)
{
	char word[32];

	(void)snprintf(word, sizeof(word), " %s ", store_role_word(role));
	return strstr(list, word) != NULL;
}

void api_scope_fill(struct store_rows *rows, struct api_scope *s)
{
	s->account_id = store_col_int(rows, 0);
	s->chamber_id = store_col_int(rows, 1);
	s->company_id = store_col_int(rows, 2);
	s->reseller_id = store_col_int(rows, 3);
	api_scope_become(s, store_role_of(store_col_text(rows, 4), s->company_id));
	s->needs_factor = api_session_lists(store_col_text(rows, 5), s->who) &&
			  !store_col_int(rows, 6);
}

/* Behind the scope's columns: csrf, expires_us, seen_us. */
static bool fill(struct store_rows *rows, struct api_request *q)
{
	struct api_scope *s = &q->scope;

	api_scope_fill(rows, s);
	(void)snprintf(
	    s->csrf, sizeof(s->csrf), "%s", store_col_text(rows, API_SCOPE_COLUMNS_N));
	return store_col_int(rows, API_SCOPE_COLUMNS_N + 1) > q->now_us &&
	       store_col_int(rows, API_SCOPE_COLUMNS_N + 2) +
		       ages[store_role_is_member(s->who)].idle_us >
		   q->now_us;
}

static int touch(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;

	return store_exec(db, "UPDATE session SET seen_us = ? WHERE hash = ?",
	    STORE_ARGS(STORE_INT(q->now_us), STORE_TEXT(q->scope.session)));
}

int api_session_find(struct api_request *q, bool is_active)
{
	char cookie[API_TOKEN_TEXT_MAX];
	struct store_rows *rows;
	int64_t seen_us = 0;
	bool alive;

	if (!api_request_cookie(q->cookie, API_COOKIE_NAME, cookie, sizeof(cookie)))
		return FAIL_MISSING;
	store_token_hash(cookie, q->scope.session);
	struct store_db *db = store_read(q->api->store);
	if (!db)
		return FAIL_IO;
	(void)store_query(db, &rows,
	    "SELECT " API_SCOPE_COLUMNS
	    ", s.csrf, s.expires_us, s.seen_us FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN chamber_policy p ON "
	    "p.chamber_id = a.chamber_id WHERE s.hash = ? AND a.ended_us IS NULL",
	    STORE_ARGS(STORE_TEXT(q->scope.session)));
	alive = store_next(rows) && fill(rows, q);
	if (alive)
		seen_us = store_col_int(rows, API_SCOPE_COLUMNS_N + 2);
	int err = store_rows_free(rows);
	store_read_done(q->api->store, db);
	if (err < 0 || !alive) {
		q->scope = (struct api_scope){ 0 };
		return err < 0 ? err : FAIL_MISSING;
	}
	/* What cannot be written down now is no reason to show nothing: a full disk. */
	if (is_active && q->now_us - seen_us > TOUCH_US)
		(void)!store_write(q->api->store, touch, q);
	return 0;
}

bool api_session_csrf_fits(const struct api_request *q)
{
	size_t len = strlen(q->scope.csrf);

	return q->csrf && len > 0 && strlen(q->csrf) == len &&
	       sodium_memcmp(q->csrf, q->scope.csrf, len) == 0;
}

void api_session_make(struct api_session_new *s)
{
	store_token_make(s->cookie);
	store_token_make(s->csrf);
	store_token_hash(s->cookie, s->hash);
	s->number = 1 + (int64_t)randombytes_random();
}

/* A browser's own name for itself, cut and made harmless: it is shown to its owner only. */
static const char *clean(const char *agent, char *room, size_t size)
{
	size_t n = 0;

	for (; agent && *agent && n + 1 < size; agent++)
		room[n++] = *agent >= ' ' && *agent < 0x7f ? *agent : '?';
	room[n] = '\0';
	return room;
}

int api_session_store(struct store_db *db, const struct api_session_new *s,
    const struct store_account *account, const struct api_request *q, const char *way)
{
	int64_t now_us = q->now_us,
		whole_us = ages[store_role_is_member(account->role)].whole_us;
	char browser[160];

	must(account->role != STORE_ROLE_NONE);
	/* Sessions that are over, of anybody; then the account's oldest beyond the limit. */
	int err = store_exec(db, "DELETE FROM session WHERE expires_us <= ?",
	    STORE_ARGS(STORE_INT(now_us)));
	if (err == 0)
		err = store_exec(db,
		    "DELETE FROM session WHERE account_id = ? AND hash NOT IN (SELECT hash "
		    "FROM session WHERE account_id = ? ORDER BY seen_us DESC LIMIT ?)",
		    STORE_ARGS(STORE_INT(account->id), STORE_INT(account->id),
			STORE_INT(API_SESSIONS_MAX - 1)));
	if (err < 0)
		return err;
	return store_exec(db,
	    "INSERT INTO session (hash, account_id, csrf, created_us, seen_us, expires_us, "
	    "number, way, peer, browser) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	    STORE_ARGS(STORE_TEXT(s->hash), STORE_INT(account->id), STORE_TEXT(s->csrf),
		STORE_INT(now_us), STORE_INT(now_us), STORE_INT(now_us + whole_us),
		STORE_INT(s->number), STORE_TEXT(way), STORE_TEXT(q->peer),
		STORE_TEXT(clean(q->agent, browser, sizeof(browser)))));
}

void api_session_cookie(
    const struct api_request *q, const char *value, struct api_reply *a)
{
	(void)snprintf(a->cookie, sizeof(a->cookie),
	    API_COOKIE_NAME "=%s; Path=/; HttpOnly; SameSite=Strict%s%s", value,
	    value[0] ? "" : "; Max-Age=0", q->tls ? "; Secure" : "");
}
