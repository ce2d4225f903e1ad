/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "center/api/handlers.h"
#include "center/incident/incident.h"
#include "lib/record/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Incidents and the notices about them. */

static int64_t severity_of(const char *word)
{
	return strcmp(word, "urgent") == 0    ? RECORD_URGENT
	       : strcmp(word, "caution") == 0 ? RECORD_CAUTION
					      : RECORD_LOG;
}

/* Which incidents say a text, found through the few words that all of them are made of
 * (table word): reading hundreds of thousands takes seconds. */
#define SAYS(column) "lower(" column ") LIKE lower(?) ESCAPE '!'"
/* CROSS JOIN: the words first (SQLite takes the order as it is written). */
static const char by_words[] =
    "SELECT i1.id FROM word w1 CROSS JOIN incident i1 WHERE i1.what = w1.text AND w1.kind = 0 "
    "AND " SAYS(
	"w1.text") " UNION ALL SELECT i2.id FROM word w2 CROSS JOIN incident i2 WHERE i2.peer = w2.text AND "
		   "w2.kind = 1 AND " SAYS(
		       "w2.text") " UNION ALL SELECT i3.id FROM machine m3 CROSS JOIN incident i3 WHERE i3.machine_id = "
				  "m3.id AND (" SAYS("m3.label") " OR " SAYS("m3.name") " OR " SAYS(
				      "m3.mac") " OR " SAYS("m3.ip") ") UNION ALL SELECT i4.id FROM company c4 CROSS JOIN incident i4 WHERE "
								     "i4.company_id = c4.id AND " SAYS(
									 "c4.name");
#define BY_WORDS_VALUES 7
/* Of more the newest come soon also when one reads them one after the other. */
#define BY_WORDS_MOST 2000

static void add_by_words(struct api_sql *s, struct store_value v)
{
	api_sql_with(s, by_words, v);
	for (unsigned i = 1; i < BY_WORDS_VALUES; i++)
		api_sql_with(s, "", v);
}

static bool are_few(struct store_db *db, struct store_value v)
{
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s, "SELECT count(*) FROM (");
	add_by_words(&s, v);
	api_sql_with(&s, " LIMIT ?) found", STORE_INT(BY_WORDS_MOST + 1));
	api_sql_query(&s, db, &rows);
	bool few = store_next(rows) && store_col_int(rows, 0) <= BY_WORDS_MOST;
	/* What went wrong here goes wrong again where somebody hears of it. */
	(void)!store_rows_free(rows);
	api_sql_fini(&s);
	return few;
}

static void filter_text(struct api_sql *s, const struct api_request *q,
    struct store_db *db, struct store_value v)
{
	/* A company has few anyway. */
	bool one = q->scope.reach == API_REACH_OWN || api_query_int(q, "company", 0);

	if (!one && are_few(db, v)) {
		api_sql_add(s, " AND i.id IN (");
		add_by_words(s, v);
		api_sql_add(s, ")");
		return;
	}
	api_sql_with(s, " AND (" SAYS("i.what"), v);
	api_sql_with(s, " OR " SAYS("i.peer"), v);
	api_sql_with(s, " OR " SAYS("c.name"), v);
	api_sql_with(s, " OR " SAYS("m.label"), v);
	api_sql_with(s, " OR " SAYS("m.name"), v);
	api_sql_with(s, " OR " SAYS("m.mac"), v);
	api_sql_with(s, " OR " SAYS("m.ip") ")", v);
}

static void filter(struct api_sql *s, const struct api_request *q, struct store_db *db,
    char *like, size_t room)
{
	const char *state = api_query_text(q, "state"),
		   *severity = api_query_text(q, "severity"),
		   *cause = api_query_text(q, "cause"), *text = api_query_text(q, "q");

	/* id > 0: so that incident_todo and incident_cause may serve (0004). */
	if (state && strcmp(state, "open") == 0)
		api_sql_add(s, " AND i.state <> 'done' AND i.id > 0");
	if (state && strcmp(state, "done") == 0)
		api_sql_add(s, " AND i.state = 'done'");
	if (severity)
		api_sql_with(
		    s, " AND i.severity = ?", STORE_INT(severity_of(severity)));
	if (cause)
		api_sql_with(s, " AND i.cause = ? AND i.id > 0", STORE_TEXT(cause));
	if (text && text[0])
		filter_text(s, q, db, STORE_TEXT(api_like(text, like, room)));
}

static void list(
    struct api_request *q, struct api_reply *a, struct store_db *db, struct api_sql *s)
{
	char like[512];
	struct api_page page;
	struct store_rows *rows;

