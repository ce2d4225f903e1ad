/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"

/* Advisories: operators see all and decide; companies see those that are shown, while they
 * hold. */

static json_t *advisory(struct store_rows *rows)
{
	static const char *const texts[] = { "title_ja", "title_en", "title_easy",
		"text_ja", "text_en", "text_easy" };
	json_t *body = json_loads(store_col_text(rows, 1), 0, NULL);
	json_t *o = json_pack("{s:I, s:s, s:I, s:I, s:b, s:b, s:o}", "id",
	    (json_int_t)store_col_int(rows, 0), "severity",
	    api_severity_word(store_col_int(rows, 2)), "from_us",
	    (json_int_t)store_col_int(rows, 3), "until_us",
	    (json_int_t)store_col_int(rows, 4), "withdrawn",
	    (int)store_col_int(rows, 5), "own", (int)store_col_int(rows, 6), "shown_us",
	    api_time(rows, 7));

	for (size_t i = 0; o && i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *text = json_object_get(body, texts[i]);
		(void)json_object_set_new(o, texts[i],
		    json_is_string(text) ? json_incref(text) : json_string(""));
	}
	json_decref(body);
	return o;
}

#define SELECT_ADVISORY                                                           \
	"SELECT id, body, severity, from_us, until_us, withdrawn, own, shown_us " \
	"FROM advisory WHERE chamber_id = ?"

void api_advisories_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	json_t *items = json_array();
	struct store_rows *rows;
	struct api_sql s;

	if (!db) {
		json_decref(items);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, SELECT_ADVISORY);
	s.values[s.n++] = STORE_INT(q->scope.chamber_id);
	if (q->scope.reach != API_REACH_CHAMBER) {
		api_sql_add(&s, " AND shown_us IS NOT NULL AND withdrawn = 0");
		api_sql_with(&s, " AND from_us <= ?", STORE_INT(q->now_us));
		api_sql_with(&s, " AND until_us > ?", STORE_INT(q->now_us));
	}
	api_sql_add(&s, " ORDER BY from_us DESC, id DESC LIMIT 200");
	api_sql_query(&s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(items, advisory(rows));
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(items);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o}", "items", items));
}

static int write_show(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	bool show = api_body_int(q, "show", 0) != 0;
	int err = store_exec(db,
	    "UPDATE advisory SET shown_us = ?, shown_by = ? WHERE id = ? AND chamber_id = ?",
	    STORE_ARGS(show ? STORE_INT(q->now_us) : STORE_NULL,
		STORE_INT(q->scope.account_id), STORE_INT(q->id),
		STORE_INT(q->scope.chamber_id)));

	if (err < 0 || store_changed(db) == 0)
		return err < 0 ? err : FAIL_MISSING;
	if (store_note_change(db) < 0)
		return FAIL_IO;
	return store_audit(
	    db, &(struct store_audit){ .at_us = q->now_us,
		    .account_id = q->scope.account_id,
		    .action = show ? "advisory.show" : "advisory.hide" });
}

void api_advisories_show(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_show, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		a->status = 204;
}
