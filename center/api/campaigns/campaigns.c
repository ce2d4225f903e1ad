/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/incident/incident.h"
#include "center/incident/playbook/playbook.h"
#include "lib/record/record.h"

/* Campaigns: what several companies of a chamber have in common, and one place to act. */

#define INCIDENTS_SHOWN 500

/* `?` is the account: what is confidential counts for the named only. */
#define SEEN(alias)                                                            \
	"(" alias ".confidential = 0 OR EXISTS (SELECT 1 FROM incident_named " \
	"n WHERE n.incident_id = " alias ".id AND n.account_id = ?))"

/* Counted when asked, so that the numbers are exact. */
#define SELECT_CAMPAIGN                                                              \
	"SELECT k.id, k.kind, k.value, k.title, k.state, k.opened_us, k.closed_us, " \
	"k.last_us, COUNT(DISTINCT i.company_id), COUNT(i.id), "                     \
	"COALESCE(SUM(i.events), 0), COALESCE(MAX(i.severity), 0), "                 \
	"COUNT(CASE WHEN i.state <> 'done' THEN 1 END), "                            \
	"COALESCE(MAX(i.last_us), k.last_us), MIN(i.first_us) FROM campaign k "      \
	"LEFT JOIN incident i ON i.campaign_id = k.id AND " SEEN(                    \
	    "i") " WHERE k.chamber_id = ?"
/* A campaign of which this person sees nothing is none. */
#define GROUP_CAMPAIGN                                                                  \
	" GROUP BY k.id, k.kind, k.value, k.title, k.state, k.opened_us, k.closed_us, " \
	"k.last_us HAVING COUNT(i.id) > 0 OR NOT EXISTS (SELECT 1 FROM incident j "     \
	"WHERE j.campaign_id = k.id)"

static const struct incident_campaign_rule *rule_of(const char *kind)
{
	size_t i = 0;

	while (incident_campaign_rule_at(i) &&
	       strcmp(incident_campaign_rule_at(i)->kind, kind) != 0)
		i++;
	return incident_campaign_rule_at(i);
}

static json_t *campaign(struct store_rows *rows)
{
	const char *kind = store_col_text(rows, 1);
	const struct incident_campaign_rule *rule = rule_of(kind);

	return json_pack(
	    "{s:I, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o*, s:I, s:I, s:I, "
	    "s:s, s:I, s:I, s:o*}",
	    "id", (json_int_t)store_col_int(rows, 0), "kind", kind, "value",
	    store_col_text(rows, 2), "title", store_col_text(rows, 3), "kind_ja",
	    rule ? rule->ja : "担当者がまとめたもの", "kind_en",
	    rule ? rule->en : "put together by a person", "state",
	    store_col_text(rows, 4), "opened_us", (json_int_t)store_col_int(rows, 5),
	    "closed_us", api_time(rows, 6), "companies",
	    (json_int_t)store_col_int(rows, 8), "incidents",
	    (json_int_t)store_col_int(rows, 9), "events",
	    (json_int_t)store_col_int(rows, 10), "severity",
	    api_severity_word(store_col_int(rows, 11)), "open",
	    (json_int_t)store_col_int(rows, 12), "last_us",
	    (json_int_t)store_col_int(rows, 13), "first_us", api_time(rows, 14));
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	const char *state = api_query_text(q, "state");
	struct api_page page;
	struct store_rows *rows;

	s->values[s->n++] = STORE_INT(q->scope.account_id);
	s->values[s->n++] = STORE_INT(q->scope.chamber_id);
	if (!api_sql_before(s, q, "k.last_us, k.id", a))
		return;
	if (state && strcmp(state, "open") == 0)
		api_sql_add(s, " AND k.state <> 'done'");
	if (state && strcmp(state, "done") == 0)
		api_sql_add(s, " AND k.state = 'done'");
	api_sql_add(s, GROUP_CAMPAIGN);
	api_page_init(&page, q);
	api_page_order(&page, s, "k.last_us, k.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, campaign(rows), store_col_int(rows, 7),
		    store_col_int(rows, 0));
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_campaigns_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, SELECT_CAMPAIGN);
	list(q, a, db, &s);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
}

