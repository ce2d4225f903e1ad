/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/api/login/login.h"

/* Where the person is logged in, and ending that. */

static json_t *session(struct store_rows *rows, const struct api_request *q)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:I, s:I, s:I, s:b}", "id",
	    (json_int_t)store_col_int(rows, 0), "way", store_col_text(rows, 1), "peer",
	    store_col_text(rows, 2), "browser", store_col_text(rows, 3), "created_us",
	    (json_int_t)store_col_int(rows, 4), "seen_us",
	    (json_int_t)store_col_int(rows, 5), "expires_us",
	    (json_int_t)store_col_int(rows, 6), "own",
	    strcmp(store_col_text(rows, 7), q->scope.session) == 0);
}

void api_login_sessions(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	json_t *all = json_array();
	struct store_rows *rows;

	if (!db) {
		json_decref(all);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	(void)store_query(db, &rows,
	    "SELECT number, way, peer, browser, created_us, seen_us, expires_us, hash FROM "
	    "session WHERE account_id = ? AND expires_us > ? ORDER BY seen_us DESC, number",
	    STORE_ARGS(STORE_INT(q->scope.account_id), STORE_INT(q->now_us)));
	while (store_next(rows))
		(void)json_array_append_new(all, session(rows, q));
	int err = store_rows_free(rows);
	store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(all);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o*}", "items", all));
}

static int write_end(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct store_audit line = { .at_us = q->now_us,
		.account_id = q->scope.account_id,
		.company_id = q->scope.company_id,
		.action = "session.end" };
	int err =
	    store_exec(db, "DELETE FROM session WHERE number = ? AND account_id = ?",
		STORE_ARGS(STORE_INT(q->id), STORE_INT(q->scope.account_id)));

	if (err == 0 && store_changed(db) == 0)
		err = FAIL_MISSING;
	return err < 0 ? err : store_audit(db, &line);
}

void api_login_session_end(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_end, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		a->status = 204;
}
