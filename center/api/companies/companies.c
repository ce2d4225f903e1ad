/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/ingest/ingest.h"

/* Whom the centre looks after. */

static json_t *company(struct store_rows *rows)
{
	return json_pack("{s:I, s:s, s:b, s:I, s:I, s:I, s:I}", "id",
	    (json_int_t)store_col_int(rows, 0), "name", store_col_text(rows, 1),
	    "sample", store_col_int(rows, 2) != 0, "open_urgent",
	    (json_int_t)store_col_int(rows, 3), "open_caution",
	    (json_int_t)store_col_int(rows, 4), "gates",
	    (json_int_t)store_col_int(rows, 5), "silent_gates",
	    (json_int_t)store_col_int(rows, 6));
}

static void compose(
    struct api_sql *s, const struct api_request *q, char *like, size_t room)
{
	const char *text = api_query_text(q, "q");

	api_sql_init(s,
	    "SELECT c.id, c.name, c.sample, "
	    "(SELECT count(*) FROM incident i WHERE i.company_id = c.id AND i.state <> "
	    "'done' AND i.severity > 0 AND i.severity = 2");
	api_sql_confidential(s, &q->scope, "i");
	api_sql_add(s,
	    "), (SELECT count(*) FROM incident i WHERE i.company_id = c.id AND i.state <> "
	    "'done' AND i.severity > 0 AND i.severity = 1");
	api_sql_confidential(s, &q->scope, "i");
	api_sql_add(s,
	    "), (SELECT count(*) FROM gate g WHERE g.company_id = c.id AND g.revoked_us IS "
	    "NULL), ");
	api_sql_with(s,
	    "(SELECT count(*) FROM gate g WHERE g.company_id = c.id AND g.revoked_us IS "
	    "NULL AND g.fingerprint IS NOT NULL AND g.seen_us < ?) FROM company c WHERE 1 = 1",
	    STORE_INT(q->now_us - INGEST_SILENT_US));
	api_sql_scope(s, &q->scope, "c.id");
	if (text && text[0])
		api_sql_with(s, " AND c.name LIKE ? ESCAPE '!'",
		    STORE_TEXT(api_like(text, like, room)));
	api_sql_add(s, " ORDER BY 4 DESC, 5 DESC, c.name, c.id");
}

void api_companies_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	struct store_rows *rows;
	struct api_sql s;
	char like[512];
	json_t *all = json_array();

	if (!db) {
		json_decref(all);
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	compose(&s, q, like, sizeof(like));
	api_sql_query(&s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(all, company(rows));
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(all);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o*}", "items", all));
}