/* ---- one ---- */

static int add_incidents(json_t *o, struct api_request *q, struct store_db *db)
{
	json_t *all = json_array();
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, api_incident_select);
	api_sql_scope(&s, &q->scope, "i.company_id");
	api_sql_with(&s, " AND i.campaign_id = ?", STORE_INT(q->id));
	api_sql_with(&s, " ORDER BY c.name, i.last_us DESC, i.id DESC LIMIT ?",
	    STORE_INT(INCIDENTS_SHOWN));
	api_sql_query(&s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(all, api_incident_summary(rows));
	(void)json_object_set_new(o, "items", all);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err;
}

void api_campaigns_get(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = store_read(q->api->store);
	struct store_rows *rows;
	json_t *o = NULL;
	int err = FAIL_IO;

	if (db) {
		store_query(db, &rows, SELECT_CAMPAIGN " AND k.id = ?" GROUP_CAMPAIGN,
		    STORE_ARGS(STORE_INT(q->scope.account_id),
			STORE_INT(q->scope.chamber_id), STORE_INT(q->id)));
		if (store_next(rows))
			o = campaign(rows);
		err = store_rows_free(rows);
		if (err == 0)
			err = o ? add_incidents(o, q, db) : FAIL_MISSING;
		store_read_done(q->api->store, db);
	}
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, o);
}

/* ---- acting ---- */

static int write_add(struct store_db *db, void *arg)
{
	struct api_request *q = arg;
	int64_t incident = q->id = api_body_int(q, "incident", 0);
	int err = api_incident_seen(q, db);

	return err < 0 ? err
		       : incident_campaign_open(db, incident, api_body_text(q, "title"),
			     q->scope.account_id, q->now_us, &q->id);
}

void api_campaigns_add(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_add, q);

	if (err < 0)
		api_fail_store(a, err);
	else
		api_campaigns_get(q, a);
}

static int seen(const struct api_request *q, struct store_db *db)
{
	int64_t id;

	return store_get_int(db, &id,
	    "SELECT id FROM campaign WHERE id = ? AND chamber_id = ?",
	    STORE_ARGS(STORE_INT(q->id), STORE_INT(q->scope.chamber_id)));
}

/* The same playbook for every incident that is not finished. */
static int add_book(struct store_db *db, const struct api_request *q, const char *id)
{
	const struct incident_book *book = incident_book_find(id);
	int64_t last = 0;
	int err = book ? 0 : FAIL_MISSING;

	while (err == 0) {
		int64_t incident;
		err = store_get_int(db, &incident,
		    "SELECT i.id FROM incident i WHERE i.campaign_id = ? AND i.id > ? "
		    "AND i.state <> 'done' AND " SEEN("i") " ORDER BY i.id LIMIT 1",
		    STORE_ARGS(STORE_INT(q->id), STORE_INT(last),
			STORE_INT(q->scope.account_id)));
		if (err < 0)
			break;
		last = incident;
		err = incident_book_add(
		    db, &(struct incident_book_act){ .incident_id = incident,
			    .book = book,
			    .account_id = q->scope.account_id,
			    .now_us = q->now_us });
		if (err == FAIL_CONFLICT) /* it has it */
			err = 0;
	}
	return err == FAIL_MISSING && book ? 0 : err;
}

static int write_move(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	const char *outcome = api_body_text(q, "outcome"),
		   *book = api_body_text(q, "book");
	struct incident_campaign_move move = { .campaign_id = q->id,
		.account_id = q->scope.account_id,
		.now_us = q->now_us,
		.to = incident_state_find(api_body_text(q, "state")),
		.outcome = incident_outcome_find(outcome ? outcome : ""),
		.note = api_body_text(q, "note") };
	int err = seen(q, db);

	if (err == 0 && book)
		err = add_book(db, q, book);
	return err < 0 ? err : incident_campaign_move(db, &move);
}

void api_campaigns_move(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_move, q);

	if (err == FAIL_FORMAT)
		api_fail(a, API_BAD, "outcome: with done, and only then");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_campaigns_get(q, a);
}
