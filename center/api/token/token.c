/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/token/token.h"
#include "center/api/handlers.h"
#include "center/api/login/login.h"
#include "center/store/account.h"

#include <stdio.h>

#define DAY_US   (24 * INT64_C(3600000000))
#define TOUCH_US INT64_C(60000000)

/* ---- scopes ---- */

static bool word_covers(struct span word, enum api_may may)
{
	const char *name = api_people_may_name(may);
	size_t len = strlen(name);

	if (word.len == 0 || word.len > len || memcmp(word.at, name, word.len) != 0)
		return false;
	return word.len == len || name[word.len] == '.';
}

static bool next_word(const char **at, struct span *word)
{
	size_t skip = strspn(*at, " ");
	size_t len = strcspn(*at + skip, " ");

	*word = span_of(*at + skip, len);
	*at += skip + len;
	return len > 0;
}

bool api_token_holds(const char *scopes, enum api_may may, bool looks)
{
	struct span word;

	if (may == MAY_SELF)
		return false;
	while (next_word(&scopes, &word))
		if (word_covers(word, may) || (looks && span_is(word, "read")))
			return true;
	return false;
}

static bool known(struct span word)
{
	if (span_is(word, "read"))
		return true;
	for (unsigned m = 0; m < MAY_MAX; m++)
		if (m != MAY_PUBLIC && m != MAY_SELF && word_covers(word, m))
			return true;
	return false;
}

bool api_token_scopes_ok(const char *scopes)
{
	struct span word;
	unsigned n = 0;

	while (next_word(&scopes, &word)) {
		if (!known(word))
			return false;
		n++;
	}
	return n > 0;
}

/* ---- a request with a token ---- */

bool api_token_is_shown(const struct api_request *q)
{
	return q->authorization && strncmp(q->authorization, "Bearer " API_TOKEN_PREFIX,
				       sizeof("Bearer " API_TOKEN_PREFIX) - 1) == 0;
}

static int touch(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;

	return store_exec(db, "UPDATE api_token SET used_us = ? WHERE hash = ?",
	    STORE_ARGS(STORE_INT(q->now_us), STORE_TEXT(q->scope.session)));
}

int api_token_find(struct api_request *q)
{
	const char *token = q->authorization + sizeof("Bearer ") - 1;
	struct store_rows *rows;
	int64_t used_us = 0;
	bool alive = false;

	/* The hash of something endless is not made. */
	if (strlen(token) > 2 * API_TOKEN_TEXT_MAX)
		return FAIL_MISSING;
	store_token_hash(token, q->scope.session);
	struct store_db *db = store_read(q->api->store);
	if (!db)
		return FAIL_IO;
	(void)store_query(db, &rows,
	    "SELECT " API_SCOPE_COLUMNS
	    ", t.scopes, t.used_us FROM api_token t JOIN account a ON a.id = t.account_id "
	    "LEFT JOIN chamber_policy p ON p.chamber_id = a.chamber_id WHERE t.hash = ? AND "
	    "t.ended_us IS NULL AND t.expires_us > ? AND a.ended_us IS NULL",
	    STORE_ARGS(STORE_TEXT(q->scope.session), STORE_INT(q->now_us)));
	if (store_next(rows)) {
		api_scope_fill(rows, &q->scope);
		(void)snprintf(q->scopes, sizeof(q->scopes), "%s",
		    store_col_text(rows, API_SCOPE_COLUMNS_N));
		used_us = store_col_int(rows, API_SCOPE_COLUMNS_N + 1);
		alive = true;
	}
	int err = store_rows_free(rows);
	store_read_done(q->api->store, db);
	if (err < 0 || !alive) {
		q->scope = (struct api_scope){ 0 };
		return err < 0 ? err : FAIL_MISSING;
	}
	if (q->now_us - used_us > TOUCH_US)
		(void)!store_write(q->api->store, touch, q);
	return 0;
}

/* ---- a person's own tokens ---- */

