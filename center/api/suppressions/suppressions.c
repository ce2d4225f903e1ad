/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/incident/incident.h"

/* Suppressions: the list, what one would have hidden, beginning and ending one. */

#define DAY_US       (INT64_C(24) * 3600 * 1000000)
#define PREVIEW_DAYS 30
#define EXAMPLES     5

#define SELECT_SUPPRESSION                                                          \
	"SELECT s.id, s.cause, s.sign, s.peer, s.reason, s.created_us, a.name, "    \
	"s.approved_us, b.name, s.expires_us, s.ended_us, s.hits, s.hit_us, c.id, " \
	"c.name, c.sample, m.id, " API_MACHINE_LABEL ", a.id FROM suppression s "   \
	"JOIN account a ON a.id = s.created_by LEFT JOIN account b ON b.id = "      \
	"s.approved_by LEFT JOIN company c ON c.id = s.company_id "                 \
	"LEFT JOIN machine m ON m.id = s.machine_id WHERE"

static const char *state_of(struct store_rows *rows, int64_t now_us)
{
	if (!store_col_null(rows, 10) || store_col_int(rows, 9) <= now_us)
		return "over";
	return store_col_null(rows, 7) ? "waits" : "alive";
}

static json_t *suppression(struct store_rows *rows, const struct api_request *q)
{
	json_t *machine =
	    store_col_null(rows, 16)
		? json_null()
		: json_pack("{s:I, s:s}", "id", (json_int_t)store_col_int(rows, 16),
		      "label", store_col_text(rows, 17));

	return json_pack(
	    "{s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:o*, s:s, s:I, s:o*, "
	    "s:I, s:o*, s:o*, s:o*, s:b}",
	    "id", (json_int_t)store_col_int(rows, 0), "cause", store_col_text(rows, 1),
	    "sign", store_col_text(rows, 2), "peer", store_col_text(rows, 3), "reason",
	    store_col_text(rows, 4), "state", state_of(rows, q->now_us), "created_us",
	    (json_int_t)store_col_int(rows, 5), "created_by", store_col_text(rows, 6),
	    "approved_us", api_time(rows, 7), "approved_by", store_col_text(rows, 8),
	    "expires_us", (json_int_t)store_col_int(rows, 9), "ended_us",
	    api_time(rows, 10), "hits", (json_int_t)store_col_int(rows, 11), "hit_us",
	    api_time(rows, 12), "company",
	    store_col_null(rows, 13) ? json_null() : api_company_ref(rows, 13),
	    "machine", machine, "mine", store_col_int(rows, 18) == q->scope.account_id);
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	const char *state = api_query_text(q, "state");
	struct api_page page;
	struct store_rows *rows;

	api_sql_with(s, " s.chamber_id = ?", STORE_INT(q->scope.chamber_id));
	if (!api_sql_before(s, q, "s.id, 0", a))
		return;
	if (state && strcmp(state, "alive") == 0)
		api_sql_with(s, " AND s.ended_us IS NULL AND s.expires_us > ?",
		    STORE_INT(q->now_us));
	if (state && strcmp(state, "over") == 0)
		api_sql_with(s, " AND (s.ended_us IS NOT NULL OR s.expires_us <= ?)",
		    STORE_INT(q->now_us));
	api_page_init(&page, q);
	api_page_order(&page, s, "s.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, suppression(rows, q), store_col_int(rows, 0), 0);
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_suppressions_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, SELECT_SUPPRESSION);
	list(q, a, db, &s);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
}

static void get(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct store_rows *rows;
	json_t *o = NULL;
	int err = FAIL_IO;

	if (db) {
		store_query(db, &rows,
		    SELECT_SUPPRESSION " s.id = ? AND s.chamber_id = ?",
		    STORE_ARGS(STORE_INT(q->id), STORE_INT(q->scope.chamber_id)));
		if (store_next(rows))
			o = suppression(rows, q);
		err = store_rows_free(rows);
		store_read_done(q->api->store, db);
	}
	if (err < 0 || !o) {
		json_decref(o);
		api_fail_store(a, err < 0 ? err : FAIL_MISSING);
		return;
	}
	api_json(a, 200, o);
}

/* ---- preview ---- */

static const char *or_none(const char *text)
{
	return text ? text : "";
}