	api_sql_scope(s, &q->scope, "i.company_id");
	if (!api_sql_company(s, db, q, "i.company_id", a) ||
	    !api_sql_before(s, q, "i.last_us, i.id", a))
		return;
	filter(s, q, db, like, sizeof(like));
	api_page_init(&page, q);
	api_page_order(&page, s, "i.last_us, i.id");
	api_sql_query(s, db, &rows);
	while (store_next(rows) && api_page_wants(&page))
		api_page_add(&page, api_incident_summary(rows), store_col_int(rows, 20),
		    store_col_int(rows, 10));
	api_page_answer(&page, a, store_rows_free(rows));
}

void api_incidents_list(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	struct api_sql s;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s, api_incident_select);
	list(q, a, db, &s);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
}

/* ---- one incident ---- */

static json_t *summary(struct api_request *q, struct store_db *db, int *err)
{
	struct store_rows *rows;
	struct api_sql s;
	json_t *o = NULL;

	api_sql_init(&s, api_incident_select);
	api_sql_with(&s, " AND i.id = ?", STORE_INT(q->id));
	api_sql_scope(&s, &q->scope, "i.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows))
		o = api_incident_summary(rows);
	*err = store_rows_free(rows);
	api_sql_fini(&s);
	if (*err == 0 && !o)
		*err = FAIL_MISSING;
	return o;
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text && text[0] ? text : NULL;
}

static void say(json_t *o, enum record_lang lang, const char *const names[3])
{
	enum record_cause cause = record_cause_find(text_of(o, "cause"));
	struct buf said[3];
	struct record_words w = { .machine =
				      text_of(json_object_get(o, "machine"), "label"),
		.what = text_of(o, "what"),
		.peer = text_of(o, "peer"),
		.stopped = json_is_true(json_object_get(o, "stopped")) };

	for (unsigned i = 0; i < 3; i++)
		buf_init(&said[i], 8u << 10);
	record_say(cause, lang, &w, &said[0], &said[1], &said[2]);
	for (unsigned i = 0; i < 3; i++) {
		(void)json_object_set_new(o, names[i],
		    json_string(said[i].overflowed ? "" : buf_text(&said[i])));
		buf_fini(&said[i]);
	}
}

static int add_call(json_t *o, struct store_db *db)
{
	struct store_rows *rows;
	json_int_t company =
	    json_integer_value(json_object_get(json_object_get(o, "company"), "id"));

	(void)store_query(db, &rows,
	    "SELECT h.desk_name, h.desk_phone, h.desk_mail FROM chamber h JOIN company c ON "
	    "c.chamber_id = h.id WHERE c.id = ?",
	    STORE_ARGS(STORE_INT(company)));
	if (store_next(rows))
		(void)json_object_set_new(o, "call",
		    json_pack("{s:s, s:s, s:s}", "name", store_col_text(rows, 0),
			"phone", store_col_text(rows, 1), "mail",
			store_col_text(rows, 2)));
	return store_rows_free(rows);
}

#define NOTICE_COLUMNS                                                                 \
	"n.id, n.channel, n.recipient, n.subject, CASE WHEN n.state = 'sending' THEN " \
	"'waiting' ELSE n.state END, n.sent_us, n.error"

static json_t *notice(struct store_rows *rows)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:s, s:o*, s:s}", "id",
	    (json_int_t)store_col_int(rows, 0), "channel", store_col_text(rows, 1),
	    "recipient", store_col_text(rows, 2), "subject", store_col_text(rows, 3),
	    "state", store_col_text(rows, 4), "sent_us", api_time(rows, 5), "error",
	    store_col_text(rows, 6));
}

void api_notice_fence(struct api_sql *s, const struct api_request *q)
{
	/* A link that logs somebody in is nobody else's to read. */
	api_sql_add(s, " AND n.step <> 'link'");
	if (q->scope.reach != API_REACH_CHAMBER)
		api_sql_add(s,
		    " AND NOT EXISTS (SELECT 1 FROM ladder_call lc JOIN account la ON "
		    "la.id = lc.account_id WHERE lc.incident_id = n.incident_id AND "
		    "lc.notice_id = n.id AND la.role = 'operator')");
}

char *api_notice_body(const char *body)
{
	char *copy = strdup(body);

	for (char *at = copy; at && (at = strstr(at, "/answer/")) != NULL;) {
		at += strlen("/answer/");
		memset(at, '*', strcspn(at, " \t\r\n"));
	}
	return copy;
}

static int add_notices(
    json_t *o, const struct api_request *q, struct store_db *db, int64_t id)
{
	json_t *all = json_array();
	struct store_rows *rows;
	struct api_sql s;

	api_sql_init(&s,
	    "SELECT " NOTICE_COLUMNS
	    " FROM notice n WHERE n.incident_id IN (SELECT id FROM incident WHERE id = ");
	api_sql_with(&s, "?", STORE_INT(id));
	api_sql_with(&s, " OR merged_into = ?)", STORE_INT(id));
	api_notice_fence(&s, q);
	api_sql_add(&s, " ORDER BY n.id LIMIT 100");
	api_sql_query(&s, db, &rows);
	while (store_next(rows))
		(void)json_array_append_new(all, notice(rows));
	(void)json_object_set_new(o, "notices", all);
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	return err;
}

