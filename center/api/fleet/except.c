/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fleet/fleet.h"

/* What a gate lets be: because of whom, why and until when. */

#define DAY_US INT64_C(86400000000)

#define SELECT_EXCEPT                                                                    \
	"SELECT c.id, c.name, c.sample, g.id, g.name, x.id, x.what, x.value, x.reason, " \
	"x.state, x.why, x.until_us, x.asked_us, w.name, x.removed_us FROM "             \
	"gate_exception x JOIN company c ON c.id = x.company_id JOIN gate g ON g.id = "  \
	"x.gate_id LEFT JOIN account w ON w.id = x.asked_by WHERE 1 = 1"

static json_t *exception(const struct api_request *q, struct store_rows *rows)
{
	(void)q;
	return json_pack(
	    "{s:o*, s:o*, s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s, s:o*}",
	    "company", api_company_ref(rows, 0), "gate", api_gate_ref(rows, 3), "id",
	    (json_int_t)store_col_int(rows, 5), "what", store_col_text(rows, 6),
	    "value", store_col_text(rows, 7), "reason", store_col_text(rows, 8),
	    "state", store_col_text(rows, 9), "why", store_col_text(rows, 10),
	    "until_us", (json_int_t)store_col_int(rows, 11), "asked_us",
	    (json_int_t)store_col_int(rows, 12), "asked_by", store_col_text(rows, 13),
	    "removed_us", api_time(rows, 14));
}

void api_exceptions_list(struct api_request *q, struct api_reply *a)
{
	api_fleet_list(q, a, SELECT_EXCEPT, "x.company_id",
	    " ORDER BY x.id DESC LIMIT 200", exception);
}

struct wish {
	const struct api_request *q;
	struct fleet_except e;
};

static int write_except(struct store_db *db, void *arg)
{
	struct wish *w = arg;
	struct fleet_by by = api_fleet_by(w->q);
	int what = wire_except_find(api_body_text(w->q, "what"));
	int err = api_fleet_gate(w->q, db, w->q->id);

	w->e = (struct fleet_except){ .gate_id = w->q->id,
		.what = what < 0 ? WIRE_EXCEPT_HOST : (enum wire_except)what,
		.value = api_body_text(w->q, "value"),
		.reason = api_body_text(w->q, "reason"),
		.until_us = w->q->now_us + api_body_int(w->q, "days", 30) * DAY_US };
	if (err == 0)
		err = fleet_except(db, &by, &w->e);
	return err == FAIL_DENIED ? FAIL_CONFLICT : err;
}

void api_gates_except(struct api_request *q, struct api_reply *a)
{
	struct wish w = { .q = q };
	int err = store_write(q->api->store, write_except, &w);

	if (err == FAIL_FORMAT || err == FAIL_LIMIT)
		api_fail(a, API_BAD, "value: not of that kind");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_fleet_one(q, a, SELECT_EXCEPT, "x.id", w.e.id, exception);
}

static int write_remove(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct fleet_by by = api_fleet_by(q);
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, "SELECT x.state FROM gate_exception x WHERE 1 = 1");
	api_sql_with(&s, " AND x.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "x.company_id");
	api_sql_query(&s, db, &rows);
	int found = !store_next(rows) || !q->api->keys ? FAIL_MISSING
		    : strcmp(store_col_text(rows, 0), "asked") == 0 ||
			    strcmp(store_col_text(rows, 0), "active") == 0
			? 0
			: FAIL_CONFLICT;
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : found < 0 ? found : fleet_unexcept(db, &by, q->id);
}

void api_exceptions_remove(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_remove, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		api_fleet_one(q, a, SELECT_EXCEPT, "x.id", q->id, exception);
}