/* A company or machine that the caller names must be one of its own. */
static int check_scope(const struct api_request *q, struct store_db *db,
    const struct incident_suppression *s)
{
	struct api_sql one;
	struct store_rows *rows;
	bool seen = true;
	int err = 0;

	if (s->company_id) {
		api_sql_init(&one, "SELECT c.id FROM company c WHERE");
		api_sql_with(&one, " c.id = ?", STORE_INT(s->company_id));
		api_sql_scope(&one, &q->scope, "c.id");
		api_sql_query(&one, db, &rows);
		seen = store_next(rows);
		err = store_rows_free(rows);
		api_sql_fini(&one);
	}
	if (err == 0 && seen && s->machine_id) {
		api_sql_init(&one, "SELECT m.id FROM machine m WHERE");
		api_sql_with(&one, " m.id = ?", STORE_INT(s->machine_id));
		api_sql_scope(&one, &q->scope, "m.company_id");
		api_sql_query(&one, db, &rows);
		seen = store_next(rows);
		err = store_rows_free(rows);
		api_sql_fini(&one);
	}
	return err < 0 ? err : seen ? 0 : FAIL_MISSING;
}

static int add_examples(json_t *o, const struct api_request *q, struct store_db *db,
    const struct incident_suppression *s, int64_t since_us)
{
	json_t *all = json_array();
	int64_t ids[EXAMPLES];
	unsigned n = 0;
	int err = incident_suppress_examples(db, s, since_us, ids, EXAMPLES, &n);

	for (unsigned i = 0; i < n && err == 0; i++) {
		struct store_rows *rows;
		struct api_sql sql;
		api_sql_init(&sql, api_incident_select);
		api_sql_with(&sql, " AND i.id = ?", STORE_INT(ids[i]));
		api_sql_scope(&sql, &q->scope, "i.company_id");
		api_sql_query(&sql, db, &rows);
		if (store_next(rows))
			(void)json_array_append_new(all, api_incident_summary(rows));
		err = store_rows_free(rows);
		api_sql_fini(&sql);
	}
	(void)json_object_set_new(o, "examples", all);
	return err;
}

static const char *policy_word(const struct incident_suppression *s)
{
	enum incident_policy policy =
	    *s->cause ? incident_policy_of(record_cause_find(s->cause))
		      : INCIDENT_SECOND;

	return policy == INCIDENT_NEVER    ? "never"
	       : policy == INCIDENT_SECOND ? "second"
					   : "alone";
}

void api_suppressions_preview(struct api_request *q, struct api_reply *a)
{
	struct incident_suppression s = { .chamber_id = q->scope.chamber_id,
		.company_id = api_query_int(q, "company", 0),
		.machine_id = api_query_int(q, "machine", 0),
		.cause = or_none(api_query_text(q, "cause")),
		.sign = or_none(api_query_text(q, "sign")),
		.peer = or_none(api_query_text(q, "peer")) };
	int64_t days = api_query_int(q, "days", PREVIEW_DAYS);
	int64_t since_us = q->now_us - days * DAY_US;
	struct store_db *db = store_read(q->api->store);
	struct incident_preview p;
	json_t *o = NULL;
	int err = db ? check_scope(q, db, &s) : FAIL_IO;

	if (err == 0)
		err = incident_suppress_preview(db, &s, since_us, &p);
	if (err == 0) {
		o = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:s}",
		    "days", (json_int_t)days, "incidents", (json_int_t)p.incidents,
		    "events", (json_int_t)p.events, "companies",
		    (json_int_t)p.companies, "machines", (json_int_t)p.machines,
		    "urgent", (json_int_t)p.by_severity[RECORD_URGENT], "caution",
		    (json_int_t)p.by_severity[RECORD_CAUTION], "log",
		    (json_int_t)p.by_severity[RECORD_LOG], "unknown",
		    (json_int_t)p.unknown, "policy", policy_word(&s));
		err = o ? add_examples(o, q, db, &s, since_us) : FAIL_MEMORY;
	}
	if (db)
		store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, o);
}

/* ---- beginning and ending ---- */

