/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "lib/record/record.h"

#include <stdio.h>

/* The events of an incident, as the gate told them. */

static const json_t *at(const json_t *o, const char *outer, const char *inner)
{
	return json_object_get(json_object_get(o, outer), inner);
}

static const char *text_at(const json_t *o, const char *outer, const char *inner)
{
	const char *text = json_string_value(at(o, outer, inner));

	return text ? text : "";
}

/* What it was about: the first of these that the record has. */
static const char *what_of(const json_t *eve)
{
	static const char *const paths[][2] = { { "virus", "name" }, { "site", "host" },
		{ "app", "name" }, { "alert", "signature" }, { "scanner", "reason" },
		{ "asset", "event" } };

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (text_at(eve, paths[i][0], paths[i][1])[0])
			return text_at(eve, paths[i][0], paths[i][1]);
	return "";
}

static const char *way_of(const json_t *eve)
{
	static const char *const ways[] = { "in", "out", "local" };
	const char *way = text_at(eve, "otasuke", "way");

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (strcmp(way, ways[i]) == 0)
			return ways[i];
	return "";
}

static bool is_stopped(const json_t *eve)
{
	const json_t *said = at(eve, "otasuke", "stopped");

	/* A sensor that is not ours says it in its own way. */
	return said ? json_is_true(said)
		    : strcmp(text_at(eve, "alert", "action"), "blocked") == 0;
}

static json_t *side_of(const json_t *eve, const char *ip_name, const char *port_name)
{
	const char *ip = json_string_value(json_object_get(eve, ip_name));
	json_int_t port = json_integer_value(json_object_get(eve, port_name));

	if (!ip)
		return json_string("");
	if (port <= 0)
		return json_string(ip);
	return json_sprintf(strchr(ip, ':') ? "[%s]:%d" : "%s:%d", ip, (int)port);
}

/* The record as it came; an empty object when it cannot be read any more. */
static json_t *eve_of(struct store_db *db, struct span packed)
{
	struct buf text;
	json_t *eve = NULL;

	buf_init(&text, RECORD_JSON_MAX);
	if (store_unpack(db, packed, &text) == 0)
		eve = json_loadb((const char *)text.at, text.len, 0, NULL);
	buf_fini(&text);
	return json_is_object(eve) ? eve : (json_decref(eve), json_object());
}

static const char *kind_of(const json_t *eve)
{
	const char *said = json_string_value(json_object_get(eve, "event_type"));
	enum record_kind kind = record_kind_find(said ? said : "");

	return record_kind_name(kind < RECORD_KIND_MAX ? kind : RECORD_ALERT);
}

/* How many more like it the record stands for. */
static json_int_t more_of(const json_t *eve)
{
	json_int_t more = json_integer_value(at(eve, "otasuke", "more"));

	return more < 0 ? 0 : more;
}

static const char *clock_word(int64_t clock)
{
	static const char *const words[] = { "said", "corrected", "impossible" };

	return clock >= 0 && clock < 3 ? words[clock] : words[0];
}

static json_t *event(struct store_db *db, struct store_rows *rows, bool with_eve)
{
	json_t *eve = eve_of(db, store_col_span(rows, 5));
	enum record_cause cause = record_cause_find(store_col_text(rows, 3));
	if (cause >= RECORD_CAUSE_MAX)
		cause = RECORD_CAUSE_OTHER;
	json_t *o = json_pack(
	    "{s:I, s:I, s:I, s:s, s:s, s:s, s:s, s:b, s:o*, s:o*, s:s, s:I, s:s, s:I}",
	    "id", (json_int_t)store_col_int(rows, 0), "at_us",
	    (json_int_t)store_col_int(rows, 1), "taken_us",
	    (json_int_t)store_col_int(rows, 2), "kind", kind_of(eve), "cause",
	    record_cause_id(cause), "severity",
	    api_severity_word(store_col_int(rows, 4)), "way", way_of(eve), "stopped",
	    is_stopped(eve), "src", side_of(eve, "src_ip", "src_port"), "dest",
	    side_of(eve, "dest_ip", "dest_port"), "what", what_of(eve), "shift_us",
	    (json_int_t)store_col_int(rows, 6), "clock",
	    clock_word(store_col_int(rows, 7)), "more", more_of(eve));

	if (o && with_eve)
		(void)json_object_set(o, "eve", eve);
	json_decref(eve);
	return o;
}

