/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"

#include <time.h>

/* The member's first screen: is there something to do this month? */

#define OPEN_MAX 5

/* The first day of this month on the centre's clock as 20261101, and its name "2026-11". */
static int64_t month_of(int64_t now_us, char name[16])
{
	time_t now = (time_t)(now_us / 1000000);
	struct tm day;

	(void)localtime_r(&now, &day);
	(void)strftime(name, 16, "%Y-%m", &day);
	return (day.tm_year + 1900) * 10000 + (day.tm_mon + 1) * 100 + 1;
}

/* What needs doing: urgent and caution that nobody has finished or is watching.  An open
 * one of an earlier month still needs doing. */
static int add_open(json_t *o, struct api_request *q, struct store_db *db)
{
	json_t *open = json_array();
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, api_incident_select);
	api_sql_scope(&s, &q->scope, "i.company_id");
	api_sql_add(
	    &s, " AND i.severity > 0 AND i.state <> 'done' AND i.state <> 'watching'");
	api_sql_with(&s, " ORDER BY i.severity DESC, i.last_us DESC, i.id DESC LIMIT ?",
	    STORE_INT(OPEN_MAX));
	api_sql_query(&s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(open, api_incident_summary(rows));
	(void)json_object_set_new(o, "needed", json_boolean(json_array_size(open) > 0));
	(void)json_object_set_new(o, "open", open);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err;
}

static const struct {
	const char *cause, *name;
} counted[] = {
	{ "EXPLOIT", "exploit_in" },
	{ "BACKDOOR", "backdoor_out" },
	{ "VIRUS_WEB", "virus" },
	{ "VIRUS_MAIL", "virus" },
	{ "DANGEROUS_SITE", "dangerous_site" },
	{ "OFF_BUSINESS_SITE", "off_business" },
	{ "REMOTE_CONTROL", "remote_control" },
	{ "NEW_MACHINE", "new_machine" },
};

static void count(json_t *counts, const char *cause, int64_t n)
{
	for (size_t i = 0; i < sizeof(counted) / sizeof(counted[0]); i++) {
		json_int_t so_far =
		    json_integer_value(json_object_get(counts, counted[i].name));
		if (strcmp(counted[i].cause, cause) == 0)
			so_far += n;
		(void)json_object_set_new(
		    counts, counted[i].name, json_integer(so_far));
	}
}

static int add_counts(json_t *o, struct api_request *q, struct store_db *db)
{
	json_t *counts = json_object();
	struct store_rows *rows;
	struct api_sql s;
	char month[16];
	int64_t since = month_of(q->now_us, month);

	count(counts, "", 0);
	/* What began this month: the counts stay when the events are gone. */
	api_sql_init(&s, "SELECT n.cause, sum(n.incidents) FROM count_day n WHERE");
	api_sql_with(&s, " n.day >= ?", STORE_INT(since));
	api_sql_scope(&s, &q->scope, "n.company_id");
	api_sql_add(&s, " GROUP BY n.cause");
	api_sql_query(&s, db, &rows);
	while (store_next(rows))
		count(counts, store_col_text(rows, 0), store_col_int(rows, 1));
	(void)json_object_set_new(o, "counts", counts);
	(void)json_object_set_new(o, "month", json_string(month));
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err;
}

static int add_gates(json_t *o, struct api_request *q, struct store_db *db)
{
	json_t *gates = json_array();
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s,
	    "SELECT g.id, g.name, t.name, g.fingerprint, g.revoked_us, "
	    "g.seen_us, g.state FROM gate g JOIN site t ON t.id = g.site_id "
	    "WHERE 1 = 1");
	api_sql_scope(&s, &q->scope, "g.company_id");
	api_sql_add(&s, " ORDER BY g.name, g.id");
	api_sql_query(&s, db, &rows);
	while (store_next(rows)) {
		json_t *g = json_pack("{s:I, s:s, s:s, s:o*}", "id",
		    (json_int_t)store_col_int(rows, 0), "name", store_col_text(rows, 1),
		    "site", store_col_text(rows, 2), "seen_us", api_time(rows, 5));
		if (g)
			api_gate_state(g, rows, 3, q->now_us, false);
		(void)json_array_append_new(gates, g);
	}
	(void)json_object_set_new(o, "gates", gates);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err;
}

static int add_machines(json_t *o, struct api_request *q, struct store_db *db)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, "SELECT count(*) FROM machine m WHERE 1 = 1");
	api_sql_scope(&s, &q->scope, "m.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows))
		(void)json_object_set_new(
		    o, "machines", json_integer(store_col_int(rows, 0)));
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err;
}

void api_home(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	json_t *o = json_object();
	int err = db && o ? add_open(o, q, db) : FAIL_IO;

	if (err == 0)
		err = add_counts(o, q, db);
	if (err == 0)
		err = add_gates(o, q, db);
	if (err == 0)
		err = add_machines(o, q, db);
	if (db)
		store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, o);
}