void api_token_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct store_rows *rows;
	json_t *items = json_array();

	if (!db) {
		json_decref(items);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	(void)store_query(db, &rows,
	    "SELECT id, name, scopes, created_us, expires_us, used_us FROM api_token WHERE "
	    "account_id = ? AND ended_us IS NULL ORDER BY id",
	    STORE_ARGS(STORE_INT(q->scope.account_id)));
	while (store_next(rows))
		(void)json_array_append_new(items,
		    json_pack("{s:I, s:s, s:s, s:I, s:I, s:o}", "id",
			(json_int_t)store_col_int(rows, 0), "name",
			store_col_text(rows, 1), "scopes", store_col_text(rows, 2),
			"created_us", (json_int_t)store_col_int(rows, 3), "expires_us",
			(json_int_t)store_col_int(rows, 4), "used_us",
			api_time(rows, 5)));
	int err = store_rows_free(rows);
	store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(items);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o}", "items", items));
}

struct make {
	const struct api_request *q;
	char token[sizeof(API_TOKEN_PREFIX) + API_TOKEN_TEXT_MAX];
	int64_t id, expires_us;
};

static int note(struct store_db *db, const struct api_request *q, const char *action,
    const char *detail)
{
	return store_audit(db, &(struct store_audit){ .at_us = q->now_us,
				   .account_id = q->scope.account_id,
				   .company_id = q->scope.company_id,
				   .action = action,
				   .detail = detail });
}

static int write_make(struct store_db *db, void *arg)
{
	struct make *m = arg;
	const struct api_request *q = m->q;
	char raw[API_TOKEN_TEXT_MAX], hash[API_HASH_TEXT_MAX];
	int64_t n;
	int err = store_get_int(db, &n,
	    "SELECT count(*) FROM api_token WHERE account_id = ? AND ended_us IS NULL AND "
	    "expires_us > ?",
	    STORE_ARGS(STORE_INT(q->scope.account_id), STORE_INT(q->now_us)));

	if (err < 0 || n >= API_TOKENS_MAX)
		return err < 0 ? err : FAIL_LIMIT;
	store_token_make(raw);
	(void)snprintf(m->token, sizeof(m->token), API_TOKEN_PREFIX "%s", raw);
	store_token_hash(m->token, hash);
	m->expires_us = q->now_us + api_body_int(q, "days", 90) * DAY_US;
	err = store_get_int(db, &m->id,
	    "INSERT INTO api_token (account_id, name, hash, scopes, created_us, "
	    "expires_us) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
	    STORE_ARGS(STORE_INT(q->scope.account_id),
		STORE_TEXT(api_body_text(q, "name")), STORE_TEXT(hash),
		STORE_TEXT(api_body_text(q, "scopes")), STORE_INT(q->now_us),
		STORE_INT(m->expires_us)));
	return err < 0 ? err : note(db, q, "token.make", api_body_text(q, "scopes"));
}

void api_token_make(struct api_request *q, struct api_reply *a)
{
	struct make m = { .q = q };

	if (!api_token_scopes_ok(api_body_text(q, "scopes"))) {
		api_fail(a, API_CONFLICT, "scopes: not a permission's name, nor read");
		return;
	}
	int err = store_write(q->api->store, write_make, &m);
	if (err == FAIL_LIMIT)
		api_fail(a, API_CONFLICT, "too many tokens");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_json(a, 200,
		    json_pack("{s:I, s:s, s:I}", "id", (json_int_t)m.id, "token",
			m.token, "expires_us", (json_int_t)m.expires_us));
}

static int write_end(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	int err = store_exec(db,
	    "UPDATE api_token SET ended_us = ? WHERE id = ? AND account_id = ? AND ended_us "
	    "IS NULL",
	    STORE_ARGS(STORE_INT(q->now_us), STORE_INT(q->id),
		STORE_INT(q->scope.account_id)));

	if (err < 0 || store_changed(db) == 0)
		return err < 0 ? err : FAIL_MISSING;
	return note(db, q, "token.end", NULL);
}

void api_token_end(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_end, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		a->status = 204;
}