static int write_add(struct store_db *db, void *arg)
{
	struct api_request *q = arg;
	struct incident_suppression s = { .chamber_id = q->scope.chamber_id,
		.company_id = api_body_int(q, "company", 0),
		.machine_id = api_body_int(q, "machine", 0),
		.cause = or_none(api_body_text(q, "cause")),
		.sign = or_none(api_body_text(q, "sign")),
		.peer = or_none(api_body_text(q, "peer")),
		.reason = or_none(api_body_text(q, "reason")),
		.account_id = q->scope.account_id,
		.now_us = q->now_us,
		.expires_us = q->now_us + api_body_int(q, "days", 0) * DAY_US };
	int err = check_scope(q, db, &s);

	if (err == 0)
		err = incident_suppress(db, &s);
	q->id = s.id;
	return err;
}

void api_suppressions_add(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_add, q);

	if (err == FAIL_FORMAT)
		api_fail(a, API_CONFLICT,
		    "it must name a signature, an address or a machine, or a cause of "
		    "one company");
	else if (err == FAIL_DENIED)
		api_fail(a, API_CONFLICT, "nobody may silence this cause");
	else if (err == FAIL_LIMIT)
		api_fail(a, API_CONFLICT, "too many are alive");
	else if (err < 0)
		api_fail_store(a, err);
	else
		get(q, a);
}

static int seen(const struct api_request *q, struct store_db *db)
{
	int64_t id;

	return store_get_int(db, &id,
	    "SELECT id FROM suppression WHERE id = ? AND chamber_id = ?",
	    STORE_ARGS(STORE_INT(q->id), STORE_INT(q->scope.chamber_id)));
}

static int write_agree(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	int err = seen(q, db);

	return err < 0
		   ? err
		   : incident_suppress_agree(db, q->id, q->scope.account_id, q->now_us);
}

void api_suppressions_agree(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_agree, q);

	if (err == FAIL_DENIED)
		api_fail(a, API_CONFLICT, "it takes a second person");
	else if (err < 0)
		api_fail_store(a, err);
	else
		get(q, a);
}

static int write_end(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	int err = seen(q, db);

	return err < 0
		   ? err
		   : incident_suppress_end(db, q->id, q->scope.account_id, q->now_us);
}

void api_suppressions_end(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_end, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		get(q, a);
}

/* ---- what was wrong ---- */

#define TUNING_DAYS  90
#define TUNING_SHOWN 100

void api_tuning_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	int64_t since_us = q->now_us - api_query_int(q, "days", TUNING_DAYS) * DAY_US;
	json_t *items = json_array();
	struct store_rows *rows;
	int err = FAIL_IO;

	if (db) {
		store_query(db, &rows,
		    "SELECT t.sign, MAX(t.what), COUNT(DISTINCT i.id), "
		    "COUNT(DISTINCT i.company_id), SUM(t.events), MAX(i.closed_us), "
		    "(SELECT COUNT(DISTINCT o.incident_id) FROM incident_trace o "
		    "JOIN incident oi ON oi.id = o.incident_id JOIN company oc "
		    "ON oc.id = oi.company_id WHERE o.sign = t.sign "
		    "AND oi.last_us >= ? AND oc.chamber_id = ?) "
		    "FROM incident i JOIN incident_trace t ON t.incident_id = i.id "
		    "JOIN company c ON c.id = i.company_id WHERE i.outcome = 'mistaken' "
		    "AND i.closed_us >= ? AND c.chamber_id = ? AND t.sign <> '' "
		    "GROUP BY t.sign ORDER BY COUNT(DISTINCT i.id) DESC, t.sign LIMIT ?",
		    STORE_ARGS(STORE_INT(since_us), STORE_INT(q->scope.chamber_id),
			STORE_INT(since_us), STORE_INT(q->scope.chamber_id),
			STORE_INT(TUNING_SHOWN)));
		while (store_next(rows))
			(void)json_array_append_new(
			    items, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I}",
				       "sign", store_col_text(rows, 0), "what",
				       store_col_text(rows, 1), "mistaken",
				       (json_int_t)store_col_int(rows, 2), "companies",
				       (json_int_t)store_col_int(rows, 3), "events",
				       (json_int_t)store_col_int(rows, 4), "last_us",
				       (json_int_t)store_col_int(rows, 5), "incidents",
				       (json_int_t)store_col_int(rows, 6)));
		err = store_rows_free(rows);
		store_read_done(q->api->store, db);
	}
	if (err < 0) {
		json_decref(items);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, json_pack("{s:o}", "items", items));
}
