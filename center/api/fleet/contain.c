/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/fleet/fleet.h"

#include <stdio.h>

/* Machines that are cut off from the Internet, and how they come back. */

#define SELECT_CUT                                                                     \
	"SELECT c.id, c.name, c.sample, g.id, g.name, k.id, k.machine_id, CASE WHEN "  \
	"k.machine_id IS NOT NULL THEN " API_MACHINE_LABEL                             \
	" WHEN k.ip <> '' THEN k.ip ELSE k.mac END, k.mac, k.ip, k.reason, k.state, "  \
	"k.why, k.until_us, k.asked_us, w.name, k.cut_us, k.released_us FROM "         \
	"containment k JOIN company c ON c.id = k.company_id JOIN gate g ON g.id = "   \
	"k.gate_id LEFT JOIN machine m ON m.id = k.machine_id LEFT JOIN account w ON " \
	"w.id = k.asked_by WHERE 1 = 1"

static json_t *cut(const struct api_request *q, struct store_rows *rows)
{
	const char *state = store_col_text(rows, 11);
	bool holds = strcmp(state, "asked") == 0 || strcmp(state, "cut") == 0 ||
		     strcmp(state, "listening") == 0;

	return json_pack(
	    "{s:o*, s:o*, s:I, s:o*, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, "
	    "s:s, s:o*, s:o*, s:b}",
	    "company", api_company_ref(rows, 0), "gate", api_gate_ref(rows, 3), "id",
	    (json_int_t)store_col_int(rows, 5), "machine", api_time(rows, 6), "label",
	    store_col_text(rows, 7), "mac", store_col_text(rows, 8), "ip",
	    store_col_text(rows, 9), "reason", store_col_text(rows, 10), "state", state,
	    "why", store_col_text(rows, 12), "until_us",
	    (json_int_t)store_col_int(rows, 13), "asked_us",
	    (json_int_t)store_col_int(rows, 14), "asked_by", store_col_text(rows, 15),
	    "cut_us", api_time(rows, 16), "released_us", api_time(rows, 17),
	    "may_release", holds && api_may(q, MAY_CONTAIN_END));
}

void api_containments_list(struct api_request *q, struct api_reply *a)
{
	api_fleet_list(
	    q, a, SELECT_CUT, "k.company_id", " ORDER BY k.id DESC LIMIT 200", cut);
}

struct wish {
	const struct api_request *q;
	struct fleet_contain c;
	int64_t id;
};

static int find_machine(struct store_db *db, struct wish *w)
{
	struct store_rows *rows;
	struct api_sql s;
	int found = FAIL_MISSING;

	api_sql_init(
	    &s, "SELECT m.id, m.gate_id, m.mac, m.ip FROM machine m WHERE 1 = 1");
	api_sql_with(&s, " AND m.id = ?", STORE_INT(w->q->id));
	api_sql_scope(&s, &w->q->scope, "m.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows)) {
		w->c.machine_id = store_col_int(rows, 0);
		w->c.gate_id = store_col_int(rows, 1);
		snprintf(w->c.mac, sizeof(w->c.mac), "%s", store_col_text(rows, 2));
		if (!w->c.mac[0])
			snprintf(
			    w->c.ip, sizeof(w->c.ip), "%s", store_col_text(rows, 3));
		found = 0;
	}
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : found;
}

static int write_cut(struct store_db *db, void *arg)
{
	struct wish *w = arg;
	struct fleet_by by = api_fleet_by(w->q);
	int64_t minutes = api_body_int(w->q, "minutes", 60);
	int err = w->q->api->keys ? find_machine(db, w) : FAIL_MISSING;

	w->c.reason = api_body_text(w->q, "reason");
	w->c.until_us = w->q->now_us + minutes * 60000000;
	if (err == 0)
		err = fleet_contain(db, &by, &w->c);
	/* No address that a gate could know, or no gate that could act. */
	return err == FAIL_FORMAT || err == FAIL_DENIED ? FAIL_CONFLICT : err;
}

void api_machines_contain(struct api_request *q, struct api_reply *a)
{
	struct wish w = { .q = q };
	int err = store_write(q->api->store, write_cut, &w);

	if (err < 0)
		api_fail_store(a, err);
	else
		api_fleet_one(q, a, SELECT_CUT, "k.id", w.c.id, cut);
}

static int seen(struct store_db *db, const struct api_request *q)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, "SELECT k.id FROM containment k WHERE 1 = 1");
	api_sql_with(&s, " AND k.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "k.company_id");
	api_sql_query(&s, db, &rows);
	bool found = store_next(rows);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : found && q->api->keys ? 0 : FAIL_MISSING;
}

static int write_confirm(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct fleet_by by = api_fleet_by(q);
	int err = seen(db, q);

	return err < 0 ? err : fleet_contain_confirm(db, &by, q->id);
}

static int write_release(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct fleet_by by = api_fleet_by(q);
	int err = seen(db, q);

	return err < 0 ? err : fleet_release(db, &by, q->id);
}

static void change(struct api_request *q, struct api_reply *a, store_write_fn *fn)
{
	int err = store_write(q->api->store, fn, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		api_fleet_one(q, a, SELECT_CUT, "k.id", q->id, cut);
}

void api_containments_confirm(struct api_request *q, struct api_reply *a)
{
	change(q, a, write_confirm);
}

void api_containments_release(struct api_request *q, struct api_reply *a)
{
	change(q, a, write_release);
}