static int add_history(json_t *o, struct store_db *db, int64_t id)
{
	json_t *all = json_array();
	struct store_rows *rows;

	(void)store_query(db, &rows,
	    "SELECT l.at_us, a.name, l.action, l.detail FROM audit l LEFT JOIN account a ON "
	    "a.id = l.account_id WHERE l.incident_id IN (SELECT id FROM incident "
	    "WHERE id = ? OR merged_into = ?) ORDER BY l.id LIMIT 500",
	    STORE_ARGS(STORE_INT(id), STORE_INT(id)));
	while (store_next(rows))
		(void)json_array_append_new(
		    all, json_pack("{s:I, s:s, s:s, s:s}", "at_us",
			     (json_int_t)store_col_int(rows, 0), "who",
			     store_col_text(rows, 1), "action", store_col_text(rows, 2),
			     "detail", store_col_text(rows, 3)));
	(void)json_object_set_new(o, "history", all);
	return store_rows_free(rows);
}

void api_incidents_get(struct api_request *q, struct api_reply *a)
{
	static const char *const ja[3] = { "happened_ja", "why_ja", "act_ja" };
	static const char *const en[3] = { "happened_en", "why_en", "act_en" };
	static const char *const easy[3] = { "happened_easy", "why_easy", "act_easy" };
	struct store_db *db = api_read(q);
	int err = FAIL_IO;
	json_t *o = db ? summary(q, db, &err) : NULL;

	if (o) {
		say(o, RECORD_JA, ja);
		say(o, RECORD_EN, en);
		say(o, RECORD_EASY_JA, easy);
		err = add_call(o, db);
	}
	if (err == 0)
		err = add_notices(o, q, db, q->id);
	if (err == 0)
		err = add_history(o, db, q->id);
	if (err == 0)
		err = api_incident_belongs(o, q, db);
	if (db)
		store_read_done(q->api->store, db);
	if (err < 0) {
		json_decref(o);
		api_fail_store(a, err);
		return;
	}
	api_json(a, 200, o);
}

/* ---- moving one ---- */

/* The fence and the move in one transaction. */
static int write_move(struct store_db *db, void *arg)
{
	const struct api_request *q = arg;
	const char *outcome = api_body_text(q, "outcome");
	struct incident_move move = { .incident_id = q->id,
		.account_id = q->scope.account_id,
		.now_us = q->now_us,
		.to = incident_state_find(api_body_text(q, "state")),
		.outcome = incident_outcome_find(outcome ? outcome : ""),
		.note = api_body_text(q, "note") };
	int err = api_incident_seen(q, db);

	return err < 0 ? err : incident_move(db, &move);
}

void api_incidents_move(struct api_request *q, struct api_reply *a)
{
	int err = store_write(q->api->store, write_move, q);

	if (err == FAIL_FORMAT)
		api_fail(a, API_BAD, "outcome: with done, and only then");
	else if (err < 0)
		api_fail_store(a, err);
	else
		api_incidents_get(q, a);
}

void api_notices_get(struct api_request *q, struct api_reply *a)
{
	struct store_db *db = api_read(q);
	struct store_rows *rows;
	struct api_sql s;
	json_t *o = NULL;

	if (!db) {
		api_fail(a, API_BROKEN, NULL);
		return;
	}
	api_sql_init(&s,
	    "SELECT " NOTICE_COLUMNS ", n.incident_id, c.id, c.name, c.sample, "
	    "n.body FROM notice n JOIN company c ON c.id = n.company_id WHERE");
	api_sql_with(&s, " n.id = ?", STORE_INT(q->id));
	api_notice_fence(&s, q);
	api_sql_scope(&s, &q->scope, "n.company_id");
	api_sql_query(&s, db, &rows);
	if (store_next(rows) && (o = notice(rows))) {
		(void)json_object_set_new(
		    o, "incident_id", json_integer(store_col_int(rows, 7)));
		(void)json_object_set_new(o, "company", api_company_ref(rows, 8));
		char *body = api_notice_body(store_col_text(rows, 11));
		(void)json_object_set_new(o, "body", json_string(body ? body : ""));
		free(body);
	}
	int err = store_rows_free(rows);
	api_sql_fini(&s);
	store_read_done(q->api->store, db);
	if (err < 0 || !o) {
		json_decref(o);
		api_fail_store(a, err < 0 ? err : FAIL_MISSING);
		return;
	}
	api_json(a, 200, o);
}
