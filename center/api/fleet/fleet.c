/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fleet/fleet.h"

struct fleet_by api_fleet_by(const struct api_request *q)
{
	return (struct fleet_by){ .keys = q->api->keys,
		.account_id = q->scope.account_id,
		.now_us = q->now_us };
}

int api_fleet_gate(const struct api_request *q, struct store_db *db, int64_t gate_id)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, "SELECT g.id FROM gate g WHERE 1 = 1");
	api_sql_with(&s, " AND g.id = ?", STORE_INT(gate_id));
	api_sql_scope(&s, &q->scope, "g.company_id");
	api_sql_query(&s, db, &rows);
	bool found = store_next(rows);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : found && q->api->keys ? 0 : FAIL_MISSING;
}

void api_fleet_one(struct api_request *q, struct api_reply *a, const char *select,
    const char *column, int64_t id, api_fleet_shape *shape)
{
	struct store_db *db = store_read(q->api->store);
	struct store_rows *rows;
	struct api_sql s;
	json_t *o = NULL;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, select);
	api_sql_add(&s, " AND ");
	api_sql_add(&s, column);
	api_sql_with(&s, " = ?", STORE_INT(id));
	api_sql_query(&s, db, &rows);
	if (store_next(rows))
		o = shape(q, rows);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
	if (err < 0 || !o)
		api_fail_store(a, err < 0 ? err : FAIL_MISSING);
	else
		api_json(a, 200, o);
}

static void list(struct api_request *q, struct api_reply *a, struct store_db *db,
    struct api_sql *s, const char *fence, const char *order, api_fleet_shape *shape)
{
	struct store_rows *rows;
	json_t *all;

	api_sql_scope(s, &q->scope, fence);
	if (!api_sql_company(s, db, q, fence, a))
		return;
	api_sql_add(s, order);
	api_sql_query(s, db, &rows);
	all = json_array();
	while (store_next(rows))
		(void)json_array_append_new(all, shape(q, rows));
	int err = store_rows_free(rows);
	if (err < 0) {
		json_decref(all);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o*}", "items", all));
}

void api_fleet_list(struct api_request *q, struct api_reply *a, const char *select,
    const char *fence, const char *order, api_fleet_shape *shape)
{
	struct store_db *db = store_read(q->api->store);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, select);
	list(q, a, db, &s, fence, order, shape);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
}