/* The company behind the incident q->id, when this person sees it. */
static int company_of(
    const struct api_request *q, struct store_db *db, int64_t *company)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, "SELECT i.company_id FROM incident i WHERE");
	api_sql_with(&s, " i.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "i.company_id");
	api_sql_query(&s, db, &rows);
	bool seen = store_next(rows);
	if (seen)
		*company = store_col_int(rows, 0);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : seen ? 0 : FAIL_MISSING;
}

int api_incident_seen(const struct api_request *q, struct store_db *db)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, "SELECT i.id FROM incident i WHERE");
	api_sql_with(&s, " i.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "i.company_id");
	api_sql_query(&s, db, &rows);
	bool seen = store_next(rows);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err < 0 ? err : seen ? 0 : FAIL_MISSING;
}

/* What this person gets of the records themselves. */
enum evidence { NOT_YOURS, NO_CONSENT, SHOWN };

static int evidence_of(
    const struct api_request *q, struct store_db *db, enum evidence *evidence)
{
	int64_t company = 0;
	int err = company_of(q, db, &company);

	*evidence = NOT_YOURS;
	if (err < 0 || !api_may(q, MAY_EVIDENCE_SEE))
		return err;
	err = api_people_consent(db, q, company, "evidence");
	*evidence = err > 0 ? SHOWN : NO_CONSENT;
	return err < 0 ? err : 0;
}

static void list(struct api_request *q, struct api_reply *a, struct store_db *db,
    enum evidence *evidence)
{
	static const char *const words[] = { "not_yours", "no_consent", "shown" };
	struct api_page page;
	struct store_rows *rows;
	struct api_sql s;
	int64_t merged = 0;
	int err = evidence_of(q, db, evidence);

	if (err < 0) {
		api_fail_store(a, err);
		return;
	}
	api_sql_init(&s,
	    "SELECT e.id, e.at_us, e.taken_us, i.cause, e.severity, e.eve, "
	    "e.shift_us, e.clock FROM event e JOIN "
	    "incident i ON i.id = e.incident_id WHERE");
	/* With those of what was merged into it; most have none, and need no sorting. */
	err = store_get_int(db, &merged,
	    "SELECT COUNT(*) FROM incident WHERE merged_into = ?",
	    STORE_ARGS(STORE_INT(q->id)));
	if (err < 0 || merged == 0) {
		api_sql_with(&s, " e.incident_id = ?", STORE_INT(q->id));
	} else {
		api_sql_with(&s,
		    " e.incident_id IN (SELECT x.id FROM incident x WHERE x.id = ?",
		    STORE_INT(q->id));
		api_sql_with(&s, " OR x.merged_into = ?)", STORE_INT(q->id));
	}
	api_sql_scope(&s, &q->scope, "e.company_id");
	if (api_sql_before(&s, q, "e.id, 0", a)) {
		api_page_init(&page, q);
		api_page_order(&page, &s, "e.id");
		api_sql_query(&s, db, &rows);
		while (store_next(rows) && api_page_wants(&page))
			api_page_add(&page, event(db, rows, *evidence == SHOWN),
			    store_col_int(rows, 0), 0);
		api_page_answer(&page, a, store_rows_free(rows));
		if (a->json)
			(void)json_object_set_new(
			    a->json, "evidence", json_string(words[*evidence]));
	}
	api_sql_fini(&s);
}

/* Who looked is in the audit log before it is shown. */
static int note_view(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	struct store_audit line = { .at_us = q->now_us,
		.account_id = q->scope.account_id,
		.incident_id = q->id,
		.action = "evidence.see" };
	int err = company_of(q, db, &line.company_id);

	return err < 0 ? err : store_audit(db, &line);
}

void api_events_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	enum evidence evidence = NOT_YOURS;
	list(q, a, db, &evidence);
	store_read_done(q->api->store, db);
	/* Further pages belong to the same look. */
	if (evidence != SHOWN || a->status != 200 || api_query_text(q, "before"))
		return;
	int err = store_write(q->api->store, note_view, q);
	if (err < 0)
		api_fail_store(a, err);
}
